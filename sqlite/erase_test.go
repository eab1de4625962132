package sqlite_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"houvast/bot"
	"houvast/flows"
	"houvast/sqlite"
)

// A life is a resident of whom much is kept.
type life struct {
	resident, account int64
	chat              string
	code              string
	signals           []int64
	last              int64 // row
}

var (
	phone = func(chat string) bot.Address { return bot.Address{Door: bot.Telegram, Place: chat} }
	team  = bot.Address{Door: bot.Mattermost, Place: "signalen-noord"}
)

// live makes a life of which every table holds n rows, and a table or two more.
func live(t *testing.T, db *sqlite.DB, chat string, n int) life {
	t.Helper()
	l := life{chat: chat, code: "code-" + chat}
	take(t, db, "moved in "+chat, func(s bot.Scene) bot.Turn {
		l.account, l.resident = s.Free, s.Free+1
		return bot.Turn{
			Next:      s.Free + 2,
			Accounts:  []bot.Account{{ID: l.account, Chat: chat, Resident: l.resident}},
			Residents: []bot.Resident{{ID: l.resident, Account: l.account, Stage: bot.StageActive}},
		}
	})
	for from := 0; from < n; from += 10 {
		take(t, db, fmt.Sprint("lived ", chat, " ", from), func(s bot.Scene) bot.Turn {
			next := s.Free
			id := func() int64 { next++; return next - 1 }
			var turn bot.Turn
			for i := from; i < min(n, from+10); i++ {
				at := start.Add(-time.Duration(i) * time.Hour)
				g := bot.Signal{ID: id(), Resident: l.resident, State: bot.Closed, Opened: at}
				if i%100 == 0 {
					g.State = bot.Open
				}
				l.signals = append(l.signals, g.ID)
				c := bot.Conversation{ID: id(), Account: l.account, Resident: l.resident, Changed: at}
				if i%100 == 0 {
					c.State = flows.State{Flow: "checkin", Step: "slaap"}
				}
				of, by := id(), id()
				turn.Signals = append(turn.Signals, g)
				turn.Conversations = append(turn.Conversations, c)
				turn.Words = append(turn.Words, bot.Word{ID: id(), Resident: l.resident, Signal: g.ID, At: at})
				turn.CheckIns = append(turn.CheckIns, bot.CheckIn{ID: id(), Resident: l.resident, Planned: at})
				turn.Invites = append(turn.Invites, bot.Invite{ID: id(), Resident: l.resident, Hash: []byte(fmt.Sprint(chat, " ", i))})
				turn.Timers = append(turn.Timers,
					bot.Timer{ID: id(), Key: fmt.Sprint("signal:", g.ID), Kind: bot.TimerSignal, Signal: g.ID, Due: start},
					bot.Timer{ID: id(), Key: fmt.Sprint("ask:", c.ID), Kind: bot.TimerRemind, Resident: l.resident, Due: start})
				turn.Messages = append(turn.Messages,
					bot.Message{ID: of, To: phone(chat), Due: at, Body: bot.Body{Text: "to " + chat}},
					bot.Message{ID: by, To: bot.Address{Door: bot.Mattermost, Place: fmt.Sprint("team-", i)}, Subject: g.ID, Due: at})
				turn.Dead = append(turn.Dead, bot.DeadLetter{ID: id(), At: at, Door: bot.Telegram, Raw: []byte("raw of " + chat), Chat: chat})
			}
			turn.Next, l.last = next, next-1
			return turn
		})
	}
	return l
}

