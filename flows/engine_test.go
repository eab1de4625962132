package flows_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"houvast/content"
	"houvast/content/file"
	"houvast/flows"
	"houvast/flows/check"
)

// starters returns the flows that Houvast comes with, by id.
func starters(tb testing.TB) map[string]*flows.Flow {
	tb.Helper()
	fs, err := content.Flows()
	if err != nil {
		tb.Fatal(err)
	}
	out := map[string]*flows.Flow{}
	for _, f := range fs {
		out[f.ID] = f
	}
	return out
}

// compiled makes a flow of a file that a test wrote.
func compiled(tb testing.TB, src string) *flows.Flow {
	tb.Helper()
	d, found := file.ReadFlow("proef.yaml", []byte(src))
	f, more := check.Compile(d)
	for _, x := range append(found, more...) {
		if x.Level == flows.Fault {
			tb.Fatal(file.Format(x))
		}
	}
	return f
}

var ria = flows.Person{Facts: map[string]string{"naam": "Ria", "vast_contact": "Samira", "maatje": "Joost", "team": "Noord"}}

func ask(tb testing.TB, effects []flows.Effect) flows.Ask {
	tb.Helper()
	for _, e := range effects {
		if a, ok := e.(flows.Ask); ok {
			return a
		}
	}
	tb.Fatalf("no question in %v", effects)
	return flows.Ask{}
}

func has[E flows.Effect](effects []flows.Effect) bool {
	_, ok := first[E](effects)
	return ok
}

func first[E flows.Effect](effects []flows.Effect) (E, bool) {
	for _, e := range effects {
		if x, ok := e.(E); ok {
			return x, true
		}
	}
	var none E
	return none, false
}

func press(f *flows.Flow, p flows.Person, s flows.State, buttons ...string) (flows.State, []flows.Effect) {
	var effects []flows.Effect
	for _, b := range buttons {
		s, effects = flows.Next(f, p, s, flows.Pressed{Ask: s.Ask, Button: b})
	}
	return s, effects
}

func TestAPressOnAnOldQuestionChangesNothing(t *testing.T) {
	t.Parallel()
	f := starters(t)["checkin"]
	s, _ := flows.Start(f, ria)
	s, _ = press(f, ria, s, "goed")
	after, effects := flows.Next(f, ria, s, flows.Pressed{Ask: s.Ask - 1, Button: "slecht"})
	if !reflect.DeepEqual(after, s) {
		t.Errorf("state changed to %+v", after)
	}
	if len(effects) != 1 || effects[0] != (flows.Stale{Press: true}) {
		t.Errorf("got %v, want a friendly word for an old button", effects)
	}
	if _, effects = flows.Next(f, ria, s, flows.GiveUp{Ask: s.Ask - 1}); effects[0] != (flows.Stale{}) {
		t.Errorf("an old timer gave %v", effects)
	}
}

func TestWordsThatAreALabelAreThatButton(t *testing.T) {
	t.Parallel()
	f := starters(t)["checkin"]
	s, _ := flows.Start(f, ria)
	for _, words := range []string{"Slecht", "slecht!", " 🙁 SLECHT "} {
		got, _ := flows.Next(f, ria, s, flows.Wrote{Text: words})
		if got.Answers["stemming"] != "slecht" {
			t.Errorf("%q gave %v", words, got.Answers)
		}
	}
	same, effects := flows.Next(f, ria, s, flows.Wrote{Text: "best wel slecht eigenlijk"})
	if !reflect.DeepEqual(same, s) || !has[flows.Unread](effects) || !ask(t, effects).Again {
		t.Errorf("other words gave %+v, %v", same, effects)
	}
}

func TestNobodyIsOfferedWhoIsNotThere(t *testing.T) {
	t.Parallel()
	f := starters(t)["goed_nieuws"]
	alone := flows.Person{Facts: map[string]string{"naam": "Ria", "vast_contact": "Samira"}}
	s, _ := flows.Start(f, alone)
	s, effects := flows.Next(f, alone, s, flows.Wrote{Text: "Ik heb een baan"})
	for _, b := range ask(t, effects).Buttons {
		if b.ID == "maatje" || b.ID == "everyone" {
			t.Errorf("%s is offered to somebody without a buddy", b.ID)
		}
	}
	// A button that was not offered cannot be pressed either.
	if _, effects = press(f, alone, s, "maatje"); !has[flows.Unread](effects) {
		t.Errorf("a button that was not offered gave %v", effects)
	}
	if s, effects = press(f, alone, s, "fixed_contact"); s.Waits() {
		t.Errorf("still waiting after %v", effects)
	}
	signal, ok := first[flows.Signal](effects)
	if !ok || signal.HeardBy != "fixed_contact" || signal.Tell != "Ik geef het door aan Samira." {
		t.Errorf("got %+v", signal)
	}
	if len(signal.Share) != 1 || signal.Share[0].Value != "Ik heb een baan" || signal.Share[0].Kind != "text" {
		t.Errorf("shared %+v", signal.Share)
	}
}

