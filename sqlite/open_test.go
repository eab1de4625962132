package sqlite_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"houvast/bot"
	"houvast/sqlite"
)

// A database that a newer houvast touched is left alone.
func TestNewerDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir, sqlite.Options{})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	was := sqlite.Versions()
	raw(t, db.Path(), `PRAGMA user_version = 99`)
	for name, open := range map[string]func() (*sqlite.DB, error){
		"to write": func() (*sqlite.DB, error) { return sqlite.Open(t.Context(), options(db.Path())) },
		"to read":  func() (*sqlite.DB, error) { return sqlite.OpenReading(t.Context(), options(db.Path())) },
	} {
		_, err := open()
		if !errors.Is(err, sqlite.ErrNewer) || !strings.Contains(err.Error(), "install") || !strings.Contains(err.Error(), "99") {
			t.Errorf("%s: got %v, want %v and what to do", name, err, sqlite.ErrNewer)
		}
	}
	// The refusal gave the lock back.
	raw(t, db.Path(), fmt.Sprintf(`PRAGMA user_version = %d`, was))
	open(t, dir, sqlite.Options{})
}

func options(path string) sqlite.Options {
	return sqlite.Options{Path: path, Keys: [][]byte{key}}
}

// raw changes a file with no houvast around.
func raw(t *testing.T, path, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(query); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// A file that is something else is left alone.
func TestNotOurs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "brief.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("Beste Anna, ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other.db")
	raw(t, other, `CREATE TABLE songs (title TEXT)`)
	for _, path := range []string{text, other} {
		if _, err := sqlite.Open(t.Context(), options(path)); !errors.Is(err, sqlite.ErrNotOurs) {
			t.Errorf("%s: got %v, want %v", path, err, sqlite.ErrNotOurs)
		}
	}
	if _, err := sqlite.Open(t.Context(), options(filepath.Join(dir, "nowhere", "houvast.db"))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there: got %v, want %v", err, os.ErrNotExist)
	}
	if _, err := sqlite.OpenReading(t.Context(), options(filepath.Join(dir, "none.db"))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("reading a file that is not there: got %v, want %v", err, os.ErrNotExist)
	}
}

// One process at a time writes; others may look.
func TestOneWriter(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir, sqlite.Options{})
	if _, err := sqlite.Open(t.Context(), options(db.Path())); !errors.Is(err, sqlite.ErrInUse) {
		t.Errorf("a second writer: got %v, want %v", err, sqlite.ErrInUse)
	}
	reader, err := sqlite.OpenReading(t.Context(), options(db.Path()))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	put(t, db, "chat-anna")
	if found := due(t, reader, start); len(found) != 1 {
		t.Errorf("a reader beside it: got %v", found)
	}
	if err := reader.SaveCursor(t.Context(), "x", start, ""); !errors.Is(err, sqlite.ErrReading) {
		t.Errorf("writing as a reader: got %v, want %v", err, sqlite.ErrReading)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.SaveCursor(t.Context(), "x", start, ""); !errors.Is(err, sqlite.ErrClosed) {
		t.Errorf("writing after closing: got %v, want %v", err, sqlite.ErrClosed)
	}
	open(t, dir, sqlite.Options{})
}

// put puts a message to each place in the outbox.
func put(t testing.TB, db *sqlite.DB, places ...string) []int64 {
	t.Helper()
	var ids []int64
	for _, place := range places {
		e := bot.Event{ID: "put:" + place, Door: bot.Telegram, What: bot.Wrote{}}
		_, err := db.Take(t.Context(), start, []bot.Event{e}, func(s bot.Scene, _ bot.Event) bot.Turn {
			ids = append(ids, s.Free)
			return bot.Turn{Next: s.Free + 1, Messages: []bot.Message{{ID: s.Free, To: bot.Address{Door: bot.Telegram, Place: place}}}}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

// Nobody but its owner can read what lies on the disk.
func TestFileModes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir, sqlite.Options{})
	put(t, db, "chat-anna")
	if err := db.Backup(t.Context(), filepath.Join(dir, "copy.db")); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", f.Name(), info.Mode())
		}
	}
	if len(files) < 4 {
		t.Errorf("got %v, want the database, its log, its lock and the copy", files)
	}
}

// A backup that was made while others write is whole, and opens with the key.
func TestBackup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir, sqlite.Options{})
	put(t, db, "chat-first")
	stop := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				put(t, db, fmt.Sprint("chat-", i))
			}
		}
	}()
	path := filepath.Join(dir, "copies.db")
	for range 3 { // in place of the earlier one
		if err := db.Backup(t.Context(), path); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	<-stopped
	copied := open(t, dir, sqlite.Options{Path: path})
	if err := copied.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if found := due(t, copied, start); len(found) == 0 {
		t.Error("the copy is empty")
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.half")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	for _, path := range []string{db.Path(), filepath.Join(dir, "nowhere", "copy.db")} {
		if err := db.Backup(t.Context(), path); err == nil {
			t.Errorf("a backup to %s went well", path)
		}
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// What happened, was looked at or could not be read is never changed afterwards.
func TestAppendOnly(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	crowd(t, db)
	for _, q := range []string{
		`UPDATE seen SET at = 0`, `UPDATE log SET at = 0`, `UPDATE dead_letters SET at = 0`, `UPDATE networks SET at = 0`,
		`UPDATE flows SET source = ''`, `UPDATE flows SET version = 2`,
	} {
		if err := db.Raw(t.Context(), q); err == nil {
			t.Errorf("%s went well", q)
		}
	}
}
