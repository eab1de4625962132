package sqlite

import (
	"fmt"
	"slices"

	"houvast/bot"
)

// keep keeps the turn that followed from e: whole, or not at all.
func (k keeper) keep(e bot.Event, turn bot.Turn) error {
	first := k.mind.next
	if turn.Next > 0 {
		k.claim(turn.Next - 1)
	}
	for _, id := range turn.Forget {
		if err := k.forget(id, first, turn); err != nil {
			return fmt.Errorf("forget a resident: %w", err)
		}
	}
	gone := func(resident int64) bool { return resident != 0 && slices.Contains(turn.Forget, resident) }

	for _, put := range []func() error{
		func() error { return each(turn.Accounts, k.putAccount) },
		func() error {
			return each(without(turn.Residents, func(r bot.Resident) bool { return gone(r.ID) }), k.putResident)
		},
		func() error {
			return each(without(turn.Conversations, func(c bot.Conversation) bool { return gone(c.Resident) }), k.putConversation)
		},
		func() error {
			return each(without(turn.Signals, func(s bot.Signal) bool { return gone(s.Resident) }), k.putSignal)
		},
		func() error {
			return each(without(turn.Words, func(w bot.Word) bool { return gone(w.Resident) }), k.putWord)
		},
		func() error {
			return each(without(turn.Invites, func(i bot.Invite) bool { return gone(i.Resident) }), k.putInvite)
		},
		func() error {
			return each(without(turn.CheckIns, func(c bot.CheckIn) bool { return gone(c.Resident) }), k.putCheckIn)
		},
		func() error { return each(turn.Cancel, k.cancel) },
		func() error {
			return each(without(turn.Timers, func(t bot.Timer) bool { return gone(t.Resident) }), func(t bot.Timer) error { return k.putTimer(e, t) })
		},
		func() error { return each(turn.Drop, k.drop) },
		func() error { return each(turn.Messages, k.putMessage) },
		func() error { return k.putBodies(turn.Bodies) },
		func() error { return each(turn.Log, k.putLog) },
		func() error { return each(turn.Dead, k.putDead) },
	} {
		if err := put(); err != nil {
			return err
		}
	}
	return nil
}

func each[T any](rows []T, put func(T) error) error {
	for _, r := range rows {
		if err := put(r); err != nil {
			return err
		}
	}
	return nil
}

func without[T any](rows []T, gone func(T) bool) []T {
	if !slices.ContainsFunc(rows, gone) {
		return rows
	}
	return slices.DeleteFunc(slices.Clone(rows), gone)
}

// row makes sure that id is the row's own, and seals the row.
func (t *tx) row(table string, id int64, v any) ([]byte, error) {
	if err := needID(table, id); err != nil {
		return nil, err
	}
	t.claim(id)
	return t.ring.sealJSON(table, "body", id, v)
}

// put keeps a row. Most rows that are kept again are found by what they were found
// by before: then same changes the rest. To write an index costs a page of the
// disk each, also when it holds what it held. A column by which an index is partial
// stands there as a sum: else SQLite plans the query anew for every value.
func (t *tx) put(same string, args []any, anew string, all []any) error {
	n, err := t.exec(same, args...)
	if err != nil || n > 0 {
		return err
	}
	_, err = t.exec(anew, all...)
	return err
}

func (t *tx) putAccount(a bot.Account) error {
	body, err := t.row("accounts", a.ID, a)
	if err != nil {
		return err
	}
	chat, peer := t.ring.hash("chat", a.Chat), flag(a.Person != "")
	err = t.put(`UPDATE accounts SET body = ? WHERE id = ? AND chat = ? AND resident = ? AND peer + 0 = ?`, []any{body, a.ID, chat, a.Resident, peer}, `
		INSERT INTO accounts (id, chat, resident, peer, body) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET chat = excluded.chat, resident = excluded.resident, peer = excluded.peer, body = excluded.body`,
		[]any{a.ID, chat, a.Resident, peer, body})
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	t.know(a)
	return nil
}

func (t *tx) putResident(r bot.Resident) error {
	body, err := t.row("residents", r.ID, r)
	if err != nil {
		return err
	}
	_, err = t.exec(`
		INSERT INTO residents (id, account, stage, body) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET account = excluded.account, stage = excluded.stage, body = excluded.body`,
		r.ID, r.Account, string(r.Stage), body)
	if err != nil {
		return fmt.Errorf("residents: %w", err)
	}
	return nil
}

func (t *tx) putConversation(c bot.Conversation) error {
	body, err := t.row("conversations", c.ID, c)
	if err != nil {
		return err
	}
	open, changed := flag(c.State.Waits()), micros(c.Changed)
	err = t.put(`UPDATE conversations SET changed = ?, body = ? WHERE id = ? AND account = ? AND resident = ? AND open + 0 = ?`,
		[]any{changed, body, c.ID, c.Account, c.Resident, open}, `
		INSERT INTO conversations (id, account, resident, open, changed, body) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET account = excluded.account, resident = excluded.resident,
			open = excluded.open, changed = excluded.changed, body = excluded.body`,
		[]any{c.ID, c.Account, c.Resident, open, changed, body})
	if err != nil {
		return fmt.Errorf("conversations: %w", err)
	}
	return nil
}

