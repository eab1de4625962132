package file

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"houvast/flows"
	"houvast/signals/lexicon"
)

// A LexiconFile is one file of the word list as its editor wrote it.
type LexiconFile struct {
	Name  string
	Local bool // written by a coordinator: it may add, and switch off with two names
	Text  []byte
}

// Lexicon reads the files of a word list and compiles them into one. It gives
// everything that is wrong, in all files at once, each with its line and column;
// then there is no lexicon, and the caller keeps the one it had.
func Lexicon(files ...LexiconFile) (*lexicon.Lexicon, []Finding) {
	lists := make([]lexicon.List, len(files))
	readers := make([]*lexiconReader, len(files))
	// One that reads per processor, not one per file: each has to grow its stack.
	var reading sync.WaitGroup
	var next atomic.Int32
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		reading.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(files); i = next.Add(1) - 1 {
				f := files[i]
				readers[i] = &lexiconReader{file: f.Name, places: map[lexiconPlace]position{}, lifted: map[int][]string{}, blocks: map[lexiconPlace]int{}}
				lists[i] = readers[i].read(f.Text)
				lists[i].Local = f.Local
			}
		})
	}
	reading.Wait()
	var findings []Finding
	for _, r := range readers {
		findings = append(findings, r.findings...)
	}
	compiled, faults := lexicon.New(lists...)
	for _, f := range faults {
		r := readers[f.List]
		findings = append(findings, r.finding(r.where(f), f.Code, f.Text))
	}
	if len(findings) == 0 {
		for _, f := range compiled.CheckExamples(func(id string) bool { return compiled.IsLocal(id) }) {
			r := readers[f.List]
			findings = append(findings, r.finding(r.where(f), f.Code, f.Text))
		}
	}
	if len(findings) > 0 {
		order := make(map[string]int, len(files))
		for i, f := range files {
			order[f.Name] = i
		}
		slices.SortStableFunc(findings, func(a, b Finding) int {
			return cmp.Or(cmp.Compare(order[a.File], order[b.File]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
		})
		return nil, findings
	}
	return compiled, nil
}

// A lexiconPlace names a part of a list as [lexicon.Fault] does.
type lexiconPlace struct {
	entry, off int
	field      string
	index      int
}

type position struct{ line, col int }

// lift takes the lines of blocks such as "patterns: |2" out of a file before it is
// read as YAML, and leaves empty lines in their place. They are nine tenths of the
// word list, and no YAML is in them.
func (r *lexiconReader) lift(source []byte) []byte {
	whole := string(source) // the lines are parts of it
	at := 0
	kept := make([]byte, 0, len(source))
	block, inside := 0, -1 // the line the block began on, and how far its key stood in
	number := 0
	for line := range bytes.Lines(source) {
		number++
		begin := at
		at += len(line)
		body := bytes.TrimLeft(line, " ")
		in := len(line) - len(body)
		blank := len(bytes.TrimSpace(body)) == 0
		if inside >= 0 && (blank || in > inside) {
			r.lifted[block] = append(r.lifted[block], strings.TrimRight(whole[begin:at], "\r\n"))
			kept = append(kept, '\n')
			continue
		}
		inside = -1
		switch key, found := bytes.CutSuffix(bytes.TrimSpace(body), []byte(": |2")); {
		case found && slices.Contains([]string{"patterns", "yes", "no"}, string(key)):
			block, inside = number, in
			r.lifted[block] = []string{}
			kept = append(kept, bytes.Replace(line, []byte("|2"), []byte("_"), 1)...)
		default:
			kept = append(kept, line...)
		}
	}
	return kept
}

// A lexiconReader reads one file and remembers where everything stood.
type lexiconReader struct {
	lifted   map[int][]string // by the line a block began on: its lines
	file     string
	findings []Finding
	places   map[lexiconPlace]position
	blocks   map[lexiconPlace]int // a list that was lifted: the line its block began on
}

func (r *lexiconReader) finding(at position, code, text string) Finding {
	return Finding{File: r.file, Line: at.line, Col: at.col, Level: flows.Fault, Code: code, Text: text}
}

func (r *lexiconReader) wrong(at position, code, format string, args ...any) {
	r.findings = append(r.findings, r.finding(at, code, fmt.Sprintf(format, args...)))
}

// where finds the line of a fault, or else of what it is part of.
func (r *lexiconReader) where(f lexicon.Fault) position {
	if line, ok := r.blocks[lexiconPlace{f.Entry, f.Off, f.Field, -1}]; ok && f.Index >= 0 {
		if _, places := blockLines(line, r.lifted[line]); f.Index < len(places) {
			return places[f.Index]
		}
	}
	for _, p := range []lexiconPlace{
		{f.Entry, f.Off, f.Field, f.Index},
		{f.Entry, f.Off, f.Field, -1},
		{f.Entry, f.Off, "", -1},
	} {
		if at, ok := r.places[p]; ok {
			return at
		}
	}
	return position{1, 1}
}

func (r *lexiconReader) read(source []byte) (list lexicon.List) {
	source = r.lift(source)
	file, err := parser.ParseBytes(source, 0)
	if err != nil {
		r.wrong(syntaxAt(err), "yaml", "dit bestand is niet goed te lezen als YAML: kijk naar inspringen, dubbele punten en aanhalingstekens")
		return list
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		r.wrong(position{1, 1}, "leeg", "dit bestand is leeg")
		return list
	}
	shared := lexicon.Entry{}
	var entries, off, words ast.Node
	r.fields(file.Docs[0].Body, func(key string, at position, value ast.Node) {
		switch key {
		case "entries":
			entries = value
		case "off":
			off = value
		case "words":
			words = value
		default:
			// What stands above the entries holds for each of them.
			r.entryField(&shared, key, at, value, -1)
		}
	})
	if words != nil {
		r.words(&list.Words, words)
	}
	if entries != nil {
		r.items(entries, func(i int, at position, item ast.Node) {
			e := shared
			r.places[lexiconPlace{i, -1, "", -1}] = at
			r.fields(item, func(key string, at position, value ast.Node) { r.entryField(&e, key, at, value, i) })
			list.Entries = append(list.Entries, e)
		})
	}
	if off != nil {
		r.items(off, func(i int, at position, item ast.Node) {
			var o lexicon.Off
			r.places[lexiconPlace{-1, i, "", -1}] = at
			r.fields(item, func(key string, at position, value ast.Node) { r.offField(&o, key, at, value, i) })
			list.Off = append(list.Off, o)
		})
	}
	return list
}

func (r *lexiconReader) entryField(e *lexicon.Entry, key string, at position, value ast.Node, entry int) {
	r.places[lexiconPlace{entry, -1, key, -1}] = positionOf(value)
	lines := func() []string { return r.lines(value, lexiconPlace{entry, -1, key, -1}) }
	switch key {
	case "id":
		e.ID = r.text(value)
	case "class":
		e.Class = r.text(value)
	case "means":
		e.Means = r.text(value)
	case "language":
		e.Language = r.text(value)
	case "author":
		e.Author = r.text(value)
	case "date":
		e.Date = r.text(value)
	case "reason":
		e.Reason = r.text(value)
	case "patterns":
		e.Patterns = lines()
	case "yes":
		e.Yes = lines()
	case "no":
		e.No = lines()
	case "for":
		e.For = strings.Fields(r.text(value))
	case "unreviewed":
		e.Unreviewed = r.truth(value)
	case "soft":
		e.Soft = r.truth(value)
	case "level":
		level, ok := lexicon.LevelNamed(r.text(value))
		if !ok {
			r.wrong(positionOf(value), "niveau", "het niveau is none, distress of crisis, niet %q", r.text(value))
		}
		e.Level = level
	case "kind":
		switch kind := r.text(value); kind {
		case "sign":
			e.Kind = lexicon.Sign
		case "guard":
			e.Kind = lexicon.Guard
		case "lowering":
			e.Kind = lexicon.Lowering
		default:
			r.wrong(positionOf(value), "soort", "de soort is sign, guard of lowering, niet %q", kind)
		}
	default:
		r.wrong(at, "veld", "het veld %q ken ik niet", key)
	}
}

func (r *lexiconReader) offField(o *lexicon.Off, key string, at position, value ast.Node, off int) {
	r.places[lexiconPlace{-1, off, key, -1}] = positionOf(value)
	switch key {
	case "id":
		o.ID = r.text(value)
	case "by":
		o.By = r.text(value)
	case "approved_by":
		o.ApprovedBy = r.text(value)
	case "reason":
		o.Reason = r.text(value)
	case "date":
		o.Date = r.text(value)
	default:
		r.wrong(at, "veld", "het veld %q ken ik niet", key)
	}
}

func (r *lexiconReader) words(w *lexicon.Words, node ast.Node) {
	table := func(node ast.Node) map[string][]string {
		rows := map[string][]string{}
		r.fields(node, func(key string, _ position, value ast.Node) { rows[key] = strings.Fields(r.text(value)) })
		return rows
	}
	r.fields(node, func(key string, at position, value ast.Node) {
		switch key {
		case "groups":
			w.Groups = table(value)
		case "spellings":
			w.Spellings = table(value)
		case "core":
			w.Core = strings.Fields(r.text(value))
		case "protected":
			w.Protected = strings.Fields(r.text(value))
		case "glue":
			w.Glue = strings.Fields(r.text(value))
		case "thin":
			w.Thin = strings.Fields(r.text(value))
		case "fill":
			w.Fill = strings.Fields(r.text(value))
		case "turn":
			w.Turn = table(value)
		case "whole":
			w.Whole = table(value)
		case "clitics":
			w.Clitics = table(value)
		default:
			r.wrong(at, "veld", "het veld %q ken ik niet", key)
		}
	})
}

// fields walks the fields of a mapping.
func (r *lexiconReader) fields(node ast.Node, each func(key string, at position, value ast.Node)) {
	var values []*ast.MappingValueNode
	switch n := node.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		r.wrong(positionOf(node), "vorm", "hier horen velden te staan, zoals id: en patterns:")
		return
	}
	for _, v := range values {
		each(keyText(v.Key), positionOf(v.Key), v.Value)
	}
}

