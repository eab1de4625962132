// Package check says whether a conversation is safe to have.
//
// A coordinator writes a [flows.Draft]; [Flow] and [Set] say in Dutch what is wrong
// with it or could be better, all of it at once, and [Compile] and [CompileSet]
// make flows only of what has no fault. The key proof is that nobody who gives a
// bad answer comes to an end without help. [Explore] plays every conversation that
// a flow allows, and knows nothing of the checks: so each keeps the other honest.
//
// The engine in package flows does not need this package: it plays whatever was
// published once, also when newer checks are stricter.
package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"houvast/flows"
)

// A World is what the checks must know of the house around the flows. What the
// zero World does not know is not checked.
type World struct {
	// House says that the flows are all there are: what one of them names must be
	// among them, and from all of them a human must be near.
	House bool

	Today string // such as 2026-11-22, for reviews that are too old

	// Crisis reports whether the lexicon hears danger in a text of that language.
	Crisis func(text, language string) bool

	// CrisisLanguages are the languages that the lexicon has words in.
	CrisisLanguages []string

	// Live are the flows as they run now, by id. Steps, buttons and answers that
	// are gone from a draft may be missed by conversations and reports.
	Live map[string]*flows.Flow

	// Quiet are the hours in which nothing is sent, such as 21:00 and 09:00.
	QuietFrom, QuietTo string
}

// A checker looks at one flow.
type checker struct {
	d     *flows.Draft
	steps map[string]*flows.Step
	ids   []string
	saves map[string]*flows.Step // by the name an answer is kept under
	names []string               // everything that can be read
	roads map[string][]flows.Road
	said  []flows.Text // what a person can come to see
	found []flows.Finding

	// What is known of another flow: whether whoever comes there is surely helped,
	// whether it can leave for good without help, and which names it sets. Without
	// a set of flows nobody knows; then the benefit of the doubt is given here,
	// and Set takes it back.
	helps func(flow string) bool
	loses func(flow string) bool
	sets  func(flow string) []string
}

// Flow says what is wrong with one flow, or could be better: all of it at once,
// faults first. What lies between flows is for [Set].
func Flow(d flows.Draft) []flows.Finding {
	c := newChecker(&d)
	c.all()
	flows.SortFindings(c.found)
	return c.found
}

func newChecker(d *flows.Draft) *checker {
	c := &checker{
		d:     d,
		steps: make(map[string]*flows.Step, len(d.Steps)),
		saves: make(map[string]*flows.Step, len(d.Steps)),
		roads: make(map[string][]flows.Road, len(d.Steps)),
		said:  d.Texts(),
		helps: func(string) bool { return true },
		loses: func(string) bool { return false },
		sets:  func(string) []string { return nil },
	}
	for i := range d.Steps {
		s := &d.Steps[i]
		if _, twice := c.steps[s.ID]; !twice {
			c.steps[s.ID] = s
			c.roads[s.ID] = d.Roads(s)
			c.ids = append(c.ids, s.ID)
		}
		if s.Save != "" && c.saves[s.Save] == nil {
			c.saves[s.Save] = s
			c.names = append(c.names, s.Save)
		}
	}
	for _, r := range d.Remember {
		c.names = append(c.names, r.Name)
	}
	for i := range d.Steps {
		if s := &d.Steps[i]; s.Kind == flows.KindSet {
			c.names = append(c.names, s.Of)
		}
	}
	c.names = append(c.names, d.Uses...)
	return c
}

// all is the list of checks.
func (c *checker) all() {
	c.head()
	if len(c.d.Steps) == 0 {
		c.fault("geen_stappen", "steps", "", "de flow heeft geen stappen")
		return
	}
	for _, id := range c.ids {
		s := c.steps[id]
		c.shape(s)
		c.targets(s)
		c.waiting(s)
		c.reads(s)
	}
	c.texts()
	c.promises()
	c.translations()
	c.remembered()
	if c.steps[c.to(c.d.Start)] == nil {
		return // nothing can be said about the ways through it
	}
	c.ways()
	c.help()
}

func (c *checker) add(level flows.Level, code, path, hint, text string, args ...any) {
	at := c.at(path)
	c.found = append(c.found, flows.Finding{
		Flow: c.d.ID, Path: path, Line: at.Line, Col: at.Col,
		Level: level, Code: code, Text: fmt.Sprintf(text, args...), Hint: hint,
	})
}

