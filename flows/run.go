package flows

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// longest is how many steps are taken at most without a question. The checks
// keep every flow far below it; it is what makes the engine stop in a flow that
// nobody checked.
const longest = 1000

// Start begins a conversation. A flow without steps ends at once.
func Start(f *Flow, p Person) (State, []Effect) {
	w := walk{f: f, p: p, s: State{Flow: f.ID, Version: f.Version}}
	return w.from(f.Start)
}

// Next is what follows when in happens to a person in state s. f is the flow the
// state names, or any flow it is linked with.
//
// Next is total: whatever the state and the input, it answers with a state the
// person can go on from. It changes nothing it was given.
func Next(f *Flow, p Person, s State, in Input) (State, []Effect) {
	w := walk{f: f, p: p, s: s}
	press, pressed := in.(Pressed)
	if !s.Waits() {
		return s, []Effect{Stale{Press: pressed}}
	}
	w.enter()
	step := w.step(s.Step)
	if step == nil {
		return State{}, []Effect{End{Outcome: OutcomeGone, Text: w.say().gone}}
	}
	switch in := in.(type) {
	case Pressed:
		if press.Ask != s.Ask {
			return s, []Effect{Stale{Press: true}}
		}
		return w.press(step, press.Button)
	case Wrote:
		return w.wrote(step, in.Text)
	case Sent:
		return w.sent(step, in)
	case Remind:
		if in.Ask != s.Ask || !step.Asks() || step.Waiting == nil {
			return s, []Effect{Stale{}}
		}
		return s, []Effect{w.remind(step)}
	case GiveUp:
		return w.giveUp(step, in.Ask)
	case GiveBack:
		if step.Kind == KindHandoff {
			return w.from(step.Next)
		}
	}
	return s, []Effect{Stale{}}
}

// OutcomeGone is the outcome of a conversation whose step is not in its flow any
// more. Published versions never change, so it takes a damaged store to see it.
const OutcomeGone = "verdwenen"

// Back reopens the question before the one that is open, and forgets its answer.
// It never goes past a signal, a contact, a handoff or anything else that cannot
// be undone; then it says so and asks the open question again.
func Back(f *Flow, p Person, s State) (State, []Effect) {
	w := walk{f: f, p: p, s: s}
	w.enter()
	step := w.step(s.Step)
	if !s.Waits() || step == nil || !step.Asks() {
		return s, []Effect{Stale{}}
	}
	if len(s.Part) > 0 && step.Kind == KindContact {
		w.s.Part = slices.Clone(s.Part[:len(s.Part)-1])
		return w.ask(step)
	}
	if len(s.Trail) == 0 {
		text := w.say().noBack
		if s.Ask <= 1 {
			text = w.say().first
		}
		return s, []Effect{Say{Text: text}, w.question(step, true)}
	}
	depth, id, names := w.unmark(s.Trail[len(s.Trail)-1])
	w.s.Trail = slices.Clone(s.Trail[:len(s.Trail)-1])
	w.s.Part = nil
	if depth < len(s.Below) {
		place := s.Below[depth]
		w.s.Flow, w.s.Version = place.Flow, place.Version
		w.s.Below = slices.Clone(s.Below[:depth])
		w.enter()
	}
	if step = w.step(id); step == nil {
		return s, []Effect{Stale{}}
	}
	for _, name := range append(names, step.Save) {
		w.forget(name)
	}
	return w.ask(step)
}

// A walk is one call of the engine: where it is and what it wants done so far.
// Maps and slices of the state it was given are copied before they change.
type walk struct {
	f   *Flow
	p   Person
	s   State
	out []Effect
	own bool // s.Answers is ours to change
}

// enter makes the flow the state names the current one.
func (w *walk) enter() {
	if w.s.Flow != w.f.ID {
		if g, ok := w.f.set[w.s.Flow]; ok {
			w.f = g
		}
	}
}

func (w *walk) step(id string) *Step { return w.f.step(id, w.p.Language) }

func (w *walk) say() *phrasebook { return phrasesIn(w.f.speaks(w.p.Language)) }

