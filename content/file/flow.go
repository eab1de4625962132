package file

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"houvast/flows"
)

// ReadFlow reads one flow. It returns what could be read, and everything that is
// wrong with how it is written; whether the conversation is safe to have is for
// [houvast/flows/check.Flow] to say.
func ReadFlow(name string, src []byte) (flows.Draft, []Finding) {
	r := &reader{file: name, where: make(map[string]flows.Pos, 256)}
	var d flows.Draft
	if body := r.parse(src); body != nil {
		d = r.flow(body)
	}
	d.Where = r.where
	for i := range r.found {
		r.found[i].Flow = d.ID
	}
	return d, r.found
}

func (r *reader) flow(body ast.Node) flows.Draft {
	var d flows.Draft
	ps := r.pairs(body, "de flow")
	if !r.format1(ps) {
		return d
	}
	words := flows.Head()
	for _, p := range ps {
		r.mark(p.key, p.behind)
		switch p.key {
		case "houvast":
		case "flow":
			d.ID = r.scalar(p)
		case "title":
			d.Title = r.scalar(p)
		case "about":
			d.About = r.scalar(p)
		case "note":
			d.Note = r.scalar(p)
		case "owner":
			d.Owner = r.scalar(p)
		case "reviewer":
			d.Reviewer = r.scalar(p)
		case "reviewed":
			d.Reviewed = r.scalar(p)
		case "language":
			d.Language = r.scalar(p)
		case "languages":
			d.Languages = r.list(p)
		case "start":
			d.Start = r.scalar(p)
		case "trigger":
			d.Trigger = r.trigger(p)
		case "uses":
			d.Uses = r.list(p)
		case "remember":
			d.Remember = r.remember(p)
		case "patient":
			d.Patient = r.yes(p)
		case "waiting":
			d.Waiting = r.waiting(p, "waiting")
		case "steps":
			for _, q := range r.pairs(p.value, "steps") {
				d.Steps = append(d.Steps, r.step(q))
			}
		default:
			r.unknown(p, keys(words), "de flow")
		}
	}
	r.must(ps, words, flows.Pos{Line: 1, Col: 1}, "de flow")
	return d
}

// must tells which words are missing.
func (r *reader) must(ps []pair, words []flows.Word, at flows.Pos, where string) {
	for _, w := range words {
		// houvast has a finding of its own; a missing next is a dead end, which the checks explain better
		if !w.Must || w.Key == "houvast" || w.Key == "next" || w.Key == "else" || w.Key == "tell" {
			continue
		}
		if !slices.ContainsFunc(ps, func(p pair) bool { return p.key == w.Key }) {
			r.fault(at, "ontbreekt", "in %s ontbreekt '%s'", where, w.Key)
		}
	}
}

func (r *reader) trigger(p pair) *flows.Trigger {
	t := &flows.Trigger{}
	ps := r.pairs(p.value, "trigger")
	for _, q := range ps {
		r.mark("trigger."+q.key, q.behind)
		switch q.key {
		case "every":
			t.Every = r.scalar(q)
		case "on":
			t.On = r.scalar(q)
		case "at":
			t.At = r.scalar(q)
		case "spread":
			t.Spread = r.duration(q)
		default:
			r.unknown(q, []string{"every", "on", "at", "spread"}, "trigger")
		}
	}
	return t
}

func (r *reader) remember(p pair) []flows.Remembered {
	var out []flows.Remembered
	for _, q := range r.pairs(p.value, "remember") {
		path := "remember." + q.key
		r.mark(path, q.at)
		m := flows.Remembered{Name: q.key}
		for _, x := range r.pairs(q.value, "remember '"+q.key+"'") {
			r.mark(path+"."+x.key, x.behind)
			switch x.key {
			case "type":
				m.Type = r.scalar(x)
			case "default":
				m.Default = r.scalar(x)
			case "keep":
				m.Keep = r.duration(x)
			default:
				r.unknown(x, []string{"type", "default", "keep"}, "remember '"+q.key+"'")
			}
		}
		out = append(out, m)
	}
	return out
}

func (r *reader) duration(p pair) time.Duration {
	text := r.scalar(p)
	d, ok := flows.ParseDuration(text)
	if !ok {
		r.add(p.behind, flows.Fault, "tijd", "schrijf 30m, 22h of 90d", "'%s' is geen tijd", text)
		return time.Hour // some time was meant; that it is none is told
	}
	return d
}

