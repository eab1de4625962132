package main

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"houvast/bot"
	"houvast/bot/clock"
	"houvast/bot/mattermost"
	"houvast/bot/telegram"
	"houvast/content"
	"houvast/content/file"
	"houvast/flows"
	"houvast/signals"
	"houvast/signals/lexicon"
	"houvast/sqlite"
)

// A plan is what a house is built from.
type plan struct {
	settings Settings
	network  []byte // used only while the database has none
	now      bot.Clock
	log      *slog.Logger
	tidy     func()                                          // gives back what reading much left behind; nil: it stays
	crash    func(point string) error                        // of the store, in tests
	around   func(receive) receive                           // of everything that comes in, in tests; nil: nothing
	lexicon  func(context.Context) (*lexicon.Lexicon, error) // the word list, in tests; nil: the built-in one

	// Connections to fakes that have no socket; nil: the network.
	telegramDial, mattermostDial func(ctx context.Context, network, address string) (net.Conn, error)
}

// receive hands events to the host; see [bot.Bot.Receive].
type receive func(ctx context.Context, events []bot.Event) ([]bot.Reply, error)

// A house is everything that runs: memory, doors, host and clock.
type house struct {
	plan
	db         *sqlite.DB
	begun      bot.House // what the doors cannot do without: the network and the words; the whole of it is the bot's
	bot        *bot.Bot
	telegram   *telegram.Door
	mattermost *mattermost.Door
	clock      *clock.Door
	watch      *watch
	receive    receive
	poke       chan struct{}
	saved      map[string]time.Time // by door: the moment that was written down last; keepUp's own
}

// build raises a house and lets it move in at once.
func build(ctx context.Context, p plan) (*house, error) {
	h, err := raise(ctx, p)
	if err != nil {
		return nil, err
	}
	if err := h.moveIn(ctx); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// raise opens the memory, reads what the doors need, and hangs them in. It makes no
// request: a house starts while Telegram or Mattermost is away. Until it has moved
// in, it hears and carries out what lies ready, and decides nothing.
func raise(ctx context.Context, p plan) (_ *house, err error) {
	h := &house{plan: p, poke: make(chan struct{}, 1), saved: map[string]time.Time{}}
	if h.lexicon == nil {
		h.lexicon = func(context.Context) (*lexicon.Lexicon, error) { return content.Lexicon() }
	}
	h.db, err = sqlite.Open(ctx, sqlite.Options{Path: p.settings.DB, Keys: p.settings.keys, Fault: p.crash})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.db.Close())
		}
	}()
	h.begun.URL = h.settings.URL
	if h.begun.Network, err = h.readNetwork(ctx); err != nil {
		return nil, err
	}
	if h.begun.Words, err = content.Words(); err != nil {
		return nil, err
	}
	h.receive = func(ctx context.Context, events []bot.Event) ([]bot.Reply, error) {
		return h.bot.Receive(ctx, events...)
	}
	if p.around != nil {
		h.receive = p.around(h.receive)
	}
	h.bot = bot.New(h.db, map[string]bot.Door{}, nil, p.now, mathrand.Float64, p.log)
	h.bot.Kept = h.wakeClock
	if err := h.hangDoors(ctx); err != nil {
		return nil, err
	}
	h.clock = &clock.Door{Store: h.db, Now: p.now, Log: p.log, Poke: h.poke, Take: func(ctx context.Context, events []bot.Event) error {
		_, err := h.receive(ctx, events)
		return err
	}}
	h.watch = newWatch(h)
	return h, nil
}

// moveIn reads the flows and the word list, and from then on things are decided. What
// came in before has waited: it is confirmed to nobody until it is kept, so that a
// house which cannot move in loses nothing by having listened.
func (h *house) moveIn(ctx context.Context) error {
	if h.bot.House() != nil {
		return nil
	}
	whole := h.begun
	var err error
	if whole.Flows, err = publish(ctx, h.db, h.now()); err != nil {
		return fmt.Errorf("publish the starter flows: %w", err)
	}
	list, err := h.lexicon(ctx)
	if err != nil {
		return err
	}
	whole.Lexicon = bot.KnowingKeys(list, whole.Words)
	h.bot.Move(&whole)
	return nil
}

