package bot

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"houvast/flows"
	"houvast/signals"
	"houvast/signals/lexicon"
)

// A raise is the wish to let people hear something of the resident.
type raise struct {
	kind    signals.Kind
	heardBy string // what the resident chose
	person  string // one named person, when it goes on where it was
	text    string // for professionals, without words
	tell    string // for the resident; may hold {belofte}
	numbers bool   // the crisis numbers belong with tell
	below   bool   // the numbers stand below what is said next in this turn, so not here
	shared  []flows.Answer
	wishes  []string
	words   []Word
	hits    []lexicon.Hit
}

// raise gives a signal to people, or adds to the one that already stands: the
// second cry of one night must make the first louder, not stand beside it.
func (d *desk) raise(r raise) Signal {
	if s, ok := d.standing(&r); ok {
		if s.State == Taken && laneOf(r.kind) == LaneDistress && !d.atIt(s) {
			s = d.backToTeam(s)
		}
		return d.add(s, r)
	}
	team := d.teamOf(d.resident)
	s := Signal{
		ID: d.id(), Resident: d.resident.ID, Kind: r.kind, State: Open, Opened: d.now(),
		HeardBy: r.heardBy, Text: r.text, Shared: r.shared, Wishes: r.wishes, Hits: r.hits,
		Stopped: !d.resident.Stopped.IsZero() && r.tell == "", Team: team.Key,
	}
	if r.person != "" {
		s.HeardBy = r.person
	}
	route := d.network().Open(d.caseOf(s), d.now())
	if s.Kind != signals.GoodNews && len(route.Peers) > 0 && len(d.reachablePeers(route.Peers)) == 0 {
		// The peer expert is not here: the one who steps in hears it.
		s.GivenTo = d.stepsInFor(route.Peers[0])
		route = d.network().Open(d.caseOf(s), d.now())
	}
	d.follow(&s, route)
	s.Owner, s.Peers = route.Owner, d.reachablePeers(route.Peers)
	if route.Team != "" {
		s.Team = route.Team
	}
	s.Channel = route.Channel
	d.nobodyNow(&s, &r, &route)
	d.promised(&s, &r, &route)
	if who, vain := d.waitsForNobody(s); vain {
		r.tell = "" // it is not so; the resident says who else may hear it
		d.armLeft(s, who, d.now())
	}
	d.giveWords(&s, &r)
	d.putSignal(s)
	d.showCard(s, route.Mention, route.Urgent)
	d.showPeers(s)
	d.armSignal(s, route.NextAt)
	d.tellPromise(&s, &r, &route)
	return s
}

// standing returns the signal that r adds to, if there is one.
func (d *desk) standing(r *raise) (Signal, bool) {
	var found Signal
	ok := false
	for _, s := range d.openSignals() {
		same := s.Kind == r.kind
		switch r.kind {
		case signals.MissedCheckIn:
			same = same && s.Back.IsZero() // that one is over
		case signals.Crisis, signals.Distress, signals.Reading, signals.Unreadable, signals.Arrival:
		case signals.ContactWish:
			heard := r.heardBy
			if r.person != "" {
				heard = r.person
			}
			same = same && s.HeardBy == heard
		case signals.GoodNews, signals.PeerWorry, signals.PracticalHelp:
			same = false // each is news of its own
		}
		if r.kind == signals.Distress && s.Kind == signals.Crisis {
			same = true
		}
		if same && (!ok || s.Kind == signals.Crisis) {
			found, ok = s, true
		}
	}
	return found, ok
}

// add puts more into a signal that already stands.
func (d *desk) add(s Signal, r raise) Signal {
	for _, w := range r.wishes {
		if !slices.Contains(s.Wishes, w) {
			s.Wishes = append(slices.Clone(s.Wishes), w)
		}
	}
	s.Shared = append(slices.Clone(s.Shared), r.shared...)
	for _, h := range r.hits {
		if !slices.Contains(s.Hits, h) {
			s.Hits = append(slices.Clone(s.Hits), h)
		}
	}
	if s.Kind == signals.Arrival {
		s.Text = r.text // yes after no is another question to the one who invited
	}
	s.Repeats++
	d.giveWords(&s, &r)
	route := d.network().Open(d.caseOf(s), d.now())
	if s.State != Taken {
		d.nobodyNow(&s, &r, &route)
		d.promised(&s, &r, &route)
	}
	d.putSignal(s)
	loud := laneOf(s.Kind) == LaneDistress
	d.showCard(s, nil, route.Urgent && s.State == Open)
	asks := r.kind == signals.ContactWish || s.Kind == signals.Arrival
	if loud || asks || len(r.words) > 0 && s.Kind != signals.Reading {
		d.nudgeCard(&s, "kaart.erbij", route.Mention)
	}
	d.morePeers(s, r.words)
	if s.State == Taken {
		if r.tell != "" {
			numbers := r.numbers || (route.Nobody || laneOf(s.Kind) == LaneDistress) && !d.network().Available(s.TakenBy, d.now())
			d.sayHere(laneOf(s.Kind), d.addedFor(s), numbers && !r.below)
		}
		return s
	}
	d.tellPromise(&s, &r, &route)
	return s
}

