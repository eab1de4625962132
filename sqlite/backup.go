package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
)

// Backup puts a whole copy of the database at path, in place of what was there,
// while others write. The copy is read back and checked before it gets its
// name. It is sealed as the database is, and needs the same key.
func (d *DB) Backup(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if path == d.path {
		return errors.New("backup: that is the database itself; give another path")
	}
	// A connection of its own, so that no reader waits for it. It writes nothing
	// to the database.
	db, err := openPool(d.path, 1)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := errors.Join(copyTo(ctx, db, path), db.Close()); err != nil {
		return fmt.Errorf("backup: %w", plain(err))
	}
	return nil
}

// Check reads the whole file and returns what is wrong with it, or nil.
func (d *DB) Check(ctx context.Context) error { return quickCheck(ctx, d.path) }

func quickCheck(ctx context.Context, path string) error {
	db, err := openPool(path, 1, "query_only(1)")
	if err != nil {
		return err
	}
	var said string
	err = db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&said)
	if err == nil && said != "ok" {
		err = fmt.Errorf("the file is damaged: %s", said)
	}
	return errors.Join(err, db.Close())
}
