package flows_test

import (
	"testing"

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
