package lexicon

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// An Entry is one sign of the word list: a handful of patterns that mean the
// same, with the reason why they are there and examples that keep them honest.
type Entry struct {
	ID         string // short, lower case, never used again for something else
	Kind       EntryKind
	Class      string   // C1-C12, D1-D14, or G1 for good news; for a guard empty
	Level      Level    // what a hit of it says
	Means      string   // for C12 and D14: the class it would have in Dutch
	Language   string   // ISO 639, such as nl, fy, gos, en
	Unreviewed bool     // no native speaker looked at it yet
	Soft       bool     // on its own ambiguous: ask gently. Only for distress
	Patterns   []string // in the notation of [New]
	For        []string // a guard or a lowering: only for these classes; empty for all
	Reason     string
	Author     string
	Date       string   // of the last change, 2006-01-02
	Yes        []string // at least two texts that meet it
	No         []string // at least one text that does not
}

// EntryKind is what an entry does with the words it meets.
type EntryKind int

const (
	// Sign marks the message.
	Sign EntryKind = iota
	// Guard takes figurative words away before signs are looked for: in "dood
	// van het lachen" nobody dies. It takes only the words it met, so that the
	// rest of the clause still speaks.
	Guard
	// Lowering marks words that are denied or past: a crisis sign on them is
	// distress with a soft check, never nothing.
	Lowering
)

// An Off switches a built-in entry off. It takes two people.
type Off struct {
	ID         string
	By         string // who asked for it
	ApprovedBy string // somebody else, who looked at it too
	Reason     string
	Date       string // 2006-01-02
}

// Words is how people type: what belongs together for every pattern.
type Words struct {
	Groups    map[string][]string // @name in a pattern: any of these words
	Spellings map[string][]string // a word and how else it is typed
	Core      []string            // words of six letters and more that may hold one slip
	Protected []string            // existing words that are never a slip of a core word
	Glue      []string            // small words people type together, as in nietmeer
	Thin      []string            // words that a guard never takes away, such as ik
	Fill      []string            // words that say nothing, such as gewoon: they may stand in any pattern
	Turn      map[string][]string // maar, en, and the words after which somebody speaks of himself: maar ik
	Whole     map[string][]string // a short form and the words it stands for: idk, ik weet niet
	Clitics   map[string][]string // k and t, for ik and het, and the words they are typed together with: kwil
}

// A List is one source of entries: the built-in words, or what a municipality
// added.
type List struct {
	Words   Words
	Entries []Entry
	Off     []Off
	// Local lists come from a coordinator. They may add signs and switch
	// built-in entries off with two names; they may not add guards or lowerings,
	// which would be a way to switch off with one.
	Local bool
}

// A Fault is one thing that is wrong with a list, said to its editor in Dutch.
type Fault struct {
	List  int    // which list, from 0
	Entry int    // which entry of it, or -1
	Off   int    // which off of it, or -1
	Field string // as it is called in the file, such as patterns
	Index int    // which pattern or example, or -1
	Code  string
	Text  string
}

func (f Fault) Error() string { return f.Text }

// A Lexicon is the whole word list, ready to read messages with. It never
// changes, so many may use it at once.
type Lexicon struct {
	entries []Entry
	off     map[string]Off
	local   map[string]bool
	origin  [][2]int // per entry: which list, and its place there
	acute   []int8   // per entry: the place of its class among those of its level

	words   vocabulary
	glue    int               // the length of the longest word that people type together with others
	turn    map[[2]int32]bool // numbers of words: maar ik
	whole   map[int32][]string
	rows    []sequence
	anchors anchors
	lent    sync.Pool // of *scratch, so that many may read at once
}

// Anchors are the atoms that rows are filed under: only when one of them is in a
// message, its rows are tried. They are numbered by kind, and within a kind in the
// order that the list asks for them, which is the order that rows are tried in.
type anchors struct {
	wakes lists[int32]      // by plain atom: the anchors that are there when it is
	rows  lists[filed]      // by anchor: the rows to try
	kinds [Lowering + 2]int // where the anchors of each kind begin in a bitset, and the last end
}

// A filed row is tried only when these atoms are there too; most are not.
type filed struct {
	row   int32
	needs [maxNeeds]int32 // or 0
}

