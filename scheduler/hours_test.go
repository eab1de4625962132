package scheduler_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"houvast/scheduler"
)

// local reads a moment of the wall clock in Amsterdam.
func local(t testing.TB, text string) time.Time {
	t.Helper()
	m, err := time.ParseInLocation("2006-01-02 15:04", text, zone(t, "Europe/Amsterdam"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func parse(t testing.TB, days, hours string) scheduler.Hours {
	t.Helper()
	h, err := scheduler.ParseHours(days, hours)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestParseDays(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"ma":                         "ma",
		"ma-vr":                      "ma-vr",
		"ma, di,do":                  "ma, di, do",
		"Maandag Woensdag":           "ma, wo",
		"vr-ma":                      "ma, vr-zo",
		"elke dag":                   "ma-zo",
		"ma-wo, vr":                  "ma-wo, vr",
		"za, zo":                     "za, zo",
		"zo":                         "zo",
		"ma, di, wo, do, vr, za, zo": "ma-zo",
	} {
		d, err := scheduler.ParseDays(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := d.String(); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
		if again, err := scheduler.ParseDays(d.String()); err != nil || again != d {
			t.Errorf("%q is read back as %s, %v", d, again, err)
		}
	}
	for _, text := range []string{"", "mandag", "ma-", "-", "ma-vrijdags", ","} {
		if d, err := scheduler.ParseDays(text); err == nil {
			t.Errorf("%q is read as %s", text, d)
		}
	}
	if d := scheduler.DaysOf(time.Monday, time.Sunday); d.String() != "ma, zo" || d.Len() != 2 || !d.Has(time.Sunday) || d.Has(time.Tuesday) {
		t.Errorf("monday and sunday are %s", d)
	}
}

func TestParseHoursRefuses(t *testing.T) {
	t.Parallel()
	for hours, want := range map[string]string{
		"":             "geen uren",
		"9 tot 5":      "geen uren",
		"09:00":        "geen uren",
		"09:00-25:00":  "geen tijd",
		"09:60-17:00":  "geen tijd",
		"9:0-17:00":    "geen tijd",
		"24:01-25:00":  "geen tijd",
		"24:00-09:00":  "niet om 24:00",
		"09:00-09:00":  "hetzelfde moment",
		"09:00-12:00,": "geen uren",
	} {
		if _, err := scheduler.ParseHours("ma", hours); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want %q in it", hours, err, want)
		}
	}
	if _, err := scheduler.ParseHours("maandagen", "09:00-17:00"); err == nil {
		t.Error("maandagen is read as days")
	}
}

// Hours open and close by the clock on the wall, over midnight and at both clock changes.
func TestHours(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, days, hours string
		now               string
		open              bool
		opens, closes     string // from now on
	}{
		{"within", "ma-vr", "09:00-17:00", "2026-03-02 10:00", true, "2026-03-02 10:00", "2026-03-02 17:00"},
		{"the first minute", "ma-vr", "09:00-17:00", "2026-03-02 09:00", true, "2026-03-02 09:00", "2026-03-02 17:00"},
		{"the last minute is over", "ma-vr", "09:00-17:00", "2026-03-02 17:00", false, "2026-03-03 09:00", "2026-03-02 17:00"},
		{"the weekend", "ma-vr", "09:00-17:00", "2026-03-07 10:00", false, "2026-03-09 09:00", "2026-03-07 10:00"},
		{"over midnight, in the evening", "", "21:00-09:00", "2026-03-02 22:00", true, "2026-03-02 22:00", "2026-03-03 09:00"},
		{"over midnight, in the morning", "", "21:00-09:00", "2026-03-02 08:59", true, "2026-03-02 08:59", "2026-03-02 09:00"},
		{"over midnight, the day it began counts", "vr", "21:00-09:00", "2026-03-07 03:00", true, "2026-03-07 03:00", "2026-03-07 09:00"},
		{"and not the next", "vr", "21:00-09:00", "2026-03-07 21:00", false, "2026-03-13 21:00", "2026-03-07 21:00"},
		{"with a break", "ma-vr", "09:00-12:00, 13:00-17:00", "2026-03-02 12:00", false, "2026-03-02 13:00", "2026-03-02 12:00"},
		{"two that touch are one", "ma-vr", "09:00-12:00, 12:00-17:00", "2026-03-02 10:00", true, "2026-03-02 10:00", "2026-03-02 17:00"},
		{"a whole day", "za", "00:00-24:00", "2026-03-07 00:00", true, "2026-03-07 00:00", "2026-03-08 00:00"},
		{"over a year's end", "do", "22:00-06:00", "2027-01-01 05:00", true, "2027-01-01 05:00", "2027-01-01 06:00"},
		{"the short night ends when the wall says so", "", "21:00-09:00", "2026-03-29 01:30", true, "2026-03-29 01:30", "2026-03-29 09:00"},
		{"a time that is jumped over", "", "02:15-02:45", "2026-03-29 01:30", false, "2026-03-29 03:15", "2026-03-29 01:30"},
		{"never", "", "", "2026-03-02 10:00", false, "", "2026-03-02 10:00"},
		{"always", "", "00:00-24:00", "2026-03-02 10:00", true, "2026-03-02 10:00", ""},
		{"always in two halves", "", "00:00-12:00, 12:00-24:00", "2026-03-02 10:00", true, "2026-03-02 10:00", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var h scheduler.Hours
			if tt.hours != "" {
				h = parse(t, tt.days, tt.hours)
			}
			now := local(t, tt.now)
			if got := h.Open(now); got != tt.open {
				t.Errorf("open is %v, want %v", got, tt.open)
			}
			for what, pair := range map[string]struct {
				got  time.Time
				want string
			}{"NextOpen": {h.NextOpen(now), tt.opens}, "NextClose": {h.NextClose(now), tt.closes}} {
				if pair.want == "" {
					if !pair.got.IsZero() {
						t.Errorf("%s is %s, want never", what, pair.got)
					}
				} else if want := local(t, pair.want); !pair.got.Equal(want) {
					t.Errorf("%s is %s, want %s", what, pair.got, want)
				}
			}
		})
	}
}

// The hour that comes twice in autumn belongs to the hours both times, and the
// night is as long as it is.
func TestHoursInTheLongNight(t *testing.T) {
	t.Parallel()
	h := parse(t, "", "21:00-09:00")
	start := local(t, "2026-10-24 21:00")
	if got, want := h.NextClose(start).Sub(start), 13*time.Hour; got != want {
		t.Errorf("the night is %s, want %s", got, want)
	}
	for m := start; m.Before(start.Add(13 * time.Hour)); m = m.Add(time.Minute) {
		if !h.Open(m) {
			t.Fatalf("not open at %s", m)
		}
	}
}

// NextOpen and NextClose say what looking at every minute says.
func TestHoursMinuteByMinute(t *testing.T) {
	t.Parallel()
	z := zone(t, "Europe/Amsterdam")
	rapid.Check(t, func(rt *rapid.T) {
		var h scheduler.Hours
		for range rapid.IntRange(1, 3).Draw(rt, "spans") {
			from := rapid.IntRange(0, 23*4).Draw(rt, "from") * 15
			until := rapid.IntRange(1, 24*4).Draw(rt, "until") * 15
			if from == until {
				continue
			}
			h.Spans = append(h.Spans, scheduler.Span{Days: scheduler.Days(rapid.IntRange(1, 127).Draw(rt, "days")), From: from, Until: until})
		}
		cal := scheduler.Calendar{Zone: z, Holidays: rapid.SampledFrom([]string{"", scheduler.Dutch}).Draw(rt, "holidays")}
		days := []int{0, 86, 87, 88, 95, 96, 296, 297, 298, 358, 359, 364}
		day := rapid.SampledFrom(days).Draw(rt, "day")
		now := time.Date(2026, 1, 1+day, rapid.IntRange(0, 23).Draw(rt, "hour"), 0, 0, 0, z)
		opens, closes := cal.NextOpen(h, now), cal.NextClose(h, now)
		var seenOpen, seenClosed bool
		for m := now; m.Before(now.Add(48 * time.Hour)); m = m.Add(15 * time.Minute) {
			open := cal.Open(h, m)
			if open && !seenOpen {
				seenOpen = true
				if !opens.Equal(m) {
					rt.Fatalf("%s: NextOpen(%s) is %s, want %s", h, now, opens, m)
				}
			}
			if !open && !seenClosed {
				seenClosed = true
				if !closes.Equal(m) {
					rt.Fatalf("%s: NextClose(%s) is %s, want %s", h, now, closes, m)
				}
			}
		}
	})
}

func TestQuiet(t *testing.T) {
	t.Parallel()
	h := parse(t, "", "21:00-09:00")
	for planned, want := range map[string]string{
		"2026-03-02 12:00": "2026-03-02 12:00",
		"2026-03-02 22:00": "2026-03-03 09:00",
		"2026-03-02 08:00": "2026-03-02 09:00",
		"2026-03-29 01:00": "2026-03-29 09:00",
	} {
		if got := scheduler.Quiet(h, local(t, planned)); !got.Equal(local(t, want)) {
			t.Errorf("%s becomes %s, want %s", planned, got, want)
		}
	}
	planned := local(t, "2026-03-02 12:00")
	if got := scheduler.Quiet(parse(t, "", "00:00-24:00"), planned); !got.Equal(planned) {
		t.Errorf("quiet for ever moves it to %s", got)
	}
	if got := scheduler.Quiet(scheduler.Hours{}, planned); !got.Equal(planned) {
		t.Errorf("no quiet hours move it to %s", got)
	}
}