func TestAContactIsAskedInParts(t *testing.T) {
	t.Parallel()
	f := starters(t)["contact"]
	s, _ := flows.Start(f, ria)
	s, effects := press(f, ria, s, "maatje")
	when := ask(t, effects)
	if when.Text != "Wanneer wil je contact?" || when.Buttons[2] != (flows.Button{ID: "deze_week", Label: "Deze week"}) {
		t.Errorf("the first part is %+v", when)
	}
	s, effects = press(f, ria, s, "morgen")
	if how := ask(t, effects); how.Text != "En hoe?" || how.Ask == when.Ask {
		t.Errorf("the second part is %+v", how)
	}
	back, effects := flows.Back(f, ria, s)
	if again := ask(t, effects); again.Text != when.Text || len(back.Part) != 0 {
		t.Errorf("back in the second part gave %+v", again)
	}
	_, effects = press(f, ria, s, "bellen")
	c, _ := first[flows.Contact](effects)
	if c.With != "maatje" || c.When != "morgen" || c.How != "bellen" || c.Tell != "Ik vraag het aan Joost. {belofte}" {
		t.Errorf("got %+v", c)
	}
}

const oneWay = `
houvast: 1
flow: proef
title: Proef
owner: coordinator
language: nl
start: bel
uses: [naam]
steps:
  bel:
    contact: team
    how: [bellen]
    tell: Ik vraag het aan het team. {belofte}
    next: klaar
  klaar:
    end: klaar
`

func TestAContactWithOneWayAsksNothing(t *testing.T) {
	t.Parallel()
	s, effects := flows.Start(compiled(t, oneWay), ria)
	c, ok := first[flows.Contact](effects)
	if !ok || c.How != "bellen" || c.When != "" || s.Waits() {
		t.Errorf("got %+v and %+v", effects, s)
	}
}

func TestBackForgetsOneAnswerAtATime(t *testing.T) {
	t.Parallel()
	f := starters(t)["checkin"]
	s, _ := flows.Start(f, ria)
	s, _ = press(f, ria, s, "slecht", "ja")
	s, effects := flows.Back(f, ria, s)
	if s.Step != "veilig" || s.Answers["veilig"] != "" || s.Answers["stemming"] != "slecht" || ask(t, effects).Again {
		t.Errorf("got %+v", s)
	}
	s, _ = flows.Back(f, ria, s)
	if s.Step != "stemming" || len(s.Answers) != 0 {
		t.Errorf("got %+v", s)
	}
	same, effects := flows.Back(f, ria, s)
	if !reflect.DeepEqual(same, s) || !ask(t, effects).Again || !has[flows.Say](effects) {
		t.Errorf("back at the beginning gave %+v, %v", same, effects)
	}
}

func TestBackNeverGoesPastWhatLeft(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		flow    string
		buttons []string
	}{
		{"moeilijk", nil},                                  // a signal
		{"moeilijk", []string{"weten"}},                    // what was added to it
		{"checkin", []string{"slecht", "ja", "skip", "2"}}, // a signal and a counter
	} {
		f := starters(t)[c.flow]
		s, _ := flows.Start(f, ria)
		s, _ = press(f, ria, s, c.buttons...)
		same, effects := flows.Back(f, ria, s)
		if !s.Waits() || !reflect.DeepEqual(same, s) || has[flows.Signal](effects) {
			t.Errorf("%s %v: back gave %+v, %v", c.flow, c.buttons, same, effects)
		}
	}
}

func TestTheFirstSignalIsTheAlarmAndTheRestAdds(t *testing.T) {
	t.Parallel()
	f := starters(t)["moeilijk"]
	s, effects := flows.Start(f, ria)
	alarm, _ := first[flows.Signal](effects)
	if alarm.Kind != "distress" || alarm.Adds || len(alarm.Share) != 0 {
		t.Errorf("the alarm is %+v", alarm)
	}
	_, effects = press(f, ria, s, "bellen")
	added, _ := first[flows.Signal](effects)
	if !added.Adds || len(added.Share) != 1 || added.Share[0].Label != "Iemand mag mij bellen" {
		t.Errorf("what is added is %+v", added)
	}
}

