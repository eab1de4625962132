package check_test

import (
	"fmt"
	"strings"
	"testing"

	"houvast/content/file"
	"houvast/flows"
	"houvast/flows/check"
)

const round = `
houvast: 1
flow: proef
title: Proef
owner: coordinator
language: nl
start: vraag
uses: []
remember:
  keer: {type: number, default: 0, keep: 1d}
waiting: {give_up_after: 12h, then: klaar}
steps:
  vraag:
    ask: choice
    text: Nog een keer?
    save: nog
    buttons:
      ja: {label: Ja, next: tel}
      nee: {label: Nee, next: klaar}
      hup: {label: Hup, next: %s}
  tel:
    set: keer
    to: %s
    next: kijk
  kijk:
    branch:
      - if: %s
        next: vraag
    else: klaar
  omweg:
    set: keer
    to: 0
    next: tel
  telt:
    set: keer
    to: keer + 1
    next: vraag
  klaar:
    end: klaar
`

// A counter ends a round only when every way round is counted, nothing sets the
// counter back, and the branch lets nobody through when it is high.
func TestACounterThatCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, hup, to, row string
		level              flows.Level
	}{
		{"counted", "klaar", "keer + 1", "keer < 3", ""},
		{"counted up to a number", "klaar", "keer + 1", "keer is not 3", flows.Warning}, // from 4 on it never is
		{"counted, and asked", "klaar", "keer + 1", "keer <= 3 and nog is ja", ""},
		{"too often", "klaar", "keer + 1", "keer < 30", flows.Fault},
		{"or something else", "klaar", "keer + 1", "keer < 3 or nog is ja", flows.Warning},
		{"the wrong way", "klaar", "keer + 1", "keer > 3", flows.Warning},
		{"counting down", "klaar", "keer - 1", "keer < 3", flows.Warning},
		{"past the counter", "kijk", "keer + 1", "keer < 3", flows.Warning},
		{"set back", "omweg", "keer + 1", "keer < 3", flows.Warning},
		{"counted where nobody looks", "telt", "keer + 1", "keer < 3", flows.Warning},
		{"another value", "klaar", "keer + 1", "nog is ja", flows.Warning},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d, found := file.ReadFlow("proef.yaml", fmt.Appendf(nil, strings.TrimPrefix(round, "\n"), c.hup, c.to, c.row))
			if flows.Blocks(found) {
				t.Fatal(found)
			}
			var level flows.Level
			for _, f := range check.Flow(d) {
				if f.Code == "herhaling" && f.Level != flows.Tip {
					level = f.Level
				}
			}
			if level != c.level {
				t.Errorf("level %q, want %q", level, c.level)
			}
		})
	}
}
