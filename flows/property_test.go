package flows

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawDraft draws a flow that may well be unsafe: steps of every kind, mostly
// going forward, sometimes anywhere.
func drawDraft(t *rapid.T, id string, others []string) Draft {
	n := rapid.IntRange(1, 7).Draw(t, "steps")
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("stap%d", i)
	}
	counts := rapid.Bool().Draw(t, "counts") // some go round, and mostly count how often
	ids = append(ids, "einde", "signaal", "kaart")
	d := Draft{ID: id, Title: "Proef", Owner: "proef", Language: "nl", Start: ids[0], Uses: []string{"naam", "maatje"},
		Remember: []Remembered{{Name: "teller", Type: "number", Default: "0", Keep: 24 * time.Hour}}}
	next := func(i int) string {
		switch rapid.IntRange(0, 9).Draw(t, "way") {
		case 0: // anywhere
			return rapid.SampledFrom(ids).Draw(t, "anywhere")
		case 1, 2:
			return rapid.SampledFrom([]string{"signaal", "kaart"}).Draw(t, "help")
		case 3, 4:
			if counts {
				return rapid.SampledFrom([]string{"tel", "tel", "rem"}).Draw(t, "counted")
			}
		}
		return ids[rapid.IntRange(min(i+1, len(ids)-3), len(ids)-3).Draw(t, "forward")]
	}
	d.Patient = rapid.IntRange(0, 7).Draw(t, "patient") == 0
	if !d.Patient {
		d.Waiting = &Waiting{RemindAfter: time.Hour, RemindText: "Nog open.", GiveUpAfter: 12 * time.Hour, Then: rapid.SampledFrom(ids).Draw(t, "then")}
	}
	var asked []string
	condition := func() Condition {
		if len(asked) == 0 {
			return Condition{Clauses: []Clause{{Name: "naam", Op: Answered}}}
		}
		c := Condition{Any: rapid.Bool().Draw(t, "any")}
		if rapid.IntRange(0, 2).Draw(t, "count") == 0 {
			return Condition{Clauses: []Clause{{Name: "teller", Op: rapid.SampledFrom([]Op{Less, AtMost, More, AtLeast}).Draw(t, "op"), Number: rapid.IntRange(0, 2).Draw(t, "number")}}}
		}
		for range rapid.IntRange(1, 2).Draw(t, "clauses") {
			name := rapid.SampledFrom(asked).Draw(t, "name")
			op := rapid.SampledFrom([]Op{Is, IsNot, Answered, NotAnswered}).Draw(t, "op")
			cl := Clause{Name: name, Op: op}
			if op == Is || op == IsNot {
				cl.Values = []string{rapid.SampledFrom([]string{"a", "b"}).Draw(t, "value")}
			}
			c.Clauses = append(c.Clauses, cl)
		}
		return c
	}
	kinds := []Kind{KindChoice, KindChoice, KindChoice, KindChoice, KindSay, KindScale, KindOpen, KindMulti, KindBranch, KindBranch, KindSet, KindContact, KindHandoff}
	if len(others) > 0 {
		kinds = append(kinds, KindCall, KindCall, KindInterrupt)
	}
	for i := range n {
		s := Step{ID: ids[i], Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Text: "Wat nu?", Next: next(i)}
		save := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "save")
		switch s.Kind {
		case KindChoice:
			s.Save = save
			for _, b := range []string{"a", "b"} {
				label := "Knop " + b
				if b == "b" && rapid.IntRange(0, 3).Draw(t, "somebody") == 0 {
					label = "Met {maatje}"
				}
				s.Buttons = append(s.Buttons, Choice{ID: b, Label: label, Next: next(i), Bad: rapid.IntRange(0, 2).Draw(t, "bad") == 0})
			}
			if rapid.IntRange(0, 3).Draw(t, "skip") == 0 {
				s.Skip = &Choice{ID: "skip", Label: "Liever niet", Next: next(i)}
			}
			s.Next = ""
			asked = append(asked, save)
		case KindMulti:
			s.Save = "m" + save
			s.Buttons = []Choice{{ID: "a", Label: "Een", Bad: rapid.Bool().Draw(t, "bad")}, {ID: "b", Label: "Twee"}}
		case KindScale:
			s.Save, s.From, s.To, s.Low, s.High = "s"+save, 1, 3, "laag", "hoog"
		case KindOpen:
			s.Save, s.Accept = "o"+save, []string{"text", "photo"}
			if rapid.Bool().Draw(t, "skip") {
				s.Skip = &Choice{ID: "skip", Label: "Liever niet"}
			}
		case KindBranch:
			for range rapid.IntRange(1, 2).Draw(t, "rows") {
				s.Rows = append(s.Rows, Row{If: condition(), Next: next(i)})
			}
			s.Else, s.Next, s.Text = next(i), "", ""
		case KindSet:
			s.Text = ""
			s.Of, s.Value = "teller", Value{Of: "teller", Plus: 1}
			if rapid.IntRange(0, 3).Draw(t, "again") == 0 {
				s.Value = Value{Word: "0"}
			}
			if len(asked) > 0 && rapid.Bool().Draw(t, "answer") {
				s.Of, s.Value = rapid.SampledFrom(asked).Draw(t, "name"), Value{Word: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "word")}
			}
		case KindContact:
			s.Of, s.Tell = "team", "Ik vraag het. {belofte}"
			if rapid.Bool().Draw(t, "parts") {
				s.When = []string{"vandaag", "morgen"}
			}
		case KindHandoff:
			s.Of, s.GiveBackAfter = "team", time.Hour
		case KindCall:
			s.Of, s.Text = others[0], "" // a call to a flow that is not there is a fault of its own
		case KindInterrupt:
			s.Of, s.Text, s.Next = rapid.SampledFrom(others).Draw(t, "interrupt"), "", ""
		}
		d.Steps = append(d.Steps, s)
	}
	if counts {
		op := rapid.SampledFrom([]Op{Less, Less, AtMost, More, Is, IsNot}).Draw(t, "op")
		most := rapid.IntRange(1, 3).Draw(t, "most")
		row := Clause{Name: "teller", Op: op, Number: most}
		if op == Is || op == IsNot {
			row.Number, row.Values = 0, []string{itoa(most)}
		}
		when := Condition{Any: rapid.Bool().Draw(t, "any"), Clauses: []Clause{row}}
		if rapid.IntRange(0, 3).Draw(t, "more") == 0 {
			when.Clauses = append(when.Clauses, Clause{Name: "naam", Op: Answered})
		}
		d.Steps = append(d.Steps,
			Step{ID: "tel", Kind: KindSet, Of: "teller", Value: Value{Of: "teller", Plus: rapid.IntRange(1, 2).Draw(t, "plus")}, Next: "rem"},
			Step{ID: "rem", Kind: KindBranch, Rows: []Row{{If: when, Next: ids[rapid.IntRange(0, n-1).Draw(t, "round")]}}, Else: next(n)})
	}
	kind := rapid.SampledFrom([]string{SignalDistress, SignalDistress, SignalGoodNews}).Draw(t, "signal")
	d.Steps = append(d.Steps,
		Step{ID: "signaal", Kind: KindSignal, Of: kind, Text: "Het gaat niet goed.", Tell: "Ik geef het door.", Next: "einde"},
		Step{ID: "kaart", Kind: KindInterrupt, Of: CrisisCard},
		Step{ID: "einde", Kind: KindEnd, Of: "einde", Text: "Dag."})
	return d
}

