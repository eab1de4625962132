package check

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"houvast/flows"
)

// Nobody may read that somebody comes, calls, knows or has read before that
// person said so. A coordinator writes texts long before; so no text of a flow
// may say it, in no language. What a text can say is what Houvast itself does
// ("Ik geef het door"), what the resident may choose ("Iemand mag mij bellen"),
// and {belofte}, which the network fills with what is true at that moment.

// A speech is how one language says that people do something, in folded words.
// A word that ends in * stands for all that begin so.
type speech struct {
	people []string // who: somebody, the team, the doctor
	does   []string // what they do; a claim when one of the people is in the same clause
	claims []string // a claim whoever does it; "…" stands for at most four words
	tells  []string // a claim in a tell or a handoff, where nothing else can be meant, and after a name
	not    []string // makes a clause a wish, a permission, a condition or a question
	self   []string // I and you, right before a claim: it is about no other
	and    []string // where the next clause begins
	asks   []string // begins a question, besides what people do
	reads  []string // what a reader does at the hours that the network gives
	days   []string // by which a text says that this is on working days
	names  bool     // a capital in the middle of a sentence is a name
	first  []string // words with a capital that are no name
}

// speeches are the languages in which a claim about people is recognised. In
// another one nobody but a reader can: the check says so.
var speeches = map[string]speech{
	"nl": {
		people: []string{
			"iemand", "niemand", "iedereen", "team", "teams", "wijkteam", "buurtteam", "we", "wij", "ze", "zij", "hij", "hulpverlener*", "begeleid*",
			"medewerker*", "collega*", "maatje", "maatjes", "buddy*", "ervaringsdeskundige*", "arts", "dokter", "huisarts", "psycholoog", "psychiater",
			"verpleegkundige*", "coach", "coordinator*", "coördinator*", "vrijwilliger*", "professional*", "contactpersoon", "mens", "mensen", "persoon",
			"politie", "ambulance", "crisisdienst", "hulp", "familie", "buren", "vriend", "vriendin", "vrienden",
		},
		does: []string{
			"komt", "komen", "belt", "bellen", "weet", "weten", "leest", "lezen", "ziet", "hoort", "horen", "kijkt", "kijken", "reageert", "reageren",
			"antwoordt", "antwoorden", "helpt", "helpen", "spreekt", "stuurt", "sturen", "bezoekt", "regelt", "regelen", "zorgt", "zorgen", "pakt", "pakken",
			"neemt", "nemen", "zal", "zullen", "luistert", "luisteren", "wacht", "waakt", "blijft", "bereikbaar", "beschikbaar", "paraat", "onderweg",
			"gelezen", "gezien", "gehoord", "gebeld", "opgepakt",
		},
		claims: []string{
			"heeft … gelezen", "hebben … gelezen", "is gelezen", "wordt … gelezen", "worden … gelezen", "heeft … gezien", "hebben … gezien", "heeft … gehoord",
			"hebben … gehoord", "heeft … opgepakt", "is opgepakt", "wordt … opgepakt", "is onderweg", "zijn onderweg", "komt eraan", "komen eraan", "komt er aan",
			"komt … langs", "komen … langs", "komt naar je", "komt bij je", "belt je", "belt jou", "bellen je", "bellen jou", "je wordt … gebeld", "word je … gebeld",
			"weet het", "weten het", "weet ervan", "weten ervan", "weet hiervan", "leest het", "leest dit", "leest … mee", "lezen het", "lezen dit", "lezen … mee",
			"gaat … bellen", "gaan … bellen", "gaat … lezen", "gaan … lezen", "gaat … kijken", "gaan … kijken", "gaat … helpen", "gaan … helpen", "ziet het", "ziet dit", "zien het", "hoort het", "hoort dit", "hoort dat", "neemt … contact", "nemen … contact", "reageert op", "helpt je", "helpt jou", "spreekt je",
			"je hoort … van", "hoor je … van", "je krijgt … antwoord", "krijg je … antwoord", "er is altijd iemand", "er is iemand", "iemand is er", "staat … voor je klaar",
			"staan … voor je klaar", "is er voor je", "zijn er voor je",
		},
		tells: []string{"komt", "komen", "belt", "weet", "leest", "zien het", "reageert", "antwoordt", "zorgt voor", "stuurt je"},
		not: []string{
			"mag", "mogen", "wil je", "wil jij", "wilt u", "je wilt", "jij wilt", "ik wil", "wil ik", "als", "zodra", "wie", "wat", "hoe", "wanneer", "liever",
			"hoeft", "hoeven", "vraag of", "laat mijn", "zal ik", "van mij",
		},
		self:  []string{"ik", "je", "jij", "u"},
		and:   []string{"en", "maar", "want", "dus", "dan", "daarna"},
		reads: []string{"leest", "lezen", "kijkt", "kijken", "leest … mee", "lezen … mee", "leest dit", "lezen dit", "leest het", "lezen het"},
		days:  []string{"werkdag", "werkdagen"},
		names: true,
		first: []string{
			"alles", "altijd", "alleen", "als", "anders", "daar", "daarna", "dan", "dat", "de", "deze", "die", "dit", "een", "eerst", "er", "elke", "het", "hier", "hoe",
			"hoeveel", "houvast", "iets", "ik", "je", "jij", "jouw", "later", "meer", "mijn", "misschien", "morgen", "niets", "nog", "nu", "ook", "soms", "straks", "telegram",
			"u", "vandaag", "vanaf", "waar", "waarom", "wanneer", "wat", "welke", "wie", "zo",
		},
		asks: []string{"is", "zijn", "heeft", "hebben", "wordt", "word", "ben", "heb", "kan", "kun", "kunnen", "gaat", "gaan"},
	},
	"en": {
		people: []string{
			"someone", "somebody", "nobody", "everyone", "everybody", "team", "teams", "we", "they", "he", "she", "worker*", "carer*", "colleague*", "buddy", "buddies",
			"doctor*", "nurse*", "psychologist", "psychiatrist", "coach", "coordinator*", "volunteer*", "professional*", "person", "people", "human", "humans",
			"police", "ambulance", "help", "family", "friend*",
		},
		does: []string{
			"comes", "calls", "knows", "know", "reads", "sees", "hears", "looks", "answers", "replies",
			"helps", "sends", "visits", "picks", "takes", "will", "coming", "calling", "going", "listens", "waits", "stays", "available", "reachable", "seen", "heard",
		},
		claims: []string{
			"has … read", "have … read", "is being read", "was read", "has … seen", "have … seen", "has … heard", "have … heard", "is coming", "are coming", "is on the way", "are on the way",
			"will call", "will come", "will read", "will look", "will contact", "will answer", "will reply", "will help", "will visit", "will be in touch", "be called", "get a call",
			"calls you", "call you back", "comes to you", "comes round", "knows about", "know about", "knows it", "reads it", "reads this", "read it", "reads along", "sees it", "sees this",
			"hears it", "hears this", "hears of", "you will hear from", "there is always someone", "someone is there", "we read", "we call", "we come", "we see", "we hear", "we look", "we answer", "we reply", "we help",
			"they read", "they call", "they come", "they see", "they hear", "they look", "they answer", "they reply", "they help", "people read", "people look", "is there for you", "are there for you", "picks it up",
		},
		tells: []string{"comes", "calls", "knows", "reads"},
		not: []string{
			"may", "if", "when", "who", "what", "how", "whether", "rather", "would you like", "do you want", "you want", "i want", "shall i", "should", "need not", "once",
		},
		self:  []string{"i", "you", "to", "can", "me"},
		and:   []string{"and", "but", "so", "then"},
		reads: []string{"reads", "looks", "they read", "we read", "reads along", "read along", "reads it", "read it", "reads this"},
		days:  []string{"working day", "working days"},
		names: true,
		first: []string{
			"all", "always", "as", "first", "for", "good", "here", "houvast", "how", "i", "if", "it", "later", "maybe", "my", "no", "now", "one", "only", "please", "soon", "sometimes",
			"that", "the", "then", "there", "these", "this", "today", "tomorrow", "telegram", "what", "when", "where", "which", "who", "why", "yes", "you", "your",
		},
		asks: []string{"is", "are", "has", "have", "does", "do", "did", "can", "could", "would"},
	},
	"de": {
		people: []string{"jemand", "niemand", "team", "wir", "sie", "er", "helfer*", "mitarbeiter*", "kolleg*", "arzt", "ärztin", "mensch", "menschen", "polizei", "hilfe"},
		does:   []string{"kommt", "kommen", "ruft", "rufen", "weiß", "weiss", "wissen", "liest", "lesen", "sieht", "hört", "hilft", "helfen", "antwortet", "antworten", "wird", "werden", "gelesen", "gesehen"},
		claims: []string{"ruft dich", "ruft … an", "rufen … an", "meldet sich", "melden sich", "kommt vorbei", "kommt zu dir", "hat … gelesen", "haben … gelesen", "weiß bescheid", "ist unterwegs", "liest … mit", "hilft dir", "du hörst … von"},
		tells:  []string{"kommt", "liest", "weiß", "antwortet"},
		not:    []string{"darf", "dürfen", "möchtest", "willst", "wenn", "falls", "wer", "wie", "wann", "lieber", "ob", "soll ich"},
		self:   []string{"ich", "du"},
		and:    []string{"und", "aber", "dann", "denn"},
	},
	"fr": {
		people: []string{"quelqu", "quelqu'un", "personne", "équipe", "nous", "ils", "elles", "il", "elle", "on", "médecin", "docteur", "collègue*", "aide", "police", "ambulance"},
		does:   []string{"vient", "viennent", "viendra", "viendront", "appelle", "appellent", "sait", "savent", "lit", "lisent", "lira", "voit", "entend", "répond", "répondent", "aide", "va", "vont", "lu"},
		claims: []string{"va … appeler", "vont … appeler", "appellera", "appelleront", "va venir", "vont venir", "viendra", "a lu", "ont lu", "est en route", "sont en route", "va … répondre", "répondra", "contactera", "contacteront", "t aidera", "est au courant", "sont au courant"},
		tells:  []string{"vient", "lit", "sait"},
		not:    []string{"peut", "peuvent", "veux", "voulez", "si", "qui", "comment", "quand", "plutôt"},
		self:   []string{"je", "j", "tu"},
		and:    []string{"et", "mais", "puis", "alors"},
	},
	"es": {
		people: []string{"alguien", "nadie", "equipo", "nosotros", "ellos", "ellas", "él", "ella", "médico", "médica", "compañer*", "ayuda", "policía", "ambulancia", "persona"},
		does:   []string{"viene", "vienen", "llama", "llaman", "sabe", "saben", "lee", "leen", "ve", "ven", "oye", "responde", "responden", "ayuda", "va", "van", "leído"},
		claims: []string{"te llamará", "te llamarán", "llamará", "llamarán", "vendrá", "vendrán", "va a venir", "va a llamar", "va a llamarte", "van a llamar", "van a llamarte", "ha leído", "han leído", "leerá", "está en camino", "responderá", "contactará", "te ayudará", "lo sabe", "lo saben", "lo lee"},
		tells:  []string{"viene", "lee", "sabe"},
		not:    []string{"puede", "pueden", "quieres", "quiere", "si", "quién", "cómo", "cuándo", "mejor"},
		self:   []string{"yo", "tú"},
		and:    []string{"y", "pero", "entonces"},
	},
	"pl": {
		claims: []string{
			"zadzwoni", "zadzwonią", "przyjdzie", "przyjdą", "przyjedzie", "przyjadą", "odezwie się", "odezwą się", "przeczytał", "przeczytała", "przeczytali", "przeczyta", "przeczytają",
			"czyta to", "wie o", "wiedzą o", "odpowie", "odpowiedzą", "pomoże", "pomogą", "skontaktuje", "skontaktują", "jest w drodze", "są w drodze", "widział", "widziała", "zobaczy",
		},
		people: []string{"ktoś", "nikt", "zespół", "zespołu", "oni", "one", "on", "ona", "lekarz", "pomoc", "policja", "pogotowie"},
		does:   []string{"czyta", "czytają", "wie", "wiedzą", "widzi", "widzą", "słyszy", "słyszą", "dzwoni", "jedzie", "idzie", "pomaga"},
		not:    []string{"może", "mogą", "czy", "jeśli", "gdy", "kto", "jak", "kiedy", "chcesz", "wolisz"},
		self:   []string{"ja", "ty"},
		and:    []string{"i", "ale", "potem", "więc"},
	},
	"tr": {
		claims: []string{
			"arayacak", "arayacaklar", "arıyor", "gelecek", "gelecekler", "geliyor", "geliyorlar", "okudu", "okudular", "okuyacak", "okuyor", "okuyorlar", "biliyor", "biliyorlar", "gördü", "görüyor",
			"duydu", "duyacak", "yardım edecek", "yardım ediyor", "cevap verecek", "yanıt verecek", "ulaşacak", "ziyaret edecek", "yolda",
		},
		not: []string{"mı", "mi", "mu", "mü", "eğer", "kim", "nasıl", "istiyor musun"},
		and: []string{"ve", "ama", "sonra"},
	},
	"ar": {
		claims: []string{
			"سيتصل", "ستتصل", "سيتصلون", "سوف يتصل", "سوف تتصل", "يتصل بك", "سيأتي", "ستأتي", "سيأتون", "سوف يأتي", "سيزورك", "قادم", "قادمون", "في الطريق", "قرأ", "قرأت رسالتك", "سيقرأ", "سيقرؤون", "يقرأ", "يعرف", "يعلم",
			"يعرفون", "يعلمون", "سيساعدك", "سيساعدونك", "سيرد", "سيردون", "سيجيب", "رأى", "سيتواصل", "سيتواصلون",
		},
		not: []string{"يمكن", "هل", "إذا", "من", "كيف", "متى", "تريد"},
		and: []string{"ثم", "لكن"},
	},
}

