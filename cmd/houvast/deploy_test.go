package main

import (
	"bufio"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// settingNames are the settings that the program asks for, found by asking it.
func settingNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{"HOUVAST_BACKUP_RECIPIENTS": true} // of backup alone
	if _, err := readSettings(func(name string) string { names[name] = true; return "" }); err == nil {
		t.Fatal("settings without anything are taken")
	}
	return names
}

var settingName = regexp.MustCompile(`HOUVAST_[A-Z_]+[A-Z]`)

// The files for running it name only settings that exist, and all that must be set.
func TestDeployNamesSettings(t *testing.T) {
	t.Parallel()

	known := settingNames(t)
	files, err := filepath.Glob("deploy/*")
	if err != nil || len(files) < 5 {
		t.Fatalf("got %v %v", files, err)
	}
	used := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range settingName.FindAllString(string(text), -1) {
			used[name] = true
			if !known[name] {
				t.Errorf("%s names %s, which nothing reads", file, name)
			}
		}
	}
	for name := range known {
		_, secret := strings.CutSuffix(name, "_TOKEN") // named by their files
		if !used[name] && !secret && name != "HOUVAST_TELEGRAM_URL" {
			t.Errorf("no file for running it names %s", name)
		}
	}
	// The help of serve is the list that people read.
	for name := range known {
		if !strings.Contains(helpServe, strings.TrimSuffix(name, "_FILE")) && !strings.Contains(helpBackup, name) {
			t.Errorf("houvast serve -h does not name %s", name)
		}
	}
}

// unitEnvironment is what a unit and the example of the settings give to serve,
// with its specifiers filled in.
func unitEnvironment(t *testing.T, credentials, state string) map[string]string {
	t.Helper()
	env := map[string]string{}
	read := func(file, prefix string) {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			line := lines.Text()
			if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" || !strings.HasPrefix(line, prefix) {
				continue
			}
			name, value, ok := strings.Cut(strings.TrimPrefix(line, prefix), "=")
			if !ok || name != strings.TrimSpace(name) || value != strings.Trim(value, ` "'`) {
				t.Errorf("%s: %q is no NAME=value", file, line)
			}
			env[name] = strings.NewReplacer("%d", credentials, "%S", state).Replace(value)
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
	}
	read("deploy/houvast.service", "Environment=")
	read("deploy/houvast.env", "")
	return env
}

