package signals

import (
	"slices"
	"strings"
	"time"

	"houvast/scheduler"
)

// latest is the longest that a signal which is not closed is left unseen by the
// router: whatever the network says, the next look is armed within a day.
const latest = 24 * time.Hour

// soonest keeps a signal whose moments are past from being looked at in a row.
const soonest = time.Minute

// Open says who hears a new signal, and what may be promised about it. Either
// somebody can be reached now, or it stands on a channel with a promise when it
// will be read, or Nobody is set and Numbers with it.
//
// What a resident wants nobody to hear goes nowhere: the Route is empty. Danger
// is the exception, as they were told beforehand.
func (n *Network) Open(c Case, now time.Time) Route { return n.remembering().open(c, now) }

func (n *Network) open(c Case, now time.Time) Route {
	if c.silent() {
		return Route{}
	}
	if c.Opened.IsZero() {
		c.Opened = now
	}
	c.TakenBy = ""
	at := n.moment(now)
	r := n.stand(c, at)
	r.Step, r.Asked, r.Since = c.Step, c.Asked, c.since()
	r.NextAt = n.after(c.following(r), at)
	return r
}

// Next says what to do now that the timer of a signal rang: who hears it too,
// whether its owner must be asked, whether the resident must be told that
// nobody could be reached. It never closes anything. Called at another moment
// than its own NextAt it does what is due and harms nothing.
func (n *Network) Next(c Case, now time.Time) Route { return n.remembering().next(c, now) }

func (n *Network) next(c Case, now time.Time) Route {
	switch {
	case c.silent():
		return Route{}
	case c.TakenBy != "":
		return n.nextTaken(c, now)
	case c.Kind == GoodNews:
		return n.nextGoodNews(c, now)
	}
	return n.nextOpen(c, now)
}

// silent reports whether the resident wants nobody to hear it and may decide so.
func (c Case) silent() bool {
	return c.HeardBy == "nobody" && c.Kind != Crisis && c.Kind != Distress
}

// since is when the clocks of the signal began.
func (c Case) since() time.Time {
	if c.Since.IsZero() {
		return c.Opened
	}
	return c.Since
}

// returned reports whether somebody took it up and it came back to the team.
func (c Case) returned() bool { return c.GivenTo == "" && c.since().After(c.Opened) }

// following is the case as it is once r was carried out.
func (c Case) following(r Route) Case {
	c.Step, c.Asked, c.Since = r.Step, r.Asked, r.Since
	c.Heard = slices.Concat(c.Heard, r.Mention, r.Peers)
	c.Reserved = c.Reserved || len(r.Reserve) > 0
	if r.Return {
		c.TakenBy, c.GivenTo, c.Reserved = "", "", false
	}
	return c
}

// danger reports whether a kind has to do with somebody's safety.
func (k Kind) danger() bool { return k == Crisis || k == Distress }

// findRule is the network's agreement about a kind. Where it says nothing, the team
// owns it, and a silent prompt moves on by the working day.
func (n *Network) findRule(k Kind) Rule {
	rule, ok := n.Rules[k]
	if !ok {
		rule = DefaultRule(k)
	}
	if k == MissedCheckIn && len(rule.Steps) == 0 {
		rule.Steps = DefaultRule(k).Steps
	}
	return rule
}

// DefaultRule is what holds for a kind that a network's file leaves out. The
// clocks of a crisis are those of our domain research (3.5), to be agreed in
// every municipality.
func DefaultRule(k Kind) Rule {
	day := Span{WorkingDays: 1}
	switch k {
	case Crisis:
		return Rule{Owner: "team", Repeat: 5 * time.Minute, AskOwner: 15 * time.Minute, BackToTeam: 30 * time.Minute,
			Steps: []EscalationStep{{After: Span{For: 10 * time.Minute}, To: "second_on_duty"},
				{After: Span{For: 15 * time.Minute}, To: "everyone_on_duty"},
				{After: Span{For: 20 * time.Minute}, Tell: "nobody"}}}
	case Distress:
		return Rule{Owner: "fixed_contact", ReadWithin: Span{For: 4 * time.Hour}, Repeat: time.Hour,
			Steps: []EscalationStep{{After: Span{For: 4 * time.Hour}, To: "team"},
				{After: Span{NextMorning: true}, To: "coordinator"}}}
	case ContactWish:
		return Rule{Owner: "chosen_contact", ReadWithin: day, Steps: []EscalationStep{{After: day, To: "cover"}}}
	case GoodNews:
		return Rule{Owner: "chosen_contacts", Nudge: 72 * time.Hour}
	case MissedCheckIn:
		return Rule{Owner: "maatje", Steps: []EscalationStep{{After: day, To: "cover"},
			{After: Span{WorkingDays: 2}, To: "team"}}}
	case PeerWorry, Unreadable:
		return Rule{Owner: "team", ReadWithin: Span{For: 4 * time.Hour}}
	case Reading, Arrival:
		// Every free text is read by a human on the next working day; and nobody
		// who said yes waits for one person's holiday to end.
		return Rule{Owner: "team", ReadWithin: day, Steps: []EscalationStep{{After: day, To: "team"},
			{After: Span{WorkingDays: 2}, To: "coordinator"}}}
	}
	return Rule{Owner: "team", ReadWithin: Span{WorkingDays: 2}}
}