// beforehand is the one sentence that says of the team what is always so: what
// residents are told before their yes about words of danger. The house keeps it, by
// the signal that leaves in the same turn, and every resident reads these very words.
var beforehand = map[string]string{
	"nl": "dan hoort het team dat altijd",
	"en": "then the team always hears of it",
}

// Words that stand for placeholders while a text is read.
const (
	markPerson = "xxpersoonxx"
	markReader = "xxlezerxx"
	markHours  = "xxtijdenxx"
	markOther  = "xxietsxx"
)

// marks puts words in the place of placeholders. All that is not known to be
// about something else is about a person.
func marks(text string) string {
	var b strings.Builder
	flows.FillTo(&b, strings.ReplaceAll(text, flows.Promise, ". "), func(name string) (mark string, known bool) {
		switch name {
		case "lezer":
			return markReader, true
		case "leestijden":
			return markHours, true
		case "naam", "gemeente", "ritme_in_woorden", "welkom", "vast_contact_rol":
			return markOther, true
		}
		return markPerson, flows.IsName(name)
	})
	return b.String()
}

// promises makes sure that no text says of people what nobody knows yet: no
// text of the flow, and no words that it remembers and may show.
func (c *checker) promises() {
	for _, t := range c.said {
		c.promise(textPath(t.Key), t.Key, t.Text)
	}
	for _, r := range c.d.Remember {
		c.promise("remember."+r.Name+".default", "remember."+r.Name, r.Default)
	}
	for i := range c.d.Steps {
		if s := &c.d.Steps[i]; s.Kind == flows.KindSet {
			c.promise("steps."+s.ID+".to", s.ID+".to", s.Value.Word)
		}
	}
	for _, l := range c.languages() {
		if ears[l] == nil && flows.IsName(l) {
			c.warn("belofte_taal", "languages", "laat het nalezen door iemand die de taal spreekt", "in de taal '%s' ziet Houvast niet of een tekst iets over mensen belooft", l)
		}
	}
}

