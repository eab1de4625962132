package signals

import (
	"time"

	"houvast/scheduler"
)

// An asked is what was asked of a network already while one route is worked out. A
// route comes by the same questions from several sides, and a network never changes,
// so that the first answer holds. It lives no longer than that route.
type asked struct {
	staff      staff
	staffTeam  string
	staffKnown bool

	wijk, team string
	teamKnown  bool

	kind      Kind
	rule      Rule
	ruleKnown bool

	whom          whom
	audience      audience
	audienceKnown bool

	spans [2]dueOf // those asked for last
	dues  [2]time.Time
	turn  int
}

// A whom is all of a case that its audience depends on, but its circle, which is one
// for a whole route.
type whom struct {
	kind             Kind
	heardBy, givenTo string
	returned         bool
}

// A dueOf is all that a due moment depends on.
type dueOf struct {
	kind  Kind
	span  Span
	begin time.Time
	team  string
}

// remembering is the network with a memory, for one route.
func (n *Network) remembering() *Network {
	if n.asked != nil {
		return n
	}
	remembers := *n
	remembers.asked = &asked{}
	return &remembers
}

func (n *Network) teamOf(wijk string) string {
	a := n.asked
	if a == nil {
		return n.findTeam(wijk)
	}
	if !a.teamKnown || a.wijk != wijk {
		a.team, a.wijk, a.teamKnown = n.findTeam(wijk), wijk, true
	}
	return a.team
}

func (n *Network) rule(k Kind) Rule {
	a := n.asked
	if a == nil {
		return n.findRule(k)
	}
	if !a.ruleKnown || a.kind != k {
		a.rule, a.kind, a.ruleKnown = n.findRule(k), k, true
	}
	return a.rule
}

func (n *Network) audience(c Case) audience {
	a := n.asked
	if a == nil {
		return n.findAudience(c)
	}
	if is := (whom{c.Kind, c.HeardBy, c.GivenTo, c.returned()}); !a.audienceKnown || a.whom != is {
		a.audience, a.whom, a.audienceKnown = n.findAudience(c), is, true
	}
	return a.audience
}

func (n *Network) due(k Kind, s Span, begin scheduler.Moment, team string) time.Time {
	a := n.asked
	if a == nil {
		return n.findDue(k, s, begin, team)
	}
	of := dueOf{k, s, begin.Time(), team}
	for i := range a.spans {
		if a.spans[i] == of && !a.dues[i].IsZero() {
			return a.dues[i]
		}
	}
	due := n.findDue(k, s, begin, team)
	a.turn = (a.turn + 1) % len(a.spans)
	a.spans[a.turn], a.dues[a.turn] = of, due
	return due
}

// A staff is who of a team can be on duty: its professionals whose phone can ring, in
// the order of the file.
type staff struct {
	duty  scheduler.Hours
	rings []shift
}

// A shift is on which days one of them works, and when they are away.
type shift struct {
	person string
	days   scheduler.Days
	absent []Absence
}

// staffOf is the staff of a team. A team that the network does not know has none.
func (n *Network) staffOf(team string) staff {
	a := n.asked
	if a == nil {
		return n.findStaff(team)
	}
	if !a.staffKnown || a.staffTeam != team {
		a.staff, a.staffTeam, a.staffKnown = n.findStaff(team), team, true
	}
	return a.staff
}

func (n *Network) findStaff(team string) staff {
	t := n.Teams[team]
	s := staff{duty: t.Duty, rings: make([]shift, 0, len(t.Members))}
	for _, m := range t.Members {
		if p := n.People[m]; p.rings() {
			s.rings = append(s.rings, shift{m, p.Days, p.Absent})
		}
	}
	return s
}

func (s *shift) onDuty(hours scheduler.Hours, at *scheduler.Moment) bool {
	return at.OpenOn(hours, s.days) && awayAt(s.absent, at.Time()) == nil
}
