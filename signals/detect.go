package signals

import (
	"iter"
	"math/bits"
	"slices"
	"sync"
)

// Detect looks for crisis words, signs of distress and good news in one text. It
// is pure and takes time linear in the text; many may call it at once.
//
// The loudest clause wins. Words that are denied or past lower a crisis to
// distress with a soft check, never to nothing. Good news and a crisis may be in
// one text, and then both are told.
func (l *Lexicon) Detect(message string) Detection {
	s := l.scratch.take()
	defer l.scratch.give(s)
	l.read(s, message, nil)
	d := Detection{GoodNews: s.good}
	if len(s.found) == 0 {
		return d
	}
	d.Hits = make([]Hit, 0, len(s.found))
	for _, f := range s.found {
		e := &l.entries[f.entry]
		level := e.Level
		if f.lowered {
			level = LevelDistress
		}
		d.SoftCheck = d.SoftCheck || f.lowered || e.Soft
		d.Level = max(d.Level, level)
		d.Hits = append(d.Hits, Hit{Pattern: e.ID, Class: e.Class, Means: e.Means, Level: level, Lowered: f.lowered, Language: e.Language, Unreviewed: e.Unreviewed})
	}
	d.SoftCheck = d.SoftCheck && d.Level < LevelCrisis
	slices.SortStableFunc(d.Hits, louder)
	return d
}

// A found is an entry that met.
type found struct {
	entry   int32
	lowered bool
}

// read normalises a message and tries every pattern on it. What it meets is told
// to the explanation, if there is one.
func (l *Lexicon) read(s *scratch, message string, why *Explanation) {
	s.reset()
	s.text.read(message)
	l.splitJoined(&s.text)
	// A window is at most 62 words, with a wall between sentences. Longer messages
	// are read in windows that overlap by the reach of the longest pattern.
	for at := 0; at < len(s.text.tokens); at += maxWindow - maxSpan {
		end := min(at+maxWindow, len(s.text.tokens))
		l.window(s, at, end, why)
		if end == len(s.text.tokens) {
			break
		}
	}
}

const maxWindow = 62

// window reads at most 62 tokens. Every set of places in it is one machine word,
// so that a pattern is tried on all of them at once.
func (l *Lexicon) window(s *scratch, from, to int, why *Explanation) {
	c := &s.clause
	clear(s.tried)
	l.look(s, from, to)
	defer s.forget()

	clear(c.taken[:])
	clear(c.denied[:])
	thin := uint64(0)
	for i := from; i < to; i++ {
		if l.thin[string(s.text.word(i))] {
			thin |= 1 << (i - from)
		}
	}
	why.clause(s, from, to)
	l.take(s, Guard, &c.taken, thin, Takes, why)
	l.take(s, Lowering, &c.denied, thin, Lowers, why)

	for atom := range l.anchored(c, Sign) {
		for _, n := range l.byAnchor[Sign][atom] {
			row := &l.rows[n]
			if !s.first(n) || c.lacks(row) || why == nil && s.has(row.entry) {
				continue
			}
			free := c.all &^ (c.taken[0] | c.taken[row.class])
			if c.run(row.ops, free) == 0 {
				if why != nil && (c.taken[0]|c.taken[row.class]) != 0 && c.run(row.ops, c.all) != 0 {
					why.met(l, s, row, c.all, Guarded)
				}
				continue
			}
			lowered, effect := false, Counts
			if denied := c.denied[0] | c.denied[row.class]; denied != 0 && row.level == LevelCrisis {
				if lowered = c.run(row.ops, free&^denied) == 0; lowered {
					effect = Lowered
				}
			}
			if row.level == LevelNone {
				s.good = true
			} else {
				s.find(row.entry, lowered)
			}
			why.met(l, s, row, free, effect)
		}
	}
}

// anchored gives the atoms in the window that patterns of a kind are filed under.
func (l *Lexicon) anchored(c *clause, kind EntryKind) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, there := range c.there {
			for found := there & l.anchors[kind][i]; found != 0; found &= found - 1 {
				if !yield(i<<6 + bits.TrailingZeros64(found)) {
					return
				}
			}
		}
	}
}

