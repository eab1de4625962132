package bot_test

import (
	"testing"
	"time"

	"houvast/bot"
	"houvast/signals"
)

// A silence that is over is looked at once a day, so that something always has it, and
// nobody is called: neither while nobody took it up, nor whoever did.
func TestASilenceThatIsOverCallsNobody(t *testing.T) {
	t.Parallel()

	for _, state := range []bot.SignalState{bot.Open, bot.Taken} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()

			s := moved(t, bot.StageActive, time.Time{})
			g := bot.Signal{ID: 17, Resident: 7, Kind: signals.MissedCheckIn, State: state, Team: "sociaal_team_noord", Channel: "signalen-noord",
				Opened: s.Now.AddDate(0, 0, -30), Back: s.Now.AddDate(0, 0, -20)}
			if state == bot.Taken {
				g.TakenBy, g.TakenAt, g.Owner = "samira", s.Now.AddDate(0, 0, -25), "samira"
			}
			s.Signals = []bot.Signal{g}
			turn := bot.Decide(s, bot.Event{What: bot.Rang{Timer: bot.Timer{Key: "signal:17", Kind: bot.TimerSignal, Due: s.Now, Signal: 17, Resident: 7}}})
			if len(turn.Messages) > 0 {
				t.Errorf("it calls %+v", turn.Messages)
			}
			if len(turn.Timers) != 1 || turn.Timers[0].Key != "signal:17" || !turn.Timers[0].Due.Equal(s.Now.Add(24*time.Hour)) {
				t.Errorf("it is looked at again by %+v", turn.Timers)
			}
		})
	}
}

// What a resident wrote before people had the silence, and came late, does not end it.
func TestALateMessageEndsNoSilence(t *testing.T) {
	t.Parallel()

	for late, ends := range map[time.Duration]bool{-2 * time.Hour: false, 2 * time.Hour: true} {
		s := moved(t, bot.StageActive, time.Time{})
		s.Account = s.Home
		opened := s.Now.AddDate(0, 0, -1)
		s.Signals = []bot.Signal{{ID: 17, Resident: 7, Kind: signals.MissedCheckIn, State: bot.Open, Team: "sociaal_team_noord", Channel: "signalen-noord", Opened: opened}}
		turn := bot.Decide(s, bot.Event{Chat: "1002", At: opened.Add(late), What: bot.Wrote{Text: "hoi", Message: "9"}})
		ended := false
		for _, g := range turn.Signals {
			ended = ended || g.ID == 17 && !g.Back.IsZero()
		}
		if ended != ends {
			t.Errorf("written %s after it: it is over: %v", late, ended)
		}
	}
}
