package sqlite

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
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
