package main

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"houvast/bot"
	"houvast/bot/mattermost/mattermosttest"
	"houvast/signals"
	"houvast/sqlite"
)

// Once a day, at half past eight, the coordinator's channel holds a line that all
// is well, or what is not; a restart tells it neither twice nor never.
func TestDailyLine(t *testing.T) {
	t.Parallel()

	s := newSettled(t, time.Now)
	zone := s.town.network.Zone
	running := func(do func()) {
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { s.town.house.run(ctx) })
		defer wg.Wait()
		defer stop()
		for !s.town.house.mattermost.Health().Connected {
			select {
			case <-s.town.mattermost.Changed():
			case <-time.After(10 * time.Millisecond):
			}
		}
		do()
	}
	moveTo := func(day, hour, minute int) {
		t.Helper()
		if err := s.Move(t.Context(), time.Date(2026, 11, day, hour, minute, 0, 0, zone)); err != nil {
			t.Fatal(err)
		}
	}
	lines := func() (found []string) {
		for _, p := range s.town.mattermost.Posts(teamChannel) {
			if strings.HasPrefix(p.Text, "Houvast om ") {
				found = append(found, p.Text)
			}
		}
		return found
	}
	running(func() {
		if got := lines(); len(got) != 0 {
			t.Errorf("on the first day, after half past eight: %q", got)
		}
		moveTo(24, 8, 29)
		if got := lines(); len(got) != 0 {
			t.Errorf("before half past eight: %q", got)
		}
		moveTo(24, 8, 31)
		if got := lines(); len(got) != 1 || !strings.HasPrefix(got[0], "Houvast om 8.30 uur: alles werkt.") {
			t.Errorf("after half past eight: %q", got)
		}
	})
	restart := func() {
		t.Helper()
		if err := s.town.shut(); err != nil {
			t.Fatal(err)
		}
		if err := s.town.open(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	restart()
	running(func() {
		moveTo(24, 20, 0)
		if got := lines(); len(got) != 1 {
			t.Errorf("after a restart: %q", got)
		}
	})
	// The house is away when the line is due, and finds Telegram away when it is back.
	if err := s.town.shut(); err != nil {
		t.Fatal(err)
	}
	s.town.clock.set(time.Date(2026, 11, 25, 9, 10, 0, 0, zone))
	s.town.telegram.SetDown(true)
	if err := s.town.open(context.WithoutCancel(t.Context())); err == nil {
		t.Fatal("Telegram is not away")
	}
	running(func() {
		moveTo(25, 9, 15)
		got := lines()
		if len(got) != 2 || !strings.Contains(got[1], "niet goed.\n- Telegram is niet te horen.") {
			t.Errorf("after an outage: %q", got)
		}
	})
	s.town.telegram.SetDown(false)
}

// A canary flies the whole way every five minutes. What stops it turns /health
// red with words that say where to look, and only that.
func TestCanary(t *testing.T) {
	t.Parallel()

	s := newServing(t)
	s.env["HOUVAST_CANARY_CHANNEL"] = teamChannel
	s.start()
	posts := len(s.town.mattermost.Posts(teamChannel))
	flown := func() int {
		n := 0
		if m := regexp.MustCompile(`(?m)^houvast_canary_flight_seconds `).FindAllString(s.metrics(), -1); len(m) == 1 {
			n++
		}
		return n
	}
	s.until("a canary arrived", func() bool { return flown() == 1 })
	s.until("health is green", func() bool { status, _ := s.health(); return status == http.StatusOK })
	s.until("the canary is gone from its channel", func() bool { return len(s.town.mattermost.Posts(teamChannel)) == posts })

	missing := func() bool {
		status, r := s.health()
		said := slices.ContainsFunc(r.Problems, func(p string) bool { return strings.Contains(p, "proefbericht") })
		if said && status != http.StatusServiceUnavailable {
			t.Errorf("got %d with %q", status, r.Problems)
		}
		return said
	}
	forward := func(d time.Duration) { s.town.clock.set(s.town.clock.now().Add(d)) }
	lift := s.town.mattermost.Inject(mattermosttest.Fault{Method: "POST", Path: "/api/v4/posts", Status: http.StatusForbidden})
	forward(canaryEvery)
	s.until("a canary flies", func() bool { return s.flying() })
	if missing() {
		t.Error("it is missed before it can have arrived")
	}
	forward(canaryPatient)
	s.until("the canary is missed", missing)
	if _, r := s.health(); slices.ContainsFunc(r.Problems, func(p string) bool { return strings.Contains(p, "nood") }) {
		t.Errorf("a canary is no distress: %q", r.Problems)
	}
	if !strings.Contains(s.metrics(), "houvast_canary_lost_total 1\n") {
		t.Errorf("not counted:\n%s", s.metrics())
	}
	lift()
	forward(canaryEvery)
	s.until("a canary arrives again", func() bool { return !missing() })
}

// A canary that the word list does not recognise does not fly.
func TestCanaryCries(t *testing.T) {
	t.Parallel()

	s := newSettled(t, time.Now)
	told := func(words bot.Text) int {
		e := bot.Event{ID: fmt.Sprint("told:", words), Door: "clock", At: s.town.clock.now(), What: bot.Told{Channel: teamChannel, Text: "proef " + string(words[:1]), Cry: words}}
		if _, err := s.town.house.receive(t.Context(), []bot.Event{e}); err != nil {
			t.Fatal(err)
		}
		if err := s.town.settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, p := range s.town.mattermost.Posts(teamChannel) {
			if strings.HasPrefix(p.Text, "proef ") {
				n++
			}
		}
		return n
	}
	if n := told("wat een mooi weer"); n != 0 {
		t.Errorf("told %d times without danger", n)
	}
	if n := told(canaryCry); n != 1 {
		t.Errorf("told %d times with danger", n)
	}
}

// What the auditor finds is in the log, in /health and in the metrics.
func TestAuditorTells(t *testing.T) {
	t.Parallel()

	s := newSettled(t, time.Now)
	h := s.town.house
	if err := h.watch.tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := h.watch.problems(s.town.clock.now()); len(got) != 0 {
		t.Fatalf("before: %q", got)
	}
	_, err := h.db.Take(t.Context(), s.town.clock.now(), []bot.Event{{ID: "broken", What: bot.Told{}}}, func(s bot.Scene, _ bot.Event) bot.Turn {
		return bot.Turn{Next: s.Free + 1, Signals: []bot.Signal{{ID: s.Free, Kind: signals.Crisis, State: bot.Open, Opened: s.Now, Channel: teamChannel}}}
	})
	if err != nil {
		t.Fatal(err)
	}
	s.town.clock.set(s.town.clock.now().Add(auditEvery))
	for look := range 2 {
		if got := h.watch.problems(s.town.clock.now()); len(got) != 0 {
			t.Errorf("after %d looks: %q", look, got)
		}
		if err := h.watch.tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.watch.look(t.Context()) // somebody asks in between: that is no second look
	}
	want := []string{flawTexts[sqlite.FlawCardless], flawTexts[sqlite.FlawForlorn]}
	if got := h.watch.problems(s.town.clock.now()); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	// Three minutes without a look are a fault of their own.
	if got := h.watch.problems(s.town.clock.now().Add(auditTooOld + time.Second)); len(got) != 3 || !strings.Contains(got[0], "kijkt zichzelf niet") {
		t.Errorf("got %q", got)
	}
	for _, flaw := range []sqlite.Flaw{sqlite.FlawForlorn, sqlite.FlawCardless, sqlite.FlawRepeated, sqlite.FlawOvertaken, sqlite.FlawSilent, sqlite.FlawRhythm, sqlite.FlawShut, sqlite.FlawUnerased} {
		if flawTexts[flaw] == "" {
			t.Errorf("no words for %s", flaw)
		}
	}
}

// A message that nobody carries any more is missed after five minutes.
func TestStuckMessage(t *testing.T) {
	t.Parallel()

	s := newSettled(t, time.Now)
	h := s.town.house
	var id int64
	_, err := h.db.Take(t.Context(), s.town.clock.now(), []bot.Event{{ID: "stuck", What: bot.Told{}}}, func(s bot.Scene, _ bot.Event) bot.Turn {
		id = s.Free
		return bot.Turn{Next: s.Free + 1, Messages: []bot.Message{{ID: id, To: bot.Address{Door: bot.Mattermost, Place: teamChannel}, Due: s.Now}}}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.db.Trying(t.Context(), s.town.clock.now(), []int64{id}); err != nil {
		t.Fatal(err)
	}
	s.town.clock.set(s.town.clock.now().Add(time.Minute))
	for minutes := range 6 {
		if err := h.watch.tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := h.watch.problems(s.town.clock.now()); (len(got) == 1) != (minutes == 5) {
			t.Errorf("after %d minutes: %q", minutes, got)
		}
		s.town.clock.set(s.town.clock.now().Add(time.Minute))
	}
}

// metrics are what Prometheus reads.
func (s *serving) metrics() string {
	s.t.Helper()
	status, body := s.get("/metrics")
	if status != http.StatusOK {
		s.t.Fatalf("/metrics answers %d", status)
	}
	return body
}

// flying reports whether a canary stands in the outbox.
func (s *serving) flying() bool {
	counts, err := readCounts(s.t, s, s.env["HOUVAST_DB"])
	if err != nil {
		s.t.Fatal(err)
	}
	return counts.Unsent[bot.LaneDistress].Messages > 0
}