func drawPerson(t *rapid.T) Person {
	p := Person{Facts: map[string]string{"naam": "Ria"}}
	if rapid.Bool().Draw(t, "buddy") {
		p.Facts["maatje"] = "Joost"
	}
	return p
}

// What the checks let through never gets stuck, never goes on without a
// question, and never lets a bad answer end without help, whatever a person
// presses and however long they are silent. And no talk goes on for ever when the
// checks did not say that it can.
func TestWhatTheChecksCallImpossibleNeverHappens(t *testing.T) {
	t.Parallel()
	sound, bad := 0, 0
	check := func(t *rapid.T) {
		ds := []Draft{drawDraft(t, "een", []string{"twee", "drie", CrisisCard}), drawDraft(t, "twee", []string{"drie"}), drawDraft(t, "drie", nil)}
		fs, found := CompileSet(ds, World{House: false})
		if fs == nil {
			return
		}
		sound++
		endless := slices.ContainsFunc(found, func(f Finding) bool { return f.Code == "herhaling" })
		p := drawPerson(t)
		for _, f := range fs {
			for i := range f.Steps {
				for _, b := range f.Steps[i].Buttons {
					if b.Bad {
						bad++
					}
				}
			}
			e := Explore(f, p, 3000, 1)
			if e.Endless > 0 && !endless {
				t.Fatalf("%s can go on for ever: %v", f.ID, e.Longest)
			}
			if len(e.Stuck) > 0 {
				t.Fatalf("%s gets stuck after %v", f.ID, e.Stuck[0])
			}
			if len(e.Helpless) > 0 {
				t.Fatalf("%s leaves somebody without help after %v", f.ID, e.Helpless[0])
			}
		}
	}
	for range 15 { // most of what is drawn is unsafe, and stops at the checks
		rapid.Check(t, check)
	}
	if sound < 10 || bad < 10 {
		t.Errorf("only %d sound sets of flows with %d bad answers were drawn: this shows too little", sound, bad)
	}
}

