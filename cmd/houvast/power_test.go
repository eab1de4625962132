package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// powerCuts is how often TestPowerLoss takes the power away. The plain test run
// leaves it out, since it needs strace:
//
//	go test ./cmd/houvast -run TestPowerLoss -v -power=1000
var powerCuts = flag.Int("power", 0, "at how many points TestPowerLoss takes the power away; zero: not at all")

// powerCries is how much residents write while it is recorded: enough for several
// checkpoints of the database.
const powerCries = 240

// TestPowerLoss records every write and flush of the real house, and then
// rebuilds its files as a disk may hold them after the power went at a drawn
// point: what was flushed is there, and of each later write any of its sectors.
// Whatever the house had confirmed to Telegram by then must be in it.
func TestPowerLoss(t *testing.T) {
	if *powerCuts == 0 {
		t.Skip("left out: run it with -power=1000, where strace is installed") // .ci/soak does
	}
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	d := newDrill(t, seed, 4)
	d.unanswered = 8
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	d.start()
	if err := d.settleIn(ctx); err != nil {
		t.Fatal(err)
	}
	d.comeToRest(ctx)
	before, err := os.ReadFile(d.settings.DB)
	if err != nil {
		t.Fatal(err)
	}

	trace := filepath.Join(t.TempDir(), "trace")
	d.before = []string{"strace", "-D", "-f", "-xx", "-s", "131072", "-o", trace,
		"-e", "trace=open,openat,close,write,pwrite64,fsync,fdatasync,ftruncate,unlink,unlinkat"}
	lively, enough := context.WithCancel(ctx)
	defer enough()
	people := make(chan error, 1)
	go func() { people <- d.live(ctx, lively) }()
	d.start()
	err = d.until(ctx, func() bool {
		cries := 0
		for _, r := range d.each {
			cries += r.heard().cards
		}
		return cries >= powerCries
	})
	enough()
	if err = errors.Join(err, <-people); err != nil {
		t.Fatal(err)
	}
	d.comeToRest(ctx)
	d.judge()
	after := inspect(t, d.settings.DB, d.settings.keys)

	acts := readTrace(t, trace, d.settings.DB)
	lost, broken := replay(t, acts, before, d.settings.keys, after.seen, rand.New(rand.NewPCG(seed, 2)))
	t.Logf("%d points of power loss over %d recorded acts of the disk: acknowledged rows lost: %d, corrupt: %d", *powerCuts, len(acts), lost, broken)
	if lost > 0 || broken > 0 {
		t.Fail()
	}
}

// An act is something that happened to the database's files, or to the world.
type act struct {
	what string // "write", "cut" (to a length), "flush", "make", "remove", "flush names", "confirmed"
	file string // its end: "" for the database itself, "-wal"
	at   int64  // offset, or length, or the update below which all were confirmed
	data []byte
}

var (
	callOf      = regexp.MustCompile(`^(\d+)\s+(.*)$`)
	resumedOf   = regexp.MustCompile(`^<\.\.\. \w+ resumed>(.*)$`)
	openedCall  = regexp.MustCompile(`^open(?:at)?\((?:[^,"]*, )?"([^"]*)", ([A-Z_|]+).*\)\s+= (\d+)$`)
	closedCall  = regexp.MustCompile(`^close\((\d+)\)`)
	writtenCall = regexp.MustCompile(`^pwrite64\((\d+), "([^"]*)", (\d+), (\d+)\)\s+= (\d+)$`)
	cutTo       = regexp.MustCompile(`^ftruncate\((\d+), (\d+)\)\s+= 0$`)
	flushedCall = regexp.MustCompile(`^f(?:data)?sync\((\d+)\)\s+= 0$`)
	removedCall = regexp.MustCompile(`^unlink(?:at)?\((?:[^,"]*, )?"([^"]*)".*\)\s+= 0$`)
	toldCall    = regexp.MustCompile(`^write\(\d+, "([^"]*)"`)
	offsetOf    = regexp.MustCompile(`"offset":(\d+)`)
)

