package flows

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// A Draft is a conversation as a coordinator wrote it, before anybody made sure
// that it is safe to have. [houvast/flows/check.Compile] does that and makes a
// [Flow] of it.
//
// The texts in it are in its own Language; Translations hold the others.
type Draft struct {
	ID    string // [a-z][a-z0-9_]{0,23}, unique in a house
	Title string // for the coordinator
	About string // one sentence for the coordinator: what the conversation is for
	Note  string

	Owner    string // who answers for the words; a role or a person in the network
	Reviewer string // who read it last
	Reviewed string // when, such as 2026-11-01

	Language  string   // of the texts below, such as "nl"
	Languages []string // the languages it must be complete in, its own included
	Start     string   // id of the first step
	Trigger   *Trigger // nil: it is started by a person or by another flow

	Uses     []string // facts about the person it may read
	Remember []Remembered

	// Patient marks a menu or a welcome: its questions stay open as long as the
	// person likes, without a reminder. Only a flow nobody worries about may be
	// patient; the checks hold it to that.
	Patient bool
	Waiting *Waiting // for every question that does not say otherwise

	Steps        []Step
	Translations []Translation

	// Where tells on which line a thing stands, by its path: "steps.slaap.next".
	// It is empty for a draft that did not come from a file.
	Where map[string]Pos
}

// A Pos is a place in a file. The zero Pos is nowhere.
type Pos struct{ Line, Col int }

// A Trigger starts a flow by itself. A resident's own rhythm wins over it.
type Trigger struct {
	Every  string        // day, week or month
	On     string        // ma, di, wo, do, vr, za, zo, for a week; 1 to 28 for a month
	At     string        // "10:30" in the zone of the house
	Spread time.Duration // people are spread over this long, so that not everybody is asked at once
}

// A Remembered value outlives the conversation, for as long as it is kept.
type Remembered struct {
	Name    string
	Type    string // text, choice or number
	Default string
	Keep    time.Duration // whole days; after it the value is swept
}

// Waiting says what happens while a question stands open.
type Waiting struct {
	RemindAfter time.Duration // zero: no reminder
	RemindText  string
	GiveUpAfter time.Duration
	Then        string // the step silence leads to
}

// A Kind is what a step does. Every step does exactly one thing.
type Kind string

// The kinds of steps. A file writes the four questions as "ask: choice" and so on.
const (
	KindSay       Kind = "say"       // sends a text
	KindChoice    Kind = "choice"    // asks, one button
	KindMulti     Kind = "multi"     // asks, several buttons and a done button
	KindScale     Kind = "scale"     // asks for a number
	KindOpen      Kind = "open"      // asks for own words
	KindBranch    Kind = "branch"    // goes on by what is known
	KindSet       Kind = "set"       // keeps a value
	KindSignal    Kind = "signal"    // passes something on to people
	KindContact   Kind = "contact"   // asks for a person: when and how
	KindShow      Kind = "show"      // shows something the house knows
	KindSchedule  Kind = "schedule"  // starts another flow later
	KindHandoff   Kind = "handoff"   // a human takes over
	KindCall      Kind = "call"      // has another flow first, then goes on
	KindInterrupt Kind = "interrupt" // leaves for a flow of the house's own
	KindEnd       Kind = "end"       // says goodbye
)

