package mattermost_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"

	"houvast/bot"
	"houvast/bot/mattermost/mattermosttest"
)

// A partner is a Mattermost to try the door at: ours, or a real one.
type partner struct {
	url, admin string
	people     func(t *testing.T, names []string)
	restart    func(t *testing.T) // ends the server and starts it again on what it had stored
}

// withBoth runs f at our pretend server, and at a real one if there is one.
func withBoth(t *testing.T, f func(*testing.T, *partner)) {
	t.Helper()
	t.Run("ours", func(t *testing.T) {
		t.Parallel()
		f(t, ownPartner(t))
	})
	t.Run("real", func(t *testing.T) {
		t.Parallel()
		f(t, realPartner(t))
	})
}

func ownPartner(t *testing.T) *partner {
	t.Helper()
	s := mattermosttest.New(time.Now)
	t.Cleanup(s.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Serve(l)
	seed := func(t *testing.T, people ...mattermosttest.Account) {
		t.Helper()
		if _, err := s.Seed(mattermosttest.Town{Team: "leeg", People: people}); err != nil {
			t.Fatal(err)
		}
	}
	seed(t, mattermosttest.Account{Name: "baas", Admin: true})
	return &partner{
		url: s.URL(), admin: s.Token("baas"),
		people: func(t *testing.T, names []string) {
			t.Helper()
			for _, n := range names {
				seed(t, mattermosttest.Account{Name: n})
			}
		},
		restart: func(*testing.T) {
			s.Down()
			s.Up()
		},
	}
}

// realPartner returns the server that these variables name; .ci/mattermost
// starts one and sets them.
//
//	HOUVAST_TEST_MATTERMOST_URL      its address; it must allow callbacks to 127.0.0.1
//	HOUVAST_TEST_MATTERMOST_ADMIN    a token of an administrator
//	HOUVAST_TEST_MATTERMOST_RESTART  a file: when it is made, the server is
//	                                 started again, and then a file with "ed"
//	                                 behind its name is made
func realPartner(t *testing.T) *partner {
	t.Helper()
	url, token := os.Getenv("HOUVAST_TEST_MATTERMOST_URL"), os.Getenv("HOUVAST_TEST_MATTERMOST_ADMIN")
	if url == "" {
		t.Skip("HOUVAST_TEST_MATTERMOST_URL names no server") // .ci/mattermost starts one
	}
	admin := model.NewAPIv4Client(url)
	admin.SetToken(token)
	return &partner{
		url: url, admin: token,
		people: func(t *testing.T, names []string) {
			t.Helper()
			for _, n := range names {
				u := &model.User{Username: n, Email: n + "@voorbeeld.example", Password: password}
				if _, _, err := admin.CreateUser(t.Context(), u); err != nil {
					t.Fatal(err)
				}
			}
		},
		restart: func(t *testing.T) {
			t.Helper()
			ask := os.Getenv("HOUVAST_TEST_MATTERMOST_RESTART")
			if ask == "" {
				t.Fatal("HOUVAST_TEST_MATTERMOST_RESTART names no file")
			}
			if err := os.WriteFile(ask, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			eventually(t, time.Minute, "the server started again", func() bool {
				_, err := os.Stat(ask + "ed")
				return err == nil
			})
			if err := os.Remove(ask + "ed"); err != nil {
				t.Fatal(err)
			}
		},
	}
}

// eventually looks ten times a second whether something outside of us has come
// true: a server in another process tells us nothing by itself.
func eventually(t *testing.T, within time.Duration, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	end := time.After(within)
	for !is() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}

// listen lets the door listen until the test ends.
func (s *site) listen(t *testing.T, since time.Time) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.door.Listen(ctx, since) }()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	eventually(t, 30*time.Second, "connected", func() bool { return s.door.Health().Connected })
}

