package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"houvast/bot"
	"houvast/bot/mattermost/mattermosttest"
	"houvast/bot/telegram/telegramtest"
	"houvast/signals"
)

// TestStories plays every conversation in testdata through the whole house: its
// real doors over HTTP, a real SQLite file, and fakes only where the world
// begins. Every event is handed over twice, which may not show.
//
// The grammar is that of examples/verhaal.chat, and these lines besides:
//
//	town     empty                      nobody lives there yet (else anna does, and joost joined)
//	town     words shared               from now on channels may show words that were shared
//	town     distress to maatje         from now on that kind of signal has that owner
//	town     joost absent               from now on, for a week
//	town     @samira gone               that account in Mattermost is there no more
//	anna     (deletes the account)      in Telegram, which tells the bot nothing
//	anna     (opens the link)           of the newest invitation
//	anna     (opens the link before)    of the one before that
//	anna     (types the code)           of the newest, as people type it
//	@samira  #kanaal 1 "woorden"        below a card
//	server   disk full / disk free / silence 10m
//	server   telegram mute              what is sent arrives, but no answer to it does
//	server   telegram slow              people write as ever, but what is sent must wait
//	server   asleep 62h                 the house is off for so long; the world is not
//	X        (document) NAME TEXT       a file came out, and what is in it
//	X        nothing                    nothing came out at X since the last line that was played
//	X        never TEXT                 TEXT came out at X at no moment of the story so far
//
// Lines that must come out are looked for among everything that came out at that
// place since the last line that was found there, in this order. Of buttons,
// those that are named must be there, in this order. An edited message comes out
// as "(edit) " and what it became, and what came without a sound as "(silent) ".
func TestStories(t *testing.T) {
	t.Parallel()

	paths, err := filepath.Glob("testdata/*.chat")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".chat"), func(t *testing.T) {
			t.Parallel()

			script, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			newStory(t, nil).play(string(script))
		})
	}
}

// A story is one conversation being played.
type story struct {
	t     *testing.T
	town  *town
	desks desks
	full  atomic.Bool // the disk
	out   map[string][]string
	at    map[string]int // how far the expected lines of a place have come
	last  map[string]int // how long out was before the line that is played now
	tg    map[int64]int64
	mm    map[string]string // posts as they were last seen
	priv  map[string]int
	links []string // of invitations, the newest last

	greeted chan struct{} // Mattermost greeted the house
	deaf    func()        // ends the socket to Mattermost; nil: there is none
	left    time.Time     // when that was, by the house's clock
	away    bool          // Mattermost is
	posts   chan string   // events of what professionals wrote, once they are taken
}

// The people of the stories who have a phone.
var phones = map[string]struct {
	chat int64
	name string
}{"anna": {1001, "Anna"}, "joost": {1002, "Joost"}, "bram": {1003, "Bram"}, "els": {1004, "Els"}}

// record lets strangers judge what the house asked of Telegram and what was put
// before it, when .ci/strangers wants to know.
func record(t testing.TB, s *telegramtest.Server) {
	t.Helper()
	if folder := os.Getenv("HOUVAST_TEST_RECORD"); folder != "" {
		if err := s.RecordIn(folder, t.Name()); err != nil {
			t.Error(err)
		}
	}
}

// newStory returns a story in a town of its own; the professionals sit at real,
// unless it is nil.
func newStory(t *testing.T, real *realServer) *story {
	t.Helper()
	at := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC) // a Monday, 8 o'clock in Voorbeeldstad
	s := &story{t: t, out: map[string][]string{}, at: map[string]int{}, last: map[string]int{}, tg: map[int64]int64{}, mm: map[string]string{}, priv: map[string]int{},
		greeted: make(chan struct{}, 1), posts: make(chan string, 100)}
	clock := &movable{base: func() time.Time { return at }}
	faults := slog.NewTextHandler(logWriter{t}, &slog.HandlerOptions{Level: slog.LevelError})
	town, err := newTown(t.TempDir(), clock, slog.New(ear{faults, s.greeted}))
	if err != nil {
		t.Fatal(err)
	}
	town.around = func(next receive) receive { return s.noting(twice(next)) }
	// The stories play in the past; the numbers were checked just before.
	town.source = bytes.ReplaceAll(town.source, []byte("checked: 2026-11-01"), []byte("checked: 2026-03-01"))
	town.crash = func(point string) error {
		if s.full.Load() && point != "open" {
			return errors.New("database or disk is full (13)")
		}
		return nil
	}
	s.town, s.desks = town, ownDesks{town.mattermost}
	t.Cleanup(func() {
		s.hangUp()
		record(t, town.telegram)
		if err := town.close(); err != nil {
			t.Error(err)
		}
	})
	if real != nil {
		s.desks = real.join(t, town)
	}
	if err := s.open(); err != nil {
		t.Fatal(err)
	}
	return s
}

