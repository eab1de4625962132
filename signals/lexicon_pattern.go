package signals

import (
	"fmt"
	"strconv"
	"strings"
)

// A sequence is one pattern without alternatives that differ in length: a row of
// small steps that a whole clause takes at once, see [clause.run].
type sequence struct {
	ops   []op
	entry int32
	line  int32 // which pattern of the entry
}

type op struct {
	kind opKind
	n    uint8
	atom int32
}

type opKind uint8

const (
	opAtom  opKind = iota // a word
	opMaybe               // a word or nothing
	opNot                 // the next word is not this one
	opGap                 // at most n words
	opStart
	opEnd
)

// Bounds of a pattern, so that matching stays cheap whatever an editor writes.
const (
	maxSpan = 20  // words one pattern may reach over
	maxRows = 400 // sequences one pattern may become
)

// parse reads one pattern into its sequences, or says in Dutch what is wrong.
func (c *compiler) parse(pattern string) (rows [][]op, problem string) {
	rows = [][]op{nil}
	for rest := strings.TrimSpace(pattern); rest != ""; rest = strings.TrimSpace(rest) {
		part := rest
		if closing := strings.IndexByte("{[", rest[0]); closing >= 0 || strings.HasPrefix(rest, "!{") {
			end := strings.IndexAny(rest, "}]")
			if end < 0 {
				return nil, "een haakje is niet gesloten"
			}
			part = rest[:end+1]
		} else if space := strings.IndexByte(rest, ' '); space >= 0 {
			part = rest[:space]
		}
		rest = rest[len(part):]
		steps, problem := c.step(part)
		if problem != "" {
			return nil, problem
		}
		grown := make([][]op, 0, len(rows)*len(steps))
		for _, row := range rows {
			for _, step := range steps {
				grown = append(grown, append(row[:len(row):len(row)], step...))
			}
		}
		if rows = grown; len(rows) > maxRows {
			return nil, "dit zijn te veel mogelijkheden in een patroon"
		}
	}
	for _, row := range rows {
		span, words := 0, 0
		for _, o := range row {
			switch o.kind {
			case opGap:
				span += int(o.n)
			case opAtom:
				span, words = span+1, words+1
			case opMaybe:
				span++
			}
		}
		if words == 0 {
			return nil, "er staat geen woord in dat er altijd moet zijn"
		}
		if span > maxSpan {
			return nil, fmt.Sprintf("een patroon mag over hooguit %d woorden gaan", maxSpan)
		}
	}
	return rows, ""
}

// step reads one part of a pattern into the rows it can be.
func (c *compiler) step(part string) (rows [][]op, problem string) {
	switch {
	case part == "^":
		return [][]op{{{kind: opStart}}}, ""
	case part == "$":
		return [][]op{{{kind: opEnd}}}, ""
	case part[0] == '<':
		n, err := strconv.Atoi(strings.Trim(part, "<>"))
		if err != nil || n < 1 || n > 12 || part[len(part)-1] != '>' {
			return nil, "tussen < en > hoort een getal van 1 tot 12"
		}
		return [][]op{{{kind: opGap, n: uint8(n)}}}, ""
	case part[0] == '!':
		singles, longer, problem := c.alternatives(strings.Trim(part[1:], "{}"))
		if problem != "" || len(longer) > 0 {
			return nil, "na ! kan alleen een los woord staan"
		}
		return [][]op{{{kind: opNot, atom: c.lex.words.atom(singles)}}}, problem
	case part[0] == '{' || part[0] == '[':
		if part[0] == '{' != (part[len(part)-1] == '}') {
			return nil, "de haakjes passen niet bij elkaar"
		}
		singles, longer, problem := c.alternatives(part[1 : len(part)-1])
		if problem != "" {
			return nil, problem
		}
		maybe := part[0] == '['
		if len(singles) > 0 {
			kind := opAtom
			if maybe {
				kind = opMaybe
			}
			rows = append(rows, []op{{kind: kind, atom: c.lex.words.atom(singles)}})
		}
		for _, words := range longer {
			var row []op
			for _, w := range words {
				row = append(row, op{kind: opAtom, atom: c.lex.words.atom([]string{w})})
			}
			rows = append(rows, row)
		}
		if maybe && len(singles) == 0 {
			rows = append(rows, nil)
		}
		return rows, ""
	case strings.ContainsAny(part, "{}[]|"):
		return nil, "een haakje staat op een verkeerde plek"
	}
	singles, longer, problem := c.alternatives(part)
	if problem != "" {
		return nil, problem
	}
	if len(longer) > 0 {
		return c.step("{" + part + "}")
	}
	return [][]op{{{kind: opAtom, atom: c.lex.words.atom(singles)}}}, ""
}

// alternatives splits a|b c|@group into single words and rows of words.
func (c *compiler) alternatives(list string) (singles []string, longer [][]string, problem string) {
	for _, alternative := range strings.Split(list, "|") {
		words := strings.Fields(alternative)
		if len(words) == 0 {
			return nil, nil, "een keuze is leeg"
		}
		if len(words) == 1 && words[0][0] == '@' && len(words[0]) > 1 {
			members, ok := c.groups[words[0][1:]]
			if !ok {
				return nil, nil, fmt.Sprintf("de groep %s bestaat niet", words[0])
			}
			for _, m := range members {
				if row := strings.Split(m, "_"); len(row) > 1 {
					longer = append(longer, row)
				} else {
					singles = append(singles, m)
				}
			}
			continue
		}
		for _, w := range words {
			if problem := checkWord(w); problem != "" {
				return nil, nil, problem
			}
		}
		if len(words) == 1 {
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
	if w == "#" {
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
	var t text
	t.read(plain)
	if len(t.tokens) != 1 || string(t.word(0)) != plain {
		return fmt.Sprintf("schrijf %q met kleine letters en zonder accenten of leestekens", w)
	}
	return ""
}
