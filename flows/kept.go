package flows

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kept is a file of kept conversations: what must stay true of a flow, however
// its sentences are edited. No word of the bot is in it.
type Kept struct {
	Flow  string
	Tests []Conversation
	Where map[string]Pos
	File  string
}

// A Conversation is one kept conversation: what the person does, and what must
// come of it.
type Conversation struct {
	Name     string
	Language string            // of the person; empty means the flow's
	Given    map[string]string // facts about the person
	Script   []Move
	Expect   Expect
}

// A Move is one thing a person does, or time that passes.
type Move struct {
	Do   string // one of [Moves]
	With string
}

// Moves lists what can stand in a script.
//
//	kies slecht            a press on a button, by its id
//	schaal 4               a press on a number
//	tekst "Ruzie"          own words
//	spraak                 a voice note
//	foto "taart"           a photo, with or without words below it
//	wacht 22h              nothing happens for so long
//	terug                  back to the question before
//	teruggeven             the human who took over gives it back
func Moves() []string {
	return []string{"kies", "schaal", "tekst", "spraak", "foto", "wacht", "terug", "teruggeven"}
}

// ParseMove reads one line of a script. The error is a Dutch sentence.
func ParseMove(text string) (Move, error) {
	do, with, _ := strings.Cut(strings.TrimSpace(text), " ")
	m := Move{Do: do, With: strings.TrimSpace(with)}
	switch do {
	case "kies":
		if m.With == "" {
			return m, fmt.Errorf("achter 'kies' hoort de naam van een knop")
		}
	case "schaal":
		if _, err := strconv.Atoi(m.With); err != nil {
			return m, fmt.Errorf("achter 'schaal' hoort een getal")
		}
	case "wacht":
		if _, ok := ParseDuration(m.With); !ok {
			return m, fmt.Errorf("achter 'wacht' hoort een tijd, zoals 22h")
		}
	case "tekst", "foto":
		if do == "foto" && m.With == "" {
			break
		}
		unquoted, err := strconv.Unquote(m.With)
		if err != nil {
			return m, fmt.Errorf("achter '%s' horen woorden tussen aanhalingstekens", do)
		}
		m.With = unquoted
	case "spraak", "terug", "teruggeven":
		if m.With != "" {
			return m, fmt.Errorf("achter '%s' hoort niets te staan", do)
		}
	default:
		return m, fmt.Errorf("'%s' kan niemand doen; kies uit: %s", do, strings.Join(Moves(), ", "))
	}
	return m, nil
}

// String writes the move as it stands in a script.
func (m Move) String() string {
	switch {
	case m.Do == "tekst", m.Do == "foto" && m.With != "":
		return m.Do + " " + strconv.Quote(m.With)
	case m.With == "":
		return m.Do
	}
	return m.Do + " " + m.With
}

// Expect is what must have come of a conversation. A nil field is not looked at.
type Expect struct {
	Signals    []string // alarms by kind, in order; a contact step counts as contact
	Adds       []string // signals that only added to an earlier one
	Shared     []string // names that were carried to a professional
	NotShared  []string
	HeardBy    *string
	End        *string // the outcome
	Interrupt  *string
	Remembered map[string]string
	Scheduled  []string
	Shows      []string
	Numbers    *bool // whether the crisis numbers were in a message
}

// A Player holds a conversation with a flow, move by move. The editor's preview,
// the kept conversations and the terminal all use it.
type Player struct {
	Flow    *Flow
	Person  Person
	State   State
	Effects []Effect // all of them, in order

	open     Ask           // the question that is open
	waited   time.Duration // since it was asked
	reminded bool
}

// NewPlayer starts a conversation.
func NewPlayer(f *Flow, p Person) *Player {
	p.Facts = maps.Clone(p.Facts)
	if p.Facts == nil {
		p.Facts = map[string]string{}
	}
	pl := &Player{Flow: f, Person: p}
	pl.take(Start(f, p))
	return pl
}

// Open returns the question that is open, if one is.
func (pl *Player) Open() (Ask, bool) { return pl.open, pl.State.Waits() && pl.open.Ask != 0 }

func (pl *Player) take(s State, effects []Effect) []Effect {
	pl.State = s
	pl.Effects = append(pl.Effects, effects...)
	for _, e := range effects {
		switch e := e.(type) {
		case Ask:
			if !e.Again {
				pl.waited, pl.reminded = 0, false
			}
			pl.open = e
		case Handoff:
			pl.open = Ask{Ask: s.Ask, GiveUpAfter: e.GiveBackAfter, Again: true}
			pl.waited, pl.reminded = 0, true
		case Remember:
			pl.Person.Facts[e.Name] = e.Value
		}
	}
	return effects
}

// Do makes one move and returns what followed from it. The error is Dutch: the
// move did not fit.
func (pl *Player) Do(m Move) ([]Effect, error) {
	if !pl.State.Waits() {
		return nil, fmt.Errorf("'%s' kan niet: het gesprek is al klaar", m)
	}
	switch m.Do {
	case "kies", "schaal":
		if !slices.ContainsFunc(pl.open.Buttons, func(b Button) bool { return b.ID == m.With }) {
			return nil, fmt.Errorf("'%s' kan niet: de knoppen zijn %s", m, strings.Join(buttonIDs(pl.open.Buttons), ", "))
		}
		return pl.input(Pressed{Ask: pl.State.Ask, Button: m.With}), nil
	case "tekst":
		return pl.fits(m, Wrote{Text: m.With})
	case "spraak":
		return pl.fits(m, Sent{Kind: "voice", Ref: "proef"})
	case "foto":
		return pl.fits(m, Sent{Kind: "photo", Ref: "proef", Caption: m.With})
	case "terug":
		return pl.take(Back(pl.Flow, pl.Person, pl.State)), nil
	case "teruggeven":
		return pl.input(GiveBack{}), nil
	case "wacht":
		d, ok := ParseDuration(m.With)
		if !ok {
			return nil, fmt.Errorf("'%s' is geen tijd", m.With)
		}
		return pl.wait(d), nil
	}
	return nil, fmt.Errorf("'%s' kan niemand doen", m.Do)
}

