package sqlite_test

import (
	"database/sql"
	"fmt"
	"os"
	"testing"
	"time"

	"houvast/sqlite"
)

// What was kept goes from the log into the file without a commit that stops for it.
func TestTheLogIsCopiedBesideTheWriter(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	for i := range 210 { // each of two rows and six pages
		put(t, db, fmt.Sprint("chat-", i))
	}
	file, err := sql.Open("sqlite", "file:"+db.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for deadline := time.Now().Add(time.Minute); ; {
		var busy, log, copied int
		if err := file.QueryRow(`PRAGMA wal_checkpoint(NOOP)`).Scan(&busy, &log, &copied); err != nil {
			t.Fatal(err)
		}
		if log < 1000 || log >= sqlite.CheckpointAtMost {
			t.Fatalf("the log has %d pages: this shows nothing", log)
		}
		if copied > 900 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("of %d pages %d were copied", log, copied)
		}
	}
}

// However fast people write, the log begins anew before it is long.
func TestTheLogStaysShort(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	for from := 0; from < 6000; from += 100 {
		if _, err := db.Take(t.Context(), start, events(from, 100), hello); err != nil {
			t.Fatal(err)
		}
	}
	log, err := os.Stat(db.Path() + "-wal")
	if err != nil || log.Size() > 2*sqlite.CheckpointAtMost*4096 {
		t.Errorf("the log: %d bytes, %v", log.Size(), err)
	}
}
