package lexicon

import (
	"fmt"
	"strconv"
	"strings"
)

// A sequence is one pattern: a row of small steps that a whole clause takes at
// once, see [clause.run].
type sequence struct {
	ops   []op
	entry int32
	line  int32 // which pattern of the entry
	class uint8 // its place, see classPlace
	level Level
}

// An op is one step of a pattern. What stands within a step, such as the ways to
// go on of opOr, stands right behind it: each way is an opRow with the ops of that
// way behind it in turn. So a pattern is one piece of memory.
type op struct {
	kind  opKind
	n     uint8
	inner uint16 // how many ops behind this one stand within it
	atom  int32  // for opRow: one that must be there for the row to meet, or noAtom
}

type opKind uint8

const (
	opAtom     opKind = iota // a word
	opMaybe                  // a word or nothing
	opNot                    // the next word is not this one
	opGap                    // at most n words
	opOr                     // one of several rows
	opNear                   // all of several rows, in any order, within n words
	opTogether               // the same, whatever sentences end between them
	opStart
	opEnd
	opRow // the ops of one row; it stands only within opOr, opNear and opTogether
)

// A step is a part of a pattern as it is read, before all are written out as ops.
type step struct {
	kind opKind
	n    uint8
	atom int32
	or   [][]step // opOr: the ways to go on; opNear, opTogether: what must be near each other
}

// maxOps is how many ops one pattern may have, so that inner can count them.
const maxOps = 1<<16 - 1

// write adds steps to ops.
func write(ops []op, steps []step, likely []int) []op {
	for _, st := range steps {
		at := len(ops)
		ops = append(ops, op{kind: st.kind, n: st.n, atom: st.atom})
		for _, row := range st.or {
			begin := len(ops)
			ops = append(ops, op{kind: opRow, atom: rarest(row, likely)})
			ops = write(ops, row, likely)
			ops[begin].inner = uint16(len(ops) - begin - 1)
		}
		ops[at].inner = uint16(len(ops) - at - 1)
	}
	return ops
}

// firstRow splits the ops that stand within another into the first row and the rest.
func firstRow(rows []op) (row, rest []op) {
	end := 1 + int(rows[0].inner)
	return rows[1:end], rows[end:]
}

// splitLast splits ops into the last one, what stands within it, and those before.
func splitLast(ops []op) (before []op, last *op, inner []op) {
	i := 0
	for i+1+int(ops[i].inner) < len(ops) {
		i += 1 + int(ops[i].inner)
	}
	return ops[:i], &ops[i], ops[i+1:]
}

// count tells how many ops steps become.
func count(steps []step) int {
	n := len(steps)
	for _, st := range steps {
		for _, row := range st.or {
			n += 1 + count(row)
		}
	}
	return n
}

// rarest gives the atom of a row that is the least likely in a message, of those
// that must be there.
func rarest(row []step, likely []int) int32 {
	least := int32(noAtom)
	for _, st := range row {
		if st.kind == opAtom && (least == noAtom || likely[st.atom] < likely[least]) {
			least = st.atom
		}
	}
	return least
}

// maxSpan is how many words one pattern may reach over, so that matching stays
// cheap whatever an editor writes.
const maxSpan = 24

// parse reads one pattern into its steps, or says in Dutch what is wrong.
func (c *compiler) parse(pattern string) (steps []step, problem string) {
	if near, ok := strings.CutPrefix(strings.TrimSpace(pattern), "& "); ok {
		return c.parseNear(opNear, near)
	}
	if near, ok := strings.CutPrefix(strings.TrimSpace(pattern), "&& "); ok {
		return c.parseNear(opTogether, near)
	}
	if steps, problem = c.parseRow(pattern); problem != "" {
		return nil, problem
	}
	shortest, longest := reach(steps)
	if shortest == 0 {
		return nil, "er staat geen woord in dat er altijd moet zijn"
	}
	if longest > maxSpan {
		return nil, tooLong
	}
	return steps, ""
}

var tooLong = fmt.Sprintf("een patroon mag over hooguit %d woorden gaan", maxSpan)

// parseRow reads the steps of a pattern one by one.
func (c *compiler) parseRow(pattern string) (steps []step, problem string) {
	begin := len(c.laid)
	for rest := strings.TrimSpace(pattern); rest != ""; rest = strings.TrimSpace(rest) {
		part := rest
		if strings.IndexByte("{[", rest[0]) >= 0 || strings.HasPrefix(rest, "!{") {
			end := strings.IndexAny(rest, "}]")
			if end < 0 {
				return nil, "een haakje is niet gesloten"
			}
			part = rest[:end+1]
		} else if space := strings.IndexByte(rest, ' '); space >= 0 {
			part = rest[:space]
		}
		rest = rest[len(part):]
		st, seen := c.steps[part]
		if !seen {
			if st, problem = c.readStep(part); problem != "" {
				return nil, problem
			}
			c.steps[part] = st
		}
		c.laid = append(c.laid, st)
	}
	return c.laid[begin:len(c.laid):len(c.laid)], ""
}

// parseNear reads a pattern whose words may stand in any order: & a b c <n>.
func (c *compiler) parseNear(kind opKind, pattern string) ([]step, string) {
	steps, problem := c.parseRow(pattern)
	if problem != "" {
		return nil, problem
	}
	last := len(steps) - 1
	if last < 2 || steps[last].kind != opGap {
		return nil, "na & horen twee of meer woorden te staan, en tot slot <n>"
	}
	near := step{kind: kind, n: steps[last].n}
	for i, st := range steps[:last] {
		if st.kind != opAtom && st.kind != opOr {
			return nil, "na & kunnen alleen woorden en keuzes staan"
		}
		if _, longest := reach(steps[i : i+1]); longest+int(near.n) > maxSpan {
			return nil, tooLong
		}
		near.or = append(near.or, steps[i:i+1])
	}
	return []step{near}, ""
}

