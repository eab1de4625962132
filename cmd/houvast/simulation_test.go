package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"houvast/bot"
	"houvast/bot/mattermost/mattermosttest"
	"houvast/bot/telegram/telegramtest"
	"houvast/content"
	"houvast/scheduler"
	"houvast/signals"
)

var (
	simulationDays  = flag.Int("simulated-days", 3, "how many days TestSimulatedDay plays, each with its own seed")
	simulationHours = flag.Int("simulated-hours", 24, "how long each of them is")
	simulationSeed  = flag.Uint64("simulation-seed", 1, "the seed of the first simulated day")
)

// TestSimulatedDay plays whole days of a town, in seconds: the real house with
// its own goroutines, a real SQLite file and its real doors, in a bubble whose
// clock jumps to whatever is next. People write, press, take up, answer and hand
// over at random; both platforms fail, are slow and lose answers; the disk fills
// up; the house is killed at random moments, also in the middle of a commit.
//
// After everything that anybody does, what may never be is looked for (see
// simulation_check_test.go). A day that fails is played again by its seed:
//
//	go test ./cmd/houvast -run TestSimulatedDay -simulation-seed 17 -simulated-days 1
//
// Goroutines are not scheduled by the seed, so that a rare failure may need a few
// runs to show again.
func TestSimulatedDay(t *testing.T) {
	t.Parallel()

	hours, days := *simulationHours, *simulationDays
	if testing.Short() {
		hours, days = 12, 1
	}
	for i := range days {
		seed := *simulationSeed + uint64(i)
		t.Run(fmt.Sprint("seed-", seed), func(t *testing.T) {
			t.Parallel()
			t.Logf("seed %d", seed)
			began := time.Now()
			var day *simulation
			synctest.Test(t, func(t *testing.T) {
				day = newSimulation(t, seed)
				day.play(time.Duration(hours) * time.Hour)
			})
			t.Logf("seed %d: %d hours in %v: %s", seed, hours, time.Since(began).Round(time.Millisecond), day.told())
		})
	}
}

// simulatedMornings are the days that are worth playing: an ordinary Monday, a
// Friday, a Sunday, both changes of the clock and a holiday.
var simulatedMornings = []string{"2026-11-02", "2026-11-06", "2027-03-28", "2026-11-15", "2026-12-25", "2027-10-31"}

var checkedOn = regexp.MustCompile(`checked: [0-9-]+`)

// A simulation is one day in a town.
type simulation struct {
	t      *testing.T
	rng    *rand.Rand // only the goroutine of the test draws from it
	clock  *movable
	zone   *time.Location
	folder string
	plan   plan

	telegram   *telegramtest.Server
	mattermost *mattermosttest.Server
	telegramAt *mattermosttest.Pipe
	mattermAt  *mattermosttest.Pipe
	callbacks  atomic.Pointer[http.ServeMux]
	endings    []func()
	memory     *sql.DB // the file, seen from outside the house

	life    *life
	movedIn time.Time
	full    atomic.Bool  // the disk
	slow    atomic.Int64 // nanoseconds that Telegram takes for an answer

	people  *people
	checks  *checks
	weather []*squall
	storms  atomic.Int32 // how many there are, for who looks from another goroutine
}

// A life of the house ends when it is killed.
type life struct {
	house *house
	wires *wires
	dead  atomic.Bool
	fuse  atomic.Int64 // at this many points of the store from now it is killed; 0: not
	run   sync.WaitGroup
	end   context.CancelFunc
	born  time.Time
}