// A Step is one thing a flow does. Which fields count depends on its Kind; see
// [Language].
type Step struct {
	ID   string
	Kind Kind
	Note string

	// Of is the word behind the verb: a signal's kind, whom a contact is with,
	// what is shown, the flow that is scheduled, called or interrupted for, the
	// team of a handoff, the name that is set, the outcome of an end.
	Of string

	Text    string // what the person reads; for a signal, what the professional reads
	Tell    string // what the person hears about a signal or contact; may hold {belofte}
	Media   string // name of an asset
	Alt     string // the asset in words
	Numbers bool   // the crisis numbers belong in this message

	Save    string   // the name an answer is kept under
	Buttons []Choice // of choice and multi
	Skip    *Choice  // the button that leaves a question open; its id is "skip"
	Done    string   // label of the done button of a multi
	From    int      // of a scale
	To      int      // of a scale, at most nine above From
	Low     string   // what From means
	High    string   // what To means
	Accept  []string // of an open question: text, voice, photo

	Rows []Row  // of a branch, tried in order
	Else string // of a branch, when no row holds

	Value Value // of a set

	Share   []Share // what a signal or contact carries
	HeardBy string  // of a signal: the question in which the resident said who may hear it

	When   []string // of a contact: what may be chosen; a single one is taken without asking
	How    []string // of a contact, likewise
	Labels []Label  // of a contact: own words on the buttons

	In            time.Duration // of a schedule
	At            string        // of a schedule: "11:00" in the person's zone, or empty
	GiveBackAfter time.Duration // of a handoff

	Waiting *Waiting // of a question: what differs from the flow's
	Next    string
}

// A Choice is one answer as it is written in a flow.
type Choice struct {
	ID    string
	Label string
	Next  string // of a choice; a multi goes on by the step's own next
	Bad   bool   // mood: bad. Who presses it does not feel well
	Risk  bool   // risk: true. Who presses it may be in danger
}

// A Row is one line of a branch.
type Row struct {
	If   Condition
	Next string
}

// A Share is one answer a signal or a contact carries, and when it may.
type Share struct {
	Name string
	If   Condition // no clauses: always
}

// A Label is the words on a built-in button.
type Label struct{ ID, Text string }

// A Translation is a flow's texts in another language.
type Translation struct {
	Language string
	Texts    []Translated
	Where    map[string]Pos
	File     string // where Where is about
}

// A Translated text remembers the words it was made from, so that a later change
// in those words shows.
type Translated struct {
	Key    string // such as stemming.buttons.slecht; see [Draft.Texts]
	Source string
	Text   string
}

// A Flow is a conversation that may be had. [houvast/flows/check.Compile] refuses
// any draft that could strand a person, talk without end, or leave somebody who is
// not well without help. A Flow never changes; publishing an edit makes a new
// version.
type Flow struct {
	Draft
	Version int // 0 until it was published

	order map[string]int         // place of a step in Steps
	saves map[string]int         // place of the step that asks for a name
	words map[string][]Step      // the steps, by language; Steps itself under Language
	known map[string]*Remembered // by name
	set   map[string]*Flow       // every flow it is linked with, itself included
	own   map[string]bool        // names under which one of the set keeps own words
}

// WithVersion is the same flow under the number it was published with. Link it
// after that, not before.
func (f *Flow) WithVersion(version int) *Flow {
	g := *f
	g.Version = version
	g.set = map[string]*Flow{g.ID: &g}
	g.own = ownWordsIn(g.set)
	return &g
}

// Link ties flows together, so that one may call another, and returns them in
// the order given. The flows that were handed in stay as they were.
//
// A linked set holds one version of every flow. [houvast/flows/check.Set] says
// what is wrong between them; the engine goes past a call whose flow is not there.
func Link(fs ...*Flow) []*Flow {
	set := make(map[string]*Flow, len(fs))
	out := make([]*Flow, len(fs))
	for i, f := range fs {
		g := *f
		g.set = set
		set[g.ID] = &g
		out[i] = &g
	}
	own := ownWordsIn(set)
	for _, f := range out {
		f.own = own
	}
	return out
}

// Trusted makes flows of drafts that were checked before, such as versions that
// were published, and links them. It never refuses: a house must be able to go
// on with every conversation it began, also when newer checks are stricter. The
// engine is total on whatever comes out.
func Trusted(ds []Draft) []*Flow {
	fs := make([]*Flow, len(ds))
	for i, d := range ds {
		fs[i] = index(d)
	}
	return Link(fs...)
}

// ownWordsIn are the names under which a flow of a set keeps own words.
func ownWordsIn(set map[string]*Flow) map[string]bool {
	own := map[string]bool{}
	for _, f := range set {
		for name, r := range f.known {
			if r.Type == "text" {
				own[name] = true
			}
		}
		for name, i := range f.saves {
			if f.Steps[i].Kind == KindOpen {
				own[name] = true
			}
		}
	}
	return own
}

