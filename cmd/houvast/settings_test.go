package main

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"houvast/bot/mattermost/mattermosttest"
	"houvast/sqlite"
)

// Whatever is wrong with the settings is named all at once.
func TestBrokenSettings(t *testing.T) {
	t.Parallel()

	folder := t.TempDir()
	for name, c := range map[string]struct {
		env  map[string]string
		want []string
	}{
		"nothing": {nil, []string{
			"HOUVAST_DB is missing", "HOUVAST_KEY_FILE is missing", "HOUVAST_TELEGRAM_TOKEN is missing", "HOUVAST_MATTERMOST_URL is missing",
			"HOUVAST_MATTERMOST_TOKEN is missing", "HOUVAST_MATTERMOST_TEAM is missing", "HOUVAST_MATTERMOST_COMMAND_TOKEN is missing", "HOUVAST_URL is missing",
		}},
		"all of it wrong": {map[string]string{
			"HOUVAST_DB": "x", "HOUVAST_KEY_FILE": filepath.Join(folder, "nothing"), "HOUVAST_TELEGRAM_TOKEN": "geheim", "HOUVAST_TELEGRAM_TOKEN_FILE": "y",
			"HOUVAST_MATTERMOST_TOKEN_FILE": filepath.Join(folder, "nobody"), "HOUVAST_MATTERMOST_URL": "mattermost.example.org", "HOUVAST_URL": "ftp://x",
			"HOUVAST_LISTEN": "8700", "HOUVAST_LOG": "xml", "HOUVAST_MATTERMOST_TEAM": "team", "HOUVAST_MATTERMOST_COMMAND_TOKEN": "c",
		}, []string{
			"houvast key", "HOUVAST_TELEGRAM_TOKEN and HOUVAST_TELEGRAM_TOKEN_FILE are both set", "HOUVAST_MATTERMOST_TOKEN_FILE: ",
			"HOUVAST_MATTERMOST_URL must be", "HOUVAST_URL must be", "HOUVAST_LISTEN must be", "HOUVAST_LOG must be",
		}},
	} {
		for _, command := range []string{"serve", "doctor"} {
			var out bytes.Buffer
			code := run(t.Context(), []string{command}, world{env: func(n string) string { return c.env[n] }, now: time.Now, out: &out, err: &out})
			for _, want := range c.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%s: %s does not say %q:\n%s", name, command, want, out.String())
				}
			}
			if code != exitFaults || strings.Contains(out.String(), "geheim") {
				t.Errorf("%s: %s ended with %d:\n%s", name, command, code, out.String())
			}
		}
	}
}

// What cannot be served is not served, and the words say what to do.
func TestServeRefuses(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		spoil func(*testing.T, *serving)
		want  []string
	}{
		"a broken network file": {func(t *testing.T, s *serving) {
			s.env["HOUVAST_DB"] = filepath.Join(t.TempDir(), "new.db")
			broken := bytes.Replace(s.town.source, []byte("teams:"), []byte("teamz:"), 1)
			write(t, s.env["HOUVAST_NETWORK"], broken)
		}, []string{"netwerk.yaml:", "teamz"}},
		"a network file that is not there": {func(_ *testing.T, s *serving) { s.env["HOUVAST_NETWORK"] = "/nothing/netwerk.yaml" }, []string{"HOUVAST_NETWORK", "no such file"}},
		"no network at all": {func(t *testing.T, s *serving) {
			s.env["HOUVAST_DB"], s.env["HOUVAST_NETWORK"] = filepath.Join(t.TempDir(), "new.db"), ""
		}, []string{"has no network yet", "HOUVAST_NETWORK"}},
		"another key": {func(t *testing.T, s *serving) {
			s.env["HOUVAST_KEY_FILE"] = filepath.Join(t.TempDir(), "key")
			if err := makeKey(s.env["HOUVAST_KEY_FILE"]); err != nil {
				t.Fatal(err)
			}
		}, []string{"does not fit", "nothing was changed"}},
		"no key file": {func(_ *testing.T, s *serving) { s.env["HOUVAST_KEY_FILE"] += ".gone" }, []string{"does not exist", "never for a database that is there already"}},
		"a key file that holds none": {func(t *testing.T, s *serving) {
			s.env["HOUVAST_KEY_FILE"] = filepath.Join(t.TempDir(), "key")
			write(t, s.env["HOUVAST_KEY_FILE"], []byte("# my key\nhunter2\n"))
		}, []string{"line 2 is no key"}},
		"a newer database": {func(t *testing.T, s *serving) { setVersion(t, s.env["HOUVAST_DB"], 99) }, []string{"newer houvast", "version 99"}},
		"something that is no database": {func(t *testing.T, s *serving) {
			write(t, s.env["HOUVAST_DB"], bytes.Repeat([]byte("dear diary "), 1000))
		}, []string{"no houvast database"}},
		"a database that is open elsewhere": {func(t *testing.T, s *serving) {
			keys, err := readKeys(s.env["HOUVAST_KEY_FILE"])
			if err != nil {
				t.Fatal(err)
			}
			db, err := sqlite.Open(t.Context(), sqlite.Options{Path: s.env["HOUVAST_DB"], Keys: keys})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
		}, []string{"another houvast", "stop it first"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServing(t)
			c.spoil(t, s)
			code, out := s.do("serve")
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("it does not say %q:\n%s", want, out)
				}
			}
			if code != exitFaults || strings.Contains(out, "hunter2") || strings.Contains(out, "dear diary") {
				t.Errorf("got %d:\n%s", code, out)
			}
		})
	}
}

