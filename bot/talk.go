package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"houvast/flows"
	"houvast/signals"
)

// A pending message is what is being said to the person in this turn: all of it
// leaves as one message, so that a phone buzzes once.
type pending struct {
	parts   []string
	room    [4]string // for most of them
	lane    Lane
	numbers bool
}

// sayHere adds to what is said to the person this turn is about.
func (d *desk) sayHere(lane Lane, text string, numbers bool) {
	if d.saying == nil {
		d.saying = &pending{lane: lane}
		d.saying.parts = d.saying.room[:0]
	}
	d.saying.lane = min(d.saying.lane, lane)
	if text = strings.TrimSpace(text); text != "" {
		d.saying.parts = append(d.saying.parts, text)
	}
	if numbers && !d.saying.numbers {
		d.saying.numbers = true
		d.saying.parts = append(d.saying.parts, d.numbers())
	}
}

// flush sends what was gathered, if anything was.
func (d *desk) flush() { d.flushWith("", Body{}) }

// flushWith sends what was gathered as one message with body's buttons and
// keyboard, in slot.
func (d *desk) flushWith(slot string, body Body) string {
	p := d.saying
	d.saying = nil
	if p == nil || len(p.parts) == 0 {
		return ""
	}
	body.Text = strings.Join(p.parts, "\n\n")
	body.Silent = body.Silent || d.softly
	a := d.here()
	if a == nil || a.Chat == "" || a.Blocked || d.silent {
		return body.Text
	}
	if d.composing != nil {
		d.turn.Bodies = map[int64]Body{d.composing.ID: body}
		d.composing = nil
		return body.Text
	}
	d.send(Message{To: Address{Telegram, a.Chat}, Lane: p.lane, Slot: slot, Body: body})
	return body.Text
}

// here is the chat this turn speaks to: the one the event came from, else the
// resident's own.
func (d *desk) here() *Account {
	if d.account != nil {
		return d.account
	}
	return d.home
}

// idleAfter says which talks are idle once another begins: after the crisis card
// nobody is led back to an older question about the same night.
var idleAfter = map[string][]string{
	"crisis":   {"moeilijk", "navraag", "erbij", "schrik", "anders", "hulpvraag", "media"},
	"moeilijk": {"navraag", "erbij", "schrik", "anders", "hulpvraag", "media"},
}

// mostAbout is how many words a talk takes over from the one before it: what is older
// went to the one who reads long ago, and a turn hands each of them out as a row.
const mostAbout = 50

// begin starts the live version of a flow in a chat, on top of whatever waits there.
func (d *desk) begin(flow string, a *Account, signal int64) {
	if a == nil {
		return
	}
	f := d.scene.House.Flows.Flow(flow)
	if f == nil {
		// A flow that a coordinator took away must not leave somebody in silence.
		d.sayHere(LaneAnswer, d.word("stap.weg"), true)
		return
	}
	c := Conversation{Account: a.ID, Flow: f.ID, Version: f.Version, Signal: signal, Made: d.now()}
	// What the new talk makes idle is not taken up again after it.
	for _, old := range d.scene.Conversations {
		if old, open := d.conversationByID(old.ID); open && old.Account == a.ID && slices.Contains(idleAfter[flow], old.Flow) {
			d.close(old)
		}
	}
	// The same talk twice would leave two open questions about one thing, and so would
	// two talks about words that nobody has yet: the question that weighs most stays.
	if old, ok := d.conversation(a.ID); ok && (old.Flow == flow || aboutWords[old.Flow] > 0 && aboutWords[flow] > 0) {
		c.About = slices.Clone(old.About[max(0, len(old.About)-mostAbout):])
		d.close(old)
		switch {
		case aboutWords[old.Flow] <= aboutWords[flow] && readersOwn[old.Flow]:
			c.About = d.notWithReader(c.About, old.Made)
		case aboutWords[old.Flow] > aboutWords[flow]:
			if flow == "media" {
				// What came may be a cry, and no question about it follows.
				d.sayHere(LaneAnswer, d.word("media.erbij"), true)
			}
			if g := d.scene.House.Flows.Flow(old.Flow); g != nil {
				f, flow, c.Flow, c.Version, c.Signal = g, old.Flow, g.ID, g.Version, old.Signal
			}
		}
	}
	if aboutWords[flow] > 0 {
		for _, w := range d.turn.Words {
			if w.Signal == 0 {
				c.About = append(c.About, w.ID)
			}
		}
	}
	c.ID = d.id()
	if d.resident != nil {
		c.Resident = d.resident.ID
	}
	state, effects := flows.Start(f, d.person())
	d.carryOut(c, state, effects, nil)
}

