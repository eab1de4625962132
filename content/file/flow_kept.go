package file

import (
	"fmt"
	"reflect"

	"github.com/goccy/go-yaml/ast"

	"houvast/flows"
)

// ReadKept reads a file of kept conversations.
func ReadKept(name string, src []byte) (flows.Kept, []Finding) {
	r := &reader{file: name, where: map[string]flows.Pos{}}
	k := flows.Kept{File: name}
	body := r.parse(src)
	if body == nil {
		return k, r.found
	}
	ps := r.pairs(body, "het bestand met proeven")
	if !r.format1(ps) {
		return k, r.found
	}
	for _, p := range ps {
		r.mark(p.key, p.behind)
		switch p.key {
		case "houvast":
		case "flow":
			k.Flow = r.scalar(p)
		case "tests":
			seq, ok := p.value.(*ast.SequenceNode)
			if !ok {
				r.fault(p.behind, "vorm", "tests hoort een lijst met '- name: ...' te zijn")
				continue
			}
			for i, v := range seq.Values {
				path := fmt.Sprintf("tests.%d", i)
				r.mark(path, place(v))
				k.Tests = append(k.Tests, r.conversation(v))
			}
		default:
			r.unknown(p, []string{"houvast", "flow", "tests"}, "het bestand met proeven")
		}
	}
	r.needs("het bestand met proeven", "flow", k.Flow != "")
	_, some := r.where["tests"]
	r.needs("het bestand met proeven", "tests", some)
	k.Where = r.where
	return k, r.found
}

func (r *reader) conversation(n ast.Node) flows.Conversation {
	var c flows.Conversation
	for _, p := range r.pairs(n, "de proef") {
		switch p.key {
		case "name":
			c.Name = r.scalar(p)
		case "language":
			c.Language = r.scalar(p)
		case "given":
			c.Given = r.texts(p)
		case "script":
			for _, text := range r.list(p) {
				m, err := flows.ParseMove(text)
				if err != nil {
					r.fault(p.behind, "proef", "%v", err)
				}
				c.Script = append(c.Script, m)
			}
		case "expect":
			c.Expect = r.expect(p)
		default:
			r.unknown(p, []string{"name", "language", "given", "script", "expect"}, "de proef")
		}
	}
	if c.Name == "" {
		r.fault(place(n), "ontbreekt", "in de proef ontbreekt 'name'")
	}
	if reflect.ValueOf(c.Expect).IsZero() {
		r.fault(place(n), "proef", "de proef '%s' verwacht niets, en bewijst dus niets", c.Name)
	}
	return c
}

func (r *reader) expect(p pair) flows.Expect {
	var e flows.Expect
	known := []string{"signals", "adds", "shared", "not_shared", "heard_by", "end", "interrupt", "remembers", "schedules", "shows", "numbers"}
	for _, q := range r.pairs(p.value, "expect") {
		switch q.key {
		case "signals":
			e.Signals = r.some(q)
		case "adds":
			e.Adds = r.some(q)
		case "shared":
			e.Shared = r.some(q)
		case "not_shared":
			e.NotShared = r.some(q)
		case "schedules":
			e.Scheduled = r.some(q)
		case "shows":
			e.Shows = r.some(q)
		case "heard_by":
			e.HeardBy = r.one(q)
		case "end":
			e.End = r.one(q)
		case "interrupt":
			e.Interrupt = r.one(q)
		case "remembers":
			e.Remembered = r.texts(q)
		case "numbers":
			yes := r.yes(q)
			e.Numbers = &yes
		default:
			r.unknown(q, known, "expect")
		}
	}
	return e
}

// some is a list that may be empty: "signals: []" says that there were none.
func (r *reader) some(p pair) []string {
	if list := r.list(p); list != nil {
		return list
	}
	return []string{}
}

func (r *reader) one(p pair) *string {
	text := r.scalar(p)
	return &text
}

func (r *reader) texts(p pair) map[string]string {
	out := map[string]string{}
	for _, q := range r.pairs(p.value, p.key) {
		out[q.key] = r.scalar(q)
	}
	return out
}
