package mattermost_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"houvast/bot"
	"houvast/bot/mattermost"
	"houvast/bot/mattermost/mattermosttest"
)

func text(id int64, place, words string) bot.Message {
	return bot.Message{ID: id, To: bot.Address{Door: bot.Mattermost, Place: place}, Lane: bot.LaneAnswer, Body: bot.Body{Text: words}}
}

func TestWhatMattermostSaysDecidesWhatBecomesOfAMessage(t *testing.T) {
	t.Parallel()
	posting := func(f mattermosttest.Fault) func(*house) {
		f.Method, f.Path = "POST", "/api/v4/posts"
		return func(h *house) { h.server.Inject(f) }
	}
	tests := []struct {
		name, place string
		do          func(*house)
		class       bot.SendClass
		after       time.Duration
	}{
		{"unreadable answer", "signalen-noord", posting(mattermosttest.Fault{Status: 502}), bot.SendUnknown, 0},
		{"error of the server", "signalen-noord", posting(mattermosttest.Fault{Status: 500}), bot.SendUnknown, 0},
		{"no answer", "signalen-noord", posting(mattermosttest.Fault{Cut: true}), bot.SendUnknown, 0},
		{"no answer, but done", "signalen-noord", posting(mattermosttest.Fault{CutAfter: true}), bot.SendUnknown, 0},
		{"too fast", "signalen-noord", posting(mattermosttest.Fault{Status: 429, RetryAfter: 7 * time.Second}), bot.SendSlow, 7 * time.Second},
		{"too fast, without how long", "signalen-noord", posting(mattermosttest.Fault{Status: 429}), bot.SendSlow, time.Second},
		{"never", "signalen-noord", posting(mattermosttest.Fault{Status: 400}), bot.SendRefused, 0},
		{"a licence is needed", "signalen-noord", posting(mattermosttest.Fault{Status: 501}), bot.SendRefused, 0},
		{"token revoked", "signalen-noord", func(h *house) { h.server.Revoke(h.keys.BotToken) }, bot.SendForbidden, 0},
		{"no such channel", "bestaat-niet", func(*house) {}, bot.SendRetry, 15 * time.Second},
		{"public channel", "plein", func(*house) {}, bot.SendRetry, 15 * time.Second},
		{"bot not in the channel", "signalen-noord", func(h *house) { h.server.Leave("signalen-noord", "houvast") }, bot.SendRetry, 15 * time.Second},
		{"nobody of that name", "@niemand", func(*house) {}, bot.SendBlocked, 0},
		{"looking up fails", "signalen-noord", func(h *house) { h.server.Inject(mattermosttest.Fault{Path: "/channels/name", Status: 503}) }, bot.SendRetry, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			tt.do(h)
			_, err := h.door.Send(t.Context(), text(1, tt.place, "kanarie"))
			var said *bot.SendError
			if !errors.As(err, &said) {
				t.Fatalf("error %v", err)
			}
			want(t, "class", said.Class, tt.class)
			want(t, "after", said.After, tt.after)
			for _, secret := range []string{h.keys.BotToken, "kanarie", "signalen", "niemand", "127.0.0.1", "/api/"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error holds %q: %v", secret, err)
				}
			}
		})
	}
}

func TestAServerThatIsNotThereHasSurelyNotGotIt(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	away := "http://" + l.Addr().String()
	l.Close()
	h := newHouse(t, func(s *mattermost.Settings) { s.URL = away })
	_, err = h.door.Send(t.Context(), text(1, "signalen-noord", "x"))
	var said *bot.SendError
	if !errors.As(err, &said) || said.Class != bot.SendRetry {
		t.Errorf("error %v", err)
	}
	contains(t, "health", h.door.Health().Problem, "antwoordt niet")

	// Also when it went away after the channel was found.
	h = newHouse(t)
	h.send(t, text(1, "signalen-noord", "x"))
	h.server.Close()
	h.door.Close() // a connection that is still open says too late that nobody is there
	_, err = h.door.Send(t.Context(), text(2, "signalen-noord", "x"))
	if !errors.As(err, &said) || said.Class != bot.SendRetry {
		t.Errorf("later: error %v", err)
	}
}

