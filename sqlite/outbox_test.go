package sqlite_test

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"houvast/bot"
	"houvast/sqlite"
)

// Who looks for what is due opens only what they take; a message that does not
// open holds up none of the others, before it or after it.
func TestDueOpensWhatIsTaken(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	var ids []int64
	for i := range 4 {
		ids = append(ids, put(t, db, fmt.Sprint("chat-", i))...)
	}
	if err := db.Raw(t.Context(), `UPDATE outbox SET message = x'00' WHERE id = ?`, ids[2]); err != nil {
		t.Fatal(err)
	}
	taken := 0
	for m, err := range db.Due(t.Context(), bot.Telegram, bot.LaneDistress, start, 32) {
		if err != nil || m.ID != ids[taken] {
			t.Fatalf("message %d: got %d, %v, want %d", taken, m.ID, err, ids[taken])
		}
		if taken++; taken == 2 {
			break
		}
	}
	if taken != 2 {
		t.Errorf("%d were taken, want 2", taken)
	}
	var read, unread []int64
	for m, err := range db.Due(t.Context(), bot.Telegram, bot.LaneDistress, start, 32) {
		if err != nil {
			unread = append(unread, m.ID)
			continue
		}
		read = append(read, m.ID)
	}
	if len(unread) != 1 || len(read) != 3 || read[2] != ids[3] {
		t.Errorf("read %v and %d not, want all but %d", read, len(unread), ids[2])
	}
}

