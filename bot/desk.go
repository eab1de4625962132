package bot

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"houvast/flows"
	"houvast/signals"
)

// A desk is where one event is decided: the scene lies on it, and the turn is
// written there. It lives as long as one call of [Decide].
type desk struct {
	scene Scene
	event Event
	turn  Turn

	saying    *pending // what is being said to the person in this turn
	softly    bool     // it may be read tomorrow: what a talk says makes no sound
	silent    bool     // they asked for nothing: what a talk says by itself is not sent
	inPlace   bool     // a press may rewrite the question it stood under
	unblocked bool     // the resident is heard again in their own chat, which they had blocked
	erasing   bool     // at the end of this turn everything of the resident goes
	composing *Message // the message whose words are being decided, if one is

	nl map[string]string // the house's sentences in Dutch

	account  *Account // as they are by now
	resident *Resident
	home     *Account

	room room
}

// A room is memory for what nearly every turn holds, so that it is not asked for
// piece by piece.
type room struct {
	account, home Account
	resident      Resident
	messages      [2]Message // most turns speak to one person, many to the team too
	timers        [4]Timer
	conversations [1]Conversation
	signals       [1]Signal
}

func newDesk(s Scene, e Event) *desk {
	d := &desk{scene: s, event: e, turn: Turn{Next: s.Free}, nl: s.House.Words["nl"]}
	if s.Account != nil {
		d.room.account = *s.Account
		d.account = &d.room.account
	}
	if s.Resident != nil {
		d.room.resident = *s.Resident
		d.resident = &d.room.resident
	}
	switch {
	case s.Home != nil && s.Account != nil && s.Home.ID == s.Account.ID:
		d.home = d.account
	case s.Home != nil:
		d.room.home = *s.Home
		d.home = &d.room.home
	}
	return d
}

// id takes the next free row id.
func (d *desk) id() int64 {
	d.turn.Next++
	return d.turn.Next - 1
}

func (d *desk) now() time.Time { return d.scene.Now }

func (d *desk) network() *signals.Network { return d.scene.House.Network }

// local is the moment now on the municipality's wall clock.
func (d *desk) local() time.Time { return d.now().In(d.network().Zone) }

// word returns one of the house's sentences in the language of the chat.
func (d *desk) word(key string, pairs ...string) string {
	if language := d.language(); language != "nl" {
		return d.scene.House.Words.Say(language, key, pairs...)
	}
	return d.dutch(key, pairs...)
}

// language is the one that the resident chose, else Dutch.
func (d *desk) language() string {
	if d.home != nil && d.home.Language != "" {
		return d.home.Language
	}
	return "nl"
}

// translated is a sentence of the network in the language of the chat: when it is
// the very sentence that the key is the translation of. A coordinator's own is Dutch.
func (d *desk) translated(prefix, key, dutch string) string {
	if d.language() == "nl" || d.dutch(prefix+key) != dutch {
		return dutch
	}
	return d.word(prefix + key)
}

// dutch returns a sentence for professionals, who all read Dutch.
func (d *desk) dutch(key string, pairs ...string) string {
	return say(d.nl, d.nl, key, pairs)
}

// put keeps a row: of one id the last one wins.
func put[T any](rows []T, row *T, id func(*T) int64) []T {
	for i := range rows {
		if id(&rows[i]) == id(row) {
			rows[i] = *row
			return rows
		}
	}
	return append(rows, *row)
}

func (d *desk) putAccount(a Account) {
	d.turn.Accounts = put(d.turn.Accounts, &a, func(a *Account) int64 { return a.ID })
}

func (d *desk) putResident(r Resident) {
	d.turn.Residents = put(d.turn.Residents, &r, func(r *Resident) int64 { return r.ID })
}

func (d *desk) putConversation(c Conversation) {
	c.Changed = d.now()
	if d.turn.Conversations == nil {
		d.turn.Conversations = d.room.conversations[:0]
	}
	d.turn.Conversations = put(d.turn.Conversations, &c, func(c *Conversation) int64 { return c.ID })
}

func (d *desk) putSignal(s Signal) {
	if d.turn.Signals == nil {
		d.turn.Signals = d.room.signals[:0]
	}
	d.turn.Signals = put(d.turn.Signals, &s, func(s *Signal) int64 { return s.ID })
}

func (d *desk) putWord(w Word) {
	d.turn.Words = put(d.turn.Words, &w, func(w *Word) int64 { return w.ID })
}

// keepResident keeps the resident as they are by now.
func (d *desk) keepResident() { d.putResident(*d.resident) }

// keepAccount keeps the chat as it is by now.
func (d *desk) keepAccount() { d.putAccount(*d.account) }

// signal returns the resident's signal of that id as it is by now.
func (d *desk) signal(id int64) (Signal, bool) {
	for _, rows := range [...][]Signal{d.turn.Signals, d.scene.Signals} {
		for i := range rows {
			if rows[i].ID == id {
				return rows[i], true
			}
		}
	}
	return Signal{}, false
}

