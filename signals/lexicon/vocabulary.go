package lexicon

import (
	"encoding/binary"
	"slices"
	"strings"
)

// A vocabulary knows every word of every pattern, so that a word of a message is
// looked up once for all of them.
//
// What patterns ask for is an atom: a word in all its spellings, a beginning
// (zelfmoord*), an end (*pillen), a group (@ik), a number in digits (#), or a
// choice of several of these ({wil|wou|@wens}). All but choices are plain. A word
// of a message meets a few plain atoms, and with them every choice that they are
// part of; which words they were is only worked out for the choices that a pattern
// comes to, see [clause.settle].
type vocabulary struct {
	dictionary              // the words, as they may be typed
	traits     []trait      // by number: what the list says of the word itself
	meets      lists[int32] // by number: the plain atoms that the word meets
	beginnings affixes
	ends       affixes
	digits     []int32           // the plain atoms that a number in digits meets
	atoms      int               // the numbers of atoms: 0 for what is always met, the plain ones from 1, then the choices
	choices    int32             // the number of the first choice, at the begin of a word of a bitset
	parts      lists[int32]      // by choice, from the first: its plain atoms
	partOf     lists[mask]       // by plain atom: the choices that it is part of
	short      dictionary        // words with their doubled letters cut to one
	squeezed   lists[int32]      // by number of such a word: the numbers of the words it comes from
	slip       dictionary        // core words, and each with one letter less
	slips      lists[string]     // by number of such a word: the core words it comes from
	slipped    bitset            // whether any slip begins so, by the code of three letters
	shuffled   map[string]string // the first letter, the others in order: a long core word
}

// anyNumber is how a pattern asks for a number in digits.
const anyNumber = "#"

// A trait is what [Words] say of one word.
type trait uint8

const (
	isThin      trait = 1 << iota // a guard never takes it away
	isFill                        // it says nothing
	isProtected                   // it is never a slip of a core word
	isTurn                        // somebody may begin to speak of himself after it
	isShort                       // it stands for several words
	isGlue                        // people type it together with others
	isClitic                      // it begins with the k or t that stands for ik or het
)

// knows tells whether a pattern holds the word with this number.
func (v *vocabulary) knows(number int32) bool { return len(v.meets.of(number)) > 0 }

// affixes are the beginnings, or the ends, that patterns ask for, filed under
// their first three letters, or their last.
type affixes struct {
	some  bitset // whether any is filed there, by the code of its three letters
	filed map[[3]byte][]affix
}

func newAffixes() affixes { return affixes{newBitset(1 << 15), map[[3]byte][]affix{}} }

// code gives three letters a number that they share with few others.
func code(w [3]byte) int32 { return int32(w[0]&31)<<10 | int32(w[1]&31)<<5 | int32(w[2]&31) }

func (a affixes) add(letters string, key [3]byte, meets []int32) {
	a.some.add(code(key))
	a.filed[key] = append(a.filed[key], affix{[]byte(letters), meets})
}

// at gives what is filed under three letters.
func (a affixes) at(key [3]byte) []affix {
	if !a.some.has(code(key)) {
		return nil // as nearly always
	}
	return a.filed[key]
}

type affix struct {
	letters []byte
	meets   []int32 // plain atoms
}

// A collector gathers the words of patterns while these are read, and makes the
// vocabulary of them.
type collector struct {
	vocabulary
	groups  map[string][]string // the single words of each group
	spelled map[string][]string // a word: how else it is typed
	core    []string
	atoms   []int32            // by number of a word: the atom that asks for it, or noAtom
	parts   lists[int32]       // by atom: the plain atoms of a choice; none for a plain atom
	signs   map[string]int32   // the other plain atoms, as they are written: zelf*, *pillen, @ik, #
	written []string           // the same, in the order in which they came
	choices dictionary         // what choices consist of, written as bytes
	chosen  []int32            // by number of a choice: its atom
	asked   []int32            // by atom: the place, from 1, in which patterns asked for it; 0 when it is only a part of choices
	places  int                // the last such place
	starts  map[string][]int32 // a beginning: the plain atoms that ask for it
	tails   map[string][]int32 // an end: the same
	key     []byte
	any     []int32
}