func newSimulation(t *testing.T, seed uint64) *simulation {
	s := &simulation{t: t, rng: rand.New(rand.NewPCG(seed, 0xC0FFEE)), folder: t.TempDir()}
	network, err := content.ExampleNetwork()
	must(t, err)
	s.zone = network.Zone
	morning, err := time.ParseInLocation("2006-01-02", simulatedMornings[int(seed)%len(simulatedMornings)], s.zone)
	must(t, err)
	s.clock = &movable{base: time.Now}
	s.clock.set(morning.Add(6 * time.Hour))

	const token = "7000001:gespeelde-dag"
	s.telegram = telegramtest.New(token, s.clock.now)
	s.telegramAt = mattermosttest.NewPipe("telegram.example")
	s.checks = newChecks(s)
	s.serve(s.telegramAt, s.checks.watchTelegram(s.telegram))
	s.endings = append(s.endings, s.telegram.Close)

	back := mattermosttest.NewPipe("houvast.example")
	s.serve(back, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if mux := s.callbacks.Load(); mux != nil {
			mux.ServeHTTP(w, r)
			return
		}
		http.Error(w, "the house is away", http.StatusServiceUnavailable)
	}))
	s.mattermost = mattermosttest.New(s.clock.now, mattermosttest.WithTransport(back.Transport()))
	s.mattermAt = mattermosttest.NewPipe("mattermost.example")
	s.mattermost.Serve(s.mattermAt)
	s.endings = append(s.endings, s.mattermost.Close)
	given, err := s.mattermost.Seed(mattermostTown(network, "http://houvast.example"))
	must(t, err)

	key := filepath.Join(s.folder, "key")
	must(t, makeKey(key))
	keys, err := readKeys(key)
	must(t, err)
	s.plan = plan{
		// The numbers were looked at the day before.
		network: checkedOn.ReplaceAll(content.ExampleNetworkSource(), []byte("checked: "+morning.AddDate(0, 0, -1).Format(time.DateOnly))), now: s.clock.now, log: slog.New(slog.DiscardHandler),
		settings: Settings{
			DB: filepath.Join(s.folder, "houvast.db"), keys: keys,
			TelegramToken: token, TelegramURL: "http://telegram.example",
			MattermostURL: "http://mattermost.example", MattermostToken: Secret(given.BotToken), MattermostTeam: "voorbeeldstad",
			CommandToken: Secret(given.CommandToken), URL: "http://houvast.example", Network: "voorbeeldstad.yaml",
		},
	}
	s.people = newPeople(s, network)
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// serve serves h on a pipe until the day is over.
func (s *simulation) serve(at *mattermosttest.Pipe, h http.Handler) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	go server.Serve(at)
	s.endings = append(s.endings, func() { server.Close() })
}

// play plays the day: something happens, everything that follows from it
// follows, and what may never be is looked for.
func (s *simulation) play(long time.Duration) {
	defer s.close()
	s.open()
	s.people.moveIn()
	var err error
	s.memory, err = sql.Open("sqlite", "file:"+s.plan.settings.DB+"?_pragma=query_only(1)&_pragma=busy_timeout(10000)")
	must(s.t, err)
	s.endings = append(s.endings, func() { s.memory.Close() })
	s.start()

	end := time.Now().Add(long)
	for time.Now().Before(end) && !s.t.Failed() {
		time.Sleep(time.Duration(s.rng.ExpFloat64() * float64(3*time.Minute)))
		s.happen()
		synctest.Wait()
		s.quiet()
	}
	// Everything works again, nobody does anything, and in the end all is well.
	s.clearUp()
	time.Sleep(30 * time.Minute)
	synctest.Wait()
	if s.life.dead.Load() {
		s.bury(0)
		time.Sleep(30 * time.Minute)
		synctest.Wait()
	}
	s.checks.look()
	s.checks.inTheEnd()
}

// quiet looks for what may never be, and buries a house that was killed.
func (s *simulation) quiet() {
	if s.life.dead.Load() {
		s.bury(time.Duration(s.rng.IntN(60)) * time.Second)
		return
	}
	s.checks.look()
}

// happen is one thing, or a few at once.
func (s *simulation) happen() {
	s.clearSkies()
	var did []func()
	for range 1 + s.rng.IntN(3) {
		if s.rng.IntN(12) == 0 {
			s.misfortune()
			continue
		}
		if act := s.people.act(); act != nil {
			did = append(did, act)
		}
	}
	var wg sync.WaitGroup
	for _, act := range did {
		wg.Go(act)
	}
	wg.Wait()
}

