package signals

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"houvast/flows"
)

// A Fault is one thing that is wrong, or could be better, in a network. Its
// words are Dutch, for the coordinator who wrote it; its Path is the way to it,
// such as people.samira.cover, and its Code a row of [FaultCodes].
type Fault = flows.Finding

// A number older than old must be checked again; one older than tooOld may be
// somebody else's by now. In months.
const (
	old    = 6
	tooOld = 12
)

// Faults names everything in the network by which a signal could reach nobody,
// or somebody could be told what is not so, in the order of the network. Faults
// block; warnings must be seen. now is for what ages.
func (n *Network) Faults(now time.Time) []Fault {
	c := checker{n: n, now: now}
	c.whole()
	c.numbers()
	for _, key := range sorted(n.Wijken) {
		c.wijk(key, n.Wijken[key])
	}
	for _, key := range sorted(n.Teams) {
		c.team(key, n.Teams[key])
	}
	for _, key := range sorted(n.People) {
		c.person(key, n.People[key])
	}
	c.names()
	for _, kind := range sorted(n.Rules) {
		c.rule(kind, n.Rules[kind])
	}
	return c.found
}

// FaultCodes are all codes of faults in a network, each with what it is about.
// Those of how a file is written are the file reader's.
func FaultCodes() map[string]string {
	return map[string]string{
		"ontbreekt":            "iets dat er moet staan, staat er niet",
		"persoon_onbekend":     "deze persoon staat niet onder people",
		"team_onbekend":        "dit team staat niet onder teams",
		"nummer_onbekend":      "dit nummer staat niet onder numbers",
		"rol_onbekend":         "deze rol staat niet onder roles",
		"soort_onbekend":       "dit soort signaal bestaat niet",
		"eigenaar_onbekend":    "dit is geen eigenaar",
		"eigenaar_ontbreekt":   "van dit soort signaal is niemand de eigenaar",
		"feestdagen_onbekend":  "deze feestdagen kent Houvast niet",
		"kanaal_naam":          "dit is geen naam van een kanaal",
		"kanaal_dubbel":        "dit kanaal wordt voor twee dingen gebruikt",
		"kanaal_onbekend":      "dit reserve-kanaal bestaat niet",
		"woorden_onbekend":     "deze keuze voor words_in_channel bestaat niet",
		"woorden_in_kanaal":    "woorden van bewoners komen in een kanaal",
		"nummer_oud":           "een nummer is langer dan zes maanden niet nagekeken",
		"nummer_te_oud":        "een nummer is langer dan een jaar niet nagekeken",
		"nummer_ontbreekt":     "112 of 113 staat er niet",
		"buiten_uren":          "er is geen tekst voor als er niemand is",
		"uren_ontbreken":       "een team heeft geen uren",
		"niemand_op_dag":       "op een dag met uren werkt er niemand",
		"dagen_ontbreken":      "iemand heeft geen werkdagen",
		"lid_rol":              "een maatje staat als lid in een team",
		"coordinator":          "een team heeft geen coördinator",
		"reserve_ontbreekt":    "niemand van het team heeft een reserve-kanaal",
		"mattermost_ontbreekt": "iemand is niet bereikbaar in Mattermost",
		"naam_dubbel":          "twee mensen heten hetzelfde",
		"vervanging_ontbreekt": "iemand is weg en niemand neemt het over",
		"vervanging_rond":      "mensen vervangen elkaar in een kring",
		"vervanging_rol":       "een maatje vervangt een professional",
		"afwezig_volgorde":     "iemand is terug voor die weg is",
		"achterwacht":          "een maatje heeft geen achterwacht",
		"max_bewoners":         "een maatje heeft geen grens aan bewoners",
		"stap_onbekend":        "deze stap gaat naar niemand die bestaat",
		"stap_leeg":            "een stap zegt niet wie het hoort",
		"stap_volgorde":        "een stap komt voor de stap die eraan voorafgaat",
		"crisis_afgezwakt":     "de afspraken voor crisis zijn te zwak",
	}
}

type checker struct {
	n     *Network
	now   time.Time
	found []Fault
}

func (c *checker) fault(path, code, text string, args ...any) *Fault {
	c.found = append(c.found, Fault{Path: path, Level: flows.Fault, Code: code, Text: fmt.Sprintf(text, args...)})
	return &c.found[len(c.found)-1]
}

func (c *checker) warn(path, code, text string, args ...any) *Fault {
	f := c.fault(path, code, text, args...)
	f.Level = flows.Warning
	return f
}

func (c *checker) missing(path, value, text string, args ...any) bool {
	if strings.TrimSpace(value) == "" {
		c.fault(path, "ontbreekt", text, args...)
		return true
	}
	return false
}

// known reports whether key names a person; empty is left to who asks.
func (c *checker) known(path, key string) bool {
	if key == "" {
		return false
	}
	if _, ok := c.n.People[key]; ok {
		return true
	}
	c.fault(path, "persoon_onbekend", "'%s' staat niet onder people", key).Hint = near(key, sorted(c.n.People))
	return false
}