func (pl *Player) input(in Input) []Effect { return pl.take(Next(pl.Flow, pl.Person, pl.State, in)) }

func (pl *Player) fits(m Move, in Input) ([]Effect, error) {
	effects := pl.input(in)
	if slices.ContainsFunc(effects, func(e Effect) bool { _, ok := e.(Unread); return ok }) {
		return effects, fmt.Errorf("'%s' kan niet bij deze vraag", m)
	}
	return effects, nil
}

// wait lets time pass, and with it the reminder and the end of waiting.
func (pl *Player) wait(d time.Duration) []Effect {
	var out []Effect
	for pl.State.Waits() {
		next := pl.open.GiveUpAfter
		remind := !pl.reminded && pl.open.RemindAfter > 0 && (next == 0 || pl.open.RemindAfter < next)
		if remind {
			next = pl.open.RemindAfter
		}
		if next == 0 || pl.waited+d < next {
			pl.waited += d
			return out
		}
		d -= max(0, next-pl.waited)
		pl.waited = next
		if remind {
			pl.reminded = true
			giveUp := pl.open.GiveUpAfter
			out = append(out, pl.input(Remind{Ask: pl.State.Ask})...)
			pl.open.GiveUpAfter = giveUp
			continue
		}
		out = append(out, pl.input(GiveUp{Ask: pl.State.Ask})...)
	}
	return out
}

func buttonIDs(bs []Button) []string {
	out := make([]string, len(bs))
	for i, b := range bs {
		out[i] = b.ID
	}
	return out
}

// Replay plays a kept conversation and says, in Dutch, what did not go as it
// should. Nothing means that it went.
func Replay(f *Flow, c Conversation) []string {
	pl := NewPlayer(f, Person{Language: c.Language, Facts: c.Given})
	for i, m := range c.Script {
		if _, err := pl.Do(m); err != nil {
			return []string{fmt.Sprintf("stap %d van het gesprek: %v", i+1, err)}
		}
	}
	return c.Expect.compare(Outcome(pl.Effects))
}

// Outcome sums up what came of a conversation.
func Outcome(effects []Effect) Expect {
	o := Expect{Signals: []string{}, Adds: []string{}, Shared: []string{}, Scheduled: []string{}, Shows: []string{}, Remembered: map[string]string{}}
	numbers := false
	share := func(as []Answer) {
		for _, a := range as {
			if !slices.Contains(o.Shared, a.Name) {
				o.Shared = append(o.Shared, a.Name)
			}
		}
	}
	for _, e := range effects {
		switch e := e.(type) {
		case Say:
			numbers = numbers || e.Numbers
		case Ask:
			numbers = numbers || e.Numbers
		case Signal:
			if e.Adds {
				o.Adds = append(o.Adds, e.Kind)
			} else {
				o.Signals = append(o.Signals, e.Kind)
			}
			if e.HeardBy != "" {
				o.HeardBy = &e.HeardBy
			}
			share(e.Share)
		case Contact:
			o.Signals = append(o.Signals, SignalContact)
			share(e.Share)
		case Schedule:
			o.Scheduled = append(o.Scheduled, e.Flow)
		case Show:
			o.Shows = append(o.Shows, e.What)
		case Remember:
			o.Remembered[e.Name] = e.Value
		case End:
			o.End = &e.Outcome
		case Interrupt:
			o.Interrupt = &e.Name
		}
	}
	o.Numbers = &numbers
	return o
}

func (want Expect) compare(got Expect) []string {
	var out []string
	miss := func(what, want, got string) {
		if want != got {
			out = append(out, fmt.Sprintf("%s: verwacht %s, kreeg %s", what, want, got))
		}
	}
	list := func(what string, want, got []string) {
		if want != nil {
			miss(what, "["+strings.Join(want, ", ")+"]", "["+strings.Join(got, ", ")+"]")
		}
	}
	one := func(what string, want, got *string) {
		switch {
		case want == nil:
		case got == nil:
			miss(what, *want, "niets")
		default:
			miss(what, *want, *got)
		}
	}
	list("signals", want.Signals, got.Signals)
	list("adds", want.Adds, got.Adds)
	list("schedules", want.Scheduled, got.Scheduled)
	list("shows", want.Shows, got.Shows)
	for _, name := range want.Shared {
		if !slices.Contains(got.Shared, name) {
			out = append(out, fmt.Sprintf("shared: '%s' had gedeeld moeten zijn", name))
		}
	}
	for _, name := range want.NotShared {
		if slices.Contains(got.Shared, name) {
			out = append(out, fmt.Sprintf("not_shared: '%s' is gedeeld", name))
		}
	}
	one("heard_by", want.HeardBy, got.HeardBy)
	one("end", want.End, got.End)
	one("interrupt", want.Interrupt, got.Interrupt)
	for _, name := range slices.Sorted(maps.Keys(want.Remembered)) {
		miss("remembers "+name, want.Remembered[name], got.Remembered[name])
	}
	if want.Numbers != nil {
		miss("numbers", strconv.FormatBool(*want.Numbers), strconv.FormatBool(*got.Numbers))
	}
	return out
}
