package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"houvast/bot"
	"houvast/bot/mattermost/mattermosttest"
	"houvast/bot/telegram/telegramtest"
	"houvast/content"
	"houvast/scheduler"
	"houvast/signals"
	"houvast/signals/lexicon"
)

// Checks look for what may never be. I1 to I6 are the invariants of a house that
// loses nobody; the promises are those of the design.
//
//	I1  what Telegram was told that we have, is in the file
//	I2  a signal of danger has its card, or a row in the outbox that will bring it
//	I3  a message arrives once, and once more at most for each time that nobody could know
//	I4  a message of the distress lane waits for nothing of ours
//	I5  each moment of a rhythm has one check-in, of which is known what became of it
//	I6  a signal that nobody closed has a timer
//
// Besides: no dead letters, no card twice, nobody's words in a channel or on
// another's phone, nothing of a thread on a phone (promise 7), and no text that
// somebody read or took up before they pressed (promise 3).
type checks struct {
	s     *simulation
	cries []string

	mu       sync.Mutex
	troubled time.Time                 // when something last went wrong
	fetched  map[int64]json.RawMessage // updates that Telegram handed out and were not confirmed yet
	sends    map[int64]*row            // by message
	marks    int
	talk     int
	pressing map[[2]string]time.Time // who first pressed for whom, by user name and resident
	seen     map[int64]int64         // by chat, the last change that was looked at
	danger   map[int64]dangerous
	posted   map[int64]bool // the card of a signal of danger was seen

	instant time.Time // the last moment at which something came in
	atOnce  int       // how much came in at that moment

	looks, misfortunes, deaths int
}

// A row is one message of the outbox, as the doors saw it.
type row struct {
	door     string
	done     int // it arrived
	unknown  int // it may have arrived
	inFlight int
}

type dangerous struct {
	name   string
	kind   signals.Kind
	opened time.Time
}

func newChecks(s *simulation) *checks {
	c := &checks{s: s, sends: map[int64]*row{}, pressing: map[[2]string]time.Time{}, seen: map[int64]int64{}, danger: map[int64]dangerous{}, posted: map[int64]bool{}, fetched: map[int64]json.RawMessage{}, troubled: time.Now()}
	list, err := content.Lexicon()
	must(s.t, err)
	for _, text := range []string{"ik wil dood", "ik denk aan zelfmoord", "iedereen is beter af zonder mij"} {
		if list.Detect(text+" "+"w0001").Level != lexicon.LevelCrisis {
			s.t.Fatalf("%q is no cry", text)
		}
		c.cries = append(c.cries, text)
	}
	return c
}

// mark is a word that nobody else uses: it shows where words go.
func (c *checks) mark() string { c.marks++; return fmt.Sprintf("w%06dw", c.marks) }

// among is such a word for what professionals say to each other.
func (c *checks) among() string { c.talk++; return fmt.Sprintf("onderons%06d", c.talk) }

func (c *checks) crisisText(draw int) string { return c.cries[draw%len(c.cries)] + " " + c.mark() }

// cried notes that somebody sent words of danger, if their phone let them.
func (c *checks) cried(n *neighbour, err error) {
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n.cries = append(n.cries, c.s.clock.now())
}

// pressed notes that somebody pressed something about a resident.
func (c *checks) pressed(who, about string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.s.people.residents {
		if key := [2]string{who, n.name}; strings.Contains(about, n.name) && c.pressing[key].IsZero() {
			c.pressing[key] = c.s.clock.now()
		}
	}
}

// trouble notes that something is not as it should be, so that haste is not
// asked for.
func (c *checks) trouble() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.troubled = time.Now()
}

// calm is how long all must have been well before haste is asked for: the
// longest that a retry or a request that hangs may take.
const calm = 45 * time.Second

func (c *checks) well(since time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.s.storms.Load() == 0 && !c.s.life.dead.Load() && since.Sub(c.troubled) > calm
}

