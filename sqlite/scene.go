package sqlite

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strings"
	"time"

	"houvast/bot"
)

// unspoken is how long words that were given to nobody stay in sight.
const unspoken = 24 * time.Hour

// names is what an event names.
type names struct {
	signal, resident, account int64
	chat                      string // of a message's place
	edited                    string // the platform's id of a message that was edited
	unspoken                  bool   // the resident's words that were given to nobody, however old
}

// scene reads everything there is to know when e comes in. Lenient leaves out
// what cannot be read.
//
// Whom it is about is, in this order: the resident of the signal that it names,
// the resident that it names, the one whose chat it came from.
func (k keeper) scene(e bot.Event, lenient bool) (bot.Scene, error) {
	s := bot.Scene{Now: k.now, Seed: make([]byte, 32)}
	if _, err := io.ReadFull(k.chance, s.Seed); err != nil {
		return s, fmt.Errorf("chance: %w", err)
	}
	n, err := k.names(e)
	if err != nil && (!lenient || worldly(err)) {
		return s, err
	}
	var named *bot.Signal
	steps := []struct {
		what string
		set  func() error
	}{
		{"account", func() (err error) { s.Account, err = k.accountFor(e, n); return err }},
		{"signal", func() (err error) {
			if n.signal == 0 {
				n.signal = replyTo(e, s)
			}
			named, err = k.signal(n.signal)
			return err
		}},
		{"resident", func() (err error) { s.Resident, s.Home, err = k.resident(n, named, s.Account); return err }},
		{"conversations", func() (err error) { s.Conversations, err = k.conversations(s); return err }},
		{"signals", func() (err error) { s.Signals, err = k.signals(e, s.Resident, named); return err }},
		{"words", func() (err error) { s.Words, err = k.words(n, s); return err }},
		{"invite", func() (err error) { s.Invite, err = k.invite(e); return err }},
		{"invited", func() (err error) { s.Invited, err = k.invited(s.Invite); return err }},
		{"invited chat", func() error { return k.invitedHome(&s) }},
		{"unsent", func() (err error) { s.Unsent, err = k.unsent(e, s); return err }},
		{"prompts", func() (err error) { s.Prompts, err = k.prompts(e, s); return err }},
		{"own", func() (err error) { s.Own, err = k.own(e, s.Resident); return err }},
		{"residents", func() (err error) { s.Residents, err = k.residents(e); return err }},
	}
	for _, step := range steps {
		if err := step.set(); err != nil && (!lenient || worldly(err)) {
			return s, fmt.Errorf("%s: %w", step.what, err)
		}
	}
	s.Peers = k.mind.peers
	s.Free = k.mind.next
	return s, nil
}

// names reads from e what it names, and by whom.
func (k keeper) names(e bot.Event) (names, error) {
	n := names{signal: e.Signal, resident: e.Resident, account: e.Account}
	var about *bot.Message
	switch w := e.What.(type) {
	case bot.Wrote:
		if w.Edited {
			n.edited = w.Message
		}
	case bot.Sent:
		if w.Edited {
			n.edited = w.Message
		}
	case bot.Rang:
		n.signal = cmp.Or(n.signal, w.Timer.Signal)
		n.resident = cmp.Or(n.resident, w.Timer.Resident)
		n.account = cmp.Or(n.account, w.Timer.Account)
		n.unspoken = w.Timer.Kind == bot.TimerWords
	case bot.Compose:
		about = &w.Message
	case bot.Undelivered:
		about = &w.Message
		if w.OfChat() {
			return names{chat: w.Message.To.Place}, nil
		}
	case bot.Late:
		about = &w.Message
	}
	if about == nil || n.signal != 0 || n.resident != 0 {
		return n, nil
	}
	// One sequence of ids for all rows: what the subject is shows by where it is.
	var is int
	signal, err := k.one([]any{&is}, `SELECT 1 FROM signals WHERE id = ?`, about.Subject)
	switch {
	case err != nil:
		return n, err
	case signal:
		n.signal = about.Subject
	default:
		n.resident = about.Subject
	}
	if n.resident == 0 && n.signal == 0 && about.To.Door == bot.Telegram {
		n.chat = about.To.Place
	}
	return n, nil
}

