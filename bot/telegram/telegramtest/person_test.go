package telegramtest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"houvast/bot/telegram/telegramtest"
)

func TestTap(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.send("Hoe gaat het?", "reply_markup", inline("Goed", "Niet goed"))
	must(t, r.anna.Press("Niet goed"))
	u := r.updates("offset", 0, "limit", 1)
	tap := u[0].Tap
	if tap == nil || tap.Data != "d:Niet goed" || tap.Message.ID != m.MessageID || tap.Message.Text != "Hoe gaat het?" {
		t.Fatalf("got %+v", u)
	}
	if a := r.call("answerCallbackQuery", "callback_query_id", tap.ID, "text", "Dank je"); !a.OK {
		t.Errorf("answer: got %+v", a)
	}
	if taps := r.anna.Screen().Taps; len(taps) != 1 || taps[0].Text != "Dank je" || taps[0].AnsweredAt.IsZero() {
		t.Errorf("Anna sees %+v", taps)
	}
	if a := r.call("answerCallbackQuery", "callback_query_id", tap.ID); a.Status != 400 || !strings.Contains(a.Description, "query is too old") {
		t.Errorf("answer again: got %+v", a)
	}
	must(t, r.anna.PressOld(m.MessageID, "Goed"))
	r.clock.Add(time.Minute)
	late := r.updates()[1].Tap
	if a := r.call("answerCallbackQuery", "callback_query_id", late.ID); a.Status != 400 {
		t.Errorf("answer after a minute: got %+v", a)
	}
}

func TestPressTakesTheNewest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.send("Eerst", "reply_markup", inline("Ja"))
	newest := r.send("Dan", "reply_markup", inline("Ja"))
	r.send("Nog iets")
	must(t, r.anna.Press("Ja"))
	if tap := r.updates()[0].Tap; tap.Message.ID != newest.MessageID {
		t.Errorf("pressed under message %d, want %d", tap.Message.ID, newest.MessageID)
	}
}

func TestTapOnADeletedMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.send("Oud", "reply_markup", inline("Ja"))
	r.call("deleteMessage", "chat_id", 41, "message_id", m.MessageID)
	if err := r.anna.Press("Ja"); err == nil {
		t.Error("a deleted message can still be pressed by its label")
	}
	must(t, r.anna.PressStale(m.MessageID, "Ja", "d:Ja"))
	if tap := r.updates()[0].Tap; tap.Message.ID != m.MessageID || tap.Message.Date != 0 || tap.Message.Text != "" {
		t.Errorf("got %+v, want an inaccessible message", tap)
	}
}

func TestKeyboard(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	keys := r.send("Dag", "reply_markup", `{"keyboard":[[{"text":"Goed nieuws"},"Meer"]],"is_persistent":true,"resize_keyboard":true}`)
	r.send("Ja?", "reply_markup", inline("Meer"))
	k := r.anna.Screen().Keyboard
	if k == nil || !k.Persistent || !k.Resize || len(k.Rows) != 1 || k.Rows[0][1] != "Meer" {
		t.Fatalf("Anna sees the keyboard %+v", k)
	}
	must(t, r.anna.Press("Goed nieuws"))
	must(t, r.anna.Press("Meer"))
	u := r.updates()
	if u[0].Message == nil || u[0].Message.Text != "Goed nieuws" {
		t.Errorf("a key writes its label: got %+v", u[0])
	}
	if u[1].Tap == nil {
		t.Errorf("an inline button goes before a key: got %+v", u[1])
	}
	if err := r.anna.Press("Nergens"); err == nil || !strings.Contains(err.Error(), "[Goed nieuws]") {
		t.Errorf("a label nowhere: got %v", err)
	}
	if a := r.call("editMessageText", "chat_id", 41, "message_id", keys.MessageID, "text", "Anders"); a.Status != 400 || !strings.Contains(a.Description, "can't be edited") {
		t.Errorf("a message with a keyboard was edited: %+v", a)
	}
	r.call("deleteMessage", "chat_id", 41, "message_id", keys.MessageID)
	if k := r.anna.Screen().Keyboard; k != nil {
		t.Errorf("the keyboard outlived its message: %+v", k)
	}
}