// New compiles lists into one lexicon. When anything is wrong it gives no
// lexicon but every fault, so that the caller keeps the one it had and says so.
//
// A pattern is a row of tokens, as they are after normalising:
//
//	dood            this word, in any spelling that Words knows
//	zelfmoord*      a word that begins so; *pillen one that ends so
//	{a|b c|$}       one of these; $ is the end of the clause
//	[a|b]           one of these, or nothing
//	@ik             one of a group of Words
//	<2>             at most two words of any kind
//	!trein          the next word is not this one
//	& a b c <n>     all of these in any order, within n words of one sentence
//	&& a b c <n>    the same, also when sentences end between them
//	#               a number in digits
//	^ and $         begin and end of a clause: a sentence, a line, a part between commas
func New(lists ...List) (*Lexicon, []Fault) {
	letters := 0
	for _, list := range lists {
		for _, e := range list.Entries {
			for _, pattern := range e.Patterns {
				letters += len(pattern)
			}
		}
	}
	c := compiler{
		lex:     &Lexicon{off: map[string]Off{}, local: map[string]bool{}, turn: map[[2]int32]bool{}, whole: map[int32][]string{}},
		words:   newCollector(letters/40 + 8), // which is how many there are in a long list
		members: map[string][]string{},
		known:   map[string]int{},
	}
	for i, list := range lists {
		c.list = i
		c.addWords(list)
	}
	for i, list := range lists {
		c.list = i
		c.addEntries(list)
	}
	for i, list := range lists {
		c.list = i
		c.switchOff(list)
	}
	if len(c.faults) == 0 {
		c.compile()
	}
	if len(c.faults) > 0 {
		return nil, c.faults
	}
	return c.lex, nil
}

// Entries gives every entry with what became of it, in the order of the lists.
func (l *Lexicon) Entries() []Entry { return slices.Clone(l.entries) }

// Entry finds an entry by its id.
func (l *Lexicon) Entry(id string) (Entry, bool) {
	for _, e := range l.entries {
		if e.ID == id {
			return e, true
		}
	}
	return Entry{}, false
}

// IsOff tells whether an entry was switched off, and by whom.
func (l *Lexicon) IsOff(id string) (Off, bool) { o, ok := l.off[id]; return o, ok }

// A compiler turns lists into a lexicon and collects what is wrong.
type compiler struct {
	lex     *Lexicon
	words   collector
	members map[string][]string // per group its members of several words
	known   map[string]int      // entry id: place in lex.entries
	ops     []op                // of all rows behind each other, so that each costs no memory of its own
	begins  []int               // by row: where its ops begin
	singles []int32             // see alternatives
	longer  []string
	list    int
	faults  []Fault
}

func (c *compiler) fault(entry int, field string, index int, code, format string, args ...any) {
	c.faults = append(c.faults, Fault{List: c.list, Entry: entry, Off: -1, Field: field, Index: index, Code: code, Text: fmt.Sprintf(format, args...)})
}

func (c *compiler) addWords(list List) {
	w := list.Words
	if list.Local {
		if len(w.Groups)+len(w.Spellings)+len(w.Core)+len(w.Protected)+len(w.Glue)+len(w.Thin)+len(w.Fill)+len(w.Clitics)+len(w.Whole)+len(w.Turn) > 0 {
			c.fault(-1, "words", -1, "lokaal-woorden", "een eigen lijst mag geen groepen of schrijfwijzen veranderen")
		}
		return
	}
	for name, members := range w.Groups {
		c.members[name] = nil
		for _, m := range members {
			if strings.Contains(m, "_") {
				c.members[name] = append(c.members[name], strings.ReplaceAll(m, "_", " "))
			} else {
				c.words.groups[name] = append(c.words.groups[name], m)
			}
		}
	}
	c.words.note(isGlue, w.Glue...)
	for _, g := range w.Glue {
		c.lex.glue = max(c.lex.glue, len(g))
	}
	c.words.note(isThin, w.Thin...)
	c.words.note(isFill, w.Fill...)
	c.words.note(isProtected, w.Protected...)
	for first, seconds := range w.Turn {
		c.words.note(isTurn, first)
		for _, second := range seconds {
			c.lex.turn[[2]int32{c.words.wordNumber(first), c.words.wordNumber(second)}] = true
		}
	}
	for short, meant := range w.Whole {
		c.words.note(isShort, short)
		c.lex.whole[c.words.wordNumber(short)] = meant
	}
	for head, tails := range w.Clitics {
		if len(head) != 1 {
			c.fault(-1, "clitics", -1, "letter", "een voorvoegsel is één letter, zoals k, niet %q", head)
			continue
		}
		for _, t := range tails {
			c.words.note(isClitic, head+t)
		}
	}
	for word, others := range w.Spellings {
		c.words.spelled[word] = append(c.words.spelled[word], others...)
	}
	c.words.core = append(c.words.core, w.Core...)
}