// take lets guards or lowerings claim the words they meet, per class. A lowering
// does not see what a guard took for all classes: "net als vroeger" is not vroeger.
func (l *Lexicon) take(s *scratch, kind EntryKind, claimed *[classPlaces]uint64, thin uint64, effect Effect, why *Explanation) {
	free := s.clause.all
	if kind == Lowering {
		free &^= s.clause.taken[0]
	}
	// What is said of something else ends where somebody speaks of himself: "mijn
	// telefoon is dood en ik wil ook dood".
	walls, fill := s.clause.walls, s.clause.fill
	s.clause.walls |= s.clause.turns
	s.clause.fill &^= s.clause.turns
	defer func() { s.clause.walls, s.clause.fill = walls, fill }()
	for atom := range l.anchored(&s.clause, kind) {
		for _, n := range l.byAnchor[kind][atom] {
			row := &l.rows[n]
			if !s.first(n) || s.clause.lacks(row) || s.clause.run(row.ops, free) == 0 {
				continue
			}
			words := s.clause.covered(row.ops, free) &^ thin
			e := &l.entries[row.entry]
			if len(e.For) == 0 {
				claimed[0] |= words
			}
			for _, class := range e.For {
				claimed[classPlace(class)] |= words
			}
			why.met(l, s, row, free, effect)
		}
	}
}

// look finds for every token of the window which atoms it meets.
func (l *Lexicon) look(s *scratch, from, to int) {
	c := &s.clause
	n := to - from
	c.all = 1<<n - 1
	c.starts, c.ends, c.walls, c.fill, c.turns = 1, 0, 0, 0, 0
	s.said = s.said[:0]
	clear(s.slots[:])
	for i := from; i < to; i++ {
		bit := uint64(1) << (i - from)
		t := s.text.tokens[i]
		if t.wall {
			c.walls |= bit
			continue
		}
		if l.fill[string(s.text.word(i))] {
			c.fill |= bit
		}
		if t.opens {
			c.starts |= bit
		}
		if t.closes {
			c.ends |= bit << 1
		}
		s.say(i, bit)
		if i+1 < to && !s.text.tokens[i+1].wall {
			if next := l.turn[string(s.text.word(i))]; next != nil && next[string(s.text.word(i+1))] {
				c.turns |= bit
			}
			l.lookPair(s, s.text.word(i), s.text.word(i+1), bit)
		}
	}
	for _, w := range s.said {
		l.lookWord(s, s.text.word(int(w.token)), w.places)
	}
}

// A saying is one word of a window, and every place where it stands.
type saying struct {
	token  int32 // where it stands first
	places uint64
}

// say adds a place to the word of token i, so that a word that is said often is
// looked up once.
func (s *scratch) say(i int, bit uint64) {
	w := s.text.word(i)
	slot := uint32(2166136261)
	for _, letter := range w {
		slot = (slot ^ uint32(letter)) * 16777619
	}
	for slot &= uint32(len(s.slots) - 1); s.slots[slot] != 0; slot = (slot + 1) & uint32(len(s.slots)-1) {
		if said := &s.said[s.slots[slot]-1]; string(s.text.word(int(said.token))) == string(w) {
			said.places |= bit
			return
		}
	}
	s.said = append(s.said, saying{int32(i), bit})
	s.slots[slot] = uint8(len(s.said))
}

