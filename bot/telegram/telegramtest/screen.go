package telegramtest

import (
	"context"
	"strings"
)

// A Screen is what a person sees when they look at the chat now.
type Screen struct {
	ChatID    int64
	FirstName string
	Bot       Profile
	Started   bool
	Blocked   bool
	Messages  []Message // oldest first; deleted ones are gone
	Pinned    []Message // newest first
	Keyboard  *Keyboard // nil if there is none, or it is hidden
	Taps      []Tap     // presses on inline buttons, oldest first, with their toasts
	Seq       int64     // of the newest change
}

// Screen returns what the person sees now.
func (p *Person) Screen() Screen {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	c := p.chat
	view := Screen{ChatID: c.id, FirstName: c.name, Bot: p.s.profile, Started: c.started, Blocked: c.blocked}
	view.Bot.Commands = append([]Command(nil), p.s.profile.Commands...)
	for _, m := range c.messages {
		if m.Deleted {
			continue
		}
		view.Messages = append(view.Messages, m.copy())
		if m.Pinned {
			view.Pinned = append([]Message{m.copy()}, view.Pinned...)
		}
	}
	if c.keyboard != nil && !c.hidden {
		k := *c.keyboard
		view.Keyboard = &k
	}
	for _, t := range p.s.taps {
		if t.ChatID == c.id {
			view.Taps = append(view.Taps, *t)
		}
	}
	if len(c.log) > 0 {
		view.Seq = c.log[len(c.log)-1].Seq
	}
	return view
}

// Messages returns the messages the person sees now, oldest first.
func (p *Person) Messages() []Message { return p.Screen().Messages }

// Last returns the newest message of the bot, or a zero Message.
func (p *Person) Last() Message {
	messages := p.Messages()
	for i := len(messages) - 1; i >= 0; i-- {
		if messages[i].FromBot {
			return messages[i]
		}
	}
	return Message{}
}

// Since returns what changed in the chat after the change numbered seq, oldest
// first: messages sent by either side, edits, deletions, pins and answered taps.
// A story compares these; 0 asks for everything.
func (p *Person) Since(seq int64) []Change {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	var changes []Change
	for _, c := range p.chat.log {
		if c.Seq > seq {
			changes = append(changes, c)
		}
	}
	return changes
}

// Transcript returns the chat as it looks now, a line per message:
//
//	bot     Hoe gaat het?  [Goed]  [Niet goed]
//	anna    ik heb een baan!
//
// and the keyboard, if there is one, as a last line in brackets.
func (p *Person) Transcript() string {
	view := p.Screen()
	var out strings.Builder
	for _, m := range view.Messages {
		who := strings.ToLower(view.FirstName)
		if m.FromBot {
			who = "bot"
		}
		out.WriteString(who + "\t" + strings.ReplaceAll(m.String(), "\n", " / ") + "\n")
	}
	if view.Keyboard != nil {
		out.WriteString("keys\t")
		for _, row := range view.Keyboard.Rows {
			for _, label := range row {
				out.WriteString("[" + label + "]")
			}
		}
		out.WriteString("\n")
	}
	return out.String()
}

// Wait waits until what the person sees satisfies cond, and returns it.
func (p *Person) Wait(ctx context.Context, cond func(Screen) bool) (Screen, error) {
	var seen Screen
	err := p.s.Wait(ctx, func() bool {
		seen = p.Screen()
		return cond(seen)
	})
	return seen, err
}
