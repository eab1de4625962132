// Package file reads and writes what coordinators make: flows, their
// translations and kept conversations, as YAML.
//
// It reads through the syntax tree, so that every finding has a line and a
// column, and it reads on after a fault, so that all of them are told at once.
// Findings are Dutch. What a flow may and may not do is decided in package
// flows; this package only knows how it is written down.
package file

import (
	"fmt"
	"strings"

	"houvast/flows"
)

// A Finding is one thing that is wrong, or could be better, in a file.
type Finding = flows.Finding

// Format writes a finding on one line, the way editors and CI like it:
//
//	wekelijkse_checkin.yaml:12:11: fout: stap 'weeg' gaat naar 'slap' [doel]: bedoel je 'slaap'?
func Format(f Finding) string {
	line, col := max(f.Line, 1), max(f.Col, 1)
	text := fmt.Sprintf("%s:%d:%d: %s: %s [%s]", f.File, line, col, f.Level, f.Text, f.Code)
	if f.Hint != "" {
		text += ": " + f.Hint
	}
	return text
}

// A FaultError is what an import answers when something in its files blocks
// publishing. It holds every finding in every file.
type FaultError struct{ Findings []Finding }

func (e *FaultError) Error() string {
	lines := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		lines[i] = Format(f)
	}
	return strings.Join(lines, "\n")
}
