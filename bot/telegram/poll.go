package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"

	"houvast/bot"
)

const (
	pollTime   = 50 * time.Second // how long Telegram holds a poll; it allows no more
	pollGrace  = 15 * time.Second // how much longer an answer may take
	callTime   = 20 * time.Second // how long any other request may take
	tapTime    = 5 * time.Second  // how long the answer to a tap may take
	shortPause = 250 * time.Millisecond
	longPause  = 10 * time.Second

	tapLife     = 150 * time.Second // how long Telegram keeps a tap for us
	consoleEach = 10 * time.Minute  // how often a chat gets the numbers from the door itself
	keepTries   = 3                 // how often a batch is tried before the numbers go out
	keepTime    = 4 * time.Second   // how long one try may take: a word in need is answered within 5 seconds
	maxToast    = 200               // characters in the answer to a tap
)

// Run hears what people do until ctx ends, and then returns nil. A batch is handed
// over in order, and confirmed to Telegram only when it is kept. Whatever goes wrong
// is tried again, for ever: [Door.Health] tells.
func (d *Door) Run(ctx context.Context) error {
	defer func() {
		d.turn <- struct{}{}
		defer func() { <-d.turn }()
		d.errands.Wait()
	}()
	pause := shortPause
	for ctx.Err() == nil {
		err := d.longPoll(ctx)
		if err == nil {
			pause = shortPause
			continue
		}
		wait := pause
		var said *bot.SendError
		if errors.As(err, &said) {
			wait = max(wait, said.After)
			if said.Class == bot.SendForbidden {
				wait = longPause
			}
		}
		rest(ctx, wait)
		pause = min(2*pause, longPause)
	}
	return nil
}

// Poll hears everything there is now and waits for nothing more. When it returns
// nil, what it heard is kept and the taps in it are answered. It may be called while
// Run runs: whoever moves the clock polls at every moment that is due, so that a
// jump is never mistaken for an outage.
func (d *Door) Poll(ctx context.Context) error {
	d.urgent.Add(1)
	defer d.urgent.Add(-1)
	d.mu.Lock()
	if d.hangUp != nil {
		d.hangUp()
	}
	d.mu.Unlock()
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	defer d.errands.Wait()
	for {
		// Of an offset that was asked for just now Telegram gives one update only, so
		// that an answer which is not full proves nothing: only an empty one does.
		updates, err := d.fetch(ctx, 0)
		if err := d.hear(ctx, updates, err); err != nil || len(updates) == 0 {
			return err
		}
	}
}

// longPoll is one poll of Run. That Poll ended it is no error.
func (d *Door) longPoll(ctx context.Context) error {
	d.turn <- struct{}{}
	defer func() { <-d.turn }()
	held, hangUp := context.WithCancel(ctx)
	defer hangUp()
	d.mu.Lock()
	d.hangUp = hangUp
	deaf := d.deaf
	d.mu.Unlock()
	wait := pollTime
	if deaf || d.urgent.Load() > 0 {
		wait = 0 // after a silence, whether we are heard again must not take a minute to know
	}
	updates, err := d.fetch(held, wait)
	if err != nil && held.Err() != nil {
		return nil
	}
	d.mu.Lock()
	d.hangUp = nil // from here on a batch is handed over, which is not broken off
	d.mu.Unlock()
	return d.hear(ctx, updates, err)
}

