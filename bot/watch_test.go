package bot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"houvast/bot"
	"houvast/sqlite"
)

// A torn store has a message about distress that it cannot read, beside others.
type torn struct {
	*sqlite.DB
	taken []string
}

var errTorn = errors.New("it does not open")

func (s *torn) Stuck(ctx context.Context, before time.Time) ([]bot.Message, error) {
	found, err := s.DB.Stuck(ctx, before)
	return found, errors.Join(err, errTorn)
}

func (s *torn) Take(ctx context.Context, now time.Time, events []bot.Event, decide func(bot.Scene, bot.Event) bot.Turn) ([]bot.Reply, error) {
	for _, e := range events {
		s.taken = append(s.taken, e.ID)
	}
	return s.DB.Take(ctx, now, events, decide)
}

// A message about distress that cannot be read keeps the watch from none of the
// others, and is told of (promise 5).
func TestWatchActsBesideWhatCannotBeRead(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	db, err := sqlite.Open(t.Context(), sqlite.Options{
		Path: filepath.Join(t.TempDir(), "houvast.db"), Keys: [][]byte{bytes.Repeat([]byte{1}, sqlite.KeySize)},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s := &torn{DB: db}
	var id int64
	_, err = db.Take(t.Context(), now, []bot.Event{{ID: "begin"}}, func(scene bot.Scene, _ bot.Event) bot.Turn {
		id = scene.Free
		return bot.Turn{Next: id + 1, Messages: []bot.Message{{ID: id, To: bot.Address{Door: bot.Telegram, Place: "1002"}, Due: now.Add(-time.Minute)}}}
	})
	if err != nil {
		t.Fatal(err)
	}
	b := bot.New(s, nil, exampleHouse(t), func() time.Time { return now }, func() float64 { return 0 }, slog.New(slog.DiscardHandler))
	for range 2 {
		if err := b.Watch(t.Context()); !errors.Is(err, errTorn) {
			t.Errorf("the watch says %v", err)
		}
	}
	if want := []string{fmt.Sprint("late:", id)}; !slices.Equal(s.taken, want) {
		t.Errorf("it acted on %v, want %v", s.taken, want)
	}
}
