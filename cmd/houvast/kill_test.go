package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"houvast/bot"
	"houvast/bot/mattermost/mattermosttest"
	"houvast/bot/telegram/telegramtest"
	"houvast/sqlite"
)

// kills is how often the house dies in the ordinary test run.
const kills = 20

// TestKill holds promise 9: the real house, killed with SIGKILL at moments that
// are drawn, loses nothing, swaps nothing, and repeats at most the message in
// flight. Residents write and professionals answer meanwhile.
func TestKill(t *testing.T) {
	t.Parallel()

	d := newDrill(t, rand.Uint64(), 4)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // longer: something hangs
	defer cancel()
	lively, enough := context.WithCancel(ctx)
	defer enough()
	people := make(chan error, 1)
	var flying flight
	die := func(times int) {
		for range times {
			d.start()
			if err := d.moment(ctx); err != nil {
				t.Fatal(err)
			}
			d.kill()
			flying.add(d.autopsy())
		}
		d.start()
	}
	// First while everybody comes to live there, then while they live.
	go func() { people <- d.settleIn(ctx) }()
	die(kills / 3)
	if err := <-people; err != nil {
		t.Fatal(err)
	}
	d.kill()
	go func() { people <- d.live(ctx, lively) }()
	die(kills - kills/3 - 1)
	enough()
	if err := <-people; err != nil {
		t.Fatal(err)
	}
	d.comeToRest(ctx)
	sum := d.judge()
	for door, n := range sum.repeats {
		if n > flying[door] {
			t.Errorf("%s: %d messages were repeated, and only %d were in flight when the house died", door, n, flying[door])
		}
	}
	t.Logf("%d kills, in flight at a kill: %v; %d texts of residents, sent: %v, repeated: %v", kills, flying, sum.texts, sum.sent, sum.repeats)
}

// live lets everybody do what people do until lively ends.
func (d *drill) live(ctx, lively context.Context) error {
	return side(d.each, func(r *resident) error {
		err := side([]func() error{
			func() error { return d.write(ctx, lively, r) },
			func() error { return d.answer(ctx, lively, r) },
		}, func(do func() error) error { return do() })
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", r.name, err, r.Transcript())
		}
		return nil
	})
}

// cryText is a text that must never be lost, and that can be told from any other.
func cryText(n int) string { return fmt.Sprintf("ik wil dood %d", n) }

// write sends one cry after the other. Each is answered by the card with the
// numbers and then by a question.
func (d *drill) write(ctx, lively context.Context, r *resident) error {
	for lively.Err() == nil || len(r.wrote) < d.unanswered {
		r.mu.Lock()
		text := cryText(len(r.wrote) + 1)
		r.wrote = append(r.wrote, text)
		wrote := len(r.wrote)
		r.mu.Unlock()
		if err := r.Write(text); err != nil {
			return err
		}
		if err := d.until(ctx, func() bool { return r.heard().cards > wrote-d.unanswered }); err != nil {
			return fmt.Errorf("waiting for an answer to %q: %w", text, err)
		}
	}
	return d.until(ctx, func() bool { h := r.heard(); return h.cards >= len(r.wrote) && h.questions >= len(r.wrote) })
}

// reply is an answer of a professional that can be told from any other.
func reply(n int) string { return fmt.Sprintf("ik ben er, %d", n) }

// answer takes up what a resident cries, answers, and now and then closes it.
func (d *drill) answer(ctx, lively context.Context, r *resident) error {
	for n := 1; lively.Err() == nil || n == 1; n++ {
		card, err := d.card(ctx, lively, r)
		if err != nil || card == "" {
			return err
		}
		if err := d.take(ctx, r, card); err != nil {
			return fmt.Errorf("take up: %w", err)
		}
		err = d.withDialog(ctx, r.contact, "Antwoord", map[string]string{"text": reply(n)}, func(s *mattermosttest.Screen) error {
			return s.PressPost(ctx, card, "Antwoord")
		})
		if err != nil {
			return fmt.Errorf("answer: %w", err)
		}
		r.mu.Lock()
		r.heardOf = append(r.heardOf, reply(n))
		r.mu.Unlock()
		if err := d.until(ctx, func() bool { return r.heard().replies >= n }); err != nil {
			return fmt.Errorf("waiting for %q to arrive: %w", reply(n), err)
		}
		if n%3 != 0 {
			continue
		}
		err = d.withDialog(ctx, r.contact, "Sluit", map[string]string{"reason": "gesproken"}, func(s *mattermosttest.Screen) error {
			return s.PressPost(ctx, card, "Sluit")
		})
		if err != nil {
			return fmt.Errorf("close: %w", err)
		}
		r.closed[card] = true // its buttons may stand there a little longer
	}
	return nil
}