// addedFor says that something goes to the one who took a signal up, and when
// they are not there, that too.
func (d *desk) addedFor(s Signal) string {
	key := "signaal.erbij"
	if !d.network().Available(s.TakenBy, d.now()) {
		key = "signaal.erbij.later"
	}
	return d.word(key, "naam", d.shownAs(s.TakenBy))
}

// stillAtIt is how long somebody who took a signal up is taken to be at it,
// whatever the roster says.
const stillAtIt = time.Hour

// atIt reports whether the one who took a signal up is there now.
func (d *desk) atIt(s Signal) bool {
	last := s.TakenAt
	if s.Answered.After(last) {
		last = s.Answered
	}
	return d.network().Available(s.TakenBy, d.now()) || d.now().Sub(last) < stillAtIt
}

// backToTeam opens a signal again because who had it is not there when the
// resident cries anew: what is only put with somebody at home reaches nobody,
// and the resident would think otherwise.
func (d *desk) backToTeam(s Signal) Signal {
	s.reopen()
	s.Since, s.Step, s.Asked = d.now(), 0, 0
	d.putSignal(s)
	d.log("houvast", s.Resident, s.ID, "back to team")
	d.armSignal(s, time.Time{})
	return s
}

// reopen takes a signal from the one who had it. What was promised before that one
// came is over.
func (s *Signal) reopen() {
	s.Handed, s.Promised, s.Told, s.PromisedAt = s.TakenBy, "", "", time.Time{}
	s.State, s.TakenBy, s.TakenAt, s.Owner, s.GivenTo, s.Reserved, s.ToldNobody = Open, "", time.Time{}, "", "", false, false
}

// giveWords hands the resident's words to the signal: only the one who presses
// Lees sees them, and that is written down. What other people were given stays
// with them: good news that is also a cry goes both ways.
func (d *desk) giveWords(s *Signal, r *raise) {
	for _, w := range r.words {
		if from, known := d.signal(w.Signal); w.Signal != 0 && w.Signal != s.ID && (!known || from.Kind != signals.Reading) {
			w.ID = d.id()
		}
		w.Signal = s.ID
		d.putWord(w)
		s.ReadBy = nil // nobody has read these yet
	}
}

// caseOf is what routing needs to know of s. Before the inviter has confirmed
// who this is, no name of the circle may appear: the team hears it.
func (d *desk) caseOf(s Signal) signals.Case {
	c := signals.Case{
		Kind: s.Kind, HeardBy: s.HeardBy, Opened: s.Opened, TakenBy: s.TakenBy, TakenAt: s.TakenAt,
		Step: s.Step, Asked: s.Asked, Since: s.Since, GivenTo: s.GivenTo, Heard: s.Heard, Reserved: s.Reserved,
	}
	if d.resident != nil {
		c.Circle = d.resident.Circle
		if d.resident.Stage != StageActive {
			c.Circle = signals.Circle{Wijk: d.resident.Circle.Wijk}
		}
		switch s.Kind {
		case signals.Arrival:
			c.HeardBy = d.resident.InvitedBy
		case signals.Reading:
			c.HeardBy = d.network().Reader(d.resident.Circle.Wijk, d.now())
		}
	}
	return c
}

// follow keeps in a signal what the router will want to know next time.
func (d *desk) follow(s *Signal, r signals.Route) {
	s.Step, s.Asked, s.Since = r.Step, r.Asked, r.Since
	for _, keys := range [...][]string{r.Mention, r.Peers} {
		for _, key := range keys {
			if !slices.Contains(s.Heard, key) {
				s.Heard = append(slices.Clone(s.Heard), key)
			}
		}
	}
}