func (c *checker) fault(code, path, hint, text string, args ...any) {
	c.add(flows.Fault, code, path, hint, text, args...)
}

func (c *checker) warn(code, path, hint, text string, args ...any) {
	c.add(flows.Warning, code, path, hint, text, args...)
}

func (c *checker) tip(code, path, hint, text string, args ...any) {
	c.add(flows.Tip, code, path, hint, text, args...)
}

// at finds the line of a path, or of the nearest thing around it.
func (c *checker) at(path string) flows.Pos { return whereIs(c.d.Where, path) }

func whereIs(where map[string]flows.Pos, path string) flows.Pos {
	for path != "" {
		if at, ok := where[path]; ok {
			return at
		}
		i := strings.LastIndexByte(path, '.')
		if i < 0 {
			break
		}
		path = path[:i]
	}
	if len(where) == 0 {
		return flows.Pos{}
	}
	return flows.Pos{Line: 1, Col: 1}
}

// to reads a misspelt target as the step that was meant, so that one slip gives
// one finding and not seven.
func (c *checker) to(id string) string {
	if id == "" || c.steps[id] != nil {
		return id
	}
	return flows.Nearest(id, c.ids)
}

func (c *checker) name(path, what, id string) {
	switch {
	case flows.IsName(id):
	case len(id) > 24 && strings.Contains(path, ".buttons."):
		c.fault("knopcode", path, "", "de naam van knop '%s' is te lang: %d tekens, hoogstens 24; Telegram neemt per knop maar 64 bytes mee", id, len(id))
	default:
		c.fault("naam", path, "begin met een kleine letter; daarna kleine letters, cijfers en _, hoogstens 24", "'%s' kan niet als naam van %s", id, what)
	}
}

// among tells when a word is not one of those that can stand there.
func (c *checker) among(path, what, word string, all []string) {
	if word != "" && !slices.Contains(all, word) {
		c.fault("keuze", path, cmp.Or(flows.Near(word, all), "kies uit: "+strings.Join(all, ", ")), "'%s' is geen %s", word, what)
	}
}

func (c *checker) head() {
	d := c.d
	if d.ID != "" {
		c.name("flow", "een flow", d.ID)
	}
	for _, l := range append([]string{d.Language}, d.Languages...) {
		if l != "" && (len(l) != 2 || !flows.IsName(l)) {
			c.fault("taal", "languages", "schrijf nl, en, ar", "'%s' is geen taal", l)
		}
	}
	if len(d.Languages) > 0 && !slices.Contains(d.Languages, d.Language) {
		c.fault("taal", "languages", "", "de flow is geschreven in '%s', maar die taal staat niet in languages", d.Language)
	}
	for i, u := range d.Uses {
		if !slices.Contains(flows.Facts(), u) && !slices.ContainsFunc(d.Remember, func(r flows.Remembered) bool { return r.Name == u }) {
			c.fault("feit", "uses", flows.Near(u, flows.Facts()), "'%s' weet het huis niet van iemand", u)
		}
		if slices.Contains(d.Uses[:i], u) {
			c.warn("dubbel_feit", "uses", "", "'%s' staat twee keer in uses", u)
		}
	}
	switch {
	case len(d.Steps) == 0 || c.steps[d.Start] != nil:
	case d.Start == "":
		c.fault("start", "start", "zet achter start: de naam van de eerste stap", "de flow zegt niet met welke stap hij begint")
	default:
		c.fault("start", "start", flows.Near(d.Start, c.ids), "de eerste stap '%s' bestaat niet", d.Start)
	}
	if t := d.Trigger; t != nil {
		c.among("trigger.every", "ritme", t.Every, []string{"day", "week", "month"})
		c.clock("trigger.at", t.At)
		switch t.Every {
		case "week":
			c.among("trigger.on", "dag", t.On, []string{"ma", "di", "wo", "do", "vr", "za", "zo"})
		case "month":
			if n, err := strconv.Atoi(t.On); err != nil || n < 1 || n > 28 {
				c.fault("keuze", "trigger.on", "kies 1 tot en met 28", "'%s' is geen dag die elke maand heeft", t.On)
			}
		}
	}
	if d.Owner == "" {
		c.tip("geen_eigenaar", "flow", "zet owner: in het bestand", "niemand is eigenaar van deze flow")
	}
	if d.Reviewed != "" && !isDate(d.Reviewed) {
		c.fault("datum", "reviewed", "schrijf 2026-11-01", "'%s' is geen datum", d.Reviewed)
	}
}