func write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// setVersion writes the number of a database into its header, where SQLite keeps it.
func setVersion(t *testing.T, name string, version byte) {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	copy(content[60:64], []byte{0, 0, 0, version})
	write(t, name, content)
}

// With tokens that are refused serve starts all the same, shows it, and goes on
// by itself when they are good again: crisis answers must go out.
func TestServeWithRevokedTokens(t *testing.T) {
	t.Parallel()

	s := newServing(t)
	s.town.telegram.RevokeToken()
	lift := s.town.mattermost.Inject(mattermosttest.Fault{Status: http.StatusUnauthorized})
	s.start()
	s.until("both are missed", func() bool {
		status, r := s.health()
		said := strings.Join(r.Problems, " ")
		return status == http.StatusServiceUnavailable && strings.Contains(said, "Telegram") && strings.Contains(said, "Mattermost")
	})
	if code, out := s.do("doctor"); code != exitFaults || !strings.Contains(out, "HOUVAST_TELEGRAM_TOKEN") || !strings.Contains(out, "HOUVAST_MATTERMOST") {
		t.Errorf("doctor: %d\n%s", code, out)
	}
	s.town.telegram.RestoreToken()
	lift()
	s.until("all is well again", func() bool { status, _ := s.health(); return status == http.StatusOK })
}

// The doctor names each fault by itself, and finds none where there is none.
func TestDoctor(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		spoil func(*testing.T, *serving)
		want  string
	}{
		"all is well": {func(*testing.T, *serving) {}, ""},
		"a channel is missing": {func(t *testing.T, s *serving) {
			source := bytes.ReplaceAll(s.town.source, []byte(teamChannel), []byte("signalen-weg"))
			s.env["HOUVAST_DB"] = filepath.Join(t.TempDir(), "new.db")
			write(t, s.env["HOUVAST_NETWORK"], source)
		}, `"signalen-weg" bestaat niet`},
		"a channel is public":            {func(_ *testing.T, s *serving) { s.town.mattermost.SetPublic(teamChannel, true) }, "is openbaar"},
		"the bot is not in it":           {func(_ *testing.T, s *serving) { s.town.mattermost.Leave(teamChannel, botUser) }, "de bot zit er niet in"},
		"a member is not in it":          {func(_ *testing.T, s *serving) { s.town.mattermost.Leave(teamChannel, inviter) }, `"samira" hoort in kanaal`},
		"the way back is closed":         {func(_ *testing.T, s *serving) { s.town.mattermost.BlockCallbacks(true) }, "AllowedUntrustedInternalConnections"},
		"Telegram refuses":               {func(_ *testing.T, s *serving) { s.town.telegram.RevokeToken() }, "HOUVAST_TELEGRAM_TOKEN"},
		"Mattermost refuses":             {func(_ *testing.T, s *serving) { s.town.mattermost.Revoke(s.env["HOUVAST_MATTERMOST_TOKEN"]) }, "HOUVAST_MATTERMOST_TOKEN"},
		"Mattermost is away":             {func(_ *testing.T, s *serving) { s.env["HOUVAST_MATTERMOST_URL"] = "http://127.0.0.1:1" }, "HOUVAST_MATTERMOST_URL"},
		"another team":                   {func(_ *testing.T, s *serving) { s.env["HOUVAST_MATTERMOST_TEAM"] = "anderestad" }, "HOUVAST_MATTERMOST_TEAM"},
		"no folder for the file":         {func(_ *testing.T, s *serving) { s.env["HOUVAST_DB"] = "/nothing/houvast.db" }, "kan niet geschreven worden"},
		"no canary channel":              {func(_ *testing.T, s *serving) { s.env["HOUVAST_CANARY_CHANNEL"] = "proefkanaal" }, `"proefkanaal" bestaat niet`},
		"push shows what is said":        {func(_ *testing.T, s *serving) { s.town.mattermost.SetConfig("SendPushNotifications", "true") }, "push"},
		"a reserve channel is not there": {func(*testing.T, *serving) {}, "let op: reservekanaal: Samira heeft het nog niet"},
		"a reserve channel is off":       {func(_ *testing.T, s *serving) { s.reserve("/stop") }, "let op: reservekanaal: dat van Samira is uit"},
		"no channel for every day":       {func(_ *testing.T, s *serving) { s.env["HOUVAST_DAILY_CHANNEL"] = "dagkanaal" }, `"dagkanaal" bestaat niet`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServing(t)
			s.start() // it answers the button that the doctor presses
			defer s.end()
			env := maps.Clone(s.env)
			c.spoil(t, s)
			code, out := s.do("doctor")
			s.env = env
			switch {
			case c.want == "" && (code != exitOK || strings.Contains(out, "fout:")):
				t.Errorf("got %d:\n%s", code, out)
			case !strings.Contains(out, c.want):
				t.Errorf("got %d, want %q:\n%s", code, c.want, out)
			case c.want != "" && c.want != "push" && !strings.HasPrefix(c.want, "let op") && code != exitFaults:
				t.Errorf("got %d:\n%s", code, out)
			case strings.HasPrefix(c.want, "let op") && code != exitOK:
				t.Errorf("got %d:\n%s", code, out)
			}
		})
	}
}

