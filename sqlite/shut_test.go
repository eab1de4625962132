package sqlite_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"houvast/bot"
	"houvast/sqlite"
)

// cell is one sealed value, as it stands in the file.
type cell struct{ table, column, where string }

func (c cell) read(t *testing.T, path string) []byte {
	t.Helper()
	file, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var sealed []byte
	if err := file.QueryRow(fmt.Sprintf(`SELECT %s FROM %s WHERE %s`, c.column, c.table, c.where)).Scan(&sealed); err != nil {
		t.Fatalf("%+v: %v", c, err)
	}
	return sealed
}

func (c cell) write(t *testing.T, db *sqlite.DB, sealed []byte) {
	t.Helper()
	for _, trigger := range []string{"log_stays", "dead_letters_stay", "networks_stay", "flows_stay"} {
		if err := db.Raw(t.Context(), `DROP TRIGGER IF EXISTS `+trigger); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Raw(t.Context(), fmt.Sprintf(`UPDATE %s SET %s = ? WHERE %s`, c.table, c.column, c.where), sealed); err != nil {
		t.Fatal(err)
	}
}

// flaws are what the auditor finds.
func flaws(t *testing.T, db *sqlite.DB, now time.Time) map[sqlite.Flaw]int {
	t.Helper()
	a, err := db.Audit(t.Context(), now, true)
	if err != nil {
		t.Fatal(err)
	}
	return a.Flaws
}

// A row that does not open keeps no new key from taking the old one's place: it stays
// as it is, and the auditor tells of it for as long as it stands, also under the new key
// alone. Each start with both tries it again.
func TestNewKeyPassesOverWhatDoesNotOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old, fresh := key, bytes.Repeat([]byte{9}, sqlite.KeySize)
	db := open(t, dir, sqlite.Options{Keys: [][]byte{old}})
	crowd(t, db)
	if err := db.KeepNetwork(t.Context(), start, []byte("the newest")); err != nil {
		t.Fatal(err)
	}
	if err := db.PublishFlow(t.Context(), sqlite.Flow{ID: "other", Version: 1, At: start, By: "karin", Status: sqlite.FlowLive, Source: "flow: other"}); err != nil {
		t.Fatal(err)
	}
	anna := live(t, db, "4001", 2)
	one := func(table, column, where string) cell {
		return cell{table, column, fmt.Sprintf("id = (SELECT id FROM %s WHERE %s LIMIT 1)", table, where)}
	}
	hers := fmt.Sprint("resident = ", anna.resident, " ORDER BY id")
	words := one("words", "body", hers)
	broken := []cell{
		words,
		{"accounts", "body", fmt.Sprint("id = ", anna.account)},
		one("accounts", "body", "peer = 1"),
		{"residents", "body", fmt.Sprint("id = ", anna.resident)},
		one("conversations", "body", hers), one("signals", "body", hers), one("invites", "body", hers), one("checkins", "body", hers), one("timers", "body", hers),
		one("log", "body", "1 ORDER BY id"), one("dead_letters", "body", "1 ORDER BY id"), one("outbox", "message", "settled = 0 ORDER BY id DESC"),
		one("networks", "source", "1 ORDER BY id"),
		{"flows", "body", "id = 'other'"},
	}
	harmed, whole := map[cell][]byte{}, map[cell][]byte{}
	for _, c := range broken {
		whole[c] = c.read(t, db.Path())
		harmed[c] = slices.Clone(whole[c])
		harmed[c][len(harmed[c])-1] ^= 1
		c.write(t, db, harmed[c])
	}
	reopen := func(keys ...[]byte) {
		t.Helper()
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db = open(t, dir, sqlite.Options{Keys: keys})
	}
	for _, keys := range [][][]byte{{fresh, old}, {fresh, old}, {fresh}} {
		reopen(keys...)
		for _, c := range broken {
			if !bytes.Equal(c.read(t, db.Path()), harmed[c]) {
				t.Errorf("%s was changed", c.table)
			}
		}
		if got := (cell{"sealed_with", "left_behind", "1"}).number(t, db.Path()); got != len(broken) {
			t.Errorf("%d were left behind, want %d", got, len(broken))
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(dir, "houvast.db"), Keys: [][]byte{old}}); !errors.Is(err, sqlite.ErrWrongKey) {
		t.Errorf("the old key alone: got %v, want %v", err, sqlite.ErrWrongKey)
	}

	// All but the words are whole again, and no longer bear the old key's name.
	db = open(t, dir, sqlite.Options{Keys: [][]byte{fresh}})
	for _, c := range broken[1:] {
		c.write(t, db, whole[c])
	}
	reopen(fresh, old)
	for _, c := range broken[1:] {
		if got := c.read(t, db.Path()); bytes.Equal(got[:4], whole[c][:4]) {
			t.Errorf("%s still bears the old key's name", c.table)
		}
	}
	if got := flaws(t, db, start); got[sqlite.FlawShut] != 1 {
		t.Errorf("the auditor found %v, want the words", got)
	}
	reopen(fresh)
	if got := flaws(t, db, start); got[sqlite.FlawShut] != 1 {
		t.Errorf("under the new key alone the auditor found %v, want the words", got)
	}
	if err := db.Raw(t.Context(), `DELETE FROM words WHERE `+words.where); err != nil {
		t.Fatal(err)
	}
	if got := flaws(t, db, start); got[sqlite.FlawShut] != 0 {
		t.Errorf("when the words are gone, the auditor found %v", got)
	}
	if got := (cell{"sealed_with", "left_behind", "1"}).number(t, db.Path()); got != 0 {
		t.Errorf("the file still says that %d are left behind", got)
	}
}

