package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"houvast/bot"
	"houvast/bot/telegram/telegramtest"
	"houvast/scheduler"
	"houvast/signals"
	"houvast/sqlite"
)

// program is the houvast whose start, thrift and weight are measured; .ci/speed
// builds the one that is installed.
var program = flag.String("program", "", "the houvast that BenchmarkSpeed starts; empty: the test binary, which is larger")

// BenchmarkSpeed measures what the house promises about haste and thrift, and
// prints a table with what one flush of this disk took in the same run, since
// nothing that is kept can be faster and disks differ tenfold:
//
//	go test ./cmd/houvast -run '^$' -bench Speed -benchtime 1x
//
// That takes about four minutes; -short takes one, with fewer signals, check-ins
// and residents. A busy machine shows in the 99th percentile and the maximum.
func BenchmarkSpeed(b *testing.B) {
	for b.Loop() {
		residents, checkIns, cries := 100_000, 10_000, 1000
		if testing.Short() {
			residents, checkIns, cries = 10_000, 2_000, 100
		}
		s := &speeds{b: b, flush: flushTime(b)}
		s.haste(checkIns, cries)
		s.process(residents)
		s.fanOut(checkIns)
		s.print()
	}
}

// Speeds are the rows of the table.
type speeds struct {
	b     *testing.B
	flush time.Duration
	rows  [][]string
}

// took adds a row about a time.
func (s *speeds) took(what string, took, goal time.Duration) {
	s.rows = append(s.rows, []string{what, round(took).String(), goal.String(), fmt.Sprintf("%.0f", float64(took)/float64(s.flush)), verdict(took <= goal)})
}

func (s *speeds) counted(what, measured, goal string, ok bool) {
	s.rows = append(s.rows, []string{what, measured, goal, "", verdict(ok)})
}

func verdict(ok bool) string {
	if ok {
		return ""
	}
	return "MISSED"
}

func round(d time.Duration) time.Duration {
	if d > time.Second {
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(10 * time.Microsecond)
}

func (s *speeds) print() {
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nwhat\tmeasured\tgoal\tflushes\t")
	fmt.Fprintf(w, "one flush of this disk, in the middle\t%v\t\t1\t\n", s.flush.Round(time.Microsecond))
	for _, r := range s.rows {
		fmt.Fprintln(w, strings.Join(r, "\t"))
	}
	w.Flush()
	load, _ := os.ReadFile("/proc/loadavg") // where there is none, nothing is said of it
	fmt.Fprintf(&out, "load of the machine: %s\n", bytes.TrimSpace(load))
	os.Stdout.Write(out.Bytes())
}

// flushTime is what one flush of the disk takes, in the middle of 200.
func flushTime(b *testing.B) time.Duration {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "flush"))
	must(b, err)
	defer f.Close()
	var took []time.Duration
	for range 200 {
		began := time.Now()
		_, err := f.Write(make([]byte, 4096))
		must(b, errors.Join(err, f.Sync()))
		took = append(took, time.Since(began))
	}
	return middle(took)
}

func middle(took []time.Duration) time.Duration { return share(took, 0.5) }

// share is the time within which so many of all were done.
func share(took []time.Duration, of float64) time.Duration {
	slices.Sort(took)
	return took[min(len(took)-1, int(float64(len(took))*of))]
}

// aTown is a town on loopback with so many people in its file, whose house does
// not live yet.
func aTown(b *testing.B, clock *movable, n int, queued bool) *town {
	b.Helper()
	t, err := newTown(b.TempDir(), clock, slog.New(slog.DiscardHandler))
	must(b, err)
	b.Cleanup(func() { t.close() })
	t.source = checkedOn.ReplaceAll(t.source, []byte("checked: "+clock.now().Format(time.DateOnly)))
	must(b, os.WriteFile(filepath.Join(t.folder, "netwerk.yaml"), t.source, 0o600))
	db, err := sqlite.Open(b.Context(), sqlite.Options{Path: t.settings.DB, Keys: t.settings.keys})
	must(b, err)
	populate(b, db, clock.now(), n, queued)
	must(b, db.Close())
	return t
}

const firstChat = 100_000

func nickname(i int) string { return fmt.Sprintf("Bewoner%06d", i) }

