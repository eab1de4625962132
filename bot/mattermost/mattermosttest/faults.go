package mattermosttest

import (
	"net/http"
	"strings"
	"time"
)

// A Fault is something that goes wrong with requests to the API.
type Fault struct {
	Method string // "" for any
	Path   string // requests whose path holds this, for example "/posts"
	Times  int    // how many requests it hits; 0 until it is lifted

	Wait       time.Duration // the answer comes this much later
	Status     int           // the answer is this status and nothing was done; 429 carries RetryAfter
	RetryAfter time.Duration
	Cut        bool // the connection ends without an answer, and nothing was done
	CutAfter   bool // the connection ends without an answer, but everything was done
	Hang       bool // no answer until the caller goes away, and nothing was done
}

type fault struct {
	Fault
	left int
}

// Inject lets f happen until the returned function is called.
func (s *Server) Inject(f Fault) (lift func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := &fault{Fault: f, left: f.Times}
	s.faults = append(s.faults, kept)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		kept.left = -1
	}
}

// fault returns what goes wrong with r, or nil.
func (s *Server) fault(r *http.Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.left < 0 || f.Method != "" && f.Method != r.Method || !strings.Contains(r.URL.Path, f.Path) {
			continue
		}
		if f.Times > 0 {
			f.left--
			if f.left == 0 {
				f.left = -1
			}
		}
		return &f.Fault
	}
	return nil
}

// Down cuts every connection and takes no new one, until Up. People at their
// screens can do nothing either.
func (s *Server) Down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = true
	s.forget()
	for c := range s.conns {
		c.Close()
	}
	s.change()
}

// Up ends Down.
func (s *Server) Up() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = false
	s.change()
}

// Restart is Down and Up at once: what is stored stays, sockets are cut, and
// what was kept in memory is gone, so no event is replayed and no
// pending_post_id is remembered.
func (s *Server) Restart() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
}

func (s *Server) forget() {
	s.cutSockets()
	clear(s.sockets)
	clear(s.pending)
}

// DropSockets cuts all open sockets, as a network does: their events are kept
// for a client that comes back with its connection id.
func (s *Server) DropSockets() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cutSockets()
}

// Mute makes the server take new sockets without ever greeting them.
func (s *Server) Mute(mute bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mute = mute
}

// BlockCallbacks makes every callback fail before it leaves, as a server does
// whose AllowedUntrustedInternalConnections does not hold the bot's address.
func (s *Server) BlockCallbacks(blocked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocked = blocked
}

// Limit turns the rate limit on: perSecond requests of one user, burst at once.
// Zero turns it off, which is the real server's default.
func (s *Server) Limit(perSecond, burst int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limiter = nil
	if perSecond > 0 {
		s.limiter = &limiter{perSecond: perSecond, burst: burst, spent: map[string]spending{}}
	}
}

type limiter struct {
	perSecond, burst int
	spent            map[string]spending
}

type spending struct {
	at    time.Time
	count float64
}

// take spends one request of who, or says how long to wait.
func (l *limiter) take(who string, now time.Time) (wait time.Duration, ok bool) {
	was := l.spent[who]
	left := max(0, was.count-now.Sub(was.at).Seconds()*float64(l.perSecond))
	if left+1 > float64(l.burst) {
		l.spent[who] = spending{now, left}
		return time.Second / time.Duration(l.perSecond), false
	}
	l.spent[who] = spending{now, left + 1}
	return 0, true
}
