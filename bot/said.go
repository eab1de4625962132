package bot

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"houvast/signals"
	"houvast/signals/lexicon"
)

// What a peer expert writes of their own accord is held until they have said for whom
// it is: it may be about a resident, or about themselves.

// unsaid is how long it waits for that. Then the back-up gets it, as was told.
const unsaid = 30 * time.Minute

// ownHours is how long words of danger wait, which nobody gets unasked.
const ownHours = 24 * time.Hour

// mostPrompts is how many open prompts are offered again at once.
const mostPrompts = 3

// backup is who a peer expert turns to: the back-up, else the coordinator.
func (d *desk) backup() signals.Person {
	n := d.network()
	if p := n.People[n.People[d.account.Person].Backup]; p.Mattermost != "" {
		return p
	}
	return n.People[d.anyTeam().Coordinator]
}

// peerSaid holds what a peer expert wrote, and asks for whom it is. What stands open
// with them comes by once more: it may be the answer to that.
func (d *desk) peerSaid(intro named, text string, own bool) {
	a := d.account
	d.hideOffer(named{})
	if len(a.Said) == 0 {
		a.SaidOwn, a.SaidAt = false, d.now()
	}
	a.Said = append(slices.Clone(a.Said), text)
	a.SaidOwn = a.SaidOwn || own
	a.Offer++
	a.Named, a.Whom = intro.residents, false
	after := unsaid
	if a.SaidOwn {
		after = ownHours
	}
	// From the first of them on: who goes on writing must not put it off.
	d.arm(Timer{Key: saidKey(a.ID), Kind: TimerSaid, Due: a.SaidAt.Add(after), Account: a.ID})

	var to []Button
	if !a.SaidOwn {
		d.offerPrompts()
		asked := map[int64]bool{}
		for _, p := range slices.Backward(d.prompts()) {
			wrote := p.Signal.Kind == signals.GoodNews || p.Signal.Kind == signals.ContactWish
			if wrote && !asked[p.Resident.ID] {
				asked[p.Resident.ID] = true
				a.Named = append(a.Named, p.Resident.ID)
				to = append(to, offered(a, d.calledAmong(p.Resident, d.prompted()), "send", b36(p.Signal.ID)))
			}
		}
	}
	d.keepAccount()
	d.askForWhom(intro.text, to)
}

// askForWhom puts the question, with the residents it may be for on top.
func (d *desk) askForWhom(intro string, to []Button) {
	a := d.account
	lane, said := LaneAnswer, "maatje.voor.wie"
	if a.SaidOwn {
		lane, said = LaneDistress, "maatje.voor.wie.eigen"
	}
	bs := append(slices.Clone(to), offered(a, d.backup().Name, "back", "0"),
		offered(a, d.dutch("maatje.knop.om.bewoner"), "worry", "0"), offered(a, d.dutch("maatje.knop.niemand"), "drop", "0"))
	d.ask(Message{Lane: lane, Slot: saidSlot(a), Body: Body{Text: join(intro, d.dutch(said, "naam", d.backup().Name)), Buttons: bs}})
}

// ask puts a question of which the answer says for whom the words are. Who stopped
// gets nothing new, and it is never left out: it may take the place of one that names
// somebody.
func (d *desk) ask(m Message) {
	a := d.account
	m.To, m.Subject = Address{Telegram, a.Chat}, only(a.Named)
	if !a.Yes {
		m.Rewrite = m.Slot
	}
	d.send(m)
}

// offered is a button under the question that was put last.
func offered(a *Account, label, verb, id string) Button {
	return Button{Label: label, Data: fmt.Sprint("p:", verb, ":", b36(a.Offer), ":", id)}
}

// A named is something that is said to a peer expert, and the residents whom it names.
type named struct {
	text      string
	residents []int64
}

// nickname names the resident of the scene.
func (d *desk) nickname() named { return named{d.resident.Nickname, []int64{d.resident.ID}} }

// only is the one that a message is about, or 0 when there are more: then who puts it
// sees to it that it goes with each of them.
func only(residents []int64) int64 {
	if len(residents) == 1 {
		return residents[0]
	}
	return 0
}

