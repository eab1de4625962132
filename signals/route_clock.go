package signals

import (
	"slices"
	"time"

	"houvast/scheduler"
)

// After is when to look at a signal next: the first of its own moments after
// now, and never later than a day. It is never zero, so that every signal that
// is not closed has an armed timer, taken up or not.
func (n *Network) After(c Case, now time.Time) time.Time {
	return n.remembering().after(c, n.moment(now))
}

func (n *Network) after(c Case, at scheduler.Moment) time.Time {
	now := at.Time()
	next := now.Add(latest)
	look := func(t time.Time) {
		if t.IsZero() {
			return
		}
		if !t.After(now) {
			t = now.Add(soonest) // overdue: look soon, but not in a row
		}
		if t.Before(next) {
			next = t
		}
	}
	later := func(t time.Time) {
		if t.After(now) {
			look(t)
		}
	}
	if c.Opened.IsZero() {
		c.Opened = now
	}
	if c.TakenBy != "" {
		n.takenMoments(c, now, look)
	} else {
		n.openMoments(c, at, look, later)
	}
	return next
}

// openMoments names the moments of a signal that nobody took up: to look those
// that must not be missed, to later those that matter only when they are to come.
func (n *Network) openMoments(c Case, at scheduler.Moment, look, later func(time.Time)) {
	now := at.Time()
	for _, p := range n.audience(c).people {
		if !slices.Contains(c.Heard, p) {
			later(n.NextAvailable(p, c.since()))
		}
	}
	if c.Kind == GoodNews {
		look(n.nudgeAt(c))
		return
	}
	team := n.teamOf(c.Circle.Wijk)
	from := n.begin(c, at)
	begin := from.Time()
	if begin.After(now) {
		look(begin)
		return
	}
	rule := n.rule(c.Kind)
	next := n.nextOnDutyAt(team, at)
	nobody := !next.Equal(now)
	if nobody {
		later(next)
	}
	switch {
	case c.Step >= len(rule.Steps):
	case nobody && c.Kind == Crisis:
		look(now) // everybody went home: the resident must be told
	case nobody:
		// steps of the rest wait for people
	default:
		due := n.stepDue(c, from, c.Step, team)
		if c.Kind != Crisis && due.After(now) {
			due = n.nextOnDutyAt(team, at.To(due))
		}
		look(due)
	}
	if c.Kind.danger() && !c.Reserved {
		later(begin.Add(reserveAfter))
	}
	if c.Kind == Crisis && c.Step < len(rule.Steps) {
		later(n.dutyEnds(team, now))
	}
	every := max(rule.Repeat, soonest)
	switch {
	case rule.Repeat <= 0:
		later(n.calendar().NextWorkingMorning(now, n.Teams[team].Duty))
	case c.Kind == Crisis || !n.calledOn(c, from, now):
		again := begin.Add((now.Sub(begin)/every + 1) * every)
		later(n.nextOnDutyAt(team, at.To(again)))
	case rule.ReadWithin.For > 0:
		later(n.nextOnDutyAt(team, at.To(now.Add(max(every, rule.ReadWithin.For)))))
	default:
		later(n.calendar().NextWorkingMorning(now, n.Teams[team].Duty))
	}
}

// calledOn reports whether everybody whom a signal can call was called: every step was
// taken, and the time in which it was to be read is over, or a working day where none
// was agreed. From then on it calls all who are at work when their work begins, and
// again when that time has passed once more: a card that rings each hour for days is
// heard by nobody (domain research Z19). A crisis never calls less.
func (n *Network) calledOn(c Case, begin scheduler.Moment, now time.Time) bool {
	rule := n.rule(c.Kind)
	within := rule.ReadWithin
	if within == (Span{}) {
		within = Span{WorkingDays: 1}
	}
	return c.Step >= len(rule.Steps) && !n.due(c.Kind, within, begin, n.teamOf(c.Circle.Wijk)).After(now)
}

// reserveAfter is how long a signal of danger may go without an owner before
// people on duty are pinged on their reserve channel.
const reserveAfter = 10 * time.Minute

