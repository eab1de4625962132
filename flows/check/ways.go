package check

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"houvast/flows"
)

// How much a conversation may ask.
const (
	manyQuestions = 8
	longSilence   = 50 // steps in a row without a question
	manyTurns     = 10 // times round the same questions
	longTalk      = 5  // minutes
)

// ways checks every way through the flow: what is never reached, what never
// ends, what goes round, what is read before it was asked.
func (c *checker) ways() {
	seen := c.from(c.to(c.d.Start))
	for _, id := range c.ids {
		if !seen[id] && c.readable() {
			c.warn("onbereikbaar", "steps."+id, "laat hem weg, of laat er een antwoord heen gaan", "geen enkel antwoord komt ooit bij stap '%s'", id)
		}
	}
	if w := c.d.Waiting; w != nil && w.Then != "" && c.steps[w.Then] == nil {
		c.fault("doel", "waiting.then", flows.Near(w.Then, c.ids), "wie niet antwoordt gaat naar '%s', maar die stap is er niet", w.Then)
	}
	if !c.silentRing() && !c.endless(seen) {
		c.rings()
	}
	c.patient(seen)
	c.askedBefore(seen)
	c.hiddenRows()
	if n := c.longest(questions); n > manyQuestions {
		c.warn("veel_vragen", "start", "knip de flow in tweeën", "iemand kan hier %d vragen achter elkaar krijgen; %d is veel", n, manyQuestions)
	} else if minutes := c.longest(seconds) / 60; minutes > longTalk {
		c.warn("veel_vragen", "start", "knip de flow in tweeën", "dit gesprek kan %d minuten duren; %d is lang", minutes, longTalk)
	}
	c.silentStretch(seen)
}

// readable reports whether it is known of every step what it does.
func (c *checker) readable() bool {
	return !slices.ContainsFunc(c.d.Steps, func(s flows.Step) bool { return s.Kind == "" })
}

func questions(s *flows.Step) int {
	switch {
	case s.Kind == flows.KindContact:
		return len(s.Parts())
	case s.Asks():
		return 1
	}
	return 0
}

// from lists every step that can be reached.
func (c *checker) from(start string) map[string]bool {
	seen := map[string]bool{}
	var walk func(id string)
	walk = func(id string) {
		s := c.steps[id]
		if s == nil || seen[id] {
			return
		}
		seen[id] = true
		for _, r := range c.roads[s.ID] {
			walk(c.to(r.To))
		}
	}
	walk(start)
	return seen
}

// endless finds steps from which no conversation ever ends.
func (c *checker) endless(seen map[string]bool) bool {
	back := map[string][]string{}
	for _, id := range c.ids {
		for _, r := range c.roads[id] {
			back[c.to(r.To)] = append(back[c.to(r.To)], id)
		}
	}
	ends := map[string]bool{}
	var up func(id string)
	up = func(id string) {
		if !ends[id] {
			ends[id] = true
			for _, b := range back[id] {
				up(b)
			}
		}
	}
	for _, id := range c.ids {
		s := c.steps[id]
		// A step that goes nowhere has its own finding; it is not told twice.
		open := s.Kind == "" || slices.ContainsFunc(c.roads[s.ID], func(r flows.Road) bool { return c.steps[c.to(r.To)] == nil })
		if s.Kind == flows.KindEnd || s.Kind == flows.KindInterrupt || open {
			up(id)
		}
	}
	for _, id := range c.ids {
		if seen[id] && !ends[id] {
			c.fault("geen_einde", "steps."+id, "laat een antwoord naar een end gaan", "vanaf stap '%s' komt het gesprek nooit bij een einde", id)
			return true // the others lead here or from here
		}
	}
	return false
}

