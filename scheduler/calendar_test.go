package scheduler_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"houvast/scheduler"
)

// The holidays of years that differ: Koningsdag on a Sunday, lustrum years, and
// Easter at its earliest and latest.
func TestDutchHolidays(t *testing.T) {
	t.Parallel()
	for year, want := range map[int]string{
		2025: "01-01 Nieuwjaarsdag, 04-20 Eerste Paasdag, 04-21 Tweede Paasdag, 04-26 Koningsdag, 05-05 Bevrijdingsdag, 05-29 Hemelvaartsdag, 06-08 Eerste Pinksterdag, 06-09 Tweede Pinksterdag, 12-25 Eerste Kerstdag, 12-26 Tweede Kerstdag",
		2026: "01-01 Nieuwjaarsdag, 04-05 Eerste Paasdag, 04-06 Tweede Paasdag, 04-27 Koningsdag, 05-14 Hemelvaartsdag, 05-24 Eerste Pinksterdag, 05-25 Tweede Pinksterdag, 12-25 Eerste Kerstdag, 12-26 Tweede Kerstdag",
		2008: "01-01 Nieuwjaarsdag, 03-23 Eerste Paasdag, 03-24 Tweede Paasdag, 04-26 Koningsdag, 05-01 Hemelvaartsdag, 05-11 Eerste Pinksterdag, 05-12 Tweede Pinksterdag, 12-25 Eerste Kerstdag, 12-26 Tweede Kerstdag",
		2038: "01-01 Nieuwjaarsdag, 04-25 Eerste Paasdag, 04-26 Tweede Paasdag, 04-27 Koningsdag, 06-03 Hemelvaartsdag, 06-13 Eerste Pinksterdag, 06-14 Tweede Pinksterdag, 12-25 Eerste Kerstdag, 12-26 Tweede Kerstdag",
	} {
		cal := scheduler.Calendar{Zone: zone(t, "Europe/Amsterdam"), Holidays: scheduler.Dutch}
		var got []string
		for day := time.Date(year, 1, 1, 12, 0, 0, 0, cal.Zone); day.Year() == year; day = day.AddDate(0, 0, 1) {
			if name := cal.Holiday(day); name != "" {
				got = append(got, fmt.Sprintf("%s %s", day.Format("01-02"), name))
			}
		}
		if s := strings.Join(got, ", "); s != want {
			t.Errorf("%d\ngot  %s\nwant %s", year, s, want)
		}
	}
	if name := (scheduler.Calendar{}).Holiday(time.Date(2026, 12, 25, 12, 0, 0, 0, time.UTC)); name != "" {
		t.Errorf("a calendar without holidays has %s", name)
	}
}

// The day is the day in the calendar's zone, whatever zone the moment came in.
func TestHolidayInZone(t *testing.T) {
	t.Parallel()
	cal := scheduler.Calendar{Zone: zone(t, "Europe/Amsterdam"), Holidays: scheduler.Dutch}
	if got := cal.Holiday(time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC)); got != "Nieuwjaarsdag" {
		t.Errorf("half past midnight on New Year's Day is %q", got)
	}
}

