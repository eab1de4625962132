package sqlite

import (
	"bytes"
	"database/sql"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"houvast/bot"
)

// Each step has a copy before it, and a step that fails changes nothing.
func TestMigrationsLeaveACopyBehind(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "houvast.db")
	db, err := openPool(path, 1, "journal_mode(WAL)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	steps := fstest.MapFS{
		"migration/0001_a.sql": {Data: []byte(`CREATE TABLE a (n INTEGER) STRICT; INSERT INTO a VALUES (1);`)},
	}
	if err := migrateWith(t.Context(), db, path, steps); err != nil {
		t.Fatal(err)
	}
	if copies := files(t, path+".before-*"); len(copies) != 0 {
		t.Errorf("a new file was copied: %v", copies)
	}

	steps["migration/0002_b.sql"] = &fstest.MapFile{Data: []byte(`UPDATE a SET n = 2; CREATE TABLE b (n INTEGER) STRICT;`)}
	steps["migration/0003_c.sql"] = &fstest.MapFile{Data: []byte(`UPDATE a SET n = 3; CREATE TABLE b (n INTEGER) STRICT;`)} // b is there
	err = migrateWith(t.Context(), db, path, steps)
	if err == nil || !strings.Contains(err.Error(), "0003_c.sql") {
		t.Fatalf("got %v, want which step failed", err)
	}
	for _, want := range []struct {
		path string
		n    int
	}{{path, 2}, {path + ".before-0002", 1}, {path + ".before-0003", 2}} {
		if got := number(t, want.path); got != want.n {
			t.Errorf("%s: got %d, want %d", filepath.Base(want.path), got, want.n)
		}
	}
	steps["migration/0003_c.sql"].Data = []byte(`UPDATE a SET n = 3;`)
	for range 2 {
		if err := migrateWith(t.Context(), db, path, steps); err != nil {
			t.Fatal(err)
		}
	}
	if got := number(t, path); got != 3 {
		t.Errorf("after all: got %d, want 3", got)
	}
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func number(t *testing.T, path string) int {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var n int
	if err := db.QueryRow(`SELECT n FROM a`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Whoever reads the tables can read what each is for.
func TestEveryTableSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("migration/*.sql")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	for _, path := range paths {
		script, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.Split(script, []byte("\n"))
		for i, line := range lines {
			if !bytes.HasPrefix(line, []byte("CREATE TABLE")) {
				continue
			}
			if i == 0 || !bytes.HasPrefix(lines[i-1], []byte("-- ")) {
				t.Errorf("%s: %s has no line that says what it is for", path, line)
			}
			end := i
			for !bytes.HasPrefix(lines[end], []byte(")")) {
				end++
			}
			if !bytes.Contains(lines[end], []byte("STRICT")) {
				t.Errorf("%s: %s is not STRICT", path, line)
			}
		}
	}
}

// What any older houvast kept is there when this one opens its file.
func TestOldDatabasesOpen(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(migrations, "migration/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	key := bytes.Repeat([]byte{7}, KeySize)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for had := 1; had < len(names); had++ {
		t.Run(names[had-1], func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "houvast.db")
			oldDatabase(t, path, names[:had], key, now)
			db, err := Open(t.Context(), Options{Path: path, Keys: [][]byte{key}})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if copies := files(t, path+".before-*"); len(copies) != len(names)-1 { // those of the old one too
				t.Errorf("copies before the steps: %v", copies)
			}
			for _, lane := range []bot.Lane{bot.LaneDistress, bot.LaneAnswer, bot.LaneScheduled} {
				var found []string
				for m, err := range db.Due(t.Context(), bot.Telegram, lane, now, 10) {
					if err != nil {
						t.Error(err)
					}
					found = append(found, m.Body.Text)
				}
				if !slices.Equal(found, []string{"hulp"}) {
					t.Errorf("lane %d: due is %q", lane, found)
				}
			}
			if stuck, err := db.Stuck(t.Context(), now); err != nil || len(stuck) != 1 {
				t.Errorf("stuck are %v, %v", stuck, err)
			}
			if dead, err := db.DeadLetters(t.Context(), 10); err != nil || len(dead) != 1 || dead[0].Why != "old" {
				t.Errorf("dead letters are %v, %v", dead, err)
			}
			if c, err := db.Counts(t.Context(), now); err != nil || c.Unsent[bot.LaneAnswer].Messages != 1 || c.DeadLetters != 1 {
				t.Errorf("counted %+v, %v", c, err)
			}
		})
	}
}

