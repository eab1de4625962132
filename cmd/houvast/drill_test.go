package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"houvast/bot/mattermost/mattermosttest"
	"houvast/bot/telegram/telegramtest"
)

// beHouvast makes the test binary be houvast itself: a drill kills the real
// program, and the test binary holds exactly that.
const beHouvast = "HOUVAST_TEST_BE_HOUVAST"

func TestMain(m *testing.M) {
	if os.Getenv(beHouvast) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// asHouvast is the environment in which the test binary is the houvast of a town.
func asHouvast(s Settings, folder string) []string {
	return []string{
		beHouvast + "=1", "PATH=" + os.Getenv("PATH"),
		"HOUVAST_DB=" + s.DB, "HOUVAST_KEY_FILE=" + filepath.Join(folder, "key"),
		"HOUVAST_TELEGRAM_TOKEN=" + string(s.TelegramToken), "HOUVAST_TELEGRAM_URL=" + s.TelegramURL,
		"HOUVAST_MATTERMOST_URL=" + s.MattermostURL, "HOUVAST_MATTERMOST_TOKEN=" + string(s.MattermostToken),
		"HOUVAST_MATTERMOST_TEAM=" + s.MattermostTeam, "HOUVAST_MATTERMOST_COMMAND_TOKEN=" + string(s.CommandToken),
		"HOUVAST_LISTEN=127.0.0.1:0", "HOUVAST_URL=" + s.URL, "HOUVAST_NETWORK=" + filepath.Join(folder, "netwerk.yaml"),
	}
}

// A drill is the town around a house that is a process of its own, which may be
// killed at any moment. The world stays: who writes while nobody hears waits at
// Telegram, who presses while nobody answers sees an error and presses again.
type drill struct {
	*town
	t          *testing.T
	rng        *rand.Rand // of the one who kills
	before     []string   // words before the command, such as strace
	unanswered int        // how many texts a resident sends at most before one is answered
	busiest    int        // how many changes of the world a life sees at most

	mu      sync.Mutex
	turned  chan struct{} // closed and replaced when a life began or ended
	child   *exec.Cmd
	heard   chan struct{} // closed when the child has said its last
	said    []string      // the last lines the house logged
	address *url.URL      // of the life that is now; nil: none
	lives   int

	people map[string]*resident // by first name
	each   []*resident
	users  map[string]*sync.Mutex // one pair of hands a screen
}

// A resident of a drill writes down what they did, so that it can be looked for.
type resident struct {
	*telegramtest.Person
	name, wijk, channel string
	contact             string // user name of the fixed contact

	mu      sync.Mutex
	wrote   []string // every text that Telegram took, oldest first
	heardOf []string // every answer that a professional sent, oldest first
	cried   []time.Time
	ears    earful
	pressed map[string]bool // data of buttons
	closed  map[string]bool // cards
}

// newDrill makes a town with this many residents to be, over two wijken. The
// house is not started.
func newDrill(t *testing.T, seed uint64, residents int) *drill {
	t.Helper()
	t.Logf("seed %d", seed)
	clock := &movable{base: time.Now}
	town, err := newTown(t.TempDir(), clock, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	d := &drill{
		town: town, t: t, rng: rand.New(rand.NewPCG(seed, 0)), unanswered: 4, busiest: 80, turned: make(chan struct{}),
		people: map[string]*resident{}, users: map[string]*sync.Mutex{},
	}
	t.Cleanup(func() {
		d.kill()
		record(t, town.telegram)
		if err := town.close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("seed %d; the house said last:\n%s", seed, strings.Join(d.said, "\n"))
		}
	})
	// The numbers of the invented town were checked today, whenever today is.
	network := bytes.ReplaceAll(town.source, []byte("checked: 2026-11-01"), []byte("checked: "+time.Now().Format(time.DateOnly)))
	if err := os.WriteFile(filepath.Join(town.folder, "netwerk.yaml"), network, 0o600); err != nil {
		t.Fatal(err)
	}
	callbacks := http.NewServeMux()
	callbacks.Handle("/", &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			if to := d.at(); to != nil {
				r.SetURL(to)
			}
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	})
	town.callbacks.Store(callbacks)
	names := []string{"Anna", "Bilal", "Corrie", "Daan", "Esra", "Femke", "Gijs", "Hana", "Imane", "Jaap", "Karim", "Loes"}
	for i, name := range names[:residents] {
		r := &resident{
			Person: town.telegram.Person(int64(1001+i), name), name: name, wijk: "noord",
			channel: "signalen-noord", contact: "samira", pressed: map[string]bool{}, closed: map[string]bool{},
		}
		if i%2 == 1 {
			r.wijk, r.channel, r.contact = "zuid", "signalen-zuid", "ravi"
		}
		d.people[name] = r
		d.each = append(d.each, r)
	}
	for _, user := range town.names() {
		d.users[user] = &sync.Mutex{}
	}
	return d
}

