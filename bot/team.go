package bot

import (
	"slices"
	"strings"
	"time"

	"houvast/signals"
)

// acted is a press on a card by a professional.
func (d *desk) acted(w Acted) {
	who, ok := d.personOf(d.event.User)
	if !ok {
		d.turn.Reply.Text = d.dutch("niet.in.netwerk")
		return
	}
	s, ok := d.signalFor(who)
	if !ok {
		return
	}
	if s.State == Closed && w.Action != "read" && s.Kind != signals.GoodNews {
		d.turn.Reply.Text = d.dutch("al.gesloten", "naam", d.name(s.ClosedBy), "tijd", clockTime(s.ClosedAt.In(d.network().Zone)))
		return
	}
	switch w.Action {
	case "take":
		d.take(s, who)
	case "read":
		d.read(s, who)
	case "answer":
		d.turn.Reply.Dialog = d.answerDialog(s)
	case "hand":
		d.turn.Reply.Dialog = d.handDialog(s, who)
	case "close":
		d.turn.Reply.Dialog = d.closeDialog(s)
	case "bravo":
		d.answer(s, who, d.dutch("wat.mooi"), nil)
		d.turn.Reply.Text = d.answered(s)
	case "spoke", "done":
		d.spoke(s, who)
	case "missed":
		d.notReached(s, who)
	case "seen":
		reason := "reden.gelezen"
		if s.Kind == signals.MissedCheckIn {
			if reason = "reden.weer"; s.Back.IsZero() {
				d.turn.Reply.Text = d.dutch("kaart.weg")
				return
			}
		}
		d.closeSignal(s, who, d.dutch(reason), false)
		d.turn.Reply.Text = d.dutch("gesloten")
	case "confirm", "deny":
		if d.resident.Stage != StageWaiting {
			d.turn.Reply.Text = d.dutch("kaart.weg")
			return
		}
		if c := d.resident.Circle; who != d.resident.InvitedBy && who != c.Primary && !slices.Contains(c.Backups, who) {
			d.turn.Reply.Text = d.dutch("niet.jouw.bewoner", "naam", d.name(d.resident.InvitedBy))
			return
		}
		if w.Action == "deny" {
			d.turn.Reply.Text = d.dutch("ontkend", "naam", d.resident.Nickname)
			d.denied(s, who)
			return
		}
		d.confirmed(s, who)
		key := "bevestigd.stil"
		if d.resident.Stopped.IsZero() && d.home != nil && !d.home.Blocked {
			key = "bevestigd"
		}
		d.turn.Reply.Text = d.dutch(key, "naam", d.resident.Nickname)
	case "still":
		d.still(s, who)
	case "back":
		d.giveBack(s, who)
	default:
		d.turn.Reply.Text = d.dutch("kaart.weg")
	}
}

// signalFor is the signal that a press or a dialog is about, if who may act on
// it; else the presser hears why not.
func (d *desk) signalFor(who string) (Signal, bool) {
	s, ok := d.signal(d.event.Signal)
	if !ok || d.resident == nil {
		d.turn.Reply.Text = d.dutch("kaart.weg")
		return s, false
	}
	if !d.mayAct(who, s) {
		d.turn.Reply.Text = d.dutch("niet.van.jou", "team", d.network().Teams[s.Team].Name)
		return s, false
	}
	return s, true
}

// mayAct reports whether a person may act on a signal: members of its team, its
// owner, and the resident's own circle.
func (d *desk) mayAct(who string, s Signal) bool {
	team := d.network().Teams[s.Team]
	c := d.resident.Circle
	return slices.Contains(team.Members, who) || team.Coordinator == who || s.Owner == who || s.TakenBy == who ||
		c.Primary == who || slices.Contains(c.Backups, who)
}

// take is Ik pak dit op: from now on somebody has it, and the resident hears who.
func (d *desk) take(s Signal, who string) {
	if s.State == Taken {
		if s.TakenBy == who {
			d.turn.Reply.Text = d.dutch("al.van.jou")
		} else {
			d.turn.Reply.Text = d.dutch("al.opgepakt", "naam", d.name(s.TakenBy), "tijd", clockTime(s.TakenAt.In(d.network().Zone)))
		}
		return
	}
	key := "opgepakt.stil"
	if d.takeUp(&s, who) {
		key = "opgepakt"
	}
	d.turn.Reply.Text = d.dutch(key, "naam", d.resident.Nickname)
}

