package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"houvast/sqlite"
)

const helpBackup = `usage: houvast backup FILE

Copies the database to FILE, also while houvast serve runs: the copy is whole,
checked, and only then gets its name. Texts and names in it are sealed with the
same key; keep that key apart from it.

Example:
  houvast backup /var/backups/houvast-$(date +%F).db
`

// backup copies the database.
func backup(ctx context.Context, args []string, w world) int {
	if len(args) != 1 {
		io.WriteString(w.err, helpBackup)
		return exitUsage
	}
	to, err := filepath.Abs(args[0])
	if err == nil {
		err = backupTo(ctx, w, to)
	}
	if err != nil {
		fmt.Fprintf(w.err, "houvast backup: %v\n", err)
		return exitFaults
	}
	fmt.Fprintf(w.out, "The copy is in %s.\n", to)
	return exitOK
}

func backupTo(ctx context.Context, w world, to string) error {
	path := w.env("HOUVAST_DB")
	if path == "" {
		return errors.New("HOUVAST_DB is missing: the database file")
	}
	// Beside a serve that runs, it does the work: it is the one that writes.
	err := sqlite.Ask(ctx, path, map[string]string{"do": "backup", "path": to}, nil)
	if !errors.Is(err, sqlite.ErrNotServed) {
		return err
	}
	keys, err := readKeys(w.env("HOUVAST_KEY_FILE"))
	if err != nil {
		return fmt.Errorf("HOUVAST_KEY_FILE: %w", err)
	}
	db, err := sqlite.OpenReading(ctx, sqlite.Options{Path: path, Keys: keys})
	if err != nil {
		return err
	}
	return errors.Join(db.Backup(ctx, to), db.Close())
}