// An audience is who should hear a signal, before asking who is there.
type audience struct {
	people []string // keys, the owner first
	team   bool     // the team as well, or the team alone
}

// findAudience works out who the rule and the resident want to hear it.
func (n *Network) findAudience(c Case) audience {
	if c.GivenTo != "" {
		return audience{people: []string{c.GivenTo}, team: c.Kind.danger()}
	}
	var a audience
	words := []string{n.rule(c.Kind).Owner}
	switch {
	case c.Kind == Crisis:
		a.team = true
		words = peersOnly(n, c)
	case c.returned() && c.Kind != GoodNews:
		a.team = true
		words = nil
	case c.Kind == PeerWorry || c.Kind == Unreadable:
	case c.HeardBy != "" && c.HeardBy != "nobody":
		words = strings.Split(c.HeardBy, ",")
	}
	for _, w := range words {
		n.name(&a, strings.TrimSpace(w), c.Circle)
	}
	// Danger needs a professional, whoever else was chosen.
	a.team = a.team || c.Kind.danger() || len(a.people) == 0
	return a
}

// Named are the people whom a resident meant by what they chose: roles of their circle,
// or keys of people, with commas. Nobody is named by "team" or "nobody".
func (n *Network) Named(heardBy string, circle Circle) []string {
	var a audience
	for _, w := range strings.Split(heardBy, ",") {
		n.name(&a, strings.TrimSpace(w), circle)
	}
	return a.people
}

// Chosen reports whether a person is among those whom the resident, or the rule for
// this kind, chose to hear it, or stands in for one of them at now.
func (n *Network) Chosen(c Case, who string, now time.Time) bool {
	a := n.audience(c)
	// "Everyone" was said to the resident by name: their contact and their peer expert.
	if a.team && c.HeardBy != "everyone" && (slices.Contains(n.Teams[n.teamOf(c.Circle.Wijk)].Members, who) || n.Teams[n.teamOf(c.Circle.Wijk)].Coordinator == who) {
		return true
	}
	return slices.ContainsFunc(a.people, func(p string) bool {
		return p == who || n.Covering(p, now) == who
	})
}

// peersOnly are the peer experts whom the resident chose by name or role: only
// then does one hear of a crisis.
func peersOnly(n *Network, c Case) []string {
	var chosen []string
	for _, w := range strings.Split(c.HeardBy, ",") {
		w = strings.TrimSpace(w)
		if w == "maatje" && n.People[c.Circle.Maatje].Peer() || n.People[w].Peer() {
			chosen = append(chosen, w)
		}
	}
	return chosen
}

// name adds to an audience the people whom a word of the network or the resident
// stands for.
func (n *Network) name(a *audience, word string, circle Circle) {
	known := func(key string) bool { _, ok := n.People[key]; return ok }
	add := func(key string) {
		if known(key) && !slices.Contains(a.people, key) {
			a.people = append(a.people, key)
		}
	}
	fixed := func() {
		if add(circle.Primary); known(circle.Primary) {
			return
		}
		if i := slices.IndexFunc(circle.Backups, known); i >= 0 {
			add(circle.Backups[i])
		}
	}
	switch word {
	case "fixed_contact", "chosen_contact", "chosen_contacts":
		fixed()
	case "maatje":
		if known(circle.Maatje) {
			add(circle.Maatje)
		} else {
			fixed()
		}
	case "everyone":
		// Both whom the resident read by name on the button; not the back-ups, who
		// come only when the contact is not there.
		a.team = true
		fixed()
		add(circle.Maatje)
	case "team":
		a.team = true
	default:
		add(word)
	}
}

// stand is where a signal that nobody took up stands at now.
func (n *Network) stand(c Case, now scheduler.Moment) Route {
	key := n.teamOf(c.Circle.Wijk)
	onDuty := n.onDutyAt(key, now)
	at := now // when somebody is there to own it
	if len(onDuty) == 0 {
		if next := n.nextOnDutyAt(key, now); !next.IsZero() {
			at = now.To(next)
		}
	}
	r := Route{Team: key, Urgent: c.Kind == Crisis}
	a := n.audience(c)
	onCard := n.hear(&r, c, a, at, now)
	onCard = n.stepped(&r, c, at.Time()) || onCard
	if onCard {
		team := n.Teams[key]
		r.Channel = team.Channel
		if c.Kind == GoodNews && team.GoodNews != "" {
			r.Channel = team.GoodNews
		}
		if len(r.Mention) == 0 && c.Kind != GoodNews && len(onDuty) > 0 {
			r.Mention = []string{n.first(c.Circle, onDuty)}
		}
	}
	r.Nobody = len(onDuty) == 0 && len(r.Mention) == 0 && c.Kind != GoodNews && onCard
	if r.Nobody || c.Kind == Crisis {
		r.Numbers = n.NumbersFor(key)
	}
	r.Promise = n.promise(c, r, len(onDuty) > 0, at, now)
	return r
}

