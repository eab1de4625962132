package sqlite_test

import (
	"database/sql"
	"errors"
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

// Copying that SQLite would not begin is asked for again, after a pause each time; what
// failed, and what was all of it, is not. Either has an end.
func TestCopyingIsAskedForAgain(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk broke")
	type answer struct {
		refused, all bool
		err          error
	}
	refused, part, whole := answer{refused: true, all: true}, answer{}, answer{all: true} // refused, it says -1 of -1
	for name, c := range map[string]struct {
		answers        []answer // the last for ever
		copied, paused int
	}{
		"all":                    {[]answer{whole}, 1, 0},
		"refused, then all":      {[]answer{refused, refused, whole}, 3, 2},
		"refused for ever":       {[]answer{refused}, sqlite.CheckpointBusy, sqlite.CheckpointBusy},
		"a part, then all":       {[]answer{part, whole}, 2, 0},
		"a part for ever":        {[]answer{part}, sqlite.CheckpointTries, 0},
		"a part between":         {[]answer{refused, part, refused, whole}, 4, 2},
		"it failed":              {[]answer{{err: broken}}, 1, 0},
		"it failed, and refused": {[]answer{{refused: true, err: broken}}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			copied, paused := 0, 0
			sqlite.CatchUp(func() (bool, bool, error) {
				a := c.answers[min(copied, len(c.answers)-1)]
				copied++
				return a.refused, a.all, a.err
			}, func() { paused++ })
			if copied != c.copied || paused != c.paused {
				t.Errorf("asked %d times and paused %d, want %d and %d", copied, paused, c.copied, c.paused)
			}
		})
	}
}
