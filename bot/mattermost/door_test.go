package mattermost_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"houvast/bot"
	"houvast/bot/mattermost"
	"houvast/bot/mattermost/mattermosttest"
)

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

// A host remembers what it was handed, and like the real one does nothing with
// an event that it has seen before.
type host struct {
	mu     sync.Mutex
	events []bot.Event // new ones
	again  int         // repeats
	seen   map[string]bool
	reply  func(bot.Event) (bot.Reply, error)
	came   chan struct{}
}

func newHost() *host {
	return &host{seen: map[string]bool{}, came: make(chan struct{}, 1000)}
}

func (h *host) Receive(_ context.Context, events []bot.Event) ([]bot.Reply, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var replies []bot.Reply
	for _, e := range events {
		if h.seen[e.ID] {
			h.again++
			replies = append(replies, bot.Reply{})
			continue
		}
		var r bot.Reply
		if h.reply != nil {
			var err error
			if r, err = h.reply(e); err != nil {
				return nil, err
			}
		}
		h.seen[e.ID] = true
		h.events = append(h.events, e)
		replies = append(replies, r)
		h.came <- struct{}{}
	}
	return replies, nil
}

func (h *host) answers(f func(bot.Event) (bot.Reply, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reply = f
}

func (h *host) all() []bot.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]bot.Event(nil), h.events...)
}

func (h *host) last(t *testing.T) bot.Event {
	t.Helper()
	all := h.all()
	if len(all) == 0 {
		t.Fatal("nothing came in")
	}
	return all[len(all)-1]
}

// A house is a Mattermost server with a door of ours, over real HTTP.
type house struct {
	*host
	server  *mattermosttest.Server
	door    *mattermost.Door
	serving *mattermost.Door // answers callbacks; door unless set
	clock   *clock
	hook    *httptest.Server
	log     *bytes.Buffer
	keys    mattermosttest.Keys
	handler func(http.ResponseWriter, *http.Request) // before the door's, to look on
	files   map[string]string                        // of the other door
	asked   []string
}

func town(hook string) mattermosttest.Town {
	return mattermosttest.Town{
		Team: "voorbeeldstad",
		People: []mattermosttest.Account{{Name: "samira", FirstName: "Samira"}, {Name: "tom", FirstName: "Tom"}, {Name: "fatma"},
			{Name: "baas", Admin: true}},
		Channels: []mattermosttest.Room{{Name: "signalen-noord", Members: []string{"samira", "tom"}},
			{Name: "signalen-zuid", Members: []string{"samira", "tom"}}, {Name: "plein", Public: true, Members: []string{"samira"}}},
		Bot: "houvast", Command: "houvast", URL: hook,
	}
}

func newHouse(t *testing.T, change ...func(*mattermost.Settings)) *house {
	t.Helper()
	h := &house{host: newHost(), clock: &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}, log: &bytes.Buffer{}, files: map[string]string{}}
	h.server = mattermosttest.New(h.clock.Now)
	t.Cleanup(h.server.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.server.Serve(l)
	h.hook = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.handler != nil {
			h.handler(w, r)
		}
		serving := h.door
		if h.serving != nil {
			serving = h.serving
		}
		serving.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(h.hook.Close)
	h.keys, err = h.server.Seed(town(h.hook.URL))
	if err != nil {
		t.Fatal(err)
	}
	h.door = h.newDoor(t, change...)
	return h
}