func (c *checker) whole() {
	n := c.n
	c.missing("municipality", n.Municipality, "zet erbij welke gemeente dit is: municipality")
	if n.Zone == nil {
		c.fault("zone", "ontbreekt", "zet erbij in welke tijdzone dit is: zone: Europe/Amsterdam")
	}
	if n.Holidays != "" && n.Holidays != "nl" {
		c.fault("holidays", "feestdagen_onbekend", "feestdagen '%s' ken ik niet; schrijf nl, of laat het weg", n.Holidays)
	}
	if len(n.Wijken) == 0 {
		c.fault("wijken", "ontbreekt", "er is nog geen wijk")
	}
	if len(n.Teams) == 0 {
		c.fault("teams", "ontbreekt", "er is nog geen team")
	}
	if len(n.People) == 0 {
		c.fault("people", "ontbreekt", "er zijn nog geen mensen")
	}
	for _, k := range Kinds() {
		if k == Unreadable || k == Reading || k == Arrival {
			continue // the house's own; DefaultRule says who owns them
		}
		if _, ok := n.Rules[k]; !ok {
			c.fault("signals", "eigenaar_ontbreekt", "van '%s' is niemand de eigenaar; zet het onder signals", k)
		}
	}
}

// Kinds are all kinds of signal, the most pressing first.
func Kinds() []Kind {
	return []Kind{Crisis, Distress, ContactWish, GoodNews, MissedCheckIn, PeerWorry, PracticalHelp,
		Unreadable, Reading, Arrival}
}

func (c *checker) numbers() {
	has := func(number string) bool {
		return slices.ContainsFunc(c.n.Numbers, func(x Number) bool { return x.Number == number })
	}
	for _, must := range lifelines() {
		key, number := must.Key, must.Number
		if !slices.ContainsFunc(c.n.Numbers, func(x Number) bool { return x.Key == key && x.Number == number }) {
			f := c.fault("numbers", "nummer_ontbreekt", "%s ontbreekt onder numbers", number)
			f.Hint = fmt.Sprintf(`zet erbij: "%s": {number: "%s", ...}`, key, number)
			if has(number) {
				f.Hint = fmt.Sprintf("noem %s '%s'", number, key)
			}
		}
	}
	for _, x := range c.n.Numbers {
		path := "numbers." + x.Key
		c.missing(path+".number", x.Number, "bij '%s' staat geen nummer", x.Key)
		c.missing(path+".for", x.For, "bij '%s' staat niet wanneer je het belt: for", x.Key)
		switch {
		case x.Checked.IsZero():
			c.fault(path+".checked", "ontbreekt", "bij '%s' staat niet wanneer het is nagekeken: checked", x.Key)
		case x.Checked.After(c.now.AddDate(0, 0, 1)):
			c.fault(path+".checked", "nummer_te_oud", "'%s' kan niet op %s nagekeken zijn; die dag moet nog komen", x.Key, x.Checked.Format("2-1-2006"))
		case c.now.After(x.Checked.AddDate(0, tooOld, 0)):
			c.fault(path+".checked", "nummer_te_oud", "'%s' is langer dan een jaar niet nagekeken; bel het en zet de datum van vandaag", x.Key)
		case c.now.After(x.Checked.AddDate(0, old, 0)):
			c.warn(path+".checked", "nummer_oud", "'%s' is langer dan zes maanden niet nagekeken; bel het en zet de datum van vandaag", x.Key)
		}
	}
}

func (c *checker) wijk(key string, w Wijk) {
	path := "wijken." + key
	c.missing(path+".name", w.Name, "wijk '%s' heeft geen naam", key)
	if !c.missing(path+".team", w.Team, "wijk '%s' heeft geen team; alles wat geen eigenaar heeft, komt daar", key) {
		if _, ok := c.n.Teams[w.Team]; !ok {
			c.fault(path+".team", "team_onbekend", "'%s' staat niet onder teams", w.Team).Hint = near(w.Team, sorted(c.n.Teams))
		}
	}
	if !c.missing(path+".reader", w.Reader, "wijk '%s' heeft niemand die leest wat niet gedeeld is: reader", key) &&
		c.known(path+".reader", w.Reader) && c.n.People[w.Reader].Peer() {
		c.fault(path+".reader", "vervanging_rol", "%s is een maatje; een professional leest wat niet gedeeld is", c.n.People[w.Reader].Name)
	}
}

