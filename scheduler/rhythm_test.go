package scheduler_test

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"houvast/scheduler"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func rhythm(t testing.TB, spec string, z *time.Location) scheduler.Rhythm {
	t.Helper()
	r, err := scheduler.ParseRhythm(spec, z)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func moment(t testing.TB, text string) time.Time {
	t.Helper()
	m, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Both nights on which the clock changes, and what stands near them.
func TestNextAtTheClockChange(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, spec, after string
		want              []string
	}{
		{"half past two is skipped: it comes as late as the clock jumped", "30 2 * * *", "2027-03-27T12:00:00+01:00",
			[]string{"2027-03-28T03:30:00+02:00", "2027-03-29T02:30:00+02:00"}},
		{"half past two comes twice: it is asked once", "30 2 * * *", "2027-10-30T12:00:00+02:00",
			[]string{"2027-10-31T02:30:00+02:00", "2027-11-01T02:30:00+01:00"}},
		{"between the two half past twos", "30 2 * * *", "2027-10-31T02:45:00+02:00",
			[]string{"2027-11-01T02:30:00+01:00"}},
		{"nine o'clock stays nine o'clock in spring", "0 9 * * *", "2027-03-27T12:00:00+01:00",
			[]string{"2027-03-28T09:00:00+02:00", "2027-03-29T09:00:00+02:00"}},
		{"nine o'clock stays nine o'clock in autumn", "0 9 * * *", "2027-10-30T12:00:00+02:00",
			[]string{"2027-10-31T09:00:00+01:00"}},
		{"two hours that fall together are one", "30 2,3 * * *", "2027-03-28T00:00:00+01:00",
			[]string{"2027-03-28T03:30:00+02:00", "2027-03-29T02:30:00+02:00"}},
		{"every hour is 23 in spring", "0 * * * *", "2027-03-28T00:30:00+01:00",
			[]string{"2027-03-28T01:00:00+01:00", "2027-03-28T03:00:00+02:00", "2027-03-28T04:00:00+02:00"}},
		{"every hour of the wall once in autumn", "0 * * * *", "2027-10-31T01:30:00+02:00",
			[]string{"2027-10-31T02:00:00+02:00", "2027-10-31T03:00:00+01:00"}},
		{"over the end of the year", "0 10 1 1 *", "2026-12-31T23:59:00+01:00",
			[]string{"2027-01-01T10:00:00+01:00", "2028-01-01T10:00:00+01:00"}},
		{"a leap day, eight years apart", "0 10 29 2 *", "2096-03-01T00:00:00+01:00",
			[]string{"2104-02-29T10:00:00+01:00"}},
		{"the clock was before the moment in another zone", "0 10 * * *", "2026-11-23T23:30:00Z",
			[]string{"2026-11-24T10:00:00+01:00"}},
		{"every two weeks, over a year of 53 weeks", "0 10 * * 1 elke 2 weken vanaf 2026-11-30", "2026-11-23T12:00:00+01:00",
			[]string{"2026-11-30T10:00:00+01:00", "2026-12-14T10:00:00+01:00", "2026-12-28T10:00:00+01:00", "2027-01-11T10:00:00+01:00", "2027-01-25T10:00:00+01:00"}},
		{"two days of every second week", "0 10 * * 1,4 elke 2 weken vanaf 2026-12-03", "2026-11-23T12:00:00+01:00",
			[]string{"2026-11-30T10:00:00+01:00", "2026-12-03T10:00:00+01:00", "2026-12-14T10:00:00+01:00"}},
		{"every two weeks over the clock change", "0 9 * * 0 elke 2 weken vanaf 2027-03-14", "2027-03-13T12:00:00+01:00",
			[]string{"2027-03-14T09:00:00+01:00", "2027-03-28T09:00:00+02:00", "2027-04-11T09:00:00+02:00"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			z := zone(t, "Europe/Amsterdam")
			r := rhythm(t, tt.spec, z)
			now := moment(t, tt.after)
			for _, want := range tt.want {
				now = r.Next(now)
				if got := now.Format(time.RFC3339); got != want {
					t.Fatalf("Next is %s, want %s", got, want)
				}
			}
		})
	}
}

// zones change their clocks in different ways: at night, at midnight, by half an hour, never.
var zones = []string{"Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo",
	"America/Santiago", "Asia/Beirut", "Asia/Kathmandu", "UTC"}

// A daily time comes once on every day of three years in every zone, at its own
// time of the wall, or just after when the clock jumps over it.
func TestOnceOnEveryDay(t *testing.T) {
	t.Parallel()
	for _, name := range zones {
		for _, spec := range []string{"0 9 * * *", "30 2 * * *", "15 2 * * *", "0 0 * * *", "30 0 * * *", "59 23 * * *", "0 3 * * *", "30 1 * * *"} {
			t.Run(name+" "+spec, func(t *testing.T) {
				t.Parallel()
				z := zone(t, name)
				r := rhythm(t, spec, z)
				day := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
				last := time.Date(2025, time.December, 31, 23, 59, 59, 0, z)
				for ; day.Year() < 2029; day = day.AddDate(0, 0, 1) {
					next := r.Next(last)
					if y, m, d := next.Date(); y != day.Year() || m != day.Month() || d != day.Day() {
						t.Fatalf("after %s comes %s, want the day %s", last, next, day.Format(time.DateOnly))
					}
					last = next
				}
			})
		}
	}
}

// Next gives what looking at every minute of the wall clock gives: each time
// that the line names, once, mapped by the rule. Nothing between is left out.
func TestNextIsEveryMinuteThatMatches(t *testing.T) {
	t.Parallel()
	specs := []string{"*/20 * * * *", "0,30 2 * * *", "*/20,30 2,3 * * *", "45 1-3 * * *", "0 */2 * * *", "10 0,23 * * *", "*/7 1,2 * * 0,6"}
	for _, name := range zones {
		z := zone(t, name)
		for _, spec := range specs {
			for _, from := range daysWorthALook(z) {
				everyMinuteThatMatches(t, rhythm(t, spec, z), z, from)
			}
		}
	}
}

func everyMinuteThatMatches(t *testing.T, r scheduler.Rhythm, z *time.Location, from time.Time) {
	t.Helper()
	utc := rhythm(t, r.String(), time.UTC) // the same line on a clock without jumps
	until := from.AddDate(0, 0, 3)
	want := map[int64]bool{}
	for w := utc.Next(from.Add(-time.Second)); w.Before(until); w = utc.Next(w) {
		want[shown(w, z).Unix()] = true
	}
	start := shown(from, z).Add(-time.Second)
	end := shown(until, z)
	got := map[int64]bool{}
	for now := r.Next(start); now.Before(end); {
		got[now.Unix()] = true
		next := r.Next(now)
		if !next.After(now) {
			t.Fatalf("%s in %s: after %s comes %s", r, z, now, next)
		}
		now = next
	}
	for u := range want {
		if m := time.Unix(u, 0).In(z); !got[u] && m.After(start) && m.Before(end) {
			t.Errorf("%s in %s: %s is left out", r, z, m)
		}
	}
	for u := range got {
		if !want[u] {
			t.Errorf("%s in %s: %s is not in the line", r, z, time.Unix(u, 0).In(z))
		}
	}
}

// daysWorthALook are the days before the clock changes of three years, and a plain one.
func daysWorthALook(z *time.Location) []time.Time {
	days := []time.Time{time.Date(2026, time.May, 20, 0, 0, 0, 0, time.UTC)}
	for day := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2029; day = day.AddDate(0, 0, 1) {
		_, before := day.In(z).Zone()
		if _, after := day.AddDate(0, 0, 1).In(z).Zone(); before != after {
			days = append(days, day.AddDate(0, 0, -1))
		}
	}
	return days
}

// shown is the rule, written down slowly: the first moment at which the wall
// shows w; if none, as much later as the clock jumped.
func shown(w time.Time, z *time.Location) time.Time {
	shows := func(t time.Time) time.Time {
		t = t.In(z)
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	}
	early := w.Add(-26 * time.Hour)
	before := shows(early).Sub(early) // the offset before any jump of that day
	first := w.Add(-before)
	for _, back := range []time.Duration{-2 * time.Hour, -time.Hour, -30 * time.Minute, 0, 30 * time.Minute, time.Hour, 2 * time.Hour} {
		if t := first.Add(back); shows(t).Equal(w) {
			return t.In(z)
		}
	}
	return first.In(z)
}

// What cannot be a rhythm is refused in words that say what to write.
func TestParseRhythmRefuses(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		"":                      "vijf delen",
		"0 9 * *":               "4 van de vijf delen",
		"TZ=Europe/Amsterdam":   "kan niet",
		"TZ=":                   "kan niet",
		"CRON_TZ=UTC 0 9 * * *": "kan niet",
		"@every 24h":            "kan niet",
		"@daily":                "kan niet",
		"@":                     "kan niet",
		"0 9 * * 7":             "zondag is 0",
		"0 9 30 2 *":            "komt nooit",
		"60 9 * * *":            "begrijp ik niet",
		"0 9 * * maandag":       "begrijp ik niet",
		"*/0 9 * * *":           "begrijp ik niet",
		"0 9 * * 1 elke week":   "elke 2 weken",
		"0 9 * * 1 elke 0 weken vanaf 2026-01-05": "elke 2 weken",
		"0 9 * * 1 elke 2 weken vanaf maandag":    "elke 2 weken",
	} {
		_, err := scheduler.ParseRhythm(spec, time.UTC)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want %q in it", spec, err, want)
		}
	}
}

