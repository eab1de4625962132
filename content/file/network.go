package file

import (
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"houvast/scheduler"
	"houvast/signals"
)

// ReadNetwork reads a network. It returns what could be read, and everything
// that is wrong with it at once; today is for what ages, such as numbers.
func ReadNetwork(name string, src []byte, today time.Time) (*signals.Network, []signals.Fault) {
	r := &netReader{file: name, where: map[string]spot{}}
	n := &signals.Network{}
	if body := r.parse(src); body != nil {
		r.network(n, body)
	}
	return n, r.found
}

func (r *netReader) network(n *signals.Network, body ast.Node) {
	for _, p := range r.pairs(body, "het netwerk") {
		r.where[p.key] = p.at
		switch p.key {
		case "houvast":
		case "municipality":
			n.Municipality = r.scalar(p)
		case "zone":
			zone, err := time.LoadLocation(r.scalar(p))
			if err != nil {
				r.fault(p.behind, "zone", "'%s' is geen tijdzone; schrijf Europe/Amsterdam", r.scalar(p))
				break
			}
			n.Zone = zone
		case "holidays":
			n.Holidays = r.scalar(p)
		case "roles":
			n.Roles = map[string]string{}
			for _, q := range r.pairs(p.value, "roles") {
				n.Roles[q.key] = r.scalar(q)
			}
		case "numbers":
			for _, q := range r.pairs(p.value, "numbers") {
				n.Numbers = append(n.Numbers, r.number(q, "numbers."+q.key))
			}
		case "wijken":
			n.Wijken = map[string]signals.Wijk{}
			for _, q := range r.pairs(p.value, "wijken") {
				n.Wijken[q.key] = r.wijk(q, "wijken."+q.key)
			}
		case "teams":
			n.Teams = map[string]signals.Team{}
			for _, q := range r.pairs(p.value, "teams") {
				n.Teams[q.key] = r.team(q, "teams."+q.key)
			}
		case "people":
			n.People = map[string]signals.Person{}
			for _, q := range r.pairs(p.value, "people") {
				n.People[q.key] = r.person(q, "people."+q.key, n)
			}
		case "signals":
			n.Rules = map[signals.Kind]signals.Rule{}
			for _, q := range r.pairs(p.value, "signals") {
				n.Rules[signals.Kind(q.key)] = r.rule(q, "signals."+q.key)
			}
		default:
			r.unknown(p, "het netwerk")
		}
	}
}

func (r *netReader) number(q netPair, path string) signals.Number {
	x := signals.Number{Key: q.key}
	for _, p := range r.pairs(q.value, path) {
		r.where[path+"."+p.key] = p.behind
		switch p.key {
		case "number":
			x.Number = r.scalar(p)
		case "also":
			x.Also = r.scalar(p)
		case "chat":
			x.Chat = r.scalar(p)
		case "for":
			x.For = r.scalar(p)
		case "checked":
			x.Checked = r.date(p, time.UTC)
		default:
			r.unknown(p, path)
		}
	}
	return x
}

func (r *netReader) wijk(q netPair, path string) signals.Wijk {
	w := signals.Wijk{Key: q.key}
	for _, p := range r.pairs(q.value, path) {
		r.where[path+"."+p.key] = p.behind
		switch p.key {
		case "name":
			w.Name = r.scalar(p)
		case "team":
			w.Team = r.scalar(p)
		case "reader":
			w.Reader = r.scalar(p)
		default:
			r.unknown(p, path)
		}
	}
	return w
}

func (r *netReader) team(q netPair, path string) signals.Team {
	t := signals.Team{Key: q.key, WordsInChannel: "none"}
	for _, p := range r.pairs(q.value, path) {
		r.where[path+"."+p.key] = p.behind
		switch p.key {
		case "name":
			t.Name = r.scalar(p)
		case "channel":
			t.Channel = r.scalar(p)
		case "good_news":
			t.GoodNews = r.scalar(p)
		case "words_in_channel":
			t.WordsInChannel = r.scalar(p)
		case "members":
			t.Members = r.list(p)
		case "duty":
			for _, d := range r.pairs(p.value, path+".duty") {
				h, err := scheduler.ParseHours(d.key, r.scalar(d))
				if err != nil {
					r.fault(d.at, "uren", "%v", err)
				}
				t.Duty = t.Duty.And(h)
			}
		case "out_of_hours":
			for _, d := range r.pairs(p.value, path+".out_of_hours") {
				r.where[path+".out_of_hours."+d.key] = d.behind
				switch d.key {
				case "text":
					t.OutOfHours = r.scalar(d)
				case "numbers":
					t.OutNumbers = r.list(d)
				default:
					r.unknown(d, path+".out_of_hours")
				}
			}
		case "coordinator":
			t.Coordinator = r.scalar(p)
		default:
			r.unknown(p, path)
		}
	}
	return t
}