func (c *checker) promise(path, key, text string) {
	if word := claim(text, c.d.Language, c.isTold(key)); word != "" {
		c.fault("belofte", path, c.instead(key), "'%s' belooft iets over mensen: '%s'", key, word)
	}
}

// isTold reports whether a text goes with something that leaves for people.
func (c *checker) isTold(key string) bool {
	s := c.steps[before(key)]
	return strings.HasSuffix(key, ".tell") || s != nil && s.Kind == flows.KindHandoff
}

// instead says what a text can say without promising.
func (c *checker) instead(key string) string {
	if c.isTold(key) {
		return "laat het weg, of schrijf {belofte}: het netwerk zegt wat waar is"
	}
	return "zeg wat Houvast zelf doet, zoals 'Ik geef het door', of wat mag, zoals 'Iemand mag mij bellen'"
}

// Claim finds the words by which a text says that somebody comes, calls, knows,
// reads or has read, or nothing. In a language that is not among
// [ClaimLanguages] it finds nothing.
func Claim(text, language string) string { return claim(text, language, false) }

// ClaimLanguages lists the languages in which [Claim] can tell.
func ClaimLanguages() []string { return sortedKeys(ears) }

// A part is what a word or phrase can be in a sentence; several at once. They are
// in the order of the lists of a speech.
type part uint16

