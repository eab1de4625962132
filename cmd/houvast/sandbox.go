package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"houvast/bot"
	"houvast/bot/mattermost/mattermosttest"
	"houvast/bot/telegram/telegramtest"
	"houvast/web"
)

// A sandbox is the town as the page shows it: what is done on the page is done
// in the two fakes, by the hands of the people there, and the house hears it as
// it would hear anybody.
//
//	sandbox.go         what is done
//	sandbox_view.go    what is to be seen
//	sandbox_settle.go  how people came to live there
type sandbox struct {
	town   *town
	phones []phone

	moving sync.Mutex // one walk through time at a time

	mu     sync.Mutex
	broken map[string]bool // by door
	turned chan struct{}   // closed and replaced when the sandbox itself changed something
}

var _ web.Sandbox = (*sandbox)(nil)

// A phone lies on the page from the beginning.
type phone struct {
	id, owner, role string
	chat            int64
}

// newSandbox returns the sandbox of a town whose house is open. Nobody lives in
// it before settleIn.
func newSandbox(t *town) *sandbox {
	return &sandbox{
		town: t,
		phones: []phone{
			{"anna", "Anna", "bewoner", 1001},
			{"joost", "Joost", "maatje", 1002},
			{"bram", "Bram", "nieuw", 1003},
		},
		broken: map[string]bool{},
		turned: make(chan struct{}),
	}
}

// person returns who holds a telephone.
func (s *sandbox) person(id string) (*telegramtest.Person, error) {
	for _, p := range s.phones {
		if p.id == id {
			return s.town.telegram.Person(p.chat, p.owner), nil
		}
	}
	return nil, web.ErrGone
}

// Changes implements [web.Sandbox].
func (s *sandbox) Changes(ctx context.Context) <-chan struct{} {
	changes := make(chan struct{}, 1)
	next := s.next() // asked for before whoever looks on looks first
	go func() {
		for next(ctx) {
			rest := time.NewTimer(changesWithin)
			select {
			case <-ctx.Done():
				rest.Stop()
				return
			case <-rest.C:
			}
			next = s.next() // what changes from here on is told again
			select {
			case changes <- struct{}{}:
			default: // there is one to be told already
			}
		}
	}()
	return changes
}

// changesWithin is how long changes are told as one: a poll that ends and one
// that begins are one change to a person.
const changesWithin = 30 * time.Millisecond

// next returns a function that waits for the first change after now, and reports
// false when ctx ended first.
func (s *sandbox) next() func(context.Context) bool {
	s.mu.Lock()
	turned := s.turned
	s.mu.Unlock()
	telegram, mattermost := s.town.telegram.Changed(), s.town.mattermost.Changed()
	return func(ctx context.Context) bool {
		select {
		case <-ctx.Done():
			return false
		case <-turned:
		case <-telegram:
		case <-mattermost:
		}
		return true
	}
}

// turn tells whoever looks on that the sandbox itself changed something.
func (s *sandbox) turn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.turned)
	s.turned = make(chan struct{})
}

// Write implements [web.Sandbox].
func (s *sandbox) Write(_ context.Context, phone, text string) error {
	p, err := s.person(phone)
	if err != nil {
		return err
	}
	if code, ok := strings.CutPrefix(text, "/start"); ok && (code == "" || code[0] == ' ') {
		if err := p.Start(strings.TrimSpace(code)); err != nil {
			return web.Refusal("Deze link is niet goed.")
		}
		return nil
	}
	if p.Screen().Blocked {
		return blockedRefusal
	}
	return p.Write(text)
}

const (
	blockedRefusal = web.Refusal("De bot is geblokkeerd. Laat hem eerst weer toe.")
	awayRefusal    = web.Refusal("Mattermost is er nu niet. Zet het weer aan bij Storing nadoen.")
)

// Press implements [web.Sandbox].
func (s *sandbox) Press(_ context.Context, phone, message, button string) error {
	p, err := s.person(phone)
	if err != nil {
		return err
	}
	screen := p.Screen()
	if screen.Blocked {
		return blockedRefusal
	}
	for _, m := range screen.Messages {
		if strconv.Itoa(m.ID) != message {
			continue
		}
		for _, b := range slices.Concat(m.Buttons...) {
			if b.Data == button && button != "" {
				return p.PressOld(m.ID, b.Label)
			}
		}
	}
	return web.ErrGone
}

// voiceSeconds is how long the sound of the page lasts.
const voiceSeconds = 3