// Reserve are the people on duty to be pinged, without a word about whom, on
// their reserve channel. Next names them when nobody took a signal up; the host
// asks for them here when a card of danger could not be posted in 30 seconds.
func (n *Network) Reserve(c Case, now time.Time) []string {
	if !c.Kind.danger() || c.TakenBy != "" {
		return nil
	}
	return slices.DeleteFunc(n.OnDuty(n.teamOf(c.Circle.Wijk), now), func(p string) bool {
		return n.People[p].Reserve == ""
	})
}

// begin is when the clocks of an open signal start to count: at once when
// somebody is on duty, else when somebody next is.
func (n *Network) begin(c Case, now scheduler.Moment) scheduler.Moment {
	since := now
	if s := c.since(); !s.Equal(now.Time()) {
		since = now.To(s)
	}
	if next := n.nextOnDutyAt(n.teamOf(c.Circle.Wijk), since); !next.IsZero() && !next.Equal(since.Time()) {
		return since.To(next)
	}
	return since
}

// findDue is the moment that lies s after begin. For a crisis minutes are minutes;
// for all else only the team's hours count.
func (n *Network) findDue(k Kind, s Span, begin scheduler.Moment, team string) time.Time {
	if k == Crisis && s.WorkingDays == 0 && !s.NextMorning {
		return begin.Time().Add(s.For)
	}
	duty := n.Teams[team].Duty
	if duty.Never() {
		duty = scheduler.Office()
	}
	switch {
	case s.NextMorning:
		return n.calendar().NextWorkingMorning(begin.Time(), duty)
	case s.WorkingDays > 0:
		return n.calendar().AddWorkingDays(begin.Time(), s.WorkingDays, duty)
	}
	return begin.AddWorkingTime(s.For, duty)
}

// stepDue is when step i is due: never before the steps that come before it.
func (n *Network) stepDue(c Case, begin scheduler.Moment, i int, team string) time.Time {
	var due time.Time
	for _, s := range n.rule(c.Kind).Steps[:i+1] {
		if t := n.due(c.Kind, s.After, begin, team); t.After(due) {
			due = t
		}
	}
	return due
}

// nextOpen is what to do about a signal that nobody took up.
func (n *Network) nextOpen(c Case, now time.Time) Route {
	team, at := n.teamOf(c.Circle.Wijk), n.moment(now)
	from := n.begin(c, at)
	begin := from.Time()
	onDuty := n.onDutyAt(team, at)
	rule := n.rule(c.Kind)
	var named []string
	resident, fired := false, false

	if !begin.After(now) && (c.Kind == Crisis || len(onDuty) > 0) {
		// A step for which nobody is there is skipped at once: the one after it
		// takes its turn now. When all of duty went home, that is every step.
		skipping := c.Kind == Crisis && len(onDuty) == 0
		for c.Step < len(rule.Steps) {
			if n.stepDue(c, from, c.Step, team).After(now) && !skipping {
				break
			}
			s := rule.Steps[c.Step]
			c.Step++
			who := n.stepPeople(s, c, now)
			skipping = len(who) == 0 && s.Tell == ""
			resident = resident || s.Tell != ""
			fired = fired || !skipping
			named = append(named, who...)
			if c.Kind == Crisis && len(onDuty) == 0 {
				skipping = true
			}
		}
	}

	r := n.stand(c, at)
	r.Step, r.Asked, r.Since, r.Resident = c.Step, c.Asked, c.since(), resident
	if begin.After(now) {
		r.Mention = nil // nobody came to work since; only a peer expert may have woken
	} else {
		if c.Step >= len(rule.Steps) && (c.Kind == Crisis || n.overdue(c, from, now)) {
			named = append(named, n.everyone(team, now)...)
		}
		for _, p := range named {
			if p != "" && !slices.Contains(r.Mention, p) {
				r.Mention = append(r.Mention, p)
			}
		}
		r.Repeat = len(onDuty) > 0 && r.Channel != "" && (fired || len(r.Peers) == 0)
		if !r.Repeat {
			r.Mention = nil // only a peer expert woke up, or nobody is there to look
		}
		if !now.Before(begin.Add(reserveAfter)) && (c.Kind == Crisis || !c.Reserved) {
			r.Reserve = n.Reserve(c, now)
		}
	}
	r.NextAt = n.after(c.following(r), at)
	return r
}

