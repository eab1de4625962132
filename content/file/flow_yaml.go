package file

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"houvast/flows"
)

// largest is how many bytes a file may have. The longest flow known has 9 kB.
const largest = 512 << 10

// A reader walks one file's syntax tree and collects what is wrong in it.
type reader struct {
	file  string
	found []Finding
	where map[string]flows.Pos // by path; nil when nobody asks
}

// A pair is one key of a mapping with what stands behind it.
type pair struct {
	key    string
	at     flows.Pos // of the key
	value  ast.Node
	behind flows.Pos // of the value
}

func (r *reader) add(at flows.Pos, level flows.Level, code, hint, text string, args ...any) {
	r.found = append(r.found, Finding{
		File: r.file, Line: at.Line, Col: at.Col,
		Level: level, Code: code, Text: fmt.Sprintf(text, args...), Hint: hint,
	})
}

func (r *reader) fault(at flows.Pos, code, text string, args ...any) {
	r.add(at, flows.Fault, code, "", text, args...)
}

// cause gives the last finding the path of what could not be understood, so that
// the checks do not tell it once more.
func (r *reader) cause(path string) {
	r.found[len(r.found)-1].Path = path
}

func (r *reader) mark(path string, at flows.Pos) {
	if r.where != nil {
		r.where[path] = at
	}
}

// parse returns the one document in src, or nil with a finding.
func (r *reader) parse(src []byte) (body ast.Node) {
	start := flows.Pos{Line: 1, Col: 1}
	if len(src) > largest {
		r.fault(start, "te_groot", "dit bestand is groter dan %d kB", largest>>10)
		return nil
	}
	// The parser is somebody else's and has been seen to panic on garbage. A
	// coordinator who pastes garbage must get a finding.
	defer func() {
		if p := recover(); p != nil {
			r.fault(start, "yaml", "dit bestand kan niet gelezen worden")
			body = nil
		}
	}()
	tokens := lexer.Tokenize(string(src))
	for _, t := range tokens {
		if t.Type == token.CommentType {
			r.add(posOf(t), flows.Warning, "opmerking", "zet het in een note:", "een opmerking met # gaat verloren als de editor dit bestand schrijft")
			break
		}
	}
	f, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		at := start
		var placed interface{ GetToken() *token.Token }
		if errors.As(err, &placed) {
			at = posOf(placed.GetToken())
		}
		r.add(at, flows.Fault, "yaml", "kijk naar de spaties aan het begin, de dubbele punten en de aanhalingstekens",
			"vanaf hier kan het bestand niet gelezen worden")
		return nil
	}
	for _, doc := range f.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			r.fault(place(doc.Body), "twee_delen", "er staan twee stukken in dit bestand, met --- ertussen; maak er twee bestanden van")
			return body
		}
		body = doc.Body
	}
	if body == nil {
		r.fault(start, "leeg", "het bestand is leeg")
	}
	return body
}

func posOf(t *token.Token) flows.Pos {
	if t == nil || t.Position == nil {
		return flows.Pos{Line: 1, Col: 1}
	}
	return flows.Pos{Line: t.Position.Line, Col: t.Position.Column}
}

func place(n ast.Node) flows.Pos {
	switch n := n.(type) {
	case nil:
		return flows.Pos{Line: 1, Col: 1}
	case *ast.MappingValueNode:
		if n.Key != nil {
			return posOf(n.Key.GetToken())
		}
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 && n.Values[0].Key != nil {
			return posOf(n.Values[0].Key.GetToken())
		}
	}
	return posOf(n.GetToken())
}