// fetch asks Telegram what there is. It confirms what was kept before.
func (d *Door) fetch(ctx context.Context, wait time.Duration) ([]json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, wait+pollGrace)
	defer cancel()
	ask := map[string]any{"timeout": int(wait / time.Second), "allowed_updates": updateKinds()}
	// Without an offset everything unconfirmed comes back; an offset kept from an
	// earlier run can be wrong, since ids start anew after a week without updates.
	d.mu.Lock()
	if d.offset != 0 {
		ask["offset"] = d.offset
	}
	d.mu.Unlock()
	body, err := json.Marshal(ask)
	if err != nil {
		return nil, fmt.Errorf("telegram: getUpdates: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.base+"/bot"+string(d.s.Token)+"/getUpdates", bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("telegram: getUpdates: %w", redact(err, d.s.Token))
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := (&client{line: d.line}).Do(req)
	if err != nil {
		return nil, d.failed("getUpdates", err)
	}
	var answer struct {
		OK          bool
		Result      []json.RawMessage
		Code        int `json:"error_code"`
		Description string
		Parameters  struct {
			RetryAfter int `json:"retry_after"`
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, d.failed("getUpdates", err)
	}
	switch {
	case answer.OK:
		return answer.Result, nil
	case answer.Code == http.StatusUnauthorized:
		return nil, d.failed("getUpdates", tg.ErrorUnauthorized)
	case answer.Code == http.StatusNotFound:
		return nil, d.failed("getUpdates", tg.ErrorNotFound)
	case answer.Code == http.StatusConflict && strings.Contains(answer.Description, "webhook"):
		return nil, d.failed("getUpdates", errWebhook)
	case answer.Code == http.StatusConflict:
		return nil, d.failed("getUpdates", errOther)
	case answer.Code == http.StatusTooManyRequests:
		return nil, d.failed("getUpdates", &tg.TooManyRequestsError{RetryAfter: answer.Parameters.RetryAfter})
	}
	return nil, d.failed("getUpdates", &statusError{status: answer.Code})
}

// Conflicts over who gets the updates.
var (
	errWebhook = fmt.Errorf("%w: a webhook is set", tg.ErrorConflict)
	errOther   = fmt.Errorf("%w: another program polls with this token", tg.ErrorConflict)
)

// hear takes what a poll brought, or why it brought nothing.
func (d *Door) hear(ctx context.Context, updates []json.RawMessage, err error) error {
	if err == nil {
		err = d.handOver(ctx, updates)
	}
	if err != nil {
		if ctx.Err() == nil {
			d.trouble(err)
		}
		if says(err, errWebhook.Error()) {
			// Somebody tried something else with this account. Its updates wait.
			ctx, cancel := context.WithTimeout(ctx, callTime)
			defer cancel()
			if _, err := d.lanes[bot.LaneDistress].DeleteWebhook(ctx, &tg.DeleteWebhookParams{}); err != nil {
				return d.failed("deleteWebhook", err)
			}
		}
		return err
	}
	d.mu.Lock()
	was := d.problem
	d.problem, d.deaf = "", false
	d.mu.Unlock()
	if was != "" {
		d.s.Log.Info("telegram is heard again")
	}
	d.introduceOnce(ctx)
	return nil
}

// trouble notes what is wrong, and logs it when it is new.
func (d *Door) trouble(err error) {
	problem := "turns cannot be kept"
	var said *bot.SendError
	if errors.As(err, &said) {
		problem = said.Error()
	}
	d.mu.Lock()
	was := d.problem
	d.problem, d.deaf = problem, true
	d.mu.Unlock()
	if was != problem {
		d.s.Log.Warn("telegram is not heard", "err", problem)
	}
}

// errUnkept means that a batch could not be kept and stays unconfirmed.
var errUnkept = errors.New("telegram: a batch could not be kept")

// handOver gives a batch to the house, and moves on when it is kept.
func (d *Door) handOver(ctx context.Context, updates []json.RawMessage) error {
	now := d.s.Now()
	var events []bot.Event
	var taps []string // per event, the tap to answer
	next := int64(0)
	for _, raw := range updates {
		r := readUpdate(raw, now, d.known)
		if r.known {
			next = r.id + 1
		}
		if r.event != nil {
			events = append(events, *r.event)
			taps = append(taps, r.tap)
		}
	}
	if gap, ok := d.gap(now); ok {
		events = append(events, gap)
		taps = append(taps, "")
	}
	if len(events) > 0 {
		replies, err := d.keep(ctx, events)
		if err != nil {
			if ctx.Err() == nil {
				d.console(ctx, now, events)
			}
			return fmt.Errorf("%w: %w", errUnkept, err)
		}
		d.reply(ctx, now, events, taps, replies)
	}
	d.mu.Lock()
	if next != 0 {
		d.offset = next
	}
	d.polled = now
	d.mu.Unlock()
	if len(updates) > 0 && next == 0 {
		return d.failed("getUpdates", errors.New("updates without an id")) // or they would come back at once, for ever
	}
	return nil
}

// gap returns the event that tells of an outage, if taps were lost in one. A clock
// that was moved is none: then no poll failed.
func (d *Door) gap(now time.Time) (bot.Event, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	silent := now.Sub(d.polled)
	if d.polled.IsZero() || !d.deaf || silent <= tapLife {
		return bot.Event{}, false
	}
	return bot.Event{
		ID:   "telegram:gap:" + strconv.FormatInt(d.polled.Unix(), 10),
		Door: bot.Telegram, At: now, What: bot.Gap{For: silent},
	}, true
}

// keep hands events over, a few times if it must. It gives up at once on a house
// that hangs.
func (d *Door) keep(ctx context.Context, events []bot.Event) (replies []bot.Reply, err error) {
	for try := range keepTries {
		if try > 0 {
			rest(ctx, shortPause<<try)
		}
		short, cancel := context.WithTimeout(ctx, keepTime)
		replies, err = d.s.Receive(short, events)
		hung := short.Err() != nil
		cancel()
		if err == nil || hung || ctx.Err() != nil {
			return replies, err
		}
	}
	return nil, err
}

// reply answers the taps of a batch that is kept, and gives the numbers to whoever
// did something that could not be decided.
func (d *Door) reply(ctx context.Context, now time.Time, events []bot.Event, taps []string, replies []bot.Reply) {
	var dead []bot.Event
	for i, e := range events {
		var r bot.Reply
		if i < len(replies) {
			r = replies[i]
		}
		if r.Dead {
			dead = append(dead, e)
		}
		if taps[i] != "" {
			d.answer(ctx, taps[i], r.Text)
		}
	}
	if len(dead) > 0 {
		d.console(ctx, now, dead)
	}
}

// answer ends the clock on a button, with a few words or none. It waits for
// nothing: the answer may be lost, and when Telegram is slow it is.
func (d *Door) answer(ctx context.Context, tap, text string) {
	select {
	case d.room <- struct{}{}:
	default:
		return
	}
	d.errands.Go(func() {
		defer func() { <-d.room }()
		// A house that shuts down still answers what it kept.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tapTime)
		defer cancel()
		_, err := d.lanes[bot.LaneAnswer].AnswerCallbackQuery(ctx, &tg.AnswerCallbackQueryParams{
			CallbackQueryID: tap, Text: cut(text, maxToast),
		})
		if err != nil && !says(err, "query is too old") {
			d.s.Log.Debug("a tap was not answered", "err", d.failed("answerCallbackQuery", err))
		}
	})
}

// console sends the numbers to the people of a batch that could not be kept or
// decided, at most every ten minutes to each.
func (d *Door) console(ctx context.Context, now time.Time, events []bot.Event) {
	if d.s.Numbers == "" {
		return
	}
	for _, e := range events {
		if _, left := e.What.(bot.Blocked); left || e.Chat == "" {
			continue
		}
		d.mu.Lock()
		last, before := d.consoled[e.Chat]
		d.mu.Unlock()
		if before && now.Sub(last) < consoleEach {
			continue
		}
		_, err := d.Send(ctx, bot.Message{
			To: bot.Address{Door: bot.Telegram, Place: e.Chat}, Lane: bot.LaneDistress, Body: bot.Body{Text: d.s.Numbers},
		})
		var said *bot.SendError
		if errors.As(err, &said) && said.Class != bot.SendUnknown {
			d.s.Log.Error("the numbers could not be sent", "err", err)
			continue
		}
		d.mu.Lock()
		d.consoled[e.Chat] = now
		d.mu.Unlock()
	}
}

// rest waits, unless ctx ends.
func rest(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
