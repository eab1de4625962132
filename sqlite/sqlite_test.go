package sqlite_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"houvast/sqlite"
	"houvast/sqlite/storetest"
)

var key = bytes.Repeat([]byte{7}, sqlite.KeySize)

// open opens the database in dir, with whatever o adds.
func open(t testing.TB, dir string, o sqlite.Options) *sqlite.DB {
	t.Helper()
	if o.Path == "" {
		o.Path = filepath.Join(dir, "houvast.db")
	}
	if o.Keys == nil {
		o.Keys = [][]byte{key}
	}
	d, err := sqlite.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// TestStore is what every store must do.
func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, dir string) storetest.Store {
		return open(t, dir, sqlite.Options{})
	})
}
