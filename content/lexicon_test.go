package content_test

import (
	"testing"

	"houvast/content"
)

// Every entry says what it is for by two texts that meet it and one that does
// not; a list whose own examples fail may not be shipped.
func TestLexiconKeepsItsExamples(t *testing.T) {
	t.Parallel()
	list, err := content.Lexicon()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list.CheckExamples(func(string) bool { return true }) {
		t.Error(f.Text)
	}
}
