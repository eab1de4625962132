package check

import (
	"slices"
	"strings"

	"houvast/flows"
)

// help is the key proof: whoever presses a button marked bad or risky cannot
// come to an end without a signal, a contact, a handoff or the crisis card,
// whatever they answer next and also when they answer nothing more.
func (c *checker) help() {
	unhelped := c.unhelped()
	for _, id := range c.ids {
		s := c.steps[id]
		if !unhelped[id] {
			continue // nobody gets here, or everybody was helped before
		}
		for i := range s.Buttons {
			b := &s.Buttons[i]
			if !b.Bad && !b.Risk {
				continue
			}
			known, nexts := map[string]string{}, []string{b.Next}
			if s.Kind == flows.KindChoice {
				known[s.Save] = b.ID
			} else {
				// Of several answers this is one: whoever gave it may still press done,
				// take it back, or say nothing more.
				nexts = nil
				for _, r := range c.roads[s.ID] {
					nexts = append(nexts, r.To)
				}
			}
			for _, next := range nexts {
				if way := c.helpless(c.to(next), known); way != nil {
					c.fault("geen_hulp", "steps."+id+".buttons."+b.ID, "laat elke weg langs een signaal, contact of interrupt: crisis gaan, ook bij geen antwoord",
						"na '%s' kan het gesprek eindigen zonder signaal, mens of crisiskaart: %s", b.Label, strings.Join(way, " → "))
					break
				}
			}
		}
	}
}

// unhelped lists the steps that can be reached without help on the way.
func (c *checker) unhelped() map[string]bool {
	seen := map[string]bool{}
	var walk func(id string)
	walk = func(id string) {
		s := c.steps[id]
		if s == nil || seen[id] {
			return
		}
		seen[id] = true
		for _, r := range c.roads[s.ID] {
			if !c.helpsOn(s, r) {
				walk(c.to(r.To))
			}
		}
	}
	walk(c.to(c.d.Start))
	return seen
}

// helpsOn reports whether going on from s by road r has brought help.
func (c *checker) helpsOn(s *flows.Step, r flows.Road) bool {
	switch s.Kind {
	case flows.KindSignal:
		return c.alarms(s)
	case flows.KindHandoff:
		return true
	case flows.KindContact:
		return !r.Silent
	case flows.KindCall:
		return c.helps(s.Of)
	}
	return false
}

// alarms reports whether a signal step surely brings somebody who helps. Good
// news does not, and neither does what the resident may keep from everybody.
func (c *checker) alarms(s *flows.Step) bool {
	if s.Of == flows.SignalGoodNews || s.Of == flows.SignalPractical {
		return false
	}
	q := c.saves[s.HeardBy]
	if q == nil {
		return true
	}
	return !slices.ContainsFunc(q.Buttons, func(b flows.Choice) bool { return b.ID == "nobody" && c.reaches(c.to(b.Next), s.ID) })
}

// helpless finds a way from a step to an end without help, given what is known
// of the answers, or nil. The way is told in answers, for the coordinator.
func (c *checker) helpless(from string, known map[string]string) []string {
	seen := map[string]bool{}
	var walk func(id string, known map[string]string) []string
	walk = func(id string, known map[string]string) []string {
		s := c.steps[id]
		key := id + "\x00" + knownKey(known)
		if s == nil || seen[key] {
			return nil // a missing step has its own finding
		}
		seen[key] = true
		switch s.Kind {
		case flows.KindEnd:
			return []string{s.ID}
		case flows.KindInterrupt:
			if s.Of == flows.CrisisCard || c.helps(s.Of) {
				return nil
			}
			return []string{s.ID}
		}
		for _, r := range c.roads[s.ID] {
			if r.Row != nil {
				v := judge(r.Row.If, known)
				if v == surelyNot {
					continue
				}
				if way := walk(c.to(r.To), known); way != nil {
					return append([]string{s.ID}, way...)
				}
				if v == surely {
					break
				}
				continue
			}
			if c.helpsOn(s, r) {
				continue
			}
			if s.Kind == flows.KindCall && c.loses(s.Of) {
				return []string{s.ID, s.Of}
			}
			if way := walk(c.to(r.To), c.after(s, r, known)); way != nil {
				step := s.ID
				if r.Silent {
					step += " (geen antwoord)"
				}
				return append([]string{step}, way...)
			}
		}
		return nil
	}
	return walk(from, known)
}

// after is what is still known when s was left by road r.
func (c *checker) after(s *flows.Step, r flows.Road, known map[string]string) map[string]string {
	var forget []string
	switch {
	case s.Save != "":
		forget = append(forget, s.Save)
	case s.Kind == flows.KindSet:
		forget = append(forget, s.Of)
	case s.Kind == flows.KindCall:
		forget = c.sets(s.Of)
	}
	if !slices.ContainsFunc(forget, func(name string) bool { _, ok := known[name]; return ok }) {
		return known
	}
	out := map[string]string{}
	for name, v := range known {
		if !slices.Contains(forget, name) {
			out[name] = v
		}
	}
	if s.Kind == flows.KindChoice && r.Choice != nil && r.Choice != s.Skip {
		out[s.Save] = r.Choice.ID
	}
	return out
}

func knownKey(known map[string]string) string {
	var b strings.Builder
	for _, name := range sortedKeys(known) {
		b.WriteString(name + "=" + known[name] + ";")
	}
	return b.String()
}

// A verdict is what can be said of a condition when not every answer is known.
type verdict int

const (
	surelyNot verdict = iota
	perhaps
	surely
)

func judge(cond flows.Condition, known map[string]string) verdict {
	if len(cond.Clauses) == 0 {
		return surely
	}
	all, any := surely, surelyNot
	for i := range cond.Clauses {
		cl := &cond.Clauses[i]
		v := perhaps
		if value, ok := known[cl.Name]; ok {
			v = surelyNot
			if cl.Holds(value) {
				v = surely
			}
		}
		all, any = min(all, v), max(any, v)
	}
	if cond.Any {
		return any
	}
	return all
}
