package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// An outlet carries the messages of one lane out through one door. Lanes share
// nothing but the platform: what is scheduled cannot exhaust anything that
// distress needs.
type outlet struct {
	door    string
	lane    Lane
	poke    chan struct{}
	circuit *circuit

	held bool // something is due, and the pace of the whole account holds it

	mu     sync.Mutex
	unkept []Outcome // what became of messages, and could not be kept

	ferry ferry
}

// Run delivers, and watches, until ctx ends.
func (b *Bot) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for i := range b.out {
		for _, o := range b.out[i] {
			if b.Doors[o.door] != nil {
				wg.Go(func() { b.runOutlet(ctx, o) })
				o.ferry.begin(func(m Message) { b.carryAtOnce(ctx, o, m) })
				defer o.ferry.end()
			}
		}
	}
	wg.Go(func() { b.runWatch(ctx) })
	wg.Wait()
}

// How often an outlet looks at the time, since clocks jump and machines sleep; and
// how often at least at what is due, whatever it knew. The first costs nothing.
const (
	pulse   = time.Second
	longest = 30 * time.Second
)

// Beat is how long it is to the next whole second of the clock. Everything in the house
// that looks every second looks then: an idle machine wakes once for all of it.
func Beat(now time.Time) time.Duration { return pulse - now.Sub(now.Truncate(pulse)) }

func (b *Bot) runOutlet(ctx context.Context, o *outlet) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var next time.Time // nothing is due before it
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.poke:
			next = time.Time{}
		case <-timer.C:
		}
		if now := b.Now(); !now.Before(next) || next.Sub(now) > longest {
			wait := b.empty(ctx, o)
			next = b.Now().Add(wait)
		}
		now := b.Now()
		timer.Reset(min(Beat(now), max(0, next.Sub(now))))
	}
}

// empty sends everything that one outlet may send now, and returns for how long
// there is nothing more.
func (b *Bot) empty(ctx context.Context, o *outlet) time.Duration {
	for {
		n, again, err := b.pass(ctx, o)
		switch {
		case ctx.Err() != nil:
			return longest
		case err != nil:
			b.Log.ErrorContext(ctx, "delivery failed", "door", o.door, "lane", int(o.lane), "err", err)
			return pulse
		case n == 0 && again > 0:
			return min(longest, again)
		case n == 0:
			return longest
		}
	}
}

func (b *Bot) runWatch(ctx context.Context) {
	beat := time.NewTimer(Beat(b.Now()))
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			beat.Reset(Beat(b.Now()))
			if err := b.Watch(ctx); err != nil && ctx.Err() == nil {
				b.Log.ErrorContext(ctx, "watch failed", "err", err)
			}
		}
	}
}

// Deliver sends what is due through every door once, in the order of haste, and
// returns how many messages it tried and when to look again (zero: nothing waits).
func (b *Bot) Deliver(ctx context.Context) (tried int, again time.Duration, err error) {
	for lane := range 3 {
		for i := range b.out {
			if b.Doors[doorNames[i]] == nil {
				continue
			}
			n, wait, err := b.pass(ctx, b.out[i][lane])
			if err != nil {
				return tried, again, err
			}
			tried += n
			if wait > 0 && (again == 0 || wait < again) {
				again = wait
			}
		}
	}
	return tried, again, nil
}

// atOnce is how many messages of one lane are under way at the same time.
const atOnce = 8

