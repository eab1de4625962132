package mattermosttest_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/mattermost/mattermost/server/public/model"

	"houvast/bot/mattermost/mattermosttest"
)

// A clock that only moves when told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A world is a server with a team, a bot with the real client, and a place where
// callbacks come in.
type world struct {
	*mattermosttest.Server
	clock   *clock
	bot     *model.Client4
	botUser *model.User
	samira  *model.Client4
	noord   *model.Channel
	keys    mattermosttest.Keys
	hook    *httptest.Server

	mu     sync.Mutex
	calls  []*http.Request
	bodies []map[string]any
	answer func(w http.ResponseWriter, r *http.Request)
}

func newWorld(t *testing.T, options ...mattermosttest.Option) *world {
	t.Helper()
	w := &world{clock: &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}}
	w.answer = func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("{}")) }
	w.hook = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body := map[string]any{}
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			json.NewDecoder(r.Body).Decode(&body)
		} else {
			r.ParseForm()
			for k := range r.PostForm {
				body[k] = r.PostForm.Get(k)
			}
		}
		w.mu.Lock()
		w.calls, w.bodies = append(w.calls, r), append(w.bodies, body)
		answer := w.answer
		w.mu.Unlock()
		answer(rw, r)
	}))
	t.Cleanup(w.hook.Close)
	w.Server = mattermosttest.New(w.clock.Now, options...)
	t.Cleanup(w.Server.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.Serve(l)
	w.keys, err = w.Seed(mattermosttest.Town{
		Team: "voorbeeldstad",
		People: []mattermosttest.Account{{Name: "samira", FirstName: "Samira"}, {Name: "tom", FirstName: "Tom"},
			{Name: "baas", Admin: true}},
		Channels: []mattermosttest.Room{{Name: "signalen-noord", Members: []string{"samira", "tom"}}, {Name: "plein", Public: true},
			{Name: "besloten", Members: []string{"tom"}}},
		Bot: "houvast", Command: "houvast", URL: w.hook.URL,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.bot = model.NewAPIv4Client(w.URL())
	w.bot.SetToken(w.keys.BotToken)
	w.samira = model.NewAPIv4Client(w.URL())
	w.samira.SetToken(w.Token("samira"))
	w.botUser, _, err = w.bot.GetMe(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	team, _, err := w.bot.GetTeamByName(t.Context(), "voorbeeldstad", "")
	if err != nil {
		t.Fatal(err)
	}
	w.noord, _, err = w.bot.GetChannelByName(t.Context(), "signalen-noord", team.Id, "")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) lastCall() (*http.Request, map[string]any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.calls) == 0 {
		return nil, nil
	}
	return w.calls[len(w.calls)-1], w.bodies[len(w.bodies)-1]
}

func (w *world) answers(f func(http.ResponseWriter, *http.Request)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = f
}

func (w *world) card(t *testing.T, actionID string) *model.Post {
	t.Helper()
	p := &model.Post{ChannelId: w.noord.Id, Message: "kaart"}
	p.AddProp("attachments", []*model.MessageAttachment{{Text: "Anna", Actions: []*model.PostAction{{
		Id: actionID, Type: "button", Name: "Ik pak dit op",
		Integration: &model.PostActionIntegration{URL: w.hook.URL + "/mattermost/action", Context: map[string]any{"secret": "s3cret"}},
	}}}})
	made, _, err := w.bot.CreatePost(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func status(err error) int {
	var e *model.AppError
	if errors.As(err, &e) {
		return e.StatusCode
	}
	var own *mattermosttest.Error
	if errors.As(err, &own) {
		return own.Status
	}
	return 0
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestTheSecretPartOfAButtonNeverComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.card(t, "take")
	read, _, err := w.bot.GetPost(t.Context(), made.Id, "")
	if err != nil {
		t.Fatal(err)
	}
	since, _, err := w.bot.GetPostsSince(t.Context(), w.noord.Id, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*model.Post{made, read, since.Posts[made.Id]} {
		text, _ := p.ToJSON()
		if strings.Contains(text, "s3cret") || strings.Contains(text, w.hook.URL) || !strings.Contains(text, "Ik pak dit op") {
			t.Errorf("a read shows %s", text)
		}
	}
	if err := w.User("samira").Press(t.Context(), "#signalen-noord", "1", "Ik pak dit op"); err != nil {
		t.Fatal(err)
	}
	_, body := w.lastCall()
	want(t, "post_id", body["post_id"], made.Id)
	want(t, "user_name", body["user_name"], "samira")
	want(t, "context", body["context"].(map[string]any)["secret"], "s3cret")
}

func TestAPostReadAndWrittenBackHasLostItsButtons(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.card(t, "take")
	if _, _, err := w.bot.PatchPost(t.Context(), made.Id, &model.PostPatch{Message: model.NewPointer("anders")}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.samira.DoPostAction(t.Context(), made.Id, "take"); err != nil {
		t.Errorf("after a patch of the words the button must work: %v", err)
	}
	read, _, err := w.bot.GetPost(t.Context(), made.Id, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.bot.UpdatePost(t.Context(), made.Id, read); err != nil {
		t.Fatal(err)
	}
	_, err = w.samira.DoPostAction(t.Context(), made.Id, "take")
	want(t, "status of the press", status(err), http.StatusNotFound)
}

func TestActionIDsWithADashAreDead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for id, code := range map[string]int{"take-it": 404, "take_it": 404, "take1": 0} {
		made := w.card(t, id)
		_, err := w.samira.DoPostAction(t.Context(), made.Id, id)
		want(t, id, status(err), code)
	}
	made := w.card(t, "take")
	_, err := w.samira.DoPostAction(t.Context(), made.Id, "gone")
	want(t, "unknown action", status(err), 404)
}

func TestTheAnswerOfAPressChangesThePostAndWhispers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.card(t, "take")
	w.answers(func(rw http.ResponseWriter, _ *http.Request) { http.Error(rw, "no", http.StatusForbidden) })
	err := w.User("samira").PressPost(t.Context(), made.Id, "Ik pak dit op")
	want(t, "status after a 403 from the bot", status(err), 400)

	w.answers(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Write([]byte(`{"update": {"message": "gepakt", "props": {}}, "ephemeral_text": "Alleen voor jou"}`))
	})
	if err := w.User("samira").PressPost(t.Context(), made.Id, "Ik pak dit op"); err != nil {
		t.Fatal(err)
	}
	p, _ := w.Find(made.Id)
	want(t, "words", p.Text, "gepakt")
	want(t, "cards", len(p.Cards), 0)
	if got := w.Private("samira"); len(got) != 1 || got[0].Text != "Alleen voor jou" {
		t.Errorf("samira was told %v", got)
	}
	if got := w.Private("tom"); len(got) != 0 {
		t.Errorf("tom was told %v", got)
	}
	err = w.User("samira").PressPost(t.Context(), made.Id, "take")
	want(t, "status of a press on a button that is gone", status(err), 404)
	w.BlockCallbacks(true)
	made = w.card(t, "take")
	err = w.User("samira").PressPost(t.Context(), made.Id, "take")
	want(t, "status while callbacks are blocked", status(err), 400)
}

func TestPendingPostIDIsGoodForThirtySeconds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	send := func() string {
		p, _, err := w.bot.CreatePost(t.Context(), &model.Post{ChannelId: w.noord.Id, Message: "een", PendingPostId: "row17"})
		if err != nil {
			t.Fatal(err)
		}
		return p.Id
	}
	first := send()
	w.clock.move(29 * time.Second)
	want(t, "second post after 29 s", send(), first)
	w.clock.move(2 * time.Second)
	if send() == first {
		t.Error("after 31 s the id must be forgotten")
	}
	second := send()
	w.Restart()
	if send() == second {
		t.Error("after a restart the id must be forgotten")
	}
	want(t, "posts", len(w.Posts("signalen-noord")), 3)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	root, _, err := w.bot.CreatePost(ctx, &model.Post{ChannelId: w.noord.Id, Message: "wortel"})
	if err != nil {
		t.Fatal(err)
	}
	reply, _, err := w.bot.CreatePost(ctx, &model.Post{ChannelId: w.noord.Id, Message: "antwoord", RootId: root.Id})
	if err != nil {
		t.Fatal(err)
	}
	post := func(p *model.Post) error {
		p.ChannelId = w.noord.Id
		_, _, err := w.bot.CreatePost(ctx, p)
		return err
	}
	urgent := func(ack bool) *model.PostMetadata {
		return &model.PostMetadata{Priority: &model.PostPriority{Priority: model.NewPointer("urgent"), RequestedAck: &ack}}
	}
	want(t, "16383 characters", status(post(&model.Post{Message: strings.Repeat("é", 16383)})), 0)
	want(t, "16384 characters", status(post(&model.Post{Message: strings.Repeat("é", 16384)})), 400)
	want(t, "reply to a reply", status(post(&model.Post{Message: "x", RootId: reply.Id})), 400)
	want(t, "urgent", status(post(&model.Post{Message: "x", Metadata: urgent(false)})), 0)
	want(t, "urgent reply", status(post(&model.Post{Message: "x", RootId: root.Id, Metadata: urgent(false)})), 400)
	want(t, "requested ack", status(post(&model.Post{Message: "x", Metadata: urgent(true)})), 501)
	_, _, err = w.bot.CreatePostEphemeral(ctx, &model.PostEphemeral{UserID: w.botUser.Id, Post: &model.Post{ChannelId: w.noord.Id, Message: "x"}})
	want(t, "ephemeral by a bot", status(err), 403)
	_, _, err = w.bot.CreateCommand(ctx, &model.Command{TeamId: w.noord.TeamId, Trigger: "x", URL: "http://x", Method: "P"})
	want(t, "command by a bot", status(err), 403)
	_, _, err = w.samira.PatchPost(ctx, root.Id, &model.PostPatch{Message: model.NewPointer("van mij")})
	want(t, "patch of somebody else's post", status(err), 403)
	_, _, err = w.samira.GetChannelByName(ctx, "besloten", w.noord.TeamId, "")
	want(t, "private channel of others by name", status(err), 404)
	_, err = w.bot.OpenInteractiveDialog(ctx, model.OpenDialogRequest{TriggerId: "bm9uc2Vuc2U=", URL: "http://x", Dialog: model.Dialog{Title: "x"}})
	want(t, "dialog with a bad trigger", status(err), 400)
	want(t, "priority on the screen", w.Posts("signalen-noord")[3].Priority, "urgent")
}

func TestSlashCommandDialogAndForgery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.answers(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		rw.Write([]byte(`{"response_type": "ephemeral", "text": "Daar gaan we"}`))
	})
	samira := w.User("samira")
	if err := samira.Command(ctx, "/houvast uitnodigen nu"); err != nil {
		t.Fatal(err)
	}
	r, form := w.lastCall()
	want(t, "path", r.URL.Path, "/mattermost/command")
	want(t, "header", r.Header.Get("Authorization"), "Token "+w.keys.CommandToken)
	want(t, "form token", form["token"], w.keys.CommandToken)
	want(t, "text", form["text"], "uitnodigen nu")
	want(t, "private", w.Private("samira")[0].Text, "Daar gaan we")
	want(t, "unknown command", status(samira.Command(ctx, "/anders")), 404)

	ask := model.OpenDialogRequest{TriggerId: form["trigger_id"].(string), URL: w.hook.URL + "/mattermost/dialog", Dialog: model.Dialog{
		CallbackId: "uitnodigen", Title: "Uitnodigen", State: "signed", SubmitLabel: "Maak", Elements: []model.DialogElement{
			{DisplayName: "Naam", Name: "naam", Type: "text", MaxLength: 20},
			{DisplayName: "Wijk", Name: "wijk", Type: "select", Default: "noord", Options: []*model.PostActionOptions{{Text: "Noord", Value: "noord"}, {Text: "Zuid", Value: "zuid"}}},
		}}}
	nobody := model.NewAPIv4Client(w.URL())
	if _, err := nobody.OpenInteractiveDialog(ctx, ask); err != nil {
		t.Fatalf("a trigger id needs no log-in: %v", err)
	}
	d, ok := samira.Dialog()
	if !ok || d.Title != "Uitnodigen" || len(d.Elements) != 2 || d.Elements[1].Choices[1].Text != "Zuid" {
		t.Fatalf("samira sees %+v", d)
	}
	wrong, err := samira.Submit(ctx, map[string]string{"wijk": "Zuid"})
	if err != nil || wrong["naam"] == "" {
		t.Errorf("an empty name: %v, %v", wrong, err)
	}
	w.answers(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Write([]byte(`{"errors": {"naam": "Te lang"}}`))
	})
	wrong, err = samira.Submit(ctx, map[string]string{"naam": "Anna", "wijk": "Zuid"})
	if err != nil || wrong["naam"] != "Te lang" {
		t.Errorf("an error from the bot: %v, %v", wrong, err)
	}
	w.answers(func(http.ResponseWriter, *http.Request) {})
	if wrong, err = samira.Submit(ctx, map[string]string{"naam": "Anna", "wijk": "Zuid"}); err != nil || len(wrong) > 0 {
		t.Fatalf("submit: %v, %v", wrong, err)
	}
	_, body := w.lastCall()
	want(t, "choice", body["submission"].(map[string]any)["wijk"], "zuid")
	want(t, "state", body["state"], "signed")
	want(t, "type", body["type"], "dialog_submission")
	if _, ok := samira.Dialog(); ok {
		t.Error("the dialog is still open")
	}
	w.clock.move(31 * time.Second)
	_, err = nobody.OpenInteractiveDialog(ctx, ask)
	want(t, "a trigger after 31 s", status(err), 400)

	forged := model.SubmitDialogRequest{URL: w.hook.URL + "/mattermost/dialog", CallbackId: "x", State: "mine", UserId: w.botUser.Id, ChannelId: w.noord.Id}
	_, _, err = w.samira.SubmitInteractiveDialog(ctx, forged)
	want(t, "a dialog without a team", status(err), 403)
	forged.TeamId = w.noord.TeamId
	if _, _, err := w.samira.SubmitInteractiveDialog(ctx, forged); err != nil {
		t.Fatal(err)
	}
	_, body = w.lastCall()
	me, _, _ := w.samira.GetMe(ctx, "")
	want(t, "forged user id", body["user_id"], me.Id)
	want(t, "forged state gets through", body["state"], "mine")
	n := len(w.calls)
	err = w.User("samira").Forge(ctx, "besloten", w.hook.URL, "x", "y", nil)
	want(t, "forged channel", status(err), 403)
	want(t, "calls", len(w.calls), n)
}

