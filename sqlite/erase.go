package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	"houvast/bot"
)

// An erasure is a resident of whom everything goes, by one of their chats. It
// begins in the turn that says so: from that commit on the resident leads to
// nobody, and what is left of them is in no scene, is not sent and does not ring.
// The rest goes in commits of the usual size that nobody waits for, and after a kill
// once the file is opened again.
type erasure struct {
	ID       int64
	Resident int64
	Account  int64  // whose talks go; 0: the chat stays somebody's
	Chat     string // empty: they have none
	Upto     int64

	shut  bool   // it does not open: which chat it is, nobody can say
	place []byte // of a shut one, as it was kept beside the seal; empty: they have no chat
}

// turnRows is how many rows of a commit a turn needs beside what it forgets.
const turnRows = 60

// What follows leaves out what is of somebody who is being erased.
const (
	signalStays = ` AND NOT EXISTS (SELECT 1 FROM erasures AS e WHERE e.resident = signals.resident)`
	talkStays   = ` AND NOT EXISTS (SELECT 1 FROM erasures AS e WHERE e.resident = conversations.resident)`
	inviteStays = ` AND NOT EXISTS (SELECT 1 FROM erasures AS e WHERE e.resident = invites.resident)`
	timerStays  = ` AND NOT EXISTS (SELECT 1 FROM erasures AS e WHERE e.resident = timers.resident)
		AND NOT EXISTS (SELECT 1 FROM signals AS s JOIN erasures AS e ON e.resident = s.resident WHERE s.id = timers.signal)`
	messageStays = ` AND NOT EXISTS (SELECT 1 FROM erasures AS e WHERE e.place = o.place AND e.upto > o.id AND (e.account <> 0 OR o.subject = 0))
		AND NOT EXISTS (SELECT 1 FROM erasures AS e WHERE e.resident = o.subject AND e.upto > o.id)
		AND NOT EXISTS (SELECT 1 FROM signals AS s JOIN erasures AS e ON e.resident = s.resident WHERE s.id = o.subject AND e.upto > o.id)`

	// beforeStays is messageStays of the message that another waits for.
	beforeStays = ` AND NOT EXISTS (SELECT 1 FROM erasures AS e WHERE e.place = before.place AND e.upto > before.id AND (e.account <> 0 OR before.subject = 0))
		AND NOT EXISTS (SELECT 1 FROM erasures AS e WHERE e.resident = before.subject AND e.upto > before.id)
		AND NOT EXISTS (SELECT 1 FROM signals AS s JOIN erasures AS e ON e.resident = s.resident WHERE s.id = before.subject AND e.upto > before.id)`
)

// forget begins to take away everything of one resident: what they said, what was
// said to them, what was to happen, and their chat, unless it is a peer expert's
// too: then what they get about others as such still goes. Of chats they had before
// goes what is from before it was let go. Messages of this very turn, whose ids begin
// at first, still go, such as the goodbye. What stays is the log: that somebody looked, of a number that belongs
// to nobody any more.
func (k keeper) forget(id, first int64, turn bot.Turn) error {
	accounts, err := all[bot.Account](k.tx, k.ring, "accounts", `SELECT id, body FROM accounts WHERE resident = ? AND resident <> 0`, id)
	if err != nil {
		return err
	}
	begun := []erasure{{Resident: id}}
	if len(accounts) > 0 {
		begun = nil
	}
	for _, a := range accounts {
		e := erasure{Resident: id, Chat: a.Chat}
		switch {
		case a.Person != "":
			a.Resident = 0
			err = k.putAccount(a)
		case slices.ContainsFunc(turn.Accounts, func(kept bot.Account) bool { return kept.ID == a.ID }):
			e.Account = a.ID
		default:
			e.Account = a.ID
			_, err = k.exec(`DELETE FROM accounts WHERE id = ?`, a.ID)
		}
		if err != nil {
			return err
		}
		begun = append(begun, e)
	}
	former, err := k.formerChats(id)
	if err != nil {
		return err
	}
	begun = append(begun, former...)
	if _, err := k.exec(`DELETE FROM residents WHERE id = ?`, id); err != nil {
		return err
	}
	for i := range begun {
		begun[i].ID = k.id()
		if begun[i].Upto == 0 {
			begun[i].Upto = first
		}
		if err := k.putErasure(begun[i]); err != nil {
			return err
		}
	}
	for _, e := range begun {
		// The little that most people leave goes in this very commit.
		done, err := k.erase(e, maxRows-turnRows-k.rows)
		if err != nil {
			return err
		}
		if !done {
			k.w.erasing.Store(true)
		}
	}
	return nil
}

