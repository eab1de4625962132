package clock_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"houvast/bot"
	"houvast/bot/clock"
	"houvast/sqlite"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func open(t *testing.T) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Options{
		Path: filepath.Join(t.TempDir(), "houvast.db"), Keys: [][]byte{bytes.Repeat([]byte{1}, sqlite.KeySize)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// set sets timers as something that happened would.
func set(t *testing.T, db *sqlite.DB, now time.Time, timers ...bot.Timer) {
	t.Helper()
	e := bot.Event{ID: fmt.Sprintf("telegram:%p", &timers[0]), Door: bot.Telegram, What: bot.Wrote{}}
	_, err := db.Take(t.Context(), now, []bot.Event{e}, func(s bot.Scene, _ bot.Event) bot.Turn {
		for i := range timers {
			timers[i].ID = s.Free + int64(i)
		}
		return bot.Turn{Next: s.Free + int64(len(timers)), Timers: timers}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A town asks everybody at nine: everybody is asked once, in slices that let
// people in between.
func TestTickBringsEverythingThatIsDue(t *testing.T) {
	t.Parallel()
	db := open(t)
	defer db.Close()
	var timers []bot.Timer
	for i := range 60 {
		timers = append(timers, bot.Timer{Key: fmt.Sprint("rhythm:", i), Due: start, Kind: bot.TimerRhythm, Resident: int64(i + 1)})
	}
	timers = append(timers, bot.Timer{Key: "later", Due: start.Add(time.Second), Kind: bot.TimerRemind})
	set(t, db, start, timers...)

	rang := map[int64]int{}
	door := &clock.Door{Store: db, Now: func() time.Time { return start }}
	door.Take = func(ctx context.Context, events []bot.Event) error {
		if len(events) > 25 {
			t.Errorf("%d at once", len(events))
		}
		_, err := db.Take(ctx, start, events, func(s bot.Scene, e bot.Event) bot.Turn {
			rang[e.Resident]++
			return bot.Turn{Next: s.Free}
		})
		return err
	}
	for range 2 {
		if err := door.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(rang) != 60 {
		t.Errorf("%d were asked, want 60", len(rang))
	}
	for who, n := range rang {
		if n != 1 {
			t.Errorf("resident %d was asked %d times", who, n)
		}
	}
}

// What could not be kept comes again.
func TestTickComesAgainAfterAnError(t *testing.T) {
	t.Parallel()
	db := open(t)
	defer db.Close()
	set(t, db, start, bot.Timer{Key: "signal:1", Due: start, Kind: bot.TimerSignal})
	full := errors.New("disk full")
	rings := 0
	door := &clock.Door{Store: db, Now: func() time.Time { return start }}
	door.Take = func(context.Context, []bot.Event) error { return full }
	if err := door.Tick(t.Context()); !errors.Is(err, full) {
		t.Fatalf("got %v, want %v", err, full)
	}
	door.Take = func(ctx context.Context, events []bot.Event) error {
		_, err := db.Take(ctx, start, events, func(s bot.Scene, _ bot.Event) bot.Turn { rings++; return bot.Turn{Next: s.Free} })
		return err
	}
	if err := door.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rings != 1 {
		t.Errorf("rang %d times, want once", rings)
	}
}

// A rhythm may keep its row: the event of each moment has a name of its own.
func TestEventNames(t *testing.T) {
	t.Parallel()
	rhythm := bot.Timer{ID: 3, Kind: bot.TimerRhythm, Due: start, Resident: 9}
	next := rhythm
	next.Due = start.AddDate(0, 0, 7)
	if a, b := clock.Event(rhythm).ID, clock.Event(next).ID; a == b || a != fmt.Sprintf("rhythm:3:%d", start.Unix()) {
		t.Errorf("got %q and %q", a, b)
	}
	e := clock.Event(bot.Timer{ID: 4, Kind: bot.TimerSignal, Due: start, Signal: 17})
	if e.ID != "timer:4" || e.Signal != 17 || !e.At.Equal(start) {
		t.Errorf("got %+v", e)
	}
}

// Run wakes on the very moment, on a poke, and, when the clock was moved under
// it, within a second.
func TestRunWakesInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := open(t)
		defer db.Close()
		var moved atomic.Int64
		now := func() time.Time { return time.Now().Add(time.Duration(moved.Load())) }
		poke := make(chan struct{})
		rang := make(chan time.Time, 10)
		door := &clock.Door{Store: db, Now: now, Poke: poke, Log: slog.New(slog.DiscardHandler)}
		door.Take = func(ctx context.Context, events []bot.Event) error {
			_, err := db.Take(ctx, now(), events, func(s bot.Scene, _ bot.Event) bot.Turn { return bot.Turn{Next: s.Free} })
			rang <- time.Now()
			return err
		}
		began := time.Now()
		set(t, db, began,
			bot.Timer{Key: "a", Due: began.Add(300 * time.Millisecond), Kind: bot.TimerSignal},
			bot.Timer{Key: "b", Due: began.Add(time.Hour), Kind: bot.TimerSignal})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- door.Run(ctx) }()
		if at := (<-rang).Sub(began); at != 300*time.Millisecond {
			t.Errorf("rang after %v, want 300 ms", at)
		}

		moved.Store(int64(time.Hour))
		if at := (<-rang).Sub(began); at > 1500*time.Millisecond {
			t.Errorf("noticed that the clock was moved after %v", at)
		}

		synctest.Wait()
		set(t, db, now(), bot.Timer{Key: "c", Due: now(), Kind: bot.TimerSignal})
		before := time.Now()
		poke <- struct{}{}
		if at := (<-rang).Sub(before); at != 0 {
			t.Errorf("poked, it rang after %v", at)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want that it was told to stop", err)
		}
	})
}