func (c *checker) clock(path, at string) {
	if _, ok := minuteOf(at); at != "" && !ok {
		c.fault("tijdstip", path, "schrijf 09:30", "'%s' is geen tijdstip", at)
	}
}

// minuteOf reads "09:30" as minutes after midnight.
func minuteOf(clock string) (int, bool) {
	h, m, ok := strings.Cut(clock, ":")
	hour, err1 := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	if !ok || err1 != nil || err2 != nil || len(h) != 2 || len(m) != 2 || hour < 0 || hour > 23 || minute < 0 || minute > 59 {
		return 0, false
	}
	return hour*60 + minute, true
}

func isDate(s string) bool {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	month, err1 := strconv.Atoi(s[5:7])
	day, err2 := strconv.Atoi(s[8:])
	_, err3 := strconv.Atoi(s[:4])
	return err1 == nil && err2 == nil && err3 == nil && month >= 1 && month <= 12 && day >= 1 && day <= 31
}

// shape checks what a step of its kind must be.
func (c *checker) shape(s *flows.Step) {
	path := "steps." + s.ID
	if !slices.ContainsFunc(flows.Verbs(), func(v flows.Verb) bool { return v.Kind == s.Kind }) {
		c.fault("geen_soort", path, "", "stap '%s' zegt niet wat er moet gebeuren", s.ID)
		return
	}
	c.name(path, "een stap", s.ID)
	if s.Save != "" {
		c.name(path+".save", "een antwoord", s.Save)
		if other := c.saves[s.Save]; other != s && !sameAnswers(other, s) {
			c.fault("zelfde_naam", path+".save", "geef een van de twee een andere naam", "stap '%s' en stap '%s' bewaren allebei '%s', maar met andere antwoorden", other.ID, s.ID, s.Save)
		}
		if slices.Contains(c.d.Uses, s.Save) && !slices.ContainsFunc(c.d.Remember, func(r flows.Remembered) bool { return r.Name == s.Save }) {
			c.fault("zelfde_naam", path+".save", "geef het antwoord een andere naam", "'%s' is al iets wat het huis weet", s.Save)
		}
	}
	if s.Media != "" && strings.TrimSpace(s.Alt) == "" {
		c.fault("zonder_woorden", path+".media", "schrijf in alt: wat er te zien of te horen is", "stap '%s' heeft beeld of geluid zonder woorden erbij", s.ID)
	}
	switch s.Kind {
	case flows.KindChoice, flows.KindMulti:
		c.buttons(s)
	case flows.KindScale:
		if width := s.To - s.From + 1; width < 2 || width > 10 {
			c.fault("schaal", path+".to", "", "een schaal heeft 2 tot 10 cijfers; van %d tot %d zijn het er %d", s.From, s.To, max(width, 0))
		}
	case flows.KindOpen:
		c.open(s)
	case flows.KindSignal:
		c.signalShape(s)
	case flows.KindContact:
		c.contactShape(s)
	case flows.KindShow:
		c.among(path+".show", "ding dat het huis kan laten zien", s.Of, flows.Shows())
	case flows.KindSchedule:
		c.clock(path+".at", s.At)
	case flows.KindHandoff:
		c.among(path+".handoff", "mens die het kan overnemen", s.Of, flows.Withs())
		if s.GiveBackAfter <= 0 {
			c.fault("wachttijd", path, "zet er give_back_after: 60m bij", "stap '%s' geeft het gesprek nooit terug", s.ID)
		}
	case flows.KindSet:
		c.name(path+".set", "een waarde", s.Of)
		if of := s.Value.Of; of != "" && !c.isNumber(of) {
			c.fault("soort_antwoord", path+".to", flows.Near(of, c.names), "'%s' is geen getal, dus er kan niets bij", of)
		}
	case flows.KindEnd:
		c.name(path+".end", "een afloop", s.Of)
	}
}

// sameAnswers reports whether two questions under one name can be read alike.
func sameAnswers(a, b *flows.Step) bool {
	return a.Kind == b.Kind && slices.Equal(choiceIDs(a), choiceIDs(b)) && a.From == b.From && a.To == b.To
}

func choiceIDs(s *flows.Step) []string {
	out := make([]string, len(s.Buttons))
	for i, b := range s.Buttons {
		out[i] = b.ID
	}
	return out
}