// populate fills the memory with residents who are asked every week how it goes.
// Queued, their check-in is due now.
func populate(b *testing.B, db *sqlite.DB, now time.Time, n int, queued bool) {
	b.Helper()
	rhythm, err := scheduler.ParseRhythm("0 10 * * 2", time.UTC)
	must(b, err)
	next := rhythm.Next(now.Add(time.Hour))
	const rows = 5
	for from := 0; from < n; from += 50 {
		e := bot.Event{ID: fmt.Sprint("moved in:", from), Door: "clock", What: bot.Gap{}}
		_, err := db.Take(b.Context(), now, []bot.Event{e}, func(s bot.Scene, _ bot.Event) bot.Turn {
			t := bot.Turn{Next: s.Free + 50*rows}
			for i := from; i < min(n, from+50); i++ {
				id := s.Free + int64(i-from)*rows
				chat := fmt.Sprint(firstChat + i)
				t.Accounts = append(t.Accounts, bot.Account{ID: id, Chat: chat, Resident: id + 1})
				t.Residents = append(t.Residents, bot.Resident{ID: id + 1, Nickname: nickname(i), Account: id, Stage: bot.StageActive,
					Circle:    signals.Circle{Wijk: "noord", Primary: "samira", Backups: []string{"tom"}},
					InvitedBy: "samira", Consent: &bot.Consent{At: now, Flow: "welkom", Version: 1}, Rhythm: "0 10 * * 2", NextAsk: next, Made: now})
				t.Timers = append(t.Timers, bot.Timer{ID: id + 2, Key: fmt.Sprint("rhythm:", id+1), Kind: bot.TimerRhythm,
					Due: next.Add(scheduler.Spread(id+1, 1500)), Resident: id + 1})
				if queued {
					t.CheckIns = append(t.CheckIns, bot.CheckIn{ID: id + 3, Resident: id + 1, Planned: now, State: "queued", At: now})
					t.Messages = append(t.Messages, bot.Message{ID: id + 4, To: bot.Address{Door: bot.Telegram, Place: chat}, Lane: bot.LaneScheduled,
						Later: "checkin", Subject: id + 1, CheckIn: id + 3, Due: now, Until: now.Add(2 * time.Hour)})
				}
			}
			return t
		})
		must(b, err)
	}
}

// wake gives everybody a phone whose chat the bot may write in, without the bot
// having to hear of it.
func wake(b *testing.B, t *town, n int) {
	b.Helper()
	for i := range n {
		must(b, t.telegram.Person(int64(firstChat+i), nickname(i)).Write("hoi"))
	}
	r, err := http.Get(t.settings.TelegramURL + "/bot" + string(t.settings.TelegramToken) + "/getUpdates?offset=-1")
	must(b, err)
	must(b, r.Body.Close())
}

var crisisCard = regexp.MustCompile(`Gevaar: (Bewoner\d+)`)

// haste is the time from the moment that Telegram has words of danger to the
// moment that Mattermost has the card, while check-ins flow.
//
// What dominates, by its profile (-cpuprofile): see the report of the run. The
// house commits once on this way, if nothing keeps the card waiting: see [bot.Turn].
func (s *speeds) haste(checkIns, cries int) {
	b := s.b
	t := aTown(b, &movable{base: time.Now}, checkIns, true)
	wake(b, t, checkIns)
	must(b, t.open(b.Context()))
	ctx, end := context.WithCancel(b.Context())
	done := make(chan struct{})
	go func() { defer close(done); t.house.run(ctx) }()
	defer func() { end(); <-done }()
	must(b, t.telegram.Wait(ctx, t.telegram.Polling))

	rng := rand.New(rand.NewPCG(1, 1))
	wrote := map[string]time.Time{}
	began := time.Now()
	next := began
	for i := range cries {
		next = next.Add(time.Duration(rng.ExpFloat64() * float64(time.Second) / 10))
		time.Sleep(time.Until(next))
		name := nickname(i)
		wrote[name] = time.Now()
		must(b, t.telegram.Person(int64(firstChat+i), name).Write("ik wil dood"))
	}
	var took []time.Duration
	for deadline := time.Now().Add(20 * time.Second); len(took) < cries && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		took = took[:0]
		seen := map[string]bool{}
		for _, r := range t.mattermost.Requests() {
			if r.Method != http.MethodPost || r.Path != "/api/v4/posts" {
				continue
			}
			if m := crisisCard.FindSubmatch(r.Body); m != nil && !seen[string(m[1])] {
				seen[string(m[1])] = true
				took = append(took, r.At.Sub(wrote[string(m[1])]))
			}
		}
	}
	if len(took) < cries {
		b.Errorf("%d of %d cards were posted", len(took), cries)
	}
	asked := 0
	for _, r := range t.telegram.Calls("sendMessage") {
		if strings.Contains(r.Params["text"], "check-in") {
			asked++
		}
	}
	s.counted(fmt.Sprintf("check-ins that flowed meanwhile, of %d", checkIns), fmt.Sprintf("%.1f/s", float64(asked)/time.Since(began).Seconds()), "25/s", asked > 0)
	s.took(fmt.Sprintf("distress to Mattermost's POST, %d signals, median", cries), middle(took), 10*time.Millisecond)
	s.took("the same, 99th percentile", share(took, 0.99), 10*time.Millisecond)
	s.took("the same, longest", share(took, 1), 50*time.Millisecond)
	b.ReportMetric(float64(share(took, 0.99).Microseconds()), "p99-µs")
}

