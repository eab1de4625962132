package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"runtime/debug"
)

const helpKey = `usage: houvast key FILE

Makes a new key that seals the database, in a file only its owner can read.
A file that exists is left as it is.

Keep the file apart from the database and from its backups: who has both can
read everything. A lost key means lost texts and names; nobody can bring them back.

Example:
  houvast key /etc/houvast/key
`

// key makes a key file.
func key(_ context.Context, args []string, w world) int {
	if len(args) != 1 {
		fmt.Fprint(w.err, helpKey)
		return exitUsage
	}
	if err := makeKey(args[0]); err != nil {
		fmt.Fprintf(w.err, "houvast key: %v\n", err)
		return exitFaults
	}
	fmt.Fprintf(w.out, "The key is in %s. Keep it apart from the database and its backups.\n", args[0])
	return exitOK
}

func makeKey(file string) error {
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return fmt.Errorf("draw a key: %w", err)
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make the file: %w", err)
	}
	if _, err := fmt.Fprintf(f, "# The key of a Houvast database. Lost key, lost texts.\n%s\n", hex.EncodeToString(secret)); err != nil {
		f.Close()
		return fmt.Errorf("write the key: %w", err)
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return fmt.Errorf("write the key: %w", err)
	}
	return f.Close()
}

const helpVersion = `usage: houvast version

Says which houvast this is, from which commit, and with which Go it was built.
`

// version says which houvast this is.
func version(_ context.Context, args []string, w world) int {
	if !noArguments("version", args, w) {
		return exitUsage
	}
	fmt.Fprintln(w.out, versionText())
	return exitOK
}

func versionText() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "houvast (unknown)"
	}
	commit, changed := "unknown commit", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = ", changed since"
		}
	}
	return fmt.Sprintf("houvast %s (%s%s, %s)", info.Main.Version, commit, changed, info.GoVersion)
}
