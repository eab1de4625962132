package signals

import (
	"slices"
	"time"

	"houvast/scheduler"
)

// Available reports whether a person can be expected to look now: a
// professional at work, a peer expert outside their quiet hours, neither of
// them away. Of somebody the network does not know, it cannot be expected.
func (n *Network) Available(person string, now time.Time) bool {
	return n.available(person, n.moment(now))
}

func (n *Network) available(person string, at scheduler.Moment) bool {
	p, ok := n.People[person]
	return ok && n.isThere(person, p, at)
}

// isThere reports whether p, whose key person is, is not away and within their hours.
func (n *Network) isThere(person string, p Person, at scheduler.Moment) bool {
	if p.away(at.Time()) != nil {
		return false
	}
	if p.Peer() {
		local := n.local(at.Time())
		return !p.Quiet.Open(local) && (p.Days == 0 || p.Days.Has(local.Weekday()))
	}
	ofNone := true
	for _, t := range n.Teams {
		if days, of := t.daysOf(person, p); of {
			if at.OpenOn(t.Duty, days) {
				return true
			}
			ofNone = false
		}
	}
	return ofNone && at.OpenOn(scheduler.Office(), p.Days)
}

// Reachable reports whether a message would make that person's phone ring now:
// they are available and the network knows how to reach them.
func (n *Network) Reachable(person string, now time.Time) bool {
	return n.reachableAt(person, n.moment(now))
}

func (n *Network) reachableAt(person string, at scheduler.Moment) bool {
	p, ok := n.People[person]
	return ok && (p.Peer() || p.Mattermost != "") && n.isThere(person, p, at)
}

// NextAvailable is the first moment, now or later, at which the person is
// available. It is zero when there is none within a year.
func (n *Network) NextAvailable(person string, now time.Time) time.Time {
	p, ok := n.People[person]
	if !ok {
		return time.Time{}
	}
	hours := n.hours(person)
	t, end := now, now.AddDate(1, 0, 0)
	for t.Before(end) {
		from := t
		if a := p.away(t); a != nil {
			t = a.Until
		}
		if p.Peer() {
			if t = p.Quiet.NextClose(n.local(t)); t.IsZero() {
				return t
			}
			if p.Days != 0 && !p.Days.Has(t.Weekday()) {
				y, m, d := t.Date()
				t = scheduler.At(y, m, d+1, 0, n.zone())
			}
		} else if t = n.calendar().NextOpen(hours, t); t.IsZero() {
			return t
		}
		if t.Equal(from) {
			return t
		}
	}
	return time.Time{}
}

// PromptUntil is until when a prompt may still reach a peer expert who is available
// now: their next quiet hour, or the end of their last day in a row. It is zero when
// they have neither. What an outage held up must not wake them at night.
func (n *Network) PromptUntil(person string, now time.Time) time.Time {
	p := n.People[person]
	until := p.Quiet.NextOpen(n.local(now))
	if p.Days == 0 || p.Days == scheduler.EveryDay {
		return until
	}
	y, m, d := n.local(now).Date()
	for day := 0; ; day++ {
		if !p.Days.Has(time.Date(y, m, d+day, 12, 0, 0, 0, n.zone()).Weekday()) {
			if end := scheduler.At(y, m, d+day, 0, n.zone()); until.IsZero() || end.Before(until) {
				return end
			}
			return until
		}
	}
}

// Covering is who stands in for a person now: the person, when available; else
// the first who is along the chain of covers, those of an absence before the
// standing one; a peer expert's is the back-up. Empty means that the team does,
// also when the chain runs in a circle.
func (n *Network) Covering(person string, now time.Time) string {
	return n.coveringAt(person, n.moment(now))
}

func (n *Network) coveringAt(person string, at scheduler.Moment) string {
	var seen []string
	for !slices.Contains(seen, person) {
		if n.reachableAt(person, at) {
			return person
		}
		seen = append(seen, person)
		person = n.cover(person, at.Time())
	}
	return ""
}

// cover is who is named to step in for that person at now, or empty.
func (n *Network) cover(person string, now time.Time) string {
	p := n.People[person]
	if a := p.away(now); a != nil && a.Cover != "" {
		return a.Cover
	}
	if p.Peer() && p.Backup != "" {
		return p.Backup
	}
	return p.Cover
}

// OnDuty are the members of a team who are at work for it now and whose phone
// can ring, in the order of the file. Hours in which everybody is away or off
// have nobody on duty, whatever the roster says.
func (n *Network) OnDuty(team string, now time.Time) []string {
	return n.onDutyAt(team, n.moment(now))
}

func (n *Network) onDutyAt(team string, at scheduler.Moment) []string {
	s := n.staffOf(team)
	if !at.OpenOn(s.duty, scheduler.EveryDay) {
		return nil
	}
	var on []string
	for i := range s.rings {
		if s.rings[i].onDuty(s.duty, &at) {
			on = append(on, s.rings[i].person)
		}
	}
	return on
}