// answering is how long a peer expert's next words are taken as an answer.
const answering = time.Hour

// replyTo is the signal that a peer expert's words are an answer to, or 0.
func replyTo(e bot.Event, s bot.Scene) int64 {
	switch e.What.(type) {
	case bot.Wrote, bot.Sent:
		if a := s.Account; a != nil && !e.Cry && s.Now.Sub(a.ReplyAt) < answering {
			return a.ReplyTo
		}
	}
	return 0
}

// accountFor returns whose chat e is about. What became of a message makes nobody
// known: it may have been the last word to somebody who was forgotten.
func (k keeper) accountFor(e bot.Event, n names) (*bot.Account, error) {
	switch e.What.(type) {
	case bot.Undelivered, bot.Late:
		if e.Chat == "" {
			break
		}
		a, ok, err := k.accountOf(e.Chat)
		if err != nil || !ok {
			return nil, err
		}
		return a, nil
	}
	return k.account(e.Chat, n.account)
}

// account returns whose chat it is: the one the event came from (somebody who
// never wrote before gets one now), else the one of that id.
func (k keeper) account(chat string, id int64) (*bot.Account, error) {
	if chat == "" {
		a, ok, err := first[bot.Account](k.tx, k.ring, "accounts", `SELECT id, body FROM accounts WHERE id = ?`, id)
		if err != nil || !ok {
			return nil, err
		}
		return &a, nil
	}
	a, ok, err := k.accountOf(chat)
	if err != nil || ok {
		return a, err
	}
	a = &bot.Account{ID: k.id(), Chat: chat}
	return a, k.putAccount(*a)
}

func (k keeper) accountOf(chat string) (*bot.Account, bool, error) {
	a, ok, err := first[bot.Account](k.tx, k.ring, "accounts",
		`SELECT id, body FROM accounts WHERE chat = ?`, k.ring.hash("chat", chat))
	return &a, ok, err
}

func (k keeper) signal(id int64) (*bot.Signal, error) {
	if id == 0 {
		return nil, nil
	}
	s, ok, err := first[bot.Signal](k.tx, k.ring, "signals", `SELECT id, body FROM signals WHERE id = ?`+signalStays, id)
	if err != nil || !ok {
		return nil, err
	}
	return &s, nil
}

// resident returns whom it is about, and their own chat.
func (k keeper) resident(n names, named *bot.Signal, account *bot.Account) (*bot.Resident, *bot.Account, error) {
	id := n.resident
	if named != nil {
		id = named.Resident
	}
	if id == 0 && account != nil {
		id = account.Resident
	}
	if id == 0 && account == nil && n.chat != "" {
		a, ok, err := k.accountOf(n.chat)
		if err != nil {
			return nil, nil, err
		}
		if ok {
			id = a.Resident
		}
	}
	if id == 0 {
		return nil, nil, nil
	}
	r, ok, err := first[bot.Resident](k.tx, k.ring, "residents", `SELECT id, body FROM residents WHERE id = ?`, id)
	if err != nil || !ok {
		return nil, nil, err
	}
	if account != nil && account.ID == r.Account {
		return &r, account, nil
	}
	if r.Account == 0 {
		return &r, nil, nil
	}
	home, ok, err := first[bot.Account](k.tx, k.ring, "accounts", `SELECT id, body FROM accounts WHERE id = ?`, r.Account)
	if err != nil || !ok {
		return &r, nil, err
	}
	return &r, &home, nil
}

