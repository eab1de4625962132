package bot

import (
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
	if got, want := Words(all).promise("nl"), signals.DutchPromise(); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for language := range all {
		p := Words(all).promise(language)
		for i, day := range p.Days {
			if day == "" {
				t.Errorf("%s: day %d has no name", language, i)
			}
		}
		for i, month := range p.Months {
			if month == "" {
				t.Errorf("%s: month %d has no name", language, i+1)
			}
		}
	}
}