func TestAnyMemberMayPlantAButton(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, err := w.User("tom").Plant("signalen-noord", "Klik even", "Ja", w.hook.URL+"/mattermost/action", map[string]any{"do": "take"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.User("samira").PressPost(t.Context(), id, "Ja"); err != nil {
		t.Fatal(err)
	}
	_, body := w.lastCall()
	want(t, "presser", body["user_name"], "samira")
	want(t, "context", body["context"].(map[string]any)["do"], "take")
}

func TestFilesGoUpAndDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	up, _, err := w.bot.UploadFile(ctx, []byte("een taart"), w.noord.Id, "taart.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = w.samira.GetFile(ctx, up.FileInfos[0].Id)
	want(t, "a file on no post", status(err), 403)
	p, _, err := w.bot.CreatePost(ctx, &model.Post{ChannelId: w.noord.Id, Message: "kijk", FileIds: []string{up.FileInfos[0].Id}})
	if err != nil {
		t.Fatal(err)
	}
	content, _, err := w.samira.GetFile(ctx, up.FileInfos[0].Id)
	if err != nil || string(content) != "een taart" {
		t.Errorf("got %q, %v", content, err)
	}
	seen, _ := w.Find(p.Id)
	want(t, "name", seen.Files[0].Name, "taart.txt")
	id, err := w.User("samira").Upload("signalen-noord", "brief.pdf", []byte("%PDF-1.4"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.User("samira").Reply(p.Id, "terug", id); err != nil {
		t.Fatal(err)
	}
	infos, _, err := w.bot.GetFileInfosForPost(ctx, w.Posts("signalen-noord")[1].ID, "")
	if err != nil || len(infos) != 1 || infos[0].MimeType != "application/pdf" {
		t.Errorf("got %v, %v", infos, err)
	}
}

func (w *world) dial(t *testing.T, token, connection string, seq int) *model.WebSocketClient {
	t.Helper()
	c, err := model.NewReliableWebSocketClientWithDialer(&websocket.Dialer{}, strings.Replace(w.URL(), "http", "ws", 1), token, connection, seq, true)
	if err != nil {
		t.Fatal(err)
	}
	c.Listen()
	t.Cleanup(c.Close)
	return c
}

func next(t *testing.T, c *model.WebSocketClient) *model.WebSocketEvent {
	t.Helper()
	for {
		select {
		case e, ok := <-c.EventChannel:
			if !ok {
				return nil
			}
			return e
		case <-c.ResponseChannel:
		case <-time.After(time.Minute):
			t.Fatal("nothing came")
		}
	}
}

func TestSocketHelloEventsAndReplay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.dial(t, w.keys.BotToken, "", 0)
	hello := next(t, c)
	want(t, "first event", hello.EventType(), model.WebsocketEventHello)
	id := hello.GetData()["connection_id"].(string)
	if _, err := w.User("samira").Post("signalen-noord", "hoi"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.User("tom").Post("besloten", "wij zijn hier met z'n tweeën, en de bot"); err != nil {
		t.Fatal(err)
	}
	posted := next(t, c)
	want(t, "second event", posted.EventType(), model.WebsocketEventPosted)
	want(t, "its number", posted.GetSequence(), int64(1))
	w.card(t, "take")
	next(t, c)
	own := next(t, c)
	if text := own.GetData()["post"].(string); strings.Contains(text, "s3cret") || !strings.Contains(text, `"from_bot":"true"`) {
		t.Errorf("the own post came as %s", text)
	}
	w.DropSockets()
	for range c.EventChannel {
	}
	wait(t, w.Server, func() bool { return w.Sockets() == 0 })
	if _, err := w.User("samira").Post("signalen-noord", "gemist"); err != nil {
		t.Fatal(err)
	}
	c = w.dial(t, w.keys.BotToken, id, int(own.GetSequence())+1)
	missed := next(t, c)
	if text, _ := missed.GetData()["post"].(string); !strings.Contains(text, "gemist") {
		t.Errorf("replayed: %v %v", missed.EventType(), missed.GetData())
	}
	w.Restart()
	for range c.EventChannel {
	}
	if _, err := w.User("samira").Post("signalen-noord", "weer gemist"); err != nil {
		t.Fatal(err)
	}
	c = w.dial(t, w.keys.BotToken, id, int(missed.GetSequence())+1)
	hello = next(t, c)
	want(t, "after a restart", hello.EventType(), model.WebsocketEventHello)
	if hello.GetData()["connection_id"] == id {
		t.Error("the connection id must be new after a restart")
	}
}

// wait looks at done after every change.
func wait(t *testing.T, s *mattermosttest.Server, done func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	end := time.After(time.Minute)
	for !done() {
		select {
		case <-s.Changed():
		case <-tick.C:
		case <-end:
			t.Fatal("it did not happen")
		}
	}
}

func TestARevokedTokenLeavesASilentSocket(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mattermosttest.WithPing(time.Millisecond))
	c := w.dial(t, w.keys.BotToken, "", 0)
	next(t, c)
	w.Revoke(w.keys.BotToken)
	_, _, err := w.bot.GetMe(t.Context(), "")
	want(t, "REST", status(err), 401)
	if _, err := w.User("samira").Post("signalen-noord", "hoi"); err != nil {
		t.Fatal(err)
	}
	select {
	case e, ok := <-c.EventChannel:
		t.Errorf("the silent socket said %v, %v", e, ok)
	case <-c.PingTimeoutChannel:
		t.Error("the pings stopped")
	case <-time.After(50 * time.Millisecond):
	}
	want(t, "open sockets", w.Sockets(), 1)
	bad := w.dial(t, "wrong", "", 0)
	if e := next(t, bad); e != nil {
		t.Errorf("a bad token got %v", e.EventType())
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	send := func(text string) error {
		_, _, err := w.bot.CreatePost(ctx, &model.Post{ChannelId: w.noord.Id, Message: text})
		return err
	}
	posts := func() int { return len(w.Posts("signalen-noord")) }
	w.Inject(mattermosttest.Fault{Method: "POST", Path: "/posts", Status: 503, Times: 1})
	if send("a") == nil || posts() != 0 {
		t.Error("503 must do nothing")
	}
	w.Inject(mattermosttest.Fault{Method: "POST", Path: "/posts", Cut: true, Times: 1})
	if send("b") == nil || posts() != 0 {
		t.Error("a cut must do nothing")
	}
	w.Inject(mattermosttest.Fault{Method: "POST", Path: "/posts", CutAfter: true, Times: 1})
	if send("c") == nil || posts() != 1 {
		t.Error("a late cut must have done it")
	}
	lift := w.Inject(mattermosttest.Fault{Hang: true})
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	if _, _, err := w.bot.GetMe(short, ""); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a hang gave %v", err)
	}
	cancel()
	lift()
	w.Inject(mattermosttest.Fault{Wait: time.Millisecond, Times: 1})
	if err := send("d"); err != nil {
		t.Error(err)
	}
	w.Down()
	if send("e") == nil {
		t.Error("down")
	}
	if _, err := w.User("samira").Post("signalen-noord", "hoi"); err == nil {
		t.Error("nobody can post while it is down")
	}
	w.Up()
	if err := send("f"); err != nil {
		t.Error(err)
	}
	w.Limit(1, 2)
	send("g")
	send("h")
	_, r, err := w.bot.CreatePost(ctx, &model.Post{ChannelId: w.noord.Id, Message: "i"})
	if err == nil || r.StatusCode != 429 || r.Header.Get("Retry-After") != "1" {
		t.Errorf("the limit gave %v", err)
	}
	w.clock.move(2 * time.Second)
	if err := send("j"); err != nil {
		t.Error(err)
	}
	last := w.Requests()[len(w.Requests())-1]
	if last.User != "houvast" || last.Status != 201 || !strings.Contains(string(last.Body), `"message":"j"`) {
		t.Errorf("recorded %+v", last)
	}
}

func TestNotificationSettingsAreOnesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tom, _, err := w.bot.GetUserByUsername(t.Context(), "tom", "")
	if err != nil {
		t.Fatal(err)
	}
	want(t, "settings of tom for the bot", len(tom.NotifyProps), 0)
	baas := model.NewAPIv4Client(w.URL())
	baas.SetToken(w.Token("baas"))
	tom, _, err = baas.GetUserByUsername(t.Context(), "tom", "")
	if err != nil || tom.NotifyProps["push"] != "mention" {
		t.Errorf("the administrator sees %v, %v", tom.NotifyProps, err)
	}
	made, _, err := baas.CreateBot(t.Context(), &model.Bot{Username: "tweede"})
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := baas.CreateUserAccessToken(t.Context(), made.UserId, "x", 0)
	if err != nil || token.Token == "" {
		t.Fatalf("token %v, %v", token, err)
	}
	if _, _, err := baas.AddTeamMember(t.Context(), w.noord.TeamId, made.UserId); err != nil {
		t.Fatal(err)
	}
	if _, _, err := baas.AddChannelMember(t.Context(), w.noord.Id, made.UserId); err != nil {
		t.Fatal(err)
	}
	members, _, err := w.bot.GetChannelMembers(t.Context(), w.noord.Id, 0, 100, "")
	if err != nil || len(members) != 4 {
		t.Errorf("members %d, %v", len(members), err)
	}
	d, _, err := w.bot.CreateDirectChannel(t.Context(), w.botUser.Id, tom.Id)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.bot.CreatePost(t.Context(), &model.Post{ChannelId: d.Id, Message: "hoi Tom"}); err != nil {
		t.Fatal(err)
	}
	want(t, "direct posts", len(w.Direct("tom", "houvast")), 1)
	list, _, err := w.bot.GetChannelsForTeamForUser(t.Context(), w.noord.TeamId, w.botUser.Id, false, "")
	if err != nil || len(list) != 4 {
		t.Errorf("channels %d, %v", len(list), err)
	}
}