// conversations returns the open ones of the chat in the scene and of the resident's
// own: what a peer expert does may end what the resident was asked about it.
func (k keeper) conversations(s bot.Scene) ([]bot.Conversation, error) {
	var found []bot.Conversation
	if s.Account != nil {
		var err error
		if found, err = k.conversationsIn(s.Account.ID); err != nil {
			return nil, err
		}
	}
	if s.Home == nil || s.Account != nil && s.Account.ID == s.Home.ID {
		return found, nil
	}
	more, err := k.conversationsIn(s.Home.ID)
	return append(found, more...), err
}

// conversationsIn returns the open ones of a chat.
func (k keeper) conversationsIn(account int64) ([]bot.Conversation, error) {
	return all[bot.Conversation](k.tx, k.ring, "conversations",
		`SELECT id, body FROM conversations WHERE account = ? AND open = 1`+talkStays+` ORDER BY changed, id`, account)
}

// signals returns the open ones of the resident and the one that was named; for
// a slash command all that are open, or when it asks for the false alarms the last
// 500 that were closed.
func (k keeper) signals(e bot.Event, r *bot.Resident, named *bot.Signal) ([]bot.Signal, error) {
	if w, ok := e.What.(bot.Slash); ok {
		if strings.EqualFold(strings.TrimSpace(w.Text), bot.FalseAlarms) {
			return all[bot.Signal](k.tx, k.ring, "signals", `SELECT id, body FROM signals WHERE state = 'closed'`+signalStays+` ORDER BY id DESC LIMIT 500`)
		}
		return all[bot.Signal](k.tx, k.ring, "signals", `SELECT id, body FROM signals WHERE state <> 'closed'`+signalStays+` ORDER BY opened, id`)
	}
	var found []bot.Signal
	if r != nil {
		var err error
		found, err = all[bot.Signal](k.tx, k.ring, "signals",
			`SELECT id, body FROM signals WHERE resident = ? AND state <> 'closed' ORDER BY opened, id`, r.ID)
		if err != nil {
			return nil, err
		}
	}
	if named == nil {
		return found, nil
	}
	at := len(found)
	for i, s := range found {
		if s.ID == named.ID {
			return found, nil
		}
		if at == len(found) && s.Opened.After(named.Opened) {
			at = i
		}
	}
	found = append(found, bot.Signal{})
	copy(found[at+1:], found[at:])
	found[at] = *named
	return found, nil
}

// prompts returns the open signals that the peer expert of a chat was given or may
// come to hear, for whatever they do there and for the end of it; also of the one
// who comes in there now.
func (k keeper) prompts(e bot.Event, s bot.Scene) ([]bot.Prompt, error) {
	if s.Account == nil {
		return nil, nil
	}
	person := s.Account.Person
	if person == "" && s.Invite != nil {
		person = s.Invite.Person
	}
	if person == "" {
		return nil, nil
	}
	switch e.What.(type) {
	case bot.Gap, bot.Rang, bot.Compose:
		return nil, nil
	}
	open, err := all[bot.Signal](k.tx, k.ring, "signals", `SELECT id, body FROM signals WHERE state <> 'closed'`+signalStays+` ORDER BY opened, id`)
	if err != nil {
		return nil, err
	}
	known := map[int64]bot.Resident{}
	var found []bot.Prompt
	for _, s := range open {
		r, ok := known[s.Resident]
		if !ok {
			if r, _, err = first[bot.Resident](k.tx, k.ring, "residents", `SELECT id, body FROM residents WHERE id = ?`, s.Resident); err != nil {
				return nil, err
			}
			known[s.Resident] = r
		}
		if r.Circle.Maatje == person || slices.Contains(s.Peers, person) || s.TakenBy == person {
			found = append(found, bot.Prompt{Signal: s, Resident: r})
		}
	}
	return found, nil
}

// mostNamed is how many talks' words, and of how many signals, one scene names: the
// newest, and a power of two. SQLite takes 32766 values in all.
const mostNamed = 8192

