package web

import (
	"fmt"
	"net/http"
	"time"
)

// moveClock moves the clock an hour, a day, or to the next thing that is due.
// A day later is the same time of day, also when the clock changes that night.
func (s *Server) moveClock(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	v, err := s.sandbox.View(r.Context(), "")
	if err != nil {
		return fmt.Errorf("view the sandbox: %w", err)
	}
	to, now := time.Time{}, v.Clock.Now.In(s.zone)
	switch r.PostForm.Get("step") {
	case "hour":
		to = now.Add(time.Hour)
	case "day":
		to = now.AddDate(0, 0, 1)
	case "next":
		to = v.Clock.Next
	}
	if to.IsZero() {
		return Refusal("Er staat nu niets klaar.")
	}
	if err := s.sandbox.Move(r.Context(), to); err != nil {
		return fmt.Errorf("move the clock: %w", err)
	}
	return done(w, r)
}

// breakDoor takes Telegram or Mattermost away, or gives it back.
func (s *Server) breakDoor(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	if err := s.sandbox.Break(r.Context(), r.PathValue("door"), r.PostForm.Get("broken") == "yes"); err != nil {
		return fmt.Errorf("break a door: %w", err)
	}
	return done(w, r)
}

// A hint is something to try: a click on it makes it ready.
type hint struct {
	Text  string
	Where string // in Dutch
	Panel string // "left", "right" or "team"
	Type  string // what to put in the text box there
}

// hints are a short story through the house.
var hints = []hint{
	{"/houvast uitnodigen", "bij het team", "team", "/houvast uitnodigen"},
	{"Het is moeilijk", "op de telefoon", "left", "Het is moeilijk"},
	{"Goed nieuws", "op de telefoon", "left", "Goed nieuws"},
	{"Ik wil contact", "op de telefoon", "left", "Ik wil contact"},
	{"zomaar iets schrijven", "op de telefoon", "left", "Ik slaap slecht de laatste tijd"},
}
