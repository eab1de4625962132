package file

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"houvast/flows"
	"houvast/scheduler"
	"houvast/signals"
)

// ReadNetwork reads a network, such as that of the invented town. It returns
// what could be read and everything that is wrong with it at once: how it is
// written, and by [signals.Network.Faults] whether everybody would be heard.
// today is for what ages, such as numbers. A network with a fault must not be
// used; [flows.Blocks] tells.
func ReadNetwork(name string, src []byte, today time.Time) (*signals.Network, []Finding) {
	r := &reader{file: name, where: make(map[string]flows.Pos, 256)}
	n := &signals.Network{}
	body := r.parse(src)
	if body != nil && r.network(n, body) {
		r.place(n.Faults(today))
	}
	// a network is written by hand and never by the editor, so its comments stay
	r.found = slices.DeleteFunc(r.found, func(f Finding) bool { return f.Code == "opmerking" })
	flows.SortFindings(r.found)
	return n, r.found
}

// place gives findings about the network their line and column: those of the
// nearest thing that stands in the file. What the reader already refused is not
// told twice.
func (r *reader) place(found []Finding) {
	for _, f := range found {
		f.File = r.file
		at, ok := r.where[f.Path]
		for path := f.Path; !ok && path != ""; at, ok = r.where[path] {
			path = path[:max(0, strings.LastIndexByte(path, '.'))]
		}
		if ok {
			f.Line, f.Col = at.Line, at.Col
		}
		told := slices.ContainsFunc(r.found, func(o Finding) bool {
			return ok && o.Level == flows.Fault && o.Line == at.Line && o.Col == at.Col
		})
		if !told {
			r.found = append(r.found, f)
		}
	}
}

// A field reads what stands behind one key.
type field = func(pair)

// fields reads a mapping of which all keys are known.
func (r *reader) fields(n ast.Node, path, what string, of map[string]field) {
	for _, p := range r.pairs(n, what) {
		at := p.key
		if path != "" {
			at = path + "." + p.key
		}
		r.mark(at, point(p))
		if read, ok := of[p.key]; ok {
			read(p)
		} else {
			r.unknown(p, slices.Sorted(maps.Keys(of)), what)
		}
	}
}

// point is where to point for a key: at its value when that is on one line.
func point(p pair) flows.Pos {
	switch v := p.value.(type) {
	case nil, *ast.NullNode, *ast.MappingValueNode:
		return p.at
	case *ast.MappingNode:
		if !v.IsFlowStyle {
			return p.at
		}
	}
	return p.behind
}

// each reads a mapping of which the keys are names somebody gave.
func (r *reader) each(path string, read func(q pair, path string)) field {
	return func(p pair) {
		for _, q := range r.pairs(p.value, path) {
			at := path + "." + q.key
			r.mark(at, q.at)
			read(q, at)
		}
	}
}

func (r *reader) into(text *string) field { return func(p pair) { *text = r.scalar(p) } }

// listInto keeps the place of every name, so that a wrong one can be pointed at.
func (r *reader) listInto(names *[]string, path string) field {
	return func(p pair) {
		*names = r.list(p)
		if seq, ok := p.value.(*ast.SequenceNode); ok {
			for i, v := range seq.Values {
				r.mark(fmt.Sprintf("%s.%d", path, i), place(v))
			}
		}
	}
}

// sequence reads a list of mappings.
func (r *reader) sequence(path string, read func(n ast.Node, path string)) field {
	return func(p pair) {
		seq, ok := p.value.(*ast.SequenceNode)
		if !ok {
			r.fault(p.behind, "vorm", "achter '%s' hoort een lijst te staan", p.key)
			return
		}
		for i, v := range seq.Values {
			at := fmt.Sprintf("%s.%d", path, i)
			r.mark(at, place(v))
			read(v, at)
		}
	}
}

