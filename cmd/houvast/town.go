package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"houvast/bot"
	"houvast/bot/mattermost/mattermosttest"
	"houvast/bot/telegram/telegramtest"
	"houvast/content"
	"houvast/signals"
)

// A town is an invented one to play and to test in: the real house, with its
// real doors and a real SQLite file, against a Telegram and a Mattermost that
// only seem to be there. Everything talks HTTP over loopback.
type town struct {
	folder  string
	log     *slog.Logger
	clock   *movable
	network *signals.Network
	source  []byte
	crash   func(point string) error
	around  func(receive) receive

	telegram   *telegramtest.Server
	mattermost *mattermosttest.Server
	settings   Settings

	callbacks atomic.Pointer[http.ServeMux] // of the house that lives now
	servers   []*http.Server
	house     *house
}

// A movable is a clock that the sandbox and the stories move.
type movable struct {
	mu    sync.Mutex
	ahead time.Duration    // of base
	base  func() time.Time // frozen, or the time of the world
}

func (m *movable) now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.base().Add(m.ahead)
}

func (m *movable) set(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ahead = t.Sub(m.base())
}

// newTown makes the town and its two fakes, and not yet a house.
func newTown(folder string, clock *movable, log *slog.Logger) (*town, error) {
	t := &town{folder: folder, clock: clock, log: log}
	var err error
	if t.network, err = content.ExampleNetwork(); err != nil {
		return nil, err
	}
	t.source = content.ExampleNetworkSource()
	keyFile := filepath.Join(folder, "key")
	if err := makeKey(keyFile); err != nil {
		return nil, err
	}
	keys, err := readKeys(keyFile)
	if err != nil {
		return nil, err
	}

	const token = "7000001:verzonnen-stad"
	t.telegram = telegramtest.New(token, clock.now)
	telegramURL, err := t.serve(t.telegram)
	if err != nil {
		return nil, err
	}
	callbackURL, err := t.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if mux := t.callbacks.Load(); mux != nil {
			mux.ServeHTTP(w, r)
			return
		}
		http.Error(w, "the house is away", http.StatusServiceUnavailable)
	}))
	if err != nil {
		return nil, err
	}
	t.mattermost = mattermosttest.New(clock.now)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	t.mattermost.Serve(listener)
	given, err := t.mattermost.Seed(mattermostTown(t.network, callbackURL))
	if err != nil {
		return nil, fmt.Errorf("seed Mattermost: %w", err)
	}
	t.settings = Settings{
		DB: filepath.Join(folder, "houvast.db"), keys: keys,
		TelegramToken: token, TelegramURL: telegramURL,
		MattermostURL: t.mattermost.URL(), MattermostToken: Secret(given.BotToken), MattermostTeam: "voorbeeldstad",
		CommandToken: Secret(given.CommandToken), URL: callbackURL, Network: "voorbeeldstad.yaml",
	}
	return t, nil
}

// serve serves h on a port of its own and returns the address.
func (t *town) serve(h http.Handler) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	t.servers = append(t.servers, s)
	go s.Serve(listener)
	return "http://" + listener.Addr().String(), nil
}

// mattermostTown is what an administrator would set up for a network.
func mattermostTown(n *signals.Network, callbackURL string) mattermosttest.Town {
	m := mattermosttest.Town{Team: "voorbeeldstad", Bot: "houvast", Command: "houvast", URL: callbackURL}
	for _, key := range sortedKeys(n.People) {
		if p := n.People[key]; p.Mattermost != "" {
			m.People = append(m.People, mattermosttest.Account{Name: p.Mattermost, FirstName: p.Name})
		}
	}
	for _, room := range rooms(n) {
		m.Channels = append(m.Channels, mattermosttest.Room{Name: room.Channel, Members: room.Members})
	}
	return m
}

// open builds the house on the file that is there, or makes one.
func (t *town) open(ctx context.Context) error {
	h, err := build(ctx, plan{settings: t.settings, network: t.source, now: t.clock.now, log: t.log, crash: t.crash, around: t.around})
	if err != nil {
		return err
	}
	t.house = h
	t.callbacks.Store(h.handler())
	return h.learnName(ctx)
}

// shut closes the house; the town stays, as the world does.
func (t *town) shut() error {
	t.callbacks.Store(nil)
	if t.house == nil {
		return nil
	}
	err := t.house.close()
	t.house = nil
	return err
}

// close ends the town.
func (t *town) close() error {
	err := t.shut()
	t.telegram.Close()
	t.mattermost.Close()
	for _, s := range t.servers {
		err = errors.Join(err, s.Close())
	}
	return err
}

// patience is how long one step may wait for our own pacing.
const patience = 6 * time.Second

// settle lets everything happen that is due now, and returns when nothing is.
// With a frozen clock, the little waits of our own pacing pass by themselves.
func (t *town) settle(ctx context.Context) error {
	waited := time.Duration(0)
	for {
		// A poll of a Telegram that is away fails, and that is what happens then.
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
		tried, again, err := t.house.bot.Deliver(ctx)
		if err != nil {
			return err
		}
		if tried > 0 || heard && t.telegram.Pending() > 0 {
			continue
		}
		if again == 0 || waited+again > patience {
			return nil
		}
		waited += again
		t.clock.set(t.clock.now().Add(again))
	}
}

// moveTo moves the clock forward, due moment by due moment, and lets everything
// happen at its own.
func (t *town) moveTo(ctx context.Context, to time.Time) error {
	for {
		if err := t.settle(ctx); err != nil {
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
	}
	if to.After(t.clock.now()) {
		t.clock.set(to)
	}
	return t.settle(ctx)
}

// next is the next moment at which something is due; zero: nothing is.
func (t *town) next(ctx context.Context) (time.Time, error) {
	next, err := t.house.db.NextTimer(ctx)
	if err != nil {
		return next, err
	}
	now := t.clock.now()
	earlier := func(at time.Time) {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for _, door := range []string{bot.Telegram, bot.Mattermost} {
		for lane := bot.LaneDistress; lane <= bot.LaneScheduled; lane++ {
			at, err := t.house.db.NextDue(ctx, door, lane, now)
			if err != nil {
				return next, err
			}
			earlier(at)
		}
	}
	earlier(t.house.watch.next(now))
	counts, err := t.house.db.Counts(ctx, now)
	if err != nil {
		return next, err
	}
	if counts.Unsent[bot.LaneDistress].Messages > 0 {
		earlier(now.Add(10 * time.Second)) // people are reached in another way after half a minute
	}
	return next, nil
}

// names returns the Mattermost user names of the professionals, in order.
func (t *town) names() []string {
	var names []string
	for _, p := range t.network.People {
		if p.Mattermost != "" {
			names = append(names, p.Mattermost)
		}
	}
	slices.Sort(names)
	return names
}
