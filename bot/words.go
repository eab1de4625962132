package bot

import (
	"strings"

	"houvast/signals"
)

// Words are the house's own sentences by language and key, such as
// "crisis.kaart"; flows have theirs inside them. Placeholders stand in braces.
type Words map[string]map[string]string

// promise are the sentences of a promise in a language.
func (w Words) promise(language string) signals.PromiseWords {
	say := func(key string) string { return w.Say(language, "belofte."+key) }
	p := signals.PromiseWords{
		Team: say("team"), Reads: say("leest"), ReadsAt: say("leest.om"), Back: say("terug"), Working: say("werkt"),
		Closed: say("dicht"), ClosedLong: say("dicht.lang"), Today: say("vandaag"), Tomorrow: say("morgen"), Time: say("tijd"), Hour: say("uur"),
	}
	copy(p.Days[:], strings.Split(say("dagen"), ", "))
	copy(p.Months[:], strings.Split(say("maanden"), ", "))
	return p
}

// Say returns the sentence of key in language, else in Dutch, with its
// placeholders filled: pairs are name, value, name, value.
func (w Words) Say(language, key string, pairs ...string) string {
	text, ok := w[language][key]
	if !ok {
		if text, ok = w["nl"][key]; !ok {
			return "[" + key + "]" // TestWords keeps this from happening
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+pairs[i]+"}", pairs[i+1])
	}
	return text
}
