package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"time"

	"houvast/bot"
)

// slice is how many events go into one commit at most.
const slice = 25

// rowsPerEvent is about how many rows one event touches.
const rowsPerEvent = 10

// Take implements [bot.Store]. It decides inside the write transaction: deciding
// does no I/O, so it hardly lengthens it, and no two events are ever decided on
// the same state.
//
// An event that cannot be decided or kept is decided once more as
// [bot.Unread], on the same scene and in the same commit, so that people hear of
// it and the resident gets an answer, also after a kill. If that fails too, its
// reply is Dead. Whatever comes of it, it is among the dead letters.
//
// If Take returns an error, none of the events of the slice that failed is kept,
// nor any after it; those of earlier slices are, and handing in all of them again
// is harmless. [ErrFull] says that the disk has no room.
func (d *DB) Take(ctx context.Context, now time.Time, events []bot.Event, decide func(bot.Scene, bot.Event) bot.Turn) ([]bot.Reply, error) {
	replies := make([]bot.Reply, 0, len(events))
	for len(replies) < len(events) {
		left := events[len(replies):]
		left = left[:min(len(left), slice)]
		var got []bot.Reply
		haste, weight := laneOf(left), rowsPerEvent*len(left)
		if haste > people {
			weight = rowsPerEvent // it makes way after each event
		}
		// Each event has a savepoint of its own: together they need none.
		err := d.hand(haste, &job{ctx: ctx, weight: weight, whole: true, do: func(t *tx) error {
			k := keeper{tx: t, now: now, chance: d.chance}
			for _, e := range left {
				if len(got) > 0 && (t.rows >= maxRows || haste > people && t.hurried()) {
					return nil // the rest has the next commit
				}
				reply, err := k.take(e, decide)
				if err != nil {
					return err
				}
				got = append(got, reply)
			}
			return nil
		}})
		if err != nil {
			return replies, fmt.Errorf("take %s: %w", left[0].ID, err)
		}
		replies = append(replies, got...)
	}
	d.goOnErasing()
	return replies, nil
}

// laneOf says who goes first: people, and what they wait for.
func laneOf(events []bot.Event) lane {
	for _, e := range events {
		switch w := e.What.(type) {
		case bot.Rang:
			if urgent(w.Timer) {
				return people
			}
		case bot.Compose:
			if w.Message.Lane < bot.LaneScheduled {
				return people
			}
		default:
			return people
		}
	}
	return clock
}

// A keeper keeps one event after the other in one transaction.
type keeper struct {
	*tx
	now    time.Time
	chance interface{ Read([]byte) (int, error) }
}

// take keeps what follows from e. Its error is always the world's: no event can
// make it fail.
func (k keeper) take(e bot.Event, decide func(bot.Scene, bot.Event) bot.Turn) (bot.Reply, error) {
	if err := k.w.fault("event"); err != nil {
		return bot.Reply{}, broken{err}
	}
	var turn bot.Turn
	var scene bot.Scene
	err := k.try(func() error { return k.attempt(e, false, &scene, &turn, decide) })
	if err == nil || worldly(err) {
		return turn.Reply, err
	}
	dead := k.deadLetter(e, scene, err)

	turn = bot.Turn{}
	err = k.try(func() error {
		err := k.attempt(e, true, &scene, &turn, func(s bot.Scene, e bot.Event) bot.Turn {
			e.What = bot.Unread{Raw: dead.Raw, Why: "undecided"}
			t := decide(s, e)
			t.Dead = nil // ours says why
			return t
		})
		if err != nil {
			return err
		}
		return k.putDead(dead)
	})
	if err == nil || worldly(err) {
		return turn.Reply, err
	}

	err = k.try(func() error {
		if _, err := k.remember(e); err != nil {
			return err
		}
		if err := k.begun(e); err != nil {
			return err
		}
		if err := k.done(e); err != nil {
			return err
		}
		return k.putDead(dead)
	})
	if err != nil {
		return bot.Reply{}, broken{fmt.Errorf("keep a dead letter: %w", err)}
	}
	return bot.Reply{Dead: true}, nil
}

