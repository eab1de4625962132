package mattermosttest_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/mattermost/mattermost/server/public/model"

	"houvast/bot/mattermost/mattermosttest"
)

// In a bubble the test ends only if every goroutine does: this is also the test
// that Close leaves nothing behind.
func TestWithoutANetworkAndWithoutLeaks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bot := mattermosttest.NewPipe("bot.example")
		pressed := 0
		hook := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { pressed++ })}
		go hook.Serve(bot)
		pipe := mattermosttest.NewPipe("mattermost.example")
		s := mattermosttest.New(time.Now, mattermosttest.WithTransport(bot.Transport()))
		s.Serve(pipe)
		keys, err := s.Seed(mattermosttest.Town{Team: "voorbeeldstad", People: []mattermosttest.Account{{Name: "samira"}},
			Channels: []mattermosttest.Room{{Name: "noord", Members: []string{"samira"}}}, Bot: "houvast", Command: "houvast", URL: "http://bot.example"})
		if err != nil {
			t.Fatal(err)
		}
		client := model.NewAPIv4Client(s.URL())
		client.HTTPClient.Transport = pipe.Transport()
		client.SetToken(keys.BotToken)
		if _, _, err := client.GetMe(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		socket, err := model.NewReliableWebSocketClientWithDialer(&websocket.Dialer{NetDialContext: pipe.DialContext}, "ws://mattermost.example", keys.BotToken, "", 0, true)
		if err != nil {
			t.Fatal(err)
		}
		socket.Listen()
		want(t, "hello", (<-socket.EventChannel).EventType(), model.WebsocketEventHello)
		if err := s.User("samira").Command(t.Context(), "/houvast"); err != nil {
			t.Fatal(err)
		}
		want(t, "callbacks", pressed, 1)

		// An hour of pings: the client must never think that the server is gone.
		time.Sleep(time.Hour)
		select {
		case <-socket.PingTimeoutChannel:
			t.Error("the pings stopped")
		default:
		}
		changed := s.Changed()
		if _, err := s.User("samira").Post("noord", "hoi"); err != nil {
			t.Fatal(err)
		}
		<-changed
		want(t, "event", (<-socket.EventChannel).EventType(), model.WebsocketEventPosted)

		s.Close()
		s.Close()
		<-s.Changed()
		for range socket.EventChannel {
		}
		client.HTTPClient.CloseIdleConnections()
		hook.Close()
	})
}
