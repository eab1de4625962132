package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"houvast/bot"
)

// urgent reports whether a signal hangs on t, or may: then it rings before check-ins
// that are due at the same time.
func urgent(t bot.Timer) bool {
	return t.Kind == bot.TimerSignal || t.Kind == bot.TimerLeft || t.Kind == bot.TimerShut
}

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

const dueTimers = `SELECT id, due, body FROM timers WHERE urgent = ? AND due <= ?` + timerStays + ` ORDER BY due, id LIMIT `

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

// ripeTimers returns those that have run out, and which of the others there do not open.
func (d *DB) ripeTimers(ctx context.Context, urgent int, now time.Time, limit int) (found []bot.Timer, shut []int64, err error) {
	rows, err := d.read.rows(ctx, dueTimers+strconv.Itoa(limit), urgent, micros(now))
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, due int64
		var body sql.RawBytes
		if err := rows.Scan(&id, &due, &body); err != nil {
			return nil, nil, err
		}
		var t bot.Timer
		if err := d.ring.openJSON("timers", "body", id, body, &t); err != nil {
			shut = append(shut, id)
			continue
		}
		if ripe(t.Due) != due {
			t.Due = moment(due) // it could not be read before: it rings as it is kept now
		}
		found = append(found, t)
	}
	return found, shut, rows.Err()
}

// giveUpTimers sees to timers that have run out and do not open: else no other would
// ring again. One whose seal is broken is taken away; one that only this program cannot
// read waits, and rings once it can be read. Either is told of once, see [tx.instead].
func (d *DB) giveUpTimers(ctx context.Context, ids []int64, now time.Time) error {
	return d.write(ctx, people, 5*len(ids), func(t *tx) error {
		var lost []bot.Timer
		for _, id := range ids {
			timer := bot.Timer{ID: id, Due: now}
			var body []byte
			ok, err := t.one([]any{&timer.Signal, &timer.Resident, &body}, `SELECT signal, resident, body FROM timers WHERE id = ?`, id)
			if err != nil {
				return fmt.Errorf("give up a timer: %w", err)
			}
			if !ok {
				continue
			}
			shut := t.ring.openJSON("timers", "body", id, body, &bot.Timer{})
			if shut == nil {
				continue // it was set anew meanwhile
			}
			first := int64(1)
			if errors.Is(shut, errUnsealed) {
				_, err = t.exec(`DELETE FROM timers WHERE id = ?`, id)
			} else if _, err = t.exec(`UPDATE timers SET due = ? WHERE id = ?`, ripe(now.Add(decodedLater)), id); err == nil {
				first, err = t.exec(`INSERT INTO seen (event, at) VALUES (?, ?) ON CONFLICT DO NOTHING`, fmt.Sprint("shut:timer:", id), micros(now))
			}
			if err != nil {
				return fmt.Errorf("give up a timer: %w", err)
			}
			if first == 0 {
				continue
			}
			lost = append(lost, timer)
			if err := t.putDead(bot.DeadLetter{At: now, Door: fromFile, Event: fmt.Sprint("timer:", id), Why: shut.Error(), Raw: body, Resident: timer.Resident}); err != nil {
				return err
			}
		}
		return each(lost, t.instead)
	})
}

// instead sets what rings in the place of a timer that does not open. An open signal is
// looked at again: whoever is to be called next is called. Of anything else people hear
// that it is broken. Nothing hangs on a signal that is closed.
func (t *tx) instead(lost bot.Timer) error {
	timer := bot.Timer{ID: t.id(), Due: lost.Due, Signal: lost.Signal, Resident: lost.Resident, Kind: bot.TimerShut, Key: fmt.Sprint("shut:", lost.ID)}
	if lost.Signal != 0 {
		open, err := t.one([]any{&timer.Resident}, `SELECT resident FROM signals WHERE id = ? AND state <> 'closed'`, lost.Signal)
		if err != nil || !open {
			return err
		}
		timer.Kind, timer.Key = bot.TimerSignal, fmt.Sprint("signal:", lost.Signal)
	}
	if err := (keeper{tx: t}).cancel(timer.Key); err != nil {
		return err
	}
	return t.insertTimer(timer)
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
