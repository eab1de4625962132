package scheduler_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"houvast/scheduler"
)

// What a moment knows of the clock and the day holds for the moments that are told
// from it too, over a clock change and a public holiday, and for some of the days.
func TestMoment(t *testing.T) {
	t.Parallel()
	cal := scheduler.Calendar{Zone: zone(t, "Europe/Amsterdam"), Holidays: scheduler.Dutch}
	rapid.Check(t, func(rt *rapid.T) {
		at := func(name string) time.Time {
			day := rapid.SampledFrom([]string{"2026-03-27", "2026-03-29", "2026-04-05", "2026-10-23", "2026-10-25"}).Draw(rt, name+" day")
			return local(t, day+" 00:00").Add(time.Duration(rapid.IntRange(0, 4*24*4).Draw(rt, name)) * 15 * time.Minute)
		}
		h := scheduler.Hours{Spans: []scheduler.Span{{
			Days: scheduler.Days(rapid.IntRange(1, 127).Draw(rt, "of")),
			From: rapid.IntRange(0, 47).Draw(rt, "from") * 30, Until: rapid.IntRange(1, 48).Draw(rt, "until") * 30,
		}}}
		days := scheduler.Days(rapid.IntRange(0, 127).Draw(rt, "days"))
		first, then := at("first"), at("then")

		m := cal.Moment(first)
		m = m.To(then)
		if !m.Time().Equal(then) {
			rt.Fatalf("%s is at %s", then, m.Time())
		}
		if got, want := m.OpenOn(h, days), cal.Open(h.On(days), then); got != want {
			rt.Errorf("%s on %s, %s after %s: open is %v, want %v", h, days, then, first, got, want)
		}
		if got, want := m.NextOpenOn(h, days), cal.NextOpen(h.On(days), then); !got.Equal(want) {
			rt.Errorf("%s on %s, %s after %s: opens %s, want %s", h, days, then, first, got, want)
		}
		if got, want := m.NextCloseOn(h, days), cal.NextClose(h.On(days), then); !got.Equal(want) {
			rt.Errorf("%s on %s, %s after %s: closes %s, want %s", h, days, then, first, got, want)
		}
		if got, want := m.AddWorkingTime(3*time.Hour, h), cal.AddWorkingTime(then, 3*time.Hour, h); !got.Equal(want) {
			rt.Errorf("%s, %s after %s: three hours are %s, want %s", h, then, first, got, want)
		}
	})
}