// tryReplay sends again what Mattermost sent, and lends it to another's button.
func (s *site) tryReplay(t *testing.T, ctx context.Context, postID string) {
	t.Helper()
	if _, err := s.samira.DoPostAction(ctx, postID, "take"); err != nil {
		t.Fatal(err)
	}
	s.event(t)
	body := s.heardLast()
	again, events, forged := s.repeats(), len(s.all()), s.door.Health().Forged
	resp, err := http.Post(s.hook.URL+"/mattermost/action", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	want(t, "a replayed press: repeats", s.repeats(), again+1)

	var said struct{ Context map[string]any }
	if err := json.Unmarshal(body, &said); err != nil {
		t.Fatal(err)
	}
	planted := &model.Post{ChannelId: s.noord, Message: "taart"}
	planted.AddProp("attachments", []*model.MessageAttachment{{Actions: []*model.PostAction{{Id: "x", Type: "button", Name: "Ja",
		Integration: &model.PostActionIntegration{URL: s.hook.URL + "/mattermost/action", Context: said.Context}}}}})
	planted = must[*model.Post](t)(s.tom.CreatePost(ctx, planted))
	if _, err := s.samira.DoPostAction(ctx, planted.Id, "x"); err != nil {
		t.Errorf("a press on a stolen signature must get words: %v", err)
	}
	want(t, "a stolen signature: forged", s.door.Health().Forged, forged+1)
	want(t, "a stolen signature: events", len(s.all()), events)
}

// heardLast returns the body of the newest callback.
func (s *site) heardLast() []byte {
	s.hear.Lock()
	defer s.hear.Unlock()
	return slices.Clone(s.body)
}

func (h *host) repeats() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.again
}

// tryFiles carries a file of a professional's into the house.
func (s *site) tryFiles(t *testing.T, ctx context.Context) {
	t.Helper()
	c, _, err := s.samira.UploadFile(ctx, []byte("%PDF-verzonnen"), s.noord, "uitleg.pdf")
	if err != nil {
		t.Fatal(err)
	}
	id := c.FileInfos[0].Id
	must[*model.Post](t)(s.samira.CreatePost(ctx, &model.Post{ChannelId: s.noord, Message: "hier", FileIds: []string{id}}))
	in, err := s.door.Fetch(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(in)
	in.Close()
	want(t, "a professional's file", string(got), "%PDF-verzonnen")
	if err != nil {
		t.Error(err)
	}
	var said *bot.SendError
	if _, err := s.door.Fetch(ctx, model.NewId()); !errors.As(err, &said) || said.Class != bot.SendRefused {
		t.Errorf("a file that is not there: %v", err)
	}
}

// A burst is what a bad hour of a whole town would be.
const burst = 1000

// TestTheRealServerAndOursAgreeOnABurst posts a thousand cards at once: each
// stands there once, and each has buttons that work.
func TestTheRealServerAndOursAgreeOnABurst(t *testing.T) {
	t.Parallel()
	withBoth(t, func(t *testing.T, p *partner) {
		s := newSite(t, p)
		began := time.Now()
		ids := make([]string, burst)
		work := make(chan int)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for i := range work {
					m := s.card(int64(1000 + i))
					m.Slot, m.Body.Card.Title = fmt.Sprintf("signal:%d:card", 1000+i), fmt.Sprintf("Bewoner %d", i)
					id, err := s.door.Send(t.Context(), m)
					if err != nil {
						t.Errorf("card %d: %v", i, err)
					}
					ids[i] = id
				}
			})
		}
		for i := range burst {
			work <- i
		}
		close(work)
		wg.Wait()
		took := time.Since(began)

		standing := map[string]int{}
		for page := 0; ; page++ {
			list := must[*model.PostList](t)(s.admin.GetPostsForChannel(t.Context(), s.noord, page, 200, "", false, false))
			for _, id := range list.Order {
				if strings.HasPrefix(list.Posts[id].Type, "system_") {
					continue
				}
				standing[id]++
			}
			if len(list.Order) < 200 {
				break
			}
		}
		want(t, "cards that stand there", len(standing), burst)
		for i, id := range ids {
			if standing[id] != 1 {
				t.Errorf("card %d stands there %d times", i, standing[id])
			}
		}
		for _, i := range []int{0, burst / 2, burst - 1} {
			if _, err := s.samira.DoPostAction(t.Context(), ids[i], "take"); err != nil {
				t.Errorf("card %d: %v", i, err)
			}
			s.event(t)
		}
		t.Logf("%d cards in %v, %.0f a second", burst, took.Round(time.Millisecond), burst/took.Seconds())
	})
}