func (c *compiler) addEntries(list List) {
	for i, e := range list.Entries {
		c.checkEntry(i, e, list.Local)
		if _, twice := c.known[e.ID]; twice {
			c.fault(i, "id", -1, "dubbel", "het id %q bestaat al", e.ID)
			continue
		}
		c.known[e.ID] = len(c.lex.entries)
		e.Patterns, e.Yes, e.No, e.For = slices.Clone(e.Patterns), slices.Clone(e.Yes), slices.Clone(e.No), slices.Clone(e.For)
		c.lex.entries = append(c.lex.entries, e)
		c.lex.origin = append(c.lex.origin, [2]int{c.list, i})
		c.lex.local[e.ID] = list.Local
		c.lex.acute = append(c.lex.acute, int8(slices.Index(acute, e.Class)))
	}
}

func (c *compiler) checkEntry(i int, e Entry, local bool) {
	switch {
	case e.ID == "":
		c.fault(i, "id", -1, "geen-id", "dit woord heeft geen id")
	case strings.ContainsFunc(e.ID, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }):
		c.fault(i, "id", -1, "id-vorm", "een id heeft alleen kleine letters, cijfers en streepjes: %q", e.ID)
	}
	class, known := ClassByID(e.Class)
	switch {
	case e.Kind == Sign && !known:
		c.fault(i, "class", -1, "klasse", "de klasse %q bestaat niet", e.Class)
	case e.Kind == Sign && class.Level != e.Level:
		c.fault(i, "level", -1, "niveau", "klasse %s hoort bij niveau %s, niet bij %s", e.Class, class.Level, e.Level)
	case e.Kind != Sign && e.Class != "":
		c.fault(i, "class", -1, "klasse", "een uitzondering heeft geen klasse")
	case e.Kind != Sign && local:
		c.fault(i, "kind", -1, "lokaal-uitzondering", "een eigen lijst mag geen uitzondering toevoegen; zet het woord uit met twee namen")
	}
	if e.Soft && e.Level != LevelDistress {
		c.fault(i, "soft", -1, "zacht", "een zachte vraag mag alleen bij niveau distress")
	}
	if e.Means != "" {
		if _, ok := ClassByID(e.Means); !ok {
			c.fault(i, "means", -1, "klasse", "de klasse %q bestaat niet", e.Means)
		}
	}
	for n, id := range e.For {
		if _, ok := ClassByID(id); !ok {
			c.fault(i, "for", n, "klasse", "de klasse %q bestaat niet", id)
		}
	}
	if e.Language == "" {
		c.fault(i, "language", -1, "taal", "de taal ontbreekt")
	}
	if e.Reason == "" {
		c.fault(i, "reason", -1, "reden", "de reden ontbreekt")
	}
	if e.Author == "" {
		c.fault(i, "author", -1, "maker", "de maker ontbreekt")
	}
	if !isDate(e.Date) {
		c.fault(i, "date", -1, "datum", "de datum ontbreekt of is niet in de vorm 2026-11-23")
	}
	if len(e.Patterns) == 0 {
		c.fault(i, "patterns", -1, "geen-patroon", "er staat geen patroon")
	}
	if len(e.Yes) < 2 {
		c.fault(i, "yes", -1, "voorbeelden", "er zijn twee voorbeelden nodig die wel tellen")
	}
	if len(e.No) < 1 {
		c.fault(i, "no", -1, "voorbeelden", "er is een voorbeeld nodig dat niet telt")
	}
}

// switchOff applies the rule of two people: one asks, another approves.
func (c *compiler) switchOff(list List) {
	for i, o := range list.Off {
		fault := func(field, code, format string, args ...any) {
			c.faults = append(c.faults, Fault{List: c.list, Entry: -1, Off: i, Field: field, Index: -1, Code: code, Text: fmt.Sprintf(format, args...)})
		}
		by, approved := samePerson(o.By), samePerson(o.ApprovedBy)
		switch {
		case by == "" || approved == "":
			fault("approved_by", "twee-namen", "uitzetten kan alleen met twee namen: wie het vraagt en wie het goedkeurt")
		case by == approved:
			fault("approved_by", "twee-namen", "wie het goedkeurt moet iemand anders zijn dan %s", o.By)
		}
		if o.Reason == "" {
			fault("reason", "reden", "schrijf op waarom %q uit moet", o.ID)
		}
		if !isDate(o.Date) {
			fault("date", "datum", "de datum ontbreekt of is niet in de vorm 2026-11-23")
		}
		if _, ok := c.known[o.ID]; !ok {
			fault("id", "onbekend", "er is geen woord met id %q", o.ID)
		}
		c.lex.off[o.ID] = o
	}
}

