package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"houvast/sqlite/sealed"
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

// BackupSealed is [DB.Backup] with the whole copy sealed to the public keys of
// age in keys: without one of their secret halves it does not even show when
// somebody wrote. It is opened and compared before it gets its name.
func (d *DB) BackupSealed(ctx context.Context, path string, keys []string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if path == d.path {
		return errors.New("backup: that is the database itself; give another path")
	}
	if err := sealed.CheckRecipients(keys); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	// What is not sealed yet stays beside the database, which it is no secret to;
	// the path may be on a disk of others.
	beside, err := os.MkdirTemp(filepath.Dir(d.path), ".houvast-backup-*")
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer os.RemoveAll(beside)
	bare := filepath.Join(beside, "copy.db")
	if err := d.Backup(ctx, bare); err != nil {
		return err
	}
	if err := sealFile(ctx, bare, path, keys); err != nil {
		return fmt.Errorf("backup: %w", plain(err))
	}
	return nil
}

// sealFile puts what is in the file from, sealed, at path.
func sealFile(ctx context.Context, from, path string, keys []string) error {
	half := path + ".half"
	if err := os.Remove(half); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	out, err := os.OpenFile(half, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(half) // gone already once all went well
	defer out.Close()     // twice does no harm
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := sealed.Write(ctx, out, in, keys); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return settle(half, path)
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
