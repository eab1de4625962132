package sqlite_test

import (
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
