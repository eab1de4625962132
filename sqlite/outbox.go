package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"time"

	"houvast/bot"
)

// What became of a message.
const (
	becameSent       = "sent"
	becameGivenUp    = "given up"   // refused, or too often in vain
	becameDropped    = "dropped"    // no longer true
	becameSuperseded = "superseded" // a newer one of its slot says it
	becameExpired    = "expired"    // of no use any more
)

// placeHash is by which the messages to one place are found.
func (t *tx) placeHash(to bot.Address) []byte { return t.ring.hash("place", to.Door, to.Place) }

// rowHash is by which messages are kept in order. On a phone that is the chat. In a
// channel only those that are about the same: a card that Mattermost would not take
// must not keep the card of somebody else in danger waiting.
func (t *tx) rowHash(m bot.Message) []byte {
	if m.To.Door == bot.Mattermost {
		return t.ring.hash("place", m.To.Door, m.To.Place, strconv.FormatInt(m.Subject, 10))
	}
	return t.placeHash(m.To)
}

// slotHash names a slot. The same name at another place is another slot: what
// was posted there cannot be edited from here.
func (t *tx) slotHash(m bot.Message) []byte {
	if m.Slot == "" {
		return nil
	}
	return t.ring.hash("slot", m.To.Door, m.To.Place, m.Slot)
}

// putMessage puts a message in the outbox. Of one slot it takes the place of
// what is still to be sent, except what is on its way at this moment.
func (k keeper) putMessage(m bot.Message) error {
	if err := needID("outbox", m.ID); err != nil {
		return err
	}
	k.claim(m.ID)
	body, err := k.ring.sealJSON("outbox", "message", m.ID, m)
	if err != nil {
		return err
	}
	slot := k.slotHash(m)
	if slot != nil {
		if err := k.supersede(&m, slot); err != nil {
			return err
		}
	}
	_, err = k.exec(`
		INSERT INTO outbox (id, door, lane, place, slot, subject, due, ready, until, ambiguous, first, message)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET door = excluded.door, lane = excluded.lane, place = excluded.place,
			slot = excluded.slot, subject = excluded.subject, due = excluded.due, ready = excluded.ready,
			until = excluded.until, message = excluded.message
		WHERE settled = 0`,
		m.ID, m.To.Door, int(m.Lane), k.rowHash(m), slot, m.Subject, micros(m.Due), micros(m.Due), micros(m.Until),
		m.Ambiguous, micros(m.First), body)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	return nil
}

// supersede settles what m takes the place of. If that may have arrived without
// our knowing, m inherits the doubt, so that the door looks before it posts.
func (k keeper) supersede(m *bot.Message, slot []byte) error {
	var doubts int
	var since int64
	_, err := k.one([]any{&doubts, &since}, `
		SELECT coalesce(sum(ambiguous), 0), coalesce(min(first), 0) FROM outbox
		WHERE slot = ? AND settled = 0 AND trying = 0 AND id <> ? AND ambiguous > 0`, slot, m.ID)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	if doubts > 0 {
		m.Ambiguous, m.First = doubts, moment(since)
	}
	_, err = k.exec(`
		UPDATE outbox SET settled = ?, became = ?, message = NULL
		WHERE slot = ? AND settled = 0 AND trying = 0 AND id <> ?`,
		micros(k.now), becameSuperseded, slot, m.ID)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	return nil
}

// putBodies gives messages the words that were decided when their turn came.
func (k keeper) putBodies(bodies map[int64]bot.Body) error {
	for _, id := range slices.Sorted(maps.Keys(bodies)) {
		m, ok, err := openMessage(k.tx, id)
		if err != nil {
			return err
		}
		if !ok {
			continue // dropped meanwhile: its words are no longer true
		}
		m.Body, m.Later = bodies[id], ""
		body, err := k.ring.sealJSON("outbox", "message", id, m)
		if err != nil {
			return err
		}
		if _, err := k.exec(`UPDATE outbox SET message = ? WHERE id = ?`, body, id); err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
	}
	return nil
}

// drop ends a message that is no longer true. If it is on its way it keeps its
// words until it is known whether it arrived: what was posted can be edited.
func (k keeper) drop(id int64) error {
	_, err := k.exec(`
		UPDATE outbox SET settled = ?, became = ?, message = CASE trying WHEN 1 THEN message END
		WHERE id = ? AND settled = 0`, max(1, micros(k.now)), becameDropped, id)
	if err != nil {
		return fmt.Errorf("drop a message: %w", err)
	}
	return nil
}