// words returns those of the signals in the scene, those of the resident that
// nobody was given in the last 24 hours (all of them, when the moment has come
// to give them to the one who reads: an outage may have lasted longer), those
// that an open talk is about, and the ones that were now edited.
func (k keeper) words(n names, s bot.Scene) ([]bot.Word, error) {
	r := s.Resident
	if r == nil {
		return nil, nil
	}
	since := k.now.Add(-unspoken)
	if n.unspoken {
		since = time.Time{}
	}
	of := []string{`SELECT id, at, body FROM words WHERE resident = ? AND signal = 0 AND at >= ?`}
	args := []any{r.ID, micros(since)}
	among := func(column string, ids []int64) {
		if len(ids) == 0 {
			return
		}
		ids = ids[max(0, len(ids)-mostNamed):]
		// In few lengths, since every query stays prepared: the last is named again.
		n := 1 << bits.Len(uint(len(ids)-1))
		of = append(of, `SELECT id, at, body FROM words WHERE resident = ? AND `+column+` IN (?`+strings.Repeat(`, ?`, n-1)+`)`)
		args = append(args, r.ID)
		for i := range n {
			args = append(args, ids[min(i, len(ids)-1)])
		}
	}
	var about, given []int64
	for _, c := range s.Conversations {
		about = append(about, c.About...)
	}
	for _, s := range s.Signals {
		given = append(given, s.ID)
	}
	among("id", about)
	among("signal", given)
	if n.edited != "" {
		of = append(of, `SELECT id, at, body FROM words WHERE message = ?`)
		args = append(args, k.messageHash(r.ID, n.edited))
	}
	return all[bot.Word](k.tx, k.ring, "words",
		`SELECT id, body FROM (`+strings.Join(of, ` UNION `)+`) ORDER BY at, id`, args...)
}

// own returns everything that is kept of a resident, for the messages that say it.
func (k keeper) own(e bot.Event, r *bot.Resident) (*bot.Own, error) {
	w, ok := e.What.(bot.Compose)
	if !ok || r == nil || w.Message.Later != bot.LaterLooked && w.Message.Later != bot.LaterExport {
		return nil, nil
	}
	var o bot.Own
	var err error
	if o.Signals, err = all[bot.Signal](k.tx, k.ring, "signals", `SELECT id, body FROM signals WHERE resident = ? ORDER BY opened, id`, r.ID); err != nil {
		return nil, err
	}
	if o.Words, err = all[bot.Word](k.tx, k.ring, "words", `SELECT id, body FROM words WHERE resident = ? ORDER BY at, id`, r.ID); err != nil {
		return nil, err
	}
	if o.CheckIns, err = all[bot.CheckIn](k.tx, k.ring, "checkins", `SELECT id, body FROM checkins WHERE resident = ? ORDER BY planned, id`, r.ID); err != nil {
		return nil, err
	}
	o.Log, err = all[bot.LogLine](k.tx, k.ring, "log", `SELECT id, body FROM log WHERE resident = ? ORDER BY id`, r.ID)
	return &o, err
}

// messageHash is by which an edit finds the words that it changes.
func (t *tx) messageHash(resident int64, message string) []byte {
	return t.ring.hash("word", fmt.Sprint(resident), message)
}

// invite returns the one whose code the event holds, or whose id stands where a
// signal's may: of one sequence, an id can only be one thing.
func (k keeper) invite(e bot.Event) (*bot.Invite, error) {
	var i bot.Invite
	var ok bool
	var err error
	switch {
	case e.Code != "":
		hash := sha256.Sum256([]byte(e.Code))
		i, ok, err = first[bot.Invite](k.tx, k.ring, "invites", `SELECT id, body FROM invites WHERE hash = ?`+inviteStays, hash[:])
	case e.Signal != 0:
		i, ok, err = first[bot.Invite](k.tx, k.ring, "invites", `SELECT id, body FROM invites WHERE id = ?`+inviteStays, e.Signal)
	}
	if err != nil || !ok {
		return nil, err
	}
	return &i, nil
}