// press handles a button of the question that is open.
func (w *walk) press(step *Step, button string) (State, []Effect) {
	if step.Skip != nil && button == ButtonSkip {
		w.forget(step.Save)
		return w.answered(step, "", orElse(step.Skip.Next, step.Next))
	}
	if !w.offers(step, button) {
		return w.unread(step)
	}
	switch step.Kind {
	case KindChoice:
		for i := range step.Buttons {
			if step.Buttons[i].ID == button {
				return w.answered(step, button, step.Buttons[i].Next)
			}
		}
	case KindScale:
		return w.answered(step, button, step.Next)
	case KindMulti:
		if button == ButtonDone {
			chosen := strings.Join(w.s.Part, ",")
			if chosen == "" {
				w.forget(step.Save)
			}
			return w.answered(step, chosen, step.Next)
		}
		w.s.Part = toggled(w.s.Part, button)
		return w.s, []Effect{w.question(step, true)}
	case KindContact:
		w.s.Part = append(slices.Clip(w.s.Part), button)
		if len(w.s.Part) < len(step.Parts()) {
			return w.ask(step)
		}
		return w.from(w.contact(step))
	}
	return w.unread(step)
}

// wrote handles own words. Words that are exactly a button's label are that
// button.
func (w *walk) wrote(step *Step, text string) (State, []Effect) {
	if step.Kind == KindHandoff {
		return w.s, nil // the bot is silent while a human talks
	}
	again := w.question(step, true) // whose buttons a text may name
	if folded := Fold(text); folded != "" {
		match := ""
		for _, b := range again.Buttons {
			if Fold(b.Label) == folded {
				if match != "" {
					match = "" // two buttons read alike; a press must tell them apart
					break
				}
				match = b.ID
			}
		}
		if match != "" {
			return w.press(step, match)
		}
	}
	if step.Kind == KindOpen && strings.TrimSpace(text) != "" && slices.Contains(step.Accept, "text") {
		return w.answered(step, ownWords(text), step.Next)
	}
	if !step.Asks() {
		return w.s, []Effect{Unread{}}
	}
	return w.s, []Effect{Unread{}, again}
}

func (w *walk) sent(step *Step, in Sent) (State, []Effect) {
	if step.Kind == KindHandoff {
		return w.s, nil
	}
	if step.Kind != KindOpen || in.Kind == "text" || !slices.Contains(step.Accept, in.Kind) {
		return w.unread(step)
	}
	w.out = append(w.out, Say{Text: w.say().media})
	return w.answered(step, sentAs(in), step.Next)
}

func (w *walk) unread(step *Step) (State, []Effect) {
	if !step.Asks() {
		return w.s, []Effect{Unread{}}
	}
	return w.s, []Effect{Unread{}, w.question(step, true)}
}

func (w *walk) giveUp(step *Step, ask int) (State, []Effect) {
	switch {
	case ask != w.s.Ask:
		return w.s, []Effect{Stale{}}
	case step.Kind == KindHandoff:
		return w.from(step.Next)
	case step.Waiting == nil || step.Waiting.Then == "":
		return w.s, []Effect{Stale{}}
	}
	// Silence is no answer, but what was chosen before it is.
	chosen := ""
	if step.Kind == KindMulti {
		chosen = strings.Join(w.s.Part, ",")
	}
	if chosen == "" {
		w.forget(step.Save)
	}
	return w.answered(step, chosen, step.Waiting.Then)
}

// answered keeps an answer and goes on.
func (w *walk) answered(step *Step, value, next string) (State, []Effect) {
	if value != "" {
		w.keep(step.Save, value)
	}
	w.s.Part = nil
	w.s.Trail = append(slices.Clip(w.s.Trail), w.mark(step.ID))
	return w.from(next)
}

