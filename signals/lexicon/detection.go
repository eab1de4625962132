package lexicon

// A Level says how loud a text speaks.
type Level int

// The levels, quiet first.
const (
	LevelNone Level = iota
	LevelDistress
	LevelCrisis
)

func (l Level) String() string { return [...]string{"none", "distress", "crisis"}[l] }

// LevelNamed finds a level by its name.
func LevelNamed(name string) (Level, bool) {
	for l := LevelNone; l <= LevelCrisis; l++ {
		if l.String() == name {
			return l, true
		}
	}
	return LevelNone, false
}

// A Hit is one pattern that met, of what class, and whether something in the
// clause lowered it.
type Hit struct {
	Pattern    string // id
	Class      string // C1-C12, D1-D14
	Means      string // for C12 and D14: the class it has in Dutch, or empty
	Level      Level
	Lowered    bool   // negated or past: from crisis to distress, with a soft check
	Language   string // of the pattern
	Unreviewed bool   // no native speaker looked at it yet
}

// A Detection is what the word list found in one text.
type Detection struct {
	Level     Level
	Hits      []Hit // loudest first
	GoodNews  bool
	SoftCheck bool // ask gently whether it was meant so; only below crisis
}

// wantsContact is the pattern of plain requests for a person: "kan iemand me bellen",
// "kun je helpen met een brief". Calling out and feeling forgotten have their own.
const (
	wantsContact = "d11-wil-contact"
	alsoAsks     = "d11-leest-iemand" // meets beside it, in whatever order the words come
)

// WantsContact reports whether the text asks for a person, and nothing in it says that
// it is hard: somebody who wants help with a letter is not asked whether it is hard
// (domain research Z44).
func (d Detection) WantsContact() bool {
	asks := false
	for _, h := range d.Hits {
		if h.Pattern != wantsContact && h.Pattern != alsoAsks {
			return false
		}
		asks = asks || h.Pattern == wantsContact
	}
	return asks && d.Level == LevelDistress && !d.SoftCheck
}