// formerChats are the erasures of what a resident left in chats that were let go: up to
// then it was theirs. Of one who does not open it is not known.
func (k keeper) formerChats(id int64) ([]erasure, error) {
	r, _, err := first[bot.Resident](k.tx, k.ring, "residents", `SELECT id, body FROM residents WHERE id = ?`, id)
	if worldly(err) {
		return nil, err
	}
	var es []erasure
	for _, f := range r.Former {
		es = append(es, erasure{Resident: id, Chat: f.Chat, Upto: f.Upto})
	}
	return es, nil
}

func (t *tx) putErasure(e erasure) error {
	body, err := t.row("erasures", e.ID, e)
	if err != nil {
		return err
	}
	var place = []byte{}
	if e.Chat != "" {
		place = t.placeHash(bot.Address{Door: bot.Telegram, Place: e.Chat})
	}
	_, err = t.exec(`
		INSERT INTO erasures (id, resident, account, place, upto, body) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET place = excluded.place, body = excluded.body`, e.ID, e.Resident, e.Account, place, e.Upto, body)
	if err != nil {
		return fmt.Errorf("erasures: %w", err)
	}
	return nil
}

// erase takes away at most limit rows of e, and reports whether there was no more.
// The signals go after all that is found by them.
func (t *tx) erase(e erasure, limit int) (bool, error) {
	var place, chat any // nothing is equal to NULL
	switch {
	case e.shut && len(e.place) > 0:
		place = e.place
	case e.Chat != "":
		place, chat = t.placeHash(bot.Address{Door: bot.Telegram, Place: e.Chat}), t.ring.hash("chat", e.Chat)
	}
	// A slot has no id to hold against Upto: if the chat moves in anew meanwhile, what
	// was posted to it by then is forgotten too. That is accepted: all that follows is
	// that a message is posted anew which would have been edited.
	//
	// Moments are the caller's, and who opens a file has none: it was settled, long ago.
	const dropped = `UPDATE outbox SET settled = 1, became = '` + becameDropped + `', message = NULL WHERE id IN (SELECT id FROM outbox WHERE settled = 0 AND `
	for _, s := range []struct {
		query string
		args  []any
	}{
		{dropped + `place = ? AND id < ? AND (subject = 0 OR ?) LIMIT ?)`, []any{place, e.Upto, flag(e.Account != 0)}},
		{dropped + `subject <> 0 AND subject = ? AND id < ? LIMIT ?)`, []any{e.Resident, e.Upto}},
		{dropped + `subject <> 0 AND subject IN (SELECT id FROM signals WHERE resident = ?) AND id < ? LIMIT ?)`, []any{e.Resident, e.Upto}},
		{`DELETE FROM timers WHERE id IN (SELECT id FROM timers WHERE signal <> 0 AND signal IN (SELECT id FROM signals WHERE resident = ?) LIMIT ?)`, []any{e.Resident}},
		{`DELETE FROM timers WHERE id IN (SELECT id FROM timers WHERE resident <> 0 AND resident = ? LIMIT ?)`, []any{e.Resident}},
		{`DELETE FROM slots WHERE slot IN (SELECT slot FROM slots WHERE place = ? AND ? LIMIT ?)`, []any{place, flag(e.Account != 0)}},
		{`DELETE FROM conversations WHERE id IN (SELECT id FROM conversations WHERE account = ? AND id < ? LIMIT ?)`, []any{e.Account, e.Upto}},
		{`DELETE FROM conversations WHERE id IN (SELECT id FROM conversations WHERE resident <> 0 AND resident = ? LIMIT ?)`, []any{e.Resident}},
		{`DELETE FROM words WHERE id IN (SELECT id FROM words WHERE resident = ? LIMIT ?)`, []any{e.Resident}},
		{`DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters WHERE chat = ? AND id < ? LIMIT ?)`, []any{chat, e.Upto}},
		{`DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters WHERE resident <> 0 AND resident = ? LIMIT ?)`, []any{e.Resident}},
		{`DELETE FROM signals WHERE id IN (SELECT id FROM signals WHERE resident = ? LIMIT ?)`, []any{e.Resident}},
		{`DELETE FROM invites WHERE id IN (SELECT id FROM invites WHERE resident <> 0 AND resident = ? LIMIT ?)`, []any{e.Resident}},
		{`DELETE FROM checkins WHERE id IN (SELECT id FROM checkins WHERE resident = ? LIMIT ?)`, []any{e.Resident}},
	} {
		if limit <= 0 {
			return false, nil
		}
		n, err := t.exec(s.query, append(s.args, limit)...)
		if err != nil {
			return false, fmt.Errorf("erase: %w", err)
		}
		limit -= int(n)
	}
	if limit <= 0 {
		return false, nil
	}
	var is int
	if e.shut {
		// Any letter of a chat may be theirs, until it is swept.
		maybe, err := t.one([]any{&is}, `SELECT 1 FROM dead_letters WHERE id < ? AND resident = 0 AND (chat IS NULL OR length(chat) > 0) LIMIT 1`, e.Upto)
		if err != nil || maybe && len(e.place) > 0 {
			return false, err
		}
		return true, t.erased(e)
	}
	unknown, err := t.one([]any{&is}, `SELECT 1 FROM dead_letters WHERE chat IS NULL LIMIT 1`)
	if err != nil || unknown && e.Chat != "" {
		return false, err
	}
	return true, t.erased(e)
}

