package scheduler

import (
	"slices"
	"time"
)

// A Calendar knows which days are worked in one place. On a public holiday the
// hours of a Sunday hold, as rosters have it: an office is closed, a team that
// works on Sundays works.
type Calendar struct {
	Zone     *time.Location // nil: UTC
	Holidays string         // Dutch, or empty for none
}

// far is how far ahead an opening is looked for, in days: past the longest row
// of closed days that a yearly rhythm can hold.
const far = 400

// Holiday returns the name of the public holiday on t's day, or empty.
func (c Calendar) Holiday(t time.Time) string { return c.holiday(c.Moment(t).day) }

// WorkingDay reports whether t's day is one from Monday to Friday and no public holiday.
func (c Calendar) WorkingDay(t time.Time) bool { return Weekdays.Has(c.Moment(t).weekday) }

// Open reports whether t is within h.
func (c Calendar) Open(h Hours, t time.Time) bool {
	m := c.Moment(t)
	return m.OpenOn(h, EveryDay)
}

// NextOpen is the first moment at or after t within h. It is zero when there is none.
func (c Calendar) NextOpen(h Hours, t time.Time) time.Time {
	m := c.Moment(t)
	return m.NextOpenOn(h, EveryDay)
}

// NextClose is the first moment at or after t outside h. It is zero when h never closes.
func (c Calendar) NextClose(h Hours, t time.Time) time.Time {
	m := c.Moment(t)
	return m.NextCloseOn(h, EveryDay)
}

// AddWorkingTime is the moment at which h has been open for d since t. It is
// zero when h is never open; of a d that takes years it is the opening by then.
func (c Calendar) AddWorkingTime(t time.Time, d time.Duration, h Hours) time.Time {
	m := c.Moment(t)
	return m.AddWorkingTime(d, h)
}

// AddWorkingDays is n days of h after t, at the same time of the day: "binnen 1
// werkdag" of a question on Friday at 16:00 is Monday at 16:00. A t outside h
// counts from the next opening, and so does an end outside h. It is zero when h
// is never open.
func (c Calendar) AddWorkingDays(t time.Time, n int, h Hours) time.Time {
	m := c.Moment(t)
	start := m.NextOpenOn(h, EveryDay)
	if start.IsZero() {
		return start
	}
	m.set(start)
	day := m.day
	for n = min(n, far); n > 0; {
		day++
		if c.worked(h, day) {
			n--
		}
	}
	m.set(m.at(day, m.minute))
	return m.NextOpenOn(h, EveryDay)
}

// morning is the earliest that a night's watch may call morning.
const morning = 7 * 60

// NextWorkingMorning is the first opening after t of a day of h, at seven
// o'clock or later. It is zero when h is never open.
func (c Calendar) NextWorkingMorning(t time.Time, h Hours) time.Time {
	m := c.Moment(t)
	today := m.day
	for day := today; day < today+far; day++ {
		if !c.worked(h, day) {
			continue
		}
		m.set(m.at(day, morning))
		if open := m.NextOpenOn(h, EveryDay); open.After(t) {
			return open
		}
	}
	return time.Time{}
}

// worked reports whether a span of h begins on that day.
func (c Calendar) worked(h Hours, day int) bool {
	w := c.weekday(day)
	return slices.ContainsFunc(h.Spans, func(s Span) bool { return s.Days.Has(w) })
}

// weekday is the day of the week whose hours hold on that day, as [Moment] counts days.
func (c Calendar) weekday(day int) time.Weekday {
	if c.holiday(day) != "" {
		return time.Sunday
	}
	return weekday(day)
}

func (c Calendar) holiday(day int) string {
	if c.Holidays != Dutch {
		return ""
	}
	return dutchHoliday(day)
}

func (c Calendar) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}
