package signals_test

import (
	"testing"
	"time"

	"houvast/scheduler"
	"houvast/signals"
)

// What may be sent to a peer expert by day must not arrive by night.
func TestAPromptEndsWhereQuietBegins(t *testing.T) {
	t.Parallel()

	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	quiet, err := scheduler.ParseHours("ma-zo", "21:00-09:00")
	if err != nil {
		t.Fatal(err)
	}
	monday := time.Date(2026, 3, 2, 15, 0, 0, 0, zone)
	for name, c := range map[string]struct {
		person signals.Person
		want   time.Time
	}{
		"quiet hours":         {signals.Person{Quiet: quiet}, time.Date(2026, 3, 2, 21, 0, 0, 0, zone)},
		"last day of theirs":  {signals.Person{Days: scheduler.Weekdays}, time.Date(2026, 3, 7, 0, 0, 0, 0, zone)},
		"both, the first one": {signals.Person{Quiet: quiet, Days: scheduler.Weekdays}, time.Date(2026, 3, 2, 21, 0, 0, 0, zone)},
		"neither":             {signals.Person{}, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			n := &signals.Network{Zone: zone, People: map[string]signals.Person{"joost": c.person}}
			if got := n.PromptUntil("joost", monday); !got.Equal(c.want) {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