// However many stop early, the readers are not used up.
func TestDueLetsGoOfItsReader(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	for i := range 4 {
		put(t, db, fmt.Sprint("chat-", i))
	}
	for range 20 {
		for _, err := range db.Due(t.Context(), bot.Telegram, bot.LaneDistress, start, 32) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	if got := len(due(t, db, start)); got != 4 {
		t.Errorf("got %d, want 4", got)
	}
}

// A message about distress that does not open hides no other from the watch, and
// is given up: the next card to its place goes out.
func TestWhatDoesNotOpenHoldsUpNobody(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	var ids []int64
	take(t, db, "cards", func(s bot.Scene) bot.Turn {
		ids = []int64{s.Free, s.Free + 1, s.Free + 2}
		return bot.Turn{Next: s.Free + 3, Messages: []bot.Message{
			{ID: ids[0], To: phone("1"), Due: start}, {ID: ids[1], To: phone("1"), Due: start}, {ID: ids[2], To: phone("2"), Due: start},
		}}
	})
	if err := db.Raw(t.Context(), `UPDATE outbox SET message = x'00' WHERE id = ?`, ids[0]); err != nil {
		t.Fatal(err)
	}
	if stuck, err := db.Stuck(t.Context(), start); len(stuck) != 2 || err == nil {
		t.Errorf("stuck are %d (%v), want two and what is wrong with the third", len(stuck), err)
	}
	for _, err := range db.Due(t.Context(), bot.Telegram, bot.LaneDistress, start, 1) {
		if err == nil {
			t.Error("it was read")
		}
	}
	if got := due(t, db, start); len(got) != 2 || got[0].ID != ids[1] {
		t.Errorf("due are %+v, want the next card, and the other's", got)
	}
	if _, err := db.Stuck(t.Context(), start); err != nil {
		t.Error(err)
	}
	letters, err := db.DeadLetters(t.Context(), 10)
	if err != nil || len(letters) != 1 || letters[0].Event != fmt.Sprint("message:", ids[0]) {
		t.Errorf("the dead letters are %+v, %v", letters, err)
	}
}

// A new key changes nothing about who waits for whom, on a phone or in a channel.
func TestANewKeyKeepsTheOrder(t *testing.T) {
	t.Parallel()
	dir, fresh := t.TempDir(), bytes.Repeat([]byte{9}, sqlite.KeySize)
	for door, place := range map[string]string{bot.Telegram: "1", bot.Mattermost: "signalen-noord"} {
		to := bot.Address{Door: door, Place: place}
		db := open(t, dir, sqlite.Options{})
		var first int64
		say := func(id string) {
			take(t, db, door+id, func(s bot.Scene) bot.Turn {
				if first == 0 {
					first = s.Free
				}
				return bot.Turn{Next: s.Free + 1, Messages: []bot.Message{{ID: s.Free, To: to, Subject: 17, Due: start}}}
			})
		}
		say("one")
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db = open(t, dir, sqlite.Options{Keys: [][]byte{fresh, key}})
		say("two")
		var found []int64
		for m, err := range db.Due(t.Context(), door, bot.LaneDistress, start, 8) {
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, m.ID)
		}
		if len(found) != 1 || found[0] != first {
			t.Errorf("%s: due are %v, want %d alone", door, found, first)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		dir = t.TempDir()
	}
}

// What became of an attempt counts once, also if the commit that kept it failed to tell so.
func TestWhatBecameOfAnAttemptCountsOnce(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	var id int64
	take(t, db, "card", func(s bot.Scene) bot.Turn {
		id = s.Free
		return bot.Turn{Next: id + 1, Messages: []bot.Message{{ID: id, To: phone("1"), Due: start}}}
	})
	doubt := bot.Outcome{Message: id, At: start, Retry: start, Ambiguous: true}
	settle(t, db, doubt)
	if err := db.Settle(t.Context(), []bot.Outcome{doubt}); err != nil {
		t.Fatal(err)
	}
	if got := due(t, db, start); len(got) != 1 || got[0].Ambiguous != 1 {
		t.Errorf("due are %+v, want one in doubt once", got)
	}
}

// A message that does open at the second look is not given up: it goes.
func TestWhatOpensAtTheSecondLookGoes(t *testing.T) {
	t.Parallel()
	var mend func()
	db := open(t, t.TempDir(), sqlite.Options{Fault: func(point string) error {
		if point == "begin" && mend != nil {
			mend()
		}
		return nil
	}})
	var id int64
	take(t, db, "card", func(s bot.Scene) bot.Turn {
		id = s.Free
		return bot.Turn{Next: id + 1, Messages: []bot.Message{{ID: id, To: phone("1"), Due: start}}}
	})
	c := cell{"outbox", "message", fmt.Sprint("id = ", id)}
	whole := c.read(t, db.Path())
	c.write(t, db, []byte{0})
	mend = func() {
		mend = nil
		file, err := sql.Open("sqlite", "file:"+db.Path())
		if err != nil {
			t.Error(err)
			return
		}
		defer file.Close()
		if _, err := file.Exec(`UPDATE outbox SET message = ? WHERE id = ?`, whole, id); err != nil {
			t.Error(err)
		}
	}
	for _, err := range db.Due(t.Context(), bot.Telegram, bot.LaneDistress, start, 1) {
		if err == nil {
			t.Error("it was read at first")
		}
	}
	if got := due(t, db, start); len(got) != 1 || got[0].ID != id {
		t.Errorf("due are %+v, want it", got)
	}
	if letters, err := db.DeadLetters(t.Context(), 10); err != nil || len(letters) != 0 {
		t.Errorf("the dead letters are %+v, %v", letters, err)
	}
}

// A message whose seal is broken is kept as it was among the dead letters, and a timer of
// the same commit rings for it, before all check-ins: people hear of whom it was.
func TestWhatDoesNotOpenIsTold(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	var about, of, none bot.Message
	take(t, db, "cards", func(s bot.Scene) bot.Turn {
		resident := bot.Resident{ID: s.Free, Nickname: "Anna", Stage: bot.StageActive}
		signal := bot.Signal{ID: s.Free + 1, Resident: resident.ID, Kind: "distress", State: bot.Open, Opened: start}
		about = bot.Message{ID: s.Free + 2, To: phone("1"), Due: start, Subject: signal.ID}
		of = bot.Message{ID: s.Free + 3, To: phone("2"), Due: start, Subject: resident.ID}
		none = bot.Message{ID: s.Free + 4, To: phone("3"), Due: start}
		var waiting []bot.Timer // more check-ins than ring at once
		for i := range int64(10) {
			waiting = append(waiting, bot.Timer{ID: s.Free + 5 + i, Key: fmt.Sprint("rhythm:", i), Kind: bot.TimerRhythm, Due: start.Add(-time.Hour)})
		}
		return bot.Turn{Next: s.Free + 15, Residents: []bot.Resident{resident}, Signals: []bot.Signal{signal}, Messages: []bot.Message{about, of, none}, Timers: waiting}
	})
	if err := db.Raw(t.Context(), `UPDATE outbox SET message = x'0011'`); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for range db.Due(t.Context(), bot.Telegram, bot.LaneDistress, start, 32) {
		}
	}
	letters, err := db.DeadLetters(t.Context(), 10)
	if err != nil || len(letters) != 3 {
		t.Fatalf("the dead letters are %+v, %v", letters, err)
	}
	for _, l := range letters {
		if known := l.Event != fmt.Sprint("message:", none.ID); string(l.Raw) != "\x00\x11" || (l.Resident != 0) != known {
			t.Errorf("%s holds %x, and is of %d", l.Event, l.Raw, l.Resident)
		}
	}
	timers, err := db.DueTimers(t.Context(), start.Add(1000), 10)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]int64{}
	for _, timer := range timers {
		if timer.Kind == bot.TimerShut && timer.Text == bot.Telegram {
			told[fmt.Sprint(timer.Key, " ", timer.Resident)] = timer.Signal
		}
	}
	resident := of.Subject
	want := map[string]int64{
		fmt.Sprint("shut:", about.ID, " ", resident): about.Subject, fmt.Sprint("shut:", of.ID, " ", resident): 0, fmt.Sprint("shut:", none.ID, " ", 0): 0,
	}
	if !maps.Equal(told, want) {
		t.Errorf("told is %v, want %v", told, want)
	}
}

