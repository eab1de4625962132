package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"houvast/flows"
)

// farthest is how many taps a human may be away, from anywhere.
const farthest = 2

// Set says what is wrong with flows that belong together: with each of
// them, and between them. Findings come flow by flow.
func Set(ds []flows.Draft, w World) []flows.Finding {
	set := newSet(ds)
	var found []flows.Finding
	for i := range ds {
		c := set.checkers[i]
		if set.byID[c.d.ID] != c {
			c.fault("dubbel", "flow", "geef er een een andere naam", "er zijn twee flows met de naam '%s'", c.d.ID)
		}
		c.all()
		set.calls(c, w)
		c.world(w)
		if w.House {
			set.near(c)
		}
		flows.SortFindings(c.found)
		found = append(found, c.found...)
	}
	return found
}

// A set is a number of flows that know of each other.
type set struct {
	checkers []*checker
	byID     map[string]*checker
	helps    map[string]bool
	loses    map[string]bool
}

func newSet(ds []flows.Draft) *set {
	s := &set{byID: map[string]*checker{}, helps: map[string]bool{}, loses: map[string]bool{}}
	for i := range ds {
		c := newChecker(&ds[i])
		c.helps = func(id string) bool { return s.byID[id] == nil || s.helps[id] }
		c.loses = func(id string) bool { return s.loses[id] }
		c.sets = func(id string) []string { return s.sets(id, 0) }
		s.checkers = append(s.checkers, c)
		if s.byID[c.d.ID] == nil {
			s.byID[c.d.ID] = c
		}
	}
	// Nobody is helped until it is shown that they are: what a flow does for
	// whoever comes there can depend on what the flows it names do.
	for changed := true; changed; {
		changed = false
		for id, c := range s.byID {
			start := c.to(c.d.Start)
			if !s.helps[id] && c.steps[start] != nil && c.helpless(start, nil) == nil {
				s.helps[id], changed = true, true
			}
			if !s.loses[id] && c.leavesHelpless() {
				s.loses[id], changed = true, true
			}
		}
	}
	return s
}

// leavesHelpless reports whether the flow can leave for another one, for good,
// before anybody was helped. loses can only grow while helps grows, so a flow
// that is wrongly thought to lose somebody costs a finding, never a person.
func (c *checker) leavesHelpless() bool {
	for id := range c.unhelped() {
		s := c.steps[id]
		if s.Kind == flows.KindInterrupt && s.Of != flows.CrisisCard && !c.helps(s.Of) || s.Kind == flows.KindCall && c.loses(s.Of) {
			return true
		}
	}
	return false
}

