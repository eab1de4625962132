package flows_test

import (
	"slices"
	"testing"
	"unicode"

	"houvast/flows"
)

func TestGlobal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, language string
		want           flows.Command
	}{
		{"Stop", "nl", flows.CommandStop},
		{"/stop", "nl", flows.CommandStop},
		{"HELP!!", "nl", flows.CommandHelp},
		{"Het is moeilijk.", "nl", flows.CommandHelp},
		{"mens", "en", flows.CommandHuman}, // Dutch works for everybody
		{"back", "nl", flows.CommandBack},  // and so does English
		{" 🙏 terug ", "nl", flows.CommandBack},
		{"taal", "nl-NL", flows.CommandLanguage},
		{"menu", "ar", flows.CommandMenu},
		{"ik kan niet stoppen met huilen", "nl", ""},
		{"stop daarmee want het helpt niet", "nl", ""},
		{"", "nl", ""},
		{"🙂", "nl", ""},
	} {
		got, ok := flows.Global(c.text, c.language)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%q in %s: got %q, want %q", c.text, c.language, got, c.want)
		}
	}
}

// A text of several commands is all of them, in the order in which they are done;
// a text with anything else in it is none.
func TestCommands(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want []flows.Command
	}{
		{"stop", []flows.Command{flows.CommandStop}},
		{"menu", []flows.Command{flows.CommandMenu}},
		{"Taal, terug: mens! hulp stop", []flows.Command{flows.CommandStop, flows.CommandHelp, flows.CommandHuman, flows.CommandBack, flows.CommandLanguage}},
		{"help me stop maar", []flows.Command{flows.CommandStop, flows.CommandHelp}},
		{"HELP HELP HELP", []flows.Command{flows.CommandHelp}},
		{"ik wil een mens, ik heb hulp nodig", []flows.Command{flows.CommandHelp, flows.CommandHuman}},
		{"human hulp", []flows.Command{flows.CommandHelp, flows.CommandHuman}},
		{"meer contact", nil}, // tells something
		{"stop met hulp", nil},
		{"ik wil geen hulp", nil},
		{"hulp hulp hulp hulp hulp hulp hulp hulp hulp hulp", nil}, // too long to be nothing but that
		{"", nil},
		{"🙂 !", nil},
	} {
		if got := flows.Commands(c.text, "nl"); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

// Every sign there is folds as the rule says it, between letters and at either end.
func TestFold(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		want := "a b"
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			want = "a" + string(unicode.ToLower(r)) + "b"
		}
		if got := flows.Fold("A" + string(r) + "b" + "!"); got != want {
			t.Fatalf("%U folds to %q, want %q", r, got, want)
		}
	}
	if got, want := flows.Fold(" 🙏 Het  is\tMOEILIJK, één 2.\xff"), "het is moeilijk één 2"; got != want {
		t.Errorf("folded to %q, want %q", got, want)
	}
}
