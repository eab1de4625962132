package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"houvast/bot"
	"houvast/bot/mattermost/mattermosttest"
	"houvast/bot/telegram/telegramtest"
	"houvast/signals"
	"houvast/sqlite"
)

// everyCrash makes TestCrashPoints die at every hit of every point. The plain
// test run dies at one in crashStride, beginning at a drawn one.
var everyCrash = flag.Bool("crash", false, "die at every hit of every point of the store")

const crashStride = 40

var errDied = errors.New("the house died")

// TestCrashPoints lets the house die at a named point of the store, at the n-th
// time it comes there, for every point and every n, and open again. Then
// everything must be as in the same story without a death, but for a repeat of
// the message in flight.
func TestCrashPoints(t *testing.T) {
	t.Parallel()

	alive := play(t, "", 0)
	for _, point := range sqlite.Points() {
		hits := alive.hits[point]
		if hits < 20 {
			t.Errorf("the story comes to %q %d times: it tests nothing", point, hits)
		}
		stride, first := crashStride, rand.IntN(min(crashStride, max(1, hits)))
		if *everyCrash {
			stride, first = 1, 0
		}
		t.Logf("%q: %d hits, dying at one in %d from %d", point, hits, stride, first+1)
		for n := first + 1; n <= hits; n += stride {
			t.Run(fmt.Sprint(point, " ", n), func(t *testing.T) {
				t.Parallel()
				play(t, point, n).compare(alive)
			})
		}
	}
}

// A mortal is the town with a house that dies once.
type mortal struct {
	*town
	t     *testing.T
	point string
	nth   int
	anna  *telegramtest.Person

	mu     sync.Mutex
	hits   map[string]int
	deaths int
	dead   bool
	life   context.Context // of the house that is open
	end    context.CancelFunc
	lines  []net.Conn

	phone, channel []string // what stands there at the end
	said           []string // what was sent to the phone, as it was then
}

// play plays the story, with a death at the n-th hit of a point.
func play(t *testing.T, point string, nth int) *mortal {
	t.Helper()
	m := newMortal(t, point, nth)
	m.open()
	for _, s := range m.story() {
		m.do(s)
	}
	m.phone, m.channel = m.onPhone(), m.inChannel()
	for _, c := range m.anna.Since(0) {
		if c.What == "sent" {
			m.said = append(m.said, changing.ReplaceAllString(c.Message.String(), "…"))
		}
	}
	if err := m.shut(); err != nil {
		t.Error(err)
	}
	if point != "" && m.deaths != 1 {
		t.Errorf("the house died %d times", m.deaths)
	}
	found := inspect(t, m.settings.DB, m.settings.keys)
	if found.unsent > 0 || found.swapped > 0 {
		t.Errorf("%d messages are still to be sent, %d were swapped", found.unsent, found.swapped)
	}
	var kept []string
	for _, w := range found.words["Anna"] {
		kept = append(kept, w.text+" ("+w.kind+")")
	}
	if want := []string{"mijn huis is een puinhoop (distress)", "ik wil dood (crisis)"}; !slices.Equal(kept, want) {
		t.Errorf("the house remembers %q, want %q", kept, want)
	}
	return m
}

// newMortal is a town of which the house does not live yet.
func newMortal(t *testing.T, point string, nth int) *mortal {
	t.Helper()
	at := time.Date(2026, 3, 2, 8, 30, 0, 0, time.UTC)
	town, err := newTown(t.TempDir(), &movable{base: func() time.Time { return at }}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	town.source = bytes.ReplaceAll(town.source, []byte("checked: 2026-11-01"), []byte("checked: 2026-03-01"))
	m := &mortal{town: town, t: t, point: point, nth: nth, hits: map[string]int{}, anna: town.telegram.Person(1001, "Anna")}
	t.Cleanup(func() {
		record(t, town.telegram)
		if err := town.close(); err != nil && m.deaths == 0 {
			t.Error(err)
		}
	})
	return m
}

// at is asked at every point. Whoever died there does nothing more: no write is
// kept and no connection carries anything.
func (m *mortal) at(point string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return errDied
	}
	m.hits[point]++
	if point != m.point || m.hits[point] != m.nth {
		return nil
	}
	m.dead = true
	m.deaths++
	m.callbacks.Store(nil)
	for _, line := range m.lines {
		line.Close()
	}
	m.lines = nil
	m.end()
	return errDied
}

