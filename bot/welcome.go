package bot

import (
	"slices"
	"strings"
	"time"

	"houvast/signals"
	"houvast/signals/lexicon"
)

// The bounds on wrong codes from one chat.
const (
	wrongCodes  = 5
	wrongWithin = time.Hour
	lockedFor   = time.Hour
)

// started is /start, by a link with a code or by hand.
func (d *desk) started() {
	if d.event.Code != "" {
		d.tryCode()
		return
	}
	switch {
	case d.resident != nil:
		d.returned()
	case d.account != nil && d.account.Person != "":
		d.peerCommand("start")
	default:
		d.hello()
	}
}

// returned is a resident who presses Start again.
func (d *desk) returned() {
	d.awake()
	d.resumed()
	a := d.account
	c, asked := d.conversation(a.ID)
	if !a.Yes && d.network().People[a.Person].Peer() && (!asked || c.Resident != 0) {
		d.flush()
		d.welcomePeer(a)
	}
}

// resumed takes up what the resident was in the middle of.
func (d *desk) resumed() {
	again := d.resident.Stage == StageRefused || d.resident.Stage == StageMinor // Start is their way back in
	if c, ok := d.conversation(d.account.ID); ok && !again {
		d.askAgain(c, d.word("verder"))
		return
	}
	switch d.resident.Stage {
	case StageRefused, StageMinor, StageInvited, StageWelcome:
		d.resident.Stage = StageWelcome
		d.keepResident()
		d.begin("welkom", d.account, 0)
	case StageActive:
		d.flush()
		d.tell(d.account, LaneAnswer, Body{Text: d.word("weer.terug", "naam", d.resident.Nickname), Keyboard: d.keyboard()})
	default:
		d.wroteBeforeActive("", Word{}, lexicon.Detection{})
	}
}

// strangerWrote is a text from a chat that nobody is linked to.
func (d *desk) strangerWrote(text string) {
	if d.heard(text).Level == lexicon.LevelCrisis {
		// Nobody knows who this is, so nobody can be sent: numbers only.
		d.tell(d.account, LaneDistress, d.numbersBody(d.word("onbekend.crisis")))
		return
	}
	if d.event.Code != "" {
		d.tryCode()
		return
	}
	d.hello()
}

func (d *desk) hello() {
	d.tell(d.account, LaneAnswer, d.numbersBody(d.word("onbekend.hallo")))
}

// tryCode links a chat to the one the code was made for.
func (d *desk) tryCode() {
	a, now := d.account, d.now()
	if a.LockedUntil.After(now) {
		d.tell(a, LaneAnswer, d.numbersBody(d.word("code.slot", "tijd", d.clock(a.LockedUntil))))
		return
	}
	inv := d.scene.Invite
	if inv != nil && inv.UsedBy == a.ID && (d.resident != nil || a.Person != "") {
		if d.resident != nil {
			d.returned()
		} else {
			d.peerCommand("start")
		}
		return
	}
	if inv == nil || !inv.Used.IsZero() || !inv.Until.After(now) || d.replaced(*inv) {
		d.wrongCode(inv)
		return
	}
	if inv.Resident != 0 {
		d.linkResident(*inv)
	} else {
		d.linkPerson(*inv)
	}
}

// replaced reports whether a newer code was made for the same resident: then this
// one may lie about, and lets nobody in.
func (d *desk) replaced(inv Invite) bool {
	r := d.scene.Invited
	return r != nil && (r.Stage == StageOther || r.Invite != 0 && r.Invite != inv.ID)
}

func (d *desk) wrongCode(inv *Invite) {
	a, now := d.account, d.now()
	if now.Sub(a.WrongSince) > wrongWithin {
		a.WrongCodes, a.WrongSince = 0, now
	}
	a.WrongCodes++
	key := "code.fout"
	if inv != nil {
		key = "code.oud"
	}
	if a.WrongCodes >= wrongCodes {
		a.LockedUntil = now.Add(lockedFor)
		a.WrongCodes = 0
		key = "code.slot"
		team := d.anyTeam()
		d.toChannel(LaneAnswer, team.Channel, "", Body{Text: d.dutch("code.team", "tijd", clockTime(d.local()))})
	}
	d.keepAccount()
	d.tell(a, LaneAnswer, d.numbersBody(d.word(key, "tijd", d.clock(a.LockedUntil))))
}

// linkResident lets a resident in: first the sentence of the one who invited,
// then the welcome. Who was let in before, in this chat or in another one, goes
// through the welcome anew: a code proves that somebody holds it, not who it is.
func (d *desk) linkResident(inv Invite) {
	a := d.account
	if d.scene.Invited == nil {
		d.wrongCode(&inv)
		return
	}
	r := *d.scene.Invited
	here := a.Resident == r.ID
	settled := d.resident != nil && (d.resident.Stage == StageActive || d.resident.Stage == StageWaiting)
	if a.Resident != 0 && !here && settled {
		d.sayHere(LaneAnswer, d.word("code.al.binnen"), false) // somebody else's chat, or their own by another name
		return
	}
	inv.Used, inv.UsedBy = d.now(), a.ID
	d.turn.Invites = append(d.turn.Invites, inv)
	if here && settled {
		d.returned()
		return
	}
	if d.resident != nil {
		d.leaveChat(a)
		if !here {
			d.resident.Account, d.resident.LetGo = 0, d.now()
			d.keepResident()
		}
	}
	if old := d.scene.InvitedHome; old != nil {
		back := d.letChatGo(*old, r.ID, "andere.telefoon")
		if r.Stage == StageActive { // else nobody knows whom it was written to
			r.hold(held(back)...)
		}
		r.Former = append(slices.Clone(r.Former), Former{Chat: old.Chat, Upto: d.scene.Free})
		r.LetGo = d.now()
		// What was written there and given to nobody goes to the one who reads now.
		d.arm(Timer{Key: wordsKey(r.ID), Kind: TimerWords, Due: d.now(), Resident: r.ID})
	}
	moved := !r.LetGo.IsZero()
	a.Resident = r.ID
	d.keepAccount()
	r.Account, r.Stage, r.Stopped = a.ID, StageWelcome, time.Time{}
	if inv.Welcome != "" {
		r.InvitedBy, r.Welcome = inv.By, inv.Welcome
	}
	d.resident, d.home = &r, a
	d.setRhythm()
	d.keepResident()
	d.log("resident", r.ID, 0, "linked")
	if moved {
		// They took part, and until somebody says who this is nothing of it goes on:
		// people must look, also when the welcome is never finished.
		d.raise(raise{kind: signals.Arrival, text: d.arrival("signaal.andere.telefoon")})
	}
	d.tell(a, LaneAnswer, Body{Text: d.word("welkom.van", "naam", d.name(r.InvitedBy), "zin", r.Welcome), Keyboard: d.keyboard()})
	if !here {
		d.tell(a, LaneAnswer, Body{Text: join(d.word("vastgezet"), d.numbers(), d.word("stuk")), Pin: true, Silent: true})
	}
	d.begin("welkom", a, 0)
}

// leaveChat ends the talks that a resident has in a chat. A peer expert's own go on.
func (d *desk) leaveChat(a *Account) {
	account, home := d.account, d.home
	d.account, d.home = a, a
	for _, c := range d.scene.Conversations {
		if c, open := d.conversationByID(c.ID); open && c.Account == a.ID && c.Resident != 0 {
			d.close(c)
		}
	}
	d.account, d.home = account, home
}

// letChatGo takes a chat from the resident who had it, with a friendly word and
// the numbers: from now on it is a chat of nobody we know. What was still to be said
// there is taken back and returned.
func (d *desk) letChatGo(a Account, resident int64, word string) (back []Message) {
	both := a.Person != ""
	back = d.takeBack(resident, func(m Message) bool { return !both || !m.toPeer(resident) })
	d.leaveChat(&a)
	a.Resident = 0
	d.putAccount(a)
	home := d.home
	d.home = &a // in the language of that chat
	d.tell(&a, hasteOf(back), Body{Text: join(d.word(word), d.numbers()), Keyboard: [][]string{}})
	d.home = home
	return back
}

// takeBack drops what was still to be said in a chat that is let go, as far as theirs
// says, and returns it: whoever holds that telephone now reads no more of it. A
// check-in among it was not asked.
func (d *desk) takeBack(resident int64, theirs func(Message) bool) (back []Message) {
	for _, m := range d.scene.Unsent {
		if !theirs(m) {
			continue
		}
		back = append(back, m)
		d.turn.Drop = append(d.turn.Drop, m.ID)
		if m.CheckIn != 0 && resident != 0 {
			d.turn.CheckIns = append(d.turn.CheckIns, CheckIn{ID: m.CheckIn, Resident: resident, State: "skipped", Reason: "moved", At: d.now()})
		}
	}
	return back
}

// toPeer reports whether a message to a chat of somebody who is resident and peer
// expert is to the peer expert.
func (m Message) toPeer(resident int64) bool {
	return m.Subject != 0 && m.Subject != resident || rowOfSlot(m.Slot, "said:") != 0 || rowOfSlot(m.Slot, "whom:") != 0
}

// hasteOf is the haste of the numbers that a chat gets in place of what is taken back:
// there may have been numbers among it.
func hasteOf(back []Message) Lane {
	lane := LaneAnswer
	for _, m := range back {
		lane = min(lane, m.Lane)
	}
	return lane
}

// mostHeld is how many answers of people wait for a resident on a new telephone: the
// newest.
const mostHeld = 20

// hold keeps what people wrote until somebody said that it is the resident.
func (r *Resident) hold(hs ...Held) {
	r.Held = append(slices.Clone(r.Held), hs...)
	r.Held = r.Held[max(0, len(r.Held)-mostHeld):]
}

// waits reports whether an answer about s waits until somebody said that it is the
// resident who has the new telephone. Who cried for help on that telephone is
// answered there, whoever it is.
func (d *desk) waits(s Signal) bool {
	letGo := d.resident.LetGo
	if letGo.IsZero() || !d.mayHear(s) {
		return false
	}
	here := func(w Word) bool { return w.By == "" && !w.At.Before(letGo) }
	cried := !s.Opened.Before(letGo) || !s.PromisedAt.Before(letGo) || slices.ContainsFunc(d.words(s.ID), here)
	return laneOf(s.Kind) != LaneDistress || !cried
}

// hold keeps an answer, and says so where people are asked who this is.
func (d *desk) hold(h Held) {
	d.resident.hold(h)
	d.keepResident()
	more := d.dutch("signaal.antwoord.wacht", "naam", d.resident.Nickname)
	for _, s := range d.openSignals() {
		if s.Kind == signals.Arrival && !strings.Contains(s.Text, more) {
			s.Text += " " + more
			d.putSignal(s)
			d.showCard(s, nil, false)
		}
	}
}

// held is what people themselves wrote.
func held(back []Message) []Held {
	var hs []Held
	for _, m := range back {
		switch {
		case m.Said != nil:
			hs = append(hs, *m.Said)
		case m.By != "":
			hs = append(hs, Held{At: m.Due, By: m.By, Text: m.Body.Text, Media: m.Body.Media})
		}
	}
	return hs
}

// sayHeld brings the resident what people wrote to them before they had this
// telephone, and when that was.
func (d *desk) sayHeld() {
	r := d.resident
	if len(r.Held) == 0 || d.home == nil || d.home.Blocked || r.Stage != StageActive || !r.LetGo.IsZero() || !r.Stopped.IsZero() {
		return
	}
	for _, h := range r.Held {
		d.sendTo(d.home, Message{Lane: LaneAnswer, By: h.By, Said: &h,
			Body: Body{Text: join(d.word("antwoord.later", "tijd", d.moment(h.At)), h.Text), Media: h.Media}})
	}
	r.Held = nil
	d.keepResident()
}

// arrival is what people are asked about somebody on a new telephone.
func (d *desk) arrival(key string) string {
	text := d.dutch(key, "naam", d.resident.Nickname)
	if len(d.resident.Held) > 0 {
		text += " " + d.dutch("signaal.antwoord.wacht", "naam", d.resident.Nickname)
	}
	return text
}

// saidYes is the resident's yes. Names appear only after the inviter has said
// that this is who was invited.
func (d *desk) saidYes(c *Conversation) {
	r := d.resident
	r.Stage = StageWaiting
	r.Consent = &Consent{At: d.now(), Flow: "welkom", Version: c.Version}
	d.keepResident()
	d.log("resident", r.ID, 0, "yes")
	key := "signaal.ja"
	if !r.LetGo.IsZero() {
		key = "signaal.ja.andere.telefoon"
	}
	d.raise(raise{kind: signals.Arrival, text: d.arrival(key)})
	d.sayHere(LaneAnswer, d.word("wacht.bevestiging", "team", d.teamOf(r).Name), false)
}

// confirmed is the inviter's word that this is who was invited.
func (d *desk) confirmed(s Signal, who string) {
	r := d.resident
	r.Stage, r.LetGo = StageActive, time.Time{}
	d.setRhythm()
	d.keepResident()
	d.closeSignal(s, who, "dat is "+r.Nickname, false)
	d.log(who, r.ID, s.ID, "confirmed")
	d.sayHeld()
	if r.Stopped.IsZero() {
		d.begin("kennismaken", d.home, 0)
	}
}

// denied means that somebody else came in by this code: the chat is let go and
// the resident can be invited anew. What a stranger wrote and chose stays apart
// from whoever comes in next; what was a resident's before stays theirs.
func (d *desk) denied(s Signal, who string) {
	r := d.resident
	var lost []string // answers that do not come, or not now
	if len(r.Held) > 0 {
		lost = append(lost, d.dutch("signaal.antwoord.wacht", "naam", r.Nickname))
	}
	if d.home != nil {
		if back := d.letChatGo(*d.home, r.ID, "niet.deze"); len(held(back)) > 0 {
			lost = append(lost, d.dutch("antwoord.niet.gegaan", "naam", r.Nickname))
		}
		d.home = nil
	}
	r.Account, r.Consent = 0, nil
	if r.LetGo.IsZero() {
		r.Stage, r.Nickname = StageOther, d.dutch("iemand.met.code", "naam", r.Nickname)
	} else {
		r.Stage = StageInvited
	}
	d.keepResident()
	d.closeSignal(s, who, "iemand anders", false)
	for _, s := range d.openSignals() {
		d.showCard(s, nil, false) // whoever is at it must not think that it is about the one who was invited
	}
	d.log(who, r.ID, s.ID, "denied")
	if len(lost) > 0 {
		d.tellDoubt(strings.Join(lost, " "))
	}
}

// codeLength is the length of an invitation code: 26 letters and digits of
// base32 hold 128 bits.
const codeLength = 26

// isCode reports whether a text could be an invitation code.
func isCode(text string) bool {
	text = NormalCode(text)
	return len(text) == codeLength && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// NormalCode is a code as it is hashed: people type it in small letters, with
// spaces and dashes.
func NormalCode(text string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\n", "").Replace(strings.TrimSpace(text)))
}
