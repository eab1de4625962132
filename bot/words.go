package bot

import (
	"strings"

	"houvast/flows"
	"houvast/signals"
)

// Words are the house's own sentences by language and key, such as
// "crisis.kaart"; flows have theirs inside them. Placeholders stand in braces.
type Words map[string]map[string]string

// promise are the sentences of a promise in a language.
func (w Words) promise(language string) signals.PromiseWords {
	words, dutch := w[language], w["nl"]
	return func(key string) string { return say(words, dutch, key, nil) }
}

// Say returns the sentence of key in language, else in Dutch, with its
// placeholders filled: pairs are name, value, name, value.
func (w Words) Say(language, key string, pairs ...string) string {
	return say(w[language], w["nl"], key, pairs)
}

// say is [Words.Say] from the sentences of a language, and the Dutch ones.
func say(words, dutch map[string]string, key string, pairs []string) string {
	text, ok := words[key]
	if !ok {
		if text, ok = dutch[key]; !ok {
			return "[" + key + "]" // TestWords keeps this from happening
		}
	}
	if len(pairs) == 0 || strings.IndexByte(text, '{') < 0 {
		return text
	}
	size := len(text)
	for _, p := range pairs {
		size += len(p)
	}
	var b strings.Builder
	b.Grow(size)
	flows.FillTo(&b, text, func(name string) (string, bool) { return valueOf(name, pairs) })
	return b.String()
}

func valueOf(name string, pairs []string) (value string, known bool) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] == name {
			return pairs[i+1], true
		}
	}
	return "", false
}
