package content_test

import (
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"houvast/content"
	"houvast/content/file"
	"houvast/flows"
	"houvast/signals"
)

// The invented town is there, has people in it, and nothing is wrong with it.
func TestExampleNetwork(t *testing.T) {
	t.Parallel()
	n, err := content.ExampleNetwork()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"samira", "tom", "fatma", "joost", "ravi", "els", "noor"} {
		if n.People[key].Name == "" {
			t.Errorf("nobody is called %s", key)
		}
	}
	made := time.Date(2026, time.November, 2, 12, 0, 0, 0, n.Zone)
	if found := n.Faults(made); len(found) > 0 {
		t.Errorf("%v", &file.FaultError{Findings: found})
	}
	if flows.Blocks(n.Faults(made.AddDate(0, 7, 0))) {
		t.Error("after seven months a number is more than a warning")
	}
	if !flows.Blocks(n.Faults(made.AddDate(1, 0, 0))) {
		t.Error("after a year a number is not a fault")
	}
}

// What happens in one wijk is not heard in the other: not at any hour of two weeks.
func TestTeamsAreApart(t *testing.T) {
	t.Parallel()
	n, err := content.ExampleNetwork()
	if err != nil {
		t.Fatal(err)
	}
	south := signals.Circle{Wijk: "zuid", Primary: "ravi", Backups: []string{"els"}, Maatje: "noor"}
	start := time.Date(2026, time.March, 2, 0, 0, 0, 0, n.Zone)
	for _, kind := range signals.Kinds() {
		for now := start; now.Before(start.AddDate(0, 0, 14)); now = now.Add(45 * time.Minute) {
			r := n.Open(signals.Case{Kind: kind, Circle: south, Opened: now, HeardBy: "everyone"}, now)
			if r.Team != "sociaal_team_zuid" || r.Channel == "signalen-noord" || r.Channel == "goed-nieuws-noord" {
				t.Fatalf("%s at %s stands with %s on %s", kind, now, r.Team, r.Channel)
			}
			for _, p := range slices.Concat(r.Mention, r.Peers) {
				if !slices.Contains([]string{"ravi", "els", "noor", "fatma"}, p) {
					t.Fatalf("%s at %s is heard by %s", kind, now, p)
				}
			}
		}
	}
}