// from walks until the next question or the end.
func (w *walk) from(id string) (State, []Effect) {
	w.s.Part = nil
	if w.out == nil {
		w.out = make([]Effect, 0, 4) // most walks come to fewer
	}
	for range longest {
		step := w.step(id)
		if step == nil {
			break
		}
		switch step.Kind {
		case KindSay:
			if text := w.text(step.Text); strings.TrimSpace(text) != "" {
				w.out = append(w.out, Say{Text: text, Numbers: step.Numbers, Media: step.Media, Alt: step.Alt})
			}
		case KindShow:
			w.out = append(w.out, Show{What: step.Of, Text: w.text(step.Text)})
		case KindSet:
			w.assign(step)
		case KindSignal:
			w.signal(step)
		case KindContact:
			if step.Asks() {
				return w.ask(step)
			}
			id = w.contact(step)
			continue
		case KindSchedule:
			w.out = append(w.out, Schedule{Flow: step.Of, In: step.In, At: step.At})
			w.s.Trail = nil
		case KindBranch:
			id = w.branch(step)
			continue
		case KindHandoff:
			w.s.Trail = nil
			w.s.Step = step.ID
			w.s.Ask++
			w.out = append(w.out, Handoff{To: step.Of, Text: w.text(step.Text), GiveBackAfter: step.GiveBackAfter})
			return w.s, w.out
		case KindCall:
			if g, ok := w.f.set[step.Of]; ok && len(w.s.Below) < Deepest {
				w.s.Below = append(slices.Clip(w.s.Below), Place{Flow: w.f.ID, Version: w.f.Version, Step: step.Next})
				w.f, w.s.Flow, w.s.Version = g, g.ID, g.Version
				id = g.Start
				continue
			}
		case KindInterrupt:
			w.out = append(w.out, Interrupt{Name: step.Of})
			return State{}, w.out
		case KindEnd:
			text := w.text(step.Text)
			if len(w.s.Below) == 0 {
				w.out = append(w.out, End{Outcome: step.Of, Text: text})
				return State{}, w.out
			}
			if text != "" {
				w.out = append(w.out, Say{Text: text})
			}
			id = w.back()
			continue
		default:
			return w.ask(step)
		}
		id = step.Next
	}
	w.out = append(w.out, End{Outcome: OutcomeGone, Text: w.say().gone})
	return State{}, w.out
}

// Deepest is how far calls may lie on top of each other. The engine goes past one
// that would lie deeper.
const Deepest = 8

// back returns to the flow that called this one, and says where to go on.
func (w *walk) back() string {
	n := len(w.s.Below) - 1
	place := w.s.Below[n]
	w.s.Below = slices.Clone(w.s.Below[:n])
	if n == 0 {
		w.s.Below = nil
	}
	w.s.Flow, w.s.Version = place.Flow, place.Version
	w.enter()
	// What was asked inside the part that is over stays answered.
	w.s.Trail = slices.DeleteFunc(slices.Clone(w.s.Trail), func(mark string) bool {
		depth, _, _ := w.unmark(mark)
		return depth > n
	})
	return place.Step
}

// ask opens a question.
func (w *walk) ask(step *Step) (State, []Effect) {
	w.s.Step = step.ID
	w.s.Ask++
	w.out = append(w.out, w.question(step, false))
	return w.s, w.out
}

func (w *walk) question(step *Step, again bool) Ask {
	a := Ask{
		Ask:     w.s.Ask,
		Text:    w.text(step.Text),
		Numbers: step.Numbers,
		Media:   step.Media,
		Alt:     step.Alt,
		Buttons: w.buttons(step),
		Again:   again,
	}
	if step.Kind == KindOpen {
		a.Accept = slices.Clone(step.Accept)
	}
	if step.Kind == KindContact && len(w.s.Part) > 0 {
		a.Text = w.say().how
	}
	if step.Kind == KindScale {
		means := w.say().scale
		a.Text += "\n" + strconv.Itoa(step.From) + means + w.text(step.Low) +
			", " + strconv.Itoa(step.To) + means + w.text(step.High)
	}
	if step.Waiting != nil {
		a.RemindAfter, a.GiveUpAfter = step.Waiting.RemindAfter, step.Waiting.GiveUpAfter
	}
	return a
}

func (w *walk) remind(step *Step) Ask {
	a := w.question(step, true)
	a.RemindAfter = 0
	if text := w.text(step.Waiting.RemindText); text != "" {
		a.Text = withoutEnd(text, a.Text) + a.Text
	}
	return a
}

// withoutEnd is a reminder as it stands before the question it is about: without
// its last sentence when the question ends with that one, so that nobody reads
// "Ben je nu veilig?" twice.
func withoutEnd(reminder, question string) string {
	begin := strings.LastIndexAny(strings.TrimRight(reminder, ".!?"), ".!?\n") + 1
	if last := strings.TrimSpace(reminder[begin:]); strings.HasSuffix(question, last) {
		reminder = reminder[:begin]
	}
	if reminder = strings.TrimSpace(reminder); reminder == "" {
		return ""
	}
	return reminder + "\n\n"
}

