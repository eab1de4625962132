package mattermosttest

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A socket is one websocket connection, as the server knows it by its
// connection id. It outlives its network connection, so that a client may come
// back and be told what it has missed. mu guards it.
type socket struct {
	id     string
	user   *user  // nil until known
	secret string // the token it was opened with: revoked, the socket falls silent
	seq    int64  // of the next event
	sent   []frame
	conn   net.Conn // nil while away
	out    chan packet
	left   time.Time // when it went away
	blank  bool      // an event was withheld because the token is worthless
}

type frame struct {
	seq  int64
	text []byte
}

type packet struct {
	op   byte
	body []byte
}

// An audience is who hears an event: the members of a channel, or one person.
type audience struct {
	channel *channel
	user    *user
}

type event struct {
	Event     string         `json:"event"`
	Data      map[string]any `json:"data"`
	Broadcast map[string]any `json:"broadcast"`
	Seq       int64          `json:"seq"`
}

// broadcast tells everybody in a. The caller holds mu.
func (s *Server) broadcast(name string, data map[string]any, a audience) {
	to := map[string]any{"omit_users": nil, "user_id": "", "channel_id": "", "team_id": ""}
	if a.channel != nil {
		to["channel_id"] = a.channel.ID
	}
	if a.user != nil {
		to["user_id"] = a.user.ID
	}
	for id, k := range s.sockets {
		if k.conn == nil && s.now().Sub(k.left) > awayLife {
			delete(s.sockets, id)
			continue
		}
		if k.user == nil || a.user != nil && a.user != k.user || a.channel != nil && a.channel.members[k.user.ID] == nil {
			continue
		}
		// A revoked token: open, pinged, and never told anything again; but see
		// writeFrames.
		if s.holder(k.secret) == nil {
			k.blank = true
			continue
		}
		k.tell(event{Event: name, Data: data, Broadcast: to})
	}
	s.change()
}

// tell sends an event, or keeps it for later. The caller holds mu.
func (k *socket) tell(e event) {
	e.Seq = k.seq
	k.seq++
	text, _ := json.Marshal(e) // of strings only
	k.sent = append(k.sent, frame{e.Seq, text})
	if len(k.sent) > replayQueue {
		k.sent = k.sent[len(k.sent)-replayQueue:]
	}
	k.push(opText, text)
}

// push hands a frame to the writer. A client that does not read is cut.
func (k *socket) push(op byte, body []byte) {
	if k.conn == nil {
		return
	}
	select {
	case k.out <- packet{op, body}:
	default:
		k.conn.Close()
	}
}

// Push sends a text to every open socket as it is, well-formed or not. It is how
// a test sends what no decoder knows.
func (s *Server) Push(text []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.sockets {
		k.push(opText, text)
	}
}

// cutSockets ends all network connections of sockets. The caller holds mu.
func (s *Server) cutSockets() {
	for _, k := range s.sockets {
		if k.conn != nil {
			k.conn.Close()
		}
	}
}

// Sockets returns how many websocket connections are open now.
func (s *Server) Sockets() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, k := range s.sockets {
		if k.conn != nil {
			n++
		}
	}
	return n
}

const socketSalt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" // RFC 6455, 1.3

func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Sec-Websocket-Key")
	hijack, ok := w.(http.Hijacker)
	if !ok || key == "" || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		http.Error(w, "not a websocket handshake", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	if s.closed || s.down {
		s.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	s.running.Add(1)
	s.mu.Unlock()
	defer s.running.Done()
	conn, rw, err := hijack.Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	// Before anything is read or written: Close must find this connection.
	k := s.attach(conn, r)
	defer s.detach(k, conn)

	sum := sha1.Sum([]byte(key + socketSalt))
	conn.SetDeadline(time.Time{})
	_, err = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "+
		base64.StdEncoding.EncodeToString(sum[:])+"\r\n\r\n")
	if err != nil {
		return
	}
	if _, given, _ := strings.Cut(r.Header.Get("Authorization"), " "); given != "" {
		if !s.enter(k, given, r) {
			return // no hello, no error: the connection just ends
		}
	}
	ended := make(chan struct{})
	s.mu.Lock()
	out := k.out
	s.mu.Unlock()
	written := make(chan struct{})
	go func() {
		defer close(written)
		s.writeFrames(conn, k, out, ended)
	}()
	s.readFrames(conn, rw.Reader, k, r)
	close(ended)
	conn.Close()
	<-written
}

// attach makes a new socket for conn, or takes up the one that the client was.
func (s *Server) attach(conn net.Conn, r *http.Request) *socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := &socket{id: s.id(), out: make(chan packet, 1024), conn: conn}
	s.sockets[k.id] = k
	if s.closed {
		conn.Close()
	}
	return k
}

func (s *Server) detach(k *socket, conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k.conn == conn {
		k.conn, k.left = nil, s.now()
	}
	if k.user == nil {
		delete(s.sockets, k.id)
	}
}

