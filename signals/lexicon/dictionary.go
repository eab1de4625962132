package lexicon

// A dictionary gives every word of the list a number, from 1. A word that is not in
// it has number 0.
//
// It is a hash table of its own and not a map, so that two words that follow each
// other can be looked up as one, zelf moord, without writing them together: the
// sum of the first goes on over the second.
type dictionary struct {
	slots   []int32 // a number, where the sum of its word says or at the next place that was free; 0 for none
	sieve   bitset  // four bits for each slot: the one that the sum of a word says; nearly no other word gets through
	letters []byte  // all words, one behind the other
	begins  []int32 // by number: where its letters begin; they end where those of the next begin
}

// A sum is the hash of some letters (FNV-1a), to look them up by.
type sum uint32

const noLetters sum = 2166136261

// with gives the sum of the same letters with one more behind them.
func (s sum) with(letter byte) sum { return (s ^ sum(letter)) * 16777619 }

// and gives the sum of the same letters with w behind them.
func (s sum) and(w []byte) sum {
	for _, letter := range w {
		s = s.with(letter)
	}
	return s
}

// newDictionary makes room for so many words.
func newDictionary(words int) dictionary {
	size := 16
	for size < 2*words {
		size *= 2
	}
	return dictionary{slots: make([]int32, size), sieve: newBitset(4 * size), letters: make([]byte, 0, 8*words), begins: make([]int32, 2, words+2)}
}

// words tells how many there are, from 1.
func (d *dictionary) words() int { return len(d.begins) - 2 }

// of gives the letters of a word by its number.
func (d *dictionary) of(number int32) []byte {
	return d.letters[d.begins[number]:d.begins[number+1]]
}

func (d *dictionary) slot(s sum) int { return int(s^s>>15) & (len(d.slots) - 1) }

func (d *dictionary) hole(s sum) int32 { return int32(int(s^s>>15) & (4*len(d.slots) - 1)) }

// number finds a word.
func (d *dictionary) number(w []byte) int32 { return d.find(noLetters.and(w), w, nil) }

// find finds a word by its sum, and by the letters that it begins and ends with.
func (d *dictionary) find(s sum, begin, end []byte) int32 {
	if !d.sieve.has(d.hole(s)) {
		return 0
	}
	for at := d.slot(s); d.slots[at] != 0; at = (at + 1) & (len(d.slots) - 1) {
		number := d.slots[at]
		w := d.of(number)
		if len(w) == len(begin)+len(end) && string(w[:len(begin)]) == string(begin) && string(w[len(begin):]) == string(end) {
			return number
		}
	}
	return 0
}

// add gives a word a number, or the one it has, and tells whether it is new.
func (d *dictionary) add(s sum, w string) (number int32, isNew bool) {
	at := d.slot(s)
	for ; d.slots[at] != 0; at = (at + 1) & (len(d.slots) - 1) {
		if number := d.slots[at]; string(d.of(number)) == w {
			return number, false
		}
	}
	number = int32(len(d.begins) - 1)
	d.slots[at] = number
	d.sieve.add(d.hole(s))
	d.letters = append(d.letters, w...)
	d.begins = append(d.begins, int32(len(d.letters)))
	if 2*len(d.begins) > len(d.slots) {
		d.grow()
	}
	return number, true
}

func (d *dictionary) grow() {
	d.slots = make([]int32, 2*len(d.slots))
	d.sieve = newBitset(4 * len(d.slots))
	for number := int32(1); int(number) <= d.words(); number++ {
		s := noLetters.and(d.of(number))
		d.sieve.add(d.hole(s))
		at := d.slot(s)
		for d.slots[at] != 0 {
			at = (at + 1) & (len(d.slots) - 1)
		}
		d.slots[at] = number
	}
}
