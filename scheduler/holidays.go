package scheduler

import "time"

// Dutch names the public holidays of the Netherlands in [Calendar].
const Dutch = "nl"

// Easter returns the first day of Easter of a year, by the Gregorian computus
// (Meeus, Jones and Butcher), which is exact for every year.
func Easter(year int) (time.Month, int) {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	f := (b + 8) / 25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return time.Month(n / 31), n%31 + 1
}

// dutchHoliday returns the Dutch name of the public holiday on a day that is
// counted from 1970, or empty.
//
// These are the days on which municipalities and care offices are closed (CAO
// Gemeenten): Good Friday is not one of them, and Bevrijdingsdag, the fifth of
// May, is one only in lustrum years, those that five divides. Koningsdag is the
// 27th of April, or the 26th when the 27th is a Sunday.
func dutchHoliday(number int) string {
	year, month, day := date(number)
	switch {
	case month == time.January && day == 1:
		return "Nieuwjaarsdag"
	case month == time.December && day == 25:
		return "Eerste Kerstdag"
	case month == time.December && day == 26:
		return "Tweede Kerstdag"
	case month == time.May && day == 5 && year%5 == 0:
		return "Bevrijdingsdag"
	case month == time.April && day == kingsDay(year):
		return "Koningsdag"
	case month < time.March || month > time.June:
		return ""
	}
	easterMonth, easterDay := Easter(year)
	switch number - dayOf(year, easterMonth, easterDay) {
	case 0:
		return "Eerste Paasdag"
	case 1:
		return "Tweede Paasdag"
	case 39:
		return "Hemelvaartsdag"
	case 49:
		return "Eerste Pinksterdag"
	case 50:
		return "Tweede Pinksterdag"
	}
	return ""
}

func kingsDay(year int) int {
	if time.Date(year, time.April, 27, 0, 0, 0, 0, time.UTC).Weekday() == time.Sunday {
		return 26
	}
	return 27
}