// open builds the house on the file that is there.
func (s *simulation) open() {
	l := &life{wires: &wires{open: map[net.Conn]bool{}}, born: time.Now()}
	p := s.plan
	p.telegramDial, p.mattermostDial = l.wires.to(s.telegramAt), l.wires.to(s.mattermAt)
	p.crash = func(point string) error {
		switch {
		case l.dead.Load():
			return errKilled
		case l.fuse.Load() > 0 && l.fuse.Add(-1) == 0:
			l.kill()
			return errKilled
		case s.full.Load() && point == "before commit":
			return errors.New("database or disk is full (13)")
		}
		return nil
	}
	p.around = func(next receive) receive {
		return func(ctx context.Context, events []bot.Event) ([]bot.Reply, error) {
			if s.checks.circle(events) {
				l.kill() // or its bubble would never end
				return nil, errKilled
			}
			return next(ctx, events)
		}
	}
	s.full.Store(false) // the disk too: a house that cannot write does not start
	h, err := build(context.Background(), p)
	must(s.t, err)
	chance := rand.New(rand.NewPCG(s.rng.Uint64(), s.rng.Uint64()))
	var mu sync.Mutex
	h.bot.Chance = func() float64 {
		mu.Lock()
		defer mu.Unlock()
		return chance.Float64()
	}
	for name, door := range h.bot.Doors {
		h.bot.Doors[name] = &watchedDoor{Door: door, name: name, checks: s.checks}
	}
	l.house, s.life = h, l
}

// start lets the house live.
func (s *simulation) start() {
	l := s.life
	ctx, end := context.WithCancel(context.Background())
	l.end = end
	l.run.Go(func() { l.house.run(ctx) })
	s.callbacks.Store(l.house.handler())
}

var errKilled = errors.New("the house was killed")

// kill is the end of a life, at this very moment: nothing is written any more,
// nothing is sent, and no answer is heard.
func (l *life) kill() {
	l.dead.Store(true)
	l.wires.cut()
}

// bury clears away what a killed house leaves in this process, and after a while
// another takes its place.
func (s *simulation) bury(wait time.Duration) {
	s.checks.trouble()
	s.callbacks.Store(nil)
	l := s.life
	l.end()
	l.run.Wait()
	if err := l.house.close(); err != nil {
		s.t.Errorf("close: %v", err)
	}
	time.Sleep(wait)
	s.open()
	s.start()
	s.checks.deaths++
	s.checks.trouble()
}

func (s *simulation) close() {
	s.callbacks.Store(nil)
	if l := s.life; l != nil {
		if l.end != nil {
			l.end()
		}
		l.run.Wait()
		l.wires.cut()
		l.house.close()
	}
	record(s.t, s.telegram)
	for _, end := range s.endings {
		end()
	}
}

// Wires are the connections of one life of the house to the world.
type wires struct {
	mu   sync.Mutex
	open map[net.Conn]bool
	off  bool
}

func (w *wires) to(there *mattermosttest.Pipe) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		w.mu.Lock()
		off := w.off
		w.mu.Unlock()
		if off {
			return nil, errKilled
		}
		c, err := there.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.off {
			c.Close()
			return nil, errKilled
		}
		w.open[c] = true
		return &pipework{Conn: c, of: w}, nil
	}
}

func (w *wires) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.off = true
	for c := range w.open {
		c.Close()
	}
	clear(w.open)
}

// A pipework is forgotten when it is closed.
type pipework struct {
	net.Conn
	of *wires
}

func (w *pipework) Close() error {
	w.of.mu.Lock()
	delete(w.of.open, w.Conn)
	w.of.mu.Unlock()
	return w.Conn.Close()
}

// A squall is something that goes wrong for a while.
type squall struct {
	until time.Time
	lift  func()
}

