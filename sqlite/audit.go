package sqlite

import (
	"context"
	"fmt"
	"time"

	"houvast/bot"
	"houvast/signals"
)

// A Flaw is a kind of thing that may never be. It says nothing about anybody.
type Flaw string

// The flaws that the file can show.
const (
	FlawForlorn   Flaw = "forlorn"   // a signal that nobody has and nothing will look at again
	FlawCardless  Flaw = "cardless"  // a crisis or distress that stands in no channel and is not on its way there
	FlawRepeated  Flaw = "repeated"  // a message that may have arrived more often than we allow
	FlawOvertaken Flaw = "overtaken" // distress that waits while a check-in was sent by the same door
	FlawSilent    Flaw = "silent"    // a timer that should have rung
	FlawRhythm    Flaw = "rhythm"    // a resident who waits for a check-in that will never come
	FlawShut      Flaw = "shut"      // something that was kept and does not open: left behind by a change of key, of somebody of the network, or met in the last day
	FlawUnerased  Flaw = "unerased"  // an erasure that does not open: of that person a dead letter may stand until it is swept
)

const (
	// repeatsAllowed is how often a message to Telegram, which knows no repeats,
	// may have arrived without our knowing; the host allows no lane more.
	repeatsAllowed = 4

	// overtakenAfter is how long distress may be ready before a check-in that
	// leaves by the same door has overtaken it.
	overtakenAfter = 30 * time.Second

	// silentAfter is how late the clock may be.
	silentAfter = time.Minute

	// shutFor is how long it is told that something did not open and was passed over.
	shutFor = 24 * time.Hour
)

// An Audit is what was found when the file was held against what may never be.
type Audit struct {
	Flaws map[Flaw]int // how often each was found; none that was not

	// Carried are the messages on their way at this moment, with how often each
	// was tried. One that is still there, as often tried, minutes later is carried
	// by nobody.
	Carried map[int64]int
}

// Audit holds the file against what may never be: it is how a house that has a
// fault shows it before somebody is missed by it. It costs about as much as there
// are open signals and unsent messages. With thorough it reads every resident too.
//
// That every message Telegram gave us was kept is not in it: a file cannot show
// what is not there. The canary walks that way.
func (d *DB) Audit(ctx context.Context, now time.Time, thorough bool) (Audit, error) {
	a := Audit{Flaws: map[Flaw]int{}, Carried: map[int64]int{}}
	for _, look := range []func(context.Context, time.Time, *Audit) error{d.auditSignals, d.auditOutbox, d.auditTimers} {
		if err := look(ctx, now, &a); err != nil {
			return a, fmt.Errorf("audit: %w", err)
		}
	}
	if err := d.auditShut(ctx, now, thorough, &a); err != nil {
		return a, fmt.Errorf("audit: %w", err)
	}
	if thorough {
		if err := d.auditRhythms(ctx, &a); err != nil {
			return a, fmt.Errorf("audit: %w", err)
		}
	}
	return a, nil
}

// auditShut counts what does not open. What a change of key left behind is counted
// anew in a thorough audit only, and only while there was any.
func (d *DB) auditShut(ctx context.Context, now time.Time, thorough bool, a *Audit) error {
	left, err := d.leftBehind(ctx)
	if err == nil && left > 0 && thorough && d.w != nil {
		left, err = d.lookBehind(ctx)
	}
	if err != nil {
		return err
	}
	if left == 0 { // else they may be among those
		if left, err = d.shut(ctx, "accounts", peerAccounts); err != nil {
			return err
		}
	}
	met := 0
	if err := d.count(ctx, passedOver, func(_ string, n int) { met = n }, micros(now.Add(-shutFor))); err != nil {
		return err
	}
	erasures, err := d.shut(ctx, "erasures", unfinished)
	if err != nil {
		return err
	}
	for flaw, n := range map[Flaw]int{FlawShut: left + met, FlawUnerased: erasures} {
		if n > 0 {
			a.Flaws[flaw] = n
		}
	}
	return nil
}

// shut counts the rows of a query by id and body that do not open.
func (d *DB) shut(ctx context.Context, table, query string) (int, error) {
	rows, err := d.read.rows(ctx, query)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var id int64
		var body []byte
		if err := rows.Scan(&id, &body); err != nil {
			return 0, err
		}
		if _, err := d.ring.open(table, "body", id, body); err != nil {
			n++
		}
	}
	return n, rows.Err()
}

