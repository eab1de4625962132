package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"houvast/bot/mattermost/mattermosttest"
	"houvast/bot/telegram/telegramtest"
)

// Canaries stand for what people say, are called and hold secret: in texts,
// captions, names, dialogs, codes, tokens, and in what both servers say when they
// refuse. None of them is in the log, in the metrics, in /health or, in clear, in
// any file of the database.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()

	const chat = 7712345678901
	for _, log := range []string{"json", "text"} {
		t.Run(log, func(t *testing.T) {
			t.Parallel()

			s := newServing(t)
			s.env["HOUVAST_LOG"] = log
			s.start()
			s.until("health is green", func() bool { status, _ := s.health(); return status == http.StatusOK })
			code := s.leak(chat)
			key, err := os.ReadFile(s.env["HOUVAST_KEY_FILE"])
			if err != nil {
				t.Fatal(err)
			}
			canaries := []string{
				"kanarie", "Kanarie", "samira", strconv.Itoa(chat), code,
				s.env["HOUVAST_TELEGRAM_TOKEN"], "verzonnen-stad", s.env["HOUVAST_MATTERMOST_TOKEN"], s.env["HOUVAST_MATTERMOST_COMMAND_TOKEN"],
				regexp.MustCompile(`(?m)^[0-9a-f]{64}$`).FindString(string(key)),
			}
			_, health := s.get("/health")
			places := map[string]string{"the log": s.log.String(), "/health": health, "/metrics": s.metrics()}
			s.files(places)
			s.end()
			s.files(places)
			places["the log"] = s.log.String()
			for _, canary := range canaries {
				if len(canary) < 6 {
					t.Fatalf("%q is no canary", canary)
				}
				for place, text := range places {
					if at := strings.Index(text, canary); at >= 0 {
						t.Errorf("%s holds %q: ...%q...", place, canary, text[max(0, at-200):min(len(text), at+100)])
					}
				}
			}
			// The log does say that things went wrong, or this would prove nothing.
			for _, said := range []string{"message not sent", "telegram is not heard", "not ours", "mattermost is not connected"} {
				if !strings.Contains(places["the log"], said) {
					t.Errorf("the log does not say %q:\n%s", said, places["the log"])
				}
			}
		})
	}
}