// index makes a flow of a draft without asking whether it is safe to have. The
// engine is total, so even such a flow can be played; the checks do.
func index(d Draft) *Flow {
	f := &Flow{
		Draft: d,
		order: make(map[string]int, len(d.Steps)),
		saves: make(map[string]int, len(d.Steps)),
		known: make(map[string]*Remembered, len(d.Remember)),
		words: make(map[string][]Step, 1+len(d.Translations)),
	}
	for i := range d.Steps {
		s := &d.Steps[i]
		if _, twice := f.order[s.ID]; !twice {
			f.order[s.ID] = i
		}
		if s.Save != "" {
			if _, twice := f.saves[s.Save]; !twice {
				f.saves[s.Save] = i
			}
		}
	}
	for i := range d.Remember {
		f.known[d.Remember[i].Name] = &d.Remember[i]
	}
	f.words[d.Language] = resolved(d, nil)
	for _, t := range d.Translations {
		f.words[t.Language] = resolved(d, t.Texts)
	}
	f.set = map[string]*Flow{f.ID: f}
	f.own = ownWordsIn(f.set)
	return f
}

// resolved returns the steps with every text translated that has a translation,
// and with each question's waiting filled in from the flow's.
func resolved(d Draft, texts []Translated) []Step {
	by := make(map[string]string, len(texts))
	for _, t := range texts {
		if strings.TrimSpace(t.Text) != "" {
			by[t.Key] = t.Text
		}
	}
	put := func(key string, text *string) {
		if t, ok := by[key]; ok && *text != "" {
			*text = t
		}
	}
	flow := d.Waiting
	if flow != nil {
		w := *flow
		put("waiting.remind_text", &w.RemindText)
		flow = &w
	}
	out := slices.Clone(d.Steps)
	for i := range out {
		s := &out[i]
		if s.Waiting != nil {
			w := *s.Waiting
			s.Waiting = &w
		}
		if s.Skip != nil {
			c := *s.Skip
			s.Skip = &c
		}
		s.Buttons = slices.Clone(s.Buttons)
		s.Labels = slices.Clone(s.Labels)
		if len(by) > 0 {
			s.eachText(put)
		}
		if s.Asks() {
			s.Waiting = filledIn(s.Waiting, flow)
		}
	}
	return out
}

// WaitingOf is what happens while the question of a step stands open: what the
// step says of it, and for the rest what the flow says. nil: nobody said anything.
func (d *Draft) WaitingOf(s *Step) *Waiting { return filledIn(s.Waiting, d.Waiting) }

// filledIn takes from the flow what the step does not say itself.
func filledIn(step, flow *Waiting) *Waiting {
	switch {
	case step == nil:
		return flow
	case flow == nil:
		return step
	}
	w := *step
	if w.RemindAfter == 0 {
		w.RemindAfter = flow.RemindAfter
	}
	if w.RemindText == "" {
		w.RemindText = flow.RemindText
	}
	if w.GiveUpAfter == 0 {
		w.GiveUpAfter = flow.GiveUpAfter
	}
	if w.Then == "" {
		w.Then = flow.Then
	}
	if w.RemindAfter >= w.GiveUpAfter && step.RemindAfter == 0 {
		w.RemindAfter = 0 // the flow's reminder would come after this question's end
	}
	return &w
}

// A Text is one text a person can come to see, with the key a translation names
// it by.
type Text struct {
	Key    string
	Text   string
	Button bool
}

// Texts lists every text of the flow that a person can come to see, in the order
// of the file. What only a professional reads is not among them.
func (d *Draft) Texts() []Text {
	var out []Text
	if d.Waiting != nil && d.Waiting.RemindText != "" {
		out = append(out, Text{Key: "waiting.remind_text", Text: d.Waiting.RemindText})
	}
	for i := range d.Steps {
		s := &d.Steps[i]
		s.eachText(func(key string, text *string) {
			button := strings.Contains(key, ".buttons.") || strings.Contains(key, ".labels.") ||
				strings.HasSuffix(key, ".skip") || strings.HasSuffix(key, ".done")
			if *text != "" {
				out = append(out, Text{Key: key, Text: *text, Button: button})
			}
		})
	}
	return out
}