// misfortune lets something go wrong.
func (s *simulation) misfortune() {
	s.checks.trouble()
	short := time.Duration(5+s.rng.IntN(120)) * time.Second
	long := time.Duration(1+s.rng.IntN(15)) * time.Minute
	last := func(d time.Duration, lift func()) {
		s.weather = append(s.weather, &squall{until: time.Now().Add(d), lift: lift})
		s.storms.Store(int32(len(s.weather)))
	}
	s.checks.misfortunes++
	switch s.rng.IntN(14) {
	case 0, 1:
		s.life.kill()
	case 2, 3, 4:
		s.life.fuse.Store(int64(1 + s.rng.IntN(20)))
	case 5:
		s.telegram.SetDown(true)
		last(long, func() { s.telegram.SetDown(false) })
	case 6:
		s.mattermost.Down()
		last(long, s.mattermost.Up)
	case 7:
		s.mattermost.Restart()
	case 8:
		s.full.Store(true)
		last(short/4, func() { s.full.Store(false) })
	case 9:
		s.slow.Store(int64(time.Duration(s.rng.IntN(4000)) * time.Millisecond))
		last(short, func() { s.slow.Store(0) })
	case 10, 11:
		f := telegramtest.Fault{Method: []string{"send*", "", "edit*", "getUpdates"}[s.rng.IntN(4)], Times: 1 + s.rng.IntN(4)}
		f.Effect = []telegramtest.Effect{telegramtest.Refuse, telegramtest.BadGateway, telegramtest.Hang, telegramtest.Drop, telegramtest.Reset,
			telegramtest.Garbage, telegramtest.DropAfter, telegramtest.HangAfter}[s.rng.IntN(8)]
		f.Code, f.Text = http.StatusInternalServerError, "Internal Server Error"
		if f.Effect == telegramtest.Refuse && s.rng.IntN(2) == 0 {
			f = telegramtest.Flood("send*", 1+s.rng.IntN(20), 2)
		}
		last(short, s.telegram.Inject(f))
	default:
		f := mattermosttest.Fault{Method: []string{"", "POST", "PUT"}[s.rng.IntN(3)], Path: []string{"/posts", ""}[s.rng.IntN(2)], Times: 1 + s.rng.IntN(4)}
		switch s.rng.IntN(6) {
		case 0:
			f.Cut = true
		case 1:
			f.CutAfter = true
		case 2:
			f.Status = http.StatusInternalServerError
		case 3:
			f.Status, f.RetryAfter = http.StatusTooManyRequests, time.Duration(1+s.rng.IntN(10))*time.Second
		case 4:
			f.Hang = true
		case 5:
			f.Wait = time.Duration(1+s.rng.IntN(10)) * time.Second
		}
		last(short, s.mattermost.Inject(f))
	}
}

// clearSkies ends what has gone wrong for long enough.
func (s *simulation) clearSkies() {
	var left []*squall
	for _, w := range s.weather {
		if time.Now().Before(w.until) {
			left = append(left, w)
			continue
		}
		w.lift()
		s.checks.trouble()
	}
	s.weather = left
	s.storms.Store(int32(len(left)))
}

// clearUp ends everything that goes wrong.
func (s *simulation) clearUp() {
	for _, w := range s.weather {
		w.lift()
	}
	s.weather = nil
	s.storms.Store(0)
	s.life.fuse.Store(0)
	s.checks.trouble()
	if s.life.dead.Load() {
		s.bury(time.Second)
	}
}

func (s *simulation) told() string {
	c := s.checks
	return fmt.Sprintf("%d deeds, %d misfortunes, %d deaths, %d signals of danger, %d messages carried out, %d repeats",
		s.people.deeds, c.misfortunes, c.deaths, len(c.danger), c.carried(), c.repeats())
}

// The people of the town, by chat.
type people struct {
	s         *simulation
	network   *signals.Network
	residents []*neighbour
	experts   []*neighbour
	stranger  *telegramtest.Person
	users     []string
	deeds     int
}

