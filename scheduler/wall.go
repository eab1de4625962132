package scheduler

import "time"

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