// pass sends what one outlet may send now.
func (b *Bot) pass(ctx context.Context, o *outlet) (tried int, again time.Duration, err error) {
	// What cannot be kept still must not stop the others.
	unkept := b.settleUnkept(ctx, o)
	defer func() { err = errors.Join(err, unkept) }()
	now := b.Now()
	wait, probe := o.circuit.wait(now, o.lane)
	if wait > 0 {
		return 0, wait, nil
	}
	if o.held {
		// Something is due and no chat may be written to yet: there is nothing to look for.
		if wait := b.pace.Wait(now, o.lane); wait > 0 {
			return 0, wait, nil
		}
	}
	if probe {
		if answers, wait, err := b.probe(ctx, o, now); err != nil || !answers {
			return 0, wait, err
		}
	}
	picked, again, failed := b.pick(ctx, o, now)
	var waiting, going []Message
	for _, m := range picked {
		if m.Attempts > 0 && repeatedEnough(o.door, m) { // a kill in flight counts too
			if err := b.giveUp(ctx, m); err != nil {
				failed = errors.Join(failed, err)
				break
			}
			tried++
			continue
		}
		if m.Later != "" {
			composed, became, err := b.composed(ctx, m)
			if err != nil {
				failed = errors.Join(failed, err)
				break
			}
			switch became {
			case isGoing:
				going = append(going, composed)
				continue
			case isGone:
				tried++ // look on
				continue
			}
			m = composed
		}
		waiting = append(waiting, m)
	}
	// Whatever failed, what is kept as on its way must go.
	if n := len(waiting) + len(going); n > 0 {
		return tried + n, again, errors.Join(b.sendAll(ctx, o, waiting, going), failed)
	}
	if failed == nil && tried == 0 && again == 0 {
		at, err := b.Store.NextDue(ctx, o.door, o.lane, now)
		if err != nil {
			return 0, 0, fmt.Errorf("find next due: %w", err)
		}
		if !at.IsZero() {
			again = max(time.Millisecond, at.Sub(now))
		}
	}
	return tried, again, failed
}

// probe asks the platform for a sign of life, if there is anything to send. When
// there is none, wait says when to ask again.
func (b *Bot) probe(ctx context.Context, o *outlet, now time.Time) (answers bool, wait time.Duration, err error) {
	any := false
	for _, err := range b.Store.Due(ctx, o.door, o.lane, now, 1) {
		any = true // if it cannot be read, that shows below
		b.unread(err)
	}
	if !any {
		return true, 0, nil
	}
	if err := b.Doors[o.door].Probe(ctx); err != nil {
		o.circuit.failure(b.Now())
		wait, _ := o.circuit.wait(b.Now(), o.lane)
		return false, wait, nil
	}
	return true, 0, b.back(ctx, o)
}

// pick asks leave for what may be sent at once, the first to each place, and says when
// more may. A message that cannot be read must not stop the others: it is told of when
// they are sent.
func (b *Bot) pick(ctx context.Context, o *outlet, now time.Time) (picked []Message, again time.Duration, unread error) {
	o.held = false
	for m, err := range b.Store.Due(ctx, o.door, o.lane, now, 4*atOnce) {
		if err != nil {
			unread = errors.Join(unread, fmt.Errorf("find due messages: %w", err))
			b.unread(err)
			continue
		}
		if o.isUnkept(m.ID) {
			continue // it was tried, and what became of that comes first
		}
		// People read from the top; and a place that hangs must not hang for each.
		if slices.ContainsFunc(picked, func(p Message) bool { return p.To.Place == m.To.Place }) {
			continue // the next pass takes it
		}
		if o.door == Telegram {
			if wait := b.pace.Wait(now, o.lane); wait > 0 {
				o.held = true
				return picked, wait, unread
			}
			if wait := b.pace.Take(now, o.lane, m.To.Place); wait > 0 {
				if again == 0 || wait < again {
					again = wait
				}
				continue
			}
		}
		if picked = append(picked, m); len(picked) == atOnce {
			break
		}
	}
	return picked, again, unread
}

// unread wakes the clock when a message could not be read: the memory may have set a
// timer that tells people.
func (b *Bot) unread(err error) {
	if err != nil && b.Kept != nil {
		b.Kept()
	}
}

// What became of a message whose words were decided.
type became int

const (
	isGone    became = iota // it was no longer true, and is dropped
	isWaiting               // it has its words
	isGoing                 // and is kept as on its way besides
)