// open builds the house, and connects it to Mattermost when that is there.
func (s *story) open() error {
	if err := s.town.open(s.t.Context()); err != nil {
		return err
	}
	return s.listen()
}

// shut closes the house.
func (s *story) shut() error {
	s.hangUp()
	return s.town.shut()
}

// listen connects the house to Mattermost, as a house does that runs by itself, and
// waits until it is greeted.
func (s *story) listen() error {
	if s.away || s.deaf != nil {
		return nil
	}
	select {
	case <-s.greeted: // of a socket of before
	default:
	}
	ctx, stop := context.WithCancel(s.t.Context())
	ended, door := make(chan struct{}), s.town.house.mattermost
	go func() {
		defer close(ended)
		door.Listen(ctx, s.left)
	}()
	s.deaf = func() { stop(); <-ended }
	select {
	case <-s.greeted:
		return nil
	case <-time.After(patient):
		return errors.New("Mattermost did not greet the house")
	}
}

// hangUp ends the connection, if there is one.
func (s *story) hangUp() {
	if s.deaf != nil {
		s.deaf()
		s.deaf, s.left = nil, s.town.clock.now()
	}
}

// noting notes what professionals wrote, once it was taken.
func (s *story) noting(next receive) receive {
	return func(ctx context.Context, events []bot.Event) ([]bot.Reply, error) {
		replies, err := next(ctx, events)
		for _, e := range events {
			if _, posted := e.What.(bot.Posted); posted && err == nil {
				s.posts <- e.ID
			}
		}
		return replies, err
	}
}

// heard waits until the house took what a professional wrote.
func (s *story) heard(post string) error {
	if s.deaf == nil {
		return nil
	}
	for {
		select {
		case id := <-s.posts:
			if id == "mattermost:"+post {
				return nil
			}
		case <-time.After(patient):
			return errors.New("the house did not hear what was written")
		}
	}
}

// An ear is the log of a story's house: faults are shown, and whoever waits is told
// that Mattermost greeted the house.
type ear struct {
	slog.Handler
	greeted chan<- struct{}
}

func (e ear) Enabled(context.Context, slog.Level) bool { return true }

func (e ear) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "mattermost is connected" {
		select {
		case e.greeted <- struct{}{}:
		default:
		}
	}
	if !e.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return e.Handler.Handle(ctx, r)
}

type logWriter struct{ t *testing.T }

func (w logWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// twice hands everything over two times, as platforms do now and then.
func twice(next receive) receive {
	return func(ctx context.Context, events []bot.Event) ([]bot.Reply, error) {
		replies, err := next(ctx, events)
		if err != nil {
			return replies, err
		}
		if _, err := next(ctx, events); err != nil {
			return replies, fmt.Errorf("the second time: %w", err)
		}
		return replies, nil
	}
}

func (s *story) play(script string) {
	s.t.Helper()
	if !regexp.MustCompile(`(?m)^town\s+empty`).MatchString(script) {
		s.live(s.t, "anna")
		s.live(s.t, "joost")
		s.forget()
	}
	for n, line := range strings.Split(script, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") && !regexp.MustCompile(`^#[a-z]`).MatchString(line) {
			continue
		}
		if err := s.line(line); err != nil {
			s.t.Fatalf("line %d: %s\n%v\n\n%s", n+1, line, err, s.everything())
		}
	}
	s.audit()
}

