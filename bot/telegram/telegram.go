// Package telegram is the door for residents and peer experts.
//
//	poll.go    what people do comes in: it is kept first and confirmed to Telegram after
//	update.go  what Telegram sends, read as events
//	send.go    messages go out
//	fail.go    what Telegram says to a message, as a class
//	file.go    voice notes, photos and other files, by reference
//
// The door decides nothing about what is said. It speaks by itself on one occasion
// only: when a turn cannot be kept it sends the crisis numbers, because silence is
// the failure that Houvast never chooses.
//
// The library go-telegram/bot is used as a typed client of the Bot API and for
// nothing else: its own way of receiving confirms updates before they are handled.
package telegram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"houvast/bot"
)

// A Token is the secret of a bot account. It shows itself nowhere.
type Token string

// String, GoString, LogValue and MarshalText say "[token]", whatever the token is.
func (Token) String() string               { return "[token]" }
func (Token) GoString() string             { return "[token]" }
func (Token) LogValue() slog.Value         { return slog.StringValue("[token]") }
func (Token) MarshalText() ([]byte, error) { return []byte("[token]"), nil }

// PublicURL is where Telegram's own Bot API is.
const PublicURL = "https://api.telegram.org"

// Settings are what a door needs.
type Settings struct {
	Token Token
	URL   string    // of the Bot API; empty: [PublicURL]
	Now   bot.Clock // for the moments of events, and to measure a gap

	// Receive keeps events, in this order, and returns a reply to each. Only after
	// it returned nil are they confirmed to Telegram. It must take repeats.
	Receive func(ctx context.Context, events []bot.Event) ([]bot.Reply, error)

	// Numbers is what a person gets from the door itself when nothing can be kept:
	// the crisis numbers, complete in one text.
	Numbers string

	// Heard is when an earlier run last heard from Telegram, as [Health.Polled] told
	// it; zero if that is unknown. It is how a gap over a restart is noticed.
	Heard time.Time

	Description string // what an empty chat shows before Start; at most 512 characters
	About       string // what the bot's profile shows; at most 120 characters
	Commands    []Command

	// Fetch opens a file that came in by another door. Nil: only Telegram's own
	// files can be sent.
	Fetch func(ctx context.Context, m bot.Media) (io.ReadCloser, error)

	Log *slog.Logger

	// Dial opens connections, for a test that has none of its own; nil: the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// A Command is a word behind a slash. One without a description is understood but
// not in the menu.
type Command struct{ Name, Description string }

// A Door is Telegram, seen from the house. It implements [bot.Door].
type Door struct {
	s     Settings
	base  string
	known map[string]bool // commands
	// Each lane has its own connections: no crowd of check-ins can hold up a word
	// to somebody in distress.
	lanes [bot.LaneScheduled + 1]*tg.Bot
	line  *http.Client // for polls and files
	lines []*http.Client

	turn    chan struct{}  // held during a poll; a channel, since waiting for it may be long
	urgent  atomic.Int32   // calls of Poll that wait for their turn
	errands sync.WaitGroup // what goes on beside the polls
	room    chan struct{}  // one place for each tap that is being answered

	mu       sync.Mutex
	hangUp   context.CancelFunc // ends the long poll that waits now
	offset   int64              // 0: none yet
	polled   time.Time
	deaf     bool // a poll failed since the last good one
	problem  string
	name     string
	settled  bool                 // the profile stands as it should
	consoled map[string]time.Time // chats that got the numbers from the door itself
}

// New returns a door that does nothing yet. It makes no request, so that a house
// starts while Telegram is away.
func New(s Settings) (*Door, error) {
	if strings.TrimSpace(string(s.Token)) == "" {
		return nil, fmt.Errorf("telegram: the token is empty")
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	base := strings.TrimRight(s.URL, "/")
	if base == "" {
		base = PublicURL
	}
	d := &Door{
		s: s, base: base, known: map[string]bool{"start": true}, line: s.connect(),
		turn: make(chan struct{}, 1), room: make(chan struct{}, 64), polled: s.Heard, deaf: true, consoled: map[string]time.Time{},
	}
	for _, c := range s.Commands {
		d.known[strings.ToLower(c.Name)] = true
	}
	d.lines = append(d.lines, d.line)
	for lane := range d.lanes {
		line := s.connect()
		d.lines = append(d.lines, line)
		api, err := tg.New(string(s.Token),
			tg.WithSkipGetMe(),
			tg.WithServerURL(base),
			tg.WithHTTPClient(pollTime, &client{line: line}),
			tg.WithErrorsHandler(func(error) {}), // what it holds may be somebody's words
		)
		if err != nil {
			return nil, fmt.Errorf("telegram: %w", redact(err, s.Token))
		}
		d.lanes[lane] = api
	}
	return d, nil
}

// connect returns a client with connections of its own.
func (s Settings) connect() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	// Shorter than any server's patience: a connection that the other side has just
	// closed makes a message of which nobody knows whether it arrived.
	t.IdleConnTimeout = 20 * time.Second
	if s.Dial != nil {
		t.Proxy, t.DialContext = nil, s.Dial
	}
	return &http.Client{Transport: t}
}

// Close lets go of idle connections. It is called after Run returned.
func (d *Door) Close() {
	for _, line := range d.lines {
		line.CloseIdleConnections()
	}
}

// Health is how the door fares.
type Health struct {
	Polled  time.Time // when Telegram was last heard and what it had was kept; zero: never
	Problem string    // what is wrong now, in a few words without secrets; empty: nothing
}

// Health returns how the door fares now.
func (d *Door) Health() Health {
	d.mu.Lock()
	defer d.mu.Unlock()
	return Health{Polled: d.polled, Problem: d.problem}
}

// Name returns the bot's user name, for links such as t.me/NAME?start=CODE. The
// error is a [*bot.SendError]; [bot.SendForbidden] means that the token is wrong.
func (d *Door) Name(ctx context.Context) (string, error) {
	d.mu.Lock()
	name := d.name
	d.mu.Unlock()
	if name != "" {
		return name, nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	me, err := d.lanes[bot.LaneAnswer].GetMe(ctx)
	if err != nil {
		return "", d.failed("getMe", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.name = me.Username
	return me.Username, nil
}

// Probe asks Telegram for a sign of life. It sends nothing to anybody.
func (d *Door) Probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if _, err := d.lanes[bot.LaneAnswer].GetMe(ctx); err != nil {
		return d.failed("getMe", err)
	}
	return nil
}

// introduceOnce introduces the bot beside the polls, unless that was done.
func (d *Door) introduceOnce(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.settled {
		return
	}
	d.settled = true
	d.errands.Go(func() {
		err := d.introduce(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		d.s.Log.Warn("the bot could not be introduced", "err", err)
		var said *bot.SendError
		if errors.As(err, &said) && (said.Class == bot.SendRefused || said.Class == bot.SendSlow) {
			return // asking again would not help, or would make it worse
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		d.settled = false // again after the next poll
	})
}

// introduce sets what people see of the bot before they write, where it is not set
// so already: Telegram takes such changes only now and then.
func (d *Door) introduce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	api := d.lanes[bot.LaneScheduled]
	var menu []models.BotCommand
	for _, c := range d.s.Commands {
		if c.Description != "" {
			menu = append(menu, models.BotCommand{Command: c.Name, Description: c.Description})
		}
	}
	if len(menu) > 0 {
		now, err := api.GetMyCommands(ctx, &tg.GetMyCommandsParams{})
		if err == nil && !sameCommands(now, menu) {
			_, err = api.SetMyCommands(ctx, &tg.SetMyCommandsParams{Commands: menu})
		}
		if err != nil {
			return d.failed("setMyCommands", err)
		}
	}
	if d.s.Description != "" {
		now, err := api.GetMyDescription(ctx, &tg.GetMyDescriptionParams{})
		if err == nil && now.Description != d.s.Description {
			_, err = api.SetMyDescription(ctx, &tg.SetMyDescriptionParams{Description: d.s.Description})
		}
		if err != nil {
			return d.failed("setMyDescription", err)
		}
	}
	if d.s.About != "" {
		now, err := api.GetMyShortDescription(ctx, &tg.GetMyShortDescriptionParams{})
		if err == nil && now.ShortDescription != d.s.About {
			_, err = api.SetMyShortDescription(ctx, &tg.SetMyShortDescriptionParams{ShortDescription: d.s.About})
		}
		if err != nil {
			return d.failed("setMyShortDescription", err)
		}
	}
	return nil
}

func sameCommands(a, b []models.BotCommand) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Command != b[i].Command || a[i].Description != b[i].Description {
			return false
		}
	}
	return true
}