// process is the real program with many residents in its file: how soon it
// hears, what it weighs, and what it does while nothing happens.
func (s *speeds) process(residents int) {
	b := s.b
	t := aTown(b, &movable{base: time.Now}, residents, false)
	wake(b, t, 10)
	of := fmt.Sprintf(", %d residents", residents)
	if info, err := os.Stat(t.settings.DB); err == nil {
		s.counted("the file"+of, fmt.Sprintf("%d B each", info.Size()/int64(residents)), "", true)
	}
	gone := func() { must(b, t.telegram.Wait(b.Context(), func() bool { return !t.telegram.Polling() })) }
	quiet := func() bool { return t.telegram.Pending() == 0 && t.telegram.Polling() }
	// The first start makes code for drawing, which later ones find; see deploy.
	var cold, heard, again, answered []time.Duration
	for range 3 {
		began := time.Now()
		child := s.startIn(t, b.TempDir())
		must(b, t.telegram.Wait(b.Context(), t.telegram.Polling))
		cold = append(cold, time.Since(began))
		kill(child)
		gone()
	}
	warm := s.start(t)
	must(b, t.telegram.Wait(b.Context(), t.telegram.Polling))
	kill(warm)
	gone()
	for range 5 {
		began := time.Now()
		child := s.start(t)
		must(b, t.telegram.Wait(b.Context(), t.telegram.Polling))
		heard = append(heard, time.Since(began))

		// A message is on its way when the house is killed.
		calls := func(chat int64) (n int) {
			for _, c := range t.telegram.Calls("sendMessage") {
				if c.Params["chat_id"] == fmt.Sprint(chat) {
					n++
				}
			}
			return n
		}
		clear := t.telegram.Inject(telegramtest.Fault{Method: "sendMessage", Times: 1, Effect: telegramtest.Hang})
		before := calls(firstChat)
		must(b, t.telegram.Person(firstChat, "").Write("/nummers"))
		must(b, t.telegram.Wait(b.Context(), func() bool { return calls(firstChat) > before }))
		kill(child)
		clear()
		gone()
		before = calls(firstChat)
		began = time.Now()
		child = s.start(t)
		must(b, t.telegram.Wait(b.Context(), func() bool { return calls(firstChat) > before }))
		again = append(again, time.Since(began))
		must(b, t.telegram.Wait(b.Context(), quiet)) // or the next start would hear what this one kept
		kill(child)
		gone()

		// Somebody else writes while there is no house.
		must(b, t.telegram.Person(firstChat+1, "").Write("/nummers"))
		before = calls(firstChat + 1)
		began = time.Now()
		child = s.start(t)
		must(b, t.telegram.Wait(b.Context(), func() bool { return calls(firstChat+1) > before }))
		answered = append(answered, time.Since(began))
		must(b, t.telegram.Wait(b.Context(), quiet))
		kill(child)
		gone()
	}
	s.took("start to first poll"+of, middle(heard), 100*time.Millisecond)
	s.took("restart to redelivery"+of, middle(again), 100*time.Millisecond)
	s.took("start to the answer to what waited"+of, middle(answered), 5*time.Second)
	s.counted("the very first start to first poll"+of, round(middle(cold)).String(), "", true)

	child := s.start(t)
	defer kill(child)
	must(b, t.telegram.Wait(b.Context(), t.telegram.Polling))
	time.Sleep(15 * time.Second) // it has looked at itself once, which reads everybody
	idle := func(long time.Duration, what string) {
		before := cpuOf(b, child.Process.Pid)
		time.Sleep(long)
		used := cpuOf(b, child.Process.Pid) - before
		s.counted(what+of, fmt.Sprintf("%.3f %%", 100*float64(used)/float64(long)), "0.1 %", used*1000 <= long)
	}
	idle(10*time.Second, "idle CPU over 10 s")
	if !testing.Short() {
		idle(70*time.Second, "idle CPU over 70 s, with the auditor")
	}
	s.weight(child.Process.Pid, of)
}

