package sqlite_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"houvast/sqlite"
	"houvast/sqlite/beside"
)

// serve serves db until the test ends, with one command of its own.
func serve(t *testing.T, db *sqlite.DB) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- db.Serve(ctx, map[string]beside.Handler{
			"greet": func(_ context.Context, request json.RawMessage) (any, error) {
				var r struct{ Name string }
				if err := json.Unmarshal(request, &r); err != nil {
					return nil, err
				}
				if r.Name == "" {
					return nil, errors.New("nobody to greet")
				}
				return map[string]string{"text": "dag " + r.Name}, nil
			},
		})
	}()
	for ctx.Err() == nil {
		if err := beside.Ask(ctx, db.Path(), map[string]string{"do": "check"}, nil); !errors.Is(err, beside.ErrNotServed) {
			break // it is there
		}
	}
	return func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want that it was told to stop", err)
		}
	}
}

// Commands beside a running houvast go through it, wherever the database lies.
func TestAsk(t *testing.T) {
	t.Parallel()
	for _, depth := range []int{0, 120} {
		dir := filepath.Join(t.TempDir(), strings.Repeat("x", depth))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		db := open(t, dir, sqlite.Options{})
		ask := func(request, answer any) error { return beside.Ask(t.Context(), db.Path(), request, answer) }
		if err := ask(map[string]string{"do": "check"}, nil); !errors.Is(err, beside.ErrNotServed) {
			t.Errorf("before it serves: got %v, want %v", err, beside.ErrNotServed)
		}
		for range 2 { // also after a restart, with the old socket lying there
			stop := serve(t, db)
			put(t, db, fmt.Sprint("chat-", depth))
			path := filepath.Join(dir, "copy.db")
			var kept struct{ Path string }
			if err := ask(map[string]string{"do": "backup", "path": path}, &kept); err != nil || kept.Path != path {
				t.Errorf("backup: got %q, %v", kept.Path, err)
			}
			if _, err := os.Stat(path); err != nil {
				t.Error(err)
			}
			var greeting struct{ Text string }
			if err := ask(map[string]string{"do": "greet", "name": "Anna"}, &greeting); err != nil || greeting.Text != "dag Anna" {
				t.Errorf("greet: got %q, %v", greeting.Text, err)
			}
			for _, wrong := range []struct {
				request any
				want    string
			}{
				{map[string]string{"do": "greet"}, "nobody to greet"},
				{map[string]string{"do": "dance"}, "unknown command"},
				{map[string]string{"do": "backup", "path": "copy.db"}, "absolute path"},
				{[]int{1}, "not JSON"},
				{map[string]string{"do": strings.Repeat("x", 2<<20)}, ""},
			} {
				if err := ask(wrong.request, nil); err == nil || !strings.Contains(err.Error(), wrong.want) {
					t.Errorf("%.60v: got %v, want %q", wrong.request, err, wrong.want)
				}
			}
			info, err := os.Stat(db.Path() + ".sock")
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the socket: got %v, %v, want that only its owner may", info, err)
			}
			stop()
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}
