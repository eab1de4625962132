package signals_test

import (
	"slices"
	"testing"

	"houvast/signals"
)

// Who can be expected to look, hour by hour.
func TestAvailable(t *testing.T) {
	t.Parallel()
	n := town(t)
	away("samira", "2026-07-13 00:00", "2026-07-20 00:00", "tom")(t, n)
	for _, tt := range []struct {
		who, when string
		want      bool
	}{
		{"samira", "2026-03-02 09:00", true},
		{"samira", "2026-03-02 08:59", false},
		{"samira", "2026-03-02 17:00", false},
		{"samira", "2026-03-04 10:00", false}, // Wednesday
		{"samira", "2026-04-06 10:00", false}, // Easter Monday
		{"samira", "2026-07-14 10:00", false}, // away
		{"samira", "2026-07-20 10:00", true},
		{"fatma", "2026-03-04 10:00", true}, // a coordinator keeps the team's days
		{"fatma", "2026-03-07 10:00", false},
		{"joost", "2026-03-07 10:00", true},
		{"joost", "2026-03-07 21:00", false},
		{"joost", "2026-03-07 08:59", false},
		{"joost", "2026-03-07 09:00", true},
		{"niemand", "2026-03-02 10:00", false},
	} {
		if got := n.Available(tt.who, at(t, tt.when)); got != tt.want {
			t.Errorf("%s at %s: %v, want %v", tt.who, tt.when, got, tt.want)
		}
	}
}

func TestNextAvailable(t *testing.T) {
	t.Parallel()
	n := town(t)
	away("samira", "2026-07-13 00:00", "2026-07-20 00:00", "tom")(t, n)
	away("joost", "2026-07-13 00:00", "2026-07-20 00:00", "")(t, n)
	for _, tt := range []struct{ who, when, want string }{
		{"samira", "2026-03-02 10:00", "2026-03-02 10:00"},
		{"samira", "2026-03-03 18:00", "2026-03-05 09:00"},
		{"samira", "2026-07-11 12:00", "2026-07-20 09:00"},
		{"joost", "2026-03-02 22:00", "2026-03-03 09:00"},
		{"joost", "2026-07-14 12:00", "2026-07-20 09:00"},
	} {
		if got := n.NextAvailable(tt.who, at(t, tt.when)); !got.Equal(at(t, tt.want)) {
			t.Errorf("%s after %s: %s, want %s", tt.who, tt.when, got, tt.want)
		}
	}
	if got := n.NextAvailable("niemand", at(t, "2026-03-02 10:00")); !got.IsZero() {
		t.Errorf("an unknown person is there at %s", got)
	}
}

// Covers are followed to somebody who is there, and end with the team.
func TestCovering(t *testing.T) {
	t.Parallel()
	n := town(t)
	away("samira", "2026-07-13 00:00", "2026-07-27 00:00", "tom")(t, n)
	away("tom", "2026-07-20 00:00", "2026-07-27 00:00", "fatma")(t, n)
	away("fatma", "2026-07-22 00:00", "2026-07-27 00:00", "samira")(t, n) // a circle
	for _, tt := range []struct{ who, when, want string }{
		{"samira", "2026-03-02 10:00", "samira"},
		{"samira", "2026-03-04 10:00", "tom"}, // her day off
		{"samira", "2026-03-02 20:00", ""},
		{"samira", "2026-07-13 10:00", "tom"},
		{"samira", "2026-07-20 10:00", "fatma"},
		{"samira", "2026-07-22 10:00", ""},
		{"joost", "2026-03-02 20:00", "joost"},
		{"joost", "2026-03-02 08:30", ""},
		{"", "2026-03-02 10:00", ""},
		{"niemand", "2026-03-02 10:00", ""},
	} {
		if got := n.Covering(tt.who, at(t, tt.when)); got != tt.want {
			t.Errorf("for %s at %s: %q, want %q", tt.who, tt.when, got, tt.want)
		}
	}
	away("joost", "2026-03-02 00:00", "2026-03-09 00:00", "")(t, n)
	if got := n.Covering("joost", at(t, "2026-03-02 10:00")); got != "samira" {
		t.Errorf("for joost away: %q, want the back-up", got)
	}
}

func TestOnDuty(t *testing.T) {
	t.Parallel()
	n := town(t)
	away("tom", "2026-03-05 12:00", "2026-03-06 00:00", "samira")(t, n)
	for when, want := range map[string][]string{
		"2026-03-02 10:00": {"samira", "tom"},
		"2026-03-03 10:00": {"samira"},
		"2026-03-04 10:00": {"tom"},
		"2026-03-05 11:59": {"samira", "tom"},
		"2026-03-05 12:00": {"samira"},
		"2026-03-07 10:00": nil,
		"2026-04-27 10:00": nil, // Koningsdag
	} {
		if got := n.OnDuty("team", at(t, when)); !slices.Equal(got, want) {
			t.Errorf("at %s: %v, want %v", when, got, want)
		}
	}
	if got := n.OnDuty("geen", at(t, "2026-03-02 10:00")); got != nil {
		t.Errorf("of an unknown team: %v", got)
	}
	if got, want := n.NextOnDuty("team", at(t, "2026-04-24 17:00")), at(t, "2026-04-28 09:00"); !got.Equal(want) {
		t.Errorf("after Friday before Koningsdag: %s, want %s", got, want)
	}
}

// Somebody reads what was given to nobody, also when the reader is away.
func TestReader(t *testing.T) {
	t.Parallel()
	n := town(t)
	if got := n.Reader("noord", at(t, "2026-03-02 10:00")); got != "samira" {
		t.Errorf("on Monday %q reads", got)
	}
	if got := n.Reader("noord", at(t, "2026-03-04 10:00")); got != "tom" {
		t.Errorf("on Wednesday %q reads", got)
	}
}

// The faults of a network that was not read from a file have a path.
func TestFaultsWithoutAFile(t *testing.T) {
	t.Parallel()
	n := town(t)
	delete(n.Rules, signals.Crisis)
	codes := map[string]bool{}
	for _, f := range n.Faults(at(t, "2026-03-02 10:00")) {
		if f.Path == "" || f.Code == "" || f.Text == "" || signals.FaultCodes()[f.Code] == "" {
			t.Errorf("a fault without a place, code or words: %+v", f)
		}
		codes[f.Path+" "+f.Code] = true
	}
	for _, want := range []string{"signals eigenaar_ontbreekt", "numbers.alarm.checked ontbreekt", "people.samira.role rol_onbekend"} {
		if !codes[want] {
			t.Errorf("%q is not among %v", want, codes)
		}
	}
}