// network reads the whole file. It reports whether it is for this Houvast.
func (r *reader) network(n *signals.Network, body ast.Node) bool {
	top := (&reader{}).pairs(body, "") // what is wrong with it, fields tells
	if !r.format1(top) {
		return false
	}
	for _, p := range top {
		if p.key == "zone" { // dates further on are read in it, wherever it stands
			n.Zone = r.zone(p)
		}
	}
	n.Roles = map[string]string{}
	n.Wijken = map[string]signals.Wijk{}
	n.Teams = map[string]signals.Team{}
	n.People = map[string]signals.Person{}
	n.Rules = map[signals.Kind]signals.Rule{}
	r.fields(body, "", "het netwerk", map[string]field{
		"houvast":      func(pair) {},
		"zone":         func(pair) {},
		"municipality": r.into(&n.Municipality),
		"holidays":     r.into(&n.Holidays),
		"roles":        r.each("roles", func(q pair, _ string) { n.Roles[q.key] = r.scalar(q) }),
		"numbers":      r.each("numbers", func(q pair, at string) { n.Numbers = append(n.Numbers, r.phone(q, at)) }),
		"wijken":       r.each("wijken", func(q pair, at string) { n.Wijken[q.key] = r.wijk(q, at) }),
		"teams":        r.each("teams", func(q pair, at string) { n.Teams[q.key] = r.team(q, at) }),
		"people":       r.each("people", func(q pair, at string) { n.People[q.key] = r.person(q, at, n.Zone) }),
		"signals":      r.each("signals", func(q pair, at string) { n.Rules[signals.Kind(q.key)] = r.rule(q, at) }),
	})
	return true
}

func (r *reader) zone(p pair) *time.Location {
	text := r.scalar(p)
	zone, err := time.LoadLocation(text)
	if err != nil || text == "" || text == "Local" {
		r.fault(p.behind, "tijdzone", "'%s' is geen tijdzone; schrijf Europe/Amsterdam", text)
		return nil
	}
	return zone
}

func (r *reader) phone(q pair, path string) signals.Number {
	x := signals.Number{Key: q.key}
	r.fields(q.value, path, path, map[string]field{
		"number":  r.into(&x.Number),
		"also":    r.into(&x.Also),
		"chat":    r.into(&x.Chat),
		"for":     r.into(&x.For),
		"checked": func(p pair) { x.Checked = r.date(p, time.UTC) },
	})
	return x
}

func (r *reader) wijk(q pair, path string) signals.Wijk {
	w := signals.Wijk{Key: q.key}
	r.fields(q.value, path, path, map[string]field{
		"name": r.into(&w.Name), "team": r.into(&w.Team), "reader": r.into(&w.Reader),
	})
	return w
}

func (r *reader) team(q pair, path string) signals.Team {
	t := signals.Team{Key: q.key, WordsInChannel: "none"}
	r.fields(q.value, path, path, map[string]field{
		"name":             r.into(&t.Name),
		"channel":          r.into(&t.Channel),
		"good_news":        r.into(&t.GoodNews),
		"words_in_channel": r.into(&t.WordsInChannel),
		"members":          r.listInto(&t.Members, path+".members"),
		"coordinator":      r.into(&t.Coordinator),
		"duty": r.each(path+".duty", func(d pair, _ string) {
			if _, err := scheduler.ParseDays(d.key); err != nil {
				r.fault(d.at, "dagen", "%v", err)
				return
			}
			t.Duty = t.Duty.And(r.hours(d.key, d))
		}),
		"out_of_hours": func(p pair) {
			r.fields(p.value, path+".out_of_hours", path+".out_of_hours", map[string]field{
				"text":    r.into(&t.OutOfHours),
				"numbers": r.listInto(&t.OutNumbers, path+".out_of_hours.numbers"),
			})
		},
	})
	return t
}