// leak lets canaries come in wherever something comes in, and lets everything go
// wrong that can. It returns an invitation code.
func (s *serving) leak(chat int64) (code string) {
	t, ctx := s.t, s.t.Context()
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	samira := s.town.mattermost.User(inviter)
	// A dialog that does not open in time is asked for again, as people do.
	s.until("the invitation was filled in", func() bool {
		must(samira.Command(ctx, "/houvast uitnodigen", teamChannel))
		_, err := samira.Submit(ctx, map[string]string{
			"name": "Kanarina-kanarie", "wijk": "noord", "primary": "samira", "backup": "tom", "maatje": "joost", "welcome": "Lieve kanarie, welkom.",
		}, teamChannel)
		return err == nil
	})
	links := func() []string {
		for _, p := range s.town.mattermost.Direct(inviter, botUser) {
			if found := invitationLink.FindStringSubmatch(p.String()); found != nil && found[1] != code && strings.Contains(p.String(), "Kanarina") {
				return found
			}
		}
		return nil
	}
	s.until("the invitation arrived", func() bool { return links() != nil })
	code = links()[1]

	p := s.town.telegram.Person(chat, "Kanariegeel")
	must(p.Write("kanarie van een vreemde, ik wil dood"))
	must(p.Write("ZZZZZZZZZZZZZZZZKANARIE234"))
	must(p.Start(code))
	must(p.Write("een kanarie die dood wil"))
	must(p.EditLast("een andere kanarie"))
	must(p.Photo("kanarie op de foto", []byte("\xff\xd8\xff kanarie")))
	must(p.Voice(3, []byte("OggS kanarie")))
	// What no decoder knows, and what is not what it says it is.
	for i, odd := range []string{`"kanarie":{"kanarie":"kanarie"}`, `"chat_shared":"kanarie"`} {
		s.town.telegram.Push("message", fmt.Sprintf(`{"message_id":%d,"date":%d,"chat":{"id":%d,"type":"private"},"from":{"id":%d,"is_bot":false,"first_name":"Kanariegeel"},%s}`,
			9001+i, s.town.clock.now().Unix(), chat, chat, odd))
	}
	must(s.anna().Write("Het is moeilijk, kanarie"))
	must(s.anna().Write("ik maak er een eind aan, kanarie"))
	s.until("all was taken in", func() bool { return s.town.telegram.Pending() == 0 })
	_, err := samira.Post(teamChannel, "kanarie onder collega's")
	must(err)
	// Both servers refuse, with words and secrets in what they say.
	token := s.env["HOUVAST_TELEGRAM_TOKEN"]
	for _, f := range []telegramtest.Fault{
		{Method: "send*", Times: 2, Effect: telegramtest.Refuse, Code: 400, Text: "Bad Request: kanarie " + token},
		{Method: "send*", Times: 2, Effect: telegramtest.Refuse, Code: 500, Text: "kanarie " + token},
		{Method: "send*", Times: 1, Effect: telegramtest.Drop},
		{Method: "send*", Times: 1, Effect: telegramtest.Garbage},
		{Method: "getUpdates", Times: 1, Effect: telegramtest.Refuse, Code: 500, Text: "kanarie " + token},
		{Method: "getUpdates", Times: 1, Effect: telegramtest.Drop},
	} {
		s.town.telegram.Inject(f)
	}
	s.town.mattermost.Inject(mattermosttest.Fault{Method: "POST", Path: "/api/v4/posts", Status: 400, Times: 1})
	s.town.mattermost.Inject(mattermosttest.Fault{Method: "POST", Path: "/api/v4/posts", Cut: true, Times: 1})
	must(s.anna().Write("nog een kanarie, ik wil niet meer leven"))
	must(p.Write("kanarie, ik wil dood"))
	s.until("both refused", func() bool { return strings.Contains(s.log.String(), "message not sent") })
	if err := samira.Forge(ctx, teamChannel, s.town.settings.URL+"/mattermost/dialog", "kanarie", "kanarie", map[string]any{"kanarie": "kanarie"}); err == nil {
		t.Error("a forged dialog was taken")
	}
	for path, body := range map[string]string{
		"/mattermost/action": `{"user_name":"kanarie","context":{"action":"kanarie","sig":"kanarie"}}`, "/mattermost/dialog": `{"kanarie":`,
		"/mattermost/command": `token=kanarie&text=kanarie`, "/kanarie": "kanarie",
	} {
		resp, err := http.Post("http://"+s.address+path+"?kanarie=kanarie", "application/json", strings.NewReader(body))
		must(err)
		resp.Body.Close()
	}
	s.town.mattermost.Restart()
	s.until("the servers were missed", func() bool {
		return strings.Contains(s.log.String(), "telegram is not heard") && strings.Contains(s.log.String(), "mattermost is not connected")
	})
	s.until("all is well again", func() bool { status, _ := s.health(); return status == http.StatusOK })
	return code
}

// files adds every file of the database, as it lies on the disk.
func (s *serving) files(places map[string]string) {
	s.t.Helper()
	found, err := filepath.Glob(s.env["HOUVAST_DB"] + "*")
	if err != nil || len(found) == 0 {
		s.t.Fatalf("no files: %v", err)
	}
	for _, name := range found {
		if filepath.Ext(name) == ".sock" {
			continue
		}
		content, err := os.ReadFile(name)
		if err != nil && !os.IsNotExist(err) {
			s.t.Fatal(err)
		}
		if len(content) > len(places[filepath.Base(name)]) {
			places[filepath.Base(name)] = string(content)
		}
	}
}