// forget has a resident forgotten, with a goodbye.
func (l life) forget(t *testing.T, db *sqlite.DB) error {
	e := bot.Event{ID: "forget " + l.chat, Door: bot.Telegram, Chat: l.chat, What: bot.Pressed{}}
	_, err := db.Take(t.Context(), start, []bot.Event{e}, func(s bot.Scene, _ bot.Event) bot.Turn {
		return bot.Turn{
			Next: s.Free + 3, Forget: []int64{l.resident},
			Messages: []bot.Message{
				{ID: s.Free, To: phone(l.chat), Lane: bot.LaneAnswer, Due: start, Body: bot.Body{Text: "dag"}},
				{ID: s.Free + 1, To: team, Lane: bot.LaneAnswer, Due: start, Subject: l.signals[0], Body: bot.Body{Text: "gewist"}},
			},
			Log: []bot.LogLine{{ID: s.Free + 2, At: start, Resident: l.resident, Did: "erased"}},
		}
	})
	return err
}

// left counts what the file holds of somebody, by table.
func (l life) left(t *testing.T, path string) map[string]int {
	t.Helper()
	file, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	found := map[string]int{}
	for table, where := range map[string]string{
		"accounts": "resident = ?1", "residents": "id = ?1", "conversations": "resident = ?1", "signals": "resident = ?1", "words": "resident = ?1",
		"invites": "resident = ?1", "checkins": "resident = ?1", "timers": "resident = ?1",
		"timers of signals": "signal >= ?2 AND signal <= ?3", "outbox": "id >= ?2 AND id <= ?4 AND (settled = 0 OR message IS NOT NULL)",
		"dead_letters": "id >= ?2 AND id <= ?4", "erasures": "resident = ?1",
	} {
		name := table
		if table == "timers of signals" {
			name = "timers"
		}
		var n int
		query := "SELECT count(*) FROM " + name + " WHERE " + where + " AND ?1 + ?2 + ?3 + ?4 > 0"
		if err := file.QueryRow(query, l.resident, l.signals[0], l.signals[len(l.signals)-1], l.last).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			found[table] = n
		}
	}
	return found
}

// texts are what is due through a door, in the lane of answers.
func texts(t *testing.T, db *sqlite.DB, door string, lane bot.Lane) []string {
	t.Helper()
	var found []string
	for m, err := range db.Due(t.Context(), door, lane, start, 1000) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, m.Body.Text)
	}
	return found
}

// Whoever kept much is forgotten in commits of the usual size: everything of them
// goes, the goodbye and the log stay, and so does everybody else.
func TestErasureInSteps(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	anna, bert := live(t, db, "1001", 320), live(t, db, "10012", 20)
	before := bert.left(t, db.Path())
	if _, err := db.Most(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := anna.forget(t, db); err != nil {
		t.Fatal(err)
	}
	db.Idle()
	most, err := db.Most(t.Context())
	if err != nil || most > 250 || most < 200 {
		t.Errorf("a commit held %d rows (%v), want 250 at most, and few commits", most, err)
	}
	if left := anna.left(t, db.Path()); len(left) > 0 {
		t.Errorf("left is %v", left)
	}
	if after := bert.left(t, db.Path()); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("of another is left %v, and there was %v", after, before)
	}
	if got := texts(t, db, bot.Telegram, bot.LaneAnswer); !slices.Equal(got, []string{"dag"}) {
		t.Errorf("due is %q, want the goodbye", got)
	}
	if got := texts(t, db, bot.Mattermost, bot.LaneAnswer); !slices.Equal(got, []string{"gewist"}) {
		t.Errorf("due to the team is %q", got)
	}
	if log, err := db.Log(t.Context(), anna.resident); err != nil || len(log) != 1 {
		t.Errorf("the log is %v, %v", log, err)
	}
}

// Little is forgotten in the turn's own commit.
func TestSmallErasureIsOneCommit(t *testing.T) {
	t.Parallel()
	var g gate
	db := open(t, t.TempDir(), sqlite.Options{Fault: g.fault})
	anna := live(t, db, "1001", 4)
	g.mu.Lock()
	g.commits = 0
	g.mu.Unlock()
	if err := anna.forget(t, db); err != nil {
		t.Fatal(err)
	}
	db.Idle()
	if left := anna.left(t, db.Path()); len(left) > 0 || g.count() != 1 {
		t.Errorf("left is %v after %d commits", left, g.count())
	}
}

