package mattermost_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"houvast/bot"
)

var answerForm = bot.Dialog{
	Form: "answer", Subject: 17, Title: "Antwoord aan Anna van Noord, die wacht", Intro: "Anna leest dit op haar telefoon.", Submit: "Verstuur",
	Fields: []bot.DialogField{
		{Name: "text", Label: "Jouw woorden aan de bewoner", Kind: "long", Max: 1000, Help: strings.Repeat("Kort en warm. ", 20)},
		{Name: "when", Label: "Wanneer", Kind: "select", Default: "today", Options: []bot.Option{{Value: "today", Label: "Vandaag"}, {Value: "later", Label: "Later"}}},
		{Name: "note", Label: "Notitie", Optional: true},
	},
}

// opened returns a house in which samira has the dialog open.
func opened(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	id := h.send(t, card(1, "Anna"))
	h.answers(func(e bot.Event) (bot.Reply, error) {
		if a, ok := e.What.(bot.Acted); ok && a.Action == "answer" {
			return bot.Reply{Dialog: &answerForm}, nil
		}
		return bot.Reply{}, nil
	})
	if err := h.server.User("samira").PressPost(t.Context(), id, "Antwoord"); err != nil {
		t.Fatal(err)
	}
	if _, ok := h.server.User("samira").Dialog(); !ok {
		t.Fatal("no dialog opened")
	}
	return h
}

func TestADialogIsFilledInAndComesBackOnce(t *testing.T) {
	t.Parallel()
	h := opened(t)
	samira := h.server.User("samira")
	d, _ := samira.Dialog()
	want(t, "title", d.Title, "Antwoord aan Anna van…")
	want(t, "limit", d.Elements[0].MaxLength, 1000)
	want(t, "default", d.Elements[1].Default, "today")
	if strings.Contains(d.State, "secret") || len(d.State) > 3000 {
		t.Errorf("state %q", d.State)
	}
	if wrong, err := samira.Submit(t.Context(), map[string]string{"text": "Ik bel je vanmiddag.", "when": "Later"}); err != nil || len(wrong) > 0 {
		t.Fatalf("submit: %v, %v", wrong, err)
	}
	e := h.last(t)
	s := e.What.(bot.Submitted)
	want(t, "form", s.Form, "answer")
	want(t, "signal", e.Signal, int64(17))
	want(t, "user", e.User, "samira")
	want(t, "text", s.Fields["text"], "Ik bel je vanmiddag.")
	want(t, "choice", s.Fields["when"], "later")
	want(t, "empty field", s.Fields["note"], "")
	if !strings.HasPrefix(e.ID, "dialog:") {
		t.Errorf("event id %q", e.ID)
	}

	// Again, from a screen that did not notice; and with other words.
	to := h.hook.URL + "/mattermost/dialog"
	same := map[string]any{"text": "Ik bel je vanmiddag.", "when": "later", "note": nil}
	if err := samira.Forge(t.Context(), "signalen-noord", to, "answer", d.State, same); err != nil {
		t.Errorf("the same again: %v", err)
	}
	err := samira.Forge(t.Context(), "signalen-noord", to, "answer", d.State, map[string]any{"text": "En nog iets."})
	if err == nil || !strings.Contains(err.Error(), "al verstuurd") {
		t.Errorf("other words in the same dialog: %v", err)
	}
	want(t, "events", len(h.all()), 2)

	// Also after a restart the same answers are the same event.
	h.door = h.newDoor(t)
	if err := samira.Forge(t.Context(), "signalen-noord", to, "answer", d.State, same); err != nil {
		t.Errorf("the same after a restart: %v", err)
	}
	want(t, "events after a restart", len(h.all()), 2)
}

