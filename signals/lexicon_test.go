package signals_test

import (
	"strings"
	"testing"

	"houvast/signals"
)

// A list with anything wrong is refused whole, and everything that is wrong is
// told at once, so that the caller can keep the list it had.
func TestNewLexiconRefusesABrokenListWhole(t *testing.T) {
	t.Parallel()
	whole := entry("a", "C1", signals.LevelCrisis, "dood")
	with := func(change func(*signals.Entry)) signals.Entry {
		e := entry("b", "D1", signals.LevelDistress, "moe")
		change(&e)
		return e
	}
	for want, e := range map[string]signals.Entry{
		"geen-id":      with(func(e *signals.Entry) { e.ID = "" }),
		"id-vorm":      with(func(e *signals.Entry) { e.ID = "Eigen woord" }),
		"dubbel":       with(func(e *signals.Entry) { e.ID = "a" }),
		"klasse":       with(func(e *signals.Entry) { e.Class = "C99" }),
		"niveau":       with(func(e *signals.Entry) { e.Level = signals.LevelCrisis }),
		"taal":         with(func(e *signals.Entry) { e.Language = "" }),
		"reden":        with(func(e *signals.Entry) { e.Reason = "" }),
		"maker":        with(func(e *signals.Entry) { e.Author = "" }),
		"datum":        with(func(e *signals.Entry) { e.Date = "23-11-2026" }),
		"geen-patroon": with(func(e *signals.Entry) { e.Patterns = nil }),
		"voorbeelden":  with(func(e *signals.Entry) { e.Yes = e.Yes[:1] }),
		"zacht": func() signals.Entry {
			e := with(func(*signals.Entry) {})
			e.Class, e.Level, e.Soft = "C1", signals.LevelCrisis, true
			return e
		}(),
		"patroon": with(func(e *signals.Entry) { e.Patterns = []string{"{moe|op"} }),
	} {
		l, faults := signals.NewLexicon(signals.List{Entries: []signals.Entry{whole, e}})
		if l != nil || len(faults) != 1 || faults[0].Code != want || faults[0].Entry != 1 {
			t.Errorf("%s: got lexicon %v and %+v, want no lexicon and that one fault", want, l != nil, faults)
		}
	}
	bad := with(func(e *signals.Entry) { e.Reason, e.Author, e.Patterns = "", "", []string{"moe", "Moe", "@niemand"} })
	if _, faults := signals.NewLexicon(signals.List{Entries: []signals.Entry{bad}}); len(faults) != 2 {
		t.Errorf("got %+v, want both missing fields at once", faults)
	}
	bad.Reason, bad.Author = "x", "y"
	if _, faults := signals.NewLexicon(signals.List{Entries: []signals.Entry{bad}}); len(faults) != 2 || faults[0].Index != 1 || faults[1].Index != 2 {
		t.Errorf("got %+v, want a fault at the second and the third pattern", faults)
	}
}

func TestNewLexiconSaysWhatIsWrongWithAPattern(t *testing.T) {
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
		"dood !{van het|van}":       "los woord",
		strings.Repeat("dood ", 25): "hooguit",
		"{" + strings.Repeat("a b|", 30_000) + "dood}": "te lang",
	} {
		_, faults := signals.NewLexicon(signals.List{Entries: []signals.Entry{entry("a", "C1", signals.LevelCrisis, pattern)}})
		if len(faults) != 1 || !strings.Contains(faults[0].Text, want) {
			t.Errorf("%q: got %v, want one fault about %q", pattern, faults, want)
		}
	}
}