// watchTelegram looks at every poll before Telegram sees it: whatever its offset
// confirms must be in the file (I1).
func (c *checks) watchTelegram(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/getUpdates") {
			if slow := c.s.slow.Load(); slow > 0 {
				time.Sleep(time.Duration(slow))
			}
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		var ask struct{ Offset int64 }
		if json.Unmarshal(body, &ask) == nil {
			c.confirmed(ask.Offset)
		}
		heard := &overheard{ResponseWriter: w}
		next.ServeHTTP(heard, r)
		var given struct {
			Result []json.RawMessage
		}
		if json.Unmarshal(heard.text, &given) == nil {
			c.mu.Lock()
			for _, raw := range given.Result {
				var u struct {
					ID int64 `json:"update_id"`
				}
				if json.Unmarshal(raw, &u) == nil {
					c.fetched[u.ID] = raw
				}
			}
			c.mu.Unlock()
		}
	})
}

type overheard struct {
	http.ResponseWriter
	text []byte
}

func (o *overheard) Write(p []byte) (int, error) {
	o.text = append(o.text, p...)
	return o.ResponseWriter.Write(p)
}

func (o *overheard) Unwrap() http.ResponseWriter { return o.ResponseWriter }

func (c *checks) confirmed(offset int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, raw := range c.fetched {
		if id >= offset {
			continue
		}
		delete(c.fetched, id)
		if c.forgotten(raw) {
			continue
		}
		if c.s.memory != nil && c.number(`SELECT count(*) FROM seen WHERE event = ?`, fmt.Sprint("telegram:", id)) != 1 {
			c.s.t.Errorf("I1: an update was confirmed and is not in the file: %s", raw)
		}
	}
}

// forgotten reports whether an update is a tap that Telegram itself no longer
// keeps: it may have been handed out once, to a house that was killed.
func (c *checks) forgotten(raw json.RawMessage) bool {
	var u struct {
		Tap *struct {
			ID   string
			From struct{ ID int64 }
		} `json:"callback_query"`
	}
	if json.Unmarshal(raw, &u) != nil || u.Tap == nil {
		return false
	}
	for _, tap := range c.s.telegram.Person(u.Tap.From.ID, "").Screen().Taps {
		if tap.ID == u.Tap.ID {
			return c.s.clock.now().Sub(tap.At) >= telegramtest.TapLife
		}
	}
	return false
}

// tooManyAtOnce is how many things may come in at one moment. Whatever goes on and
// on while no time passes never ends.
const tooManyAtOnce = 3000

// circle reports whether the house goes round in a circle.
func (c *checks) circle(events []bot.Event) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); !now.Equal(c.instant) {
		c.instant, c.atOnce = now, 0
	}
	c.atOnce += max(1, len(events))
	if c.atOnce == tooManyAtOnce {
		c.s.t.Errorf("the house goes round in a circle: %+v", events)
	}
	return c.atOnce >= tooManyAtOnce
}

// number asks the file, from outside the house.
func (c *checks) number(query string, args ...any) int {
	var n int
	if err := c.s.memory.QueryRow(query, args...).Scan(&n); err != nil {
		c.s.t.Errorf("%s: %v", query, err)
	}
	return n
}

// A watchedDoor counts what goes out by the real one.
type watchedDoor struct {
	bot.Door
	name   string
	checks *checks
}

// Send counts, and looks whether distress waited (I4).
func (d *watchedDoor) Send(ctx context.Context, m bot.Message) (string, error) {
	c := d.checks
	if waited := c.s.clock.now().Sub(m.Due); m.Lane == bot.LaneDistress && m.Attempts == 0 && waited > time.Second && c.well(time.Now().Add(-waited)) {
		c.s.t.Errorf("I4: message %d of the distress lane waited %v", m.ID, waited)
	}
	c.mu.Lock()
	r := c.sends[m.ID]
	if r == nil {
		r = &row{door: d.name}
		c.sends[m.ID] = r
	}
	r.inFlight++
	c.mu.Unlock()

	remote, err := d.Door.Send(ctx, m)

	c.mu.Lock()
	defer c.mu.Unlock()
	r.inFlight--
	var said *bot.SendError
	switch {
	case err == nil:
		r.done++
	case !errors.As(err, &said) || said.Class == bot.SendUnknown:
		r.unknown++
	case said.Class == bot.SendSlow:
		c.troubled = time.Now().Add(said.After)
	}
	return remote, err
}

func (c *checks) carried() (n int) {
	for _, r := range c.sends {
		n += min(1, r.done)
	}
	return n
}

func (c *checks) repeats() (n int) {
	for _, r := range c.sends {
		n += max(0, r.done-1)
	}
	return n
}

