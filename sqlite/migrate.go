package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

//go:embed migration/*.sql
var migrations embed.FS

// application marks the file as ours, in SQLite's own field for that: "HVST".
const application = 0x48565354

// migrate brings the file up to date, one numbered step after the other. Before
// each step a copy of a file that holds something is put beside it, so that no
// step can lose what was there.
func migrate(ctx context.Context, db *sql.DB, path string) error {
	return migrateWith(ctx, db, path, migrations)
}

func migrateWith(ctx context.Context, db *sql.DB, path string, steps fs.FS) error {
	names, err := fs.Glob(steps, "migration/*.sql")
	if err != nil {
		return err
	}
	have, err := version(ctx, db, len(names))
	if err != nil {
		return err
	}
	for i := have; i < len(names); i++ {
		if i > 0 {
			if err := copyTo(ctx, db, fmt.Sprintf("%s.before-%04d", path, i+1)); err != nil {
				return fmt.Errorf("copy before %s: %w", names[i], err)
			}
		}
		if err := step(ctx, db, steps, names[i], i+1); err != nil {
			return fmt.Errorf("%s: %w", names[i], err)
		}
	}
	return nil
}

func step(ctx context.Context, db *sql.DB, steps fs.FS, name string, number int) error {
	stmts, err := fs.ReadFile(steps, name)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after a commit
	// Several sentences in one go are taken one by one by the driver, and a
	// pragma with an argument cannot be bound.
	for _, q := range []string{string(stmts), fmt.Sprintf(`PRAGMA user_version = %d`, number), fmt.Sprintf(`PRAGMA application_id = %d`, application)} {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// version returns how many migrations the file has had, after making sure that
// it is ours and not from a newer program, which knows more than known.
func version(ctx context.Context, db *sql.DB, known int) (int, error) {
	var have, app, tables int
	for q, to := range map[string]*int{
		`PRAGMA user_version`:                &have,
		`PRAGMA application_id`:              &app,
		`SELECT count(*) FROM sqlite_schema`: &tables,
	} {
		if err := db.QueryRowContext(ctx, q).Scan(to); err != nil {
			return 0, err
		}
	}
	switch {
	case app != application && (have != 0 || tables != 0):
		return 0, fmt.Errorf("%w: another program made it; give another path", ErrNotOurs)
	case have > known:
		return 0, fmt.Errorf("%w (version %d, this one knows %d): install that houvast again, or put back the copy that was made before it (%s)", ErrNewer, have, known, "houvast.db.before-…")
	}
	return have, nil
}

// copyTo puts a whole copy of the database at path, in place of what was there.
func copyTo(ctx context.Context, db *sql.DB, path string) error {
	half := path + ".half"
	if err := os.Remove(half); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// SQLite writes into an empty file that is already there; made here, only
	// its owner can read it.
	f, err := os.OpenFile(half, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(half) // gone already once all went well
	if err := f.Close(); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, half); err != nil {
		return err
	}
	if err := quickCheck(ctx, half); err != nil {
		return err
	}
	return settle(half, path)
}

// sweepCopies takes away the copies from before a migration that were made before
// the moment, by the time of the file: in them is everybody who was erased since.
func (d *DB) sweepCopies(before time.Time) error {
	if d.w == nil {
		return ErrReading
	}
	files, err := os.ReadDir(filepath.Dir(d.path))
	if err != nil {
		return err
	}
	gone := false
	for _, f := range files {
		step, ours := strings.CutPrefix(f.Name(), filepath.Base(d.path)+".before-")
		step = strings.TrimSuffix(step, ".half") // by a house that died
		if !ours || len(step) != 4 || strings.Trim(step, "0123456789") != "" {
			continue
		}
		made, err := f.Info()
		if err != nil {
			return err
		}
		if !made.ModTime().Before(before) {
			continue
		}
		if err := os.Remove(filepath.Join(filepath.Dir(d.path), f.Name())); err != nil {
			return err
		}
		gone = true
	}
	if !gone {
		return nil
	}
	return syncFolder(d.path)
}

// settle makes sure that the file at half is on the disk, and gives it its name.
func settle(half, path string) error {
	f, err := os.OpenFile(half, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(half, path); err != nil {
		return err
	}
	return syncFolder(path)
}

// proof is what is sealed in every database, so that a wrong key shows.
var proof = []byte("houvast")

// provenKey returns the name of the key that the database is sealed with; nil:
// with none yet.
func provenKey(ctx context.Context, db *sql.DB, r ring) ([]byte, error) {
	var id, sealed []byte
	err := db.QueryRowContext(ctx, `SELECT key, proof FROM sealed_with`).Scan(&id, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	plain, err := r.open("sealed_with", "proof", 1, sealed)
	if err != nil || !bytes.Equal(plain, proof) {
		return nil, fmt.Errorf("%w: it was sealed with key %s, and %s was given; give the key it was made with (HOUVAST_KEY_FILE), nothing was changed",
			ErrWrongKey, hex.EncodeToString(id), hex.EncodeToString(r[0].id))
	}
	return id, nil
}
