package mattermosttest

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// A Post is what stands in a channel, as a person at the screen sees it.
type Post struct {
	ID         string
	Channel    string // its name; for direct channels its id
	Author     string // username
	AuthorName string // as shown: first and last name, or the username
	Bot        bool
	Root       string // the post that this one answers, "" for one that stands by itself
	At         time.Time
	Edited     time.Time // zero if never; only a changed message counts
	Text       string
	Cards      []Card
	Priority   string // "", "important", "urgent"
	Files      []File
	Reactions  []string // emoji names
	Replies    int
	Pinned     bool
	Props      map[string]any // without what is secret
}

// Text and cards in one, for looking something up.
func (p Post) String() string {
	lines := []string{p.Text}
	for _, c := range p.Cards {
		lines = append(lines, c.Pretext, c.Title, c.Text)
		for _, f := range c.Fields {
			lines = append(lines, f.Title+": "+f.Value)
		}
		if len(c.Buttons) > 0 {
			var labels []string
			for _, b := range c.Buttons {
				labels = append(labels, "["+b.Label+"]")
			}
			lines = append(lines, strings.Join(labels, " "))
		}
		lines = append(lines, c.Footer)
	}
	return strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), "\n")
}

// Buttons returns the buttons and menus of all cards of p.
func (p Post) Buttons() []Button {
	var all []Button
	for _, c := range p.Cards {
		all = append(all, c.Buttons...)
	}
	return all
}

// A Card is a message attachment.
type Card struct {
	Color, Pretext, Title, TitleLink, Text, ImageURL, Footer string
	Fields                                                   []Field
	Buttons                                                  []Button
}

// A Field is a line of a card with a heading.
type Field struct {
	Title, Value string
	Short        bool
}

// A Button is a button, or a menu if it has Choices.
type Button struct {
	ID, Label, Style string
	Disabled         bool
	Choices          []Choice
}

// A Choice is one of a menu or of a select element.
type Choice struct {
	Text  string `json:"text"`
	Value string `json:"value"`
}

// A File hangs on a post.
type File struct {
	ID, Name, MimeType string
	Content            []byte
}

// A Private is what was shown to one person alone and stands nowhere.
type Private struct {
	At      time.Time
	Channel string // where it was shown
	Post    string // on which post's thread, if any
	Text    string
	Cards   []Card
}

// A Channel is a place to talk, as its members see it.
type Channel struct {
	ID, Name, Title string
	Kind            string   // "public", "private" or "direct"
	Members         []string // usernames
}

// Posts returns what stands in a channel now, oldest first, replies included.
// The channel is named by its name, with or without #, or its id.
func (s *Server) Posts(channel string) []Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channelCalled(channel)
	if c == nil {
		return nil
	}
	var seen []Post
	for _, p := range s.inChannel(c.ID) {
		if p.DeleteAt == 0 {
			seen = append(seen, s.seen(p))
		}
	}
	return seen
}

// Find returns one post.
func (s *Server) Find(postID string) (Post, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.posts[postID]
	if p == nil || p.DeleteAt != 0 {
		return Post{}, false
	}
	return s.seen(p), true
}

// Private returns what was shown to a person alone, oldest first.
func (s *Server) Private(name string) []Private {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.names[name]; u != nil {
		return slices.Clone(s.private[u.ID])
	}
	return nil
}

// Channels returns the channels that a person is in, direct ones too, by name.
func (s *Server) Channels(name string) []Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.names[name]
	var list []Channel
	for _, c := range s.channels {
		if u == nil || c.members[u.ID] == nil {
			continue
		}
		k := Channel{ID: c.ID, Name: c.Name, Title: c.DisplayName, Kind: map[string]string{"O": "public", "P": "private", "D": "direct"}[c.Type]}
		for id := range c.members {
			k.Members = append(k.Members, s.users[id].Username)
		}
		sort.Strings(k.Members)
		if c.Type == "D" {
			k.Title = strings.Join(slices.DeleteFunc(slices.Clone(k.Members), func(m string) bool { return m == name }), ", ")
		}
		list = append(list, k)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// Direct returns what two people have said to each other, oldest first.
func (s *Server) Direct(a, b string) []Post {
	s.mu.Lock()
	ua, ub := s.names[a], s.names[b]
	id := ""
	if ua != nil && ub != nil {
		id = s.direct(ua, ub).ID
	}
	s.mu.Unlock()
	if id == "" {
		return nil
	}
	return s.Posts(id)
}

func (s *Server) seen(p *post) Post {
	u := s.users[p.UserID]
	v := Post{
		ID: p.ID, Channel: s.place(s.channels[p.ChannelID]), Author: u.Username, AuthorName: strings.TrimSpace(u.FirstName + " " + u.LastName),
		Bot: u.IsBot, Root: p.RootID, At: moment(p.CreateAt), Edited: moment(p.EditAt), Text: p.Message, Cards: cards(p.Props),
		Replies: int(p.ReplyCount), Pinned: p.IsPinned, Props: stripped(p.Props),
	}
	if v.AuthorName == "" {
		v.AuthorName = u.Username
	}
	if p.priority != nil && p.priority.Priority != nil {
		v.Priority = *p.priority.Priority
	}
	for _, id := range p.FileIDs {
		f := s.files[id]
		v.Files = append(v.Files, File{ID: f.ID, Name: f.Name, MimeType: f.MimeType, Content: f.content})
	}
	for _, r := range p.reactions {
		v.Reactions = append(v.Reactions, r.EmojiName)
	}
	return v
}

func (s *Server) place(c *channel) string {
	if c.Type == "D" {
		return c.ID
	}
	return c.Name
}

// cards reads the attachments of a post as a person sees them. A button that
// leads nowhere still stands there.
func cards(props map[string]any) []Card {
	var list []Card
	for _, a := range attachments(props) {
		c := Card{Color: a.Color, Pretext: a.Pretext, Title: a.Title, TitleLink: a.TitleLink, Text: a.Text, ImageURL: a.ImageURL, Footer: a.Footer}
		for _, f := range a.Fields {
			short, _ := f.Short.(bool)
			c.Fields = append(c.Fields, Field{Title: f.Title, Value: fmt.Sprint(f.Value), Short: short})
		}
		for _, b := range a.Actions {
			c.Buttons = append(c.Buttons, Button{ID: b.ID, Label: b.Name, Style: b.Style, Disabled: b.Disabled, Choices: b.Options})
		}
		list = append(list, c)
	}
	return list
}