// oldDatabase makes a file as it was after the steps, with a message in each lane
// and a dead letter.
func oldDatabase(t *testing.T, path string, steps []string, key []byte, now time.Time) {
	t.Helper()
	had := fstest.MapFS{}
	for _, name := range steps {
		script, err := migrations.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		had[name] = &fstest.MapFile{Data: script}
	}
	r, err := newRing([][]byte{key})
	if err != nil {
		t.Fatal(err)
	}
	db, err := openPool(path, 1, "journal_mode(WAL)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := migrateWith(t.Context(), db, path, had); err != nil {
		t.Fatal(err)
	}
	do := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	seal := func(table, column string, id int64, v any) []byte {
		sealed, err := r.sealJSON(table, column, id, v)
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	do(`INSERT INTO sealed_with (one, key, proof) VALUES (1, ?, ?)`, r[0].id, r.seal("sealed_with", "proof", 1, proof))
	do(`UPDATE sequence SET next = 100`)
	for id, lane := range []bot.Lane{bot.LaneDistress, bot.LaneAnswer, bot.LaneScheduled} {
		m := bot.Message{ID: int64(id + 1), To: bot.Address{Door: bot.Telegram, Place: "chat-anna"}, Lane: lane, Due: now, Body: bot.Body{Text: "hulp"}}
		do(`INSERT INTO outbox (id, door, lane, place, subject, due, ready, until, message) VALUES (?, ?, ?, ?, 0, ?, ?, 0, ?)`,
			m.ID, m.To.Door, int(lane), r.hash("place", m.To.Door, m.To.Place), micros(now), micros(now), seal("outbox", "message", m.ID, m))
	}
	do(`INSERT INTO dead_letters (id, at, door, body) VALUES (9, ?, 'telegram', ?)`, micros(now), seal("dead_letters", "body", 9, bot.DeadLetter{ID: 9, At: now, Why: "old"}))
}

// A copy from before a migration goes when it is old: whoever was erased since is in it.
func TestOldCopiesAreSwept(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "houvast.db")
	db, err := Open(t.Context(), Options{Path: path, Keys: [][]byte{bytes.Repeat([]byte{7}, KeySize)}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for _, made := range files(t, path+".before-*") { // of the new file itself
		if err := os.Remove(made); err != nil {
			t.Fatal(err)
		}
	}
	for name, age := range map[string]time.Duration{
		".before-0002": 31 * day, ".before-0003": 29 * day, ".before-0004.half": 31 * day,
		".before-move": 31 * day, ".backup": 31 * day, // not ours
	} {
		if err := os.WriteFile(path+name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path+name, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	left := func() []string {
		var names []string
		for _, f := range files(t, path+".b*") {
			names = append(names, strings.TrimPrefix(f, path))
		}
		return names
	}
	if _, err := db.Sweep(t.Context(), now, Ages{Seen: day}); err != nil || len(left()) != 5 {
		t.Errorf("kept for ever: left are %q, %v", left(), err)
	}
	if _, err := db.Sweep(t.Context(), now, Ages{DeadLetters: 30 * day}); err != nil {
		t.Fatal(err)
	}
	if want := []string{".backup", ".before-0003", ".before-move"}; !slices.Equal(left(), want) {
		t.Errorf("left are %q, want %q", left(), want)
	}
}