// invited returns whom an invite is for.
func (k keeper) invited(i *bot.Invite) (*bot.Resident, error) {
	if i == nil || i.Resident == 0 {
		return nil, nil
	}
	r, ok, err := first[bot.Resident](k.tx, k.ring, "residents", `SELECT id, body FROM residents WHERE id = ?`, i.Resident)
	if err != nil || !ok {
		return nil, err
	}
	return &r, nil
}

// invitedHome sets the chat that whom the invite is for has now, with its open
// talks, when it is another one than the event came from: a new telephone. Of
// somebody of the network it is among the peers; its talks come in here.
func (k keeper) invitedHome(s *bot.Scene) error {
	if s.Invite != nil && s.Invite.Person != "" && s.Account != nil {
		old, ok := k.mind.peers[s.Invite.Person]
		if !ok || old.ID == s.Account.ID {
			return nil
		}
		talks, err := k.conversationsIn(old.ID)
		s.Conversations = append(s.Conversations, talks...)
		return err
	}
	if s.Invited == nil || s.Invited.Account == 0 || s.Account == nil || s.Account.ID == s.Invited.Account {
		return nil
	}
	home, ok, err := first[bot.Account](k.tx, k.ring, "accounts", `SELECT id, body FROM accounts WHERE id = ?`, s.Invited.Account)
	if err != nil || !ok {
		return err
	}
	talks, err := k.conversationsIn(home.ID)
	if err != nil {
		return err
	}
	s.InvitedHome, s.Conversations = &home, append(s.Conversations, talks...)
	return nil
}

const unsent = `SELECT id, door, lane, subject, message FROM outbox AS o WHERE place = ? AND settled = 0` + messageStays + ` ORDER BY id`

// unsent returns what is still to be said in the chat that is let go in e. One whose
// seal is broken is left out: it will be sent to nobody. One that only this program
// cannot read is returned without its words: another program would send it there.
func (k keeper) unsent(e bot.Event, s bot.Scene) ([]bot.Message, error) {
	var chat string
	switch w, ok := e.What.(bot.Acted); {
	case ok && w.Action == "deny" && s.Home != nil:
		chat = s.Home.Chat
	case e.Code == "" || s.Account == nil || s.Invite == nil:
	case s.InvitedHome != nil:
		chat = s.InvitedHome.Chat
	case s.Invite.Person != "":
		if old, known := k.mind.peers[s.Invite.Person]; known && old.ID != s.Account.ID {
			chat = old.Chat
		}
	}
	if chat == "" {
		return nil, nil
	}
	rows, err := k.query(unsent, k.placeHash(bot.Address{Door: bot.Telegram, Place: chat}))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []bot.Message
	for rows.Next() {
		var m, bare bot.Message
		var body []byte
		if err := rows.Scan(&bare.ID, &bare.To.Door, &bare.Lane, &bare.Subject, &body); err != nil {
			return nil, err
		}
		switch err := k.ring.openJSON("outbox", "message", bare.ID, body, &m); {
		case err == nil:
			found = append(found, m)
		case !errors.Is(err, errUnsealed):
			bare.To.Place = chat
			found = append(found, bare)
		}
	}
	return found, rows.Err()
}

// residents returns everybody, for a slash command, for an invitation and for a peer
// expert who says about whom they are worried.
func (k keeper) residents(e bot.Event) ([]bot.Resident, error) {
	switch w := e.What.(type) {
	case bot.Slash:
	case bot.Submitted:
		if w.Form != "invite" && w.Form != "invite_again" {
			return nil, nil
		}
	case bot.Pressed:
		if !strings.HasPrefix(w.Data, "p:worry:") {
			return nil, nil
		}
	default:
		return nil, nil
	}
	return all[bot.Resident](k.tx, k.ring, "residents", `SELECT id, body FROM residents ORDER BY id`)
}