func (c cell) number(t *testing.T, path string) int {
	t.Helper()
	n, err := strconv.Atoi(string(c.read(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Where a card was posted does not open: the next card is posted anew instead, in its
// turn, and no other waits. The same holds for what only rewrites it. The auditor tells
// of it for a day.
func TestAPostThatDoesNotOpenHoldsUpNobody(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]bot.Message{
		"an edit":    {Slot: "signal:17:card"},
		"a rewrite":  {Rewrite: "signal:17:card"},
		"a new post": {}, // behind nothing that does not open
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, t.TempDir(), sqlite.Options{})
			var first int64
			take(t, db, "posted", func(s bot.Scene) bot.Turn {
				first = s.Free
				return bot.Turn{Next: first + 1, Messages: []bot.Message{{ID: first, To: phone("1"), Slot: "signal:17:card", Due: start}}}
			})
			settle(t, db, bot.Outcome{Message: first, At: start, Sent: true, Remote: "12"})
			if err := db.Raw(t.Context(), `UPDATE slots SET remote = x'00'`); err != nil {
				t.Fatal(err)
			}
			take(t, db, "edited", func(s bot.Scene) bot.Turn {
				m := next
				m.ID, m.To, m.Due = s.Free, phone("1"), start
				return bot.Turn{Next: s.Free + 2, Messages: []bot.Message{m, {ID: s.Free + 1, To: phone("2"), Due: start}}}
			})
			told, others := 0, 0
			for m, err := range db.Due(t.Context(), bot.Telegram, bot.LaneDistress, start, 10) {
				switch {
				case err != nil:
					told++
				case m.To == phone("2"):
					others++
				}
			}
			shut := 1
			if name == "a new post" {
				shut = 0
			}
			if told != shut || others != 1 {
				t.Errorf("told %d times, and %d others go", told, others)
			}
			if got := due(t, db, start); len(got) != 2 || got[0].Remote != "" || got[0].To != phone("1") {
				t.Errorf("due are %+v", got)
			}
			letters, err := db.DeadLetters(t.Context(), 10)
			if err != nil || len(letters) != shut {
				t.Errorf("the dead letters are %+v, %v", letters, err)
			}
			if got := flaws(t, db, start.Add(23*time.Hour))[sqlite.FlawShut]; got != shut {
				t.Errorf("within a day the auditor found %d", got)
			}
			if got := flaws(t, db, start.Add(25*time.Hour))[sqlite.FlawShut]; got != 0 {
				t.Errorf("after a day the auditor found %d", got)
			}
		})
	}
}