func (l *Lexicon) lookWord(s *scratch, w []byte, bit uint64) {
	v := &l.words
	known := s.walk(&v.words, w, bit)
	if len(v.ends.nodes) > 1 {
		s.walkBack(&v.ends, w, bit)
	}
	digits := 0
	for _, b := range w {
		if '0' <= b && b <= '9' {
			digits++
		}
	}
	if digits > 0 && '0' <= w[0] && w[0] <= '9' {
		s.mark(v.numbers, bit)
	}
	if known || digits == len(w) {
		return
	}
	if digits > 0 {
		s.other, _ = digitLetters(s.other[:0], w)
		if s.walk(&v.words, s.other, bit) {
			return
		}
	}
	if stretched(w) {
		s.other = squeeze(s.other[:0], w, 2)
		s.walk(&v.words, s.other, bit)
		s.other = squeeze(s.other[:0], w, 1)
		s.walk(&v.words, s.other, bit)
		for _, n := range v.squeezed[string(s.other)] {
			s.mark(v.words.nodes[n].exact, bit)
		}
		w = s.other
	}
	if v.shielded[string(w)] {
		return
	}
	if l.lookRespelled(s, w, bit) {
		return
	}
	if len(w) >= 5 && len(w) <= 24 {
		l.lookSlip(s, w, bit)
	}
}

// lookRespelled takes w for a known word that is written as it sounds: nagt for
// nacht, vermoorde for vermoorden, myn for mijn.
func (l *Lexicon) lookRespelled(s *scratch, w []byte, bit uint64) bool {
	if len(w) < 4 || len(w) > longestJoined {
		return false
	}
	try := func(from, to string, at int) bool {
		s.other = append(append(append(s.other[:0], w[:at]...), to...), w[at+len(from):]...)
		return l.walkWhole(s, s.other, bit)
	}
	n := len(w)
	switch w[n-1] {
	case 'e':
		if try("", "n", n) {
			return true
		}
	case 't':
		if w[n-2] == 'd' {
			if try("dt", "d", n-2) || try("dt", "t", n-2) {
				return true
			}
		} else if try("t", "d", n-1) {
			return true
		}
	case 'd':
		if try("d", "t", n-1) {
			return true
		}
	}
	for i := 0; i+1 < n; i++ {
		switch {
		case w[i] == 'g' && w[i+1] == 't':
			if try("gt", "cht", i) {
				return true
			}
		case w[i] == 'y':
			if try("y", "ij", i) {
				return true
			}
		case n >= 5 && w[i] == w[i+1] && !isVowel(w[i]):
			if try(string(w[i:i+2]), string(w[i:i+1]), i) {
				return true
			}
		}
	}
	switch w[0] {
	case 's':
		return try("s", "z", 0)
	case 'f':
		return try("f", "v", 0)
	}
	return false
}

func isVowel(b byte) bool { return b == 'a' || b == 'e' || b == 'i' || b == 'o' || b == 'u' }

// walkWhole marks what w meets, only when a pattern holds the whole of it.
func (l *Lexicon) walkWhole(s *scratch, w []byte, bit uint64) bool {
	return l.knows(w) && s.walk(&l.words.words, w, bit)
}

// lookSlip takes w for a core word that it is one slip away from.
func (l *Lexicon) lookSlip(s *scratch, w []byte, bit uint64) {
	v := &l.words
	try := func(key []byte) bool {
		for _, core := range v.slips[string(key)] {
			if oneSlip(w, core) {
				s.walk(&v.words, append(s.more[:0], core...), bit)
				return true
			}
		}
		return false
	}
	if try(w) {
		return
	}
	for i := range w {
		s.more = append(append(s.more[:0], w[:i]...), w[i+1:]...)
		if try(s.more) {
			return
		}
	}
	if len(w) >= longWord {
		s.more = shuffle(s.more[:0], w)
		if core, ok := v.shuffled[string(s.more)]; ok {
			s.walk(&v.words, append(s.more[:0], core...), bit)
		}
	}
}

// lookPair reads two words as one that was split: zelf moord, over dosis.
func (l *Lexicon) lookPair(s *scratch, a, b []byte, bit uint64) {
	if len(a)+len(b) < 5 && len(a)+len(b) > 2 {
		return
	}
	t := &l.words.words
	at := int32(0)
	for _, letter := range a {
		p := place(letter)
		if p < 0 {
			return
		}
		if at = t.nodes[at].next[p]; at == 0 {
			return
		}
	}
	for _, letter := range b {
		p := place(letter)
		if p < 0 {
			return
		}
		if at = t.nodes[at].next[p]; at == 0 {
			return
		}
		s.markPair(t.nodes[at].prefixes, bit)
	}
	s.markPair(t.nodes[at].exact, bit)
}