func wroteInput(text string) flows.Input { return flows.Wrote{Text: text} }

func sentInput(w Word) flows.Input {
	return flows.Sent{Kind: w.Media.Kind, Ref: w.Media.Ref, Caption: w.Text}
}

// continueWith hands an input to a talk that waits, and reports whether the
// talk could use it. w is the word it came as, which the answer then holds.
func (d *desk) continueWith(c Conversation, in flows.Input, w *Word) bool {
	if c.Resident == 0 && d.resident != nil {
		// Somebody may be resident and peer expert; the one side never shows on the other.
		resident := d.resident
		d.resident, w = nil, nil
		defer func() { d.flush(); d.resident = resident }()
	}
	f := d.scene.House.Flows.Version(c.State.Flow, c.State.Version)
	if f == nil {
		// A version that was withdrawn: the person is not left in the dark.
		d.close(c)
		return false
	}
	state, effects := flows.Next(f, d.person(), c.State, in)
	if len(effects) > 0 {
		switch e := effects[0].(type) {
		case flows.Stale:
			if e.Press {
				d.turn.Reply.Text = d.word("knop.oud")
			}
			return e.Press
		case flows.Unread:
			return false
		}
	}
	if state.Ask != c.State.Ask || !state.Waits() {
		label, _ := pressedLabel(c, in)
		d.closeQuestion(c, label)
	}
	_, gaveUp := in.(flows.GiveUp)
	_, reminded := in.(flows.Remind)
	if state.Ask != c.State.Ask || !state.Waits() {
		d.disarmConversation(c.ID) // a question that stays open keeps its clocks
	}
	_, d.inPlace = in.(flows.Pressed)
	if w != nil {
		d.heldBy(&c, *w)
	}
	if c.CheckIn != 0 && !gaveUp {
		if !reminded {
			d.checkInAnswered(c)
			c.Begun = true
		}
	}
	raised := d.carryOut(c, state, effects, w)
	if gaveUp && c.CheckIn != 0 && !state.Waits() && !raised {
		d.silence(c)
	}
	return true
}

// heldBy keeps a word that answers a question: it is the talk's own until the
// talk shares it, and the reader's when the talk never does.
func (d *desk) heldBy(c *Conversation, w Word) {
	w.Signal = 0
	d.putWord(w)
	d.armWords()
	c.About = append(slices.Clone(c.About), w.ID)
}

// unshared is how long words may wait for the resident to say who may see them.
// After that the one who reads in this wijk gets them, as was told beforehand.
const unshared = 30 * time.Minute

// armWords makes sure that no word stays unread for good. What lay waiting keeps
// its moment: who goes on writing must not put it off.
func (d *desk) armWords() {
	for _, w := range d.scene.Words {
		if w.Signal == 0 && d.now().Sub(w.At) < unshared {
			return
		}
	}
	d.arm(Timer{Key: wordsKey(d.resident.ID), Kind: TimerWords, Due: d.now().Add(unshared), Resident: d.resident.ID})
}

func wordsKey(resident int64) string { return keyed("words:", resident) }

// closeQuestion takes the buttons off a question that is over, and leaves the
// answer standing below it when one was pressed. It has the haste of its talk: a
// button that stays in sight is pressed again.
func (d *desk) closeQuestion(c Conversation, label string) {
	a := d.here()
	if a == nil || a.Chat == "" || a.Blocked || d.silent || c.Asked == "" || len(c.Offered) == 0 {
		return
	}
	text := c.Asked
	if label != "" {
		text += "\n\n" + d.word("gekozen", "knop", label)
	}
	d.send(Message{To: Address{Telegram, a.Chat}, Lane: c.Lane, Rewrite: askSlot(c), Body: Body{Text: text}})
}

// askSlot is the slot of the open question as it was put last. The first one of a
// check-in was put by its own message, before there was a talk.
func askSlot(c Conversation) string {
	if c.CheckIn != 0 && c.Posted == 1 {
		return checkInSlot(c.CheckIn)
	}
	return numbered("ask:", c.ID, ":", int64(c.Posted))
}

func checkInSlot(id int64) string { return keyed("checkin:", id) }

// pressedLabel is the label of the button that was pressed, when one was.
func pressedLabel(c Conversation, in flows.Input) (string, bool) {
	p, ok := in.(flows.Pressed)
	if !ok {
		return "", false
	}
	for _, b := range c.Offered {
		if b.ID == p.Button {
			return b.Label, true
		}
	}
	return "", false
}