// openMessage returns a message as it was put in, if it is not settled.
func openMessage(t *tx, id int64) (bot.Message, bool, error) {
	var m bot.Message
	var body []byte
	ok, err := t.one([]any{&body}, `SELECT message FROM outbox WHERE id = ? AND settled = 0`, id)
	if err != nil || !ok {
		return m, false, err
	}
	return m, true, t.ring.openJSON("outbox", "message", id, body, &m)
}

// settleMessage ends a message. Its words go: that it was said is enough.
func settleMessage(t *tx, id int64, at time.Time, became, problem string) error {
	_, err := t.exec(`
		UPDATE outbox SET settled = ?, became = ?, problem = ?, trying = 0, message = NULL
		WHERE id = ? AND settled = 0`, max(1, micros(at)), became, problem, id)
	if err != nil {
		return fmt.Errorf("settle a message: %w", err)
	}
	return nil
}

// undecoded stands as the problem of a message whose seal is whole and which this
// program cannot read all the same: another one can.
const undecoded = "undecoded"

// decodedLater is how long such a message waits before it is tried again.
const decodedLater = time.Minute

// free is what may be sent at a moment ?1: of each place and lane only the oldest
// whose time has come, none that is on its way, none whose slot is.
const free = `settled = 0 AND trying = 0 AND ready <= ?1
	  AND NOT EXISTS (
		SELECT 1 FROM outbox AS before
		WHERE before.place = o.place AND before.lane = o.lane AND before.settled = 0
		  AND before.id < o.id AND before.due <= ?1 AND before.problem <> '` + undecoded + `'` + beforeStays + `)
	  AND (slot IS NULL OR NOT EXISTS (
		SELECT 1 FROM outbox AS other
		WHERE other.slot = o.slot AND other.trying = 1))` + messageStays

// due is what may be sent of a lane through a door.
const due = `
	SELECT id, ready, attempts, ambiguous, first, message, (SELECT remote FROM slots WHERE slot = o.slot), slot
	FROM outbox AS o
	WHERE door = ?2 AND lane = ?3 AND ` + free + `
	ORDER BY ready, id
	LIMIT `

