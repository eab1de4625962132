package mattermost

import (
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/mattermost/mattermost/server/public/model"

	"houvast/bot"
)

// dialogLife is how long somebody may take to fill in a dialog.
const dialogLife = 2 * time.Hour

// Mattermost's limits on what stands in a dialog, in bytes.
const (
	maxTitle  = model.DialogTitleMaxLength
	maxLabel  = model.DialogElementDisplayNameMaxLength
	maxHelp   = model.DialogElementHelpTextMaxLength
	maxLine   = model.DialogElementTextMaxLength
	maxLong   = model.DialogElementTextareaMaxLength
	maxOption = model.DialogElementSelectMaxLength
)

// dialog returns f as Mattermost shows it, with its sealed state.
func dialog(f bot.Dialog, state string) model.Dialog {
	d := model.Dialog{
		CallbackId: f.Form, Title: clip(f.Title, maxTitle), IntroductionText: harmless(f.Intro),
		SubmitLabel: clip(f.Submit, maxLabel), State: state,
	}
	for _, q := range f.Fields {
		e := model.DialogElement{
			Name: q.Name, DisplayName: clip(q.Label, maxLabel), HelpText: clip(q.Help, maxHelp), Optional: q.Optional, Default: q.Default,
		}
		switch q.Kind {
		case "select":
			e.Type = "select"
			for _, o := range q.Options {
				e.Options = append(e.Options, &model.PostActionOptions{Text: o.Label, Value: o.Value})
			}
			known := slices.ContainsFunc(q.Options, func(o bot.Option) bool { return o.Value == q.Default })
			if !known || len(e.Default) > maxOption {
				e.Default = ""
			}
		case "long":
			e.Type, e.MaxLength = "textarea", within(q.Max, maxLong)
			e.Default = clip(e.Default, maxLong)
		default:
			e.Type, e.MaxLength = "text", within(q.Max, maxLine)
			e.Default = clip(e.Default, maxLine)
		}
		d.Elements = append(d.Elements, e)
	}
	return d
}

func within(n, most int) int {
	if n <= 0 || n > most {
		return most
	}
	return n
}

// open seals what a dialog will be when it comes back.
func (d *Door) open(f bot.Dialog, userID, user, channelID string) (string, error) {
	nonce := make([]byte, 16)
	if _, err := io.ReadFull(d.Random, nonce); err != nil {
		return "", fmt.Errorf("draw a nonce: %w", err)
	}
	return d.sign.state(opened{
		Form: f.Form, Subject: f.Subject, UserID: userID, User: user, Channel: channelID,
		Until: d.Now().Add(dialogLife).Unix(), Nonce: hex.EncodeToString(nonce),
	}), nil
}

// A form is a dialog that came in, so that a second submission is recognised.
type form struct {
	until time.Time
	done  string // fingerprint of the answers that were taken, "" while none were
	tries int    // how often it was answered with what is wrong
}

// attempt names one submission of a dialog: the same answers sent twice are the
// same event, corrected ones are a new one. Once taken, others are refused.
func (d *Door) attempt(o opened, answers string) (event string, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.Now()
	for n, f := range d.forms {
		if now.After(f.until) {
			delete(d.forms, n)
		}
	}
	f := d.forms[o.Nonce]
	if f.done != "" && f.done != answers {
		return "", false
	}
	return fmt.Sprintf("dialog:%s:%s:%d", o.Nonce, answers[:8], f.tries), true
}

// settle remembers what became of a submission.
func (d *Door) settle(o opened, answers string, taken bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.forms[o.Nonce]
	f.until = time.Unix(o.Until, 0)
	if taken {
		f.done = answers
	} else {
		f.tries++
	}
	d.forms[o.Nonce] = f
}
