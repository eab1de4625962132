package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"houvast/bot"
	"houvast/sqlite"
)

// hello answers every event with one message to the event's own place.
func hello(s bot.Scene, e bot.Event) bot.Turn {
	return bot.Turn{
		Next: s.Free + 1, Reply: bot.Reply{Text: e.ID},
		Messages: []bot.Message{{ID: s.Free, To: bot.Address{Door: bot.Telegram, Place: e.ID}, Body: bot.Body{Text: strings.Repeat("dag ", 500)}}},
	}
}

func events(from, n int) []bot.Event {
	var all []bot.Event
	for i := range n {
		all = append(all, bot.Event{ID: fmt.Sprint("telegram:", from+i), Door: bot.Telegram, Chat: fmt.Sprint("chat-", i%7), What: bot.Wrote{}})
	}
	return all
}

// On a full disk Take says so, nothing is half kept, and once there is room the
// same events are kept, once.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	if _, err := db.Take(t.Context(), start, events(0, 1), hello); err != nil {
		t.Fatal(err)
	}
	if err := db.Room(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	all := events(1, 60)
	var err error
	for range 5 {
		if _, err = db.Take(t.Context(), start, all, hello); err == nil {
			t.Fatal("kept on a full disk")
		}
	}
	// With some room left, what does not fit is not put aside as if it were poison.
	if err := db.Room(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	_, err = db.Take(t.Context(), start, events(100, 1), func(s bot.Scene, e bot.Event) bot.Turn {
		turn := hello(s, e)
		turn.Messages[0].Body.Text = strings.Repeat("dag ", 100_000)
		return turn
	})
	if !errors.Is(err, sqlite.ErrFull) || !strings.Contains(err.Error(), "make room") {
		t.Errorf("got %v, want %v and what to do", err, sqlite.ErrFull)
	}
	kept := len(due(t, db, start))
	if kept == 0 || (kept-1)%25 != 0 {
		t.Errorf("%d messages are there: a slice was half kept", kept)
	}
	if err := db.Room(t.Context(), -1); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := db.Take(t.Context(), start, all, hello); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(due(t, db, start)); got != 61 {
		t.Errorf("got %d messages, want 61", got)
	}
	if dead, err := db.DeadLetters(t.Context(), 10); err != nil || len(dead) != 0 {
		t.Errorf("a full disk made dead letters: %v, %v", dead, err)
	}
}

// Whatever breaks, wherever: once all was handed in again, everything is there
// once. The n-th fault for every n, until there is none.
func TestFaultsAnywhere(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk broke")
	for n := 1; ; n++ {
		var hits int
		var at string
		o := options(filepath.Join(t.TempDir(), "houvast.db"))
		o.Fault = func(point string) error {
			if hits++; hits == n {
				at = point
				return broken
			}
			return nil
		}
		db, err := sqlite.Open(t.Context(), o)
		if at != "" && !errors.Is(err, broken) {
			t.Fatalf("fault %d at %q: opening: got %v, want %v", n, at, err, broken)
		}
		if err != nil {
			db = open(t, "", o) // once more
		}
		insist := func(what string, do func() error) {
			t.Helper()
			for range 3 {
				err := do()
				if err == nil {
					return
				}
				if !errors.Is(err, broken) {
					t.Fatalf("fault %d at %q: %s: got %v, want %v", n, at, what, err, broken)
				}
			}
			t.Fatalf("fault %d at %q: %s never went well", n, at, what)
		}
		decided := map[string]int{}
		all := events(0, 30)
		insist("take", func() error {
			_, err := db.Take(t.Context(), start, all, func(s bot.Scene, e bot.Event) bot.Turn {
				decided[e.ID]++
				return hello(s, e)
			})
			return err
		})
		found := due(t, db, start)
		if len(found) != len(all) {
			t.Errorf("fault %d at %q: got %d messages, want %d", n, at, len(found), len(all))
		}
		seen := map[int64]bool{}
		for _, m := range found {
			seen[m.ID] = true
		}
		if len(seen) != len(all) {
			t.Errorf("fault %d at %q: an id was issued twice", n, at)
		}
		m := found[0].ID
		insist("try", func() error { _, err := db.Trying(t.Context(), start, []int64{m}); return err })
		insist("settle", func() error {
			return db.Settle(t.Context(), []bot.Outcome{{Message: m, At: start, Sent: true}})
		})
		if got := len(due(t, db, start)); got != len(all)-1 {
			t.Errorf("fault %d at %q: got %d messages after one was sent, want %d", n, at, got, len(all)-1)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if at == "" {
			if n < 30 {
				t.Errorf("only %d faults were possible", n-1)
			}
			return
		}
	}
}

// gate stops the writer before its next commit until it is let go.
type gate struct {
	mu      sync.Mutex
	shut    chan struct{}
	waits   chan struct{} // closed when the writer stands before it
	commits int
}

func (g *gate) fault(point string) error {
	g.mu.Lock()
	shut, waits := g.shut, g.waits
	if point == "before commit" {
		g.commits++
	}
	g.mu.Unlock()
	if point == "begin" && shut != nil {
		close(waits)
		<-shut
	}
	return nil
}

// close stops db's writer; what is handed in from now on waits.
func (g *gate) close(t *testing.T, db *sqlite.DB) {
	g.mu.Lock()
	g.shut, g.waits = make(chan struct{}), make(chan struct{})
	g.commits = 0
	g.mu.Unlock()
	go func() { _ = db.SaveCursor(context.WithoutCancel(t.Context()), "gate", start, "") }()
	<-g.waits
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.shut)
	g.shut = nil
}

func (g *gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.commits
}

// queue waits until n jobs wait for the writer.
func queue(t *testing.T, db *sqlite.DB, n int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); db.Queued() != n; {
		if time.Now().After(deadline) {
			t.Fatalf("%d jobs wait, want %d", db.Queued(), n)
		}
	}
}

