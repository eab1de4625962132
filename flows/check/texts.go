package check

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"houvast/flows"
)

// What the channels can carry, and what reads well on a small phone.
const (
	longestMessage = 4096 // characters; Telegram
	longestCaption = 1024 // below media; Telegram
	goodMessage    = 300
	goodButton     = 28 // the end of a longer one falls off when two share a row

	longSentence = 10 // words; level A2
	longWord     = 4  // syllables
)

const (
	minute = time.Minute
	day    = 24 * time.Hour
)

// textPath is where in the draft a text with that key stands.
func textPath(key string) string {
	if strings.HasPrefix(key, "waiting.") {
		return key
	}
	if rest, ok := strings.CutSuffix(key, ".skip"); ok {
		return "steps." + rest + ".skip.label"
	}
	if strings.Contains(key, ".buttons.") {
		return "steps." + key + ".label"
	}
	return "steps." + key
}

// texts checks every sentence a person can come to see.
func (c *checker) texts() {
	for _, t := range c.said {
		path := textPath(t.Key)
		step, _, _ := strings.Cut(t.Key, ".")
		if f, long := c.length(t, t.Text, c.d.Language); long {
			c.add(f.Level, f.Code, path, f.Hint, "%s", f.Text)
		}
		c.placeholders(path, step, t)
		if c.d.Language == "nl" {
			c.reading(path, t)
		}
	}
	for i := range c.d.Steps {
		c.emptyTexts(&c.d.Steps[i])
		if s := &c.d.Steps[i]; s.Kind == flows.KindSignal {
			c.placeholders("steps."+s.ID+".text", s.ID, flows.Text{Key: s.ID + ".text", Text: s.Text})
		}
	}
}

// length says whether a text is longer than a channel carries or than reads
// well, in whatever language it is.
func (c *checker) length(t flows.Text, text, language string) (f flows.Finding, long bool) {
	most := longestMessage
	if s := c.steps[before(t.Key)]; s != nil && s.Media != "" && !t.Button {
		most = longestCaption
	}
	n := utf8.RuneCountInString(text)
	is := fmt.Sprintf("is %d tekens", n)
	if language != c.d.Language {
		is = fmt.Sprintf("is in '%s' %d tekens", language, n)
	}
	switch {
	case n > most:
		return flows.Finding{Level: flows.Fault, Code: "te_lang", Hint: "knip het in tweeën", Text: fmt.Sprintf("'%s' %s; er kunnen er %d in één bericht", t.Key, is, most)}, true
	case t.Button && n > goodButton:
		return flows.Finding{Level: flows.Warning, Code: "lange_knop", Text: fmt.Sprintf("knop '%s' %s; op een kleine telefoon valt het einde weg", t.Key, is)}, true
	case !t.Button && n > goodMessage:
		return flows.Finding{Level: flows.Warning, Code: "lange_tekst", Hint: "knip het in twee berichten", Text: fmt.Sprintf("'%s' %s: lang voor één bericht", t.Key, is)}, true
	}
	return flows.Finding{}, false
}

func before(key string) string {
	step, _, _ := strings.Cut(key, ".")
	return step
}

// emptyTexts finds what should have words and has none.
func (c *checker) emptyTexts(s *flows.Step) {
	path := "steps." + s.ID
	empty := func(at, text string) {
		if _, written := c.d.Where[at]; strings.TrimSpace(text) == "" && (written || len(c.d.Where) == 0) {
			c.fault("lege_tekst", at, "", "de tekst '%s' is leeg", strings.TrimPrefix(at, "steps."))
		}
	}
	switch s.Kind {
	case flows.KindSay:
		empty(path+".say", s.Text)
	case flows.KindChoice, flows.KindMulti, flows.KindScale, flows.KindOpen, flows.KindHandoff, flows.KindSignal:
		empty(path+".text", s.Text)
	}
	if s.Kind == flows.KindScale {
		empty(path+".low", s.Low)
		empty(path+".high", s.High)
	}
	for _, b := range s.Buttons {
		empty(path+".buttons."+b.ID+".label", b.Label)
	}
	if s.Skip != nil {
		empty(path+".skip.label", s.Skip.Label)
	}
}