// Send implements [web.Sandbox].
func (s *sandbox) Send(_ context.Context, phone, kind, caption string, content []byte) error {
	p, err := s.person(phone)
	if err != nil {
		return err
	}
	if p.Screen().Blocked {
		return blockedRefusal
	}
	m := telegramtest.Media{Kind: telegramtest.Photo, Caption: caption, Bytes: content}
	if kind == "voice" {
		m.Kind, m.Seconds = telegramtest.Voice, voiceSeconds
	}
	return p.Send(m)
}

// Edit implements [web.Sandbox].
func (s *sandbox) Edit(_ context.Context, phone, message, text string) error {
	p, err := s.person(phone)
	if err != nil {
		return err
	}
	if p.Screen().Blocked {
		return blockedRefusal
	}
	id, err := strconv.Atoi(message)
	if err != nil || p.Edit(id, text) != nil {
		return web.ErrGone
	}
	return nil
}

// Block implements [web.Sandbox].
func (s *sandbox) Block(_ context.Context, phone string, blocked bool) error {
	p, err := s.person(phone)
	if err != nil || p.Screen().Blocked == blocked {
		return err
	}
	if blocked {
		return p.Block()
	}
	return p.Unblock()
}

// Post implements [web.Sandbox].
func (s *sandbox) Post(_ context.Context, as, channel, root, text string) error {
	screen := s.town.mattermost.User(as)
	var err error
	if root != "" {
		_, err = screen.Reply(root, text)
	} else {
		_, err = screen.Post(channel, text)
	}
	return refusal(err)
}

// Command implements [web.Sandbox].
func (s *sandbox) Command(ctx context.Context, as, channel, text string) error {
	return refusal(s.town.mattermost.User(as).Command(ctx, text, channel))
}

// Act implements [web.Sandbox].
func (s *sandbox) Act(ctx context.Context, as, post, action string) error {
	return refusal(s.town.mattermost.User(as).PressPost(ctx, post, action))
}

// Submit implements [web.Sandbox].
func (s *sandbox) Submit(ctx context.Context, as, channel, dialog string, values map[string]string) (map[string]string, error) {
	screen := s.town.mattermost.User(as)
	open, ok := screen.Dialog()
	if !ok || dialogID(open) != dialog {
		return nil, web.ErrGone
	}
	answers := map[string]string{}
	for _, e := range open.Elements {
		if v, ok := values[e.Name]; ok {
			answers[e.Name] = v
		}
	}
	wrong, err := screen.Submit(ctx, answers, channel)
	for name, said := range wrong {
		// What the screen itself says is English here, as Mattermost's own
		// words follow the language of the person.
		switch {
		case strings.HasPrefix(said, "This field is required"):
			wrong[name] = "Vul dit in."
		case strings.HasPrefix(said, "Maximum input length"):
			wrong[name] = "Dit is te lang."
		case strings.HasPrefix(said, "This is not one of"):
			wrong[name] = "Kies uit de lijst."
		}
	}
	return wrong, refusal(err)
}

// Cancel implements [web.Sandbox].
func (s *sandbox) Cancel(ctx context.Context, as, dialog string) error {
	screen := s.town.mattermost.User(as)
	if open, ok := screen.Dialog(); !ok || dialogID(open) != dialog {
		return nil // it is closed, as was asked
	}
	return refusal(screen.Cancel(ctx))
}

// dialogID names an open dialog: its state differs for each one opened.
func dialogID(d mattermosttest.Dialog) string {
	sum := sha256.Sum256([]byte(d.CallbackID + " " + d.State))
	return hex.EncodeToString(sum[:8])
}

// refusal turns what Mattermost says to a person into Dutch.
func refusal(err error) error {
	var said *mattermosttest.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mattermosttest.ErrNoDialog):
		return web.ErrGone
	case !errors.As(err, &said):
		return err
	case said.ID == "api.command.execute_command.not_found.app_error":
		return web.Refusal("Dit commando is er niet. Probeer /houvast.")
	case said.ID == "api.post.do_action.action_id.app_error" || said.Status == http.StatusNotFound:
		return web.ErrGone
	case said.Status == http.StatusServiceUnavailable:
		return awayRefusal
	case said.Status == http.StatusForbidden:
		return web.Refusal("Dat mag hier niet.")
	}
	return fmt.Errorf("mattermost: %w", err)
}

// Break implements [web.Sandbox].
func (s *sandbox) Break(ctx context.Context, door string, broken bool) error {
	switch door {
	case bot.Telegram:
		s.town.telegram.SetDown(broken)
	case bot.Mattermost:
		if broken {
			s.town.mattermost.Down()
		} else {
			s.town.mattermost.Up()
		}
	default:
		return web.ErrGone
	}
	s.mu.Lock()
	s.broken[door] = broken
	s.mu.Unlock()
	s.turn()
	return nil
}

