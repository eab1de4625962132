package lexicon

import (
	"bytes"
	"iter"
	"math/bits"
	"slices"
)

// Detect looks for crisis words, signs of distress and good news in one text. It
// is pure and takes time linear in the text; many may call it at once.
//
// The loudest clause wins. Words that are denied or past lower a crisis to
// distress with a soft check, never to nothing. Good news and a crisis may be in
// one text, and then both are told.
func (l *Lexicon) Detect(message string) Detection {
	s := l.borrow()
	defer l.lent.Put(s)
	l.read(s, message, nil)
	d := Detection{GoodNews: s.good}
	if len(s.found) == 0 {
		return d
	}
	for i := range s.found {
		s.found[i].order = l.order(s.found[i])
	}
	slices.SortStableFunc(s.found, func(a, b found) int { return a.order - b.order })
	d.Hits = make([]Hit, 0, len(s.found))
	for _, f := range s.found {
		e, level := &l.entries[f.entry], l.level(f)
		d.SoftCheck = d.SoftCheck || f.lowered || e.Soft
		d.Level = max(d.Level, level)
		d.Hits = append(d.Hits, Hit{Pattern: e.ID, Class: e.Class, Means: e.Means, Level: level, Lowered: f.lowered, Language: e.Language, Unreviewed: e.Unreviewed})
	}
	d.SoftCheck = d.SoftCheck && d.Level < LevelCrisis
	return d
}

// A found is an entry that met.
type found struct {
	entry   int32
	lowered bool
	order   int // those that should be seen first have less
}

// level is how loud an entry that met is.
func (l *Lexicon) level(f found) Level {
	if f.lowered {
		return LevelDistress
	}
	return l.entries[f.entry].Level
}

// order tells what should be seen first: the loudest, then a denied crisis before
// plain distress, then the most acute.
func (l *Lexicon) order(f found) int {
	order := int(LevelCrisis-l.level(f)) * 2
	if !f.lowered {
		order++
	}
	return order*classPlaces + int(l.acute[f.entry])
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
		s.muted = s.muted[:0]
		l.window(s, at, end, why)
		l.doubt(s)
		if end == len(s.text.tokens) {
			break
		}
	}
}

// doubt hears what guards took when it would be a crisis of two classes at once, and
// nothing else was heard: a figure of speech is of one. A guard that is wrong then
// costs a message that somebody reads, not one that nobody does.
func (l *Lexicon) doubt(s *scratch) {
	if len(s.found) > 0 || !slices.ContainsFunc(s.muted, func(e int32) bool { return l.entries[e].Class != l.entries[s.muted[0]].Class }) {
		return
	}
	for _, e := range s.muted {
		s.find(e, true)
	}
}

const maxWindow = 62

