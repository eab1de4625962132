package lexicon_test

import (
	"strings"
	"testing"

	"houvast/signals/lexicon"
)

// A list with anything wrong is refused whole, and everything that is wrong is
// told at once, so that the caller can keep the list it had.
func TestNewRefusesABrokenListWhole(t *testing.T) {
	t.Parallel()
	whole := entry("a", "C1", lexicon.LevelCrisis, "dood")
	with := func(change func(*lexicon.Entry)) lexicon.Entry {
		e := entry("b", "D1", lexicon.LevelDistress, "moe")
		change(&e)
		return e
	}
	for want, e := range map[string]lexicon.Entry{
		"geen-id":      with(func(e *lexicon.Entry) { e.ID = "" }),
		"id-vorm":      with(func(e *lexicon.Entry) { e.ID = "Eigen woord" }),
		"dubbel":       with(func(e *lexicon.Entry) { e.ID = "a" }),
		"klasse":       with(func(e *lexicon.Entry) { e.Class = "C99" }),
		"niveau":       with(func(e *lexicon.Entry) { e.Level = lexicon.LevelCrisis }),
		"taal":         with(func(e *lexicon.Entry) { e.Language = "" }),
		"reden":        with(func(e *lexicon.Entry) { e.Reason = "" }),
		"maker":        with(func(e *lexicon.Entry) { e.Author = "" }),
		"datum":        with(func(e *lexicon.Entry) { e.Date = "23-11-2026" }),
		"geen-patroon": with(func(e *lexicon.Entry) { e.Patterns = nil }),
		"voorbeelden":  with(func(e *lexicon.Entry) { e.Yes = e.Yes[:1] }),
		"zacht": func() lexicon.Entry {
			e := with(func(*lexicon.Entry) {})
			e.Class, e.Level, e.Soft = "C1", lexicon.LevelCrisis, true
			return e
		}(),
		"patroon": with(func(e *lexicon.Entry) { e.Patterns = []string{"{moe|op"} }),
	} {
		l, faults := lexicon.New(lexicon.List{Entries: []lexicon.Entry{whole, e}})
		if l != nil || len(faults) != 1 || faults[0].Code != want || faults[0].Entry != 1 {
			t.Errorf("%s: got lexicon %v and %+v, want no lexicon and that one fault", want, l != nil, faults)
		}
	}
	bad := with(func(e *lexicon.Entry) { e.Reason, e.Author, e.Patterns = "", "", []string{"moe", "Moe", "@niemand"} })
	if _, faults := lexicon.New(lexicon.List{Entries: []lexicon.Entry{bad}}); len(faults) != 2 {
		t.Errorf("got %+v, want both missing fields at once", faults)
	}
	bad.Reason, bad.Author = "x", "y"
	if _, faults := lexicon.New(lexicon.List{Entries: []lexicon.Entry{bad}}); len(faults) != 2 || faults[0].Index != 1 || faults[1].Index != 2 {
		t.Errorf("got %+v, want a fault at the second and the third pattern", faults)
	}
}

func TestNewSaysWhatIsWrongWithAPattern(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"{a|b":                      "haakje",
		"a}":                        "haakje",
		"{a|b]":                     "haakjes",
		"{a||b}":                    "leeg",
		"dood <0> a":                "getal",
		"dood <25> a":               "getal",
		"<3>":                       "geen woord",
		"[dood]":                    "geen woord",
		"dood <12> a <12> b":        "hooguit",
		"Dood":                      "kleine letters",
		"dóód":                      "kleine letters",
		"do*":                       "te kort",
		"*oo*":                      "*",
		"@niemand":                  "bestaat niet",
		"@leeg dood":                "leeg",
		"& {$|a} {$|b} <3>":         "geen woord",
		"dood !{van het|van}":       "los woord",
		strings.Repeat("dood ", 25): "hooguit",
		"{" + strings.Repeat("a b|", 30_000) + "dood}": "te lang",
	} {
		_, faults := lexicon.New(lexicon.List{Words: lexicon.Words{Groups: map[string][]string{"leeg": {}}}, Entries: []lexicon.Entry{entry("a", "C1", lexicon.LevelCrisis, pattern)}})
		if len(faults) != 1 || !strings.Contains(faults[0].Text, want) {
			t.Errorf("%q: got %v, want one fault about %q", pattern, faults, want)
		}
	}
}

