package check

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"houvast/flows"
	"houvast/flows/flowstest"
)

// What the checks let through never gets stuck, never goes on without a
// question, and never lets a bad answer end without help, whatever a person
// presses and however long they are silent. And no talk goes on for ever when the
// checks did not say that it can.
func TestWhatTheChecksCallImpossibleNeverHappens(t *testing.T) {
	t.Parallel()
	sound, bad := 0, 0
	check := func(t *rapid.T) {
		ds := []flows.Draft{flowstest.Draft(t, "een", []string{"twee", "drie", flows.CrisisCard}), flowstest.Draft(t, "twee", []string{"drie"}), flowstest.Draft(t, "drie", nil)}
		fs, found := CompileSet(ds, World{House: false})
		if fs == nil {
			return
		}
		sound++
		endless := slices.ContainsFunc(found, func(f flows.Finding) bool { return f.Code == "herhaling" })
		p := flowstest.Person(t)
		for _, f := range fs {
			for i := range f.Steps {
				for _, b := range f.Steps[i].Buttons {
					if b.Bad {
						bad++
					}
				}
			}
			e := Explore(f, p, 3000, 1)
			if e.Endless > 0 && !endless {
				t.Fatalf("%s can go on for ever: %v", f.ID, e.Longest)
			}
			if len(e.Stuck) > 0 {
				t.Fatalf("%s gets stuck after %v", f.ID, e.Stuck[0])
			}
			if len(e.Helpless) > 0 {
				t.Fatalf("%s leaves somebody without help after %v", f.ID, e.Helpless[0])
			}
		}
	}
	for range 15 { // most of what is drawn is unsafe, and stops at the checks
		rapid.Check(t, check)
	}
	if sound < 10 || bad < 10 {
		t.Errorf("only %d sound sets of flows with %d bad answers were drawn: this shows too little", sound, bad)
	}
}

// Where the checks say that a counter ends it, no talk goes on for ever. The same
// flows are drawn at every run, so that it is known how many of them go round.
func TestWhatIsCountedEnds(t *testing.T) {
	t.Parallel()
	draw := rapid.Custom(func(t *rapid.T) flows.Draft { return flowstest.Draft(t, "een", nil) })
	counted, uncounted := 0, 0
	for seed := range 5000 {
		d := draw.Example(seed)
		f, found := Compile(d)
		if f == nil || newChecker(&d).rounds(f.StepIDs(), nil) == nil {
			continue
		}
		if slices.ContainsFunc(found, func(f flows.Finding) bool { return f.Code == "herhaling" }) {
			if Explore(f, flows.Person{}, 100, 1).Endless > 0 {
				uncounted++
			}
			continue
		}
		counted++
		if e := Explore(f, flows.Person{}, 2000, 1); e.Endless > 0 {
			t.Errorf("draft %d: the checks say that a counter ends it, and after 60 answers it still goes on: %v", seed, e.Longest)
		}
	}
	t.Logf("%d counted and %d uncounted rounds", counted, uncounted)
	if counted < 50 || uncounted < 50 {
		t.Errorf("only %d counted and %d uncounted rounds were drawn: this shows too little", counted, uncounted)
	}
}