// A neighbour has a phone.
type neighbour struct {
	*telegramtest.Person
	name   string
	chat   int64
	id     int64 // of the resident; 0: none
	circle signals.Circle
	rhythm string
	still  bool // never does anything but let the phone ring
	cries  []time.Time
}

func newPeople(s *simulation, n *signals.Network) *people {
	p := &people{s: s, network: n}
	noord := signals.Circle{Wijk: "noord", Primary: "samira", Backups: []string{"tom"}, Maatje: "joost"}
	zuid := signals.Circle{Wijk: "zuid", Primary: "ravi", Backups: []string{"els"}, Maatje: "noor"}
	for i, name := range []string{"Anna", "Bram", "Chris", "Dewi", "Emre", "Fenna"} {
		circle := noord
		if i%2 == 1 {
			circle = zuid
		}
		p.residents = append(p.residents, &neighbour{name: name, chat: int64(1001 + i), circle: circle, rhythm: "0 10 * * *"})
	}
	for i := range 20 {
		p.residents = append(p.residents, &neighbour{name: "Stil" + string(rune('A'+i)), chat: int64(1101 + i), circle: noord, rhythm: []string{"0 10 * * *", "30 2 * * *", "0 19 * * *"}[i%3], still: true})
	}
	for i, key := range []string{"joost", "noor", "samira", "ravi"} {
		p.experts = append(p.experts, &neighbour{name: key, chat: int64(2001 + i), still: i > 1})
	}
	for _, n := range append(append([]*neighbour{}, p.residents...), p.experts...) {
		n.Person = s.telegram.Person(n.chat, n.name)
	}
	p.stranger = s.telegram.Person(9001, "Iemand")
	for _, person := range n.People {
		if person.Mattermost != "" {
			p.users = append(p.users, person.Mattermost)
		}
	}
	return p
}

// moveIn makes everybody known to the house, as if they had come in long ago.
func (p *people) moveIn() {
	s := p.s
	now := s.clock.now()
	s.movedIn = now
	db := s.life.house.db
	let := func(n *neighbour, turn func(s bot.Scene) bot.Turn) {
		must(s.t, n.Start(""))
		e := bot.Event{ID: fmt.Sprint("moved in:", n.chat), Door: bot.Telegram, Chat: fmt.Sprint(n.chat), What: bot.Started{}}
		_, err := db.Take(context.Background(), now, []bot.Event{e}, func(s bot.Scene, _ bot.Event) bot.Turn { return turn(s) })
		must(s.t, err)
	}
	for _, n := range p.experts {
		let(n, func(s bot.Scene) bot.Turn {
			a := *s.Account
			a.Person, a.Yes = n.name, true
			return bot.Turn{Accounts: []bot.Account{a}, Next: s.Free}
		})
	}
	for _, n := range p.residents {
		rhythm, err := scheduler.ParseRhythm(n.rhythm, s.zone)
		must(s.t, err)
		let(n, func(s bot.Scene) bot.Turn {
			a := *s.Account
			n.id, a.Resident = s.Free, s.Free
			next := rhythm.Next(now)
			r := bot.Resident{ID: n.id, Nickname: n.name, Circle: n.circle, Account: a.ID, Stage: bot.StageActive, InvitedBy: n.circle.Primary,
				Consent: &bot.Consent{At: now, Flow: "welkom", Version: 1}, Rhythm: n.rhythm, NextAsk: next, Made: now}
			return bot.Turn{Accounts: []bot.Account{a}, Residents: []bot.Resident{r}, Next: s.Free + 2,
				Timers: []bot.Timer{{ID: s.Free + 1, Key: fmt.Sprint("rhythm:", n.id), Kind: bot.TimerRhythm, Due: next.Add(scheduler.Spread(n.id, 1500)), Resident: n.id}}}
		})
	}
}

// resident returns who has that row.
func (p *people) resident(id int64) *neighbour {
	for _, n := range p.residents {
		if n.id == id {
			return n
		}
	}
	return nil
}
