// Package clock is the door that time comes in by: what was to happen at some
// moment happens, as an event like any other.
//
// It keeps nothing itself. A timer is a row in the memory of the house, so that
// a stop of the house delays what is due and never loses it. It decides nothing:
// what a timer means is for the house.
package clock

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"houvast/bot"
)

// slice is how many timers ring at once at most, so that people come between.
const slice = 25

// How often the clock looks at Now, and how often at least at the timers, whatever
// it knew to be next.
const (
	look    = time.Second
	longest = 30 * time.Second
)

// A Store knows the timers.
type Store interface {
	// DueTimers returns at most limit timers that have run out at now, the most
	// urgent first.
	DueTimers(ctx context.Context, now time.Time, limit int) ([]bot.Timer, error)

	// NextTimer returns when the next timer runs out, or the zero time.
	NextTimer(ctx context.Context) (time.Time, error)
}

// A Door brings in what time brings.
type Door struct {
	Store Store

	// Take hands events to the house. Once it returns nil, what follows from
	// them is kept; after an error they come again.
	Take func(ctx context.Context, events []bot.Event) error

	Now bot.Clock
	Log *slog.Logger

	// Poke wakes the door: something may be due sooner than it knew. Nil: never.
	Poke <-chan struct{}
}

// Run rings what is due until ctx ends. It wakes when the next timer runs out and
// when it is poked. Every second it looks at Now, which may be moved; that costs
// nothing.
func (d *Door) Run(ctx context.Context) error {
	wake := time.NewTimer(0)
	defer wake.Stop()
	var next time.Time // nothing is due before it
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-d.Poke:
			next = time.Time{}
		case <-wake.C:
		}
		if now := d.Now(); !now.Before(next) || next.Sub(now) > longest {
			next = d.ring(ctx)
		}
		now := d.Now()
		wake.Reset(min(bot.Beat(now), max(0, next.Sub(now))))
	}
}

// ring rings what is due and returns until when nothing is. What could not be
// brought in comes again, but not at once: a full disk is not filled by asking.
func (d *Door) ring(ctx context.Context) time.Time {
	if err := d.Tick(ctx); err != nil {
		if ctx.Err() == nil {
			d.Log.Error("the clock could not bring in what is due", "err", err)
		}
		return d.Now().Add(look)
	}
	next, err := d.Store.NextTimer(ctx)
	if err != nil {
		return d.Now().Add(look)
	}
	if last := d.Now().Add(longest); next.IsZero() || next.After(last) {
		return last
	}
	return next
}

// Tick brings in everything that is due now, a slice at a time, and returns when
// nothing is. What becomes due by what it brought in is due now too.
func (d *Door) Tick(ctx context.Context) error {
	for ctx.Err() == nil {
		now := d.Now()
		due, err := d.Store.DueTimers(ctx, now, slice)
		if err != nil {
			return fmt.Errorf("look what is due: %w", err)
		}
		if len(due) == 0 {
			return nil
		}
		events := make([]bot.Event, len(due))
		for i, t := range due {
			events[i] = Event(t)
		}
		if err := d.Take(ctx, events); err != nil {
			return fmt.Errorf("bring in %d timers: %w", len(due), err)
		}
	}
	return ctx.Err()
}

// Event is what happens when t runs out. Its moment is the one that was meant,
// however late the house is.
func Event(t bot.Timer) bot.Event {
	e := bot.Event{
		ID: fmt.Sprintf("timer:%d", t.ID), Door: "clock", At: t.Due,
		Resident: t.Resident, Signal: t.Signal, What: bot.Rang{Timer: t},
	}
	if t.Kind == bot.TimerRhythm {
		// A rhythm may keep its row; each moment of it happens once.
		e.ID = fmt.Sprintf("rhythm:%d:%d", t.ID, t.Due.Unix())
	}
	return e
}
