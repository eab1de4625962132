package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"houvast/sqlite"
	"houvast/sqlite/beside"
	"houvast/sqlite/sealed"
)

// A sealed backup shows nothing, not even that it is a database; restored it is
// what it was, and only with both keys.
func TestRestore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir, sqlite.Options{})
	resident, signal := crowd(t, db)
	heard := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	if err := db.SaveCursor(t.Context(), "telegram", heard.AddDate(1, 0, 0), ""); err != nil {
		t.Fatal(err)
	}
	secret, public, err := sealed.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	sealed, bare := filepath.Join(dir, "copy.age"), filepath.Join(dir, "copy.db")
	if err := db.BackupSealed(t.Context(), sealed, []string{public}); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(t.Context(), bare); err != nil {
		t.Fatal(err)
	}
	counts, err := db.Counts(t.Context(), heard)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(sealed)
	if err != nil {
		t.Fatal(err)
	}
	for _, clear := range []string{"SQLite format", "residents", "CREATE TABLE"} {
		if bytes.Contains(text, []byte(clear)) {
			t.Errorf("the sealed backup shows %q", clear)
		}
	}
	if info, err := os.Stat(sealed); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup may be read by others: %v %v", info.Mode(), err)
	}
	noLitter(t, dir)

	for name, from := range map[string]string{"sealed": sealed, "bare": bare} {
		to := filepath.Join(t.TempDir(), "houvast.db")
		r, err := sqlite.Restore(t.Context(), from, secret, options(to))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if r.Sealed != (from == sealed) || r.Newest != heard.AddDate(1, 0, 0) || len(r.Residents) != len(counts.Residents) || len(r.Signals) == 0 || r.Seen == 0 || r.Version < 1 {
			t.Errorf("%s: got %+v", name, r)
		}
		for stage, n := range counts.Residents {
			if r.Residents[stage] != n {
				t.Errorf("%s: %d %s, want %d", name, r.Residents[stage], stage, n)
			}
		}
		back := open(t, filepath.Dir(to), sqlite.Options{})
		look(t, back, resident, signal)
	}
}

func noLitter(t *testing.T, dir string) {
	t.Helper()
	for _, pattern := range []string{"*.half", ".houvast-backup-*"} {
		if found, err := filepath.Glob(filepath.Join(dir, pattern)); err != nil || len(found) > 0 {
			t.Errorf("left behind: %v %v", found, err)
		}
	}
}

