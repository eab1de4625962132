// Package telegramtest is a Telegram that fits in a test: a fake Bot API server
// for one bot, and the people on their phones who talk with it.
//
// The bot's side is an [http.Handler] that speaks the Bot API as the real server
// does, with the parts that hurt: it forgets a tap after 150 seconds and a message
// after a day, ends the poll of whoever polls twice, refuses an edit that changes
// nothing, a button of 65 bytes, a chat that blocked the bot, a message that is
// two days old, and, when asked to, everything that goes too fast. Faults can be
// put in its way: see [Fault].
//
// The people's side is [Person]: they write, press, edit, forward and block, and
// they see what a phone shows. No person can do what a phone cannot.
//
// Ages (of updates, taps, file links, messages, and the rate limits) are measured
// on the clock given to [New], so that a test may move it. Waiting (a long poll, a
// hung request) is real waiting, which inside testing/synctest is no waiting.
//
// The figures come from the source of the real server, tdlib/telegram-bot-api.
// What the fake does not know it refuses; it never says yes to what it did not do.
package telegramtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Server is the fake Bot API server of one bot. All its methods may be called
// from any goroutine. It starts no goroutines of its own.
type Server struct {
	token    string
	now      func() time.Time
	closed   chan struct{}
	closing  sync.Once
	username string

	mu       sync.Mutex
	wake     chan struct{} // closed and replaced at every change
	revoked  bool
	down     bool
	webhook  string
	profile  Profile
	chats    map[int64]*chat
	files    map[string]*file
	links    map[string]link
	taps     []*Tap
	requests []Request
	faults   []*Fault
	limits   Limits
	account  bucket
	queue    queue
	serial   int64 // for ids of taps, files and user-visible changes
}

// keptRequests is how many requests are remembered at least, newest first to stay.
const keptRequests = 50_000

// New returns the server of the bot with this token, for instance
// "7000001:geheim". Clients reach it at the address it is served on, with paths as
// on api.telegram.org. The bot's user name is houvast_bot.
func New(token string, now func() time.Time) *Server {
	return &Server{
		token:    token,
		now:      now,
		username: "houvast_bot",
		closed:   make(chan struct{}),
		wake:     make(chan struct{}),
		profile:  Profile{Name: "Houvast"},
		chats:    map[int64]*chat{},
		files:    map[string]*file{},
		links:    map[string]link{},
		queue:    newQueue(),
	}
}

// Close ends every poll and every hung request. The server answers nothing after it.
func (s *Server) Close() {
	s.closing.Do(func() { close(s.closed) })
}

// Username returns the bot's user name, for links such as t.me/houvast_bot?start=CODE.
func (s *Server) Username() string { return s.username }

// RevokeToken makes the bot's token invalid, as its owner can at BotFather: every
// request is answered 401. RestoreToken undoes it.
func (s *Server) RevokeToken()  { s.change(func() { s.revoked = true }) }
func (s *Server) RestoreToken() { s.change(func() { s.revoked = false }) }

// Changed returns a channel that is closed at the next change: a request handled, a
// poll begun or ended, anything a person did. A live page takes the channel first,
// then looks, then waits.
func (s *Server) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wake
}