// A timer that does not open is given up when it runs out: all others ring.
func TestATimerThatDoesNotOpenHoldsUpNobody(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	take(t, db, "timers", func(s bot.Scene) bot.Turn {
		turn := bot.Turn{Next: s.Free + 6}
		for i := range int64(6) {
			turn.Timers = append(turn.Timers, bot.Timer{ID: s.Free + i, Key: fmt.Sprint("k", i), Kind: bot.TimerSignal, Signal: 9, Due: start.Add(time.Duration(i) * time.Second)})
		}
		return turn
	})
	if err := db.Raw(t.Context(), `UPDATE timers SET body = x'00' WHERE id IN (SELECT id FROM timers ORDER BY id LIMIT 4)`); err != nil {
		t.Fatal(err)
	}
	if got, err := db.DueTimers(t.Context(), start.Add(time.Minute), 3); err != nil || len(got) != 2 || got[0].Key != "k4" {
		t.Errorf("due are %+v, %v", got, err)
	}
	if next, err := db.NextTimer(t.Context()); err != nil || !next.Equal(start.Add(4*time.Second)) {
		t.Errorf("next is %s, %v", next, err)
	}
	if letters, err := db.DeadLetters(t.Context(), 10); err != nil || len(letters) != 4 {
		t.Errorf("the dead letters are %+v, %v", letters, err)
	}
	if got := flaws(t, db, start)[sqlite.FlawShut]; got != 4 {
		t.Errorf("the auditor found %d", got)
	}
}

// The chat of somebody of the network that does not open keeps the house from starting
// no more than any other, and the auditor tells of it.
func TestAPeerThatDoesNotOpenHoldsUpNobody(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir, sqlite.Options{})
	take(t, db, "peers", func(s bot.Scene) bot.Turn {
		return bot.Turn{Next: s.Free + 2, Accounts: []bot.Account{{ID: s.Free, Chat: "1", Person: "joke"}, {ID: s.Free + 1, Chat: "2", Person: "piet"}}}
	})
	if err := errors.Join(db.Raw(t.Context(), `UPDATE accounts SET body = x'00' WHERE id = (SELECT min(id) FROM accounts)`), db.Close()); err != nil {
		t.Fatal(err)
	}
	db = open(t, dir, sqlite.Options{})
	take(t, db, "look", func(s bot.Scene) bot.Turn {
		if len(s.Peers) != 1 || s.Peers["piet"].Chat != "2" {
			t.Errorf("the peers are %+v", s.Peers)
		}
		return bot.Turn{Next: s.Free}
	})
	if got := flaws(t, db, start); got[sqlite.FlawShut] != 1 {
		t.Errorf("the auditor found %v", got)
	}
}