func (c *checker) buttons(s *flows.Step) {
	path := "steps." + s.ID
	if len(s.Buttons) < 2 {
		c.fault("knoppen", path+".buttons", "", "stap '%s' heeft minder dan twee knoppen", s.ID)
	}
	sure := len(s.Buttons) == 0
	read := map[string]string{}
	for _, b := range s.Buttons {
		at := path + ".buttons." + b.ID
		c.name(at, "een knop", b.ID)
		if b.ID == flows.ButtonSkip || b.ID == flows.ButtonDone {
			c.fault("naam", at, "", "'%s' gebruikt Houvast zelf; geef de knop een andere naam", b.ID)
		}
		if folded := flows.Fold(b.Label); folded != "" {
			if other, twice := read[folded]; twice {
				c.warn("zelfde_knop", at, "", "knop '%s' en knop '%s' lezen hetzelfde", other, b.ID)
			}
			read[folded] = b.ID
		}
		if len(flows.Commands(b.Label, c.d.Language)) > 0 && !c.leaves(b.Next) {
			c.warn("gewoon_woord", at, "kies andere woorden voor de knop", "wie '%s' typt, krijgt niet deze knop: dat woord werkt altijd en overal", b.Label)
		}
		if !slices.ContainsFunc(flows.Placeholders(b.Label), mayBeEmpty) {
			sure = true
		}
	}
	if !sure {
		c.fault("geen_knop_over", path+".buttons", "zet er een knop bij die er altijd is", "bij stap '%s' kan het dat geen enkele knop overblijft", s.ID)
	}
}

// leaves reports whether a step has another flow: then a button may well be
// called what the word that works everywhere is called.
func (c *checker) leaves(id string) bool {
	s := c.steps[c.to(id)]
	return s != nil && (s.Kind == flows.KindCall || s.Kind == flows.KindInterrupt)
}

// mayBeEmpty reports whether a fact is not there for everybody. Who has no buddy
// has an empty maatje; everybody has a team.
func mayBeEmpty(fact string) bool {
	return !slices.Contains([]string{"naam", "team", "gemeente", "lezer", "leestijden", "ritme_in_woorden"}, fact)
}

func (c *checker) open(s *flows.Step) {
	path := "steps." + s.ID
	for _, a := range s.Accept {
		c.among(path+".accept", "manier om te antwoorden", a, []string{"text", "voice", "photo"})
	}
	if len(s.Accept) == 0 {
		c.fault("keuze", path, "kies uit: text, voice, photo", "stap '%s' neemt geen enkel antwoord aan (accept)", s.ID)
	}
	if !slices.Contains(s.Accept, "voice") && !slices.Contains(s.Accept, "photo") {
		return
	}
	for _, l := range c.languages() {
		if !flows.Speaks(l) {
			c.fault("spraak", path+".accept", "vraag hier alleen om text", "in de taal '%s' kan Houvast niet zeggen dat het spraak en foto's niet kan lezen", l)
		}
	}
}

func (c *checker) languages() []string {
	if len(c.d.Languages) == 0 && c.d.Language != "" {
		return []string{c.d.Language}
	}
	return c.d.Languages
}

func (c *checker) signalShape(s *flows.Step) {
	path := "steps." + s.ID
	c.among(path+".signal", "soort signaal", s.Of, flows.Signals())
	if s.Of == flows.SignalCrisis && c.d.ID != flows.FlowCrisis {
		c.fault("crisis_signaal", path+".signal", "gebruik interrupt: crisis", "alleen de flow 'crisis' zet iets bij een crisissignaal; die kaart en dat signaal stuurt het huis")
	}
	c.tell(s)
	if s.HeardBy == "" {
		return
	}
	q := c.saves[s.HeardBy]
	if q == nil || q.Kind != flows.KindChoice {
		c.fault("hoort", path+".heard_by", flows.Near(s.HeardBy, c.names), "'%s' is geen vraag met knoppen waarin de bewoner zegt wie het mag horen", s.HeardBy)
		return
	}
	for _, b := range q.Buttons {
		if !slices.Contains(flows.Hearers(), b.ID) && c.reaches(c.to(b.Next), s.ID) {
			c.fault("hoort", "steps."+q.ID+".buttons."+b.ID, "kies uit: "+strings.Join(flows.Hearers(), ", "),
				"knop '%s' komt bij signaal '%s', maar zegt niet wie het mag horen", b.ID, s.ID)
		}
	}
}

