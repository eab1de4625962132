// Package sqlite is the memory of the house: one SQLite file that holds
// everything the bot must not forget. It is the bot's [bot.Store].
//
// What was kept stays kept when the power goes (as far as the disk does what it
// says). Whatever a person wrote or is called is sealed; who steals the file or
// a backup of it learns that and when somebody wrote, not who or what.
//
// The package decides nothing and reads no clock. It is read in this order:
//
//	sqlite.go   opening: the lock, the key, the version
//	write.go    the one writer, who keeps what others hand in
//	checkpoint.go  what was kept goes from the log into the file
//	take.go     something happened: the scene is set, a turn is kept
//	scene.go    what is known
//	keep.go     what follows
//	outbox.go   what is still to be said
//	timers.go   what happens by itself
//	seal.go     what may not be read by a thief
//	socket.go   what other commands ask of the one who writes
package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	_ "modernc.org/sqlite"

	"houvast/bot"
)

// What can be wrong with a database when it is opened. Each comes wrapped in
// words that say what to do.
var (
	ErrKey      = errors.New("no usable key")
	ErrWrongKey = errors.New("the key does not fit this database")
	ErrNewer    = errors.New("the database is from a newer houvast")
	ErrOlder    = errors.New("the database is from an older houvast")
	ErrInUse    = errors.New("another houvast has this database open")
	ErrNotOurs  = errors.New("this file is no houvast database")
	ErrReading  = errors.New("the database was opened for reading only")
	ErrClosed   = errors.New("the database is closed")

	// ErrFull means the disk has no room. Nothing of what was asked is kept.
	ErrFull = errors.New("the disk is full")
)

// Options say which database to open, and how.
type Options struct {
	Path string // of the file; its folder must exist

	// Keys are the keys the database may be sealed with, 32 bytes each. The
	// first seals. A database that was sealed with a later one is sealed anew
	// with the first when it is opened.
	Keys [][]byte

	// Chance gives the seed of every scene. Nil means the machine's own.
	Chance io.Reader

	// Fault is asked at every point named in [Points]. An error is taken as if
	// the disk had given it; a test may also never return, or kill the process.
	// Nil: no faults but real ones.
	Fault func(point string) error
}

// A DB is an open database. Its methods are safe to call from several goroutines.
type DB struct {
	path   string
	ring   ring
	chance io.Reader

	read *reader
	w    *writer  // nil: opened for reading only
	lock *os.File // held as long as we may write

	eraser *eraser // nil: opened for reading only

	closing sync.Once
	closed  error
}

var _ bot.Store = (*DB)(nil)

// Open opens the database at o.Path for reading and writing. It makes a file
// that is not there, and brings an older one up to date after putting a copy
// beside it. One process at a time may have it open; another gets [ErrInUse].
func Open(ctx context.Context, o Options) (*DB, error) {
	d, err := prepare(o)
	if err != nil {
		return nil, err
	}
	if d.lock, err = lockFile(d.path); err != nil {
		return nil, err
	}
	if err := d.openWriting(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", d.path, err), d.Close())
	}
	return d, nil
}

// OpenReading opens the database at o.Path to look at it only, also while
// another process has it open. What would write returns [ErrReading].
func OpenReading(ctx context.Context, o Options) (*DB, error) {
	d, err := prepare(o)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(d.path); err != nil {
		return nil, fmt.Errorf("open for reading: %w", err)
	}
	if err := d.openReading(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s for reading: %w", d.path, err), d.Close())
	}
	return d, nil
}

func prepare(o Options) (*DB, error) {
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return nil, err
	}
	keys, err := newRing(o.Keys)
	if err != nil {
		return nil, err
	}
	d := &DB{path: path, ring: keys, chance: o.Chance}
	if d.chance == nil {
		d.chance = rand.Reader
	}
	return d, nil
}