// The numbers come first, then the signal, and only then a question.
func TestNoQuestionStandsBeforeTheNumbers(t *testing.T) {
	t.Parallel()
	_, effects := flows.Start(starters(t)["moeilijk"], ria)
	say, ok := effects[0].(flows.Say)
	_, signalled := effects[1].(flows.Signal)
	_, asked := effects[2].(flows.Ask)
	if !ok || !say.Numbers || !signalled || !asked {
		t.Errorf("got %v", effects)
	}
}

// What somebody wrote can never become a promise.
func TestNobodyButACoordinatorWritesAPromise(t *testing.T) {
	t.Parallel()
	p := flows.Person{Facts: map[string]string{"naam": "{belofte} {team}", "welkom": "Hallo {belofte}"}}
	_, effects := flows.Start(starters(t)["welkom"], p)
	for _, e := range effects {
		if text, err := json.Marshal(e); err != nil || strings.Contains(string(text), "{belofte}") || strings.Contains(string(text), "{team}") {
			t.Errorf("got %s", text)
		}
	}
}

// Words that look like a stored voice note stay words.
func TestNobodyPretendsToHaveSentAVoiceNote(t *testing.T) {
	t.Parallel()
	f := starters(t)["moeilijk"]
	s, _ := flows.Start(f, ria)
	s, _ = press(f, ria, s, "weten")
	for _, words := range []string{"voice:geheim", "text:voice:geheim", "photo:x\ny", " met wit eromheen\n"} {
		got, _ := flows.Next(f, ria, s, flows.Wrote{Text: words})
		i := slices.IndexFunc(flows.AnswersOf(f, ria, got), func(a flows.Answer) bool { return a.Name == "woorden" })
		a := flows.AnswersOf(f, ria, got)[i]
		if a.Value != words || a.Kind != "text" || a.Media != "" {
			t.Errorf("%q was kept as %+v", words, a)
		}
	}
	got, effects := flows.Next(f, ria, s, flows.Sent{Kind: "photo", Ref: "zegel:1", Caption: "mijn kamer"})
	a := flows.AnswersOf(f, ria, got)[1]
	if a.Kind != "photo" || a.Media != "zegel:1" || a.Value != "mijn kamer" {
		t.Errorf("a photo was kept as %+v", a)
	}
	if say, ok := effects[0].(flows.Say); !ok || !strings.Contains(say.Text, "niet lezen of horen") {
		t.Errorf("nobody said that it is not read: %v", effects)
	}
}

func TestAReminderAsksTheSameQuestion(t *testing.T) {
	t.Parallel()
	f := starters(t)["checkin"]
	s, effects := flows.Start(f, ria)
	if a := ask(t, effects); a.RemindAfter != 4*time.Hour || a.GiveUpAfter != 22*time.Hour {
		t.Errorf("got %+v", a)
	}
	same, effects := flows.Next(f, ria, s, flows.Remind{Ask: s.Ask})
	a := ask(t, effects)
	if !reflect.DeepEqual(same, s) || !a.Again || a.Ask != s.Ask || a.RemindAfter != 0 || !strings.HasPrefix(a.Text, "Je check-in staat nog open.") {
		t.Errorf("got %+v", a)
	}
}

// A reminder that asks the question itself does not ask it twice.
func TestAReminderDoesNotAskTwice(t *testing.T) {
	t.Parallel()
	f := starters(t)["wekelijkse_checkin"]
	s, _ := flows.Start(f, ria)
	s, _ = press(f, ria, s, "slecht")
	_, effects := flows.Next(f, ria, s, flows.Remind{Ask: s.Ask})
	if a := ask(t, effects); a.Text != "Ik ben er nog.\n\nWat naar. Ben je nu veilig?" || !a.Numbers {
		t.Errorf("got %+v", a)
	}
}

func TestAPatientFlowNeverGivesUp(t *testing.T) {
	t.Parallel()
	f := starters(t)["welkom"]
	s, effects := flows.Start(f, ria)
	if a := ask(t, effects); a.RemindAfter != 0 || a.GiveUpAfter != 0 {
		t.Errorf("got %+v", a)
	}
	same, effects := flows.Next(f, ria, s, flows.GiveUp{Ask: s.Ask})
	if !reflect.DeepEqual(same, s) || effects[0] != (flows.Stale{}) {
		t.Errorf("got %+v, %v", same, effects)
	}
}

