// Package scheduler decides when: rhythms, duty hours, holidays, quiet hours.
//
// It reads no clock. Moments come in with a time zone and go out in the same
// one; the package never starts anything by itself.
package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const dayMinutes = 24 * 60

// Hours are opening hours by day of the week in wall-clock time, such as
// "ma-vr 09:00-17:00". A span may cross midnight. The zero Hours are never.
type Hours struct {
	Spans []Span
}

// A Span is from From to Until, in minutes after midnight, on each of Days.
// Until before From means the next day; the day it began counts.
type Span struct {
	Days        Days
	From, Until int
}

// Office are the hours of somebody of whom nothing else is known.
func Office() Hours { return Hours{Spans: []Span{{Weekdays, 9 * 60, 17 * 60}}} }

const hoursHint = `schrijf uren als "09:00-17:00"`

// ParseHours reads hours such as "09:00-17:00", "21:00-09:00" (until the next
// morning), "00:00-24:00" or "09:00-12:00, 13:00-17:00", on days as in
// [ParseDays]; empty days are all days. The error is in Dutch and says what to
// write instead.
func ParseHours(days, hours string) (Hours, error) {
	on := EveryDay
	if strings.TrimSpace(days) != "" {
		var err error
		if on, err = ParseDays(days); err != nil {
			return Hours{}, err
		}
	}
	var h Hours
	for _, part := range strings.Split(hours, ",") {
		first, last, ok := strings.Cut(part, "-")
		if !ok {
			return Hours{}, fmt.Errorf("%q zijn geen uren: %s", strings.TrimSpace(part), hoursHint)
		}
		from, err := parseMinute(first)
		if err != nil {
			return Hours{}, err
		}
		until, err := parseMinute(last)
		if err != nil {
			return Hours{}, err
		}
		switch {
		case from == dayMinutes:
			return Hours{}, fmt.Errorf("begin niet om 24:00 maar om 00:00 van de volgende dag")
		case from == until:
			return Hours{}, fmt.Errorf(`%q begint en eindigt op hetzelfde moment; de hele dag is "00:00-24:00"`, strings.TrimSpace(part))
		}
		h.Spans = append(h.Spans, Span{on, from, until})
	}
	return h, nil
}

func parseMinute(text string) (int, error) {
	text = strings.TrimSpace(text)
	hh, mm, ok := strings.Cut(strings.ReplaceAll(text, ".", ":"), ":")
	h, okH := twoDigits(hh)
	m, okM := twoDigits(mm)
	if !ok || !okH || !okM || len(mm) != 2 || m > 59 || h*60+m > dayMinutes {
		return 0, fmt.Errorf("%q is geen tijd: %s", text, hoursHint)
	}
	return h*60 + m, nil
}

func twoDigits(s string) (int, bool) {
	if len(s) == 0 || len(s) > 2 {
		return 0, false
	}
	n := 0
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0, false
		}
		n = n*10 + int(r-'0')
	}
	return n, true
}

// And returns the hours of h and of more together.
func (h Hours) And(more Hours) Hours {
	return Hours{Spans: slices.Concat(h.Spans, more.Spans)}
}

// On returns the hours of h that begin on one of the days.
func (h Hours) On(days Days) Hours {
	on := Hours{Spans: make([]Span, 0, len(h.Spans))}
	for _, s := range h.Spans {
		if s.Days &= days; s.Days != 0 {
			on.Spans = append(on.Spans, s)
		}
	}
	return on
}

// Never reports whether h has no hours at all.
func (h Hours) Never() bool { return h.neverOn(EveryDay) }

// neverOn reports whether h has no hours that begin on one of days.
func (h Hours) neverOn(days Days) bool {
	return !slices.ContainsFunc(h.Spans, func(s Span) bool { return s.Days&days&EveryDay != 0 })
}

// Always reports whether h is whole days, all of them.
func (h Hours) Always() bool {
	var whole Days
	for _, s := range h.Spans {
		if s.From == 0 && s.Until == dayMinutes {
			whole |= s.Days
		}
	}
	return whole&EveryDay == EveryDay
}

// Open reports whether now is within the hours, on the wall clock of now's own
// zone. Holidays are ordinary days here; [Calendar.Open] knows them.
func (h Hours) Open(now time.Time) bool { return Calendar{Zone: now.Location()}.Open(h, now) }

// NextOpen is the first moment, now or later, within the hours. It is zero when
// there is none.
func (h Hours) NextOpen(now time.Time) time.Time {
	return Calendar{Zone: now.Location()}.NextOpen(h, now)
}

// NextClose is the first moment, now or later, outside the hours. It is zero
// when there is none.
func (h Hours) NextClose(now time.Time) time.Time {
	return Calendar{Zone: now.Location()}.NextClose(h, now)
}

// String writes the hours as people read them: "ma-vr 09:00-17:00".
func (h Hours) String() string {
	parts := make([]string, len(h.Spans))
	for i, s := range h.Spans {
		parts[i] = s.String()
	}
	return strings.Join(parts, ", ")
}

// String writes the span as people read it: "ma-vr 09:00-17:00".
func (s Span) String() string {
	return fmt.Sprintf("%s %02d:%02d-%02d:%02d", s.Days, s.From/60, s.From%60, s.Until/60, s.Until%60)
}

// Quiet moves a planned moment out of quiet hours: to their end when it falls
// within them, otherwise it stays. Hours that never end move nothing, because a
// slip of the pen may not silence anybody for good. It is for what the house
// starts by itself, never for distress or for an answer to a person.
func Quiet(hours Hours, planned time.Time) time.Time {
	if end := hours.NextClose(planned); !end.IsZero() {
		return end
	}
	return planned
}