// newCollector makes room for about so many words, so that little grows while patterns
// are read.
func newCollector(words int) collector {
	c := collector{
		vocabulary: vocabulary{dictionary: newDictionary(words), traits: make([]trait, 1, words)},
		groups:     map[string][]string{},
		spelled:    map[string][]string{},
		atoms:      make([]int32, 1, words),
		signs:      map[string]int32{},
		choices:    newDictionary(words),
		chosen:     make([]int32, 1, words),
		asked:      make([]int32, 0, 2*words),
		starts:     map[string][]int32{},
		tails:      map[string][]int32{},
	}
	c.choices.letters = make([]byte, 0, 24*words)
	c.parts = lists[int32]{begins: make([]int32, 1, 2*words), all: make([]int32, 0, 6*words)}
	return c
}

// wordNumber gives a word its number.
func (c *collector) wordNumber(w string) int32 {
	s := noLetters
	for i := range len(w) {
		s = s.with(w[i])
	}
	return c.numbered(s, w)
}

// numbered gives a word its number, by its sum.
func (c *collector) numbered(s sum, w string) int32 {
	n, isNew := c.add(s, w)
	if isNew {
		c.traits, c.atoms = append(c.traits, 0), append(c.atoms, noAtom)
	}
	return n
}

// note says of words that they have a trait.
func (c *collector) note(t trait, words ...string) {
	for _, w := range words {
		c.traits[c.wordNumber(w)] |= t
	}
}

// newAtom gives the next atom; its parts were added to those of all atoms before.
func (c *collector) newAtom() int32 {
	c.parts.end()
	c.asked = append(c.asked, 0)
	return int32(len(c.asked) - 1)
}

// word gives the atom of the word with a number.
func (c *collector) word(number int32) int32 {
	if c.atoms[number] == noAtom {
		c.atoms[number] = c.newAtom()
	}
	return c.atoms[number]
}

// plain gives the atom of a word, a beginning, an end, a group or any number.
func (c *collector) plain(w string) int32 {
	if w != anyNumber && w[0] != '@' && w[0] != '*' && w[len(w)-1] != '*' {
		return c.word(c.wordNumber(w))
	}
	a, ok := c.signs[w]
	if !ok {
		a = c.newAtom()
		c.signs[w] = a
		c.written = append(c.written, w)
	}
	return a
}

// choice gives the atom that is met when any of some plain atoms is. It sorts them.
func (c *collector) choice(atoms []int32) int32 {
	slices.Sort(atoms)
	if atoms = slices.Compact(atoms); len(atoms) == 1 {
		return atoms[0]
	}
	c.key = c.key[:0]
	s := noLetters
	for _, a := range atoms {
		c.key = binary.LittleEndian.AppendUint32(c.key, uint32(a))
	}
	number, isNew := c.choices.add(s.and(c.key), string(c.key))
	if isNew {
		c.parts.all = append(c.parts.all, atoms...)
		c.chosen = append(c.chosen, c.newAtom())
	}
	return c.chosen[number]
}

// appendPlain adds the parts of a choice to atoms, or the plain atom itself.
func (c *collector) appendPlain(atoms []int32, atom int32) []int32 {
	if parts := c.parts.of(atom); len(parts) > 0 {
		return append(atoms, parts...)
	}
	return append(atoms, atom)
}

// anyOf gives the atom that is met when any of atoms is.
func (c *collector) anyOf(atoms []int32) int32 {
	if len(atoms) == 1 {
		return atoms[0]
	}
	c.any = c.any[:0]
	for _, a := range atoms {
		c.any = c.appendPlain(c.any, a)
	}
	return c.choice(c.any)
}

// ask notes that a pattern asks for an atom.
func (c *collector) ask(atom int32) int32 {
	if c.asked[atom] == 0 {
		c.places++
		c.asked[atom] = int32(c.places)
	}
	return atom
}