func (h *house) newDoor(t *testing.T, change ...func(*mattermost.Settings)) *mattermost.Door {
	t.Helper()
	s := mattermost.Settings{
		URL: h.server.URL(), Token: h.keys.BotToken, Team: "voorbeeldstad", CommandToken: h.keys.CommandToken, Callback: h.hook.URL,
		Key: bytes.Repeat([]byte("k"), 32), Receive: h.Receive, Now: h.clock.Now, Random: rand.Reader,
		Log: slog.New(slog.NewTextHandler(h.log, nil)),
		Fetch: func(_ context.Context, door, ref string) (io.ReadCloser, error) {
			h.asked = append(h.asked, door+" "+ref)
			content, ok := h.files[ref]
			if !ok {
				return nil, errors.New("https://api.telegram.org/file/bot123:SECRET/x is away")
			}
			return io.NopCloser(strings.NewReader(content)), nil
		},
	}
	for _, f := range change {
		f(&s)
	}
	d, err := mattermost.New(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func (h *house) send(t *testing.T, m bot.Message) string {
	t.Helper()
	remote, err := h.door.Send(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return remote
}

func card(id int64, title string) bot.Message {
	return bot.Message{
		ID: id, To: bot.Address{Door: bot.Mattermost, Place: "signalen-noord"}, Lane: bot.LaneDistress, Slot: "signal:17:card",
		Body: bot.Body{Card: &bot.Card{
			Title: title, Text: "Anna zegt: het is moeilijk.", Kind: "distress", Urgent: true, Mention: []string{"samira", "tom"},
			Fields: []bot.Field{{Name: "Beloofd", Value: "vandaag voor 13.00 uur"}},
			Actions: []bot.Action{{Name: "take", Label: "Ik pak dit op", Subject: 17, Style: "primary"},
				{Name: "answer", Label: "Antwoord", Subject: 17}},
		}},
	}
}

func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func contains(t *testing.T, what, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%s: %q does not hold %q", what, text, part)
	}
}

func TestNewNamesEverythingThatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := mattermost.New(mattermost.Settings{URL: "localhost"})
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{"Mattermost URL", "callback URL", "token is missing", "team is missing", "slash command", "signing key", "nobody"} {
		contains(t, "the error", err.Error(), part)
	}
}

func TestACardStandsInItsChannelAndIsMadeAnewAtEveryEdit(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := card(1, "Anna, Noord")
	m.Remote = h.send(t, m)
	p := h.server.Posts("signalen-noord")[0]
	want(t, "id", p.ID, m.Remote)
	want(t, "mention", p.Text, "@samira @tom")
	want(t, "priority", p.Priority, "urgent")
	want(t, "title", p.Cards[0].Title, "🟠 Anna, Noord")
	want(t, "field", p.Cards[0].Fields[0].Value, "vandaag voor 13.00 uur")
	want(t, "first button", p.Cards[0].Buttons[0].Label, "Ik pak dit op")

	for i := range 3 {
		m.ID++
		m.Body.Card.Title = "Anna, opgepakt"
		want(t, "remote after an edit", h.send(t, m), p.ID)
		if err := h.server.User("samira").Press(t.Context(), "signalen-noord", "1", "Antwoord"); err != nil {
			t.Fatalf("after edit %d the button is dead: %v", i+1, err)
		}
	}
	want(t, "presses", len(h.all()), 3)
	want(t, "posts", len(h.server.Posts("signalen-noord")), 1)
	want(t, "title", h.server.Posts("signalen-noord")[0].Cards[0].Title, "🟠 Anna, opgepakt")

	// A second door with the same key, as after a restart.
	other := h.newDoor(t)
	if _, err := other.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	h.door = other
	if err := h.server.User("tom").Press(t.Context(), "signalen-noord", "Anna", "Ik pak dit op"); err != nil {
		t.Fatal(err)
	}
	want(t, "presser", h.last(t).User, "tom")

	admin := h.server.User("baas")
	if err := admin.Delete(p.ID); err != nil {
		t.Fatal(err)
	}
	if again := h.send(t, m); again == p.ID {
		t.Error("a card that was taken away must be posted anew")
	}
}

func TestNobodyCanRingEveryPhoneWithANickname(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := card(1, "@channel ![x](https://volg.example/p.png)")
	m.Body.Text, m.Body.Card.Mention = "@all hoi", nil
	m.Body.Card.Fields[0].Value = "@here"
	h.send(t, m)
	seen := h.server.Posts("signalen-noord")[0].String()
	for _, bad := range []string{"@channel", "@all", "@here", "![x]"} {
		if strings.Contains(seen, bad) {
			t.Errorf("%q came through in %q", bad, seen)
		}
	}
}

func TestAPressReachesTheHostAndIsAnsweredInPrivate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.send(t, card(1, "Anna"))
	h.answers(func(bot.Event) (bot.Reply, error) { return bot.Reply{Text: "Je hebt het opgepakt."}, nil })
	if err := h.server.User("samira").PressPost(t.Context(), id, "Ik pak dit op"); err != nil {
		t.Fatal(err)
	}
	e := h.last(t)
	want(t, "user", e.User, "samira")
	want(t, "signal", e.Signal, int64(17))
	want(t, "door", e.Door, "mattermost")
	want(t, "what", e.What.(bot.Acted), bot.Acted{Action: "take", Channel: "signalen-noord", Post: id})
	if !strings.HasPrefix(e.ID, "action:") || len(e.ID) != len("action:")+32 {
		t.Errorf("event id %q", e.ID)
	}
	want(t, "private words", h.server.Private("samira")[0].Text, "Je hebt het opgepakt.")
	want(t, "private words of tom", len(h.server.Private("tom")), 0)
	want(t, "edits", h.server.Posts("signalen-noord")[0].Cards[0].Title, "🟠 Anna")
}