func (c *checker) team(key string, t Team) {
	path := "teams." + key
	c.missing(path+".name", t.Name, "team '%s' heeft geen naam", key)
	if !c.missing(path+".channel", t.Channel, "team '%s' heeft geen kanaal in Mattermost", key) {
		c.channel(path+".channel", t.Channel)
	}
	if t.GoodNews != "" {
		c.channel(path+".good_news", t.GoodNews)
	}
	c.sharedChannels(key, t)
	switch t.WordsInChannel {
	case "", "none":
	case "good_news", "shared":
		c.warn(path+".words_in_channel", "woorden_in_kanaal", "woorden van bewoners komen in %s te staan; dat mag alleen als de privacy-functionaris ja zegt", t.Channel)
	default:
		c.fault(path+".words_in_channel", "woorden_onbekend", "'%s' kan niet; schrijf none, good_news of shared", t.WordsInChannel).Hint = near(t.WordsInChannel, []string{"none", "good_news", "shared"})
	}

	if len(t.Members) == 0 {
		c.fault(path+".members", "ontbreekt", "team '%s' heeft geen leden", key)
	}
	reserve, complete := false, true
	for i, m := range t.Members {
		at := fmt.Sprintf("%s.members.%d", path, i)
		if !c.known(at, m) {
			complete = false
			continue
		}
		p := c.n.People[m]
		reserve = reserve || p.Reserve != ""
		if p.Peer() {
			c.fault(at, "lid_rol", "%s is een maatje en heeft geen dienst; zet %s niet bij members", p.Name, p.Name)
		}
	}
	if complete && len(t.Members) > 0 && !reserve {
		c.warn(path+".members", "reserve_ontbreekt", "niemand van team '%s' heeft een reserve-kanaal; als Mattermost stuk is, hoort niemand een crisis", key)
	}
	if t.Coordinator == "" {
		c.warn(path+".coordinator", "coordinator", "team '%s' heeft geen coördinator; de laatste stap komt dan bij niemand", key)
	} else {
		c.known(path+".coordinator", t.Coordinator)
	}
	c.duty(path, key, t, complete)
	c.outOfHours(path, key, t)
}

func (c *checker) channel(path, name string) {
	ok := len(name) >= 2 && len(name) <= 64 && !strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	})
	if !ok {
		c.fault(path, "kanaal_naam", "'%s' is geen naam van een kanaal; neem de naam uit het adres, met kleine letters, cijfers en streepjes", name)
	}
}

// sharedChannels refuses one channel for two things: good news never stands
// among distress, and one team's signals never reach another.
func (c *checker) sharedChannels(key string, t Team) {
	path := "teams." + key
	if t.Channel != "" && t.Channel == t.GoodNews {
		c.fault(path+".good_news", "kanaal_dubbel", "goed nieuws hoort een eigen kanaal te hebben, niet %s", t.Channel)
	}
	for _, other := range sorted(c.n.Teams) {
		o := c.n.Teams[other]
		if other < key && t.Channel != "" && (t.Channel == o.Channel || t.Channel == o.GoodNews) {
			c.fault(path+".channel", "kanaal_dubbel", "%s is al het kanaal van team '%s'", t.Channel, other)
		}
		if other < key && t.GoodNews != "" && (t.GoodNews == o.Channel || t.GoodNews == o.GoodNews) {
			c.fault(path+".good_news", "kanaal_dubbel", "%s is al het kanaal van team '%s'", t.GoodNews, other)
		}
	}
}

var weekdaysMondayFirst = [...]struct {
	day  time.Weekday
	name string
}{{1, "maandag"}, {2, "dinsdag"}, {3, "woensdag"}, {4, "donderdag"}, {5, "vrijdag"}, {6, "zaterdag"}, {0, "zondag"}}

func (c *checker) duty(path, key string, t Team, complete bool) {
	if t.Duty.Never() {
		c.fault(path+".duty", "uren_ontbreken", `team '%s' heeft geen uren; schrijf bijvoorbeeld ma-vr: "09:00-17:00"`, key)
		return
	}
	if !complete {
		return
	}
	for _, d := range weekdaysMondayFirst {
		if t.Duty.On(1<<((d.day+6)%7)).Never() || slices.ContainsFunc(t.Members, func(m string) bool { return c.n.People[m].Days.Has(d.day) }) {
			continue
		}
		c.warn(path+".duty", "niemand_op_dag", "op %s heeft team '%s' uren, maar werkt er niemand; bewoners lezen dan dat er niemand is", d.name, key)
	}
}

func (c *checker) outOfHours(path, key string, t Team) {
	if t.OutOfHours == "" && !t.Duty.Always() {
		c.fault(path+".out_of_hours", "buiten_uren", "team '%s' heeft geen tekst voor als er niemand is: out_of_hours", key)
	}
	if len(t.OutNumbers) == 0 && !t.Duty.Always() {
		c.fault(path+".out_of_hours", "buiten_uren", "team '%s' heeft geen nummers voor als er niemand is: out_of_hours, numbers", key)
	}
	keys := make([]string, len(c.n.Numbers))
	for i, x := range c.n.Numbers {
		keys[i] = x.Key
	}
	for i, x := range t.OutNumbers {
		if !slices.Contains(keys, x) {
			c.fault(fmt.Sprintf("%s.out_of_hours.numbers.%d", path, i), "nummer_onbekend", "'%s' staat niet onder numbers", x).Hint = near(x, keys)
		}
	}
}

// near is a question for the coordinator about a slip of the pen.
func near(word string, known []string) string { return flows.Near(word, known) }

func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
