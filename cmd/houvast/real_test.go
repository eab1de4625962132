package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"

	"houvast/bot/mattermost/mattermosttest"
	"houvast/content"
)

// The desks are where the professionals of a story sit: at our pretend
// Mattermost, or at a real one.
type desks interface {
	User(name string) desk
	Posts(channel string) []mattermosttest.Post
	Direct(a, b string) []mattermosttest.Post
	Private(name string) []mattermosttest.Private
	Down()
	Up()
}

// A desk is one person's; see [mattermosttest.Screen].
type desk interface {
	Command(ctx context.Context, line string, channel ...string) error
	Press(ctx context.Context, channel, card, label string) error
	PressPost(ctx context.Context, post, button string) error
	Reply(post, text string, files ...string) (string, error)
	Dialog() (mattermosttest.Dialog, bool)
	Submit(ctx context.Context, answers map[string]string, channel ...string) (map[string]string, error)
}

type ownDesks struct{ *mattermosttest.Server }

func (o ownDesks) User(name string) desk { return o.Server.User(name) }

// A realServer is a Mattermost that was not written here, with everybody of the
// example network on it. See realPartner in bot/mattermost for the variables.
type realServer struct {
	url    string
	admin  *model.Client4
	people map[string]*model.Client4 // logged in, by user name
}

// TestStoriesTheRealServer plays every story with a real Mattermost for the
// professionals. Its name makes .ci/mattermost run it.
func TestStoriesTheRealServer(t *testing.T) {
	t.Parallel()

	url, token := os.Getenv("HOUVAST_TEST_MATTERMOST_URL"), os.Getenv("HOUVAST_TEST_MATTERMOST_ADMIN")
	if url == "" {
		t.Skip("HOUVAST_TEST_MATTERMOST_URL names no server") // .ci/mattermost starts one
	}
	paths, err := filepath.Glob("testdata/*.chat")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	real := &realServer{url: url, admin: model.NewAPIv4Client(url), people: map[string]*model.Client4{}}
	real.admin.SetToken(token)
	network, err := content.ExampleNetwork()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range mattermostTown(network, "").People {
		real.logIn(t, p)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".chat"), func(t *testing.T) {
			t.Parallel()

			script, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			newStory(t, real).play(string(script))
		})
	}
}

// A realTeam is the real Mattermost of one story: a team of its own, and a wire to
// the server that can be cut.
type realTeam struct {
	t        *testing.T
	server   *realServer
	team     *model.Team
	callback string
	bot      *model.Client4
	botID    string
	wire     *wire
	channels map[string]string // ids by name
	desks    map[string]*realDesk

	// Nothing changes in a channel but by what goes over the wire or is done at a
	// desk; as long as neither happened, what was seen is what is there.
	done int64 // at desks
	seen map[string]glance
}

// A glance is what stood in a channel when so much had happened.
type glance struct {
	happened int64
	posts    []mattermosttest.Post
}

