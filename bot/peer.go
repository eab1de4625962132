package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"houvast/flows"
	"houvast/scheduler"
	"houvast/signals"
	"houvast/signals/lexicon"
)

// showPeers brings a signal to the peer experts who hear it, on their own
// phones: nicknames only, and a story only with the resident's yes.
func (d *desk) showPeers(s Signal) {
	for _, key := range s.Peers {
		d.showPeer(s, key, d.scene.Peers[key])
	}
}

func (d *desk) showPeer(s Signal, key string, a Account) {
	body := d.peerBody(s, key)
	body.Buttons = d.peerButtons(s, key)
	m := Message{To: Address{Telegram, a.Chat}, Lane: LaneScheduled, Slot: peerSlot(s.ID, key), Body: body}
	if s.Kind != signals.GoodNews && d.network().Available(key, d.now()) {
		m.Until = d.network().PromptUntil(key, d.now()) // the signal has a clock of its own, and goes on to the back-up
	}
	d.send(m)
}

// remindPeer brings good news once more that nobody was glad about yet. It is a message
// of its own: the same words in the old place would be seen by nobody.
func (d *desk) remindPeer(s Signal, key string) {
	body := wordsBody(d.words(s.ID))
	body.Text = join(d.dutch("maatje.goed.nieuws.nog", "naam", d.resident.Nickname), body.Text)
	body.Buttons = d.peerButtons(s, key)
	d.send(Message{To: Address{Telegram, d.scene.Peers[key].Chat}, Lane: LaneScheduled, Body: body, Subject: s.ID})
}

// peerBody is what a peer expert reads about a signal. Own words of the resident
// are in it when the resident chose that this peer expert hears them.
func (d *desk) peerBody(s Signal, key string) Body {
	name := d.resident.Nickname
	var body Body
	switch s.Kind {
	case signals.GoodNews:
		body = wordsBody(d.words(s.ID))
		body.Text = join(d.dutch("maatje.goed.nieuws", "naam", name), body.Text)
	case signals.ContactWish:
		contact := d.dutch("maatje.contact", "naam", name)
		if len(s.Wishes) > 0 {
			contact = d.dutch("maatje.contact.wens", "naam", name, "wens", strings.Join(s.Wishes, ", "))
		}
		if !d.givenToPeer(s, key) {
			body.Text = contact
			break
		}
		if len(s.Wishes) == 0 {
			contact = ""
		}
		body = wordsBody(d.words(s.ID))
		body.Text = join(contact, d.dutch("maatje.woorden", "naam", name), body.Text)
	case signals.MissedCheckIn:
		body.Text = d.dutch("maatje.bellen", "naam", name)
		if !s.Back.IsZero() {
			body.Text = d.dutch("maatje.weer", "naam", name, "tijd", moment(s.Back.In(d.network().Zone)))
		}
	default:
		body.Text = d.dutch("maatje.hoort", "naam", name)
	}
	return body
}

// wordsBody is what a resident wrote and sent, as it goes to one who may have it.
func wordsBody(words []Word) Body {
	var body Body
	var told []string
	for _, w := range words {
		if w.Text != "" {
			told = append(told, w.Text)
		}
		if w.Media != nil {
			body.Media = w.Media
		}
	}
	body.Text = strings.Join(told, "\n")
	return body
}

// givenToPeer reports whether the resident gave words to this very peer expert.
func (d *desk) givenToPeer(s Signal, key string) bool {
	mine := s.HeardBy == key || s.HeardBy == "maatje" && d.resident.Circle.Maatje == key
	return s.Kind == signals.ContactWish && mine && len(d.words(s.ID)) > 0
}

// morePeers brings words that came later to the peer expert they are for: what
// was only added to an older message would be seen by nobody.
func (d *desk) morePeers(s Signal, words []Word) {
	for _, key := range s.Peers {
		a := d.scene.Peers[key]
		if len(words) == 0 || !d.givenToPeer(s, key) || a.Chat == "" || a.Blocked {
			continue
		}
		body := wordsBody(words)
		body.Text = join(d.dutch("maatje.woorden", "naam", d.resident.Nickname), body.Text)
		body.Buttons = d.peerButtons(s, key)
		d.send(Message{To: Address{Telegram, a.Chat}, Lane: LaneScheduled, Body: body, Subject: s.ID})
	}
}

