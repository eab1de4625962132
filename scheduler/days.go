package scheduler

import (
	"fmt"
	"math/bits"
	"strings"
	"time"
)

// Days are days of the week, one bit each, Monday first. The zero Days are none.
type Days uint8

// The usual sets of days.
const (
	Weekdays Days = 0b0011111 // Monday to Friday
	EveryDay Days = 0b1111111
)

const (
	daysInOne = 7
	dayHint   = "schrijf dagen als ma, di, wo, do, vr, za, zo, of als ma-vr"
)

// dutchDays are the ways in which people write a day, Monday first.
var dutchDays = [daysInOne][]string{
	{"ma", "maandag"}, {"di", "dinsdag"}, {"wo", "woensdag"}, {"do", "donderdag"},
	{"vr", "vrijdag"}, {"za", "zaterdag"}, {"zo", "zondag"},
}

// ParseDays reads days as people write them: "ma", "ma, di, do", "ma-vr",
// "vr-ma" (Friday to Monday), "elke dag". The error is in Dutch and says what
// to write instead.
func ParseDays(text string) (Days, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "elke dag" || text == "dagelijks" {
		return EveryDay, nil
	}
	var d Days
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		first, last, isRange := strings.Cut(part, "-")
		from, ok := dayNumber(first)
		if !ok {
			return 0, fmt.Errorf("%q is geen dag: %s", first, dayHint)
		}
		until := from
		if isRange {
			if until, ok = dayNumber(last); !ok {
				return 0, fmt.Errorf("%q is geen dag: %s", last, dayHint)
			}
		}
		for i := from; ; i = (i + 1) % daysInOne {
			d |= 1 << i
			if i == until {
				break
			}
		}
	}
	if d == 0 {
		return 0, fmt.Errorf("hier staat geen dag: %s", dayHint)
	}
	return d, nil
}

func dayNumber(name string) (int, bool) {
	for i, names := range dutchDays {
		for _, n := range names {
			if name == n {
				return i, true
			}
		}
	}
	return 0, false
}

// DaysOf returns the set of the given days.
func DaysOf(days ...time.Weekday) Days {
	var d Days
	for _, w := range days {
		d |= 1 << mondayFirst(w)
	}
	return d
}

// Has reports whether w is one of the days.
func (d Days) Has(w time.Weekday) bool { return d&(1<<mondayFirst(w)) != 0 }

// Len is how many days there are.
func (d Days) Len() int { return bits.OnesCount8(uint8(d & EveryDay)) }

// String writes the days so that [ParseDays] reads them again: "ma-vr", "ma, di, do".
func (d Days) String() string {
	var parts []string
	for i := 0; i < daysInOne; i++ {
		if d&(1<<i) == 0 {
			continue
		}
		last := i
		for last+1 < daysInOne && d&(1<<(last+1)) != 0 {
			last++
		}
		switch {
		case last-i >= 2:
			parts = append(parts, dutchDays[i][0]+"-"+dutchDays[last][0])
			i = last
		default:
			parts = append(parts, dutchDays[i][0])
		}
	}
	return strings.Join(parts, ", ")
}

func mondayFirst(w time.Weekday) int { return (int(w) + 6) % daysInOne }
