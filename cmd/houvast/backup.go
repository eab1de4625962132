package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"houvast/sqlite"
	"houvast/sqlite/beside"
	"houvast/sqlite/sealed"
)

const helpBackup = `usage: houvast backup [-to age1...] FILE

Copies the database to FILE, also while houvast serve runs: the copy is whole,
checked, and only then gets its name.

Texts and names in it are sealed with the key of HOUVAST_KEY_FILE, always. With
public keys of age, in HOUVAST_BACKUP_RECIPIENTS (the keys, or the name of a file
with one a line) or as -to, the whole copy is sealed besides: then it does not
even show when somebody wrote. houvast key -backup makes such a pair of keys.

Who has lost the key of HOUVAST_KEY_FILE has lost every text and name, in the
database and in all its backups; nobody can bring them back. Keep a copy of it,
and of the secret half of the backup keys, apart from the backups.

Beside a serve that runs, serve writes the file: give a place it may write to.

Examples:
  houvast backup -to age1qy... /var/lib/houvast/backup/$(date +%F).db.age
  HOUVAST_BACKUP_RECIPIENTS=/etc/houvast/backup.pub houvast backup FILE
`

// backup copies the database.
func backup(ctx context.Context, args []string, w world) int {
	var to []string
	flags := quietFlags("backup")
	flags.Func("to", "", func(key string) error {
		to = append(to, strings.FieldsFunc(key, between)...)
		return nil
	})
	if flags.Parse(args) != nil || flags.NArg() != 1 {
		io.WriteString(w.err, helpBackup)
		return exitUsage
	}
	path, err := filepath.Abs(flags.Arg(0))
	if err == nil && len(to) == 0 {
		to, err = readRecipients(w.env("HOUVAST_BACKUP_RECIPIENTS"))
	}
	if err == nil && len(to) > 0 {
		err = sealed.CheckRecipients(to)
	}
	if err == nil {
		err = backupTo(ctx, w, path, to)
	}
	if err != nil {
		fmt.Fprintf(w.err, "houvast backup: %v\n", err)
		return exitFaults
	}
	fmt.Fprintf(w.out, "The copy is in %s.\n", path)
	if len(to) == 0 {
		fmt.Fprint(w.out, "Texts and names in it are sealed; when somebody wrote is not. See -to in: houvast backup -h\n")
	}
	return exitOK
}

// quietFlags are the flags of a command that says itself what is wrong.
func quietFlags(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	return f
}

func between(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' || r == '\r' }

// readRecipients reads the public keys that backups are sealed to, from the
// setting itself or from the file it names.
func readRecipients(setting string) ([]string, error) {
	setting = strings.TrimSpace(setting)
	if setting == "" {
		return nil, nil
	}
	if strings.HasPrefix(setting, "age1") {
		return strings.FieldsFunc(setting, between), nil
	}
	text, err := os.ReadFile(setting)
	if err != nil {
		return nil, fmt.Errorf("HOUVAST_BACKUP_RECIPIENTS: it holds no public key (they begin with age1), and names no file that can be read: %w", err)
	}
	var keys []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			keys = append(keys, line)
		}
	}
	if len(keys) == 0 {
		// Sealed to nobody would be a copy that is not sealed.
		return nil, fmt.Errorf("HOUVAST_BACKUP_RECIPIENTS: %s holds no public key", setting)
	}
	return keys, nil
}

func backupTo(ctx context.Context, w world, path string, to []string) error {
	database := w.env("HOUVAST_DB")
	if database == "" {
		return errors.New("HOUVAST_DB is missing: the database file")
	}
	// Beside a serve that runs, it does the work: it is the one that writes.
	request := map[string]any{"do": "backup", "path": path}
	if len(to) > 0 {
		request["do"], request["to"] = "backup-sealed", to
	}
	err := beside.Ask(ctx, database, request, nil)
	if !errors.Is(err, beside.ErrNotServed) {
		return err
	}
	keys, err := keysOf(w)
	if err != nil {
		return err
	}
	db, err := sqlite.OpenReading(ctx, sqlite.Options{Path: database, Keys: keys})
	if err != nil {
		return err
	}
	if len(to) > 0 {
		err = db.BackupSealed(ctx, path, to)
	} else {
		err = db.Backup(ctx, path)
	}
	return errors.Join(err, db.Close())
}

// keysOf reads the keys of the database.
func keysOf(w world) ([][]byte, error) {
	name := w.env("HOUVAST_KEY_FILE")
	if name == "" {
		return nil, errors.New("HOUVAST_KEY_FILE is missing: the file with the key that seals the database")
	}
	keys, err := readKeys(name)
	if err != nil {
		return nil, fmt.Errorf("HOUVAST_KEY_FILE: %w", err)
	}
	return keys, nil
}
