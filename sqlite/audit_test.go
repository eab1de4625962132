package sqlite_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"houvast/bot"
	"houvast/signals"
	"houvast/sqlite"
)

// Each thing that may never be is found when it is there, and not a moment before.
func TestAudit(t *testing.T) {
	t.Parallel()
	channel := bot.Address{Door: bot.Mattermost, Place: "signalen-noord"}
	distress := func(id int64) bot.Signal {
		return bot.Signal{ID: id, Resident: 1, Kind: signals.Distress, State: bot.Open, Channel: channel.Place, Opened: start}
	}
	alarm := func(id, signal int64) bot.Timer {
		return bot.Timer{ID: id, Key: fmt.Sprint("signal:", signal), Kind: bot.TimerSignal, Due: start.Add(time.Hour), Signal: signal}
	}
	card := func(id, signal int64) bot.Message {
		return bot.Message{ID: id, To: channel, Lane: bot.LaneDistress, Slot: bot.CardSlot(signal), Due: start}
	}
	resident := func(id int64) bot.Resident {
		return bot.Resident{ID: id, Stage: bot.StageActive, Rhythm: "0 9 * * *", NextAsk: start.Add(24 * time.Hour)}
	}
	rhythm := func(id, resident int64) bot.Timer {
		return bot.Timer{ID: id, Key: bot.RhythmKey(resident), Kind: bot.TimerRhythm, Due: start.Add(24 * time.Hour), Resident: resident}
	}
	scheduled := func(id int64) bot.Message {
		return bot.Message{ID: id, To: bot.Address{Door: bot.Mattermost, Place: "@samira"}, Lane: bot.LaneScheduled, Due: start}
	}
	sent := func(id int64, after time.Duration) bot.Outcome {
		return bot.Outcome{Message: id, At: start.Add(after), Sent: true, Remote: "post"}
	}
	for _, tt := range []struct {
		name string
		turn func(f int64) bot.Turn
		then func(*testing.T, *sqlite.DB, int64)
		want map[sqlite.Flaw]int
	}{
		{name: "nothing", turn: func(int64) bot.Turn { return bot.Turn{} }},
		{name: "all is well", turn: func(f int64) bot.Turn {
			return bot.Turn{
				Residents: []bot.Resident{resident(f)}, Signals: []bot.Signal{distress(f + 1)}, Messages: []bot.Message{card(f+2, f+1)},
				Timers: []bot.Timer{alarm(f+3, f+1), rhythm(f+4, f)},
			}
		}},
		{name: "nobody has it and nothing rings", turn: func(f int64) bot.Turn {
			return bot.Turn{Signals: []bot.Signal{distress(f)}, Messages: []bot.Message{card(f+1, f)}}
		}, want: map[sqlite.Flaw]int{sqlite.FlawForlorn: 1}},
		{name: "somebody has it", turn: func(f int64) bot.Turn {
			s := distress(f)
			s.State, s.TakenBy = bot.Taken, "samira"
			return bot.Turn{Signals: []bot.Signal{s}, Messages: []bot.Message{card(f+1, f)}}
		}},
		{name: "it is closed", turn: func(f int64) bot.Turn {
			s := distress(f)
			s.State = bot.Closed
			return bot.Turn{Signals: []bot.Signal{s}}
		}},
		{name: "it stands nowhere", turn: func(f int64) bot.Turn {
			return bot.Turn{Signals: []bot.Signal{distress(f)}, Timers: []bot.Timer{alarm(f+1, f)}}
		}, want: map[sqlite.Flaw]int{sqlite.FlawCardless: 1}},
		{name: "the card of another stands there", turn: func(f int64) bot.Turn {
			return bot.Turn{Signals: []bot.Signal{distress(f)}, Timers: []bot.Timer{alarm(f+1, f)}, Messages: []bot.Message{card(f+2, f+1000)}}
		}, want: map[sqlite.Flaw]int{sqlite.FlawCardless: 1}},
		{name: "its card was posted", turn: func(f int64) bot.Turn {
			return bot.Turn{Signals: []bot.Signal{distress(f)}, Timers: []bot.Timer{alarm(f+1, f)}, Messages: []bot.Message{card(f+2, f)}}
		}, then: func(t *testing.T, db *sqlite.DB, f int64) { settle(t, db, sent(f+2, time.Second)) }},
		{name: "its card was given up", turn: func(f int64) bot.Turn {
			return bot.Turn{Signals: []bot.Signal{distress(f)}, Timers: []bot.Timer{alarm(f+1, f)}, Messages: []bot.Message{card(f+2, f)}}
		}, then: func(t *testing.T, db *sqlite.DB, f int64) { settle(t, db, bot.Outcome{Message: f + 2, At: start}) },
			want: map[sqlite.Flaw]int{sqlite.FlawCardless: 1}},
		{name: "good news needs no card there", turn: func(f int64) bot.Turn {
			s := distress(f)
			s.Kind = signals.GoodNews
			return bot.Turn{Signals: []bot.Signal{s}, Timers: []bot.Timer{alarm(f+1, f)}}
		}},
		{name: "a timer did not ring", turn: func(f int64) bot.Turn {
			t := rhythm(f, f+1)
			t.Due = start.Add(-2 * time.Minute)
			return bot.Turn{Timers: []bot.Timer{t}}
		}, want: map[sqlite.Flaw]int{sqlite.FlawSilent: 1}},
		{name: "a timer rings just now", turn: func(f int64) bot.Turn {
			t := rhythm(f, f+1)
			t.Due = start.Add(-time.Second)
			return bot.Turn{Timers: []bot.Timer{t}}
		}},
		{name: "a check-in never comes", turn: func(f int64) bot.Turn {
			return bot.Turn{Residents: []bot.Resident{resident(f), resident(f + 1)}, Timers: []bot.Timer{rhythm(f+2, f)}}
		}, want: map[sqlite.Flaw]int{sqlite.FlawRhythm: 1}},
		{name: "no check-in was asked for", turn: func(f int64) bot.Turn {
			r := resident(f)
			r.NextAsk = time.Time{}
			return bot.Turn{Residents: []bot.Resident{r}}
		}},
		{name: "repeated without end", turn: func(f int64) bot.Turn {
			m := scheduled(f)
			m.To = bot.Address{Door: bot.Telegram, Place: "1"}
			return bot.Turn{Messages: []bot.Message{m}}
		}, then: func(t *testing.T, db *sqlite.DB, f int64) {
			for range 5 {
				settle(t, db, bot.Outcome{Message: f, At: start, Ambiguous: true, Retry: start})
			}
		}, want: map[sqlite.Flaw]int{sqlite.FlawRepeated: 1}},
		{name: "distress waits while others go", turn: func(f int64) bot.Turn {
			first, next := card(f, 1), card(f+1, 2)
			first.Due, next.Due = start.Add(-2*time.Minute), start.Add(-2*time.Minute)
			return bot.Turn{Messages: []bot.Message{first, next, scheduled(f + 2)}}
		}, then: func(t *testing.T, db *sqlite.DB, f int64) { settle(t, db, sent(f+2, 0)) },
			want: map[sqlite.Flaw]int{sqlite.FlawOvertaken: 1}},
		{name: "distress waits for a retry", turn: func(f int64) bot.Turn {
			m := card(f, 1)
			m.Due = start.Add(-2 * time.Minute)
			return bot.Turn{Messages: []bot.Message{m, scheduled(f + 1)}}
		}, then: func(t *testing.T, db *sqlite.DB, f int64) {
			settle(t, db, bot.Outcome{Message: f, At: start, Retry: start.Add(10 * time.Second)})
			settle(t, db, sent(f+1, 0))
		}},
		{name: "distress and others wait alike", turn: func(f int64) bot.Turn {
			m := card(f, 1)
			m.Due = start.Add(-2 * time.Minute)
			return bot.Turn{Messages: []bot.Message{m, scheduled(f + 1)}}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := open(t, t.TempDir(), sqlite.Options{})
			var free int64
			take(t, db, "telegram:1", func(s bot.Scene) bot.Turn {
				free = s.Free
				turn := tt.turn(s.Free)
				turn.Next = s.Free + 10
				return turn
			})
			if tt.then != nil {
				tt.then(t, db, free)
			}
			found, err := db.Audit(t.Context(), start, true)
			if err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(found.Flaws, tt.want) {
				t.Errorf("got %v, want %v", found.Flaws, tt.want)
			}
		})
	}
}