// carryOut does what a flow wants done, and reports whether people were told.
func (d *desk) carryOut(c Conversation, state flows.State, effects []flows.Effect, w *Word) (raised bool) {
	c.State = state
	c.Waiting = state.Waits()
	var asked flows.Ask
	asks := false
	for _, e := range effects {
		switch e := e.(type) {
		case flows.Say:
			d.sayHere(d.laneHere(c.Signal), e.Text, e.Numbers)
		case flows.Ask:
			asked, asks = e, true
			d.sayHere(d.laneHere(c.Signal), e.Text, e.Numbers)
		case flows.Signal:
			raised = true
			d.signalFrom(&c, e)
		case flows.Contact:
			raised = true
			d.contactFrom(&c, e)
		case flows.Schedule:
			d.arm(Timer{Key: "flow:" + b10(d.turn.Next), Kind: TimerFlow, Due: d.laterAt(e), Account: c.Account, Resident: c.Resident, Text: e.Flow})
		case flows.Handoff:
			raised = true
			d.raise(raise{kind: signals.ContactWish, heardBy: e.To, text: d.dutch("signaal.gesprek"), tell: e.Text})
		case flows.Show:
			d.sayHere(d.laneHere(c.Signal), join(e.Text, d.show(e.What)), false)
		case flows.Remember:
			d.remember(e)
		case flows.End:
			d.sayHere(d.laneHere(c.Signal), e.Text, false)
			d.ended(&c, e.Outcome)
		case flows.Interrupt:
			d.putConversation(c)
			d.interrupt(e.Name)
			raised = true
		}
	}
	if asks && c.Waiting {
		if len(effects) > 1 || !asked.Again || !d.inPlace {
			if asked.Again {
				d.closeQuestion(c, "") // one question has its buttons in one place
			}
			c.Posted++ // at the bottom of the chat, where it is seen
		}
		c.Offered = asked.Buttons
		fresh := !asked.Again || c.AskedAt.IsZero()
		if fresh {
			c.AskedAt = d.now()
		}
		if d.saying != nil {
			c.Lane = d.saying.lane // whatever is said about this question later keeps its place behind it
		}
		c.Asked = d.flushWith(askSlot(c), Body{Buttons: d.buttons(c.ID, &asked)})
		if fresh {
			d.armConversation(c, &asked)
		}
	}
	d.putConversation(c)
	if !c.Waiting {
		d.afterwards(c)
	}
	return raised
}

func (d *desk) buttons(conversation int64, a *flows.Ask) []Button {
	if len(a.Buttons) == 0 {
		return nil
	}
	bs := make([]Button, 0, len(a.Buttons))
	question := "a:" + b36(conversation) + ":" + b36(int64(a.Ask)) + ":"
	var data strings.Builder // of all of them in one piece
	size := len(a.Buttons) * len(question)
	for _, b := range a.Buttons {
		size += len(b.ID)
	}
	data.Grow(size)
	for _, b := range a.Buttons {
		from := data.Len()
		data.WriteString(question)
		data.WriteString(b.ID)
		bs = append(bs, Button{Label: b.Label, Data: data.String()[from:]})
	}
	return bs
}

// laneHere is the haste of what a talk says: an answer to somebody who waits,
// and more when it is about a crisis or distress.
func (d *desk) laneHere(signal int64) Lane {
	if signal != 0 {
		if s, ok := d.signal(signal); ok {
			return laneOf(s.Kind)
		}
	}
	if d.composing != nil {
		return LaneScheduled
	}
	return LaneAnswer
}

// armConversation sets the gentle reminder and the moment the bot lets go.
func (d *desk) armConversation(c Conversation, a *flows.Ask) {
	if a.RemindAfter > 0 && !d.invites(c) {
		d.arm(Timer{Key: keyed("remind:", c.ID), Kind: TimerRemind, Due: d.now().Add(a.RemindAfter), Account: c.Account, Resident: c.Resident, Conversation: c.ID, Ask: a.Ask})
	}
	if a.GiveUpAfter > 0 {
		d.arm(Timer{Key: keyed("ask:", c.ID), Kind: TimerGiveUp, Due: d.now().Add(a.GiveUpAfter), Account: c.Account, Resident: c.Resident, Conversation: c.ID, Ask: a.Ask})
	}
}

func (d *desk) disarmConversation(id int64) {
	d.disarm(keyed("remind:", id), keyed("ask:", id))
}

