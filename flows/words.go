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

// phrasesIn returns the engine's own words in a language.
func phrasesIn(language string) *phrasebook {
	if p, ok := phrases[language]; ok {
		return p
	}
	return phrases["nl"]
}

// Promise is the placeholder that the network fills: what it can promise at the
// moment a signal or contact goes out, in words.
const Promise = "{belofte}"

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
		if isName(name) {
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
	for {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			break
		}
		name, rest, ok := strings.Cut(text[open+1:], "}")
		if !ok || !isName(name) || text[open:open+len(name)+2] == Promise {
			b.WriteString(text[:open+1])
			text = text[open+1:]
			continue
		}
		b.WriteString(text[:open])
		v := value(name)
		if strings.ContainsAny(v, "{}") {
			v = strings.NewReplacer("{", "(", "}", ")").Replace(v)
		}
		b.WriteString(v)
		text = rest
	}
	b.WriteString(text)
	return b.String()
}

// isName reports whether s can be the name of a step, a button or an answer.
func isName(s string) bool {
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