// takeUp reports whether the resident hears of it.
func (d *desk) takeUp(s *Signal, who string) (told bool) {
	d.takeUpQuietly(s, who)
	key := "gezien.bewoner" // the card was seen; what words there are, not yet
	switch {
	case len(d.words(s.ID)) == 0:
		key = "opgepakt.bewoner"
	case slices.Contains(s.ReadBy, who):
		key = "gelezen.bewoner"
	}
	if s.Handed != "" && s.Handed != who {
		key = "overgenomen.bewoner"
	}
	if s.Kind != signals.MissedCheckIn && s.Kind != signals.PeerWorry && s.Kind != signals.Unreadable {
		return d.tellResident(*s, d.word(key, "naam", d.shownAs(who), "vorige", d.shownAs(s.Handed)))
	}
	return false
}

// tellResident says something about a signal to the resident, if they may hear
// it, and reports whether they do.
func (d *desk) tellResident(s Signal, text string) (told bool) {
	if told = d.mayHear(s); told {
		d.tell(d.home, laneOf(s.Kind), Body{Text: text})
	}
	return told
}

// mayHear reports whether the resident hears from the bot about s. Somebody who
// asked the bot not to write hears only about danger, and about what they
// themselves asked for since.
func (d *desk) mayHear(s Signal) bool {
	if d.home == nil || d.home.Blocked || d.home.Chat == "" {
		return false
	}
	stopped := d.resident.Stopped
	return stopped.IsZero() || s.Kind == signals.Crisis || !s.Stopped && !s.Opened.Before(stopped)
}

// mayRead reports whether a person may open the words of a signal: of what is about
// danger, distress or help, everybody who may act on it; of words that the resident
// gave to somebody, or to nobody, who they were told would read them. When those do
// not come to it, whoever the signal went on to may read: no word stays unread.
func (d *desk) mayRead(who string, s Signal) bool {
	switch s.Kind {
	case signals.Reading, signals.GoodNews, signals.ContactWish:
	default:
		return true
	}
	return s.Owner == who || s.TakenBy == who || s.GivenTo == who || s.Step > 0 && s.Kind != signals.GoodNews || s.Handed != "" ||
		d.network().Chosen(d.caseOf(s), who, d.now())
}

// read is Lees: the words, for the presser alone, written down in the log.
func (d *desk) read(s Signal, who string) {
	words := d.words(s.ID)
	if len(words) > 0 && !d.mayRead(who, s) {
		d.turn.Reply.Text = d.dutch("lees.niet.voor.jou", "naam", d.resident.Nickname)
		return
	}
	if len(words) == 0 {
		d.log(who, s.Resident, s.ID, "found no words")
		d.turn.Reply.Text = d.dutch("geen.woorden", "naam", d.resident.Nickname)
		return
	}
	did := "read"
	if words[0].By != "" {
		did = "read a worry" // of a peer expert: these are not the resident's words
	}
	d.log(who, s.Resident, s.ID, did)
	if !slices.Contains(s.ReadBy, who) {
		s.ReadBy = append(slices.Clone(s.ReadBy), who)
		d.putSignal(s)
	}
	writer := d.resident.Nickname
	if by := words[0].By; by != "" {
		writer = d.name(by)
	}
	d.turn.Reply.Text = d.dutch("lees", "naam", writer, "woorden", wordsAsText(d, words))
	user := d.network().People[who].Mattermost
	for _, w := range words {
		if w.Media != nil && w.Media.Ref != "" {
			d.send(Message{To: Address{Mattermost, "@" + user}, Lane: LaneAnswer,
				Body: Body{Text: d.dutch("media.bij", "naam", d.resident.Nickname), Media: w.Media}, Subject: s.ID})
		}
	}
}

func (d *desk) answerDialog(s Signal) *Dialog {
	return &Dialog{
		Form: "answer", Subject: s.ID, Title: d.dutch("antwoord.titel", "naam", d.resident.Nickname),
		Intro: d.dutch("antwoord.uitleg", "naam", d.resident.Nickname), Submit: d.dutch("antwoord.stuur"),
		Fields: []DialogField{{Name: "text", Label: d.dutch("antwoord.veld"), Kind: "long", Max: 1000}},
	}
}

