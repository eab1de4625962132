package content_test

import (
	"strings"
	"testing"

	"houvast/content"
)

// A message of 300 characters as people type them: known words, unknown words,
// a slip, an emoji.
const message300 = "goedemorgen, ik heb vannacht weer slecht geslapen en ben om vier uur opgestaan om een kop thee te zetten. " +
	"De buurvrouw kwam nog langs met haar hond, dat was gezellig 😀 maar nu voel ik me toch weer zo alleen en denk ik " +
	"de hele tijd aan vroeger. Kan iemand me vandaag even bellen, ik wil graag praten mt iemnd"

// The goals: a message in under 50 µs, loading in under 50 ms. Benchmarks
// measure them; no test does, because other work runs at the same time.

func BenchmarkDetect300(b *testing.B) {
	list, err := content.Lexicon()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		list.Detect(message300)
	}
}

func BenchmarkDetectHostile300(b *testing.B) {
	list, err := content.Lexicon()
	if err != nil {
		b.Fatal(err)
	}
	hostile := strings.Repeat("ik wil niet meer dood pillen ", 11)[:300]
	b.ReportAllocs()
	for b.Loop() {
		list.Detect(hostile)
	}
}

func BenchmarkLoadLexicon(b *testing.B) {
	for b.Loop() {
		if _, err := content.Lexicon(); err != nil {
			b.Fatal(err)
		}
	}
}
