package check

import (
	"maps"
	"math/rand/v2"
	"slices"

	"houvast/flows"
)

// An Exploration is what became of every conversation a flow allows.
type Exploration struct {
	Conversations int
	Sampled       bool           // there were more; these were drawn by chance
	Ends          map[string]int // by outcome; an interrupt counts as "→ name"
	Signals       map[string]int // alarms by kind
	Questions     int            // in the longest conversation
	Longest       []flows.Move
	Endless       int            // were still going on after 60 answers
	Stuck         [][]flows.Move // stopped because a step was not there, or went on without a question
	Helpless      [][]flows.Move // a bad or risky answer, and an end without help
}

// Most is how many conversations [Explore] plays before it samples.
const Most = 100_000

// deepestTalk is how many answers a conversation has at most before the explorer
// says that it never ends.
const deepestTalk = 60

// Explore plays every conversation that f allows for p: every button, every
// number, own words where they are taken, and silence at every question. When
// there are more than most it plays that many by chance, drawn from seed, and
// says so.
func Explore(f *flows.Flow, p flows.Person, most int, seed uint64) Exploration {
	e := explorer{f: f, most: most, seed: seed, helps: map[string]bool{}}
	return e.explore(p, talk{p: p})
}

func (e *explorer) explore(p flows.Person, from talk) Exploration {
	e.reset()
	s, effects := flows.Start(e.f, p)
	from.s = s
	if e.walk(from.after(effects)); !e.full {
		return e.Exploration
	}
	e.reset()
	e.Sampled = true
	chance := rand.New(rand.NewPCG(e.seed, e.seed))
	for range e.most {
		e.draw(from.after(effects), chance)
	}
	return e.Exploration
}

type explorer struct {
	Exploration
	f     *flows.Flow
	most  int
	seed  uint64
	full  bool
	moves []flows.Move
	helps map[string]bool // of the flows that were interrupted for
}

func (e *explorer) reset() {
	e.Exploration = Exploration{Ends: map[string]int{}, Signals: map[string]int{}}
	e.full = false
	e.moves = e.moves[:0]
}

// A talk is one conversation under way.
type talk struct {
	p       flows.Person
	s       flows.State
	open    flows.Ask
	signals []string
	helped  bool
	bad     bool
	left    bool // for another flow
	end     string
}

// arrow stands before the name of the flow that a conversation left for.
const arrow = "→ "

// after takes in what the engine wanted done.
func (t talk) after(effects []flows.Effect) talk {
	for _, effect := range effects {
		switch effect := effect.(type) {
		case flows.Ask:
			t.open = effect
		case flows.Signal:
			if !effect.Adds {
				t.signals = append(t.signals[:len(t.signals):len(t.signals)], effect.Kind)
			}
			t.helped = t.helped || effect.HeardBy != "nobody" &&
				slices.Contains([]string{flows.SignalDistress, flows.SignalContact, flows.SignalWorry, flows.SignalCrisis}, effect.Kind)
		case flows.Contact:
			t.signals = append(t.signals[:len(t.signals):len(t.signals)], flows.SignalContact)
			t.helped = true
		case flows.Handoff:
			t.helped = true
			t.open = flows.Ask{}
		case flows.Remember:
			facts := maps.Clone(t.p.Facts)
			if facts == nil {
				facts = map[string]string{}
			}
			facts[effect.Name] = effect.Value
			t.p.Facts = facts
		case flows.Interrupt:
			t.end, t.left = arrow+effect.Name, true
			t.helped = t.helped || effect.Name == flows.CrisisCard
		case flows.End:
			t.end = effect.Outcome
		}
	}
	return t
}