// readNetwork reads the network from the database, and keeps the one from the
// settings there first when the database has none.
func (h *house) readNetwork(ctx context.Context) (*signals.Network, error) {
	source, _, err := h.db.Network(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the network: %w", err)
	}
	name := "the network in the database"
	if source == nil {
		source, name = h.network, h.settings.Network
		if source == nil {
			return nil, errors.New("the database has no network yet: name a file in HOUVAST_NETWORK")
		}
	}
	network, found := file.ReadNetwork(name, source, h.now())
	var faults []error
	for _, f := range found {
		if f.Level != flows.Fault {
			h.log.WarnContext(ctx, "the network has a warning", "code", f.Code, "line", f.Line)
			continue
		}
		faults = append(faults, errors.New(file.Format(f)))
	}
	if len(faults) > 0 && name != "the network in the database" {
		return nil, errors.Join(faults...)
	}
	// A network that stands in the database was right when it was read; a number
	// that has grown old since must not keep the house from starting.
	if stored, _, err := h.db.Network(ctx); err != nil || stored == nil {
		if err := h.db.KeepNetwork(ctx, h.now(), source); err != nil {
			return nil, fmt.Errorf("keep the network: %w", err)
		}
	}
	return network, nil
}

// hangDoors makes the doors and gives each the way to the other's files.
func (h *house) hangDoors(ctx context.Context) error {
	s := h.settings
	heard, _, err := h.db.Cursor(ctx, bot.Telegram)
	if err != nil {
		return fmt.Errorf("read when Telegram was last heard: %w", err)
	}
	words := h.begun.Words
	h.telegram, err = telegram.New(telegram.Settings{
		Token: telegram.Token(s.TelegramToken), URL: s.TelegramURL, Now: h.now, Receive: h.receive,
		Numbers: numbersText(&h.begun), Heard: heard, Log: h.log, Dial: h.telegramDial,
		Description: words.Say("nl", "beschrijving"), About: words.Say("nl", "over"),
		Commands: []telegram.Command{
			{Name: "hulp", Description: words.Say("nl", "opdracht.hulp")},
			{Name: "nummers", Description: words.Say("nl", "opdracht.nummers")},
			{Name: "contact", Description: words.Say("nl", "opdracht.contact")},
			{Name: "meer", Description: words.Say("nl", "opdracht.meer")},
			{Name: "stop", Description: words.Say("nl", "opdracht.stop")},
			{Name: "goed_nieuws"}, {Name: "moeilijk"}, {Name: "mijnmensen"}, {Name: "pauze"}, {Name: "wanneer"}, {Name: "help"},
			{Name: "mijngegevens"}, {Name: "privacy"}, {Name: "wiekeek"}, {Name: "vergeetmij"}, // domain research 4.3
		},
		Fetch: func(ctx context.Context, m bot.Media) (io.ReadCloser, error) { return h.bot.Fetch(ctx, m) },
	})
	if err != nil {
		return err
	}
	signing, err := hkdf.Key(sha256.New, s.keys[0], nil, "houvast mattermost buttons", 32)
	if err != nil {
		return fmt.Errorf("derive the signing key: %w", err)
	}
	h.mattermost, err = mattermost.New(mattermost.Settings{
		URL: s.MattermostURL, Token: string(s.MattermostToken), Team: s.MattermostTeam, CommandToken: string(s.CommandToken),
		Callback: s.URL, Key: signing, Zone: h.begun.Network.Zone, Receive: h.receive, Now: h.now, Random: rand.Reader,
		Log: h.log, Dial: h.mattermostDial,
		Fetch: func(ctx context.Context, door, ref string) (io.ReadCloser, error) {
			return h.bot.Fetch(ctx, bot.Media{Door: door, Ref: ref})
		},
	})
	if err != nil {
		return err
	}
	h.bot.Doors[bot.Telegram], h.bot.Doors[bot.Mattermost] = h.telegram, h.mattermost
	return nil
}

func (h *house) wakeClock() {
	select {
	case h.poke <- struct{}{}:
	default:
	}
}

