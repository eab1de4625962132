package bot

import (
	"slices"
	"strings"
	"testing"

	"houvast/content"
	"houvast/signals"
)

// The promise in the house's own sentences is the one that the promises were
// tried with.
func TestPromiseInDutch(t *testing.T) {
	t.Parallel()

	all, err := content.Words()
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range signals.DutchPromise() {
		if got := Words(all).promise("nl")(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	for language := range all {
		p := Words(all).promise(language)
		for of, names := range map[int]string{7: p("belofte.dagen"), 12: p("belofte.maanden")} {
			if all := strings.Split(names, ", "); len(all) != of || slices.Contains(all, "") {
				t.Errorf("%s: %q are not %d names", language, names, of)
			}
		}
	}
}

// Only the house's own sentences have places to fill: what a person is called or
// wrote is shown as it is.
func TestSay(t *testing.T) {
	t.Parallel()

	words := Words{"nl": {"a": "{wie} en {wie}: {tekst}", "b": "{wie", "c": "{ {wie} {andere}", "d": "{", "e": "{{wie}}"}, "en": {"a": "{wie} and {tekst}"}}
	for _, tt := range []struct{ language, key, wie, tekst, want string }{
		{"nl", "a", "Anna", "Hoi.", "Anna en Anna: Hoi."},
		{"en", "a", "Anna", "Hoi.", "Anna and Hoi."},
		{"en", "b", "Anna", "Hoi.", "{wie"},
		{"nl", "a", "{tekst}", "{wie}", "{tekst} en {tekst}: {wie}"},
		{"nl", "a", "", "}{", " en : }{"},
		{"nl", "c", "Anna", "", "{ Anna {andere}"},
		{"nl", "d", "Anna", "", "{"},
		{"nl", "e", "Anna", "", "{Anna}"},
		{"nl", "x", "Anna", "", "[x]"},
	} {
		if got := words.Say(tt.language, tt.key, "wie", tt.wie, "tekst", tt.tekst); got != tt.want {
			t.Errorf("%s of %q and %q is %q, want %q", tt.key, tt.wie, tt.tekst, got, tt.want)
		}
	}
}
