package lexicon

// A dictionary gives every word of the list a number, from 1. A word that is not in
// it has number 0.
//
// It is a hash table of its own and not a map, so that two words that follow each
// other can be looked up as one, zelf moord, without writing them together: the
// sum of the first goes on over the second.
type dictionary struct {
	slots   []int32 // a number, where the sum of its word says or at the next place that was free; 0 for none
	letters []byte  // all words, one behind the other
	begins  []int32 // by number: where its letters begin; they end where those of the next begin
}

// A sum is the hash of some letters (FNV-1a), to look them up by.
type sum uint32

const noLetters sum = 2166136261

// and gives the sum of the same letters with w behind them.
func (s sum) and(w []byte) sum {
	for _, letter := range w {
		s = (s ^ sum(letter)) * 16777619
	}
	return s
}

// newDictionary numbers words in their order; the first has number 0 and cannot be found.
func newDictionary(words []string) dictionary {
	size := 1
	for size < 3*len(words) {
		size *= 2
	}
	d := dictionary{slots: make([]int32, size), begins: make([]int32, 0, len(words)+1)}
	for number, w := range words {
		d.begins = append(d.begins, int32(len(d.letters)))
		d.letters = append(d.letters, w...)
		if number == 0 {
			continue
		}
		at := d.slot(noLetters.and([]byte(w)))
		for d.slots[at] != 0 {
			at = (at + 1) & (len(d.slots) - 1)
		}
		d.slots[at] = int32(number)
	}
	d.begins = append(d.begins, int32(len(d.letters)))
	return d
}

func (d *dictionary) slot(s sum) int { return int(s^s>>15) & (len(d.slots) - 1) }

// number finds a word.
func (d *dictionary) number(w []byte) int32 { return d.find(noLetters.and(w), w, nil) }

// find finds a word by its sum, and by the letters that it begins and ends with.
func (d *dictionary) find(s sum, begin, end []byte) int32 {
	for at := d.slot(s); d.slots[at] != 0; at = (at + 1) & (len(d.slots) - 1) {
		number := d.slots[at]
		w := d.letters[d.begins[number]:d.begins[number+1]]
		if len(w) == len(begin)+len(end) && string(w[:len(begin)]) == string(begin) && string(w[len(begin):]) == string(end) {
			return number
		}
	}
	return 0
}
