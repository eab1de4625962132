package scheduler

import "time"

// A Moment is a point in time on a [Calendar]: which day it is there, and what
// the clock on the wall says. It is worked out once, and can then be held
// against the hours of many people.
type Moment struct {
	calendar Calendar
	t        time.Time
	stretch
	day, minute int          // on the wall; days are counted from 1970
	weekday     time.Weekday // whose hours hold: on a public holiday those of a Sunday
}

// Moment returns t on the calendar.
func (c Calendar) Moment(t time.Time) Moment {
	m := Moment{calendar: c, t: t, stretch: stretchAt(t, c.zone())}
	m.day, m.minute = m.wall(t)
	m.weekday = c.weekday(m.day)
	return m
}

// Time is the moment by itself.
func (m *Moment) Time() time.Time { return m.t }

// To is another time on the same calendar; the nearer it is, the less is to be worked out.
func (m Moment) To(t time.Time) Moment {
	m.set(t)
	return m
}

// set moves m to another time.
func (m *Moment) set(t time.Time) {
	if !m.holds(t) {
		m.stretch = stretchAt(t, m.zone)
	}
	day, minute := m.wall(t)
	m.t, m.weekday, m.day, m.minute = t, m.weekdayOf(day), day, minute
}

// weekdayOf is the day of the week whose hours hold on a day.
func (m *Moment) weekdayOf(day int) time.Weekday {
	if day == m.day {
		return m.weekday
	}
	return m.calendar.weekday(day)
}

// OpenOn reports whether m is within the hours of h that begin on one of days, as
// h.On(days) has them.
func (m *Moment) OpenOn(h Hours, days Days) bool {
	if !m.calm(m.t.Unix()) {
		return !m.openUntil(h, days).IsZero() // the clock changes near here
	}
	for _, s := range h.Spans {
		s.Days &= days
		over := s.Until <= s.From // into the next day
		if m.minute >= s.From && (over || m.minute < s.Until) && s.Days.Has(m.weekday) {
			return true
		}
		if over && m.minute < s.Until && s.Days.Has(m.weekdayOf(m.day-1)) {
			return true
		}
	}
	return false
}

// NextOpenOn is the first moment, m or later, within the hours of h that begin on
// one of days. It is zero when there is none.
func (m *Moment) NextOpenOn(h Hours, days Days) time.Time {
	if h.neverOn(days) {
		return time.Time{}
	}
	if m.OpenOn(h, days) {
		return m.t
	}
	for day := m.day; day < m.day+far; day++ {
		w := m.weekdayOf(day)
		var first time.Time
		for _, s := range h.Spans {
			if !(s.Days & days).Has(w) {
				continue
			}
			from, until := m.at(day, s.From), m.until(s, day)
			if from.After(m.t) && until.After(from) && (first.IsZero() || from.Before(first)) {
				first = from
			}
		}
		if !first.IsZero() {
			return first
		}
	}
	return time.Time{}
}

// NextCloseOn is the first moment, m or later, outside the hours of h that begin on
// one of days. It is zero when they never close.
func (m *Moment) NextCloseOn(h Hours, days Days) time.Time {
	if days&EveryDay == EveryDay && h.Always() {
		return time.Time{}
	}
	end := m.t.Add(far * 24 * time.Hour)
	for at := *m; at.t.Before(end); {
		until := at.openUntil(h, days)
		if until.IsZero() {
			return at.t
		}
		at.set(until)
	}
	return time.Time{}
}

// AddWorkingTime is [Calendar.AddWorkingTime] since m.
func (m *Moment) AddWorkingTime(d time.Duration, h Hours) time.Time {
	at := *m
	for range 10 * far {
		open := at.NextOpenOn(h, EveryDay)
		if open.IsZero() {
			return open
		}
		at.set(open)
		shut := at.NextCloseOn(h, EveryDay)
		if end := open.Add(d); shut.IsZero() || !end.After(shut) {
			return end
		}
		d -= shut.Sub(open)
		at.set(shut)
	}
	return at.t
}

// openUntil is the end of the span of h, of those that begin on one of days, that
// holds m and ends last, or zero.
func (m *Moment) openUntil(h Hours, days Days) time.Time {
	var last time.Time
	for _, day := range [...]int{m.day - 1, m.day} {
		known, w := false, time.Sunday
		for _, s := range h.Spans {
			if day < m.day && s.Until > s.From && s.Until < dayMinutes {
				continue // it does not reach into the next day
			}
			if !known {
				known, w = true, m.weekdayOf(day)
			}
			if !(s.Days & days).Has(w) || m.t.Before(m.at(day, s.From)) {
				continue
			}
			if until := m.until(s, day); m.t.Before(until) && until.After(last) {
				last = until
			}
		}
	}
	return last
}

// until is when s ends if it begins on that day.
func (m *Moment) until(s Span, day int) time.Time {
	end := s.Until
	if end <= s.From {
		end += dayMinutes
	}
	// minutes of the wall clock, not of the sun: a shift over the night of the
	// clock change ends when the wall says so
	return m.at(day, end)
}
