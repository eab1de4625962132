package telegram_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"houvast/bot"
	"houvast/bot/telegram"
	"houvast/bot/telegram/telegramtest"
)

const (
	token   = "7000001:geheim-geheim"
	numbers = "Bel 112 of 113."
)

// A clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A house keeps every event once, as the real one does, unless its disk is full.
type house struct {
	mu     sync.Mutex
	full   bool // nothing can be kept
	stuck  bool // it does not come back
	events []bot.Event
	seen   map[string]bool
	reply  func(bot.Event) bot.Reply
}

func (h *house) Receive(ctx context.Context, events []bot.Event) ([]bot.Reply, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stuck {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if h.full {
		return nil, errors.New("disk full")
	}
	replies := make([]bot.Reply, len(events))
	for i, e := range events {
		if h.seen[e.ID] {
			continue
		}
		h.seen[e.ID] = true
		h.events = append(h.events, e)
		if h.reply != nil {
			replies[i] = h.reply(e)
		}
	}
	return replies, nil
}

func (h *house) fill(full bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.full = full
}

// taken returns the events so far and forgets them.
func (h *house) taken() []bot.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	events := h.events
	h.events = nil
	return events
}

// A rig is a door between a house and a fake Telegram, over HTTP. Anna has pressed
// Start, and the house knows.
type rig struct {
	*telegramtest.Server
	t     *testing.T
	clock *clock
	house *house
	door  *telegram.Door
	anna  *telegramtest.Person
	url   string
	log   *bytes.Buffer
}

func settings(r *rig) telegram.Settings {
	return telegram.Settings{
		Token: token, URL: r.url, Now: func() time.Time { return r.clock.Now() }, Receive: r.house.Receive, Numbers: numbers,
		Description: "Ik ben een computer.", About: "Houvast",
		Commands: []telegram.Command{{Name: "stop", Description: "Stoppen"}, {Name: "hulp"}},
		Log:      slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

func newRig(t *testing.T, change ...func(*telegram.Settings)) *rig {
	t.Helper()
	c := &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	s := telegramtest.New(token, c.Now)
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	t.Cleanup(s.Close)
	t.Cleanup(func() { record(t, s) })
	r := &rig{Server: s, t: t, clock: c, house: &house{seen: map[string]bool{}}, url: h.URL, log: &bytes.Buffer{}}
	r.begin(change...)
	return r
}

// record lets others judge what the door asked and what was put before it, when
// .ci/strangers wants to know.
func record(t *testing.T, s *telegramtest.Server) {
	t.Helper()
	if folder := os.Getenv("HOUVAST_TEST_RECORD"); folder != "" {
		if err := s.RecordIn(folder, t.Name()); err != nil {
			t.Error(err)
		}
	}
}

// inBubble runs f with a rig on pipes in a synctest bubble, where waiting costs no
// time and nothing may be left running. Its clock moves with the bubble's.
func inBubble(t *testing.T, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := telegramtest.New(token, time.Now)
		l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		h := &http.Server{Handler: s}
		go h.Serve(l)
		r := &rig{Server: s, t: t, house: &house{seen: map[string]bool{}}, url: "http://telegram", log: &bytes.Buffer{}}
		r.begin(func(s *telegram.Settings) { s.Now, s.Dial = time.Now, l.dial })
		f(r)
		record(t, s)
		r.door.Close()
		s.Close()
		must(t, h.Close())
	})
}

// begin opens the door and lets Anna press Start.
func (r *rig) begin(change ...func(*telegram.Settings)) {
	r.t.Helper()
	r.anna = r.Person(41, "Anna")
	set := settings(r)
	for _, f := range change {
		f(&set)
	}
	r.door = r.open(set)
	must(r.t, r.anna.Start(""))
	r.poll()
	r.house.taken()
}

func (r *rig) open(s telegram.Settings) *telegram.Door {
	r.t.Helper()
	d, err := telegram.New(s)
	must(r.t, err)
	r.t.Cleanup(d.Close)
	return d
}