// look is done at every quiet moment.
func (c *checks) look() {
	t := c.s.t
	if n := c.number(`SELECT count(*) FROM signals AS s WHERE state <> 'closed' AND NOT EXISTS (SELECT 1 FROM timers WHERE signal = s.id)`); n > 0 {
		t.Errorf("I6: %d open signals have no timer", n)
	}
	if n := c.number(`SELECT count(*) FROM dead_letters`); n > 0 {
		letters, err := c.s.life.house.db.DeadLetters(context.Background(), 3)
		t.Errorf("%d dead letters: %v %v", n, err, letters)
	}
	c.lookAtSignals()
	c.lookAtSends()
	c.lookAtPhones()
	c.lookAtCheckIns()
	if c.looks++; c.looks%25 == 0 {
		c.lookAtChannels() // nothing that was posted twice goes away by itself
	}
}

// lookAtSignals is I2.
func (c *checks) lookAtSignals() {
	t := c.s.t
	open, err := c.s.life.house.db.Signals(context.Background())
	if err != nil {
		t.Errorf("signals: %v", err)
		return
	}
	for _, s := range open {
		if n := c.s.people.resident(s.Resident); n != nil && (s.Kind == signals.Crisis || s.Kind == signals.Distress) {
			c.danger[s.ID] = dangerous{name: n.name, kind: s.Kind, opened: s.Opened}
		}
	}
	if !slices.ContainsFunc(slices.Collect(maps.Keys(c.danger)), func(id int64) bool { return !c.posted[id] }) {
		return
	}
	cards, raised := c.cards(), map[string]int{}
	for _, d := range c.danger {
		raised[d.title()]++
	}
	waiting := c.number(`SELECT count(*) FROM outbox WHERE lane = 0 AND door = 'mattermost' AND settled = 0`)
	for id, d := range c.danger {
		title := d.title()
		switch n := raised[title]; {
		case cards[title] > n:
			t.Errorf("%q stands in %d cards, of %d signals", title, cards[title], n)
		case cards[title] < n && waiting == 0:
			t.Errorf("I2: %q was raised %d times, stands in %d cards, and nothing waits to be posted", title, n, cards[title])
		case cards[title] < n && c.well(time.Now()):
			t.Errorf("I2: all is well, %q was raised %d times and stands in %d cards", title, n, cards[title])
		case cards[title] == n:
			c.posted[id] = true
		}
	}
}

func (d dangerous) title() string {
	if d.kind == signals.Crisis {
		return "Gevaar: " + d.name
	}
	return "Het is moeilijk: " + d.name
}

// cards counts the cards in all channels, by title without its mark.
func (c *checks) cards() map[string]int {
	posted := map[string]int{}
	for _, p := range c.posts() {
		for _, card := range p.Cards {
			_, title, _ := strings.Cut(card.Title, " ")
			posted[title]++
		}
	}
	return posted
}

func (c *checks) posts() []mattermosttest.Post {
	var all []mattermosttest.Post
	for _, room := range rooms(c.s.people.network) {
		all = append(all, c.s.mattermost.Posts(room.Channel)...)
	}
	return all
}

// lookAtSends is I3.
func (c *checks) lookAtSends() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, r := range c.sends {
		if r.done+r.unknown < 2 || r.inFlight > 0 || r.door != bot.Telegram {
			continue
		}
		ambiguous := c.number(`SELECT coalesce(max(ambiguous), 0) FROM outbox WHERE id = ? AND trying = 0`, id)
		if sent := r.done + r.unknown; c.number(`SELECT count(*) FROM outbox WHERE id = ? AND trying = 0`, id) == 1 && (sent > 1+ambiguous || sent > 4) {
			c.s.t.Errorf("I3: message %d was sent %d times, %d of them in doubt; the file says %d", id, sent, r.unknown, ambiguous)
		}
	}
}

// claims are the sentences by which a resident hears that somebody did something.
var claims = []string{"%s heeft het gelezen", "%s pakt dit op", "%s neemt het over", "%s heeft dit afgerond", "%s heeft geprobeerd je te bereiken",
	"%s schrijft:", "%s over je goede nieuws", "Ik heb het erbij gezet voor %s."}