const (
	isPerson part = 1 << iota
	isDoing
	isClaim
	isTold
	isNot
	isSelf
	isAnd
	isAsking
	isReading
	isDay
	noName
)

// An ear is a speech made ready to listen with.
type ear struct {
	names   bool
	words   map[string]part
	stems   []phrase            // of one word each
	phrases map[string][]phrase // by their first word
}

type phrase struct {
	text string
	rest []string // the words after the first
	is   part
}

// ears has one for every language of speeches.
var ears = func() map[string]*ear {
	out := map[string]*ear{}
	for language, sp := range speeches {
		e := &ear{names: sp.names, words: map[string]part{}, phrases: map[string][]phrase{}}
		for i, list := range [][]string{sp.people, sp.does, sp.claims, sp.tells, sp.not, sp.self, sp.and, sp.asks, sp.reads, sp.days, sp.first} {
			for _, text := range list {
				e.learn(text, isPerson<<i)
			}
		}
		e.learn(markPerson, isPerson)
		e.learn(markReader, isPerson)
		out[language] = e
	}
	return out
}()

func (e *ear) learn(text string, is part) {
	words := strings.Fields(text)
	stem, open := strings.CutSuffix(text, "*")
	switch {
	case len(words) > 1:
		for i, p := range e.phrases[words[0]] {
			if p.text == text {
				e.phrases[words[0]][i].is |= is
				return
			}
		}
		e.phrases[words[0]] = append(e.phrases[words[0]], phrase{text: text, rest: words[1:], is: is})
	case open:
		e.stems = append(e.stems, phrase{text: stem, is: is})
	default:
		e.words[text] |= is
	}
}

