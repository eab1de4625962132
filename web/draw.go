package web

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	graphviz "github.com/goccy/go-graphviz"

	"houvast/flows"
)

// drawing keeps two pictures from being drawn at once: Graphviz lives in one
// WebAssembly module for the whole process, and that module is one at a time.
// Its code is loaded when the program starts, whether anybody draws or not; all
// that can wait until the first picture does.
var drawing sync.Mutex

// DrawFlow makes a picture of a flow as an SVG, laid out by Graphviz: every step
// a box that links to "#stap-<id>", every answer an arrow with its words, silence
// dashed. It is made to be read on paper as well: nothing is told by colour alone.
//
// The picture is for who looks; the list of steps says the same in words.
func DrawFlow(ctx context.Context, d *flows.Draft) (svg []byte, err error) {
	drawing.Lock()
	defer drawing.Unlock()
	defer func() {
		// A fault inside the module comes out as a panic. It may not take down
		// more than the picture.
		if p := recover(); p != nil {
			svg, err = nil, fmt.Errorf("draw flow %s: %v", d.ID, p)
		}
	}()
	gv, err := graphviz.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("start graphviz: %w", err)
	}
	defer gv.Close()
	graph, err := graphviz.ParseBytes([]byte(dot(d)))
	if err != nil {
		return nil, fmt.Errorf("read drawing of %s: %w", d.ID, err)
	}
	defer graph.Close()
	var out bytes.Buffer
	if err := gv.Render(ctx, graph, graphviz.SVG, &out); err != nil {
		return nil, fmt.Errorf("lay out flow %s: %w", d.ID, err)
	}
	// A page takes the svg element alone.
	if i := bytes.Index(out.Bytes(), []byte("<svg")); i > 0 {
		return out.Bytes()[i:], nil
	}
	return out.Bytes(), nil
}

// The fills of what reaches people.
const (
	leaves = "#fde8cf"
	human  = "#e2f3e0"
)

// look is how a kind of step is drawn: shape, fill, and the word above it.
var look = map[flows.Kind]struct{ shape, fill, word string }{
	flows.KindSay:       {"box", "#ffffff", "zegt"},
	flows.KindChoice:    {"box", "#e8f1fb", "vraagt"},
	flows.KindMulti:     {"box", "#e8f1fb", "vraagt, meer antwoorden"},
	flows.KindScale:     {"box", "#e8f1fb", "vraagt een cijfer"},
	flows.KindOpen:      {"box", "#e8f1fb", "vraagt eigen woorden"},
	flows.KindBranch:    {"hexagon", "#f4f4f4", "kijkt"},
	flows.KindSet:       {"rect", "#f4f4f4", "onthoudt"},
	flows.KindSignal:    {"rect", leaves, "signaal"},
	flows.KindContact:   {"rect", human, "contact"},
	flows.KindHandoff:   {"rect", human, "mens neemt over"},
	flows.KindShow:      {"note", "#ffffff", "laat zien"},
	flows.KindSchedule:  {"note", "#ffffff", "plant"},
	flows.KindCall:      {"component", "#f4f4f4", "andere flow"},
	flows.KindInterrupt: {"octagon", "#fbdcdc", "gaat naar"},
	flows.KindEnd:       {"ellipse", "#eeeeee", "einde"},
}

// dot writes the flow in Graphviz's own language.
func dot(d *flows.Draft) string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n", quoted(d.ID))
	b.WriteString("graph [rankdir=TB, nodesep=0.35, ranksep=0.45, bgcolor=white, fontname=Helvetica];\n")
	b.WriteString("node [style=\"filled,rounded\", fontname=Helvetica, fontsize=11, margin=\"0.12,0.07\", color=\"#333333\"];\n")
	b.WriteString("edge [fontname=Helvetica, fontsize=9, color=\"#333333\", arrowsize=0.7];\n")
	known := map[string]bool{}
	for i := range d.Steps {
		known[d.Steps[i].ID] = true
	}
	for i := range d.Steps {
		s := &d.Steps[i]
		l := look[s.Kind]
		if l.shape == "" {
			l.shape, l.fill, l.word = "box", "#fbdcdc", "?"
		}
		style := "filled"
		if l.shape == "box" {
			style = "filled,rounded"
		}
		pen := 1
		if l.fill == leaves || l.fill == human {
			pen = 3 // what reaches people stands out on grey paper too
		}
		fmt.Fprintf(&b, "%s [label=%s, shape=%s, style=%s, penwidth=%d, fillcolor=%s, URL=%s, tooltip=%s];\n",
			quoted(s.ID), quoted(caption(i, s, l.word)), l.shape, quoted(style), pen, quoted(l.fill),
			quoted("#stap-"+s.ID), quoted(fmt.Sprintf("Stap %d, %s: %s. %s", i+1, s.ID, l.word, inOneLine(s.Text))))
	}
	for i := range d.Steps {
		arrows(&b, d, &d.Steps[i], known)
	}
	b.WriteString("}\n")
	return b.String()
}

// caption is what stands in a step's box.
func caption(i int, s *flows.Step, word string) string {
	title := fmt.Sprintf("%d  %s", i+1, s.ID)
	lines := []string{title, word}
	if s.Of != "" && s.Kind != flows.KindSet {
		lines[1] += ": " + s.Of
	}
	if s.Kind == flows.KindSet {
		lines[1] += ": " + s.Of + " = " + s.Value.String()
	}
	text := s.Text
	if s.Kind == flows.KindSignal {
		text = s.Tell // the picture shows what the resident sees
	}
	return strings.Join(append(lines, folded(text, 30, 3)...), "\n")
}

// arrows draws where a step leads. Answers that lead to the same step share one
// arrow.
func arrows(b *strings.Builder, d *flows.Draft, s *flows.Step, known map[string]bool) {
	type arrow struct {
		to     string
		words  []string
		silent bool
	}
	var all []arrow
	for _, r := range d.Roads(s) {
		if !known[r.To] {
			continue
		}
		merged := false
		for i := range all {
			if all[i].to == r.To && all[i].silent == r.Silent {
				all[i].words = append(all[i].words, folded(r.Label, 26, 2)...)
				merged = true
			}
		}
		if !merged {
			all = append(all, arrow{r.To, folded(r.Label, 26, 2), r.Silent})
		}
	}
	for _, a := range all {
		style := "solid"
		weight := 2
		if a.silent {
			style, weight = "dashed", 1
		}
		fmt.Fprintf(b, "%s -> %s [label=%s, style=%s, weight=%d];\n", quoted(s.ID), quoted(a.to), quoted(strings.Join(a.words, "\n")), style, weight)
	}
}

// folded breaks a text into lines of about width characters, and cuts what does
// not fit with dots.
func folded(text string, width, most int) []string {
	var lines []string
	line := ""
	for _, w := range strings.Fields(text) {
		if utf8.RuneCountInString(w) > width {
			w = string([]rune(w)[:width-1]) + "…"
		}
		switch {
		case line == "":
			line = w
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(w) <= width:
			line += " " + w
		case len(lines) == most-1:
			return append(lines, line+" …")
		default:
			lines = append(lines, line)
			line = w
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

func inOneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// quoted writes a string in Graphviz's language, in which a backslash begins an
// escape and "\n" is a new line.
func quoted(s string) string {
	s = strings.ToValidUTF8(s, "?")
	s = strings.ReplaceAll(s, "\x00", "")
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", " ").Replace(s)
	return `"` + s + `"`
}