// numbersText is the crisis numbers complete in one text, for the moment that
// nothing else works.
func numbersText(h *bot.House) string {
	lines := []string{h.Words.Say("nl", "stuk.deur")}
	for _, n := range h.Network.Numbers {
		line := n.For + ": " + h.Words.Say("nl", "nummers.bel", "nummer", n.Number)
		if n.Also != "" {
			line += " " + h.Words.Say("nl", "nummers.ook", "nummer", n.Also)
		}
		if n.Chat != "" {
			line += " " + h.Words.Say("nl", "nummers.chat", "adres", n.Chat)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// run does everything that goes on by itself, until ctx ends: hearing and carrying out
// at once, the rest as soon as the house has moved in. Then it drains:
// what was taken in is decided and kept, and what is under way is settled.
func (h *house) run(ctx context.Context) {
	since, _, err := h.db.Cursor(ctx, bot.Mattermost)
	if err != nil {
		h.log.ErrorContext(ctx, "reading when Mattermost was last heard", "err", err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { h.telegram.Run(ctx) })
	wg.Go(func() { h.bot.Run(ctx) })
	wg.Go(func() { h.mattermost.Listen(ctx, since) })
	if _, err := h.bot.Agreed(ctx); err == nil {
		wg.Go(func() { h.clock.Run(ctx) })
		wg.Go(func() { h.keepUp(ctx) })
		wg.Go(func() { h.watch.run(ctx) })
	}
	wg.Wait()
}

// keepUp learns the bot's name, writes down when the doors last heard anything,
// and sweeps what need not be remembered.
func (h *house) keepUp(ctx context.Context) {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	var swept time.Time
	for {
		if err := h.learnName(ctx); err != nil && ctx.Err() == nil {
			h.log.WarnContext(ctx, "the bot's name is not known yet", "err", err)
		}
		h.saveCursors(ctx)
		if now := h.now(); now.Sub(swept) > 6*time.Hour {
			swept = now
			if _, err := h.db.Sweep(ctx, now, ages); err != nil && ctx.Err() == nil {
				h.log.ErrorContext(ctx, "sweeping what need not be remembered", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			h.saveCursors(context.WithoutCancel(ctx))
			return
		case <-tick.C:
		}
	}
}

// ages is how long things that hold no words are remembered. Telegram and
// Mattermost repeat themselves for a day; the access log is kept five years (NEN 7513).
var ages = sqlite.Ages{Seen: 21 * 24 * time.Hour, Sent: 21 * 24 * time.Hour, DeadLetters: 30 * 24 * time.Hour, Log: 5 * 366 * 24 * time.Hour}

// learnName asks Telegram for the bot's user name, which links need.
func (h *house) learnName(ctx context.Context) error {
	if h.bot.House().BotName != "" {
		return nil
	}
	name, err := h.telegram.Name(ctx)
	if err != nil {
		return err
	}
	now := *h.bot.House()
	now.BotName = name
	h.bot.Move(&now)
	return nil
}

// saveCursors writes down when the doors last heard anything, if they did since
// the last time: a quiet house lets the disk sleep.
func (h *house) saveCursors(ctx context.Context) {
	save := func(door string, at time.Time) {
		if at.IsZero() || at.Equal(h.saved[door]) {
			return
		}
		if err := h.db.SaveCursor(ctx, door, at, ""); err != nil {
			if ctx.Err() == nil {
				h.log.ErrorContext(ctx, "writing down when a door was heard", "door", door, "err", err)
			}
			return
		}
		h.saved[door] = at
	}
	save(bot.Telegram, h.telegram.Health().Polled)
	if health := h.mattermost.Health(); health.Connected {
		save(bot.Mattermost, health.Answered)
	}
}

// close lets go of everything. It is called after run returned.
func (h *house) close() error {
	h.telegram.Close()
	h.mattermost.Close()
	return h.db.Close()
}

// handler is what the house serves besides the page.
func (h *house) handler() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("/mattermost/", h.mattermost.Handler())
	mux.Handle("GET /health", h.health())
	mux.Handle("GET /metrics", h.metrics())
	return mux
}