// openSignals returns the resident's signals that nobody closed yet, as they are by now.
func (d *desk) openSignals() []Signal {
	var open []Signal
	for _, s := range d.scene.Signals {
		if s, _ = d.signal(s.ID); s.State != Closed {
			open = append(open, s)
		}
	}
	for _, s := range d.turn.Signals {
		known := false
		for _, old := range d.scene.Signals {
			known = known || old.ID == s.ID
		}
		if !known && s.State != Closed {
			open = append(open, s)
		}
	}
	return open
}

// words returns what the resident wrote for signal (0: for nobody yet), as it is by now.
func (d *desk) words(signal int64) []Word {
	var ws []Word
	for _, w := range d.scene.Words {
		now := func(t Word) bool { return t.ID == w.ID }
		if w.Signal == signal && !slices.ContainsFunc(d.turn.Words, now) {
			ws = append(ws, w)
		}
	}
	for _, w := range d.turn.Words {
		if w.Signal == signal {
			ws = append(ws, w)
		}
	}
	return ws
}

// conversation returns the open talk on top for the chat, as it is by now.
func (d *desk) conversation(account int64) (Conversation, bool) {
	var top Conversation
	found := false
	consider := func(c Conversation) {
		if c.Account == account && c.Waiting && (!found || c.ID >= top.ID) {
			top, found = c, true
		}
	}
	for _, c := range d.scene.Conversations {
		changed := false
		for _, t := range d.turn.Conversations {
			changed = changed || t.ID == c.ID
		}
		if !changed {
			consider(c)
		}
	}
	for _, c := range d.turn.Conversations {
		consider(c)
	}
	return top, found
}

// conversationByID returns the open talk of that id, as it is by now.
func (d *desk) conversationByID(id int64) (Conversation, bool) {
	for _, c := range d.turn.Conversations {
		if c.ID == id {
			return c, c.Waiting
		}
	}
	for _, c := range d.scene.Conversations {
		if c.ID == id {
			return c, c.Waiting
		}
	}
	return Conversation{}, false
}

// send puts a message in the outbox.
func (d *desk) send(m Message) int64 {
	m.ID = d.id()
	if m.Due.IsZero() {
		m.Due = d.now()
	}
	if m.Subject == 0 {
		m.Subject = signalOfSlot(m.Slot)
	}
	if d.turn.Messages == nil {
		d.turn.Messages = d.room.messages[:0]
	}
	d.turn.Messages = append(d.turn.Messages, m)
	return m.ID
}

// tell says something to a chat. Somebody who blocked the bot is told nothing.
func (d *desk) tell(a *Account, lane Lane, body Body) { d.sendTo(a, Message{Lane: lane, Body: body}) }

// sendTo is tell for a message with more to it.
func (d *desk) sendTo(a *Account, m Message) {
	if a == nil || a.Chat == "" || a.Blocked {
		return
	}
	m.To = Address{Telegram, a.Chat}
	d.send(m)
}

// toChannel posts a text in a channel of Mattermost.
func (d *desk) toChannel(lane Lane, channel, slot string, body Body) {
	d.send(Message{To: Address{Mattermost, channel}, Lane: lane, Slot: slot, Body: body})
}

// log writes down who did what.
func (d *desk) log(who string, resident, signal int64, did string) {
	d.turn.Log = append(d.turn.Log, LogLine{ID: d.id(), At: d.now(), Who: who, Resident: resident, Signal: signal, Did: did})
}

// arm sets a timer; of one key there is one.
func (d *desk) arm(t Timer) {
	for i := range d.turn.Timers {
		if d.turn.Timers[i].Key == t.Key {
			t.ID = d.turn.Timers[i].ID
			d.turn.Timers[i] = t
			return
		}
	}
	t.ID = d.id()
	if d.turn.Timers == nil {
		d.turn.Timers = d.room.timers[:0]
	}
	d.turn.Timers = append(d.turn.Timers, t)
}

// disarm takes timers away.
func (d *desk) disarm(keys ...string) {
	d.turn.Cancel = append(d.turn.Cancel, keys...)
	kept := d.turn.Timers[:0]
	for _, t := range d.turn.Timers {
		gone := false
		for _, k := range keys {
			gone = gone || k == t.Key
		}
		if !gone {
			kept = append(kept, t)
		}
	}
	d.turn.Timers = kept
}

// name returns the first name of a person of the network.
func (d *desk) name(key string) string { return d.network().People[key].Name }

// shownAs is how a person is called to the resident. Before the inviter has said
// who this is, the resident sees only the names that the welcome itself holds:
// of who invited and of who reads.
func (d *desk) shownAs(key string) string {
	r := d.resident
	if key == "" || r.Stage == StageActive || key == r.InvitedBy || key == d.network().Wijken[r.Circle.Wijk].Reader {
		return d.name(key)
	}
	return d.word("iemand.van", "team", d.teamOf(r).Name)
}

