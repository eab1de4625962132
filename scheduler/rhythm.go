package scheduler

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// A Rhythm is when somebody wants to be asked how it goes: a cron line in the
// wall-clock time of one zone. The zero Rhythm is never. It holds no place in
// time: what is due next is worked out from what was due last.
type Rhythm struct {
	spec  string
	cron  *cron.SpecSchedule
	zone  *time.Location
	weeks int // every so many weeks; 0 and 1: each
	from  time.Time
}

const rhythmHint = `schrijf vijf delen: minuut, uur, dag, maand, weekdag; elke maandag om half tien is "30 9 * * 1"`

// ParseRhythm reads a cron line of five fields (minute, hour, day of the month,
// month, day of the week with 0 for Sunday), in zone; a nil zone is UTC. When
// both day fields are given, either is enough, as in every cron.
//
// After the five fields may stand "elke 2 weken vanaf 2026-03-02": then only
// that week and every second week after it count, over the ends of years too.
//
// Anything else is refused in Dutch, saying what to write: also "@every", which
// drifts over the clock change, and "TZ=", on which the parser we use panics.
func ParseRhythm(spec string, zone *time.Location) (Rhythm, error) {
	if zone == nil {
		zone = time.UTC
	}
	if strings.ContainsAny(spec, "=@") {
		return Rhythm{}, fmt.Errorf("%q kan niet: %s", spec, rhythmHint)
	}
	fields := strings.Fields(spec)
	if len(fields) < 5 {
		return Rhythm{}, fmt.Errorf("%q heeft %d van de vijf delen: %s", spec, len(fields), rhythmHint)
	}
	r := Rhythm{spec: strings.Join(fields, " "), zone: zone}
	if err := r.parseWeeks(fields[5:]); err != nil {
		return Rhythm{}, err
	}
	if strings.ContainsRune(fields[4], '7') {
		return Rhythm{}, fmt.Errorf("%q: de dagen zijn 0 tot en met 6, en zondag is 0", spec)
	}
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	parsed, err := parser.Parse(strings.Join(fields[:5], " "))
	if err != nil {
		return Rhythm{}, fmt.Errorf("%q begrijp ik niet: %s", spec, rhythmHint)
	}
	line, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return Rhythm{}, fmt.Errorf("%q begrijp ik niet: %s", spec, rhythmHint)
	}
	line.Location = time.UTC // the wall clock, carried as UTC
	r.cron = line
	if r.Next(time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Rhythm{}, fmt.Errorf("%q komt nooit: die dag bestaat niet", spec)
	}
	return r, nil
}

func (r *Rhythm) parseWeeks(words []string) error {
	if len(words) == 0 {
		return nil
	}
	problem := errors.New(`na de vijf delen mag alleen iets staan als "elke 2 weken vanaf 2026-03-02"`)
	if len(words) != 5 || words[0] != "elke" || words[2] != "weken" || words[3] != "vanaf" {
		return problem
	}
	n, err := strconv.Atoi(words[1])
	if err != nil || n < 1 || n > 52 {
		return problem
	}
	if r.from, err = time.Parse(time.DateOnly, words[4]); err != nil {
		return problem
	}
	r.weeks = n
	return nil
}

// String is the line as it was written, which [ParseRhythm] reads again.
func (r Rhythm) String() string { return r.spec }

// Next is the first moment after after that r names, in r's zone. A moment that
// the clock change skips comes as much later as the clock jumped; one that it
// repeats comes once, the first time. It is zero for the zero Rhythm only; a
// parsed one always has a next, within eight years of leap days.
func (r Rhythm) Next(after time.Time) time.Time {
	if r.cron == nil {
		return time.Time{}
	}
	after = after.In(r.zone)
	w := wall(after)
	// Just past a jump forward the wall clock is past times that are still to
	// come, shifted: step back and look again.
	if _, before := after.Add(-jump).Zone(); !sameOffset(after, before) {
		w = w.Add(-jump)
	}
	var next time.Time
	for range stepLimit {
		w = r.step(w)
		// a shifted moment may be overtaken by one that the wall shows later
		if w.IsZero() || !next.IsZero() && w.After(wall(next)) {
			return next
		}
		t := instant(w, r.zone)
		if !t.After(after) || !next.IsZero() && !t.Before(next) {
			continue
		}
		if next = t; wall(t).Equal(w) {
			return next
		}
	}
	return next
}

// jump is more than any wall clock jumped this century, but for islands that changed sides of the date line.
const jump = 3 * time.Hour

// stepLimit bounds the work of Next: three hours of minutes, and fifty years of
// days that a rhythm of so many weeks passes over.
const stepLimit = 100_000

// step is the next moment on the wall clock, in a week that counts.
func (r Rhythm) step(w time.Time) time.Time {
	for range stepLimit {
		next := r.cron.Next(w)
		if next.IsZero() {
			// the cron library gives up after five years; leap days may be eight apart
			if next = r.cron.Next(w.AddDate(4, 0, 0)); next.IsZero() {
				return next
			}
		}
		if r.counts(next) {
			return next
		}
		w = next
	}
	return time.Time{}
}

func (r Rhythm) counts(w time.Time) bool {
	if r.weeks < 2 {
		return r.from.IsZero() || !w.Before(monday(r.from))
	}
	weeks := int(monday(w).Sub(monday(r.from)).Hours()) / (7 * 24)
	return weeks >= 0 && weeks%r.weeks == 0
}

// monday is the first moment of the week of w.
func monday(w time.Time) time.Time {
	y, m, d := w.Date()
	return time.Date(y, m, d-mondayFirst(w.Weekday()), 0, 0, 0, 0, time.UTC)
}

func sameOffset(t time.Time, offset int) bool {
	_, o := t.Zone()
	return o == offset
}
