package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"houvast/bot"
	"houvast/sqlite/sealed"
)

// ErrThere means that a backup would take the place of something.
var ErrThere = errors.New("there is a database already")

// A Restored is what was found in a backup. It says nothing about anybody.
type Restored struct {
	Sealed    bool // the whole file was sealed, not only the words in it
	Version   int  // of the tables
	Residents map[bot.Stage]int
	Signals   map[bot.SignalState]int // open and taken ones
	Seen      int                     // things that happened, as far as they are remembered
	Unsent    int                     // messages that were still to be sent
	Newest    time.Time               // when the last of it happened, UTC; zero: nothing ever did
}

// Restore puts the backup in the file from at o.Path, where nothing may be yet.
// It is opened with identity (the text of a file with secret keys; of no meaning
// to a backup that is not sealed), checked from its first to its last page, and
// proven to fit o.Keys, before it gets its name; after an error nothing is there.
func Restore(ctx context.Context, from, identity string, o Options) (Restored, error) {
	var r Restored
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return r, err
	}
	// What an earlier database left beside its file would be taken for a part of
	// the one that is put back.
	for _, name := range []string{path, path + "-wal", path + "-shm", path + "-journal"} {
		switch _, err := os.Lstat(name); {
		case err == nil:
			return r, fmt.Errorf("%w: %s; move it away first, it is never written over", ErrThere, name)
		case !errors.Is(err, fs.ErrNotExist):
			return r, fmt.Errorf("restore: %w", err)
		}
	}
	// Whoever holds the lock could make a database there meanwhile.
	lock, err := lockFile(path)
	if err != nil {
		return r, err
	}
	defer lock.Close()

	in, err := os.Open(from)
	if err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	defer in.Close()
	half := path + ".half"
	if err := os.Remove(half); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("restore: %w", err)
	}
	out, err := os.OpenFile(half, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	defer func() {
		for _, name := range []string{half, half + "-wal", half + "-shm"} {
			os.Remove(name)
		}
	}()
	wasSealed, err := sealed.Read(ctx, out, in, identity)
	if err := errors.Join(err, out.Close()); err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	o.Path = half
	if r, err = examine(ctx, o); err != nil {
		return r, fmt.Errorf("restore: %w", plain(err))
	}
	r.Sealed = wasSealed
	if err := settle(half, path); err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	return r, nil
}

// examine reads a whole copy that nobody else has open, and says what it holds.
func examine(ctx context.Context, o Options) (Restored, error) {
	r := Restored{Residents: map[bot.Stage]int{}, Signals: map[bot.SignalState]int{}}
	keys, err := newRing(o.Keys)
	if err != nil {
		return r, err
	}
	db, err := openPool(o.Path, 1, "query_only(1)")
	if err != nil {
		return r, err
	}
	defer db.Close()
	var said string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&said); err != nil {
		return r, fmt.Errorf("read all of it: %w", err)
	}
	if said != "ok" {
		return r, fmt.Errorf("the backup is damaged: %s", said)
	}
	names, err := fs.Glob(migrations, "migration/*.sql")
	if err != nil {
		return r, err
	}
	if r.Version, err = version(ctx, db, len(names)); err != nil {
		return r, err
	}
	if r.Version == 0 {
		return r, fmt.Errorf("%w: the backup holds nothing", ErrNotOurs)
	}
	id, err := provenKey(ctx, db, keys)
	if err != nil {
		return r, err
	}
	if id == nil {
		return r, fmt.Errorf("%w: the backup does not say which key it was sealed with", ErrNotOurs)
	}
	d := &DB{path: o.Path, ring: keys, read: newReader(db)}
	err = d.count(ctx, `SELECT stage, count(*) FROM residents GROUP BY stage`, func(name string, n int) { r.Residents[bot.Stage(name)] = n })
	if err == nil {
		err = d.count(ctx, `SELECT state, count(*) FROM signals WHERE state <> 'closed' GROUP BY state`,
			func(name string, n int) { r.Signals[bot.SignalState(name)] = n })
	}
	if err == nil {
		err = d.count(ctx, `SELECT '', count(*) FROM seen`, func(_ string, n int) { r.Seen = n })
	}
	if err == nil {
		err = d.count(ctx, `SELECT '', count(*) FROM outbox WHERE settled = 0`, func(_ string, n int) { r.Unsent = n })
	}
	var newest int64
	if err == nil {
		err = db.QueryRowContext(ctx, `
			SELECT max((SELECT coalesce(max(at), 0) FROM seen), (SELECT coalesce(max(at), 0) FROM log),
				(SELECT coalesce(max(at), 0) FROM cursors))`).Scan(&newest)
	}
	if err != nil {
		return r, fmt.Errorf("count: %w", err)
	}
	r.Newest = moment(newest)
	return r, nil
}