func TestWordsForWhenSomethingIsNotRight(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.send(t, card(1, "Anna"))
	for what, reply := range map[string]func(bot.Event) (bot.Reply, error){
		"Er is niets gedaan": func(bot.Event) (bot.Reply, error) { return bot.Reply{}, errors.New("disk full") },
		"Er ging iets mis":   func(bot.Event) (bot.Reply, error) { return bot.Reply{Dead: true}, nil },
		"Ik weet nog niet": func(bot.Event) (bot.Reply, error) {
			return bot.Reply{}, fmt.Errorf("take: %w", context.DeadlineExceeded)
		},
	} {
		h.answers(reply)
		if err := h.server.User("samira").PressPost(t.Context(), id, "Ik pak dit op"); err != nil {
			t.Fatal(err)
		}
		private := h.server.Private("samira")
		contains(t, "words", private[len(private)-1].Text, what)
	}
	lift := h.server.Inject(mattermosttest.Fault{Path: "/actions/dialogs/open", Status: 500})
	h.answers(func(bot.Event) (bot.Reply, error) { return bot.Reply{Dialog: &bot.Dialog{Form: "x", Title: "X"}}, nil })
	if err := h.server.User("samira").PressPost(t.Context(), id, "Antwoord"); err != nil {
		t.Fatal(err)
	}
	lift()
	private := h.server.Private("samira")
	contains(t, "words", private[len(private)-1].Text, "Druk nog eens")
	want(t, "dropped", h.door.Health().Dropped, 2)
}

func TestAButtonThatIsNotOursDoesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.send(t, card(1, "Anna"))
	var stolen map[string]any // what only the Mattermost server knows
	var noord string
	h.handler = func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		var in struct {
			Context   map[string]any
			ChannelID string `json:"channel_id"`
		}
		if json.Unmarshal(body, &in) == nil && stolen == nil {
			stolen, noord = in.Context, in.ChannelID
		}
	}
	if err := h.server.User("samira").PressPost(t.Context(), id, "Ik pak dit op"); err != nil {
		t.Fatal(err)
	}
	changed := func(key string, value any) map[string]any {
		c := map[string]any{}
		for k, v := range stolen {
			c[k] = v
		}
		c[key] = value
		return c
	}
	tests := []struct {
		name, channel string
		context       map[string]any
	}{
		{"without a signature", "signalen-noord", map[string]any{"action": "take", "subject": "17"}},
		{"with nothing", "signalen-noord", nil},
		{"with another action", "signalen-noord", changed("action", "close")},
		{"about another signal", "signalen-noord", changed("subject", "18")},
		{"with types that are not ours", "signalen-noord", map[string]any{"action": 1, "subject": []any{}, "sig": map[string]any{}}},
		{"stolen, in another channel", "signalen-zuid", stolen},
		{"stolen, on somebody's own post", "signalen-noord", stolen},
	}
	for i, tt := range tests {
		planted, err := h.server.User("tom").Plant(tt.channel, "Klik voor taart", "Ja", h.hook.URL+"/mattermost/action", tt.context)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.server.User("samira").PressPost(t.Context(), planted, "Ja"); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		want(t, tt.name+": events", len(h.all()), 1)
		private := h.server.Private("samira")
		contains(t, tt.name, private[len(private)-1].Text, "niet van Houvast")
		want(t, tt.name+": counted", h.door.Health().Forged, 2*i+1)

		// And as if it stood on our own post, from outside Mattermost.
		if tt.name == "stolen, on somebody's own post" {
			continue
		}
		channel := noord
		if tt.channel != "signalen-noord" {
			channel = "another"
		}
		body, _ := json.Marshal(map[string]any{"user_name": "samira", "channel_id": channel, "post_id": id, "trigger_id": tt.name, "context": tt.context})
		resp, err := http.Post(h.hook.URL+"/mattermost/action", "application/json", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		said, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		contains(t, tt.name+", from outside", string(said), "niet van Houvast")
		want(t, tt.name+", from outside: events", len(h.all()), 1)
	}
}

