package mattermost_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"

	"houvast/bot"
	"houvast/bot/mattermost"
)

// A place to try the door at: a server, and people with the real client.
type site struct {
	*host
	url, team       string
	admin           *model.Client4
	samira, tom     *model.Client4
	samiraID, noord string
	teamID          string
	door            *mattermost.Door
	hook            *httptest.Server
	botToken        string
	newDoor         func(t *testing.T) *mattermost.Door // as after a start of ours

	hear    sync.Mutex
	serving http.Handler // of the door that answers callbacks
	body    []byte       // of the newest callback
}

// TestTheRealServerAndOursAgree keeps our pretend server honest: the same steps
// go through it, and through a real one if there is one; see realPartner.
func TestTheRealServerAndOursAgree(t *testing.T) {
	t.Parallel()
	withBoth(t, func(t *testing.T, p *partner) { agree(t, newSite(t, p)) })
}

const password = "Zomaar-een-zin-1"

func must[T any](t *testing.T) func(T, *model.Response, error) T {
	t.Helper()
	return func(v T, _ *model.Response, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newSite(t *testing.T, p *partner) *site {
	t.Helper()
	ctx := t.Context()
	unique := fmt.Sprint(time.Now().UnixNano())
	s := &site{host: newHost(), url: p.url, team: "t" + unique}
	s.admin = model.NewAPIv4Client(p.url)
	s.admin.SetToken(p.admin)
	names := []string{"samira" + unique, "tom" + unique}
	p.people(t, names)
	team := must[*model.Team](t)(s.admin.CreateTeam(ctx, &model.Team{Name: s.team, DisplayName: "Voorbeeldstad", Type: model.TeamInvite}))
	noord := must[*model.Channel](t)(s.admin.CreateChannel(ctx, &model.Channel{TeamId: team.Id, Name: "noord", DisplayName: "Noord", Type: model.ChannelTypePrivate}))
	must[*model.Channel](t)(s.admin.CreateChannel(ctx, &model.Channel{TeamId: team.Id, Name: "plein", DisplayName: "Plein", Type: model.ChannelTypeOpen}))
	s.noord, s.teamID = noord.Id, team.Id
	join := func(id string) {
		must[*model.TeamMember](t)(s.admin.AddTeamMember(ctx, team.Id, id))
		must[*model.ChannelMember](t)(s.admin.AddChannelMember(ctx, noord.Id, id))
	}
	clients := make([]*model.Client4, 2)
	for i, n := range names {
		clients[i] = model.NewAPIv4Client(p.url)
		u := must[*model.User](t)(clients[i].Login(ctx, n, password))
		join(u.Id)
		if i == 0 {
			s.samiraID = u.Id
		}
	}
	s.samira, s.tom = clients[0], clients[1]
	made := must[*model.Bot](t)(s.admin.CreateBot(ctx, &model.Bot{Username: "houvast" + unique}))
	join(made.UserId)
	s.botToken = must[*model.UserAccessToken](t)(s.admin.CreateUserAccessToken(ctx, made.UserId, "test", 0)).Token
	s.hook = httptest.NewServer(http.HandlerFunc(s.callback))
	t.Cleanup(s.hook.Close)
	cmd := must[*model.Command](t)(s.admin.CreateCommand(ctx, &model.Command{TeamId: team.Id, Trigger: "houvast", Method: "P", URL: s.hook.URL + "/mattermost/command"}))
	key := sha256.Sum256([]byte(unique))
	s.newDoor = func(t *testing.T) *mattermost.Door {
		t.Helper()
		d, err := mattermost.New(mattermost.Settings{
			URL: p.url, Token: s.botToken, Team: s.team, CommandToken: cmd.Token, Callback: s.hook.URL, Key: key[:],
			Receive: s.Receive, Now: time.Now, Random: rand.Reader,
			Fetch: func(context.Context, string, string) (io.ReadCloser, error) {
				return io.NopCloser(strings.NewReader("OggS...")), nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(d.Close)
		return d
	}
	s.door = s.newDoor(t)
	s.serve(s.door)
	return s
}

// serve lets d answer the callbacks.
func (s *site) serve(d *mattermost.Door) {
	s.hear.Lock()
	defer s.hear.Unlock()
	s.serving = d.Handler()
}

// callback remembers what came and lets the door answer it.
func (s *site) callback(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		http.Error(w, "no body", http.StatusBadRequest)
		return
	}
	s.hear.Lock()
	s.body = body
	serving := s.serving
	s.hear.Unlock()
	r.Body = io.NopCloser(bytes.NewReader(body))
	serving.ServeHTTP(w, r)
}

// event waits for the next thing that the host is handed.
func (s *site) event(t *testing.T) bot.Event {
	t.Helper()
	select {
	case <-s.came:
		return s.last(t)
	case <-time.After(time.Minute):
		t.Fatal("nothing came")
		return bot.Event{}
	}
}

func (s *site) card(id int64) bot.Message {
	m := card(id, "Anna")
	m.To.Place, m.Body.Card.Mention = "noord", nil
	return m
}

func agree(t *testing.T, s *site) {
	t.Helper()
	ctx := t.Context()
	send := func(m bot.Message) string {
		t.Helper()
		id, err := s.door.Send(ctx, m)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}

	// The doctor finds only what is wrong.
	me := must[*model.User](t)(s.admin.GetMe(ctx, ""))
	samira := must[*model.User](t)(s.samira.GetMe(ctx, ""))
	tom := must[*model.User](t)(s.tom.GetMe(ctx, ""))
	found := s.door.Examine(ctx, []mattermost.Room{{Channel: "noord", Members: []string{me.Username, samira.Username, tom.Username}}})
	if len(found) > 0 {
		t.Errorf("examined: %v", found)
	}

	// A card, pressed, sent again, edited, pressed again, taken away.
	m := s.card(1)
	m.Remote = send(m)
	again := m
	again.Remote = ""
	want(t, "the same row again", send(again), m.Remote)
	if _, err := s.samira.DoPostAction(ctx, m.Remote, "take"); err != nil {
		t.Fatalf("press: %v", err)
	}
	e := s.event(t)
	want(t, "presser", e.User, samira.Username)
	want(t, "press", e.What.(bot.Acted), bot.Acted{Action: "take", Channel: "noord", Post: m.Remote})
	m.ID, m.Body.Card.Title = 2, "Anna, opgepakt"
	want(t, "edited", send(m), m.Remote)
	if _, err := s.tom.DoPostAction(ctx, m.Remote, "answer"); err != nil {
		t.Fatalf("press after an edit: %v", err)
	}
	want(t, "presser", s.event(t).User, tom.Username)
	read := must[*model.Post](t)(s.samira.GetPost(ctx, m.Remote, ""))
	text, _ := read.ToJSON()
	if strings.Contains(text, "sig") || strings.Contains(text, s.hook.URL) || !strings.Contains(text, "opgepakt") {
		t.Errorf("a read shows %s", text)
	}
	want(t, "priority", *read.Metadata.Priority.Priority, "urgent")
	if _, err := s.admin.DeletePost(ctx, m.Remote); err != nil {
		t.Fatal(err)
	}
	// The same row within half a minute: Mattermost remembers it, and cannot find
	// it. It is tried again until Mattermost has forgotten.
	var held *bot.SendError
	if _, err := s.door.Send(ctx, again); !errors.As(err, &held) || held.Class != bot.SendUnknown {
		t.Errorf("the same row again after it was taken away: %v", err)
	}
	m.ID = 3
	old := m.Remote
	if m.Remote = send(m); m.Remote == old {
		t.Error("a card that was taken away must be posted anew")
	}

	s.hurts(t, ctx)

	// A resend after an unknown outcome, when Mattermost has forgotten.
	late := m
	late.Remote, late.First, late.Ambiguous = "", time.Now().Add(-time.Hour), 1
	want(t, "found again", send(late), m.Remote)

	// A button of somebody else's.
	planted := &model.Post{ChannelId: s.noord, Message: "taart"}
	planted.AddProp("attachments", []*model.MessageAttachment{{Actions: []*model.PostAction{{Id: "x", Type: "button", Name: "Ja",
		Integration: &model.PostActionIntegration{URL: s.hook.URL + "/mattermost/action", Context: map[string]any{"action": "take", "subject": "17"}}}}}})
	planted = must[*model.Post](t)(s.tom.CreatePost(ctx, planted))
	if _, err := s.samira.DoPostAction(ctx, planted.Id, "x"); err != nil {
		t.Errorf("a planted button must get words: %v", err)
	}
	want(t, "forged", s.door.Health().Forged, 1)

	s.tryReplay(t, ctx, m.Remote)
	s.tryDialog(t, ctx, m.Remote)
	s.tryFiles(t, ctx)

	// The slash command.
	s.answers(nil)
	must[*model.CommandResponse](t)(s.samira.ExecuteCommand(ctx, s.noord, "/houvast uitnodigen"))
	want(t, "command", s.event(t).What.(bot.Slash).Text, "uitnodigen")

	// Files and private messages.
	v := bot.Message{ID: 10, To: bot.Address{Door: bot.Mattermost, Place: "@" + samira.Username}, Body: bot.Body{Text: "hoor", Invite: &invitation,
		Media: &bot.Media{Door: bot.Telegram, Ref: "x", Kind: "voice"}}}
	infos := must[[]*model.FileInfo](t)(s.samira.GetFileInfosForPost(ctx, send(v), ""))
	want(t, "files", len(infos), 3)
	for _, f := range infos {
		if f.Name == "spraakbericht.ogg" {
			in, err := s.door.Fetch(ctx, f.Id)
			if err != nil {
				t.Fatal(err)
			}
			got, _ := io.ReadAll(in)
			in.Close()
			want(t, "fetched", string(got), "OggS...")
		}
	}

	// What is refused, and how.
	for place, class := range map[string]bot.SendClass{"plein": bot.SendRetry, "nergens": bot.SendRetry, "@niemand-" + s.team: bot.SendBlocked} {
		_, err := s.door.Send(ctx, bot.Message{ID: 20, To: bot.Address{Place: place}, Body: bot.Body{Text: "x"}})
		var said *bot.SendError
		if !errors.As(err, &said) || said.Class != class {
			t.Errorf("%s: %v", place, err)
		}
	}

	s.tryListening(t, ctx)

	tokens := must[[]*model.UserAccessToken](t)(s.admin.GetUserAccessTokensForUser(ctx, botID(t, s), 0, 10))
	if _, err := s.admin.RevokeUserAccessToken(ctx, tokens[0].Id); err != nil {
		t.Fatal(err)
	}
	_, err := s.door.Send(ctx, s.card(30))
	var said *bot.SendError
	if !errors.As(err, &said) || said.Class != bot.SendForbidden {
		t.Errorf("with a revoked token: %v", err)
	}
}

func botID(t *testing.T, s *site) string {
	t.Helper()
	c := model.NewAPIv4Client(s.url)
	c.SetToken(s.botToken)
	return must[*model.User](t)(c.GetMe(t.Context(), "")).Id
}

// tryDialog opens a dialog, sends it in twice, and forges one.
func (s *site) tryDialog(t *testing.T, ctx context.Context, postID string) {
	t.Helper()
	socket, err := model.NewWebSocketClient4(strings.Replace(s.url, "http", "ws", 1), s.samira.AuthToken)
	if err != nil {
		t.Fatal(err)
	}
	socket.Listen()
	defer socket.Conn.Close()
	next := func(kind model.WebsocketEventType) *model.WebSocketEvent {
		t.Helper()
		end := time.After(time.Minute)
		for {
			select {
			case e := <-socket.EventChannel:
				if e != nil && e.EventType() == kind {
					return e
				}
			case <-socket.ResponseChannel:
			case <-end:
				t.Fatalf("no %s came", kind)
			}
		}
	}
	next(model.WebsocketEventHello)
	s.answers(func(e bot.Event) (bot.Reply, error) {
		if _, ok := e.What.(bot.Acted); ok {
			return bot.Reply{Dialog: &answerForm, Text: "Daar is het formulier."}, nil
		}
		return bot.Reply{}, nil
	})
	if _, err := s.samira.DoPostAction(ctx, postID, "answer"); err != nil {
		t.Fatal(err)
	}
	s.event(t)
	var open model.OpenDialogRequest
	text, _ := next(model.WebsocketEventOpenDialog).GetData()["dialog"].(string)
	if err := json.Unmarshal([]byte(text), &open); err != nil {
		t.Fatal(err)
	}
	want(t, "title", open.Dialog.Title, "Antwoord aan Anna van…")
	submit := model.SubmitDialogRequest{URL: open.URL, CallbackId: open.Dialog.CallbackId, State: open.Dialog.State, ChannelId: s.noord, TeamId: s.teamID,
		Submission: map[string]any{"text": "Ik bel je.", "when": "today"}}
	again := s.repeats()
	for range 2 {
		said := must[*model.SubmitDialogResponse](t)(s.samira.SubmitInteractiveDialog(ctx, submit))
		if said.Error != "" || len(said.Errors) > 0 {
			t.Errorf("submit: %+v", said)
		}
	}
	want(t, "words", s.event(t).What.(bot.Submitted).Fields["text"], "Ik bel je.")
	want(t, "repeats", s.repeats(), again+1)
	submit.UserId = s.samiraID // which Mattermost overwrites
	forged := must[*model.SubmitDialogResponse](t)(s.tom.SubmitInteractiveDialog(ctx, submit))
	contains(t, "forged", forged.Error, "niet van Houvast")
}

// tryListening hears what others wrote while we were away and while we listen.
func (s *site) tryListening(t *testing.T, ctx context.Context) {
	t.Helper()
	began := time.Now()
	missed := must[*model.Post](t)(s.tom.CreatePost(ctx, &model.Post{ChannelId: s.noord, Message: "gemist"}))
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.door.Listen(ctx, began) }()
	heard := map[string]bool{}
	hear := func(id string) {
		t.Helper()
		for !heard["mattermost:"+id] {
			s.event(t)
			for _, e := range s.all() {
				heard[e.ID] = true
			}
		}
	}
	hear(missed.Id)
	live := must[*model.Post](t)(s.samira.CreatePost(ctx, &model.Post{ChannelId: s.noord, Message: "nu", RootId: missed.Id}))
	hear(live.Id)
	want(t, "answers to", s.last(t).What.(bot.Posted), bot.Posted{Channel: "noord", Root: missed.Id})
	want(t, "connected", s.door.Health().Connected, true)
	stop()
	<-ended
	for _, e := range s.all() {
		if p, ok := e.What.(bot.Posted); ok && e.User != "" && strings.HasPrefix(e.User, "houvast") {
			t.Errorf("heard ourselves: %v", p)
		}
	}
}

// hurts are the refusals that cost days when they are not known.
func (s *site) hurts(t *testing.T, ctx context.Context) {
	t.Helper()
	c := model.NewAPIv4Client(s.url)
	c.SetToken(s.botToken)
	refused := func(what string, code int, r *model.Response, err error) {
		t.Helper()
		if r == nil || r.StatusCode != code || (err == nil) != (code < 300) {
			t.Errorf("%s: got %v, want %d", what, err, code)
		}
	}
	post := func(p *model.Post) (*model.Post, *model.Response, error) {
		p.ChannelId = s.noord
		return c.CreatePost(ctx, p)
	}
	button := func(id string) *model.Post {
		p := &model.Post{Message: "kaart"}
		p.AddProp("attachments", []*model.MessageAttachment{{Text: "x", Actions: []*model.PostAction{{Id: id, Type: "button", Name: "Ja",
			Integration: &model.PostActionIntegration{URL: s.hook.URL + "/mattermost/action"}}}}})
		return must[*model.Post](t)(post(p))
	}
	for _, id := range []string{"a-b", "a_b"} {
		r, err := s.samira.DoPostAction(ctx, button(id).Id, id)
		refused("a press on "+id, 404, r, err)
	}
	p := button("ja")
	r, err := s.samira.DoPostAction(ctx, p.Id, "nee")
	refused("a press on what is not there", 404, r, err)
	read := must[*model.Post](t)(c.GetPost(ctx, p.Id, ""))
	must[*model.Post](t)(c.UpdatePost(ctx, p.Id, read))
	r, err = s.samira.DoPostAction(ctx, p.Id, "ja")
	refused("a press after reading and writing back", 404, r, err)

	_, r, err = post(&model.Post{Message: strings.Repeat("é", 16383)})
	refused("16383 characters", 201, r, err)
	_, r, err = post(&model.Post{Message: strings.Repeat("é", 16384)})
	refused("16384 characters", 400, r, err)
	reply := must[*model.Post](t)(post(&model.Post{Message: "x", RootId: p.Id}))
	_, r, err = post(&model.Post{Message: "x", RootId: reply.Id})
	refused("a reply to a reply", 400, r, err)
	yes := true
	_, r, err = post(&model.Post{Message: "x", Metadata: &model.PostMetadata{Priority: &model.PostPriority{Priority: model.NewPointer("urgent"), RequestedAck: &yes}}})
	refused("a requested acknowledgement", 501, r, err)
	_, r, err = c.CreatePostEphemeral(ctx, &model.PostEphemeral{UserID: s.samiraID, Post: &model.Post{ChannelId: s.noord, Message: "x"}})
	refused("words for one person by a bot", 403, r, err)
	_, r, err = c.CreateCommand(ctx, &model.Command{TeamId: s.teamID, Trigger: "anders", Method: "P", URL: s.hook.URL})
	refused("a command by a bot", 403, r, err)
	_, r, err = s.samira.PatchPost(ctx, p.Id, &model.PostPatch{Message: model.NewPointer("van mij")})
	refused("an edit of somebody else's", 403, r, err)
	if _, err := c.DeletePost(ctx, p.Id); err != nil {
		t.Fatal(err)
	}
	_, r, err = c.PatchPost(ctx, p.Id, &model.PostPatch{Message: model.NewPointer("weg")})
	refused("an edit of what is gone", 403, r, err)
	_, r, err = c.GetPost(ctx, p.Id, "")
	refused("a look at what is gone", 404, r, err)
	private := must[*model.Channel](t)(s.admin.CreateChannel(ctx, &model.Channel{TeamId: s.teamID, Name: "besloten", DisplayName: "B", Type: model.ChannelTypePrivate}))
	_, r, err = s.tom.GetChannelByName(ctx, "besloten", s.teamID, "")
	refused("somebody else's channel by name", 404, r, err)
	_, r, err = s.tom.GetPostsSince(ctx, private.Id, 1, false)
	refused("somebody else's channel", 403, r, err)
	_, r, err = s.samira.SubmitInteractiveDialog(ctx, model.SubmitDialogRequest{URL: s.hook.URL + "/mattermost/dialog", ChannelId: private.Id, TeamId: s.teamID})
	refused("a dialog in somebody else's channel", 403, r, err)
	r, err = c.OpenInteractiveDialog(ctx, model.OpenDialogRequest{TriggerId: "eA==", URL: s.hook.URL, Dialog: model.Dialog{Title: "x"}})
	refused("a dialog with a bad trigger", 400, r, err)
	tom := must[*model.User](t)(c.GetUser(ctx, must[*model.User](t)(s.tom.GetMe(ctx, "")).Id, ""))
	want(t, "notification settings of another", len(tom.NotifyProps), 0)
}