// window reads at most 62 tokens. Every set of places in it is one machine word,
// so that a pattern is tried on all of them at once.
func (l *Lexicon) window(s *scratch, from, to int, why *Explanation) {
	c := &s.clause
	clear(s.tried)
	clear(s.anchors)
	clear(c.met)
	clear(c.settled)
	c.met.add(0)
	l.look(s, from, to)

	clear(c.taken[:])
	clear(c.denied[:])
	why.clause(s, from, to)
	l.take(s, Guard, &c.taken, Takes, why)
	l.take(s, Lowering, &c.denied, Lowers, why)

	for anchor := range l.anchored(s, Sign) {
		for _, f := range l.anchors.rows.of(anchor) {
			if c.lacks(f.needs) || !s.first(f.row) {
				continue
			}
			row := &l.rows[f.row]
			s.work++
			if why == nil && s.has(row.entry) {
				continue
			}
			free := c.all &^ (c.taken[0] | c.taken[row.class])
			if c.run(row.ops, free) == 0 {
				if free != c.all && (why != nil || row.level == LevelCrisis) && c.run(row.ops, c.all) != 0 {
					if row.level == LevelCrisis {
						s.muted = append(s.muted, row.entry)
					}
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

// anchored gives the anchors of a kind that are in the window.
func (l *Lexicon) anchored(s *scratch, kind EntryKind) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for i := l.anchors.kinds[kind]; i < l.anchors.kinds[kind+1]; i++ {
			for found := s.anchors[i]; found != 0; found &= found - 1 {
				if !yield(int32(i<<6 + bits.TrailingZeros64(found))) {
					return
				}
			}
		}
	}
}

// take lets guards or lowerings claim the words they meet, per class. A lowering
// does not see what a guard took for all classes: "net als vroeger" is not vroeger.
func (l *Lexicon) take(s *scratch, kind EntryKind, claimed *[classPlaces]uint64, effect Effect, why *Explanation) {
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
	for anchor := range l.anchored(s, kind) {
		for _, f := range l.anchors.rows.of(anchor) {
			if s.clause.lacks(f.needs) || !s.first(f.row) {
				continue
			}
			row := &l.rows[f.row]
			if s.clause.run(row.ops, free) == 0 {
				continue
			}
			words := s.clause.covered(row.ops, free) &^ s.clause.thin
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
	c, v := &s.clause, &l.words
	n := to - from
	c.all = 1<<n - 1
	c.starts, c.ends, c.walls, c.fill, c.thin, c.turns = 1, 0, 0, 0, 0, 0
	s.said = s.said[:0]
	clear(s.slots[:])
	for i := from; i < to; i++ {
		bit := uint64(1) << (i - from)
		t := &s.text.tokens[i]
		if t.wall {
			c.walls |= bit
			continue
		}
		if t.opens {
			c.starts |= bit
		}
		if t.closes {
			c.ends |= bit << 1
		}
		traits := v.traits[t.number]
		if traits&isFill != 0 {
			c.fill |= bit
		}
		if traits&isThin != 0 {
			c.thin |= bit
		}
		s.say(i, bit)
		if i+1 == to || s.text.tokens[i+1].wall {
			continue
		}
		if traits&isTurn != 0 && l.turn[[2]int32{t.number, s.text.tokens[i+1].number}] {
			c.turns |= bit
		}
		l.lookPair(s, t, &s.text.tokens[i+1], bit)
	}
	for _, w := range s.said {
		l.lookWord(s, s.text.word(int(w.token)), s.text.tokens[w.token].number, w.places)
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
	w, t := s.text.word(i), &s.text.tokens[i]
	slot := t.sum
	for slot &= sum(len(s.slots) - 1); s.slots[slot] != 0; slot = (slot + 1) & sum(len(s.slots)-1) {
		said := &s.said[s.slots[slot]-1]
		if string(s.text.word(int(said.token))) == string(w) {
			said.places |= bit
			return
		}
	}
	s.said = append(s.said, saying{int32(i), bit})
	s.slots[slot] = uint8(len(s.said))
}

// lookWord marks what a word meets that stands in some places, in whatever way it
// may be read. Its number is 0 when the vocabulary does not hold it as it is.
func (l *Lexicon) lookWord(s *scratch, w []byte, number int32, places uint64) {
	v := &l.words
	s.work++
	l.meet(s, w, number, places)
	if len(w) >= 3 {
		for _, end := range v.ends.at([3]byte(w[len(w)-3:])) {
			if bytes.HasSuffix(w, end.letters) {
				l.mark(s, end.meets, places, 0)
			}
		}
	}
	digits := 0
	for _, b := range w {
		if '0' <= b && b <= '9' {
			digits++
		}
	}
	if digits > 0 && '0' <= w[0] && w[0] <= '9' {
		l.mark(s, v.digits, places, 0)
	}
	if v.knows(number) || digits == len(w) {
		return
	}
	if digits > 0 {
		s.other, _ = digitLetters(s.other[:0], w)
		if l.meetAs(s, s.other, places) {
			return
		}
	}
	if stretched(w) {
		s.other = squeeze(s.other[:0], w, 2)
		l.meetAs(s, s.other, places)
		s.short = squeeze(s.short[:0], w, 1)
		l.meetAs(s, s.short, places)
		for _, n := range v.squeezed.of(v.short.number(s.short)) {
			l.mark(s, v.meets.of(n), places, 0)
		}
		w = s.short // its own memory: what follows tries other spellings of it in s.other
	}
	if v.traits[v.number(w)]&isProtected != 0 {
		return
	}
	if l.lookRespelled(s, w, places) {
		return
	}
	if len(w) >= 5 && len(w) <= 24 {
		l.lookSlip(s, w, places)
	}
}

// meet marks what the word with a number meets, and what it meets by how it begins.
func (l *Lexicon) meet(s *scratch, w []byte, number int32, places uint64) {
	l.mark(s, l.words.meets.of(number), places, 0)
	if len(w) < 3 {
		return
	}
	for _, begin := range l.words.beginnings.at([3]byte(w)) {
		if bytes.HasPrefix(w, begin.letters) {
			l.mark(s, begin.meets, places, 0)
		}
	}
}

// meetAs reads a word as w, and tells whether a pattern holds that.
func (l *Lexicon) meetAs(s *scratch, w []byte, places uint64) bool {
	number := l.words.number(w)
	l.meet(s, w, number, places)
	return l.words.knows(number)
}

// mark notes that words of the window meet plain atoms: alone in some places, or
// together with the next word in others.
func (l *Lexicon) mark(s *scratch, atoms []int32, alone, together uint64) {
	c := &s.clause
	for _, a := range atoms {
		if !c.met.has(a) {
			c.met.add(a)
			c.settled.add(a)
			c.spots[a] = spots{}
			met := c.met // or it is read again for every choice
			for _, choices := range l.words.partOf.of(a) {
				met[choices.word] |= choices.bits
			}
			for _, anchor := range l.anchors.wakes.of(a) {
				s.anchors.add(anchor)
			}
		}
		c.spots[a].alone |= alone
		c.spots[a].together |= together
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
		return l.words.knows(l.words.number(s.other)) && l.meetAs(s, s.other, bit)
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

// lookSlip takes w, of at least five letters, for a core word that it is one slip
// away from.
func (l *Lexicon) lookSlip(s *scratch, w []byte, bit uint64) {
	v := &l.words
	try := func(key []byte) bool {
		if !v.slipped.has(code([3]byte(key))) {
			return false // as nearly always
		}
		for _, core := range v.slips.of(v.slip.number(key)) {
			if oneSlip(w, core) {
				l.meetAs(s, append(s.more[:0], core...), bit)
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
			l.meetAs(s, append(s.more[:0], core...), bit)
		}
	}
}

// lookPair reads two words as one that was split: zelf moord, over dosis.
func (l *Lexicon) lookPair(s *scratch, a, b *token, bit uint64) {
	v := &l.words
	first, second := s.text.of(a), s.text.of(b)
	if n := len(first) + len(second); n < 5 && n > 2 {
		return
	}
	if number := v.find(a.sum.and(second), first, second); number != 0 {
		l.mark(s, v.meets.of(number), 0, bit)
	}
	if len(first)+len(second) < 3 {
		return
	}
	var three [3]byte
	copy(three[copy(three[:], first):], second)
	for _, begin := range v.beginnings.at(three) {
		if n := len(first); len(begin.letters) > n && bytes.HasPrefix(begin.letters, first) && bytes.HasPrefix(second, begin.letters[n:]) {
			l.mark(s, begin.meets, 0, bit)
		}
	}
}

// longestJoined is the longest word that is read as several typed together.
const longestJoined = 24

// splitJoined reads nietmeer as niet meer, where both are glue words and the
// whole is not a word of its own; kwil as ik wil; and a short form such as idk as
// the words it stands for.
func (l *Lexicon) splitJoined(t *text) {
	v := &l.words
	split := t.split[:0]
	for i, whole := range t.tokens {
		w := t.word(i)
		whole.sum = noLetters.and(w)
		whole.number = v.find(whole.sum, w, nil)
		begin := len(split)
		switch {
		case v.traits[whole.number]&isShort != 0:
			split = t.spell(split, whole, l.whole[whole.number])
		case v.traits[whole.number]&isClitic != 0 && len(w) >= 3 && len(w) <= longestJoined: // also when a pattern names it as it stands, or all others would be deaf to it
			head, tail := whole, whole
			head.to, tail.from = whole.from+1, whole.from+1
			head.closes, head.ends, tail.opens = false, false, false
			split = append(split, head, tail)
		case len(w) >= 5 && len(w) <= longestJoined && !v.knows(whole.number):
			split = l.cut(split, whole, w)
		default:
			split = append(split, whole)
		}
		for k := begin; k < len(split); k++ {
			if part := &split[k]; part.from != whole.from || part.to != whole.to {
				part.sum = noLetters.and(t.of(part))
				part.number = v.find(part.sum, t.of(part), nil)
			}
		}
		if whole.ends && i+1 < len(t.tokens) {
			split = append(split, token{wall: true})
		}
	}
	t.tokens, t.split = split, t.tokens
}

// cut adds the glue words that whole is made of to tokens, as few as can be, or
// whole itself.
func (l *Lexicon) cut(tokens []token, whole token, w []byte) []token {
	v := &l.words
	const unknown = longestJoined + 1
	var parts, last [longestJoined + 1]int // for each length: how many words, and where the last begins
	for to := 1; to <= len(w); to++ {
		parts[to] = unknown
	}
	for from := range w {
		if parts[from] == unknown {
			continue
		}
		part := noLetters
		for to := from + 1; to <= min(len(w), from+l.glue); to++ {
			part = part.with(w[to-1])
			if to > from+1 && parts[from]+1 < parts[to] && v.traits[v.find(part, w[from:to], nil)]&isGlue != 0 {
				parts[to], last[to] = parts[from]+1, from
			}
		}
	}
	n := parts[len(w)]
	if n == unknown {
		return append(tokens, whole)
	}
	first := len(tokens)
	for range n {
		tokens = append(tokens, token{})
	}
	for to, k := len(w), n-1; to > 0; to, k = last[to], k-1 {
		tokens[first+k] = token{from: whole.from + int32(last[to]), to: whole.from + int32(to)}
	}
	tokens[first].opens = whole.opens
	tokens[first+n-1].closes, tokens[first+n-1].ends = whole.closes, whole.ends
	return tokens
}

// A clause is a window of a text as sets of places: bit i of a set stands for
// token i.
type clause struct {
	words   *vocabulary
	met     bitset  // the atoms that any token meets
	settled bitset  // those of which it is known which tokens do
	spots   []spots // by atom, only for those that are settled
	all     uint64  // every token
	starts  uint64  // boundaries where a part of a sentence begins
	ends    uint64  // and where one ends
	turns   uint64  // the first of two words such as maar ik: guards and lowerings stay on one side
	walls   uint64  // no word but the end of a sentence: patterns stay on one side
	fill    uint64  // words that say nothing, such as gewoon: they may stand in any pattern
	thin    uint64  // words that a guard never takes away, such as ik
	taken   [classPlaces]uint64
	denied  [classPlaces]uint64
}

// Spots are the tokens that meet an atom: alone, or as the first of two that meet
// it together.
type spots struct{ alone, together uint64 }

// at gives the spots of an atom.
func (c *clause) at(atom int32) spots {
	if !c.met.has(atom) {
		return spots{}
	}
	if !c.settled.has(atom) {
		c.settle(atom)
	}
	return c.spots[atom]
}

// settle works out the spots of a choice, which are those of its parts. It is done
// when a pattern first comes to the choice: most never get so far.
func (c *clause) settle(choice int32) {
	c.settled.add(choice)
	var all spots
	for _, part := range c.words.parts.of(choice - c.words.choices) {
		if c.met.has(part) {
			all.alone |= c.spots[part].alone
			all.together |= c.spots[part].together
		}
	}
	c.spots[choice] = all
}

// run takes a pattern through the whole window at once. Bit i of the set it
// carries says: the pattern so far may end just before token i. The answer is
// where the whole pattern may end; 0 when it does not meet.
func (c *clause) run(ops []op, free uint64) uint64 { return c.follow(ops, c.all<<1|1, free) }

// lacks tells that an atom which a row needs is not in the window.
func (c *clause) lacks(needs [maxNeeds]int32) bool {
	for _, need := range needs {
		if !c.met.has(need) {
			return true
		}
	}
	return false
}

func (c *clause) follow(ops []op, at, free uint64) uint64 {
	for i := 0; i < len(ops); i++ {
		o := &ops[i]
		switch o.kind {
		case opAtom:
			if !c.met.has(o.atom) {
				return 0
			}
			at = c.step(o.atom, at, free)
		case opMaybe:
			at |= c.step(o.atom, at, free)
		case opNot:
			at &^= c.at(o.atom).alone
		case opGap:
			for range o.n {
				at |= at &^ c.walls << 1
			}
			at &= c.all<<1 | 1
		case opStart:
			at &= c.starts
		case opEnd:
			at &= c.ends
		case opOr:
			next := uint64(0)
			end := i + int(o.inner)
			for i < end {
				i++
				row := &ops[i]
				n := int(row.inner)
				if c.met.has(row.atom) {
					next |= c.follow(ops[i+1:i+1+n], at, free)
				}
				i += n
			}
			at = next
		default:
			at = c.within(o, ops[i+1:i+1+int(o.inner)], at, free)
			i += int(o.inner)
		}
		if at == 0 {
			return 0
		}
		at |= at & c.fill << 1
		at |= at & c.fill << 1
	}
	return at
}

// within takes the rows of one op.
func (c *clause) within(o *op, rows []op, at, free uint64) uint64 {
	for len(rows) > 0 {
		needed := rows[0].atom
		var row []op
		row, rows = firstRow(rows)
		switch {
		case !c.met.has(needed):
			return 0
		case o.kind == opNear:
			at &= c.near(row, o.n, free)
		default:
			at &= c.together(row, o.n, free)
		}
		if at == 0 {
			return 0
		}
	}
	return at
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
	met := c.at(atom)
	return (at&met.alone&free)<<1 | (at&met.together&free&(free>>1))<<2
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
	ops, last, rows := splitLast(ops)
	before := c.follow(ops, begin, free)
	at := end
	at |= at >> 1 & c.fill
	at |= at >> 1 & c.fill
	switch last.kind {
	case opAtom, opMaybe:
		met := c.at(last.atom)
		one := at >> 1 & met.alone & free & before
		two := at >> 2 & met.together & free & (free >> 1) & before
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
		for len(rows) > 0 {
			var row []op
			row, rows = firstRow(rows)
			if reached := c.follow(row, before, free) & end; reached != 0 {
				at |= c.retrace(row, before, reached, free, tokens)
			}
		}
	case opNear, opTogether:
		reached := uint64(0)
		for back := range last.n + 1 {
			reached |= at >> back
		}
		for len(rows) > 0 {
			var row []op
			row, rows = firstRow(rows)
			c.retrace(row, c.all<<1|1, c.run(row, free)&reached, free, tokens)
		}
		at = before
	default:
		at &= before
	}
	return c.retrace(ops, begin, at, free, tokens)
}

// A scratch is the working memory for one message.
type scratch struct {
	text    text
	clause  clause
	anchors bitset // those that are in the window
	said    []saying
	slots   [128]uint8 // hash of a word: its place in said, from 1
	found   []found
	good    bool
	tried   bitset  // bit per row: it was tried in this window
	muted   []int32 // crisis entries that met only words which guards took
	other   []byte
	short   []byte
	more    []byte
	work    int // words looked up and patterns tried: what a text costs
}

func (s *scratch) reset() { s.found, s.muted, s.good = s.found[:0], s.muted[:0], false }

// first tells whether a row was not tried in this window before; it may be filed
// under several words.
func (s *scratch) first(row int32) bool {
	if s.tried.has(row) {
		return false
	}
	s.tried.add(row)
	return true
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
	s.found = append(s.found, found{entry: entry, lowered: lowered})
}

// borrow gives working memory, to be put back in l.lent.
func (l *Lexicon) borrow() *scratch {
	if s, ok := l.lent.Get().(*scratch); ok {
		return s
	}
	return &scratch{
		clause:  clause{words: &l.words, met: newBitset(l.words.atoms), settled: newBitset(l.words.atoms), spots: make([]spots, l.words.atoms)},
		anchors: make(bitset, l.anchors.kinds[Lowering+1]),
		tried:   newBitset(len(l.rows)),
	}
}