// composed decides the words of a message whose turn has come. The commit that keeps
// them keeps too that it is on its way.
func (b *Bot) composed(ctx context.Context, m Message) (Message, became, error) {
	house, err := b.Agreed(ctx)
	if err != nil {
		return m, isGone, err
	}
	ok := false
	var body Body
	e := prepare(house, Event{ID: fmt.Sprint("compose:", m.ID), Door: "clock", At: b.Now(), What: Compose{Message: m}})
	replies, err := b.take(ctx, []Event{e}, func(s Scene, e Event) Turn {
		s.House = house
		t := Decide(s, e)
		if body, ok = t.Bodies[m.ID]; ok {
			t.Leave = []int64{m.ID}
		}
		return t
	})
	if err != nil {
		return m, isGone, fmt.Errorf("compose message: %w", err)
	}
	m.Body, m.Later = body, ""
	switch {
	case !ok:
		return m, isGone, nil
	case len(replies[0].Left) > 0:
		return m, isGoing, nil
	}
	return m, isWaiting, nil
}

// sendAll sends messages to different people side by side, and keeps what became
// of them. Those that are going are kept as on their way already.
func (b *Bot) sendAll(ctx context.Context, o *outlet, waiting, going []Message) error {
	ids := make([]int64, len(waiting))
	for i, m := range waiting {
		ids[i] = m.ID
	}
	may, err := b.Store.Trying(ctx, b.Now(), ids)
	if err != nil {
		err, may = fmt.Errorf("record attempts: %w", err), nil
	}
	waiting = slices.DeleteFunc(waiting, func(m Message) bool { return !slices.Contains(may, m.ID) })
	return errors.Join(err, b.carry(ctx, o, append(going, waiting...)))
}

// carry sends a batch that is kept as on its way, to different places side by side, and
// keeps what became of it.
func (b *Bot) carry(ctx context.Context, o *outlet, batch []Message) error {
	if len(batch) == 0 {
		return nil
	}
	outcomes := make([]Outcome, len(batch))
	failures := make([]*SendError, len(batch))
	var wg sync.WaitGroup
	for i, m := range batch {
		wg.Go(func() {
			remote, err := b.sendOne(ctx, m)
			failures[i] = asSendError(err)
			outcomes[i] = b.outcome(o, m, remote, failures[i])
		})
	}
	wg.Wait()
	// The attempt is over, whatever became of ctx: what we know must be kept.
	keep := context.WithoutCancel(ctx)
	// That a message is given up is told before it is settled: after a kill in
	// between it is told again, which does not show, and never not at all.
	var untold error
	for i, f := range failures {
		if f == nil || !outcomes[i].Retry.IsZero() && !(f.Class == SendRefused && batch[i].Attempts == 0) {
			continue
		}
		// A house that is never read decides nothing: then it is told after the next start.
		_, err := b.Agreed(ctx)
		if err == nil {
			err = b.undelivered(keep, batch[i], f.Class)
		}
		if err != nil {
			outcomes[i].Retry = b.Now().Add(pulse) // it is tried, and told, once more
			untold = errors.Join(untold, err)
		}
	}
	if err := b.Store.Settle(keep, outcomes); err != nil {
		o.remember(outcomes...)
		return errors.Join(untold, fmt.Errorf("settle messages: %w", err))
	}
	if slices.ContainsFunc(batch, func(m Message) bool { return m.Slot != "" }) {
		// In another lane a newer one of the slot may have waited for it.
		for _, other := range b.out[slices.Index(doorNames[:], o.door)] {
			if other != o {
				other.wake()
			}
		}
	}
	return errors.Join(untold, b.learn(keep, o, batch, failures))
}

// remember holds what could not be kept: until it is, its messages are on their way
// and carried by nobody, and what comes after them waits.
func (o *outlet) remember(outcomes ...Outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.unkept = append(o.unkept, outcomes...)
}

func (o *outlet) isUnkept(id int64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.ContainsFunc(o.unkept, func(out Outcome) bool { return out.Message == id })
}

// settleUnkept keeps what could not be kept before, each by itself, so that one that
// never can be keeps no other.
func (b *Bot) settleUnkept(ctx context.Context, o *outlet) error {
	o.mu.Lock()
	unkept := o.unkept
	o.unkept = nil
	o.mu.Unlock()
	if len(unkept) == 0 {
		return nil
	}
	var failed error
	kept := 0
	for _, out := range unkept {
		if err := b.Store.Settle(context.WithoutCancel(ctx), []Outcome{out}); err != nil {
			o.remember(out)
			failed = errors.Join(failed, fmt.Errorf("settle a message once more: %w", err))
			continue
		}
		kept++
	}
	if kept == 0 {
		return failed // two that wake each other in vain would never sleep
	}
	// In another lane a newer one of a slot may have waited.
	for _, other := range b.out[slices.Index(doorNames[:], o.door)] {
		if other != o {
			other.wake()
		}
	}
	return failed
}