// start starts the real program, as the service does: what it makes for later starts
// lies in a folder of its own.
func (s *speeds) start(t *town) *exec.Cmd { return s.startIn(t, t.folder) }

// startIn starts the real program with a folder for what is temporary.
func (s *speeds) startIn(t *town, temporary string) *exec.Cmd {
	self := *program
	if self == "" {
		var err error
		self, err = os.Executable()
		must(s.b, err)
	}
	child := exec.Command(self, "serve")
	child.Env = append(asHouvast(t.settings, t.folder), "TMPDIR="+temporary)
	must(s.b, child.Start())
	return child
}

func kill(child *exec.Cmd) {
	_ = child.Process.Signal(syscall.SIGKILL) // it may have ended by itself
	_ = child.Wait()
}

// cpuOf is how long a process has computed, over all its threads.
func cpuOf(b *testing.B, pid int) time.Duration {
	b.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	must(b, err)
	if len(threads) == 0 {
		b.Fatal("this system does not tell how long a process computed")
	}
	var sum time.Duration
	for _, name := range threads {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // a thread that ended
		}
		var ns int64
		if _, err := fmt.Sscan(string(text), &ns); err == nil {
			sum += time.Duration(ns)
		}
	}
	return sum
}

// weight is how much memory a process holds now, and held at most.
func (s *speeds) weight(pid int, of string) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	must(s.b, err)
	for _, line := range []struct{ key, what string }{{"VmRSS", "memory"}, {"RssAnon", "of which not read from files"}, {"VmHWM", "memory at most"}} {
		for text := range strings.Lines(string(status)) {
			var kb int
			if n, _ := fmt.Sscanf(text, line.key+": %d kB", &kb); n == 1 {
				s.counted(line.what+of, fmt.Sprintf("%.1f MB", float64(kb)/1024), "64 MB", kb <= 64<<10)
			}
		}
	}
}

// fanOut sends everybody's check-in while the clock only moves when nothing can
// be sent: so long it would take, and so often Telegram would say 429.
func (s *speeds) fanOut(checkIns int) {
	b := s.b
	at := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	clock := &movable{base: func() time.Time { return at }}
	t := aTown(b, clock, checkIns, true)
	wake(b, t, checkIns)
	t.telegram.Enforce(telegramtest.PublicLimits())
	clock.set(at.Add(time.Minute)) // the limits are at rest
	must(b, t.open(b.Context()))
	for {
		n, again, err := t.house.bot.Deliver(b.Context())
		must(b, err)
		if n == 0 && again == 0 {
			break
		}
		if n == 0 {
			clock.set(clock.now().Add(again))
		}
	}
	calls := t.telegram.Calls("sendMessage")
	refused := 0
	for _, c := range calls {
		if c.Status == http.StatusTooManyRequests {
			refused++
		}
	}
	took := calls[len(calls)-1].At.Sub(calls[0].At)
	want := time.Duration(float64(checkIns) / 25 * float64(time.Second))
	slack := 100 * (float64(took)/float64(want) - 1)
	s.counted(fmt.Sprintf("fan-out of %d check-ins at 25/s (%d sent)", checkIns, len(calls)), fmt.Sprintf("%v, %+.2f %%", round(took), slack), "2 %", slack <= 2 && len(calls) == checkIns)
	s.counted("429 from a Telegram that enforces 30/s and 1/s a chat", fmt.Sprint(refused), "0", refused == 0)
}