func (r *reader) person(q pair, path string, zone *time.Location) signals.Person {
	x := signals.Person{Key: q.key}
	r.fields(q.value, path, path, map[string]field{
		"name":          r.into(&x.Name),
		"role":          r.into(&x.Role),
		"mattermost":    r.into(&x.Mattermost),
		"for":           r.into(&x.For),
		"not_for":       r.into(&x.NotFor),
		"cover":         r.into(&x.Cover),
		"backup":        r.into(&x.Backup),
		"reserve":       r.into(&x.Reserve),
		"max_residents": func(p pair) { x.MaxResidents = r.number(p, 1) },
		"quiet":         func(p pair) { x.Quiet = r.hours("", p) },
		"days": func(p pair) {
			days, err := scheduler.ParseDays(strings.Join(r.list(p), ","))
			if err != nil {
				r.fault(p.behind, "dagen", "%v", err)
			}
			x.Days = days
		},
		"absent": r.sequence(path+".absent", func(v ast.Node, at string) {
			var a signals.Absence
			r.fields(v, at, path+".absent", map[string]field{
				"from":  func(p pair) { a.From = r.date(p, zone) },
				"until": func(p pair) { a.Until = r.date(p, zone) },
				"cover": r.into(&a.Cover),
			})
			x.Absent = append(x.Absent, a)
		}),
	})
	return x
}

func (r *reader) rule(q pair, path string) signals.Rule {
	var x signals.Rule
	r.fields(q.value, path, path, map[string]field{
		"owner":       r.into(&x.Owner),
		"read_within": func(p pair) { x.ReadWithin = r.span(p) },
		"repeat":      func(p pair) { x.Repeat = r.length(p) },
		"nudge":       func(p pair) { x.Nudge = r.length(p) },
		"steps": r.sequence(path+".steps", func(v ast.Node, at string) {
			var s signals.EscalationStep
			r.fields(v, at, path+".steps", map[string]field{
				"after": func(p pair) { s.After = r.span(p) },
				"to":    r.into(&s.To),
				"tell":  r.into(&s.Tell),
			})
			x.Steps = append(x.Steps, s)
		}),
		"after_taken_up": func(p pair) {
			r.fields(p.value, path+".after_taken_up", path+".after_taken_up", map[string]field{
				"ask_owner":    func(p pair) { x.AskOwner = r.length(p) },
				"back_to_team": func(p pair) { x.BackToTeam = r.length(p) },
			})
		},
	})
	return x
}

func (r *reader) hours(days string, p pair) scheduler.Hours {
	h, err := scheduler.ParseHours(days, r.scalar(p))
	if err != nil {
		r.fault(p.behind, "uren", "%v", err)
	}
	return h
}

// longest is the longest agreement: nobody should wait for people for more than a month.
const longest = 31 * 24 * time.Hour

// length reads a length in minutes, hours or days.
func (r *reader) length(p pair) time.Duration {
	text := r.scalar(p)
	d, ok := flows.ParseDuration(text)
	if !ok || d < time.Minute || d > longest {
		r.add(p.behind, flows.Fault, "duur", "schrijf 10m, 4h of 3d", "'%s' is geen tijd", text)
		return 0
	}
	return d
}

// span reads a length of time as people agree on it: also in working days.
func (r *reader) span(p pair) signals.Span {
	text := r.scalar(p)
	if text == "next_working_morning" {
		return signals.Span{NextMorning: true}
	}
	count, unit, _ := strings.Cut(text, " ")
	if unit == "werkdag" || unit == "werkdagen" {
		if n, err := strconv.Atoi(count); err == nil && n >= 1 && n <= 30 {
			return signals.Span{WorkingDays: n}
		}
	}
	d, ok := flows.ParseDuration(text)
	if !ok || d < time.Minute || d > longest {
		r.add(p.behind, flows.Fault, "duur", "schrijf 10m, 4h, 1 werkdag of next_working_morning", "'%s' is geen tijd", text)
		return signals.Span{}
	}
	return signals.Span{For: d}
}

// date reads a day, or a day and a time, on the wall clock of zone.
func (r *reader) date(p pair, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	text := r.scalar(p)
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t
		}
	}
	r.add(p.behind, flows.Fault, "datum", "schrijf 2026-11-01", "'%s' is geen datum", text)
	return time.Time{}
}