// unname takes a resident of whom everything goes off the open questions of peer
// experts: each is put anew without any name, in the place of what stands on the phone
// or was still to come there.
func (d *desk) unname(resident int64) {
	account := d.account
	defer func() { d.account = account }()
	for _, key := range sortedKeys(d.scene.Peers) {
		a := d.scene.Peers[key]
		if len(a.Said) == 0 || !slices.Contains(a.Named, resident) || d.home != nil && d.home.ID == a.ID {
			continue
		}
		a.Named = nil
		d.account = &a
		d.keepAccount()
		d.askForWhom("", nil)
		if a.Whom {
			d.askAbout(nil)
		}
	}
}

func saidKey(account int64) string { return fmt.Sprint("said:", account) }

func saidSlot(a *Account) string { return fmt.Sprint("said:", a.ID, ":", a.Offer) }

// prompts are what a peer expert has on their phone and nobody closed yet.
func (d *desk) prompts() []Prompt {
	var open []Prompt
	for _, p := range d.scene.Prompts {
		if slices.Contains(p.Signal.Peers, d.account.Person) {
			open = append(open, p)
		}
	}
	return open
}

// offerPrompts puts the buttons of what stands open at the bottom of the chat.
func (d *desk) offerPrompts() {
	open := slices.DeleteFunc(d.prompts(), func(p Prompt) bool { return p.Signal.Kind == signals.GoodNews })
	for _, p := range open[max(0, len(open)-mostPrompts):] {
		var bs []Button
		for _, n := range outcomes(p.Signal) {
			if n == "worry" {
				n = "tell" // with what they wrote
			}
			bs = append(bs, Button{Label: d.dutch("maatje.knop." + n), Data: fmt.Sprint("s:", b36(p.Signal.ID), ":", n)})
		}
		d.peerSayOf(p.Signal, Body{Text: d.dutch("maatje.hoe.staat.het", "naam", d.calledAmong(p.Resident, d.prompted())), Buttons: bs})
	}
}

// saidPressed is the answer to for whom the words are. An older question than the
// last is answered no more.
func (d *desk) saidPressed(data string) bool {
	a := d.account
	parts := strings.SplitN(data, ":", 3)
	if len(parts) != 3 || len(a.Said) == 0 || from36(parts[1]) != a.Offer {
		return false
	}
	switch parts[0] {
	case "send":
		s, ok := d.signal(from36(parts[2]))
		if !ok || a.SaidOwn || d.resident == nil || s.State == Closed && s.Kind != signals.GoodNews || !slices.Contains(s.Peers, a.Person) {
			return false
		}
		text := strings.Join(a.Said, "\n")
		d.let(d.nickname())
		d.answer(s, a.Person, text, nil)
		d.sayAnswered(s)
	case "back":
		d.giveBackup("maatje.naar.achterwacht")
	case "worry":
		d.askWhom()
	case "about":
		if d.resident == nil || d.resident.ID != from36(parts[2]) || d.resident.Circle.Maatje != a.Person {
			return false
		}
		d.worry(a.Said)
		d.let(d.nickname())
	case "drop":
		d.let(named{text: d.dutch("maatje.knop.niemand")})
		d.peerSay(d.dutch("maatje.aan.niemand"))
	default:
		return false
	}
	return true
}

// prompted are the residents of whom a peer expert has or may come to hear something.
func (d *desk) prompted() []Resident {
	var rs []Resident
	for _, p := range d.scene.Prompts {
		rs = append(rs, p.Resident)
	}
	return rs
}

// calledAmong is how a resident is called in a list to choose from: by nickname, and
// where another one there has the same, with what tells them apart: the wijk, else
// the fixed contact as well, else a number in the order in which they came.
func (d *desk) calledAmong(r Resident, others []Resident) string {
	same := slices.DeleteFunc(slices.Clone(others), func(o Resident) bool {
		return o.ID == r.ID || !strings.EqualFold(o.Nickname, r.Nickname)
	})
	if len(same) == 0 {
		return r.Nickname
	}
	wijk, contact := d.network().Wijken[r.Circle.Wijk].Name, d.name(r.Circle.Primary)
	same = slices.DeleteFunc(same, func(o Resident) bool { return o.Circle.Wijk != r.Circle.Wijk })
	if len(same) == 0 {
		return fmt.Sprintf("%s (%s)", r.Nickname, wijk)
	}
	same = slices.DeleteFunc(same, func(o Resident) bool { return o.Circle.Primary != r.Circle.Primary })
	if len(same) == 0 {
		return fmt.Sprintf("%s (%s, %s)", r.Nickname, wijk, contact)
	}
	before := map[int64]bool{r.ID: true}
	for _, o := range same {
		before[o.ID] = before[o.ID] || o.ID < r.ID
	}
	n := 0
	for _, is := range before {
		if is {
			n++
		}
	}
	return fmt.Sprintf("%s (%s, %s, %d)", r.Nickname, wijk, contact, n)
}

