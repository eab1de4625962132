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
func (c Calendar) Holiday(t time.Time) string {
	return c.holiday(t.In(c.zone()).Date())
}

// WorkingDay reports whether t's day is one from Monday to Friday and no public holiday.
func (c Calendar) WorkingDay(t time.Time) bool {
	return Weekdays.Has(c.weekday(t.In(c.zone()).Date()))
}

// Open reports whether t is within h.
func (c Calendar) Open(h Hours, t time.Time) bool {
	return c.OpenOn(h, EveryDay, t)
}

// OpenOn reports whether t is within the hours of h that begin on one of days, as
// h.On(days) has them.
func (c Calendar) OpenOn(h Hours, days Days, t time.Time) bool {
	local := t.In(c.zone())
	start, end := local.ZoneBounds()
	if !start.IsZero() && local.Sub(start) < calm || !end.IsZero() && end.Sub(local) < calm {
		return !c.openUntil(h, days, t).IsZero() // the clock changes near here
	}
	y, m, d := local.Date()
	minute := local.Hour()*60 + local.Minute()
	today, yesterday := c.weekday(y, m, d), time.Weekday(-1)
	for _, s := range h.Spans {
		over := s.Until <= s.From // into the next day
		if (s.Days & days).Has(today) && minute >= s.From && (over || minute < s.Until) {
			return true
		}
		if !over || minute >= s.Until {
			continue
		}
		if yesterday < 0 {
			yesterday = c.weekday(y, m, d-1)
		}
		if (s.Days & days).Has(yesterday) {
			return true
		}
	}
	return false
}

// NextOpen is the first moment at or after t within h. It is zero when there is none.
func (c Calendar) NextOpen(h Hours, t time.Time) time.Time {
	if h.Never() {
		return time.Time{}
	}
	if c.Open(h, t) {
		return t
	}
	y, m, d := t.In(c.zone()).Date()
	for i := range far {
		var first time.Time
		for _, s := range h.Spans {
			if !s.Days.Has(c.weekday(y, m, d+i)) {
				continue
			}
			from, until := c.span(s, y, m, d+i)
			if from.After(t) && until.After(from) && (first.IsZero() || from.Before(first)) {
				first = from
			}
		}
		if !first.IsZero() {
			return first
		}
	}
	return time.Time{}
}

// NextClose is the first moment at or after t outside h. It is zero when h never closes.
func (c Calendar) NextClose(h Hours, t time.Time) time.Time {
	if h.Always() {
		return time.Time{}
	}
	end := t.AddDate(0, 0, far)
	for t.Before(end) {
		until := c.openUntil(h, EveryDay, t)
		if until.IsZero() {
			return t
		}
		t = until
	}
	return time.Time{}
}

// AddWorkingTime is the moment at which h has been open for d since t. It is
// zero when h is never open; of a d that takes years it is the opening by then.
func (c Calendar) AddWorkingTime(t time.Time, d time.Duration, h Hours) time.Time {
	for range 10 * far {
		if t = c.NextOpen(h, t); t.IsZero() {
			return t
		}
		shut := c.NextClose(h, t)
		if end := t.Add(d); shut.IsZero() || !end.After(shut) {
			return end
		}
		d -= shut.Sub(t)
		t = shut
	}
	return t
}

// AddWorkingDays is n days of h after t, at the same time of the day: "binnen 1
// werkdag" of a question on Friday at 16:00 is Monday at 16:00. A t outside h
// counts from the next opening, and so does an end outside h. It is zero when h
// is never open.
func (c Calendar) AddWorkingDays(t time.Time, n int, h Hours) time.Time {
	start := c.NextOpen(h, t)
	if start.IsZero() {
		return start
	}
	y, m, d := start.In(c.zone()).Date()
	minute := start.In(c.zone()).Hour()*60 + start.In(c.zone()).Minute()
	for n = min(n, far); n > 0; {
		d++
		if c.worked(h, y, m, d) {
			n--
		}
	}
	return c.NextOpen(h, At(y, m, d, minute, c.zone()))
}

// morning is the earliest that a night's watch may call morning.
const morning = 7 * 60

// NextWorkingMorning is the first opening after t of a day of h, at seven
// o'clock or later. It is zero when h is never open.
func (c Calendar) NextWorkingMorning(t time.Time, h Hours) time.Time {
	y, m, d := t.In(c.zone()).Date()
	for i := range far {
		if !c.worked(h, y, m, d+i) {
			continue
		}
		if open := c.NextOpen(h, At(y, m, d+i, morning, c.zone())); open.After(t) {
			return open
		}
	}
	return time.Time{}
}

// openUntil is the end of the span of h, of those that begin on one of days, that
// holds t and ends last, or zero.
func (c Calendar) openUntil(h Hours, days Days, t time.Time) time.Time {
	var last time.Time
	y, m, d := t.In(c.zone()).Date()
	for _, day := range [...]int{d - 1, d} {
		known, w := false, time.Sunday
		for _, s := range h.Spans {
			if day < d && s.Until > s.From && s.Until < dayMinutes {
				continue // it does not reach into the next day
			}
			if !known {
				known, w = true, c.weekday(y, m, day)
			}
			if !(s.Days & days).Has(w) {
				continue
			}
			if t.Before(At(y, m, day, s.From, c.zone())) {
				continue
			}
			if until := c.until(s, y, m, day); t.Before(until) && until.After(last) {
				last = until
			}
		}
	}
	return last
}

// worked reports whether a span of h begins on that day.
func (c Calendar) worked(h Hours, y int, m time.Month, d int) bool {
	w := c.weekday(y, m, d)
	return slices.ContainsFunc(h.Spans, func(s Span) bool { return s.Days.Has(w) })
}

// span is when s begins and ends if it begins on that day.
func (c Calendar) span(s Span, y int, m time.Month, d int) (from, until time.Time) {
	return At(y, m, d, s.From, c.zone()), c.until(s, y, m, d)
}

// until is when s ends if it begins on that day.
func (c Calendar) until(s Span, y int, m time.Month, d int) time.Time {
	end := s.Until
	if end <= s.From {
		end += dayMinutes
	}
	// minutes of the wall clock, not of the sun: a shift over the night of the
	// clock change ends when the wall says so
	return At(y, m, d, end, c.zone())
}

// weekday is the day of the week whose hours hold on that day; d may be past the month's end.
func (c Calendar) weekday(y int, m time.Month, d int) time.Weekday {
	day := time.Date(y, m, d, 12, 0, 0, 0, time.UTC)
	if c.holiday(day.Date()) != "" {
		return time.Sunday
	}
	return day.Weekday()
}

func (c Calendar) holiday(y int, m time.Month, d int) string {
	if c.Holidays != Dutch {
		return ""
	}
	return DutchHoliday(y, m, d)
}

func (c Calendar) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}