// A heard word is one word of a text with what it can be.
type heard struct {
	word    string
	is      part
	capital bool
	comma   bool // one stands behind it
}

// hear reads a sentence.
func (e *ear) hear(sentence string) []heard {
	var out []heard
	for _, raw := range strings.Fields(sentence) {
		r, _ := utf8.DecodeRuneInString(strings.TrimLeft(raw, "\"'‘“(«"))
		for i, w := range strings.Fields(flows.Fold(raw)) {
			is := e.words[w]
			for _, s := range e.stems {
				if strings.HasPrefix(w, s.text) {
					is |= s.is
				}
			}
			out = append(out, heard{word: w, is: is, capital: i == 0 && unicode.IsUpper(r)})
		}
		if n := len(out); n > 0 && strings.HasSuffix(raw, ",") {
			out[n-1].comma = true
		}
	}
	return out
}

// find returns the first word or phrase that is one of what, and where it begins.
func (e *ear) find(words []heard, what part, from int) (phrase, int) {
	for i := from; i < len(words); i++ {
		for _, p := range e.phrases[words[i].word] {
			if p.is&what != 0 && follows(words[i+1:], p.rest) {
				return p, i
			}
		}
		if words[i].is&what != 0 {
			return phrase{text: words[i].word, is: words[i].is}, i
		}
	}
	return phrase{}, -1
}

