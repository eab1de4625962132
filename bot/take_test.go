package bot_test

import (
	"fmt"
	"testing"
	"time"

	"houvast/bot"
	"houvast/signals"
)

// Whoever takes a signal up, or gets it from a colleague, is asked how it stands
// by a clock of their own: the one that ran while nobody had it is no help
// (promise 4).
func TestWhoeverHasASignalHasAClock(t *testing.T) {
	t.Parallel()

	opened := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		taken string
		what  bot.What
		want  func(signals.Case, time.Time) signals.Case
	}{
		"taken up": {what: bot.Acted{Action: "take"}, want: func(k signals.Case, now time.Time) signals.Case {
			k.TakenBy, k.TakenAt = "samira", now
			return k
		}},
		"answered": {what: bot.Submitted{Form: "answer", Fields: map[string]string{"text": "Ik bel je."}}, want: func(k signals.Case, now time.Time) signals.Case {
			k.TakenBy, k.TakenAt = "samira", now
			return k
		}},
		"not reached": {what: bot.Acted{Action: "missed"}, want: func(k signals.Case, now time.Time) signals.Case {
			k.TakenBy, k.TakenAt = "samira", now
			return k
		}},
		"handed to a colleague": {taken: "samira", what: bot.Submitted{Form: "hand", Fields: map[string]string{"to": "tom"}}, want: func(k signals.Case, now time.Time) signals.Case {
			k.GivenTo, k.Since = "tom", now
			return k
		}},
		"given back": {taken: "samira", what: bot.Acted{Action: "back"}, want: func(k signals.Case, now time.Time) signals.Case {
			k.Since = now
			return k
		}},
	} {
		for _, kind := range []signals.Kind{signals.Distress, signals.Crisis, signals.ContactWish} {
			t.Run(name+" "+string(kind), func(t *testing.T) {
				t.Parallel()

				s := moved(t, bot.StageActive, time.Time{})
				g := bot.Signal{ID: 17, Resident: 7, Kind: kind, State: bot.Open, Team: "sociaal_team_noord", Channel: "signalen-noord", Opened: opened}
				if c.taken != "" {
					g.State, g.TakenBy, g.TakenAt, g.Owner = bot.Taken, c.taken, opened.Add(time.Minute), c.taken
				}
				s.Signals = []bot.Signal{g}
				turn := bot.Decide(s, bot.Event{User: "samira", Signal: 17, What: c.what})
				want := s.House.Network.After(c.want(signals.Case{Kind: kind, Circle: s.Resident.Circle, Opened: opened}, s.Now), s.Now)
				for _, timer := range turn.Timers {
					if timer.Key == fmt.Sprint("signal:", 17) {
						if !timer.Due.Equal(want) {
							t.Errorf("it is looked at again at %s, want %s", timer.Due, want)
						}
						return
					}
				}
				t.Errorf("nothing looks at it again: %+v (%s)", turn.Timers, turn.Reply.Text)
			})
		}
	}
}