func (d *desk) handDialog(s Signal, who string) *Dialog {
	var options []Option
	for _, key := range d.colleagues(s) {
		if key == who {
			continue
		}
		at := d.dutch("vrij")
		if d.network().Available(key, d.now()) {
			at = d.dutch("werkt")
		}
		options = append(options, Option{Value: key, Label: d.name(key) + " (" + at + ")"})
	}
	options = append(options, Option{Value: "team", Label: d.dutch("hele.team")})
	return &Dialog{
		Form: "hand", Subject: s.ID, Title: d.dutch("draag.titel"), Intro: d.dutch("draag.uitleg"), Submit: d.dutch("draag.stuur"),
		Fields: []DialogField{{Name: "to", Label: d.dutch("draag.veld"), Kind: "select", Options: options, Default: options[0].Value}},
	}
}

// colleagues are the people a signal can be handed to.
func (d *desk) colleagues(s Signal) []string {
	var keys []string
	add := func(key string) {
		if p, ok := d.network().People[key]; ok && p.Mattermost != "" && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for _, m := range d.network().Teams[s.Team].Members {
		add(m)
	}
	add(d.resident.Circle.Primary)
	for _, b := range d.resident.Circle.Backups {
		add(b)
	}
	add(d.network().Teams[s.Team].Coordinator)
	return keys
}

// The reasons a signal can be closed for, most used first.
var closeReasons = []string{"gesproken", "opgelost", "vals_alarm", "niet_nodig", "elders"}

func (d *desk) closeDialog(s Signal) *Dialog {
	var options []Option
	for _, r := range closeReasons {
		options = append(options, Option{Value: r, Label: d.dutch("reden." + r)})
	}
	return &Dialog{
		Form: "close", Subject: s.ID, Title: d.dutch("sluit.titel", "naam", d.resident.Nickname), Intro: d.dutch("sluit.uitleg"), Submit: d.dutch("sluit.stuur"),
		Fields: []DialogField{{Name: "reason", Label: d.dutch("sluit.veld"), Kind: "select", Options: options, Default: options[0].Value}},
	}
}

// submitted is a dialog a professional sent in.
func (d *desk) submitted(w Submitted) {
	who, ok := d.personOf(d.event.User)
	if !ok {
		d.turn.Reply.Text = d.dutch("niet.in.netwerk")
		return
	}
	switch w.Form {
	case "invite":
		d.invite(who, w.Fields)
		return
	case "invite_again":
		d.inviteAgain(who, w.Fields)
		return
	case "invite_peer":
		d.invitePeer(who, w.Fields)
		return
	}
	s, ok := d.signalFor(who)
	if !ok {
		return
	}
	switch w.Form {
	case "answer":
		text := strings.TrimSpace(w.Fields["text"])
		if text == "" {
			d.turn.Reply.Errors = map[string]string{"text": d.dutch("antwoord.leeg")}
			return
		}
		d.answer(s, who, text, nil)
		d.turn.Reply.Text = d.answered(s)
	case "hand":
		d.hand(s, who, w.Fields["to"])
	case "close":
		reason := w.Fields["reason"]
		if !slices.Contains(closeReasons, reason) {
			d.turn.Reply.Errors = map[string]string{"reason": d.dutch("sluit.kies")}
			return
		}
		if s.State == Closed {
			d.turn.Reply.Text = d.dutch("al.gesloten", "naam", d.name(s.ClosedBy), "tijd", clockTime(s.ClosedAt.In(d.network().Zone)))
			return
		}
		if reason == "gesproken" {
			d.resident.Contact, d.resident.Spoken = d.now(), d.now()
			d.keepResident()
		}
		s.FalseAlarm = reason == "vals_alarm"
		d.closeSignal(s, who, d.dutch("reden."+reason), true)
		d.turn.Reply.Text = d.dutch("gesloten")
	}
}

// answered is what the one who answered is told: sent, what it waits for, or why it
// cannot be.
func (d *desk) answered(s Signal) string {
	switch {
	case d.waits(s):
		return d.dutch("wacht.op.wie", "naam", d.resident.Nickname)
	case d.mayHear(s):
		return d.dutch("verstuurd", "naam", d.resident.Nickname)
	case d.home == nil:
		return d.dutch("niet.verstuurd.geen.chat", "naam", d.resident.Nickname)
	case d.home.Blocked:
		return d.dutch("niet.verstuurd.geblokkeerd", "naam", d.resident.Nickname)
	}
	return d.dutch("niet.verstuurd.gestopt", "naam", d.resident.Nickname)
}

// answer brings a professional's or peer expert's words to the resident, and what a
// peer expert sent with them.
func (d *desk) answer(s Signal, who, text string, media *Media) {
	d.log(who, s.Resident, s.ID, "answered")
	s.Answered = d.now()
	if s.Kind != signals.GoodNews {
		// A congratulation is no talk: what is written next is not led to them unasked.
		d.resident.Human, d.resident.HumanAt = who, d.now()
		d.resident.Contact = d.now()
	}
	d.keepResident()
	key := "antwoord.van"
	if s.Kind == signals.GoodNews {
		key = "felicitatie.van"
	}
	if text == "" {
		key += ".zonder" // a picture or a voice alone
	}
	switch {
	case d.waits(s):
		d.hold(Held{At: d.now(), By: who, Text: d.word(key, "naam", d.name(who), "tekst", text), Media: media}) // names may show by then
	case d.mayHear(s):
		d.sendTo(d.home, Message{Lane: laneOf(s.Kind), By: who, Body: Body{Text: d.word(key, "naam", d.shownAs(who), "tekst", text), Media: media}})
	}
	switch s.Kind {
	case signals.GoodNews:
		if s.State != Closed {
			d.closeSignal(s, who, d.dutch("reden.gefeliciteerd"), false)
			return
		}
	case signals.Reading, signals.ContactWish, signals.Distress, signals.Crisis:
		if s.State == Open {
			d.takeUpQuietly(&s, who)
			return
		}
	}
	d.putSignal(s)
	d.showCard(s, nil, false)
}

// takeUpQuietly is for who answered before pressing Ik pak dit op: the answer
// itself tells the resident who it is.
func (d *desk) takeUpQuietly(s *Signal, who string) {
	s.State, s.TakenBy, s.TakenAt, s.Owner, s.GivenTo, s.Asked = Taken, who, d.now(), who, "", 0
	d.quietNudges(s, "kaart.rustig.opgepakt")
	d.putSignal(*s)
	d.log(who, s.Resident, s.ID, "took")
	d.showCard(*s, nil, false)
	d.armSignal(*s, time.Time{})
}

// hand gives a signal to a colleague, who must take it up: until then it is
// open again and its clock runs.
func (d *desk) hand(s Signal, who, to string) {
	if s.State == Closed {
		d.turn.Reply.Text = d.dutch("al.gesloten", "naam", d.name(s.ClosedBy), "tijd", clockTime(s.ClosedAt.In(d.network().Zone)))
		return
	}
	if to != "team" && !slices.Contains(d.colleagues(s), to) {
		d.turn.Reply.Errors = map[string]string{"to": d.dutch("draag.kies")}
		return
	}
	wasTaken := s.State == Taken
	if wasTaken {
		s.reopen()
	}
	s.Asked, s.Step = 0, 0
	s.Owner, s.GivenTo, s.Since = to, to, d.now()
	var mention []string
	if to == "team" {
		s.Owner, s.GivenTo = "", ""
		mention = d.network().OnDuty(s.Team, d.now())
	} else {
		mention = []string{to}
	}
	if s.Channel == "" {
		s.Channel = d.network().Teams[s.Team].Channel
	}
	d.donePeers(s, d.dutch("maatje.klaar.team", "bewoner", d.resident.Nickname))
	if len(s.Peers) > 0 && s.Kind == signals.ContactWish {
		s.HeardBy = to // who asks for the peer expert again, asks anew
	}
	s.Peers = nil
	d.putSignal(s)
	d.log(who, s.Resident, s.ID, "handed")
	d.showCard(s, mention, s.Kind == signals.Crisis)
	d.nudgeCard(&s, "kaart.overgedragen", mention)
	d.armSignal(s, time.Time{})
	switch {
	case wasTaken && to == "team":
		d.tellBack(s)
	case wasTaken && knownToResident(s.Kind):
		d.tellResident(s, d.word("gevraagd.bewoner", "naam", d.shownAs(to), "vorige", d.shownAs(who)))
	}
	key := "overgedragen.stil"
	if d.mayHear(s) {
		key = "overgedragen"
	}
	d.turn.Reply.Text = d.dutch(key)
}

// knownToResident reports whether residents know of signals of a kind: they cried or
// asked. What others worry about or noticed is not theirs to carry.
func knownToResident(k signals.Kind) bool {
	return k == signals.Crisis || k == signals.Distress || k == signals.ContactWish
}

// tellBack tells the resident that nobody has it any more: what they were told
// about who took it up is no longer true.
func (d *desk) tellBack(s Signal) {
	switch s.Kind {
	case signals.Crisis, signals.Distress, signals.ContactWish:
		d.tellResident(s, d.word("terug.bij.team", "team", d.network().Teams[s.Team].Name))
	}
}

// spoke is Gesproken: the two had contact, and so it is done.
func (d *desk) spoke(s Signal, who string) {
	d.resident.Contact, d.resident.Spoken = d.now(), d.now()
	d.resident.Human, d.resident.HumanAt = who, d.now()
	d.keepResident()
	d.closeSignal(s, who, d.dutch("reden.gesproken"), false)
	d.turn.Reply.Text = d.dutch("gesloten")
}

// notReached is Niet bereikt: the resident hears that somebody tried, and it
// stays with the one who tried.
func (d *desk) notReached(s Signal, who string) {
	d.log(who, s.Resident, s.ID, "not reached")
	s.Tries++
	if s.State == Open {
		s.State, s.TakenBy, s.TakenAt, s.Owner, s.GivenTo = Taken, who, d.now(), who, ""
	}
	s.TakenAt, s.Asked = d.now(), 0 // the clock starts anew
	d.resident.Human, d.resident.HumanAt = who, d.now()
	d.keepResident()
	d.putSignal(s)
	d.showCard(s, nil, false)
	d.armSignal(s, time.Time{})
	d.tellResident(s, d.word("niet.bereikt", "naam", d.shownAs(who)))
	d.turn.Reply.Text = d.dutch("genoteerd")
}

// still is the owner's word that they are at it.
func (d *desk) still(s Signal, who string) {
	if s.State != Taken || s.TakenBy != who {
		d.turn.Reply.Text = d.dutch("kaart.weg")
		return
	}
	s.TakenAt, s.Asked = d.now(), 0
	d.putSignal(s)
	d.armSignal(s, time.Time{})
	d.turn.Reply.Text = d.dutch("genoteerd")
}

func (d *desk) giveBack(s Signal, who string) { d.hand(s, who, "team") }

// closeTalksAbout ends the questions about a signal, and reports whether there were
// any: what is answered there now would open it anew. They stand in the resident's
// own chat, whoever closed it.
func (d *desk) closeTalksAbout(s Signal) (asked bool) {
	silent, account := d.silent, d.account
	d.silent, d.account = silent || !d.mayHear(s), d.home
	for _, c := range d.scene.Conversations {
		if c, open := d.conversationByID(c.ID); open && c.Signal == s.ID {
			d.close(c)
			asked = true
		}
	}
	d.silent, d.account = silent, account
	return asked
}

// closeSignal is a person's word that it is done, with a reason. Time never
// closes anything.
func (d *desk) closeSignal(s Signal, who, reason string, tell bool) {
	s.State, s.ClosedBy, s.ClosedAt, s.Reason = Closed, who, d.now(), reason
	d.quietNudges(&s, "kaart.rustig.gesloten")
	d.putSignal(s)
	d.log(who, s.Resident, s.ID, "closed")
	d.showCard(s, nil, false)
	d.donePeers(s, d.dutch("maatje.klaar", "bewoner", d.resident.Nickname))
	d.armSignal(s, time.Time{})
	d.mayErase(s.Kind)
	asked := d.closeTalksAbout(s)
	if s.FalseAlarm && knownToResident(s.Kind) {
		d.tellResident(s, d.word("vals.alarm.bewoner", "naam", d.shownAs(who)))
	}
	if (tell || asked) && !s.FalseAlarm && knownToResident(s.Kind) {
		d.tellResident(s, d.word("afgerond.bewoner", "naam", d.shownAs(who)))
	}
}
