package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"houvast/bot/telegram/telegramtest"
)

// A serving is the real command serve, with its own settings, against a town of
// fakes whose people live there already. Its clock walks with that of the town,
// from half past ten on a Monday.
type serving struct {
	*sandbox
	t   *testing.T
	env map[string]string
	log *listened

	address string
	stop    context.CancelFunc
	ended   chan int
}

// newServing makes the town and the settings, and starts nothing yet.
func newServing(t *testing.T) *serving {
	t.Helper()
	s := &serving{sandbox: newSettled(t, time.Now), t: t, log: &listened{}}
	if err := s.town.shut(); err != nil {
		t.Fatal(err)
	}
	s.env = environment(t, s.town)
	t.Cleanup(func() { s.end() })
	return s
}

// environment is a town's settings as an administrator would write them.
func environment(t *testing.T, town *town) map[string]string {
	t.Helper()
	network := filepath.Join(town.folder, "netwerk.yaml")
	if err := os.WriteFile(network, town.source, 0o600); err != nil {
		t.Fatal(err)
	}
	s := town.settings
	return map[string]string{
		"HOUVAST_DB": s.DB, "HOUVAST_KEY_FILE": filepath.Join(town.folder, "key"), "HOUVAST_NETWORK": network,
		"HOUVAST_TELEGRAM_TOKEN": string(s.TelegramToken), "HOUVAST_TELEGRAM_URL": s.TelegramURL,
		"HOUVAST_MATTERMOST_URL": s.MattermostURL, "HOUVAST_MATTERMOST_TOKEN": string(s.MattermostToken),
		"HOUVAST_MATTERMOST_TEAM": s.MattermostTeam, "HOUVAST_MATTERMOST_COMMAND_TOKEN": string(s.CommandToken),
		"HOUVAST_URL": s.URL, "HOUVAST_LISTEN": "127.0.0.1:0",
	}
}

// do runs one command in the world of the town.
func (s *serving) do(args ...string) (code int, out string) {
	s.t.Helper()
	var said bytes.Buffer
	code = run(s.t.Context(), args, s.world(&said))
	return code, said.String()
}

func (s *serving) world(out io.Writer) world {
	env := maps.Clone(s.env)
	return world{env: func(name string) string { return env[name] }, now: s.town.clock.now, in: strings.NewReader(""), out: out, err: out}
}

// start starts serve and returns when it listens.
func (s *serving) start() {
	s.t.Helper()
	mark := `"msg":"houvast serves"`
	if s.env["HOUVAST_LOG"] == "text" {
		mark = `msg="houvast serves"`
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop, s.ended = stop, make(chan int, 1)
	heard := s.log.waitFor(mark)
	w, ended := s.world(s.log), s.ended
	go func() { ended <- run(ctx, []string{"serve"}, w) }()
	select {
	case line := <-heard:
		s.address = regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(line)
		if strings.HasPrefix(mark, `"`) && !json.Valid([]byte(line)) {
			s.t.Fatalf("the log is not JSON: %s", line)
		}
	case code := <-ended:
		s.ended = nil
		s.t.Fatalf("serve ended with %d:\n%s", code, s.log)
	case <-time.After(patient):
		s.t.Fatalf("serve does not listen:\n%s", s.log)
	}
	// Mattermost reaches the house at the address of the town.
	mux := http.NewServeMux()
	mux.Handle("/", httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: s.address}))
	s.town.callbacks.Store(mux)
}

// end stops serve as SIGTERM does, and returns its exit code and how long it took.
func (s *serving) end() (code int, took time.Duration) {
	s.t.Helper()
	if s.ended == nil {
		return 0, 0
	}
	began := time.Now()
	s.stop()
	select {
	case code = <-s.ended:
	case <-time.After(patient):
		s.t.Fatalf("serve does not stop:\n%s", s.log)
	}
	s.ended = nil
	return code, time.Since(began)
}

// health asks serve how it fares.
func (s *serving) health() (status int, r report) {
	s.t.Helper()
	status, body := s.get("/health")
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		s.t.Fatalf("/health is not JSON: %v\n%s", err, body)
	}
	return status, r
}

func (s *serving) get(path string) (status int, body string) {
	s.t.Helper()
	resp, err := http.Get("http://" + s.address + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// patient is how long a test waits for what must happen by itself.
const patient = 3 * time.Minute

// until waits for something that happens by itself.
func (s *serving) until(what string, is func() bool) {
	s.t.Helper()
	deadline := time.NewTimer(patient)
	defer deadline.Stop()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for !is() {
		select {
		case <-deadline.C:
			s.t.Fatalf("it never came that %s\n%s", what, s.log)
		case <-look.C:
		}
	}
}

// says is how many messages on a phone hold these words.
func says(p *telegramtest.Person, words string) (n int) {
	for _, m := range p.Messages() {
		if strings.Contains(m.Text, words) {
			n++
		}
	}
	return n
}

// anna is the telephone of the resident.
func (s *serving) anna() *telegramtest.Person {
	p, err := s.person("anna")
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// A listened is a log that a test listens to.
type listened struct {
	mu   sync.Mutex
	all  bytes.Buffer
	ears map[string]chan string
}

// Write implements [io.Writer]. A log writes a line at a time.
func (l *listened) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all.Write(p)
	for words, ear := range l.ears {
		if strings.Contains(string(p), words) {
			ear <- string(p)
			delete(l.ears, words)
		}
	}
	return len(p), nil
}

// waitFor returns the next line that holds these words.
func (l *listened) waitFor(words string) <-chan string {
	l.mu.Lock()
	defer l.mu.Unlock()
	ear := make(chan string, 1)
	if l.ears == nil {
		l.ears = map[string]chan string{}
	}
	l.ears[words] = ear
	return ear
}

func (l *listened) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// What the house took in before it was told to stop is answered or still due,
// and it stops within ten seconds without a fault.
func TestServeDrains(t *testing.T) {
	t.Parallel()

	s := newServing(t)
	s.start()
	s.until("health is green", func() bool { status, _ := s.health(); return status == http.StatusOK })
	// Telegram takes no answer any more, so that what was taken in is surely
	// still to be answered at the stop.
	clear := s.town.telegram.Inject(telegramtest.Fault{Method: "sendMessage", Effect: telegramtest.Hang})
	before := says(s.anna(), "113")
	if err := s.anna().Write("Het is moeilijk"); err != nil {
		t.Fatal(err)
	}
	s.until("the update was taken in", func() bool { return s.town.telegram.Pending() == 0 })
	code, took := s.end()
	if code != exitOK || took > 10*time.Second {
		t.Errorf("serve ended with %d after %v, want %d within 10 s\n%s", code, took, exitOK, s.log)
	}
	clear()
	if says(s.anna(), "113") > before {
		t.Fatal("the answer was there before the stop: this test proves nothing")
	}
	s.start()
	s.until("the answer arrived after all", func() bool { return says(s.anna(), "113") > before })
	if code, _ := s.end(); code != exitOK {
		t.Errorf("serve ended with %d", code)
	}
}

// A port that somebody has already is a fault of the settings.
func TestServePortInUse(t *testing.T) {
	t.Parallel()

	s := newServing(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s.env["HOUVAST_LISTEN"] = l.Addr().String()
	code, out := s.do("serve")
	if code != exitFaults || !strings.Contains(out, "HOUVAST_LISTEN") || !strings.Contains(out, "in use") {
		t.Errorf("got %d: %s", code, out)
	}
	if _, err := os.Stat(fmt.Sprint(s.env["HOUVAST_DB"], "-wal")); err == nil {
		t.Error("the database was not closed")
	}
}