// audit is what must hold at the end of every story: nothing could not be
// decided, and no signal stands without somebody or something that looks at it.
func (s *story) audit() {
	s.t.Helper()
	dead, err := s.town.house.db.DeadLetters(s.t.Context(), 10)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, d := range dead {
		s.t.Errorf("a dead letter: %s: %s", d.Event, d.Why)
	}
	audit, err := s.town.house.db.Audit(s.t.Context(), s.town.clock.now(), true)
	if err != nil {
		s.t.Fatal(err)
	}
	for flaw, n := range audit.Flaws {
		s.t.Errorf("the auditor found %d times what may never be: %s", n, flaw)
	}
	standing, err := s.town.house.db.Signals(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, sig := range standing {
		if sig.Next.IsZero() {
			s.t.Errorf("signal %d (%s) has no timer", sig.ID, sig.Kind)
		}
	}
}

// live lets somebody in by the very same doors as everybody.
func (s *story) live(t *testing.T, who string) {
	t.Helper()
	lines := []string{
		`@samira /houvast uitnodigen`,
		`@samira dialog Bewoner: name="Anna" wijk="noord" primary="samira" backup="tom" maatje="joost" welcome="Fijn dat je er bent."`,
		`anna (opens the link)`, `anna [Verder]`, `anna [Verder]`, `anna [Verder]`, `anna [Ja]`, `anna [Ja, ik doe mee]`,
		`@samira #signalen-noord 1 [Ja, dat klopt]`, `anna [Liever niet]`,
	}
	if who == "joost" {
		lines = []string{
			`@samira /houvast uitnodigen maatje`, `@samira dialog Maatje: person="joost"`,
			`joost (opens the link)`, `joost [Verder]`, `joost [Verder]`, `joost [Ja, graag]`,
		}
	}
	for _, line := range lines {
		if err := s.line(line); err != nil {
			t.Fatalf("letting %s in: %s: %v\n%s", who, line, err, s.everything())
		}
	}
}

func (s *story) forget() {
	s.collect()
	s.out, s.at, s.last = map[string][]string{}, map[string]int{}, map[string]int{}
}

func (s *story) everything() string {
	var b strings.Builder
	for _, place := range sortedKeys(s.out) {
		for _, line := range s.out[place] {
			fmt.Fprintf(&b, "%-18s %s\n", place, line)
		}
	}
	return b.String()
}

// showWords publishes a network in which the channels of all teams may show so
// much of what residents write.
func (s *story) showWords(allowed string) {
	house := *s.town.house.bot.House()
	network := *house.Network
	network.Teams = maps.Clone(network.Teams)
	for key, team := range network.Teams {
		team.WordsInChannel = allowed
		network.Teams[key] = team
	}
	house.Network = &network
	s.town.house.bot.Move(&house)
}

// give publishes a network in which a kind of signal has another owner.
func (s *story) give(kind signals.Kind, owner string) {
	house := *s.town.house.bot.House()
	network := *house.Network
	network.Rules = maps.Clone(network.Rules)
	rule := network.Rules[kind]
	rule.Owner = owner
	network.Rules[kind] = rule
	house.Network = &network
	s.town.house.bot.Move(&house)
}

// absent publishes a network in which somebody is absent for a week.
func (s *story) absent(who string) {
	house := *s.town.house.bot.House()
	network := *house.Network
	network.People = maps.Clone(network.People)
	p := network.People[who]
	now := s.town.clock.now()
	p.Absent = append(slices.Clone(p.Absent), signals.Absence{From: now, Until: now.AddDate(0, 0, 7), Cover: p.Backup})
	network.People[who] = p
	house.Network = &network
	s.town.house.bot.Move(&house)
}

// leave publishes a network in which somebody's account in Mattermost is none that
// is there.
func (s *story) leave(key string) {
	house := *s.town.house.bot.House()
	network := *house.Network
	network.People = maps.Clone(network.People)
	person := network.People[key]
	person.Mattermost = "uit-dienst"
	network.People[key] = person
	house.Network = &network
	s.town.house.bot.Move(&house)
}

// line plays or expects one line.
func (s *story) line(line string) error {
	who, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch {
	case who == "town":
		if shown, ok := strings.CutPrefix(rest, "words "); ok {
			s.showWords(shown)
		}
		if name, ok := strings.CutSuffix(strings.TrimPrefix(rest, "@"), " gone"); ok {
			s.leave(name)
		}
		if kind, owner, ok := strings.Cut(rest, " to "); ok {
			s.give(signals.Kind(kind), owner)
		}
		if person, ok := strings.CutSuffix(rest, " absent"); ok {
			s.absent(person)
		}
		return nil
	case strings.HasPrefix(who, "bot>"), strings.HasPrefix(who, "#"):
		return s.expect(who, rest)
	}
	for place := range s.out {
		s.last[place] = len(s.out[place])
	}
	var err error
	switch {
	case who == "clock":
		err = s.moveClock(rest)
	case who == "server":
		err = s.server(rest)
	case strings.HasPrefix(who, "@"):
		// Several names: they press before anything that follows is to be seen.
		for _, name := range strings.Split(strings.TrimPrefix(who, "@"), "+") {
			err = errors.Join(err, s.professional(name, rest))
		}
	default:
		p, ok := phones[who]
		if !ok {
			return fmt.Errorf("who is %q?", who)
		}
		err = s.phone(s.town.telegram.Person(p.chat, p.name), rest)
	}
	if err != nil {
		return err
	}
	if s.town.house != nil {
		if err := s.town.settle(s.t.Context()); err != nil && !s.full.Load() {
			return fmt.Errorf("settle: %w", err)
		}
	}
	s.collect()
	return nil
}

var quoted = regexp.MustCompile(`"([^"]*)"`)

func (s *story) phone(p *telegramtest.Person, what string) error {
	words := ""
	if m := quoted.FindStringSubmatch(what); m != nil {
		words = m[1]
	}
	switch {
	case strings.HasPrefix(what, "["):
		label := strings.Trim(what, "[]")
		if strings.Contains(label, "~") {
			for _, m := range slices.Backward(p.Messages()) {
				for _, row := range m.Buttons {
					for _, b := range row {
						if like(label, b.Label) {
							return p.Press(b.Label)
						}
					}
				}
			}
			return fmt.Errorf("no button is like %q", label)
		}
		return p.Press(label)
	case strings.HasPrefix(what, "(old"):
		fields := quoted.FindAllStringSubmatch(what, -1)
		for _, m := range p.Messages() {
			for _, row := range m.Buttons {
				for _, b := range row {
					if b.Label == fields[0][1] {
						return p.PressOld(m.ID, b.Label)
					}
				}
			}
		}
		return p.PressStale(1, fields[0][1], "a:1:1:goed")
	case strings.HasPrefix(what, "(voice"):
		return p.Voice(4, []byte("OggS-stem"))
	case strings.HasPrefix(what, "(photo"):
		return p.Photo(words, []byte("\xff\xd8\xff-foto"))
	case strings.HasPrefix(what, "(sticker"):
		return p.Sticker("🙂")
	case strings.HasPrefix(what, "(forward"):
		return p.Forward(words, "Iemand")
	case strings.HasPrefix(what, "(edit"):
		return p.EditLast(words)
	case what == "(blocks the bot)":
		return p.Block()
	case what == "(deletes the account)":
		p.DeleteAccount()
		return nil
	case what == "(unblocks the bot)":
		return p.Unblock()
	case what == "(opens the link)", what == "(opens the link before)":
		n := len(s.links) - 1
		if what != "(opens the link)" {
			n--
		}
		if n < 0 {
			return errors.New("nobody was invited yet")
		}
		return p.Start(s.links[n])
	case what == "(types the code)":
		if len(s.links) == 0 {
			return errors.New("nobody was invited yet")
		}
		code := strings.ToLower(s.links[len(s.links)-1])
		return p.Write(code[:8] + " " + code[8:16] + "-" + code[16:])
	case strings.HasPrefix(what, "/start"):
		return p.Start(strings.TrimSpace(strings.TrimPrefix(what, "/start")))
	}
	return p.Write(what)
}

func (s *story) moveClock(what string) error {
	to := s.town.clock.now()
	switch {
	case what == "next":
		next, err := s.town.next(s.t.Context())
		if err != nil || next.IsZero() {
			return fmt.Errorf("nothing is due: %w", err)
		}
		to = next
	case strings.HasPrefix(what, "+"):
		if days, ok := strings.CutSuffix(what[1:], "d"); ok {
			n, err := strconv.Atoi(days)
			if err != nil {
				return err
			}
			to = to.In(s.town.network.Zone).AddDate(0, 0, n)
			break
		}
		d, err := time.ParseDuration(what[1:])
		if err != nil {
			return err
		}
		to = to.Add(d)
	default:
		at, err := time.ParseInLocation("2006-01-02 15:04", what, s.town.network.Zone)
		if err != nil {
			return err
		}
		to = at
	}
	return s.town.moveTo(s.t.Context(), to)
}

func (s *story) server(what string) error {
	ctx := s.t.Context()
	words := strings.Fields(what)
	switch strings.Join(words[:min(2, len(words))], " ") {
	case "kill":
		// Everything that was not kept is gone; the fakes are the world and stay.
		if err := s.shut(); err != nil {
			return err
		}
		return s.open()
	case "telegram down":
		s.town.telegram.SetDown(true)
	case "telegram mute":
		// What the bot sends arrives, and the bot never hears that it did.
		s.town.telegram.Inject(telegramtest.Fault{Method: "send*", Effect: telegramtest.DropAfter})
	case "telegram slow":
		s.town.telegram.Inject(telegramtest.Flood("send*", 20, 0))
	case "telegram back":
		s.town.telegram.ClearFaults()
	case "mattermost down":
		s.hangUp()
		s.away = true
		s.desks.Down()
	case "mattermost back":
		return s.mattermostBack()
	case "asleep " + words[min(1, len(words)-1)]:
		// Nothing runs, and then everything is late: no moment is walked.
		d, err := time.ParseDuration(words[1])
		if err != nil {
			return err
		}
		if err := s.shut(); err != nil {
			return err
		}
		s.town.clock.set(s.town.clock.now().Add(d))
		return s.open()
	case "disk full":
		s.full.Store(true)
	case "disk free":
		s.full.Store(false)
	default:
		return fmt.Errorf("the server cannot %q", what)
	}
	if len(words) == 3 {
		d, err := time.ParseDuration(words[2])
		if err != nil {
			return err
		}
		if err := s.town.moveTo(ctx, s.town.clock.now().Add(d)); err != nil {
			return err
		}
		s.town.telegram.SetDown(false)
		return s.mattermostBack()
	}
	return nil
}

func (s *story) mattermostBack() error {
	s.desks.Up()
	s.away = false
	return s.listen()
}

var fieldOf = regexp.MustCompile(`([a-z_]+)="([^"]*)"`)

func (s *story) professional(name, what string) error {
	ctx := s.t.Context()
	screen := s.desks.User(name)
	switch {
	case strings.HasPrefix(what, "/"):
		return screen.Command(ctx, what)
	case strings.HasPrefix(what, "dialog"):
		return s.dialog(name, screen, strings.TrimSpace(strings.TrimPrefix(what, "dialog")))
	case strings.HasPrefix(what, "#"):
		parts := strings.SplitN(what, " ", 3)
		if len(parts) != 3 {
			return fmt.Errorf("which card, and what? %q", what)
		}
		channel := strings.TrimPrefix(parts[0], "#")
		if m := quoted.FindStringSubmatch(parts[2]); m != nil {
			n, err := strconv.Atoi(parts[1])
			if err != nil {
				return err
			}
			posts := s.desks.Posts(channel)
			if n > len(posts) {
				return fmt.Errorf("there is no post %d in %s", n, channel)
			}
			id, err := screen.Reply(posts[n-1].ID, m[1])
			if err != nil {
				return err
			}
			return s.heard(id)
		}
		return screen.Press(ctx, channel, parts[1], strings.Trim(parts[2], "[]"))
	case strings.HasPrefix(what, "direct"):
		label := strings.Trim(strings.TrimSpace(strings.TrimPrefix(what, "direct")), "[]")
		posts := s.desks.Direct(name, "houvast")
		for _, p := range slices.Backward(posts) {
			for _, b := range p.Buttons() {
				if b.Label == label {
					return screen.PressPost(ctx, p.ID, b.ID)
				}
			}
		}
		return fmt.Errorf("no button %q in the direct messages of %s", label, name)
	}
	return fmt.Errorf("@%s cannot %q", name, what)
}

func (s *story) dialog(name string, screen desk, what string) error {
	title, values, _ := strings.Cut(what, ":")
	d, open := screen.Dialog()
	if !open {
		return errors.New("no dialog is open")
	}
	if !strings.HasPrefix(d.Title, strings.TrimSpace(title)) {
		return fmt.Errorf("the dialog that is open is called %q", d.Title)
	}
	answers := map[string]string{}
	for _, m := range fieldOf.FindAllStringSubmatch(values, -1) {
		answers[m[1]] = m[2]
	}
	if len(answers) == 0 {
		if m := quoted.FindStringSubmatch(values); m != nil && len(d.Elements) > 0 {
			answers[d.Elements[0].Name] = m[1]
		}
	}
	wrong, err := screen.Submit(s.t.Context(), answers)
	if err != nil {
		return err
	}
	for _, field := range sortedKeys(wrong) {
		s.put("bot>@"+name, "(wrong "+field+") "+wrong[field])
	}
	return nil
}

func (s *story) put(place, line string) {
	s.out[place] = append(s.out[place], strings.Join(strings.Fields(strings.ReplaceAll(line, "\n", " ")), " "))
}

var startLink = regexp.MustCompile(`start=([A-Z0-9]+)`)

// collect writes down everything that came out since the last time.
func (s *story) collect() {
	for name, phone := range phones {
		p := s.town.telegram.Person(phone.chat, phone.name)
		for _, c := range p.Since(s.tg[phone.chat]) {
			s.tg[phone.chat] = c.Seq
			switch {
			case c.What == "answered" && c.Tap.Text != "":
				s.put("bot>"+name, "(toast) "+c.Tap.Text)
			case c.What == "sent" && c.Message.FromBot && c.Message.Kind == telegramtest.Document:
				content, _ := s.town.telegram.File(c.Message.FileID)
				s.put("bot>"+name, "(document) "+c.Message.FileName+"\n"+string(content))
			case c.What == "sent" && c.Message.FromBot && c.Message.Silent:
				s.put("bot>"+name, "(silent) "+c.Message.String())
			case c.What == "sent" && c.Message.FromBot:
				s.put("bot>"+name, c.Message.String())
			case c.What == "edited" && c.Message.FromBot:
				s.put("bot>"+name, "(edit) "+c.Message.String())
			}
		}
	}
	for _, room := range rooms(s.town.network) {
		for _, p := range s.desks.Posts(room.Channel) {
			s.seePost("#"+room.Channel, p)
		}
	}
	for _, name := range s.town.names() {
		for _, p := range s.desks.Direct(name, "houvast") {
			s.seePost("bot>@"+name, p)
			if m := startLink.FindStringSubmatch(p.String()); m != nil {
				if !slices.Contains(s.links, m[1]) {
					s.links = append(s.links, m[1])
				}
			}
		}
		all := s.desks.Private(name)
		for _, p := range all[s.priv[name]:] {
			s.put("bot>@"+name, p.Text)
		}
		s.priv[name] = len(all)
	}
}

func (s *story) seePost(place string, p mattermosttest.Post) {
	now := p.String()
	if p.Priority != "" {
		now = "(" + p.Priority + ") " + now
	}
	for range p.Files {
		now += " (file)"
	}
	before, known := s.mm[p.ID]
	s.mm[p.ID] = now
	switch {
	case !known:
		s.put(place, now)
	case before != now:
		s.put(place, "(edit) "+now)
	}
}

// expect looks for a line that must have come out.
func (s *story) expect(place, want string) error {
	lines := s.out[place]
	if want == "nothing" {
		if fresh := lines[min(s.last[place], len(lines)):]; len(fresh) > 0 {
			return fmt.Errorf("came out: %q", fresh)
		}
		return nil
	}
	if text, ok := strings.CutPrefix(want, "never "); ok {
		for _, line := range lines {
			if like("~"+text+"~", line) {
				return fmt.Errorf("came out: %q", line)
			}
		}
		return nil
	}
	for i := s.at[place]; i < len(lines); i++ {
		if fits(want, lines[i]) {
			s.at[place] = i + 1
			return nil
		}
	}
	return fmt.Errorf("it did not come out. Since the last line found there:\n  %s", strings.Join(lines[min(s.at[place], len(lines)):], "\n  "))
}

var buttonOf = regexp.MustCompile(`\s*\[([^\]]*)\]`)

// fits compares a line with what must come out: the words, and the buttons that
// are named, in order.
func fits(want, got string) bool {
	want = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(want), "..."))
	var labels []string
	for _, m := range buttonOf.FindAllStringSubmatch(want, -1) {
		labels = append(labels, m[1])
	}
	if text := strings.TrimSpace(buttonOf.ReplaceAllString(want, "")); text != "" && !like(text, strings.TrimSpace(buttonOf.ReplaceAllString(got, ""))) {
		return false
	}
	have := buttonOf.FindAllStringSubmatch(got, -1)
	for _, label := range labels {
		i := slices.IndexFunc(have, func(m []string) bool { return like(label, m[1]) })
		if i < 0 {
			return false
		}
		have = have[i+1:]
	}
	return true
}

// like compares texts; "~" stands for any text.
func like(want, got string) bool {
	parts := strings.Split(want, "~")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	ok, err := regexp.MatchString("^(?s)"+strings.Join(parts, ".*")+"$", got)
	return err == nil && ok
}