// From the first step on, whoever is forgotten leads to nobody: nothing of them is
// sent, rings, or is in any scene, however long the rest takes.
func TestErasedFromTheFirstStep(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk broke")
	down := false
	begun := 0
	db := open(t, t.TempDir(), sqlite.Options{Fault: func(point string) error {
		if point == "begin" && down {
			if begun++; begun > 1 {
				return broken
			}
		}
		return nil
	}})
	anna := live(t, db, "1001", 320)
	down = true
	if err := anna.forget(t, db); err != nil {
		t.Fatalf("what was kept is no error: %v", err)
	}
	db.Idle()
	if left := anna.left(t, db.Path()); left["words"] < 300 || left["erasures"] != 1 {
		t.Fatalf("left is %v: there are no steps to look between", left)
	}
	if got := len(texts(t, db, bot.Telegram, bot.LaneDistress)) + len(texts(t, db, bot.Mattermost, bot.LaneDistress)); got > 0 {
		t.Errorf("%d messages are due", got)
	}
	if stuck, err := db.Stuck(t.Context(), start); err != nil || len(stuck) > 0 {
		t.Errorf("%d messages are stuck, %v", len(stuck), err)
	}
	if timers, err := db.DueTimers(t.Context(), start, 1000); err != nil || len(timers) > 0 {
		t.Errorf("%d timers ring, %v", len(timers), err)
	}
	if next, err := db.NextTimer(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("the clock comes back at %s, %v", next, err)
	}
	if open, err := db.Signals(t.Context()); err != nil || len(open) > 0 {
		t.Errorf("%d signals are open, %v", len(open), err)
	}
	if waiting, err := db.Waiting(t.Context()); err != nil || len(waiting) > 0 {
		t.Errorf("%d talks wait, %v", len(waiting), err)
	}
	down = false
	looked := 0
	var events []bot.Event
	for i, e := range []bot.Event{
		{Door: bot.Telegram, Chat: "1001", What: bot.Wrote{}},
		{Door: bot.Mattermost, What: bot.Slash{}},
		{Door: bot.Mattermost, What: bot.Slash{Text: bot.FalseAlarms}},
		{Door: bot.Mattermost, Signal: anna.signals[0], What: bot.Acted{}},
		{Door: bot.Mattermost, Signal: anna.signals[1], What: bot.Acted{}},
		{Door: "clock", Resident: anna.resident, Account: anna.account, What: bot.Gap{}},
	} {
		e.ID = fmt.Sprint("look:", i)
		events = append(events, e)
	}
	_, err := db.Take(t.Context(), start, events, func(s bot.Scene, e bot.Event) bot.Turn {
		looked++
		if s.Resident != nil || len(s.Signals)+len(s.Words)+len(s.Conversations)+len(s.Residents)+len(s.Prompts) > 0 || s.Invited != nil {
			t.Errorf("%s: the scene holds %+v", e.ID, s)
		}
		return bot.Turn{Next: s.Free}
	})
	if err != nil || looked != len(events) {
		t.Errorf("looked %d times, %v", looked, err)
	}
	db.Idle()
	if left := anna.left(t, db.Path()); len(left) > 0 {
		t.Errorf("the next turn did not go on: left is %v", left)
	}
}

