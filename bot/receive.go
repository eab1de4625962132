package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"houvast/signals/lexicon"
)

// A Bot is the host of one house.
type Bot struct {
	Store  Store
	Doors  map[string]Door
	Now    Clock
	Log    *slog.Logger
	Chance func() float64 // in [0,1), for the spread of retries
	Kept   func()         // told whenever timers may have been set; nil: nobody

	house atomic.Pointer[House]
	moved chan struct{} // closed once there is a house
	out   [2][3]*outlet // by door and lane
	pace  *Pacer

	watching sync.Mutex
	told     map[int64]bool // messages that are late and were acted on
}

// New returns a host. It does nothing until [Bot.Receive] or [Bot.Run] is called.
//
// House may be nil, and come with [Bot.Move] when everything is read. Until then
// what lies ready is carried out, and whatever must be decided waits.
func New(store Store, doors map[string]Door, house *House, now Clock, chance func() float64, log *slog.Logger) *Bot {
	b := &Bot{Store: store, Doors: doors, Now: now, Chance: chance, Log: log, pace: NewPacer(), moved: make(chan struct{})}
	if house != nil {
		b.Move(house)
	}
	for i := range b.out {
		circuit := &circuit{fails: failsAtStart}
		for l := range b.out[i] {
			b.out[i][l] = &outlet{door: doorNames[i], lane: Lane(l), poke: make(chan struct{}, 1), circuit: circuit}
		}
	}
	return b
}

var doorNames = [...]string{Telegram, Mattermost}

// House is what is agreed and published now; nil: it is still being read.
func (b *Bot) House() *House { return b.house.Load() }

// Move puts a new house in the place of the old one, from the next event on.
func (b *Bot) Move(h *House) {
	if b.house.Swap(h) == nil {
		close(b.moved)
	}
}

// Agreed is what is agreed and published, as soon as it is read. The error is that
// of ctx, which ended before.
func (b *Bot) Agreed(ctx context.Context) (*House, error) {
	if h := b.House(); h != nil {
		return h, nil
	}
	select {
	case <-b.moved:
		return b.House(), nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for what is agreed: %w", ctx.Err())
	}
}

// Receive handles events in order. Once it returns nil, what follows from each is
// kept, and whoever brought them may forget them; the replies are in the order
// of the events. An error means that none of the rest is kept: bring them again.
func (b *Bot) Receive(ctx context.Context, events ...Event) ([]Reply, error) {
	house, err := b.Agreed(ctx)
	if err != nil {
		return nil, err
	}
	prepared := make([]Event, 0, len(events))
	for _, e := range events {
		if gap, ok := e.What.(Gap); ok && e.Account == 0 {
			if err := b.fanOut(ctx, e, gap); err != nil {
				return nil, err
			}
			continue
		}
		prepared = append(prepared, prepare(house, e))
	}
	replies, err := b.take(ctx, prepared, func(s Scene, e Event) Turn {
		s.House = house
		return Decide(s, e)
	})
	if err != nil {
		return replies, fmt.Errorf("take events: %w", err)
	}
	return replies, nil
}

// prepare reads from an event what the store needs to set the scene.
func prepare(h *House, e Event) Event {
	switch w := e.What.(type) {
	case Wrote:
		e.Heard = &Heard{w.Text, h.Lexicon.Detect(string(w.Text))}
		e.Cry = e.Heard.Level == lexicon.LevelCrisis || h.isKey(string(w.Text))
		if e.Code == "" && isCode(string(w.Text)) {
			e.Code = NormalCode(string(w.Text))
		}
	case Sent:
		e.Heard = &Heard{w.Caption, h.Lexicon.Detect(string(w.Caption))}
		e.Cry = e.Heard.Level == lexicon.LevelCrisis
	case Commanded:
		e.Cry = true
	case Started:
		e.Code = NormalCode(e.Code)
	case Pressed:
		if rest, ok := strings.CutPrefix(w.Data, "s:"); ok {
			id, _, _ := strings.Cut(rest, ":")
			e.Signal = from36(id)
		}
		if parts := strings.Split(w.Data, ":"); len(parts) == 4 && parts[0] == "p" {
			switch parts[1] {
			case "send":
				e.Signal = from36(parts[3])
			case "about":
				e.Resident = from36(parts[3])
			}
		}
	case Rang:
		e.Resident, e.Signal, e.Account = w.Timer.Resident, w.Timer.Signal, w.Timer.Account
	case Compose:
		e.Resident = w.Message.Subject
	case Undelivered:
		e.Chat = chatOf(w.Message)
		if w.OfChat() {
			break
		}
		e.Signal = signalOfSlot(w.Message.Slot)
		e.Account = writerOfSlot(w.Message.Slot)
	case Late:
		e.Chat = chatOf(w.Message)
		e.Signal = signalOfSlot(w.Message.Slot)
		e.Account = writerOfSlot(w.Message.Slot)
	}
	return e
}

