package sqlite

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	msqlite "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// broken is an error of the disk, or one that a test put in its place.
type broken struct{ error }

func (b broken) Unwrap() error { return b.error }

// worldly reports whether err is the fault of the disk or the file rather than
// of the one thing that was being kept. Then nothing can be kept now.
func worldly(err error) bool {
	var b broken
	var s *msqlite.Error
	switch {
	case err == nil:
		return false
	case errors.As(err, &b), errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone):
		return true
	case errors.As(err, &s):
		switch s.Code() & 0xff {
		case lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_NOMEM, lib.SQLITE_BUSY, lib.SQLITE_LOCKED,
			lib.SQLITE_READONLY, lib.SQLITE_INTERRUPT, lib.SQLITE_CORRUPT, lib.SQLITE_CANTOPEN,
			lib.SQLITE_PROTOCOL, lib.SQLITE_NOTADB, lib.SQLITE_ABORT:
			return true
		}
	}
	return false
}

// plain says in our words what SQLite said, where somebody branches on it.
func plain(err error) error {
	var s *msqlite.Error
	if errors.As(err, &s) {
		switch s.Code() & 0xff {
		case lib.SQLITE_FULL:
			return fmt.Errorf("%w: make room; nothing was kept of this, it may be handed in again: %w", ErrFull, err)
		case lib.SQLITE_NOTADB:
			return fmt.Errorf("%w: %w", ErrNotOurs, err)
		}
	}
	return err
}