// reserve opens the reserve channel of the inviter, and sends something there.
func (s *serving) reserve(words string) {
	t := s.t
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	s.until("all is well", func() bool { status, _ := s.health(); return status == http.StatusOK }) // the bot's name is known
	before := len(s.town.mattermost.Direct(inviter, botUser))
	must(s.town.mattermost.User(inviter).Command(t.Context(), "/houvast reserve", teamChannel))
	var code string
	s.until("the code arrived", func() bool {
		for _, p := range s.town.mattermost.Direct(inviter, botUser)[before:] {
			if found := invitationLink.FindStringSubmatch(p.String()); found != nil {
				code = found[1]
			}
		}
		return code != ""
	})
	p := s.town.telegram.Person(1009, "Samira")
	must(p.Start(code))
	s.until("it is open", func() bool { return says(p, "Dit is je reservekanaal.") > 0 })
	must(p.Write(words))
	s.until("it is off", func() bool { return says(p, "Je reservekanaal is uit.") > 0 })
}

// Every command explains itself, and words that no command knows are told apart
// from work that could not be done.
func TestUsage(t *testing.T) {
	t.Parallel()

	call := func(args ...string) (int, string) {
		var out bytes.Buffer
		code := run(t.Context(), args, world{env: func(string) string { return "" }, now: time.Now, in: strings.NewReader(""), out: &out, err: &out})
		return code, out.String()
	}
	for _, c := range commands() {
		if code, out := call(c.name, "-h"); code != exitOK || strings.Count(out, "houvast "+c.name) < 2 { // what it is, and an example
			t.Errorf("houvast %s -h: %d\n%s", c.name, code, out)
		}
		if code, _ := call(c.name, "--nonsense"); code != exitUsage {
			t.Errorf("houvast %s --nonsense: got %d, want %d", c.name, code, exitUsage)
		}
	}
	for _, args := range [][]string{nil, {"nonsense"}, {"serve", "x"}, {"version", "x"}} {
		if code, out := call(args...); code != exitUsage || out == "" {
			t.Errorf("%q: got %d, want %d", args, code, exitUsage)
		}
	}
	if code, out := call("-h"); code != exitOK || !strings.Contains(out, "restore") {
		t.Errorf("-h: %d\n%s", code, out)
	}
}

// Whatever the environment holds, settings are read or refused; what is taken is
// complete, and no secret stands in what is said.
func FuzzSettings(f *testing.F) {
	for _, seed := range [][3]string{
		{"http://x", "127.0.0.1:8700", "json"}, {"https://a.example/", ":0", "text"}, {"", "", ""}, {"http://", "[::1]:1", "x"}, {"http://[::1", "a:b:c", "JSON"},
		{"http://x\x00y", "host:", "text\n"}, {"//x", "1", "json "}, {"http://u:p@x/é?q#f", "0.0.0.0:99999", ""},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	key := filepath.Join(f.TempDir(), "key")
	if err := makeKey(key); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, address, listen, log string) {
		const secret = "kanarie-geheim"
		env := map[string]string{
			"HOUVAST_DB": "houvast.db", "HOUVAST_KEY_FILE": key, "HOUVAST_TELEGRAM_TOKEN": secret, "HOUVAST_MATTERMOST_TOKEN": secret,
			"HOUVAST_MATTERMOST_COMMAND_TOKEN": secret, "HOUVAST_MATTERMOST_TEAM": "team", "HOUVAST_MATTERMOST_URL": address, "HOUVAST_URL": address,
			"HOUVAST_LISTEN": listen, "HOUVAST_LOG": log,
		}
		s, err := readSettings(func(name string) string { return env[name] })
		if err != nil {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("it tells a secret: %v", err)
			}
			return
		}
		if !strings.HasPrefix(strings.ToLower(s.MattermostURL), "http") || s.URL == "" || s.Listen == "" || len(s.keys) != 1 {
			t.Errorf("taken, and not complete: %+v", s)
		}
		if said := fmt.Sprintf("%v %+v %#v", s, s, s); strings.Contains(said, secret) {
			t.Errorf("it tells a secret: %s", said)
		}
	})
}