// rings finds steps that lead back to themselves by way of a question. Somebody
// can be asked the same for ever there, unless something counts the turns.
func (c *checker) rings() {
	for _, part := range c.rounds(c.ids, nil) {
		ring, path := c.ringIn(part, nil)
		names := strings.Join(ring, " → ")
		switch most, counted := c.turns(part, nil); {
		case !counted:
			c.warn("herhaling", path, "zet er een teller op, met een maximum", "iemand kan hier steeds opnieuw rondgaan: %s", names)
		case most > manyTurns:
			c.fault("herhaling", path, "zet het maximum op hoogstens 10", "iemand kan hier %d keer rondgaan: %s", most, names)
		}
	}
}

// rounds parts steps into those that lead to each other and back, and leaves out
// the ones that do not. Roads whose path is shut are not there.
func (c *checker) rounds(among []string, shut map[string]bool) [][]string {
	reach := make(map[string]map[string]bool, len(among))
	for _, id := range among {
		seen := map[string]bool{}
		var walk func(id string)
		walk = func(id string) {
			for _, r := range c.roads[id] {
				if to := c.to(r.To); !shut[r.Path] && slices.Contains(among, to) && !seen[to] {
					seen[to] = true
					walk(to)
				}
			}
		}
		walk(id)
		reach[id] = seen
	}
	var out [][]string
	told := map[string]bool{}
	for _, id := range among {
		if told[id] || !reach[id][id] {
			continue
		}
		var part []string
		for _, other := range among {
			if reach[id][other] && reach[other][id] {
				told[other] = true
				part = append(part, other)
			}
		}
		out = append(out, part)
	}
	return out
}

// ringIn is a shortest way from the first of these steps back to it, and where
// its last road is written.
func (c *checker) ringIn(part []string, shut map[string]bool) (ring []string, path string) {
	ways := [][]string{{part[0]}}
	seen := map[string]bool{}
	for len(ways) > 0 {
		way := ways[0]
		ways = ways[1:]
		for _, r := range c.roads[way[len(way)-1]] {
			switch to := c.to(r.To); {
			case shut[r.Path] || !slices.Contains(part, to) || seen[to]:
			case to == part[0]:
				return way, r.Path
			default:
				seen[to] = true
				ways = append(ways, append(slices.Clip(way), to))
			}
		}
	}
	return nil, ""
}

// turns is how often somebody can go round in steps that lead to each other, when
// something counts that. A step must add to a counter, and a branch must let
// nobody go on when the counter is high: whoever goes round for ever either
// counts for ever, and comes to where those roads are shut, or never counts again.
func (c *checker) turns(part []string, shut map[string]bool) (most int, counted bool) {
	all := func(ids []string, shut map[string]bool) bool {
		for _, inner := range c.rounds(ids, shut) {
			n, ok := c.turns(inner, shut)
			if !ok {
				return false
			}
			most = max(most, n)
		}
		return true
	}
	for _, counter := range c.counters(part) {
		limit, closed := c.shutBy(counter, part)
		more := maps.Clone(closed)
		maps.DeleteFunc(more, func(path string, _ bool) bool { return shut[path] })
		if len(more) == 0 {
			continue
		}
		maps.Copy(more, shut)
		rest := slices.DeleteFunc(slices.Clone(part), func(id string) bool { return c.adds(c.steps[id], counter) })
		if all(part, more) && all(rest, shut) {
			return max(most, limit), true
		}
	}
	return 0, false
}

func (c *checker) adds(s *flows.Step, counter string) bool {
	return s.Kind == flows.KindSet && s.Of == counter && s.Value.Of == counter && s.Value.Plus > 0
}

// counters lists the values that these steps add to, and do nothing else with.
func (c *checker) counters(part []string) []string {
	var out, other []string
	for _, id := range part {
		switch s := c.steps[id]; {
		case s.Kind == flows.KindSet && c.adds(s, s.Of):
			out = append(out, s.Of)
		case s.Kind == flows.KindSet:
			other = append(other, s.Of)
		case s.Kind == flows.KindCall:
			other = append(other, c.sets(s.Of)...)
		case s.Save != "":
			other = append(other, s.Save)
		}
	}
	return slices.DeleteFunc(out, func(name string) bool { return slices.Contains(other, name) })
}

