package mattermosttest

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Request is one that the API has had.
type Request struct {
	At     time.Time
	User   string // username, "" without a valid token
	Method string
	Path   string // with the query
	Body   []byte // at most 64 KiB of it
	Status int    // of the answer; 0 if the connection was cut without one
}

// Requests returns every request so far, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// A call is one request on its way through a handler, which holds mu unless it
// says otherwise.
type call struct {
	*http.Request
	w    http.ResponseWriter
	user *user
	body []byte
}

// read fills v from the body.
func (c *call) read(v any) *Error {
	if json.Unmarshal(c.body, v) != nil {
		return badBody()
	}
	return nil
}

// me puts the caller's own id in place of "me".
func (c *call) id(name string) string {
	id := c.PathValue(name)
	if id == "me" && c.user != nil {
		return c.user.ID
	}
	return id
}

// A handler answers with a value, or bytes, or nil for {"status":"OK"}.
type handler func(*call) (any, *Error)

type raw struct {
	kind string
	body []byte
}

// created is an answer with status 201.
type created struct{ value any }

func (s *Server) routes() *http.ServeMux {
	m := http.NewServeMux()
	locked := func(f handler) handler {
		return func(c *call) (any, *Error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return f(c)
		}
	}
	// for everybody, and for who is logged in
	open := func(pattern string, f handler) { m.Handle(withPrefix(pattern), s.answer(f, false)) }
	on := func(pattern string, f handler) { m.Handle(withPrefix(pattern), s.answer(locked(f), true)) }
	slow := func(pattern string, f handler) { m.Handle(withPrefix(pattern), s.answer(f, true)) } // takes mu itself

	open("GET /system/ping", func(*call) (any, *Error) { return map[string]string{"status": "OK"}, nil })
	open("POST /users/login", locked(s.login))
	open("GET /config/client", locked(func(*call) (any, *Error) { return s.config, nil }))
	open("GET /license/client", func(*call) (any, *Error) { return map[string]string{"IsLicensed": "false"}, nil })
	open("POST /actions/dialogs/open", locked(s.restOpenDialog)) // the trigger id alone is enough
	m.HandleFunc("GET /api/v4/websocket", s.serveSocket)

	on("GET /config", s.restConfig)
	on("GET /users/{user}", s.restUser)
	on("GET /users", s.restUsers)
	on("GET /users/{user}/{part}", s.restUserPart) // also /users/username/{name}
	on("POST /users/ids", s.restUsersByID)
	on("POST /users/usernames", s.restUsersByName)
	on("PUT /users/{user}/patch", s.restPatchUser)
	on("PUT /users/{user}/preferences", s.restSetPreferences)
	on("POST /users/{user}/tokens", s.restAddToken)
	on("POST /users/tokens/revoke", s.restRevokeToken)
	on("POST /bots", s.restAddBot)
	on("GET /bots/{user}", s.restBot)

	on("GET /teams/{team}", s.restTeam)
	on("GET /teams/{team}/{part}", s.restTeamPart) // also /teams/name/{name}
	on("POST /teams", s.restAddTeam)
	on("POST /teams/{team}/members", s.restJoinTeam)
	on("GET /teams/{team}/members/{user}", s.restTeamMember)
	on("PUT /teams/{team}/members/{user}/roles", s.restTeamRoles)

	on("GET /teams/{team}/channels/name/{name}", s.restChannelByName)
	on("GET /users/{user}/teams/{team}/channels", s.restChannelsOf)
	on("POST /channels", s.restAddChannel)
	on("POST /channels/direct", s.restDirect)
	on("GET /channels/{channel}", s.restChannel)
	on("GET /channels/{channel}/members", s.restChannelMembers)
	on("POST /channels/{channel}/members", s.restJoinChannel)
	on("GET /channels/{channel}/members/{user}", s.restChannelMember)
	on("DELETE /channels/{channel}/members/{user}", s.restLeaveChannel)
	on("PUT /channels/{channel}/members/{user}/notify_props", s.restNotifyProps)

	on("POST /posts", s.restCreatePost)
	on("POST /posts/ephemeral", s.restEphemeral)
	on("GET /posts/{post}", s.restPost)
	on("PUT /posts/{post}", s.restUpdatePost)
	on("PUT /posts/{post}/patch", s.restPatchPost)
	on("DELETE /posts/{post}", func(c *call) (any, *Error) { return nil, s.removePost(c.user, c.PathValue("post")) })
	on("GET /posts/{post}/thread", s.restThread)
	on("GET /posts/{post}/reactions", s.restReactions)
	on("GET /posts/{post}/files/info", s.restPostFiles)
	on("GET /channels/{channel}/posts", s.restPosts)
	on("POST /reactions", s.restReact)
	on("DELETE /users/{user}/posts/{post}/reactions/{emoji}", s.restUnreact)
	slow("POST /posts/{post}/actions/{action}", s.restPress)
	slow("POST /actions/dialogs/submit", s.restSubmit)

	slow("POST /files", s.restUpload)
	on("GET /files/{file}", s.restFile)
	on("GET /files/{file}/thumbnail", s.restFile)
	on("GET /files/{file}/preview", s.restFile)
	on("GET /files/{file}/info", s.restFileInfo)

	on("GET /commands", s.restCommands)
	on("POST /commands", s.restAddCommand)
	slow("POST /commands/execute", s.restExecute)
	return m
}

