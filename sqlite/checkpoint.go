package sqlite

import (
	"context"
	"database/sql"
	"time"
)

const (
	// checkpointRows is after about how many rows what was kept is copied from
	// the log, to which commits append, into the file itself: about a thousand
	// pages, which is SQLite's own measure.
	checkpointRows = 400

	// checkpointAtMost is how many pages the log has when the writer stops to copy
	// what is left, should the copying never come to an end beside it: 8 MB. What
	// was copied is not copied again, so that this is soon done.
	checkpointAtMost = 2000

	// checkpointTries is how often one copying goes after what was kept meanwhile.
	// Once it has all of it, the log begins anew.
	checkpointTries = 4

	// checkpointBusy and checkpointPause are how often, and how long after one
	// another, SQLite is asked again that would not begin: the writer was just then
	// writing the head of the log.
	checkpointBusy  = 100
	checkpointPause = 10 * time.Millisecond
)

// A checkpointer copies what was kept into the file beside the writer. Done in a
// commit, which is where SQLite does it, somebody in distress would wait for the
// copying of what a hundred others had written before, with two more flushes.
//
// SQLite before 3.51.3 could damage a file that is copied and written to by two
// connections at the same instant; this one is newer.
type checkpointer struct {
	db    *sql.DB
	rows  int // kept since it was last woken; the writer's
	wake  chan struct{}
	ended chan struct{}
}

func newCheckpointer(path string) (*checkpointer, error) {
	db, err := openPool(path, 1, "synchronous(FULL)", "wal_autocheckpoint(0)")
	if err != nil {
		return nil, err
	}
	c := &checkpointer{db: db, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go c.run()
	return c, nil
}

// kept tells that a commit kept so many rows.
func (c *checkpointer) kept(rows int) {
	if c.rows += rows; c.rows < checkpointRows {
		return
	}
	c.rows = 0
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *checkpointer) run() {
	defer close(c.ended)
	for range c.wake {
		catchUp(c.copy, func() { time.Sleep(checkpointPause) })
	}
}

// copy copies what the log holds now, and reports whether that was all. Refused says
// that SQLite would not begin.
func (c *checkpointer) copy() (refused, all bool, err error) {
	var busy, log, copied int
	err = c.db.QueryRowContext(context.Background(), `PRAGMA wal_checkpoint(PASSIVE)`).Scan(&busy, &log, &copied)
	return busy != 0, log == copied, err
}

// catchUp copies until all is copied, as often as it may. What fails is tried again
// when it is woken next; the log has it all the same.
func catchUp(copy func() (refused, all bool, err error), pause func()) {
	for tries, busy := 0, 0; tries < checkpointTries && busy < checkpointBusy; {
		refused, all, err := copy()
		if err == nil && refused {
			busy++
			pause()
			continue
		}
		if tries++; err != nil || all {
			return
		}
	}
}

// close ends it. The writer must have ended before.
func (c *checkpointer) close() error {
	close(c.wake)
	<-c.ended
	return c.db.Close()
}
