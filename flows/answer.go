package flows

import "strings"

// Own words are kept as they are. A voice note or photo is kept as its kind and
// sealed reference, with the caption on the lines below; words that happen to
// look like that get a mark in front, so that nobody can pretend.
const (
	markText  = "text:"
	markVoice = "voice:"
	markPhoto = "photo:"
)

func ownWords(text string) string {
	for _, mark := range []string{markText, markVoice, markPhoto} {
		if strings.HasPrefix(text, mark) {
			return markText + text
		}
	}
	return text
}

func sentAs(in Sent) string {
	value := in.Kind + ":" + in.Ref
	if caption := strings.TrimSpace(in.Caption); caption != "" {
		value += "\n" + caption
	}
	return value
}

// asAnswer reads a stored value the way a professional may see it.
func (w *walk) asAnswer(name, value string) Answer {
	a := Answer{Name: name, Value: value}
	i, asked := w.f.saves[name]
	if !asked {
		// Said in a flow that this one called, or remembered of another: own words
		// stay own words, wherever they are read.
		if w.f.own[name] {
			a.Kind = "text"
		}
		return a
	}
	step := w.step(w.f.Steps[i].ID)
	if step == nil {
		return a
	}
	switch step.Kind {
	case KindOpen:
		a.Kind = "text"
		for _, mark := range []string{markVoice, markPhoto} {
			if rest, ok := strings.CutPrefix(value, mark); ok {
				a.Kind = strings.TrimSuffix(mark, ":")
				a.Media, a.Value, _ = strings.Cut(rest, "\n")
				return a
			}
		}
		a.Value = strings.TrimPrefix(value, markText)
	case KindScale:
		a.Label = value
	case KindChoice, KindMulti:
		var labels []string
		for _, id := range strings.Split(value, ",") {
			for j := range step.Buttons {
				if b := &step.Buttons[j]; b.ID == id {
					labels = append(labels, fill(b.Label, w.value))
				}
			}
		}
		a.Label = strings.Join(labels, ", ")
	}
	return a
}

// AnswersOf lists what was said in a conversation, in the order of the flow, each
// as it may be shown to the one who said it.
func AnswersOf(f *Flow, p Person, s State) []Answer {
	w := walk{f: f, p: p, s: s}
	w.enter()
	var out []Answer
	for i := range w.f.Steps {
		name := w.f.Steps[i].Save
		if at, ok := w.f.saves[name]; name == "" || !ok || at != i {
			continue
		}
		if value, ok := s.Answers[name]; ok && value != "" {
			out = append(out, w.asAnswer(name, value))
		}
	}
	return out
}
