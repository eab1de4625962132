package mattermosttest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// A Dialog is open on somebody's screen.
type Dialog struct {
	CallbackID   string    `json:"callback_id"`
	Title        string    `json:"title"`
	Introduction string    `json:"introduction_text"`
	Elements     []Element `json:"elements"`
	SubmitLabel  string    `json:"submit_label"`
	TellCancel   bool      `json:"notify_on_cancel"`
	State        string    `json:"state"` // in clear, on the person's own machine

	url string
}

// An Element is one question of a dialog.
type Element struct {
	Label       string   `json:"display_name"`
	Name        string   `json:"name"`
	Type        string   `json:"type"` // text, textarea, select, radio, bool
	Subtype     string   `json:"subtype"`
	Default     string   `json:"default"`
	Placeholder string   `json:"placeholder"`
	Help        string   `json:"help_text"`
	Optional    bool     `json:"optional"`
	MinLength   int      `json:"min_length"`
	MaxLength   int      `json:"max_length"`
	DataSource  string   `json:"data_source"`
	Choices     []Choice `json:"options"`
}

// longest is how many characters an answer may have.
func (e Element) longest() int {
	switch {
	case e.MaxLength > 0:
		return e.MaxLength
	case e.Type == "textarea":
		return 3000
	}
	return 150
}

// tooLong names what of d is over the limits that Mattermost documents. The
// real server logs a warning and shows the dialog cut off; this one refuses.
func (d Dialog) tooLong() string {
	switch {
	case d.Title == "" || len(d.Title) > 24:
		return fmt.Sprintf("title %q is empty or over 24 bytes", d.Title)
	case len(d.SubmitLabel) > 24:
		return fmt.Sprintf("submit label %q is over 24 bytes", d.SubmitLabel)
	case len(d.Elements) == 0 && d.Introduction == "":
		return "a dialog without elements and introduction"
	}
	seen := map[string]bool{}
	for _, e := range d.Elements {
		values := make([]string, len(e.Choices))
		for i, c := range e.Choices {
			values[i] = c.Value
		}
		picks := e.Type == "select" || e.Type == "radio"
		switch {
		case e.Name == "" || seen[e.Name]:
			return fmt.Sprintf("element name %q is empty or used twice", e.Name)
		case len(e.Label) > 24:
			return fmt.Sprintf("display name %q is over 24 bytes", e.Label)
		case len(e.Help) > 150:
			return fmt.Sprintf("help text of %s is over 150 bytes", e.Name)
		case len(e.Placeholder) > 150 && e.Type != "textarea" && e.Type != "select":
			return fmt.Sprintf("placeholder of %s is over 150 bytes", e.Name)
		case len(e.Default) > 3000 || len(e.Default) > 150 && e.Type == "text":
			return fmt.Sprintf("default of %s is too long", e.Name)
		case e.MinLength < 0 || e.MaxLength > 0 && e.MinLength > e.MaxLength:
			return fmt.Sprintf("lengths of %s do not fit", e.Name)
		case !slices.Contains([]string{"text", "textarea", "select", "radio", "bool"}, e.Type):
			return fmt.Sprintf("%s has unknown type %q", e.Name, e.Type)
		case picks && len(e.Choices) == 0 && e.DataSource == "":
			return fmt.Sprintf("%s has no options", e.Name)
		case picks && e.Default != "" && e.DataSource == "" && !slices.Contains(values, e.Default):
			return fmt.Sprintf("default of %s is not an option", e.Name)
		}
		seen[e.Name] = true
	}
	return ""
}

// Dialog returns the dialog that is open on the screen, the newest if several.
func (p *Screen) Dialog() (Dialog, bool) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if d := p.open(); d != nil {
		return *d, true
	}
	return Dialog{}, false
}

// open returns the newest open dialog. The caller holds mu.
func (p *Screen) open() *Dialog {
	u := p.s.names[p.name]
	if u == nil || len(p.s.dialogs[u.ID]) == 0 {
		return nil
	}
	all := p.s.dialogs[u.ID]
	return all[len(all)-1]
}

// ErrNoDialog is returned when no dialog is open.
var ErrNoDialog = errors.New("no dialog is open")