func (r *rig) poll() {
	r.t.Helper()
	must(r.t, r.door.Poll(r.t.Context()))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func to(chat string, body bot.Body) bot.Message {
	return bot.Message{To: bot.Address{Door: bot.Telegram, Place: chat}, Lane: bot.LaneAnswer, Body: body}
}

// Every thing a person can do comes in as the event it is.
func TestEvents(t *testing.T) {
	t.Parallel()
	type media = telegramtest.Media
	for _, test := range []struct {
		name string
		does func(r *rig) error
		want bot.What // the id of the message is 2, unless it says otherwise; a Ref is checked for its kind
		code string
	}{
		{"a text", func(r *rig) error { return r.anna.Write("ik heb een baan!") }, bot.Wrote{Text: "ik heb een baan!", Message: "2"}, ""},
		{"start", func(r *rig) error { return r.anna.Start("") }, bot.Started{}, ""},
		{"start with a code", func(r *rig) error { return r.anna.Start("RGIHGSIA4Z77PETL") }, bot.Started{}, "RGIHGSIA4Z77PETL"},
		{"start with words is a text", func(r *rig) error { return r.anna.Write("/start ik wil dood") }, bot.Wrote{Text: "/start ik wil dood", Message: "2"}, ""},
		{"a command", func(r *rig) error { return r.anna.Write("/Stop") }, bot.Commanded{Name: "stop"}, ""},
		{"a command by the bot's name", func(r *rig) error { return r.anna.Write("/hulp@houvast_bot") }, bot.Commanded{Name: "hulp"}, ""},
		{"a command with words is a text", func(r *rig) error { return r.anna.Write("/stop ik wil niet meer leven") }, bot.Wrote{Text: "/stop ik wil niet meer leven", Message: "2"}, ""},
		{"a command nobody knows is a text", func(r *rig) error { return r.anna.Write("/doodgaan") }, bot.Wrote{Text: "/doodgaan", Message: "2"}, ""},
		{"a command after an emoji is a text", func(r *rig) error { return r.anna.Write("😀 /stop") }, bot.Wrote{Text: "😀 /stop", Message: "2"}, ""},
		{"a slash", func(r *rig) error { return r.anna.Write("/") }, bot.Wrote{Text: "/", Message: "2"}, ""},
		{"a forward", func(r *rig) error { return r.anna.Forward("help me", "Bilal") }, bot.Wrote{Text: "help me", Forwarded: true, Message: "2"}, ""},
		{"a forwarded command is a text", func(r *rig) error { return r.anna.Forward("/stop", "Bilal") }, bot.Wrote{Text: "/stop", Forwarded: true, Message: "2"}, ""},
		{"an edit", func(r *rig) error { return r.anna.Edit(1, "andere woorden") }, bot.Wrote{Text: "andere woorden", Edited: true, Message: "1"}, ""},
		{"an edit into a command is a text", func(r *rig) error { return r.anna.Edit(1, "/stop") }, bot.Wrote{Text: "/stop", Edited: true, Message: "1"}, ""},
		{"a photo", func(r *rig) error { return r.anna.Photo("taart", []byte("jpeg")) }, bot.Sent{Media: bot.Media{Kind: "photo", Ref: "photo:"}, Caption: "taart", Message: "2"}, ""},
		{"a voice note", func(r *rig) error { return r.anna.Voice(4, []byte("ogg")) }, bot.Sent{Media: bot.Media{Kind: "voice", Ref: "voice:", Seconds: 4}, Message: "2"}, ""},
		{"a sticker", func(r *rig) error { return r.anna.Sticker("❤️") }, bot.Sent{Media: bot.Media{Kind: "sticker", Ref: "sticker:"}, Message: "2"}, ""},
		{"a document", func(r *rig) error { return r.anna.Send(media{Kind: "document", Name: "brief.pdf", Bytes: []byte("x")}) }, bot.Sent{Media: bot.Media{Kind: "document", Ref: "document:", Name: "brief.pdf"}, Message: "2"}, ""},
		{"a song", func(r *rig) error { return r.anna.Send(media{Kind: "audio", Seconds: 9, Bytes: []byte("x")}) }, bot.Sent{Media: bot.Media{Kind: "document", Ref: "audio:", Seconds: 9}, Message: "2"}, ""},
		{"a film", func(r *rig) error {
			return r.anna.Send(media{Kind: "video", Seconds: 9, Caption: "kijk", Forward: "Bilal", Bytes: []byte("x")})
		}, bot.Sent{Media: bot.Media{Kind: "video", Ref: "video:", Seconds: 9}, Caption: "kijk", Forwarded: true, Message: "2"}, ""},
		{"a round film", func(r *rig) error {
			return r.anna.Send(media{Kind: "video_note", Seconds: 9, Bytes: []byte("x")})
		}, bot.Sent{Media: bot.Media{Kind: "video", Ref: "video_note:", Seconds: 9}, Message: "2"}, ""},
		{"a location", func(r *rig) error {
			return r.anna.SendOther("location", map[string]int{"latitude": 52, "longitude": 5})
		}, bot.Sent{Media: bot.Media{Kind: "other"}, Message: "2"}, ""},
		{"a kind nobody knows yet", func(r *rig) error {
			r.Push("message", `{"message_id":2,"date":1772442060,"chat":{"id":41,"type":"private"},"from":{"id":41,"is_bot":false,"first_name":"Anna"},"hologram":"x"}`)
			return nil
		}, bot.Sent{Media: bot.Media{Kind: "other"}, Message: "2"}, ""},
		{"a note of the app", func(r *rig) error {
			return r.anna.SendOther("message_auto_delete_timer_changed", map[string]int{"message_auto_delete_time": 86400})
		}, nil, ""},
		{"blocking", func(r *rig) error { return r.anna.Block() }, bot.Blocked{}, ""},
		{"a group", func(r *rig) error {
			r.Push("message", `{"message_id":5,"date":1,"chat":{"id":-7,"type":"group"},"from":{"id":41,"first_name":"Anna"},"text":"hoi"}`)
			return nil
		}, nil, ""},
		{"a kind nobody asked for", func(r *rig) error { r.Push("poll", `{"id":"1"}`); return nil }, nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.clock.Add(time.Minute)
			at := r.clock.Now()
			must(t, test.does(r))
			r.clock.Add(time.Minute)
			r.poll()
			events := r.house.taken()
			if n := r.Pending(); n != 0 {
				t.Errorf("%d updates were not confirmed", n)
			}
			if test.want == nil {
				if len(events) != 0 {
					t.Fatalf("got %+v, want no event", events)
				}
				return
			}
			if len(events) != 1 {
				t.Fatalf("got %d events, want 1: %+v", len(events), events)
			}
			e := events[0]
			if e.Door != bot.Telegram || e.Chat != "41" || e.Name != "Anna" || e.Code != test.code || !e.At.Equal(at) || !strings.HasPrefix(e.ID, "telegram:7") {
				t.Errorf("got %+v, want it from Anna at %v with code %q", e, at, test.code)
			}
			if s, ok := e.What.(bot.Sent); ok {
				kind, id, _ := strings.Cut(s.Media.Ref, ":")
				if (id == "") != (s.Media.Kind == "other") || s.Media.Door != bot.Telegram {
					t.Errorf("got the reference %q by door %q", s.Media.Ref, s.Media.Door)
				}
				if s.Media.Door = ""; id != "" {
					s.Media.Ref = kind + ":"
				}
				e.What = s
			}
			if !reflect.DeepEqual(e.What, test.want) {
				t.Errorf("got %#v, want %#v", e.What, test.want)
			}
		})
	}
}

