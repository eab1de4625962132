package sqlite_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"testing"
	"time"

	"houvast/sqlite"
)

// While people write on and on, what was kept goes from the log into the file
// without a commit that stops for it, and the log begins anew.
func TestTheLogBeginsAnewBesideTheWriter(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	// How often the log began anew stands in its head, after four words of others.
	begun := func() (uint32, int64) {
		log, err := os.ReadFile(db.Path() + "-wal")
		if err != nil || len(log) < 16 {
			t.Fatalf("the log: %d bytes, %v", len(log), err)
		}
		return binary.BigEndian.Uint32(log[12:]), int64(len(log))
	}
	first, _ := begun()
	deadline := time.Now().Add(60 * time.Second)
	for n := 0; ; n++ {
		for i := range 40 {
			put(t, db, fmt.Sprint("chat-", n, "-", i))
		}
		now, size := begun()
		if size >= sqlite.CheckpointAtMost*4096 {
			t.Fatalf("the log has %d bytes, so that the writer stops for it", size)
		}
		if now > first+1 {
			break // twice: the first may have been of making the file
		}
		if time.Now().After(deadline) {
			t.Fatal("the log never began anew")
		}
	}
	if got := len(due(t, db, start)); got != 100 {
		t.Errorf("got %d messages, want as many as were asked for", got)
	}
}