// askWhom asks about which resident a peer expert is worried: of those they are the
// peer expert of, by nickname.
func (d *desk) askWhom() {
	a := d.account
	theirs := slices.DeleteFunc(slices.Clone(d.scene.Residents), func(r Resident) bool {
		return r.Circle.Maatje != a.Person || r.Stage != StageActive
	})
	a.Named, a.Whom = slices.Clone(a.Named), true
	var about []Button
	for _, r := range theirs {
		if !slices.Contains(a.Named, r.ID) {
			a.Named = append(a.Named, r.ID)
		}
		about = append(about, offered(a, d.calledAmong(r, theirs), "about", b36(r.ID)))
	}
	d.keepAccount()
	d.askAbout(about)
}

// askAbout puts the question about which resident it is.
func (d *desk) askAbout(about []Button) {
	a := d.account
	bs := append(slices.Clone(about), offered(a, d.dutch("maatje.knop.iemand.anders"), "back", "1"))
	d.ask(Message{Lane: LaneAnswer, Slot: whomSlot(a), Body: Body{Text: d.dutch("maatje.om.wie"), Buttons: bs}})
}

func whomSlot(a *Account) string { return fmt.Sprint("whom:", a.ID, ":", a.Offer) }

// worry brings a peer expert's worry about the resident to the team, with what they
// wrote about it behind Lees. Words of danger are brought urgently.
func (d *desk) worry(said []string) {
	who := d.account.Person
	var words []Word
	danger := false
	for _, text := range said {
		words = append(words, Word{ID: d.id(), Resident: d.resident.ID, At: d.now(), Text: text, By: who})
		danger = danger || d.heard(text).Level == lexicon.LevelCrisis
	}
	s := d.raise(raise{kind: signals.PeerWorry, text: d.dutch("signaal.zorgen", "maatje", d.name(who)), words: words})
	if !danger {
		d.peerSay(d.dutch("maatje.zorgen.door"))
		return
	}
	onDuty := d.network().OnDuty(s.Team, d.now())
	d.showCard(s, onDuty, true)
	c := d.caseOf(s)
	c.Kind = signals.Crisis // of a worry alone nobody is called on a reserve channel
	for _, key := range d.reachablePeers(d.network().Reserve(c, d.now())) {
		d.ping(s, key)
	}
	key := "maatje.zorgen.door"
	if len(onDuty) == 0 {
		key = "maatje.zorgen.nacht"
	}
	d.tell(d.account, LaneDistress, d.numbersBody(d.dutch(key, "team", d.network().Teams[s.Team].Name)))
}

// giveBackup brings the words to the back-up, as a message to them alone. The team
// hears that there is one, without a word of it, when the back-up is not at work; of
// what is the peer expert's own it hears nothing, and they hear who is not there.
func (d *desk) giveBackup(key string) {
	n, a, to := d.network(), d.account, d.backup()
	own, lane := a.SaidOwn, LaneAnswer
	if own {
		lane = LaneDistress
	}
	for i, text := range a.Said {
		d.send(Message{To: Address{Mattermost, "@" + to.Mattermost}, Lane: lane, Slot: fmt.Sprint("backup:", a.ID, ":", a.Offer, ":", i, ":", a.Person),
			Body: Body{Text: d.dutch("achterwacht.bericht", "maatje", d.name(a.Person), "tekst", text)}})
	}
	d.log(a.Person, 0, 0, "wrote to back-up")
	d.let(named{text: to.Name})
	said := d.dutch(key, "naam", to.Name)
	away := !n.Available(to.Key, d.now())
	switch {
	case away && own:
		said = d.numbersBody(said + " " + d.dutch("maatje.achterwacht.weg.eigen", "naam", to.Name)).Text
	case away:
		d.toChannel(LaneAnswer, d.teamWith(to.Key).Channel, "", Body{Text: d.dutch("achterwacht.weg", "maatje", d.name(a.Person), "naam", to.Name)})
		said += " " + d.dutch("maatje.achterwacht.weg", "naam", to.Name)
	}
	if a.Yes { // who stopped gets nothing more
		d.tell(a, lane, Body{Text: said})
	}
}