func TestUnblock(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	must(t, r.anna.Block())
	must(t, r.anna.Start("CODE"))
	r.poll()
	var got []bot.What
	for _, e := range r.house.taken() {
		got = append(got, e.What)
	}
	want := []bot.What{bot.Blocked{}, bot.Blocked{Undone: true}, bot.Started{}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v, want %#v", got, want)
	}
}

// A tap is an event, its clock ends at once, and the house's words stand in the toast.
func TestTaps(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.house.reply = func(e bot.Event) bot.Reply {
		return bot.Reply{Text: strings.Repeat("Fijn! ", 50)}
	}
	remote, err := r.door.Send(t.Context(), to("41", bot.Body{Text: "Hoe gaat het?", Buttons: []bot.Button{{Label: "Goed", Data: "v1:abc"}, {Label: "Niet goed", Data: "v1:def"}}}))
	must(t, err)
	must(t, r.anna.Press("Niet goed"))
	must(t, r.anna.Write("hoi"))
	r.poll()
	events := r.house.taken()
	if len(events) != 2 || events[0].What != (bot.Pressed{Data: "v1:def", Message: remote}) || events[0].Chat != "41" {
		t.Fatalf("got %+v", events)
	}
	taps := r.anna.Screen().Taps
	if len(taps) != 1 || taps[0].AnsweredAt.IsZero() || len([]rune(taps[0].Text)) != 200 || !strings.HasSuffix(taps[0].Text, "…") {
		t.Errorf("Anna sees %+v", taps)
	}
	if n := len(r.Calls("answerCallbackQuery")); n != 1 {
		t.Errorf("%d answers, want one, to the tap", n)
	}

	must(t, r.anna.Press("Goed"))
	r.clock.Add(2 * time.Minute) // the tap can still be heard, and no longer be answered
	r.poll()
	if events := r.house.taken(); len(events) != 1 {
		t.Errorf("an old tap: got %+v", events)
	}
	if strings.Contains(r.log.String(), "not answered") {
		t.Errorf("that a query is too old was logged: %s", r.log)
	}
	m := r.anna.Last()
	must(t, r.anna.PressStale(m.ID, "Weg", "vals"))
	r.poll()
	if events := r.house.taken(); len(events) != 1 || events[0].What != (bot.Pressed{Data: "vals", Message: remote}) {
		t.Errorf("a button that is no longer there: got %+v", events)
	}
}

