package lexicon

import "slices"

// A Class is what a sign is about, as professionals sort it.
type Class struct {
	ID      string
	Level   Level
	Name    string // in Dutch, as it stands on a card
	Meaning string // in English, for who maintains the list
}

// GoodNewsClass marks good news; it is a kind of its own and has no level.
const GoodNewsClass = "G1"

// Classes gives every class: crisis, distress, good news. Source: the class list
// of the domain research, section 3.6.
func Classes() []Class { return slices.Clone(classes[:]) }

var classes = [...]Class{
	{"C1", LevelCrisis, "doodswens", "a wish to be dead"},
	{"C2", LevelCrisis, "zelfdoding genoemd", "suicide or self-harm, by its words and idioms"},
	{"C3", LevelCrisis, "er niet meer willen zijn", "a passive wish, being a burden"},
	{"C4", LevelCrisis, "afscheid", "a farewell"},
	{"C5", LevelCrisis, "plan, plek of middel", "a plan, a place, means at hand"},
	{"C6", LevelCrisis, "al begonnen", "an act in progress"},
	{"C7", LevelCrisis, "stemmen geven opdracht", "voices that command"},
	{"C8", LevelCrisis, "een ander iets aandoen", "harm to others"},
	{"C9", LevelCrisis, "nood of geweld nu", "a physical emergency, violence now, a child in danger"},
	{"C10", LevelCrisis, "bang voor zichzelf", "fear of one's own act"},
	{"C11", LevelCrisis, "gevaar door verwardheid", "psychotic danger: poison, pursuit with action, disorientation, days without drinking"},
	{"C12", LevelCrisis, "crisis, andere taal", "any of these in another language"},
	{"D1", LevelDistress, "het gaat niet goed", "not well"},
	{"D2", LevelDistress, "slapen", "sleep"},
	{"D3", LevelDistress, "stemmen of achterdocht", "voices, suspicion"},
	{"D4", LevelDistress, "medicijnen gestopt of op", "medication stopped or gone"},
	{"D5", LevelDistress, "terugtrekken", "withdrawal, self-neglect"},
	{"D6", LevelDistress, "alleen zijn", "loneliness"},
	{"D7", LevelDistress, "terugval in gebruik", "relapse in use"},
	{"D8", LevelDistress, "geld, huis, eten", "money, housing, food"},
	{"D9", LevelDistress, "angst, onrust, boosheid", "fear, agitation, anger"},
	{"D10", LevelDistress, "geen hoop", "hopelessness"},
	{"D11", LevelDistress, "wil contact", "wants contact, feels forgotten"},
	{"D12", LevelDistress, "zorg om een ander", "worry about somebody else"},
	{"D13", LevelDistress, "laag cijfer of verdrietig gezicht", "rates the day 1 or 2, or sends only a sad emoji"},
	{"D14", LevelDistress, "niet goed, andere taal", "distress in another language"},
	{GoodNewsClass, LevelNone, "goed nieuws", "good news"},
}

// ClassByID finds a class.
func ClassByID(id string) (Class, bool) {
	for _, c := range classes {
		if c.ID == id {
			return c, true
		}
	}
	return Class{}, false
}

// classPlaces is one place per class, and place 0 for all of them.
const classPlaces = 28

// classPlace gives a class its place, from 1.
func classPlace(id string) int {
	if id == "" {
		return 0
	}
	number := 0
	for i := 1; i < len(id); i++ {
		number = number*10 + int(id[i]-'0')
	}
	switch id[0] {
	case 'C':
		return number
	case 'D':
		return 12 + number
	}
	return 27
}

// acute is the order in which classes of one level are named: what is happening
// now before what is meant to happen, the particular before the general.
var acute = []string{"C6", "C9", "C7", "C10", "C8", "C5", "C11", "C4", "C2", "C1", "C3", "C12",
	"D12", "D3", "D4", "D7", "D8", "D2", "D9", "D5", "D6", "D10", "D11", "D1", "D13", "D14"}