// People go before the clock, and the clock before an editor.
func TestWhoGoesFirst(t *testing.T) {
	t.Parallel()
	var g gate
	db := open(t, t.TempDir(), sqlite.Options{Fault: g.fault})
	waiting := put(t, db, "chat-anna")
	g.close(t, db)
	var all sync.WaitGroup
	var order []string
	hand := func(name string, write func(do func()) error) {
		before := db.Queued()
		all.Go(func() {
			if err := write(func() { order = append(order, name) }); err != nil {
				t.Error(err)
			}
		})
		queue(t, db, before+1)
	}
	event := func(e bot.Event) func(func()) error {
		return func(do func()) error {
			_, err := db.Take(t.Context(), start, []bot.Event{e}, func(s bot.Scene, _ bot.Event) bot.Turn { do(); return bot.Turn{Next: s.Free} })
			return err
		}
	}
	hand("editor", func(do func()) error {
		return db.Write(t.Context(), sqlite.Editor, 1, func() error { do(); return nil })
	})
	hand("check-in", event(bot.Event{ID: "compose:1", Door: "clock", What: bot.Compose{Message: bot.Message{ID: waiting[0], Lane: bot.LaneScheduled}}}))
	hand("person", event(bot.Event{ID: "telegram:1", Door: bot.Telegram, What: bot.Wrote{}}))
	g.open()
	all.Wait()
	if !slices.Equal(order, []string{"person", "check-in", "editor"}) {
		t.Errorf("got %v", order)
	}
}

// The clock's events make way for somebody who wrote, one by one, and come to their
// end all the same.
func TestTheClockMakesWay(t *testing.T) {
	t.Parallel()
	var g gate
	db := open(t, t.TempDir(), sqlite.Options{Fault: g.fault})
	var rings []bot.Event
	for i := range 5 {
		id := put(t, db, fmt.Sprint("chat-", i))[0]
		rings = append(rings, bot.Event{ID: fmt.Sprint("compose:", id), Door: "clock", What: bot.Compose{Message: bot.Message{ID: id, Lane: bot.LaneScheduled}}})
	}
	var all sync.WaitGroup
	var order []string
	g.commits = 0
	person := func(id string) {
		_, err := db.Take(t.Context(), start, []bot.Event{{ID: id, Door: bot.Telegram, What: bot.Wrote{}}}, func(s bot.Scene, _ bot.Event) bot.Turn {
			order = append(order, "person")
			return bot.Turn{Next: s.Free}
		})
		if err != nil {
			t.Error(err)
		}
	}
	_, err := db.Take(t.Context(), start, rings, func(s bot.Scene, _ bot.Event) bot.Turn {
		order = append(order, "clock")
		if len(order) == 1 {
			all.Go(func() { person("telegram:1") })
			queue(t, db, 1)
		}
		return bot.Turn{Next: s.Free}
	})
	if err != nil {
		t.Fatal(err)
	}
	all.Wait()
	if want := []string{"clock", "person", "clock", "clock", "clock", "clock"}; !slices.Equal(order, want) {
		t.Errorf("got %v, want %v", order, want)
	}
	if got := g.count(); got > 4 {
		t.Errorf("that took %d commits", got)
	}
}