// at is where the house of this life listens; nil: nowhere.
func (d *drill) at() *url.URL {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.address
}

// turn tells whoever waits that a life began or ended. The lock is held.
func (d *drill) turn() {
	close(d.turned)
	d.turned = make(chan struct{})
}

// changed returns a channel that is closed at the next change of anything in the
// world, and a way to let go of it.
func (d *drill) changed() (change <-chan struct{}, let func()) {
	d.mu.Lock()
	turned := d.turned
	d.mu.Unlock()
	telegram, mattermost := d.telegram.Changed(), d.mattermost.Changed()
	out, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(out)
		select {
		case <-turned:
		case <-telegram:
		case <-mattermost:
		case <-over:
		}
	}()
	return out, sync.OnceFunc(func() { close(over) })
}

// until returns nil as soon as cond holds; it looks again after every change.
func (d *drill) until(ctx context.Context, cond func() bool) error {
	for {
		change, let := d.changed()
		if cond() {
			let()
			return nil
		}
		select {
		case <-change:
			let()
		case <-ctx.Done():
			let()
			return ctx.Err()
		}
	}
}

// insist does what a person does who sees an error: the same again, when
// something may have changed.
func (d *drill) insist(ctx context.Context, do func() error) error {
	for {
		change, let := d.changed()
		err := do()
		if err == nil {
			let()
			return nil
		}
		select {
		case <-change:
			let()
		case <-ctx.Done():
			let()
			return errors.Join(err, ctx.Err())
		}
	}
}

// start begins a life of the house and does not wait until it is ready.
func (d *drill) start() {
	d.t.Helper()
	self, err := os.Executable()
	if err != nil {
		d.t.Fatal(err)
	}
	words := append(slices.Clone(d.before), self, "serve")
	child := exec.Command(words[0], words[1:]...)
	child.Env = asHouvast(d.settings, d.folder)
	log, err := child.StderrPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.mu.Lock()
	d.child, d.heard = child, make(chan struct{})
	d.lives++
	life, heard := d.lives, d.heard
	d.mu.Unlock()
	go func() {
		defer close(heard)
		lines := bufio.NewScanner(log)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			d.listen(life, lines.Text())
		}
	}()
}

// listen takes one line of the house's log.
func (d *drill) listen(life int, line string) {
	var said struct{ Msg, Address string }
	_ = json.Unmarshal([]byte(line), &said) // what is no JSON is kept for a failure
	d.mu.Lock()
	defer d.mu.Unlock()
	d.said = append(d.said[max(0, len(d.said)-60):], fmt.Sprint(life, ": ", line))
	if said.Msg == "houvast serves" && life == d.lives && d.child != nil {
		d.address = &url.URL{Scheme: "http", Host: said.Address}
		d.turn()
	}
}

// kill ends the life that is now, with SIGKILL, and returns when it is over.
func (d *drill) kill() {
	d.mu.Lock()
	child, heard := d.child, d.heard
	d.mu.Unlock()
	if child == nil {
		return
	}
	_ = child.Process.Kill() // it may have ended by itself, which shows in what follows
	<-heard
	_ = child.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.child, d.address = nil, nil
	d.turn()
}

// stop asks the house to stop, waits until it did, and fails if it did so badly.
func (d *drill) stop(stop os.Signal) {
	d.t.Helper()
	d.mu.Lock()
	child, heard := d.child, d.heard
	d.mu.Unlock()
	if err := child.Process.Signal(stop); err != nil {
		d.t.Fatal(err)
	}
	<-heard
	err := child.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.child, d.address = nil, nil
	d.turn()
	if err != nil {
		d.t.Errorf("the house stopped badly: %v", err)
	}
}

// longestLife is how long the house of a drill lives when nothing happens.
const longestLife = 300 * time.Millisecond