// shutBy lists the roads between these steps that nobody can take once the
// counter has come to limit.
func (c *checker) shutBy(counter string, part []string) (limit int, shut map[string]bool) {
	shut = map[string]bool{}
	for _, id := range part {
		s := c.steps[id]
		if s.Kind != flows.KindBranch {
			continue
		}
		top := 0 // above it nothing changes any more
		for _, r := range s.Rows {
			for _, cl := range r.If.Clauses {
				if n := cl.Number; cl.Name == counter {
					if cl.Op == flows.Is || cl.Op == flows.IsNot {
						n, _ = strconv.Atoi(strings.Join(cl.Values, ""))
					}
					top = max(top, n+1)
				}
			}
		}
		if top = min(top, 1000); top == 0 {
			continue
		}
		for _, r := range c.roads[id] {
			n := top
			for n >= 0 && !c.canTake(s, r, counter, n) {
				n--
			}
			if n < top && slices.Contains(part, c.to(r.To)) {
				shut[r.Path] = true
				limit = max(limit, n+1)
			}
		}
	}
	return limit, shut
}

// canTake reports whether a branch can be left by a road when the counter is n.
func (c *checker) canTake(s *flows.Step, road flows.Road, counter string, n int) bool {
	known := map[string]string{counter: itoa(n)}
	for _, r := range c.roads[s.ID] {
		v := surely
		if r.Row != nil {
			v = judge(r.Row.If, known)
		}
		if r.Path == road.Path {
			return v != surelyNot
		}
		if v == surely {
			return false
		}
	}
	return false
}

// silentRing finds rings in which nothing is asked: the engine would never stop.
func (c *checker) silentRing() bool {
	colour := map[string]int{}
	var stack []string
	var walk func(id string) bool
	walk = func(id string) bool {
		s := c.steps[id]
		if s == nil || s.Waits() || colour[id] == 2 {
			return false
		}
		if colour[id] == 1 {
			c.fault("lus", "steps."+id, "zet er een vraag of een einde tussen", "deze stappen draaien rond zonder een vraag: %s", strings.Join(stack[slices.Index(stack, id):], " → "))
			return true
		}
		colour[id] = 1
		stack = append(stack, id)
		for _, r := range c.roads[s.ID] {
			if walk(c.to(r.To)) {
				return true
			}
		}
		stack = stack[:len(stack)-1]
		colour[id] = 2
		return false
	}
	for _, id := range c.ids {
		if colour[id] == 0 && walk(id) {
			return true
		}
	}
	return false
}

// silentStretch finds a long row of steps in which nothing is asked.
func (c *checker) silentStretch(seen map[string]bool) {
	memo := map[string]int{}
	var length func(id string, depth int) int
	length = func(id string, depth int) int {
		s := c.steps[id]
		if s == nil || s.Waits() || depth > len(c.ids) {
			return 0
		}
		if n, ok := memo[id]; ok {
			return n
		}
		most := 0
		for _, r := range c.roads[s.ID] {
			most = max(most, length(c.to(r.To), depth+1))
		}
		memo[id] = 1 + most
		return memo[id]
	}
	for _, id := range c.ids {
		if n := length(id, 0); seen[id] && n > longSilence {
			c.fault("stil_stuk", "steps."+id, "stel er een vraag tussen", "vanaf stap '%s' komen %d stappen zonder een vraag; %d kan", id, n, longSilence)
			return
		}
	}
}