// A message that only this program cannot read is not given up: it waits and is
// counted, of distress people hear once, those after it go out, and once it can be read it goes too.
func TestWhatCannotBeDecodedWaits(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	var ids []int64
	take(t, db, "cards", func(s bot.Scene) bot.Turn {
		ids = []int64{s.Free, s.Free + 1}
		return bot.Turn{Next: s.Free + 2, Messages: []bot.Message{{ID: ids[0], To: phone("1"), Due: start}, {ID: ids[1], To: phone("1"), Due: start}}}
	})
	set := func(plain string) {
		if err := db.Raw(t.Context(), `UPDATE outbox SET message = ? WHERE id = ?`, db.Seal("outbox", "message", ids[0], plain), ids[0]); err != nil {
			t.Fatal(err)
		}
	}
	undecoded := func() int {
		c, err := db.Counts(t.Context(), start)
		if err != nil {
			t.Fatal(err)
		}
		return c.Undecoded
	}
	set(`{"ID":"seven","Body":{"Text":"hou vol"}}`)
	for _, err := range db.Due(t.Context(), bot.Telegram, bot.LaneDistress, start, 32) {
		if err == nil {
			t.Error("it was read")
		}
	}
	if got := due(t, db, start); len(got) != 1 || got[0].ID != ids[1] || undecoded() != 1 {
		t.Errorf("due are %+v, and %d cannot be read; want the next one, and one", got, undecoded())
	}
	for range db.Due(t.Context(), bot.Telegram, bot.LaneDistress, start.Add(time.Minute), 32) { // once more
	}
	told, err := db.DueTimers(t.Context(), start.Add(time.Minute), 10)
	if err != nil || len(told) != 1 || told[0].Kind != bot.TimerShut || !told[0].Due.Equal(start) {
		t.Fatalf("told is %+v, %v; want it at once", told, err)
	}
	take(t, db, "told", func(bot.Scene) bot.Turn { return bot.Turn{Cancel: []string{told[0].Key}} })
	for range db.Due(t.Context(), bot.Telegram, bot.LaneDistress, start.Add(2*time.Minute), 32) {
	}
	if told, err := db.DueTimers(t.Context(), start.Add(2*time.Minute), 10); err != nil || len(told) != 0 {
		t.Errorf("told again is %+v, %v", told, err)
	}
	if stuck, err := db.Stuck(t.Context(), start); err != nil || len(stuck) != 1 || stuck[0].ID != ids[1] {
		t.Errorf("stuck are %+v, %v; what was told of is no new fault each second", stuck, err)
	}
	letters, err := db.DeadLetters(t.Context(), 10)
	if err != nil || len(letters) != 0 {
		t.Errorf("the dead letters are %+v, %v", letters, err)
	}
	set(fmt.Sprintf(`{"ID":%d,"Body":{"Text":"hou vol"}}`, ids[0]))
	if stuck, err := db.Stuck(t.Context(), start); err != nil || len(stuck) != 2 {
		t.Errorf("stuck are %+v, %v; want both now that both can be read", stuck, err)
	}
	got := due(t, db, start.Add(3*time.Minute))
	if len(got) != 2 || got[1].ID != ids[0] || got[1].Body.Text != "hou vol" {
		t.Fatalf("due are %+v, want it as it was", got)
	}
	if _, err := db.Trying(t.Context(), start.Add(time.Minute), ids[:1]); err != nil {
		t.Fatal(err)
	}
	if err := db.Settle(t.Context(), []bot.Outcome{{Message: ids[0], At: start.Add(time.Minute), Sent: true}}); err != nil || undecoded() != 0 {
		t.Errorf("%d cannot be read, %v", undecoded(), err)
	}
}