// samePerson compares names as people write them: "Noor  Bakker" is "noor bakker".
func samePerson(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

func isDate(s string) bool {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	for i, r := range s {
		if i != 4 && i != 7 && (r < '0' || r > '9') {
			return false
		}
	}
	return s[5:7] >= "01" && s[5:7] <= "12" && s[8:] >= "01" && s[8:] <= "31"
}

// compile turns every entry that is on into sequences, and files each under the
// atom that the fewest others need.
func (c *compiler) compile() {
	l := c.lex
	patterns := 0
	for i := range l.entries {
		patterns += len(l.entries[i].Patterns)
	}
	l.rows, c.begins = make([]sequence, 0, patterns), make([]int, 0, patterns+1)
	c.ops = make([]op, 0, 16*patterns) // about as many as they have
	for n, e := range l.entries {
		if _, off := l.off[e.ID]; off {
			continue
		}
		for p, pattern := range e.Patterns {
			begin := len(c.ops)
			if problem := c.parse(pattern); problem != "" {
				c.ops = c.ops[:begin]
				c.list = l.origin[n][0]
				c.fault(l.origin[n][1], "patterns", p, "patroon", "%s, in %q", problem, pattern)
				continue
			}
			l.rows = append(l.rows, sequence{entry: int32(n), line: int32(p), level: e.Level, class: uint8(classPlace(e.Class))})
			c.begins = append(c.begins, begin)
		}
	}
	if len(c.faults) > 0 {
		return
	}
	c.words.gathered()
	var naming sync.WaitGroup
	naming.Go(func() { l.words = c.words.named() })
	likely := c.words.likely()
	anchors := c.fileRows(likely)
	numbers := c.words.renumber(likely)
	c.renumber(numbers, anchors)
	naming.Wait()
	c.words.finish(&l.words, numbers)
}

// fileRows files each pattern of a kind under the words that are the least likely
// to be in a message: only when one of them is there, the pattern is tried. It gives
// the plain atoms of each anchor.
func (c *compiler) fileRows(likely []int) (plain lists[int32]) {
	l := c.lex
	c.begins = append(c.begins, len(c.ops))
	for i := range c.ops {
		if o := &c.ops[i]; o.kind == opRow {
			o.atom = rarest(c.ops[i+1:i+1+int(o.inner)], likely)
		}
	}
	byPlace := make([]int32, c.words.places+1) // the atoms in the order in which patterns ask for them
	for atom, place := range c.words.asked {
		byPlace[place] = int32(atom)
	}
	filedAt := make([]keyed[filed], 0, 2*len(l.rows)) // by kind and place
	musts := musts{likely: likely}
	for i := range l.rows {
		s := &l.rows[i]
		s.ops = c.ops[c.begins[i]:c.begins[i+1]:c.begins[i+1]]
		parts := musts.of(s.ops)
		f := filed{row: int32(i)}
		for n := range f.needs {
			f.needs[n] = noAtom
			if n+1 < len(parts) {
				f.needs[n] = c.words.anyOf(parts[n+1].anyOf)
			}
		}
		first := int32(int(l.entries[s.entry].Kind) * len(byPlace))
		slices.Sort(parts[0].anyOf)
		for _, atom := range slices.Compact(parts[0].anyOf) {
			filedAt = append(filedAt, keyed[filed]{first + c.words.asked[atom], f})
		}
	}
	rows := collect(filedAt, int(Lowering+1)*len(byPlace))
	l.anchors.rows = lists[filed]{begins: make([]int32, 1, 1<<13), all: rows.all}
	plain = lists[int32]{begins: make([]int32, 1, 1<<13)}
	next := func(end int32) { plain.end(); l.anchors.rows.begins = append(l.anchors.rows.begins, end) }
	for kind := range int(Lowering + 1) {
		l.anchors.kinds[kind] = (len(plain.begins) - 1) >> 6
		for place, atom := range byPlace {
			key := int32(kind*len(byPlace) + place)
			if end := rows.begins[key+1]; end > rows.begins[key] {
				plain.all = c.words.appendPlain(plain.all, atom)
				next(end)
			}
		}
		for (len(plain.begins)-1)&63 != 0 {
			next(l.anchors.rows.begins[len(l.anchors.rows.begins)-1])
		}
	}
	l.anchors.kinds[Lowering+1] = (len(plain.begins) - 1) >> 6
	return plain
}

// renumber tells rows and anchors the last numbers of atoms.
func (c *compiler) renumber(n numbering, anchors lists[int32]) {
	for i := range c.ops {
		switch o := &c.ops[i]; o.kind {
		case opAtom, opMaybe, opNot, opRow:
			o.atom = n.of(o.atom)
		}
	}
	filed := c.lex.anchors.rows.all
	for i := range filed {
		for k, need := range filed[i].needs {
			filed[i].needs[k] = n.of(need)
		}
	}
	n.all(anchors.all)
	c.lex.anchors.wakes = invert(anchors, int(n.first))
}

// maxNeeds is how many parts of a pattern are looked for before it is tried; one
// that is missing ends it cheaply.
const maxNeeds = 3

// noAtom stands where no atom is needed, until atoms have their last numbers.
const noAtom = -1

// A must is a part of a pattern that has to be there: any of some atoms. The cost
// says how likely one of them is in a message.
type must struct {
	anyOf []int32
	cost  int
}

// musts finds the parts that must be there for patterns to meet.
type musts struct {
	likely []int
	parts  []must
	atoms  []int32 // what the parts consist of
}

// of gives the parts that must be there for ops to meet, the least likely first.
// There is always one: a pattern without is refused. It is so until the next call.
func (m *musts) of(ops []op) []must {
	m.parts, m.atoms = m.parts[:0], m.atoms[:0]
	m.add(ops)
	slices.SortStableFunc(m.parts, func(a, b must) int { return a.cost - b.cost })
	return m.parts
}

func (m *musts) add(ops []op) {
	for i := 0; i < len(ops); i += 1 + int(ops[i].inner) {
		o, begin, cost := &ops[i], len(m.atoms), 0
		switch rows := ops[i+1 : i+1+int(o.inner)]; o.kind {
		case opAtom:
			m.atoms, cost = append(m.atoms, o.atom), m.likely[o.atom]
		case opOr:
			for len(rows) > 0 {
				atom := rows[0].atom // the ways to go on hold nothing but words
				if atom == noAtom {
					m.atoms = m.atoms[:begin]
					break
				}
				m.atoms, cost = append(m.atoms, atom), cost+m.likely[atom]
				_, rows = firstRow(rows)
			}
		case opNear, opTogether:
			for len(rows) > 0 {
				var row []op
				row, rows = firstRow(rows)
				m.add(row)
			}
			continue
		}
		if len(m.atoms) > begin {
			m.parts = append(m.parts, must{m.atoms[begin:len(m.atoms):len(m.atoms)], cost})
		}
	}
}

// IsLocal tells whether a coordinator added an entry.
func (l *Lexicon) IsLocal(id string) bool { return l.local[id] }

// CheckExamples tries the examples of the entries that which picks: each of Yes
// must meet the entry, none of No may. A guard must take words away in its Yes,
// a lowering must deny some.
func (l *Lexicon) CheckExamples(which func(id string) bool) []Fault {
	var faults []Fault
	for n, e := range l.entries {
		if _, off := l.off[e.ID]; off || !which(e.ID) {
			continue
		}
		wrong := func(field string, i int, text string) {
			faults = append(faults, Fault{List: l.origin[n][0], Entry: l.origin[n][1], Off: -1, Field: field, Index: i, Code: "voorbeeld", Text: text})
		}
		for i, example := range e.Yes {
			if !l.meets(e, example) {
				wrong("yes", i, fmt.Sprintf("%q hoort te tellen voor %s, maar telt niet", example, e.ID))
			}
		}
		for i, example := range e.No {
			if l.meets(e, example) {
				wrong("no", i, fmt.Sprintf("%q hoort niet te tellen voor %s, maar telt wel", example, e.ID))
			}
		}
	}
	return faults
}

// meets tells whether an entry does its work in a text.
func (l *Lexicon) meets(e Entry, message string) bool {
	for _, c := range l.Explain(message).Clauses {
		for _, m := range c.Met {
			if m.Entry == e.ID && m.Effect != Guarded {
				return true
			}
		}
	}
	return false
}