// overdue reports whether what was promised about reading has passed.
func (n *Network) overdue(c Case, begin scheduler.Moment, now time.Time) bool {
	within := n.rule(c.Kind).ReadWithin
	return within != Span{} && !n.due(c.Kind, within, begin, n.teamOf(c.Circle.Wijk)).After(now)
}

// stepPeople are the people whom a step names now; none means it is skipped.
func (n *Network) stepPeople(s EscalationStep, c Case, now time.Time) []string {
	team := n.teamOf(c.Circle.Wijk)
	onDuty := n.OnDuty(team, now)
	switch s.To {
	case "second_on_duty":
		if len(onDuty) < 2 {
			return nil
		}
		first := n.first(c.Circle, onDuty)
		rest := slices.DeleteFunc(onDuty, func(p string) bool { return p == first })
		return rest[:1]
	case "everyone_on_duty":
		if len(onDuty) == 0 {
			return nil
		}
		return n.everyone(team, now)
	case "team":
		return onDuty
	case "cover":
		before := c
		before.Step--
		if cover := n.stepCover(n.stand(before, n.moment(now)).Owner, now); cover != "" {
			return []string{cover}
		}
		return nil
	case "coordinator":
		return n.reachable(n.Covering(n.Teams[team].Coordinator, now), now)
	}
	return n.reachable(n.Covering(s.To, now), now)
}

// stepCover is the professional who takes over from owner, or empty.
func (n *Network) stepCover(owner string, now time.Time) string {
	if owner == "" {
		return ""
	}
	cover := n.Covering(n.cover(owner, now), now)
	if cover == owner || n.People[cover].Peer() {
		return ""
	}
	return cover
}

// everyone is all who are on duty, and the coordinator when at work.
func (n *Network) everyone(team string, now time.Time) []string {
	all := n.OnDuty(team, now)
	coordinator := n.reachable(n.Teams[team].Coordinator, now)
	return append(all, slices.DeleteFunc(coordinator, func(p string) bool { return slices.Contains(all, p) })...)
}

func (n *Network) reachable(person string, now time.Time) []string {
	if person == "" || n.People[person].Peer() || !n.Reachable(person, now) {
		return nil
	}
	return []string{person}
}

// nudgeAt is when the next friendly nudge about good news is due: once somebody
// whom the resident chose is there.
func (n *Network) nudgeAt(c Case) time.Time {
	due := c.since().Add(time.Duration(c.Step+1) * n.nudgeEvery())
	var first time.Time
	for _, p := range n.audience(c).people {
		if t := n.NextAvailable(p, due); !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	if first.IsZero() {
		first = n.NextOnDuty(n.teamOf(c.Circle.Wijk), due)
	}
	if first.IsZero() {
		return due
	}
	return first
}

func (n *Network) nudgeEvery() time.Duration {
	if every := n.rule(GoodNews).Nudge; every > 0 {
		return max(every, time.Hour)
	}
	return DefaultRule(GoodNews).Nudge
}

// nextGoodNews brings good news to whom the resident chose as they come in, and
// nudges when nobody answered. It never goes to others: it is no distress.
func (n *Network) nextGoodNews(c Case, now time.Time) Route {
	nudge := !n.nudgeAt(c).After(now)
	if nudge {
		// nudges that were slept through are not made up for
		c.Step = max(c.Step+1, int(now.Sub(c.since())/n.nudgeEvery()))
		c.Heard = nil
	}
	at := n.moment(now)
	r := n.stand(c, at)
	r.Mention = slices.DeleteFunc(r.Mention, func(p string) bool { return slices.Contains(c.Heard, p) })
	r.Repeat = nudge && r.Channel != ""
	r.Step, r.Asked, r.Since = c.Step, c.Asked, c.since()
	r.NextAt = n.after(c.following(r), at)
	return r
}
