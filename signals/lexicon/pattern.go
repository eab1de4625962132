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
	atom  int32  // for opRow: one that must be there for the row to meet, or 0
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

// maxOps is how many ops one pattern may have, so that inner can count them.
const maxOps = 1<<16 - 1

const (
	tooMany = "dit patroon is te lang"
	noWord  = "er staat geen woord in dat er altijd moet zijn"
)

var tooLong = fmt.Sprintf("een patroon mag over hooguit %d woorden gaan", maxSpan)

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

// rarest gives the atom of a row that is the least likely in a message, of those
// that must be there.
func rarest(row []op, likely []int) int32 {
	least := int32(noAtom)
	for i := 0; i < len(row); i += 1 + int(row[i].inner) {
		if atom := row[i].atom; row[i].kind == opAtom && (least == noAtom || likely[atom] < likely[least]) {
			least = atom
		}
	}
	return least
}

// maxSpan is how many words one pattern may reach over, so that matching stays
// cheap whatever an editor writes.
const maxSpan = 24

// parse reads one pattern and adds its ops to those of the others, or says in Dutch
// what is wrong with it.
func (c *compiler) parse(pattern string) (problem string) {
	pattern = strings.TrimSpace(pattern)
	if near, ok := strings.CutPrefix(pattern, "& "); ok {
		return c.parseNear(opNear, near)
	}
	if near, ok := strings.CutPrefix(pattern, "&& "); ok {
		return c.parseNear(opTogether, near)
	}
	begin := len(c.ops)
	for rest := pattern; rest != "" && problem == ""; {
		var part string
		if part, rest, problem = firstPart(rest); problem == "" {
			problem = c.readPart(part)
		}
	}
	if problem != "" {
		return problem
	}
	shortest, longest := reach(c.ops[begin:])
	switch {
	case shortest == 0:
		return noWord
	case longest > maxSpan:
		return tooLong
	}
	return ""
}

// firstPart splits a pattern into its first part and the rest, which begins with the
// next.
func firstPart(pattern string) (part, rest, problem string) {
	end := 0
	if first := pattern[0]; first == '{' || first == '[' || strings.HasPrefix(pattern, "!{") {
		for end < len(pattern) && pattern[end] != '}' && pattern[end] != ']' {
			end++
		}
		if end == len(pattern) {
			return "", "", "een haakje is niet gesloten"
		}
		end++
	} else {
		for end < len(pattern) && pattern[end] != ' ' {
			end++
		}
	}
	return pattern[:end], strings.TrimSpace(pattern[end:]), ""
}

// parseNear reads a pattern whose words may stand in any order: & a b c <n>.
func (c *compiler) parseNear(kind opKind, pattern string) (problem string) {
	at := len(c.ops)
	c.ops = append(c.ops, op{kind: kind})
	parts, last := 0, 0
	for rest := strings.TrimSpace(pattern); rest != ""; parts++ {
		var part string
		if part, rest, problem = firstPart(rest); problem != "" {
			return problem
		}
		last = len(c.ops)
		c.ops = append(c.ops, op{kind: opRow})
		if problem = c.readPart(part); problem != "" {
			return problem
		}
		c.enclose(last)
	}
	if parts < 3 || c.ops[last+1].kind != opGap {
		return "na & horen twee of meer woorden te staan, en tot slot <n>"
	}
	near := c.ops[last+1].n
	c.ops[at].n = near
	c.ops = c.ops[:last]
	needed := 0
	for rows := c.ops[at+1:]; len(rows) > 0; {
		var row []op
		row, rows = firstRow(rows)
		if row[0].kind != opAtom && row[0].kind != opOr {
			return "na & kunnen alleen woorden en keuzes staan"
		}
		shortest, longest := reach(row)
		if longest+int(near) > maxSpan {
			return tooLong
		}
		needed += shortest
	}
	if needed == 0 {
		return noWord
	}
	return c.enclose(at)
}

// enclose says of an op that all behind it stand within it.
func (c *compiler) enclose(at int) (problem string) {
	inner := len(c.ops) - at - 1
	c.ops[at].inner = uint16(inner)
	if inner > maxOps {
		return tooMany
	}
	return ""
}

// reach tells how many words ops need, and over how many they may go.
func reach(ops []op) (shortest, longest int) {
	for i := 0; i < len(ops); i += 1 + int(ops[i].inner) {
		switch o := &ops[i]; o.kind {
		case opAtom:
			shortest, longest = shortest+1, longest+1
		case opMaybe:
			longest++
		case opGap:
			longest += int(o.n)
		case opOr:
			least, most := maxSpan, 0
			for rows := ops[i+1 : i+1+int(o.inner)]; len(rows) > 0; {
				var row []op
				row, rows = firstRow(rows)
				few, many := reach(row)
				least, most = min(least, few), max(most, many)
			}
			shortest, longest = shortest+least, longest+most
		}
	}
	return shortest, longest
}