// writerOfSlot is the chat of the peer expert whose words to their back-up stand in
// that slot, or 0.
func writerOfSlot(slot string) int64 { return rowOfSlot(slot, "backup:") }

// notWithBackup tells a peer expert that their words are not with the back-up, and
// whom to call when they are words of danger: once, however many lines they wrote.
// It names the moment, since the words may come there later. Of words of danger
// nobody else hears it.
func (d *desk) notWithBackup(m Message, key string) {
	a := d.account
	if a == nil || !a.Yes { // who stopped gets nothing more
		return
	}
	_, name := d.backupOf(m)
	body := Body{Text: d.dutch(key, "naam", name, "tijd", clockTime(d.local()))}
	if m.Lane == LaneDistress {
		body = d.numbersBody(body.Text)
	}
	d.sendTo(a, Message{Lane: m.Lane, Slot: noticeSlot(m, key), Body: body})
}

// lostToBackup is when words to the back-up are given up. Of a worry the team of the
// back-up hears that there was one, without a word of it, also when who wrote it has
// stopped or is on another telephone: nobody else has it.
func (d *desk) lostToBackup(m Message) {
	if m.Lane == LaneDistress { // it is their own
		d.notWithBackup(m, "maatje.achterwacht.niet")
		return
	}
	who, name := d.backupOf(m)
	writer := d.name(m.Slot[strings.LastIndex(m.Slot, ":")+1:])
	d.toChannel(LaneAnswer, d.teamWith(who).Channel, noticeSlot(m, "achterwacht.niet"),
		Body{Text: d.dutch("achterwacht.niet", "maatje", cmp.Or(writer, d.dutch("achterwacht.een.maatje")), "naam", name)})
	d.notWithBackup(m, "maatje.achterwacht.niet.team")
}

// backupOf is the back-up to whom words went, and what they are called; by the name of
// their account when they are in the network no more.
func (d *desk) backupOf(m Message) (who, name string) {
	user := strings.TrimPrefix(m.To.Place, "@")
	who, _ = d.personOf(user)
	return who, cmp.Or(d.name(who), user)
}

// noticeSlot is where that is told of all words that went to the back-up with m.
func noticeSlot(m Message, key string) string {
	parts := strings.Split(m.Slot, ":")
	return "notice:" + strings.Join(parts[1:min(3, len(parts))], ":") + ":" + key
}

// teamWith is a team that a professional belongs to.
func (d *desk) teamWith(who string) signals.Team {
	n := d.network()
	for _, key := range sortedKeys(n.Teams) {
		if t := n.Teams[key]; slices.Contains(t.Members, who) || t.Coordinator == who {
			return t
		}
	}
	return d.anyTeam()
}

// let lets go of the words that were held, and takes the buttons off the question.
func (d *desk) let(chosen named) {
	a := d.account
	d.hideOffer(chosen)
	a.Said, a.SaidOwn, a.Named, a.Whom = nil, false, nil, false
	d.keepAccount()
	d.disarm(saidKey(a.ID))
}

// hideOffer takes the buttons off the question that was put last.
func (d *desk) hideOffer(chosen named) {
	a := d.account
	if len(a.Said) == 0 {
		return
	}
	text := cmp.Or(chosen.text, d.dutch("maatje.hieronder"))
	hide := func(slot, text string) {
		d.send(Message{To: Address{Telegram, a.Chat}, Lane: LaneAnswer, Slot: slot, Rewrite: slot, Subject: only(chosen.residents), Body: Body{Text: text, Silent: true}})
	}
	hide(saidSlot(a), d.dutch("maatje.voor.wie.klaar", "wie", text))
	if a.Whom {
		hide(whomSlot(a), join(d.dutch("maatje.om.wie"), d.dutch("gekozen", "knop", text)))
	}
}

// saidRang is when a peer expert did not say for whom their words are.
func (d *desk) saidRang() {
	if d.account == nil || len(d.account.Said) == 0 {
		return
	}
	if d.account.SaidOwn {
		d.let(named{text: d.dutch("maatje.knop.niemand")})
		return
	}
	d.giveBackup("maatje.naar.achterwacht.toch")
}