// longestJoined is the longest word that is read as several typed together.
const longestJoined = 24

// splitJoined reads nietmeer as niet meer, where both are glue words and the
// whole is not a word of its own; kwil as ik wil; and a short form such as idk as
// the words it stands for.
func (l *Lexicon) splitJoined(t *text) {
	split := t.split[:0]
	for i, whole := range t.tokens {
		w := t.word(i)
		if meant, ok := l.whole[string(w)]; ok {
			split = t.spell(split, whole, meant)
			if whole.ends && i+1 < len(t.tokens) {
				split = append(split, token{wall: true})
			}
			continue
		}
		var cuts []int
		switch {
		case len(w) < 3 || len(w) > longestJoined:
		case l.clitics[w[0]][string(w[1:])]:
			cuts = []int{1, len(w)} // also when a pattern names it as it stands, or all others would be deaf to it
		case !l.knows(w):
			cuts = l.cut(w)
		}
		if len(cuts) < 2 {
			split = append(split, whole)
			if whole.ends && i+1 < len(t.tokens) {
				split = append(split, token{wall: true})
			}
			continue
		}
		begin := whole.from
		for k, cut := range cuts {
			part := token{from: begin, to: whole.from + int32(cut)}
			begin = part.to
			if k == 0 {
				part.opens = whole.opens
			}
			if k == len(cuts)-1 {
				part.closes, part.ends = whole.closes, whole.ends
			}
			split = append(split, part)
		}
		if whole.ends && i+1 < len(t.tokens) {
			split = append(split, token{wall: true})
		}
	}
	t.tokens, t.split = split, t.tokens
}

func (l *Lexicon) knows(w []byte) bool {
	t := &l.words.words
	at := int32(0)
	for _, letter := range w {
		p := place(letter)
		if p < 0 {
			return true // only plain letters are split
		}
		if at = t.nodes[at].next[p]; at == 0 {
			return false
		}
	}
	return len(t.nodes[at].exact) > 0
}

// cut finds the glue words that w is made of, as few as can be: where each ends.
func (l *Lexicon) cut(w []byte) []int {
	const unknown = longestJoined + 1
	if len(w) < 5 {
		return nil
	}
	var parts, last [longestJoined + 1]int // for each length: how many words, and where the last begins
	for to := 1; to <= len(w); to++ {
		parts[to] = unknown
		for from := range to - 1 {
			if parts[from]+1 < parts[to] && l.glue[string(w[from:to])] {
				parts[to], last[to] = parts[from]+1, from
			}
		}
	}
	if parts[len(w)] == unknown {
		return nil
	}
	cuts := make([]int, parts[len(w)])
	for to, i := len(w), len(cuts)-1; to > 0; to, i = last[to], i-1 {
		cuts[i] = to
	}
	return cuts
}

// A clause is a window of a text as sets of places: bit i of an atom's places is
// set when token i meets it.
type clause struct {
	places []uint64 // atom: the tokens that meet it
	pairs  []uint64 // atom: the first of two tokens that together meet it
	there  []uint64 // bit per atom: whether any token meets it
	all    uint64   // every token
	starts uint64   // boundaries where a part of a sentence begins
	ends   uint64   // and where one ends
	turns  uint64   // the first of two words such as maar ik: guards and lowerings stay on one side
	walls  uint64   // no word but the end of a sentence: patterns stay on one side
	fill   uint64   // words that say nothing, such as gewoon: they may stand in any pattern
	taken  [classPlaces]uint64
	denied [classPlaces]uint64
}

