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
	digits     []int32             // the plain atoms that a number in digits meets
	parts      lists[int32]        // by atom: the plain atoms of a choice; none for a plain atom
	partOf     lists[int32]        // by plain atom: the choices that it is part of
	atoms      int                 // how many there are
	squeezed   map[string][]int32  // a word with its doubled letters cut to one: the numbers of such words
	slips      map[string][]string // a core word, or one with a letter less: which core words
	slipped    bitset              // whether slips holds any that begins so, by the code of three letters
	shuffled   map[string]string   // the first letter, the others in order: a long core word
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
	numbers map[string]int32    // of words, as they may be typed
	words   []string            // by number
	meets   [][]int32           // by number of a word: the plain atoms it meets
	parts   [][]int32           // by atom: the plain atoms of a choice; none for a plain atom
	groups  map[string][]string // the single words of each group
	spelled map[string][]string // a word: how else it is typed
	core    []string
	atoms   map[string]int32   // by written form, such as wil|wou|@wens
	names   []string           // by atom: its written form
	asked   int                // so many atoms are in patterns; those after are only parts of choices
	starts  map[string][]int32 // a beginning: the plain atoms that ask for it
	tails   map[string][]int32 // an end: the same
	unions  map[string]int32   // choices that are in no pattern, by their parts
}

func newCollector() collector {
	const words = 1 << 14 // a little more than there are, so that nothing grows while patterns are read
	return collector{
		vocabulary: vocabulary{traits: make([]trait, 1, words)},
		numbers:    make(map[string]int32, words),
		words:      make([]string, 1, words),
		meets:      make([][]int32, 1, words),
		groups:     map[string][]string{},
		spelled:    map[string][]string{},
		atoms:      make(map[string]int32, words),
		names:      make([]string, 0, words),
		starts:     map[string][]int32{},
		tails:      map[string][]int32{},
		unions:     map[string]int32{},
	}
}

// number gives a word its number.
func (c *collector) number(w string) int32 {
	n, ok := c.numbers[w]
	if !ok {
		n = int32(len(c.meets))
		c.numbers[w] = n
		c.words, c.meets, c.traits = append(c.words, w), append(c.meets, nil), append(c.traits, 0)
	}
	return n
}

// note says of words that they have a trait.
func (c *collector) note(t trait, words ...string) {
	for _, w := range words {
		c.traits[c.number(w)] |= t
	}
}

// choice gives the atom for any of words.
func (c *collector) choice(words []string) int32 {
	if len(words) == 1 {
		return c.atom(words[0])
	}
	slices.Sort(words)
	return c.atom(strings.Join(slices.Compact(words), "|"))
}

// atom gives the number of an atom by its written form.
func (c *collector) atom(name string) int32 {
	a, ok := c.atoms[name]
	if !ok {
		a = int32(len(c.names))
		c.atoms[name] = a
		c.names = append(c.names, name)
	}
	return a
}

// gathered is called when all patterns were read: it finds the parts of choices
// and the words that meet each plain atom.
func (c *collector) gathered() {
	c.asked = len(c.names)
	c.parts = make([][]int32, c.asked, 2*cap(c.names)) // room for the choices that are in no pattern
	for a := range c.asked {
		name := c.names[a]
		if others := strings.Count(name, "|"); others > 0 {
			parts := make([]int32, 0, others+1)
			for word := range strings.SplitSeq(name, "|") {
				parts = append(parts, c.atom(word))
			}
			c.parts[a] = parts
		}
	}
	for len(c.parts) < len(c.names) {
		c.parts = append(c.parts, nil)
	}
	for a, name := range c.names {
		switch {
		case c.parts[a] != nil:
		case name[0] == '@':
			for _, w := range c.groups[name[1:]] {
				c.file(w, int32(a))
			}
		default:
			c.file(name, int32(a))
		}
	}
}

// file notes that a word of a pattern meets a plain atom.
func (c *collector) file(w string, atom int32) {
	switch {
	case w == anyNumber:
		c.digits = append(c.digits, atom)
	case strings.HasSuffix(w, "*"):
		c.starts[w[:len(w)-1]] = append(c.starts[w[:len(w)-1]], atom)
	case strings.HasPrefix(w, "*"):
		c.tails[w[1:]] = append(c.tails[w[1:]], atom)
	default:
		n := c.number(w)
		c.meets[n] = append(c.meets[n], atom)
		for _, other := range c.spelled[w] {
			n := c.number(other)
			c.meets[n] = append(c.meets[n], atom)
		}
	}
}

