package content_test

import (
	"strings"
	"testing"
	"time"

	"houvast/content"
)

// A message of 300 characters as people type them: known words, unknown words,
// a slip, an emoji.
const message300 = "goedemorgen, ik heb vannacht weer slecht geslapen en ben om vier uur opgestaan om een kop thee te zetten. " +
	"De buurvrouw kwam nog langs met haar hond, dat was gezellig 😀 maar nu voel ik me toch weer zo alleen en denk ik " +
	"de hele tijd aan vroeger. Kan iemand me vandaag even bellen, ik wil graag praten mt iemnd"

const (
	maxLoad = 50 * time.Millisecond
	maxRead = 50 * time.Microsecond
)

// Loading may not hold up the start of the house, and reading may not hold up a
// message: under 50 ms and under 50 µs. The best of several is taken, because
// other tests run at the same time.
func TestLexiconIsFast(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	best := func(times int, enough time.Duration, do func()) time.Duration {
		least := time.Hour
		for range times {
			start := time.Now()
			do()
			if least = min(least, time.Since(start)); least < enough {
				break
			}
		}
		return least
	}
	lexicon, err := content.Lexicon()
	if err != nil {
		t.Fatal(err)
	}
	load := best(60, maxLoad, func() {
		if _, err := content.Lexicon(); err != nil {
			t.Fatal(err)
		}
	})
	hostile := strings.Repeat("ik wil niet meer dood pillen ", 11)[:300]
	for name, message := range map[string]string{"an ordinary message": message300, "a hostile message": hostile} {
		read := best(5_000, maxRead, func() { lexicon.Detect(message) })
		t.Logf("%s of %d characters: %v", name, len([]rune(message)), read)
		if read > maxRead {
			t.Errorf("%s took %v, want under 50 µs", name, read)
		}
	}
	t.Logf("loading: %v", load)
	if load > maxLoad {
		t.Errorf("loading took %v, want under 50 ms", load)
	}
}

func BenchmarkDetect300(b *testing.B) {
	lexicon, err := content.Lexicon()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		lexicon.Detect(message300)
	}
}
