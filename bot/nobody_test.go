package bot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"houvast/bot"
	"houvast/flows"
)

// A coordinator may write a flow about distress that holds no promise. At night the
// resident hears all the same that nobody is there, and reads the numbers.
func TestDistressWithoutAPromiseSaysThatNobodyIsThere(t *testing.T) {
	t.Parallel()

	for at, nobody := range map[time.Time]bool{
		time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC): false,
		time.Date(2026, 3, 3, 1, 0, 0, 0, time.UTC):  true,
	} {
		t.Run(at.Format("15.04"), func(t *testing.T) {
			t.Parallel()

			s := withoutPromise(t, at)
			turn := bot.Decide(s, bot.Event{Chat: "1002", At: s.Now, What: bot.Wrote{Text: "hulp", Message: "9"}})
			heard := said(turn)
			if !strings.Contains(heard, "Ik geef het door.") || strings.Contains(heard, "niemand van ons") != nobody || strings.Contains(heard, "112") != nobody {
				t.Errorf("nobody is there: %v; said %q", nobody, heard)
			}
		})
	}
}

// The same for who asks for a human: what a flow says about it may hold no promise.
func TestAWishWithoutAPromiseSaysThatNobodyIsThere(t *testing.T) {
	t.Parallel()

	for at, nobody := range map[time.Time]bool{
		time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC): false,
		time.Date(2026, 3, 3, 1, 0, 0, 0, time.UTC):  true,
	} {
		t.Run(at.Format("15.04"), func(t *testing.T) {
			t.Parallel()

			s := moved(t, bot.StageActive, time.Time{})
			s.Now = at
			s.Account = s.Home
			draft := s.House.Flows.Flow("contact").Draft
			draft.Steps = slices.Clone(draft.Steps)
			for i := range draft.Steps {
				if draft.Steps[i].Tell != "" {
					draft.Steps[i].Tell = "Ik geef het door."
				}
			}
			flow := flows.Trusted([]flows.Draft{draft})[0]
			house := *s.House
			house.Flows = shelf{"contact": flow}
			s.House = &house
			state, _ := flows.Start(flow, flows.Person{})
			for _, button := range []string{"team", "vandaag"} {
				state, _ = flows.Next(flow, flows.Person{}, state, flows.Pressed{Ask: state.Ask, Button: button})
			}
			s.Conversations = []bot.Conversation{{ID: 5, Account: 2, Resident: 7, Flow: "contact", State: state, Waiting: true}}
			turn := bot.Decide(s, bot.Event{Chat: "1002", At: s.Now, What: bot.Pressed{Data: fmt.Sprintf("a:5:%d:bellen", state.Ask)}})
			heard := said(turn)
			if !strings.Contains(heard, "Ik geef het door.") || strings.Contains(heard, "niemand van ons") != nobody || strings.Contains(heard, "112") != nobody {
				t.Errorf("nobody is there: %v; said %q", nobody, heard)
			}
		})
	}
}

// Who was told on an earlier night that nobody is there, is told so anew, though the
// sentence is the same; in the same night it is not said twice.
func TestNobodyIsSaidOnceANight(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 3, 3, 22, 0, 0, 0, time.UTC)
	for before, again := range map[time.Duration]bool{30 * time.Minute: false, 4 * time.Hour: false, 24 * time.Hour: true, 72 * time.Hour: true} {
		t.Run(before.String(), func(t *testing.T) {
			t.Parallel()

			s := withoutPromise(t, now)
			first := bot.Decide(s, bot.Event{Chat: "1002", At: s.Now, What: bot.Wrote{Text: "hulp", Message: "9"}})
			told := first.Signals[len(first.Signals)-1]
			if told.Promised == "" || told.PromisedAt != now {
				t.Fatalf("promised %q at %v", told.Promised, told.PromisedAt)
			}
			told.Opened, told.PromisedAt = now.Add(-before), now.Add(-before)
			s.Signals = []bot.Signal{told}
			s.Free = first.Next
			turn := bot.Decide(s, bot.Event{Chat: "1002", At: s.Now, What: bot.Wrote{Text: "hulp", Message: "10"}})
			if heard := said(turn); strings.Contains(heard, "niemand van ons") != again || strings.Contains(heard, "112") != again {
				t.Errorf("promised %q; said %q", told.Promised, heard)
			}
		})
	}
}

// withoutPromise is a scene at that moment in a house whose flow about distress holds
// neither promise nor numbers.
func withoutPromise(t *testing.T, at time.Time) bot.Scene {
	t.Helper()
	s := moved(t, bot.StageActive, time.Time{})
	s.Now = at
	s.Account = s.Home
	draft := s.House.Flows.Flow("moeilijk").Draft
	draft.Steps = slices.Clone(draft.Steps)
	for i := range draft.Steps {
		draft.Steps[i].Numbers = false
		if draft.Steps[i].Tell != "" {
			draft.Steps[i].Tell = "Ik geef het door."
		}
	}
	house := *s.House
	house.Flows = shelf{"moeilijk": flows.Trusted([]flows.Draft{draft})[0]}
	s.House = &house
	return s
}