// Move implements [web.Sandbox]. The house runs by itself meanwhile, so the clock
// is put at each moment at which something is due, and the house is given the
// time to do it.
func (s *sandbox) Move(ctx context.Context, to time.Time) error {
	s.moving.Lock()
	defer s.moving.Unlock()
	defer s.turn()
	t := s.town
	for {
		if err := s.rest(ctx); err != nil {
			return err
		}
		next, err := t.next(ctx)
		if err != nil {
			return err
		}
		if next.IsZero() || next.After(to) {
			break
		}
		if now := t.clock.now(); next.After(now) {
			t.clock.set(next)
		} else {
			t.clock.set(now.Add(time.Second)) // what is due could not be done: time goes on all the same
		}
		s.turn()
	}
	if to.After(t.clock.now()) {
		t.clock.set(to)
	}
	return s.rest(ctx)
}

// The patience of a walk through time with the house that runs by itself.
const (
	restLook = 2 * time.Millisecond   // how often it is asked whether the house is at rest
	restStep = 150 * time.Millisecond // of real time, after which what waits is waiting for the clock
)

// rest waits until the running house has done what is due now. What our own
// pacing holds back for a second is not waited for: the clock goes on for it.
func (s *sandbox) rest(ctx context.Context) error {
	t := s.town
	for waited := time.Duration(0); ; waited += time.Second {
		heard := t.house.telegram.Poll(ctx) == nil
		if err := t.house.clock.Tick(ctx); err != nil {
			return err
		}
		if err := t.house.bot.Watch(ctx); err != nil {
			return err
		}
		if err := t.house.watch.tick(ctx); err != nil {
			return err
		}
		t.house.bot.Poke()
		still, err := s.still(ctx)
		if err != nil {
			return err
		}
		switch {
		case heard && t.telegram.Pending() > 0:
		case still || waited >= patience:
			return nil
		}
		t.clock.set(t.clock.now().Add(time.Second))
	}
}

// still waits a moment, and reports whether no message is due or under way.
func (s *sandbox) still(ctx context.Context) (bool, error) {
	until := time.NewTimer(restStep)
	defer until.Stop()
	look := time.NewTicker(restLook)
	defer look.Stop()
	for {
		now := s.town.clock.now()
		counts, err := s.town.house.db.Counts(ctx, now)
		if err != nil {
			return false, err
		}
		unsent := 0
		for _, u := range counts.Unsent {
			unsent += u.Messages
		}
		if unsent == 0 {
			return true, nil
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-look.C:
		case <-until.C:
			return s.allDelayed(ctx, now)
		}
	}
}

// allDelayed reports whether every message that is not sent yet waits to be
// tried again at a later moment.
func (s *sandbox) allDelayed(ctx context.Context, now time.Time) (bool, error) {
	for _, door := range []string{bot.Telegram, bot.Mattermost} {
		for lane := bot.LaneDistress; lane <= bot.LaneScheduled; lane++ {
			for _, err := range s.town.house.db.Due(ctx, door, lane, now, 1) {
				return false, err
			}
		}
	}
	return true, nil
}

// File implements [web.Sandbox].
func (s *sandbox) File(_ context.Context, id string) (web.File, error) {
	if id, ok := strings.CutPrefix(id, "t-"); ok {
		content, ok := s.town.telegram.File(id)
		if !ok {
			return web.File{}, web.ErrGone
		}
		return opened(content, "", ""), nil
	}
	id = strings.TrimPrefix(id, "m-")
	for _, user := range s.town.names() {
		for _, c := range s.town.mattermost.Channels(user) {
			for _, p := range s.town.mattermost.Posts(c.ID) {
				for _, f := range p.Files {
					if f.ID == id {
						return opened(f.Content, f.Name, f.MimeType), nil
					}
				}
			}
		}
	}
	return web.File{}, web.ErrGone
}

// opened is content as a file. What a browser cannot guess is said: Telegram's
// voice notes are Opus in Ogg.
func opened(content []byte, name, kind string) web.File {
	if kind == "" || kind == "application/octet-stream" {
		kind = http.DetectContentType(content)
	}
	if kind == "application/ogg" {
		kind = "audio/ogg"
	}
	return web.File{Type: kind, Name: name, Content: seekable{bytes.NewReader(content)}}
}

// A seekable is content in memory that needs no closing.
type seekable struct{ io.ReadSeeker }

func (seekable) Close() error { return nil }