func TestAPostOfSomebodyElseIsNeverTakenForOurs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.send(t, card(1, "Anna"))
	// What names our post is there for all to read, and to copy.
	props := h.server.Posts("signalen-noord")[0].Props
	copied, _ := json.Marshal(map[string]any{"channel_id": channelID(h, "tom", "signalen-noord"), "message": "ik ben de bot", "props": props})
	r, _ := http.NewRequestWithContext(t.Context(), "POST", h.server.URL()+"/api/v4/posts", bytes.NewReader(copied))
	r.Header.Set("Authorization", "Bearer "+h.server.Token("tom"))
	resp, err := http.DefaultClient.Do(r)
	if err != nil || resp.StatusCode != 201 {
		t.Fatalf("%v, %v", resp, err)
	}
	resp.Body.Close()
	h.server.User("baas").Delete(h.server.Posts("signalen-noord")[0].ID)
	h.server.Inject(mattermosttest.Fault{Method: "POST", Path: "/api/v4/posts", Cut: true, Times: 1})
	if _, err := h.door.Send(t.Context(), card(2, "Anna")); err == nil {
		t.Fatal("no error")
	}
	id := h.send(t, card(3, "Anna"))
	p, _ := h.server.Find(id)
	want(t, "author", p.Author, "houvast")
}

func channelID(h *house, who, name string) string {
	for _, c := range h.server.Channels(who) {
		if c.Name == name {
			return c.ID
		}
	}
	return ""
}

func TestAMessageThatMayHaveArrivedIsNotSaidTwice(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(*house){
		"at once":                   func(h *house) { h.clock.move(time.Second) },
		"after an hour":             func(h *house) { h.clock.move(time.Hour) },
		"after a restart of theirs": func(h *house) { h.server.Restart() },
		"after a restart of ours":   func(h *house) { h.clock.move(time.Minute); h.door = h.newDoor(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			m := card(1, "Anna")
			m.First = h.clock.Now()
			h.server.Inject(mattermosttest.Fault{Method: "POST", Path: "/api/v4/posts", CutAfter: true, Times: 1})
			if _, err := h.door.Send(t.Context(), m); err == nil {
				t.Fatal("no error")
			}
			meanwhile(h)
			m.Attempts, m.Ambiguous = 1, 1
			id := h.send(t, m)
			posts := h.server.Posts("signalen-noord")
			if len(posts) != 1 || posts[0].ID != id {
				t.Errorf("%d posts, the first %v; sent %s", len(posts), posts[0].ID, id)
			}
			if err := h.server.User("samira").PressPost(t.Context(), id, "Ik pak dit op"); err != nil {
				t.Errorf("its button is dead: %v", err)
			}
		})
	}
}

func TestMattermostItselfKnowsAMessageAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.send(t, text(1, "signalen-noord", "hoi"))
	h.clock.move(20 * time.Second)
	want(t, "the same row again", h.send(t, text(1, "signalen-noord", "hoi")), first)
	if h.send(t, text(2, "signalen-noord", "hoi")) == first {
		t.Error("another row must be another post")
	}
}

func TestAMessageThatDidNotArriveIsSaid(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := text(1, "signalen-noord", "hoi")
	m.First = h.clock.Now()
	h.server.Inject(mattermosttest.Fault{Method: "POST", Path: "/api/v4/posts", Cut: true, Times: 1})
	if _, err := h.door.Send(t.Context(), m); err == nil {
		t.Fatal("no error")
	}
	h.clock.move(time.Hour)
	m.Attempts, m.Ambiguous = 1, 1
	h.send(t, m)
	want(t, "posts", len(h.server.Posts("signalen-noord")), 1)

	other := text(2, "signalen-noord", "hoi")
	h.send(t, other)
	want(t, "another message with the same words", len(h.server.Posts("signalen-noord")), 2)
}

func TestANewerMessageOfASlotEditsWhatMayHaveArrived(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.server.Inject(mattermosttest.Fault{Method: "POST", Path: "/api/v4/posts", CutAfter: true, Times: 1})
	if _, err := h.door.Send(t.Context(), card(1, "Anna")); err == nil {
		t.Fatal("no error")
	}
	h.clock.move(time.Minute)
	h.send(t, card(2, "Anna, opgepakt"))
	posts := h.server.Posts("signalen-noord")
	want(t, "posts", len(posts), 1)
	want(t, "title", posts[0].Cards[0].Title, "🟠 Anna, opgepakt")
	h.send(t, card(3, "Anna, nog een keer"))
	want(t, "a later one without a remote is new", len(h.server.Posts("signalen-noord")), 2)
}

