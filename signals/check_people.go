package signals

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

func (c *checker) person(key string, p Person) {
	path := "people." + key
	c.missing(path+".name", p.Name, "'%s' heeft geen voornaam: name", key)
	if !c.missing(path+".role", p.Role, "'%s' heeft geen rol: role", key) {
		roles := append(sorted(c.n.Roles), "coordinator", "maatje")
		if !slices.Contains(roles, p.Role) {
			c.fault(path+".role", "rol_onbekend", "rol '%s' staat niet onder roles", p.Role).Hint = near(p.Role, roles)
		}
	}
	if p.Reserve != "" && p.Reserve != "telegram" {
		c.fault(path+".reserve", "kanaal_onbekend", "'%s' is geen reserve-kanaal; alleen telegram kan", p.Reserve).Hint = near(p.Reserve, []string{"telegram"})
	}
	if p.Peer() {
		c.peer(path, key, p)
	} else {
		c.professional(path, key, p)
	}
	c.absences(path, key, p)
}

func (c *checker) peer(path, key string, p Person) {
	if p.Backup == "" {
		c.fault(path+".backup", "achterwacht", "maatje '%s' heeft geen achterwacht; zet erbij wie het overneemt: backup", key)
	} else if c.known(path+".backup", p.Backup) && c.n.People[p.Backup].Peer() {
		c.fault(path+".backup", "achterwacht", "de achterwacht van '%s' is zelf een maatje; kies een professional", key)
	}
	if p.MaxResidents < 1 {
		c.fault(path+".max_residents", "max_bewoners", "bij maatje '%s' staat niet hoeveel bewoners het hoogstens zijn: max_residents", key)
	}
	if p.Quiet.Always() {
		c.fault(path+".quiet", "achterwacht", "maatje '%s' heeft de hele dag stilte en hoort dus nooit iets", key)
	}
}

func (c *checker) professional(path, key string, p Person) {
	if p.Mattermost == "" {
		c.fault(path+".mattermost", "mattermost_ontbreekt", "'%s' heeft geen naam in Mattermost en is dus niet bereikbaar", key)
	}
	for _, other := range sorted(c.n.People) {
		if other < key && p.Mattermost != "" && strings.EqualFold(c.n.People[other].Mattermost, p.Mattermost) {
			c.fault(path+".mattermost", "naam_dubbel", "'%s' en '%s' hebben dezelfde naam in Mattermost", other, key)
		}
	}
	coordinates, member := false, false
	for _, t := range c.n.Teams {
		coordinates = coordinates || t.Coordinator == key
		member = member || slices.Contains(t.Members, key)
	}
	if p.Days == 0 && (member || !coordinates) {
		c.fault(path+".days", "dagen_ontbreken", "bij '%s' staat niet op welke dagen die werkt: days", key)
	}
	if p.Cover == "" {
		return
	}
	switch {
	case p.Cover == key:
		c.fault(path+".cover", "vervanging_rond", "'%s' kan zichzelf niet vervangen", key)
	case c.known(path+".cover", p.Cover) && c.n.People[p.Cover].Peer():
		c.fault(path+".cover", "vervanging_rol", "%s is een maatje en kan geen professional vervangen", c.n.People[p.Cover].Name)
	}
}

// absences are refused without somebody who covers. Two people may stand in for
// each other, but not while both are away.
func (c *checker) absences(path, key string, p Person) {
	for i, a := range p.Absent {
		at := fmt.Sprintf("%s.absent.%d", path, i)
		if !a.Until.After(a.From) {
			c.fault(at+".until", "afwezig_volgorde", "'%s' is terug voor die weg is", key)
			continue
		}
		if a.Cover != "" && !c.known(at+".cover", a.Cover) {
			continue
		}
		cover := c.n.cover(key, a.From)
		switch {
		case cover == "":
			c.fault(at, "vervanging_ontbreekt", "'%s' is weg en niemand neemt het over; zet erbij wie: cover", key)
		case cover == key:
			c.fault(at, "vervanging_rond", "'%s' kan zichzelf niet vervangen", key)
		case !p.Peer() && c.n.People[cover].Peer():
			c.fault(at, "vervanging_rol", "%s is een maatje en kan geen professional vervangen", c.n.People[cover].Name)
		default:
			c.bothAway(at, key, a)
		}
	}
}

// bothAway looks at the moments in which the chain of covers could break: the
// beginning of this absence and of every other that begins in it.
func (c *checker) bothAway(path, key string, a Absence) {
	moments := []time.Time{a.From}
	for _, other := range sorted(c.n.People) {
		for _, b := range c.n.People[other].Absent {
			if b.From.After(a.From) && b.From.Before(a.Until) {
				moments = append(moments, b.From)
			}
		}
	}
	for _, t := range moments {
		seen := []string{key}
		for who := c.n.cover(key, t); ; who = c.n.cover(who, t) {
			if slices.Contains(seen, who) {
				c.fault(path, "vervanging_rond", "op %s zijn %s allemaal weg en vervangen ze elkaar", t.Format("2-1-2006"), strings.Join(seen, ", "))
				return
			}
			if who == "" || c.n.People[who].away(t) == nil {
				break
			}
			seen = append(seen, who)
		}
	}
}

