// Package web is what people see of the house in a browser: the sandbox page,
// where one person can be resident, peer expert and team at the same time.
//
//	sandbox.go  what there is to see and to do; cmd fills it
//	web.go      the pages and what can be sent to them
//	page.go     a view becomes regions of a page
//	live.go     regions that changed go to the browser by themselves
//	phone.go    what somebody does on a telephone
//	team.go     what somebody does in Mattermost
//	town.go     moving the clock, taking a door away
//	rich.go     text becomes harmless HTML
//	words.go    moments and numbers in Dutch
//
// It decides nothing about residents and keeps nothing but which posts were
// looked at.
package web

import (
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"time"
)

//go:embed page/*.html
var pages embed.FS

//go:embed static
var static embed.FS

// Options are what the pages are made of.
type Options struct {
	Sandbox Sandbox
	Zone    *time.Location // of the municipality; every moment is shown in it
	Log     *slog.Logger
}

// A Server shows the pages.
type Server struct {
	sandbox Sandbox
	zone    *time.Location
	log     *slog.Logger
	page    *template.Template
	seen    *seen
}

// New returns a server of the pages. It panics when the embedded templates are
// broken, which a test finds.
func New(o Options) *Server {
	return &Server{
		sandbox: o.Sandbox,
		zone:    o.Zone,
		log:     o.Log,
		page:    template.Must(template.New("").Funcs(words(o.Zone)).ParseFS(pages, "page/*.html")),
		seen:    newSeen(),
	}
}

// Handler returns all pages. Read it as the table of contents. Its live
// connections end with the request's context, so who shuts the server down ends
// that context first.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", s.try(s.showPage))
	mux.Handle("GET /sandbox/live", s.try(s.live))
	mux.Handle("GET /sandbox/file/{id}", s.try(s.showFile))
	mux.Handle("GET /static/", http.FileServerFS(static))

	mux.Handle("POST /sandbox/phone/{phone}/write", s.try(s.write))
	mux.Handle("POST /sandbox/phone/{phone}/press", s.try(s.press))
	mux.Handle("POST /sandbox/phone/{phone}/voice", s.try(s.sendVoice))
	mux.Handle("POST /sandbox/phone/{phone}/photo", s.try(s.sendPhoto))
	mux.Handle("POST /sandbox/phone/{phone}/edit", s.try(s.edit))
	mux.Handle("POST /sandbox/phone/{phone}/block", s.try(s.block))
	mux.Handle("POST /sandbox/phone/{phone}/open", s.try(s.openLink))

	mux.Handle("POST /sandbox/team/post", s.try(s.post))
	mux.Handle("POST /sandbox/team/act", s.try(s.act))
	mux.Handle("POST /sandbox/team/dialog/{dialog}", s.try(s.submit))
	mux.Handle("POST /sandbox/team/dialog/{dialog}/cancel", s.try(s.cancel))

	mux.Handle("POST /sandbox/clock", s.try(s.moveClock))
	mux.Handle("POST /sandbox/door/{door}", s.try(s.breakDoor))

	return guard(http.NewCrossOriginProtection().Handler(mux))
}

// largestBody is the most that a request may hold, in bytes; the same as the
// largest photo a bot may send on Telegram.
const largestBody = 10 << 20

// guard lets a page load nothing but what is embedded here, and nobody else
// frame it.
func guard(h http.Handler) http.Handler {
	const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		r.Body = http.MaxBytesReader(w, r.Body, largestBody)
		h.ServeHTTP(w, r)
	})
}

// try answers a failed request. It is the one place where errors become status
// codes, and the one place that logs them.
func (s *Server) try(h func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var (
			refusal Refusal
			tooBig  *http.MaxBytesError
		)
		switch err := h(w, r); {
		case err == nil || r.Context().Err() != nil:
		case errors.Is(err, ErrGone), errors.Is(err, fs.ErrNotExist):
			s.say(w, http.StatusNotFound, "Dat is er niet meer.")
		case errors.As(err, &refusal):
			s.say(w, http.StatusUnprocessableEntity, string(refusal))
		case errors.As(err, &tooBig):
			s.say(w, http.StatusRequestEntityTooLarge, "Dat is te groot. Het mag 10 MB zijn.")
		default:
			s.log.ErrorContext(r.Context(), "request failed", "method", r.Method, "route", r.Pattern, "err", err)
			s.say(w, http.StatusInternalServerError, "Er ging iets mis bij ons. Probeer het nog een keer.")
		}
	})
}

// say answers with one sentence.
func (s *Server) say(w http.ResponseWriter, status int, words string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(words + "\n")) // who asked is gone: nobody is left to tell
}