func TestADialogWithMistakesCanBeCorrected(t *testing.T) {
	t.Parallel()
	h := opened(t)
	samira := h.server.User("samira")
	h.answers(func(e bot.Event) (bot.Reply, error) {
		if len(e.What.(bot.Submitted).Fields["text"]) < 5 {
			return bot.Reply{Errors: map[string]string{"text": "Iets langer, alsjeblieft."}}, nil
		}
		return bot.Reply{Text: "Verstuurd."}, nil
	})
	for range 3 { // also when nothing was changed in between
		wrong, err := samira.Submit(t.Context(), map[string]string{"text": "ja"})
		if err != nil || wrong["text"] != "Iets langer, alsjeblieft." {
			t.Fatalf("a mistake: %v, %v", wrong, err)
		}
	}
	if wrong, err := samira.Submit(t.Context(), map[string]string{"text": "Ik bel je."}); err != nil || len(wrong) > 0 {
		t.Fatalf("corrected: %v, %v", wrong, err)
	}
	want(t, "text", h.last(t).What.(bot.Submitted).Fields["text"], "Ik bel je.")
	direct := h.server.Direct("samira", "houvast")
	if len(direct) != 1 || direct[0].Text != "Verstuurd." {
		t.Errorf("told in private: %v", direct)
	}
}

func TestAForgedOrOldDialogDoesNothing(t *testing.T) {
	t.Parallel()
	h := opened(t)
	samira, tom := h.server.User("samira"), h.server.User("tom")
	d, _ := samira.Dialog()
	body, sig, _ := strings.Cut(d.State, ".")
	to := h.hook.URL + "/mattermost/dialog"
	answers := map[string]any{"text": "Ga weg"}
	before := len(h.all())
	for name, forge := range map[string]func() error{
		"no state":              func() error { return tom.Forge(t.Context(), "signalen-noord", to, "answer", "", answers) },
		"own state":             func() error { return tom.Forge(t.Context(), "signalen-noord", to, "answer", body+".AAAA", answers) },
		"somebody else's":       func() error { return tom.Forge(t.Context(), "signalen-noord", to, "answer", d.State, answers) },
		"changed":               func() error { return samira.Forge(t.Context(), "signalen-noord", to, "answer", body+"A."+sig, answers) },
		"cut off":               func() error { return samira.Forge(t.Context(), "signalen-noord", to, "answer", body, answers) },
		"state of another form": func() error { return samira.Forge(t.Context(), "signalen-noord", to, "close", d.State, answers) },
	} {
		if err := forge(); err == nil || !strings.Contains(err.Error(), "niet van Houvast") {
			t.Errorf("%s: %v", name, err)
		}
	}
	want(t, "forged", h.door.Health().Forged, 6)
	h.clock.move(2*time.Hour + time.Second)
	wrong, err := samira.Submit(t.Context(), map[string]string{"text": "Ik bel je."})
	if err != nil || !strings.Contains(wrong[""], "te lang open") {
		t.Errorf("expired: %v, %v", wrong, err)
	}
	want(t, "events", len(h.all()), before)
	if _, ok := samira.Dialog(); !ok {
		t.Error("the dialog with her words must stay open")
	}
}

func TestADialogThatIsCancelledIsNothing(t *testing.T) {
	t.Parallel()
	h := opened(t)
	before := len(h.all())
	d, _ := h.server.User("samira").Dialog()
	user, _ := json.Marshal(map[string]any{"callback_id": "answer", "state": d.State, "user_id": userID(t, h, "samira"), "cancelled": true})
	resp, err := http.Post(h.hook.URL+"/mattermost/dialog", "application/json", bytes.NewReader(user))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if strings.Contains(string(text), "error") {
		t.Errorf("cancel gave %s", text)
	}
	want(t, "events", len(h.all()), before)
}

func userID(t *testing.T, h *house, name string) string {
	t.Helper()
	r, _ := http.NewRequestWithContext(t.Context(), "GET", h.server.URL()+"/api/v4/users/username/"+name, nil)
	r.Header.Set("Authorization", "Bearer "+h.keys.BotToken)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var u struct{ ID string }
	json.NewDecoder(resp.Body).Decode(&u)
	return u.ID
}