func (m *mortal) dial(ctx context.Context, network, address string) (net.Conn, error) {
	line, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return nil, errors.Join(errDied, line.Close())
	}
	m.lines = append(m.lines, line)
	return line, nil
}

// open begins a life, and another one if it died on the way.
func (m *mortal) open() {
	m.t.Helper()
	for range 2 {
		m.mu.Lock()
		m.dead = false
		m.life, m.end = context.WithCancel(m.t.Context())
		life := m.life
		m.mu.Unlock()
		h, err := build(life, plan{settings: m.settings, network: m.source, now: m.clock.now, log: m.log, crash: m.at, telegramDial: m.dial, mattermostDial: m.dial})
		if err != nil {
			if !m.died() {
				m.t.Fatal(err)
			}
			continue
		}
		m.house = h
		m.callbacks.Store(h.handler())
		err = h.learnName(life)
		if err == nil {
			err = m.settle(life)
		}
		if !m.died() {
			if err != nil {
				m.t.Fatal(err)
			}
			return
		}
		m.bury()
	}
	m.t.Fatal("the house does not come back")
}

func (m *mortal) died() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dead
}

// bury lets go of a house that died. What it complains of is that it is dead.
func (m *mortal) bury() { _ = m.shut() }

// A step is what somebody does. Done says whether it was done already, for who
// saw an error and looks before pressing again.
type step struct {
	what string
	act  func() error
	done func() bool
}

func (m *mortal) do(s step) {
	m.t.Helper()
	err := s.act()
	if err != nil && !m.died() {
		m.t.Fatalf("%s: %v\n%s", s.what, err, strings.Join(m.onPhone(), "\n"))
	}
	settled := errDied
	if !m.died() {
		settled = m.settle(m.life)
	}
	if m.died() {
		m.bury()
		m.open()
		if err != nil && (s.done == nil || !s.done()) {
			m.do(s)
		}
		return
	}
	if settled != nil {
		m.t.Fatalf("%s: settle: %v", s.what, settled)
	}
}

// story is a resident from the invitation to the end of a signal.
func (m *mortal) story() []step {
	ctx := m.t.Context()
	samira := m.mattermost.User("samira")
	const channel = "signalen-noord"
	tap := func(button string) step {
		return step{what: "tap " + button, act: func() error {
			last := m.anna.Last()
			for _, b := range slices.Concat(last.Buttons...) {
				if strings.HasSuffix(b.Data, ":"+button) {
					return m.anna.PressOld(last.ID, b.Label)
				}
			}
			return fmt.Errorf("no button %s under %q", button, last.Text)
		}}
	}
	says := func(text string) step {
		return step{what: text, act: func() error { return m.anna.Write(text) }}
	}
	card := func(label string) (mattermosttest.Post, bool) {
		for _, p := range slices.Backward(m.mattermost.Posts(channel)) {
			for _, b := range p.Buttons() {
				if b.Label == label {
					return p, true
				}
			}
		}
		return mattermosttest.Post{}, false
	}
	// A house that cannot keep something says so, to who did it.
	told := func(act func() error) error {
		before := len(m.mattermost.Private("samira"))
		if err := act(); err != nil {
			return err
		}
		for _, p := range m.mattermost.Private("samira")[before:] {
			if strings.Contains(p.Text, "niet gelukt") {
				return errors.New(p.Text)
			}
		}
		return nil
	}
	presses := func(label string) step {
		return step{"press " + label, func() error {
			p, ok := card(label)
			if !ok {
				return fmt.Errorf("no card has %s", label)
			}
			return told(func() error { return samira.PressPost(ctx, p.ID, label) })
		}, func() bool { _, still := card(label); return !still }}
	}
	opens := func(what string, open func() error) step {
		isOpen := func() bool { _, ok := samira.Dialog(); return ok }
		return step{"open " + what, func() error {
			if err := told(open); err != nil {
				return err
			}
			if !isOpen() {
				return errors.New("no dialog is open")
			}
			return nil
		}, isOpen}
	}
	sends := func(answers map[string]string) step {
		return step{what: "send the dialog", act: func() error {
			wrong, err := samira.Submit(ctx, answers)
			if err == nil && len(wrong) > 0 {
				err = fmt.Errorf("not taken: %v", wrong)
			}
			return err
		}}
	}
	return []step{
		opens("the invitation", func() error { return samira.Command(ctx, "/houvast uitnodigen", channel) }),
		sends(map[string]string{"name": "Anna", "wijk": "noord", "primary": "samira", "backup": "tom", "welcome": "Fijn dat je er bent."}),
		{what: "open the link", act: func() error {
			for _, p := range m.mattermost.Direct("samira", "houvast") {
				if found := startLink.FindStringSubmatch(p.String()); found != nil {
					return m.anna.Start(found[1])
				}
			}
			return errors.New("no invitation came")
		}},
		tap("verder"), tap("verder"), tap("verder"), tap("ja"), tap("ja"),
		presses("Ja, dat klopt"), tap("niet"),
		says("Het is moeilijk"), tap("bellen"), says("mijn huis is een puinhoop"), tap("ja"),
		presses("Ik pak dit op"),
		opens("the answer", func() error { p, _ := card("Antwoord"); return samira.PressPost(ctx, p.ID, "Antwoord") }),
		sends(map[string]string{"text": "Ik bel je om elf uur."}),
		says("ik wil dood"), tap("veilig"),
		opens("the end", func() error { p, _ := card("Sluit"); return samira.PressPost(ctx, p.ID, "Sluit") }),
		sends(map[string]string{"reason": "gesproken"}),
	}
}