// run takes a pattern through the whole window at once. Bit i of the set it
// carries says: the pattern so far may end just before token i. The answer is
// where the whole pattern may end; 0 when it does not meet.
func (c *clause) run(ops []op, free uint64) uint64 { return c.follow(ops, c.all<<1|1, free) }

// lacks tells that a part which the row needs is not in the window.
func (c *clause) lacks(row *sequence) bool {
needs:
	for _, anyOf := range row.needs {
		for _, atom := range anyOf {
			if c.there[atom>>6]>>(atom&63)&1 == 1 {
				continue needs
			}
		}
		return true
	}
	return false
}

func (c *clause) follow(ops []op, at, free uint64) uint64 {
	for i := range ops {
		if at = c.advance(&ops[i], at, free); at == 0 {
			return 0
		}
		at |= at & c.fill << 1
		at |= at & c.fill << 1
	}
	return at
}

// advance takes the places where a pattern may be one step further.
func (c *clause) advance(o *op, at, free uint64) uint64 {
	switch o.kind {
	case opAtom:
		return c.step(o.atom, at, free)
	case opMaybe:
		return at | c.step(o.atom, at, free)
	case opNot:
		return at &^ c.places[o.atom]
	case opGap:
		for range o.n {
			at |= at &^ c.walls << 1
		}
		return at & (c.all<<1 | 1)
	case opOr:
		next := uint64(0)
		for _, row := range o.or {
			next |= c.follow(row, at, free)
		}
		return next
	case opNear:
		for _, row := range o.or {
			at &= c.near(row, o.n, free)
		}
		return at
	case opTogether:
		for _, row := range o.or {
			at &= c.together(row, o.n, free)
		}
		return at
	case opStart:
		return at & c.starts
	default:
		return at & c.ends
	}
}

// near gives the places that lie at most n words after the end of row.
func (c *clause) near(row []op, n uint8, free uint64) uint64 {
	ends := c.run(row, free)
	for range n {
		ends |= ends &^ c.walls << 1
	}
	return ends & (c.all<<1 | 1)
}

// together is near across the ends of sentences.
func (c *clause) together(row []op, n uint8, free uint64) uint64 {
	ends := c.run(row, free)
	for range n {
		ends |= ends << 1
	}
	return ends & (c.all<<1 | 1)
}

func (c *clause) step(atom int32, at, free uint64) uint64 {
	return (at&c.places[atom]&free)<<1 | (at&c.pairs[atom]&free&(free>>1))<<2
}

// covered gives the tokens that a pattern needs to meet: its words, not its gaps.
func (c *clause) covered(ops []op, free uint64) (tokens uint64) {
	start := c.all<<1 | 1
	c.retrace(ops, start, c.follow(ops, start, free), free, &tokens)
	return tokens
}

// retrace walks steps back from where they may end to where they may have begun,
// and adds the words on the way to tokens.
func (c *clause) retrace(ops []op, begin, end, free uint64, tokens *uint64) uint64 {
	if len(ops) == 0 {
		return begin & end
	}
	last := &ops[len(ops)-1]
	before := c.follow(ops[:len(ops)-1], begin, free)
	at := end
	at |= at >> 1 & c.fill
	at |= at >> 1 & c.fill
	switch last.kind {
	case opAtom, opMaybe:
		one := at >> 1 & c.places[last.atom] & free & before
		two := at >> 2 & c.pairs[last.atom] & free & (free >> 1) & before
		*tokens |= one | two | two<<1
		if last.kind == opAtom {
			at = 0
		}
		at = at&before | one | two
	case opGap:
		for range last.n {
			at |= at >> 1
		}
		at &= before
	case opOr:
		at = 0
		for _, row := range last.or {
			if reached := c.follow(row, before, free) & end; reached != 0 {
				at |= c.retrace(row, before, reached, free, tokens)
			}
		}
	case opNear, opTogether:
		for _, row := range last.or {
			reached := uint64(0)
			for back := range last.n + 1 {
				reached |= at >> back
			}
			c.retrace(row, c.all<<1|1, c.run(row, free)&reached, free, tokens)
		}
		at = before
	default:
		at &= before
	}
	return c.retrace(ops[:len(ops)-1], begin, at, free, tokens)
}

