package web

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"sync"
)

// A desk is where somebody stands on the page: as whom they look at Mattermost,
// which channel and thread are open, and which telephones lie before them. It
// lives in the page's address, so that reloading or a second window loses
// nothing.
type desk struct {
	As, Channel, Thread string
	Left, Right         string // telephones
	Panel               string // the one to show where there is room for one: "left", "right" or "team"
}

// deskOf reads a desk from an address and fills in what v makes of it.
func deskOf(q url.Values, v View) desk {
	d := desk{
		As:      v.As,
		Channel: q.Get("channel"),
		Thread:  q.Get("thread"),
		Left:    q.Get("left"),
		Right:   q.Get("right"),
		Panel:   q.Get("panel"),
	}
	if d.Panel != "right" && d.Panel != "team" {
		d.Panel = "left"
	}
	d.Left = phoneOr(v, d.Left, "")
	d.Right = phoneOr(v, d.Right, d.Left)
	if d.Right == d.Left {
		d.Right = phoneOr(v, "", d.Left)
	}
	if len(v.Channels) > 0 && v.channel(d.Channel) == nil {
		d.Channel, d.Thread = v.Channels[0].ID, ""
	}
	if c := v.channel(d.Channel); c == nil || c.post(d.Thread) == nil {
		d.Thread = ""
	}
	return d
}

// phoneOr returns id if there is such a telephone, else the first one but taken.
func phoneOr(v View, id, taken string) string {
	if v.phone(id) != nil {
		return id
	}
	for _, p := range v.Phones {
		if p.ID != taken {
			return p.ID
		}
	}
	return ""
}

// At returns the page's address with this desk.
func (d desk) At() string { return "/?" + d.query() }

// To returns path for this desk, so that the answer leads back to it.
func (d desk) To(path string) string { return path + "?" + d.query() }