func (d *DB) auditSignals(ctx context.Context, _ time.Time, a *Audit) error {
	standing, err := d.Signals(ctx)
	if err != nil {
		return err
	}
	for _, s := range standing {
		if s.Forlorn() {
			a.Flaws[FlawForlorn]++
		}
		if s.Channel == "" || s.Kind != signals.Crisis && s.Kind != signals.Distress {
			continue
		}
		slot := d.ring.hash("slot", bot.Mattermost, s.Channel, bot.CardSlot(s.ID))
		var there int
		err := d.read.row(ctx, stands, slot).Scan(&there)
		if err != nil {
			return err
		}
		if there == 0 {
			a.Flaws[FlawCardless]++
		}
	}
	return nil
}

// The queries of the auditor. Each goes by an index of what is not settled.
const (
	stands = `
		SELECT EXISTS (SELECT 1 FROM slots WHERE slot = ?1)
			OR EXISTS (SELECT 1 FROM outbox WHERE slot = ?1 AND settled = 0)`
	repeated = `SELECT '', count(*) FROM outbox WHERE settled = 0 AND door = 'telegram' AND ambiguous > ?1`
	carried  = `SELECT id, attempts FROM outbox WHERE trying = 1 AND settled = 0`

	passedOver = `SELECT '', count(*) FROM dead_letters WHERE at > ?1 AND door = '` + fromFile + `'`
	unfinished = `SELECT id, body FROM erasures`
)

// overtaken counts the messages about distress that stood first in their row and
// ready, while something scheduled went out by the same door.
const overtaken = `
	SELECT '', count(*) FROM outbox AS o
	WHERE o.lane < 1 AND o.settled = 0 AND o.trying = 0 AND o.ready <= ?1
	AND NOT EXISTS (SELECT 1 FROM outbox AS before WHERE before.place = o.place AND before.lane = 0 AND before.settled = 0 AND before.id < o.id` + beforeStays + `)
	AND EXISTS (SELECT 1 FROM outbox AS went WHERE went.settled > 0 AND went.settled > o.ready + ?2 AND went.became = 'sent' AND went.lane = 2 AND went.door = o.door)` + messageStays

func (d *DB) auditOutbox(ctx context.Context, now time.Time, a *Audit) error {
	found := func(flaw Flaw, query string, args ...any) error {
		return d.count(ctx, query, func(_ string, n int) {
			if n > 0 {
				a.Flaws[flaw] += n
			}
		}, args...)
	}
	err := found(FlawRepeated, repeated, repeatsAllowed)
	if err != nil {
		return err
	}
	if err := found(FlawOvertaken, overtaken, micros(now.Add(-overtakenAfter)), overtakenAfter.Microseconds()); err != nil {
		return err
	}
	rows, err := d.read.rows(ctx, carried)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var attempts int
		if err := rows.Scan(&id, &attempts); err != nil {
			return err
		}
		a.Carried[id] = attempts
	}
	return rows.Err()
}

func (d *DB) auditTimers(ctx context.Context, now time.Time, a *Audit) error {
	next, err := d.NextTimer(ctx)
	if err != nil {
		return err
	}
	if !next.IsZero() && now.Sub(next) > silentAfter {
		a.Flaws[FlawSilent]++
	}
	return nil
}

// auditRhythms looks whether everybody who waits for a check-in has a timer.
func (d *DB) auditRhythms(ctx context.Context, a *Audit) error {
	for last := int64(-1); ; {
		page, err := all[bot.Resident](reading{ctx, d.read}, d.ring, "residents",
			`SELECT id, body FROM residents WHERE id > ? AND stage = ? ORDER BY id LIMIT ?`, last, string(bot.StageActive), maxRows)
		if err != nil {
			return err
		}
		for _, r := range page {
			last = r.ID
			if r.NextAsk.IsZero() {
				continue
			}
			var armed int
			err := d.read.row(ctx, `SELECT count(*) FROM timers WHERE key = ?`, d.ring.hash("timer", bot.RhythmKey(r.ID))).Scan(&armed)
			if err != nil {
				return err
			}
			if armed == 0 {
				// The page may be older than the timers: somebody may have stopped since.
				now, err := all[bot.Resident](reading{ctx, d.read}, d.ring, "residents", `SELECT id, body FROM residents WHERE id = ?`, r.ID)
				if err != nil {
					return err
				}
				if len(now) == 1 && now[0].NextAsk.Equal(r.NextAsk) {
					a.Flaws[FlawRhythm]++
				}
			}
		}
		if len(page) < maxRows {
			return nil
		}
	}
}