// A scratch is the working memory for one message.
type scratch struct {
	text    text
	clause  clause
	touched []int32 // atoms that some token of the window meets
	said    []saying
	slots   [128]uint8 // hash of a word: its place in said, from 1
	found   []found
	good    bool
	tried   []uint64 // bit per row: it was tried in this window
	other   []byte
	more    []byte
}

func (s *scratch) reset() { s.found, s.good = s.found[:0], false }

func (s *scratch) mark(atoms []int32, bit uint64) {
	for _, a := range atoms {
		if w, b := &s.clause.there[a>>6], uint64(1)<<(a&63); *w&b == 0 {
			*w |= b
			s.touched = append(s.touched, a)
		}
		s.clause.places[a] |= bit
	}
}

func (s *scratch) markPair(atoms []int32, bit uint64) {
	for _, a := range atoms {
		if w, b := &s.clause.there[a>>6], uint64(1)<<(a&63); *w&b == 0 {
			*w |= b
			s.touched = append(s.touched, a)
		}
		s.clause.pairs[a] |= bit
	}
}

// first tells whether a row was not tried in this window before; it may be filed
// under several words.
func (s *scratch) first(row int32) bool {
	bit := uint64(1) << (row & 63)
	if s.tried[row>>6]&bit != 0 {
		return false
	}
	s.tried[row>>6] |= bit
	return true
}

// forget wipes what the window touched, for the next one.
func (s *scratch) forget() {
	for _, a := range s.touched {
		s.clause.places[a], s.clause.pairs[a] = 0, 0
	}
	clear(s.clause.there)
	s.touched = s.touched[:0]
}

// walk marks every atom that the word w meets, and reports whether a pattern
// holds the whole word.
func (s *scratch) walk(t *trie, w []byte, bit uint64) bool {
	at := int32(0)
	for _, letter := range w {
		p := place(letter)
		if p < 0 {
			odd, ok := t.odd[string(w)]
			if ok {
				s.mark(t.nodes[odd].exact, bit)
			}
			return ok
		}
		if at = t.nodes[at].next[p]; at == 0 {
			return false
		}
		s.mark(t.nodes[at].prefixes, bit)
	}
	s.mark(t.nodes[at].exact, bit)
	return len(t.nodes[at].exact) > 0
}

// walkBack marks every atom that asks for an end of w.
func (s *scratch) walkBack(t *trie, w []byte, bit uint64) {
	at := int32(0)
	for i := len(w) - 1; i >= 0; i-- {
		p := place(w[i])
		if p < 0 {
			return
		}
		if at = t.nodes[at].next[p]; at == 0 {
			return
		}
		s.mark(t.nodes[at].prefixes, bit)
	}
}

// has tells whether an entry met already, and was not lowered.
func (s *scratch) has(entry int32) bool {
	for _, f := range s.found {
		if f.entry == entry {
			return !f.lowered
		}
	}
	return false
}

// find keeps an entry once; met without lowering is louder than lowered.
func (s *scratch) find(entry int32, lowered bool) {
	for i := range s.found {
		if s.found[i].entry == entry {
			s.found[i].lowered = s.found[i].lowered && lowered
			return
		}
	}
	s.found = append(s.found, found{entry, lowered})
}

// A scratchPool lends out working memory, so that many may read at once.
type scratchPool struct {
	pool  sync.Pool
	atoms int
	rows  int
}

func (p *scratchPool) take() *scratch {
	if s, ok := p.pool.Get().(*scratch); ok {
		return s
	}
	return &scratch{clause: clause{places: make([]uint64, p.atoms), pairs: make([]uint64, p.atoms), there: make([]uint64, p.atoms/64+1)}, tried: make([]uint64, p.rows/64+1)}
}

func (p *scratchPool) give(s *scratch) { p.pool.Put(s) }
