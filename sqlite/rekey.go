package sqlite

import (
	"bytes"
	"context"
	"fmt"

	"houvast/bot"
)

// rekey seals everything anew with the first key of the ring, in commits of the
// usual size. Killed halfway, it goes on when the file is opened again with the
// same ring: until it is done, the file says that the old key is needed.
//
// A row that does not open stays as it is (but see [rekeySlots]), and no other waits for it. How many those
// are is kept, and shows as [FlawShut] for as long as one of them stands: whoever
// takes the old key away then, takes away what might still open it one day. Each
// start with more than one key tries them again.
func (d *DB) rekey(ctx context.Context) error {
	id, err := provenKey(ctx, d.read.db, d.ring)
	if err != nil {
		return err
	}
	if bytes.Equal(id, d.ring[0].id) {
		left, err := d.leftBehind(ctx)
		if err != nil || left == 0 || len(d.ring) == 1 {
			return err
		}
	}
	for _, table := range []func() error{
		func() error { return d.eraseShut(ctx) }, // what it names by the old key it finds now only
		func() error { return again(ctx, d, "accounts", (*tx).putAccount) },
		func() error { return again(ctx, d, "residents", (*tx).putResident) },
		func() error { return again(ctx, d, "conversations", (*tx).putConversation) },
		func() error { return again(ctx, d, "signals", (*tx).putSignal) },
		func() error { return again(ctx, d, "words", (*tx).putWord) },
		func() error { return again(ctx, d, "invites", (*tx).putInvite) },
		func() error { return again(ctx, d, "checkins", (*tx).putCheckIn) },
		func() error { return again(ctx, d, "timers", (*tx).insertTimer) },
		func() error {
			return again(ctx, d, "log", func(t *tx, l bot.LogLine) error { return t.anew("log", l.ID, func() error { return t.putLog(l) }) })
		},
		func() error {
			return again(ctx, d, "dead_letters", func(t *tx, l bot.DeadLetter) error {
				var unknown bool // kept before it was kept whose it is: it stays so
				if _, err := t.one([]any{&unknown}, `SELECT chat IS NULL FROM dead_letters WHERE id = ?`, l.ID); err != nil {
					return err
				}
				return t.anew("dead_letters", l.ID, func() error {
					if unknown {
						return t.putLetter(l, nil)
					}
					return t.putDead(l)
				})
			})
		},
		func() error { return again(ctx, d, "erasures", (*tx).putErasure) },
		func() error { return d.rekeyOutbox(ctx) },
		func() error { return d.write(ctx, people, maxRows, rekeyRest) },
	} {
		if err := table(); err != nil {
			return fmt.Errorf("seal with the new key: %w", err)
		}
	}
	return nil
}

// again puts every row of a table anew.
func again[T any](ctx context.Context, d *DB, table string, put func(*tx, T) error) error {
	return d.pages(ctx, `SELECT id FROM `+table+` WHERE id > ? AND substr(body, 1, 4) <> ? ORDER BY id LIMIT ?`, func(t *tx, id int64) error {
		v, ok, err := first[T](t, t.ring, table, `SELECT id, body FROM `+table+` WHERE id = ?`, id)
		if err != nil && !worldly(err) {
			return nil // it is left behind
		}
		if err != nil || !ok {
			return err
		}
		return put(t, v)
	})
}

// anew puts a row of an append-only table in its own place.
func (t *tx) anew(table string, id int64, put func() error) error {
	if _, err := t.exec(`DELETE FROM `+table+` WHERE id = ?`, id); err != nil {
		return err
	}
	return put()
}

