package sqlite

import (
	"context"
	"fmt"
	"io/fs"
)

// Room makes the disk one that has room for n more pages of the database;
// negative: for all.
func (d *DB) Room(ctx context.Context, n int) error {
	return d.w.write(ctx, people, 1, func(t *tx) error {
		var pages, limit int
		if _, err := t.one([]any{&pages}, `PRAGMA page_count`); err != nil {
			return err
		}
		if n < 0 {
			n = 1 << 29
		}
		_, err := t.one([]any{&limit}, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+n))
		return err
	})
}

// Raw changes the file behind everybody's back.
func (d *DB) Raw(ctx context.Context, query string, args ...any) error {
	return d.w.write(ctx, people, 1, func(t *tx) error {
		_, err := t.exec(query, args...)
		return err
	})
}

// Idle waits until the eraser has done what it was woken for. It may have been about
// to rest when it was woken: before it rests again it looks.
func (d *DB) Idle() {
	for range 2 {
		select {
		case <-d.eraser.quiet:
		case <-d.eraser.ended:
		}
	}
}

// Lanes are who goes first.
const (
	People = people
	Clock  = clock
	Editor = editor
)

// Write hands a function to the writer.
func (d *DB) Write(ctx context.Context, l lane, weight int, do func() error) error {
	return d.write(ctx, l, weight, func(*tx) error { return do() })
}

// Queued is how many jobs wait for the writer.
func (d *DB) Queued() int {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	n := 0
	for _, l := range d.w.waiting {
		n += len(l)
	}
	return n
}

// Plan says how SQLite would carry out a query.
func (d *DB) Plan(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := d.read.db.QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return nil, err
		}
		plan = append(plan, step)
	}
	return plan, rows.Err()
}

// The queries that run all the time.
const (
	DueQuery      = due + "25"
	PastQuery     = `SELECT 1 ` + past + ` LIMIT 1`
	NextDueQuery  = nextDue
	TimersQuery   = dueTimers + "25"
	NextQuery     = nextTimer
	StuckQuery    = stuck
	StandingQuery = standing
)

// Prepared are the queries of the writer so far.
func (d *DB) Prepared(ctx context.Context) ([]string, error) {
	var all []string
	err := d.w.write(ctx, people, 1, func(t *tx) error {
		for q := range t.w.stmts {
			all = append(all, q)
		}
		return nil
	})
	return all, err
}

// AuditQueries are what the auditor asks every minute.
var AuditQueries = []string{stands, repeated, carried, overtaken, passedOver, peerAccounts}

// CheckpointAtMost is how many pages the log has when the writer stops to copy it.
const CheckpointAtMost = checkpointAtMost

// CatchUp is how what was kept is copied, and the bounds on that.
var CatchUp = catchUp

const (
	CheckpointTries = checkpointTries
	CheckpointBusy  = checkpointBusy
)

// Versions is how many migrations there are.
func Versions() int {
	names, _ := fs.Glob(migrations, "migration/*.sql") // the pattern is good
	return len(names)
}

// Most is how many rows the commit held that held most since the last call.
func (d *DB) Most(ctx context.Context) (int, error) {
	var most int
	err := d.w.write(ctx, people, 1, func(t *tx) error {
		most, t.w.most = t.w.most, 0
		return nil
	})
	return most, err
}

// Seal seals plain for a cell.
func (d *DB) Seal(table, column string, row int64, plain string) []byte {
	return d.ring.seal(table, column, row, []byte(plain))
}
