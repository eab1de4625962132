// Package flowstest draws flows by chance, for the tests of the engine, which
// must be total on whatever it is given, and of the checks, which must let nothing
// through that could strand somebody.
package flowstest

import (
	"fmt"
	"strconv"
	"time"

	"pgregory.net/rapid"

	"houvast/flows"
)

// Draft draws a flow that may well be unsafe: steps of every kind, mostly going
// forward, sometimes anywhere. It calls and leaves for others, when there are any.
func Draft(t *rapid.T, id string, others []string) flows.Draft {
	n := rapid.IntRange(1, 7).Draw(t, "steps")
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("stap%d", i)
	}
	counts := rapid.Bool().Draw(t, "counts") // some go round, and mostly count how often
	ids = append(ids, "einde", "signaal", "kaart")
	d := flows.Draft{ID: id, Title: "Proef", Owner: "proef", Language: "nl", Start: ids[0], Uses: []string{"naam", "maatje"},
		Remember: []flows.Remembered{{Name: "teller", Type: "number", Default: "0", Keep: 24 * time.Hour}}}
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
		d.Waiting = &flows.Waiting{RemindAfter: time.Hour, RemindText: "Nog open.", GiveUpAfter: 12 * time.Hour, Then: rapid.SampledFrom(ids).Draw(t, "then")}
	}
	var asked []string
	condition := func() flows.Condition {
		if len(asked) == 0 {
			return flows.Condition{Clauses: []flows.Clause{{Name: "naam", Op: flows.Answered}}}
		}
		c := flows.Condition{Any: rapid.Bool().Draw(t, "any")}
		if rapid.IntRange(0, 2).Draw(t, "count") == 0 {
			return flows.Condition{Clauses: []flows.Clause{{Name: "teller", Op: rapid.SampledFrom([]flows.Op{flows.Less, flows.AtMost, flows.More, flows.AtLeast}).Draw(t, "op"), Number: rapid.IntRange(0, 2).Draw(t, "number")}}}
		}
		for range rapid.IntRange(1, 2).Draw(t, "clauses") {
			name := rapid.SampledFrom(asked).Draw(t, "name")
			op := rapid.SampledFrom([]flows.Op{flows.Is, flows.IsNot, flows.Answered, flows.NotAnswered}).Draw(t, "op")
			cl := flows.Clause{Name: name, Op: op}
			if op == flows.Is || op == flows.IsNot {
				cl.Values = []string{rapid.SampledFrom([]string{"a", "b"}).Draw(t, "value")}
			}
			c.Clauses = append(c.Clauses, cl)
		}
		return c
	}
	kinds := []flows.Kind{flows.KindChoice, flows.KindChoice, flows.KindChoice, flows.KindChoice, flows.KindSay, flows.KindScale, flows.KindOpen, flows.KindMulti, flows.KindBranch, flows.KindBranch, flows.KindSet, flows.KindContact, flows.KindHandoff}
	if len(others) > 0 {
		kinds = append(kinds, flows.KindCall, flows.KindCall, flows.KindInterrupt)
	}
	for i := range n {
		s := flows.Step{ID: ids[i], Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Text: "Wat nu?", Next: next(i)}
		save := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "save")
		switch s.Kind {
		case flows.KindChoice:
			s.Save = save
			for _, b := range []string{"a", "b"} {
				label := "Knop " + b
				if b == "b" && rapid.IntRange(0, 3).Draw(t, "somebody") == 0 {
					label = "Met {maatje}"
				}
				s.Buttons = append(s.Buttons, flows.Choice{ID: b, Label: label, Next: next(i), Bad: rapid.IntRange(0, 2).Draw(t, "bad") == 0})
			}
			if rapid.IntRange(0, 3).Draw(t, "skip") == 0 {
				s.Skip = &flows.Choice{ID: "skip", Label: "Liever niet", Next: next(i)}
			}
			s.Next = ""
			asked = append(asked, save)
		case flows.KindMulti:
			s.Save = "m" + save
			s.Buttons = []flows.Choice{{ID: "a", Label: "Een", Bad: rapid.Bool().Draw(t, "bad")}, {ID: "b", Label: "Twee"}}
		case flows.KindScale:
			s.Save, s.From, s.To, s.Low, s.High = "s"+save, 1, 3, "laag", "hoog"
		case flows.KindOpen:
			s.Save, s.Accept = "o"+save, []string{"text", "photo"}
			if rapid.Bool().Draw(t, "skip") {
				s.Skip = &flows.Choice{ID: "skip", Label: "Liever niet"}
			}
		case flows.KindBranch:
			for range rapid.IntRange(1, 2).Draw(t, "rows") {
				s.Rows = append(s.Rows, flows.Row{If: condition(), Next: next(i)})
			}
			s.Else, s.Next, s.Text = next(i), "", ""
		case flows.KindSet:
			s.Text = ""
			s.Of, s.Value = "teller", flows.Value{Of: "teller", Plus: 1}
			if rapid.IntRange(0, 3).Draw(t, "again") == 0 {
				s.Value = flows.Value{Word: "0"}
			}
			if len(asked) > 0 && rapid.Bool().Draw(t, "answer") {
				s.Of, s.Value = rapid.SampledFrom(asked).Draw(t, "name"), flows.Value{Word: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "word")}
			}
		case flows.KindContact:
			s.Of, s.Tell = "team", "Ik vraag het. {belofte}"
			if rapid.Bool().Draw(t, "parts") {
				s.When = []string{"vandaag", "morgen"}
			}
		case flows.KindHandoff:
			s.Of, s.GiveBackAfter = "team", time.Hour
		case flows.KindCall:
			s.Of, s.Text = others[0], "" // a call to a flow that is not there is a fault of its own
		case flows.KindInterrupt:
			s.Of, s.Text, s.Next = rapid.SampledFrom(others).Draw(t, "interrupt"), "", ""
		}
		d.Steps = append(d.Steps, s)
	}
	if counts {
		op := rapid.SampledFrom([]flows.Op{flows.Less, flows.Less, flows.AtMost, flows.More, flows.Is, flows.IsNot}).Draw(t, "op")
		most := rapid.IntRange(1, 3).Draw(t, "most")
		row := flows.Clause{Name: "teller", Op: op, Number: most}
		if op == flows.Is || op == flows.IsNot {
			row.Number, row.Values = 0, []string{strconv.Itoa(most)}
		}
		when := flows.Condition{Any: rapid.Bool().Draw(t, "any"), Clauses: []flows.Clause{row}}
		if rapid.IntRange(0, 3).Draw(t, "more") == 0 {
			when.Clauses = append(when.Clauses, flows.Clause{Name: "naam", Op: flows.Answered})
		}
		d.Steps = append(d.Steps,
			flows.Step{ID: "tel", Kind: flows.KindSet, Of: "teller", Value: flows.Value{Of: "teller", Plus: rapid.IntRange(1, 2).Draw(t, "plus")}, Next: "rem"},
			flows.Step{ID: "rem", Kind: flows.KindBranch, Rows: []flows.Row{{If: when, Next: ids[rapid.IntRange(0, n-1).Draw(t, "round")]}}, Else: next(n)})
	}
	kind := rapid.SampledFrom([]string{flows.SignalDistress, flows.SignalDistress, flows.SignalGoodNews}).Draw(t, "signal")
	d.Steps = append(d.Steps,
		flows.Step{ID: "signaal", Kind: flows.KindSignal, Of: kind, Text: "Het gaat niet goed.", Tell: "Ik geef het door.", Next: "einde"},
		flows.Step{ID: "kaart", Kind: flows.KindInterrupt, Of: flows.CrisisCard},
		flows.Step{ID: "einde", Kind: flows.KindEnd, Of: "einde", Text: "Dag."})
	return d
}

// Person draws one who may have a buddy, or nobody yet.
func Person(t *rapid.T) flows.Person {
	p := flows.Person{Facts: map[string]string{"naam": "Ria"}}
	if rapid.Bool().Draw(t, "buddy") {
		p.Facts["maatje"] = "Joost"
	}
	return p
}