// The ids of the buttons that the engine adds itself: the one that leaves a
// question open, and the one that ends a question of several answers.
const (
	ButtonSkip = "skip"
	ButtonDone = "done"
)

// buttons are the answers as the person sees them now. One that names somebody
// who is not there is left out, unless that would leave none.
func (w *walk) buttons(step *Step) []Button {
	var out []Button
	switch step.Kind {
	case KindChoice, KindMulti:
		out = make([]Button, 0, len(step.Buttons)+2)
		for i := range step.Buttons {
			b := &step.Buttons[i]
			if !w.lacks(b.Label) {
				out = append(out, Button{ID: b.ID, Label: w.label(step, b)})
			}
		}
		if len(out) == 0 {
			for i := range step.Buttons {
				out = append(out, Button{ID: step.Buttons[i].ID, Label: w.label(step, &step.Buttons[i])})
			}
		}
		if step.Kind == KindMulti {
			out = append(out, Button{ID: ButtonDone, Label: orElse(w.text(step.Done), w.say().label[ButtonDone])})
		}
	case KindScale:
		out = make([]Button, 0, max(0, min(10, step.To-step.From+1))+1)
		for n := step.From; n <= step.To && len(out) < 10; n++ {
			out = append(out, Button{ID: strconv.Itoa(n), Label: strconv.Itoa(n)})
		}
	case KindContact:
		if parts := step.Parts(); len(w.s.Part) < len(parts) {
			out = make([]Button, 0, len(parts[len(w.s.Part)])+1)
			for _, id := range parts[len(w.s.Part)] {
				out = append(out, Button{ID: id, Label: w.contactLabel(step, id)})
			}
		}
	}
	if step.Skip != nil {
		out = append(out, Button{ID: ButtonSkip, Label: w.text(step.Skip.Label)})
	}
	return out
}

// offers reports whether a button is among those the person sees now, without
// writing the labels.
func (w *walk) offers(step *Step, id string) bool {
	switch step.Kind {
	case KindChoice, KindMulti:
		if step.Kind == KindMulti && id == ButtonDone {
			return true
		}
		i := slices.IndexFunc(step.Buttons, func(b Choice) bool { return b.ID == id })
		return i >= 0 && (!w.lacks(step.Buttons[i].Label) ||
			!slices.ContainsFunc(step.Buttons, func(b Choice) bool { return !w.lacks(b.Label) }))
	case KindScale:
		n, err := strconv.Atoi(id)
		return err == nil && n >= step.From && n <= step.To && n-step.From < 10 && strconv.Itoa(n) == id
	case KindContact:
		parts := step.Parts()
		return len(w.s.Part) < len(parts) && slices.Contains(parts[len(w.s.Part)], id)
	}
	return false
}

// chosenMark stands before a button of a multi that is on.
const chosenMark = "✓ "

func (w *walk) label(step *Step, b *Choice) string {
	label := w.text(b.Label)
	if step.Kind == KindMulti && w.s.Step == step.ID && slices.Contains(w.s.Part, b.ID) {
		return chosenMark + label
	}
	return label
}

func (w *walk) contactLabel(step *Step, id string) string {
	for _, l := range step.Labels {
		if l.ID == id {
			return w.text(l.Text)
		}
	}
	return orElse(w.say().label[id], strings.ReplaceAll(id, "_", " "))
}

// branch is where the first row that holds leads.
func (w *walk) branch(step *Step) string {
	for i := range step.Rows {
		if step.Rows[i].If.Holds(w.value) {
			return step.Rows[i].Next
		}
	}
	return step.Else
}

func (w *walk) assign(step *Step) {
	name, value := step.Of, step.Value.Word
	if of := step.Value.Of; of != "" {
		n, _ := strconv.Atoi(w.value(of)) // what is no number counts from zero
		value = strconv.Itoa(n + step.Value.Plus)
	}
	_, had := w.s.Answers[name]
	w.keep(name, value)
	switch n := len(w.s.Trail) - 1; {
	case had || step.Value.Of != "":
		w.s.Trail = nil // the old value is gone, so going back would not be true
	case n >= 0:
		w.s.Trail = slices.Clone(w.s.Trail)
		w.s.Trail[n] += "+" + name
	}
}

