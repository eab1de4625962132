package content_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"houvast/content"
	"houvast/signals/lexicon"
)

var update = flag.Bool("update", false, "write the table of classes anew")

const (
	tableFile  = "../signals/lexicon/doc.go"
	tableBegin = "// # Classes\n//\n"
	tableEnd   = "//\n// # Figures\n"
)

// The table in the documentation of package lexicon is what the list really
// holds and what it really finds; after a change of the list, -update writes it.
func TestLexiconTableIsTrue(t *testing.T) {
	t.Parallel()
	list, err := content.Lexicon()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(tableFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(raw), tableBegin)
	_, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", tableFile)
	}
	want := before + tableBegin + classTable(list, readSentences(t, "putaway.tsv")) + tableEnd + after
	if want == string(raw) {
		return
	}
	if !*update {
		t.Fatalf("the table in %s is not true any more; run this test with -update", tableFile)
	}
	if err := os.WriteFile(tableFile, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// classTable counts entries and patterns per class, and how its put-away
// sentences were read.
func classTable(list *lexicon.Lexicon, sentences []sentence) string {
	entries, patterns := map[string]int{}, map[string]int{}
	for _, e := range list.Entries() {
		class := e.Class
		switch e.Kind {
		case lexicon.Guard:
			class = "guard"
		case lexicon.Lowering:
			class = "lower"
		}
		entries[class]++
		patterns[class] += len(e.Patterns)
	}
	found := map[string]*figures{}
	for _, s := range sentences {
		if s.level == "none" {
			s.class = "none"
		}
		if found[s.class] == nil {
			found[s.class] = &figures{}
		}
		found[s.class].add(list.Detect(s.text))
	}
	var b strings.Builder
	row := func(id, meaning string) {
		figure := "-"
		if f := found[id]; f != nil {
			figure = fmt.Sprintf("%d: %d, %d, %d", f.n, f.crisis, f.distress, f.none)
		}
		fmt.Fprintf(&b, "//\t%-5s  %7d  %8d  %-15s  %s\n", id, entries[id], patterns[id], figure, meaning)
	}
	fmt.Fprintf(&b, "//\t%-5s  %7s  %8s  %-15s  %s\n", "class", "entries", "patterns", "n: cr, di, none", "meaning")
	for _, c := range lexicon.Classes() {
		row(c.ID, c.Meaning)
	}
	row("guard", "figurative words, taken away before signs are looked for")
	row("lower", "denied or past, from crisis to distress")
	row("none", "harmless sentences")
	total := [2]int{}
	for class := range entries {
		total[0] += entries[class]
		total[1] += patterns[class]
	}
	fmt.Fprintf(&b, "//\t%-5s  %7d  %8d\n", "all", total[0], total[1])
	return b.String()
}