// moment lets the house live for a while that is drawn: often until something is
// under way, sometimes so short that it is still starting.
func (d *drill) moment(ctx context.Context) error {
	drawn := time.Duration(d.rng.Int64N(int64(4 * time.Millisecond)))
	if d.rng.IntN(6) == 0 {
		drawn *= 10
	} else if err := d.until(ctx, func() bool { return d.at() != nil }); err != nil {
		return err
	} else if err := d.changes(ctx, 1+d.rng.IntN(d.busiest)); err != nil {
		return err
	}
	// The moment itself is chance; nothing is waited for.
	timer := time.NewTimer(drawn)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// changes waits until the world changed so many times, or for a long life.
func (d *drill) changes(ctx context.Context, n int) error {
	old := time.NewTimer(longestLife)
	defer old.Stop()
	for range n {
		change, let := d.changed()
		select {
		case <-change:
			let()
		case <-old.C:
			let()
			return nil
		case <-ctx.Done():
			let()
			return ctx.Err()
		}
	}
	return nil
}

// settleIn lets everybody come to live in the town, through the same doors as
// anybody, whether the house lives or not.
func (d *drill) settleIn(ctx context.Context) error {
	return side(d.each, func(r *resident) error {
		if err := d.letIn(ctx, r); err != nil {
			return fmt.Errorf("letting %s in: %w\n%s", r.name, err, r.Transcript())
		}
		return nil
	})
}

// side does something for each of many, side by side.
func side[T any](all []T, do func(T) error) error {
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, one := range all {
		wg.Go(func() { errs[i] = do(one) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (d *drill) letIn(ctx context.Context, r *resident) error {
	answers := map[string]string{"name": r.name, "wijk": r.wijk, "primary": r.contact, "backup": "tom", "welcome": "Fijn dat je er bent."}
	if r.wijk == "zuid" {
		answers["backup"] = "els"
	}
	err := d.withDialog(ctx, r.contact, "Bewoner", answers, func(s *mattermosttest.Screen) error {
		return s.Command(ctx, "/houvast uitnodigen", r.channel)
	})
	if err != nil {
		return fmt.Errorf("invite: %w", err)
	}
	code := ""
	err = d.until(ctx, func() bool {
		for _, p := range d.mattermost.Direct(r.contact, "houvast") {
			if found := startLink.FindStringSubmatch(p.String()); found != nil && strings.Contains(p.String(), "voor "+r.name) {
				code = found[1]
			}
		}
		return code != ""
	})
	if err != nil {
		return fmt.Errorf("the code: %w", err)
	}
	if err := r.Start(code); err != nil {
		return err
	}
	for _, button := range []string{"verder", "verder", "verder", "ja", "ja"} {
		if err := d.press(ctx, r, button); err != nil {
			return fmt.Errorf("press %s: %w", button, err)
		}
	}
	if err := d.onCard(ctx, r, "Ja, dat klopt"); err != nil {
		return fmt.Errorf("confirm: %w", err)
	}
	if err := d.press(ctx, r, "niet"); err != nil {
		return fmt.Errorf("choose when: %w", err)
	}
	return nil
}

// press waits for a question with this button that was not answered yet, and
// presses it.
func (d *drill) press(ctx context.Context, r *resident, button string) error {
	return d.until(ctx, func() bool {
		for _, m := range slices.Backward(r.Messages()) {
			for _, b := range slices.Concat(m.Buttons...) {
				if strings.HasSuffix(b.Data, ":"+button) && !r.pressed[b.Data] && r.PressOld(m.ID, b.Label) == nil {
					r.pressed[b.Data] = true
					return true
				}
			}
		}
		return false
	})
}

// onCard presses a button on the newest card of a resident that has it.
func (d *drill) onCard(ctx context.Context, r *resident, button string) error {
	d.users[r.contact].Lock()
	defer d.users[r.contact].Unlock()
	return d.insist(ctx, func() error { return d.mattermost.User(r.contact).Press(ctx, r.channel, r.name, button) })
}

// withDialog does what opens a dialog until one is open, and fills it in.
func (d *drill) withDialog(ctx context.Context, user, title string, answers map[string]string, opens func(*mattermosttest.Screen) error) error {
	d.users[user].Lock()
	defer d.users[user].Unlock()
	screen := d.mattermost.User(user)
	err := d.insist(ctx, func() error {
		if err := opens(screen); err != nil {
			return err
		}
		if open, ok := screen.Dialog(); !ok || !strings.HasPrefix(open.Title, title) {
			return fmt.Errorf("no dialog %q is open", title)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.insist(ctx, func() error {
		wrong, err := screen.Submit(ctx, answers)
		if err == nil && len(wrong) > 0 {
			err = fmt.Errorf("the dialog was not taken: %v", wrong)
		}
		return err
	})
}
