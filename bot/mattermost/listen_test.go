package mattermost_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"houvast/bot"
	"houvast/bot/mattermost"
	"houvast/bot/mattermost/mattermosttest"
)

// A bubble is a server and a listening door without a network, in which waiting
// takes no time.
type bubble struct {
	*host
	server *mattermosttest.Server
	door   *mattermost.Door
	keys   mattermosttest.Keys
	stop   func()
}

func newBubble(t *testing.T) *bubble {
	t.Helper()
	b := &bubble{host: newHost()}
	pipe := mattermosttest.NewPipe("mattermost.example")
	b.server = mattermosttest.New(time.Now)
	b.server.Serve(pipe)
	var err error
	if b.keys, err = b.server.Seed(town("http://houvast.example")); err != nil {
		t.Fatal(err)
	}
	b.door, err = mattermost.New(mattermost.Settings{
		URL: b.server.URL(), Token: b.keys.BotToken, Team: "voorbeeldstad", CommandToken: b.keys.CommandToken,
		Callback: "http://houvast.example", Key: bytes.Repeat([]byte("k"), 32), Receive: b.Receive, Now: time.Now, Random: rand.Reader,
		Dial: pipe.DialContext,
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bubble) listen(t *testing.T, since time.Time) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.door.Listen(ctx, since) }()
	b.stop = func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Listen ended with %v", err)
		}
	}
	synctest.Wait()
}

func (b *bubble) close() {
	b.stop()
	b.door.Close()
	b.server.Close()
}

func (b *bubble) post(t *testing.T, who, channel, words string) string {
	t.Helper()
	id, err := b.server.User(who).Post(channel, words)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return id
}

func TestPostsOfOthersAreHeardWithoutTheirWords(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t)
		b.listen(t, time.Time{})
		want(t, "connected", b.door.Health().Connected, true)
		root, err := b.door.Send(t.Context(), card(1, "Anna"))
		if err != nil {
			t.Fatal(err)
		}
		reply, err := b.server.User("samira").Reply(root, "kanarie")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.server.User("tom").Direct("houvast", "kanarie"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		all := b.all()
		want(t, "events", len(all), 2)
		want(t, "id", all[0].ID, "mattermost:"+reply)
		want(t, "user", all[0].User, "samira")
		want(t, "what", all[0].What.(bot.Posted), bot.Posted{Channel: "signalen-noord", Root: root})
		want(t, "direct", all[1].What.(bot.Posted).Channel, "@tom")
		b.close()
	})
}

func TestNothingIsMissedWhenTheSocketBreaksOrMattermostRestarts(t *testing.T) {
	t.Parallel()
	for name, breaks := range map[string]func(*mattermosttest.Server){
		"broken": func(s *mattermosttest.Server) { s.DropSockets() }, "restarted": func(s *mattermosttest.Server) { s.Restart() },
		"down": func(s *mattermosttest.Server) { s.Down(); s.Up() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBubble(t)
				b.listen(t, time.Time{})
				time.Sleep(time.Hour) // the bubble moves its clock
				b.post(t, "samira", "signalen-noord", "een")
				time.Sleep(3 * time.Hour) // the bubble moves its clock
				breaks(b.server)
				id := b.post(t, "tom", "signalen-zuid", "twee")
				time.Sleep(time.Minute) // the bubble moves its clock
				synctest.Wait()
				all := b.all()
				want(t, "events", len(all), 2)
				want(t, "the missed one", all[1].ID, "mattermost:"+id)
				want(t, "connected", b.door.Health().Connected, true)
				var since time.Time
				for _, r := range b.server.Requests() {
					if _, ms, ok := strings.Cut(r.Path, "&since="); ok {
						n, _ := strconv.ParseInt(ms, 10, 64)
						since = time.UnixMilli(n)
					}
				}
				if ago := all[0].At.Sub(since); ago > time.Minute {
					t.Errorf("read again what is %s older than what was heard", ago)
				}
				b.close()
			})
		})
	}
}

func TestAfterAStartWhatWasPostedMeanwhileIsHeard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t)
		b.post(t, "samira", "signalen-noord", "lang geleden")
		time.Sleep(time.Hour) // the bubble moves its clock
		stopped := time.Now()
		time.Sleep(time.Hour) // the bubble moves its clock
		first := b.post(t, "samira", "signalen-noord", "een")
		time.Sleep(time.Hour) // the bubble moves its clock
		second := b.post(t, "tom", "signalen-noord", "twee")
		b.listen(t, stopped)
		all := b.all()
		want(t, "events", len(all), 2)
		want(t, "first", all[0].ID, "mattermost:"+first)
		want(t, "second", all[1].ID, "mattermost:"+second)
		b.close()
	})
}

func TestAnEventThatWasNotKeptComesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t)
		full := true
		b.answers(func(bot.Event) (bot.Reply, error) {
			if full {
				return bot.Reply{}, errors.New("disk full")
			}
			return bot.Reply{}, nil
		})
		b.listen(t, time.Time{})
		b.post(t, "samira", "signalen-noord", "een")
		want(t, "kept", len(b.all()), 0)
		b.mu.Lock()
		full = false
		b.mu.Unlock()
		time.Sleep(2 * time.Minute) // the bubble moves its clock
		synctest.Wait()
		want(t, "kept", len(b.all()), 1)
		b.close()
	})
}