// reaches reports whether there is a way from one step to another.
func (c *checker) reaches(from, to string) bool {
	seen := map[string]bool{}
	var walk func(id string) bool
	walk = func(id string) bool {
		s := c.steps[id]
		if s == nil || seen[id] {
			return false
		}
		seen[id] = true
		if id == to {
			return true
		}
		for _, r := range c.roads[s.ID] {
			if walk(c.to(r.To)) {
				return true
			}
		}
		return false
	}
	return walk(from)
}

func (c *checker) contactShape(s *flows.Step) {
	path := "steps." + s.ID
	c.among(path+".contact", "mens om contact mee te hebben", s.Of, flows.Withs())
	c.tell(s)
	if s.Asks() && strings.TrimSpace(s.Text) == "" {
		c.fault("lege_tekst", path+".text", "", "stap '%s' vraagt iets, maar heeft geen tekst", s.ID)
	}
	for _, list := range [][]string{s.When, s.How} {
		for i, id := range list {
			c.name(path, "een knop", id)
			if slices.Contains(list[:i], id) {
				c.fault("dubbel", path, "", "'%s' staat er twee keer in", id)
			}
			own := slices.ContainsFunc(s.Labels, func(l flows.Label) bool { return l.ID == id })
			if !own && !slices.Contains(flows.KnownLabels(), id) {
				c.fault("contact_knop", path, cmp.Or(flows.Near(id, flows.KnownLabels()), "zet de woorden bij labels:"), "de knop '%s' heeft geen woorden", id)
			}
		}
	}
	for _, l := range s.Labels {
		if !slices.Contains(s.When, l.ID) && !slices.Contains(s.How, l.ID) {
			c.warn("wees", path+".labels."+l.ID, flows.Near(l.ID, append(slices.Clone(s.When), s.How...)), "de woorden voor '%s' horen bij geen enkele knop", l.ID)
		}
	}
}

// tell makes sure that the resident hears of everything that leaves.
func (c *checker) tell(s *flows.Step) {
	path := "steps." + s.ID
	if strings.TrimSpace(s.Tell) == "" {
		c.fault("stil_signaal", path+".tell", "zet erbij: tell: Ik geef het door. {belofte}", "stap '%s' gaat naar een ander zonder dat de bewoner het hoort", s.ID)
	}
}

// targets checks that every way on goes somewhere.
func (c *checker) targets(s *flows.Step) {
	path := "steps." + s.ID
	if s.Kind == flows.KindBranch && s.Else == "" {
		c.fault("anders", path+".else", "", "stap '%s' zegt niet wat er gebeurt als niets klopt (else)", s.ID)
	}
	if s.Kind == "" {
		return // what it does could not be read, which is told
	}
	reported := map[string]bool{}
	for _, r := range c.roads[s.ID] {
		switch {
		case r.Silent && !strings.HasPrefix(r.Path, "steps."):
			// the flow's own waiting is told once, in ways
		case r.To == "" && s.Kind == flows.KindBranch && r.Row == nil:
		case r.To == "" && !reported[r.Path]:
			reported[r.Path] = true
			if r.Choice != nil {
				c.fault("doodlopend", r.Path, "zet er next: bij", "knop '%s' van stap '%s' gaat nergens heen", r.Label, s.ID)
			} else {
				c.fault("doodlopend", r.Path, "zet er next: bij", "stap '%s' gaat nergens heen: het gesprek blijft hier hangen", s.ID)
			}
		case r.To != "" && c.steps[r.To] == nil && !reported[r.Path]:
			reported[r.Path] = true
			c.fault("doel", r.Path, flows.Near(r.To, c.ids), "stap '%s' gaat naar '%s', maar die stap is er niet", s.ID, r.To)
		}
	}
}