// pairs reads a mapping. A key that stands there twice is a fault; the first
// counts.
func (r *reader) pairs(n ast.Node, what string) []pair {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		r.fault(place(n), "vorm", "%s hoort uit regels met 'naam: waarde' te bestaan", what)
		return nil
	}
	out := make([]pair, 0, len(values))
	for _, v := range values {
		if v == nil || v.Key == nil || v.Key.GetToken() == nil {
			r.fault(place(n), "vorm", "%s heeft een regel zonder naam", what)
			continue
		}
		p := pair{key: v.Key.GetToken().Value, at: posOf(v.Key.GetToken()), value: v.Value}
		p.behind = p.at
		if v.Value != nil {
			p.behind = place(v.Value)
		}
		if slices.ContainsFunc(out, func(o pair) bool { return o.key == p.key }) {
			r.fault(p.at, "dubbel", "'%s' staat twee keer in %s", p.key, what)
			continue
		}
		out = append(out, p)
	}
	return out
}

// scalar reads any single value as text. What looks like a number or a yes is
// text too, so that nobody's "no" becomes false.
func (r *reader) scalar(p pair) string {
	switch v := p.value.(type) {
	case nil, *ast.NullNode:
		return ""
	case *ast.StringNode:
		return strings.TrimRight(v.Value, " \t\r\n")
	case *ast.LiteralNode:
		if v.Value == nil {
			return ""
		}
		return strings.TrimRight(v.Value.Value, " \t\r\n")
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return v.GetToken().Value
	}
	r.fault(p.behind, "vorm", "achter '%s' hoort één waarde te staan", p.key)
	return ""
}

// number reads a whole number. What stands for one that cannot be read gives no
// findings of its own.
func (r *reader) number(p pair, instead int) int {
	text := r.scalar(p)
	n, err := strconv.Atoi(text)
	if err != nil || n < -1000 || n > 1000 {
		r.fault(p.behind, "getal", "achter '%s' hoort een getal te staan, geen '%s'", p.key, text)
		return instead
	}
	return n
}

func (r *reader) yes(p pair) bool {
	switch text := r.scalar(p); text {
	case "true":
		return true
	case "false":
		return false
	default:
		r.add(p.behind, flows.Fault, "waarheid", flows.Near(text, []string{"true", "false"}), "achter '%s' hoort true of false te staan, geen '%s'", p.key, text)
	}
	return false
}

// list reads a list of single values; one value without brackets is a list of
// one.
func (r *reader) list(p pair) []string {
	seq, ok := p.value.(*ast.SequenceNode)
	if !ok {
		if text := r.scalar(p); text != "" {
			return []string{text}
		}
		return nil
	}
	var out []string
	for _, v := range seq.Values {
		if v == nil {
			continue
		}
		out = append(out, r.scalar(pair{key: p.key, value: v, behind: place(v)}))
	}
	return out
}

// unknown tells that a word is not in the language.
func (r *reader) unknown(p pair, known []string, where string) {
	r.add(p.at, flows.Fault, "onbekend", flows.Near(p.key, known), "onbekend woord '%s' in %s", p.key, where)
}

// needs tells that a word at the top of a file is missing, or has nothing behind it.
func (r *reader) needs(where, word string, have bool) {
	if !have {
		r.fault(flows.Pos{Line: 1, Col: 1}, "ontbreekt", "in %s ontbreekt '%s'", where, word)
	}
}

func keys(words []flows.Word) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w.Key
	}
	return out
}

// format1 reads the first line of every file. It reports whether this Houvast
// can read what follows.
func (r *reader) format1(ps []pair) bool {
	i := slices.IndexFunc(ps, func(p pair) bool { return p.key == "houvast" })
	if i < 0 {
		r.add(flows.Pos{Line: 1, Col: 1}, flows.Fault, "houvast", "zet bovenaan: houvast: 1", "het bestand zegt niet voor welke Houvast het is")
		return true
	}
	text := r.scalar(ps[i])
	n, err := strconv.Atoi(text)
	switch {
	case err != nil || n < 1:
		r.add(ps[i].behind, flows.Fault, "houvast", "zet bovenaan: houvast: 1", "'%s' is geen versie van Houvast", text)
	case n > flows.Format:
		r.fault(ps[i].behind, "houvast", "dit bestand is voor een nieuwere Houvast (%d); deze kent %d", n, flows.Format)
		return false
	}
	return true
}