// One person alone can never make the house deaf: a built-in word goes off with
// two names, and only signs may be added.
func TestABuiltInWordGoesOffOnlyWithTwoPeople(t *testing.T) {
	t.Parallel()
	builtIn := signals.List{Entries: []signals.Entry{entry("death", "C1", signals.LevelCrisis, "dood")}}
	off := func(by, approved string) signals.List {
		return signals.List{Local: true, Off: []signals.Off{{ID: "death", By: by, ApprovedBy: approved, Reason: "te vaak vals alarm", Date: "2026-11-23"}}}
	}
	for _, names := range [][2]string{{"Noor Bakker", ""}, {"", "Noor Bakker"}, {"Noor Bakker", "Noor Bakker"}, {"Noor Bakker", " noor  bakker "}} {
		if l, faults := signals.NewLexicon(builtIn, off(names[0], names[1])); l != nil || len(faults) != 1 || faults[0].Code != "twee-namen" || faults[0].Off != 0 {
			t.Errorf("%q: got %+v, want it refused for want of a second person", names, faults)
		}
	}
	l, faults := signals.NewLexicon(builtIn, off("Noor Bakker", "Sem Visser"))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if got := l.Detect("dood").Level; got != signals.LevelNone {
		t.Errorf("got %s for a word that is off", got)
	}
	if o, ok := l.IsOff("death"); !ok || o.ApprovedBy != "Sem Visser" {
		t.Errorf("got %+v, %v, want who approved", o, ok)
	}
	unknown := off("Noor Bakker", "Sem Visser")
	unknown.Off[0].ID = "nobody"
	if _, faults := signals.NewLexicon(builtIn, unknown); len(faults) != 1 || faults[0].Code != "onbekend" {
		t.Errorf("got %+v, want that there is no such word", faults)
	}
}

func TestALocalListMayOnlyAddSigns(t *testing.T) {
	t.Parallel()
	builtIn := signals.List{Entries: []signals.Entry{entry("death", "C1", signals.LevelCrisis, "dood")}}
	l, faults := signals.NewLexicon(builtIn, signals.List{Local: true, Entries: []signals.Entry{entry("bridge", "C5", signals.LevelCrisis, "hoge brug")}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if d := l.Detect("de hoge brug"); d.Level != signals.LevelCrisis || !l.IsLocal(d.Hits[0].Pattern) || l.IsLocal("death") {
		t.Errorf("got %+v, want the local word", d)
	}
	for want, list := range map[string]signals.List{
		"lokaal-uitzondering": {Local: true, Entries: []signals.Entry{guard(signals.Guard, "g", "dood")}},
		"lokaal-woorden":      {Local: true, Words: signals.Words{Protected: []string{"dood"}}},
		"dubbel":              {Local: true, Entries: []signals.Entry{entry("death", "C1", signals.LevelCrisis, "nooit")}},
	} {
		if l, faults := signals.NewLexicon(builtIn, list); l != nil || len(faults) != 1 || faults[0].Code != want {
			t.Errorf("got %+v, want only %s", faults, want)
		}
	}
	if _, faults := signals.NewLexicon(builtIn, signals.List{Local: true, Entries: []signals.Entry{guard(signals.Lowering, "g", "dood")}}); len(faults) != 1 {
		t.Errorf("got %+v, want a lowering refused", faults)
	}
}

func TestCheckExamplesFindsAnExampleThatDoesNotHold(t *testing.T) {
	t.Parallel()
	e := entry("death", "C1", signals.LevelCrisis, "dood")
	e.Yes, e.No = []string{"dood", "levend"}, []string{"morsdood", "dood"}
	l := mustLexicon(t, signals.Words{}, e)
	faults := l.CheckExamples(func(string) bool { return true })
	if len(faults) != 2 || faults[0].Field != "yes" || faults[0].Index != 1 || faults[1].Field != "no" || faults[1].Index != 1 {
		t.Errorf("got %+v, want the second of each", faults)
	}
}

func TestClasses(t *testing.T) {
	t.Parallel()
	if got := len(signals.Classes()); got != 12+14+1 {
		t.Errorf("got %d classes, want C1-C12, D1-D14 and good news", got)
	}
	for _, c := range signals.Classes() {
		if found, ok := signals.ClassByID(c.ID); !ok || found != c {
			t.Errorf("%s is not found by its id", c.ID)
		}
	}
}