func TestARevokedTokenIsNoticedWithinAMinuteAndABit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t)
		b.listen(t, time.Time{})
		time.Sleep(10 * time.Minute) // the bubble moves its clock
		want(t, "connected", b.door.Health().Connected, true)
		b.server.Revoke(b.keys.BotToken)
		time.Sleep(65 * time.Second) // the bubble moves its clock
		synctest.Wait()
		h := b.door.Health()
		want(t, "connected", h.Connected, false)
		contains(t, "health", h.Problem, "HOUVAST_MATTERMOST_TOKEN")
		if strings.Contains(h.Problem, b.keys.BotToken) {
			t.Error("health shows the token")
		}
		before := len(b.server.Requests())
		time.Sleep(time.Hour) // the bubble moves its clock
		if n := len(b.server.Requests()) - before; n > 300 {
			t.Errorf("%d requests in an hour with a token that is refused", n)
		}
		b.close()
	})
}

func TestATokenRevokedJustAfterAStartIsNoticed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t)
		b.listen(t, time.Time{})
		b.server.Revoke(b.keys.BotToken)
		b.post(t, "samira", "signalen-noord", "hoor je mij")
		time.Sleep(10 * time.Second) // the bubble moves its clock
		synctest.Wait()
		h := b.door.Health()
		want(t, "connected", h.Connected, false)
		contains(t, "health", h.Problem, "HOUVAST_MATTERMOST_TOKEN")
		b.close()
	})
}

func TestWithoutAGreetingItIsNotConnected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t)
		lift := b.server.Inject(mattermosttest.Fault{Path: "/websocket", Hang: true})
		b.listen(t, time.Time{})
		time.Sleep(10 * time.Second) // the bubble moves its clock
		want(t, "connected without a handshake", b.door.Health().Connected, false)
		b.server.Mute(true)
		lift()
		time.Sleep(time.Minute) // the bubble moves its clock
		want(t, "connected without a hello", b.door.Health().Connected, false)
		b.server.Mute(false)
		time.Sleep(2 * time.Minute) // the bubble moves its clock
		synctest.Wait()
		want(t, "connected", b.door.Health().Connected, true)
		b.close()
	})
}

func TestACallbackIsAnsweredAlsoWhenTheHostHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		d, err := mattermost.New(mattermost.Settings{
			URL: "http://mattermost.example", Token: "t", Team: "t", CommandToken: "geheim", Callback: "http://houvast.example",
			Key: bytes.Repeat([]byte("k"), 32), Now: time.Now, Random: rand.Reader,
			Receive: func(context.Context, []bot.Event) ([]bot.Reply, error) { <-hang; return nil, errors.New("too late") },
		})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("POST", "/mattermost/command", strings.NewReader("token=geheim&user_name=samira&trigger_id=x"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		began := time.Now()
		d.Handler().ServeHTTP(w, r)
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("answered after %s", took)
		}
		want(t, "status", w.Code, 200)
		contains(t, "words", w.Body.String(), "Ik weet nog niet of dit gelukt is")
		close(hang)
	})
}

func TestWhatAPersonDidIsKeptWhenMattermostHangsUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gone, hangUp := context.WithCancel(t.Context())
		var kept error = errors.New("not asked")
		d, err := mattermost.New(mattermost.Settings{
			URL: "http://mattermost.example", Token: "t", Team: "t", CommandToken: "geheim", Callback: "http://houvast.example",
			Key: bytes.Repeat([]byte("k"), 32), Now: time.Now, Random: rand.Reader,
			Receive: func(ctx context.Context, _ []bot.Event) ([]bot.Reply, error) {
				hangUp()
				synctest.Wait()
				kept = ctx.Err()
				return []bot.Reply{{}}, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(gone, "POST", "/mattermost/command", strings.NewReader("token=geheim&user_name=samira&trigger_id=x"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		d.Handler().ServeHTTP(httptest.NewRecorder(), r)
		want(t, "error of the host's context", kept, nil)
	})
}

// The end of the host's work also ends the time that we wait for it: of the two,
// the answer counts. Told that nothing was done, a professional would do it twice.
func TestWhatWasDoneIsNeverToldToBeUndone(t *testing.T) {
	t.Parallel()
	d, err := mattermost.New(mattermost.Settings{
		URL: "http://mattermost.example", Token: "t", Team: "t", CommandToken: "geheim", Callback: "http://houvast.example",
		Key: bytes.Repeat([]byte("k"), 32), Now: time.Now, Random: rand.Reader,
		Receive: func(context.Context, []bot.Event) ([]bot.Reply, error) { return []bot.Reply{{Text: "Gedaan."}}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 20_000 {
		r := httptest.NewRequest("POST", "/mattermost/command", strings.NewReader("token=geheim&user_name=samira&trigger_id=x"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		d.Handler().ServeHTTP(w, r)
		if !strings.Contains(w.Body.String(), "Gedaan.") {
			t.Fatalf("words: %s", w.Body)
		}
	}
}
