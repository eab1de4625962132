package sqlite_test

import (
	"bytes"
	"database/sql"
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
// the same commit rings for it: people hear of whom it was.
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
		return bot.Turn{Next: s.Free + 5, Residents: []bot.Resident{resident}, Signals: []bot.Signal{signal}, Messages: []bot.Message{about, of, none}}
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
// counted, those after it go out, and once it can be read it goes too.
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
	letters, err := db.DeadLetters(t.Context(), 10)
	if err != nil || len(letters) != 0 {
		t.Errorf("the dead letters are %+v, %v", letters, err)
	}
	set(fmt.Sprintf(`{"ID":%d,"Body":{"Text":"hou vol"}}`, ids[0]))
	got := due(t, db, start.Add(time.Minute))
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