func TestEdit(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.send("Een", "reply_markup", inline("Ja"))
	edit := func(pairs ...any) reply {
		return r.call("editMessageText", append([]any{"chat_id", 41, "message_id", m.MessageID}, pairs...)...)
	}
	if a := edit("text", "Een", "reply_markup", inline("Ja")); a.Status != 400 || !strings.Contains(a.Description, "message is not modified") {
		t.Errorf("the same again: got %+v", a)
	}
	if a := edit("text", "Twee"); !a.OK {
		t.Errorf("got %+v", a)
	}
	if last := r.anna.Last(); last.Text != "Twee" || len(last.Buttons) != 0 || last.EditedAt.IsZero() {
		t.Errorf("Anna sees %+v, want the buttons gone", last)
	}
	if a := r.call("editMessageReplyMarkup", "chat_id", 41, "message_id", m.MessageID, "reply_markup", inline("Nee")); !a.OK {
		t.Errorf("got %+v", a)
	}
	if got := r.anna.Last().String(); got != "Twee [Nee]" {
		t.Errorf("got %q", got)
	}
	var what []string
	for _, c := range r.anna.Since(0) {
		what = append(what, c.What+" "+c.Message.String())
	}
	if got := strings.Join(what, "; "); got != "sent /start; sent Een [Ja]; edited Twee; edited Twee [Nee]" {
		t.Errorf("what changed: %s", got)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.send("Weg ermee")
	r.clock.Add(48*time.Hour - time.Minute - time.Second)
	for _, id := range []int{1, m.MessageID} { // her own, and the bot's
		want := id != 1
		if id == 1 {
			r.clock.Add(time.Second) // hers is a minute older: 48 h exactly
		}
		if a := r.call("deleteMessage", "chat_id", 41, "message_id", id); a.OK != want {
			t.Errorf("message %d: got %+v, want %v", id, a, want)
		}
	}
	if got := r.anna.Transcript(); got != "anna\t/start\n" {
		t.Errorf("Anna sees %q", got)
	}
}

func TestBlock(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	must(t, r.anna.Block())
	if a := r.call("sendMessage", "chat_id", 41, "text", "dag"); a.Status != 403 || a.Description != "Forbidden: bot was blocked by the user" {
		t.Errorf("got %+v", a)
	}
	if err := r.anna.Write("hoi"); err == nil {
		t.Error("she can write while she blocks the bot")
	}
	must(t, r.anna.Start("CODE-1"))
	u := r.updates()
	if len(u) != 3 || u[0].Member.New.Status != "kicked" || u[1].Member.New.Status != "member" || u[2].Message.Text != "/start CODE-1" {
		t.Errorf("got %+v", u)
	}
	r.send("dag")
	r.anna.DeleteAccount()
	if a := r.call("sendMessage", "chat_id", 41, "text", "dag"); a.Status != 403 || a.Description != "Forbidden: user is deactivated" {
		t.Errorf("got %+v", a)
	}
}

func TestWhatPeopleSend(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	must(t, r.anna.Start("abc"))
	must(t, r.anna.Write("😀 /stop@houvast_bot nu"))
	must(t, r.anna.Forward("help", "Bilal"))
	must(t, r.anna.Photo("taart", []byte("jpeg")))
	must(t, r.anna.Voice(4, []byte("ogg")))
	must(t, r.anna.Sticker("❤️"))
	must(t, r.anna.Send(telegramtest.Media{Kind: telegramtest.Document, Name: "brief.pdf", Bytes: []byte("%PDF")}))
	must(t, r.anna.SendOther("location", map[string]float64{"latitude": 52, "longitude": 5}))
	must(t, r.anna.Write(strings.Repeat("é", 5000)))
	u := r.updates()
	if len(u) != 10 {
		t.Fatalf("got %d updates, want 10: a long text is cut in two", len(u))
	}
	if e := u[0].Message.Entities; len(e) != 1 || e[0].Offset != 0 || e[0].Length != 6 {
		t.Errorf("/start: entities %+v", e)
	}
	if e := u[1].Message.Entities; len(e) != 1 || e[0].Offset != 3 || e[0].Length != 17 {
		t.Errorf("/stop: entities %+v, want UTF-16 offsets", e)
	}
	if f := u[2].Message.Forward; f == nil || f.Name != "Bilal" {
		t.Errorf("forward: %+v", f)
	}
	if m := u[3].Message; m.Caption != "taart" || len(m.Photo) != 2 {
		t.Errorf("photo: %+v", m)
	}
	if v := u[4].Message.Voice; v == nil || v.Duration != 4 {
		t.Errorf("voice: %+v", v)
	}
	want := "anna\t(voice 4s)\n"
	if got := r.anna.Transcript(); !strings.Contains(got, want) || !strings.Contains(got, "(forwarded from Bilal) help") {
		t.Errorf("transcript: %s", got)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	must(t, r.anna.Voice(4, []byte("klank")))
	must(t, r.anna.Send(telegramtest.Media{Kind: telegramtest.Document, Bytes: make([]byte, 20<<20+1)}))
	u := r.updates()
	id := u[0].Message.Voice.FileID
	a := r.call("getFile", "file_id", id)
	_, path, _ := strings.Cut(string(a.Result), `"file_path":"`)
	path, _, _ = strings.Cut(path, `"`)
	fetch := func() (int, string) {
		resp, err := http.Get(r.url + "/file/bot" + token + "/" + path)
		must(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		must(t, err)
		return resp.StatusCode, string(body)
	}
	if status, body := fetch(); status != 200 || body != "klank" {
		t.Errorf("got %d %q", status, body)
	}
	r.clock.Add(time.Hour)
	if status, _ := fetch(); status != 404 {
		t.Errorf("after an hour: got %d, want 404", status)
	}
	big := r.anna.Messages()[2].FileID
	if a := r.call("getFile", "file_id", big); a.Status != 400 || !strings.Contains(a.Description, "file is too big") {
		t.Errorf("got %+v", a)
	}

	bilal := r.Person(42, "Bilal")
	must(t, bilal.Start(""))
	if a := r.call("sendVoice", "chat_id", 42, "voice", id, "caption", "Van Anna", "protect_content", true); !a.OK {
		t.Errorf("got %+v", a)
	}
	if m := bilal.Last(); m.Kind != "voice" || m.Seconds != 4 || m.Text != "Van Anna" || !m.Protected {
		t.Errorf("Bilal sees %+v", m)
	}
	if a := r.call("sendPhoto", "chat_id", 42, "photo", id); a.Status != 400 {
		t.Errorf("a voice message as a photo: got %+v", a)
	}
	if content, ok := r.File(bilal.Last().FileID); !ok || !bytes.Equal(content, []byte("klank")) {
		t.Errorf("got %q", content)
	}
}

func TestPinAndProfile(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.send("112 en 113")
	r.call("pinChatMessage", "chat_id", 41, "message_id", m.MessageID)
	if p := r.anna.Screen().Pinned; len(p) != 1 || p[0].Text != "112 en 113" {
		t.Errorf("pinned: %+v", p)
	}
	r.call("unpinChatMessage", "chat_id", 41)
	if p := r.anna.Screen().Pinned; len(p) != 0 {
		t.Errorf("pinned: %+v", p)
	}
	r.call("setMyDescription", "description", "Ik ben een computer.")
	r.call("setMyDescription", "description", "I am a computer.", "language_code", "en")
	r.call("setMyShortDescription", "short_description", "Houvast")
	r.call("setMyCommands", "commands", `[{"command":"stop","description":"Stoppen"}]`)
	p := r.anna.Screen().Bot
	if p.Description != "Ik ben een computer." || p.ShortDescription != "Houvast" || len(p.Commands) != 1 || p.Commands[0].Name != "stop" {
		t.Errorf("got %+v", p)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		fault   telegramtest.Fault
		status  int // 0: the connection fails
		arrives bool
	}{
		{"500", telegramtest.Fault{Effect: telegramtest.Refuse, Code: 500, Text: "Internal Server Error"}, 500, false},
		{"flood", telegramtest.Flood("send*", 7, 0), 429, false},
		{"502", telegramtest.Fault{Effect: telegramtest.BadGateway}, 502, false},
		{"garbage", telegramtest.Fault{Effect: telegramtest.Garbage}, 200, true},
		{"drop", telegramtest.Fault{Effect: telegramtest.Drop}, 0, false},
		{"reset", telegramtest.Fault{Effect: telegramtest.Reset}, 0, false},
		{"hang", telegramtest.Fault{Effect: telegramtest.Hang}, 0, false},
		{"drop after", telegramtest.Fault{Effect: telegramtest.DropAfter}, 0, true},
		{"hang after", telegramtest.Fault{Effect: telegramtest.HangAfter}, 0, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			test.fault.Times = 1
			r.Inject(test.fault)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if test.fault.Effect == telegramtest.Hang || test.fault.Effect == telegramtest.HangAfter {
				go func() { // gives up as soon as the server has the request
					r.Wait(ctx, func() bool { return len(r.Calls("sendMessage")) == 1 })
					cancel()
				}()
			}
			a, err := r.try(ctx, "sendMessage", "chat_id", 41, "text", "een")
			if a.Status != test.status || (test.status == 0) != (err != nil) && test.status != 502 && test.name != "garbage" {
				t.Errorf("got %+v, %v, want status %d", a, err, test.status)
			}
			if reset := errors.Is(err, syscall.ECONNRESET); test.name == "reset" && !reset {
				t.Errorf("got %v, want a reset", err)
			}
			if test.name == "flood" && a.Parameters.RetryAfter != 7 {
				t.Errorf("got retry_after %d, want 7", a.Parameters.RetryAfter)
			}
			if got := r.anna.Last().Text == "een"; got != test.arrives {
				t.Errorf("arrived: %v, want %v", got, test.arrives)
			}
			r.send("twee") // it struck once
		})
	}
}

func TestDown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	done := make(chan error)
	go func() {
		_, err := r.try(t.Context(), "getUpdates", "timeout", 50)
		done <- err
	}()
	must(t, r.Wait(t.Context(), r.Polling))
	r.SetDown(true)
	if err := <-done; err == nil {
		t.Error("a poll goes on while the server is down")
	}
	if _, err := r.try(t.Context(), "getMe"); err == nil {
		t.Error("it answers while it is down")
	}
	must(t, r.anna.Write("hoi"))
	r.SetDown(false)
	if u := r.updates(); len(u) != 1 || u[0].Message.Text != "hoi" {
		t.Errorf("got %+v", u)
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Enforce(telegramtest.PublicLimits())
	for range 5 {
		r.send("a")
	}
	a := r.call("sendMessage", "chat_id", 41, "text", "b")
	if a.Status != 429 || a.Parameters.RetryAfter != 1 || a.Description != "Too Many Requests: retry after 1" {
		t.Errorf("the sixth at once: got %+v", a)
	}
	r.clock.Add(time.Second)
	r.send("b")
	r.Enforce(telegramtest.Limits{Account: 2})
	r.send("c")
	r.send("d")
	if a := r.call("sendMessage", "chat_id", 41, "text", "e"); a.Status != 429 {
		t.Errorf("the third in a second: got %+v", a)
	}
	r.Enforce(telegramtest.Limits{})
	for range 50 {
		r.send("f")
	}
}

func TestPush(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.Push("message", `{"message_id":"zeven","chat":[]}`)
	must(t, r.anna.Write("hoi"))
	a := r.call("getUpdates")
	if !strings.Contains(string(a.Result), `"message_id":"zeven"`) || !strings.Contains(string(a.Result), `"hoi"`) || id == 0 {
		t.Errorf("got %s", a.Result)
	}
}
