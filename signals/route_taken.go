package signals

import (
	"time"

	"houvast/scheduler"
)

// takenMoments names the moments of a signal that somebody took up: when its
// owner is asked how it stands, when it goes back to the team, and when the
// owner goes away.
func (n *Network) takenMoments(c Case, now time.Time, at func(time.Time)) {
	ask, back := n.taken(c)
	if c.Asked == 0 {
		at(ask)
	} else {
		if !back.After(now) {
			back = now.Add(max(soonest, back.Sub(ask))) // asked late: the answer has its time
		}
		at(back)
	}
	p, known := n.People[c.TakenBy]
	if !known || p.away(now) != nil {
		at(now)
	}
	for _, a := range p.Absent {
		if a.From.After(now) {
			at(a.From)
		}
	}
}

// taken is when the one who took it up is asked how it stands, and when it goes
// back to the team without an answer. A crisis counts minutes; all else counts
// the owner's own hours.
func (n *Network) taken(c Case) (ask, back time.Time) {
	rule := n.rule(c.Kind)
	if c.Kind == Crisis {
		standard := DefaultRule(Crisis)
		if rule.AskOwner <= 0 {
			rule.AskOwner = standard.AskOwner
		}
		if rule.BackToTeam <= rule.AskOwner {
			rule.BackToTeam = rule.AskOwner + standard.BackToTeam - standard.AskOwner
		}
		return c.TakenAt.Add(rule.AskOwner), c.TakenAt.Add(rule.BackToTeam)
	}
	cal := n.calendar()
	hours := n.ownHours(c)
	if rule.AskOwner > 0 {
		ask = cal.AddWorkingTime(c.TakenAt, rule.AskOwner, hours)
	} else {
		ask = cal.AddWorkingDays(c.TakenAt, askDays(c.Kind), hours)
	}
	if rule.BackToTeam > rule.AskOwner {
		back = cal.AddWorkingTime(c.TakenAt, rule.BackToTeam, hours)
	} else {
		back = cal.AddWorkingDays(c.TakenAt, 3*askDays(c.Kind), hours)
	}
	if !back.After(ask) {
		back = ask.Add(latest)
	}
	return ask, back
}

// askDays is after how many of their own working days an owner is asked, where
// the network agreed nothing else.
func askDays(k Kind) int {
	switch k {
	case Distress, ContactWish, PeerWorry, Unreadable:
		return 1
	}
	return 3
}

// ownHours are the hours by which the owner of a signal is asked about it.
func (n *Network) ownHours(c Case) scheduler.Hours {
	hours := n.hours(c.TakenBy)
	if n.People[c.TakenBy].Peer() || hours.Never() {
		hours = n.Teams[n.teamOf(c.Circle.Wijk)].Duty
	}
	if hours.Never() {
		return scheduler.Office()
	}
	return hours
}

// nextTaken is what to do about a signal that somebody took up. It never goes
// back unasked, unless its owner is away.
func (n *Network) nextTaken(c Case, now time.Time) Route {
	ask, back := n.taken(c)
	p, known := n.People[c.TakenBy]
	gone := !known || p.away(now) != nil
	if gone || c.Asked > 0 && !back.After(now) {
		return n.giveBack(c, now)
	}
	team := n.teamOf(c.Circle.Wijk)
	r := Route{Owner: c.TakenBy, Team: team, Channel: n.Teams[team].Channel, Urgent: c.Kind == Crisis,
		Step: c.Step, Asked: c.Asked, Since: c.since()}
	if c.Kind == GoodNews && n.Teams[team].GoodNews != "" {
		r.Channel = n.Teams[team].GoodNews
	}
	if c.Kind == Crisis {
		r.Numbers = n.NumbersFor(team)
	}
	if c.Asked == 0 && !ask.After(now) {
		r.AskOwner = true
		r.Asked = 1
	}
	r.NextAt = n.After(c.following(r), now)
	return r
}

// giveBack brings a signal back to the team: its clocks begin anew, and the
// resident is told when danger comes back to nobody.
func (n *Network) giveBack(c Case, now time.Time) Route {
	c.TakenBy, c.GivenTo = "", ""
	c.Since, c.Step, c.Asked, c.Reserved = now, 0, 0, false
	r := n.stand(c, n.moment(now))
	r.Return = true
	r.Since = now
	if c.Kind.danger() {
		r.Mention = n.everyone(r.Team, now)
	}
	r.Repeat = r.Channel != ""
	r.Resident = r.Nobody && c.Kind.danger()
	r.NextAt = n.After(c.following(r), now)
	return r
}
