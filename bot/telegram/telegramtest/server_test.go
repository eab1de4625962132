package telegramtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"houvast/bot/telegram/telegramtest"
)

const token = "7000001:geheim"

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

// A rig is a fake server on a socket, its clock, and Anna, who pressed Start. The
// update of that is confirmed already.
type rig struct {
	*telegramtest.Server
	t     *testing.T
	url   string
	clock *clock
	anna  *telegramtest.Person
}

func newRig(t *testing.T) *rig {
	t.Helper()
	c := &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	s := telegramtest.New(token, c.Now)
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	t.Cleanup(s.Close)
	r := &rig{Server: s, t: t, url: h.URL, clock: c, anna: s.Person(41, "Anna")}
	must(t, r.anna.Start(""))
	r.call("getUpdates", "offset", -1)
	u := r.updates("offset", 0)
	r.updates("offset", u[0].ID+1)
	c.Add(time.Minute)
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A reply is what the server answers.
type reply struct {
	Status      int
	OK          bool
	Result      json.RawMessage
	Description string
	ErrorCode   int `json:"error_code"`
	Parameters  struct {
		RetryAfter int `json:"retry_after"`
	}
}

type sent struct {
	MessageID int `json:"message_id"`
	Text      string
}

type received struct {
	ID      int `json:"update_id"`
	Message *struct {
		ID       int `json:"message_id"`
		Date     int64
		Text     string
		Caption  string
		Entities []struct{ Offset, Length int }
		Photo    []struct {
			FileID string `json:"file_id"`
		}
		Voice *struct {
			FileID   string `json:"file_id"`
			Duration int
		}
		Forward *struct {
			Name string `json:"sender_user_name"`
		} `json:"forward_origin"`
	}
	Edited *sent `json:"edited_message"`
	Tap    *struct {
		ID      string
		Data    string
		Message struct {
			ID   int `json:"message_id"`
			Date int64
			Text string
		}
	} `json:"callback_query"`
	Member *struct {
		New struct{ Status string } `json:"new_chat_member"`
	} `json:"my_chat_member"`
}

// try posts a form and returns the answer, or the error of the connection.
func (r *rig) try(ctx context.Context, method string, pairs ...any) (reply, error) {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i].(string), fmt.Sprint(pairs[i+1]))
	}
	req, err := http.NewRequestWithContext(ctx, "POST", r.url+"/bot"+token+"/"+method, strings.NewReader(form.Encode()))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{}, err
	}
	return read(resp)
}

func read(resp *http.Response) (reply, error) {
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, err
	}
	a := reply{Status: resp.StatusCode}
	if err := json.Unmarshal(body, &a); err != nil {
		return a, fmt.Errorf("%w: %s", err, body)
	}
	return a, nil
}

func (r *rig) call(method string, pairs ...any) reply {
	r.t.Helper()
	a, err := r.try(r.t.Context(), method, pairs...)
	must(r.t, err)
	return a
}

func (r *rig) send(text string, pairs ...any) sent {
	r.t.Helper()
	a := r.call("sendMessage", append([]any{"chat_id", 41, "text", text}, pairs...)...)
	if !a.OK {
		r.t.Fatalf("sendMessage: %s", a.Description)
	}
	var m sent
	must(r.t, json.Unmarshal(a.Result, &m))
	return m
}

func (r *rig) updates(pairs ...any) []received {
	r.t.Helper()
	a := r.call("getUpdates", pairs...)
	if !a.OK {
		r.t.Fatalf("getUpdates: %s", a.Description)
	}
	var u []received
	must(r.t, json.Unmarshal(a.Result, &u))
	return u
}

func inline(labels ...string) string {
	var rows []string
	for _, l := range labels {
		rows = append(rows, fmt.Sprintf(`[{"text":%q,"callback_data":"d:%s"}]`, l, l))
	}
	return `{"inline_keyboard":[` + strings.Join(rows, ",") + `]}`
}