// items walks the items of a sequence.
func (r *lexiconReader) items(node ast.Node, each func(i int, at position, item ast.Node)) {
	n, ok := node.(*ast.SequenceNode)
	if !ok {
		r.wrong(positionOf(node), "vorm", "hier hoort een lijst te staan, met een streepje voor elk deel")
		return
	}
	for i, item := range n.Values {
		each(i, positionOf(item), item)
	}
}

// text reads a value that is one text.
func (r *lexiconReader) text(node ast.Node) string {
	switch n := node.(type) {
	case *ast.StringNode:
		return strings.TrimSpace(n.Value)
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value)
	case *ast.NullNode:
		return ""
	case ast.ScalarNode:
		return node.GetToken().Value
	}
	r.wrong(positionOf(node), "vorm", "hier hoort een tekst te staan")
	return ""
}

func (r *lexiconReader) truth(node ast.Node) bool {
	v, err := strconv.ParseBool(r.text(node))
	if err != nil {
		r.wrong(positionOf(node), "vorm", "hier hoort true of false te staan")
	}
	return v
}

// lines reads a list of texts: a YAML list, or a block with one on each line.
func (r *lexiconReader) lines(node ast.Node, at lexiconPlace) []string {
	var lines []string
	keep := func(s string, where position) {
		if s != "" {
			at.index = len(lines)
			r.places[at] = where
			lines = append(lines, s)
		}
	}
	if line := positionOf(node).line; r.lifted[line] != nil {
		r.blocks[at] = line
		lines, _ = blockLines(line, r.lifted[line])
		return lines
	}
	switch n := node.(type) {
	case *ast.SequenceNode:
		for _, item := range n.Values {
			keep(r.text(item), positionOf(item))
		}
	case *ast.LiteralNode:
		texts, places := blockLines(n.Start.Position.Line, strings.Split(n.Value.GetToken().Origin, "\n"))
		for i, text := range texts {
			keep(text, places[i])
		}
	default:
		keep(r.text(node), positionOf(node))
	}
	return lines
}