// pages calls each for every id that query gives after the last and that does not bear
// the name of the first key, a commit a page.
func (d *DB) pages(ctx context.Context, query string, each func(t *tx, id int64) error) error {
	var last int64
	for more := true; more; {
		err := d.write(ctx, people, maxRows, func(t *tx) error {
			ids, err := t.ids(query, last, t.ring[0].id, maxRows)
			if err != nil {
				return err
			}
			for _, id := range ids {
				if err := each(t, id); err != nil {
					return err
				}
				last = id
			}
			more = len(ids) == maxRows
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) ids(query string, args ...any) ([]int64, error) {
	rows, err := t.query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

func (d *DB) rekeyOutbox(ctx context.Context) error {
	const open = `SELECT id FROM outbox WHERE settled = 0 AND id > ? AND substr(message, 1, 4) <> ? ORDER BY id LIMIT ?`
	return d.pages(ctx, open, func(t *tx, id int64) error {
		m, ok, err := openMessage(t, id)
		if err != nil && !worldly(err) {
			return nil // it is left behind
		}
		if err != nil || !ok {
			return err
		}
		body, err := t.ring.sealJSON("outbox", "message", id, m)
		if err != nil {
			return err
		}
		_, err = t.exec(`UPDATE outbox SET place = ?, slot = ?, message = ? WHERE id = ?`, t.rowHash(m), t.slotHash(m), body, id)
		return err
	})
}

// rekeyRest seals the few that are left, and says with what all is sealed that opens,
// and how much does not.
func rekeyRest(t *tx) error {
	for _, rest := range []func(*tx) error{rekeySlots, rekeyNetworks, rekeyFlows} {
		if err := rest(t); err != nil {
			return err
		}
	}
	var left int
	if _, err := t.one([]any{&left}, leftNow, t.ring[0].id); err != nil {
		return err
	}
	_, err := t.exec(`UPDATE sealed_with SET key = ?, proof = ?, left_behind = ?`, t.ring[0].id, t.ring.seal("sealed_with", "proof", 1, proof), left)
	return err
}

// rekeySlots leaves no post behind. One that does not open could never be found again
// either, since its name is by the old key: it is forgotten, and what stood there is
// posted anew. That this happened is among the dead letters.
func rekeySlots(t *tx) error {
	posts, shut, err := allPosts(t)
	if err != nil {
		return err
	}
	if len(shut) > 0 {
		var last int64 // no clock runs yet: it is told as of the last that happened
		if _, err := t.one([]any{&last}, `SELECT coalesce(max(at), 0) FROM seen`); err != nil {
			return err
		}
		for _, s := range shut {
			if err := t.forgetPost(&s, moment(last)); err != nil {
				return err
			}
		}
	}
	for _, p := range posts {
		if _, err := t.exec(`DELETE FROM slots WHERE slot = ?`, p.slot); err != nil {
			return err
		}
		if err := t.putPost(p.post); err != nil {
			return err
		}
	}
	return nil
}

func rekeyNetworks(t *tx) error {
	ids, err := t.ids(`SELECT id FROM networks`)
	if err != nil {
		return err
	}
	for _, id := range ids {
		var at int64
		var sealed []byte
		if _, err := t.one([]any{&at, &sealed}, `SELECT at, source FROM networks WHERE id = ?`, id); err != nil {
			return err
		}
		plain, err := t.ring.open("networks", "source", id, sealed)
		if err != nil {
			continue // it is left behind
		}
		if _, err := t.exec(`REPLACE INTO networks (id, at, source) VALUES (?, ?, ?)`, id, at, t.ring.seal("networks", "source", id, plain)); err != nil {
			return err
		}
	}
	return nil
}

func rekeyFlows(t *tx) error {
	var published []Flow
	err := eachFlow(t, t.ring, func(f Flow, shut error) error {
		if shut == nil {
			published = append(published, f)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return each(published, t.putFlow)
}

// leftNow counts what bears the name of another key than the first.
const leftNow = `
	SELECT (SELECT count(*) FROM accounts WHERE substr(body, 1, 4) <> ?1)
		+ (SELECT count(*) FROM residents WHERE substr(body, 1, 4) <> ?1)
		+ (SELECT count(*) FROM conversations WHERE substr(body, 1, 4) <> ?1)
		+ (SELECT count(*) FROM signals WHERE substr(body, 1, 4) <> ?1)
		+ (SELECT count(*) FROM words WHERE substr(body, 1, 4) <> ?1)
		+ (SELECT count(*) FROM invites WHERE substr(body, 1, 4) <> ?1)
		+ (SELECT count(*) FROM checkins WHERE substr(body, 1, 4) <> ?1)
		+ (SELECT count(*) FROM timers WHERE substr(body, 1, 4) <> ?1)
		+ (SELECT count(*) FROM log WHERE substr(body, 1, 4) <> ?1)
		+ (SELECT count(*) FROM dead_letters WHERE substr(body, 1, 4) <> ?1)
		+ (SELECT count(*) FROM erasures WHERE substr(body, 1, 4) <> ?1)
		+ (SELECT count(*) FROM outbox WHERE settled = 0 AND substr(message, 1, 4) <> ?1)
		+ (SELECT count(*) FROM slots WHERE substr(remote, 1, 4) <> ?1)
		+ (SELECT count(*) FROM networks WHERE substr(source, 1, 4) <> ?1)
		+ (SELECT count(*) FROM flows WHERE substr(body, 1, 4) <> ?1)`

// leftBehind is how many rows the last change of key left as they were, as far as it
// was looked.
func (d *DB) leftBehind(ctx context.Context) (int, error) {
	var left int
	if err := d.read.row(ctx, `SELECT coalesce(max(left_behind), 0) FROM sealed_with`).Scan(&left); err != nil {
		return 0, fmt.Errorf("what a change of key left behind: %w", err)
	}
	return left, nil
}

// lookBehind counts them anew: what was swept or erased since stands no more.
func (d *DB) lookBehind(ctx context.Context) (int, error) {
	var left int
	if err := d.read.row(ctx, leftNow, d.ring[0].id).Scan(&left); err != nil {
		return 0, fmt.Errorf("what a change of key left behind: %w", err)
	}
	err := d.write(ctx, editor, 1, func(t *tx) error {
		_, err := t.exec(`UPDATE sealed_with SET left_behind = ?`, left)
		return err
	})
	return left, err
}
