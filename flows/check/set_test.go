package check_test

import (
	"testing"

	"houvast/content/file"
	"houvast/flows"
	"houvast/flows/check"
)

const (
	callsFirst = `
houvast: 1
flow: een
title: Een
owner: coordinator
language: nl
start: hoe
uses: []
waiting: {give_up_after: 12h, then: kaart}
steps:
  hoe:
    ask: choice
    text: Hoe gaat het?
    save: hoe
    buttons:
      goed: {label: Goed, next: klaar}
      slecht: {label: Slecht, mood: bad, next: eerst}
  eerst:
    call: twee
    next: kaart
  kaart:
    interrupt: crisis
  klaar:
    end: klaar
`
	leaves = `
houvast: 1
flow: twee
title: Twee
owner: coordinator
language: nl
start: weg
uses: []
steps:
  weg:
    interrupt: drie
`
	endsThere = `
houvast: 1
flow: drie
title: Drie
owner: coordinator
language: nl
start: klaar
uses: []
steps:
  klaar:
    end: klaar
`
	helpsThere = `
houvast: 1
flow: drie
title: Drie
owner: coordinator
language: nl
start: seintje
uses: []
steps:
  seintje:
    signal: distress
    text: Het is moeilijk.
    tell: Ik geef het door. {belofte}
    next: klaar
  klaar:
    end: klaar
`
)

// After a bad answer a flow calls another, and means to show the crisis card
// after that. But the other leaves for a third, for good.
func TestHelpAfterACallThatNeverComesBackIsNoHelp(t *testing.T) {
	t.Parallel()
	for third, safe := range map[string]bool{endsThere: false, helpsThere: true} {
		var ds []flows.Draft
		for _, src := range []string{callsFirst, leaves, third} {
			d, found := file.ReadFlow("proef.yaml", []byte(src))
			if flows.Blocks(found) {
				t.Fatal(found)
			}
			ds = append(ds, d)
		}
		fs, found := check.CompileSet(ds, check.World{})
		if (fs != nil) != safe {
			t.Errorf("safe %t, but compiled %t: %v", safe, fs != nil, found)
		}
		// The explorer, which knows nothing of the checks, is of the same mind.
		e := check.Explore(flows.Trusted(ds)[0], flows.Person{}, check.Most, 1)
		if (len(e.Helpless) == 0) != safe {
			t.Errorf("safe %t, but the explorer found %v", safe, e.Helpless)
		}
	}
}
