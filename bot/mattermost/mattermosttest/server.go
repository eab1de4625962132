// Package mattermosttest is a pretend Mattermost server: enough of REST v4 and
// of the websocket for a bot and for the people at its screens, all in memory.
// Tests, stories and the demo page run against it.
//
// It copies the real server (11.1, observed) most carefully where that hurts:
// the secret part of a button never comes back on a read, a post that was read
// and written back has lost its buttons, a revoked token leaves the socket open
// and silent, any member may post a button that points at somebody else's
// address, a dialog's answer may be forged. Where it is stricter than the real
// server, its documentation says so.
//
// It never sends anything anywhere but to the addresses that buttons, dialogs
// and slash commands name.
package mattermosttest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// The limits of the real server.
const (
	MaxMessage    = 16383            // characters in one post
	pendingLife   = 30 * time.Second // how long a pending_post_id makes a second post harmless
	triggerLife   = 30 * time.Second // how long a trigger_id opens dialogs
	replayQueue   = 128              // events kept for a socket that comes back
	awayLife      = 5 * time.Minute  // how long they are kept
	maxRequests   = 20000            // remembered; of more, the oldest are forgotten
	maxFileSize   = 100 << 20        // bytes in one uploaded file
	maxFilesAPost = 10
)

// An Option changes how a Server behaves from its start.
type Option func(*Server)

// WithTransport makes callbacks to the bot travel over rt instead of the
// network, for example over a Pipe.
func WithTransport(rt http.RoundTripper) Option {
	return func(s *Server) { s.outside.Transport = rt }
}

// WithCallbackTimeout sets how long a callback may take before the person at
// the screen gets an error; the real server's default is 30 seconds.
func WithCallbackTimeout(d time.Duration) Option {
	return func(s *Server) { s.outside.Timeout = d }
}

// WithPing sets how often an open socket is pinged; the real server's rhythm is
// 54 seconds.
func WithPing(d time.Duration) Option {
	return func(s *Server) { s.pingEvery = d }
}

// A Server is the pretend Mattermost. It is an http.Handler; Serve puts it
// behind a listener. All methods may be used from several goroutines.
type Server struct {
	now       func() time.Time
	mux       *http.ServeMux
	outside   *http.Client // for callbacks
	pingEvery time.Duration
	life      context.Context // ends at Close
	end       context.CancelFunc
	running   sync.WaitGroup

	mu       sync.Mutex
	url      string
	issued   uint64 // ids given out
	order    uint64 // posts given a place
	changed  chan struct{}
	closed   bool
	down     bool
	web      map[*http.Server]bool
	conns    map[net.Conn]bool // accepted, to cut them
	users    map[string]*user
	names    map[string]*user
	teams    map[string]*team
	channels map[string]*channel
	posts    map[string]*post
	files    map[string]*file
	commands map[string]*command
	tokens   map[string]*token // by its secret
	pending  map[string]pendingPost
	sockets  map[string]*socket // by connection id
	dialogs  map[string][]*Dialog
	private  map[string][]Private
	config   map[string]string
	mute     bool // no hello
	blocked  bool // callbacks are forbidden by the server's settings
	faults   []*fault
	limiter  *limiter
	requests []Request
}

// New returns an empty server whose moments come from now. Close it.
func New(now func() time.Time, options ...Option) *Server {
	s := &Server{
		now:       now,
		outside:   &http.Client{Timeout: 30 * time.Second},
		pingEvery: 54 * time.Second,
		changed:   make(chan struct{}),
		web:       map[*http.Server]bool{},
		conns:     map[net.Conn]bool{},
		users:     map[string]*user{},
		names:     map[string]*user{},
		teams:     map[string]*team{},
		channels:  map[string]*channel{},
		posts:     map[string]*post{},
		files:     map[string]*file{},
		commands:  map[string]*command{},
		tokens:    map[string]*token{},
		pending:   map[string]pendingPost{},
		sockets:   map[string]*socket{},
		dialogs:   map[string][]*Dialog{},
		private:   map[string][]Private{},
		config: map[string]string{
			"Version": version, "BuildNumber": version, "SiteName": "Mattermost", "EnableCommands": "true",
			"EnableBotAccountCreation": "true", "EnableUserAccessTokens": "true", "PostPriority": "true",
			"SendPushNotifications": "false", "EmailNotificationContentsType": "generic",
		},
	}
	s.life, s.end = context.WithCancel(context.Background())
	for _, o := range options {
		o(s)
	}
	s.mux = s.routes()
	return s
}

const version = "11.1.0"

// Serve answers what comes in at l, until Close. It returns at once.
func (s *Server) Serve(l net.Listener) {
	web := &http.Server{Handler: s, ConnState: s.track, ReadHeaderTimeout: time.Minute}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		l.Close()
		return
	}
	s.web[web] = true
	if s.url == "" {
		s.url = "http://" + l.Addr().String()
	}
	s.running.Add(1)
	s.mu.Unlock()
	go func() {
		defer s.running.Done()
		web.Serve(l) // returns only because of Close
	}()
}

// URL is where the first listener is reached, "http://127.0.0.1:8065".
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.url
}

// Close ends the server with everything that it started and waits for it.
func (s *Server) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	s.end()
	web := s.web
	s.cutSockets()
	close(s.changed)
	s.mu.Unlock()
	for w := range web {
		w.Close()
	}
	s.running.Wait()
	s.outside.CloseIdleConnections()
}

// Changed returns a channel that is closed at the next change of anything that a
// person could see. Ask for it first and look second, then no change is missed.
// After Close it is closed for good.
func (s *Server) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// change tells the onlookers. The caller holds mu.
func (s *Server) change() {
	if s.closed {
		return
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// track remembers open connections, so that Down can cut them.
func (s *Server) track(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch state {
	case http.StateNew:
		if s.down {
			c.Close()
			return
		}
		s.conns[c] = true
	case http.StateClosed, http.StateHijacked:
		delete(s.conns, c)
	}
}

var idLetters = base32.NewEncoding("ybndrfg8ejkmcpqxot1uwisza345h769").WithPadding(base32.NoPadding)

// id issues the next of a fixed row of 26-letter ids that look like the real
// ones, so that two runs of the same story are alike. The caller holds mu.
func (s *Server) id() string {
	s.issued++
	sum := sha256.Sum256(fmt.Appendf(nil, "mattermosttest %d", s.issued))
	return idLetters.EncodeToString(sum[:17])[:26]
}

// millis is the moment as the wire has it.
func (s *Server) millis() int64 { return s.now().UnixMilli() }

func moment(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis).UTC()
}

// sign makes a trigger id unforgeable within one run, like the real server's.
func sign(text string) string {
	h := hmac.New(sha256.New, []byte("mattermosttest trigger"))
	h.Write([]byte(text))
	return idLetters.EncodeToString(h.Sum(nil))
}
