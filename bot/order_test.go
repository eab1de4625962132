package bot_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"houvast/bot"
	"houvast/flows"
	"houvast/signals"
	"houvast/signals/lexicon"
)

// From anywhere, in this order: crisis, stop, hulp, mens, terug, taal, and last any
// other words. A text that is two of them at once is the first, wherever somebody
// is when they write it.
func TestTheOrderFromAnywhere(t *testing.T) {
	t.Parallel()

	house := exampleHouse(t)
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	// A municipality may make any word a crisis word, also one that is a command.
	list, faults := lexicon.New(lexicon.List{Entries: []lexicon.Entry{{ID: "stop", Class: "C1", Level: lexicon.LevelCrisis, Language: "nl",
		Patterns: []string{"stop"}, Reason: "test", Author: "Noor", Date: "2026-11-23", Yes: []string{"stop", "stop nu"}, No: []string{"halte"}}}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	stopIsCrisis := *house
	stopIsCrisis.Lexicon = list

	// talk is a conversation in which these buttons were pressed.
	talk := func(flow string, buttons ...string) []bot.Conversation {
		f := house.Flows.Flow(flow)
		person := flows.Person{Facts: map[string]string{"naam": "Anna", "vast_contact": "Samira", "team": "Noord"}}
		s, effects := flows.Start(f, person)
		for _, b := range buttons {
			s, effects = flows.Next(f, person, s, flows.Pressed{Ask: s.Ask, Button: b})
		}
		asked, ok := effects[len(effects)-1].(flows.Ask)
		if !ok {
			t.Fatalf("%s is not waiting after %v", flow, buttons)
		}
		return []bot.Conversation{{ID: 3, Account: 1, Resident: 2, Flow: flow, Version: f.Version, State: s, Waiting: true,
			Asked: asked.Text, Offered: asked.Buttons, AskedAt: now.Add(-time.Minute), Made: now.Add(-time.Minute)}}
	}
	for _, place := range []struct {
		name     string
		resident bot.Resident
		talks    []bot.Conversation
		back     string // the flow whose question stands open after terug
	}{
		{"under buttons", bot.Resident{Stage: bot.StageActive}, talk("checkin", "slecht"), "checkin"},
		{"in own words", bot.Resident{Stage: bot.StageActive}, talk("checkin", "slecht", "ja"), "checkin"},
		{"nothing open", bot.Resident{Stage: bot.StageActive}, nil, "meer"},
		{"before the yes", bot.Resident{Stage: bot.StageWelcome}, talk("welkom", "verder"), "welkom"},
		{"paused", bot.Resident{Stage: bot.StageActive, PauseTill: now.AddDate(0, 0, 7)}, nil, "meer"},
		{"stopped", bot.Resident{Stage: bot.StageActive, Stopped: now.AddDate(0, 0, -7)}, nil, "meer"},
	} {
		active := place.resident.Stage == bot.StageActive
		for _, c := range []struct {
			text  string
			house *bot.House
			flow  string // whose question stands open below the answer
			kind  signals.Kind
			never string // must not have come of it
		}{
			{text: "stop", house: &stopIsCrisis, flow: "crisis", kind: signals.Crisis, never: "stop"},
			{text: "stop! ik maak me vannacht van kant", flow: "crisis", kind: signals.Crisis, never: "stop"},
			{text: "stop", flow: "stop"},
			{text: "hulp, stop", flow: "stop", kind: signals.Distress, never: "moeilijk"},
			{text: "ik wil iemand spreken. Stop", flow: "stop", kind: signals.ContactWish, never: "contact"},
			{text: "mens! help me", flow: "moeilijk", kind: signals.Distress, never: "contact"},
			{text: "terug, hulp", flow: "moeilijk", kind: signals.Distress},
			{text: "terug mens", flow: "contact"},
			{text: "taal, vorige", flow: place.back, never: "taal"},
			{text: "taal", flow: "taal"},
			{text: "LANGUAGE!", flow: "taal"},
		} {
			t.Run(place.name+"/"+c.text, func(t *testing.T) {
				t.Parallel()

				account := bot.Account{ID: 1, Chat: "1001", Resident: 2}
				r := place.resident
				r.ID, r.Nickname, r.Account, r.InvitedBy = 2, "Anna", 1, "samira"
				r.Circle = signals.Circle{Wijk: "noord", Primary: "samira", Backups: []string{"tom"}}
				if active {
					r.Consent = &bot.Consent{At: now.AddDate(0, -1, 0)}
				}
				s := bot.Scene{House: house, Now: now, Free: 100, Account: &account, Home: &account, Resident: &r, Conversations: slices.Clone(place.talks)}
				if c.house != nil {
					s.House = c.house
				}
				want := c.flow
				switch {
				case !active && want == "contact":
					want = "moeilijk" // what leads to a human works before the yes too
				case want == "crisis" && (!active || !r.Stopped.IsZero()):
					want = "" // the card and the signal, and no question
				}
				turn := bot.Decide(s, bot.Event{Chat: "1001", At: now, What: bot.Wrote{Text: bot.Text(c.text), Message: "9"}})

				var began []string
				open := ""
				for _, talk := range turn.Conversations {
					began = append(began, talk.Flow)
					if talk.Waiting {
						open = talk.Flow
					}
				}
				for _, r := range turn.Residents {
					if !active && !r.Stopped.IsZero() {
						open = "stop" // there is nothing to choose before the yes: it stops at once
					}
				}
				if open != want || c.never != "" && slices.Contains(began, c.never) {
					t.Errorf("open is %q of %v, want %q and never %q; said %q", open, began, want, c.never, said(turn))
				}
				for _, talk := range turn.Conversations {
					for _, answer := range talk.State.Answers {
						if strings.EqualFold(answer, c.text) {
							t.Errorf("%q was taken for an answer", c.text)
						}
					}
				}
				if c.kind != "" && !slices.ContainsFunc(turn.Signals, func(s bot.Signal) bool { return s.Kind == c.kind }) {
					t.Errorf("people hear %v, want %s", turn.Signals, c.kind)
				}
				if (c.kind == signals.Crisis || c.kind == signals.Distress) && !strings.Contains(said(turn), "112") {
					t.Errorf("no numbers in %q", said(turn))
				}
			})
		}
	}
}

// said is everything that goes to chats.
func said(turn bot.Turn) string {
	var texts []string
	for _, m := range turn.Messages {
		if m.To.Door == bot.Telegram {
			texts = append(texts, m.Body.Text)
		}
	}
	return strings.Join(texts, "\n--\n")
}