// options lists what a person can do now. Going back is not among them: it leads
// to places that are explored anyway.
func (e *explorer) options(t talk) []flows.Move {
	if !t.s.Waits() {
		return nil
	}
	step := e.f.At(t.s, t.p.Language)
	if step == nil {
		return nil
	}
	if step.Kind == flows.KindHandoff {
		return []flows.Move{{Do: "teruggeven"}}
	}
	out := make([]flows.Move, 0, len(t.open.Buttons)+2)
	for _, b := range t.open.Buttons {
		// One choice stands for the many that a multi allows: none, or one of them.
		if step.Kind == flows.KindMulti && len(t.s.Part) > 0 && b.ID != flows.ButtonDone {
			continue
		}
		do := "kies"
		if step.Kind == flows.KindScale && b.ID != flows.ButtonSkip {
			do = "schaal"
		}
		out = append(out, flows.Move{Do: do, With: b.ID})
	}
	if slices.Contains(t.open.Accept, "text") {
		out = append(out, flows.Move{Do: "tekst", With: "woorden"})
	} else if len(t.open.Accept) > 0 {
		do := "spraak"
		if t.open.Accept[0] == "photo" {
			do = "foto"
		}
		out = append(out, flows.Move{Do: do})
	}
	if w := step.Waiting; w != nil && w.GiveUpAfter > 0 && w.Then != "" {
		out = append(out, flows.Move{Do: "wacht", With: flows.FormatDuration(w.GiveUpAfter)})
	}
	return out
}

func (e *explorer) play(t talk, m flows.Move) talk {
	var in flows.Input
	switch m.Do {
	case "kies", "schaal":
		in = flows.Pressed{Ask: t.s.Ask, Button: m.With}
		t.bad = t.bad || e.marked(t.s, m.With)
	case "tekst":
		in = flows.Wrote{Text: m.With}
	case "spraak":
		in = flows.Sent{Kind: "voice", Ref: "proef"}
	case "foto":
		in = flows.Sent{Kind: "photo", Ref: "proef"}
	case "wacht":
		in = flows.GiveUp{Ask: t.s.Ask}
	default:
		in = flows.GiveBack{}
	}
	s, effects := flows.Next(e.f, t.p, t.s, in)
	t.s = s
	return t.after(effects)
}

// marked reports whether a button of the open question says that all is not well.
func (e *explorer) marked(s flows.State, button string) bool {
	step := e.f.At(s, "")
	return step != nil && slices.ContainsFunc(step.Buttons, func(b flows.Choice) bool { return b.ID == button && (b.Bad || b.Risk) })
}

func (e *explorer) walk(t talk) {
	options := e.options(t)
	if e.over(t, options) || e.full {
		return
	}
	for _, m := range options {
		e.moves = append(e.moves, m)
		e.walk(e.play(t, m))
		e.moves = e.moves[:len(e.moves)-1]
	}
}

func (e *explorer) draw(t talk, chance *rand.Rand) {
	e.moves = e.moves[:0]
	for {
		options := e.options(t)
		if e.over(t, options) {
			return
		}
		m := options[chance.IntN(len(options))]
		e.moves = append(e.moves, m)
		t = e.play(t, m)
	}
}

// over counts a conversation that came to its end.
func (e *explorer) over(t talk, options []flows.Move) bool {
	if t.s.Waits() && len(options) > 0 && len(e.moves) < deepestTalk {
		return false
	}
	if e.Conversations >= e.most {
		e.full = true
		return true
	}
	e.Conversations++
	for _, kind := range t.signals {
		e.Signals[kind]++
	}
	if len(e.moves) > e.Questions || e.Longest == nil {
		e.Questions, e.Longest = len(e.moves), slices.Clone(e.moves)
	}
	switch {
	case t.s.Waits() && len(options) > 0:
		e.Endless++
		return true
	case t.s.Waits() || t.end == flows.OutcomeGone:
		e.Stuck = append(e.Stuck, slices.Clone(e.moves))
		return true
	}
	e.Ends[t.end]++
	if t.bad && !t.helped && !(t.left && e.surelyHelps(t.end[len(arrow):], t.p)) {
		e.Helpless = append(e.Helpless, slices.Clone(e.moves))
	}
	return true
}

// surelyHelps explores the flow that a conversation left for: whether everybody
// who comes there is helped.
func (e *explorer) surelyHelps(id string, p flows.Person) bool {
	if known, ok := e.helps[id]; ok {
		return known
	}
	e.helps[id] = false // two flows that leave for each other help nobody
	g, ok := e.f.LinkedTo(id)
	if !ok {
		return false
	}
	sub := explorer{f: g, most: e.most, seed: e.seed, helps: e.helps}
	e.helps[id] = len(sub.explore(p, talk{p: p, bad: true}).Helpless) == 0
	return e.helps[id]
}
