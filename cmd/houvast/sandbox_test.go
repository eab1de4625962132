package main

import (
	"context"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"houvast/bot/telegram/telegramtest"
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
		record(t, town.telegram)
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

// pressable is how many messages on a phone have buttons that answer something.
func pressable(screen telegramtest.Screen) int {
	n := 0
	for _, m := range screen.Messages {
		for _, b := range slices.Concat(m.Buttons...) {
			if b.Data != "" {
				n++
				break
			}
		}
	}
	return n
}

// The town is there: a resident and a peer expert who said yes, a phone that
// nobody is linked to yet, everybody's channels, and a check-in to come.
func TestSettleIn(t *testing.T) {
	t.Parallel()

	s := newSettled(t, time.Now)
	v, err := s.View(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Phones) != 3 {
		t.Fatalf("there are %d phones", len(v.Phones))
	}
	for _, p := range v.Phones {
		if linked := p.ID != "bram"; p.Started != linked || p.About == "" {
			t.Errorf("%s: started is %v, about is %q", p.Owner, p.Started, p.About)
		}
	}
	anna := v.Phones[0]
	if len(anna.Keyboard) == 0 || anna.Pinned == "" || !strings.Contains(anna.Messages[len(anna.Messages)-1].Text, "dat onthoud ik") {
		t.Errorf("Anna's phone is not ready: %+v", anna)
	}
	if v.As != "samira" || len(v.Channels) != 3 || v.Channels[0].ID != "signalen-noord" || v.Channels[2].Name != "Houvast" {
		t.Errorf("Mattermost of %s shows %+v", v.As, v.Channels)
	}
	if due := v.Clock.Next.Sub(v.Clock.Now); due <= 0 || due > 24*time.Hour {
		t.Errorf("the next thing is due in %v", due)
	}
	id := regexp.MustCompile(`^[A-Za-z0-9-]+$`)
	for _, c := range v.Channels {
		for _, p := range c.Posts {
			ids := []string{c.ID, p.ID}
			for _, f := range p.Files {
				ids = append(ids, f.File)
				file, err := s.File(t.Context(), f.File)
				if err != nil || file.Type != "image/png" {
					t.Errorf("file %s is %q: %v", f.Name, file.Type, err)
				}
			}
			for _, one := range ids {
				if !id.MatchString(one) {
					t.Errorf("%q cannot stand in an address", one)
				}
			}
		}
	}
}

// The clock walks from one moment to the next while the house runs by itself;
// a question has its buttons in one place, and none when it is over.
func TestMove(t *testing.T) {
	t.Parallel()

	s := newSettled(t, time.Now)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { s.town.house.run(ctx); close(ended) }()
	defer func() { stop(); <-ended }()
	anna, err := s.person("anna")
	if err != nil {
		t.Fatal(err)
	}
	joost, err := s.person("joost")
	if err != nil {
		t.Fatal(err)
	}
	move := func(d time.Duration) {
		t.Helper()
		if err := s.Move(ctx, s.town.clock.now().Add(d)); err != nil {
			t.Fatal(err)
		}
	}
	was := s.town.clock.now()
	move(24 * time.Hour)
	if moved := s.town.clock.now().Sub(was); moved < 24*time.Hour || moved > 24*time.Hour+time.Minute {
		t.Errorf("a day later was %v later", moved)
	}
	if last := anna.Last(); !strings.Contains(last.Text, "Hoe gaat het met je?") {
		t.Fatalf("a day later there is no check-in but %q", last.Text)
	}
	move(4 * time.Hour)
	if last := anna.Last(); !strings.Contains(last.Text, "Antwoorden mag, maar hoeft niet.") {
		t.Errorf("four hours later there is no reminder but %q", last.Text)
	}
	if n := pressable(anna.Screen()); n != 1 {
		t.Errorf("one question has its buttons in %d places:\n%s", n, anna.Transcript())
	}
	move(20 * time.Hour)
	if last := joost.Last(); !strings.Contains(last.Text, "Tijd om Anna te bellen.") {
		t.Errorf("the peer expert is not asked but reads %q", last.Text)
	}
}
