package sqlite_test

import (
	"bytes"
	"fmt"
	"testing"

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
