package sqlite_test

import (
	"fmt"
	"testing"
	"time"

	"houvast/bot"
	"houvast/sqlite"
)

func TestCursor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir, sqlite.Options{})
	if at, value, err := db.Cursor(t.Context(), bot.Mattermost); !at.IsZero() || value != "" || err != nil {
		t.Errorf("before it was saved: got %v, %q, %v", at, value, err)
	}
	for i, value := range []string{"een", "twee"} {
		if err := db.SaveCursor(t.Context(), bot.Mattermost, start.AddDate(0, 0, i), value); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, dir, sqlite.Options{})
	if at, value, err := db.Cursor(t.Context(), bot.Mattermost); !at.Equal(start.AddDate(0, 0, 1)) || value != "twee" || err != nil {
		t.Errorf("got %v, %q, %v", at, value, err)
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	now := start.Add(time.Hour)
	take(t, db, "telegram:1", func(s bot.Scene) bot.Turn {
		return bot.Turn{
			Next: s.Free + 20,
			Residents: []bot.Resident{
				{ID: s.Free, Stage: bot.StageActive}, {ID: s.Free + 1, Stage: bot.StageActive}, {ID: s.Free + 2, Stage: bot.StageWelcome},
			},
			Signals: []bot.Signal{
				{ID: s.Free + 3, Resident: s.Free, State: bot.Open}, {ID: s.Free + 4, Resident: s.Free, State: bot.Taken},
				{ID: s.Free + 5, Resident: s.Free, State: bot.Closed},
			},
			Messages: []bot.Message{
				{ID: s.Free + 6, To: bot.Address{Door: bot.Telegram, Place: "a"}, Due: start},
				{ID: s.Free + 7, To: bot.Address{Door: bot.Mattermost, Place: "b"}, Due: start.Add(time.Minute)},
				{ID: s.Free + 8, To: bot.Address{Door: bot.Mattermost, Place: "b"}, Due: now.Add(time.Minute)},
				{ID: s.Free + 9, To: bot.Address{Door: bot.Telegram, Place: "a"}, Lane: bot.LaneScheduled, Due: start},
			},
			Timers: []bot.Timer{{ID: s.Free + 10, Key: "a", Due: now, Kind: bot.TimerRhythm}, {ID: s.Free + 11, Key: "b", Due: start, Kind: bot.TimerSignal}},
			Dead:   []bot.DeadLetter{{ID: s.Free + 12}},
		}
	})
	c, err := db.Counts(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(c.Residents, c.Signals, c.DeadLetters, c.Timer.Equal(start),
		c.Unsent[bot.LaneDistress].Messages, c.Unsent[bot.LaneDistress].Oldest.Equal(start),
		c.Unsent[bot.LaneAnswer].Messages, c.Unsent[bot.LaneAnswer].Oldest.IsZero(), c.Unsent[bot.LaneScheduled].Messages)
	if want := "map[active:2 welcome:1] map[open:1 taken:1] 1 true 2 true 0 true 1"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// An auditor sees every open signal, and which of them nobody would look at again.
func TestSignals(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	take(t, db, "telegram:1", func(s bot.Scene) bot.Turn {
		id := s.Free
		return bot.Turn{
			Next: id + 20,
			Signals: []bot.Signal{
				{ID: id, Resident: 1, State: bot.Open, Opened: start.Add(time.Minute), Text: "met wekker"},
				{ID: id + 1, Resident: 1, State: bot.Open, Opened: start, Text: "vergeten"},
				{ID: id + 2, Resident: 1, State: bot.Taken, TakenBy: "karin", Opened: start.Add(time.Hour), Text: "opgepakt"},
				{ID: id + 3, Resident: 1, State: bot.Closed, Opened: start, Text: "gesloten"},
			},
			Timers:   []bot.Timer{{ID: id + 4, Key: "signal:1", Due: start.Add(time.Hour), Kind: bot.TimerSignal, Signal: id}},
			Messages: []bot.Message{{ID: id + 5, To: bot.Address{Door: bot.Mattermost, Place: "team"}, Subject: id}},
		}
	})
	found, err := db.Signals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range found {
		got = append(got, fmt.Sprint(s.Text, " ", s.Forlorn(), " ", s.Unsent, " ", s.Next.Equal(start.Add(time.Hour))))
	}
	if want := "[vergeten true 0 false met wekker false 1 true opgepakt false 0 false]"; fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// What is over goes after its time; what is open or young stays.
func TestSweep(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	const n = 600
	take := func(now time.Time, from, n int) {
		t.Helper()
		var all []bot.Event
		for i := range n {
			all = append(all, bot.Event{ID: fmt.Sprint("telegram:", from+i), Door: bot.Telegram, What: bot.Wrote{}})
		}
		_, err := db.Take(t.Context(), now, all, func(s bot.Scene, e bot.Event) bot.Turn {
			return bot.Turn{
				Next: s.Free + 3, Log: []bot.LogLine{{ID: s.Free, At: now, Resident: 1}}, Dead: []bot.DeadLetter{{ID: s.Free + 1, At: now}},
				Messages: []bot.Message{{ID: s.Free + 2, To: bot.Address{Door: bot.Telegram, Place: e.ID}}},
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	take(start, 0, n)
	weeks := start.AddDate(0, 0, 28)
	take(weeks, n, 10)
	for _, m := range due(t, db, weeks)[:5] {
		settle(t, db, bot.Outcome{Message: m.ID, At: start, Sent: true})
	}
	if swept, err := db.Sweep(t.Context(), weeks, sqlite.Ages{}); swept != 0 || err != nil {
		t.Errorf("kept for ever: %d were swept, %v", swept, err)
	}
	day := 24 * time.Hour
	swept, err := db.Sweep(t.Context(), weeks, sqlite.Ages{Seen: 14 * day, Sent: 14 * day, DeadLetters: 14 * day})
	if want := n + n + 5; swept != want || err != nil {
		t.Errorf("swept %d, %v, want %d", swept, err, want)
	}
	take(weeks, n, 10) // still known
	if dead, err := db.DeadLetters(t.Context(), 2*n); len(dead) != 10 || err != nil {
		t.Errorf("dead letters: got %d, %v, want 10", len(dead), err)
	}
	if log, err := db.Log(t.Context(), 1); len(log) != n+10 || err != nil {
		t.Errorf("log: got %d, %v, want all", len(log), err)
	}
	if c, err := db.Counts(t.Context(), weeks); c.Unsent[bot.LaneDistress].Messages != n+5 || err != nil {
		t.Errorf("unsent: got %d, %v, want %d", c.Unsent[bot.LaneDistress].Messages, err, n+5)
	}
	if swept, err := db.Sweep(t.Context(), weeks.Add(15*day), sqlite.Ages{Log: day}); swept != n+10 || err != nil {
		t.Errorf("the log: %d were swept, %v", swept, err)
	}
}