// An erasure that does not open takes away all that can be found without knowing the
// chat, also when a new key comes meanwhile. It ends once no dead letter is left that
// may be of that chat; until then the auditor tells of it, and others are erased.
func TestAnErasureThatDoesNotOpenEnds(t *testing.T) {
	t.Parallel()
	fresh := bytes.Repeat([]byte{9}, sqlite.KeySize)
	for name, keys := range map[string][][]byte{"same key": {key}, "new key": {fresh, key}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(filepath.Join(t.TempDir(), "houvast.db"))
			died := errors.New("the house died")
			pending, begun := false, 0
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
			anna, bert := live(t, db, "1001", 320), live(t, db, "10012", 1)
			pending = true
			if err := anna.forget(t, db); err != nil {
				t.Fatal(err)
			}
			db.Idle()
			pending = false
			if left := anna.left(t, db.Path()); left["words"] == 0 || left["outbox"] == 0 {
				t.Fatalf("left is %v: this shows nothing", left)
			}
			if err := errors.Join(db.Raw(t.Context(), `UPDATE erasures SET body = x'00'`), db.Close()); err != nil {
				t.Fatal(err)
			}
			o.Fault, o.Keys = nil, keys
			db = open(t, "", o)
			db.Idle()
			left := anna.left(t, db.Path())
			if left["dead_letters"] == 0 || left["erasures"] != 1 || len(left) != 2 {
				t.Errorf("left is %v, want the letters and the erasure alone", left)
			}
			for _, lane := range []bot.Lane{bot.LaneDistress, bot.LaneAnswer, bot.LaneScheduled} {
				for _, text := range texts(t, db, bot.Telegram, lane) {
					if text != "dag" && text != "to 10012" {
						t.Errorf("due is %q", text)
					}
				}
			}
			if got := flaws(t, db, start)[sqlite.FlawUnerased]; got != 1 {
				t.Errorf("the auditor found %d erasures that do not open", got)
			}
			if err := bert.forget(t, db); err != nil {
				t.Fatal(err)
			}
			db.Idle()
			if left := bert.left(t, db.Path()); len(left) > 0 {
				t.Errorf("of another is left %v", left)
			}
			if _, err := db.Sweep(t.Context(), start.Add(time.Hour), sqlite.Ages{}); err == nil {
				t.Error("the sweep says nothing of it")
			}
			for range 2 { // the first takes the letters away, the next one the erasure
				_, err = db.Sweep(t.Context(), start.AddDate(0, 0, 31), sqlite.Ages{DeadLetters: 30 * 24 * time.Hour})
			}
			if left := anna.left(t, db.Path()); err != nil || len(left) > 0 {
				t.Errorf("at the end is left %v, %v", left, err)
			}
			if got := flaws(t, db, start)[sqlite.FlawUnerased]; got != 0 {
				t.Errorf("at the end the auditor found %d", got)
			}
		})
	}
}

// Where a card was posted does not open and a new key comes: the card is posted anew,
// and nobody has to leave the old key in its file for it.
func TestNewKeyForgetsAPostThatDoesNotOpen(t *testing.T) {
	t.Parallel()
	dir, fresh := t.TempDir(), bytes.Repeat([]byte{9}, sqlite.KeySize)
	db := open(t, dir, sqlite.Options{})
	card := func(to string, id int64) bot.Message {
		return bot.Message{ID: id, To: phone(to), Slot: "signal:17:card", Due: start}
	}
	var ids []int64
	cards := func(s bot.Scene) bot.Turn {
		ids = []int64{s.Free, s.Free + 1}
		return bot.Turn{Next: s.Free + 2, Messages: []bot.Message{card("1", ids[0]), card("2", ids[1])}}
	}
	take(t, db, "posted", cards)
	settle(t, db, bot.Outcome{Message: ids[0], At: start, Sent: true, Remote: "12"})
	settle(t, db, bot.Outcome{Message: ids[1], At: start, Sent: true, Remote: "13"})
	if err := db.Raw(t.Context(), `UPDATE slots SET remote = x'00' WHERE slot = (SELECT slot FROM slots LIMIT 1)`); err != nil {
		t.Fatal(err)
	}
	for _, keys := range [][][]byte{{fresh, key}, {fresh}} {
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db = open(t, dir, sqlite.Options{Keys: keys})
		if left := (cell{"sealed_with", "left_behind", "1"}).number(t, db.Path()); left != 0 {
			t.Errorf("%d are left behind", left)
		}
	}
	letters, err := db.DeadLetters(t.Context(), 10)
	if err != nil || len(letters) != 1 || !letters[0].At.Equal(start) {
		t.Errorf("the dead letters are %+v, %v", letters, err)
	}
	for after, want := range map[time.Duration]int{23 * time.Hour: 1, 25 * time.Hour: 0} {
		if got := flaws(t, db, start.Add(after))[sqlite.FlawShut]; got != want {
			t.Errorf("after %s the auditor found %d", after, got)
		}
	}
	take(t, db, "edited", cards)
	anew := 0
	got := due(t, db, start)
	for _, m := range got {
		if m.Remote == "" {
			anew++
		}
	}
	if len(got) != 2 || anew != 1 {
		t.Errorf("due are %+v, want one anew and one where it stands", got)
	}
}