// blockLines gives the texts in the lines of a block that began on a line, and
// where each stands.
func blockLines(began int, raw []string) (texts []string, places []position) {
	texts, places = make([]string, 0, len(raw)), make([]position, 0, len(raw))
	for i, line := range raw {
		text := strings.TrimSpace(line)
		if text == "" || strings.HasPrefix(text, "# ") {
			continue
		}
		texts = append(texts, text)
		places = append(places, position{began + 1 + i, len(line) - len(strings.TrimLeft(line, " ")) + 1})
	}
	return texts, places
}

func keyText(key ast.MapKeyNode) string { return key.GetToken().Value }

func positionOf(node ast.Node) position {
	if node == nil {
		return position{1, 1}
	}
	if m, ok := node.(*ast.MappingNode); ok && len(m.Values) > 0 {
		return positionOf(m.Values[0].Key)
	}
	return positionAt(node.GetToken())
}

func positionAt(t *token.Token) position {
	if t == nil || t.Position == nil {
		return position{1, 1}
	}
	return position{t.Position.Line, t.Position.Column}
}

// syntaxAt finds where the file stopped being YAML.
func syntaxAt(err error) position {
	var at interface{ GetToken() *token.Token }
	if errors.As(err, &at) {
		return positionAt(at.GetToken())
	}
	return position{1, 1}
}