func (t *tx) putSignal(s bot.Signal) error {
	body, err := t.row("signals", s.ID, s)
	if err != nil {
		return err
	}
	opened := micros(s.Opened)
	err = t.put(`UPDATE signals SET body = ? WHERE id = ? AND resident = ? AND state = ? AND opened = ?`,
		[]any{body, s.ID, s.Resident, string(s.State), opened}, `
		INSERT INTO signals (id, resident, state, opened, body) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET resident = excluded.resident, state = excluded.state,
			opened = excluded.opened, body = excluded.body`,
		[]any{s.ID, s.Resident, string(s.State), opened, body})
	if err != nil {
		return fmt.Errorf("signals: %w", err)
	}
	return nil
}

func (t *tx) putWord(w bot.Word) error {
	body, err := t.row("words", w.ID, w)
	if err != nil {
		return err
	}
	var message []byte
	if w.Message != "" {
		message = t.messageHash(w.Resident, w.Message)
	}
	_, err = t.exec(`
		INSERT INTO words (id, resident, signal, at, message, body) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET resident = excluded.resident, signal = excluded.signal,
			at = excluded.at, message = excluded.message, body = excluded.body`,
		w.ID, w.Resident, w.Signal, micros(w.At), message, body)
	if err != nil {
		return fmt.Errorf("words: %w", err)
	}
	return nil
}

func (t *tx) putInvite(i bot.Invite) error {
	body, err := t.row("invites", i.ID, i)
	if err != nil {
		return err
	}
	_, err = t.exec(`
		INSERT INTO invites (id, hash, resident, until, body) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, resident = excluded.resident,
			until = excluded.until, body = excluded.body`,
		i.ID, i.Hash, i.Resident, micros(i.Until), body)
	if err != nil {
		return fmt.Errorf("invites: %w", err)
	}
	return nil
}

// putCheckIn refuses a second check-in of one moment: then the resident would be
// asked twice. What becomes of one later may leave out for which moment it was.
func (t *tx) putCheckIn(c bot.CheckIn) error {
	if c.Planned.IsZero() {
		old, _, err := first[bot.CheckIn](t, t.ring, "checkins", `SELECT id, body FROM checkins WHERE id = ?`, c.ID)
		if err != nil {
			return fmt.Errorf("checkins: %w", err)
		}
		c.Planned = old.Planned
	}
	body, err := t.row("checkins", c.ID, c)
	if err != nil {
		return err
	}
	planned := micros(c.Planned)
	err = t.put(`UPDATE checkins SET state = ?, body = ? WHERE id = ? AND resident = ? AND planned = ?`,
		[]any{c.State, body, c.ID, c.Resident, planned}, `
		INSERT INTO checkins (id, resident, planned, state, body) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET resident = excluded.resident, planned = excluded.planned,
			state = excluded.state, body = excluded.body`,
		[]any{c.ID, c.Resident, planned, c.State, body})
	if err != nil {
		return fmt.Errorf("checkins: %w", err)
	}
	return nil
}

func (t *tx) putLog(l bot.LogLine) error {
	if l.ID == 0 {
		l.ID = t.id()
	}
	body, err := t.row("log", l.ID, l)
	if err != nil {
		return err
	}
	if _, err := t.exec(`INSERT INTO log (id, at, resident, body) VALUES (?, ?, ?, ?)`, l.ID, micros(l.At), l.Resident, body); err != nil {
		return fmt.Errorf("log: %w", err)
	}
	return nil
}

// putDead keeps a dead letter, and whose it is. Only of what came from a phone of
// nobody knows whom that stays unknown: it must be looked through by every erasure.
func (t *tx) putDead(l bot.DeadLetter) error {
	switch {
	case l.Chat != "":
		return t.putLetter(l, t.ring.hash("chat", l.Chat))
	case l.Resident != 0, l.Door == bot.Mattermost, l.Door == "clock", l.Door == fromFile:
		return t.putLetter(l, []byte{})
	}
	return t.putLetter(l, nil)
}

// putLetter keeps a dead letter of a chat, by its hash; empty: of none; nil: it is not known.
func (t *tx) putLetter(l bot.DeadLetter, chat []byte) error {
	if l.ID == 0 {
		l.ID = t.id()
	}
	body, err := t.row("dead_letters", l.ID, l)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO dead_letters (id, at, door, body, chat, resident) VALUES (?, ?, ?, ?, ?, ?)`, l.ID, micros(l.At), l.Door, body, chat, l.Resident)
	if err != nil {
		return fmt.Errorf("dead letters: %w", err)
	}
	return nil
}