// What is of somebody who is being erased keeps nobody else waiting, and the
// auditor does not take it for something that waits.
func TestErasedHoldsUpNobody(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk broke")
	down := false
	begun := 0
	db := open(t, t.TempDir(), sqlite.Options{Fault: func(point string) error {
		if point == "begin" && down {
			if begun++; begun > 1 {
				return broken
			}
		}
		return nil
	}})
	anna := live(t, db, "1001", 320)
	card := bot.Address{Door: bot.Mattermost, Place: "team-200"} // where a card of hers waits too
	take(t, db, "cards", func(s bot.Scene) bot.Turn {
		return bot.Turn{Next: s.Free + 2, Messages: []bot.Message{
			{ID: s.Free, To: card, Due: start.Add(-time.Hour), Body: bot.Body{Text: "bert"}},
			{ID: s.Free + 1, To: team, Lane: bot.LaneScheduled, Due: start.Add(-time.Hour)},
		}}
	})
	settle(t, db, bot.Outcome{Message: anna.last + 2, At: start, Sent: true})
	down = true
	if err := anna.forget(t, db); err != nil {
		t.Fatal(err)
	}
	db.Idle()
	if left := anna.left(t, db.Path()); left["outbox"] < 200 {
		t.Fatalf("left is %v: nothing of hers stands before another's", left)
	}
	if got := texts(t, db, bot.Mattermost, bot.LaneDistress); !slices.Equal(got, []string{"bert"}) {
		t.Errorf("due is %q, want the card of the other", got)
	}
	a, err := db.Audit(t.Context(), start.Add(time.Minute), false)
	if err != nil || a.Flaws[sqlite.FlawOvertaken] != 1 {
		t.Errorf("the audit found %v, %v, want the one card that waits", a.Flaws, err)
	}
}