// enter lets the holder of a token in. It says hello, unless the client came
// back with a connection id whose events are still there: then only what was
// missed follows, and no hello.
func (s *Server) enter(k *socket, secret string, r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.holder(secret)
	if u == nil {
		return false
	}
	if s.mute {
		return true
	}
	k.user, k.secret = u, secret
	was := s.sockets[r.URL.Query().Get("connection_id")]
	from, err := strconv.ParseInt(r.URL.Query().Get("sequence_number"), 10, 64)
	if was != nil && was != k && was.conn == nil && was.user == u && err == nil {
		if missed, ok := was.since(from); ok {
			delete(s.sockets, k.id)
			delete(s.sockets, was.id)
			k.id, k.seq, k.sent = was.id, was.seq, was.sent
			s.sockets[k.id] = k
			for _, f := range missed {
				k.push(opText, f.text)
			}
			return true
		}
	}
	k.tell(event{Event: "hello", Data: map[string]any{"connection_id": k.id, "server_version": version + ".fake", "server_hostname": "mattermosttest"},
		Broadcast: map[string]any{"user_id": u.ID, "connection_id": k.id}})
	return true
}

// since returns the kept events from seq on, or false if one of them is gone.
func (k *socket) since(seq int64) ([]frame, bool) {
	if seq > k.seq || seq < 0 {
		return nil, false
	}
	for i, f := range k.sent {
		if f.seq == seq {
			return k.sent[i:], true
		}
	}
	return nil, seq == k.seq
}

// The kinds of frame of RFC 6455, 5.2.
const (
	opText  = 1
	opClose = 8
	opPing  = 9
	opPong  = 10
)

// firstCheck is how long after it was opened a socket is looked at, once: whoever
// is known to hold no token by then is cut. Who loses the token later is not.
const firstCheck = 5 * time.Second

func (s *Server) writeFrames(conn net.Conn, k *socket, out chan packet, ended chan struct{}) {
	ping := time.NewTicker(s.pingEvery)
	defer ping.Stop()
	check := time.NewTimer(firstCheck)
	defer check.Stop()
	for {
		var err error
		select {
		case p := <-out:
			err = writeFrame(conn, p.op, p.body)
		case <-ping.C:
			err = writeFrame(conn, opPing, nil)
		case <-check.C:
			s.mu.Lock()
			blank := k.blank
			s.mu.Unlock()
			if blank {
				conn.Close()
				return
			}
		case <-ended:
			return
		}
		if err != nil {
			conn.Close()
			return
		}
	}
}

func writeFrame(w io.Writer, op byte, body []byte) error {
	head := []byte{0x80 | op}
	switch n := len(body); {
	case n < 126:
		head = append(head, byte(n))
	case n < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 127), uint64(n))
	}
	_, err := w.Write(append(head, body...))
	return err
}

var errFrame = errors.New("bad websocket frame")

func readFrame(r *bufio.Reader) (op byte, body []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	op = head[0] & 0x0f
	size := uint64(head[1] & 0x7f)
	switch size {
	case 126:
		var b [2]byte
		_, err = io.ReadFull(r, b[:])
		size = uint64(binary.BigEndian.Uint16(b[:]))
	case 127:
		var b [8]byte
		_, err = io.ReadFull(r, b[:])
		size = binary.BigEndian.Uint64(b[:])
	}
	if err != nil {
		return 0, nil, err
	}
	// A client masks, and this server needs no fragments and no long frames.
	if size > 1<<20 || head[1]&0x80 == 0 || head[0]&0x80 == 0 {
		return 0, nil, errFrame
	}
	var mask [4]byte
	if _, err := io.ReadFull(r, mask[:]); err != nil {
		return 0, nil, err
	}
	body = make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		return 0, nil, err
	}
	for i := range body {
		body[i] ^= mask[i%4]
	}
	return op, body, nil
}

func (s *Server) readFrames(conn net.Conn, in *bufio.Reader, k *socket, r *http.Request) {
	for {
		op, body, err := readFrame(in)
		if err != nil {
			return
		}
		switch op {
		case opClose:
			s.mu.Lock()
			k.push(opClose, body)
			s.mu.Unlock()
			return
		case opPing:
			s.mu.Lock()
			k.push(opPong, body)
			s.mu.Unlock()
		case opText:
			if !s.asked(k, body, r) {
				return
			}
		}
	}
}

// asked answers what a client sends. It returns false if the connection ends.
func (s *Server) asked(k *socket, body []byte, r *http.Request) bool {
	var q struct {
		Seq    int64          `json:"seq"`
		Action string         `json:"action"`
		Data   map[string]any `json:"data"`
	}
	if json.Unmarshal(body, &q) != nil {
		return false
	}
	s.mu.Lock()
	known := k.user != nil
	s.mu.Unlock()
	if q.Action == "authentication_challenge" {
		if known {
			return true
		}
		secret, _ := q.Data["token"].(string)
		if !s.enter(k, secret, r) {
			return false
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if k.user == nil || s.holder(k.secret) == nil {
		return true
	}
	text, _ := json.Marshal(map[string]any{"status": "OK", "seq_reply": q.Seq})
	k.push(opText, text)
	return true
}