// Where the checks say that a counter ends it, no talk goes on for ever. The same
// flows are drawn at every run, so that it is known how many of them go round.
func TestWhatIsCountedEnds(t *testing.T) {
	t.Parallel()
	draw := rapid.Custom(func(t *rapid.T) Draft { return drawDraft(t, "een", nil) })
	counted, uncounted := 0, 0
	for seed := range 5000 {
		d := draw.Example(seed)
		f, found := Compile(d)
		if f == nil || newChecker(&d).rounds(f.StepIDs(), nil) == nil {
			continue
		}
		if slices.ContainsFunc(found, func(f Finding) bool { return f.Code == "herhaling" }) {
			if Explore(f, Person{}, 100, 1).Endless > 0 {
				uncounted++
			}
			continue
		}
		counted++
		if e := Explore(f, Person{}, 2000, 1); e.Endless > 0 {
			t.Errorf("draft %d: the checks say that a counter ends it, and after 60 answers it still goes on: %v", seed, e.Longest)
		}
	}
	t.Logf("%d counted and %d uncounted rounds", counted, uncounted)
	if counted < 50 || uncounted < 50 {
		t.Errorf("only %d counted and %d uncounted rounds were drawn: this shows too little", counted, uncounted)
	}
}

// An event is what happened to a conversation: an input, or a step back.
type event struct {
	in   Input
	back bool
}

func drawEvent(t *rapid.T, s State, open Ask) event {
	switch rapid.IntRange(0, 11).Draw(t, "event") {
	case 0:
		return event{back: true}
	case 1:
		return event{in: Remind{Ask: s.Ask - rapid.IntRange(0, 1).Draw(t, "old")}}
	case 2:
		return event{in: GiveUp{Ask: s.Ask - rapid.IntRange(0, 1).Draw(t, "old")}}
	case 3:
		return event{in: GiveBack{}}
	case 4:
		return event{in: Wrote{Text: rapid.SampledFrom([]string{"", "Knop a", "ruzie", "voice:x", "text:photo:", "{belofte}"}).Draw(t, "text")}}
	case 5:
		return event{in: Sent{Kind: rapid.SampledFrom([]string{"photo", "voice", "text", ""}).Draw(t, "kind"), Ref: "r", Caption: "c"}}
	case 6:
		return event{in: Pressed{Ask: rapid.IntRange(-1, 9).Draw(t, "ask"), Button: rapid.SampledFrom([]string{"a", "skip", "done", "", "1"}).Draw(t, "button")}}
	case 7:
		return event{}
	}
	if len(open.Buttons) == 0 {
		return event{in: Wrote{Text: "woorden"}}
	}
	return event{in: Pressed{Ask: s.Ask, Button: rapid.SampledFrom(open.Buttons).Draw(t, "press").ID}}
}

func apply(f *Flow, p Person, s State, e event) (State, []Effect) {
	if e.back {
		return Back(f, p, s)
	}
	return Next(f, p, s, e.in)
}