// What cannot be read is handed over as such, and nothing else waits for it.
func TestUndecodable(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, kind, payload, chat, why string }{
		{"a wrong type", "message", `{"message_id":"zeven","date":1,"chat":{"id":41,"type":"private"},"text":"geheim verdriet"}`, "41", "message.message_id is not a int64"},
		{"a wrong number", "message", `{"message_id":1,"date":123456789.5,"chat":{"id":41,"type":"private"},"text":"geheim verdriet"}`, "41", "message.date is not a int64"},
		{"no chat", "message", `{"message_id":1,"date":1,"text":"geheim verdriet"}`, "", "no chat"},
		{"a chat that is a list", "message", `{"message_id":1,"chat":[],"text":"geheim verdriet"}`, "", "message.chat is not a struct"},
		{"a tap without a message", "callback_query", `{"id":"1","from":{"id":41},"data":"x"}`, "", "a tap on nothing"},
		{"a tap with odd data", "callback_query", `{"id":"1","from":{"id":41},"message":{"message_id":2,"chat":{"id":41,"type":"private"}},"data":7}`, "41", "callback_query.data is not a string"},
		{"a member without a status", "my_chat_member", `{"date":1,"chat":{"id":41,"type":"private"},"from":{"id":41},"new_chat_member":{}}`, "41", "no status"},
		{"a list", "message", `[]`, "", "message is not a struct"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			must(t, r.anna.Write("voor"))
			r.Push(test.kind, test.payload)
			must(t, r.anna.Write("na"))
			r.poll()
			events := r.house.taken()
			if len(events) != 3 || r.Pending() != 0 {
				t.Fatalf("got %d events, %d pending, want 3 and 0: %+v", len(events), r.Pending(), events)
			}
			u, ok := events[1].What.(bot.Unread)
			if !ok || u.Why != test.why || !strings.Contains(string(u.Raw), test.payload) || events[1].Chat != test.chat {
				t.Errorf("got %+v (%q %s), want it unread because %q", events[1], u.Why, u.Raw, test.why)
			}
			if strings.Contains(r.log.String(), "verdriet") {
				t.Errorf("words in the log: %s", r.log)
			}
		})
	}
}

func TestIntroduction(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.Profile()
	if p.Description != "Ik ben een computer." || p.ShortDescription != "Houvast" || len(p.Commands) != 1 || p.Commands[0].Name != "stop" {
		t.Errorf("people see %+v", p)
	}
	again := r.open(settings(r))
	must(t, again.Poll(t.Context()))
	for _, method := range []string{"setMyDescription", "setMyShortDescription", "setMyCommands"} {
		if n := len(r.Calls(method)); n != 1 {
			t.Errorf("%s was called %d times, want once: nothing changed", method, n)
		}
	}
	if name, err := r.door.Name(t.Context()); err != nil || name != "houvast_bot" {
		t.Errorf("got the name %q, %v", name, err)
	}

	late := newRig(t, func(s *telegram.Settings) { s.Description = "Anders" })
	late.Inject(telegramtest.Fault{Method: "getMyCommands", Times: 1, Effect: telegramtest.BadGateway})
	late.door = late.open(func() telegram.Settings { s := settings(late); s.Description = "Later"; return s }())
	late.poll()
	if late.Profile().Description == "Later" {
		t.Error("it was introduced in spite of the fault")
	}
	late.poll()
	if got := late.Profile().Description; got != "Later" {
		t.Errorf("after the next poll people see %q", got)
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	if _, err := telegram.New(telegram.Settings{Token: " "}); err == nil {
		t.Error("an empty token is taken")
	}
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "token", telegram.Token(token), "all", telegram.Settings{Token: token})
	if strings.Contains(out.String(), "geheim") {
		t.Errorf("the token shows: %s", out.String())
	}
}

// pipes is a listener whose connections are pipes.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }
