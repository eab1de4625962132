package bot

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"houvast/flows"
	"houvast/scheduler"
	"houvast/signals"
	"houvast/signals/lexicon"
)

// rang is a timer that ran out.
func (d *desk) rang(t Timer) {
	switch t.Kind {
	case TimerSignal:
		d.signalRang(t)
	case TimerRemind:
		d.questionRang(t, flows.Remind{Ask: t.Ask})
	case TimerGiveUp:
		d.questionRang(t, flows.GiveUp{Ask: t.Ask})
	case TimerRhythm:
		d.rhythmRang(t)
	case TimerFlow:
		if at := morning(d.local()); at.After(d.now()) {
			t.Due = at
			d.arm(t)
			return
		}
		if r := d.resident; r != nil && r.Stopped.IsZero() && r.Stage == StageActive && !r.PauseTill.After(d.now()) {
			d.account = d.home // it may have been planned on a telephone of before
			d.begin(t.Text, d.home, 0)
		}
	case TimerWords:
		d.unsharedRang()
	case TimerSaid:
		d.saidRang()
	case TimerLeft:
		d.leftRang(t)
	case TimerAgain:
		d.againRang(t)
	case TimerShut:
		d.shutRang(t)
	}
}

// unsharedRang gives words that the resident gave to nobody to the one who reads
// in this wijk, as they were told when they said yes; never what was written
// before that.
func (d *desk) unsharedRang() {
	if d.resident == nil || d.resident.Consent == nil {
		return
	}
	r := d.resident
	var ws []Word
	for _, w := range d.words(0) {
		before := w.At.Before(r.Consent.At.Truncate(time.Second))
		other := !r.LetGo.IsZero() && w.At.After(r.LetGo) && !r.agreed() // on a new telephone, without a yes there
		if !before && !other {
			ws = append(ws, w)
		}
	}
	d.keepForReader(ws...)
}

// signalRang looks at a signal again: who else hears it, and whether the
// resident must be told honestly that nobody was reached.
func (d *desk) signalRang(t Timer) {
	s, ok := d.signal(t.Signal)
	if !ok || s.State == Closed || d.resident == nil {
		return
	}
	if !s.Back.IsZero() {
		d.armSignal(s, time.Time{}) // a person closes it; nobody is called about it
		return
	}
	route := d.network().Next(d.caseOf(s), d.now())
	before := s.Heard
	d.follow(&s, route)
	if who, vain := d.waitsForNobody(s); vain && s.Tries < mostAsked {
		d.armLeft(s, who, d.now())
	}
	if s.State == Open {
		s.Owner = route.Owner
		if s.Channel == "" {
			s.Channel = route.Channel // a peer expert did not react: it stands with people of the team too
		}
		if more := d.reachablePeers(route.Peers); len(more) > 0 {
			for _, key := range more {
				if slices.Contains(before, key) {
					d.remindPeer(s, key)
				} else {
					d.showPeer(s, key, d.scene.Peers[key])
				}
				if !slices.Contains(s.Peers, key) {
					s.Peers = append(slices.Clone(s.Peers), key)
				}
			}
		}
	}
	switch {
	case route.Return && s.State == Taken:
		s.reopen()
		d.putSignal(s)
		d.log("houvast", s.Resident, s.ID, "back to team")
		d.showCard(s, route.Mention, route.Urgent)
		d.nudgeCard(&s, "kaart.terug", route.Mention)
		d.tellBack(s)
	case route.AskOwner && s.State == Taken:
		d.putSignal(s)
		d.askOwner(s)
	default:
		d.putSignal(s)
		d.showCard(s, route.Mention, route.Urgent)
		if route.Repeat || len(route.Mention) > 0 {
			key := "kaart.herhaal"
			if s.Kind == signals.GoodNews {
				key = "kaart.herhaal.goed"
			}
			d.nudgeCard(&s, key, route.Mention)
		}
	}
	if reserve := d.reachablePeers(route.Reserve); len(reserve) > 0 {
		s.Reserved = true
		d.putSignal(s)
		for _, key := range reserve {
			d.ping(s, key)
		}
	}
	if route.Resident && !s.ToldNobody && s.State == Open {
		s.ToldNobody = true
		d.putSignal(s)
		if d.mayHear(s) {
			d.tell(d.home, LaneDistress, d.numbersBody(d.word("niemand.bereikt", "team", d.network().Teams[s.Team].Name)))
		}
	}
	d.armSignal(s, route.NextAt)
}

// askOwner asks the one who took it up how it stands: one press is enough.
func (d *desk) askOwner(s Signal) {
	user := d.network().People[s.TakenBy].Mattermost
	if user == "" {
		return
	}
	d.send(Message{To: Address{Mattermost, "@" + user}, Lane: laneOf(s.Kind), Subject: s.ID, Body: Body{Card: &Card{
		Title: d.dutch("vraag.eigenaar", "naam", d.resident.Nickname), Kind: kindOfCard(s),
		Actions: []Action{
			{Name: "still", Label: d.dutch("knop.still"), Subject: s.ID},
			{Name: "done", Label: d.dutch("knop.spoke"), Subject: s.ID, Style: "good"},
			{Name: "back", Label: d.dutch("knop.back"), Subject: s.ID},
		},
	}}})
}

// ping is the wordless knock on a reserve channel that can be reached: look in
// Mattermost. It says nothing of the signal, and goes where that goes.
func (d *desk) ping(s Signal, key string) {
	d.send(Message{To: Address{Telegram, d.scene.Peers[key].Chat}, Lane: LaneDistress, Subject: s.ID, Body: Body{Text: d.dutch("ping")}})
}

// late is a message about a crisis or distress that did not get through: people
// are reached in another way, and whoever waits hears how it is.
func (d *desk) late(w Late) {
	if w.Message.To.Door == Telegram {
		d.notWithResident(w.Message, "kaart.niet.aangekomen")
		return
	}
	if writerOfSlot(w.Message.Slot) != 0 {
		d.notWithBackup(w.Message, "maatje.achterwacht.wacht")
		return
	}
	if d.resident == nil {
		return
	}
	id := signalOfSlot(w.Message.Slot)
	s, ok := d.signal(id)
	if !ok || s.State != Open || s.Reserved {
		return
	}
	reserve := d.reachablePeers(d.network().Reserve(d.caseOf(s), d.now()))
	s.Reserved = true
	d.putSignal(s)
	for _, key := range reserve {
		d.ping(s, key)
	}
	if d.mayHear(s) {
		d.tell(d.home, LaneDistress, d.numbersBody(d.word("nog.niet.door", "team", d.network().Teams[s.Team].Name)))
	}
}

// signalOfSlot is the signal that a slot belongs to, or 0.
func signalOfSlot(slot string) int64 { return rowOfSlot(slot, "signal:") }

// rowOfSlot is the row that is named first in a slot of a kind, or 0.
func rowOfSlot(slot, kind string) int64 {
	rest, ok := strings.CutPrefix(slot, kind)
	if !ok {
		return 0
	}
	id, _, _ := strings.Cut(rest, ":")
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// questionRang is a reminder, or the end of waiting for an answer.
func (d *desk) questionRang(t Timer, in flows.Input) {
	c, ok := d.conversationByID(t.Conversation)
	if !ok || c.State.Ask != t.Ask {
		return
	}
	if d.resident != nil && !d.resident.Stopped.IsZero() {
		if _, reminder := in.(flows.Remind); reminder {
			return
		}
		d.silent = true // people may still have to hear that it fell silent
	}
	if _, reminder := in.(flows.Remind); reminder && t.Due.Sub(c.AskedAt) > cannotWait {
		if at := morning(d.local()); at.After(d.now()) {
			t.Due = at
			d.arm(t)
			return
		}
	}
	if top, ok := d.conversation(c.Account); ok && top.ID != c.ID && d.patient(top) {
		d.close(top) // a menu that was left open must not hold up what somebody waits for
	}
	if top, ok := d.conversation(c.Account); ok && top.ID != c.ID {
		// Another talk lies on top; this one waits below it.
		t.Due = d.now().Add(30 * time.Minute)
		d.arm(t)
		return
	}
	if _, over := in.(flows.GiveUp); over {
		if d.invites(c) && !c.Heard {
			d.stillInvites(c, t)
			return
		}
		d.softly = morning(d.local()).After(d.now()) // who fell asleep is not woken by their own silence
	}
	d.continueWith(c, in, nil)
}

// patient reports whether a talk waits for ever: a menu, in which silence means nothing.
func (d *desk) patient(c Conversation) bool {
	f := d.scene.House.Flows.Version(c.State.Flow, c.State.Version)
	return f == nil || f.Patient
}

// cannotWait is how soon a question must remind to be about safety; any other
// reminder waits until the morning.
const cannotWait = 15 * time.Minute

// The hours in which nobody is reminded of anything that can wait, and no flow
// begins that another one planned, on the municipality's wall clock.
const (
	NightFrom  = 22
	NightUntil = 8
)

// morning is when a reminder may come that was due at night; not after now when
// it is day.
func morning(now time.Time) time.Time {
	day := now
	switch {
	case now.Hour() >= NightFrom:
		day = now.AddDate(0, 0, 1)
	case now.Hour() >= NightUntil:
		return time.Time{}
	}
	return time.Date(day.Year(), day.Month(), day.Day(), NightUntil, 0, 0, 0, day.Location())
}

// rhythmRang is the moment a resident had asked to be asked, and whatever moments
// went by since. Each is written down once: asked, or not and why.
func (d *desk) rhythmRang(t Timer) {
	r := d.resident
	if r == nil {
		return
	}
	planned := r.NextAsk
	if planned.IsZero() {
		planned = t.Due
	}
	spread := scheduler.Spread(r.ID, spreadOver)
	moments, more := d.missed(planned, d.now().Add(-spread))
	what := scheduler.CatchUp(moments, d.now().Add(-spread), scheduler.CatchUpWindow)
	why := d.notAsked()
	for _, skip := range what.Skipped {
		c := CheckIn{ID: d.id(), Resident: r.ID, Planned: skip.Planned, State: "skipped", Reason: skip.Reason, At: d.now()}
		if why != "" {
			c.Reason = why
		}
		d.turn.CheckIns = append(d.turn.CheckIns, c)
	}
	if !what.Send.IsZero() {
		c := CheckIn{ID: d.id(), Resident: r.ID, Planned: what.Send, State: "queued", At: d.now()}
		if why != "" {
			c.State, c.Reason = "skipped", why
		} else {
			d.send(Message{To: Address{Telegram, d.home.Chat}, Lane: LaneScheduled, Slot: checkInSlot(c.ID), Later: LaterCheckIn,
				Subject: r.ID, CheckIn: c.ID, Due: what.Send.Add(spread), Until: what.Send.Add(spread + scheduler.CatchUpWindow)})
		}
		d.turn.CheckIns = append(d.turn.CheckIns, c)
	}
	d.setRhythm()
	if !more.IsZero() && !r.NextAsk.IsZero() {
		r.NextAsk = more // the rest in a turn of its own
		d.arm(Timer{Key: RhythmKey(r.ID), Kind: TimerRhythm, Due: d.now(), Resident: r.ID})
	}
	d.keepResident()
}

// mostMissed is how many moments one turn writes down: a commit stays short.
const mostMissed = 100

// missed returns the moments of the resident's rhythm from the first on, up to
// now, and from where on there are more.
func (d *desk) missed(first, now time.Time) (moments []time.Time, more time.Time) {
	moments = []time.Time{first}
	rhythm, err := scheduler.ParseRhythm(d.resident.Rhythm, d.network().Zone)
	if err != nil {
		return moments, more // it was taken away meanwhile
	}
	for at := rhythm.Next(first); !at.IsZero() && !at.After(now); at = rhythm.Next(at) {
		if len(moments) == mostMissed {
			return moments, at
		}
		moments = append(moments, at)
	}
	return moments, more
}

// notAsked is why the resident is asked nothing now; empty: they are asked.
func (d *desk) notAsked() string {
	r := d.resident
	switch {
	case r.Stage != StageActive || !r.Stopped.IsZero():
		return "stopped"
	case r.PauseTill.After(d.now()):
		return "pause"
	case d.home == nil || d.home.Blocked:
		return "blocked"
	}
	return ""
}

// compose decides the words of a message now that its turn to be sent came.
func (d *desk) compose(m Message) {
	switch m.Later {
	case LaterLooked, LaterExport:
		d.composeOwn(m)
	default:
		d.composeCheckIn(m)
	}
}

// askedLate is from when on a check-in says that it comes late: longer than ten
// thousand check-ins of one moment take at 25 a second, which is nobody's delay.
const askedLate = 10 * time.Minute

// composeCheckIn decides the words of a check-in, so that they are true now.
func (d *desk) composeCheckIn(m Message) {
	r := d.resident
	drop := func(why string) {
		d.turn.Drop = append(d.turn.Drop, m.ID)
		if r != nil {
			d.turn.CheckIns = append(d.turn.CheckIns, CheckIn{ID: m.CheckIn, Resident: r.ID, State: "skipped", Reason: why, At: d.now()})
		}
	}
	if r == nil {
		drop("blocked")
		return
	}
	if why := d.notAsked(); why != "" {
		drop(why)
		return
	}
	if d.home.Chat != m.To.Place {
		drop("moved") // to another telephone; the next one comes there
		return
	}
	for _, s := range d.openSignals() {
		if s.Kind == signals.Crisis {
			drop("crisis") // people are at it; a routine question would make light of it
			return
		}
	}
	for _, c := range d.scene.Conversations {
		if c.Account == d.home.ID && c.Waiting && c.CheckIn == 0 && d.now().Sub(c.AskedAt) < time.Hour {
			drop("busy") // somebody in the middle of a talk is not asked how it goes
			return
		}
	}
	if r.Missed > 0 && d.invitedLately() {
		drop("quiet")
		return
	}
	for _, c := range d.scene.Conversations {
		c, open := d.conversationByID(c.ID)
		if !open || c.Account != d.home.ID {
			continue
		}
		switch {
		case c.CheckIn != 0:
			d.letGo(c)
		case d.patient(c):
			d.close(c)
		}
		// Any other talk waits below: what silence in it means to people must not be lost.
	}
	f := d.scene.House.Flows.Flow("checkin")
	if f == nil {
		drop("no flow")
		return
	}
	d.composing = &m
	state := "sent"
	if d.now().Sub(m.Due) > askedLate {
		state = "late"
		d.sayHere(LaneScheduled, d.word("checkin.laat"), false)
	}
	if r.Missed > 0 {
		d.sayHere(LaneScheduled, d.invitation(), false)
		r.Invited = d.now()
		d.keepResident()
	}
	c := Conversation{ID: d.id(), Account: d.home.ID, Resident: r.ID, Flow: f.ID, Version: f.Version, CheckIn: m.CheckIn, Made: d.now()}
	talk, effects := flows.Start(f, d.person())
	d.carryOut(c, talk, effects, nil)
	d.flush()
	d.turn.CheckIns = append(d.turn.CheckIns, CheckIn{ID: m.CheckIn, Resident: r.ID, State: state, At: d.now()})
}

// blocked is a person who blocked the bot, or came back: whoever's chat it is, and
// nobody else. Of a chat that is not known nothing follows.
func (d *desk) blocked(undone bool) {
	a := d.account
	if a == nil || a.Blocked != undone {
		return
	}
	a.Blocked = !undone
	d.putAccount(*a)
	if a.Person != "" && a.Yes && !undone {
		d.left(a)
	}
	if d.resident == nil || d.home == nil || a.ID != d.home.ID {
		return
	}
	if !undone && d.resident.Stage == StageActive {
		// No longer to be reached by the bot; people must know, and decide.
		d.raise(raise{kind: signals.PracticalHelp, text: d.dutch("signaal.geblokkeerd")})
	}
	d.unblocked = undone
	for _, s := range d.openSignals() {
		d.showCard(s, nil, false)
	}
}

// undelivered is a message that was given up.
func (d *desk) undelivered(w Undelivered) {
	switch {
	case w.OfChat():
		d.blocked(false)
	case w.Message.To.Door == Telegram && w.Class == SendUnknown:
		d.notWithResident(w.Message, "kaart.onzeker")
	case w.Message.To.Door == Telegram:
		d.notWithResident(w.Message, "kaart.niet.aangekomen")
	case writerOfSlot(w.Message.Slot) != 0:
		d.lostToBackup(w.Message)
	case w.Message.To.Door == Mattermost && d.resident != nil:
		if s, ok := d.signal(signalOfSlot(w.Message.Slot)); ok && s.State != Closed {
			// The channel does not take it: it goes where the bed is.
			team := d.teamOf(d.resident)
			if s.Channel != team.Channel {
				s.Channel = team.Channel
				d.putSignal(s)
				d.showCard(s, nil, true)
			}
		}
	}
}

// notWithResident tells people that something meant for the resident is not there,
// or that nobody can know: who waits for an answer must not wait for a machine.
func (d *desk) notWithResident(m Message, key string) {
	r := d.resident
	if r == nil || d.home == nil || d.home.Chat != m.To.Place || d.home.Blocked || m.Lane == LaneScheduled || m.Rewrite != "" {
		return // what waits its turn has clocks of its own; buttons that stay are no loss
	}
	text := d.dutch(key, "naam", r.Nickname, "tijd", clockTime(m.Due.In(d.network().Zone)), "nu", clockTime(d.local()))
	d.tellDoubt(text)
}

// shutRang tells people of a message that did not open any more. What it said nobody
// knows; a card is made anew from what stands.
func (d *desk) shutRang(t Timer) {
	if d.resident == nil {
		d.toChannel(LaneAnswer, d.anyTeam().Channel, "", Body{Text: d.dutch("bericht.stuk")})
		return
	}
	if s, ok := d.signal(t.Signal); ok && s.State != Closed && s.Channel != "" && t.Text == Mattermost {
		d.showCard(s, nil, laneOf(s.Kind) == LaneDistress)
	}
	d.tellDoubt(d.dutch("kaart.stuk", "naam", d.resident.Nickname))
}

// tellDoubt tells people about the resident that something did not come through.
func (d *desk) tellDoubt(text string) {
	var about *Signal
	for _, s := range d.openSignals() {
		if s.Channel != "" && (about == nil || laneOf(s.Kind) <= laneOf(about.Kind)) {
			about = &s
		}
	}
	if about == nil {
		d.raise(raise{kind: signals.PracticalHelp, text: text})
		return
	}
	// In one place, however many messages it is about: the newest moment counts.
	mention := d.network().OnDuty(about.Team, d.now())
	if about.State == Taken {
		mention = []string{about.TakenBy}
	}
	d.toChannel(laneOf(about.Kind), about.Channel, fmt.Sprint("signal:", about.ID, ":doubt"),
		Body{Card: &Card{Title: text, Kind: kindOfCard(*about), Actions: d.actions(*about), Mention: d.users(mention)}})
}

// told is what the house says about itself. It is about nobody.
func (d *desk) told(w Told) {
	if w.Cry != "" && d.scene.House.Lexicon.Detect(string(w.Cry)).Level != lexicon.LevelCrisis {
		return
	}
	d.send(Message{To: Address{Mattermost, w.Channel}, Lane: w.Lane, Body: Body{Text: w.Text}, Until: w.Until})
}