func TestAPressThatComesTwiceIsOneEvent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.send(t, card(1, "Anna"))
	var body []byte
	h.handler = func(_ http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	if err := h.server.User("samira").PressPost(t.Context(), id, "Ik pak dit op"); err != nil {
		t.Fatal(err)
	}
	h.handler = nil
	resp, err := http.Post(h.hook.URL+"/mattermost/action", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	want(t, "status", resp.StatusCode, 200)
	want(t, "events", len(h.all()), 1)
	want(t, "repeats", h.again, 1)
}

func TestTheSlashCommandNeedsItsToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.answers(func(bot.Event) (bot.Reply, error) { return bot.Reply{Text: "Dit kan ik:"}, nil })
	if err := h.server.User("samira").Command(t.Context(), "/houvast  uitnodigen"); err != nil {
		t.Fatal(err)
	}
	e := h.last(t)
	want(t, "what", e.What.(bot.Slash).Text, "uitnodigen")
	want(t, "user", e.User, "samira")
	want(t, "private", h.server.Private("samira")[0].Text, "Dit kan ik:")

	good := "token=" + h.keys.CommandToken + "&user_name=samira&trigger_id=x&text=hoi"
	for name, tt := range map[string]struct {
		header, body string
		code         int
	}{
		"no token":           {"", "user_name=samira&trigger_id=x", 401},
		"another token":      {"", strings.Replace(good, "token=", "token=x", 1), 401},
		"header differs":     {"Token x", good, 401},
		"header only":        {"Token " + h.keys.CommandToken, "user_name=samira&trigger_id=x", 401},
		"right":              {"Token " + h.keys.CommandToken, good, 200},
		"right, no header":   {"", strings.Replace(good, "trigger_id=x", "trigger_id=y", 1), 200},
		"no user":            {"", "token=" + h.keys.CommandToken, 400},
		"not a form":         {"", "%zz", 400},
		"more than 64 KiB":   {"", good + strings.Repeat("x", 70<<10), 413},
		"token in the query": {"", "user_name=samira&trigger_id=x", 401},
	} {
		to := h.hook.URL + "/mattermost/command"
		if name == "token in the query" {
			to += "?token=" + h.keys.CommandToken
		}
		r, _ := http.NewRequestWithContext(t.Context(), "POST", to, strings.NewReader(tt.body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if tt.header != "" {
			r.Header.Set("Authorization", tt.header)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		want(t, name, resp.StatusCode, tt.code)
	}
	want(t, "events", len(h.all()), 3)
}

func TestBodiesThatAreNotMattermosts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, path := range []string{"/mattermost/action", "/mattermost/dialog"} {
		for _, tt := range []struct {
			name, kind, body string
			code             int
		}{
			{"not JSON", "application/json", "{", 400},
			{"another shape", "application/json", `{"context": "x", "state": 3}`, 400},
			{"nothing", "application/json", "", 400},
			{"another type", "text/plain", "{}", 415},
			{"more than 64 KiB", "application/json", `{"x": "` + strings.Repeat("x", 70<<10) + `"}`, 413},
		} {
			resp, err := http.Post(h.hook.URL+path, tt.kind, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			want(t, path+" "+tt.name, resp.StatusCode, tt.code)
		}
		resp, err := http.Get(h.hook.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		want(t, "GET "+path, resp.StatusCode, 405)
	}
	want(t, "events", len(h.all()), 0)
}

func TestLogsHoldNoSecretsAndNoWords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.send(t, card(1, "Kanarienaam"))
	h.answers(func(bot.Event) (bot.Reply, error) { return bot.Reply{}, errors.New("disk full") })
	h.server.User("samira").PressPost(t.Context(), id, "Antwoord")
	h.server.User("samira").Command(t.Context(), "/houvast kanarietekst")
	planted, _ := h.server.User("tom").Plant("signalen-noord", "x", "Ja", h.hook.URL+"/mattermost/action", nil)
	h.server.User("samira").PressPost(t.Context(), planted, "Ja")
	h.server.Inject(mattermosttest.Fault{Path: "/posts", Status: 500})
	_, err := h.door.Send(t.Context(), card(2, "Kanarienaam"))
	text := h.log.String() + err.Error()
	for _, secret := range []string{h.keys.BotToken, h.keys.CommandToken, "Kanarienaam", "kanarietekst", "samira", id, "127.0.0.1"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q stands in the log: %s", secret, text)
		}
	}
	contains(t, "the log", text, "not kept")
}
