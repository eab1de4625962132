package signals

import (
	"slices"
	"strings"
)

// A vocabulary knows every word of every pattern, so that a word of a message is
// looked up once for all of them. What patterns ask for is an atom: a set of
// words, of beginnings and of ends. One atom may be asked for by many patterns.
type vocabulary struct {
	core, protected []string
	groups          map[string][]string // of single words
	asked           map[string][]int32  // a group: the atoms that it is part of
	spelled         map[string][]string // a word: how else it is typed
	typed           map[string][]int32  // a word of a pattern: its nodes, in every spelling
	sets            map[string]int32    // atom by its written form
	words           trie                // whole words and beginnings
	ends            trie                // ends, read backwards
	numbers         []int32             // atoms that take any number in digits
	squeezed        map[string][]int32  // a word with its doubled letters cut to one: the nodes of such words
	slips           map[string][]string // a core word, or one with a letter less: which core words
	shuffled        map[string]string   // the first letter, the others in order: a long core word
	shielded        map[string]bool
	short           []byte
}

// anyNumber is how a pattern asks for a number in digits.
const anyNumber = "#"

func (v *vocabulary) start() {
	v.sets, v.squeezed, v.asked = make(map[string]int32, 1<<13), map[string][]int32{}, map[string][]int32{}
	v.typed = make(map[string][]int32, 1<<14)
	v.words.grow(1 << 15)
	v.ends.grow(1 << 6)
}

func (v *vocabulary) addSpellings(spellings map[string][]string) {
	if v.spelled == nil {
		v.spelled = map[string][]string{}
	}
	for word, others := range spellings {
		v.spelled[word] = append(v.spelled[word], others...)
	}
}

func (v *vocabulary) atoms() int { return len(v.sets) }

// atom gives the number of a set of words.
func (v *vocabulary) atom(words []string) int32 {
	slices.Sort(words)
	words = slices.Compact(words)
	key := strings.Join(words, "|")
	if a, ok := v.sets[key]; ok {
		return a
	}
	a := int32(len(v.sets))
	v.sets[key] = a
	for _, w := range words {
		if w[0] == '@' {
			v.asked[w[1:]] = append(v.asked[w[1:]], a)
			continue
		}
		v.file(w, a)
	}
	return a
}

// file notes which atoms a word of a pattern is part of.
func (v *vocabulary) file(w string, atoms ...int32) {
	switch {
	case w == anyNumber:
		v.numbers = append(v.numbers, atoms...)
	case strings.HasSuffix(w, "*"):
		n := v.words.add(w[:len(w)-1])
		v.words.nodes[n].prefixes = append(v.words.nodes[n].prefixes, atoms...)
	case strings.HasPrefix(w, "*"):
		n := v.ends.add(backwards(w[1:]))
		v.ends.nodes[n].prefixes = append(v.ends.nodes[n].prefixes, atoms...)
	default:
		nodes, ok := v.typed[w]
		if !ok {
			nodes = append(nodes, v.know(w))
			for _, other := range v.spelled[w] {
				nodes = append(nodes, v.know(other))
			}
			v.typed[w] = nodes
		}
		for _, n := range nodes {
			v.words.nodes[n].exact = append(v.words.nodes[n].exact, atoms...)
		}
	}
}

// know gives the node of a whole word, as it may be typed.
func (v *vocabulary) know(w string) int32 {
	n := v.words.add(w)
	if v.short = squeeze(v.short[:0], []byte(w), 1); len(v.short) < len(w) && !slices.Contains(v.squeezed[string(v.short)], n) {
		v.squeezed[string(v.short)] = append(v.squeezed[string(v.short)], n)
	}
	return n
}

// finish builds what is looked up once all atoms are known.
func (v *vocabulary) finish() {
	// A group is filed once for all atoms that ask for it.
	for name, atoms := range v.asked {
		for _, w := range v.groups[name] {
			v.file(w, atoms...)
		}
	}
	v.slips, v.shielded, v.shuffled = map[string][]string{}, map[string]bool{}, map[string]string{}
	for _, w := range v.protected {
		v.shielded[w] = true
	}
	for _, w := range v.core {
		if len(w) >= longWord {
			v.shuffled[string(shuffle(nil, []byte(w)))] = w
		}
		v.slips[w] = append(v.slips[w], w)
		for i := range len(w) {
			less := w[:i] + w[i+1:]
			v.slips[less] = append(v.slips[less], w)
		}
	}
}

// likely gives each atom a number for how likely it is in a message: the sum, over
// its words, of how many atoms ask for that word. What many patterns ask for, such
// as ik, is what people say all the time.
func (v *vocabulary) likely() []int {
	sum := make([]int, len(v.sets))
	add := func(atoms []int32) {
		for _, a := range atoms {
			sum[a] += len(atoms)
		}
	}
	for _, t := range []*trie{&v.words, &v.ends} {
		for i := range t.nodes {
			add(t.nodes[i].exact)
			add(t.nodes[i].prefixes)
		}
	}
	add(v.numbers)
	return sum
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

func backwards(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// A trie holds words letter by letter. Letters a-z and digits have a place of
// their own; words with any other sign are in odd.
type trie struct {
	nodes []node
	odd   map[string]int32
}

type node struct {
	next     [36]int32
	exact    []int32 // atoms of the word that ends here
	prefixes []int32 // atoms of any word that begins so
}

func (t *trie) grow(room int) { t.nodes = append(make([]node, 0, room), node{}) }

// place gives the branch of a letter, or -1.
func place(b byte) int {
	switch {
	case 'a' <= b && b <= 'z':
		return int(b - 'a')
	case '0' <= b && b <= '9':
		return int(b-'0') + 26
	}
	return -1
}

func (t *trie) add(w string) int32 {
	at := int32(0)
	for i := range len(w) {
		p := place(w[i])
		if p < 0 {
			return t.addOdd(w)
		}
		if t.nodes[at].next[p] == 0 {
			t.nodes = append(t.nodes, node{})
			t.nodes[at].next[p] = int32(len(t.nodes) - 1)
		}
		at = t.nodes[at].next[p]
	}
	return at
}

func (t *trie) addOdd(w string) int32 {
	if at, ok := t.odd[w]; ok {
		return at
	}
	if t.odd == nil {
		t.odd = map[string]int32{}
	}
	t.nodes = append(t.nodes, node{})
	t.odd[w] = int32(len(t.nodes) - 1)
	return t.odd[w]
}

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