// placeholders checks every {name}: it must be known, and {belofte} may only
// stand where the network fills it in.
func (c *checker) placeholders(path, step string, t flows.Text) {
	for _, name := range flows.Placeholders(t.Text) {
		s := c.steps[step]
		switch {
		case "{"+name+"}" == flows.Promise:
			if s == nil || !(strings.HasSuffix(t.Key, ".tell") || s.Kind == flows.KindHandoff && strings.HasSuffix(t.Key, ".text")) {
				c.fault("invulplek", path, "gebruik het in tell:", "%s kan hier niet: alleen bij een signaal of contact is er iets te beloven", flows.Promise)
			}
		case !slices.Contains(c.names, name):
			hint := flows.Near(name, c.names)
			if slices.Contains(flows.Facts(), name) {
				hint = "zet '" + name + "' in uses"
			}
			c.fault("invulplek", path, hint, "'%s' gebruikt {%s}, maar dat is er niet", t.Key, name)
		case c.isOwnWords(name) && s != nil && s.Kind == flows.KindSignal && strings.HasSuffix(t.Key, ".text"):
			c.fault("toestemming", path, "zet het in share: met een voorwaarde", "'%s' zet eigen woorden van de bewoner op de kaart", t.Key)
		}
	}
}

// reading gives hints, no grade: what is read well is for people to say.
func (c *checker) reading(path string, t flows.Text) {
	told := map[string]bool{}
	tell := func(text string, args ...any) {
		if !told[text] {
			told[text] = true
			c.tip("leesbaar", path, "", "'"+t.Key+"': "+text, args...)
		}
	}
	text := t.Text
	for _, name := range flows.Placeholders(text) {
		text = strings.ReplaceAll(text, "{"+name+"}", "Ria")
	}
	for _, sentence := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".!?:;\n", r) }) {
		words := strings.Fields(sentence)
		if len(words) > longSentence {
			tell("een zin van %d woorden; probeer er hoogstens %d", len(words), longSentence)
		}
		for _, w := range words {
			w = strings.Trim(w, "\"'(),")
			if syllables(w) > longWord {
				tell("'%s' is een lang woord", w)
			}
			switch strings.ToLower(w) {
			case "u", "uw", "uzelf":
				tell("hier staat '%s'; Houvast zegt 'je'", w)
			}
		}
	}
}

// syllables counts runs of vowels, which for Dutch is near enough.
func syllables(word string) int {
	n, in := 0, false
	for _, r := range strings.ToLower(word) {
		v := strings.ContainsRune("aeiouyáéíóúäëïöüèê", r)
		if v && !in {
			n++
		}
		in = v
	}
	return n
}

// translations checks every language the flow should be complete in.
func (c *checker) translations() {
	texts := c.said
	by := map[string]flows.Text{}
	for _, t := range texts {
		by[t.Key] = t
	}
	for _, l := range c.languages() {
		if l == c.d.Language || !flows.IsName(l) {
			continue
		}
		c.translation(l, texts, by)
	}
	for _, tr := range c.d.Translations {
		if !slices.Contains(c.languages(), tr.Language) {
			c.inTranslation(tr, flows.Warning, "wees", "language", "zet '"+tr.Language+"' in languages", "er is een vertaling naar '"+tr.Language+"', maar die taal staat niet in languages")
		}
	}
}

func (c *checker) inTranslation(tr flows.Translation, level flows.Level, code, path, hint, text string) {
	at := whereIs(tr.Where, path)
	c.found = append(c.found, flows.Finding{
		File: tr.File, Flow: c.d.ID, Path: path, Line: at.Line, Col: at.Col,
		Level: level, Code: code, Text: text, Hint: hint,
	})
}

