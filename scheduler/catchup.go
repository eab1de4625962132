package scheduler

import (
	"slices"
	"time"
)

// CatchUpWindow is how late a check-in may still be sent after an outage.
const CatchUpWindow = 2 * time.Hour

// punctual is how late is not late, whatever the window: within a minute nobody
// looks at a clock.
const punctual = time.Minute

// A Decision is what becomes of the moments that came due, one of them sent at
// most. Every moment is in it once: an occurrence runs, or its skip is recorded.
// Whether it says that it comes late shows when its turn to be sent comes.
type Decision struct {
	Send    time.Time // zero: none is sent
	Skipped []Skip
}

// A Skip is a moment that is not sent, and why: "downtime" when it is too long
// ago, "superseded" when a later one is sent instead.
type Skip struct {
	Planned time.Time
	Reason  string
}

// CatchUp decides about moments that came due, in any order: the latest is sent
// when it is no older than window, all others are skipped with a reason. Nobody
// gets three check-ins at once because the house was away for a day. A moment
// that is still to come is left out.
func CatchUp(planned []time.Time, now time.Time, window time.Duration) Decision {
	due := slices.DeleteFunc(slices.Clone(planned), func(t time.Time) bool { return t.After(now) })
	slices.SortFunc(due, time.Time.Compare)
	due = slices.CompactFunc(due, time.Time.Equal)

	var d Decision
	for i, t := range due {
		switch {
		case now.Sub(t) > max(window, punctual):
			d.Skipped = append(d.Skipped, Skip{t, "downtime"})
		case i < len(due)-1:
			d.Skipped = append(d.Skipped, Skip{t, "superseded"})
		default:
			d.Send = t
		}
	}
	return d
}

// perSecond is how many scheduled messages Telegram lets the house send.
const perSecond = 25

// Spread is how long after the moment of the rhythm resident id is asked when n
// residents share it, so that they are not all asked in one second. Everybody
// keeps their own minute: it changes only when n outgrows a window, and windows
// double. It is between nothing and that window: a minute for up to 1,500.
func Spread(id int64, n int) time.Duration {
	window := time.Minute
	for window/time.Second*perSecond < time.Duration(n) && window < 12*time.Hour {
		window *= 2
	}
	return time.Duration(scatter(uint64(id))%uint64(window/time.Millisecond)) * time.Millisecond
}

// scatter spreads neighbouring ids evenly (the finisher of splitmix64).
func scatter(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
