package flows

import "strings"

// A phrasebook is what the engine itself can say, in one language. Everything
// else is written by a coordinator.
type phrasebook struct {
	label   map[string]string // well-known buttons of a contact, and the done button
	neutral map[string]string // what stands for a fact that is empty
	how     string            // the second part of a contact
	first   string            // there is nothing to go back to
	noBack  string            // what is behind cannot be undone
	media   string            // a voice note or photo was taken in
	gone    string            // the place in the conversation is not there any more
	scale   string            // between a number and what it means
}

// phrases are the languages the engine speaks. A flow in another language
// falls back to Dutch for these few.
var phrases = map[string]*phrasebook{
	"nl": {
		label: map[string]string{
			"vandaag": "Vandaag", "morgen": "Morgen", "deze_week": "Deze week",
			"bellen": "Bellen", "berichtje": "Een berichtje", "langskomen": "Langskomen",
			"done": "Klaar",
		},
		neutral: map[string]string{
			"naam": "daar", "maatje": "je maatje", "vast_contact": "je vaste contact",
			"vast_contact_rol": "vast contact", "back_up": "een collega", "team": "het team",
			"lezer": "Iemand van het team", "uitnodiger": "iemand van het team",
			"leestijden": "op werkdagen", "gemeente": "je gemeente", "ritme_in_woorden": "af en toe",
		},
		how:    "En hoe?",
		first:  "Dit is het begin.",
		noBack: "Verder terug kan niet.",
		media:  "Bewaard. Ik kan dit zelf niet lezen of horen.",
		gone:   "Dit gesprek is veranderd. Kies gerust opnieuw in het menu.",
		scale:  " = ",
	},
	"en": {
		label: map[string]string{
			"vandaag": "Today", "morgen": "Tomorrow", "deze_week": "This week",
			"bellen": "Call me", "berichtje": "A message", "langskomen": "Visit me",
			"done": "Done",
		},
		neutral: map[string]string{
			"naam": "there", "maatje": "your buddy", "vast_contact": "your contact",
			"vast_contact_rol": "contact", "back_up": "a colleague", "team": "the team",
			"lezer": "Someone of the team", "uitnodiger": "someone of the team",
			"leestijden": "on working days", "gemeente": "your town", "ritme_in_woorden": "now and then",
		},
		how:    "And how?",
		first:  "This is the beginning.",
		noBack: "I can't go back any further.",
		media:  "Saved. I can't read or hear this myself.",
		gone:   "This talk has changed. You can choose again in the menu.",
		scale:  " = ",
	},
}

// Speaks reports whether the engine has words of its own in a language, such as
// "nl". In another it says those few in Dutch.
func Speaks(language string) bool { return phrases[language] != nil }

// phrasesIn returns the engine's own words in a language.
func phrasesIn(language string) *phrasebook {
	if p, ok := phrases[language]; ok {
		return p
	}
	return phrases["nl"]
}

// Promise is the placeholder that the network fills: what it can promise at the
// moment a signal or contact goes out, in words.
const Promise = "{" + promised + "}"

const promised = "belofte"

// eachPlaceholder calls f for every {name} in text, in order.
func eachPlaceholder(text string, f func(name string)) {
	for {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			return
		}
		text = text[open+1:]
		name, rest, ok := strings.Cut(text, "}")
		if !ok {
			return
		}
		if IsName(name) {
			f(name)
			text = rest
		}
	}
}

// Placeholders lists the names between braces in a text, in order, each once for
// every time it stands there.
func Placeholders(text string) []string {
	var out []string
	eachPlaceholder(text, func(name string) { out = append(out, name) })
	return out
}

// fill puts values into a text. A value may not bring a placeholder of its own
// in: nobody but a coordinator can write {belofte}.
func fill(text string, value func(name string) string) string {
	if strings.IndexByte(text, '{') < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(2 * len(text))
	FillTo(&b, text, func(name string) (string, bool) {
		if !IsName(name) || name == promised {
			return "", false
		}
		v := value(name)
		if strings.ContainsAny(v, "{}") {
			v = strings.NewReplacer("{", "(", "}", ")").Replace(v)
		}
		return v, true
	})
	return b.String()
}

// FillTo writes a text with values in the place of their names in braces. A name
// that has no value stays as it stands.
func FillTo(b *strings.Builder, text string, value func(name string) (v string, known bool)) {
	for {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			b.WriteString(text)
			return
		}
		name, rest, closed := strings.Cut(text[open+1:], "}")
		v, known := "", false
		if closed {
			v, known = value(name)
		}
		if !known {
			b.WriteString(text[:open+1])
			text = text[open+1:]
			continue
		}
		b.WriteString(text[:open])
		b.WriteString(v)
		text = rest
	}
}

// IsName reports whether s can be the name of a step, a button or an answer.
func IsName(s string) bool {
	if s == "" || len(s) > 24 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}