// TestTheRealServerAndOursAgreeOnARestart runs after all that are parallel, for
// nobody else has a server while it restarts.
func TestTheRealServerAndOursAgreeOnARestart(t *testing.T) {
	try := func(t *testing.T, p *partner) {
		ctx := t.Context()
		s := newSite(t, p)
		m := s.card(1)
		var err error
		if m.Remote, err = s.door.Send(ctx, m); err != nil {
			t.Fatal(err)
		}
		s.listen(t, time.Now())
		before := must[*model.Post](t)(s.tom.CreatePost(ctx, &model.Post{ChannelId: s.noord, Message: "ervoor"}))
		s.hearPost(t, before.Id)
		// We hear nothing while we are cut off; tom writes as soon as he can.
		p.restart(t)
		http.DefaultClient.CloseIdleConnections() // of people's clients, which would meet the old server's end
		missed := must[*model.Post](t)(s.tom.CreatePost(ctx, &model.Post{ChannelId: s.noord, Message: "gemist"}))
		s.hearPost(t, missed.Id)
		eventually(t, 30*time.Second, "connected again", func() bool { return s.door.Health().Connected })
		live := must[*model.Post](t)(s.tom.CreatePost(ctx, &model.Post{ChannelId: s.noord, Message: "erna"}))
		s.hearPost(t, live.Id)
		// The card of before still works, and can be made anew.
		if _, err := s.samira.DoPostAction(ctx, m.Remote, "take"); err != nil {
			t.Errorf("a press after the restart: %v", err)
		}
		m.ID, m.Body.Card.Title = 2, "Anna, opgepakt"
		var id string
		eventually(t, 10*time.Second, "the card was made anew", func() bool {
			id, err = s.door.Send(ctx, m) // again, as the host does: a connection of before may still lie about
			return err == nil
		})
		want(t, "edited after the restart", id, m.Remote)
		if _, err := s.tom.DoPostAction(ctx, m.Remote, "answer"); err != nil {
			t.Errorf("a press on the edited card: %v", err)
		}
	}
	t.Run("ours", func(t *testing.T) { try(t, ownPartner(t)) })
	t.Run("real", func(t *testing.T) { try(t, realPartner(t)) })
}

// hearPost waits until the host has heard of a post.
func (s *site) hearPost(t *testing.T, id string) {
	t.Helper()
	eventually(t, 30*time.Second, "post "+id+" heard", func() bool {
		return slices.ContainsFunc(s.all(), func(e bot.Event) bool { return e.ID == "mattermost:"+id })
	})
}

// TestTheRealServerAndOursAgreeOnARevokedToken waits for a minute of the world
// at a real server; at ours the same is seen in a bubble, where a minute takes no
// time: TestARevokedTokenIsNoticedWithinAMinuteAndABit and the test below it. A
// socket that is older than five seconds is left open, and silent; a young one
// ends without a word.
func TestTheRealServerAndOursAgreeOnARevokedToken(t *testing.T) {
	t.Parallel()
	for name, age := range map[string]time.Duration{"old": 6 * time.Second, "young": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, realPartner(t))
			s.listen(t, time.Now())
			old := time.Now().Add(age)
			eventually(t, time.Minute, "the socket is old enough", func() bool { return time.Now().After(old) })
			tokens := must[[]*model.UserAccessToken](t)(s.admin.GetUserAccessTokensForUser(t.Context(), botID(t, s), 0, 10))
			if _, err := s.admin.RevokeUserAccessToken(t.Context(), tokens[0].Id); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			must[*model.Post](t)(s.tom.CreatePost(t.Context(), &model.Post{ChannelId: s.noord, Message: "hoor je mij"}))
			eventually(t, 2*time.Minute, "health says that the token is not accepted", func() bool {
				h := s.door.Health()
				return !h.Connected && strings.Contains(h.Problem, "HOUVAST_MATTERMOST_TOKEN")
			})
			t.Logf("noticed after %v", time.Since(began).Round(time.Second))
		})
	}
}

// TestTheRealServerAndOursAgreeOnOurRestart builds a card anew from what we
// know, with a door that never saw it.
func TestTheRealServerAndOursAgreeOnOurRestart(t *testing.T) {
	t.Parallel()
	withBoth(t, func(t *testing.T, p *partner) {
		ctx := t.Context()
		s := newSite(t, p)
		m := s.card(1)
		var err error
		if m.Remote, err = s.door.Send(ctx, m); err != nil {
			t.Fatal(err)
		}
		s.door.Close()
		s.door = s.newDoor(t)
		s.serve(s.door)
		if _, err := s.samira.DoPostAction(ctx, m.Remote, "take"); err != nil {
			t.Fatalf("a button from before our restart: %v", err)
		}
		want(t, "what", s.event(t).What.(bot.Acted), bot.Acted{Action: "take", Channel: "noord", Post: m.Remote})
		m.ID, m.Body.Card.Title = 2, "Anna, opgepakt"
		id, err := s.door.Send(ctx, m)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "the same post", id, m.Remote)
		if _, err := s.tom.DoPostAction(ctx, m.Remote, "answer"); err != nil {
			t.Fatalf("a button of the card that was made anew: %v", err)
		}
		want(t, "what", s.event(t).What.(bot.Acted), bot.Acted{Action: "answer", Channel: "noord", Post: m.Remote})
	})
}