// A rhythm is stored as it is written.
func TestRhythmString(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{"0 9 * * 1", "*/5 9-17 1,15 * *", "0 10 * * 1 elke 2 weken vanaf 2026-11-30"} {
		if got := rhythm(t, "  "+strings.ReplaceAll(spec, " ", "   "), time.UTC).String(); got != spec {
			t.Errorf("String is %q, want %q", got, spec)
		}
	}
}

// The zero Rhythm is never.
func TestZeroRhythm(t *testing.T) {
	t.Parallel()
	if got := (scheduler.Rhythm{}).Next(time.Unix(0, 0)); !got.IsZero() {
		t.Errorf("Next is %s, want never", got)
	}
}

// No line can make the parser panic or Next stand still.
func FuzzParseRhythm(f *testing.F) {
	for _, s := range []string{"0 9 * * 1-5", "TZ=", "@every 1s", "*/100000 * * * *", "0 9 29 2 *", "0 9 * * 1 elke 2 weken vanaf 2026-01-01", "? ? ? ? ?"} {
		f.Add(s)
	}
	ams, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		f.Fatal(err)
	}
	after := time.Date(2026, time.March, 28, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, spec string) {
		r, err := scheduler.ParseRhythm(spec, ams)
		if err != nil {
			return
		}
		if next := r.Next(after); !next.IsZero() && !next.After(after) {
			t.Errorf("%q: after %s comes %s", spec, after, next)
		}
	})
}

func BenchmarkNext(b *testing.B) {
	z := zone(b, "Europe/Amsterdam")
	r := rhythm(b, "30 9 * * 1", z)
	now := time.Date(2026, time.November, 23, 12, 0, 0, 0, z)
	for b.Loop() {
		r.Next(now)
	}
}