// A house that dies between any two steps goes on when it comes back, also with
// another key.
func TestErasureSurvivesDeath(t *testing.T) {
	t.Parallel()
	died := errors.New("the house died")
	for _, point := range sqlite.Points() {
		for n := 1; ; n++ {
			dir := t.TempDir()
			alive, hits := true, 0
			watch := false
			o := options(filepath.Join(dir, "houvast.db"))
			o.Fault = func(at string) error {
				if !alive {
					return died
				}
				if watch && at == point {
					if hits++; hits == n {
						alive = false
						return died
					}
				}
				return nil
			}
			db, err := sqlite.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			anna := live(t, db, "1001", 40)
			oldLetter(t, db, "1001")
			watch = true
			kept := anna.forget(t, db)
			db.Idle()
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			done := alive
			o = options(o.Path)
			o.Keys = [][]byte{bytes.Repeat([]byte{9}, sqlite.KeySize), key}
			db, err = sqlite.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			db.Idle()
			if left := anna.left(t, db.Path()); kept == nil && len(left) > 0 {
				t.Errorf("died at %q %d: left is %v", point, n, left)
			}
			if kept != nil {
				// It comes again, as an event that was not kept does.
				if err := anna.forget(t, db); err != nil {
					t.Fatal(err)
				}
				db.Idle()
			}
			if left := anna.left(t, db.Path()); len(left) > 0 {
				t.Errorf("died at %q %d, and then: left is %v", point, n, left)
			}
			if got := texts(t, db, bot.Telegram, bot.LaneAnswer); !slices.Equal(got, []string{"dag"}) {
				t.Errorf("died at %q %d: due is %q, want the goodbye", point, n, got)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if done {
				if n < 2 {
					t.Errorf("it never came to %q", point)
				}
				break
			}
		}
	}
}

// oldLetter puts a dead letter there as it was kept before it was kept whose it is.
func oldLetter(t *testing.T, db *sqlite.DB, chat string) {
	t.Helper()
	take(t, db, "old letter "+chat, func(s bot.Scene) bot.Turn {
		return bot.Turn{Next: s.Free + 1, Dead: []bot.DeadLetter{{ID: s.Free, At: start, Door: bot.Telegram, Raw: []byte(`{"chat":{"id":` + chat + `},"text":"geheim"}`)}}}
	})
}

// What could not be read or decided of somebody goes with them, also what was kept
// before it was kept whose it is; of others it stays.
func TestDeadLettersGoToo(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	anna := live(t, db, "1001", 1)
	live(t, db, "10012", 1)
	oldLetter(t, db, "1001")
	oldLetter(t, db, "10012") // in which the other stands, but for a digit
	poison := func(e bot.Event) {
		t.Helper()
		if _, err := db.Take(t.Context(), start, []bot.Event{e}, func(bot.Scene, bot.Event) bot.Turn { panic("boom") }); err != nil {
			t.Fatal(err)
		}
	}
	poison(bot.Event{ID: "p1", Door: bot.Telegram, Chat: "1001", What: bot.Wrote{Text: "geheim"}})
	poison(bot.Event{ID: "p2", Door: bot.Mattermost, Signal: anna.signals[0], What: bot.Submitted{Form: "answer", Fields: map[string]string{"text": "geheim"}}})
	poison(bot.Event{ID: "p3", Door: bot.Telegram, Chat: "10012", What: bot.Wrote{Text: "van bert"}})
	if err := anna.forget(t, db); err != nil {
		t.Fatal(err)
	}
	db.Idle()
	letters, err := db.DeadLetters(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, l := range letters {
		found = append(found, l.Event+" "+l.Chat)
		if bytes.Contains(l.Raw, []byte("geheim")) && !bytes.Contains(l.Raw, []byte("10012")) {
			t.Errorf("left is %s", l.Raw)
		}
	}
	if want := []string{"p3 10012", " ", " 10012"}; !slices.Equal(found, want) {
		t.Errorf("left are %q, want %q", found, want)
	}
}

// An erasure that was begun is finished with the new key alone, also if the house
// died as soon as everything was sealed with it.
func TestErasureSurvivesANewKey(t *testing.T) {
	t.Parallel()
	died := errors.New("the house died")
	for n, done := 1, false; !done; n++ {
		pending := false
		o := options(filepath.Join(t.TempDir(), "houvast.db"))
		begun := 0
		o.Fault = func(point string) error {
			if point == "begin" && pending {
				if begun++; begun > 1 {
					return died
				}
			}
			return nil
		}
		db, err := sqlite.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		anna := live(t, db, "1001", 1)
		oldLetter(t, db, "1001")
		pending = true
		if err := errors.Join(anna.forget(t, db), db.Close()); err != nil {
			t.Fatal(err)
		}
		young := bytes.Repeat([]byte{9}, sqlite.KeySize)
		o.Keys = [][]byte{young, key}
		hits := 0
		o.Fault = func(point string) error {
			if point == "begin" {
				if hits++; hits >= n {
					return died
				}
			}
			return nil
		}
		db, err = sqlite.Open(t.Context(), o)
		if err == nil {
			db.Idle()
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
		done = hits < n
		o.Fault, o.Keys = nil, [][]byte{young}
		db, err = sqlite.Open(t.Context(), o)
		if errors.Is(err, sqlite.ErrWrongKey) {
			o.Keys = [][]byte{young, key}
			db, err = sqlite.Open(t.Context(), o)
		}
		if err != nil {
			t.Fatalf("died at %d: %v", n, err)
		}
		db.Idle()
		if left := anna.left(t, db.Path()); len(left) > 0 {
			t.Errorf("died at %d: left is %v", n, left)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if done && n < 10 {
			t.Errorf("it died at %d points only", n-1)
		}
	}
}

// The house starts also when what it left half erased cannot go on, and goes on with
// it when it can.
func TestErasureKeepsNobodyFromStarting(t *testing.T) {
	t.Parallel()
	full := errors.New("no room")
	o := options(filepath.Join(t.TempDir(), "houvast.db"))
	var down atomic.Bool
	begun := 0
	o.Fault = func(point string) error {
		if point == "begin" && down.Load() {
			if begun++; begun > 1 {
				return full
			}
		}
		return nil
	}
	db, err := sqlite.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	anna := live(t, db, "1001", 40)
	down.Store(true)
	if err := errors.Join(anna.forget(t, db), db.Close()); err != nil {
		t.Fatal(err)
	}
	begun = 0 // the start itself needs one commit
	db = open(t, "", o)
	db.Idle()
	if begun < 2 || len(anna.left(t, db.Path())) == 0 {
		t.Fatalf("after %d commits nothing is left: this shows nothing", begun)
	}
	if _, err := db.Sweep(t.Context(), start, sqlite.Ages{}); !errors.Is(err, full) {
		t.Errorf("the sweep says %v", err)
	}
	down.Store(false)
	put(t, db, "chat-bert")
	db.Idle()
	if left := anna.left(t, db.Path()); len(left) > 0 {
		t.Errorf("left is %v", left)
	}
}

// Neither a dead letter nor an erasure that does not open holds up an erasure.
func TestErasurePassesOverWhatDoesNotOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir, sqlite.Options{})
	anna, bert := live(t, db, "1001", 1), live(t, db, "1002", 1)
	for _, q := range []string{
		`INSERT INTO dead_letters (id, at, door, body) VALUES (900000, 1, 'telegram', x'00')`,
		`INSERT INTO erasures (id, resident, account, place, upto, body) VALUES (1, 900001, 0, x'', 1, x'00')`,
	} {
		if err := db.Raw(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range []life{anna, bert} {
		if err := l.forget(t, db); err != nil {
			t.Fatal(err)
		}
	}
	db.Idle()
	for _, l := range []life{anna, bert} {
		if left := l.left(t, db.Path()); len(left) > 0 {
			t.Errorf("left is %v", left)
		}
	}
	if letters, err := db.DeadLetters(t.Context(), 10); err != nil || len(letters) > 0 {
		t.Errorf("dead letters: %v, %v", letters, err)
	}
	day := 24 * time.Hour
	if swept, err := db.Sweep(t.Context(), start.Add(30*day), sqlite.Ages{Seen: day}); err != nil || swept == 0 {
		t.Errorf("the sweep took %d, and says %v", swept, err)
	}
	if got := flaws(t, db, start)[sqlite.FlawUnerased]; got != 0 {
		t.Errorf("%d erasures that do not open are left, and nobody's chat was theirs", got)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, sqlite.Options{})
}

// No turn waits until what is left of somebody is erased, neither the one that
// begins it nor one of somebody else that comes while it is under way.
func TestNoTurnWaitsForAnErasure(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var returned chan struct{} // closed when the turn was answered
	begun := 0
	waited := false
	var refuse error
	db := open(t, t.TempDir(), sqlite.Options{Fault: func(point string) error {
		mu.Lock()
		defer mu.Unlock()
		if point != "begin" || returned == nil {
			return nil
		}
		if begun++; begun == 1 {
			return nil // the turn itself
		}
		select {
		case <-returned:
		case <-time.After(time.Minute):
			waited = true
		}
		return refuse
	}})
	anna := live(t, db, "1001", 320)
	for _, turn := range []struct {
		name   string
		refuse error
		take   func() error
	}{
		{"her own", errors.New("the disk broke"), func() error { return anna.forget(t, db) }},
		{"another's", nil, func() error { put(t, db, "chat-bert"); return nil }},
	} {
		mu.Lock()
		here := make(chan struct{})
		returned, refuse, begun, waited = here, turn.refuse, 0, false
		mu.Unlock()
		if err := turn.take(); err != nil {
			t.Fatal(err)
		}
		close(here)
		db.Idle()
		mu.Lock()
		if waited || begun < 2 {
			t.Errorf("%s turn waited: %v, after %d commits", turn.name, waited, begun)
		}
		mu.Unlock()
	}
	if left := anna.left(t, db.Path()); len(left) > 0 {
		t.Errorf("left is %v", left)
	}
}

// Who opened the file for reading finishes nothing, and is told so.
func TestReadingErasesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir, sqlite.Options{})
	db, err := sqlite.OpenReading(t.Context(), options(filepath.Join(dir, "houvast.db")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Take(t.Context(), start, nil, nil); err != nil {
		t.Error(err)
	}
	if _, err := db.Sweep(t.Context(), start, sqlite.Ages{}); !errors.Is(err, sqlite.ErrReading) {
		t.Errorf("the sweep says %v", err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// Only a dead letter of which it cannot be known whose it is has to be looked
// through, and what was unknown under the old key is so under the new one.
func TestWhoseADeadLetterIs(t *testing.T) {
	t.Parallel()
	o := options(filepath.Join(t.TempDir(), "houvast.db"))
	db, err := sqlite.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var first int64
	take(t, db, "letters", func(s bot.Scene) bot.Turn {
		first = s.Free
		var dead []bot.DeadLetter
		for i, l := range []bot.DeadLetter{
			{Door: bot.Telegram, Chat: "1001"}, {Door: bot.Telegram, Resident: 5}, {Door: bot.Mattermost}, {Door: "clock"}, {Door: bot.Telegram},
			{Door: bot.Mattermost}, // which will be an old one
		} {
			l.ID, l.At = first+int64(i), start
			dead = append(dead, l)
		}
		return bot.Turn{Next: first + 6, Dead: dead}
	})
	old := []string{
		`CREATE TEMP TABLE kept AS SELECT * FROM dead_letters WHERE id = (SELECT max(id) FROM dead_letters)`,
		`DELETE FROM dead_letters WHERE id = (SELECT id FROM kept)`,
		`INSERT INTO dead_letters (id, at, door, body, chat) SELECT id, at, door, body, NULL FROM kept`,
	}
	for _, q := range old {
		if err := db.Raw(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	const want = "[of a chat nobody's nobody's nobody's unknown unknown]"
	look := func(when string) {
		t.Helper()
		file, err := sql.Open("sqlite", "file:"+o.Path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		var got []string
		for i := range int64(6) {
			var whose string
			if err := file.QueryRow(`SELECT CASE WHEN chat IS NULL THEN 'unknown' WHEN length(chat) = 0 THEN 'nobody''s' ELSE 'of a chat' END FROM dead_letters WHERE id = ?`, first+i).Scan(&whose); err != nil {
				t.Fatal(err)
			}
			got = append(got, whose)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: got  %v\nwant %s", when, got, want)
		}
	}
	look("kept")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	o.Keys = [][]byte{bytes.Repeat([]byte{9}, sqlite.KeySize), key}
	open(t, "", o)
	look("with a new key")
}

// What is left of somebody in a chat that they had before goes with them, and what came
// there after it was let go stays: it is somebody else's.
func TestAFormerChatIsForgotten(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	anna := live(t, db, "1001", 1)
	oldLetter(t, db, "1000")
	letter := func(why string) (id int64) {
		take(t, db, "letter "+why, func(s bot.Scene) bot.Turn {
			id = s.Free
			return bot.Turn{Next: id + 1, Dead: []bot.DeadLetter{{ID: id, At: start, Door: bot.Telegram, Chat: "1000", Why: why}}}
		})
		return id
	}
	upto := letter("hers") + 1
	take(t, db, "moved", func(s bot.Scene) bot.Turn {
		return bot.Turn{Next: s.Free, Residents: []bot.Resident{{
			ID: anna.resident, Account: anna.account, Stage: bot.StageActive, Former: []bot.Former{{Chat: "1000", Upto: upto}},
		}}}
	})
	letter("of another")
	take(t, db, "to another", func(s bot.Scene) bot.Turn {
		return bot.Turn{Next: s.Free + 1, Messages: []bot.Message{{ID: s.Free, To: phone("1000"), Lane: bot.LaneAnswer, Due: start, Body: bot.Body{Text: "hallo"}}}}
	})
	if err := anna.forget(t, db); err != nil {
		t.Fatal(err)
	}
	db.Idle()
	letters, err := db.DeadLetters(t.Context(), 100)
	if err != nil || len(letters) != 1 || letters[0].Why != "of another" {
		t.Errorf("left are %+v, %v", letters, err)
	}
	if got := texts(t, db, bot.Telegram, bot.LaneAnswer); !slices.Equal(got, []string{"dag", "hallo"}) && !slices.Equal(got, []string{"hallo", "dag"}) {
		t.Errorf("due is %q", got)
	}
	if left := anna.left(t, db.Path()); len(left) > 0 {
		t.Errorf("left is %v", left)
	}
}