// follows reports whether the words begin with rest; "…" in it stands for at
// most four words.
func follows(words []heard, rest []string) bool {
	switch {
	case len(rest) == 0:
		return true
	case rest[0] == "…":
		for skip := 0; skip <= min(4, len(words)); skip++ {
			if follows(words[skip:], rest[1:]) {
				return true
			}
		}
		return false
	case len(words) == 0 || words[0].word != rest[0]:
		return false
	}
	return follows(words[1:], rest[1:])
}

// closing makes a question end as every sentence does, but for its mark.
var closing = strings.NewReplacer("?", " ?.", "؟", " ?.", "،", ", ")

// claim looks for a claim sentence by sentence. told says that the text is a tell
// or a handoff.
func claim(text, language string, told bool) string {
	e, ok := ears[language]
	if !ok {
		return ""
	}
	text = closing.Replace(marks(text))
	for sentence := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(".!;:\n", r) }) {
		if strings.TrimSpace(flows.Fold(sentence)) == beforehand[language] {
			continue
		}
		words, asked := strings.CutSuffix(sentence, "?")
		for i, clause := range cut(e.hear(words), func(before, _ heard) bool { return before.comma }) {
			if asked && i == 0 && clause[0].is&(isAsking|isDoing) != 0 {
				continue // "Komt er iemand?" says nothing
			}
			parts := [][]heard{clause}
			if e.isWish(clause) {
				// What makes one half a wish does not hide a claim in the other.
				parts = cut(clause, func(_, next heard) bool { return next.is&isAnd != 0 })
			}
			for j, part := range parts {
				if found := e.claim(part, i == 0 && j == 0, told); found != "" {
					return found
				}
			}
		}
	}
	return ""
}

// cut parts words wherever between says so of the word before and the one after.
func cut(words []heard, between func(before, next heard) bool) [][]heard {
	var out [][]heard
	begin := 0
	for i := range words {
		if last := i == len(words)-1; last || between(words[i], words[i+1]) {
			out, begin = append(out, words[begin:i+1]), i+1
		}
	}
	return out
}

// isWish reports whether a clause is a wish, a permission, a condition or a
// question.
func (e *ear) isWish(clause []heard) bool {
	_, at := e.find(clause, isNot, 0)
	return at >= 0
}

// claim finds a claim in one clause. first says that it begins a sentence.
func (e *ear) claim(clause []heard, first, told bool) string {
	if e.isWish(clause) {
		return ""
	}
	person, reader, hours := false, false, false
	for i, w := range clause {
		// "Samira komt": at the beginning a name is a word with what it does right
		// behind it; further on it is a word with a capital.
		name := i > 0 || !first || len(clause) > 1 && clause[1].is&isTold != 0
		person = person || w.is&isPerson != 0 || e.names && name && w.capital && w.is&noName == 0
		reader = reader || w.word == markReader || w.word == markHours
		hours = hours || w.word == markHours
	}
	if _, at := e.find(clause, isDay, 0); at >= 0 {
		hours = true
	}
	what := isClaim
	if told {
		what |= isTold
	}
	if person {
		what |= isDoing
	}
	for from := 0; ; {
		p, at := e.find(clause, what, from)
		switch {
		case at < 0:
			return ""
		case at > 0 && clause[at-1].is&isSelf != 0:
		case reader && hours && p.is&isReading != 0:
			// Who reads, and when, is the network's to say, and it is what {lezer} means.
		default:
			return p.text
		}
		from = at + 1
	}
}
