package lexicon_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"houvast/signals/lexicon"
)

// entry makes an entry that is complete but for what a test is about.
func entry(id, class string, level lexicon.Level, patterns ...string) lexicon.Entry {
	return lexicon.Entry{
		ID: id, Class: class, Level: level, Language: "nl", Patterns: patterns, Reason: "test", Author: "Noor",
		Date: "2026-11-23", Yes: []string{"een", "twee"}, No: []string{"drie"},
	}
}

func guard(kind lexicon.EntryKind, id string, patterns ...string) lexicon.Entry {
	e := entry(id, "", lexicon.LevelNone, patterns...)
	e.Kind = kind
	return e
}

func mustLexicon(tb testing.TB, words lexicon.Words, entries ...lexicon.Entry) *lexicon.Lexicon {
	tb.Helper()
	l, faults := lexicon.New(lexicon.List{Words: words, Entries: entries})
	if len(faults) > 0 {
		tb.Fatalf("got faults %v", faults)
	}
	return l
}

func small(tb testing.TB) *lexicon.Lexicon {
	tb.Helper()
	good := entry("good", lexicon.GoodNewsClass, lexicon.LevelNone, "goed nieuws")
	soft := entry("tired", "D1", lexicon.LevelDistress, "op $")
	soft.Soft = true
	return mustLexicon(tb, lexicon.Words{
		Groups:    map[string][]string{"ik": {"ik", "k"}},
		Spellings: map[string][]string{"niet": {"nie"}, "wil": {"wl"}},
		Core:      []string{"zelfmoord", "suicidaal"},
		Protected: []string{"suicidal"},
		Glue:      []string{"wil", "niet", "meer", "leven", "ik"},
		Thin:      []string{"ik"},
		Fill:      []string{"gewoon"},
		Clitics:   map[string][]string{"k": {"wil"}},
		Whole:     map[string][]string{"idk": {"ik", "niet"}},
	},
		entry("death", "C1", lexicon.LevelCrisis, "@ik <2> wil <2> dood", "wil niet meer [echt] leven"),
		entry("suicide", "C2", lexicon.LevelCrisis, "zelfmoord*", "suicidaal"),
		entry("pills", "C6", lexicon.LevelCrisis, "# *pillen !{niet|geen} {geslikt|genomen}"),
		entry("waiting", "C8", lexicon.LevelCrisis, "&& mes wacht komt <8>"),
		entry("alone", "D6", lexicon.LevelDistress, "zo alleen"),
		soft, good,
		guard(lexicon.Guard, "laugh", "dood van het lachen"),
		guard(lexicon.Lowering, "denied", "niet dood", "geen zelfmoord*"),
	)
}

// How people type is not what a pattern says; it must meet all the same.
func TestDetectReadsWhatPeopleType(t *testing.T) {
	t.Parallel()
	l := small(t)
	for text, want := range map[string]string{
		"ik wil dood":                            "crisis C1",
		"IK WIL DOOD!!!":                         "crisis C1",
		"ik wil dóód":                            "crisis C1",
		"ik wil d00d":                            "crisis C1",
		"ik wiiil doooooood":                     "crisis C1",
		"k wl dood":                              "crisis C1",
		"ik wil 'dood'":                          "crisis C1",
		"ik wil d o o d":                         "crisis C1",
		"ik w\u200bil do\u00adod":                "crisis C1",
		"𝐢𝐤 𝐰𝐢𝐥 𝐝𝐨𝐨𝐝":                            "crisis C1",
		"ik wil... dood":                         "crisis C1",
		"ik.wil.dood":                            "crisis C1",
		"ik wil. dood is de plant":               "none",
		"ikwilnietmeerleven":                     "crisis C1",
		"wil nietmeer leven":                     "crisis C1",
		"wil nie meer echt leven":                "crisis C1",
		"zelfmoordgedachten":                     "crisis C2",
		"zelf moord":                             "crisis C2",
		"zelf-moord":                             "crisis C2",
		"zelfmoort":                              "crisis C2",
		"zefmoord":                               "crisis C2",
		"zelfmoodr":                              "crisis C2",
		"zelfmrood":                              "crisis C2",
		"suicidal":                               "none", // protected: not a slip of suicidaal
		"40 slaappillen geslikt":                 "crisis C6",
		"slaappillen geslikt":                    "none",
		"40 pillen geen geslikt":                 "none",
		"ik ga dood van het lachen":              "none",
		"ik wil dood van het lachen":             "none",
		"ik lag dood van het lachen ik wil dood": "crisis C1",
		"ik wil niet dood":                       "distress C1",
		"ik wil niet dood. ik wil dood":          "crisis C1",
		"geen zelfmoord":                         "distress C2",
		"geen zelfmoord maar ik wil wel dood":    "crisis C1",
		"zo alleen":                              "distress D6",
		"zo alleen. ik wil dood. doei":           "crisis C1",
		"ik ben op":                              "distress D1",
		"op de fiets":                            "none",
		"":                                       "none",
	} {
		d := l.Detect(text)
		got := d.Level.String()
		if len(d.Hits) > 0 {
			got += " " + d.Hits[0].Class
		}
		if got != want {
			t.Errorf("%q: got %s, want %s\n%s", text, got, want, l.Explain(text))
		}
	}
}