// readPart reads one part of a pattern.
func (c *compiler) readPart(part string) (problem string) {
	switch {
	case part == "^":
		c.ops = append(c.ops, op{kind: opStart})
	case part == "$":
		c.ops = append(c.ops, op{kind: opEnd})
	case part[0] == '<':
		n, err := strconv.Atoi(strings.Trim(part, "<>"))
		if err != nil || n < 1 || n > maxSpan || part[len(part)-1] != '>' {
			return "tussen < en > hoort een getal van 1 tot 24"
		}
		c.ops = append(c.ops, op{kind: opGap, n: uint8(n)})
	case part[0] == '!':
		problem = c.alternatives(strings.Trim(part[1:], "{}"))
		if problem == "" && len(c.longer) > 0 {
			problem = "na ! kan alleen een los woord staan"
		}
		if problem != "" {
			return problem
		}
		c.ops = append(c.ops, op{kind: opNot, atom: c.words.ask(c.words.choice(c.singles))})
	case part[0] == '{' || part[0] == '[':
		if part[0] == '{' != (part[len(part)-1] == '}') {
			return "de haakjes passen niet bij elkaar"
		}
		return c.choice(part[1:len(part)-1], part[0] == '[')
	case strings.ContainsAny(part, "{}[]|"):
		return "een haakje staat op een verkeerde plek"
	default:
		return c.choice(part, false)
	}
	return ""
}

// choice reads alternatives: single words are one atom, whatever their number.
func (c *compiler) choice(list string, maybe bool) (problem string) {
	if problem = c.alternatives(list); problem != "" {
		return problem
	}
	single := op{kind: opAtom}
	if len(c.singles) > 0 {
		single.atom = c.words.ask(c.words.choice(c.singles))
	}
	if len(c.longer) == 0 {
		if maybe {
			single.kind = opMaybe
		}
		c.ops = append(c.ops, single)
		return ""
	}
	at := len(c.ops)
	c.ops = append(c.ops, op{kind: opOr})
	if len(c.singles) > 0 {
		c.ops = append(c.ops, op{kind: opRow, inner: 1}, single)
	}
	for _, words := range c.longer {
		row := len(c.ops)
		c.ops = append(c.ops, op{kind: opRow})
		for more := true; more; {
			var w string
			if w, words, more = strings.Cut(words, " "); w == "$" {
				c.ops = append(c.ops, op{kind: opEnd})
				continue
			}
			c.ops = append(c.ops, op{kind: opAtom, atom: c.words.ask(c.words.plain(w))})
		}
		c.enclose(row)
	}
	if maybe {
		c.ops = append(c.ops, op{kind: opRow})
	}
	return c.enclose(at)
}

// alternatives splits a|b c|@group into single words and rows of words, and keeps
// them in c.singles and c.longer.
func (c *compiler) alternatives(list string) (problem string) {
	c.singles, c.longer = c.singles[:0], c.longer[:0]
	for more := true; more; {
		// Nearly all are plain words, and are looked up as they are read.
		letters, end := noLetters, 0
		for end < len(list) && isPlainLetter(list[end]) {
			letters = letters.with(list[end])
			end++
		}
		plain := end > 0 && (end == len(list) || list[end] == '|')
		spaced := end > 0 && !plain // plain words with one space between
		for ; end < len(list) && list[end] != '|'; end++ {
			spaced = spaced && (isPlainLetter(list[end]) || list[end] == ' ' && list[end-1] != ' ')
		}
		alternative := list[:end]
		if more = end < len(list); more {
			list = list[end+1:]
		}
		if plain {
			c.singles = append(c.singles, c.words.word(c.words.numbered(letters, alternative)))
			continue
		}
		if spaced && alternative[end-1] != ' ' {
			c.longer = append(c.longer, alternative)
			continue
		}
		if problem = c.alternative(alternative); problem != "" {
			return problem
		}
	}
	return ""
}

// alternative reads one that is more than a plain word.
func (c *compiler) alternative(alternative string) (problem string) {
	words := strings.Fields(alternative)
	if len(words) == 0 {
		return "een keuze is leeg"
	}
	if first := words[0]; len(words) == 1 && first[0] == '@' && len(first) > 1 {
		members, known := c.members[first[1:]]
		if !known {
			return fmt.Sprintf("de groep %s bestaat niet", first)
		}
		if len(members) == 0 && len(c.words.groups[first[1:]]) == 0 {
			return fmt.Sprintf("de groep %s is leeg", first)
		}
		if len(c.words.groups[first[1:]]) > 0 {
			c.singles = append(c.singles, c.words.plain(first))
		}
		c.longer = append(c.longer, members...)
		return ""
	}
	for _, w := range words {
		if problem = checkWord(w); problem != "" {
			return problem
		}
	}
	if len(words) == 1 && words[0] != "$" {
		c.singles = append(c.singles, c.words.plain(words[0]))
	} else {
		c.longer = append(c.longer, strings.Join(words, " "))
	}
	return ""
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
