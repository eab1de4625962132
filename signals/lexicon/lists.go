package lexicon

import "slices"

// lists are many short lists in one piece of memory.
type lists[T any] struct {
	begins []int32 // where each list begins in all, and the last one ends
	all    []T
}

func (l *lists[T]) of(i int32) []T { return l.all[l.begins[i]:l.begins[i+1]] }

// end ends one list: what is added to all from now on is of the next.
func (l *lists[T]) end() { l.begins = append(l.begins, int32(len(l.all))) }

// A keyed is one item of the list with a number.
type keyed[T any] struct {
	list int32
	item T
}

// collect makes so many lists of items, each in the order in which its items come.
func collect[T any](items []keyed[T], number int) lists[T] {
	l := lists[T]{begins: make([]int32, number+1), all: make([]T, len(items))}
	for i := range items {
		l.begins[items[i].list+1]++
	}
	for n := range number {
		l.begins[n+1] += l.begins[n]
	}
	next := slices.Clone(l.begins)
	for i := range items {
		k := &items[i]
		l.all[next[k.list]] = k.item
		next[k.list]++
	}
	return l
}

// invert gives, of each of so many numbers, the lists that hold it.
func invert(l lists[int32], numbers int) lists[int32] {
	inverse := lists[int32]{begins: make([]int32, numbers+1), all: make([]int32, len(l.all))}
	for _, n := range l.all {
		inverse.begins[n+1]++
	}
	for n := range numbers {
		inverse.begins[n+1] += inverse.begins[n]
	}
	next := slices.Clone(inverse.begins)
	for i := range int32(len(l.begins) - 1) {
		for _, n := range l.of(i) {
			inverse.all[next[n]] = i
			next[n]++
		}
	}
	return inverse
}

// A mask is what one word of a bitset holds of some numbers.
type mask struct {
	word int32
	bits uint64
}

// masks turns lists of ascending numbers into what they are in a bitset, where
// number 0 of the lists is first.
func masks(numbers lists[int32], first int32) lists[mask] {
	l := lists[mask]{begins: make([]int32, 1, len(numbers.begins)), all: make([]mask, 0, len(numbers.all)/2)}
	for i := range int32(len(numbers.begins) - 1) {
		at := mask{word: -1}
		for _, n := range numbers.of(i) {
			n += first
			if n>>6 != at.word {
				if at.bits != 0 {
					l.all = append(l.all, at)
				}
				at = mask{word: n >> 6}
			}
			at.bits |= 1 << (n & 63)
		}
		if at.bits != 0 {
			l.all = append(l.all, at)
		}
		l.end()
	}
	return l
}

// A bitset is a set of small numbers.
type bitset []uint64

func newBitset(numbers int) bitset { return make(bitset, numbers>>6+1) }

func (b bitset) has(n int32) bool { return b[n>>6]>>(n&63)&1 == 1 }
func (b bitset) add(n int32)      { b[n>>6] |= 1 << (n & 63) }