// hear brings a signal to each of its audience, or to who stands in, and names
// the first as its owner. It reports whether a card stands with the team.
func (n *Network) hear(r *Route, c Case, a audience, at, now scheduler.Moment) (onCard bool) {
	onCard = a.team
	for i, p := range a.people {
		person := n.People[p]
		here := p
		switch {
		case person.Peer() && n.available(p, now):
			if !slices.Contains(c.Heard, p) {
				r.Peers = append(r.Peers, p)
			}
		case person.Peer() && c.Kind == GoodNews && person.away(now.Time()) == nil:
			// it keeps until they are awake; nobody else was chosen
		case c.Kind == GoodNews && person.away(now.Time()) == nil:
			onCard = true
			if n.reachableAt(p, now) {
				r.Mention = append(r.Mention, p)
			}
		default:
			onCard = true
			if person.Peer() {
				here = n.cover(p, now.Time()) // asleep or away: meanwhile the back-up owns it
			}
			covering := n.coveringAt(here, now)
			rings := covering != ""
			if !rings {
				covering = n.coveringAt(here, at)
				rings = n.reachableAt(covering, now)
			}
			if here = covering; n.People[here].Peer() {
				here = ""
			}
			if here != "" && rings && !slices.Contains(r.Mention, here) {
				r.Mention = append(r.Mention, here)
			}
		}
		if i == 0 && (c.Kind != Crisis || c.GivenTo != "") {
			r.Owner = here
		}
	}
	if c.Kind.danger() && n.People[r.Owner].Peer() {
		r.Owner = "" // no crisis duty for peer experts, and no distress to carry alone
	}
	return onCard
}

// stepped lets the steps that were taken change who owns a signal. It reports
// whether one brought it to the team's channel.
func (n *Network) stepped(r *Route, c Case, at time.Time) (onCard bool) {
	steps := n.rule(c.Kind).Steps
	for _, s := range steps[:min(c.Step, len(steps))] {
		switch s.To {
		case "team":
			r.Owner, onCard = "", true
		case "cover":
			if cover := n.stepCover(r.Owner, at); cover != "" {
				r.Owner, onCard = cover, true
			}
		}
	}
	return onCard
}

// first is who of those on duty is nearest to the resident.
func (n *Network) first(circle Circle, onDuty []string) string {
	for _, p := range append([]string{circle.Primary}, circle.Backups...) {
		if slices.Contains(onDuty, p) {
			return p
		}
	}
	return onDuty[0]
}

// promise is what was agreed about reading a signal that stands as r does, while
// somebody of the team is at work or not.
func (n *Network) promise(c Case, r Route, working bool, at, now scheduler.Moment) Promise {
	if c.Kind == GoodNews {
		return Promise{}
	}
	team := n.Teams[r.Team]
	p := Promise{Nobody: r.Nobody, Working: working, Closed: team.OutOfHours}
	if r.Nobody && at.Time().After(now.Time()) {
		p.Opens = at.Time()
	}
	rule := n.rule(c.Kind)
	if rule.ReadWithin != (Span{}) {
		p.By = n.due(c.Kind, rule.ReadWithin, n.begin(c, now), r.Team)
	} else if c.Kind == Crisis {
		p.By = p.Opens // the first thing of the day
	}
	if !p.By.After(now.Time()) {
		p.By = time.Time{}
	}
	// A person is named only who will be there, or else the team reads it.
	if c.Kind == ContactWish && r.Owner != "" && !p.By.IsZero() &&
		n.available(r.Owner, at) && (n.People[r.Owner].Peer() || n.Available(r.Owner, p.By.Add(-time.Minute))) {
		p.Who = n.People[r.Owner].Name
	}
	return p
}

// NumbersFor are the numbers that a team gives when nobody is there, in its own
// order, and always 112 and 113 among them, whatever the file says.
func (n *Network) NumbersFor(team string) []Number {
	var numbers []Number
	add := func(key string) bool {
		if slices.ContainsFunc(numbers, func(x Number) bool { return x.Key == key }) {
			return true
		}
		i := slices.IndexFunc(n.Numbers, func(x Number) bool { return x.Key == key })
		if i >= 0 {
			numbers = append(numbers, n.Numbers[i])
		}
		return i >= 0
	}
	for _, key := range n.Teams[team].OutNumbers {
		add(key)
	}
	for _, must := range lifelines() {
		if !add(must.Key) {
			numbers = append(numbers, must)
		}
	}
	return numbers
}

// lifelines are the two numbers that are never left out (113 is free of charge
// since October 2025).
func lifelines() []Number {
	return []Number{
		{Key: "113", Number: "113", Also: "0800-0113", Chat: "https://www.113.nl", For: "Denk je aan de dood of zelfdoding"},
		{Key: "alarm", Number: "112", For: "Bij direct gevaar"},
	}
}
