package main

import (
	"context"
	"log/slog"
	"testing"
	"time"
)

// newSettled returns a town that people live in, at half past ten on a Monday.
// Its house does not run by itself.
func newSettled(t *testing.T, base func() time.Time) *sandbox {
	t.Helper()
	clock := &movable{base: base}
	clock.set(time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC))
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	town, err := newTown(t.TempDir(), clock, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := town.close(); err != nil {
			t.Error(err)
		}
	})
	if err := town.open(context.Background()); err != nil {
		t.Fatal(err)
	}
	s := newSandbox(town)
	began := time.Now()
	if err := s.settleIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("settled in within %v", time.Since(began))
	return s
}

func TestSettleIn(t *testing.T) {
	t.Parallel()

	s := newSettled(t, time.Now)
	for _, id := range []string{"anna", "joost", "bram"} {
		p, err := s.person(id)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("--- %s\n%s", id, p.Transcript())
	}
	v, err := s.View(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range v.Channels {
		t.Logf("--- %s (%s) %s", c.Name, c.Kind, c.ID)
		for _, p := range c.Posts {
			t.Logf("%s %s: %s %+v files=%v private=%v", p.At, p.Name, p.Text, p.Cards, p.Files, p.Private)
		}
	}
	t.Logf("%+v", v.Clock)
}