// reachablePeers keeps those who said yes to what they are asked on Telegram, and did
// not block the bot: peer experts, and professionals with a reserve channel.
func (d *desk) reachablePeers(keys []string) []string {
	var there []string
	for _, k := range keys {
		if a, ok := d.scene.Peers[k]; ok && a.Yes && !a.Blocked {
			there = append(there, k)
		}
	}
	return there
}

// stepsInFor is who does it when a peer expert cannot: the back-up, else the
// resident's fixed contact.
func (d *desk) stepsInFor(peer string) string {
	if b := d.network().People[peer].Backup; b != "" {
		return b
	}
	return d.resident.Circle.Primary
}

// promised keeps the sentence the resident is told, if they are told one: in
// Dutch for professionals, and in the language of the chat.
func (d *desk) promised(s *Signal, r *raise, route *signals.Route) {
	if r.kind != signals.Crisis && !strings.Contains(r.tell, "{belofte}") {
		return
	}
	p := route.Promise
	dutch := d.dutchPromise(p)
	if dutch == "" {
		return
	}
	s.Promised, s.Told, s.PromisedAt = dutch, "", d.now()
	if language := d.language(); language != "nl" {
		if p.Closed != "" {
			p.Closed = d.translated("belofte.", "dicht", p.Closed)
		}
		s.Told = p.In(d.scene.House.Words.promise(language), d.local(), d.network().Zone)
	}
}

// dutchPromise is a promise as professionals read it now.
func (d *desk) dutchPromise(p signals.Promise) string {
	return p.In(d.scene.House.Words.promise("nl"), d.local(), d.network().Zone)
}

// nobodyNow makes what the resident is told say that nobody is there, when that is so
// and what they were told before did not say it: a promise made by day is not true at
// night, and a flow may hold no promise at all.
func (d *desk) nobodyNow(s *Signal, r *raise, route *signals.Route) {
	if route.Nobody && r.tell != "" && !strings.Contains(r.tell, "{belofte}") && d.dutchPromise(route.Promise) != d.heardTonight(s) {
		r.tell += " {belofte}"
	}
}

// heardTonight is the promise that the resident was told since somebody of the team was
// last on duty; empty: none. Of two nights the sentences may be the same.
func (d *desk) heardTonight(s *Signal) string {
	if day := d.network().NextOnDuty(s.Team, s.PromisedAt); !day.IsZero() && !day.After(d.now()) {
		return ""
	}
	return s.Promised
}

// told is the promise as the resident read it: true at that moment.
func (s *Signal) told() string { return cmp.Or(s.Told, s.Promised) }

// tellPromise says to the resident what happens now, and no more than that.
func (d *desk) tellPromise(s *Signal, r *raise, route *signals.Route) {
	if r.tell == "" {
		return
	}
	text := strings.ReplaceAll(r.tell, "{belofte}", s.told())
	if away := d.notThere(s, route); away != "" {
		// Whoever was asked is not there: what was to be said of them is not true.
		text = join(d.word("is.er.niet", "naam", away) + " " + s.told())
	} else if out := d.leftOut(*s); out != "" {
		// Whatever the button was called that named them, alone or among others.
		text = strings.TrimSpace(d.word("geef.door") + " " + out + " " + s.told())
	}
	// Whoever reads that nobody is there reads the numbers, whatever they asked for; what
	// only adds to it says neither, and stands below both.
	nobody := route.Nobody && (r.kind == signals.Crisis || strings.Contains(r.tell, "{belofte}"))
	d.sayHere(laneOf(s.Kind), text, (r.numbers || nobody) && !r.below)
}

// notThere is the name of the one person whom the resident chose, when somebody
// else owns it because they are not there now; else empty.
func (d *desk) notThere(s *Signal, route *signals.Route) string {
	var chosen string
	switch s.HeardBy {
	case "fixed_contact":
		chosen = d.resident.Circle.Primary
	case "maatje":
		chosen = d.resident.Circle.Maatje
	default:
		chosen = s.HeardBy
	}
	p, ok := d.network().People[chosen]
	if s.Kind != signals.ContactWish || !ok || route.Owner == chosen || d.resident.Stage != StageActive || s.State == Taken {
		return ""
	}
	return p.Name
}

