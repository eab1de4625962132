package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"houvast/sqlite"
)

const helpRestore = `usage: houvast restore FILE DATABASE [-identity KEYFILE]

Puts the backup in FILE back as DATABASE, and says what it found: how many people
and signals, and when the last of it happened. It never writes over a database:
move the old one away first, with what lies beside it. KEYFILE holds the secret
half of the keys that the backup was sealed to; one that was not needs none.

HOUVAST_KEY_FILE must be the key that the database was sealed with. The backup is
checked from beginning to end, and against that key, before anything gets the name
DATABASE. Without that key nobody can read a text or a name in it, we neither.

What happened after the backup is not in it. Telegram does not tell it again:
ask the teams what they remember, and read the channels from that moment on.
Messages that were still to be sent then are sent when serve starts.

Example; try it before you need it, on another machine or in another folder:
  HOUVAST_KEY_FILE=/etc/houvast/key houvast restore \
    /backup/2026-03-02.db.age /tmp/drill/houvast.db -identity /safe/backup.key
`

// restore puts a backup back.
func restore(ctx context.Context, args []string, w world) int {
	names, identity, ok := restoreArguments(args)
	if !ok {
		io.WriteString(w.err, helpRestore)
		return exitUsage
	}
	found, err := restoreTo(ctx, w, names[0], names[1], identity)
	if err != nil {
		fmt.Fprintf(w.err, "houvast restore: %v\nNothing was put at %s.\n", err, names[1])
		return exitFaults
	}
	fmt.Fprintf(w.out, "The database is in %s. It is whole, and the key fits.\n\n", names[1])
	describe(w.out, found)
	return exitOK
}

// restoreArguments takes -identity before, between and after the two names.
func restoreArguments(args []string) (names []string, identity string, ok bool) {
	flags := quietFlags("restore")
	flags.StringVar(&identity, "identity", "", "")
	for {
		if flags.Parse(args) != nil {
			return nil, "", false
		}
		if flags.NArg() == 0 {
			return names, identity, len(names) == 2
		}
		names, args = append(names, flags.Arg(0)), flags.Args()[1:]
	}
}

func restoreTo(ctx context.Context, w world, from, to, identityFile string) (sqlite.Restored, error) {
	keys, err := keysOf(w)
	if err != nil {
		return sqlite.Restored{}, err
	}
	identity := []byte{}
	if identityFile != "" {
		if identity, err = os.ReadFile(identityFile); err != nil {
			return sqlite.Restored{}, fmt.Errorf("-identity: %w", err)
		}
	}
	return sqlite.Restore(ctx, from, string(identity), sqlite.Options{Path: to, Keys: keys})
}

// describe says what was found in a backup, in numbers only.
func describe(out io.Writer, r sqlite.Restored) {
	counted := func(byName map[string]int) string {
		var parts []string
		for _, name := range sortedKeys(byName) {
			parts = append(parts, fmt.Sprintf("%d %s", byName[name], name))
		}
		if len(parts) == 0 {
			return "none"
		}
		return strings.Join(parts, ", ")
	}
	residents, signals := map[string]int{}, map[string]int{}
	for stage, n := range r.Residents {
		residents[string(stage)] = n
	}
	for state, n := range r.Signals {
		signals[string(state)] = n
	}
	newest := "nothing ever happened in it"
	if !r.Newest.IsZero() {
		newest = r.Newest.Format(time.RFC3339)
	}
	sealed := "no"
	if r.Sealed {
		sealed = "yes"
	}
	for _, line := range [][2]string{
		{"newest moment", newest},
		{"residents", counted(residents)},
		{"signals not closed", counted(signals)},
		{"messages to send", fmt.Sprint(r.Unsent)},
		{"events remembered", fmt.Sprint(r.Seen)},
		{"whole file sealed", sealed},
		{"version", fmt.Sprint(r.Version)},
	} {
		fmt.Fprintf(out, "  %-19s %s\n", line[0], line[1])
	}
}
