package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"houvast/bot"
	"houvast/bot/mattermost/mattermosttest"
	"houvast/bot/telegram/telegramtest"
	"houvast/web"
)

// View implements [web.Sandbox].
func (s *sandbox) View(ctx context.Context, as string) (web.View, error) {
	next, err := s.town.next(ctx)
	if err != nil {
		return web.View{}, fmt.Errorf("look what is due: %w", err)
	}
	v := web.View{
		Clock:         web.Clock{Now: s.town.clock.now(), Next: next},
		Professionals: s.professionals(),
	}
	s.mu.Lock()
	for _, d := range []web.Door{{Name: bot.Telegram, Label: "Telegram"}, {Name: bot.Mattermost, Label: "Mattermost"}} {
		d.Broken = s.broken[d.Name]
		v.Doors = append(v.Doors, d)
	}
	s.mu.Unlock()
	for _, p := range s.phones {
		v.Phones = append(v.Phones, s.phone(p))
	}
	v.As = v.Professionals[0].User
	if slices.ContainsFunc(v.Professionals, func(p web.Professional) bool { return p.User == as }) {
		v.As = as
	}
	v.Channels = s.channels(v.As)
	if d, ok := s.town.mattermost.User(v.As).Dialog(); ok {
		v.Dialog = dialogOf(d)
	}
	return v, nil
}

// phone is what its owner sees.
func (s *sandbox) phone(p phone) web.Phone {
	screen := s.town.telegram.Person(p.chat, p.owner).Screen()
	v := web.Phone{
		ID: p.id, Owner: p.owner, Role: p.role,
		Bot: screen.Bot.Name, About: screen.Bot.Description,
		Started: screen.Started, Blocked: screen.Blocked,
	}
	if len(screen.Pinned) > 0 {
		v.Pinned = strconv.Itoa(screen.Pinned[0].ID)
	}
	if screen.Keyboard != nil {
		v.Keyboard = screen.Keyboard.Rows
	}
	for _, m := range screen.Messages {
		v.Messages = append(v.Messages, messageOf(m))
	}
	if n := len(screen.Taps); n > 0 && s.town.clock.now().Sub(screen.Taps[n-1].AnsweredAt) < noticeFor {
		v.Notice = screen.Taps[n-1].Text
	}
	return v
}

// noticeFor is how long the answer to a tap stays in sight.
const noticeFor = 8 * time.Second

func messageOf(m telegramtest.Message) web.Message {
	v := web.Message{
		ID: strconv.Itoa(m.ID), Mine: !m.FromBot, At: m.At, Text: m.Text, From: m.Forward, Edited: !m.EditedAt.IsZero() && !m.FromBot,
	}
	switch m.Kind {
	case telegramtest.Text:
	case telegramtest.Photo, telegramtest.Voice, telegramtest.Sticker:
		v.Media = &web.Media{Kind: m.Kind, File: "t-" + m.FileID, Name: m.Emoji, Seconds: m.Seconds}
	case telegramtest.Video, telegramtest.VideoNote, telegramtest.Animation:
		v.Media = &web.Media{Kind: "video", File: "t-" + m.FileID, Seconds: m.Seconds}
	default:
		v.Media = &web.Media{Kind: "document", File: "t-" + m.FileID, Name: m.FileName}
	}
	for _, row := range m.Buttons {
		var buttons []web.Button
		for _, b := range row {
			buttons = append(buttons, web.Button{ID: b.Data, Label: b.Label, URL: b.URL})
		}
		v.Buttons = append(v.Buttons, buttons)
	}
	return v
}

// professionals are the people of the network who work in Mattermost: each
// team's members, then who coordinates it.
func (s *sandbox) professionals() []web.Professional {
	n := s.town.network
	var list []web.Professional
	add := func(key string) {
		p := n.People[key]
		if p.Mattermost == "" || slices.ContainsFunc(list, func(v web.Professional) bool { return v.User == p.Mattermost }) {
			return
		}
		role := n.Roles[p.Role]
		if role == "" {
			role = strings.ReplaceAll(p.Role, "coordinator", "coördinator")
		}
		list = append(list, web.Professional{User: p.Mattermost, Name: p.Name, Role: role})
	}
	for _, team := range sortedKeys(n.Teams) {
		for _, m := range n.Teams[team].Members {
			add(m)
		}
		add(n.Teams[team].Coordinator)
	}
	for _, key := range sortedKeys(n.People) {
		add(key)
	}
	return list
}

// The lines below the names of the channels.
const (
	purposeSignals  = "Wie iemand nodig heeft"
	purposeGoodNews = "Alleen goed nieuws"
	purposeDirect   = "Alleen jij en Houvast"
)

