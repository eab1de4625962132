package telegramtest

import (
	"fmt"
	"net"
	"net/http"
	"path"
	"strings"
	"time"
)

// An Effect is what goes wrong.
type Effect int

const (
	Refuse     Effect = iota // not done; answered with Code, Text and RetryAfter
	BadGateway               // not done; 502 with a page of HTML, as from the proxy before the server
	Hang                     // not done; no answer until the client gives up
	Drop                     // not done; the connection ends without an answer
	Reset                    // not done; the connection is reset
	Garbage                  // done; answered 200 with something that is not JSON
	DropAfter                // done; the connection ends without an answer
	HangAfter                // done; no answer until the client gives up
)

// A Fault makes requests go wrong. With an effect that is "done" the person does
// see the message, and the bot cannot know.
type Fault struct {
	Method string // a pattern such as "send*", or "file" for downloads; empty means everything, polls too
	ChatID int64  // only requests for this chat; 0 means all
	Times  int    // how often it strikes; 0 means until it is cleared
	Effect Effect

	Code       int    // for Refuse: HTTP status and error_code
	Text       string // for Refuse: the description, for instance "Internal Server Error"
	RetryAfter int    // for Refuse: seconds; 0 for none
}

// Flood is the fault of going too fast: 429 with the seconds to wait.
func Flood(method string, seconds, times int) Fault {
	r := tooMany(seconds)
	return Fault{Method: method, Times: times, Effect: Refuse, Code: r.Code, Text: r.Description, RetryAfter: seconds}
}

// Inject puts a fault in the way of the requests to come. Of several that match,
// the one injected first strikes. Calling clear removes it.
func (s *Server) Inject(f Fault) (clear func()) {
	fault := &f
	if f.Times == 0 {
		f.Times = -1
	}
	s.change(func() { s.faults = append(s.faults, fault) })
	return func() { s.change(func() { fault.Times = 0 }) }
}

// ClearFaults removes every fault and ends [Server.SetDown].
func (s *Server) ClearFaults() {
	s.change(func() { s.faults, s.down = nil, false })
}

// SetDown cuts the server off, or brings it back. While it is down every connection
// ends without an answer, waiting polls included; people can still write, and their
// messages wait.
func (s *Server) SetDown(down bool) {
	s.change(func() { s.down = down })
}

// takeFault returns the fault that strikes this call, or nil. The lock is held.
func (s *Server) takeFault(c *call) *Fault {
	for _, f := range s.faults {
		if f.Times == 0 {
			continue
		}
		matches := f.Method == ""
		if !matches {
			matches, _ = path.Match(strings.ToLower(f.Method), strings.ToLower(c.method))
		}
		if !matches || f.ChatID != 0 && c.params["chat_id"] != fmt.Sprint(f.ChatID) {
			continue
		}
		if f.Times > 0 {
			f.Times--
		}
		struck := *f
		return &struck
	}
	return nil
}

// before reports whether the fault strikes before the method is done.
func (f *Fault) before() bool { return f != nil && f.Effect < Garbage }

func (f *Fault) status() int {
	switch f.Effect {
	case Refuse:
		return f.Code
	case BadGateway:
		return http.StatusBadGateway
	}
	return 0
}

// suffer answers as the fault wants it. It holds no lock.
func (s *Server) suffer(w http.ResponseWriter, r *http.Request, f *Fault) {
	switch f.Effect {
	case Refuse:
		answer(w, &refusal{Code: f.Code, Description: f.Text, RetryAfter: f.RetryAfter}, nil)
	case BadGateway:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		fmt.Fprint(w, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n")
	case Garbage:
		fmt.Fprint(w, `{"ok":true,"result":{"message_id":`)
	case Hang, HangAfter:
		select {
		case <-r.Context().Done():
		case <-s.closed:
		}
		panic(http.ErrAbortHandler)
	case Reset:
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // so that closing resets
		}
		_ = conn.Close()
	default:
		panic(http.ErrAbortHandler)
	}
}

// Limits are how fast the bot may send and edit. The zero value enforces nothing.
type Limits struct {
	Account   float64 // messages a second over all chats
	Chat      float64 // messages a second in one chat, on average
	ChatBurst int     // messages in one chat that may come at once
}

// PublicLimits are the limits Telegram names for its public service: about 30
// messages a second, and one a second per chat with short bursts. Telegram does not
// promise these figures, nor name the burst.
func PublicLimits() Limits {
	return Limits{Account: 30, Chat: 1, ChatBurst: 5}
}

// Enforce makes the server answer 429 to what goes faster than l.
func (s *Server) Enforce(l Limits) {
	s.change(func() {
		s.limits = l
		s.account = bucket{}
		for _, c := range s.chats {
			c.pace = bucket{}
		}
	})
}

// A bucket holds the messages that may go at once.
type bucket struct {
	spent float64 // how much of the burst is used up
	at    time.Time
}

// wait returns how long until one more message may go; nothing if it may go now.
func (b *bucket) wait(now time.Time, rate, burst float64) time.Duration {
	b.spent = max(0, b.spent-now.Sub(b.at).Seconds()*rate)
	b.at = now
	if b.spent+1 <= burst {
		return 0
	}
	return time.Duration((b.spent + 1 - burst) / rate * float64(time.Second))
}

// pace refuses a message that goes too fast, or counts it. The lock is held.
func (s *Server) pace(c *chat) *refusal {
	var wait time.Duration
	now := s.now()
	if s.limits.Account > 0 {
		wait = max(wait, s.account.wait(now, s.limits.Account, s.limits.Account))
	}
	if s.limits.Chat > 0 {
		wait = max(wait, c.pace.wait(now, s.limits.Chat, float64(max(1, s.limits.ChatBurst))))
	}
	if wait > 0 {
		return tooMany(int((wait + time.Second - 1) / time.Second))
	}
	s.account.spent++
	c.pace.spent++
	return nil
}