// patient holds a flow that waits for ever to its promise: nobody has to worry
// about whoever falls silent in it.
func (c *checker) patient(seen map[string]bool) {
	if !c.d.Patient {
		return
	}
	for _, id := range c.ids {
		s := c.steps[id]
		if !seen[id] {
			continue
		}
		for _, b := range s.Buttons {
			if b.Bad || b.Risk {
				c.fault("geduld", "steps."+id+".buttons."+b.ID, "haal patient weg en zet er waiting bij", "deze flow wacht zonder einde, maar bij knop '%s' gaat het niet goed", b.Label)
			}
		}
		switch s.Kind {
		case flows.KindSignal, flows.KindContact, flows.KindHandoff:
			after := false
			for next := range c.from(id) {
				after = after || next != id && c.steps[next].Asks()
			}
			if after || s.Kind != flows.KindSignal {
				c.fault("geduld", "steps."+id, "haal patient weg en zet er waiting bij", "deze flow wacht zonder einde, maar stap '%s' vraagt mensen om iets", id)
			}
		}
	}
}

// askedBefore finds answers that are shown before they were surely given, and
// conditions on answers that cannot have been given yet.
func (c *checker) askedBefore(seen map[string]bool) {
	surely, perhaps := c.given()
	always := func(name string) bool {
		return slices.Contains(c.d.Uses, name) || slices.ContainsFunc(c.d.Remember, func(r flows.Remembered) bool { return r.Name == name })
	}
	for _, id := range c.ids {
		s := c.steps[id]
		if !seen[id] {
			continue
		}
		shown := []string{s.Text, s.Tell, s.Low, s.High}
		if s.Kind == flows.KindSignal || s.Kind == flows.KindEnd || s.Kind == flows.KindSay {
			shown = []string{s.Text, s.Tell}
		}
		told := map[string]bool{}
		for _, name := range flows.Placeholders(strings.Join(shown, " ")) {
			if slices.Contains(c.names, name) && !always(name) && !surely[id][name] && !told[name] {
				told[name] = true
				c.warn("misschien_leeg", "steps."+id, "", "{%s} is bij stap '%s' niet altijd al gevraagd", name, id)
			}
		}
		for i, r := range s.Rows {
			for _, cl := range r.If.Clauses {
				if cl.Op != flows.NotAnswered && slices.Contains(c.names, cl.Name) && !always(cl.Name) && !perhaps[id][cl.Name] {
					c.warn("nooit_gevraagd", flows.RowPath(id, i)+".if", "", "'%s' is bij stap '%s' nog nooit gevraagd", cl.Name, id)
				}
			}
		}
	}
}

// given says for each step which answers there surely are on arrival, and which
// there may be. Silence and a skip give nothing.
func (c *checker) given() (surely, perhaps map[string]map[string]bool) {
	start := c.to(c.d.Start)
	surely = map[string]map[string]bool{start: {}}
	perhaps = map[string]map[string]bool{start: {}}
	for changed := true; changed; {
		changed = false
		for _, id := range c.ids {
			in, ok := surely[id]
			if !ok {
				continue
			}
			s := c.steps[id]
			for _, r := range c.roads[s.ID] {
				to := c.to(r.To)
				if c.steps[to] == nil {
					continue
				}
				var adds []string
				if s.Kind == flows.KindSet {
					adds = append(adds, s.Of)
				}
				if s.Kind == flows.KindCall {
					adds = append(adds, c.sets(s.Of)...)
				}
				optional := s.Kind == flows.KindCall
				if s.Save != "" && !r.Silent && (s.Skip == nil || r.Choice != s.Skip) {
					adds = append(adds, s.Save)
					optional = s.Kind == flows.KindMulti // done may be pressed with nothing chosen
				}
				if s.Kind == flows.KindMulti && r.Silent {
					adds, optional = append(adds, s.Save), true // what was chosen before the silence
				}
				if perhaps[to] == nil {
					perhaps[to] = map[string]bool{}
				}
				for name := range perhaps[id] {
					changed = changed || !perhaps[to][name]
					perhaps[to][name] = true
				}
				for _, name := range adds {
					changed = changed || !perhaps[to][name]
					perhaps[to][name] = true
				}
				out := make(map[string]bool, len(in)+len(adds))
				for name := range in {
					// A skipped or unanswered question forgets what it was answered before.
					if name != s.Save || slices.Contains(adds, name) {
						out[name] = true
					}
				}
				if !optional {
					for _, name := range adds {
						out[name] = true
					}
				}
				old, ok := surely[to]
				if !ok {
					surely[to], changed = out, true
					continue
				}
				for name := range old {
					if !out[name] {
						delete(old, name)
						changed = true
					}
				}
			}
		}
	}
	return surely, perhaps
}