// teamOf returns the team that is the resident's bed to fall back on.
func (d *desk) teamOf(r *Resident) signals.Team {
	n := d.network()
	if r != nil {
		if t, ok := n.Teams[n.Wijken[r.Circle.Wijk].Team]; ok {
			return t
		}
	}
	return d.anyTeam()
}

// anyTeam is the team for what belongs to no resident: the first by key.
func (d *desk) anyTeam() signals.Team {
	var first string
	for key := range d.network().Teams {
		if first == "" || key < first {
			first = key
		}
	}
	return d.network().Teams[first]
}

// personOf returns the person of the network with that Mattermost name.
func (d *desk) personOf(user string) (string, bool) {
	if user == "" {
		return "", false
	}
	for key, p := range d.network().People {
		if p.Mattermost == user {
			return key, true
		}
	}
	return "", false
}

// fact is what a flow may know of the person in this chat under a name: one of
// [flows.Facts], or what a flow remembers. Empty: nothing.
func (d *desk) fact(name string) string {
	r := d.resident
	if r == nil {
		return d.peerFact(name)
	}
	n := d.network()
	switch name {
	case "naam":
		return r.Nickname
	case "team":
		return d.teamOf(r).Name
	case "welkom":
		return r.Welcome
	case "uitnodiger":
		return d.name(r.InvitedBy)
	case "lezer":
		return cmp.Or(d.name(n.Wijken[r.Circle.Wijk].Reader), d.teamOf(r).Name)
	case "leestijden":
		team := d.teamOf(r)
		return d.dutch("leestijden", "team", team.Name, "uren", d.hours(team.Duty))
	case "ritme_in_woorden":
		return d.rhythmInWords(r)
	}
	if r.Stage == StageActive {
		switch {
		case name == "vast_contact":
			return d.name(r.Circle.Primary)
		case name == "vast_contact_rol":
			return d.role(n.People[r.Circle.Primary])
		case name == "maatje" && len(d.reachablePeers([]string{r.Circle.Maatje})) > 0: // who is not there cannot be chosen
			return d.name(r.Circle.Maatje)
		case name == "back_up" && len(r.Circle.Backups) > 0:
			return d.name(r.Circle.Backups[0])
		}
	}
	if f, ok := r.Facts[name]; ok && (f.Until.IsZero() || f.Until.After(d.now())) {
		return f.Value
	}
	if name == "gemeente" {
		return n.Municipality
	}
	return ""
}

// peerFact is a fact in a talk with a peer expert, or with nobody we know.
func (d *desk) peerFact(name string) string {
	n := d.network()
	if name == "gemeente" {
		return n.Municipality
	}
	if d.account == nil || d.account.Person == "" {
		return ""
	}
	p := n.People[d.account.Person]
	switch name {
	case "naam":
		return p.Name
	case "back_up":
		return d.name(p.Backup)
	case "team":
		return d.anyTeam().Name
	}
	return ""
}

func (d *desk) person() flows.Person {
	p := flows.Person{Fact: d.fact}
	if d.home != nil {
		p.Language = d.home.Language
	} else if d.account != nil {
		p.Language = d.account.Language
	}
	return p
}

func b10(n int64) string { return strconv.FormatInt(n, 10) }

// keyed is a key or slot with one number in it.
func keyed(kind string, n int64) string {
	return string(strconv.AppendInt(append(make([]byte, 0, 40), kind...), n, 10))
}

// numbered is one with two.
func numbered(kind string, n int64, then string, m int64) string {
	b := strconv.AppendInt(append(make([]byte, 0, 56), kind...), n, 10)
	return string(strconv.AppendInt(append(b, then...), m, 10))
}

func b36(n int64) string { return strconv.FormatInt(n, 36) }

func from36(s string) int64 {
	n, err := strconv.ParseInt(s, 36, 64)
	if err != nil {
		return 0
	}
	return n
}

// clock says a moment as people say it in the language of the chat.
func (d *desk) clock(t time.Time) string {
	return strings.TrimSpace(t.In(d.network().Zone).Format(d.word("belofte.tijd")) + " " + d.word("belofte.uur"))
}

// moment says a moment with its day as people say it in the language of the chat.
func (d *desk) moment(t time.Time) string {
	t = t.In(d.network().Zone)
	if d.language() == "nl" {
		return moment(t)
	}
	days, months := strings.Split(d.word("datum.dagen"), ", "), strings.Split(d.word("belofte.maanden"), ", ")
	return days[t.Weekday()] + " " + strconv.Itoa(t.Day()) + " " + months[t.Month()-1] + " " + d.clock(t)
}

// clockTime says a moment as people say it: "14.02 uur".
func clockTime(t time.Time) string { return t.Format(clockLayout) + " uur" }

const clockLayout = "15.04"

func join(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "\n\n")
}