func peerSlot(signal int64, key string) string { return "signal:" + b10(signal) + ":peer:" + key }

func (d *desk) peerButtons(s Signal, key string) []Button {
	names := outcomes(s)
	switch {
	case s.Kind == signals.GoodNews:
		names = []string{"bravo", "reply"}
	case d.givenToPeer(s, key):
		names = append([]string{"reply"}, names...)
	}
	var bs []Button
	for _, n := range names {
		bs = append(bs, Button{Label: d.dutch("maatje.knop." + n), Data: fmt.Sprint("s:", b36(s.ID), ":", n)})
	}
	return bs
}

// outcomes are what a peer expert can say about a prompt. Of a silence that is over
// nobody is asked any more, so that it goes on to nobody.
func outcomes(s Signal) []string {
	if !s.Back.IsZero() {
		return []string{"seen", "done", "worry"}
	}
	return []string{"done", "missed", "worry", "cannot"}
}

// donePeers takes the buttons off what peer experts have on their phones, and
// leaves text standing there. Good news stays with them, to read again and to be
// glad about.
func (d *desk) donePeers(s Signal, text string) {
	if s.Kind == signals.GoodNews {
		return
	}
	d.rewritePeers(s, func(string) Body { return Body{Text: text} })
}

// rewritePeers puts something else in the place of what peer experts have on their
// phones about a signal, without a sound.
func (d *desk) rewritePeers(s Signal, with func(key string) Body) {
	for _, key := range s.Peers {
		a := d.scene.Peers[key]
		if a.Chat == "" || a.Blocked {
			continue
		}
		m := Message{To: Address{Telegram, a.Chat}, Lane: LaneAnswer, Slot: peerSlot(s.ID, key), Body: with(key)}
		m.Body.Silent = true
		if !a.Yes {
			m.Rewrite = m.Slot // who stopped gets nothing new
		}
		d.send(m)
	}
}

// pressed is a press on a button under a message: of a question, or of a peer
// expert's prompt.
func (d *desk) pressed(w Pressed) {
	kind, rest, _ := strings.Cut(w.Data, ":")
	switch kind {
	case "a":
		parts := strings.SplitN(rest, ":", 3)
		if len(parts) == 3 {
			if c, ok := d.conversationByID(from36(parts[0])); ok && d.account != nil && c.Account == d.account.ID {
				d.stopAnswering() // they went back to a talk of their own
				d.pressedAnswer(c, flows.Pressed{Ask: int(from36(parts[1])), Button: parts[2]})
				return
			}
		}
	case "s":
		parts := strings.SplitN(rest, ":", 2)
		if len(parts) == 2 && d.account != nil && d.account.Person != "" && d.peerPressed(from36(parts[0]), parts[1]) {
			return
		}
	}
	if kind == "p" && d.account != nil && d.network().People[d.account.Person].Peer() && d.saidPressed(rest) {
		return
	}
	d.turn.Reply.Text = d.oldButton()
}

// oldButton is the friendly word for a button that does nothing any more.
func (d *desk) oldButton() string { return d.word("knop.oud") }

// pressedAnswer is the press on an answer. Somebody who asked the bot to stop,
// and presses all the same, is answered: they asked.
func (d *desk) pressedAnswer(c Conversation, p flows.Pressed) {
	if !d.continueWith(c, p, nil) {
		d.turn.Reply.Text = d.oldButton()
	}
}