func TestACardThatMovesToAnotherChannelIsPostedThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := card(1, "Anna")
	m.Remote = h.send(t, m)
	h.door = h.newDoor(t) // as after a restart
	m.ID, m.To.Place = 2, "signalen-zuid"
	moved := h.send(t, m)
	p, _ := h.server.Find(moved)
	want(t, "channel", p.Channel, "signalen-zuid")
	old := h.server.Posts("signalen-noord")[0]
	want(t, "old buttons", len(old.Buttons()), 0)
	contains(t, "old words", old.Text, "ander kanaal")
	if err := h.server.User("tom").PressPost(t.Context(), moved, "Ik pak dit op"); err != nil {
		t.Fatal(err)
	}
	want(t, "pressed in", h.last(t).What.(bot.Acted).Channel, "signalen-zuid")
}

func TestNothingToShowIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, err := h.door.Send(t.Context(), text(1, "signalen-noord", ""))
	var said *bot.SendError
	if !errors.As(err, &said) || said.Class != bot.SendRefused {
		t.Errorf("error %v", err)
	}
}

func TestDirectMessagesAndLongOnes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.send(t, text(1, "@samira", "Alleen voor jou"))
	h.send(t, text(2, "@samira", strings.Repeat("é", 20000)))
	direct := h.server.Direct("samira", "houvast")
	want(t, "direct posts", len(direct), 2)
	want(t, "words", direct[0].Text, "Alleen voor jou")
	want(t, "length", len([]rune(direct[1].Text)), 16383)
	contains(t, "the end", direct[1].Text[len(direct[1].Text)-60:], "Er is meer")
}

func TestAPublicChannelIsUsedOnceItIsPrivate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if _, err := h.door.Send(t.Context(), card(1, "Anna")); err != nil {
		t.Fatal(err)
	}
	m := text(2, "plein", "hoi")
	if _, err := h.door.Send(t.Context(), m); err == nil {
		t.Fatal("a card in a public channel")
	}
	contains(t, "health", h.door.Health().Problem, `"plein" is openbaar`)
	h.send(t, card(1, "Anna")) // does not make it right
	contains(t, "health", h.door.Health().Problem, `"plein" is openbaar`)
	h.server.SetPublic("plein", false)
	h.send(t, m)
	want(t, "posts", len(h.server.Posts("plein")), 1)
	want(t, "health", h.door.Health().Problem, "")
}

func TestFilesComeOverFromTheOtherDoor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.files["AwACAg"] = "OggS..."
	m := text(1, "signalen-noord", "Anna deelt dit:")
	m.Body.Media = &bot.Media{Door: bot.Telegram, Ref: "AwACAg", Kind: "voice", Seconds: 4}
	h.send(t, m)
	want(t, "asked", h.asked[0], "telegram AwACAg")
	f := h.server.Posts("signalen-noord")[0].Files[0]
	want(t, "name", f.Name, "spraakbericht.ogg")
	want(t, "content", string(f.Content), "OggS...")

	in, err := h.door.Fetch(t.Context(), f.ID)
	if err != nil {
		t.Fatal(err)
	}
	content, _ := io.ReadAll(in)
	in.Close()
	want(t, "fetched", string(content), "OggS...")

	var said *bot.SendError
	for _, ref := range []string{"../users/me", "yyyyyyyyyyyyyyyyyyyyyyyyyy", ""} {
		if _, err := h.door.Fetch(t.Context(), ref); !errors.As(err, &said) || said.Class != bot.SendRefused {
			t.Errorf("fetch %q: %v", ref, err)
		}
	}
}

func TestWordsDoNotWaitForAFileForEver(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := text(1, "signalen-noord", "Anna deelt dit:")
	m.Body.Media = &bot.Media{Door: bot.Telegram, Ref: "weg", Kind: "photo"}
	_, err := h.door.Send(t.Context(), m)
	var said *bot.SendError
	if !errors.As(err, &said) || said.Class != bot.SendRetry || strings.Contains(err.Error(), "SECRET") {
		t.Fatalf("first attempt: %v", err)
	}
	m.Attempts = 3
	h.send(t, m)
	contains(t, "words", h.server.Posts("signalen-noord")[0].Text, "Anna deelt dit:\n(Hier hoort een bestand bij.")

	h.files["groot"] = strings.Repeat("x", 26<<20)
	m = text(2, "signalen-noord", "groot")
	m.Body.Media = &bot.Media{Door: bot.Telegram, Ref: "groot", Kind: "video"}
	h.send(t, m)
	want(t, "files", len(h.server.Posts("signalen-noord")[1].Files), 0)
}
