package bot

import (
	"testing"
	"time"
	_ "time/tzdata"
)

// A card says a moment as the clock on the wall shows it, also when that jumps.
func TestMoment(t *testing.T) {
	t.Parallel()

	for _, name := range []string{"Europe/Amsterdam", "UTC", "America/St_Johns", "Pacific/Kiritimati", "Europe/Dublin"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for at := time.Date(2026, 1, 1, 0, 0, 0, 0, zone); at.Year() < 2027; at = at.Add(17 * time.Minute) {
			if got, want := moment(at), day(at)+" "+clockTime(at); got != want {
				t.Fatalf("%s is said as %q, want %q", at, got, want)
			}
		}
	}
	if got, want := moment(time.Date(2026, 3, 2, 9, 5, 59, 0, time.UTC)), "ma 2 maart 09.05 uur"; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
}