// lookAtPhones is promise 3, and whose words are where.
func (c *checks) lookAtPhones() {
	t := c.s.t
	for _, n := range c.s.people.residents {
		for _, change := range n.Since(c.seen[n.chat]) {
			c.seen[n.chat] = change.Seq
			if !change.Message.FromBot {
				continue
			}
			text := change.Message.Text
			if strings.Contains(text, "onderons") {
				t.Errorf("promise 7: what professionals say to each other came to %s: %q", n.name, text)
			}
			for key, person := range c.s.people.network.People {
				for _, claim := range claims {
					if !strings.Contains(text, fmt.Sprintf(claim, person.Name)) {
						continue
					}
					if at := c.pressing[[2]string{key, n.name}]; at.IsZero() || change.At.Before(at) {
						t.Errorf("promise 3: %s is told %q, and %s pressed nothing", n.name, text, key)
					}
				}
			}
		}
		if !c.well(time.Now()) || n.Screen().Blocked {
			continue
		}
		for _, at := range n.cries {
			if !slices.ContainsFunc(n.Messages(), func(m telegramtest.Message) bool {
				return m.FromBot && !m.At.Before(at) && strings.Contains(m.Text, "113") && strings.Contains(m.Text, "112")
			}) {
				t.Errorf("promise 2: %s wrote words of danger at %v and has no numbers", n.name, at)
			}
		}
		n.cries = nil
	}
}

// lookAtChannels: no card twice, and no resident's words.
func (c *checks) lookAtChannels() {
	t := c.s.t
	slots, messages := map[string]bool{}, map[string]bool{}
	for _, p := range c.posts() {
		if !p.Bot {
			continue
		}
		for prop, seen := range map[string]map[string]bool{"houvast_slot": slots, "houvast_message": messages} {
			if tag, _ := p.Props[prop].(string); tag != "" {
				if seen[tag] {
					t.Errorf("a post stands there twice: %q", p)
				}
				seen[tag] = true
			}
		}
		for _, word := range strings.Fields(p.String()) {
			if len(word) == 8 && word[0] == 'w' && word[7] == 'w' {
				t.Errorf("promise 7: words of a resident stand in a channel: %q", p)
			}
		}
	}
}

// known is how long after its moment it is known what became of a check-in.
const known = tooLateForCheckIn + 30*time.Minute

// tooLateForCheckIn is how late the house still asks; see the room bot.
const tooLateForCheckIn = 2 * time.Hour

// lookAtCheckIns is I5, as far as it can be seen at any moment.
func (c *checks) lookAtCheckIns() {
	now := c.s.clock.now()
	if n := c.number(`SELECT count(*) FROM checkins WHERE state = 'queued' AND planned < ?`, now.Add(-known).UnixMicro()); n > 0 {
		c.s.t.Errorf("I5: of %d check-ins nobody knows what became of them", n)
	}
}

// inTheEnd is when everything has worked again for a while.
func (c *checks) inTheEnd() {
	t := c.s.t
	if n := c.s.telegram.Pending(); n > 0 {
		t.Errorf("I1: %d updates were never fetched", n)
	}
	c.lookAtChannels()
	now := c.s.clock.now()
	if n := c.number(`SELECT count(*) FROM outbox WHERE lane < 2 AND settled = 0 AND due < ?`, now.Add(-10*time.Minute).UnixMicro()); n > 0 {
		t.Errorf("%d messages were never carried out", n)
	}
	cards := c.cards()
	for id, d := range c.danger {
		if cards[d.title()] == 0 {
			t.Errorf("I2: signal %d (%s) of %v has no card", id, d.title(), d.opened)
		}
	}
	c.rhythms(now)
}

// rhythms is I5 for those who never changed their rhythm.
func (c *checks) rhythms(now time.Time) {
	for _, n := range c.s.people.residents {
		if !n.still {
			continue
		}
		rhythm, err := scheduler.ParseRhythm(n.rhythm, c.s.zone)
		must(c.s.t, err)
		for at := rhythm.Next(c.s.movedIn); !at.IsZero() && at.Before(now.Add(-known)); at = rhythm.Next(at) {
			if rows := c.number(`SELECT count(*) FROM checkins WHERE resident = ? AND planned = ?`, n.id, at.UnixMicro()); rows != 1 {
				c.s.t.Errorf("I5: the check-in of %s at %v has %d rows", n.name, at, rows)
			}
		}
	}
}