// peerPressed is what a peer expert says about a prompt.
func (d *desk) peerPressed(id int64, what string) bool {
	who := d.account.Person
	s, ok := d.signal(id)
	if !ok || d.resident == nil || s.State == Closed && s.Kind != signals.GoodNews || !slices.Contains(s.Peers, who) {
		return false
	}
	if (what == "missed" || what == "cannot") && !slices.Contains(outcomes(s), what) {
		return false // it is over, and goes on to nobody
	}
	n := d.network()
	d.stopAnswering()
	switch what {
	case "bravo":
		d.answer(s, who, d.dutch("wat.mooi"), nil)
		body := d.peerBody(s, who)
		body.Text = join(body.Text, d.dutch("gekozen", "knop", d.dutch("maatje.knop.bravo")))
		d.send(Message{To: Address{Telegram, d.account.Chat}, Lane: LaneAnswer, Slot: peerSlot(s.ID, who), Body: body})
		d.sayAnswered(s)
	case "reply":
		d.account.ReplyTo, d.account.ReplyAt = s.ID, d.now()
		d.keepAccount()
		d.peerSayOf(s, Body{Text: d.dutch("maatje.schrijf", "naam", d.resident.Nickname)})
	case "done":
		d.resident.Contact, d.resident.Spoken = d.now(), d.now()
		d.keepResident()
		d.closeSignal(s, who, d.dutch("reden.gesproken"), false)
	case "seen":
		if s.Back.IsZero() {
			return false
		}
		d.closeSignal(s, who, d.dutch("reden.weer"), false)
	case "missed":
		d.log(who, s.Resident, s.ID, "not reached")
		s.Tries++
		if s.Tries >= peerTries {
			d.peerToBackup(s, who, "maatje.niet.bereikt.kaart")
			return true
		}
		s.Owner = who
		d.putSignal(s)
		d.armSignal(s, n.Calendar().NextWorkingMorning(d.now(), scheduler.Office()))
		d.peerSayOf(s, Body{Text: d.dutch("maatje.nog.eens", "naam", d.resident.Nickname)})
	case "worry", "tell": // of who tells it, what they wrote goes along
		if s.Kind == signals.MissedCheckIn {
			d.closePrompt(s, who, d.dutch("reden.zorgen"), "maatje.klaar.zorgen") // the worry takes its place
		} else {
			d.stepIn(s, who, "maatje.zorgen.kaart") // what the resident asked for stays theirs
		}
		if what == "tell" && len(d.account.Said) > 0 && !d.account.SaidOwn {
			said := d.account.Said
			d.let(named{text: d.dutch("maatje.knop.worry")})
			d.worry(said)
			return true
		}
		d.worry(nil)
	case "cannot":
		d.peerToBackup(s, who, "maatje.kan.niet.kaart")
	default:
		return false
	}
	return true
}

// closePrompt closes a prompt, and says on the peer expert's phone what became of it.
func (d *desk) closePrompt(s Signal, who, reason, key string) {
	d.donePeers(s, d.dutch(key, "bewoner", d.resident.Nickname))
	s.Peers = nil
	d.closeSignal(s, who, reason, false)
}

// peerTries is how often a peer expert tries before a professional does.
const peerTries = 2

// peerToBackup hands a prompt to the peer expert's back-up, with one tap.
func (d *desk) peerToBackup(s Signal, who, key string) {
	s = d.stepIn(s, who, key)
	said := "maatje.overgedragen"
	if s.State == Taken {
		said = "maatje.ligt.bij"
	}
	d.peerSay(d.dutch(said, "naam", d.ownerName(s)))
}

// ownerName is who has a signal or was asked for it, by first name; else the team.
func (d *desk) ownerName(s Signal) string {
	if name := d.name(s.Owner); name != "" {
		return name
	}
	return d.network().Teams[s.Team].Name
}

