package flows

import (
	"strconv"
	"time"
)

// A Road is one way on from a step.
type Road struct {
	To     string // id of a step; empty when nobody wrote where it goes
	Label  string // the answer, condition or silence that leads there, in Dutch
	Path   string // where in the draft it is written
	Choice *Choice
	Row    *Row
	Silent bool          // taken when nothing is answered
	After  time.Duration // how long that takes; zero: nobody wrote it
}

// Roads lists where a step can go, in the order of the file, with silence last.
func (d *Draft) Roads(s *Step) []Road {
	path := "steps." + s.ID
	var out []Road
	switch s.Kind {
	case KindEnd, KindInterrupt:
		return nil
	case KindChoice:
		for i := range s.Buttons {
			b := &s.Buttons[i]
			out = append(out, Road{To: b.Next, Label: b.Label, Path: path + ".buttons." + b.ID + ".next", Choice: b})
		}
	case KindBranch:
		for i := range s.Rows {
			r := &s.Rows[i]
			out = append(out, Road{To: r.Next, Label: "als " + r.If.Words(), Path: RowPath(s.ID, i) + ".next", Row: r})
		}
		return append(out, Road{To: s.Else, Label: "anders", Path: path + ".else"})
	default:
		out = append(out, Road{To: s.Next, Path: path + ".next"})
	}
	if s.Skip != nil {
		if s.Skip.Next != "" || s.Kind == KindChoice {
			out = append(out, Road{To: s.Skip.Next, Label: s.Skip.Label, Path: path + ".skip.next", Choice: s.Skip})
		} else {
			out = append(out, Road{To: s.Next, Label: s.Skip.Label, Path: path + ".next", Choice: s.Skip})
		}
	}
	if s.Asks() {
		if w := d.WaitingOf(s); w != nil && w.Then != "" {
			p := "waiting.then"
			if s.Waiting != nil && s.Waiting.Then != "" {
				p = path + ".waiting.then"
			}
			out = append(out, Road{To: w.Then, Label: "geen antwoord", Path: p, Silent: true, After: w.GiveUpAfter})
		}
	}
	return out
}

// RowPath is where row i of a branch is written in a draft, counted from 0.
func RowPath(step string, i int) string { return "steps." + step + ".branch." + strconv.Itoa(i) }