// card waits for a card of a resident in danger that is open, and returns the
// newest; empty if nobody cries any more.
func (d *drill) card(ctx, lively context.Context, r *resident) (id string, err error) {
	open := func() bool {
		for _, p := range slices.Backward(d.mattermost.Posts(r.channel)) {
			if len(p.Cards) > 0 && strings.Contains(p.Cards[0].Title, "Gevaar: "+r.name) && len(p.Buttons()) > 0 && !r.closed[p.ID] {
				id = p.ID
				return true
			}
		}
		return false
	}
	if open() {
		return id, nil
	}
	err = d.until(lively, open)
	if err != nil && ctx.Err() == nil {
		return "", nil
	}
	return id, err
}

// take presses Ik pak dit op while it stands on the card.
func (d *drill) take(ctx context.Context, r *resident, card string) error {
	d.users[r.contact].Lock()
	defer d.users[r.contact].Unlock()
	return d.insist(ctx, func() error {
		p, _ := d.mattermost.Find(card)
		for _, b := range p.Buttons() {
			if b.Label == "Ik pak dit op" {
				return d.mattermost.User(r.contact).PressPost(ctx, card, b.ID)
			}
		}
		return nil
	})
}

// An earful is what a resident has heard so far, repeats apart.
type earful struct {
	seq                       int64 // of the last change that was looked at
	cards, questions, replies int
	repeats                   int
	swapped                   []string // what came in an order in which it was not said
	waited                    []time.Duration
}

// heard looks at a phone: a card answers each cry, a question follows each
// card, and the answers of professionals are numbered. All of these travel in
// the lane of distress, so that one order holds for them.
func (r *resident) heard() earful {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := &r.ears
	for _, c := range r.Since(h.seq) {
		h.seq = c.Seq
		if c.What != "sent" {
			continue
		}
		if !c.Message.FromBot {
			if strings.HasPrefix(c.Message.Text, cryText(0)[:len(cryText(0))-1]) {
				r.cried = append(r.cried, c.At)
			}
			continue
		}
		h.hear(c, r.cried)
	}
	return *h
}

func (h *earful) hear(c telegramtest.Change, cried []time.Time) {
	text := c.Message.Text
	switch {
	case strings.HasPrefix(text, "Goed dat je dit schrijft."):
		if h.cards > h.questions {
			h.repeats++
			return
		}
		if h.cards < len(cried) {
			h.waited = append(h.waited, c.At.Sub(cried[h.cards]))
		}
		h.cards++
	case strings.HasPrefix(text, "Wat helpt jou nu het meest?"):
		if h.questions == h.cards {
			h.repeats++
			return
		}
		h.questions++
	case strings.Contains(text, "ik ben er, "):
		_, number, _ := strings.Cut(text, "ik ben er, ")
		n, _ := strconv.Atoi(strings.TrimRight(number, "”"))
		switch {
		case n == h.replies+1:
			h.replies++
		case n == h.replies && n > 0:
			h.repeats++
		default:
			h.swapped = append(h.swapped, text)
		}
	}
}

// A flight is what was on its way when the house died, by door.
type flight map[string]int

func (f *flight) add(g flight) {
	if *f == nil {
		*f = flight{}
	}
	for door, n := range g {
		(*f)[door] += n
	}
}

