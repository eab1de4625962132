package scheduler

import (
	"math"
	"time"
)

// At returns the moment at which the clock on the wall in zone shows the given
// minute of the given day; minutes past the end of the day run into the next.
//
// Twice a year the wall clock jumps. A time that the jump forward leaves out
// comes as much later as the clock jumped (02:30 becomes 03:30); of a time that
// the jump back shows twice, the first is meant. So what happens once a day
// happens exactly once on every day. This is the "compatible" rule of java.time
// and of ECMAScript's Temporal.
func At(year int, month time.Month, day, minute int, zone *time.Location) time.Time {
	return instant(time.Date(year, month, day, 0, minute, 0, 0, time.UTC), zone)
}

// wall carries what the clock on the wall shows at t as if it were UTC: a clock without jumps.
func wall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// instant is the other way round: the moment at which the wall clock in zone shows w.
func instant(w time.Time, zone *time.Location) time.Time {
	u := w.In(zone)
	start, end := u.ZoneBounds()
	if _, here := u.Zone(); (start.IsZero() || w.Sub(start) > calm) && (end.IsZero() || end.Sub(w) > calm) {
		return w.Add(-seconds(here)).In(zone) // no jump anywhere near, as on almost all days
	}
	near := time.Date(w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second(), w.Nanosecond(), zone)
	start, _ = near.ZoneBounds()
	_, here := near.Zone()
	if wall(near).Equal(w) {
		if start.IsZero() {
			return near
		}
		// the clock may have shown w before it jumped back
		if first := w.Add(-offsetBefore(start)).In(zone); first.Before(start) {
			return first
		}
		return near
	}
	// w was jumped over. time.Date counted with the offset of one side of the
	// jump: with the one before it, w comes after the jump, as late as that was long.
	if wall(near).After(w) {
		return near
	}
	return w.Add(-seconds(here)).In(zone)
}

// calm is how far from a jump a moment must be to be none of its business: a
// day and a bit, because zones are up to 14 hours from UTC.
const calm = 30 * time.Hour

func offsetBefore(jump time.Time) time.Duration {
	_, offset := jump.Add(-time.Second).Zone()
	return seconds(offset)
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// A stretch is the time between two jumps of the wall clock in a zone. Within it
// wall and moment are always equally far apart, so that the zone is asked once.
type stretch struct {
	zone        *time.Location
	from, until int64 // the jumps, in seconds since 1970
	ahead       int64 // how many seconds the wall is ahead of UTC
}

func stretchAt(t time.Time, zone *time.Location) stretch {
	t = t.In(zone)
	_, ahead := t.Zone()
	s := stretch{zone: zone, from: math.MinInt64 / 4, until: math.MaxInt64 / 4, ahead: int64(ahead)}
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		s.from = start.Unix()
	}
	if !end.IsZero() {
		s.until = end.Unix()
	}
	return s
}

// holds reports whether t lies in the stretch.
func (s *stretch) holds(t time.Time) bool { u := t.Unix(); return s.from <= u && u < s.until }

// calm reports whether a moment, in seconds since 1970, is in the stretch and far
// from a jump.
func (s *stretch) calm(u int64) bool {
	const far = int64(calm / time.Second)
	return u-s.from > far && s.until-u > far
}

const daySeconds = 24 * 60 * 60

// wall is the day, counted from 1970, and the minute that the wall shows at t,
// which must lie in the stretch.
func (s *stretch) wall(t time.Time) (day, minute int) {
	u := t.Unix() + s.ahead
	day, second := int(u/daySeconds), int(u%daySeconds)
	if second < 0 {
		day, second = day-1, second+daySeconds
	}
	return day, second / 60
}

// at is [At] for a day that is counted from 1970.
func (s *stretch) at(day, minute int) time.Time {
	wall := int64(day)*daySeconds + int64(minute)*60
	if u := wall - s.ahead; s.calm(u) {
		return time.Unix(u, 0).In(s.zone)
	}
	return instant(time.Unix(wall, 0).UTC(), s.zone)
}

// dayOf counts days from 1970.
func dayOf(year int, month time.Month, day int) int {
	return int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / daySeconds)
}

// date is a day that is counted from 1970.
func date(day int) (int, time.Month, int) {
	return time.Unix(int64(day)*daySeconds, 0).UTC().Date()
}

// weekday is the day of the week of a day that is counted from 1970, a Thursday.
func weekday(day int) time.Weekday {
	return time.Weekday(((day+int(time.Thursday))%daysInOne + daysInOne) % daysInOne)
}