// Due implements [bot.Store]. A message that is on its way (see [DB.Trying]) is
// not due, and keeps the next one to its place waiting. Of what is not asked for
// nothing is looked up and nothing opened: most of what is due waits for its turn,
// and opening it each time took a third of all the house did.
func (d *DB) Due(ctx context.Context, door string, lane bot.Lane, now time.Time, limit int) iter.Seq2[bot.Message, error] {
	return func(yield func(bot.Message, error) bool) {
		failed := func(err error) { yield(bot.Message{}, fmt.Errorf("due messages: %w", err)) }
		if err := d.expire(ctx, door, lane, now); err != nil {
			failed(err)
			return
		}
		rows, err := d.read.rows(ctx, due+strconv.Itoa(limit), micros(now), door, int(lane))
		if err != nil {
			failed(err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			m, err := d.dueMessage(ctx, rows)
			if err != nil {
				err = fmt.Errorf("due messages: %w", err)
			}
			if shut := (*shutMessage)(nil); errors.As(err, &shut) {
				err = errors.Join(err, d.giveUp(ctx, shut, now))
			}
			if shut := (*shutPost)(nil); errors.As(err, &shut) {
				err = errors.Join(err, d.loseSight(ctx, shut, now))
			}
			if !yield(m, err) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			failed(err)
		}
	}
}

// dueMessage opens the message that rows stands at.
func (d *DB) dueMessage(ctx context.Context, rows *sql.Rows) (bot.Message, error) {
	var id, ready, first int64
	var attempts, ambiguous int
	var body, remote, slot sql.RawBytes
	var m bot.Message
	if err := rows.Scan(&id, &ready, &attempts, &ambiguous, &first, &body, &remote, &slot); err != nil {
		return m, err
	}
	if err := d.ring.openJSON("outbox", "message", id, body, &m); err != nil {
		return m, &shutMessage{id, err}
	}
	m.Attempts, m.Ambiguous, m.First = attempts, ambiguous, moment(first)
	if remote != nil {
		var p post
		if err := d.ring.openJSON("slots", "remote", slotRow(slot), remote, &p); err != nil {
			return m, &shutPost{bytes.Clone(slot), err}
		}
		m.Remote = p.Remote
	}
	if m.Rewrite != "" {
		var err error
		if m.Remote, err = d.stands(ctx, m); err != nil {
			return m, err
		}
	}
	return m, nil
}

// A shutMessage is the fault of a message that does not open.
type shutMessage struct {
	id int64
	error
}

func (s *shutMessage) Unwrap() error { return s.error }

// giveUp lets go of a message that does not open: else it would keep all that come
// after it to its place waiting for ever. One whose seal is broken is settled; it is
// among the dead letters as it was, and people are told in a turn of its own, by a timer
// of the same commit. One that only this program cannot read is never settled: it waits,
// holds up nobody, and is counted until it is read; of distress people are told once.
func (d *DB) giveUp(ctx context.Context, shut *shutMessage, now time.Time) error {
	return d.write(ctx, people, 5, func(t *tx) error {
		if _, ok, err := openMessage(t, shut.id); !ok || err == nil || worldly(err) {
			return err
		}
		var door, problem string
		var lane, subject, resident int64
		var body []byte
		if _, err := t.one([]any{&door, &lane, &subject, &problem, &body}, `SELECT door, lane, subject, problem, message FROM outbox WHERE id = ?`, shut.id); err != nil {
			return err
		}
		waits := !errors.Is(shut, errUnsealed)
		if waits {
			_, err := t.exec(`UPDATE outbox SET problem = ?, ready = ? WHERE id = ? AND settled = 0`, undecoded, micros(now.Add(decodedLater)), shut.id)
			if err != nil || problem == undecoded || bot.Lane(lane) != bot.LaneDistress {
				return err
			}
		}
		about := bot.Timer{ID: t.id(), Key: fmt.Sprint("shut:", shut.id), Kind: bot.TimerShut, Due: now, Text: door, Resident: subject}
		signal, err := t.one([]any{&resident}, `SELECT resident FROM signals WHERE id = ?`, subject)
		if err != nil {
			return err
		}
		if signal {
			about.Signal, about.Resident = subject, resident
		}
		if err := t.insertTimer(about); err != nil || waits {
			return err
		}
		if err := settleMessage(t, shut.id, now, becameGivenUp, "unreadable"); err != nil {
			return err
		}
		return t.putDead(bot.DeadLetter{At: now, Door: fromFile, Event: fmt.Sprint("message:", shut.id), Why: shut.Error(), Raw: body, Resident: about.Resident})
	})
}

// A shutPost is the fault of a slot of which does not open where it was posted.
type shutPost struct {
	slot []byte
	error
}

func (s *shutPost) Unwrap() error { return s.error }

// loseSight forgets where such a slot was posted: else nothing of that slot would ever
// leave, nor what comes after it to that place. It is posted anew; what stands there
// already stays as it is. That this happened is among the dead letters.
func (d *DB) loseSight(ctx context.Context, shut *shutPost, now time.Time) error {
	return d.write(ctx, people, 2, func(t *tx) error {
		var remote []byte
		ok, err := t.one([]any{&remote}, `SELECT remote FROM slots WHERE slot = ?`, shut.slot)
		if err != nil || !ok || t.ring.openJSON("slots", "remote", slotRow(shut.slot), remote, &post{}) == nil {
			return err // it was posted anew meanwhile
		}
		return t.forgetPost(shut, now)
	})
}

func (t *tx) forgetPost(shut *shutPost, now time.Time) error {
	if _, err := t.exec(`DELETE FROM slots WHERE slot = ?`, shut.slot); err != nil {
		return fmt.Errorf("forget where a slot was posted: %w", err)
	}
	return t.putDead(bot.DeadLetter{At: now, Door: fromFile, Event: fmt.Sprint("slot:", slotRow(shut.slot)), Why: shut.Error()})
}

// fromFile stands as the door of a dead letter that came by none: something that was
// kept does not open.
const fromFile = "file"

// past is what is of no use any more.
const past = `FROM outbox WHERE door = ? AND lane = ? AND settled = 0 AND trying = 0 AND until > 0 AND until < ?`

// expire settles what is past its use. It writes only if there is any.
func (d *DB) expire(ctx context.Context, door string, l bot.Lane, now time.Time) error {
	var any int
	err := d.read.row(ctx, `SELECT 1 `+past+` LIMIT 1`, door, int(l), micros(now)).Scan(&any)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	haste := people
	if l == bot.LaneScheduled {
		haste = clock
	}
	for {
		var n int64
		err := d.write(ctx, haste, maxRows, func(t *tx) (err error) {
			n, err = t.exec(`
				UPDATE outbox SET settled = ?, became = ?, message = NULL
				WHERE id IN (SELECT id `+past+` LIMIT ?)`,
				micros(now), becameExpired, door, int(l), micros(now), maxRows)
			return err
		})
		if err != nil || n < maxRows {
			return err
		}
	}
}

const nextDue = `
	SELECT coalesce(min(ready), 0) FROM outbox
	WHERE door = ? AND lane = ? AND settled = 0 AND trying = 0 AND ready > ?`

// NextDue implements [bot.Store].
func (d *DB) NextDue(ctx context.Context, door string, lane bot.Lane, now time.Time) (time.Time, error) {
	var at int64
	err := d.read.row(ctx, nextDue, door, int(lane), micros(now)).Scan(&at)
	if err != nil {
		return time.Time{}, fmt.Errorf("next due message: %w", err)
	}
	return moment(at), nil
}

// leave keeps those messages of a turn as on their way that the turn lets leave, and
// returns them. One that must wait for another does, and so does one that may have
// arrived already: before that is sent again, the platform is asked for a sign of life.
func (k keeper) leave(turn bot.Turn) (left []bot.Message, err error) {
	for _, id := range turn.Leave {
		m, err := k.leaving(turn, id)
		if worldly(err) {
			return nil, fmt.Errorf("let a message leave: %w", err)
		}
		if err != nil {
			continue // the turn is kept all the same; who looks what is due tells of it
		}
		n, err := k.exec(`
			UPDATE outbox AS o SET trying = 1, attempts = 1, first = ?1
			WHERE id = ?2 AND attempts = 0 AND ambiguous = 0 AND `+free, micros(k.now), id)
		if err != nil {
			return nil, fmt.Errorf("let a message leave: %w", err)
		}
		if n == 1 {
			left = append(left, m)
			k.carried = append(k.carried, id)
		}
	}
	return left, nil
}

// leaving is a message of a turn as its door must have it.
func (k keeper) leaving(turn bot.Turn, id int64) (bot.Message, error) {
	i := slices.IndexFunc(turn.Messages, func(m bot.Message) bool { return m.ID == id })
	if i < 0 { // its words were decided
		m, _, err := openMessage(k.tx, id)
		return m, err
	}
	m := turn.Messages[i]
	slot := k.slotHash(m)
	if slot == nil {
		return m, nil
	}
	var remote []byte
	ok, err := k.one([]any{&remote}, `SELECT remote FROM slots WHERE slot = ?`, slot)
	if err != nil || !ok {
		return m, err
	}
	var p post
	err = k.ring.openJSON("slots", "remote", slotRow(slot), remote, &p)
	m.Remote = p.Remote
	return m, err
}

// unsent takes back that messages are on their way, which was kept without that
// whoever carries them could be told.
func (t *tx) unsent(ids []int64) error {
	for _, id := range ids {
		_, err := t.exec(`
			UPDATE outbox SET trying = 0, attempts = attempts - 1, first = CASE attempts WHEN 1 THEN 0 ELSE first END,
				message = CASE settled WHEN 0 THEN message END
			WHERE id = ? AND trying = 1`, id)
		if err != nil {
			return err
		}
	}
	return nil
}

// Trying implements [bot.Store].
func (d *DB) Trying(ctx context.Context, now time.Time, ids []int64) (going []int64, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = d.write(ctx, people, len(ids), func(t *tx) error {
		for _, id := range ids {
			n, err := t.exec(`
				UPDATE outbox AS o SET trying = 1, attempts = attempts + 1, first = CASE first WHEN 0 THEN ? ELSE first END
				WHERE id = ? AND settled = 0`+messageStays, micros(now), id)
			if err != nil {
				return fmt.Errorf("mark as on its way: %w", err)
			}
			if n == 1 {
				going = append(going, id)
				t.carried = append(t.carried, id)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err // what was marked is not kept
	}
	return going, nil
}

// Settle implements [bot.Store].
func (d *DB) Settle(ctx context.Context, outcomes []bot.Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	return d.write(ctx, people, 2*len(outcomes), func(t *tx) error {
		for _, o := range outcomes {
			if err := t.outcome(o); err != nil {
				return fmt.Errorf("settle a message: %w", err)
			}
		}
		return nil
	})
}

// outcome keeps what became of one attempt.
func (t *tx) outcome(o bot.Outcome) error {
	var slot, body []byte
	ok, err := t.one([]any{&slot, &body}, `SELECT slot, CASE WHEN slot IS NULL THEN NULL ELSE message END FROM outbox WHERE id = ?`, o.Message)
	if err != nil || !ok {
		return err
	}
	switch {
	case o.Sent:
		// Also of a message that was dropped while it was on its way: it was posted.
		_, err := t.exec(`
			UPDATE outbox SET settled = ?, became = ?, problem = '', trying = 0, message = NULL WHERE id = ?`,
			max(1, micros(o.At)), becameSent, o.Message)
		if err != nil || body == nil || o.Remote == "" {
			return err
		}
		var m bot.Message
		if err := t.ring.openJSON("outbox", "message", o.Message, body, &m); err != nil {
			return err
		}
		return t.putPost(post{To: m.To, Slot: m.Slot, Remote: o.Remote})
	case o.Retry.IsZero():
		err = settleMessage(t, o.Message, o.At, becameGivenUp, o.Problem)
	default:
		_, err = t.exec(`
			UPDATE outbox SET ready = ?, ambiguous = ambiguous + ?, problem = ?, trying = 0
			WHERE id = ? AND settled = 0 AND trying = 1`, micros(o.Retry), flag(o.Ambiguous), o.Problem, o.Message)
		if err == nil && slot != nil {
			err = t.yield(o.Message, slot, o.At)
		}
	}
	if err != nil {
		return err
	}
	// It was dropped while it was on its way.
	_, err = t.exec(`UPDATE outbox SET trying = 0, message = NULL WHERE id = ? AND settled > 0 AND trying = 1`, o.Message)
	return err
}

// yield ends a message that was on its way while a newer one of its slot came:
// that one says it now, and inherits the doubt whether it arrived.
func (t *tx) yield(id int64, slot []byte, at time.Time) error {
	var newer int64
	ok, err := t.one([]any{&newer}, `
		SELECT id FROM outbox WHERE slot = ?1 AND settled = 0 AND id > ?2
		AND EXISTS (SELECT 1 FROM outbox WHERE id = ?2 AND settled = 0)
		ORDER BY id DESC LIMIT 1`, slot, id)
	if err != nil || !ok {
		return err
	}
	_, err = t.exec(`
		UPDATE outbox SET ambiguous = outbox.ambiguous + old.ambiguous,
			first = CASE WHEN outbox.first <> 0 OR old.ambiguous = 0 THEN outbox.first ELSE old.first END
		FROM (SELECT ambiguous, first FROM outbox WHERE id = ?) AS old
		WHERE outbox.id = ?`, id, newer)
	if err != nil {
		return err
	}
	return settleMessage(t, id, at, becameSuperseded, "")
}

// stands is where the slot that m rewrites was posted; empty: nowhere.
func (d *DB) stands(ctx context.Context, m bot.Message) (string, error) {
	slot := d.ring.hash("slot", m.To.Door, m.To.Place, m.Rewrite)
	var remote []byte
	err := d.read.row(ctx, `SELECT remote FROM slots WHERE slot = ?`, slot).Scan(&remote)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var p post
	if err := d.ring.openJSON("slots", "remote", slotRow(slot), remote, &p); err != nil {
		return "", &shutPost{slot, err}
	}
	return p.Remote, nil
}

// slotRow is the number that binds a slot's sealed value to its slot.
func slotRow(slot []byte) int64 {
	var n int64
	for _, b := range slot[:8] {
		n = n<<8 | int64(b)
	}
	return n
}

// A post is where a slot was last posted.
type post struct {
	To     bot.Address
	Slot   string
	Remote string
}

// putPost remembers p in place of what was posted in that slot before. Only one
// message of a slot is on its way at a time, so the last to tell is the newest.
func (t *tx) putPost(p post) error {
	slot := t.slotHash(bot.Message{To: p.To, Slot: p.Slot})
	remote, err := t.ring.sealJSON("slots", "remote", slotRow(slot), p)
	if err != nil {
		return err
	}
	_, err = t.exec(`
		INSERT INTO slots (slot, place, remote) VALUES (?, ?, ?)
		ON CONFLICT (slot) DO UPDATE SET remote = excluded.remote`, slot, t.placeHash(p.To), remote)
	return err
}

// A slotted is a post under the name of its slot.
type slotted struct {
	slot []byte
	post
}

// allPosts returns every post that opens, and which do not.
func allPosts(t *tx) (found []slotted, shut []shutPost, err error) {
	rows, err := t.query(`SELECT slot, remote FROM slots`)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var slot, remote []byte
		if err := rows.Scan(&slot, &remote); err != nil {
			return nil, nil, err
		}
		var p post
		if err := t.ring.openJSON("slots", "remote", slotRow(slot), remote, &p); err != nil {
			shut = append(shut, shutPost{slot, err})
			continue
		}
		found = append(found, slotted{slot, p})
	}
	return found, shut, rows.Err()
}