// autopsy looks at a copy of the database as the killed house left it, so that
// the next life finds the original untouched. At every moment each signal has
// somebody or something that looks at it. It returns what was on its way.
func (d *drill) autopsy() flight {
	d.t.Helper()
	copied := filepath.Join(d.t.TempDir(), "houvast.db")
	for _, end := range []string{"", "-wal"} {
		if err := copyFile(d.settings.DB+end, copied+end); err != nil {
			if os.IsNotExist(err) {
				return nil // it died before there was anything
			}
			d.t.Fatal(err)
		}
	}
	found := inspect(d.t, copied, d.settings.keys)
	return found.flying
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

// findings are what a database holds.
type findings struct {
	flying    flight             // on its way, by door
	doubts    flight             // attempts that may have arrived without our knowing, by door
	sent      flight             // messages that were sent, by door
	unsent    int                // messages that are still to be sent
	words     map[string][]wrote // by nickname, in the order in which they came in
	seen      map[string]bool    // events
	forgotten []string           // signals without a timer
	swapped   int                // messages of one lane to one place that were sent in another order than they were decided
}

type wrote struct {
	text string
	kind string // of the signal they were given to
}

// inspect opens a database that nobody else has open and reads everything a
// drill wants to know of it. It fails if the file is not sound.
func inspect(t *testing.T, path string, keys [][]byte) findings {
	t.Helper()
	found, err := look(t.Context(), path, keys)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found.forgotten {
		t.Error(f)
	}
	return found
}

// look is inspect for whoever counts faults rather than failing on them.
func look(ctx context.Context, path string, keys [][]byte) (f findings, err error) {
	f = findings{flying: flight{}, doubts: flight{}, sent: flight{}, words: map[string][]wrote{}, seen: map[string]bool{}}
	plain, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return f, err
	}
	defer plain.Close()
	var sound string
	if err := plain.QueryRowContext(ctx, `PRAGMA integrity_check`).Scan(&sound); err != nil || sound != "ok" {
		return f, fmt.Errorf("%s is broken: %s %w", path, sound, err)
	}
	var tables int
	if err := plain.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'outbox'`).Scan(&tables); err != nil || tables == 0 {
		return f, err // it died before the tables were made
	}
	err = scan(ctx, plain, `SELECT door, sum(trying), sum(ambiguous), sum(became = 'sent'), sum(settled = 0) FROM outbox GROUP BY door`, func(to func(...any) error) error {
		var door string
		var trying, ambiguous, sent, unsent int
		err := to(&door, &trying, &ambiguous, &sent, &unsent)
		f.flying[door], f.doubts[door], f.sent[door] = trying, ambiguous, sent
		f.unsent += unsent
		return err
	})
	if err != nil {
		return f, err
	}
	err = scan(ctx, plain, `
		SELECT count(*) FROM (
			SELECT settled, lag(settled) OVER (PARTITION BY place, lane ORDER BY id) AS before
			FROM outbox WHERE became = 'sent')
		WHERE before > settled`, func(to func(...any) error) error { return to(&f.swapped) })
	if err != nil {
		return f, err
	}
	err = scan(ctx, plain, `SELECT event FROM seen`, func(to func(...any) error) error {
		var event string
		err := to(&event)
		f.seen[event] = true
		return err
	})
	if err != nil {
		return f, err
	}
	var ids []int64
	err = scan(ctx, plain, `SELECT id FROM signals ORDER BY id`, func(to func(...any) error) error {
		var id int64
		err := to(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return f, err
	}
	if err := plain.Close(); err != nil {
		return f, err
	}
	return f, f.open(ctx, path, keys, ids)
}

// open reads what is sealed, the way the house does.
func (f *findings) open(ctx context.Context, path string, keys [][]byte, ids []int64) error {
	db, err := sqlite.Open(ctx, sqlite.Options{Path: path, Keys: keys})
	if err != nil {
		return err
	}
	defer db.Close()
	standing, err := db.Signals(ctx)
	if err != nil {
		return err
	}
	for _, s := range standing {
		if s.Next.IsZero() {
			f.forgotten = append(f.forgotten, fmt.Sprintf("signal %d (%s, %s, of %q) has no timer", s.ID, s.Kind, s.State, s.TakenBy))
		}
	}
	byID := map[string]map[int64]wrote{}
	for _, id := range ids {
		// The scene around a signal holds the resident's words about it. An event
		// after which nothing follows shows it.
		look := bot.Event{ID: fmt.Sprint("look:", id), Door: "clock", Signal: id, What: bot.Posted{}}
		_, err := db.Take(ctx, time.Now(), []bot.Event{look}, func(s bot.Scene, _ bot.Event) bot.Turn {
			if s.Resident == nil {
				return bot.Turn{Next: s.Free}
			}
			kinds := map[int64]string{}
			for _, sig := range s.Signals {
				kinds[sig.ID] = string(sig.Kind)
			}
			of := byID[s.Resident.Nickname]
			if of == nil {
				of = map[int64]wrote{}
				byID[s.Resident.Nickname] = of
			}
			for _, w := range s.Words {
				of[w.ID] = wrote{w.Text, kinds[w.Signal]}
			}
			return bot.Turn{Next: s.Free}
		})
		if err != nil {
			return err
		}
	}
	for name, of := range byID {
		for _, id := range slices.Sorted(maps.Keys(of)) {
			f.words[name] = append(f.words[name], of[id])
		}
	}
	return nil
}

func scan(ctx context.Context, db *sql.DB, query string, each func(to func(...any) error) error) error {
	found, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		if err := each(found.Scan); err != nil {
			return err
		}
	}
	return found.Err()
}

// comeToRest stops the house once every message has left it. Whatever is still
// held back by our own pacing is waited for, life by life.
func (d *drill) comeToRest(ctx context.Context) {
	d.t.Helper()
	if err := d.until(ctx, func() bool { return d.telegram.Pending() == 0 && d.at() != nil }); err != nil {
		d.t.Fatalf("Telegram has updates that nobody confirmed: %v", err)
	}
	look, err := sqlite.OpenReading(ctx, sqlite.Options{Path: d.settings.DB, Keys: d.settings.keys})
	if err != nil {
		d.t.Fatal(err)
	}
	defer look.Close()
	tick := time.NewTicker(10 * time.Millisecond) // a database does not say that it changed
	defer tick.Stop()
	for {
		counts, err := look.Counts(ctx, time.Now())
		if err != nil {
			d.t.Fatal(err)
		}
		unsent := 0
		for _, u := range counts.Unsent {
			unsent += u.Messages
		}
		if unsent == 0 {
			break
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			d.t.Fatalf("%d messages were not sent: %v", unsent, ctx.Err())
		}
	}
	d.stop(os.Interrupt)
}

// judge compares what the world saw with what the house remembers, and fails for
// whatever was lost, swapped, or repeated without a doubt about it.
func (d *drill) judge() tally {
	d.t.Helper()
	f := inspect(d.t, d.settings.DB, d.settings.keys)
	sum := tally{sent: f.sent, doubts: f.doubts, swapped: f.swapped, repeats: flight{}}
	if f.unsent > 0 {
		d.t.Errorf("%d messages are still to be sent", f.unsent)
	}
	if f.swapped > 0 {
		d.t.Errorf("%d messages were sent in another order than they were decided", f.swapped)
	}
	for _, r := range d.each {
		h := r.heard()
		sum.texts += len(r.wrote)
		sum.repeats[bot.Telegram] += h.repeats
		sum.swapped += len(h.swapped)
		sum.waited = append(sum.waited, h.waited...)
		for _, s := range h.swapped {
			d.t.Errorf("%s heard out of order: %q", r.name, s)
		}
		if h.cards != len(r.wrote) || h.questions != len(r.wrote) {
			sum.lost += len(r.wrote) - min(h.cards, h.questions)
			d.t.Errorf("%s wrote %d cries and was given %d cards with numbers and %d questions", r.name, len(r.wrote), h.cards, h.questions)
		}
		if h.replies != len(r.heardOf) {
			sum.lost += len(r.heardOf) - h.replies
			d.t.Errorf("%s was answered %d times and heard %d", r.name, len(r.heardOf), h.replies)
		}
		var kept []string
		for _, w := range f.words[r.name] {
			kept = append(kept, w.text)
			if w.kind != "crisis" {
				d.t.Errorf("%q of %s was given to a signal of kind %q", w.text, r.name, w.kind)
			}
		}
		if !slices.Equal(kept, r.wrote) {
			sum.lost += max(0, len(r.wrote)-len(kept))
			d.t.Errorf("%s wrote\n%q\nand the house remembers\n%q", r.name, r.wrote, kept)
		}
	}
	posts := map[string]int{}
	for _, room := range rooms(d.network) {
		for _, p := range d.mattermost.Posts(room.Channel) {
			tag, _ := p.Props["houvast_message"].(string)
			if posts[tag]++; tag != "" && posts[tag] > 1 {
				sum.repeats[bot.Mattermost]++
				d.t.Errorf("a post stands twice in %s:\n%s", room.Channel, p)
			}
		}
	}
	for door, n := range sum.repeats {
		if n > f.doubts[door] {
			d.t.Errorf("%s: %d messages were repeated, and only %d were in doubt", door, n, f.doubts[door])
		}
	}
	return sum
}