func TestCalendarOpen(t *testing.T) {
	t.Parallel()
	cal := scheduler.Calendar{Zone: zone(t, "Europe/Amsterdam"), Holidays: scheduler.Dutch}
	office, crisis := parse(t, "ma-vr", "09:00-17:00"), parse(t, "", "00:00-24:00")
	sunday := parse(t, "zo", "12:00-14:00").And(office)
	for _, tt := range []struct {
		name string
		h    scheduler.Hours
		when string
		want bool
	}{
		{"an office on Easter Monday", office, "2026-04-06 10:00", false},
		{"a team of all days on Easter Monday", crisis, "2026-04-06 10:00", true},
		{"who works on Sundays works on a holiday as on a Sunday", sunday, "2026-04-06 13:00", true},
		{"and not as on a Monday", sunday, "2026-04-06 10:00", false},
		{"an office the day after", office, "2026-04-07 10:00", true},
	} {
		if got := cal.Open(tt.h, local(t, tt.when)); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	if cal.WorkingDay(local(t, "2026-04-06 10:00")) || !cal.WorkingDay(local(t, "2026-04-07 10:00")) || cal.WorkingDay(local(t, "2026-04-11 10:00")) {
		t.Error("working days are not those that are worked")
	}
}

func TestAddWorking(t *testing.T) {
	t.Parallel()
	cal := scheduler.Calendar{Zone: zone(t, "Europe/Amsterdam"), Holidays: scheduler.Dutch}
	office := parse(t, "ma-vr", "09:00-17:00")
	part := parse(t, "ma, do", "09:00-12:00").And(parse(t, "vr", "13:00-17:00"))
	night := parse(t, "", "21:00-07:00")
	always := parse(t, "", "00:00-24:00")
	tests := []struct {
		name string
		got  func(time.Time) time.Time
		from string
		want string
	}{
		{"four hours in the morning", hoursOf(cal, 4*time.Hour, office), "2026-03-02 09:00", "2026-03-02 13:00"},
		{"to the very end of the day", hoursOf(cal, 4*time.Hour, office), "2026-03-02 13:00", "2026-03-02 17:00"},
		{"over the night", hoursOf(cal, 4*time.Hour, office), "2026-03-02 15:00", "2026-03-03 11:00"},
		{"from the evening", hoursOf(cal, 4*time.Hour, office), "2026-03-02 20:00", "2026-03-03 13:00"},
		{"over the weekend", hoursOf(cal, 4*time.Hour, office), "2026-03-06 16:00", "2026-03-09 12:00"},
		{"over Easter", hoursOf(cal, 4*time.Hour, office), "2026-04-03 16:00", "2026-04-07 12:00"},
		{"from Christmas to New Year", hoursOf(cal, 40*time.Hour, office), "2026-12-24 16:00", "2027-01-04 16:00"},
		{"nothing at all waits for the opening", hoursOf(cal, 0, office), "2026-03-07 10:00", "2026-03-09 09:00"},
		{"day and night", hoursOf(cal, 30*time.Hour, always), "2026-03-07 10:00", "2026-03-08 16:00"},
		{"hours that are short", hoursOf(cal, 5*time.Hour, part), "2026-03-02 09:00", "2026-03-05 11:00"},
		{"one working day", daysOf(cal, 1, office), "2026-03-02 16:00", "2026-03-03 16:00"},
		{"one working day from Friday", daysOf(cal, 1, office), "2026-03-06 16:00", "2026-03-09 16:00"},
		{"one working day from Saturday", daysOf(cal, 1, office), "2026-03-07 16:00", "2026-03-10 09:00"},
		{"two working days over Easter", daysOf(cal, 2, office), "2026-04-02 10:00", "2026-04-07 10:00"},
		{"a day with other hours ends at its opening", daysOf(cal, 1, part), "2026-03-05 10:00", "2026-03-06 13:00"},
		{"no working day", daysOf(cal, 0, office), "2026-03-02 10:00", "2026-03-02 10:00"},
		{"the next morning", morningOf(cal, office), "2026-03-02 10:00", "2026-03-03 09:00"},
		{"the next morning from the night is today", morningOf(cal, office), "2026-03-02 03:00", "2026-03-02 09:00"},
		{"the next morning is not now", morningOf(cal, office), "2026-03-02 09:00", "2026-03-03 09:00"},
		{"the next morning after Friday", morningOf(cal, office), "2026-03-06 10:00", "2026-03-09 09:00"},
		{"the next morning after the day before Christmas", morningOf(cal, office), "2026-12-24 10:00", "2026-12-28 09:00"},
		{"the next morning of day and night", morningOf(cal, always), "2026-03-02 10:00", "2026-03-03 07:00"},
		{"the next morning of a night watch is when it comes", morningOf(cal, night), "2026-03-02 10:00", "2026-03-02 21:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, want := tt.got(local(t, tt.from)), local(t, tt.want); !got.Equal(want) {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
	for _, never := range []time.Time{cal.AddWorkingTime(local(t, "2026-03-02 10:00"), time.Hour, scheduler.Hours{}),
		cal.AddWorkingDays(local(t, "2026-03-02 10:00"), 1, scheduler.Hours{}), cal.NextWorkingMorning(local(t, "2026-03-02 10:00"), scheduler.Hours{})} {
		if !never.IsZero() {
			t.Errorf("hours that are never give %s", never)
		}
	}
}

func hoursOf(c scheduler.Calendar, d time.Duration, h scheduler.Hours) func(time.Time) time.Time {
	return func(t time.Time) time.Time { return c.AddWorkingTime(t, d, h) }
}

func daysOf(c scheduler.Calendar, n int, h scheduler.Hours) func(time.Time) time.Time {
	return func(t time.Time) time.Time { return c.AddWorkingDays(t, n, h) }
}

func morningOf(c scheduler.Calendar, h scheduler.Hours) func(time.Time) time.Time {
	return func(t time.Time) time.Time { return c.NextWorkingMorning(t, h) }
}

// Whether it is open is told in a quick way on days on which no clock changes; it
// must be what the closing moments say, at every minute, also around those days.
func TestOpenAgreesWithItsClosings(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	c := scheduler.Calendar{Zone: zone, Holidays: scheduler.Dutch}
	for _, hours := range [][2]string{{"ma-vr", "09:00-17:00"}, {"vr,za", "22:00-06:00"}, {"ma-zo", "00:00-24:00"}, {"zo", "01:30-03:15, 23:00-02:30"}} {
		h, err := scheduler.ParseHours(hours[0], hours[1])
		if err != nil {
			t.Fatal(err)
		}
		for _, day := range []time.Time{
			time.Date(2026, 3, 24, 0, 0, 0, 0, zone), time.Date(2026, 10, 20, 0, 0, 0, 0, zone), time.Date(2026, 12, 23, 0, 0, 0, 0, zone),
		} {
			for minute := range 9 * 24 * 60 / 7 {
				at := day.Add(time.Duration(7*minute) * time.Minute)
				closing := c.NextClose(h, at)
				if open := closing.IsZero() || closing.After(at); c.Open(h, at) != open {
					t.Fatalf("%s at %s: got %v, want %v", h, at, !open, open)
				}
			}
		}
	}
}
