package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"houvast/bot"
)

// Counts are numbers about the house, none of which says anything about anybody.
type Counts struct {
	Residents   map[bot.Stage]int
	Signals     map[bot.SignalState]int // open and taken ones
	Unsent      map[bot.Lane]Unsent
	Timer       time.Time // the timer that should ring first; past: the clock is late; zero: none
	DeadLetters int
	Undecoded   int // messages that wait because this program cannot read them
}

// Unsent is what is still to be said in one lane.
type Unsent struct {
	Messages int
	Oldest   time.Time // since when the first of them waits; zero: none is due
}

// Counts counts, for health and metrics. Of what is unsent it counts what is due
// at now and still of use.
func (d *DB) Counts(ctx context.Context, now time.Time) (Counts, error) {
	c := Counts{Residents: map[bot.Stage]int{}, Signals: map[bot.SignalState]int{}, Unsent: map[bot.Lane]Unsent{}}
	err := d.count(ctx, `SELECT stage, count(*) FROM residents GROUP BY stage`, func(name string, n int) { c.Residents[bot.Stage(name)] = n })
	if err == nil {
		err = d.count(ctx, `SELECT state, count(*) FROM signals WHERE state <> 'closed' GROUP BY state`,
			func(name string, n int) { c.Signals[bot.SignalState(name)] = n })
	}
	if err == nil {
		err = d.count(ctx, `SELECT '', count(*) FROM dead_letters`, func(_ string, n int) { c.DeadLetters = n })
	}
	for lane := bot.LaneDistress; err == nil && lane <= bot.LaneScheduled; lane++ {
		var u Unsent
		var oldest int64
		err = d.read.row(ctx, `
			SELECT count(*), coalesce(min(due), 0) FROM outbox
			WHERE door IN (?3, ?4) AND lane = ?1 AND settled = 0 AND due <= ?2 AND (until = 0 OR until > ?2)`,
			int(lane), micros(now), bot.Telegram, bot.Mattermost).Scan(&u.Messages, &oldest)
		u.Oldest = moment(oldest)
		c.Unsent[lane] = u
	}
	if err == nil {
		err = d.count(ctx, `SELECT '', count(*) FROM outbox WHERE settled = 0 AND problem = '`+undecoded+`'`, func(_ string, n int) { c.Undecoded = n })
	}
	if err == nil {
		c.Timer, err = d.NextTimer(ctx)
	}
	if err != nil {
		return c, fmt.Errorf("count: %w", err)
	}
	return c, nil
}

func (d *DB) count(ctx context.Context, query string, each func(name string, n int), args ...any) error {
	rows, err := d.read.rows(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			return err
		}
		each(name, n)
	}
	return rows.Err()
}

// A Standing is where an open signal stands: every one has an owner, or a moment
// at which it is looked at again.
type Standing struct {
	bot.Signal
	Next   time.Time // when a timer looks at it again; zero: none is set
	Unsent int       // messages about it, as their subject, that are still to be sent
}

// Forlorn reports whether nobody has the signal and nothing will look at it
// again: that may never be.
func (s Standing) Forlorn() bool { return s.TakenBy == "" && s.Next.IsZero() }

const standing = `
	SELECT id, body,
		(SELECT coalesce(min(due), 0) FROM timers WHERE signal = signals.id AND signal <> 0),
		(SELECT count(*) FROM outbox WHERE subject = signals.id AND subject <> 0 AND settled = 0)
	FROM signals WHERE state <> 'closed'` + signalStays + ` ORDER BY opened, id`

// Signals returns where every signal stands that is not closed, oldest first.
func (d *DB) Signals(ctx context.Context) ([]Standing, error) {
	rows, err := d.read.rows(ctx, standing)
	if err != nil {
		return nil, fmt.Errorf("open signals: %w", err)
	}
	defer rows.Close()

	var found []Standing
	for rows.Next() {
		var s Standing
		var id, next int64
		var body []byte
		if err := rows.Scan(&id, &body, &next, &s.Unsent); err != nil {
			return nil, fmt.Errorf("open signals: %w", err)
		}
		if err := d.ring.openJSON("signals", "body", id, body, &s.Signal); err != nil {
			return nil, fmt.Errorf("open signals: %w", err)
		}
		s.Next = moment(next)
		found = append(found, s)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("open signals: %w", err)
	}
	return found, nil
}

// Peers returns the chats of peer experts and of professionals with a reserve
// channel, by their key in the network.
func (d *DB) Peers(ctx context.Context) (map[string]bot.Account, error) {
	found, err := all[bot.Account](reading{ctx, d.read}, d.ring, "accounts", peerAccounts)
	if err != nil {
		return nil, fmt.Errorf("chats of the network: %w", err)
	}
	peers := map[string]bot.Account{}
	for _, a := range found {
		peers[a.Person] = a
	}
	return peers, nil
}