// names refuses two people of one first name: a resident would not know who
// took it up.
func (c *checker) names() {
	first := map[string]string{}
	for _, key := range sorted(c.n.People) {
		name := strings.ToLower(strings.TrimSpace(c.n.People[key].Name))
		if name == "" {
			continue
		}
		if other, ok := first[name]; ok {
			c.fault("people."+key+".name", "naam_dubbel", "'%s' en '%s' heten allebei %s; een bewoner weet dan niet wie het is", other, key, c.n.People[key].Name)
			continue
		}
		first[name] = key
	}
}

// owners are the words for who owns a kind of signal.
func owners(k Kind) []string {
	switch k {
	case Crisis:
		return []string{"team"} // no one person may be the only one who hears it
	case Distress:
		return []string{"team", "fixed_contact"}
	}
	return []string{"team", "fixed_contact", "chosen_contact", "chosen_contacts", "maatje"}
}

func (c *checker) rule(k Kind, r Rule) {
	path := "signals." + string(k)
	if !slices.Contains(Kinds(), k) {
		known := make([]string, 0, len(Kinds()))
		for _, k := range Kinds() {
			known = append(known, string(k))
		}
		c.fault(path, "soort_onbekend", "een signaal '%s' bestaat niet", k).Hint = near(string(k), known)
		return
	}
	switch {
	case r.Owner == "":
		c.fault(path+".owner", "eigenaar_ontbreekt", "van '%s' is niemand de eigenaar: owner", k)
	case !slices.Contains(owners(k), r.Owner):
		c.fault(path+".owner", "eigenaar_onbekend", "'%s' kan geen eigenaar zijn van '%s'; kies uit %s", r.Owner, k, strings.Join(owners(k), ", ")).Hint = near(r.Owner, owners(k))
	}
	targets := append([]string{"team", "cover", "coordinator", "second_on_duty", "everyone_on_duty"}, sorted(c.n.People)...)
	for i, s := range r.Steps {
		at := fmt.Sprintf("%s.steps.%d", path, i)
		switch {
		case (s.To == "") == (s.Tell == ""):
			c.fault(at, "stap_leeg", "een stap heeft óf to: wie het hoort, óf tell: nobody")
		case s.Tell != "" && s.Tell != "nobody":
			c.fault(at+".tell", "stap_onbekend", "'%s' kan niet; schrijf tell: nobody", s.Tell).Hint = near(s.Tell, []string{"nobody"})
		case s.To != "" && (!slices.Contains(targets, s.To) || c.n.People[s.To].Peer()):
			c.fault(at+".to", "stap_onbekend", "'%s' is niemand naar wie een stap kan gaan", s.To).Hint = near(s.To, targets)
		}
		if s.After == (Span{}) {
			c.fault(at+".after", "ontbreekt", "een stap zegt niet na hoe lang: after")
		}
		if i > 0 && s.After.rough() < r.Steps[i-1].After.rough() {
			c.fault(at+".after", "stap_volgorde", "deze stap komt eerder dan de stap ervoor")
		}
	}
	if k == Crisis {
		c.crisis(path, r)
	}
}

// rough is a length to compare steps by; a working day is a day.
func (s Span) rough() time.Duration {
	switch {
	case s.NextMorning:
		return 24 * time.Hour // later than any agreement in hours of one day
	case s.WorkingDays > 0:
		return time.Duration(s.WorkingDays) * 24 * time.Hour
	}
	return s.For
}

// crisis keeps what may be added to but not taken away: it repeats, the
// resident is told in time when nobody answers, and an owner is asked again.
func (c *checker) crisis(path string, r Rule) {
	const repeat, tell, back = 15 * time.Minute, 30 * time.Minute, time.Hour
	if r.Repeat <= 0 || r.Repeat > repeat {
		c.fault(path+".repeat", "crisis_afgezwakt", "een crisis wordt minstens elk kwartier herhaald: repeat")
	}
	told := slices.ContainsFunc(r.Steps, func(s EscalationStep) bool {
		return s.Tell == "nobody" && s.After.For > 0 && s.After.For <= tell
	})
	if !told {
		c.fault(path+".steps", "crisis_afgezwakt", "een bewoner in crisis hoort binnen een half uur eerlijk dat er niemand is: {after: 20m, tell: nobody}")
	}
	if r.AskOwner <= 0 || r.BackToTeam <= r.AskOwner || r.BackToTeam > back {
		c.fault(path+".after_taken_up", "crisis_afgezwakt", "wie een crisis oppakt, wordt daarna gevraagd hoe het gaat, en binnen een uur gaat het terug: {ask_owner: 15m, back_to_team: 30m}")
	}
}
