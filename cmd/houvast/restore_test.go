package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"houvast/sqlite"
)

// The drill: a sealed backup while serve runs and people write, put back in
// another place, is the same house. With the key its texts can be read, and
// without it nothing of it comes back.
func TestBackupDrill(t *testing.T) {
	t.Parallel()

	s := newServing(t)
	s.start()
	s.until("health is green", func() bool { status, _ := s.health(); return status == http.StatusOK })
	before := says(s.anna(), "113")
	if err := s.anna().Write("Het is moeilijk"); err != nil {
		t.Fatal(err)
	}
	s.until("she has her answer", func() bool { return says(s.anna(), "113") > before })

	folder := t.TempDir()
	identity, sealed := filepath.Join(folder, "backup.key"), filepath.Join(folder, "copy.db.age")
	code, out := s.do("key", "-backup", identity)
	if code != exitOK {
		t.Fatalf("key -backup: %d %s", code, out)
	}
	recipients := filepath.Join(folder, "backup.pub")
	public := regexp.MustCompile(`(?m)^age1\w+$`).FindString(out)
	if err := os.WriteFile(recipients, []byte("# who may open it\n"+public+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.env["HOUVAST_BACKUP_RECIPIENTS"] = recipients
	if code, out := s.do("backup", sealed); code != exitOK || strings.Contains(out, "is not") {
		t.Fatalf("backup: %d %s", code, out)
	}
	if content, err := os.ReadFile(sealed); err != nil || !bytes.HasPrefix(content, []byte("age-encryption.org/")) {
		t.Fatalf("the backup is not sealed: %v", err)
	}
	counts, err := readCounts(t, s, s.env["HOUVAST_DB"])
	if err != nil {
		t.Fatal(err)
	}
	if code, _ := s.end(); code != exitOK {
		t.Errorf("serve ended with %d", code)
	}

	back := filepath.Join(folder, "drill", "houvast.db")
	if err := os.Mkdir(filepath.Dir(back), 0o700); err != nil {
		t.Fatal(err)
	}
	// Without the one key or the other nothing comes back.
	if code, out := s.do("restore", sealed, back); code != exitFaults || !strings.Contains(out, "-identity") {
		t.Errorf("without the secret half: %d %s", code, out)
	}
	key := s.env["HOUVAST_KEY_FILE"]
	s.env["HOUVAST_KEY_FILE"] = filepath.Join(folder, "other.key")
	if code, out := s.do("restore", "-identity", identity, sealed, back); code != exitFaults || !strings.Contains(out, "HOUVAST_KEY_FILE") {
		t.Errorf("without a key: %d %s", code, out)
	}
	if code, out := s.do("key", s.env["HOUVAST_KEY_FILE"]); code != exitOK {
		t.Fatal(out)
	}
	if code, out := s.do("restore", sealed, back, "-identity", identity); code != exitFaults || !strings.Contains(out, "does not fit") {
		t.Errorf("with another key: %d %s", code, out)
	}
	if _, err := os.Stat(back); err == nil {
		t.Fatal("something was put there all the same")
	}
	s.env["HOUVAST_KEY_FILE"] = key

	code, out = s.do("restore", sealed, back, "-identity", identity)
	for _, want := range []string{"1 active", "signals not closed  1 open", "newest moment       2026-11-23T", "sealed   yes"} {
		if !strings.Contains(out, want) {
			t.Errorf("restore does not say %q:\n%s", want, out)
		}
	}
	if code != exitOK || strings.Contains(out, "Anna") {
		t.Errorf("restore: %d %s", code, out)
	}
	if code, out := s.do("restore", sealed, back, "-identity", identity); code != exitFaults || !strings.Contains(out, "never written over") {
		t.Errorf("over what is there: %d %s", code, out)
	}
	again, err := readCounts(t, s, back)
	if err != nil {
		t.Fatal(err)
	}
	if again.Residents["active"] != counts.Residents["active"] || again.Signals["open"] != counts.Signals["open"] || counts.Signals["open"] != 1 {
		t.Errorf("got %+v, want %+v", again, counts)
	}
	keys, err := readKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.OpenReading(t.Context(), sqlite.Options{Path: back, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	standing, err := db.Signals(t.Context())
	if err != nil || len(standing) != 1 || standing[0].Promised == "" {
		t.Errorf("the sealed texts cannot be read: %+v %v", standing, err)
	}

	// And serve runs on with it.
	s.env["HOUVAST_DB"] = back
	s.start()
	s.until("health is green again", func() bool { status, _ := s.health(); return status == http.StatusOK })
	if _, r := s.health(); r.Open != 1 {
		t.Errorf("got %+v, want the signal", r)
	}
}

func readCounts(t *testing.T, s *serving, path string) (sqlite.Counts, error) {
	t.Helper()
	keys, err := readKeys(s.env["HOUVAST_KEY_FILE"])
	if err != nil {
		return sqlite.Counts{}, err
	}
	db, err := sqlite.OpenReading(t.Context(), sqlite.Options{Path: path, Keys: keys})
	if err != nil {
		return sqlite.Counts{}, err
	}
	defer db.Close()
	return db.Counts(t.Context(), s.town.clock.now())
}

// What a backup is sealed to is a public key or nothing: a word that is neither
// must not leave a copy that is not sealed.
func TestBackupRecipients(t *testing.T) {
	t.Parallel()

	s := newServing(t)
	folder := t.TempDir()
	empty := filepath.Join(folder, "empty")
	if err := os.WriteFile(empty, []byte("# nobody yet\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, setting := range []string{"age1nonsense", filepath.Join(folder, "nothing"), empty} {
		s.env["HOUVAST_BACKUP_RECIPIENTS"] = setting
		to := filepath.Join(folder, "copy")
		code, out := s.do("backup", to)
		if code != exitFaults {
			t.Errorf("%s: got %d %s", setting, code, out)
		}
		if _, err := os.Stat(to); err == nil {
			t.Errorf("%s: a copy was made", setting)
		}
	}
	s.env["HOUVAST_BACKUP_RECIPIENTS"] = ""
	if code, out := s.do("backup", filepath.Join(folder, "bare")); code != exitOK || !strings.Contains(out, "is not") {
		t.Errorf("an unsealed backup must say that it is one: %d %s", code, out)
	}
	for _, args := range [][]string{{"backup"}, {"backup", "a", "b"}, {"backup", "-nonsense", "a"}, {"restore", "a"}, {"restore", "a", "b", "c"}, {"restore", "a", "b", "-x"}, {"key"}, {"key", "-x", "a"}} {
		if code, _ := s.do(args...); code != exitUsage {
			t.Errorf("%v: got %d, want %d", args, code, exitUsage)
		}
	}
}