// Log returns who looked at what of one resident, or did what, oldest first.
func (d *DB) Log(ctx context.Context, resident int64) ([]bot.LogLine, error) {
	found, err := all[bot.LogLine](reading{ctx, d.read}, d.ring, "log", `SELECT id, body FROM log WHERE resident = ? ORDER BY id`, resident)
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	return found, nil
}

// DeadLetters returns the newest of what could not be read or decided. They hold
// what people wrote: they are for the eyes of who mends the house.
func (d *DB) DeadLetters(ctx context.Context, limit int) ([]bot.DeadLetter, error) {
	found, err := all[bot.DeadLetter](reading{ctx, d.read}, d.ring, "dead_letters", `SELECT id, body FROM dead_letters ORDER BY id DESC LIMIT ?`, limit)
	if err != nil {
		return nil, fmt.Errorf("read the dead letters: %w", err)
	}
	return found, nil
}

// SaveCursor keeps how far a door has heard (an opaque value of its own), and
// that it heard so at that moment.
func (d *DB) SaveCursor(ctx context.Context, door string, at time.Time, value string) error {
	err := d.write(ctx, people, 1, func(t *tx) error {
		_, err := t.exec(`
			INSERT INTO cursors (door, at, value) VALUES (?, ?, ?)
			ON CONFLICT (door) DO UPDATE SET at = excluded.at, value = excluded.value`, door, micros(at), value)
		return err
	})
	if err != nil {
		return fmt.Errorf("save how far %s has heard: %w", door, err)
	}
	return nil
}

// Cursor returns what [DB.SaveCursor] kept last; the zero time if it never did.
func (d *DB) Cursor(ctx context.Context, door string) (at time.Time, value string, err error) {
	var us int64
	err = d.read.row(ctx, `SELECT at, value FROM cursors WHERE door = ?`, door).Scan(&us, &value)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, "", fmt.Errorf("how far %s has heard: %w", door, err)
	}
	return moment(us), value, nil
}

// Ages are how long what is over is kept. Zero keeps it for ever.
type Ages struct {
	Seen        time.Duration // that an event happened; weeks: platforms repeat for a day
	Sent        time.Duration // that a message was sent; its words went when it was
	DeadLetters time.Duration // and the copies that were made before a migration
	Log         time.Duration
}

// Sweep takes away what is older than ages, and returns how many rows that were.
// It gives way to everybody else. First it goes on with what is being erased of
// residents; that this fails keeps nothing else from being swept.
func (d *DB) Sweep(ctx context.Context, now time.Time, ages Ages) (int, error) {
	unfinished := d.finishErasures(ctx)
	var swept int
	var err error
	if ages.Seen > 0 {
		swept, err = d.sweepSeen(ctx, now.Add(-ages.Seen))
	}
	for _, s := range []struct {
		age   time.Duration
		query string
	}{
		{ages.Sent, `DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE settled > 0 AND settled < ? LIMIT ?)`},
		{ages.DeadLetters, `DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters WHERE at < ? LIMIT ?)`},
		{ages.Log, `DELETE FROM log WHERE id IN (SELECT id FROM log WHERE at < ? LIMIT ?)`},
	} {
		for s.age > 0 && err == nil {
			var n int64
			err = d.write(ctx, editor, maxRows, func(t *tx) (err error) {
				n, err = t.exec(s.query, micros(now.Add(-s.age)), maxRows)
				return err
			})
			swept += int(n)
			if n < maxRows {
				break
			}
		}
	}
	if ages.DeadLetters > 0 && err == nil {
		err = d.sweepCopies(now.Add(-ages.DeadLetters))
	}
	if err := errors.Join(unfinished, err); err != nil {
		return swept, fmt.Errorf("sweep: %w", err)
	}
	return swept, nil
}

// sweepSeen walks through all that was seen, a page at a time: an index by
// moment would cost a page in every commit, for a walk once a week.
func (d *DB) sweepSeen(ctx context.Context, before time.Time) (int, error) {
	swept, last := 0, ""
	for {
		var page, old []string
		err := d.count(ctx, `SELECT event, at < ? FROM seen WHERE event > ? ORDER BY event LIMIT ?`, func(event string, past int) {
			page = append(page, event)
			if past == 1 {
				old = append(old, event)
			}
		}, micros(before), last, maxRows)
		if err != nil || len(page) == 0 {
			return swept, err
		}
		last = page[len(page)-1]
		if len(old) == 0 {
			continue
		}
		err = d.write(ctx, editor, maxRows, func(t *tx) error {
			return each(old, func(event string) error {
				_, err := t.exec(`DELETE FROM seen WHERE event = ?`, event)
				return err
			})
		})
		if err != nil {
			return swept, err
		}
		swept += len(old)
	}
}