// sets lists the names that a flow, or one it calls, gives a value.
func (s *set) sets(id string, depth int) []string {
	c := s.byID[id]
	if c == nil || depth > flows.Deepest {
		return nil
	}
	var out []string
	for _, step := range c.steps {
		switch {
		case step.Save != "":
			out = append(out, step.Save)
		case step.Kind == flows.KindSet:
			out = append(out, step.Of)
		case step.Kind == flows.KindCall:
			out = append(out, s.sets(step.Of, depth+1)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// calls checks every flow that c names.
func (s *set) calls(c *checker, w World) {
	ids := sortedKeys(s.byID)
	for _, id := range c.ids {
		step := c.steps[id]
		path := "steps." + id + "." + string(step.Kind)
		switch step.Kind {
		case flows.KindCall, flows.KindInterrupt, flows.KindSchedule:
			if step.Kind == flows.KindInterrupt && step.Of == flows.CrisisCard {
				continue
			}
			if s.byID[step.Of] == nil {
				if w.House {
					c.fault("aanroep", path, flows.Near(step.Of, append(ids, flows.CrisisCard)), "stap '%s' gaat naar de flow '%s', maar die is er niet", id, step.Of)
				}
				continue
			}
			if step.Kind == flows.KindCall {
				if ring := s.callRing(step.Of, c.d.ID, nil); ring != nil {
					c.fault("rondroep", path, "", "deze flows roepen elkaar rond aan: %s", strings.Join(append([]string{c.d.ID}, ring...), " → "))
				}
			}
			if step.Kind == flows.KindSchedule && step.Of == c.d.ID && !c.limited(step) {
				c.warn("eigen_herhaling", path, "zet er een teller voor", "de flow plant zichzelf steeds opnieuw, zonder maximum")
			}
		}
	}
}

// limited reports whether a step can only be reached past a branch on a
// remembered number.
func (c *checker) limited(step *flows.Step) bool {
	for i := range c.d.Steps {
		s := &c.d.Steps[i]
		for _, r := range s.Rows {
			for _, cl := range r.If.Clauses {
				if c.isNumber(cl.Name) && c.to(r.Next) != step.ID && c.reaches(s.ID, step.ID) {
					return true
				}
			}
		}
	}
	return false
}

// callRing finds a way of calls from one flow to another.
func (s *set) callRing(from, to string, way []string) []string {
	way = append(way, from)
	if from == to {
		return way
	}
	c := s.byID[from]
	if c == nil || len(way) > len(s.byID) {
		return nil
	}
	for _, id := range c.ids {
		if step := c.steps[id]; step.Kind == flows.KindCall && !slices.Contains(way, step.Of) {
			if ring := s.callRing(step.Of, to, way); ring != nil {
				return ring
			}
		} else if step.Kind == flows.KindCall && step.Of == to {
			return append(way, to)
		}
	}
	return nil
}

// world checks the flow against what is known of the house.
func (c *checker) world(w World) {
	if w.Crisis != nil {
		c.crisisWords(w)
	}
	if w.CrisisLanguages != nil {
		for _, l := range c.languages() {
			if !slices.Contains(w.CrisisLanguages, l) {
				c.fault("gevaarwoord_taal", "languages", "", "in de taal '%s' kent Houvast geen woorden over gevaar", l)
			}
		}
	}
	if isDate(w.Today) {
		hint := "lees hem na en zet er reviewer: en reviewed: bij"
		switch last := c.d.Reviewed; {
		case last == "":
			c.tip("lang_geleden", "flow", hint, "deze flow is nog door niemand nagelezen")
		case isDate(last) && monthsBetween(last, w.Today) >= 6:
			c.tip("lang_geleden", "reviewed", hint, "deze flow is een half jaar niet nagelezen")
		}
	}
	c.quietHours(w)
	if live := w.Live[c.d.ID]; live != nil {
		c.gone(&live.Draft)
	}
}

func monthsBetween(a, b string) int {
	months := func(date string) int {
		n := 0
		for _, part := range strings.SplitN(date, "-", 3)[:2] {
			m := 0
			for _, r := range part {
				m = m*10 + int(r-'0')
			}
			n = n*12 + m
		}
		return n
	}
	n := months(b) - months(a)
	if b[8:] < a[8:] {
		n--
	}
	return n
}

// crisisWords makes sure that no button reads like danger: pressing it would be
// an answer, typing it an alarm.
func (c *checker) crisisWords(w World) {
	for _, t := range c.said {
		if t.Button && w.Crisis(t.Text, c.d.Language) {
			c.fault("gevaarwoord", textPath(t.Key), "kies andere woorden", "wie '%s' typt, krijgt de crisiskaart in plaats van deze knop", t.Text)
		}
	}
	button := map[string]bool{}
	for _, t := range c.said {
		button[t.Key] = t.Button
	}
	for _, tr := range c.d.Translations {
		for _, t := range tr.Texts {
			if button[t.Key] && w.Crisis(t.Text, tr.Language) {
				c.inTranslation(tr, flows.Fault, "gevaarwoord", "texts."+t.Key, "kies andere woorden", "wie '"+t.Text+"' typt, krijgt de crisiskaart in plaats van deze knop")
			}
		}
	}
}

// quietHours finds times at which nothing will be sent. It is sent later then,
// so this is a surprise and not a danger.
func (c *checker) quietHours(w World) {
	from, ok1 := minuteOf(w.QuietFrom)
	to, ok2 := minuteOf(w.QuietTo)
	if !ok1 || !ok2 {
		return
	}
	look := func(path, at string) {
		m, ok := minuteOf(at)
		if ok && (from <= to && m >= from && m < to || from > to && (m >= from || m < to)) {
			c.warn("stille_uren", path, "", "om %s is het stil (%s tot %s); het bericht gaat later", at, w.QuietFrom, w.QuietTo)
		}
	}
	if c.d.Trigger != nil {
		look("trigger.at", c.d.Trigger.At)
		if first := c.firstReminder(); first > 0 {
			if m, ok := minuteOf(c.d.Trigger.At); ok {
				m = (m + int(first/minute)) % (24 * 60)
				look("waiting.remind_after", fmt.Sprintf("%02d:%02d", m/60, m%60))
			}
		}
	}
	for _, id := range c.ids {
		if s := c.steps[id]; s.Kind == flows.KindSchedule {
			look("steps."+id+".at", s.At)
		}
	}
}

// firstReminder is how long after a flow began by itself its first question is
// asked once more, or zero.
func (c *checker) firstReminder() time.Duration {
	s := c.steps[c.to(c.d.Start)]
	for range c.ids { // past what is only said
		if s == nil || s.Kind != flows.KindSay {
			break
		}
		s = c.steps[c.to(s.Next)]
	}
	if s == nil || !s.Asks() {
		return 0
	}
	if w := c.d.WaitingOf(s); w != nil {
		return w.RemindAfter
	}
	return 0
}

// gone finds names that running conversations and reports may still use.
func (c *checker) gone(live *flows.Draft) {
	for i := range live.Steps {
		was := &live.Steps[i]
		now := c.steps[was.ID]
		if now == nil {
			if was.Waits() {
				c.warn("naam_weg", "steps", flows.Near(was.ID, c.ids), "stap '%s' is weg; wie daar nu is, maakt de oude versie af", was.ID)
			}
			continue
		}
		if was.Save != "" && now.Save != was.Save {
			c.warn("naam_weg", "steps."+now.ID, "", "het antwoord '%s' is weg; overzichten missen het vanaf nu", was.Save)
		}
		for _, b := range was.Buttons {
			if !slices.Contains(choiceIDs(now), b.ID) {
				c.warn("naam_weg", "steps."+now.ID+".buttons", flows.Near(b.ID, choiceIDs(now)), "knop '%s' van stap '%s' is weg; overzichten missen hem vanaf nu", b.ID, now.ID)
			}
		}
	}
}

// never is more taps than anybody makes.
const never = 1000

// near makes sure that from every question a human is at most two taps away: in
// the flow itself, or by the button and the word that work everywhere.
func (s *set) near(c *checker) {
	everywhere := never
	for _, id := range []string{flows.FlowHard, flows.FlowHuman} {
		everywhere = min(everywhere, 1+s.taps(id))
	}
	taps := s.tapsIn(c, 0)
	alone := s.byID[flows.FlowHard] == nil && s.byID[flows.FlowHuman] == nil
	for _, id := range c.ids {
		if step := c.steps[id]; step.Asks() && min(taps[id], everywhere) > farthest {
			if alone { // one cause, and one finding
				c.fault("ver_van_mens", "steps."+id, "zet die flow in dezelfde map: elke bewoner kan er altijd heen",
					"vanaf stap '%s' is een mens te ver weg, want hier is geen flow '%s' of '%s'", id, flows.FlowHard, flows.FlowHuman)
				return
			}
			c.fault("ver_van_mens", "steps."+id, "een mens moet hoogstens twee keer tikken weg zijn", "vanaf stap '%s' is een mens te ver weg", id)
		}
	}
}

// taps is how many taps a human is away from the start of a flow.
func (s *set) taps(id string) int { return s.tapsFrom(id, 0) }

func (s *set) tapsFrom(id string, depth int) int {
	c := s.byID[id]
	if c == nil || depth > flows.Deepest {
		return never
	}
	n, ok := s.tapsIn(c, depth)[c.to(c.d.Start)]
	if !ok {
		return never
	}
	return n
}

// tapsIn counts, for every step of a flow, the taps to a human. A person chooses
// their taps, so of the buttons the best counts; what a branch does they cannot
// choose, so there the worst does. Words are no taps.
func (s *set) tapsIn(c *checker, depth int) map[string]int {
	taps := make(map[string]int, len(c.ids))
	for _, id := range c.ids {
		taps[id] = never
	}
	at := func(to string) int {
		if n, ok := taps[c.to(to)]; ok {
			return n
		}
		return never
	}
	for changed := true; changed; {
		changed = false
		for _, id := range c.ids {
			step := c.steps[id]
			n := never
			switch step.Kind {
			case flows.KindEnd:
			case flows.KindHandoff:
				n = 0
			case flows.KindInterrupt:
				if n = 0; step.Of != flows.CrisisCard {
					n = s.tapsFrom(step.Of, depth+1)
				}
			case flows.KindCall:
				if n = s.tapsFrom(step.Of, depth+1); n >= never {
					n = 1 + at(step.Next)
				}
			case flows.KindSignal:
				if n = 0; !c.alarms(step) {
					n = at(step.Next)
				}
			case flows.KindContact:
				n = len(step.Parts())
			case flows.KindBranch:
				n = 0
				for _, r := range c.roads[step.ID] {
					n = max(n, at(r.To))
				}
			case flows.KindChoice, flows.KindScale, flows.KindMulti:
				for _, r := range c.roads[step.ID] {
					if !r.Silent {
						n = min(n, 1+at(r.To))
					}
				}
			case flows.KindOpen:
				if step.Skip != nil {
					n = 1 + at(cmp.Or(step.Skip.Next, step.Next))
				}
			default:
				n = at(step.Next)
			}
			if n < taps[id] {
				taps[id], changed = n, true
			}
		}
	}
	return taps
}
