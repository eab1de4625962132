package telegramtest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"houvast/bot/telegram/telegramtest"
)

// node runs a program of the folder strangers and returns what it printed. It is
// on when HOUVAST_TEST_STRANGERS is set, after npm ci in that folder; .ci/strangers
// does both.
func node(t *testing.T, env []string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "node", args...)
	c.Dir = "strangers"
	c.Env = append(os.Environ(), env...)
	var faults bytes.Buffer
	c.Stderr = &faults
	out, err := c.Output()
	if err != nil {
		t.Fatalf("node %s: %v\n%s%s", args[0], err, out, &faults)
	}
	return out
}

func withStrangers(t *testing.T) {
	t.Helper()
	if os.Getenv("HOUVAST_TEST_STRANGERS") == "" {
		t.Skip("HOUVAST_TEST_STRANGERS is not set") // it needs Node and packages; .ci/strangers sets it
	}
}

// TestStrangersFindTheRecordInOrder lets JSON Schemas made from Telegram's own
// documentation judge every request and every update that tests recorded in the
// folder HOUVAST_TEST_RECORD.
func TestStrangersFindTheRecordInOrder(t *testing.T) {
	t.Parallel()
	withStrangers(t)
	var verdict struct {
		Methods, Objects, Files, Requests, Updates, ByHand, ByHandWrong int
		Kinds                                                           map[string]int
		Wrong                                                           []string
	}
	if err := json.Unmarshal(node(t, nil, "check.mjs", os.Getenv("HOUVAST_TEST_RECORD")), &verdict); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d methods and %d objects of the Bot API; %d recordings: %d requests and %d updates; %d updates made by hand, of which %d wrong on purpose",
		verdict.Methods, verdict.Objects, verdict.Files, verdict.Requests, verdict.Updates, verdict.ByHand, verdict.ByHandWrong)
	t.Logf("%v", verdict.Kinds)
	for _, w := range verdict.Wrong {
		t.Error(w)
	}
	for _, kind := range []string{"getUpdates", "sendMessage", "editMessageText", "answerCallbackQuery", "message", "callback_query", "my_chat_member", "edited_message"} {
		if verdict.Kinds[kind] == 0 {
			t.Errorf("nothing of the kind %s was recorded", kind)
		}
	}
}

// TestAStrangerHoldsAConversation lets a bot made with grammY talk with Anna: words,
// buttons, a photo, a voice message, an edit, and being blocked.
func TestAStrangerHoldsAConversation(t *testing.T) {
	t.Parallel()
	withStrangers(t)
	s := telegramtest.New(token, time.Now)
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	t.Cleanup(s.Close)
	anna := s.Person(41, "Anna")
	photo, voice := bytes.Repeat([]byte("\xff\xd8\xff-foto"), 400), []byte("OggS-stem")

	sees := func(what string, cond func(m telegramtest.Message) bool) error {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if err := s.Wait(ctx, func() bool { return slices.ContainsFunc(anna.Messages(), cond) }); err != nil {
			return fmt.Errorf("anna waits for %s: %w; she sees %v", what, err, anna.Messages())
		}
		return nil
	}
	says := func(text string) func(telegramtest.Message) bool {
		return func(m telegramtest.Message) bool { return m.FromBot && m.Text == text }
	}
	talked := make(chan error, 1)
	go func() {
		for _, step := range []func() error{
			func() error { return anna.Write("hoi 😀") },
			func() error { return sees("an echo", says("Je zei: hoi 😀")) },
			func() error { return anna.Press("Ja") },
			func() error { return sees("an edit", says("Gekozen: ja")) },
			func() error { return anna.Photo("taart", photo) },
			func() error { return sees("her photo", says("Mooi!")) },
			func() error { return anna.Voice(4, voice) },
			func() error {
				return sees("her voice", func(m telegramtest.Message) bool { return m.FromBot && m.Kind == telegramtest.Voice && m.Seconds == 4 })
			},
			func() error { return anna.Write("fout") },
			func() error { return sees("an echo", says("Je zei: fout")) },
			func() error { return anna.EditLast("goed") },
			func() error { return anna.Block() },
			func() error { return anna.Unblock() },
			func() error { return anna.Write("/klaar") },
			func() error { return sees("goodbye", says("Dag!")) },
		} {
			if err := step(); err != nil {
				talked <- err
				s.Close() // ends the stranger
				return
			}
		}
		talked <- nil
	}()
	out := node(t, []string{"STRANGERS_URL=" + h.URL, "STRANGERS_TOKEN=" + token}, "echo.mjs")
	if err := <-talked; err != nil {
		t.Fatal(err)
	}

	type sent struct {
		Sum, Caption  string
		Size, Seconds int
	}
	var seen struct {
		Me             string
		Texts, Taps    []string
		Photos, Voices []sent
		Edits, Errors  []string
		Blocked        int
	}
	if err := json.Unmarshal(out, &seen); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	sum := func(b []byte) string {
		s := sha256.Sum256(b)
		return hex.EncodeToString(s[:])
	}
	got := fmt.Sprintf("%+v", seen)
	seen.Me, seen.Blocked = "houvast_bot", 1
	seen.Texts, seen.Taps, seen.Edits, seen.Errors = []string{"hoi 😀", "fout"}, []string{"ja"}, []string{"goed"}, nil
	seen.Photos = []sent{{Sum: sum(photo), Size: len(photo), Caption: "taart"}}
	seen.Voices = []sent{{Sum: sum(voice), Size: len(voice), Seconds: 4}}
	if want := fmt.Sprintf("%+v", seen); got != want {
		t.Errorf("the stranger saw\n%s, want\n%s", got, want)
	}
	if !slices.ContainsFunc(anna.Since(0), func(c telegramtest.Change) bool { return c.What == "answered" && c.Tap.Text == "Je koos ja" }) {
		t.Error("the tap was not answered")
	}
	for _, r := range s.Requests() {
		if r.Status >= 400 {
			t.Errorf("%s was answered %d: %v", r.Method, r.Status, r.Params)
		}
	}
}