// erasureOf returns an erasure. One that does not open is known by what was kept beside
// the seal: whose it is, and where messages to them go. Only which chat that is nobody
// can say any more.
func (t *tx) erasureOf(id int64) (erasure, error) {
	e, _, err := first[erasure](t, t.ring, "erasures", `SELECT id, body FROM erasures WHERE id = ?`, id)
	if err == nil || worldly(err) {
		return e, err
	}
	e = erasure{ID: id, shut: true}
	_, err = t.one([]any{&e.Resident, &e.Account, &e.place, &e.Upto}, `SELECT resident, account, place, upto FROM erasures WHERE id = ?`, id)
	return e, err
}

// eraseShut takes away what can be found of those whose erasure does not open.
func (d *DB) eraseShut(ctx context.Context) error {
	var last int64
	for more := true; more; {
		err := d.write(ctx, people, maxRows, func(t *tx) error {
			ids, err := t.ids(`SELECT id FROM erasures WHERE id > ? ORDER BY id LIMIT 1`, last)
			if more = len(ids) > 0; err != nil || !more {
				return err
			}
			e, err := t.erasureOf(ids[0])
			before := t.rows
			if err == nil && e.shut {
				_, err = t.erase(e, maxRows-1)
			}
			if t.rows-before < maxRows-1 {
				last = ids[0]
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("what was to be erased and does not open: %w", err)
		}
	}
	return nil
}

// errShut is an erasure that waits until what may be theirs is swept.
var errShut = errors.New("an erasure does not open, and a dead letter may be of it")

// erased ends an erasure: nothing of it is left.
func (t *tx) erased(e erasure) error {
	if _, err := t.exec(`DELETE FROM erasures WHERE id = ?`, e.ID); err != nil {
		return fmt.Errorf("erasures: %w", err)
	}
	return nil
}

// eraseLetters looks through a page of the dead letters after last of which it is
// not known whose they are, and takes away those in which the chat of e stands. One
// that does not open goes too: it may be theirs, and nobody can read it any more.
// It returns the last it looked at; 0: there are no more.
func (t *tx) eraseLetters(e erasure, last int64) (int64, error) {
	ids, err := t.ids(`SELECT id FROM dead_letters WHERE chat IS NULL AND id > ? ORDER BY id LIMIT ?`, last, maxRows)
	if err != nil {
		return 0, fmt.Errorf("look through the dead letters: %w", err)
	}
	for _, id := range ids {
		var body []byte
		if _, err := t.one([]any{&body}, `SELECT body FROM dead_letters WHERE id = ?`, id); err != nil {
			return 0, fmt.Errorf("look through the dead letters: %w", err)
		}
		var l bot.DeadLetter
		unread := t.ring.openJSON("dead_letters", "body", id, body, &l) != nil
		if !unread && !standsIn(l.Raw, e.Chat) && !standsIn([]byte(l.Why), e.Chat) {
			continue
		}
		if _, err := t.exec(`DELETE FROM dead_letters WHERE id = ?`, id); err != nil {
			return 0, fmt.Errorf("erase a dead letter: %w", err)
		}
	}
	if len(ids) < maxRows {
		return 0, nil
	}
	return ids[maxRows-1], nil
}

// standsIn reports whether word stands in text, and not as a part of a longer one.
func standsIn(text []byte, word string) bool {
	part := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for at := 0; ; at++ {
		i := bytes.Index(text[at:], []byte(word))
		if i < 0 {
			return false
		}
		at += i
		before, _ := utf8.DecodeLastRune(text[:at])
		after, _ := utf8.DecodeRune(text[at+len(word):])
		if !part(before) && !part(after) {
			return true
		}
	}
}

// An eraser finishes what a turn began, beside everybody: no turn, however much
// haste it has, waits for what another left.
type eraser struct {
	wake  chan struct{}
	quiet chan struct{} // takes a receiver while there is nothing to do
	stop  context.CancelFunc
	ended chan struct{}
}

func newEraser(d *DB) *eraser {
	ctx, stop := context.WithCancel(context.Background())
	e := &eraser{wake: make(chan struct{}, 1), quiet: make(chan struct{}), stop: stop, ended: make(chan struct{})}
	go e.run(ctx, d)
	return e
}

func (e *eraser) run(ctx context.Context, d *DB) {
	defer close(e.ended)
	for {
		select { // it rests only if nobody woke it
		case <-e.wake:
			d.eraseLeft(ctx)
			continue
		default:
		}
		select {
		case <-ctx.Done():
			return
		case <-e.wake:
			d.eraseLeft(ctx)
		case e.quiet <- struct{}{}:
		}
	}
}

// eraseLeft finishes what is left. What the disk refuses goes on at the next turn;
// what cannot be read, at the next sweep, which tells of it, or start.
func (d *DB) eraseLeft(ctx context.Context) {
	if d.w.erasing.Swap(false) && worldly(d.finishErasures(ctx)) {
		d.w.erasing.Store(true)
	}
}

// close ends it after the commit that is under way. What is left goes when the
// file is opened again.
func (e *eraser) close() {
	e.stop()
	<-e.ended
}

// goOnErasing wakes the eraser if there may be something left.
func (d *DB) goOnErasing() {
	if d.eraser == nil || !d.w.erasing.Load() {
		return
	}
	select {
	case d.eraser.wake <- struct{}{}:
	default:
	}
}

// resumeErasing starts the eraser, and wakes it for what an earlier house left. That
// it may fail is no reason not to start: what is left shows nowhere.
func (d *DB) resumeErasing(ctx context.Context) error {
	var left bool
	if err := d.read.row(ctx, `SELECT EXISTS (SELECT 1 FROM erasures)`).Scan(&left); err != nil {
		return plain(err)
	}
	d.eraser = newEraser(d)
	d.w.erasing.Store(left)
	d.goOnErasing()
	return nil
}

// finishErasures takes away what is left of those who are being erased, in commits
// of the usual size that give way to everybody else. An erasure that fails by
// itself is passed over, and told of when the others are done.
func (d *DB) finishErasures(ctx context.Context) error {
	var at int64      // the erasure that goes now
	var looking bool  // nothing is left of it but dead letters
	var letters int64 // which were looked through so far
	var passed int64  // the last that was passed over
	var failed error
	for more := true; more; {
		err := d.write(ctx, editor, maxRows, func(t *tx) error {
			ids, err := t.ids(`SELECT id FROM erasures WHERE id > ? ORDER BY id LIMIT 1`, passed)
			if more = len(ids) > 0; err != nil || !more {
				return err
			}
			if ids[0] != at {
				at, looking, letters = ids[0], false, 0
			}
			e, err := t.erasureOf(at)
			if err != nil {
				return err
			}
			if !looking {
				// One row less, for the end of it.
				before := t.rows
				done, err := t.erase(e, maxRows-1)
				looking = err == nil && !done && t.rows-before < maxRows-1
				return err
			}
			if e.shut {
				return errShut
			}
			if letters, err = t.eraseLetters(e, letters); err != nil || letters != 0 {
				return err
			}
			return t.erased(e)
		})
		switch {
		case err == nil:
		case worldly(err), at <= passed:
			return errors.Join(failed, fmt.Errorf("finish what was to be erased: %w", err))
		default:
			failed = errors.Join(failed, fmt.Errorf("finish what was to be erased: %w", err))
			passed, more = at, true
		}
	}
	return failed
}