// What cannot be put back whole is not put back, and says why.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir, sqlite.Options{})
	put(t, db, "chat")
	secret, public, err := sealed.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	stranger, _, err := sealed.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	good := filepath.Join(dir, "copy.age")
	if err := db.BackupSealed(t.Context(), good, []string{public}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	bare := filepath.Join(dir, "copy.db")
	if err := db.Backup(t.Context(), bare); err != nil {
		t.Fatal(err)
	}
	clear, err := os.ReadFile(bare)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	changed := bytes.Clone(text)
	changed[len(changed)/2] ^= 1
	torn := bytes.Clone(clear)
	for i := 2 * 4096; i < 6*4096; i++ {
		torn[i] = 0xAA
	}
	newer := file("newer.db", clear)
	raw(t, newer, `PRAGMA user_version = 99`)

	for name, c := range map[string]struct {
		from, identity string
		keys           [][]byte
		is             error
		says           string
	}{
		"no identity":        {from: good, is: sealed.ErrIdentity, says: "-identity"},
		"other identity":     {from: good, identity: stranger, is: sealed.ErrIdentity, says: "other keys"},
		"no identity at all": {from: good, identity: "hello", is: sealed.ErrIdentity, says: "no secret key"},
		"public identity":    {from: good, identity: public, is: sealed.ErrIdentity, says: "no secret key"},
		"changed":            {from: file("changed.age", changed), identity: secret, is: sealed.ErrIdentity, says: "damaged"},
		"cut off":            {from: file("short.age", text[:len(text)-100]), identity: secret, is: sealed.ErrIdentity, says: "damaged"},
		"cut off early":      {from: file("head.age", text[:40]), identity: secret, is: sealed.ErrIdentity, says: "damaged"},
		"torn pages":         {from: file("torn.db", torn), says: "damaged"},
		"empty":              {from: file("empty.db", nil), is: sqlite.ErrNotOurs},
		"something else":     {from: file("text", []byte("dear diary, this is no database at all, but it is long enough to be one")), is: sqlite.ErrNotOurs},
		"newer":              {from: newer, is: sqlite.ErrNewer},
		"other key":          {from: bare, keys: [][]byte{bytes.Repeat([]byte{9}, sqlite.KeySize)}, is: sqlite.ErrWrongKey},
		"nothing there":      {from: filepath.Join(dir, "nothing"), is: os.ErrNotExist},
	} {
		t.Run(name, func(t *testing.T) {
			to := t.TempDir()
			o := options(filepath.Join(to, "houvast.db"))
			if c.keys != nil {
				o.Keys = c.keys
			}
			_, err := sqlite.Restore(t.Context(), c.from, c.identity, o)
			if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v, want %v and %q", err, c.is, c.says)
			}
			if strings.Contains(err.Error(), "AGE-SECRET-KEY") || strings.Contains(err.Error(), "dear diary") {
				t.Errorf("it says too much: %v", err)
			}
			if left, _ := filepath.Glob(filepath.Join(to, "houvast.db*")); len(left) > 1 { // the lock
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// A database is never written over, nor what lies beside one.
func TestRestoreWritesOverNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir, sqlite.Options{})
	from := filepath.Join(dir, "copy.db")
	if err := db.Backup(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Restore(t.Context(), from, "", options(db.Path())); !errors.Is(err, sqlite.ErrThere) {
		t.Errorf("got %v, want %v", err, sqlite.ErrThere)
	}
	for _, beside := range []string{"-wal", "-shm", "-journal"} {
		path := filepath.Join(t.TempDir(), "houvast.db")
		if err := os.WriteFile(path+beside, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sqlite.Restore(t.Context(), from, "", options(path)); !errors.Is(err, sqlite.ErrThere) {
			t.Errorf("%s: got %v, want %v", beside, err, sqlite.ErrThere)
		}
	}
}

// A backup that nobody could open is not made.
func TestSealedToNobody(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir, sqlite.Options{})
	path := filepath.Join(dir, "copy.age")
	if err := db.BackupSealed(t.Context(), path, []string{"age1nonsense"}); !errors.Is(err, sealed.ErrRecipient) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a copy was made all the same")
	}
}

// Beside a serving houvast the sealing is done there; one that does not know how
// refuses, rather than to leave a copy that is not sealed.
func TestAskSealedBackup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir, sqlite.Options{})
	put(t, db, "chat")
	defer serve(t, db)()
	_, public, err := sealed.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "copy.age")
	ask := func(do string, to ...string) error {
		return beside.Ask(t.Context(), db.Path(), map[string]any{"do": do, "path": path, "to": to}, nil)
	}
	if err := ask("backup-sealed"); err == nil {
		t.Error("sealed to nobody")
	}
	if err := ask("backup-sealed", public); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || !bytes.HasPrefix(text, []byte("age-encryption.org/")) {
		t.Errorf("the copy is not sealed: %.30q %v", text, err)
	}
}

// A backup that is broken off leaves what was there.
func TestSealedBackupBrokenOff(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir, sqlite.Options{})
	_, public, err := sealed.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "copy.age")
	if err := os.WriteFile(path, []byte("yesterday's"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := db.BackupSealed(ctx, path, []string{public}); err == nil {
		t.Error("it was not broken off")
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "yesterday's" {
		t.Errorf("got %q %v", text, err)
	}
	noLitter(t, dir)
}