// readTrace reads what strace wrote. A call counts where it ended; what is told
// to Telegram counts where it began.
func readTrace(t *testing.T, name, db string) []act {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var acts []act
	names := map[string]string{} // paths by file descriptor
	begun := map[string]string{} // calls by thread
	add := func(fd string, a act) {
		end, ours := strings.CutPrefix(names[fd], db)
		if ours && (end == "" || end == "-wal") {
			a.file = end
			acts = append(acts, a)
		}
	}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		found := callOf.FindStringSubmatch(lines.Text())
		if found == nil {
			t.Fatalf("strace wrote %.100q", lines.Text())
		}
		thread, call := found[1], found[2]
		if m := toldCall.FindStringSubmatch(call); m != nil {
			if n := offsetOf.FindSubmatch(unhex(t, m[1])); n != nil {
				acts = append(acts, act{what: "confirmed", at: number(string(n[1]))})
			}
		}
		if began, ok := strings.CutSuffix(call, " <unfinished ...>"); ok {
			begun[thread] = began
			continue
		}
		if m := resumedOf.FindStringSubmatch(call); m != nil {
			call = begun[thread] + m[1]
		}
		switch {
		case openedCall.MatchString(call):
			m := openedCall.FindStringSubmatch(call)
			path := string(unhex(t, m[1]))
			names[m[3]] = path
			if strings.Contains(m[2], "O_CREAT") {
				add(m[3], act{what: "make"})
			}
		case closedCall.MatchString(call):
			delete(names, closedCall.FindStringSubmatch(call)[1])
		case writtenCall.MatchString(call):
			m := writtenCall.FindStringSubmatch(call)
			data := unhex(t, m[2])
			if m[3] != m[5] || strconv.Itoa(len(data)) != m[3] {
				t.Fatalf("a write was not whole: %.60q", call)
			}
			add(m[1], act{what: "write", at: number(m[4]), data: data})
		case cutTo.MatchString(call):
			m := cutTo.FindStringSubmatch(call)
			add(m[1], act{what: "cut", at: number(m[2])})
		case flushedCall.MatchString(call):
			fd := flushedCall.FindStringSubmatch(call)[1]
			if names[fd] == filepath.Dir(db) {
				acts = append(acts, act{what: "flush names"})
			}
			add(fd, act{what: "flush"})
		case removedCall.MatchString(call):
			if end, ours := strings.CutPrefix(string(unhex(t, removedCall.FindStringSubmatch(call)[1])), db); ours && end == "-wal" {
				acts = append(acts, act{what: "remove", file: end})
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return acts
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
	if err != nil {
		t.Fatalf("strace wrote %.60q: %v", text, err)
	}
	return data
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(err) // the pattern holds digits only
	}
	return n
}

// A platter is one file: what is surely on the disk, and what may be.
type platter struct {
	sure  []byte
	loose []act
	there bool // as the house sees it
	was   bool // whether it was there when names were flushed last
}

// A disk is the database and its log.
type disk map[string]*platter

func (d disk) do(a act) {
	p := d[a.file]
	switch a.what {
	case "make":
		if !p.there {
			*p = platter{there: true, was: p.was}
		}
	case "remove":
		p.there = false
	case "flush names":
		for _, p := range d {
			p.was = p.there
		}
	case "flush":
		for _, l := range p.loose {
			p.sure = l.onto(p.sure)
		}
		p.loose = nil
	case "write", "cut":
		p.loose = append(p.loose, a)
	}
}

// onto does what was written to what is there.
func (a act) onto(to []byte) []byte {
	if a.what == "cut" {
		return to[:min(int64(len(to)), a.at)]
	}
	if end := int(a.at) + len(a.data); len(to) < end {
		to = append(to, make([]byte, end-len(to))...)
	}
	copy(to[a.at:], a.data)
	return to
}

// sector is what a disk writes whole or not at all, in bytes.
const sector = 512

// after is what the disk may hold of p when the power goes now; false: no file.
func (p *platter) after(rng *rand.Rand) ([]byte, bool) {
	if !p.there && !p.was || p.there != p.was && rng.IntN(2) == 0 {
		return nil, false
	}
	held := slices.Clone(p.sure)
	for _, l := range p.loose {
		if l.what == "cut" {
			if rng.IntN(2) == 0 {
				held = l.onto(held)
			}
			continue
		}
		for i := 0; i < len(l.data); {
			end := min(len(l.data), i+sector-int((l.at+int64(i))%sector))
			if rng.IntN(2) == 0 {
				held = act{what: "write", at: l.at + int64(i), data: l.data[i:end]}.onto(held)
			}
			i = end
		}
	}
	return held, true
}

// replay takes the power away at as many points as were asked for, and returns
// after how many of them something confirmed was lost, or the file was broken.
func replay(t *testing.T, acts []act, before []byte, keys [][]byte, seen map[string]bool, rng *rand.Rand) (lost, broken int) {
	t.Helper()
	cuts := map[int]int{}
	for range *powerCuts {
		cuts[1+rng.IntN(len(acts))]++
	}
	d := disk{"": {sure: slices.Clone(before), there: true, was: true}, "-wal": {}}
	confirmed := int64(0)
	folder := t.TempDir()
	var mu sync.Mutex
	var wg sync.WaitGroup
	room := make(chan struct{}, 2)
	for i, a := range acts {
		if a.what == "confirmed" {
			confirmed = max(confirmed, a.at)
		} else {
			d.do(a)
		}
		for n := range cuts[i+1] {
			name := filepath.Join(folder, fmt.Sprint(i, "-", n))
			for end, p := range d {
				if held, there := p.after(rng); there {
					if err := os.WriteFile(name+end, held, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			by := confirmed
			room <- struct{}{}
			wg.Go(func() {
				defer func() { <-room }()
				found, err := look(t.Context(), name, keys)
				if err == nil && len(found.forgotten) > 0 {
					err = errors.New(strings.Join(found.forgotten, "; "))
				}
				gone := 0
				for event := range seen {
					if id, ok := strings.CutPrefix(event, "telegram:"); ok && !strings.Contains(id, ":") && number(id) < by && !found.seen[event] {
						gone++
					}
				}
				for _, end := range []string{"", "-wal", "-shm", ".lock"} {
					if err := os.Remove(name + end); err != nil && !errors.Is(err, syscall.ENOENT) {
						t.Error(err)
					}
				}
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					broken++
					t.Errorf("after act %d: %v", i, err)
				}
				if gone > 0 {
					lost++
					t.Errorf("after act %d: %d updates were confirmed and are gone", i, gone)
				}
			})
		}
	}
	wg.Wait()
	if confirmed == 0 {
		t.Error("nothing was ever confirmed: this tests nothing")
	}
	return lost, broken
}