func (c *checker) waiting(s *flows.Step) {
	if !s.Asks() {
		return
	}
	path := "steps." + s.ID
	w := c.d.WaitingOf(s)
	if w == nil || w.GiveUpAfter <= 0 || w.Then == "" {
		if !c.d.Patient {
			c.fault("wachttijd", path, "zet er waiting: met give_up_after en then bij", "stap '%s' wacht voor altijd op een antwoord", s.ID)
		}
		return
	}
	own := s.Waiting
	if own == nil {
		own = &flows.Waiting{}
	}
	switch {
	case own.RemindAfter > 0 && own.RemindAfter >= w.GiveUpAfter:
		c.warn("herinnering", path+".waiting.remind_after", "", "de herinnering van stap '%s' komt pas als het wachten voorbij is", s.ID)
	case w.RemindAfter > 0 && w.RemindAfter < 5*minute:
		c.warn("herinnering", path+".waiting.remind_after", "geef iemand rust", "de herinnering van stap '%s' komt al na %s", s.ID, flows.FormatDuration(w.RemindAfter))
	case w.RemindAfter > 0 && strings.TrimSpace(w.RemindText) == "":
		c.fault("lege_tekst", path+".waiting", "", "de herinnering van stap '%s' heeft geen tekst", s.ID)
	case w.RemindAfter == 0:
		c.tip("herinnering", path, "", "stap '%s' herinnert nooit", s.ID)
	}
	if w.GiveUpAfter > 7*day {
		c.warn("lang_wachten", path, "", "stap '%s' wacht %s; zo lang blijft een oude versie lopen", s.ID, flows.FormatDuration(w.GiveUpAfter))
	}
}

func (c *checker) remembered() {
	d := c.d
	for _, r := range d.Remember {
		path := "remember." + r.Name
		c.name(path, "een waarde", r.Name)
		c.among(path+".type", "soort waarde", r.Type, []string{"text", "choice", "number"})
		if r.Type == "" {
			c.fault("ontbreekt", path, "kies uit: text, choice, number", "van '%s' staat er niet wat voor waarde het is (type)", r.Name)
		}
		if r.Keep <= 0 {
			c.fault("bewaartijd", path, "zet er keep: 90d bij", "van '%s' staat er niet hoe lang het bewaard blijft", r.Name)
		}
		if r.Type == "number" {
			if _, err := strconv.Atoi(r.Default); r.Default != "" && err != nil {
				c.fault("soort_antwoord", path+".default", "", "'%s' is een getal, maar begint met '%s'", r.Name, r.Default)
			}
		}
		if !c.isRead(r.Name) && !slices.Contains(houseReads(), r.Name) {
			c.warn("nooit_gelezen", path, "laat het weg", "'%s' wordt bewaard, maar niemand gebruikt het", r.Name)
		}
		if q := c.saves[r.Name]; q != nil && r.Type != "" && r.Type != rememberedType(q.Kind) {
			c.fault("soort_antwoord", path+".type", "", "'%s' is %s, maar stap '%s' bewaart %s", r.Name, r.Type, q.ID, rememberedType(q.Kind))
		}
	}
}

// houseReads are the remembered values that the house itself acts on.
func houseReads() []string {
	return []string{"ritme", "moment", "pauze", "stop", "akkoord", "taal", "wissen"}
}

func rememberedType(k flows.Kind) string {
	switch k {
	case flows.KindScale:
		return "number"
	case flows.KindOpen:
		return "text"
	}
	return "choice"
}

func (c *checker) isRead(name string) bool {
	reads := false
	in := func(cond flows.Condition) {
		for _, cl := range cond.Clauses {
			reads = reads || cl.Name == name
		}
	}
	for i := range c.d.Steps {
		s := &c.d.Steps[i]
		for _, r := range s.Rows {
			in(r.If)
		}
		for _, sh := range s.Share {
			reads = reads || sh.Name == name
			in(sh.If)
		}
		reads = reads || s.HeardBy == name
		reads = reads || slices.Contains(flows.Placeholders(s.Text+s.Tell), name)
		for _, b := range s.Buttons {
			reads = reads || slices.Contains(flows.Placeholders(b.Label), name)
		}
	}
	return reads
}

// isNumber reports whether what is kept under a name can be counted with.
func (c *checker) isNumber(name string) bool {
	if q := c.saves[name]; q != nil {
		return q.Kind == flows.KindScale
	}
	if i := slices.IndexFunc(c.d.Remember, func(r flows.Remembered) bool { return r.Name == name }); i >= 0 {
		return c.d.Remember[i].Type == "number"
	}
	for _, v := range c.setTo(name) {
		if _, err := strconv.Atoi(v); err != nil {
			return false
		}
	}
	return len(c.setTo(name)) > 0
}

// setTo lists the fixed words that set steps give a name.
func (c *checker) setTo(name string) []string {
	var out []string
	for i := range c.d.Steps {
		if s := &c.d.Steps[i]; s.Kind == flows.KindSet && s.Of == name && s.Value.Of == "" {
			out = append(out, s.Value.Word)
		}
	}
	return out
}

