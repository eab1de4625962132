package signals

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// A sequence is one pattern: a row of small steps that a whole clause takes at
// once, see [clause.run].
type sequence struct {
	ops   []op
	entry int32
	line  int32 // which pattern of the entry
	class uint8 // its place, see classPlace
	level Level
	needs [][]int32 // of each of these some word must be there too: most patterns end here
}

type op struct {
	kind opKind
	n    uint8
	atom int32
	or   [][]op // opOr: the ways to go on; opNear, opTogether: what must be near each other
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
)

// maxSpan is how many words one pattern may reach over, so that matching stays
// cheap whatever an editor writes.
const maxSpan = 24

// parse reads one pattern into its steps, or says in Dutch what is wrong.
func (c *compiler) parse(pattern string) (ops []op, problem string) {
	if near, ok := strings.CutPrefix(strings.TrimSpace(pattern), "& "); ok {
		return c.parseNear(opNear, near)
	}
	if near, ok := strings.CutPrefix(strings.TrimSpace(pattern), "&& "); ok {
		return c.parseNear(opTogether, near)
	}
	if ops, problem = c.parseRow(pattern); problem != "" {
		return nil, problem
	}
	shortest, longest := reach(ops)
	if shortest == 0 {
		return nil, "er staat geen woord in dat er altijd moet zijn"
	}
	if longest > maxSpan {
		return nil, tooLong
	}
	return ops, ""
}

var tooLong = fmt.Sprintf("een patroon mag over hooguit %d woorden gaan", maxSpan)

// parseRow reads the steps of a pattern one by one.
func (c *compiler) parseRow(pattern string) (ops []op, problem string) {
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
		step, seen := c.steps[part]
		if !seen {
			if step, problem = c.step(part); problem != "" {
				return nil, problem
			}
			c.steps[part] = step
		}
		ops = append(ops, step)
	}
	return ops, ""
}

// parseNear reads a pattern whose words may stand in any order: & a b c <n>.
func (c *compiler) parseNear(kind opKind, pattern string) ([]op, string) {
	ops, problem := c.parseRow(pattern)
	if problem != "" {
		return nil, problem
	}
	last := len(ops) - 1
	if last < 2 || ops[last].kind != opGap {
		return nil, "na & horen twee of meer woorden te staan, en tot slot <n>"
	}
	near := op{kind: kind, n: ops[last].n}
	for i, o := range ops[:last] {
		if o.kind != opAtom && o.kind != opOr {
			return nil, "na & kunnen alleen woorden en keuzes staan"
		}
		if _, longest := reach(ops[i : i+1]); longest+int(near.n) > maxSpan {
			return nil, tooLong
		}
		near.or = append(near.or, ops[i:i+1])
	}
	return []op{near}, ""
}

// reach tells how many words steps need, and over how many they may go.
func reach(ops []op) (shortest, longest int) {
	for _, o := range ops {
		switch o.kind {
		case opAtom:
			shortest, longest = shortest+1, longest+1
		case opMaybe:
			longest++
		case opGap:
			longest += int(o.n)
		case opOr:
			least, most := maxSpan, 0
			for _, row := range o.or {
				few, many := reach(row)
				least, most = min(least, few), max(most, many)
			}
			shortest, longest = shortest+least, longest+most
		}
	}
	return shortest, longest
}

// step reads one part of a pattern.
func (c *compiler) step(part string) (op, string) {
	switch {
	case part == "^":
		return op{kind: opStart}, ""
	case part == "$":
		return op{kind: opEnd}, ""
	case part[0] == '<':
		n, err := strconv.Atoi(strings.Trim(part, "<>"))
		if err != nil || n < 1 || n > maxSpan || part[len(part)-1] != '>' {
			return op{}, "tussen < en > hoort een getal van 1 tot 24"
		}
		return op{kind: opGap, n: uint8(n)}, ""
	case part[0] == '!':
		singles, longer, problem := c.alternatives(strings.Trim(part[1:], "{}"))
		if problem == "" && len(longer) > 0 {
			problem = "na ! kan alleen een los woord staan"
		}
		if problem != "" {
			return op{}, problem
		}
		return op{kind: opNot, atom: c.lex.words.atom(singles)}, ""
	case part[0] == '{' || part[0] == '[':
		if part[0] == '{' != (part[len(part)-1] == '}') {
			return op{}, "de haakjes passen niet bij elkaar"
		}
		return c.choice(part[1:len(part)-1], part[0] == '[')
	case strings.ContainsAny(part, "{}[]|"):
		return op{}, "een haakje staat op een verkeerde plek"
	}
	return c.choice(part, false)
}

// choice reads alternatives: single words are one atom, whatever their number.
func (c *compiler) choice(list string, maybe bool) (op, string) {
	singles, longer, problem := c.alternatives(list)
	if problem != "" {
		return op{}, problem
	}
	single := op{kind: opAtom}
	if len(singles) > 0 {
		single.atom = c.lex.words.atom(singles)
	}
	if len(longer) == 0 {
		if maybe {
			single.kind = opMaybe
		}
		return single, ""
	}
	either := op{kind: opOr}
	if len(singles) > 0 {
		either.or = append(either.or, []op{single})
	}
	for _, words := range longer {
		var row []op
		for _, w := range words {
			if w == "$" {
				row = append(row, op{kind: opEnd})
				continue
			}
			row = append(row, op{kind: opAtom, atom: c.lex.words.atom([]string{w})})
		}
		either.or = append(either.or, row)
	}
	if maybe {
		either.or = append(either.or, nil)
	}
	return either, ""
}

// alternatives splits a|b c|@group into single words and rows of words.
func (c *compiler) alternatives(list string) (singles []string, longer [][]string, problem string) {
	for alternative := range strings.SplitSeq(list, "|") {
		words := strings.Fields(alternative)
		if len(words) == 0 {
			return nil, nil, "een keuze is leeg"
		}
		if len(words) == 1 && words[0][0] == '@' && len(words[0]) > 1 {
			members, ok := c.longer[words[0][1:]]
			if !ok {
				return nil, nil, fmt.Sprintf("de groep %s bestaat niet", words[0])
			}
			if len(c.lex.words.groups[words[0][1:]]) > 0 {
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
	if w == anyNumber || w == "$" {
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
	if !strings.ContainsFunc(plain, func(r rune) bool { return place(byte(r)) < 0 || r > unicode.MaxASCII }) {
		return ""
	}
	var t text
	t.read(plain)
	if len(t.tokens) != 1 || string(t.word(0)) != plain {
		return fmt.Sprintf("schrijf %q met kleine letters en zonder accenten of leestekens", w)
	}
	return ""
}