// When the timer of an open signal does not open, or this program cannot read it, the
// signal is looked at again at once, and once only. Of another timer people hear; one
// that cannot be read rings once it can be.
func TestWhatATimerThatDoesNotOpenRangForIsSeenTo(t *testing.T) {
	t.Parallel()
	for name, decoded := range map[string]bool{"its seal is broken": false, "it cannot be read": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, t.TempDir(), sqlite.Options{})
			var signal, rhythm bot.Timer
			take(t, db, "timers", func(s bot.Scene) bot.Turn {
				anna := bot.Resident{ID: s.Free, Nickname: "Anna", Stage: bot.StageActive}
				open := bot.Signal{ID: s.Free + 1, Resident: anna.ID, Kind: "distress", State: bot.Open, Opened: start}
				signal = bot.Timer{ID: s.Free + 2, Key: fmt.Sprint("signal:", open.ID), Kind: bot.TimerSignal, Signal: open.ID, Resident: anna.ID, Due: start}
				rhythm = bot.Timer{ID: s.Free + 3, Key: "rhythm:1", Kind: bot.TimerRhythm, Resident: anna.ID, Due: start}
				return bot.Turn{Next: s.Free + 4, Residents: []bot.Resident{anna}, Signals: []bot.Signal{open}, Timers: []bot.Timer{signal, rhythm}}
			})
			whole := cell{"timers", "body", fmt.Sprint("id = ", rhythm.ID)}.read(t, db.Path())
			for _, id := range []int64{signal.ID, rhythm.ID} {
				body := []byte("\x00\x11")
				if decoded {
					body = db.Seal("timers", "body", id, `{"ID":"seven"}`)
				}
				if err := db.Raw(t.Context(), `UPDATE timers SET body = ? WHERE id = ?`, body, id); err != nil {
					t.Fatal(err)
				}
			}
			rings := func(now time.Time) (all []bot.Timer) {
				t.Helper()
				for range 2 { // what is told of may be more urgent than what was lost
					got, err := db.DueTimers(t.Context(), now, 10)
					if err != nil {
						t.Fatal(err)
					}
					all = got
				}
				return all
			}
			got := rings(start)
			slices.SortFunc(got, func(a, b bot.Timer) int { return int(a.ID - b.ID) })
			if len(got) != 2 || got[0].Kind != bot.TimerSignal || got[0].Signal != signal.Signal || got[0].Resident != signal.Resident || got[0].Key != signal.Key ||
				got[1].Kind != bot.TimerShut || got[1].Signal != 0 || got[1].Resident != rhythm.Resident {
				t.Fatalf("rings %+v, want the signal and the news of the other", got)
			}
			letters, err := db.DeadLetters(t.Context(), 10)
			if err != nil || len(letters) != 2 || len(letters[0].Raw) == 0 || letters[0].Resident != rhythm.Resident || letters[1].Resident != signal.Resident {
				t.Errorf("the dead letters are %+v, %v", letters, err)
			}
			for _, timer := range got {
				take(t, db, fmt.Sprint("timer:", timer.ID), func(bot.Scene) bot.Turn { return bot.Turn{Cancel: []string{timer.Key}} })
			}
			later := start.Add(time.Minute)
			if again := rings(later); len(again) != 0 {
				t.Errorf("told again: %+v", again)
			}
			if !decoded {
				return
			}
			if err := db.Raw(t.Context(), `UPDATE timers SET body = ? WHERE id = ?`, whole, rhythm.ID); err != nil {
				t.Fatal(err)
			}
			later = later.Add(time.Minute)
			got = rings(later)
			if len(got) != 1 || got[0].ID != rhythm.ID || got[0].Kind != bot.TimerRhythm {
				t.Fatalf("rings %+v, want it as it was", got)
			}
			rang := false
			e := bot.Event{ID: "rang", Door: "clock", At: later, Resident: rhythm.Resident, What: bot.Rang{Timer: got[0]}}
			if _, err := db.Take(t.Context(), later, []bot.Event{e}, func(bot.Scene, bot.Event) bot.Turn { rang = true; return bot.Turn{} }); err != nil || !rang {
				t.Errorf("it rang: %t, %v", rang, err)
			}
			if left := rings(later.Add(time.Hour)); len(left) != 0 {
				t.Errorf("rings once more: %+v", left)
			}
		})
	}
}
