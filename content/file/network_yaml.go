package file

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"houvast/signals"
)

type netReader struct {
	file  string
	found []signals.Fault
	where map[string]spot
}

type spot struct{ line, col int }

type netPair struct {
	key    string
	at     spot // of the key
	value  ast.Node
	behind spot // of the value
}

func (r *netReader) fault(at spot, code, text string, args ...any) {
	r.found = append(r.found, signals.Fault{File: r.file, Line: at.line, Col: at.col, Code: code, Text: fmt.Sprintf(text, args...)})
}

func (r *netReader) parse(src []byte) (body ast.Node) {
	defer func() {
		if p := recover(); p != nil {
			r.fault(spot{1, 1}, "yaml", "dit bestand kan niet gelezen worden")
			body = nil
		}
	}()
	f, err := parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		at := spot{1, 1}
		var placed interface{ GetToken() *token.Token }
		if errors.As(err, &placed) {
			at = spotOf(placed.GetToken())
		}
		r.fault(at, "yaml", "vanaf hier kan het bestand niet gelezen worden; kijk naar de spaties, de dubbele punten en de aanhalingstekens")
		return nil
	}
	for _, doc := range f.Docs {
		if doc.Body != nil {
			return doc.Body
		}
	}
	r.fault(spot{1, 1}, "leeg", "het bestand is leeg")
	return nil
}

func spotOf(t *token.Token) spot {
	if t == nil || t.Position == nil {
		return spot{1, 1}
	}
	return spot{t.Position.Line, t.Position.Column}
}

func (r *netReader) pairs(n ast.Node, what string) []netPair {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		at := spot{1, 1}
		if n != nil {
			at = spotOf(n.GetToken())
		}
		r.fault(at, "vorm", "%s hoort uit regels met 'naam: waarde' te bestaan", what)
		return nil
	}
	var out []netPair
	for _, v := range values {
		p := netPair{key: v.Key.GetToken().Value, at: spotOf(v.Key.GetToken()), value: v.Value}
		p.behind = p.at
		if v.Value != nil {
			p.behind = spotOf(v.Value.GetToken())
		}
		if slices.ContainsFunc(out, func(o netPair) bool { return o.key == p.key }) {
			r.fault(p.at, "dubbel", "'%s' staat twee keer in %s", p.key, what)
			continue
		}
		out = append(out, p)
	}
	return out
}

func (r *netReader) scalar(p netPair) string {
	switch v := p.value.(type) {
	case nil, *ast.NullNode:
		return ""
	case *ast.StringNode:
		return strings.TrimSpace(v.Value)
	case *ast.LiteralNode:
		return strings.TrimSpace(v.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return v.GetToken().Value
	}
	r.fault(p.behind, "vorm", "achter '%s' hoort één waarde te staan", p.key)
	return ""
}

func (r *netReader) list(p netPair) []string {
	seq, ok := p.value.(*ast.SequenceNode)
	if !ok {
		if text := r.scalar(p); text != "" {
			return []string{text}
		}
		return nil
	}
	var out []string
	for _, v := range seq.Values {
		out = append(out, r.scalar(netPair{key: p.key, value: v, behind: spotOf(v.GetToken())}))
	}
	return out
}

func (r *netReader) unknown(p netPair, where string) {
	r.fault(p.at, "onbekend", "onbekend woord '%s' in %s", p.key, where)
}