// stepIn puts a signal with the one who does it when a peer expert cannot. The
// resident hears it when they asked for that peer expert: nobody waits for somebody
// who will not come.
func (d *desk) stepIn(s Signal, who, key string) Signal {
	d.log(who, s.Resident, s.ID, "handed")
	if s.TakenBy == who {
		s.reopen()
		s.Step, s.Asked = 0, 0
	}
	if d.resident.Human == who {
		d.resident.Human = "" // what is written next goes to somebody who is there
		d.keepResident()
	}
	had := s
	s.Peers = nil
	if s.Channel == "" {
		s.Channel = d.network().Teams[s.Team].Channel
	}
	said := "maatje.klaar.ligt.bij"
	if s.State != Taken { // whoever has it already keeps it
		s.GivenTo, s.Since = d.stepsInFor(who), d.now()
		s.Owner = s.GivenTo
		said = "maatje.klaar.gevraagd"
		if s.Kind == signals.ContactWish {
			s.HeardBy = s.GivenTo // who asks for the peer expert again, asks anew
		}
	}
	if s.Text != "" {
		s.Text += "\n"
	}
	s.Text += d.dutch(key, "maatje", d.name(who))
	d.putSignal(s)
	d.donePeers(had, d.dutch(said, "bewoner", d.resident.Nickname, "naam", d.ownerName(s)))
	d.showCard(s, d.nearOwner(s), false)
	if had.Channel != "" && s.State != Taken {
		d.nudgeCard(&s, "kaart.overgedragen", d.nearOwner(s)) // the card stood there already
	}
	d.armSignal(s, time.Time{})
	if s.Kind == signals.ContactWish && s.State != Taken && d.mayHear(s) {
		told := d.word("maatje.vervangen", "maatje", d.shownAs(who), "naam", d.ownerName(s))
		switch key {
		case "maatje.niet.bereikt.kaart":
			told = d.word("maatje.bereikte.niet", "maatje", d.shownAs(who), "naam", d.ownerName(s))
		case "maatje.zorgen.kaart":
			key := "maatje.ook"
			if len(s.Wishes) == 0 && len(d.words(s.ID)) > 0 {
				key = "maatje.ook.woorden" // they asked nothing
			}
			told = d.word(key, "naam", d.ownerName(s)) // whatever a peer expert says of them is not the resident's to carry
		}
		d.tell(d.home, LaneAnswer, Body{Text: told, Silent: morning(d.local()).After(d.now())})
	}
	return s
}

// nearOwner are whom a signal calls that goes on to its owner: the owner, and who stands
// in when the owner is not at work now.
func (d *desk) nearOwner(s Signal) []string {
	if !s.Back.IsZero() {
		return nil // nobody is called to look for who is there
	}
	near := []string{s.Owner}
	if here := d.network().Covering(s.Owner, d.now()); here != "" && here != s.Owner && !d.network().People[here].Peer() {
		near = append(near, here)
	}
	return near
}

// peerSay answers the peer expert in their own chat.
func (d *desk) peerSay(text string) { d.tell(d.account, LaneAnswer, Body{Text: text}) }

// peerSayOf says something there that names the resident of s: it goes when they do.
func (d *desk) peerSayOf(s Signal, body Body) {
	d.sendTo(d.account, Message{Lane: LaneAnswer, Subject: s.ID, Body: body})
}

// peerWrote is a text from a peer expert.
func (d *desk) peerWrote(text string) { d.peerGave(text, nil) }

// peerGave is a text from a peer expert, or what they sent with the words below it.
func (d *desk) peerGave(text string, media *Media) {
	if !d.network().People[d.account.Person].Peer() {
		if slices.Contains(flows.Commands(text, d.account.Language), flows.CommandStop) {
			d.reserveCommand("stop")
			return
		}
		d.reserveSaid(text)
		return
	}
	if d.heard(text).Level == lexicon.LevelCrisis {
		// A peer expert's own bad hour is not the employer's: numbers, and
		// whom they can turn to themselves. What they write next is not for the
		// resident they were answering.
		d.stopAnswering()
		d.tell(d.account, LaneDistress, d.numbersBody(d.dutch("maatje.crisis", "naam", d.backup().Name)))
		if d.account.Yes {
			d.peerSaid(named{}, text, true)
		}
		return
	}
	commands := flows.Commands(text, d.account.Language)
	stop := slices.Contains(commands, flows.CommandStop)
	help := slices.Contains(commands, flows.CommandHelp) || slices.Contains(commands, flows.CommandHuman)
	if stop {
		d.peerCommand("stop")
	}
	if help {
		// It goes to nobody as it is, also not to the resident whom they were answering.
		d.stopAnswering()
		said := d.dutch("maatje.hulp", "naam", d.backup().Name)
		if !d.account.Yes {
			said = d.dutch("maatje.leest.niemand")
		}
		d.tell(d.account, LaneDistress, d.numbersBody(said))
		if d.account.Yes {
			// It may be their answer to how it went with somebody: nobody else has it.
			d.peerHeld(named{}, text, media)
		}
	}
	if stop || help {
		return
	}
	if d.account.ReplyTo != 0 && !d.event.Cry && (media == nil || media.Ref != "") {
		d.peerReply(text, media)
		return
	}
	if c, ok := d.conversation(d.account.ID); ok && text != "" && d.continueWith(c, wroteInput(text), nil) {
		return
	}
	if !d.account.Yes && d.network().People[d.account.Person].Peer() {
		d.tell(d.account, LaneAnswer, d.numbersBody(d.dutch("maatje.leest.niemand")))
		d.begin("maatje_welkom", d.account, 0)
		return
	}
	d.peerHeld(named{}, text, media)
}

