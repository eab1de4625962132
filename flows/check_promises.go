package flows

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Nobody may read that somebody comes, calls, knows or has read before that
// person said so. A coordinator writes texts long before; so no text of a flow
// may say it, in no language. What a text can say is what Houvast itself does
// ("Ik geef het door"), what the resident may choose ("Iemand mag mij bellen"),
// and {belofte}, which the network fills with what is true at that moment.

// A speech is how one language says that people do something. Words are folded;
// a word that ends in * stands for all that begin so.
type speech struct {
	people []string // who: somebody, the team, the doctor
	does   []string // what they do; a claim when one of the people is in the same clause
	claims []string // a claim whoever does it; "…" stands for at most four words
	tells  []string // a claim in a tell or a handoff, where nothing else can be meant, and after a name
	not    []string // makes a clause a wish, a permission, a condition or a question
	self   []string // I and you, right before a claim: it is about no other
	and    []string // where the next clause begins
	reads  []string // what a reader does at the hours that the network gives
	days   []string // by which a text says that this is on working days
	names  bool     // words in the middle of a sentence have a capital only when they are names
	first  []string // words that begin a sentence and are no name
	asks   []string // words that begin a question, besides what people do
}

// speeches are the languages in which a claim about people is recognised. In
// another one nobody but a reader can: the check says so.
var speeches = map[string]*speech{
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
		claims: []string{"te llamará", "te llamarán", "llamará", "llamarán", "vendrá", "vendrán", "va a venir", "va a llamar*", "van a llamar*", "ha leído", "han leído", "leerá", "está en camino", "responderá", "contactará", "te ayudará", "lo sabe", "lo saben", "lo lee"},
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
	return fill(strings.ReplaceAll(text, Promise, ". "), func(name string) string {
		switch name {
		case "lezer":
			return markReader
		case "leestijden":
			return markHours
		case "naam", "gemeente", "ritme_in_woorden", "welkom", "vast_contact_rol":
			return markOther
		}
		return markPerson
	})
}

// promises makes sure that no text says of people what nobody knows yet: no
// text of the flow, and no words that it remembers and may show.
func (c *checker) promises() {
	for _, t := range c.d.Texts() {
		c.promise(textPath(t.Key), t.Key, t.Text)
	}
	for _, r := range c.d.Remember {
		c.promise("remember."+r.Name+".default", "remember."+r.Name, r.Default)
	}
	for i := range c.d.Steps {
		if s := &c.d.Steps[i]; s.Kind == KindSet {
			c.promise("steps."+s.ID+".to", s.ID+".to", s.Value.Word)
		}
	}
	for _, l := range c.languages() {
		if speeches[l] == nil && isName(l) {
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
	return strings.HasSuffix(key, ".tell") || s != nil && s.Kind == KindHandoff
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
func ClaimLanguages() []string { return sortedKeys(speeches) }

// claim looks for a claim sentence by sentence. told says that the text is a tell
// or a handoff.
func claim(text, language string, told bool) string {
	sp, ok := speeches[language]
	if !ok {
		return ""
	}
	text = strings.NewReplacer("?", " ?.", "؟", " ?.", "،", ",").Replace(marks(text))
	for sentence := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(".!;:\n", r) }) {
		words, asked := strings.CutSuffix(sentence, "?")
		for i, clause := range cut(strings.Fields(words), func(before, _ string) bool { return strings.HasSuffix(before, ",") }) {
			if asked && i == 0 && sp.begins(clause[0]) {
				continue // "Komt er iemand?" says nothing
			}
			parts := [][]string{clause}
			if sp.isWish(clause) {
				// What makes one half a wish does not hide a claim in the other.
				parts = cut(clause, func(_, next string) bool { return slices.Contains(sp.and, Fold(next)) })
			}
			for j, part := range parts {
				if found := sp.clause(part, i == 0 && j == 0, told); found != "" {
					return found
				}
			}
		}
	}
	return ""
}

// cut parts words wherever between says so of the word before and the one after.
func cut(words []string, between func(before, next string) bool) [][]string {
	var out [][]string
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
func (sp *speech) isWish(clause []string) bool {
	words := strings.Fields(Fold(strings.Join(clause, " ")))
	return slices.ContainsFunc(sp.not, func(p string) bool { _, ok := phraseIn(words, p); return ok })
}

// begins reports whether a question can begin with the word.
func (sp *speech) begins(word string) bool {
	word = Fold(word)
	return slices.Contains(sp.asks, word) || slices.Contains(sp.does, word)
}

// clause finds a claim in one clause. first says that it begins a sentence.
func (sp *speech) clause(raw []string, first, told bool) string {
	if sp.isWish(raw) {
		return ""
	}
	words := strings.Fields(Fold(strings.Join(raw, " ")))
	person := false
	for i, w := range raw {
		// "Samira komt": at the beginning a name is a word with what it does right
		// behind it; further on it is a word with a capital.
		name := i > 0 || !first || len(words) > 1 && anyOf(sp.tells, words[1:2]) != ""
		person = person || sp.names && name && isCapital(w) && !slices.Contains(sp.first, Fold(w))
	}
	reader := slices.Contains(words, markReader) || slices.Contains(words, markHours)
	hours := slices.Contains(words, markHours)
	for _, p := range sp.days {
		_, ok := phraseIn(words, p)
		hours = hours || ok
	}
	// Who reads, and when, is the network's to say, and it is what {lezer} means.
	reads := func(p string) bool { return reader && hours && slices.Contains(sp.reads, p) }
	for _, p := range sp.claims {
		if at, ok := phraseIn(words, p); ok && !reads(p) && (at == 0 || !slices.Contains(sp.self, words[at-1])) {
			return p
		}
	}
	if told {
		for _, p := range sp.tells {
			if at, ok := phraseIn(words, p); ok && (at == 0 || !slices.Contains(sp.self, words[at-1])) {
				return p
			}
		}
	}
	person = person || reader || slices.Contains(words, markPerson) || anyOf(sp.people, words) != ""
	if !person {
		return ""
	}
	for i, w := range words {
		if (i == 0 || !slices.Contains(sp.self, words[i-1])) && anyOf(sp.does, words[i:i+1]) != "" && !reads(w) {
			return w
		}
	}
	return ""
}

func isCapital(word string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(word, "\"'‘“(«"))
	return unicode.IsUpper(r)
}

// anyOf finds the first of words that is in a list.
func anyOf(list, words []string) string {
	for _, w := range words {
		for _, l := range list {
			if stem, open := strings.CutSuffix(l, "*"); l == w || open && strings.HasPrefix(w, stem) {
				return w
			}
		}
	}
	return ""
}

// phraseIn finds where a phrase begins. "…" in it stands for at most four words.
func phraseIn(words []string, phrase string) (int, bool) {
	parts := strings.Fields(phrase)
	var from func(i, p int) bool
	from = func(i, p int) bool {
		switch {
		case p == len(parts):
			return true
		case parts[p] == "…":
			for skip := range 5 {
				if from(i+skip, p+1) {
					return true
				}
			}
			return false
		case i >= len(words) || anyOf(parts[p:p+1], words[i:i+1]) == "":
			return false
		}
		return from(i+1, p+1)
	}
	for i := range words {
		if from(i, 0) {
			return i, true
		}
	}
	return 0, false
}