func (d desk) query() string {
	q := url.Values{}
	for name, value := range map[string]string{
		"as": d.As, "channel": d.Channel, "thread": d.Thread, "left": d.Left, "right": d.Right, "panel": d.Panel,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q.Encode()
}

// The desk after one step elsewhere.
func (d desk) WithAs(user string) desk {
	d.As, d.Channel, d.Thread = user, "", ""
	return d.WithPanel("team")
}
func (d desk) WithChannel(id string) desk { d.Channel, d.Thread = id, ""; return d.WithPanel("team") }
func (d desk) WithThread(id string) desk  { d.Thread = id; return d.WithPanel("team") }
func (d desk) WithPanel(p string) desk    { d.Panel = p; return d }
func (d desk) WithPhone(side, id string) desk {
	if side == "left" {
		d.Left = id
	} else {
		d.Right = id
	}
	return d.WithPanel(side)
}

func (v View) phone(id string) *Phone {
	i := slices.IndexFunc(v.Phones, func(p Phone) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	return &v.Phones[i]
}

func (v View) channel(id string) *Channel {
	i := slices.IndexFunc(v.Channels, func(c Channel) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return &v.Channels[i]
}

func (v View) down(door string) bool {
	return slices.ContainsFunc(v.Doors, func(d Door) bool { return d.Name == door && d.Broken })
}

func (c Channel) post(id string) *Post {
	i := slices.IndexFunc(c.Posts, func(p Post) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	return &c.Posts[i]
}

// A region is a part of the page that is drawn anew by itself: the content of
// the element with its ID.
type region struct {
	ID   string        `json:"id"`
	HTML template.HTML `json:"html"`
}

// phonePanel is what the template of one telephone shows.
type phonePanel struct {
	Side   string
	Phone  *Phone // nil: there is none
	Others []Phone
	Down   bool // Telegram is away
	Desk   desk
}

// teamPanel is what the templates of Mattermost show.
type teamPanel struct {
	Desk          desk
	As            string
	Professionals []Professional
	Channels      []channelLink
	Channel       *Channel
	Thread        *Post
	Posts         []shownPost
	Phones        []Phone
	Down          bool // Mattermost is away
}

type channelLink struct {
	Channel
	Unread int
	Open   bool
}

type shownPost struct {
	Post
	Replies int
	Links   []invitation // to open on a telephone
	Desk    desk
	Phones  []Phone
	Day     bool // the first of its day
}

// dialogPanel is a dialog with what was wrong with it the last time.
type dialogPanel struct {
	*Dialog
	Wrong  map[string]string
	Values map[string]string
	Desk   desk
}

// framedPhone is a telephone with what is drawn inside it.
type framedPhone struct {
	Panel   phonePanel
	Regions map[string]template.HTML
}

// shownCard is a card with the post that it is on.
type shownCard struct {
	Card Card
	Post shownPost
}

// fullPage is what the page's own template shows.
type fullPage struct {
	Desk        desk
	Left, Right phonePanel
	Regions     map[string]template.HTML
	Hints       []hint
}

// showPage shows everything.
func (s *Server) showPage(w http.ResponseWriter, r *http.Request) error {
	v, err := s.sandbox.View(r.Context(), r.URL.Query().Get("as"))
	if err != nil {
		return fmt.Errorf("view the sandbox: %w", err)
	}
	return s.writePage(w, http.StatusOK, v, deskOf(r.URL.Query(), v), dialogPanel{Dialog: v.Dialog})
}

func (s *Server) writePage(w http.ResponseWriter, status int, v View, d desk, form dialogPanel) error {
	regions, err := s.regions(v, d, form)
	if err != nil {
		return err
	}
	p := fullPage{
		Desk:    d,
		Left:    phonePanelOf(v, d, "left"),
		Right:   phonePanelOf(v, d, "right"),
		Regions: make(map[string]template.HTML, len(regions)),
		Hints:   hints,
	}
	for _, r := range regions {
		p.Regions[r.ID] = r.HTML
	}
	var b bytes.Buffer
	if err := s.page.ExecuteTemplate(&b, "page", p); err != nil {
		return fmt.Errorf("draw the page: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, err = w.Write(b.Bytes())
	return err
}

// regions draws every part of the page that can change.
func (s *Server) regions(v View, d desk, form dialogPanel) ([]region, error) {
	left, right := phonePanelOf(v, d, "left"), phonePanelOf(v, d, "right")
	team := s.teamPanelOf(v, d)
	form.Desk = d

	parts := []struct {
		id, template string
		data         any
	}{
		{"clock", "clock", v.Clock},
		{"next", "next", v.Clock},
		{"doors", "doors", map[string]any{"Doors": v.Doors, "Desk": d}},
		{"doors-mark", "doors-mark", v.Doors},
		{"left-head", "phone-head", left},
		{"left-log", "phone-log", left},
		{"left-write", "phone-write", left},
		{"left-keys", "phone-keys", left},
		{"left-tab", "phone-tab", left},
		{"right-head", "phone-head", right},
		{"right-log", "phone-log", right},
		{"right-write", "phone-write", right},
		{"right-keys", "phone-keys", right},
		{"right-tab", "phone-tab", right},
		{"team-who", "team-who", team},
		{"team-channels", "team-channels", team},
		{"team-head", "team-head", team},
		{"team-log", "team-log", team},
		{"team-compose", "team-compose", team},
		{"dialog", "dialog", form},
	}
	drawn := make([]region, 0, len(parts))
	var b bytes.Buffer
	for _, p := range parts {
		b.Reset()
		if err := s.page.ExecuteTemplate(&b, p.template, p.data); err != nil {
			return nil, fmt.Errorf("draw %s: %w", p.id, err)
		}
		drawn = append(drawn, region{p.id, template.HTML(bytes.TrimSpace(b.Bytes()))})
	}
	return drawn, nil
}

func phonePanelOf(v View, d desk, side string) phonePanel {
	id := d.Left
	if side == "right" {
		id = d.Right
	}
	p := phonePanel{Side: side, Phone: v.phone(id), Down: v.down("telegram"), Desk: d.WithPanel(side)}
	for _, other := range v.Phones {
		if other.ID != d.Left && other.ID != d.Right {
			p.Others = append(p.Others, other)
		}
	}
	return p
}

func (s *Server) teamPanelOf(v View, d desk) teamPanel {
	d = d.WithPanel("team")
	t := teamPanel{Desk: d, As: v.As, Professionals: v.Professionals, Channel: v.channel(d.Channel), Phones: v.Phones, Down: v.down("mattermost")}
	if t.Channel != nil {
		t.Thread = t.Channel.post(d.Thread)
		t.Posts = s.shown(*t.Channel, d, v.Phones)
		s.seen.look(v.As, *t.Channel)
	}
	for _, c := range v.Channels {
		t.Channels = append(t.Channels, channelLink{c, s.seen.unread(v.As, c), c.ID == d.Channel})
	}
	return t
}

// shown chooses the posts to show: those of the open thread, or those that began
// one. Private answers show in both, for they answer what was just pressed.
func (s *Server) shown(c Channel, d desk, phones []Phone) []shownPost {
	replies := map[string]int{}
	for _, p := range c.Posts {
		if p.Root != "" && !p.Private {
			replies[p.Root]++
		}
	}
	var posts []shownPost
	day := ""
	for _, p := range c.Posts {
		inThread := p.ID == d.Thread || p.Root == d.Thread
		if (d.Thread != "" && !inThread) || (d.Thread == "" && p.Root != "" && !p.Private) {
			continue
		}
		one := shownPost{Post: p, Desk: d, Phones: phones, Links: invitations(p)}
		if d.Thread == "" {
			one.Replies = replies[p.ID]
		}
		if today := p.At.In(s.zone).Format("2006-01-02"); today != day {
			day, one.Day = today, true
		}
		posts = append(posts, one)
	}
	return posts
}

// seen remembers which posts each professional looked at, for the marks beside
// the channels.
type seen struct {
	mu    sync.Mutex
	posts map[string]bool // by user and post
}

func newSeen() *seen { return &seen{posts: map[string]bool{}} }

func (s *seen) look(as string, c Channel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range c.Posts {
		s.posts[as+"/"+p.ID] = true
	}
}

func (s *seen) unread(as string, c Channel) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, p := range c.Posts {
		if p.Author != as && !s.posts[as+"/"+p.ID] {
			n++
		}
	}
	return n
}