// attempt handles e once. The one recover of the house is here: a fault in
// deciding is the fault of this event, and the others go on. Lenient makes do
// with the part of the scene that can be read.
func (k keeper) attempt(e bot.Event, lenient bool, scene *bot.Scene, turn *bot.Turn, decide func(bot.Scene, bot.Event) bot.Turn) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	fresh, err := k.remember(e)
	if err != nil || !fresh {
		return err
	}
	e, fresh, err = k.holds(e)
	if err != nil || !fresh {
		return err
	}
	*scene, err = k.scene(e, lenient)
	if err != nil {
		return fmt.Errorf("set the scene: %w", err)
	}
	*turn = decide(*scene, e)
	if len(turn.Reply.Errors) > 0 {
		return k.untake(e) // a form with faults: the same answers may come again
	}
	if err := k.begun(e); err != nil {
		return err
	}
	if err := k.keep(e, *turn); err != nil {
		return fmt.Errorf("keep the turn: %w", err)
	}
	if turn.Reply.Left, err = k.leave(*turn); err != nil {
		return err
	}
	return k.done(e)
}

// remember keeps that e happened, and reports whether that is new.
func (k keeper) remember(e bot.Event) (bool, error) {
	if e.ID == "" {
		return false, fmt.Errorf("an event without an id")
	}
	n, err := k.exec(`INSERT INTO seen (event, at) VALUES (?, ?) ON CONFLICT DO NOTHING`, e.ID, micros(k.now))
	if err != nil {
		return false, fmt.Errorf("remember the event: %w", err)
	}
	return n == 1, nil
}

// untake takes back that e happened.
func (k keeper) untake(e bot.Event) error {
	if _, err := k.exec(`DELETE FROM seen WHERE event = ?`, e.ID); err != nil {
		return fmt.Errorf("forget the event: %w", err)
	}
	return nil
}

// holds reports whether e still holds: a timer may have been cancelled and a
// message settled since the clock looked. It returns e as it is kept now.
func (k keeper) holds(e bot.Event) (bot.Event, bool, error) {
	switch w := e.What.(type) {
	case bot.Rang:
		timer, ok, err := first[bot.Timer](k.tx, k.ring, "timers",
			`SELECT id, body FROM timers WHERE id = ? AND due = ?`+timerStays, w.Timer.ID, ripe(w.Timer.Due))
		if err != nil || !ok {
			return e, false, err
		}
		e.What = bot.Rang{Timer: timer}
	case bot.Compose:
		var open int
		ok, err := k.one([]any{&open}, `SELECT 1 FROM outbox AS o WHERE id = ? AND settled = 0`+messageStays, w.Message.ID)
		if err != nil || !ok {
			return e, false, err
		}
	}
	return e, true, nil
}

// begun ends the timer that rang, before the turn may set it again.
func (k keeper) begun(e bot.Event) error {
	if w, ok := e.What.(bot.Rang); ok {
		if _, err := k.exec(`DELETE FROM timers WHERE id = ?`, w.Timer.ID); err != nil {
			return fmt.Errorf("end the timer: %w", err)
		}
	}
	return nil
}

// done gives up a message that was to be composed and got no words: it would
// keep others to that place waiting for ever.
func (k keeper) done(e bot.Event) error {
	w, ok := e.What.(bot.Compose)
	if !ok {
		return nil
	}
	m, ok, err := openMessage(k.tx, w.Message.ID)
	if err != nil || !ok || m.Later == "" {
		return err
	}
	return settleMessage(k.tx, m.ID, k.now, becameGivenUp, "undecided")
}

// deadLetter is what is kept, sealed, of an event that could not be decided on s.
func (k keeper) deadLetter(e bot.Event, s bot.Scene, why error) bot.DeadLetter {
	raw, err := json.Marshal(e)
	if err != nil {
		raw = fmt.Appendf(nil, "%#v", e)
	}
	l := bot.DeadLetter{At: k.now, Door: e.Door, Event: e.ID, Why: why.Error(), Raw: raw, Chat: e.Chat, Resident: e.Resident}
	if s.Resident != nil {
		l.Resident = s.Resident.ID
	}
	return l
}