// close ends a talk without a word.
func (d *desk) close(c Conversation) {
	d.disarmConversation(c.ID)
	d.closeQuestion(c, "")
	c.State = flows.State{Flow: c.State.Flow, Version: c.State.Version}
	c.Waiting = false
	d.putConversation(c)
}

// letGo ends a talk as silence would, without a word to the person: what their
// silence means to people is still told to people.
func (d *desk) letGo(c Conversation) {
	saying, silent, inPlace := d.saying, d.silent, d.inPlace
	d.saying, d.silent = nil, true
	d.continueWith(c, flows.GiveUp{Ask: c.State.Ask}, nil)
	d.saying, d.silent, d.inPlace = saying, silent, inPlace
	if c, open := d.conversationByID(c.ID); open {
		d.close(c)
	}
}

// afterwards is when a talk is over: what it did not share goes to the one who
// reads, and the talk below it goes on.
func (d *desk) afterwards(c Conversation) {
	d.disarmConversation(c.ID)
	a := d.here()
	if _, clock := d.event.What.(Rang); a == nil || d.silent || d.erasing || clock {
		return // silence is no wish to go on with anything
	}
	if below, ok := d.conversation(a.ID); ok && below.ID != c.ID && d.resident != nil && !d.begunNow(below) {
		d.askAgain(below, d.word("verder"))
	}
}

// begunNow reports whether a talk was started or asked in this very turn.
func (d *desk) begunNow(c Conversation) bool {
	return slices.ContainsFunc(d.turn.Conversations, func(t Conversation) bool { return t.ID == c.ID && t.AskedAt.Equal(d.now()) })
}

// askAgain puts the open question of a talk once more, with all its time before it.
func (d *desk) askAgain(c Conversation, intro string) {
	f := d.scene.House.Flows.Version(c.State.Flow, c.State.Version)
	if f == nil {
		d.close(c)
		return
	}
	// A press on no button at all: the engine puts its question again.
	state, effects := flows.Next(f, d.person(), c.State, flows.Pressed{Ask: c.State.Ask})
	d.sayHere(LaneAnswer, intro, false)
	c.AskedAt = time.Time{} // all its time lies before it again
	d.carryOut(c, state, effects, nil)
}

// aboutWords are the flows that are about words which the resident sent of their
// own accord, and how much each question weighs: what they pass on is those words. Of
// two that weigh the same the newest stays, so that whoever types something after a
// picture is answered about what they typed.
var aboutWords = map[string]int{"anders": 1, "media": 1, "hulpvraag": 2, "navraag": 3, "erbij": 4}

// readersOwn are those of them about words that were laid ready for the one who reads.
// Once they are there, no answer to a later question gives them to somebody else.
var readersOwn = map[string]bool{"anders": true, "media": true}

// notWithReader leaves out the words that somebody has, or whose half hour is over. It
// begins no earlier than the talk about them, at the moment made: what came in late
// did not have it yet.
func (d *desk) notWithReader(about []int64, made time.Time) []int64 {
	gone := map[int64]bool{}
	for _, w := range slices.Concat(d.scene.Words, d.turn.Words) {
		gone[w.ID] = w.Signal != 0 || d.now().Sub(w.At) >= unshared && d.now().Sub(made) >= unshared
	}
	return slices.DeleteFunc(about, func(id int64) bool { return gone[id] })
}

// signalFrom is a signal that a flow raises.
func (d *desk) signalFrom(c *Conversation, e flows.Signal) {
	if d.resident == nil {
		return
	}
	kind := signals.Kind(e.Kind)
	if s, ok := d.signal(c.Signal); ok && c.Flow == goodNewsAgain && s.Kind == kind && s.State != Closed {
		d.giveElsewhere(s, e.HeardBy, e.Tell)
		return
	}
	if e.HeardBy == "nobody" && kind != signals.Distress && kind != signals.Crisis {
		d.keepForReader(d.wordsOf(*c)...)
		if e.Tell != "" {
			d.sayHere(LaneAnswer, strings.ReplaceAll(e.Tell, "{belofte}", ""), false)
		}
		return
	}
	shared, words := d.sharedWords(*c, e.Share)
	if aboutWords[c.Flow] > 0 {
		words = d.wordsOf(*c) // the words that this talk is about
		if kind == signals.ContactWish && e.HeardBy == "" {
			// They chose nobody: a picture stays with the one who reads.
			words = slices.DeleteFunc(words, func(w Word) bool { return w.Media != nil })
		}
	}
	if s, ok := d.signal(c.Signal); ok && e.Adds && s.State != Closed {
		d.add(s, raise{kind: s.Kind, text: e.Text, words: words, tell: e.Tell, wishes: wishesOf(shared)})
		return
	}
	if kind == signals.Crisis && !e.Adds {
		kind = signals.Distress // only the house itself raises a crisis
	}
	s := d.raise(raise{kind: kind, heardBy: e.HeardBy, text: e.Text, shared: shared, words: words, tell: e.Tell})
	c.Signal = s.ID
}