// likely gives each atom of a pattern a number for how likely it is in a message:
// the sum, over its words, of how many atoms ask for that word. What many patterns
// ask for, such as ik, is what people say all the time.
func (c *collector) likely() []int {
	asks := make([]int, len(c.names)) // by plain atom: how many atoms it is, or is part of
	for a := range c.asked {
		if c.parts[a] == nil {
			asks[a]++
		}
		for _, part := range c.parts[a] {
			asks[part]++
		}
	}
	likely := make([]int, len(c.names))
	word := func(meets []int32) {
		sum := 0
		for _, a := range meets {
			sum += asks[a]
		}
		for _, a := range meets {
			likely[a] += sum
		}
	}
	for _, meets := range c.meets {
		word(meets)
	}
	for _, meets := range c.starts {
		word(meets)
	}
	for _, meets := range c.tails {
		word(meets)
	}
	word(c.digits)
	for a := range c.asked {
		for _, part := range c.parts[a] {
			likely[a] += likely[part]
		}
	}
	return likely
}

// plain gives the parts of a choice, or the plain atom itself.
func (c *collector) plain(atom int32) []int32 {
	if c.parts[atom] == nil {
		return []int32{atom}
	}
	return c.parts[atom]
}

// anyOf gives the atom that is met when any of atoms is.
func (c *collector) anyOf(atoms []int32) int32 {
	if len(atoms) == 1 {
		return atoms[0]
	}
	var parts []int32
	for _, a := range atoms {
		parts = append(parts, c.plain(a)...)
	}
	slices.Sort(parts)
	parts = slices.Compact(parts)
	var key []byte
	for _, part := range parts {
		key = binary.LittleEndian.AppendUint32(key, uint32(part))
	}
	a, ok := c.unions[string(key)]
	if !ok {
		a = int32(len(c.parts))
		c.parts = append(c.parts, parts)
		c.unions[string(key)] = a
	}
	return a
}

// finish adds the choices to a vocabulary, when no more are to come.
func (c *collector) finish(v *vocabulary) {
	v.atoms = len(c.parts)
	v.parts, v.partOf = pack(c.parts), invert(c.parts, len(c.parts))
}

// named makes the vocabulary of all words and what they meet, but not yet of the
// choices, to which others may still be added meanwhile.
func (c *collector) named() vocabulary {
	v := c.vocabulary
	v.dictionary = newDictionary(c.words)
	v.meets = pack(c.meets)
	v.beginnings, v.ends = newAffixes(), newAffixes()
	for letters, meets := range c.starts {
		v.beginnings.add(letters, [3]byte([]byte(letters)), meets)
	}
	for letters, meets := range c.tails {
		v.ends.add(letters, [3]byte([]byte(letters[len(letters)-3:])), meets)
	}
	v.squeezed = map[string][]int32{}
	var short []byte
	for n, w := range c.words {
		if short = squeeze(short[:0], []byte(w), 1); len(short) < len(w) && v.knows(int32(n)) {
			v.squeezed[string(short)] = append(v.squeezed[string(short)], int32(n))
		}
	}
	v.slips, v.shuffled = map[string][]string{}, map[string]string{}
	for _, w := range c.core {
		if len(w) >= longWord {
			v.shuffled[string(shuffle(nil, []byte(w)))] = w
		}
		v.slips[w] = append(v.slips[w], w)
		for i := range len(w) {
			less := w[:i] + w[i+1:]
			v.slips[less] = append(v.slips[less], w)
		}
	}
	v.slipped = newBitset(1 << 15)
	for w := range v.slips {
		if len(w) >= 3 {
			v.slipped.add(code([3]byte([]byte(w))))
		}
	}
	return v
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
		if b := w[i]; (b < 'a' || b > 'z') && (b < '0' || b > '9') {
			return false
		}
	}
	return w != ""
}

// A bitset is a set of small numbers.
type bitset []uint64

func newBitset(numbers int) bitset { return make(bitset, numbers>>6+1) }

func (b bitset) has(n int32) bool { return b[n>>6]>>(n&63)&1 == 1 }
func (b bitset) add(n int32)      { b[n>>6] |= 1 << (n & 63) }

// lists are many short lists in one piece of memory.
type lists[T any] struct {
	begins []int32 // where each list begins in all, and the last one ends
	all    []T
}

func pack[T any](rows [][]T) lists[T] {
	n := 0
	for _, row := range rows {
		n += len(row)
	}
	l := lists[T]{begins: make([]int32, 1, len(rows)+1), all: make([]T, 0, n)}
	for _, row := range rows {
		l.all = append(l.all, row...)
		l.begins = append(l.begins, int32(len(l.all)))
	}
	return l
}

// invert gives, of each of so many numbers, the rows that hold it.
func invert(rows [][]int32, numbers int) lists[int32] {
	l := lists[int32]{begins: make([]int32, numbers+1)}
	for _, row := range rows {
		for _, n := range row {
			l.begins[n+1]++
		}
	}
	for n := range numbers {
		l.begins[n+1] += l.begins[n]
	}
	l.all = make([]int32, l.begins[numbers])
	next := slices.Clone(l.begins)
	for i, row := range rows {
		for _, n := range row {
			l.all[next[n]] = int32(i)
			next[n]++
		}
	}
	return l
}

func (l *lists[T]) of(i int32) []T { return l.all[l.begins[i]:l.begins[i+1]] }

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