// gathered is called when all patterns were read: it finds the words that meet each
// plain atom.
func (c *collector) gathered() {
	found := make([]keyed[int32], 0, 2*len(c.atoms)) // by number of a word: a plain atom it meets
	meet := func(w string, atom int32) {
		found = append(found, keyed[int32]{c.wordNumber(w), atom})
	}
	for number, atom := range c.atoms {
		if number > 0 && atom != noAtom {
			found = append(found, keyed[int32]{int32(number), atom})
		}
	}
	for w, others := range c.spelled {
		if number := c.number([]byte(w)); number != 0 && c.atoms[number] != noAtom {
			for _, other := range others {
				meet(other, c.atoms[number])
			}
		}
	}
	for _, written := range c.written {
		atom := c.signs[written]
		if written[0] != '@' {
			c.file(written, atom)
			continue
		}
		for _, w := range c.groups[written[1:]] {
			if !c.file(w, atom) {
				meet(w, atom)
				for _, other := range c.spelled[w] {
					meet(other, atom)
				}
			}
		}
	}
	c.meets = collect(found, len(c.atoms))
}

// file notes that a beginning, an end or any number meets a plain atom, and tells
// whether w is one of these.
func (c *collector) file(w string, atom int32) bool {
	switch {
	case w == anyNumber:
		c.digits = append(c.digits, atom)
	case strings.HasSuffix(w, "*"):
		c.starts[w[:len(w)-1]] = append(c.starts[w[:len(w)-1]], atom)
	case strings.HasPrefix(w, "*"):
		c.tails[w[1:]] = append(c.tails[w[1:]], atom)
	default:
		return false
	}
	return true
}

// likely gives each atom of a pattern a number for how likely it is in a message:
// the sum, over its words, of how many atoms ask for that word. What many patterns
// ask for, such as ik, is what people say all the time.
func (c *collector) likely() []int {
	asks := make([]int, len(c.asked)) // by plain atom: how many atoms it is, or is part of
	for a, place := range c.asked {
		if place == 0 {
			continue
		}
		parts := c.parts.of(int32(a))
		if len(parts) == 0 {
			asks[a]++
		}
		for _, part := range parts {
			asks[part]++
		}
	}
	likely := make([]int, len(c.asked))
	word := func(meets []int32) {
		sum := 0
		for _, a := range meets {
			sum += asks[a]
		}
		for _, a := range meets {
			likely[a] += sum
		}
	}
	for number := range c.atoms {
		word(c.meets.of(int32(number)))
	}
	for _, meets := range c.starts {
		word(meets)
	}
	for _, meets := range c.tails {
		word(meets)
	}
	word(c.digits)
	for a := range c.asked {
		for _, part := range c.parts.of(int32(a)) {
			likely[a] += likely[part]
		}
	}
	return likely
}

// A numbering gives each atom its last number, by the one it had while patterns were
// read.
type numbering struct {
	last    []int32
	choices []int32 // the atoms that are choices, in the order of their last numbers
	first   int32   // the last number of the first of them
}

// renumber gives all atoms their last numbers, when no more are to come. Choices with
// the same commonest part come behind each other, so that all choices of a word that is
// in hundreds of them are marked in a few steps.
func (c *collector) renumber(likely []int) numbering {
	n := numbering{last: make([]int32, len(c.asked))}
	byPart := make([]keyed[int32], 0, c.choices.words())
	next := int32(1)
	for a := range int32(len(c.asked)) {
		parts := c.parts.of(a)
		if len(parts) == 0 {
			n.last[a] = next
			next++
			continue
		}
		commonest := parts[0]
		for _, part := range parts {
			if likely[part] > likely[commonest] {
				commonest = part
			}
		}
		byPart = append(byPart, keyed[int32]{commonest, a})
	}
	n.first = (next + 63) &^ 63
	n.choices = collect(byPart, len(c.asked)).all
	for i, a := range n.choices {
		n.last[a] = n.first + int32(i)
	}
	return n
}

// of gives the last number of an atom, 0 for noAtom: it is always met.
func (n *numbering) of(atom int32) int32 {
	if atom == noAtom {
		return 0
	}
	return n.last[atom]
}

// all gives atoms their last numbers, in their place.
func (n *numbering) all(atoms []int32) {
	for i, a := range atoms {
		atoms[i] = n.last[a]
	}
}