func answered[T any](t *testing.T) func(T, *model.Response, error) T {
	t.Helper()
	return func(v T, _ *model.Response, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// join sets up what mattermostTown says on the real server, and leads the house
// of town there.
func (s *realServer) join(t *testing.T, town *town) *realTeam {
	t.Helper()
	ctx := t.Context()
	want := mattermostTown(town.network, town.settings.URL)
	unique := strconv.FormatInt(time.Now().UnixNano(), 36)
	r := &realTeam{t: t, server: s, callback: town.settings.URL, channels: map[string]string{}, desks: map[string]*realDesk{}, seen: map[string]glance{}}
	r.team = answered[*model.Team](t)(s.admin.CreateTeam(ctx, &model.Team{Name: "stad" + unique, DisplayName: "Voorbeeldstad", Type: model.TeamInvite}))
	for _, p := range want.People {
		c := s.people[p.Name]
		me := answered[*model.User](t)(c.GetMe(ctx, ""))
		answered[*model.TeamMember](t)(s.admin.AddTeamMember(ctx, r.team.Id, me.Id))
		r.desks[p.Name] = &realDesk{team: r, name: p.Name, id: me.Id, client: c}
	}
	account := answered[*model.Bot](t)(s.admin.CreateBot(ctx, &model.Bot{Username: "houvast" + unique}))
	r.botID = account.UserId
	answered[*model.TeamMember](t)(s.admin.AddTeamMember(ctx, r.team.Id, r.botID))
	token := answered[*model.UserAccessToken](t)(s.admin.CreateUserAccessToken(ctx, r.botID, "story", 0)).Token
	r.bot = model.NewAPIv4Client(s.url)
	r.bot.SetToken(token)
	for _, room := range want.Channels {
		c := answered[*model.Channel](t)(s.admin.CreateChannel(ctx, &model.Channel{TeamId: r.team.Id, Name: room.Name, DisplayName: room.Name, Type: model.ChannelTypePrivate}))
		r.channels[room.Name] = c.Id
		ids := []string{r.botID}
		for _, m := range room.Members {
			ids = append(ids, r.desks[m].id)
		}
		for _, id := range ids {
			answered[*model.ChannelMember](t)(s.admin.AddChannelMember(ctx, c.Id, id))
		}
	}
	for _, d := range r.desks {
		r.channels["@"+d.name] = answered[*model.Channel](t)(r.bot.CreateDirectChannel(ctx, r.botID, d.id)).Id
	}
	command := answered[*model.Command](t)(s.admin.CreateCommand(ctx, &model.Command{TeamId: r.team.Id, Trigger: "houvast", Method: "P", URL: town.settings.URL + "/mattermost/command"}))
	r.wire = newWire(t, strings.TrimPrefix(s.url, "http://"))
	town.settings.MattermostURL, town.settings.MattermostTeam = r.wire.url, r.team.Name
	town.settings.MattermostToken, town.settings.CommandToken = Secret(token), Secret(command.Token)
	return r
}

// logIn logs somebody in, who gets an account if there is none yet.
func (s *realServer) logIn(t *testing.T, p mattermosttest.Account) {
	t.Helper()
	const password = "Zomaar-een-zin-1"
	c := model.NewAPIv4Client(s.url)
	if _, _, err := c.Login(t.Context(), p.Name, password); err != nil {
		u := &model.User{Username: p.Name, FirstName: p.FirstName, LastName: p.LastName, Email: p.Name + "@voorbeeld.example", Password: password}
		answered[*model.User](t)(s.admin.CreateUser(t.Context(), u))
		answered[*model.User](t)(c.Login(t.Context(), p.Name, password))
	}
	s.people[p.Name] = c
}

func (r *realTeam) User(name string) desk { return r.desks[name] }
func (r *realTeam) Down()                 { r.wire.cut(true) }
func (r *realTeam) Up()                   { r.wire.cut(false) }

func (r *realTeam) Direct(a, _ string) []mattermosttest.Post { return r.Posts("@" + a) }

func (r *realTeam) Private(name string) []mattermosttest.Private {
	d := r.desks[name]
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.private)
}

// Posts returns what stands in a channel without what Mattermost itself says there.
func (r *realTeam) Posts(channel string) []mattermosttest.Post {
	happened := r.done + r.wire.carried.Load()
	if was, ok := r.seen[channel]; ok && was.happened == happened {
		return slices.Clone(was.posts)
	}
	list, _, err := r.bot.GetPostsForChannel(r.t.Context(), r.channels[channel], 0, 200, "", false, false)
	if err != nil {
		r.t.Fatal(err)
	}
	var posts []mattermosttest.Post
	for _, id := range slices.Backward(list.Order) {
		if p := list.Posts[id]; p.Type == model.PostTypeDefault {
			posts = append(posts, asSeen(p))
		}
	}
	slices.SortStableFunc(posts, func(a, b mattermosttest.Post) int { return a.At.Compare(b.At) })
	r.seen[channel] = glance{happened, posts}
	return slices.Clone(posts)
}

// asSeen is a post as our own server shows it.
func asSeen(p *model.Post) mattermosttest.Post {
	seen := mattermosttest.Post{ID: p.Id, Root: p.RootId, At: time.UnixMilli(p.CreateAt), Text: p.Message, Files: make([]mattermosttest.File, len(p.FileIds))}
	if p.Metadata != nil && p.Metadata.Priority != nil && p.Metadata.Priority.Priority != nil {
		seen.Priority = *p.Metadata.Priority.Priority
	}
	for _, a := range p.Attachments() {
		c := mattermosttest.Card{Color: a.Color, Pretext: a.Pretext, Title: a.Title, Text: a.Text, Footer: a.Footer}
		for _, f := range a.Fields {
			c.Fields = append(c.Fields, mattermosttest.Field{Title: f.Title, Value: fmt.Sprint(f.Value)})
		}
		for _, b := range a.Actions {
			button := mattermosttest.Button{ID: b.Id, Label: b.Name, Style: b.Style}
			for _, o := range b.Options {
				button.Choices = append(button.Choices, mattermosttest.Choice{Text: o.Text, Value: o.Value})
			}
			c.Buttons = append(c.Buttons, button)
		}
		seen.Cards = append(seen.Cards, c)
	}
	return seen
}

// A realDesk is one person at the real Mattermost: her client, and a socket on
// which comes what only she sees.
type realDesk struct {
	team     *realTeam
	name, id string
	client   *model.Client4
	heard    chan string // what the last wait of hear is for
	waits    int

	mu      sync.Mutex
	private []mattermosttest.Private
	dialog  *model.OpenDialogRequest
}

// listen opens the socket, once.
func (d *realDesk) listen() error {
	if d.heard != nil {
		return nil
	}
	socket, err := model.NewWebSocketClient4("ws"+strings.TrimPrefix(d.team.server.url, "http"), d.client.AuthToken)
	if err != nil {
		return err
	}
	d.heard = make(chan string, 100)
	hello := make(chan struct{}, 100)
	ended := make(chan struct{})
	socket.Listen()
	go func() {
		defer close(ended)
		for {
			select {
			case e, open := <-socket.EventChannel:
				if !open {
					return
				}
				if e.EventType() == model.WebsocketEventHello {
					hello <- struct{}{}
				}
				d.take(e)
			case <-socket.ResponseChannel:
			case <-socket.PingTimeoutChannel:
			}
		}
	}()
	d.team.t.Cleanup(func() {
		socket.Conn.Close()
		<-ended
	})
	select {
	case <-hello:
		return nil
	case <-time.After(patient):
		return errors.New("mattermost did not greet " + d.name)
	}
}

func (d *realDesk) take(e *model.WebSocketEvent) {
	d.mu.Lock()
	defer d.mu.Unlock()
	data := e.GetData()
	switch e.EventType() {
	case model.WebsocketEventEphemeralMessage:
		var p model.Post
		text, _ := data["post"].(string)
		if json.Unmarshal([]byte(text), &p) != nil {
			return
		}
		for _, id := range d.team.channels {
			if id == p.ChannelId { // and of no other story
				d.private = append(d.private, mattermosttest.Private{Channel: p.ChannelId, Post: p.RootId, Text: p.Message})
			}
		}
	case model.WebsocketEventOpenDialog:
		var open model.OpenDialogRequest
		text, _ := data["dialog"].(string)
		if json.Unmarshal([]byte(text), &open) == nil && strings.HasPrefix(open.URL, d.team.callback) {
			d.dialog = &open
		}
	case model.WebsocketEventPreferencesChanged:
		var all model.Preferences
		text, _ := data["preferences"].(string)
		if json.Unmarshal([]byte(text), &all) != nil {
			return
		}
		for _, p := range all {
			if p.Name == d.team.team.Name {
				d.heard <- p.Value
			}
		}
	}
}

// after waits until everything has come that was sent to the person before now:
// it sends something of its own after it.
func (d *realDesk) after(ctx context.Context, err error) error {
	d.team.done++
	if err != nil {
		return err
	}
	d.waits++
	mark := strconv.Itoa(d.waits)
	_, err = d.client.UpdatePreferences(ctx, d.id, model.Preferences{{UserId: d.id, Category: "houvast", Name: d.team.team.Name, Value: mark}})
	if err != nil {
		return err
	}
	end := time.After(patient)
	for {
		select {
		case heard := <-d.heard:
			if heard == mark {
				return nil
			}
		case <-end:
			return errors.New("the socket of " + d.name + " is silent")
		}
	}
}

func (d *realDesk) Command(ctx context.Context, line string, channel ...string) error {
	if err := d.listen(); err != nil {
		return err
	}
	_, _, err := d.client.ExecuteCommand(ctx, d.standing(channel), line)
	return d.after(ctx, err)
}

// standing is the channel that is open at the desk: the one named, or the first.
func (d *realDesk) standing(channel []string) string {
	if len(channel) > 0 {
		return d.team.channels[channel[0]]
	}
	for _, name := range sortedKeys(d.team.channels) {
		if !strings.HasPrefix(name, "@") {
			if _, _, err := d.client.GetChannel(d.team.t.Context(), d.team.channels[name]); err == nil {
				return d.team.channels[name]
			}
		}
	}
	return ""
}

func (d *realDesk) Press(ctx context.Context, channel, card, label string) error {
	open := slices.DeleteFunc(d.team.Posts(channel), func(p mattermosttest.Post) bool { return len(p.Buttons()) == 0 })
	if n, err := strconv.Atoi(card); err == nil {
		if n < 1 || n > len(open) {
			return fmt.Errorf("channel %s has %d cards with buttons, none is number %d", channel, len(open), n)
		}
		return d.press(ctx, open[n-1], label)
	}
	for _, p := range slices.Backward(open) {
		if strings.Contains(p.String(), card) {
			return d.press(ctx, p, label)
		}
	}
	return fmt.Errorf("channel %s has no card with buttons that says %q", channel, card)
}

func (d *realDesk) PressPost(ctx context.Context, post, button string) error {
	p := answered[*model.Post](d.team.t)(d.team.bot.GetPost(ctx, post, ""))
	return d.press(ctx, asSeen(p), button)
}

func (d *realDesk) press(ctx context.Context, p mattermosttest.Post, button string) error {
	if err := d.listen(); err != nil {
		return err
	}
	id, selected := button, ""
	for _, b := range p.Buttons() {
		if b.Label == button {
			id = b.ID
		}
		for _, c := range b.Choices {
			if c.Text == button {
				id, selected = b.ID, c.Value
			}
		}
	}
	_, err := d.client.DoPostActionWithCookie(ctx, p.ID, id, selected, "", nil, "")
	return d.after(ctx, err)
}

func (d *realDesk) Reply(post, text string, files ...string) (string, error) {
	ctx := d.team.t.Context()
	on, _, err := d.client.GetPost(ctx, post, "")
	if err != nil {
		return "", err
	}
	d.team.done++
	p, _, err := d.client.CreatePost(ctx, &model.Post{ChannelId: on.ChannelId, RootId: cmp.Or(on.RootId, on.Id), Message: text, FileIds: files})
	if err != nil {
		return "", err
	}
	return p.Id, nil
}

func (d *realDesk) Dialog() (mattermosttest.Dialog, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dialog == nil {
		return mattermosttest.Dialog{}, false
	}
	seen := mattermosttest.Dialog{Title: d.dialog.Dialog.Title}
	for _, e := range d.dialog.Dialog.Elements {
		seen.Elements = append(seen.Elements, mattermosttest.Element{Name: e.Name, Type: e.Type})
	}
	return seen, true
}

func (d *realDesk) Submit(ctx context.Context, answers map[string]string, channel ...string) (map[string]string, error) {
	d.mu.Lock()
	open := d.dialog
	d.mu.Unlock()
	given := map[string]any{}
	for _, e := range open.Dialog.Elements {
		value := cmp.Or(answers[e.Name], e.Default)
		for _, o := range e.Options {
			if o.Text == value {
				value = o.Value
			}
		}
		switch {
		case e.Type == "bool":
			given[e.Name] = value == "true"
		case value == "":
			given[e.Name] = nil
		default:
			given[e.Name] = value
		}
	}
	said, _, err := d.client.SubmitInteractiveDialog(ctx, model.SubmitDialogRequest{
		URL: open.URL, CallbackId: open.Dialog.CallbackId, State: open.Dialog.State, ChannelId: d.standing(channel), TeamId: d.team.team.Id, Submission: given,
	})
	if err := d.after(ctx, err); err != nil {
		return nil, err
	}
	wrong := said.Errors
	if said.Error != "" {
		if wrong == nil {
			wrong = map[string]string{}
		}
		wrong[""] = said.Error
	}
	if len(wrong) > 0 {
		return wrong, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dialog == open {
		d.dialog = nil
	}
	return nil, nil
}

// A wire leads to a server, until it is cut.
type wire struct {
	url     string
	carried atomic.Int64 // pieces that went to the server

	mu    sync.Mutex
	down  bool
	conns map[net.Conn]bool
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{url: "http://" + l.Addr().String(), conns: map[net.Conn]bool{}}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { w.carry(c, to) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		w.cut(true)
		running.Wait()
		http.DefaultClient.CloseIdleConnections()
	})
	return w
}

func (w *wire) carry(c net.Conn, to string) {
	defer c.Close()
	far, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer far.Close()
	w.mu.Lock()
	down := w.down
	w.conns[c] = true
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.conns, c)
	}()
	if down {
		return
	}
	var both sync.WaitGroup
	carry := func(to io.Writer, from io.Reader) {
		io.Copy(to, from) // ends when either end does
		c.Close()
		far.Close()
	}
	both.Go(func() { carry(counted{far, &w.carried}, c) })
	both.Go(func() { carry(c, far) })
	both.Wait()
}

type counted struct {
	io.Writer
	pieces *atomic.Int64
}

func (c counted) Write(p []byte) (int, error) {
	c.pieces.Add(1)
	return c.Writer.Write(p)
}

func (w *wire) cut(down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = down
	if down {
		for c := range w.conns {
			c.Close()
		}
	}
}
