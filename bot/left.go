package bot

import (
	"fmt"
	"slices"
	"time"

	"houvast/signals"
	"houvast/signals/lexicon"
)

// left is when somebody of the network can no longer be reached in this chat: they
// stopped, or blocked the bot. What stood with a peer expert is looked at in a turn
// of its own, per signal, and at once: it may be of several residents.
func (d *desk) left(a *Account) {
	if !d.network().People[a.Person].Peer() {
		d.reserveLeft(a.Person)
		return
	}
	for _, p := range d.scene.Prompts {
		d.armLeft(p.Signal, a.Person, d.now())
	}
}

// reserveLeft tells the teams of a professional that their reserve channel is gone: it
// is not counted on any more, and somebody must see to that.
func (d *desk) reserveLeft(who string) {
	n := d.network()
	for _, key := range sortedKeys(n.Teams) {
		if t := n.Teams[key]; slices.Contains(t.Members, who) || t.Coordinator == who {
			d.toChannel(LaneAnswer, t.Channel, "", Body{Text: d.dutch("reserve.weg", "naam", d.name(who))})
		}
	}
}

// reserveSaid answers whatever a professional sends to their reserve channel: it is
// there for a ping only.
func (d *desk) reserveSaid(text string) {
	key := "reserve.leest.niemand"
	lane := LaneAnswer
	if d.heard(text).Level == lexicon.LevelCrisis {
		key, lane = "reserve.crisis", LaneDistress
	}
	d.tell(d.account, lane, d.numbersBody(d.dutch(key)))
}

// reserveCommand is a command on a reserve channel.
func (d *desk) reserveCommand(name string) {
	switch {
	case name == "stop" && d.account.Yes:
		d.account.Yes = false
		d.keepAccount()
		d.peerSay(d.dutch("reserve.uit"))
		d.left(d.account)
	case name == "stop":
		d.peerSay(d.dutch("reserve.uit"))
	case name == "start":
		d.account.Yes = true
		d.keepAccount()
		d.peerSay(d.dutch("reserve.aan"))
	default:
		d.reserveSaid("")
	}
}

// armLeft has a signal looked at because a peer expert is not there for it.
func (d *desk) armLeft(s Signal, who string, at time.Time) {
	d.arm(Timer{Key: fmt.Sprint("left:", s.ID, ":", who), Kind: TimerLeft, Due: at, Signal: s.ID, Resident: s.Resident, Text: who})
}

// leftRang puts a signal with somebody else because the peer expert it stood with is
// not there any more. Who came back meanwhile has it still.
func (d *desk) leftRang(t Timer) {
	s, ok := d.signal(t.Signal)
	if !ok || s.State == Closed || d.resident == nil || len(d.reachablePeers([]string{t.Text})) > 0 {
		return
	}
	switch {
	case s.Kind == signals.GoodNews:
		d.goodNewsLeft(s, t)
	case slices.Contains(s.Peers, t.Text) || s.TakenBy == t.Text:
		d.stepIn(s, t.Text, "maatje.weg.kaart")
	}
}

// goodNewsLeft is for good news that a peer expert might hear who is not there. It is
// the resident's own: nobody else hears it unless they say so.
func (d *desk) goodNewsLeft(s Signal, t Timer) {
	if !slices.Contains(d.chosenPeers(s), t.Text) {
		return
	}
	if !d.mayHear(s) || d.resident.Stage != StageActive {
		return // there is nobody to ask; whoever comes back first will be
	}
	if at := morning(d.local()); at.After(d.now()) {
		d.armLeft(s, t.Text, at)
		return
	}
	if d.loudOpen() {
		d.armLeft(s, t.Text, d.now().Add(24*time.Hour)) // it would make light of it
		return
	}
	heard := slices.Contains(s.Peers, t.Text)
	s.Peers = slices.DeleteFunc(slices.Clone(s.Peers), func(key string) bool { return key == t.Text })
	s.Tries++
	d.putSignal(s)
	name := d.shownAs(t.Text)
	switch {
	case s.Channel != "" && !heard:
		d.sayHere(LaneAnswer, d.word("goed.nieuws.zonder", "naam", name), false)
	case s.Channel == "":
		d.sayHere(LaneAnswer, d.word("goed.nieuws.weg", "naam", name), false)
		d.begin(goodNewsAgain, d.home, s.ID)
	}
}

// goodNewsAgain is the flow in which a resident says who else may hear good news.
const goodNewsAgain = "goed_nieuws_ander"

// mostAsked is how often a resident is asked who else may hear one piece of good news.
const mostAsked = 2

// chosenPeers are the peer experts whom the resident let hear something.
func (d *desk) chosenPeers(s Signal) []string {
	return slices.DeleteFunc(d.network().Named(s.HeardBy, d.resident.Circle), func(key string) bool {
		return !d.network().People[key].Peer()
	})
}

// waitsForNobody returns the peer expert for whom good news waits in vain, if it
// waits for nobody else.
func (d *desk) waitsForNobody(s Signal) (who string, vain bool) {
	if s.Kind != signals.GoodNews || s.State == Closed || s.Channel != "" {
		return "", false
	}
	chosen := d.chosenPeers(s)
	if len(chosen) == 0 || len(d.reachablePeers(chosen)) > 0 {
		return "", false
	}
	return chosen[0], true
}

// giveElsewhere brings good news to whom the resident chose now.
func (d *desk) giveElsewhere(s Signal, heardBy, tell string) {
	s.HeardBy, s.GivenTo, s.Peers, s.Heard = heardBy, "", nil, nil
	s.Since, s.Step = d.now(), 0
	route := d.network().Open(d.caseOf(s), d.now())
	d.follow(&s, route)
	s.Owner, s.Channel, s.Peers = route.Owner, route.Channel, d.reachablePeers(route.Peers)
	d.putSignal(s)
	d.log("resident", s.Resident, s.ID, "given")
	d.showCard(s, route.Mention, false)
	d.showPeers(s)
	d.armSignal(s, route.NextAt)
	d.tellPromise(&s, &raise{kind: s.Kind, tell: tell}, &route)
}