// eachText hands over every text of the step that its person can see.
func (s *Step) eachText(f func(key string, text *string)) {
	switch {
	case s.Kind == KindSay:
		f(s.ID+".say", &s.Text)
	case s.Kind != KindSignal && s.Text != "": // a signal's text is for the professional
		f(s.ID+".text", &s.Text)
	}
	if s.Alt != "" {
		f(s.ID+".alt", &s.Alt)
	}
	for i := range s.Buttons {
		f(s.ID+".buttons."+s.Buttons[i].ID, &s.Buttons[i].Label)
	}
	if s.Done != "" {
		f(s.ID+".done", &s.Done)
	}
	if s.Low != "" {
		f(s.ID+".low", &s.Low)
	}
	if s.High != "" {
		f(s.ID+".high", &s.High)
	}
	for i := range s.Labels {
		f(s.ID+".labels."+s.Labels[i].ID, &s.Labels[i].Text)
	}
	if s.Skip != nil {
		f(s.ID+".skip", &s.Skip.Label)
	}
	if s.Tell != "" {
		f(s.ID+".tell", &s.Tell)
	}
	if s.Waiting != nil && s.Waiting.RemindText != "" {
		f(s.ID+".waiting.remind_text", &s.Waiting.RemindText)
	}
}

// Asks reports whether the step waits for an answer of the person. A handoff
// waits too, but for a human.
func (s *Step) Asks() bool {
	switch s.Kind {
	case KindChoice, KindMulti, KindScale, KindOpen:
		return true
	case KindContact:
		return len(s.Parts()) > 0
	}
	return false
}

// Waits reports whether the conversation stands still at the step.
func (s *Step) Waits() bool { return s.Asks() || s.Kind == KindHandoff }

// Parts are the questions a contact asks, in order. A list of one needs no
// question.
func (s *Step) Parts() [][]string {
	if s.Kind != KindContact {
		return nil
	}
	var out [][]string
	if len(s.When) > 1 {
		out = append(out, s.When)
	}
	if len(s.How) > 1 {
		out = append(out, s.How)
	}
	return out
}

// step finds a step in the words of a language, or nil.
func (f *Flow) step(id, language string) *Step {
	i, ok := f.order[id]
	if !ok {
		return nil
	}
	steps, ok := f.words[language]
	if !ok {
		if l, _, cut := strings.Cut(language, "-"); cut {
			steps, ok = f.words[l]
		}
		if !ok {
			steps = f.words[f.Language]
		}
	}
	return &steps[i]
}

// speaks is the language the flow's own words will be in for somebody of that
// language.
func (f *Flow) speaks(language string) string {
	language, _, _ = strings.Cut(language, "-")
	if _, ok := f.words[language]; ok {
		return language
	}
	return f.Language
}

// StepIDs lists the steps in the order of the file.
func (d *Draft) StepIDs() []string {
	out := make([]string, len(d.Steps))
	for i := range d.Steps {
		out[i] = d.Steps[i].ID
	}
	return out
}

// Linked lists the ids of the flows this one is linked with, itself included.
func (f *Flow) Linked() []string { return slices.Sorted(maps.Keys(f.set)) }

// LinkedTo finds the flow of that id among those this one is linked with, itself
// included.
func (f *Flow) LinkedTo(id string) (*Flow, bool) {
	g, ok := f.set[id]
	return g, ok
}

// At finds the step that a conversation in f waits at, also when that is in a flow
// that f called, in the words of a language. nil: it is not there. The step is the
// flow's: do not change it.
func (f *Flow) At(s State, language string) *Step {
	if g, ok := f.set[s.Flow]; ok {
		return g.step(s.Step, language)
	}
	return f.step(s.Step, language)
}