// Submit fills in the open dialog and presses its button. What is not named in
// answers keeps its default. An answer to a select or radio is the value or the
// text of a choice; "true" ticks a bool. Errors for a field, by element name, or
// under "" for the whole, leave the dialog open; they come from the screen
// itself when something needed is missing, and otherwise from the bot.
func (p *Screen) Submit(ctx context.Context, answers map[string]string, channel ...string) (map[string]string, error) {
	u, problem := p.somebody()
	if problem != nil {
		return nil, problem
	}
	d, ok := p.Dialog()
	if !ok {
		return nil, ErrNoDialog
	}
	for name := range answers {
		if !slices.ContainsFunc(d.Elements, func(e Element) bool { return e.Name == name }) {
			return nil, fmt.Errorf("the dialog %q does not ask %q", d.Title, name)
		}
	}
	given, wrong := d.fill(answers)
	if len(wrong) > 0 {
		return wrong, nil
	}
	in := submission{URL: d.url, CallbackID: d.CallbackID, State: d.State, Submission: given}
	in.ChannelID, in.TeamID = p.standing(channel)
	said, problem := p.s.submit(ctx, u, in)
	if problem != nil {
		return nil, problem
	}
	wrong = maps.Clone(said.Errors)
	if said.Error != "" {
		if wrong == nil {
			wrong = map[string]string{}
		}
		wrong[""] = said.Error
	}
	if len(wrong) > 0 {
		return wrong, nil
	}
	p.shut(d)
	return nil, nil
}

// Cancel closes the open dialog.
func (p *Screen) Cancel(ctx context.Context) error {
	u, problem := p.somebody()
	if problem != nil {
		return problem
	}
	d, ok := p.Dialog()
	if !ok {
		return ErrNoDialog
	}
	p.shut(d)
	if d.TellCancel {
		in := submission{URL: d.url, CallbackID: d.CallbackID, State: d.State, Cancelled: true}
		in.ChannelID, in.TeamID = p.standing(nil)
		p.s.submit(ctx, u, in) // a screen does not look at the answer
	}
	return nil
}

// shut takes the dialog off the screen.
func (p *Screen) shut(d Dialog) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	u := p.s.names[p.name]
	p.s.dialogs[u.ID] = slices.DeleteFunc(p.s.dialogs[u.ID], func(o *Dialog) bool { return o.State == d.State && o.CallbackID == d.CallbackID })
	p.s.change()
}

// standing returns the channel and team that are open on the screen: the channel
// given, or the person's first.
func (p *Screen) standing(channel []string) (id, teamID string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	u := p.s.names[p.name]
	for _, t := range p.s.teams {
		if u != nil && t.members[u.ID] != nil {
			teamID = t.ID
		}
	}
	if len(channel) > 0 {
		if c := p.s.channelCalled(channel[0]); c != nil {
			return c.ID, teamID
		}
		return channel[0], teamID
	}
	first := ""
	for _, c := range p.s.channels {
		if u != nil && c.members[u.ID] != nil && c.Type != "D" && (first == "" || c.Name < first) {
			first, id = c.Name, c.ID
		}
	}
	return id, teamID
}

// fill checks answers as the real client does before it sends anything.
func (d Dialog) fill(answers map[string]string) (given map[string]any, wrong map[string]string) {
	given, wrong = map[string]any{}, map[string]string{}
	for _, e := range d.Elements {
		a, said := answers[e.Name]
		if !said {
			a = e.Default
		}
		switch e.Type {
		case "bool":
			given[e.Name] = a == "true"
			if a != "true" && !e.Optional {
				wrong[e.Name] = "This field is required."
			}
			continue
		case "select", "radio":
			for _, c := range e.Choices {
				if c.Text == a {
					a = c.Value
					break
				}
			}
			if a != "" && e.DataSource == "" && !slices.ContainsFunc(e.Choices, func(c Choice) bool { return c.Value == a }) {
				wrong[e.Name] = "This is not one of the choices."
				continue
			}
		}
		n := utf8.RuneCountInString(a)
		switch {
		case a == "" && !e.Optional:
			wrong[e.Name] = "This field is required."
		case a != "" && n < e.MinLength:
			wrong[e.Name] = fmt.Sprintf("Minimum input length is %d.", e.MinLength)
		case n > e.longest() && (e.Type == "text" || e.Type == "textarea"):
			wrong[e.Name] = fmt.Sprintf("Maximum input length is %d.", e.longest())
		case a == "":
			given[e.Name] = nil
		default:
			given[e.Name] = a
		}
	}
	return given, wrong
}