func (r *netReader) person(q netPair, path string, n *signals.Network) signals.Person {
	x := signals.Person{Key: q.key}
	for _, p := range r.pairs(q.value, path) {
		r.where[path+"."+p.key] = p.behind
		switch p.key {
		case "name":
			x.Name = r.scalar(p)
		case "role":
			x.Role = r.scalar(p)
		case "mattermost":
			x.Mattermost = r.scalar(p)
		case "days":
			d, err := scheduler.ParseDays(strings.Join(r.list(p), ", "))
			if err != nil {
				r.fault(p.behind, "dagen", "%v", err)
			}
			x.Days = d
		case "for":
			x.For = r.scalar(p)
		case "not_for":
			x.NotFor = r.scalar(p)
		case "cover":
			x.Cover = r.scalar(p)
		case "backup":
			x.Backup = r.scalar(p)
		case "reserve":
			x.Reserve = r.scalar(p)
		case "max_residents":
			x.MaxResidents = r.whole(p)
		case "quiet":
			h, err := scheduler.ParseHours("", r.scalar(p))
			if err != nil {
				r.fault(p.behind, "uren", "%v", err)
			}
			x.Quiet = h
		case "absent":
			seq, ok := p.value.(*ast.SequenceNode)
			if !ok {
				r.fault(p.behind, "vorm", "achter 'absent' hoort een lijst te staan")
				break
			}
			for i, v := range seq.Values {
				x.Absent = append(x.Absent, r.absence(v, path+".absent."+strconv.Itoa(i), n.Zone))
			}
		default:
			r.unknown(p, path)
		}
	}
	return x
}

func (r *netReader) absence(v ast.Node, path string, zone *time.Location) signals.Absence {
	var a signals.Absence
	for _, p := range r.pairs(v, path) {
		r.where[path+"."+p.key] = p.behind
		switch p.key {
		case "from":
			a.From = r.date(p, zone)
		case "until":
			a.Until = r.date(p, zone)
		case "cover":
			a.Cover = r.scalar(p)
		default:
			r.unknown(p, path)
		}
	}
	return a
}

func (r *netReader) rule(q netPair, path string) signals.Rule {
	var x signals.Rule
	for _, p := range r.pairs(q.value, path) {
		r.where[path+"."+p.key] = p.behind
		switch p.key {
		case "owner":
			x.Owner = r.scalar(p)
		case "read_within":
			x.ReadWithin = r.span(p)
		case "repeat":
			x.Repeat = r.span(p).For
		case "nudge":
			x.Nudge = r.span(p).For
		case "steps":
			seq, ok := p.value.(*ast.SequenceNode)
			if !ok {
				r.fault(p.behind, "vorm", "achter 'steps' hoort een lijst te staan")
				break
			}
			for i, v := range seq.Values {
				x.Steps = append(x.Steps, r.step(v, path+".steps."+strconv.Itoa(i)))
			}
		case "after_taken_up":
			for _, d := range r.pairs(p.value, path+".after_taken_up") {
				r.where[path+".after_taken_up."+d.key] = d.behind
				switch d.key {
				case "ask_owner":
					x.AskOwner = r.span(d).For
				case "back_to_team":
					x.BackToTeam = r.span(d).For
				default:
					r.unknown(d, path+".after_taken_up")
				}
			}
		default:
			r.unknown(p, path)
		}
	}
	return x
}

func (r *netReader) step(v ast.Node, path string) signals.EscalationStep {
	var s signals.EscalationStep
	for _, p := range r.pairs(v, path) {
		r.where[path+"."+p.key] = p.behind
		switch p.key {
		case "after":
			s.After = r.span(p)
		case "to":
			s.To = r.scalar(p)
		case "tell":
			s.Tell = r.scalar(p)
		default:
			r.unknown(p, path)
		}
	}
	return s
}

// span reads a length of time as people agree on it.
func (r *netReader) span(p netPair) signals.Span {
	text := r.scalar(p)
	if text == "next_working_morning" {
		return signals.Span{NextMorning: true}
	}
	if count, unit, ok := strings.Cut(text, " "); ok && (unit == "werkdag" || unit == "werkdagen") {
		if n, err := strconv.Atoi(count); err == nil && n >= 1 && n <= 30 {
			return signals.Span{WorkingDays: n}
		}
	}
	units := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}
	if len(text) > 1 {
		if n, err := strconv.Atoi(text[:len(text)-1]); err == nil && n > 0 && n < 1000 && units[text[len(text)-1]] > 0 {
			return signals.Span{For: time.Duration(n) * units[text[len(text)-1]]}
		}
	}
	r.fault(p.behind, "duur", "'%s' is geen duur; schrijf 10m, 4h, 3d, 1 werkdag of next_working_morning", text)
	return signals.Span{}
}

func (r *netReader) date(p netPair, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	text := r.scalar(p)
	t, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		r.fault(p.behind, "datum", "'%s' is geen datum; schrijf 2026-11-01", text)
	}
	return t
}

func (r *netReader) whole(p netPair) int {
	n, err := strconv.Atoi(r.scalar(p))
	if err != nil {
		r.fault(p.behind, "getal", "achter '%s' hoort een getal te staan, geen '%s'", p.key, r.scalar(p))
	}
	return n
}
