package bot_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"houvast/bot"
	"houvast/signals"
	"houvast/sqlite"
)

// A deaf store cannot keep for a while that a message is given up, as on a disk that
// is full for a moment.
type deaf struct {
	*sqlite.DB
	times int // how often still
}

func (s *deaf) Take(ctx context.Context, now time.Time, events []bot.Event, decide func(bot.Scene, bot.Event) bot.Turn) ([]bot.Reply, error) {
	if len(events) > 0 && strings.HasPrefix(events[0].ID, "undelivered:") && s.times > 0 {
		s.times--
		return nil, errors.New("the disk is full")
	}
	return s.DB.Take(ctx, now, events, decide)
}

// A wall is a door that says the same to every message, or takes it.
type wall struct {
	says error
	sent []bot.Message
}

func (w *wall) Send(_ context.Context, m bot.Message) (string, error) {
	w.sent = append(w.sent, m)
	return "", w.says
}
func (w *wall) Probe(context.Context) error { return nil }
func (w *wall) Fetch(context.Context, string) (io.ReadCloser, error) {
	return nil, errors.New("nothing")
}

// Somebody hears that a message is not with the resident, also when that could not be
// kept at once: until it is told, the message is not done with, and it is told once.
func TestWhatIsGivenUpIsToldInTheEnd(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		says error
		sent int // three times more than when it is told at once, but never one too many that may have arrived
	}{
		"refused":         {says: &bot.SendError{Class: bot.SendRefused, Err: errors.New("refused")}, sent: 4},
		"nobody can know": {says: errors.New("the answer was lost"), sent: 3},
		"blocked the bot": {says: &bot.SendError{Class: bot.SendBlocked, Err: errors.New("blocked")}, sent: 4},
		"it arrives":      {sent: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
			db, err := sqlite.Open(t.Context(), sqlite.Options{
				Path: filepath.Join(t.TempDir(), "houvast.db"), Keys: [][]byte{bytes.Repeat([]byte{1}, sqlite.KeySize)},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			s := moved(t, bot.StageActive, time.Time{})
			_, err = db.Take(t.Context(), now, []bot.Event{{ID: "begin"}}, func(scene bot.Scene, _ bot.Event) bot.Turn {
				return bot.Turn{
					Next: 100, Accounts: []bot.Account{*s.Home}, Residents: []bot.Resident{*s.Resident},
					Messages: []bot.Message{{ID: 50, To: bot.Address{Door: bot.Telegram, Place: "1002"}, Lane: bot.LaneAnswer, Body: bot.Body{Text: "dag"}, Due: now}},
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			store := &deaf{DB: db, times: 3}
			phone, team := &wall{says: c.says}, &wall{}
			b := bot.New(store, map[string]bot.Door{bot.Telegram: phone, bot.Mattermost: team}, s.House,
				func() time.Time { return now }, func() float64 { return 0 }, slog.New(slog.DiscardHandler))
			failed := 0
			for range 600 {
				if _, _, err := b.Deliver(t.Context()); err != nil {
					failed++
				}
				now = now.Add(time.Second)
			}
			left, err := db.Due(t.Context(), bot.Telegram, bot.LaneAnswer, now.Add(24*time.Hour), 10)
			if err != nil || len(left) > 0 {
				t.Errorf("it is still tried: %+v, %v", left, err)
			}
			if len(phone.sent) != c.sent {
				t.Errorf("it was sent %d times, want %d", len(phone.sent), c.sent)
			}
			if c.says == nil {
				if failed > 0 || len(team.sent) > 0 {
					t.Errorf("failed %d times; told %+v", failed, team.sent)
				}
				return
			}
			if failed != 3 {
				t.Errorf("it failed %d times, want 3", failed)
			}
			var told []string
			for _, m := range team.sent {
				if m.Body.Card != nil {
					told = append(told, m.Body.Card.Title+": "+m.Body.Card.Text)
				}
			}
			if len(told) != 1 || !strings.Contains(told[0], "Anna") {
				t.Errorf("the team read %q", told)
			}
			found, err := db.Signals(t.Context())
			if err != nil || len(found) != 1 || found[0].Kind != signals.PracticalHelp {
				t.Errorf("people look at %+v, %v", found, err)
			}
		})
	}
}