// With the unit, the example of the settings and the secrets it loads, serve has
// everything it needs.
func TestDeploySettingsAreComplete(t *testing.T) {
	t.Parallel()

	credentials := t.TempDir()
	unit, err := os.ReadFile("deploy/houvast.service")
	if err != nil {
		t.Fatal(err)
	}
	loaded := regexp.MustCompile(`(?m)^LoadCredential=([\w-]+):/etc/houvast/`).FindAllStringSubmatch(string(unit), -1)
	if len(loaded) != 5 {
		t.Fatalf("the unit loads %v", loaded)
	}
	for _, m := range loaded {
		path := filepath.Join(credentials, m[1])
		err := os.WriteFile(path, []byte("verzonnen\n"), 0o400)
		if m[1] == "key" {
			os.Remove(path)
			err = makeKey(path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	env := unitEnvironment(t, credentials, "/var/lib")
	s, err := readSettings(func(name string) string { return env[name] })
	if err != nil {
		t.Errorf("the settings of the unit are not complete:\n%v", err)
	}
	if s.DB != "/var/lib/houvast/houvast.db" || s.TelegramToken != "verzonnen" || s.Canary == "" {
		t.Errorf("got %+v", s)
	}
	for name := range env {
		if strings.HasSuffix(name, "_TOKEN") || name == "HOUVAST_KEY" {
			t.Errorf("%s stands in the environment: a secret belongs in a file", name)
		}
	}
}

// Wherever houvast is started, the code that it makes for drawing lies where the next
// start finds it and nobody else can write; and it may make it. A start without that
// takes over a second longer, or fails.
func TestDeployKeepsTheCodeForDrawing(t *testing.T) {
	t.Parallel()

	units, err := filepath.Glob("deploy/*.service")
	if err != nil || len(units) != 2 {
		t.Fatalf("got %v %v", units, err)
	}
	for _, name := range units {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"CacheDirectory=houvast", "CacheDirectoryMode=0700", "Environment=TMPDIR=%C/houvast"} {
			if !strings.Contains(string(text), "\n"+line+"\n") {
				t.Errorf("%s does not say %s", name, line)
			}
		}
		if strings.Contains(string(text), "\nMemoryDenyWriteExecute=") {
			t.Errorf("%s: houvast does not start with MemoryDenyWriteExecute", name)
		}
	}
	container, err := os.ReadFile("deploy/Containerfile")
	if err != nil {
		t.Fatal(err)
	}
	volume := regexp.MustCompile(`(?m)^VOLUME (\S+)$`).FindSubmatch(container)
	temporary := regexp.MustCompile(`(?m)\bTMPDIR=(\S+)`).FindSubmatch(container)
	if volume == nil || temporary == nil || string(volume[1]) != string(temporary[1]) {
		t.Errorf("the container keeps its code in %s, and only %s lasts", temporary, volume)
	}
}

// installed returns where a program is that judges the files for running it. It is
// left out where it is not installed, but not where HOUVAST_TEST_ALL is set, as
// .ci/run does.
func installed(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path
	case os.Getenv("HOUVAST_TEST_ALL") != "":
		t.Fatal(err)
	}
	t.Skip(name + " is not installed here") // .ci/needs installs it, and there it would be a fault
	return ""
}

// The alerts speak of metrics that exist, wake nobody while all is well, and each
// rings when it should.
func TestDeployAlerts(t *testing.T) {
	t.Parallel()

	text, err := os.ReadFile("deploy/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	described := make(chan *prometheus.Desc, 100)
	collector{}.Describe(described)
	close(described)
	known := map[string]bool{}
	for d := range described {
		known[regexp.MustCompile(`fqName: "(\w+)"`).FindStringSubmatch(d.String())[1]] = true
	}
	used := map[string]bool{}
	for _, name := range regexp.MustCompile(`\bhouvast_\w+`).FindAllString(string(text), -1) {
		if used[name] = true; !known[name] {
			t.Errorf("there is no metric %s", name)
		}
	}
	for _, needed := range []string{"houvast_audit_flaws", "houvast_canary_age_seconds", "houvast_telegram_heard_seconds", "houvast_mattermost_connected", "houvast_unsent_oldest_seconds"} {
		if !used[needed] {
			t.Errorf("no alert on %s, of %v", needed, slices.Sorted(maps.Keys(known)))
		}
	}
	cases, err := os.ReadFile("testdata/alerts.test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(string(text), -1) {
		if !strings.Contains(string(cases), `alertname="`+m[1]+`"`) {
			t.Errorf("no case in which %s rings", m[1])
		}
	}

	promtool := installed(t, "promtool")
	for _, args := range [][]string{{"check", "rules", "deploy/alerts.yaml"}, {"test", "rules", "testdata/alerts.test.yaml"}} {
		if out, err := exec.CommandContext(t.Context(), promtool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// systemd itself takes the units, and finds them shut well.
func TestDeployUnits(t *testing.T) {
	t.Parallel()

	analyze := installed(t, "systemd-analyze")
	folder := t.TempDir()
	for _, name := range []string{"houvast.service", "houvast-backup.service", "houvast-backup.timer"} {
		text, err := os.ReadFile(filepath.Join("deploy", name))
		if err != nil {
			t.Fatal(err)
		}
		// The program is not installed where tests run.
		text = []byte(strings.ReplaceAll(string(text), "/usr/local/bin/houvast", "/bin/true"))
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"houvast.service", "houvast-backup.service", "houvast-backup.timer"} {
		cmd := exec.CommandContext(t.Context(), analyze, "verify", "./"+name)
		cmd.Dir = folder
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	for _, name := range []string{"houvast.service", "houvast-backup.service"} {
		cmd := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--threshold=20", "./"+name)
		cmd.Dir = folder
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s is more open than 2.0: %v\n%s", name, err, out)
		}
	}
}
