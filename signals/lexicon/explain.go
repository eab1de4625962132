package lexicon

import (
	"fmt"
	"slices"
	"strings"
)

// An Explanation is how a detection came about, for who reviews the list.
type Explanation struct {
	Detection Detection
	Clauses   []ClauseExplanation
}

// wallSign stands for the end of a sentence in what was read.
const wallSign = "|"

// A ClauseExplanation is one stretch of at most 62 words: how it was read, what met, what was taken
// away or lowered.
type ClauseExplanation struct {
	Read string // the words after normalising
	Met  []Meeting
}

// A Meeting is one pattern that met in a clause.
type Meeting struct {
	Entry   string
	Class   string // empty for a guard or a lowering
	Pattern string
	Words   string // the words it met
	Effect  Effect
}

// Effect is what a meeting came to.
type Effect string

// The effects.
const (
	Counts  Effect = "counts"  // a sign
	Lowered Effect = "lowered" // a sign, but denied or past
	Guarded Effect = "guarded" // a sign that a guard took away
	Takes   Effect = "takes"   // a guard
	Lowers  Effect = "lowers"  // a lowering
)

// Explain is Detect with its reasons.
func (l *Lexicon) Explain(message string) Explanation {
	why := Explanation{Detection: l.Detect(message)}
	s := l.borrow()
	defer l.lent.Put(s)
	l.read(s, message, &why)
	return why
}

// String tells it in lines, for a terminal.
func (e Explanation) String() string {
	var b strings.Builder
	for _, c := range e.Clauses {
		fmt.Fprintf(&b, "  read     %s\n", c.Read)
		for _, m := range c.Met {
			class := m.Class
			if class == "" {
				class = "-"
			}
			fmt.Fprintf(&b, "  %-8s %-4s %s: %s (%s)\n", m.Effect, class, m.Entry, m.Words, m.Pattern)
		}
	}
	return b.String()
}

func (e *Explanation) clause(s *scratch, from, to int) {
	if e == nil {
		return
	}
	words := make([]string, 0, to-from)
	for i := from; i < to; i++ {
		if s.text.tokens[i].wall {
			words = append(words, wallSign)
			continue
		}
		words = append(words, string(s.text.word(i)))
	}
	e.Clauses = append(e.Clauses, ClauseExplanation{Read: strings.Join(words, " ")})
}

func (e *Explanation) met(l *Lexicon, s *scratch, row *sequence, free uint64, effect Effect) {
	if e == nil {
		return
	}
	entry := &l.entries[row.entry]
	c := &e.Clauses[len(e.Clauses)-1]
	met := Meeting{Entry: entry.ID, Class: entry.Class, Pattern: entry.Patterns[row.line], Effect: effect}
	spoken := strings.Fields(c.Read)
	var words []string
	covered := s.clause.covered(row.ops, free)
	for i, w := range spoken {
		if covered>>i&1 == 1 {
			words = append(words, w)
		}
	}
	met.Words = strings.Join(words, " ")
	if !slices.Contains(c.Met, met) {
		c.Met = append(c.Met, met)
	}
}
