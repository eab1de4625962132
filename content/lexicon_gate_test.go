package content_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"houvast/content"
	"houvast/signals/lexicon"
)

// A sentence is one labelled line of the regression set.
type sentence struct{ level, class, text string }

func readSentences(tb testing.TB, name string) []sentence {
	tb.Helper()
	raw, err := os.ReadFile("../signals/lexicon/testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	var all []sentence
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 3 {
			tb.Fatalf("%s: %q is not level, class, sentence", name, line)
		}
		all = append(all, sentence{f[0], f[1], f[2]})
	}
	return all
}

// figures count how sentences of one label were read.
type figures struct{ n, none, distress, crisis int }

func (f *figures) add(d lexicon.Detection) {
	f.n++
	switch d.Level {
	case lexicon.LevelNone:
		f.none++
	case lexicon.LevelDistress:
		f.distress++
	case lexicon.LevelCrisis:
		f.crisis++
	}
}

func part(n, of int) float64 { return float64(n) / float64(max(of, 1)) }

// The gates are those of the domain research, 3.6: how a word list is judged.
func TestLexiconPassesTheGates(t *testing.T) {
	t.Parallel()
	list, err := content.Lexicon()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tuning.tsv", "later.tsv", "outside.tsv", "outside2.tsv", "outside3.tsv", "outside4.tsv", "putaway.tsv", "blind.tsv", "blind2.tsv", "blind3.tsv", "nurse.tsv"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			total := map[string]*figures{"crisis": {}, "distress": {}, "none": {}}
			byClass := map[string]*figures{}
			var order []string
			for _, s := range readSentences(t, name) {
				d := list.Detect(s.text)
				if byClass[s.class] == nil {
					byClass[s.class] = &figures{}
					order = append(order, s.class)
				}
				byClass[s.class].add(d)
				total[s.level].add(d)
				if os.Getenv("MISSES") != "" && name == "tuning.tsv" && d.Level.String() != s.level {
					hit := ""
					if len(d.Hits) > 0 {
						hit = d.Hits[0].Pattern
					}
					fmt.Printf("%s\t%s\t-> %s %s\t%s\n", s.level, s.class, d.Level, hit, s.text)
				}
			}
			t.Logf("%-12s %5s %6s %9s %7s", "class", "n", "none", "distress", "crisis")
			for _, class := range order {
				f := byClass[class]
				t.Logf("%-12s %5d %6d %9d %7d", class, f.n, f.none, f.distress, f.crisis)
			}
			crisis, distress, none := total["crisis"], total["distress"], total["none"]
			gate := func(what string, got float64, atLeast, atMost float64) {
				t.Logf("%-44s %5.1f%%", what, 100*got)
				if got < atLeast || got > atMost {
					t.Errorf("%s: got %.1f%%, want between %.0f%% and %.0f%%", what, 100*got, 100*atLeast, 100*atMost)
				}
			}
			noticed, atLevel, harmless := 0.95, 0.90, 0.03
			switch name { // tuned to, so nothing may get lost: stricter than the gates, where the list stands
			case "blind2.tsv":
				noticed, atLevel, harmless = 1, 349.0/350, 1.0/380
			case "blind.tsv", "blind3.tsv", "nurse.tsv":
				noticed, atLevel, harmless = 1, 1, 0
			}
			gate("crisis noticed at any level", part(crisis.crisis+crisis.distress, crisis.n), noticed, 1)
			gate("crisis noticed at crisis level", part(crisis.crisis, crisis.n), atLevel, 1)
			gate("distress noticed", part(distress.crisis+distress.distress, distress.n), 0.80, 1)
			gate("crisis given to a harmless sentence", part(none.crisis, none.n), 0, harmless)
			gate("distress raised to crisis", part(distress.crisis, distress.n), 0, 0.10)
			gate("distress given to a harmless sentence", part(none.distress, none.n), 0, 0.10)
		})
	}
}

// A guard takes the words it met and never a wish beside them: jokes, films,
// things and other people do not make the list deaf.
func TestGuardsNeverMuteAWish(t *testing.T) {
	t.Parallel()
	list, err := content.Lexicon()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range readSentences(t, "unmuted.tsv") {
		if d := list.Detect(s.text); d.Level == lexicon.LevelNone {
			t.Errorf("nothing was heard in %q\n%s", s.text, list.Explain(s.text))
		}
	}
}
