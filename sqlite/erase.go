package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	"houvast/bot"
)

// An erasure is a resident of whom everything goes, by one of their chats. It
// begins in the turn that says so: from that commit on the resident leads to
// nobody, and what is left of them is in no scene, is not sent and does not ring.
// The rest goes in commits of the usual size, and after a kill when the file is
// opened again.
type erasure struct {
	ID       int64
	Resident int64
	Account  int64  // whose talks go; 0: the chat stays somebody's
	Chat     string // empty: they have none
	Upto     int64
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
// too: then what they get about others as such still goes. Messages of this very turn, whose ids begin at first, still go, such as the
// goodbye. What stays is the log: that somebody looked, of a number that belongs
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
	if _, err := k.exec(`DELETE FROM residents WHERE id = ?`, id); err != nil {
		return err
	}
	for i := range begun {
		begun[i].ID, begun[i].Upto = k.id(), first
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
	if e.Chat != "" {
		place, chat = t.placeHash(bot.Address{Door: bot.Telegram, Place: e.Chat}), t.ring.hash("chat", e.Chat)
	}
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
	unknown, err := t.one([]any{&is}, `SELECT 1 FROM dead_letters WHERE chat IS NULL LIMIT 1`)
	if err != nil || unknown && e.Chat != "" {
		return false, err
	}
	return true, t.erased(e)
}

// erased ends an erasure: nothing of it is left.
func (t *tx) erased(e erasure) error {
	if _, err := t.exec(`DELETE FROM erasures WHERE id = ?`, e.ID); err != nil {
		return fmt.Errorf("erasures: %w", err)
	}
	return nil
}

// eraseLetters looks through a page of the dead letters after last of which it is
// not known whose they are, and takes away those in which the chat of e stands.
// It returns the last it looked at; 0: there are no more.
func (t *tx) eraseLetters(e erasure, last int64) (int64, error) {
	letters, err := all[bot.DeadLetter](t, t.ring, "dead_letters",
		`SELECT id, body FROM dead_letters WHERE chat IS NULL AND id > ? ORDER BY id LIMIT ?`, last, maxRows)
	if err != nil {
		return 0, fmt.Errorf("look through the dead letters: %w", err)
	}
	last = 0
	for i, l := range letters {
		if i == maxRows-1 {
			last = l.ID
		}
		if !standsIn(l.Raw, e.Chat) && !standsIn([]byte(l.Why), e.Chat) {
			continue
		}
		if _, err := t.exec(`DELETE FROM dead_letters WHERE id = ?`, l.ID); err != nil {
			return 0, fmt.Errorf("erase a dead letter: %w", err)
		}
	}
	return last, nil
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

// goOnErasing finishes what a turn began, if there is any. What fails is kept as
// begun: it goes on at the next turn, sweep or start.
func (d *DB) goOnErasing(ctx context.Context) {
	if d.w.erasing.Swap(false) && d.finishErasures(ctx) != nil {
		d.w.erasing.Store(true)
	}
}

// finishErasures takes away what is left of those who are being erased, in commits
// of the usual size that give way to everybody else.
func (d *DB) finishErasures(ctx context.Context) error {
	var letters int64 // of the erasure that goes first, looked through so far
	var looking int64 // its id, once there is nothing else left of it
	for more := true; more; {
		err := d.write(ctx, editor, maxRows, func(t *tx) error {
			e, ok, err := first[erasure](t, t.ring, "erasures", `SELECT id, body FROM erasures WHERE id = (SELECT min(id) FROM erasures)`)
			if more = ok; err != nil || !ok {
				return err
			}
			if looking != e.ID {
				letters = 0
				// One row less, for the end of it.
				before := t.rows
				done, err := t.erase(e, maxRows-1)
				if err == nil && !done && t.rows-before < maxRows-1 {
					looking = e.ID
				}
				return err
			}
			if letters, err = t.eraseLetters(e, letters); err != nil || letters != 0 {
				return err
			}
			looking = 0
			return t.erased(e)
		})
		if err != nil {
			return fmt.Errorf("finish what was to be erased: %w", err)
		}
	}
	return nil
}