// stopAnswering lets go of the resident whom the next words were for.
func (d *desk) stopAnswering() {
	if d.account != nil && d.account.ReplyTo != 0 {
		d.account.ReplyTo = 0
		d.keepAccount()
	}
}

// peerReply brings a peer expert's own words, and what they sent with them, to the
// resident who shared something with them.
func (d *desk) peerReply(text string, media *Media) {
	id := d.account.ReplyTo
	d.account.ReplyTo = 0
	d.keepAccount()
	s, ok := d.signal(id)
	if !ok || d.resident == nil {
		d.peerHeld(named{}, text, media) // it comes late: for whom it is must be certain
		return
	}
	if s.State == Closed && s.Kind != signals.GoodNews || !slices.Contains(s.Peers, d.account.Person) {
		d.peerHeld(named{d.dutch("maatje.niet.meer", "naam", d.resident.Nickname), []int64{d.resident.ID}}, text, media)
		return
	}
	d.answer(s, d.account.Person, text, media)
	d.sayAnswered(s)
}

// peerHeld holds the words of what a peer expert sent until they said for whom it is.
// A picture or a voice is not held, and they are told so: nobody else gets it.
func (d *desk) peerHeld(intro named, text string, media *Media) {
	switch {
	case media == nil:
		d.peerSaid(intro, text, false)
	case text == "":
		d.sendTo(d.account, Message{Lane: LaneAnswer, Subject: only(intro.residents), Body: Body{Text: join(intro.text, d.dutch("maatje.geen.beeld"))}})
	default:
		intro.text = join(intro.text, d.dutch("maatje.zonder.beeld"))
		d.peerSaid(intro, text, false)
	}
}

// sayAnswered tells a peer expert whether their words go to the resident, and when
// that is not now.
func (d *desk) sayAnswered(s Signal) {
	key := "maatje.niet.verstuurd"
	switch {
	case d.waits(s):
		key = "maatje.wacht.op.wie"
	case d.mayHear(s):
		key = "maatje.verstuurd"
	}
	d.peerSayOf(s, Body{Text: d.dutch(key, "naam", d.resident.Nickname)})
}

// peerSent is a voice note, photo, sticker or file from a peer expert, with what may
// stand below it.
func (d *desk) peerSent(w Sent) {
	media := w.Media
	d.peerGave(string(w.Caption), &media)
}

// peerCommand is a command of a peer expert.
func (d *desk) peerCommand(name string) {
	p := d.network().People[d.account.Person]
	d.stopAnswering() // it may be said in a word
	if !p.Peer() {
		d.reserveCommand(name)
		return
	}
	switch {
	case name == "stop":
		d.account.Yes = false
		d.keepAccount()
		d.left(d.account)
		d.peerSay(d.dutch("maatje.gestopt", "naam", d.backup().Name))
	case !d.account.Yes:
		d.begin("maatje_welkom", d.account, 0)
	default:
		d.tell(d.account, LaneAnswer, d.numbersBody(d.dutch("maatje.hallo", "naam", d.backup().Name)))
	}
}