// wishesOf are answers as a professional reads them at a glance.
func wishesOf(shared []flows.Answer) []string {
	var ws []string
	for _, a := range shared {
		ws = append(ws, label(a.Label, a.Value))
	}
	return ws
}

// wordsOf are the words that a talk is about or that were said in it. That
// somebody has them already takes nothing away: the resident decides now who
// hears them too.
func (d *desk) wordsOf(c Conversation) []Word {
	var ws []Word
	add := func(w Word) {
		if slices.Contains(c.About, w.ID) {
			ws = append(ws, w)
		}
	}
	for _, w := range d.scene.Words {
		if !slices.ContainsFunc(d.turn.Words, func(t Word) bool { return t.ID == w.ID }) {
			add(w)
		}
	}
	for _, w := range d.turn.Words {
		add(w)
	}
	return ws
}

// sharedWords splits what a flow shares into button answers, which a card may
// hold, and own words, which only Lees shows.
func (d *desk) sharedWords(c Conversation, answers []flows.Answer) (shared []flows.Answer, words []Word) {
	own := d.wordsOf(c)
	for _, a := range answers {
		if a.Kind == "" {
			shared = append(shared, a)
			continue
		}
		is := func(w Word) bool {
			return a.Media != "" && w.Media != nil && w.Media.Ref == a.Media || a.Media == "" && w.Media == nil && w.Text == a.Value
		}
		if !slices.ContainsFunc(own, is) {
			is = func(w Word) bool { return w.Edited } // it was put in other words since
		}
		for _, w := range own {
			if is(w) {
				w.Share = true
				words = append(words, w)
			}
		}
	}
	return shared, words
}

// contactFrom is the wish for a person.
func (d *desk) contactFrom(c *Conversation, e flows.Contact) {
	if d.resident == nil {
		return
	}
	_, words := d.sharedWords(*c, e.Share)
	var wishes []string
	for _, w := range []string{e.When, e.How} {
		if w != "" {
			wishes = append(wishes, d.dutch("wens."+w))
		}
	}
	// In a talk about distress the wish belongs to that signal, unless it is for a
	// peer expert: they hear nothing of that, and were named to the resident.
	about, ok := d.signal(c.Signal)
	loud := ok && c.Signal != 0 && laneOf(about.Kind) == LaneDistress && about.State != Closed
	if loud && !d.isPeer(e.With) {
		d.addWish(about, wishes, words, e.Tell)
		return
	}
	s := d.raise(raise{kind: signals.ContactWish, heardBy: e.With, text: d.dutch("signaal.contact"), wishes: wishes, words: words, tell: e.Tell})
	if !loud {
		c.Signal = s.ID
	}
}

// isPeer reports whether whom a resident chose is a peer expert.
func (d *desk) isPeer(chosen string) bool {
	if chosen == "maatje" {
		chosen = d.resident.Circle.Maatje
	}
	return d.network().People[chosen].Peer()
}

func (d *desk) addWish(s Signal, wishes []string, words []Word, tell string) {
	d.add(s, raise{kind: s.Kind, wishes: wishes, words: words, tell: tell})
}

// laterAt is when a scheduled flow is due: so long from now, at that wall-clock time.
func (d *desk) laterAt(e flows.Schedule) time.Time {
	at := d.local().Add(e.In)
	var h, m int
	if n, err := fmt.Sscanf(e.At, "%d:%d", &h, &m); err == nil && n == 2 {
		at = time.Date(at.Year(), at.Month(), at.Day(), h, m, 0, 0, at.Location())
		if !at.After(d.now()) {
			at = at.AddDate(0, 0, 1)
		}
	}
	return at
}

// interrupt leaves a flow for one of the house's own.
func (d *desk) interrupt(name string) {
	if d.resident == nil {
		return
	}
	if name != "crisis" {
		d.begin(name, d.here(), 0)
		return
	}
	s := d.raise(raise{kind: signals.Crisis, text: d.dutch("signaal.crisis.antwoord"), words: d.words(0)})
	d.crisisCard(s)
}
