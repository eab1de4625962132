package bot

import "strings"

// Words are the house's own sentences by language and key, such as
// "crisis.kaart"; flows have theirs inside them. Placeholders stand in braces.
type Words map[string]map[string]string

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