// linkPerson lets a peer expert in, or opens a professional's reserve channel. Who had
// it on another telephone has it here from now on.
func (d *desk) linkPerson(inv Invite) {
	a := d.account
	p := d.network().People[inv.Person]
	old, moved := d.scene.Peers[inv.Person]
	moved = moved && old.ID != a.ID
	switch {
	case a.Person == inv.Person:
		inv.Used, inv.UsedBy = d.now(), a.ID
		d.turn.Invites = append(d.turn.Invites, inv)
		d.peerCommand("start")
		return
	case a.Person != "":
		d.sayHere(LaneAnswer, d.word("code.al.binnen"), false)
		return
	case moved && !old.Linked.IsZero() && !inv.Made.After(old.Linked):
		d.wrongCode(&inv) // it lay about since before they came in where they are now
		return
	}
	inv.Used, inv.UsedBy = d.now(), a.ID
	d.turn.Invites = append(d.turn.Invites, inv)
	var back []Message
	if moved {
		back = d.letPeerGo(old, inv.By)
	}
	a.Person, a.Linked = inv.Person, d.now()
	d.log(inv.Person, 0, 0, "linked")
	if !p.Peer() {
		a.Yes = true
		d.keepAccount()
		d.tell(a, LaneAnswer, Body{Text: d.dutch("reserve.welkom", "naam", p.Name)})
		for _, m := range back {
			if m.Subject != 0 { // a knock for somebody who is in danger: it is heard here
				d.sendTo(a, Message{Lane: m.Lane, Subject: m.Subject, Body: m.Body})
			}
		}
		return
	}
	d.keepAccount()
	d.welcomePeer(a)
}

// movedFor is how long what stood with a peer expert waits for their yes on a new
// telephone. Then somebody else is asked.
const movedFor = time.Hour

// letPeerGo takes a chat from somebody of the network who came in on another
// telephone. Whoever made the code hears it, since a code proves that somebody holds
// it, not who it is. What was still to be said to them there is taken back and returned:
// what stands with them comes anew after their yes.
func (d *desk) letPeerGo(old Account, inviter string) (back []Message) {
	a, resident := d.account, d.resident
	who := old.Person
	back = d.takeBack(old.Resident, func(m Message) bool { return old.Resident == 0 || m.toPeer(old.Resident) })
	d.account, d.resident = &old, nil
	for _, c := range d.scene.Conversations {
		if c, open := d.conversationByID(c.ID); open && c.Account == old.ID && c.Resident == 0 {
			d.close(c)
		}
	}
	d.saidRang()                        // whom it was for was not said, and cannot be said here any more
	if d.network().People[who].Peer() { // a professional works in Mattermost, wherever they are knocked for
		for _, p := range d.scene.Prompts {
			d.armLeft(p.Signal, who, d.now().Add(movedFor))
		}
	}
	d.stopAnswering()
	old.Person, old.Yes = "", false
	d.keepAccount()
	text := d.dutch("maatje.andere.telefoon")
	if !d.network().People[who].Peer() {
		text = d.dutch("reserve.andere.telefoon")
	}
	body := d.numbersBody(text)
	if old.Resident != 0 {
		body = Body{Text: text} // it stays a resident's chat, with numbers of its own
	}
	d.tell(&old, hasteOf(back), body)
	d.account, d.resident = a, resident
	if to := d.network().People[inviter].Mattermost; to != "" {
		d.send(Message{To: Address{Mattermost, "@" + to}, Lane: LaneAnswer,
			Body: Body{Text: d.dutch("maatje.andere.telefoon.team", "naam", d.name(who))}})
	}
	return back
}

// armAgain has what stands with a peer expert brought to the telephone on which they
// said yes, per signal in a turn of its own: it may be of several residents.
func (d *desk) armAgain() {
	for _, p := range d.prompts() {
		d.arm(Timer{Key: fmt.Sprint("again:", p.Signal.ID, ":", d.account.Person), Kind: TimerAgain, Due: d.now(),
			Signal: p.Signal.ID, Resident: p.Signal.Resident, Text: d.account.Person})
	}
}

// againRang shows a peer expert once more what stands with them.
func (d *desk) againRang(t Timer) {
	s, ok := d.signal(t.Signal)
	if ok && s.State != Closed && d.resident != nil && slices.Contains(s.Peers, t.Text) && len(d.reachablePeers([]string{t.Text})) > 0 {
		d.showPeer(s, t.Text, d.scene.Peers[t.Text])
	}
}

// welcomePeer asks for a peer expert's own yes.
func (d *desk) welcomePeer(a *Account) {
	resident := d.resident
	d.resident = nil // the one side never shows on the other
	d.begin("maatje_welkom", a, 0)
	d.flush()
	d.resident = resident
}