// What is on its way is named, with how often it was tried, until it is settled.
func TestAuditCarried(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	id := put(t, db, "chat")[0]
	carried := func() map[int64]int {
		a, err := db.Audit(t.Context(), start, false)
		if err != nil {
			t.Fatal(err)
		}
		return a.Carried
	}
	if got := carried(); len(got) != 0 {
		t.Errorf("before: %v", got)
	}
	if _, err := db.Trying(t.Context(), start, []int64{id}); err != nil {
		t.Fatal(err)
	}
	if got := carried(); got[id] != 1 {
		t.Errorf("on its way: %v", got)
	}
	if err := db.Settle(t.Context(), []bot.Outcome{{Message: id, At: start, Sent: true}}); err != nil {
		t.Fatal(err)
	}
	if got := carried(); len(got) != 0 {
		t.Errorf("after: %v", got)
	}
}

// The auditor looks every minute for years: it must not read what is over.
func TestAuditReadsOnlyWhatIsOpen(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	for _, q := range sqlite.AuditQueries {
		plan, err := db.Plan(t.Context(), q, make([]any, strings.Count(q, "?"))...)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range plan {
			if strings.Contains(step, "SCAN") && !strings.Contains(step, "USING") && !strings.Contains(step, "CONSTANT") {
				t.Errorf("%s\n%s", q, step)
			}
		}
		if said := strings.Join(plan, "; "); strings.Contains(said, "SCAN outbox") && !strings.Contains(said, "outbox_") {
			t.Errorf("%s\n%s", q, said)
		}
	}
}
