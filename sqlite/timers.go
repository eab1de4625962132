package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"houvast/bot"
)

// urgent reports whether a signal hangs on t: then it rings before check-ins
// that are due at the same time.
func urgent(t bot.Timer) bool { return t.Kind == bot.TimerSignal || t.Kind == bot.TimerLeft }

// putTimer sets a timer in the place of the one with its key. A timer that rang
// and is set again is a new row, since its event is remembered by its row.
func (k keeper) putTimer(e bot.Event, t bot.Timer) error {
	if rang, ok := e.What.(bot.Rang); t.ID == 0 || (ok && t.ID == rang.Timer.ID && !strings.HasPrefix(e.ID, "rhythm:")) {
		t.ID = k.id()
	}
	if err := k.cancel(t.Key); err != nil {
		return err
	}
	return k.insertTimer(t)
}

// ripe is the moment of a timer as it is kept: never before it, or it would ring
// when whoever set it thinks that its time has not come, and be set again.
func ripe(due time.Time) int64 { return micros(due.Add(time.Microsecond - time.Nanosecond)) }

func (t *tx) insertTimer(timer bot.Timer) error {
	body, err := t.row("timers", timer.ID, timer)
	if err != nil {
		return err
	}
	_, err = t.exec(`
		INSERT INTO timers (id, key, due, urgent, resident, signal, body) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET key = excluded.key, due = excluded.due, urgent = excluded.urgent,
			resident = excluded.resident, signal = excluded.signal, body = excluded.body`,
		timer.ID, t.ring.hash("timer", timer.Key), ripe(timer.Due), flag(urgent(timer)), timer.Resident, timer.Signal, body)
	if err != nil {
		return fmt.Errorf("timers: %w", err)
	}
	return nil
}

func (k keeper) cancel(key string) error {
	if _, err := k.exec(`DELETE FROM timers WHERE key = ?`, k.ring.hash("timer", key)); err != nil {
		return fmt.Errorf("cancel a timer: %w", err)
	}
	return nil
}

const dueTimers = `SELECT id, body FROM timers WHERE urgent = ? AND due <= ?` + timerStays + ` ORDER BY due, id LIMIT `

// DueTimers returns at most limit timers that have run out at now, longest ago
// first; those that a signal hangs on go before all others.
func (d *DB) DueTimers(ctx context.Context, now time.Time, limit int) ([]bot.Timer, error) {
	var due []bot.Timer
	for _, urgent := range []int{1, 0} {
		for {
			found, shut, err := d.ripeTimers(ctx, urgent, now, limit)
			if err == nil && len(shut) > 0 {
				err = d.giveUpTimers(ctx, shut, now)
			}
			if err != nil {
				return nil, fmt.Errorf("due timers: %w", err)
			}
			if len(shut) == 0 {
				due = append(due, found[:min(len(found), limit-len(due))]...)
				break
			}
		}
	}
	return due, nil
}

// ripeTimers returns those that have run out, and why each of the others there does
// not open.
func (d *DB) ripeTimers(ctx context.Context, urgent int, now time.Time, limit int) (found []bot.Timer, shut map[int64]error, err error) {
	rows, err := d.read.rows(ctx, dueTimers+strconv.Itoa(limit), urgent, micros(now))
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var body sql.RawBytes
		if err := rows.Scan(&id, &body); err != nil {
			return nil, nil, err
		}
		var t bot.Timer
		if err := d.ring.openJSON("timers", "body", id, body, &t); err != nil {
			if shut == nil {
				shut = map[int64]error{}
			}
			shut[id] = err
			continue
		}
		found = append(found, t)
	}
	return found, shut, rows.Err()
}

// giveUpTimers takes away timers that have run out and do not open: else no other
// would ring again. That they were there is among the dead letters, and the auditor
// finds whom nothing rings for any more.
func (d *DB) giveUpTimers(ctx context.Context, shut map[int64]error, now time.Time) error {
	return d.write(ctx, people, 2*len(shut), func(t *tx) error {
		for _, id := range slices.Sorted(maps.Keys(shut)) {
			n, err := t.exec(`DELETE FROM timers WHERE id = ?`, id)
			if err != nil {
				return fmt.Errorf("give up a timer: %w", err)
			}
			if n == 0 {
				continue
			}
			if err := t.putDead(bot.DeadLetter{At: now, Door: fromFile, Event: fmt.Sprint("timer:", id), Why: shut[id].Error()}); err != nil {
				return err
			}
		}
		return nil
	})
}

// nextTimer leaves out what [DB.DueTimers] does, or the clock would come back for it at once.
const nextTimer = `
	SELECT coalesce(min(due), 0) FROM (
		SELECT * FROM (SELECT due FROM timers WHERE urgent = 1` + timerStays + ` ORDER BY due LIMIT 1)
		UNION ALL
		SELECT * FROM (SELECT due FROM timers WHERE urgent = 0` + timerStays + ` ORDER BY due LIMIT 1))`

// NextTimer returns when the next timer runs out, which may be past, or the zero
// time if none is set.
func (d *DB) NextTimer(ctx context.Context) (time.Time, error) {
	var at int64
	err := d.read.row(ctx, nextTimer).Scan(&at)
	if err != nil {
		return time.Time{}, fmt.Errorf("next timer: %w", err)
	}
	return moment(at), nil
}
