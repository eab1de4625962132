package mattermost_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"houvast/bot"
	"houvast/bot/mattermost"
	"houvast/bot/mattermost/mattermosttest"
)

// alone returns a door that reaches nobody, and a count of what it lets in.
func alone(tb testing.TB) (http.Handler, *int) {
	tb.Helper()
	n := 0
	d, err := mattermost.New(mattermost.Settings{
		URL: "http://mattermost.example", Token: "token", Team: "t", CommandToken: "geheim", Callback: "http://houvast.example",
		Key: bytes.Repeat([]byte("k"), 32), Now: time.Now, Random: rand.Reader,
		Receive: func(_ context.Context, events []bot.Event) ([]bot.Reply, error) {
			n += len(events)
			return make([]bot.Reply, len(events)), nil
		},
		Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no network") },
	})
	if err != nil {
		tb.Fatal(err)
	}
	return d.Handler(), &n
}

// knock sends a body and checks what must hold for every answer.
func knock(t *testing.T, h http.Handler, path, kind string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, bytes.NewReader(body))
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code >= 500 {
		t.Errorf("%s answered %d", path, w.Code)
	}
	if w.Code == 200 && !json.Valid(w.Body.Bytes()) {
		t.Errorf("%s answered what is not JSON: %q", path, w.Body)
	}
	return w
}

func FuzzAction(f *testing.F) {
	f.Add([]byte(`{"user_name":"samira","channel_id":"c","post_id":"p","trigger_id":"t","context":{"action":"take","subject":"17","channel":"c","sig":"00"}}`))
	f.Add([]byte(`{"context":{"probe":"x","sig":"y"}}`))
	f.Add([]byte(`{"context":null}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		h, n := alone(t)
		knock(t, h, "/mattermost/action", "application/json", body)
		if *n != 0 {
			t.Error("an unsigned press was let in")
		}
	})
}

func FuzzDialog(f *testing.F) {
	f.Add([]byte(`{"callback_id":"answer","state":"e30.AAAA","user_id":"u","submission":{"text":"hoi","n":1,"b":true,"x":null}}`))
	f.Add([]byte(`{"state":".","cancelled":true}`))
	f.Add([]byte(`{"submission":[]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		h, n := alone(t)
		knock(t, h, "/mattermost/dialog", "application/json", body)
		if *n != 0 {
			t.Error("an unsigned dialog was let in")
		}
	})
}

func FuzzCommand(f *testing.F) {
	f.Add([]byte("token=geheim&user_name=samira&trigger_id=t&text=uitnodigen"))
	f.Add([]byte("token=geheim&token=x&user_name=%00&trigger_id=t"))
	f.Add([]byte("token=GEHEIM"))
	f.Add([]byte("%"))
	f.Fuzz(func(t *testing.T, body []byte) {
		h, n := alone(t)
		w := knock(t, h, "/mattermost/command", "application/x-www-form-urlencoded", body)
		form, err := url.ParseQuery(string(body))
		if *n != 0 && (err != nil || form.Get("token") != "geheim") {
			t.Error("a command without our token was let in")
		}
		if w.Code == 200 && *n != 1 {
			t.Error("a command was answered and not handed on")
		}
		if strings.Contains(w.Body.String(), "geheim") {
			t.Error("the answer shows the token")
		}
	})
}

// Whatever comes over the socket, the next thing that a professional writes is
// heard.
func FuzzSocket(f *testing.F) {
	ids := mattermosttest.New(time.Now)
	if _, err := ids.Seed(town("http://houvast.example")); err != nil {
		f.Fatal(err)
	}
	person, channel := ids.ID("samira"), ids.ID("signalen-noord")
	ids.Close()
	post := func(text string) []byte {
		event, err := json.Marshal(map[string]any{"event": "posted", "data": map[string]any{"post": text}, "broadcast": map[string]any{"channel_id": channel}, "seq": 1})
		if err != nil {
			f.Fatal(err)
		}
		return event
	}
	f.Add(post(`{"id":"p","user_id":"` + person + `","channel_id":"` + channel + `","create_at":1772442000000,"message":"hoi"}`))
	f.Add(post(`{"id":"p","user_id":"niemand","channel_id":"` + channel + `","create_at":9223372036854775807}`))
	f.Add(post(`{"id":"p","user_id":"` + person + `","channel_id":"nergens","create_at":-1,"type":"system_join_channel"}`))
	for _, seed := range []string{
		`{"event":"posted","data":{"post":"{"},"broadcast":{},"seq":1}`, `{"event":"posted","data":{"post":7}}`, `{"event":"posted"}`,
		`{"event":"hello","data":{"connection_id":"x"},"broadcast":{},"seq":0}`, `{"event":"channel_updated","seq":9}`,
		`{"event":"channel_deleted","data":{"channel_id":"` + channel + `"},"broadcast":{"channel_id":"x"},"seq":-4}`,
		`{"event":"channel_converted","data":null,"broadcast":null}`, `{"status":"FAIL","error":{"message":"x"},"seq_reply":1}`,
		`{"status":"OK","seq_reply":1}`, `{"event":7}`, `[]`, `null`, `{`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		synctest.Test(t, func(t *testing.T) {
			b := newBubble(t)
			b.listen(t, time.Time{})
			b.server.Push(text)
			synctest.Wait()
			id := b.post(t, "tom", "signalen-noord", "kanariewoorden")
			time.Sleep(5 * time.Minute) // the bubble moves its clock
			synctest.Wait()
			heard := false
			for _, e := range b.all() {
				if e.Door != bot.Mattermost || !strings.HasPrefix(e.ID, "mattermost:") || strings.Contains(fmt.Sprint(e), "kanariewoorden") {
					t.Errorf("got %+v", e)
				}
				heard = heard || e.ID == "mattermost:"+id
			}
			if !heard {
				t.Error("what came next was not heard")
			}
			if !b.door.Health().Connected {
				t.Error("not connected any more")
			}
			b.close()
		})
	})
}
