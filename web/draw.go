package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
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
	svg = bytes.ReplaceAll(out.Bytes(), []byte(`font-family="Helvetica,sans-Serif"`), []byte(`font-family="`+fonts+`"`))
	// A page takes the svg element alone.
	if i := bytes.Index(svg, []byte("<svg")); i > 0 {
		return svg[i:], nil
	}
	return svg, nil
}

// What can be wrong with the machine code that Graphviz keeps; see [CodeKept].
var (
	ErrCodeLost   = errors.New("the code for drawing is not kept: every start makes it anew, which takes over a second")
	ErrCodeShared = errors.New("somebody else can write the code for drawing, which is run at every start")
)

// CodeKept looks whether the next start finds the machine code that Graphviz needs.
// Its library makes that at the start of a program, also of one that never draws,
// keeps it in the folder go-graphviz of the folder for what is temporary, and at
// later starts runs what lies there without asking who wrote it. So that folder must
// last, and belong to nobody but us or root. Temporary is TMPDIR as the program got
// it; empty: the system's own. The error is [ErrCodeLost], [ErrCodeShared], or what
// kept us from looking.
func CodeKept(ctx context.Context, temporary string) error {
	if temporary == "" {
		temporary = os.TempDir()
	}
	ours := func(info fs.FileInfo) bool {
		owner, known := info.Sys().(*syscall.Stat_t)
		return known && (owner.Uid == 0 || int(owner.Uid) == os.Geteuid())
	}
	const others = 0o022
	// In a folder like /tmp everybody may write, and nobody may touch what is another's.
	if info, err := os.Stat(temporary); err == nil && (!ours(info) || info.Mode()&others != 0 && info.Mode()&fs.ModeSticky == 0) {
		return fmt.Errorf("%s: %w", temporary, ErrCodeShared)
	}
	found := false
	folder := filepath.Join(temporary, "go-graphviz")
	err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another start tidies up
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		info, err := d.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case !ours(info) || info.Mode()&(others|fs.ModeSymlink) != 0:
			return fmt.Errorf("%s: %w", name, ErrCodeShared)
		}
		found = found || info.Mode().IsRegular() && filepath.Ext(name) != ".tmp"
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("%s: %w", folder, ErrCodeLost)
	}
	return err
}

// A look is how a kind of step is drawn.
type look struct {
	shape, fill string
	word        string // above its text
	heavy       bool   // a thick line, so that what reaches people stands out on grey paper too
}

// looks has one for every kind of step.
var looks = map[flows.Kind]look{
	flows.KindSay:       {"box", "#ffffff", "zegt", false},
	flows.KindChoice:    {"box", "#e8f1fb", "vraagt", false},
	flows.KindMulti:     {"box", "#e8f1fb", "vraagt, meer antwoorden", false},
	flows.KindScale:     {"box", "#e8f1fb", "vraagt een cijfer", false},
	flows.KindOpen:      {"box", "#e8f1fb", "vraagt eigen woorden", false},
	flows.KindBranch:    {"hexagon", "#f4f4f4", "kijkt", false},
	flows.KindSet:       {"rect", "#f4f4f4", "onthoudt", false},
	flows.KindSignal:    {"rect", "#fde8cf", "signaal", true},
	flows.KindContact:   {"rect", "#e2f3e0", "contact met", true},
	flows.KindHandoff:   {"rect", "#e2f3e0", "een mens neemt over", true},
	flows.KindShow:      {"note", "#ffffff", "laat zien", false},
	flows.KindSchedule:  {"note", "#ffffff", "plant", false},
	flows.KindCall:      {"component", "#f4f4f4", "gaat even naar", false},
	flows.KindInterrupt: {"octagon", "#fbdcdc", "gaat naar", true},
	flows.KindEnd:       {"ellipse", "#eeeeee", "einde", false},
}

// called are the words of the language as a coordinator says them.
var called = map[string]string{
	flows.SignalDistress: "het gaat niet goed", flows.SignalGoodNews: "goed nieuws", flows.SignalContact: "contact", flows.SignalPractical: "praktische hulp",
	flows.SignalWorry: "zorgen van een maatje", flows.SignalCrisis: "crisis (erbij)", "fixed_contact": "het vaste contact", "maatje": "het maatje", "team": "het team",
	"contacts": "de mensen", "numbers": "de nummers", "who_reads": "wie meeleest", "my_data": "wat er bewaard is", "rhythm": "het ritme", "looked": "wie er keek", "social_map": "de mensen eromheen",
}

// font is what the picture is measured in. Graphviz knows its widths by this one
// name; where it is not there, the others are as wide.
const (
	font  = "Helvetica"
	fonts = "Helvetica,Arial,'Liberation Sans','Nimbus Sans',sans-serif"
)