// Wait returns nil as soon as cond holds. It looks again after every change. It
// returns the error of ctx if that ends first. cond may call the server's methods.
func (s *Server) Wait(ctx context.Context, cond func() bool) error {
	for {
		changed := s.Changed()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-s.closed:
			return fmt.Errorf("wait: the server was closed")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// change runs f with the lock held and tells everyone who waits.
func (s *Server) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	s.notify()
}

// notify tells everyone who waits that something changed. The lock is held.
func (s *Server) notify() {
	close(s.wake)
	s.wake = make(chan struct{})
}

func (s *Server) nextSerial() int64 {
	s.serial++
	return s.serial
}

// A Request is one call of the bot, as it came in. Values of any shape are kept as
// text: nested ones as their JSON.
type Request struct {
	At       time.Time
	Method   string            // as written by the client
	Params   map[string]string // without the files
	Files    map[string]Upload
	Encoding string // "multipart", "json", "form", "query" or "none"
	Status   int    // HTTP status of the answer; 0 if there was none
}

// An Upload is a file that came along with a request.
type Upload struct {
	Name  string
	Bytes []byte
}

// Requests returns every request so far, in the order they were handled; polls are
// included. Of a very long run only the newest are kept, at least 50,000.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Calls returns the requests for one method, such as "sendMessage".
func (s *Server) Calls(method string) []Request {
	var calls []Request
	for _, r := range s.Requests() {
		if strings.EqualFold(r.Method, method) {
			calls = append(calls, r)
		}
	}
	return calls
}

func (s *Server) record(c *call, status int) {
	if len(s.requests) >= 2*keptRequests {
		s.requests = append([]Request(nil), s.requests[keptRequests:]...)
	}
	s.requests = append(s.requests, Request{
		At: s.now(), Method: c.method, Params: c.params, Files: c.files, Encoding: c.encoding, Status: status,
	})
}

// A refusal is an answer with "ok": false.
type refusal struct {
	Code        int
	Description string
	RetryAfter  int // seconds; 0 if the answer names none
}

func badRequest(format string, args ...any) *refusal {
	return &refusal{Code: http.StatusBadRequest, Description: "Bad Request: " + fmt.Sprintf(format, args...)}
}

func forbidden(reason string) *refusal {
	return &refusal{Code: http.StatusForbidden, Description: "Forbidden: " + reason}
}

func tooMany(seconds int) *refusal {
	return &refusal{
		Code:        http.StatusTooManyRequests,
		Description: "Too Many Requests: retry after " + strconv.Itoa(seconds),
		RetryAfter:  seconds,
	}
}

// ServeHTTP answers /bot<token>/<method> and /file/bot<token>/<path>.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat)) // its clock is the one it was given
	// The body is read first, always: only then does net/http notice that a client
	// has gone away.
	c, readErr := readCall(r)
	s.mu.Lock()
	down, revoked := s.down, s.revoked
	s.mu.Unlock()
	select {
	case <-s.closed:
		down = true
	default:
	}
	if down {
		panic(http.ErrAbortHandler)
	}
	if path, ok := strings.CutPrefix(r.URL.Path, "/file/bot"+s.token+"/"); ok && !revoked {
		c.method = "file"
		s.mu.Lock()
		fault := s.takeFault(c)
		s.mu.Unlock()
		if fault != nil {
			s.suffer(w, r, fault)
			return
		}
		s.serveFile(w, path)
		return
	}
	rest, ok := strings.CutPrefix(r.URL.Path, "/bot")
	if !ok {
		answer(w, &refusal{Code: http.StatusNotFound, Description: "Not Found"}, nil)
		return
	}
	token, method, ok := strings.Cut(rest, "/")
	switch {
	case !ok || method == "":
		answer(w, &refusal{Code: http.StatusNotFound, Description: "Not Found"}, nil)
	case token != s.token || revoked:
		answer(w, &refusal{Code: http.StatusUnauthorized, Description: "Unauthorized"}, nil)
	case readErr != nil:
		answer(w, badRequest("%v", readErr), nil)
	default:
		c.method = method
		s.serveMethod(w, r, c)
	}
}

func (s *Server) serveMethod(w http.ResponseWriter, r *http.Request, c *call) {
	s.mu.Lock()
	fault := s.takeFault(c)
	s.mu.Unlock()
	if fault.before() {
		s.change(func() { s.record(c, fault.status()) })
		s.suffer(w, r, fault)
		return
	}
	var result any
	var refused *refusal
	if strings.EqualFold(c.method, "getUpdates") {
		result, refused = s.getUpdates(r.Context(), c)
		if result == nil && refused == nil { // the client left, or the server went down
			panic(http.ErrAbortHandler)
		}
	} else {
		s.change(func() {
			result, refused = s.do(c)
			status := http.StatusOK
			if refused != nil {
				status = refused.Code
			}
			s.record(c, status)
		})
	}
	if fault != nil {
		s.suffer(w, r, fault)
		return
	}
	answer(w, refused, result)
}

// do performs one method. The lock is held.
func (s *Server) do(c *call) (any, *refusal) {
	switch strings.ToLower(c.method) {
	case "getme":
		return s.me(), nil
	case "sendmessage":
		return s.sendMessage(c)
	case "sendphoto", "sendvoice", "sendsticker", "senddocument", "sendaudio", "sendvideo", "sendvideonote", "sendanimation":
		return s.sendMedia(c)
	case "sendchataction":
		return s.sendChatAction(c)
	case "editmessagetext":
		return s.editText(c)
	case "editmessagecaption":
		return s.editCaption(c)
	case "editmessagereplymarkup":
		return s.editMarkup(c)
	case "deletemessage", "deletemessages":
		return s.deleteMessages(c)
	case "pinchatmessage":
		return s.pin(c)
	case "unpinchatmessage", "unpinallchatmessages":
		return s.unpin(c)
	case "answercallbackquery":
		return s.answerTap(c)
	case "getfile":
		return s.getFile(c)
	case "getchat":
		return s.getChat(c)
	case "setwebhook":
		s.webhook = c.params["url"]
		return true, nil
	case "deletewebhook":
		s.webhook = ""
		if c.bool("drop_pending_updates") {
			s.queue.pending = nil
		}
		return true, nil
	case "getwebhookinfo":
		return object{"url": s.webhook, "has_custom_certificate": false, "pending_update_count": len(s.queue.pending)}, nil
	}
	if result, refused, ok := s.doProfile(c); ok {
		return result, refused
	}
	return nil, &refusal{Code: http.StatusNotFound, Description: "Not Found: method not found"}
}

// An object is a JSON object of the Bot API.
type object map[string]any

func answer(w http.ResponseWriter, refused *refusal, result any) {
	body := object{"ok": true, "result": result}
	status := http.StatusOK
	if refused != nil {
		status = refused.Code
		body = object{"ok": false, "error_code": refused.Code, "description": refused.Description}
		if refused.RetryAfter > 0 {
			body["parameters"] = object{"retry_after": refused.RetryAfter}
			w.Header().Set("Retry-After", strconv.Itoa(refused.RetryAfter))
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // every result is made of plain values
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text) // whoever left does not hear the answer
}
