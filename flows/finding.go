package flows

import (
	"cmp"
	"slices"
	"strings"
)

// A Level is how serious a finding is.
type Level string

// A fault blocks publishing, a warning must be seen, a tip may be hidden.
const (
	Fault   Level = "fout"
	Warning Level = "let op"
	Tip     Level = "tip"
)

// A Finding is one thing that is wrong, or could be better, in what a
// coordinator wrote. Its words are Dutch.
type Finding struct {
	File  string `json:"file,omitempty"`
	Line  int    `json:"line,omitempty"`
	Col   int    `json:"col,omitempty"`
	Flow  string `json:"flow,omitempty"`
	Path  string `json:"path,omitempty"` // where in the flow, such as steps.slaap.next
	Level Level  `json:"level"`
	Code  string `json:"code"` // a row of [houvast/flows/check.Codes]
	Text  string `json:"text"`
	Hint  string `json:"hint,omitempty"` // what to do, such as "bedoel je 'stemming'?"
}

// Blocks reports whether one of the findings is a fault.
func Blocks(fs []Finding) bool {
	return slices.ContainsFunc(fs, func(f Finding) bool { return f.Level == Fault })
}

// SortFindings puts the findings in the order in which a person should read
// them: file by file, faults first, then by line.
func SortFindings(fs []Finding) {
	rank := map[Level]int{Fault: 0, Warning: 1, Tip: 2}
	slices.SortStableFunc(fs, func(a, b Finding) int {
		return cmp.Or(
			strings.Compare(a.File, b.File),
			cmp.Compare(rank[a.Level], rank[b.Level]),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Col, b.Col),
		)
	})
}

// Near names the known word that is closest to word, as a question for the
// coordinator, or nothing when none is close.
func Near(word string, known []string) string {
	if best := Nearest(word, known); best != "" {
		return "bedoel je '" + best + "'?"
	}
	return ""
}

// Nearest finds the known word that is at most two slips away, or nothing.
func Nearest(word string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if d := distance(word, k); d < least && d < len([]rune(k)) {
			best, least = k, d
		}
	}
	return best
}

// distance counts slips: a letter too many, too few or wrong, or two that
// traded places.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > 2 || len(y)-len(x) > 2 {
		return 3
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			same := 1
			if x[i-1] == y[j-1] {
				same = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+same)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