// A commit that people wait for holds little of others.
func TestLittleBesidePeople(t *testing.T) {
	t.Parallel()
	var g gate
	db := open(t, t.TempDir(), sqlite.Options{Fault: g.fault})
	g.close(t, db)
	var all sync.WaitGroup
	for _, weight := range []int{10, 100, 1} {
		lane := sqlite.Editor
		if weight == 1 {
			lane = sqlite.People
		}
		before := db.Queued()
		all.Go(func() {
			if err := db.Write(t.Context(), lane, weight, func() error { return nil }); err != nil {
				t.Error(err)
			}
		})
		queue(t, db, before+1)
	}
	g.open()
	all.Wait()
	if got := g.count(); got != 2 {
		t.Errorf("that took %d commits, want 2: the heavy one alone", got)
	}
}

// What waits at the same time shares a commit; one that fails takes no other
// with it.
func TestGroupCommit(t *testing.T) {
	t.Parallel()
	var g gate
	db := open(t, t.TempDir(), sqlite.Options{Fault: g.fault})
	g.close(t, db)
	var all sync.WaitGroup
	wrong := errors.New("wrong")
	const n = 20
	for i := range n {
		all.Go(func() {
			if i == 7 {
				err := db.Write(t.Context(), sqlite.People, 1, func() error { return wrong })
				if !errors.Is(err, wrong) {
					t.Errorf("got %v, want %v", err, wrong)
				}
				return
			}
			if _, err := db.Take(t.Context(), start, events(i, 1), hello); err != nil {
				t.Error(err)
			}
		})
	}
	queue(t, db, n)
	g.open()
	all.Wait()
	defer heavy(t, db, &g)
	if got := g.count(); got != 1 {
		t.Errorf("%d turns took %d commits, want one", n, got)
	}
	if got := len(due(t, db, start)); got != n-1 {
		t.Errorf("got %d messages, want %d", got, n-1)
	}
}

