package web

import (
	"fmt"
	"net/http"
	"strings"
)

// post writes in the open channel or thread. What begins with a slash is a
// command, as in Mattermost itself.
func (s *Server) post(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	text := strings.TrimSpace(r.PostForm.Get("text"))
	if text == "" {
		return Refusal("Typ eerst iets.")
	}
	q := r.URL.Query()
	if strings.HasPrefix(text, "/") {
		if err := s.sandbox.Command(r.Context(), q.Get("as"), q.Get("channel"), text); err != nil {
			return fmt.Errorf("give a command: %w", err)
		}
		return done(w, r)
	}
	if err := s.sandbox.Post(r.Context(), q.Get("as"), q.Get("channel"), q.Get("thread"), text); err != nil {
		return fmt.Errorf("post: %w", err)
	}
	return done(w, r)
}

// act presses a button on a card.
func (s *Server) act(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	err := s.sandbox.Act(r.Context(), r.URL.Query().Get("as"), r.PostForm.Get("post"), r.PostForm.Get("action"))
	if err != nil {
		return fmt.Errorf("press on a card: %w", err)
	}
	return done(w, r)
}

// submit sends in a dialog. With something wrong it comes back on the same page,
// with every fault beside its field and nothing lost of what was typed.
func (s *Server) submit(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	as := r.URL.Query().Get("as")
	values := make(map[string]string, len(r.PostForm))
	for name := range r.PostForm {
		values[name] = strings.TrimSpace(r.PostForm.Get(name))
	}
	wrong, err := s.sandbox.Submit(r.Context(), as, r.URL.Query().Get("channel"), r.PathValue("dialog"), values)
	if err != nil {
		return fmt.Errorf("send in a dialog: %w", err)
	}
	if len(wrong) == 0 {
		return done(w, r)
	}
	v, err := s.sandbox.View(r.Context(), as)
	if err != nil {
		return fmt.Errorf("view the sandbox: %w", err)
	}
	if v.Dialog == nil {
		return ErrGone
	}
	status := http.StatusUnprocessableEntity
	if r.Header.Get("Sandbox-Live") != "" {
		status = http.StatusOK // the script asked for it, and puts it in its place
	}
	d := deskOf(r.URL.Query(), v)
	return s.writePage(w, status, v, d, dialogPanel{Dialog: v.Dialog, Wrong: wrong, Values: values})
}

// cancel closes a dialog.
func (s *Server) cancel(w http.ResponseWriter, r *http.Request) error {
	if err := s.sandbox.Cancel(r.Context(), r.URL.Query().Get("as"), r.PathValue("dialog")); err != nil {
		return fmt.Errorf("close a dialog: %w", err)
	}
	return done(w, r)
}
