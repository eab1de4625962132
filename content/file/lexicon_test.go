package file_test

import (
	"fmt"
	"strings"
	"testing"

	"houvast/content/file"
	"houvast/signals/lexicon"
)

const builtInWords = `class: C1
level: crisis
language: nl
author: Houvast
date: 2026-11-23
words:
  groups:
    ik: ik k
entries:
  - id: c1-dood
    reason: a wish
    patterns: |
      @ik <2> wil dood
      # a remark
      @ik ga dood
    yes: |
      ik wil dood
      k ga dood
    no:
      - hij gaat dood
`

func TestLexiconReadsAFile(t *testing.T) {
	t.Parallel()
	l, findings := file.Lexicon(file.LexiconFile{Name: "words.yaml", Text: []byte(builtInWords)})
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	e, ok := l.Entry("c1-dood")
	if !ok || len(e.Patterns) != 2 || len(e.Yes) != 2 || len(e.No) != 1 || e.Level != lexicon.LevelCrisis || e.Author != "Houvast" {
		t.Errorf("got %+v", e)
	}
	if got := l.Detect("ik ga dood").Level; got != lexicon.LevelCrisis {
		t.Errorf("got %s, want crisis", got)
	}
}

// An editor sees everything that is wrong at once, each with its line and column.
func TestLexiconTellsEveryFaultWithItsPlace(t *testing.T) {
	t.Parallel()
	local := `language: nl
author: Noor Bakker
date: 2026-11-23
entries:
  - id: Hoge Brug
    class: C5
    level: crisis
    reason: vaak genoemd
    patterns: |
      hoge brug
      {brug|
    yes: [de hoge brug, op de hoge brug]
    no: [een lage brug]
    kleur: rood
  - id: plein
    class: D99
    level: paniek
    reason: x
    patterns: [plein]
    yes: [op het plein]
    no: [thuis]
off:
  - id: c1-dood
    by: Noor Bakker
    approved_by: noor bakker
    reason: te vaak
    date: 2026-11-23
  - id: bestaat-niet
    by: Noor Bakker
    approved_by: Sem Visser
    date: gisteren
`
	l, findings := file.Lexicon(
		file.LexiconFile{Name: "words.yaml", Text: []byte(builtInWords)},
		file.LexiconFile{Name: "eigen.yaml", Text: []byte(local), Local: true},
	)
	if l != nil {
		t.Error("got a lexicon from a broken list")
	}
	var got []string
	for _, f := range findings {
		got = append(got, fmt.Sprintf("%s:%d:%d %s", f.File, f.Line, f.Col, f.Code))
	}
	want := []string{
		"eigen.yaml:5:9 id-vorm",
		"eigen.yaml:14:5 veld",
		"eigen.yaml:16:12 klasse",
		"eigen.yaml:17:12 niveau",
		"eigen.yaml:20:10 voorbeelden",
		"eigen.yaml:25:18 twee-namen",
		"eigen.yaml:28:5 reden",
		"eigen.yaml:28:9 onbekend",
		"eigen.yaml:31:11 datum",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLexiconPlacesAFaultyPatternAndExample(t *testing.T) {
	t.Parallel()
	broken := strings.Replace(builtInWords, "@ik ga dood\n", "@wie ga dood\n", 1)
	_, findings := file.Lexicon(file.LexiconFile{Name: "words.yaml", Text: []byte(broken)})
	if len(findings) != 1 || findings[0].Line != 15 || findings[0].Col != 7 || !strings.Contains(findings[0].Text, "@wie") {
		t.Errorf("got %+v, want line 15, column 7", findings)
	}
	lifted := strings.ReplaceAll(strings.Replace(broken, "# a remark", "# a remark\n", 1), "|\n", "|2\n")
	_, findings = file.Lexicon(file.LexiconFile{Name: "words.yaml", Text: []byte(lifted)})
	if len(findings) != 1 || findings[0].Line != 16 || findings[0].Col != 7 || !strings.Contains(findings[0].Text, "@wie") {
		t.Errorf("got %+v, want line 16, column 7", findings)
	}
	local := `entries:
  - {id: plein, class: D1, level: distress, language: nl, author: Noor, date: 2026-11-23, reason: x, patterns: [plein], yes: [op het plein, plein], no: [een plein]}
`
	_, findings = file.Lexicon(
		file.LexiconFile{Name: "words.yaml", Text: []byte(builtInWords)},
		file.LexiconFile{Name: "eigen.yaml", Text: []byte(local), Local: true},
	)
	if len(findings) != 1 || findings[0].Code != "voorbeeld" || findings[0].Line != 2 {
		t.Errorf("got %+v, want the example that does not hold", findings)
	}
}

func TestLexiconNeverPanicsOnWhatIsNotAList(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "x", "- a\n- b", "entries: 3", "entries:\n  - 3", "entries:\n  a: b", "words: 1", "words: {groups: [a]}", "off: {}", ":\n:", "\t", "entries: [", "a: &x [*x]", "soft: ja", "level: {}", "entries:\n  - patterns: {a: b}"} {
		if l, findings := file.Lexicon(file.LexiconFile{Name: "x.yaml", Text: []byte(text)}); l == nil && len(findings) == 0 {
			t.Errorf("%q: got neither a lexicon nor a reason", text)
		}
	}
}