// People leave words out, put others between, type two as one, write as it sounds
// and say one thing in two sentences.
func TestDetectReadsRoundWhatStandsBetween(t *testing.T) {
	t.Parallel()
	l := mustLexicon(t, lexicon.Words{
		Groups:  map[string][]string{"ik": {"ik", "k"}},
		Fill:    []string{"gewoon", "echt"},
		Clitics: map[string][]string{"k": {"wil"}},
		Whole:   map[string][]string{"idk": {"ik", "weet", "niet"}},
		Turn:    map[string][]string{"en": {"ik"}},
	},
		entry("death", "C1", lexicon.LevelCrisis, "@ik wil dood", "niet meer leven $", "nooit wakker"),
		entry("night", "D2", lexicon.LevelDistress, "ik weet niet", "slechte nacht", "mijn slapen"),
		entry("knife", "C8", lexicon.LevelCrisis, "&& mes hij komt <8>"),
		entry("rope", "C5", lexicon.LevelCrisis, "& touw klaar <8>"),
		entry("cut", "C2", lexicon.LevelCrisis, "& mezelf gesneden <4>"),
		guard(lexicon.Guard, "like-then", "net als vroeger"),
		guard(lexicon.Guard, "thing", "telefoon <6> dood"),
		guard(lexicon.Lowering, "then", "vroeger <5> gesneden", "gesneden <5> vroeger"),
	)
	for text, want := range map[string]string{
		"ik wil gewoon echt dood":             "crisis C1", // words that say nothing
		"ik gewoon wil echt dood":             "crisis C1",
		"niet meer leven gewoon":              "crisis C1", // also before the end of a clause
		"ik wil gewoon echt gewoon dood":      "none",      // but not any number of them
		"kwil dood":                           "crisis C1",
		"kwal dood":                           "none",
		"idk":                                 "distress D2",
		"slegte nagt":                         "distress D2", // as it sounds
		"mijn slape":                          "distress D2",
		"ik heb een mes. straks als hij komt": "crisis C8",
		"hij komt! ik heb een mes":            "crisis C8",
		"mes. een twee drie vier vijf zes zeven acht hij komt": "none", // too far
		"het touw. klaar":                 "none", // & stays in its sentence
		"klaar is het touw":               "crisis C5",
		"mezelf gesneden vroeger":         "distress C2",
		"mezelf gesneden net als vroeger": "crisis C2", // now, as it was then
	} {
		d := l.Detect(text)
		got := d.Level.String()
		if len(d.Hits) > 0 {
			got += " " + d.Hits[0].Class
		}
		if got != want {
			t.Errorf("%q: got %s, want %s\n%s", text, got, want, l.Explain(text))
		}
	}
}

// Below crisis a denial is asked about gently; at crisis no question stands
// between the message and the people.
func TestDetectAsksSoftlyOnlyBelowCrisis(t *testing.T) {
	t.Parallel()
	l := small(t)
	for text, want := range map[string]bool{
		"ik wil niet dood":             true,
		"ik ben op":                    true,
		"zo alleen":                    false,
		"ik wil niet dood. zelfmoord.": false,
		"ik wil dood":                  false,
	} {
		if d := l.Detect(text); d.SoftCheck != want {
			t.Errorf("%q: got soft check %v, want %v", text, d.SoftCheck, want)
		}
	}
	if d := l.Detect("ik wil niet dood"); len(d.Hits) != 1 || !d.Hits[0].Lowered || d.Hits[0].Pattern != "death" {
		t.Errorf("got %+v, want one lowered hit of death", d.Hits)
	}
}

func TestDetectTellsGoodNewsAndCrisisBoth(t *testing.T) {
	t.Parallel()
	d := small(t).Detect("goed nieuws, ik heb werk. maar ik wil dood")
	if !d.GoodNews || d.Level != lexicon.LevelCrisis {
		t.Errorf("got %+v, want good news and a crisis", d)
	}
	d = small(t).Detect("goed nieuws")
	if !d.GoodNews || d.Level != lexicon.LevelNone || len(d.Hits) != 0 {
		t.Errorf("got %+v, want good news alone", d)
	}
}

// Words far into a long message, and patterns that lie across the edge of a
// window, are found like any other.
func TestDetectFindsWordsAnywhereInALongMessage(t *testing.T) {
	t.Parallel()
	l := small(t)
	for n := range 150 {
		text := strings.Repeat("bla ", n) + "ik wil echt dood" + strings.Repeat(" bla", 150-n)
		if got := l.Detect(text).Level; got != lexicon.LevelCrisis {
			t.Fatalf("after %d words: got %s, want crisis", n, got)
		}
	}
}

func TestDetectMayBeCalledByManyAtOnce(t *testing.T) {
	t.Parallel()
	l := small(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 200 {
				text, want := "ik wil dood", lexicon.LevelCrisis
				if i%2 == 0 {
					text, want = "op de fiets", lexicon.LevelNone
				}
				if got := l.Detect(text).Level; got != want {
					t.Errorf("%q: got %s, want %s", text, got, want)
				}
			}
		})
	}
	all.Wait()
}

