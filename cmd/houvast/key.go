package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"runtime/debug"

	"houvast/sqlite/sealed"
)

const helpKey = `usage: houvast key [-backup] FILE

Makes a new key that seals the database, in a file only its owner can read.
A file that exists is left as it is.

Keep the file apart from the database and from its backups: who has both can
read everything. A lost key means lost texts and names; nobody can bring them back.

With -backup it makes a pair of keys for backups instead. FILE holds the secret
half: keep it off this machine, it is needed only to restore. The public half is
printed: it goes into HOUVAST_BACKUP_RECIPIENTS.

Examples:
  houvast key /etc/houvast/key
  houvast key -backup backup.key
`

// key makes a key file.
func key(_ context.Context, args []string, w world) int {
	forBackups := false
	flags := quietFlags("key")
	flags.BoolVar(&forBackups, "backup", false, "")
	if flags.Parse(args) != nil || flags.NArg() != 1 {
		fmt.Fprint(w.err, helpKey)
		return exitUsage
	}
	file := flags.Arg(0)
	if forBackups {
		public, err := makeBackupKey(file)
		if err != nil {
			fmt.Fprintf(w.err, "houvast key: %v\n", err)
			return exitFaults
		}
		fmt.Fprintf(w.err, "The secret half is in %s. Keep it off this machine. The public half, for HOUVAST_BACKUP_RECIPIENTS:\n", file)
		fmt.Fprintln(w.out, public)
		return exitOK
	}
	if err := makeKey(file); err != nil {
		fmt.Fprintf(w.err, "houvast key: %v\n", err)
		return exitFaults
	}
	fmt.Fprintf(w.out, "The key is in %s. Keep it apart from the database and its backups.\n", file)
	return exitOK
}

func makeKey(file string) error {
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return fmt.Errorf("draw a key: %w", err)
	}
	return writeSecret(file, "# The key of a Houvast database. Lost key, lost texts.\n"+hex.EncodeToString(secret)+"\n")
}

// makeBackupKey makes a pair of keys for backups, and returns the public half.
func makeBackupKey(file string) (public string, err error) {
	secret, public, err := sealed.NewIdentity()
	if err != nil {
		return "", fmt.Errorf("draw a key: %w", err)
	}
	return public, writeSecret(file, "# Opens the backups of a Houvast. Lost key, lost backups.\n# public key: "+public+"\n"+secret+"\n")
}

// writeSecret writes a new file that only its owner can read.
func writeSecret(file, text string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make the file: %w", err)
	}
	if _, err := f.WriteString(text); err != nil {
		f.Close()
		return fmt.Errorf("write the key: %w", err)
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return fmt.Errorf("write the key: %w", err)
	}
	return f.Close()
}

const helpVersion = `usage: houvast version [-sbom]

Says which houvast this is, from which commit, and with which Go it was built.
With -sbom it prints its bill of materials, CycloneDX as JSON: every module that
this very file was built from, as the linker wrote it down.

The same commit built twice gives the same file, to the last byte:
  CGO_ENABLED=0 go build -trimpath -buildvcs=true -ldflags=-buildid= ./cmd/houvast

Examples:
  houvast version
  houvast version -sbom > houvast.cdx.json
`

// version says which houvast this is.
func version(_ context.Context, args []string, w world) int {
	if len(args) == 1 && args[0] == "-sbom" {
		info, ok := debug.ReadBuildInfo()
		if !ok {
			fmt.Fprintln(w.err, "houvast version: this program was built without the information")
			return exitFaults
		}
		if err := writeBill(w.out, info); err != nil {
			fmt.Fprintf(w.err, "houvast version: %v\n", err)
			return exitFaults
		}
		return exitOK
	}
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