// signal passes something on, and tells the person. The first signal of a kind
// is the alarm; later ones of that kind only add to it.
func (w *walk) signal(step *Step) {
	adds := step.Of == SignalCrisis || slices.Contains(w.s.Raised, step.Of)
	if !adds {
		w.s.Raised = append(slices.Clip(w.s.Raised), step.Of)
	}
	w.out = append(w.out, Signal{
		Kind:    step.Of,
		Adds:    adds,
		HeardBy: w.s.Answers[step.HeardBy],
		Text:    w.text(step.Text),
		Share:   w.share(step),
		Tell:    w.text(step.Tell),
	})
	w.s.Trail = nil
}

// contact asks for a person, with what was chosen, and says where to go on.
func (w *walk) contact(step *Step) string {
	c := Contact{With: step.Of, Share: w.share(step), Tell: w.text(step.Tell)}
	part := w.s.Part
	take := func(list []string) string {
		switch {
		case len(list) == 1:
			return list[0]
		case len(list) > 1 && len(part) > 0:
			id := part[0]
			part = part[1:]
			return id
		}
		return ""
	}
	c.When = take(step.When)
	c.How = take(step.How)
	w.out = append(w.out, c)
	w.s.Part, w.s.Trail = nil, nil
	return step.Next
}

// share collects what a signal or contact may carry.
func (w *walk) share(step *Step) []Answer {
	var out []Answer
	for _, sh := range step.Share {
		value := w.value(sh.Name)
		if value == "" || !sh.If.Holds(w.value) {
			continue
		}
		out = append(out, w.asAnswer(sh.Name, value))
	}
	return out
}

// keep stores an answer, and remembers it when the flow says so.
func (w *walk) keep(name, value string) {
	if name == "" {
		return
	}
	w.ownAnswers()
	w.s.Answers[name] = value
	if r, ok := w.f.known[name]; ok {
		w.out = append(w.out, Remember{Name: name, Value: value, Keep: r.Keep})
	}
}

func (w *walk) forget(name string) {
	if _, ok := w.s.Answers[name]; ok {
		w.ownAnswers()
		delete(w.s.Answers, name)
	}
}

func (w *walk) ownAnswers() {
	if !w.own {
		w.s.Answers = maps.Clone(w.s.Answers)
		if w.s.Answers == nil {
			w.s.Answers = make(map[string]string, 4)
		}
		w.own = true
	}
}

// value is what is known under a name: an answer, else a fact, else what a
// remembered value is before it was set.
func (w *walk) value(name string) string {
	if v, ok := w.s.Answers[name]; ok {
		return v
	}
	if v, ok := w.p.Facts[name]; ok && v != "" {
		return v
	}
	if w.p.Fact != nil {
		if v := w.p.Fact(name); v != "" {
			return v
		}
	}
	if r, ok := w.f.known[name]; ok {
		return r.Default
	}
	return ""
}

// lacks reports whether a label names something that is not known.
func (w *walk) lacks(label string) bool {
	if strings.IndexByte(label, '{') < 0 {
		return false
	}
	lacks := false
	eachPlaceholder(label, func(name string) { lacks = lacks || w.value(name) == "" })
	return lacks
}

// text is a text of the flow with what is known put in.
func (w *walk) text(text string) string {
	return fill(text, func(name string) string {
		value := w.value(name)
		if value == "" {
			return w.say().neutral[name]
		}
		if a := w.asAnswer(name, value); a.Label != "" {
			return a.Label
		} else if a.Kind != "" {
			return a.Value
		}
		return value
	})
}

// mark is how the trail names a question: the step, and before it how many
// flows lie below, when there are any.
func (w *walk) mark(step string) string {
	if n := len(w.s.Below); n > 0 {
		return strconv.Itoa(n) + ":" + step
	}
	return step
}

func (w *walk) unmark(mark string) (depth int, step string, names []string) {
	if before, after, ok := strings.Cut(mark, ":"); ok {
		depth, _ = strconv.Atoi(before)
		mark = after
	}
	parts := strings.Split(mark, "+")
	return depth, parts[0], parts[1:]
}

func toggled(list []string, id string) []string {
	if i := slices.Index(list, id); i >= 0 {
		return slices.Delete(slices.Clone(list), i, i+1)
	}
	return append(slices.Clip(list), id)
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