// reach tells how many words steps need, and over how many they may go.
func reach(steps []step) (shortest, longest int) {
	for _, st := range steps {
		switch st.kind {
		case opAtom:
			shortest, longest = shortest+1, longest+1
		case opMaybe:
			longest++
		case opGap:
			longest += int(st.n)
		case opOr:
			least, most := maxSpan, 0
			for _, row := range st.or {
				few, many := reach(row)
				least, most = min(least, few), max(most, many)
			}
			shortest, longest = shortest+least, longest+most
		}
	}
	return shortest, longest
}

// readStep reads one part of a pattern.
func (c *compiler) readStep(part string) (step, string) {
	switch {
	case part == "^":
		return step{kind: opStart}, ""
	case part == "$":
		return step{kind: opEnd}, ""
	case part[0] == '<':
		n, err := strconv.Atoi(strings.Trim(part, "<>"))
		if err != nil || n < 1 || n > maxSpan || part[len(part)-1] != '>' {
			return step{}, "tussen < en > hoort een getal van 1 tot 24"
		}
		return step{kind: opGap, n: uint8(n)}, ""
	case part[0] == '!':
		singles, longer, problem := c.alternatives(strings.Trim(part[1:], "{}"))
		if problem == "" && len(longer) > 0 {
			problem = "na ! kan alleen een los woord staan"
		}
		if problem != "" {
			return step{}, problem
		}
		return step{kind: opNot, atom: c.words.choice(singles)}, ""
	case part[0] == '{' || part[0] == '[':
		if part[0] == '{' != (part[len(part)-1] == '}') {
			return step{}, "de haakjes passen niet bij elkaar"
		}
		return c.choice(part[1:len(part)-1], part[0] == '[')
	case strings.ContainsAny(part, "{}[]|"):
		return step{}, "een haakje staat op een verkeerde plek"
	}
	return c.choice(part, false)
}

// choice reads alternatives: single words are one atom, whatever their number.
func (c *compiler) choice(list string, maybe bool) (step, string) {
	singles, longer, problem := c.alternatives(list)
	if problem != "" {
		return step{}, problem
	}
	single := step{kind: opAtom}
	if len(singles) > 0 {
		single.atom = c.words.choice(singles)
	}
	if len(longer) == 0 {
		if maybe {
			single.kind = opMaybe
		}
		return single, ""
	}
	either := step{kind: opOr, or: make([][]step, 0, len(longer)+2)}
	if len(singles) > 0 {
		either.or = append(either.or, []step{single})
	}
	for _, words := range longer {
		row := make([]step, 0, len(words))
		for _, w := range words {
			if w == "$" {
				row = append(row, step{kind: opEnd})
				continue
			}
			row = append(row, step{kind: opAtom, atom: c.words.atom(w)})
		}
		either.or = append(either.or, row)
	}
	if maybe {
		either.or = append(either.or, nil)
	}
	return either, ""
}

// alternatives splits a|b c|@group into single words and rows of words.
// What it gives as singles is used again by the next call.
func (c *compiler) alternatives(list string) (singles []string, longer [][]string, problem string) {
	singles = c.singles[:0]
	defer func() { c.singles = singles }()
	for alternative := range strings.SplitSeq(list, "|") {
		if isPlainWord(alternative) {
			singles = append(singles, alternative) // as nearly all are
			continue
		}
		words := strings.Fields(alternative)
		if len(words) == 0 {
			return nil, nil, "een keuze is leeg"
		}
		if len(words) == 1 && words[0][0] == '@' && len(words[0]) > 1 {
			members, ok := c.longer[words[0][1:]]
			if !ok {
				return nil, nil, fmt.Sprintf("de groep %s bestaat niet", words[0])
			}
			if len(c.words.groups[words[0][1:]]) > 0 {
				singles = append(singles, words[0])
			}
			longer = append(longer, members...)
			continue
		}
		for _, w := range words {
			if problem := checkWord(w); problem != "" {
				return nil, nil, problem
			}
		}
		if len(words) == 1 && words[0] != "$" {
			singles = append(singles, words[0])
		} else {
			longer = append(longer, words)
		}
	}
	return singles, longer, ""
}

// checkWord tells what is wrong with a word of a pattern: it must look as words
// do after normalising, or it would never meet anything.
func checkWord(w string) string {
	if w == anyNumber || w == "$" || isPlainWord(w) {
		return ""
	}
	plain := strings.Trim(w, "*")
	if strings.HasPrefix(w, "@") {
		return "een groep mag niet tussen andere woorden van een keuze staan"
	}
	if plain == "" || strings.Contains(plain, "*") || len(w)-len(plain) > 1 {
		return fmt.Sprintf("een * staat voor of achter een woord, niet zoals in %q", w)
	}
	if len(w) != len(plain) && len(plain) < 3 {
		return fmt.Sprintf("%q is te kort voor een *", w)
	}
	if isPlainWord(plain) {
		return ""
	}
	var t text
	t.read(plain)
	if len(t.tokens) != 1 || string(t.word(0)) != plain {
		return fmt.Sprintf("schrijf %q met kleine letters en zonder accenten of leestekens", w)
	}
	return ""
}