func TestACalledFlowGivesItsPlaceBack(t *testing.T) {
	t.Parallel()
	f := starters(t)
	s, _ := flows.Start(f["meer"], ria)
	s, _ = press(f["meer"], ria, s, "wanneer")
	if s.Flow != "wanneer" || len(s.Below) != 1 {
		t.Fatalf("got %+v", s)
	}
	// Whoever keeps the state may go on with either flow.
	one, effects := press(f["meer"], ria, s, "elke_dag", "avond")
	other, _ := press(f["wanneer"], ria, s, "elke_dag", "avond")
	if !reflect.DeepEqual(one, other) || one.Waits() {
		t.Errorf("got %+v and %+v", one, other)
	}
	if end, ok := first[flows.End](effects); !ok || end.Outcome != "klaar" {
		t.Errorf("got %v", effects)
	}
	if r, ok := first[flows.Remember](effects); !ok || r.Name != "moment" || r.Value != "avond" || r.Keep != 730*24*time.Hour {
		t.Errorf("got %v", effects)
	}
	// Without the other flows the conversation ends with a word, not in silence.
	lone := f["wanneer"].WithVersion(3)
	if end, ok := first[flows.End](second(press(lone, ria, s, "niet"))); !ok || end.Text == "" {
		t.Error("a conversation that lost its place ended in silence")
	}
}

func second[A, B any](_ A, b B) B { return b }

func TestTextsFallBackToTheFlowsOwnLanguage(t *testing.T) {
	t.Parallel()
	f := starters(t)["moeilijk"]
	for language, want := range map[string]string{"en": "What suits you best now?", "en-GB": "What suits you best now?", "": "Wat past nu het best?", "pl": "Wat past nu het best?"} {
		_, effects := flows.Start(f, flows.Person{Language: language, Facts: ria.Facts})
		if got := ask(t, effects).Text; got != want {
			t.Errorf("in %q: %s", language, got)
		}
	}
}

const several = `
houvast: 1
flow: proef
title: Proef
owner: coordinator
language: nl
start: wat
uses: [naam]
patient: true
steps:
  wat:
    ask: multi
    text: Wat helpt jou?
    save: wat
    buttons:
      wandelen:
        label: Wandelen
      muziek:
        label: Muziek
      slapen:
        label: Slapen
    next: klaar
  klaar:
    end: klaar
    text: "{wat} dus."
`

func TestSeveralAnswers(t *testing.T) {
	t.Parallel()
	f := compiled(t, several)
	s, effects := flows.Start(f, ria)
	asked := ask(t, effects)
	s, effects = press(f, ria, s, "wandelen", "slapen", "wandelen", "muziek")
	again := ask(t, effects)
	if !again.Again || again.Ask != asked.Ask || again.Buttons[1].Label != "✓ Muziek" || again.Buttons[0].Label != "Wandelen" {
		t.Errorf("got %+v", again)
	}
	_, effects = press(f, ria, s, "done")
	if end, _ := first[flows.End](effects); end.Text != "Slapen, Muziek dus." {
		t.Errorf("got %q", end.Text)
	}
}

// The example waits with less than 300 bytes of state at every question. Own
// words are as long as they are.
func TestAWaitingConversationIsSmall(t *testing.T) {
	t.Parallel()
	f := starters(t)["wekelijkse_checkin"].WithVersion(12)
	s, _ := flows.Start(f, ria)
	for _, in := range []string{"slecht", "ja", "skip", "2", "maatje", "vandaag"} {
		s, _ = press(f, ria, s, in)
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if !s.Waits() || len(b) >= 300 {
			t.Errorf("%d bytes after %s: %s", len(b), in, b)
		}
	}
}

// One stored answer: read the state, answer, write the state.
func BenchmarkStoredAnswer(b *testing.B) {
	f := starters(b)["wekelijkse_checkin"]
	s, _ := flows.Start(f, ria)
	s, _ = press(f, ria, s, "slecht", "ja")
	stored, err := json.Marshal(s)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var s flows.State
		if err := json.Unmarshal(stored, &s); err != nil {
			b.Fatal(err)
		}
		s, _ = flows.Next(f, ria, s, flows.Pressed{Ask: s.Ask, Button: "skip"})
		if _, err := json.Marshal(s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	f := starters(b)["wekelijkse_checkin"]
	s, _ := flows.Start(f, ria)
	b.ReportAllocs()
	for b.Loop() {
		flows.Next(f, ria, s, flows.Pressed{Ask: s.Ask, Button: "goed"})
	}
}