func (r *reader) waiting(p pair, path string) *flows.Waiting {
	w := &flows.Waiting{}
	for _, q := range r.pairs(p.value, "waiting") {
		r.mark(path+"."+q.key, q.behind)
		switch q.key {
		case "remind_after":
			w.RemindAfter = r.duration(q)
		case "remind_text":
			w.RemindText = r.scalar(q)
		case "give_up_after":
			w.GiveUpAfter = r.duration(q)
		case "then":
			w.Then = r.scalar(q)
		default:
			r.unknown(q, []string{"remind_after", "remind_text", "give_up_after", "then"}, "waiting")
		}
	}
	return w
}

// verb finds out what a step does. Exactly one of its words must be a verb.
func (r *reader) verb(q pair, ps []pair) (flows.Verb, bool) {
	var found *pair
	for i, p := range ps {
		if !slices.Contains(verbs, p.key) {
			continue
		}
		if found != nil {
			r.fault(p.at, "twee_soorten", "stap '%s' is '%s' en '%s' tegelijk", q.key, found.key, p.key)
			continue
		}
		found = &ps[i]
	}
	if found == nil {
		hint := "begin met een van: " + strings.Join(verbs, ", ")
		for _, p := range ps {
			if near := flows.Near(p.key, verbs); near != "" {
				hint = near
				break
			}
		}
		r.add(q.at, flows.Fault, "geen_soort", hint, "stap '%s' zegt niet wat er moet gebeuren", q.key)
		r.cause("steps." + q.key)
		return flows.Verb{}, false
	}
	of := found.key
	if found.key == "ask" {
		of = r.scalar(*found)
	}
	var kinds []string
	for _, v := range flows.Verbs() {
		if v.Key != found.key {
			continue
		}
		if v.Key != "ask" || string(v.Kind) == of {
			return v, true
		}
		kinds = append(kinds, string(v.Kind))
	}
	r.add(found.behind, flows.Fault, "soort", orElse(flows.Near(of, kinds), "kies uit: "+strings.Join(kinds, ", ")),
		"stap '%s': '%s' is geen soort vraag", q.key, of)
	r.cause("steps." + q.key)
	return flows.Verb{}, false
}

func (r *reader) step(q pair) flows.Step {
	s := flows.Step{ID: q.key}
	path := "steps." + q.key
	r.mark(path, q.at)
	where := "stap '" + q.key + "'"
	ps := r.pairs(q.value, where)
	v, ok := r.verb(q, ps)
	if !ok {
		return s
	}
	s.Kind = v.Kind
	known := append([]string{v.Key, "note"}, keys(v.Words)...)
	for _, p := range ps {
		if !slices.Contains(known, p.key) {
			if !slices.Contains(verbs, p.key) { // a second verb has its own finding
				r.unknown(p, known, where)
			}
			continue
		}
		r.mark(path+"."+p.key, p.behind)
		if p.key == v.Key {
			switch v.Kind {
			case flows.KindSay:
				s.Text = r.scalar(p)
			case flows.KindBranch:
				s.Rows = r.rows(p, path+".branch")
			case flows.KindChoice, flows.KindMulti, flows.KindScale, flows.KindOpen:
			default:
				s.Of = r.scalar(p)
			}
			continue
		}
		r.field(&s, p, path+"."+p.key)
	}
	r.must(ps, v.Words, q.at, where)
	return s
}

// verbs are the words a step can begin with, each once.
var verbs = func() []string {
	var names []string
	for _, v := range flows.Verbs() {
		if !slices.Contains(names, v.Key) {
			names = append(names, v.Key)
		}
	}
	return names
}()