// dot writes the flow in Graphviz's own language. The picture fits on one sheet
// of A4, upright.
func dot(d *flows.Draft) string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n", quoted(d.ID))
	fmt.Fprintf(&b, "graph [rankdir=TB, nodesep=0.3, ranksep=0.22, size=\"7.5,10.9\", bgcolor=white, fontname=%s, fontsize=16, labelloc=t, label=%s];\n",
		font, html([]string{orElse(d.Title, d.ID)}, "Stippellijn: als iemand niet antwoordt. Dikke rand: dit gaat naar mensen."))
	fmt.Fprintf(&b, "node [fontname=%s, fontsize=11, margin=\"0.18,0.08\", color=\"#333333\"];\n", font)
	fmt.Fprintf(&b, "edge [fontname=%s, fontsize=10, color=\"#333333\", arrowsize=0.7];\n", font)
	known := map[string]bool{}
	for i := range d.Steps {
		known[d.Steps[i].ID] = true
	}
	for i := range d.Steps {
		s := &d.Steps[i]
		l, ok := looks[s.Kind]
		if !ok {
			l = look{"box", "#fbdcdc", "?", false}
		}
		if s.Kind == flows.KindInterrupt && s.Of == flows.CrisisCard {
			l.word = "de crisiskaart, en het signaal"
		}
		style, pen := "filled", 1
		if l.shape == "box" {
			style = "filled,rounded"
		}
		if l.heavy {
			pen = 3
		}
		fmt.Fprintf(&b, "%s [label=%s, shape=%s, style=%s, penwidth=%d, fillcolor=%s, URL=%s, tooltip=%s];\n",
			quoted(s.ID), caption(i, s, l.word), l.shape, quoted(style), pen, quoted(l.fill),
			quoted("#stap-"+s.ID), quoted(fmt.Sprintf("Stap %d, %s: %s. %s", i+1, s.ID, l.word, inOneLine(s.Text))))
	}
	for i := range d.Steps {
		arrows(&b, d, &d.Steps[i], known)
	}
	b.WriteString("}\n")
	return b.String()
}

// caption is what stands in a step's box: its number and name, what it does, and
// what the resident reads.
func caption(i int, s *flows.Step, word string) string {
	switch {
	case s.Kind == flows.KindSet:
		word += " " + s.Of + " = " + s.Value.String()
	case s.Kind == flows.KindEnd:
		word += ": " + s.Of
	case s.Kind == flows.KindInterrupt && s.Of == flows.CrisisCard, s.Of == "":
	default:
		word += ": " + orElse(called[s.Of], s.Of)
	}
	text := s.Text
	if s.Kind == flows.KindSignal {
		text = s.Tell
	}
	lines := folded(text, 34, 4)
	if s.Kind == flows.KindScale {
		lines = append(lines, folded(fmt.Sprintf("%d %s … %d %s", s.From, s.Low, s.To, s.High), 34, 2)...)
	}
	if s.Numbers {
		lines = append(lines, "+ de nummers")
	}
	return html([]string{fmt.Sprintf("%d  %s", i+1, s.ID), word}, lines...)
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
		label := r.Label
		if r.Silent && r.After > 0 {
			label = "na " + inWords(r.After) + " stil"
		}
		words := folded(label, 24, 2)
		i := slices.IndexFunc(all, func(a arrow) bool { return a.to == r.To && a.silent == r.Silent })
		if i < 0 {
			all = append(all, arrow{r.To, words, r.Silent})
			continue
		}
		all[i].words = append(all[i].words, words...)
	}
	for _, a := range all {
		style, weight := "solid", 2
		if a.silent {
			style, weight = "dashed", 1
		}
		for i := range a.words {
			a.words[i] = "\u00a0" + a.words[i] + "\u00a0" // so that words do not touch the line
		}
		fmt.Fprintf(b, "%s -> %s [label=%s, style=%s, weight=%d];\n", quoted(s.ID), quoted(a.to), quoted(strings.Join(a.words, "\n")), style, weight)
	}
}

// inWords says how long something takes, in Dutch.
func inWords(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d dagen", d/(24*time.Hour))
	case d >= time.Hour:
		return fmt.Sprintf("%d uur", d/time.Hour)
	}
	return fmt.Sprintf("%d min", d/time.Minute)
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

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// quoted writes a string in Graphviz's language, in which a backslash begins an
// escape and "\n" is a new line.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(clean(s)) + `"`
}

// html writes a label of several lines: the first bold, the second grey, the
// others as they are.
func html(head []string, lines ...string) string {
	var b strings.Builder
	b.WriteString("<")
	for i, line := range append(head, lines...) {
		line = template.HTMLEscapeString(clean(line))
		switch {
		case line == "":
			continue
		case i == 0:
			b.WriteString("<b>" + line + "</b>")
		case i == 1:
			b.WriteString(`<br/><font point-size="10" color="#555555">` + line + "</font>")
		default:
			b.WriteString("<br/>" + line)
		}
	}
	b.WriteString(">")
	return b.String()
}

// clean leaves out what Graphviz cannot read.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