func TestParameters(t *testing.T) {
	t.Parallel()
	const markup = `{"inline_keyboard":[[{"text":"Ja","callback_data":"1"}]]}`
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, value := range map[string]string{"chat_id": "41", "text": "dag", "reply_markup": markup, "protect_content": "true"} {
		must(t, w.WriteField(name, value))
	}
	must(t, w.Close())
	values := url.Values{"chat_id": {"41"}, "text": {"dag"}, "reply_markup": {markup}, "protect_content": {"true"}}.Encode()
	for _, test := range []struct{ name, query, kind, body string }{
		{"multipart", "", w.FormDataContentType(), form.String()},
		{"json", "", "application/json; charset=utf-8", `{"chat_id":41,"text":"dag","protect_content":true,"entities":null,"reply_markup":` + markup + `}`},
		{"json, nested as text", "", "application/json", `{"chat_id":"41","text":"dag","protect_content":true,"reply_markup":"{\"inline_keyboard\":[[{\"text\":\"Ja\",\"callback_data\":\"1\"}]]}"}`},
		{"form", "", "application/x-www-form-urlencoded", values},
		{"query", "?" + values, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			resp, err := http.Post(r.url+"/bot"+token+"/SENDmessage"+test.query, test.kind, strings.NewReader(test.body))
			must(t, err)
			a, err := read(resp)
			must(t, err)
			last := r.anna.Last()
			if !a.OK || last.Text != "dag" || !last.Protected || len(last.Buttons) != 1 || last.Buttons[0][0].Label != "Ja" {
				t.Errorf("got %+v, Anna sees %+v", a, last)
			}
			calls := r.Calls("sendMessage")
			if len(calls) != 1 || calls[0].Params["chat_id"] != "41" || calls[0].Params["reply_markup"] != markup {
				t.Errorf("recorded %+v", calls)
			}
			if _, ok := calls[0].Params["entities"]; ok {
				t.Error("null was recorded as a value")
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	const markup = "reply_markup"
	long := strings.Repeat("a", 4097)
	for _, test := range []struct {
		name, method string
		pairs        []any
		code         int
		says         string
	}{
		{"no text", "sendMessage", []any{"chat_id", 41, "text", " \n"}, 400, "message text is empty"},
		{"long text", "sendMessage", []any{"chat_id", 41, "text", long}, 400, "message is too long"},
		{"emoji count for two", "sendMessage", []any{"chat_id", 41, "text", strings.Repeat("😀", 2049)}, 400, "message is too long"},
		{"long caption", "sendPhoto", []any{"chat_id", 41, "photo", "x", "caption", long[:1025]}, 400, "caption is too long"},
		{"unknown file", "sendVoice", []any{"chat_id", 41, "voice", "x"}, 400, "wrong file identifier"},
		{"no chat", "sendMessage", []any{"text", "dag"}, 400, "chat_id is empty"},
		{"unknown chat", "sendMessage", []any{"chat_id", 99, "text", "dag"}, 400, "chat not found"},
		{"not started", "sendMessage", []any{"chat_id", 42, "text", "dag"}, 400, "chat not found"},
		{"64 bytes", "sendMessage", []any{"chat_id", 41, "text", "dag", markup, inline(strings.Repeat("a", 63))}, 400, "BUTTON_DATA_INVALID"},
		{"keyboard null", "sendMessage", []any{"chat_id", 41, "text", "dag", markup, `{"inline_keyboard":null}`}, 400, "must be of type Array"},
		{"keyboard flat", "sendMessage", []any{"chat_id", 41, "text", "dag", markup, `{"inline_keyboard":[{"text":"a"}]}`}, 400, "Array of Arrays"},
		{"keyboard no object", "sendMessage", []any{"chat_id", 41, "text", "dag", markup, `[]`}, 400, "object expected"},
		{"button does nothing", "sendMessage", []any{"chat_id", 41, "text", "dag", markup, `{"inline_keyboard":[[{"text":"a"}]]}`}, 400, "unallowed"},
		{"button calls", "sendMessage", []any{"chat_id", 41, "text", "dag", markup, `{"inline_keyboard":[[{"text":"a","url":"tel:113"}]]}`}, 400, "Unsupported URL protocol"},
		{"edit nothing", "editMessageText", []any{"chat_id", 41, "message_id", 99, "text", "dag"}, 400, "message to edit not found"},
		{"edit another's", "editMessageText", []any{"chat_id", 41, "message_id", 1, "text", "dag"}, 400, "message can't be edited"},
		{"delete nothing", "deleteMessage", []any{"chat_id", 41, "message_id", 99}, 400, "message to delete not found"},
		{"reply to nothing", "sendMessage", []any{"chat_id", 41, "text", "dag", "reply_parameters", `{"message_id":99}`}, 400, "message to be replied not found"},
		{"unknown tap", "answerCallbackQuery", []any{"callback_query_id", "1"}, 400, "query is too old"},
		{"unknown file id", "getFile", []any{"file_id", "x"}, 400, "invalid file_id"},
		{"formatting", "sendMessage", []any{"chat_id", 41, "text", "dag", "parse_mode", "HTML"}, 400, "parse_mode"},
		{"command with a capital", "setMyCommands", []any{"commands", `[{"command":"Stop","description":"x"}]`}, 400, "BOT_COMMAND_INVALID"},
		{"long description", "setMyDescription", []any{"description", long[:513]}, 400, "too long"},
		{"unknown method", "sendRocket", nil, 404, "method not found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.Person(42, "Bilal")
			a := r.call(test.method, test.pairs...)
			if a.OK || a.Status != test.code || a.ErrorCode != test.code || !strings.Contains(a.Description, test.says) {
				t.Errorf("got %+v, want %d %q", a, test.code, test.says)
			}
			if n := len(r.anna.Messages()); n != 1 {
				t.Errorf("Anna sees %d messages, want her own only", n)
			}
		})
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for path, want := range map[string]int{"/bot1:fout/getMe": 401, "/": 404, "/bot" + token: 404, "/bot" + token + "/getMe": 200} {
		resp, err := http.Get(r.url + path)
		must(t, err)
		if a, err := read(resp); err != nil || a.Status != want || a.OK != (want == 200) {
			t.Errorf("%s: got %+v, %v, want %d", path, a, err, want)
		}
	}
	r.RevokeToken()
	if a := r.call("getMe"); a.Status != 401 || a.Description != "Unauthorized" {
		t.Errorf("a revoked token: got %+v", a)
	}
	r.RestoreToken()
	if a := r.call("getMe"); !a.OK {
		t.Errorf("a restored token: got %+v", a)
	}
}

func TestOffset(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, text := range []string{"een", "twee", "drie", "vier"} {
		must(t, r.anna.Write(text))
	}
	texts := func(u []received) string {
		var all []string
		for _, one := range u {
			all = append(all, one.Message.Text)
		}
		return strings.Join(all, " ")
	}
	first := r.updates()
	if texts(first) != "een twee drie vier" {
		t.Fatalf("got %q", texts(first))
	}
	id := first[0].ID
	r.clock.Add(time.Second)
	for _, test := range []struct {
		name  string
		pairs []any
		want  string
	}{
		{"nothing is confirmed by fetching", []any{"limit", 2}, "een twee"},
		{"the same offset at once gets one", nil, "een"},
		{"far in the future changes nothing", []any{"offset", id + 1000}, "een twee drie vier"},
		{"an offset confirms what is below it", []any{"offset", id + 1}, "twee drie vier"},
		{"and cannot be taken back", []any{"offset", id - 5}, "twee drie vier"},
		{"a negative offset keeps the last ones", []any{"offset", -2}, "drie vier"},
		{"and forgets the others", []any{"offset", id + 1}, "drie vier"},
		{"all are confirmed", []any{"offset", id + 4}, ""},
	} {
		if got := texts(r.updates(test.pairs...)); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	if n := r.Pending(); n != 0 {
		t.Errorf("%d updates are still pending", n)
	}
}

func TestShelfLife(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.send("Hoe gaat het?", "reply_markup", inline("Goed"))
	must(t, r.anna.Press("Goed"))
	must(t, r.anna.Write("hoi"))
	r.clock.Add(149 * time.Second)
	if n := r.Pending(); n != 2 {
		t.Errorf("after 149 s: %d updates, want 2", n)
	}
	r.clock.Add(time.Second)
	if u := r.updates(); len(u) != 1 || u[0].Message == nil {
		t.Errorf("after 150 s: got %+v, want the message only", u)
	}
	r.clock.Add(24*time.Hour - 150*time.Second)
	if u := r.updates(); len(u) != 0 {
		t.Errorf("after a day: got %+v, want none", u)
	}
}

func TestSilentWeek(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	must(t, r.anna.Write("voor"))
	before := r.updates()[0].ID
	r.updates("offset", before+1)
	r.clock.Add(8 * 24 * time.Hour)
	must(t, r.anna.Write("na"))
	after := r.updates("offset", before+1)
	if len(after) != 1 || after[0].ID == before+1 {
		t.Errorf("after a silent week: got %+v, want one update with an unexpected id", after)
	}
}

func TestAllowedUpdates(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.updates("allowed_updates", `["message"]`)
	must(t, r.anna.Write("een"))
	must(t, r.anna.EditLast("twee"))
	r.clock.Add(time.Second)
	if u := r.updates(); len(u) != 1 || u[0].Edited != nil {
		t.Errorf("got %+v, want the message only", u)
	}
	r.clock.Add(time.Second)
	r.updates("allowed_updates", `[]`)
	must(t, r.anna.EditLast("drie"))
	r.clock.Add(time.Second)
	if u := r.updates(); len(u) != 2 || u[1].Edited == nil || u[1].Edited.Text != "drie" {
		t.Errorf("got %+v, want the message and its edit", u)
	}
}

func TestLongPoll(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	got := make(chan []received)
	go func() { got <- r.updates("timeout", 50) }()
	must(t, r.Wait(t.Context(), r.Polling))
	must(t, r.anna.Write("hoi"))
	if u := <-got; len(u) != 1 || u[0].Message.Text != "hoi" {
		t.Errorf("got %+v", u)
	}
}

func TestTwoPollers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := make(chan reply)
	go func() { first <- r.call("getUpdates", "timeout", 50) }()
	must(t, r.Wait(t.Context(), r.Polling))
	second := make(chan reply)
	go func() { second <- r.call("getUpdates", "timeout", 50) }()
	if a := <-first; a.Status != 409 || !strings.Contains(a.Description, "terminated by other getUpdates") {
		t.Errorf("the first: got %+v", a)
	}
	must(t, r.anna.Write("hoi"))
	if a := <-second; !a.OK {
		t.Errorf("the second: got %+v", a)
	}
	r.call("setWebhook", "url", "https://example.org")
	if a := r.call("getUpdates"); a.Status != 409 || !strings.Contains(a.Description, "webhook is active") {
		t.Errorf("with a webhook: got %+v", a)
	}
	r.call("deleteWebhook")
	if a := r.call("getUpdates"); !a.OK {
		t.Errorf("without a webhook again: got %+v", a)
	}
}

// The whole server runs on a pipe inside a synctest bubble, where waiting is free,
// and leaves nothing running.
func TestOnAPipe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := telegramtest.New(token, time.Now)
		l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		h := &http.Server{Handler: s}
		go h.Serve(l)
		client := http.Client{Transport: &http.Transport{DialContext: l.dial}}
		start := time.Now()
		resp, err := client.Get("http://telegram/bot" + token + "/getUpdates?timeout=99")
		must(t, err)
		if a, err := read(resp); err != nil || !a.OK || string(a.Result) != "[]" {
			t.Errorf("got %+v, %v", a, err)
		}
		if waited := time.Since(start); waited != 50*time.Second {
			t.Errorf("an empty poll took %v, want 50s", waited)
		}
		done := make(chan error)
		go func() {
			_, err := client.Get("http://telegram/bot" + token + "/getUpdates?timeout=50")
			done <- err
		}()
		synctest.Wait()
		s.Close()
		if err := <-done; err == nil {
			t.Error("a poll outlives its server")
		}
		must(t, h.Close())
		client.CloseIdleConnections()
	})
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
