package sqlite

import (
	"fmt"
	"slices"

	"houvast/bot"
)

// keep keeps the turn that followed from e: whole, or not at all.
func (k keeper) keep(e bot.Event, turn bot.Turn) error {
	if turn.Next > 0 {
		k.claim(turn.Next - 1)
	}
	for _, id := range turn.Forget {
		if err := k.forget(id, turn); err != nil {
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

func (t *tx) putAccount(a bot.Account) error {
	body, err := t.row("accounts", a.ID, a)
	if err != nil {
		return err
	}
	_, err = t.exec(`
		INSERT INTO accounts (id, chat, resident, peer, body) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET chat = excluded.chat, resident = excluded.resident, peer = excluded.peer, body = excluded.body`,
		a.ID, t.ring.hash("chat", a.Chat), a.Resident, flag(a.Person != ""), body)
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
	_, err = t.exec(`
		INSERT INTO conversations (id, account, resident, open, changed, body) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET account = excluded.account, resident = excluded.resident,
			open = excluded.open, changed = excluded.changed, body = excluded.body`,
		c.ID, c.Account, c.Resident, flag(c.State.Waits()), micros(c.Changed), body)
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
	_, err = t.exec(`
		INSERT INTO signals (id, resident, state, opened, body) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET resident = excluded.resident, state = excluded.state,
			opened = excluded.opened, body = excluded.body`,
		s.ID, s.Resident, string(s.State), micros(s.Opened), body)
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
	_, err = t.exec(`
		INSERT INTO checkins (id, resident, planned, state, body) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET resident = excluded.resident, planned = excluded.planned,
			state = excluded.state, body = excluded.body`,
		c.ID, c.Resident, micros(c.Planned), c.State, body)
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

func (t *tx) putDead(l bot.DeadLetter) error {
	if l.ID == 0 {
		l.ID = t.id()
	}
	body, err := t.row("dead_letters", l.ID, l)
	if err != nil {
		return err
	}
	if _, err := t.exec(`INSERT INTO dead_letters (id, at, door, body) VALUES (?, ?, ?, ?)`, l.ID, micros(l.At), l.Door, body); err != nil {
		return fmt.Errorf("dead letters: %w", err)
	}
	return nil
}

// forget takes away everything of one resident: what they said, what was said
// to them, what was to happen, and their chat, unless it is a peer expert's too: then
// what they get about others as such still goes.
// Messages of this very turn still go, such as the goodbye. What stays is the
// log: that somebody looked, of a number that belongs to nobody any more.
func (k keeper) forget(id int64, turn bot.Turn) error {
	accounts, err := all[bot.Account](k.tx, k.ring, "accounts", `SELECT id, body FROM accounts WHERE resident = ? AND resident <> 0`, id)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		place := k.placeHash(bot.Address{Door: bot.Telegram, Place: a.Chat})
		// What a peer expert gets about other residents is not of this one.
		_, err := k.exec(`UPDATE outbox SET settled = ?, became = ?, message = NULL WHERE settled = 0 AND place = ? AND (subject = 0 OR ?)`,
			micros(k.now), becameDropped, place, flag(a.Person == ""))
		if err != nil {
			return err
		}
		if a.Person != "" {
			a.Resident = 0
			if err := k.putAccount(a); err != nil {
				return err
			}
			continue
		}
		if _, err := k.exec(`DELETE FROM slots WHERE place = ?`, place); err != nil {
			return err
		}
		if _, err := k.exec(`DELETE FROM conversations WHERE account = ?`, a.ID); err != nil {
			return err
		}
		if slices.ContainsFunc(turn.Accounts, func(kept bot.Account) bool { return kept.ID == a.ID }) {
			continue
		}
		if _, err := k.exec(`DELETE FROM accounts WHERE id = ?`, a.ID); err != nil {
			return err
		}
	}
	for _, about := range []string{`subject = ?3`, `subject IN (SELECT id FROM signals WHERE resident = ?3)`} {
		_, err := k.exec(`
			UPDATE outbox SET settled = ?1, became = ?2, message = NULL
			WHERE settled = 0 AND subject <> 0 AND `+about, micros(k.now), becameDropped, id)
		if err != nil {
			return err
		}
	}
	for _, q := range []string{
		`DELETE FROM timers WHERE signal <> 0 AND signal IN (SELECT id FROM signals WHERE resident = ?1)`,
		`DELETE FROM timers WHERE resident = ?1 AND resident <> 0`,
		`DELETE FROM conversations WHERE resident = ?1 AND resident <> 0`,
		`DELETE FROM words WHERE resident = ?1`,
		`DELETE FROM signals WHERE resident = ?1`,
		`DELETE FROM invites WHERE resident = ?1 AND resident <> 0`,
		`DELETE FROM checkins WHERE resident = ?1`,
		`DELETE FROM residents WHERE id = ?1`,
	} {
		if _, err := k.exec(q, id); err != nil {
			return err
		}
	}
	return nil
}