// What only another program can read is taken back too from a chat that is let go: it
// may not reach whoever holds that telephone then. What is broken is sent to nobody.
func TestWhatCannotBeDecodedIsTakenBack(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	code := sha256.Sum256([]byte("ANNA"))
	var anna, shut, broken int64
	take(t, db, "anna", func(s bot.Scene) bot.Turn {
		anna, shut, broken = s.Free+1, s.Free+3, s.Free+4
		return bot.Turn{
			Next: s.Free + 5, Accounts: []bot.Account{{ID: s.Free, Chat: "1", Resident: anna}},
			Residents: []bot.Resident{{ID: anna, Nickname: "Anna", Account: s.Free, Stage: bot.StageActive}},
			Invites:   []bot.Invite{{ID: s.Free + 2, Hash: code[:], Resident: anna}},
			Messages:  []bot.Message{{ID: shut, To: phone("1"), Lane: bot.LaneAnswer, Subject: anna, Due: start}, {ID: broken, To: phone("1"), Due: start}},
		}
	})
	err := errors.Join(
		db.Raw(t.Context(), `UPDATE outbox SET message = ? WHERE id = ?`, db.Seal("outbox", "message", shut, `{"ID":"seven"}`), shut),
		db.Raw(t.Context(), `UPDATE outbox SET message = x'00' WHERE id = ?`, broken))
	if err != nil {
		t.Fatal(err)
	}
	var back []bot.Message
	e := bot.Event{ID: "moved", Door: bot.Telegram, Chat: "2", Code: "ANNA", What: bot.Started{}}
	_, err = db.Take(t.Context(), start, []bot.Event{e}, func(s bot.Scene, _ bot.Event) (turn bot.Turn) {
		back = s.Unsent
		turn.Next = s.Free
		for _, m := range s.Unsent {
			turn.Drop = append(turn.Drop, m.ID)
		}
		return turn
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(back) != 1 || back[0].ID != shut || back[0].To != phone("1") || back[0].Lane != bot.LaneAnswer || back[0].Subject != anna {
		t.Errorf("to be taken back are %+v, want the one that another program can read", back)
	}
	if err := db.Raw(t.Context(), `UPDATE outbox SET message = ? WHERE id = ? AND settled = 0`, db.Seal("outbox", "message", shut, fmt.Sprintf(`{"ID":%d}`, shut)), shut); err != nil {
		t.Fatal(err)
	}
	for m, err := range db.Due(t.Context(), bot.Telegram, bot.LaneAnswer, start.Add(time.Hour), 10) {
		t.Errorf("it is sent all the same: %+v, %v", m, err)
	}
}