// rings reports whether p is a professional whose phone can ring.
func (p Person) rings() bool { return !p.Peer() && p.Mattermost != "" }

// NextOnDuty is the first moment, now or later, at which somebody of the team
// is on duty. It is zero when there is none within a year.
func (n *Network) NextOnDuty(team string, now time.Time) time.Time {
	return n.nextOnDutyAt(team, n.moment(now))
}

func (n *Network) nextOnDutyAt(team string, at scheduler.Moment) time.Time {
	s := n.staffOf(team)
	for i := range s.rings {
		if s.rings[i].onDuty(s.duty, &at) {
			return at.Time()
		}
	}
	var first time.Time
	for i := range s.rings {
		on := s.rings[i].next(s.duty, at)
		if !on.IsZero() && (first.IsZero() || on.Before(first)) {
			first = on
		}
	}
	return first
}

// next is the first moment, at or later, within the hours on the days of s and not away.
func (s *shift) next(hours scheduler.Hours, at scheduler.Moment) time.Time {
	for range 1 + len(s.absent) {
		open := at.NextOpenOn(hours, s.days)
		if open.IsZero() {
			return open
		}
		a := awayAt(s.absent, open)
		if a == nil {
			return open
		}
		at = at.To(a.Until)
	}
	return time.Time{}
}

// dutyEnds is the first moment, now or later, at which nobody of the team is on
// duty. It is zero when there is always somebody.
func (n *Network) dutyEnds(team string, now time.Time) time.Time {
	t, at := n.Teams[team], n.moment(now)
	for range 4 * (1 + len(t.Members)) {
		on := n.onDutyAt(team, at)
		if len(on) == 0 {
			return now
		}
		last := now
		for _, m := range on {
			p := n.People[m]
			end := at.NextCloseOn(t.Duty, p.Days)
			for _, a := range p.Absent {
				if a.From.After(now) && (end.IsZero() || a.From.Before(end)) {
					end = a.From
				}
			}
			if end.IsZero() {
				return end
			}
			if end.After(last) {
				last = end
			}
		}
		now = last
		at = at.To(now)
	}
	return now
}

// hours are when a professional works: the duty hours of the teams they belong
// to on the days they work. A coordinator without days keeps the team's.
// Somebody of no team keeps office hours.
func (n *Network) hours(person string) scheduler.Hours {
	p := n.People[person]
	var h scheduler.Hours
	found := false
	for _, t := range n.Teams {
		if days, of := t.daysOf(person, p); of {
			h = h.And(t.Duty.On(days))
			found = true
		}
	}
	if !found {
		return scheduler.Office().On(p.Days)
	}
	return h
}

// daysOf are the days on which a person works for t, if they belong to it.
func (t Team) daysOf(person string, p Person) (days scheduler.Days, of bool) {
	switch {
	case slices.Contains(t.Members, person):
		return p.Days, true
	case t.Coordinator == person && p.Days == 0:
		return scheduler.EveryDay, true
	}
	return p.Days, t.Coordinator == person
}

// Away reports whether a person is absent now, as the network says. Who is off for the
// day, or asleep, is not.
func (n *Network) Away(person string, now time.Time) bool {
	return n.People[person].away(now) != nil
}

// away is the absence that holds at now, or nil.
func (p Person) away(now time.Time) *Absence { return awayAt(p.Absent, now) }

func awayAt(absent []Absence, now time.Time) *Absence {
	for i := range absent {
		if a := &absent[i]; !now.Before(a.From) && now.Before(a.Until) {
			return a
		}
	}
	return nil
}

// findTeam is the key of the team where the signals of a wijk end. A wijk the
// network does not know, or whose team it does not know, has the first there
// is: a signal never ends nowhere.
func (n *Network) findTeam(wijk string) string {
	if key := n.Wijken[wijk].Team; key != "" {
		if _, ok := n.Teams[key]; ok {
			return key
		}
	}
	var first string
	for key := range n.Teams {
		if first == "" || key < first {
			first = key
		}
	}
	return first
}

// Reader is who reads, on working days, what residents of a wijk wrote and gave
// to nobody: the one the network names, or who stands in. Empty: the team.
func (n *Network) Reader(wijk string, now time.Time) string {
	return n.Covering(n.Wijken[wijk].Reader, now)
}

// Calendar is which days are worked in this municipality.
func (n *Network) Calendar() scheduler.Calendar { return n.calendar() }

func (n *Network) calendar() scheduler.Calendar {
	return scheduler.Calendar{Zone: n.Zone, Holidays: n.Holidays}
}

func (n *Network) zone() *time.Location {
	if n.Zone == nil {
		return time.UTC
	}
	return n.Zone
}

// moment is t on the calendar of this municipality.
func (n *Network) moment(t time.Time) scheduler.Moment { return n.calendar().Moment(t) }

func (n *Network) local(t time.Time) time.Time { return t.In(n.zone()) }