// hiddenRows finds rows of a branch that an earlier row always takes first. It
// tries every combination of the answers they compare, while those are few.
func (c *checker) hiddenRows() {
	for _, id := range c.ids {
		s := c.steps[id]
		if s.Kind != flows.KindBranch || len(s.Rows) < 2 {
			continue
		}
		domains := c.domains(s)
		if domains == nil {
			continue
		}
		hit := make([]bool, len(s.Rows))
		tryAll(domains, map[string]string{}, func(value func(string) string) {
			for i, r := range s.Rows {
				if r.If.Holds(value) {
					hit[i] = true
					return
				}
			}
		})
		for i, ok := range hit {
			if !ok && len(s.Rows[i].If.Clauses) > 0 {
				c.warn("verborgen_rij", flows.RowPath(id, i)+".if", "zet de rijen in een andere volgorde", "deze rij van stap '%s' komt nooit aan de beurt: een eerdere rij past altijd al, of hij kan niet", id)
			}
		}
	}
}

type domain struct {
	name   string
	values []string
}

// domains lists what each answer in a branch can be, or nil when that is open or
// too much.
func (c *checker) domains(s *flows.Step) []domain {
	var out []domain
	size := 1
	for _, r := range s.Rows {
		if len(r.If.Clauses) == 0 {
			return nil // it could not be read, which has a finding of its own
		}
		for _, cl := range r.If.Clauses {
			if slices.ContainsFunc(out, func(d domain) bool { return d.name == cl.Name }) {
				continue
			}
			values, ok := c.values(cl.Name)
			if q := c.saves[cl.Name]; q != nil && q.Kind == flows.KindScale && q.To-q.From < 10 {
				ok = true
				for n := q.From; n <= q.To; n++ {
					values = append(values, itoa(n))
				}
			}
			if !ok || slices.ContainsFunc(cl.Values, func(v string) bool { return !slices.Contains(values, v) }) {
				return nil
			}
			out = append(out, domain{cl.Name, append(values, "")})
			if size *= len(values) + 1; size > 10_000 {
				return nil
			}
		}
	}
	return out
}

func tryAll(domains []domain, chosen map[string]string, f func(value func(string) string)) {
	if len(domains) == 0 {
		f(func(name string) string { return chosen[name] })
		return
	}
	for _, v := range domains[0].values {
		chosen[domains[0].name] = v
		tryAll(domains[1:], chosen, f)
	}
}

// longest is the heaviest way through the flow, every ring gone round once.
func (c *checker) longest(weight func(*flows.Step) int) int {
	onWay := map[string]bool{}
	memo := map[string]int{}
	var walk func(id string) int
	walk = func(id string) int {
		s := c.steps[id]
		if s == nil || onWay[id] {
			return 0
		}
		if n, ok := memo[id]; ok {
			return n
		}
		onWay[id] = true
		most := 0
		for _, r := range c.roads[s.ID] {
			if !r.Silent {
				most = max(most, walk(c.to(r.To)))
			}
		}
		onWay[id] = false
		memo[id] = weight(s) + most
		return memo[id]
	}
	return walk(c.to(c.d.Start))
}

// seconds estimates what a step takes: two words a second to read, and a quarter
// of a minute to answer.
func seconds(s *flows.Step) int {
	words := len(strings.Fields(s.Text)) + len(strings.Fields(s.Tell))
	return words/2 + 15*questions(s)
}