func (c *checker) translation(language string, texts []flows.Text, by map[string]flows.Text) {
	i := slices.IndexFunc(c.d.Translations, func(tr flows.Translation) bool { return tr.Language == language })
	if i < 0 && len(texts) == 0 {
		return
	}
	if i < 0 {
		c.fault("vertaling", "languages", "laat '"+language+"' weg tot de vertaling er is", "geen van de %d teksten is vertaald naar '%s'", len(texts), language)
		return
	}
	tr := c.d.Translations[i]
	have := make(map[string]flows.Translated, len(tr.Texts))
	for _, t := range tr.Texts {
		have[t.Key] = t
		if _, ok := by[t.Key]; !ok {
			c.inTranslation(tr, flows.Warning, "wees", "texts."+t.Key, flows.Near(t.Key, sortedKeys(by)), "de vertaling heeft '"+t.Key+"', maar die tekst is er niet")
		}
	}
	var missing []string
	read := map[string]string{}
	for _, t := range texts {
		got, ok := have[t.Key]
		path := "texts." + t.Key
		switch {
		case !ok || strings.TrimSpace(got.Text) == "":
			missing = append(missing, t.Key)
			continue
		case !samePlaceholders(t.Text, got.Text):
			c.inTranslation(tr, flows.Fault, "invulplek", path, "", "'"+t.Key+"' heeft in '"+language+"' andere {invulplekken} dan in het origineel")
		case strings.TrimSpace(got.Source) != strings.TrimSpace(t.Text):
			c.inTranslation(tr, flows.Warning, "oude_vertaling", path, "kijk of de vertaling nog klopt", "'"+t.Key+"' is veranderd nadat het naar '"+language+"' vertaald werd")
		}
		if f, long := c.length(t, got.Text, language); long {
			c.inTranslation(tr, f.Level, f.Code, path, f.Hint, f.Text)
		}
		if t.Button {
			c.button(tr, t.Key, got.Text, read)
		}
		if word := claim(got.Text, language, c.isTold(t.Key)); word != "" {
			c.inTranslation(tr, flows.Fault, "belofte", path, c.instead(t.Key), "'"+t.Key+"' belooft in '"+language+"' iets over mensen: '"+word+"'")
		}
	}
	if len(missing) > 0 {
		c.inTranslation(tr, flows.Fault, "vertaling", "texts", "", itoa(len(missing))+" van de "+itoa(len(texts))+" teksten zijn nog niet vertaald naar '"+language+"' (de eerste: "+missing[0]+")")
	}
}

// button checks the words on a translated button as the flow's own are: two of
// one step may not read alike, and none as a word that works everywhere. read
// has the buttons before it by what they read as.
func (c *checker) button(tr flows.Translation, key, label string, read map[string]string) {
	s := c.steps[before(key)]
	folded := flows.Fold(label)
	if s == nil || folded == "" || !strings.Contains(key, ".buttons.") {
		return
	}
	in := s.ID + "\x00" + folded
	if other, twice := read[in]; twice {
		c.inTranslation(tr, flows.Warning, "zelfde_knop", "texts."+key, "", "'"+other+"' en '"+key+"' lezen in '"+tr.Language+"' hetzelfde")
	}
	read[in] = key
	id := key[strings.LastIndexByte(key, '.')+1:]
	i := slices.IndexFunc(s.Buttons, func(b flows.Choice) bool { return b.ID == id })
	if len(flows.Commands(label, tr.Language)) > 0 && i >= 0 && !c.leaves(s.Buttons[i].Next) {
		c.inTranslation(tr, flows.Warning, "gewoon_woord", "texts."+key, "kies andere woorden voor de knop", "wie '"+label+"' typt, krijgt niet deze knop: dat woord werkt altijd en overal")
	}
}

func samePlaceholders(a, b string) bool {
	x, y := flows.Placeholders(a), flows.Placeholders(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(slices.Compact(x), slices.Compact(y))
}