// values lists what can be kept under a name, when that is a closed list.
func (c *checker) values(name string) ([]string, bool) {
	q := c.saves[name]
	if q == nil || q.Kind != flows.KindChoice {
		return nil, false
	}
	out := choiceIDs(q)
	out = append(out, c.setTo(name)...)
	return slices.Compact(slices.Sorted(slices.Values(out))), true
}

// reads checks everything a step reads: conditions, what it shares, who may hear.
func (c *checker) reads(s *flows.Step) {
	path := "steps." + s.ID
	for i, r := range s.Rows {
		c.condition(s, flows.RowPath(s.ID, i)+".if", r.If)
	}
	for i, sh := range s.Share {
		at := path + ".share." + itoa(i)
		c.condition(s, at, sh.If)
		if !slices.Contains(c.names, sh.Name) {
			c.fault("onbekend_antwoord", at, flows.Near(sh.Name, c.names), "stap '%s' deelt '%s', maar dat antwoord is er niet", s.ID, sh.Name)
			continue
		}
		if !c.isOwnWords(sh.Name) {
			continue
		}
		switch {
		case len(sh.If.Clauses) == 0:
			c.fault("toestemming", at, "vraag het eerst, en schrijf: "+sh.Name+" if delen is ja", "stap '%s' deelt eigen woorden zonder te vragen of dat mag", s.ID)
		case sh.If.Holds(func(string) string { return "" }):
			c.fault("toestemming", at, "schrijf welk antwoord ja betekent, met 'is'", "stap '%s' deelt eigen woorden ook als er niet geantwoord is", s.ID)
		case !slices.ContainsFunc(sh.If.Clauses, func(cl flows.Clause) bool {
			return c.saves[cl.Name] != nil && c.saves[cl.Name].Kind == flows.KindChoice
		}):
			c.fault("toestemming", at, "", "stap '%s' deelt eigen woorden, maar '%s' is geen vraag met knoppen", s.ID, sh.If)
		}
	}
}

func (c *checker) isOwnWords(name string) bool {
	if q := c.saves[name]; q != nil {
		return q.Kind == flows.KindOpen
	}
	return slices.ContainsFunc(c.d.Remember, func(r flows.Remembered) bool { return r.Name == name && r.Type == "text" })
}

func (c *checker) condition(s *flows.Step, path string, cond flows.Condition) {
	for _, cl := range cond.Clauses {
		if !slices.Contains(c.names, cl.Name) {
			c.fault("onbekend_antwoord", path, flows.Near(cl.Name, c.names), "stap '%s' kijkt naar '%s', maar dat antwoord is er niet", s.ID, cl.Name)
			continue
		}
		switch cl.Op {
		case flows.Less, flows.AtMost, flows.More, flows.AtLeast:
			c.compares(path, cl)
		case flows.Is, flows.IsNot, flows.IsOneOf:
			values, closed := c.values(cl.Name)
			for _, v := range cl.Values {
				if closed && !slices.Contains(values, v) {
					c.fault("onbekende_knop", path, flows.Near(v, values), "'%s' heeft geen knop '%s'", cl.Name, v)
				}
			}
			if c.isOwnWords(cl.Name) {
				c.fault("soort_antwoord", path, "gebruik answered", "'%s' zijn eigen woorden; die zijn niet te vergelijken", cl.Name)
			}
		}
	}
}

func (c *checker) compares(path string, cl flows.Clause) {
	q := c.saves[cl.Name]
	switch {
	case !c.isNumber(cl.Name):
		c.fault("soort_antwoord", path, "", "'%s' is geen getal, dus '%s %d' kan niet", cl.Name, cl.Op, cl.Number)
	case q != nil && q.Kind == flows.KindScale:
		yes, no := 0, 0
		for n := q.From; n <= q.To && n-q.From < 10; n++ {
			if cl.Holds(strconv.Itoa(n)) {
				yes++
			} else {
				no++
			}
		}
		if yes == 0 || no == 0 {
			what := "altijd"
			if yes == 0 {
				what = "nooit"
			}
			c.warn("buiten_schaal", path, "", "'%s' loopt van %d tot %d; '%s %d' klopt dus %s", cl.Name, q.From, q.To, cl.Op, cl.Number, what)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func itoa(i int) string { return strconv.Itoa(i) }