// finish tells a vocabulary, which was named, the last numbers of its atoms.
func (c *collector) finish(v *vocabulary, n numbering) {
	n.all(v.meets.all)
	n.all(v.digits)
	for _, meets := range c.starts {
		n.all(meets)
	}
	for _, meets := range c.tails {
		n.all(meets)
	}
	v.atoms, v.choices = int(n.first)+len(n.choices), n.first
	v.parts = lists[int32]{begins: make([]int32, 1, len(n.choices)+1), all: make([]int32, 0, len(c.parts.all))}
	for _, a := range n.choices {
		v.parts.all = append(v.parts.all, c.parts.of(a)...)
		v.parts.end()
	}
	n.all(v.parts.all)
	v.partOf = masks(invert(v.parts, int(n.first)), n.first)
}

// named makes the vocabulary of all words and what they meet, but not yet of the
// choices, to which others may still be added meanwhile.
func (c *collector) named() vocabulary {
	v := c.vocabulary
	v.beginnings, v.ends = newAffixes(), newAffixes()
	for letters, meets := range c.starts {
		v.beginnings.add(letters, [3]byte([]byte(letters)), meets)
	}
	for letters, meets := range c.tails {
		v.ends.add(letters, [3]byte([]byte(letters[len(letters)-3:])), meets)
	}
	v.squeeze()
	v.slipOf(c.core)
	return v
}

// squeeze files the words that patterns hold under what is left when their doubled
// letters are cut to one.
func (v *vocabulary) squeeze() {
	v.short = newDictionary(1 << 12)
	var from []keyed[int32]
	var short []byte
	for n := range int32(v.words() + 1) {
		w := v.of(n)
		if short = squeeze(short[:0], w, 1); len(short) < len(w) && v.knows(n) {
			number, _ := v.short.add(noLetters.and(short), string(short))
			from = append(from, keyed[int32]{number, n})
		}
	}
	v.squeezed = collect(from, v.short.words()+1)
}

// slipOf files core words under themselves, and under what is left of them when a
// letter is left out.
func (v *vocabulary) slipOf(core []string) {
	v.slip, v.shuffled = newDictionary(1<<12), make(map[string]string, len(core))
	v.slipped = newBitset(1 << 15)
	var from []keyed[string]
	var slip []byte
	for _, w := range core {
		if len(w) >= longWord {
			v.shuffled[string(shuffle(nil, []byte(w)))] = w
		}
		for without := -1; without < len(w); without++ {
			slip = append(slip[:0], w...)
			if without >= 0 {
				slip = slices.Delete(slip, without, without+1)
			}
			if len(slip) >= 3 {
				v.slipped.add(code([3]byte(slip)))
			}
			number, _ := v.slip.add(noLetters.and(slip), string(slip))
			from = append(from, keyed[string]{number, w})
		}
	}
	v.slips = collect(from, v.slip.words()+1)
}

// longWord is from how many letters on a core word is known by its letters alone,
// with the first in its place: zelfmrood.
const longWord = 8

// shuffle adds w to dst with all letters but the first in alphabetical order.
func shuffle(dst, w []byte) []byte {
	dst = append(dst, w...)
	slices.Sort(dst[len(dst)-len(w)+1:])
	return dst
}

// isPlainWord tells a word of letters a to z and digits, as nearly all are.
func isPlainWord(w string) bool {
	for i := range len(w) {
		if !isPlainLetter(w[i]) {
			return false
		}
	}
	return w != ""
}

func isPlainLetter(b byte) bool { return 'a' <= b && b <= 'z' || '0' <= b && b <= '9' }

// oneSlip reports whether a and b differ by one letter: too many, too few,
// another one, or two that traded places.
func oneSlip(a []byte, b string) bool {
	if len(a) > len(b)+1 || len(b) > len(a)+1 {
		return false
	}
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	switch {
	case len(a) > len(b):
		return string(a[i+1:]) == b[i:]
	case len(a) < len(b):
		return string(a[i:]) == b[i+1:]
	case i == len(a):
		return true
	case string(a[i+1:]) == b[i+1:]:
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && string(a[i+2:]) == b[i+2:]
}