// Twice the text costs about twice the work, also when every word of it is one that
// patterns ask for.
func TestDetectTakesLinearWork(t *testing.T) {
	t.Parallel()
	l := small(t)
	for _, word := range []string{"dood ", "ik wil ", "d", "ikwilnietmeer", "nietmeer ", "a ", "zelf", "gewoon ", "mes. komt! ", "kwil ", "idk ", "slegtt ", "😭", ".", "é", "zelfmoor "} {
		short, long := l.Work(strings.Repeat(word, 2_000)), l.Work(strings.Repeat(word, 32_000))
		if long > 17*short+100 {
			t.Errorf("%q: 16 times the text took %d steps after %d", word, long, short)
		}
	}
}

// A short word that a pattern names as it is typed is still ik and what follows to
// all other patterns.
func TestAPatternMakesNoOtherDeaf(t *testing.T) {
	t.Parallel()
	l := mustLexicon(t, lexicon.Words{Groups: map[string][]string{"ik": {"ik", "k"}}, Clitics: map[string][]string{"k": {"ga", "wil"}}},
		entry("broken", "D1", lexicon.LevelDistress, "{ga|kga} stuk"),
		entry("kill", "C8", lexicon.LevelCrisis, "@ik ga hem vermoorden"),
	)
	for text, want := range map[string]lexicon.Level{"kga hem vermoorden": lexicon.LevelCrisis, "kga stuk": lexicon.LevelDistress} {
		if got := l.Detect(text).Level; got != want {
			t.Errorf("%q: got %s, want %s\n%s", text, got, want, l.Explain(text))
		}
	}
}

// What guards take is heard after all when it would be a crisis of two classes: a
// figure of speech is of one. It is distress then, and asked about gently.
func TestGuardsDoNotTakeTwoCrises(t *testing.T) {
	t.Parallel()
	l := mustLexicon(t, lexicon.Words{},
		entry("pills", "C6", lexicon.LevelCrisis, "potje leeggeslikt"),
		entry("death", "C1", lexicon.LevelCrisis, "wil dood"),
		entry("again", "C1", lexicon.LevelCrisis, "dood zijn"),
		guard(lexicon.Guard, "game", "& potje dood <16>", "& potje leeggeslikt <8>", "potje zijn"),
	)
	for text, want := range map[string]string{
		"ze heeft een potje leeggeslikt ze wil dood":         "distress, asked: C6 C1",
		"een potje en dan ben je weer dood zijn en wil dood": "none:",
		"een potje leeggeslikt":                              "none:",
		"ik wil dood":                                        "crisis: C1",
	} {
		d := l.Detect(text)
		got := d.Level.String()
		if d.SoftCheck {
			got += ", asked"
		}
		got += ":"
		for _, h := range d.Hits {
			got += " " + h.Class
		}
		if got != want {
			t.Errorf("%q: got %s, want %s\n%s", text, got, want, l.Explain(text))
		}
	}
}

// A word that is stretched and written as it sounds is read, whatever was read before.
func TestAStretchedWordIsReadAsItSounds(t *testing.T) {
	t.Parallel()
	l := mustLexicon(t, lexicon.Words{}, entry("night", "D2", lexicon.LevelDistress, "nacht", "vermoorden", "vechten"))
	for _, text := range []string{"naaagt", "naaaagt"} {
		for _, before := range []string{"", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "nagt vermoorde"} {
			l.Detect(before)
			if got := l.Detect(text).Level; got != lexicon.LevelDistress {
				t.Errorf("%q after %q: got %s", text, before, got)
			}
		}
	}
}

// Whatever a person sends, Detect answers, and hostile text costs no more than
// any other.
func FuzzDetect(f *testing.F) {
	l := small(f)
	for _, seed := range []string{
		"ik wil dood", "ik wil niet dood van het lachen", "d o o d", ":'(((((", "😭😭", "\xff\xfe", "40 pillen geslikt",
		"ikwilnietmeerleven", strings.Repeat("ik wil ", 40), "...", "a.b.c.d", "zelf moord", "mes. hij komt, ik wacht", "kwil gewoon dood idk", "\u202eik wil dood", "İıŁß",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := l.Detect(text)
		if why := l.Explain(text); fmt.Sprint(why.Detection) != fmt.Sprint(d) {
			t.Errorf("%q: Explain says %+v, Detect says %+v", text, why.Detection, d)
		}
		for i, h := range d.Hits {
			if h.Level > d.Level || h.Level == lexicon.LevelNone || i > 0 && d.Hits[i-1].Level < h.Level {
				t.Errorf("%q: hit %d of %+v is out of order", text, i, d)
			}
		}
		if d.Level == lexicon.LevelCrisis && d.SoftCheck {
			t.Errorf("%q: a question stands before a crisis", text)
		}
		// A crisis stays a crisis whatever sentence stands before or after it.
		if got := l.Detect(text + ". ik wil dood").Level; got != lexicon.LevelCrisis {
			t.Errorf("%q and a crisis after it: got %s", text, got)
		}
	})
}