var changing = regexp.MustCompile(`[0-9]{1,2}\.[0-9]{2} uur|start[= ][A-Z0-9]+`)

// onPhone is what the resident sees at the end.
func (m *mortal) onPhone() []string {
	var seen []string
	for _, message := range m.anna.Messages() {
		seen = append(seen, changing.ReplaceAllString(message.String(), "…"))
	}
	slices.Sort(seen)
	return seen
}

// inChannel is what the team sees at the end.
func (m *mortal) inChannel() []string {
	var seen []string
	for _, p := range m.mattermost.Posts("signalen-noord") {
		seen = append(seen, changing.ReplaceAllString(p.String(), "…"))
	}
	slices.Sort(seen)
	return seen
}

// compare fails for what differs from the story without a death. On the phone
// one message may stand twice: Telegram cannot tell that it has it already.
func (m *mortal) compare(alive *mortal) {
	m.t.Helper()
	if !slices.Equal(m.channel, alive.channel) {
		m.t.Errorf("in the channel stands\n%s\n\nand without a death\n%s", strings.Join(m.channel, "\n--\n"), strings.Join(alive.channel, "\n--\n"))
	}
	left := slices.Clone(m.phone)
	for _, want := range alive.phone {
		i := slices.Index(left, want)
		if i < 0 {
			m.t.Errorf("the phone lacks %q", want)
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	for _, extra := range left {
		if !slices.Contains(alive.said, extra) { // of a question that stands twice, one keeps its buttons
			m.t.Errorf("the phone has %q", extra)
		}
	}
	if len(left) > 1 {
		m.t.Errorf("%d messages were repeated: %q", len(left), left)
	}
}

// A house that dies while everything of Anna goes finishes that when it comes back: of
// what was still to be said about her and to her nothing leaves, though its moment came
// while the house was dead, and nothing of her is left.
func TestAnErasureSurvivesAKill(t *testing.T) {
	t.Parallel()

	m := newMortal(t, "", 0)
	m.open()
	for _, s := range m.story()[:10] { // up to where she takes part
		m.do(s)
	}
	const secret = "geheim van Anna"
	ctx, later := t.Context(), m.clock.now().Add(time.Minute)
	var resident int64
	var lived []bot.Event // enough for many commits
	for n := range 16 {
		lived = append(lived, bot.Event{ID: fmt.Sprint("lived:", n), Door: bot.Telegram, Chat: "1001", What: bot.Posted{}})
	}
	_, err := m.house.db.Take(ctx, m.clock.now(), lived, func(s bot.Scene, _ bot.Event) bot.Turn {
		next := s.Free
		id := func() int64 { next++; return next - 1 }
		resident = s.Resident.ID
		var turn bot.Turn
		for range 25 {
			g := bot.Signal{ID: id(), Resident: resident, State: bot.Closed, Kind: signals.ContactWish, Opened: s.Now, Channel: "signalen-noord"}
			turn.Signals = append(turn.Signals, g)
			turn.Words = append(turn.Words, bot.Word{ID: id(), Resident: resident, Signal: g.ID, At: s.Now, Text: secret})
			turn.Messages = append(turn.Messages,
				bot.Message{ID: id(), To: bot.Address{Door: bot.Mattermost, Place: g.Channel}, Lane: bot.LaneAnswer, Subject: g.ID, Due: later, Body: bot.Body{Text: secret}},
				bot.Message{ID: id(), To: bot.Address{Door: bot.Telegram, Place: "1001"}, Lane: bot.LaneAnswer, Due: later, Body: bot.Body{Text: secret}})
			turn.Timers = append(turn.Timers, bot.Timer{ID: id(), Key: fmt.Sprint("signal:", g.ID), Kind: bot.TimerSignal, Signal: g.ID, Resident: resident, Due: later})
		}
		turn.Next = next
		return turn
	})
	if err != nil {
		t.Fatal(err)
	}
	press := func(button string) {
		t.Helper()
		last := m.anna.Last()
		for _, b := range slices.Concat(last.Buttons...) {
			if strings.HasSuffix(b.Data, ":"+button) {
				if err := m.anna.PressOld(last.ID, b.Label); err != nil {
					t.Fatal(err)
				}
				return
			}
		}
		t.Fatalf("no button %s under %q", button, last.Text)
	}
	m.do(step{what: "wis alles", act: func() error { return m.anna.Write("wis alles") }})
	m.do(step{what: "wissen", act: func() error { press("wissen"); return nil }})
	m.mu.Lock()
	m.point, m.nth = "begin", m.hits["begin"]+2 // the commit after the one in which it begins
	m.mu.Unlock()
	press("ja")
	_ = m.settle(m.life) // it dies meanwhile
	if !m.died() {
		t.Fatal("the house lives")
	}
	m.bury()
	left := func() map[string]int {
		t.Helper()
		file, err := sql.Open("sqlite", "file:"+m.settings.DB+"?_pragma=busy_timeout(10000)")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		found := map[string]int{}
		for _, table := range []string{"residents WHERE id = ?", "erasures WHERE resident = ?", "words WHERE resident = ?", "signals WHERE resident = ?", "timers WHERE resident = ?"} {
			var n int
			if err := file.QueryRowContext(ctx, `SELECT count(*) FROM `+table, resident).Scan(&n); err != nil {
				t.Fatal(err)
			}
			if n > 0 {
				found[table] = n
			}
		}
		return found
	}
	if l := left(); l["residents WHERE id = ?"] != 0 || l["erasures WHERE resident = ?"] != 1 || l["words WHERE resident = ?"] == 0 {
		t.Fatalf("when the house died there was %v: no erasure was under way", l)
	}
	m.clock.set(later.Add(time.Minute)) // all that was still to be said is due
	m.open()
	patience, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond) // a database does not say that it changed
	defer tick.Stop()
	for len(left()) > 0 {
		select {
		case <-tick.C:
		case <-patience.Done():
			t.Fatalf("left is %v", left())
		}
	}
	if err := m.moveTo(ctx, later.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	seen := strings.Join(append(m.onPhone(), m.inChannel()...), "\n")
	if strings.Contains(seen, secret) {
		t.Errorf("about her was said\n%s", seen)
	}
	for _, want := range []string{"Alles is gewist.", "Anna heeft alles laten wissen"} {
		if n := strings.Count(seen, want); n != 1 {
			t.Errorf("%q was said %d times:\n%s", want, n, seen)
		}
	}
	if err := m.shut(); err != nil {
		t.Error(err)
	}
	if found := inspect(t, m.settings.DB, m.settings.keys); found.unsent > 0 {
		t.Errorf("%d messages are still to be sent", found.unsent)
	}
}