// leftOut says who does not hear it now of those whom the resident chose: a peer
// expert who does not take part, or somebody who is absent. It is empty when they all
// do. Danger goes to the team, whoever was chosen.
func (d *desk) leftOut(s Signal) string {
	if laneOf(s.Kind) == LaneDistress || s.State == Taken || d.resident.Stage != StageActive {
		return ""
	}
	n := d.network()
	var said []string
	for _, who := range n.Named(s.HeardBy, d.resident.Circle) {
		p := n.People[who]
		out := p.Peer() && len(d.reachablePeers([]string{who})) == 0
		switch {
		case out && s.Kind == signals.GoodNews:
			said = append(said, d.word("goed.nieuws.zonder", "naam", p.Name))
		case out, n.Away(who, d.now()):
			said = append(said, d.word("is.er.niet", "naam", p.Name))
		}
	}
	return strings.Join(said, " ")
}

// laneOf is the haste that messages about a kind have.
func laneOf(k signals.Kind) Lane {
	if k == signals.Crisis || k == signals.Distress {
		return LaneDistress
	}
	return LaneAnswer
}

// armSignal sets the moment at which people are asked again. A signal that
// nobody closed always has one.
func (d *desk) armSignal(s Signal, at time.Time) {
	if s.State == Closed {
		d.disarm(signalKey(s.ID))
		return
	}
	switch {
	case !s.Back.IsZero():
		at = d.now().Add(whileBack)
	case at.IsZero():
		at = d.network().After(d.caseOf(s), d.now())
	}
	d.arm(Timer{Key: signalKey(s.ID), Kind: TimerSignal, Due: at, Signal: s.ID, Resident: s.Resident})
}

func signalKey(id int64) string { return keyed("signal:", id) }

// crisis is the answer to words of danger: the card with the numbers and the
// signal, in this very turn. Whatever is asked afterwards only adds.
func (d *desk) crisis(hits []lexicon.Hit, w Word) {
	d.stopAnswering()
	s := d.raise(raise{kind: signals.Crisis, hits: hits, words: []Word{w}, text: d.dutch("signaal.crisis")})
	d.crisisCard(s)
}

// crisisCard sends the numbers and what is true about people now, and then asks
// what would help.
func (d *desk) crisisCard(s Signal) {
	team := d.network().Teams[s.Team]
	what := strings.TrimSpace(d.word("crisis.stuurt", "team", team.Name) + " " + s.told())
	if s.State == Taken {
		what = d.addedFor(s)
	}
	d.flush()
	d.tell(d.home, LaneDistress, Body{Text: join(d.word("crisis.kaart")+"\n"+d.lifelines(), what)})
	if d.resident.Stage == StageActive && d.resident.Stopped.IsZero() {
		d.begin("crisis", d.home, s.ID)
	}
}

// numbersBody is a text with the crisis numbers below it.
func (d *desk) numbersBody(text string) Body { return Body{Text: join(text, d.numbers())} }

// lifelines are the numbers for danger, and the chats for somebody who finds
// phoning hard. While somebody is at work the others stay off the crisis card: it
// must be read at a glance (six short lines, domain research 3.3).
func (d *desk) lifelines() string {
	n := d.network()
	if len(n.OnDuty(d.teamOf(d.resident).Key, d.now())) == 0 {
		return d.numbers()
	}
	return d.numbersOf(slices.DeleteFunc(slices.Clone(n.Numbers), func(x signals.Number) bool {
		return x.Chat == "" && x.Number != "112" && x.Number != "113"
	}))
}

// numbers are the crisis numbers in the resident's words, with the chats for
// somebody who finds phoning hard.
func (d *desk) numbers() string { return d.numbersOf(d.network().Numbers) }

func (d *desk) numbersOf(numbers []signals.Number) string {
	around := func(key, place string) (a [2]string) {
		a[0], a[1], _ = strings.Cut(d.word(key), place)
		return a
	}
	call, also, chat := around("nummers.bel", "{nummer}"), around("nummers.ook", "{nummer}"), around("nummers.chat", "{adres}")
	var b strings.Builder
	b.Grow(96 * len(numbers))
	add := func(around *[2]string, value string) {
		b.WriteString(around[0])
		b.WriteString(value)
		b.WriteString(around[1])
	}
	for i, n := range numbers {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(d.translated("nummers.voor.", n.Key, n.For))
		b.WriteString(": ")
		add(&call, n.Number)
		if n.Also != "" {
			b.WriteByte(' ')
			add(&also, n.Also)
		}
		if n.Chat != "" {
			b.WriteByte(' ')
			add(&chat, n.Chat)
		}
	}
	return b.String()
}