func stored(t *rapid.T, s State) string {
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The engine changes nothing it was given, keeps its place through the store,
// and whoever folds the same events over the same flow comes to the same state.
// All of that holds for unsafe flows too: a conversation is never what breaks.
func TestFoldingTheEventsGivesTheSnapshot(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		fs := Link(index(drawDraft(t, "een", []string{"twee", "een", CrisisCard})), index(drawDraft(t, "twee", []string{"een"})))
		f, p := fs[0], drawPerson(t)
		s, effects := Start(f, p)
		var log []event
		var open Ask
		for range rapid.IntRange(0, 25).Draw(t, "events") {
			for _, e := range effects {
				if a, ok := e.(Ask); ok {
					open = a
				}
			}
			e := drawEvent(t, s, open)
			log = append(log, e)
			before := stored(t, s)
			var next State
			next, effects = apply(f, p, s, e)
			if after := stored(t, s); after != before {
				t.Fatalf("the state that was given changed\nfrom %s\nto   %s", before, after)
			}
			if next.Waits() && next.Ask < s.Ask && s.Waits() {
				t.Fatalf("question %d came after %d", next.Ask, s.Ask)
			}
			if !next.Waits() && s.Waits() && next.Step == "" && len(effects) == 0 {
				t.Fatal("a conversation ended in silence")
			}
			s = next
		}
		folded, _ := Start(f, p)
		for _, e := range log {
			var kept State
			if err := json.Unmarshal([]byte(stored(t, folded)), &kept); err != nil {
				t.Fatal(err)
			}
			folded, _ = apply(f, p, kept, e)
		}
		if stored(t, folded) != stored(t, s) {
			t.Fatalf("folding the events gave %s, the snapshot is %s", stored(t, folded), stored(t, s))
		}
	})
}

// Any state somebody could find in a damaged store, with any input, is answered.
func FuzzNext(f *testing.F) {
	f.Add([]byte(`{"f":"een","s":"stap0","q":1}`), "a", 1, uint8(0))
	f.Add([]byte(`{"f":"twee","s":"stap1","q":3,"a":{"x":"a"},"p":["a","b","c"],"b":[{"f":"een","v":0,"s":"stap1"}],"t":["2:stap0+x","9:"],"r":["distress"]}`), "skip", 3, uint8(1))
	f.Add([]byte(`{"s":"einde","q":-1,"t":["stap0"]}`), "", -1, uint8(7))
	draw := rapid.Custom(func(t *rapid.T) []Draft {
		return []Draft{drawDraft(t, "een", []string{"twee", "een", "weg"}), drawDraft(t, "twee", []string{"een"})}
	})
	var sets [][]*Flow
	for seed := range 30 {
		ds := draw.Example(seed)
		sets = append(sets, Link(index(ds[0]), index(ds[1])))
	}
	f.Fuzz(func(t *testing.T, state []byte, word string, ask int, kind uint8) {
		var s State
		if err := json.Unmarshal(state, &s); err != nil {
			return // no state is stored so, and there is nothing to go on from
		}
		in := []Input{Pressed{ask, word}, Wrote{word}, Sent{word, word, word}, Sent{"photo", word, word}, Remind{ask}, GiveUp{ask}, GiveBack{}, nil}[kind%8]
		for _, set := range sets {
			p := Person{Language: word, Facts: map[string]string{"naam": word, "maatje": word}}
			before, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range []func() (State, []Effect){
				func() (State, []Effect) { return Next(set[0], p, s, in) },
				func() (State, []Effect) { return Back(set[0], p, s) },
			} {
				next, effects := step()
				if s.Waits() && !next.Waits() && len(effects) == 0 {
					t.Error("a conversation ended in silence")
				}
			}
			after, err := json.Marshal(s)
			if err != nil || !reflect.DeepEqual(before, after) {
				t.Errorf("the state that was given changed: %s to %s", before, after)
			}
		}
	})
}

// A button can be pressed exactly when it is shown.
func TestOffersAgreesWithTheButtons(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDraft(t, "een", nil)
		f, p := index(d), drawPerson(t)
		for i := range d.Steps {
			w := walk{f: f, p: p, s: State{Flow: "een", Step: d.Steps[i].ID}}
			step := w.step(d.Steps[i].ID)
			shown := map[string]bool{}
			for _, b := range w.buttons(step) {
				shown[b.ID] = b.ID != ButtonSkip
			}
			for _, id := range []string{"a", "b", "c", "skip", "done", "1", "3", "4", "+1", "01", "vandaag", ""} {
				if w.offers(step, id) != shown[id] {
					t.Fatalf("%s: %q is shown %t, offered %t", step.Kind, id, shown[id], !shown[id])
				}
			}
		}
	})
}