// giveUp ends a message that may have arrived too often already.
func (b *Bot) giveUp(ctx context.Context, m Message) error {
	if err := b.undelivered(ctx, m, SendUnknown); err != nil {
		return err
	}
	if err := b.Store.Settle(ctx, []Outcome{{Message: m.ID, At: b.Now(), Problem: SendUnknown.String()}}); err != nil {
		return fmt.Errorf("settle a message: %w", err)
	}
	return nil
}

// undelivered lets the house act on a message that is given up, or that the place
// it goes to refuses, once.
func (b *Bot) undelivered(ctx context.Context, m Message, class SendClass) error {
	e := Event{ID: fmt.Sprint("undelivered:", m.ID), Door: "clock", At: b.Now(), What: Undelivered{Message: m, Class: class}}
	_, err := b.Receive(ctx, e)
	return err
}

func (b *Bot) sendOne(ctx context.Context, m Message) (remote string, err error) {
	defer func() {
		if p := recover(); p != nil {
			// One message that no door can carry must not stop the others.
			err = &SendError{Class: SendRefused, Err: errors.New("the door broke down on this message")}
		}
	}()
	if m.Rewrite != "" && m.Remote == "" {
		return "", nil // what it would rewrite never stood there
	}
	return b.Doors[m.To.Door].Send(ctx, m)
}

func asSendError(err error) *SendError {
	if err == nil {
		return nil
	}
	var se *SendError
	if errors.As(err, &se) {
		return se
	}
	return &SendError{Class: SendUnknown, Err: err}
}

// outcome says what becomes of a message after one attempt.
func (b *Bot) outcome(o *outlet, m Message, remote string, failure *SendError) Outcome {
	now := b.Now()
	out := Outcome{Message: m.ID, At: now}
	if failure == nil {
		out.Sent, out.Remote = true, remote
		return out
	}
	out.Problem = failure.Class.String()
	out.Ambiguous = failure.Class == SendUnknown
	if at, ok := RetryAt(now, o.door, m, failure, b.Chance()); ok {
		out.Retry = at
	}
	return out
}

// learn draws from a batch what it says about the platform and about people.
func (b *Bot) learn(ctx context.Context, o *outlet, batch []Message, failures []*SendError) error {
	for i, f := range failures {
		switch {
		case f == nil:
			if err := b.back(ctx, o); err != nil {
				return err
			}
		case f.Class == SendSlow && o.door == Telegram:
			b.pace.Pause(b.Now().Add(f.After))
		case f.Class == SendRetry && f.After > 0:
			// This place is not right, such as a channel that is gone; the platform is.
		case f.Class == SendUnknown || f.Class == SendRetry || f.Class == SendForbidden:
			o.circuit.failure(b.Now())
		}
		if f != nil {
			b.Log.WarnContext(ctx, "message not sent", "door", o.door, "lane", int(o.lane), "message", batch[i].ID, "class", f.Class.String(), "attempts", batch[i].Attempts+1)
		}
	}
	return nil
}

// back notes that the platform answers. When it did not before, everything that
// waits for a retry is due at once.
func (b *Bot) back(ctx context.Context, o *outlet) error {
	if !o.circuit.success() {
		return nil
	}
	if err := b.Store.Wake(ctx, o.door, b.Now()); err != nil {
		return fmt.Errorf("wake waiting messages: %w", err)
	}
	b.Poke()
	return nil
}

func (c SendClass) String() string {
	return [...]string{"unknown", "retry", "slow", "refused", "blocked", "forbidden"}[c]
}

// Fetch opens a file that came in by one door, so that another can send it.
func (b *Bot) Fetch(ctx context.Context, m Media) (io.ReadCloser, error) {
	door := b.Doors[m.Door]
	if door == nil {
		return nil, fmt.Errorf("fetch a file: there is no door %q", m.Door)
	}
	return door.Fetch(ctx, m.Ref)
}
