package mattermost

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mattermost/mattermost/server/public/model"

	"houvast/bot"
)

// The props of our own posts by which we find them again.
const (
	propMessage = "houvast_message"
	propSlot    = "houvast_slot"
)

// maxText is how many characters Mattermost takes in one post.
const maxText = 16383

// kinds are the colour and the mark of each kind of card. The mark says the same
// as the colour, for who does not see colours.
var kinds = map[string]struct{ colour, mark string }{
	"crisis":    {"#B3261E", "🔴"},
	"distress":  {"#C2570C", "🟠"},
	"contact":   {"#1D5FBF", "🔵"},
	"good_news": {"#2B7A4B", "🌻"},
	"prompt":    {"#6B4FA0", "🟣"},
	"quiet":     {"#757B85", "⚪"},
}

// words returns the message and the props of a post that shows b in a channel.
// It is all that a card is made of, so a card can be made again at any time.
func (d *Door) words(m bot.Message, channelID string) (string, map[string]any) {
	b := m.Body
	var lines []string
	props := map[string]any{propMessage: d.messageTag(m)}
	if m.Slot != "" {
		props[propSlot] = d.slotTag(m)
	}
	if b.Card != nil {
		if len(b.Card.Mention) > 0 {
			lines = append(lines, mentions(b.Card.Mention))
		}
		props["attachments"] = []*model.MessageAttachment{d.card(*b.Card, channelID)}
	}
	if b.Text != "" {
		lines = append(lines, harmless(b.Text))
	}
	for _, k := range b.Buttons {
		if k.URL != "" {
			lines = append(lines, "["+harmless(k.Label)+"]("+k.URL+")")
		}
	}
	if b.Invite != nil {
		lines = append(lines, inviteText(*b.Invite))
	}
	return short(strings.Join(lines, "\n"), maxText), props
}

func (d *Door) messageTag(m bot.Message) string {
	return d.sign.tag(forPost, strconv.FormatInt(m.ID, 10), m.To.Place)
}

func (d *Door) slotTag(m bot.Message) string { return d.sign.tag(forSlot, m.Slot, m.To.Place) }

func (d *Door) card(c bot.Card, channelID string) *model.MessageAttachment {
	kind := kinds[c.Kind]
	a := &model.MessageAttachment{
		// A phone may show this on its lock screen: no name.
		Fallback: "Bericht van Houvast",
		Color:    kind.colour,
		Title:    strings.TrimSpace(kind.mark + " " + harmless(c.Title)),
		Text:     harmless(c.Text),
	}
	for _, f := range c.Fields {
		a.Fields = append(a.Fields, &model.MessageAttachmentField{
			Title: harmless(f.Name), Value: harmless(f.Value), Short: model.SlackCompatibleBool(utf8.RuneCountInString(f.Value) <= 40),
		})
	}
	used := map[string]int{}
	for _, k := range c.Actions {
		id := actionID(k.Name)
		if used[id]++; used[id] > 1 {
			id += strconv.Itoa(used[id])
		}
		a.Actions = append(a.Actions, &model.PostAction{
			Id: id, Type: model.PostActionTypeButton, Name: k.Label, Style: style(k.Style),
			Integration: &model.PostActionIntegration{URL: d.Callback + pathAction, Context: d.sign.action(k.Name, k.Subject, channelID)},
		})
	}
	return a
}

// actionID leaves of a name what Mattermost's route takes: with any other
// character every press would be refused.
func actionID(name string) string {
	id := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, name)
	return cmp.Or(id, "x")
}

func style(s string) string {
	if slices.Contains([]string{"primary", "danger", "good"}, s) {
		return s
	}
	return "default"
}

func mentions(names []string) string {
	at := make([]string, len(names))
	for i, n := range names {
		at[i] = "@" + n
	}
	return strings.Join(at, " ")
}

// harmless takes the side effects out of what somebody may have written: a
// nickname like @channel rings every phone, and a picture is loaded from
// anywhere by whoever looks at it.
func harmless(text string) string {
	const zeroWidthSpace = "\u200b"
	text = strings.ReplaceAll(text, "@", "@"+zeroWidthSpace)
	return strings.ReplaceAll(text, "![", "!"+zeroWidthSpace+"[")
}

// short cuts text to n characters and says so.
func short(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	const rest = "\n… Er is meer dan hier past."
	runes := []rune(text)
	return string(runes[:n-utf8.RuneCountInString(rest)]) + rest
}

// urgent is the priority of a post that must be seen first. Mattermost gives it
// without a licence; asking for an acknowledgement would need one.
func urgent(b bot.Body) *model.PostMetadata {
	if b.Card == nil || !b.Card.Urgent {
		return nil
	}
	no := false
	return &model.PostMetadata{Priority: &model.PostPriority{Priority: model.NewPointer(model.PostPriorityUrgent), RequestedAck: &no, PersistentNotifications: &no}}
}
