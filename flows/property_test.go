package flows_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"houvast/flows"
	"houvast/flows/flowstest"
)

// An event is what happened to a conversation: an input, or a step back.
type event struct {
	in   flows.Input
	back bool
}

func drawEvent(t *rapid.T, s flows.State, open flows.Ask) event {
	switch rapid.IntRange(0, 11).Draw(t, "event") {
	case 0:
		return event{back: true}
	case 1:
		return event{in: flows.Remind{Ask: s.Ask - rapid.IntRange(0, 1).Draw(t, "old")}}
	case 2:
		return event{in: flows.GiveUp{Ask: s.Ask - rapid.IntRange(0, 1).Draw(t, "old")}}
	case 3:
		return event{in: flows.GiveBack{}}
	case 4:
		return event{in: flows.Wrote{Text: rapid.SampledFrom([]string{"", "Knop a", "ruzie", "voice:x", "text:photo:", "{belofte}"}).Draw(t, "text")}}
	case 5:
		return event{in: flows.Sent{Kind: rapid.SampledFrom([]string{"photo", "voice", "text", ""}).Draw(t, "kind"), Ref: "r", Caption: "c"}}
	case 6:
		return event{in: flows.Pressed{Ask: rapid.IntRange(-1, 9).Draw(t, "ask"), Button: rapid.SampledFrom([]string{"a", "skip", "done", "", "1"}).Draw(t, "button")}}
	case 7:
		return event{}
	}
	if len(open.Buttons) == 0 {
		return event{in: flows.Wrote{Text: "woorden"}}
	}
	return event{in: flows.Pressed{Ask: s.Ask, Button: rapid.SampledFrom(open.Buttons).Draw(t, "press").ID}}
}

func apply(f *flows.Flow, p flows.Person, s flows.State, e event) (flows.State, []flows.Effect) {
	if e.back {
		return flows.Back(f, p, s)
	}
	return flows.Next(f, p, s, e.in)
}

func stored(t *rapid.T, s flows.State) string {
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
		fs := flows.Trusted([]flows.Draft{flowstest.Draft(t, "een", []string{"twee", "een", flows.CrisisCard}), flowstest.Draft(t, "twee", []string{"een"})})
		f, p := fs[0], flowstest.Person(t)
		s, effects := flows.Start(f, p)
		var log []event
		var open flows.Ask
		for range rapid.IntRange(0, 25).Draw(t, "events") {
			for _, e := range effects {
				if a, ok := e.(flows.Ask); ok {
					open = a
				}
			}
			e := drawEvent(t, s, open)
			log = append(log, e)
			before := stored(t, s)
			var next flows.State
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
		folded, _ := flows.Start(f, p)
		for _, e := range log {
			var kept flows.State
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
	draw := rapid.Custom(func(t *rapid.T) []flows.Draft {
		return []flows.Draft{flowstest.Draft(t, "een", []string{"twee", "een", "weg"}), flowstest.Draft(t, "twee", []string{"een"})}
	})
	var sets [][]*flows.Flow
	for seed := range 30 {
		sets = append(sets, flows.Trusted(draw.Example(seed)))
	}
	f.Fuzz(func(t *testing.T, state []byte, word string, ask int, kind uint8) {
		var s flows.State
		if err := json.Unmarshal(state, &s); err != nil {
			return // no state is stored so, and there is nothing to go on from
		}
		in := []flows.Input{flows.Pressed{ask, word}, flows.Wrote{word}, flows.Sent{word, word, word}, flows.Sent{"photo", word, word}, flows.Remind{ask}, flows.GiveUp{ask}, flows.GiveBack{}, nil}[kind%8]
		for _, set := range sets {
			p := flows.Person{Language: word, Facts: map[string]string{"naam": word, "maatje": word}}
			before, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range []func() (flows.State, []flows.Effect){
				func() (flows.State, []flows.Effect) { return flows.Next(set[0], p, s, in) },
				func() (flows.State, []flows.Effect) { return flows.Back(set[0], p, s) },
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
		d := flowstest.Draft(t, "een", nil)
		f, p := flows.Trusted([]flows.Draft{d})[0], flowstest.Person(t)
		for i := range d.Steps {
			shown, offers := flows.ButtonsAt(f, p, d.Steps[i].ID)
			for _, id := range []string{"a", "b", "c", "skip", "done", "1", "3", "4", "+1", "01", "vandaag", ""} {
				if offers(id) != shown[id] {
					t.Fatalf("%s: %q is shown %t, offered %t", d.Steps[i].Kind, id, shown[id], !shown[id])
				}
			}
		}
	})
}