// One person alone can never make the house deaf: a built-in word goes off with
// two names, and only signs may be added.
func TestABuiltInWordGoesOffOnlyWithTwoPeople(t *testing.T) {
	t.Parallel()
	builtIn := lexicon.List{Entries: []lexicon.Entry{entry("death", "C1", lexicon.LevelCrisis, "dood")}}
	off := func(by, approved string) lexicon.List {
		return lexicon.List{Local: true, Off: []lexicon.Off{{ID: "death", By: by, ApprovedBy: approved, Reason: "te vaak vals alarm", Date: "2026-11-23"}}}
	}
	for _, names := range [][2]string{{"Noor Bakker", ""}, {"", "Noor Bakker"}, {"Noor Bakker", "Noor Bakker"}, {"Noor Bakker", " noor  bakker "}} {
		if l, faults := lexicon.New(builtIn, off(names[0], names[1])); l != nil || len(faults) != 1 || faults[0].Code != "twee-namen" || faults[0].Off != 0 {
			t.Errorf("%q: got %+v, want it refused for want of a second person", names, faults)
		}
	}
	l, faults := lexicon.New(builtIn, off("Noor Bakker", "Sem Visser"))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if got := l.Detect("dood").Level; got != lexicon.LevelNone {
		t.Errorf("got %s for a word that is off", got)
	}
	if o, ok := l.IsOff("death"); !ok || o.ApprovedBy != "Sem Visser" {
		t.Errorf("got %+v, %v, want who approved", o, ok)
	}
	unknown := off("Noor Bakker", "Sem Visser")
	unknown.Off[0].ID = "nobody"
	if _, faults := lexicon.New(builtIn, unknown); len(faults) != 1 || faults[0].Code != "onbekend" {
		t.Errorf("got %+v, want that there is no such word", faults)
	}
}

func TestALocalListMayOnlyAddSigns(t *testing.T) {
	t.Parallel()
	builtIn := lexicon.List{Entries: []lexicon.Entry{entry("death", "C1", lexicon.LevelCrisis, "dood")}}
	l, faults := lexicon.New(builtIn, lexicon.List{Local: true, Entries: []lexicon.Entry{entry("bridge", "C5", lexicon.LevelCrisis, "hoge brug")}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if d := l.Detect("de hoge brug"); d.Level != lexicon.LevelCrisis || !l.IsLocal(d.Hits[0].Pattern) || l.IsLocal("death") {
		t.Errorf("got %+v, want the local word", d)
	}
	for want, list := range map[string]lexicon.List{
		"lokaal-uitzondering": {Local: true, Entries: []lexicon.Entry{guard(lexicon.Guard, "g", "dood")}},
		"lokaal-woorden":      {Local: true, Words: lexicon.Words{Protected: []string{"dood"}}},
		"dubbel":              {Local: true, Entries: []lexicon.Entry{entry("death", "C1", lexicon.LevelCrisis, "nooit")}},
	} {
		if l, faults := lexicon.New(builtIn, list); l != nil || len(faults) != 1 || faults[0].Code != want {
			t.Errorf("got %+v, want only %s", faults, want)
		}
	}
	if _, faults := lexicon.New(builtIn, lexicon.List{Local: true, Entries: []lexicon.Entry{guard(lexicon.Lowering, "g", "dood")}}); len(faults) != 1 {
		t.Errorf("got %+v, want a lowering refused", faults)
	}
}

func TestCheckExamplesFindsAnExampleThatDoesNotHold(t *testing.T) {
	t.Parallel()
	e := entry("death", "C1", lexicon.LevelCrisis, "dood")
	e.Yes, e.No = []string{"dood", "levend"}, []string{"morsdood", "dood"}
	l := mustLexicon(t, lexicon.Words{}, e)
	faults := l.CheckExamples(func(string) bool { return true })
	if len(faults) != 2 || faults[0].Field != "yes" || faults[0].Index != 1 || faults[1].Field != "no" || faults[1].Index != 1 {
		t.Errorf("got %+v, want the second of each", faults)
	}
}

func TestClasses(t *testing.T) {
	t.Parallel()
	if got := len(lexicon.Classes()); got != 12+14+1 {
		t.Errorf("got %d classes, want C1-C12, D1-D14 and good news", got)
	}
	for _, c := range lexicon.Classes() {
		if found, ok := lexicon.ClassByID(c.ID); !ok || found != c {
			t.Errorf("%s is not found by its id", c.ID)
		}
	}
}

// Whatever an editor writes as a pattern is compiled or refused, and one that is
// compiled answers any text.
func FuzzPattern(f *testing.F) {
	for _, seed := range []string{
		"dood", "@ik <2> {wil|zou willen|$} dood", "& {a|b c} [d] zelf* <8>", "&& *pillen # <4>", "!{niet|geen} $", "^ [a|b c] d", "& {$|a} {$|b} <3>",
		"{a||b}", "{", "[]", "!", "<", "*", "@", "& ", "& & &", "{a b|a c}", "{$}", "a\tb", "{a  b| c }", "😭", "{@ik|@lang x}",
	} {
		f.Add(seed, "ik wil dood")
	}
	groups := map[string][]string{"ik": {"ik", "k"}, "lang": {"een_twee", "drie"}, "leeg": {}}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		l, faults := lexicon.New(lexicon.List{Words: lexicon.Words{Groups: groups}, Entries: []lexicon.Entry{
			entry("a", "C1", lexicon.LevelCrisis, pattern), entry("b", "C2", lexicon.LevelCrisis, "dood", pattern),
		}})
		if l == nil == (len(faults) == 0) {
			t.Fatalf("%q: got %v and %d faults", pattern, l, len(faults))
		}
		if l != nil {
			l.Explain(text)
		}
	})
}