func withPrefix(pattern string) string { return strings.Replace(pattern, " ", " /api/v4", 1) }

// ServeHTTP answers one request to the API, or what a fault makes of it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	gone := s.down || s.closed
	s.mu.Unlock()
	if gone {
		panic(http.ErrAbortHandler)
	}
	f := s.fault(r)
	if f == nil {
		s.mux.ServeHTTP(w, r)
		return
	}
	if f.Wait > 0 && !s.wait(r, f.Wait) {
		panic(http.ErrAbortHandler)
	}
	switch {
	case f.Hang:
		s.note(r, nil, nil, 0)
		select {
		case <-r.Context().Done():
		case <-s.life.Done():
		}
		panic(http.ErrAbortHandler)
	case f.Cut:
		s.note(r, nil, nil, 0)
		panic(http.ErrAbortHandler)
	case f.CutAfter:
		s.mux.ServeHTTP(nowhere{}, r)
		panic(http.ErrAbortHandler)
	case f.Status != 0:
		s.note(r, nil, nil, f.Status)
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
		}
		http.Error(w, http.StatusText(f.Status), f.Status)
	default:
		s.mux.ServeHTTP(w, r)
	}
}

func (s *Server) wait(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
	case <-s.life.Done():
	}
	return false
}

// nowhere swallows an answer.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) WriteHeader(int)             {}

// bearer returns who asks, or nil. The caller holds mu.
func (s *Server) bearer(r *http.Request) *user {
	kind, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(kind, "bearer") && !strings.EqualFold(kind, "token") {
		return nil
	}
	return s.holder(secret)
}

// holder returns whose token it is, or nil if it is worth nothing. The caller
// holds mu.
func (s *Server) holder(secret string) *user {
	t := s.tokens[secret]
	if t == nil || !t.IsActive || t.ExpiresAt != 0 && t.ExpiresAt < s.millis() {
		return nil
	}
	return s.users[t.UserID]
}

// answer turns f into an http.Handler: who asks, what, is it too often.
func (s *Server) answer(f handler, needsUser bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxFileSize+1<<20))
		if err != nil {
			http.Error(w, "http: request body too large", http.StatusRequestEntityTooLarge)
			return
		}
		s.mu.Lock()
		u := s.bearer(r)
		who := r.RemoteAddr
		if u != nil {
			who = u.ID
		}
		var wait time.Duration
		ok := true
		if s.limiter != nil {
			wait, ok = s.limiter.take(who, s.now())
		}
		s.mu.Unlock()

		c := &call{Request: r, w: w, user: u, body: body}
		w.Header().Set("X-Version-Id", version+".fake")
		w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
		switch {
		case !ok:
			// Plain text, like the real one: a client that decodes JSON stumbles.
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			http.Error(w, "limit exceeded", http.StatusTooManyRequests)
			s.note(r, body, u, http.StatusTooManyRequests)
			return
		case needsUser && u == nil:
			s.write(c, nil, refuse(http.StatusUnauthorized, "api.context.session_expired.app_error", "Invalid or expired session, please login again."))
			return
		}
		v, problem := f(c)
		s.write(c, v, problem)
	})
}

func (s *Server) write(c *call, v any, problem *Error) {
	status, kind := http.StatusOK, "application/json"
	if n, ok := v.(created); ok {
		status, v = http.StatusCreated, n.value
	}
	if problem != nil {
		status, v = problem.Status, problem
	}
	var out []byte
	if b, ok := v.(raw); ok {
		kind, out = b.kind, b.body
	} else {
		if v == nil {
			v = map[string]string{"status": "OK"}
		}
		// What a handler returns may still change under mu.
		s.mu.Lock()
		var buf bytes.Buffer
		err := json.NewEncoder(&buf).Encode(v)
		s.mu.Unlock()
		if err != nil {
			status, buf = http.StatusInternalServerError, *bytes.NewBufferString(err.Error())
		}
		out = buf.Bytes()
	}
	s.note(c.Request, c.body, c.user, status)
	c.w.Header().Set("Content-Type", kind)
	c.w.WriteHeader(status)
	c.w.Write(out)
}

// note records a request.
func (s *Server) note(r *http.Request, body []byte, u *user, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := Request{At: s.now(), Method: r.Method, Path: r.URL.RequestURI(), Status: status, Body: slices.Clone(body[:min(len(body), 64<<10)])}
	if u != nil {
		n.User = u.Username
	}
	s.requests = append(s.requests, n)
	if len(s.requests) > maxRequests {
		s.requests = slices.Clone(s.requests[maxRequests/2:])
	}
}