// chatOf is the Telegram chat that a message goes to, or empty.
func chatOf(m Message) string {
	if m.To.Door == Telegram {
		return m.To.Place
	}
	return ""
}

// fanOut makes good for a gap in every talk that waits for an answer.
func (b *Bot) fanOut(ctx context.Context, e Event, gap Gap) error {
	waiting, err := b.Store.Waiting(ctx)
	if err != nil {
		return fmt.Errorf("find open questions: %w", err)
	}
	for len(waiting) > 0 {
		n := min(25, len(waiting))
		var events []Event
		for _, c := range waiting[:n] {
			events = append(events, Event{
				ID: fmt.Sprint(e.ID, ":", c.ID), Door: "clock", At: e.At,
				Account: c.Account, Resident: c.Resident, What: gap,
			})
		}
		if _, err := b.Receive(ctx, events...); err != nil {
			return err
		}
		waiting = waiting[n:]
	}
	return nil
}

// take hands events to the store, and tells whoever may have something to do now:
// nobody when nothing was kept, or they would try again at once, for ever. The
// others sleep on, since looking in vain costs those in haste the processor. It hands
// in no more than one commit holds, so that what is kept leaves before the next.
func (b *Bot) take(ctx context.Context, events []Event, decide func(Scene, Event) Turn) ([]Reply, error) {
	replies := make([]Reply, 0, len(events))
	for len(replies) < len(events) {
		left := events[len(replies):]
		got, err := b.takeSlice(ctx, left[:min(len(left), slice)], decide)
		if replies = append(replies, got...); err != nil {
			return replies, err
		}
	}
	return replies, nil
}

// slice is how many events one commit of the store holds at most.
const slice = 25

func (b *Bot) takeSlice(ctx context.Context, events []Event, decide func(Scene, Event) Turn) ([]Reply, error) {
	decided, last := 0, ""
	var w wakes
	now := b.Now()
	p := boarding{b: b}
	replies, err := b.Store.Take(ctx, now, events, func(s Scene, e Event) Turn {
		t := decide(s, e)
		if e.ID != last { // one that failed is decided once more
			decided, last = decided+1, e.ID
		}
		p.hear(&t, now)
		w.hear(t)
		return t
	})
	left := p.depart(replies, now)
	if len(replies) == 0 {
		return replies, err
	}
	if decided < len(replies) {
		// One was kept before, by somebody who may not have lived to tell.
		w = wakes{all: true, clock: true}
	}
	for i := range b.out {
		w.lanes[i][LaneDistress] -= left[i]
		for l, o := range b.out[i] {
			if w.all || w.lanes[i][l] > 0 {
				o.wake()
			}
		}
	}
	if b.Kept != nil && w.clock {
		b.Kept()
	}
	return replies, err
}

// Wakes are who may have something to do after a turn.
type wakes struct {
	lanes [2][3]int // messages that wait, by door and lane, as [Bot] has its outlets
	all   bool      // what was dropped may have kept any other waiting
	clock bool      // a timer was set, perhaps sooner than all others
}

func (w *wakes) hear(t Turn) {
	for _, m := range t.Messages {
		if door := slices.Index(doorNames[:], m.To.Door); door >= 0 {
			w.lanes[door][m.Lane]++
		}
	}
	w.all = w.all || len(t.Drop) > 0 || len(t.Forget) > 0
	w.clock = w.clock || len(t.Timers) > 0
}

// Poke tells the outlets that there may be something to send.
func (b *Bot) Poke() {
	for i := range b.out {
		for _, o := range b.out[i] {
			o.wake()
		}
	}
}

func (o *outlet) wake() {
	select {
	case o.poke <- struct{}{}:
	default:
	}
}

// lateAfter is how long a message about a crisis or distress may take to be
// posted before people are reached in another way (promise 5).
const lateAfter = 30 * time.Second

// Watch looks once for messages of the distress lane that do not get through, to
// people who should hear or to the resident who waits, and lets the house act on
// each, once.
func (b *Bot) Watch(ctx context.Context) error {
	b.watching.Lock()
	defer b.watching.Unlock()
	stuck, unread := b.Store.Stuck(ctx, b.Now().Add(-lateAfter))
	if unread != nil {
		unread = fmt.Errorf("find stuck messages: %w", unread)
	}
	told := map[int64]bool{}
	for _, m := range stuck {
		if m.To.Door == Mattermost && m.Slot == "" {
			continue // about no signal
		}
		if b.told[m.ID] {
			told[m.ID] = true
			continue
		}
		e := Event{ID: fmt.Sprint("late:", m.ID), Door: "clock", At: b.Now(), What: Late{Message: m, For: b.Now().Sub(m.Due)}}
		if _, err := b.Receive(ctx, e); err != nil {
			return errors.Join(err, unread)
		}
		told[m.ID] = true
	}
	b.told = told
	return unread
}