func (d *DB) openWriting(ctx context.Context, o Options) error {
	// The file is made here rather than by SQLite, so that only its owner can read it.
	f, err := os.OpenFile(d.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	d.w, err = newWriter(d.path, d.ring, o.Fault)
	if err != nil {
		return err
	}
	if err := migrate(ctx, d.w.db, d.path); err != nil {
		return plain(err)
	}
	if err := d.w.start(ctx); err != nil {
		return plain(err)
	}
	if d.read, err = openReader(d.path); err != nil {
		return err
	}
	if err := d.rekey(ctx); err != nil {
		return err
	}
	if err := d.recover(ctx); err != nil {
		return err
	}
	return d.resumeErasing(ctx)
}

func (d *DB) openReading(ctx context.Context) error {
	var err error
	if d.read, err = openReader(d.path); err != nil {
		return err
	}
	names, err := fs.Glob(migrations, "migration/*.sql")
	if err != nil {
		return err
	}
	have, err := version(ctx, d.read.db, len(names))
	if err != nil {
		return plain(err)
	}
	if have < len(names) {
		return fmt.Errorf("%w (version %d, this one knows %d): start `houvast serve` once, which brings it up to date", ErrOlder, have, len(names))
	}
	_, err = provenKey(ctx, d.read.db, d.ring)
	return plain(err)
}

// openPool opens a pool of at most n connections. The pragmas live in the name
// because each new connection needs them. busy_timeout comes first, so that it
// covers the switch to WAL.
func openPool(path string, n int, pragmas ...string) (*sql.DB, error) {
	q := url.Values{"_pragma": append([]string{"busy_timeout(10000)", "temp_store(memory)", "foreign_keys(1)"}, pragmas...)}
	q.Set("_txlock", "immediate")
	q.Set("_dqs", "0")
	name := url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	db.SetConnMaxLifetime(0)
	return db, nil
}

// Close finishes what was handed in, closes the file and gives up the lock. A
// second Close does nothing.
func (d *DB) Close() error {
	d.closing.Do(func() {
		var errs []error
		if d.eraser != nil {
			d.eraser.close()
		}
		if d.w != nil {
			errs = append(errs, d.w.close())
		}
		if d.read != nil {
			errs = append(errs, d.read.close())
		}
		if d.lock != nil {
			errs = append(errs, d.lock.Close())
		}
		d.closed = errors.Join(errs...)
	})
	return d.closed
}

// Path is the absolute path of the file.
func (d *DB) Path() string { return d.path }

// write hands do to the writer and waits until what it did is kept, or is
// certainly not. Weight is about how many rows it will touch.
func (d *DB) write(ctx context.Context, lane lane, weight int, do func(*tx) error) error {
	return d.hand(lane, &job{ctx: ctx, weight: weight, do: do})
}

func (d *DB) hand(lane lane, j *job) error {
	if d.w == nil {
		return ErrReading
	}
	return d.w.hand(lane, j)
}

// recover makes sense of what a process that was killed left behind: a message
// that was on its way may have arrived.
func (d *DB) recover(ctx context.Context) error {
	return d.write(ctx, people, 1, func(t *tx) error {
		rows, err := t.query(`SELECT id, slot, first FROM outbox WHERE settled = 0 AND trying = 1`)
		if err != nil {
			return err
		}
		defer rows.Close()
		type carried struct {
			id, first int64
			slot      []byte
		}
		var left []carried
		for rows.Next() {
			var c carried
			if err := rows.Scan(&c.id, &c.slot, &c.first); err != nil {
				return err
			}
			left = append(left, c)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE outbox SET trying = 0, message = NULL WHERE settled > 0 AND trying = 1`); err != nil {
			return fmt.Errorf("let go of what was dropped: %w", err)
		}
		for _, c := range left {
			if _, err := t.exec(`UPDATE outbox SET ambiguous = ambiguous + 1, trying = 0 WHERE id = ?`, c.id); err != nil {
				return fmt.Errorf("count what was on its way: %w", err)
			}
			if c.slot == nil {
				continue
			}
			if err := t.yield(c.id, c.slot, moment(c.first)); err != nil {
				return fmt.Errorf("count what was on its way: %w", err)
			}
		}
		return nil
	})
}

// Points are the places at which [Options.Fault] is asked.
func Points() []string { return []string{"begin", "event", "before commit", "after commit"} }