// heavy hands in three turns that each fill a commit.
func heavy(t *testing.T, db *sqlite.DB, g *gate) {
	g.close(t, db)
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() {
			_, err := db.Take(t.Context(), start, events(1000+i, 1), func(s bot.Scene, _ bot.Event) bot.Turn {
				turn := bot.Turn{Next: s.Free + 245}
				for n := range int64(245) {
					turn.Messages = append(turn.Messages, bot.Message{ID: s.Free + n})
				}
				return turn
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	queue(t, db, 3)
	g.open()
	all.Wait()
	if got := g.count(); got != 3 {
		t.Errorf("three turns that fill a commit took %d, want 3", got)
	}
}

// A poll's events are kept in slices of at most 25 events and about 250 rows, so
// that somebody in distress never waits long.
func TestSlices(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ messages, commits int }{{1, 4}, {40, 15}} {
		var g gate
		db := open(t, t.TempDir(), sqlite.Options{Fault: g.fault})
		g.commits = 0
		replies, err := db.Take(t.Context(), start, events(0, 100), func(s bot.Scene, e bot.Event) bot.Turn {
			turn := bot.Turn{Next: s.Free + int64(test.messages), Reply: bot.Reply{Text: e.ID}}
			for i := range test.messages {
				turn.Messages = append(turn.Messages, bot.Message{ID: s.Free + int64(i), To: bot.Address{Door: bot.Telegram, Place: fmt.Sprint(s.Free, i)}})
			}
			return turn
		})
		if err != nil || len(replies) != 100 || replies[99].Text != "telegram:99" {
			t.Errorf("got %d replies, %v", len(replies), err)
		}
		if g.count() < test.commits {
			t.Errorf("%d messages a turn: %d commits, want at least %d", test.messages, g.count(), test.commits)
		}
	}
}

// What cannot be decided leaves one dead letter, which says why, whatever is
// decided about it afterwards.
func TestOneDeadLetter(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	for range 2 {
		_, err := db.Take(t.Context(), start, events(0, 1), func(s bot.Scene, e bot.Event) bot.Turn {
			if w, ok := e.What.(bot.Unread); ok {
				return bot.Turn{Next: s.Free + 1, Dead: []bot.DeadLetter{{ID: s.Free, Event: e.ID, Why: w.Why}}}
			}
			panic("boom")
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	dead, err := db.DeadLetters(t.Context(), 10)
	if err != nil || len(dead) != 1 {
		t.Fatalf("got %v, %v, want one", dead, err)
	}
	if d := dead[0]; d.Event != "telegram:0" || !strings.Contains(d.Why, "boom") || !d.At.Equal(start) || len(d.Raw) == 0 {
		t.Errorf("got %+v", d)
	}
}

// Who gives up before it began gets nothing kept; who waits gets an answer.
func TestGivingUp(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.Take(ctx, start, events(0, 1), hello); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if got := len(due(t, db, start)); got != 0 {
		t.Errorf("%d messages were kept", got)
	}
	ctx, cancel = context.WithCancel(t.Context())
	_, err := db.Take(ctx, start, events(0, 1), func(s bot.Scene, e bot.Event) bot.Turn {
		cancel() // too late
		return hello(s, e)
	})
	if err != nil {
		t.Errorf("what began is finished: got %v", err)
	}
	if got := len(due(t, db, start)); got != 1 {
		t.Errorf("got %d messages, want 1", got)
	}
}

// The looks that happen all the time walk an index, and never all there is.
func TestQueriesUseTheirIndex(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	backlog(t, db, start, 2000)
	for _, q := range []struct {
		query string
		args  []any
		index string
	}{
		{sqlite.DueQuery, []any{"telegram", 0, 0}, "outbox_ready"},
		{sqlite.PastQuery, []any{"telegram", 0, 0}, "outbox_until"},
		{sqlite.NextDueQuery, []any{"telegram", 0, 0}, "outbox_ready"},
		{sqlite.TimersQuery, []any{1, 0}, "timers_due"},
		{sqlite.NextQuery, []any{}, "timers_due"},
		{sqlite.StuckQuery, []any{0}, "outbox_distress"},
		{sqlite.StandingQuery, nil, "timers_signal"},
	} {
		plan, err := db.Plan(t.Context(), q.query, q.args...)
		if err != nil {
			t.Fatal(err)
		}
		said := strings.Join(plan, "; ")
		if !strings.Contains(said, q.index) || strings.Contains(said, "SCAN outbox") || strings.Contains(said, "SCAN timers") || (strings.Contains(said, "TEMP B-TREE") && q.args != nil) {
			t.Errorf("%s\n%s", q.query, said)
		}
	}
	// And everything the writer asks.
	resident, signal := crowd(t, db)
	look(t, db, resident, signal)
	take(t, db, "forget", func(s bot.Scene) bot.Turn { return bot.Turn{Next: s.Free, Forget: []int64{resident}} })
	prepared, err := db.Prepared(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range prepared {
		if word, _, _ := strings.Cut(strings.TrimSpace(q), " "); !slices.Contains([]string{"SELECT", "UPDATE", "DELETE"}, word) {
			continue
		}
		if strings.Contains(q, "sequence") || strings.Contains(q, "FROM residents ORDER BY id") || strings.Contains(q, "slots WHERE") {
			continue // one row; everybody, for an overview
		}
		args := make([]any, strings.Count(q, "?"))
		for i := range args {
			args[i] = 0
		}
		plan, err := db.Plan(t.Context(), q, args...)
		if err != nil {
			t.Errorf("%s: %v", q, err)
			continue
		}
		for _, step := range plan {
			if strings.HasPrefix(step, "SCAN") && !strings.Contains(step, "USING INDEX") && !strings.Contains(step, "subquery") && !strings.Contains(step, "CONSTANT") {
				t.Errorf("%s\n%s", q, step)
			}
		}
	}
}