func (r *reader) field(s *flows.Step, p pair, path string) {
	switch p.key {
	case "note":
		s.Note = r.scalar(p)
	case "text":
		s.Text = r.scalar(p)
	case "tell":
		s.Tell = r.scalar(p)
	case "media":
		s.Media = r.scalar(p)
	case "alt":
		s.Alt = r.scalar(p)
	case "numbers":
		s.Numbers = r.yes(p)
	case "save":
		s.Save = r.scalar(p)
	case "buttons":
		told := len(r.found)
		ps := r.pairs(p.value, "buttons")
		if len(ps) == 0 && len(r.found) > told {
			r.cause(path)
		}
		for _, q := range ps {
			s.Buttons = append(s.Buttons, r.button(q, path+"."+q.key))
		}
	case "skip":
		b := r.button(pair{key: "skip", at: p.at, value: p.value, behind: p.behind}, path)
		s.Skip = &b
	case "done":
		s.Done = r.scalar(p)
	case "from":
		s.From = r.number(p, 0)
	case "to":
		if s.Kind == flows.KindSet {
			s.Value = flows.ParseValue(r.scalar(p))
		} else {
			s.To = r.number(p, s.From+1)
		}
	case "low":
		s.Low = r.scalar(p)
	case "high":
		s.High = r.scalar(p)
	case "accept":
		s.Accept = r.list(p)
	case "else":
		s.Else = r.scalar(p)
	case "share":
		for i, text := range r.list(p) {
			s.Share = append(s.Share, r.share(p, i, fmt.Sprintf("%s.%d", path, i), text))
		}
	case "heard_by":
		s.HeardBy = r.scalar(p)
	case "when":
		s.When = r.list(p)
	case "how":
		s.How = r.list(p)
	case "labels":
		for _, q := range r.pairs(p.value, "labels") {
			r.mark(path+"."+q.key, q.behind)
			s.Labels = append(s.Labels, flows.Label{ID: q.key, Text: r.scalar(q)})
		}
	case "in":
		s.In = r.duration(p)
	case "at":
		s.At = r.scalar(p)
	case "give_back_after":
		s.GiveBackAfter = r.duration(p)
	case "waiting":
		s.Waiting = r.waiting(p, path)
	case "next":
		s.Next = r.scalar(p)
	}
}

func (r *reader) button(q pair, path string) flows.Choice {
	r.mark(path, q.at)
	b := flows.Choice{ID: q.key}
	where := "knop '" + q.key + "'"
	known := []string{"label", "mood", "risk", "next"}
	if q.key == "skip" {
		where, known = "skip", []string{"label", "next"}
	}
	for _, p := range r.pairs(q.value, where) {
		r.mark(path+"."+p.key, p.behind)
		switch {
		case !slices.Contains(known, p.key):
			r.unknown(p, known, where)
		case p.key == "label":
			b.Label = r.scalar(p)
		case p.key == "next":
			b.Next = r.scalar(p)
		case p.key == "risk":
			b.Risk = r.yes(p)
		case p.key == "mood":
			mood := r.scalar(p)
			if b.Bad = mood == "bad"; !b.Bad {
				r.add(p.behind, flows.Fault, "stemming", orElse(flows.Near(mood, []string{"bad"}), "schrijf mood: bad, of laat het weg"), "'%s' is geen mood", mood)
			}
		}
	}
	return b
}

func (r *reader) rows(p pair, path string) []flows.Row {
	seq, ok := p.value.(*ast.SequenceNode)
	if !ok {
		r.fault(p.behind, "vorm", "branch hoort een lijst met '- if: ...' te zijn")
		return nil
	}
	var out []flows.Row
	for i, v := range seq.Values {
		if v == nil {
			continue
		}
		at := fmt.Sprintf("%s.%d", path, i)
		r.mark(at, place(v))
		var row flows.Row
		ps := r.pairs(v, "branch")
		for _, q := range ps {
			r.mark(at+"."+q.key, q.behind)
			switch q.key {
			case "if":
				row.If = r.condition(q, r.scalar(q))
			case "next":
				row.Next = r.scalar(q)
			default:
				r.unknown(q, []string{"if", "next"}, "branch")
			}
		}
		if !slices.ContainsFunc(ps, func(q pair) bool { return q.key == "if" }) {
			r.fault(place(v), "ontbreekt", "in een regel van branch ontbreekt 'if'")
		}
		out = append(out, row)
	}
	return out
}

func (r *reader) condition(p pair, text string) flows.Condition {
	c, err := flows.ParseCondition(text)
	if err != nil {
		r.fault(p.behind, "voorwaarde", "%v", err)
	}
	return c
}

// share reads the i-th of what a signal or contact carries.
func (r *reader) share(p pair, i int, path, text string) flows.Share {
	at := p.behind
	if seq, ok := p.value.(*ast.SequenceNode); ok && i < len(seq.Values) && seq.Values[i] != nil {
		at = place(seq.Values[i])
	}
	r.mark(path, at)
	name, cond, found := strings.Cut(text, " if ")
	s := flows.Share{Name: strings.TrimSpace(name)}
	if found {
		s.If = r.condition(pair{key: "share", behind: at}, cond)
	}
	return s
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
