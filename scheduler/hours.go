// Package scheduler decides when: rhythms, duty hours, holidays, quiet hours.
//
// It reads no clock. Moments come in with a time zone and go out in the same
// one; the package never starts anything by itself.
package scheduler

// Days are days of the week, one bit each, Monday first. The zero Days are none.
type Days uint8

// Hours are opening hours by day of the week in wall-clock time, such as
// "ma-vr 09:00-17:00". A span may cross midnight. The zero Hours are never.
type Hours struct {
	Spans []Span
}

// A Span is from From to Until, in minutes after midnight, on each of Days.
// Until before From means the next day.
type Span struct {
	Days        Days
	From, Until int
}