// channels are what somebody is a member of: the teams' own first, each with its
// good news, then who they talk with alone.
func (s *sandbox) channels(user string) []web.Channel {
	order := map[string]int{}
	purpose := map[string]string{}
	for _, key := range sortedKeys(s.town.network.Teams) {
		team := s.town.network.Teams[key]
		order[team.Channel] = len(order) + 1
		order[team.GoodNews] = len(order) + 1
		purpose[team.Channel], purpose[team.GoodNews] = purposeSignals, purposeGoodNews
	}
	private := s.town.mattermost.Private(user)
	var list []web.Channel
	for _, c := range s.town.mattermost.Channels(user) {
		v := web.Channel{ID: c.ID, Name: c.Title, Kind: c.Kind, Purpose: purpose[c.Name]}
		if c.Kind == "direct" {
			v.Name = s.shownName(c.Title)
			if c.Title == botUser {
				v.Purpose = purposeDirect
			}
		} else {
			v.ID = c.Name
		}
		for _, p := range s.town.mattermost.Posts(c.ID) {
			v.Posts = append(v.Posts, s.postOf(p))
		}
		v.Posts = s.withPrivate(v.Posts, c, user, private)
		list = append(list, v)
	}
	slices.SortStableFunc(list, func(a, b web.Channel) int {
		rank := func(c web.Channel) int {
			if at, ok := order[c.ID]; ok {
				return at
			}
			return len(order) + 1
		}
		return cmp.Compare(rank(a), rank(b))
	})
	return list
}

// botUser is the user name of the bot in Mattermost.
const botUser = "houvast"

// shownName is how somebody is called on the screen.
func (s *sandbox) shownName(user string) string {
	if user == botUser {
		return "Houvast"
	}
	for _, p := range s.town.network.People {
		if p.Mattermost == user {
			return p.Name
		}
	}
	return user
}

func (s *sandbox) postOf(p mattermosttest.Post) web.Post {
	v := web.Post{
		ID: p.ID, Root: p.Root, Author: p.Author, Name: s.shownName(p.Author), Bot: p.Bot,
		At: p.At, Text: p.Text, Edited: !p.Edited.IsZero() && !p.Bot, Urgent: p.Priority == "urgent", Cards: cardsOf(p.Cards),
	}
	for _, f := range p.Files {
		v.Files = append(v.Files, fileOf(f))
	}
	return v
}

func cardsOf(cards []mattermosttest.Card) []web.Card {
	var list []web.Card
	for _, c := range cards {
		v := web.Card{Color: c.Color, Title: c.Title, Text: strings.TrimSpace(c.Pretext + "\n" + c.Text), Footer: c.Footer}
		for _, f := range c.Fields {
			v.Fields = append(v.Fields, web.Field{Name: f.Title, Value: f.Value, Short: f.Short})
		}
		for _, b := range c.Buttons {
			if b.Disabled {
				continue
			}
			v.Actions = append(v.Actions, web.Action{ID: b.ID, Label: b.Label, Style: b.Style})
		}
		list = append(list, v)
	}
	return list
}

func fileOf(f mattermosttest.File) web.Media {
	kind, _, _ := strings.Cut(f.MimeType, "/")
	v := web.Media{Kind: "document", File: "m-" + f.ID, Name: f.Name}
	switch kind {
	case "image":
		v.Kind, v.Alt = "photo", "Foto"
		if strings.Contains(f.Name, "qr") {
			v.Alt = "QR-code van de link"
		} else if strings.Contains(f.Name, "kaart") {
			v.Alt = "Kaart om te printen, met de link en de nummers voor nood"
		}
	case "audio", "video":
		v.Kind = map[string]string{"audio": "voice", "video": "video"}[kind]
	}
	return v
}

// privateFor is how long words for one person stay on their screen.
const privateFor = time.Hour

// withPrivate puts what was shown to somebody alone between the posts of a
// channel, where it was shown.
func (s *sandbox) withPrivate(posts []web.Post, c mattermosttest.Channel, user string, private []mattermosttest.Private) []web.Post {
	now := s.town.clock.now()
	for i, p := range private {
		if p.Channel != c.Name || now.Sub(p.At) > privateFor {
			continue
		}
		v := web.Post{
			ID: fmt.Sprint("private-", user, "-", i), Author: botUser, Name: "Houvast", Bot: true,
			At: p.At, Text: p.Text, Private: true, Cards: cardsOf(p.Cards),
		}
		if p.Post != "" {
			v.Root = p.Post
			if on, ok := s.town.mattermost.Find(p.Post); ok && on.Root != "" {
				v.Root = on.Root
			}
		}
		posts = append(posts, v)
	}
	slices.SortStableFunc(posts, func(a, b web.Post) int { return a.At.Compare(b.At) })
	return posts
}

func dialogOf(d mattermosttest.Dialog) *web.Dialog {
	v := &web.Dialog{ID: dialogID(d), Title: d.Title, Intro: d.Introduction, Submit: d.SubmitLabel}
	for _, e := range d.Elements {
		f := web.DialogField{Name: e.Name, Label: e.Label, Help: e.Help, Kind: "text", Value: e.Default, Optional: e.Optional, Max: e.MaxLength}
		switch e.Type {
		case "textarea":
			f.Kind = "long"
		case "select", "radio":
			f.Kind = "select"
			for _, c := range e.Choices {
				f.Options = append(f.Options, web.Option{Value: c.Value, Label: c.Text})
			}
		}
		v.Fields = append(v.Fields, f)
	}
	return v
}
