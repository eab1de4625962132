package telegram_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"houvast/bot"
	"houvast/bot/telegram"
	"houvast/bot/telegram/telegramtest"
)

// What a body becomes on a phone.
func TestSend(t *testing.T) {
	t.Parallel()
	long := strings.TrimSpace(strings.Repeat(strings.Repeat("woord ", 99)+"woord\n\n", 10)) // 6,000 characters
	keys := [][]string{{"Goed nieuws", "Het is moeilijk"}, {"Meer"}}
	buttons := []bot.Button{{Label: "Ja", Data: "v1:a"}, {Label: "Chat", URL: "https://www.113.nl"}, {Label: "Bel", URL: "tel:113"}}
	voice := func(caption string) bot.Body {
		return bot.Body{Text: caption, Media: &bot.Media{Door: bot.Telegram, Kind: "voice", Seconds: 4, Ref: "voice"}}
	}
	for _, test := range []struct {
		name string
		body bot.Body // a Ref without an id gets one of what Anna sent before
		want string   // what she sees of it
	}{
		{"a text", bot.Body{Text: " Dag Anna \n"}, "bot\tDag Anna\n"},
		{"a link", bot.Body{Text: "Kijk op https://www.113.nl"}, "bot\tKijk op https://www.113.nl\n"},
		{"buttons, one a row; no telephone number", bot.Body{Text: "Ja?", Buttons: buttons}, "bot\tJa? [Ja] [Chat]\n"},
		{"the keyboard", bot.Body{Text: "Dag", Keyboard: keys}, "bot\tDag\nkeys\t[Goed nieuws][Het is moeilijk][Meer]\n"},
		{"both, in two messages", bot.Body{Text: "Dag\n\nGaat het?", Keyboard: keys, Buttons: buttons}, "bot\tDag\nbot\tGaat het? [Ja] [Chat]\nkeys\t[Goed nieuws][Het is moeilijk][Meer]\n"},
		{"both, and one line", bot.Body{Text: "Gaat het?", Keyboard: keys, Buttons: buttons}, "bot\tGaat het?\nbot\tGaat het? [Ja] [Chat]\nkeys\t[Goed nieuws][Het is moeilijk][Meer]\n"},
		{"the keyboard away", bot.Body{Text: "Dag", Keyboard: [][]string{}}, "bot\tDag\n"},
		{"a voice note", voice("Van Bilal"), "bot\t(voice 4s) Van Bilal\n"},
		{"a voice note with much to say", voice(strings.Repeat("a", 1025)), "bot\t(voice 4s)\nbot\t" + strings.Repeat("a", 1025) + "\n"},
		{"a sticker has no caption", bot.Body{Text: "Fijn", Media: &bot.Media{Door: bot.Telegram, Kind: "sticker", Ref: "sticker"}}, "bot\t(sticker)\nbot\tFijn\n"},
		{"a song", bot.Body{Text: "Fijn", Media: &bot.Media{Door: bot.Telegram, Kind: "document", Ref: "audio"}}, "bot\t(audio 9s) Fijn\n"},
		{"a file of the other door", bot.Body{Text: "Kijk", Media: &bot.Media{Door: bot.Mattermost, Kind: "photo", Ref: "abc"}}, "bot\t(photo) Kijk\n"},
		{"a card has words too", bot.Body{Text: "Er is een signaal.", Card: &bot.Card{Title: "Anna"}}, "bot\tEr is een signaal.\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(s *telegram.Settings) {
				s.Fetch = func(_ context.Context, m bot.Media) (io.ReadCloser, error) {
					return io.NopCloser(strings.NewReader("bytes of " + m.Ref)), nil
				}
			})
			if m := test.body.Media; m != nil && m.Door == bot.Telegram {
				must(t, r.anna.Send(telegramtest.Media{Kind: m.Ref, Seconds: map[string]int{"voice": 4, "audio": 9}[m.Ref], Bytes: []byte("x")}))
				r.poll()
				m.Ref = r.house.taken()[0].What.(bot.Sent).Media.Ref
			}
			before := strings.Count(r.anna.Transcript(), "\n")
			remote, err := r.door.Send(t.Context(), to("41", test.body))
			must(t, err)
			lines := strings.SplitAfter(r.anna.Transcript(), "\n")
			if got := strings.Join(lines[before:], ""); got != test.want {
				t.Errorf("Anna sees\n%swant\n%s", got, test.want)
			}
			if last := r.anna.Last(); remote != fmt.Sprint(last.ID) || !last.Protected || last.Preview || last.Silent {
				t.Errorf("got %q for %+v, want it protected and without preview", remote, last)
			}
			if test.name == "a file of the other door" {
				if content, _ := r.File(r.anna.Last().FileID); string(content) != "bytes of abc" {
					t.Errorf("got %q", content)
				}
			}
		})
	}

	r := newRig(t)
	_, err := r.door.Send(t.Context(), to("41", bot.Body{Text: long, Pin: true, Silent: true, Buttons: []bot.Button{{Label: "Ja", Data: "a"}}}))
	must(t, err)
	m := r.anna.Messages()[1:]
	if len(m) != 2 || m[0].Text+"\n\n"+m[1].Text != long || len(m[0].Buttons) != 0 || len(m[1].Buttons) != 1 || !m[1].Pinned || !m[1].Silent {
		t.Errorf("a long text: got %d messages", len(m))
	}
	_, err = r.door.Send(t.Context(), to("41", bot.Body{Text: strings.Repeat("😀", 3000)}))
	must(t, err)
	if got := r.anna.Messages(); got[3].Text+got[4].Text != strings.Repeat("😀", 3000) {
		t.Errorf("emoji were torn apart: %d and %d", len(got[3].Text), len(got[4].Text))
	}
}

// What Telegram says, and what becomes of the message.
func TestSendClasses(t *testing.T) {
	t.Parallel()
	fault := func(f telegramtest.Fault) func(r *rig) {
		return func(r *rig) { f.Method = "send*"; r.Inject(f) }
	}
	answers := func(code int, text string) func(r *rig) {
		return fault(telegramtest.Fault{Effect: telegramtest.Refuse, Code: code, Text: text})
	}
	plain := bot.Body{Text: "verdriet"}
	for _, test := range []struct {
		name    string
		does    func(r *rig)
		place   string
		body    bot.Body
		class   bot.SendClass
		after   time.Duration
		arrives bool
	}{
		{"too fast", fault(telegramtest.Flood("", 7, 0)), "41", plain, bot.SendSlow, 7 * time.Second, false},
		{"too fast, without a time", answers(429, "Too Many Requests"), "41", plain, bot.SendSlow, time.Second, false},
		{"blocked", func(r *rig) { must(r.t, r.anna.Block()) }, "41", plain, bot.SendBlocked, 0, false},
		{"no account any more", func(r *rig) { r.anna.DeleteAccount() }, "41", plain, bot.SendBlocked, 0, false},
		{"never started", func(r *rig) { r.Person(42, "Bilal") }, "42", plain, bot.SendBlocked, 0, false},
		{"a group that moved", answers(400, "Bad Request: group chat was upgraded"), "41", plain, bot.SendRefused, 0, false},
		{"not taken", answers(400, "Bad Request: can't parse entities"), "41", plain, bot.SendRefused, 0, false},
		{"not taken, with quotes and numbers", answers(400, "Bad Request: user 123456789 said \"verdriet\""), "41", plain, bot.SendRefused, 0, false},
		{"a revoked token", func(r *rig) { r.RevokeToken() }, "41", plain, bot.SendForbidden, 0, false},
		{"404", answers(404, "Not Found"), "41", plain, bot.SendForbidden, 0, false},
		{"409", answers(409, "Conflict"), "41", plain, bot.SendRetry, 0, false},
		{"500", answers(500, "Internal Server Error"), "41", plain, bot.SendRetry, 0, false},
		{"502 with a page", fault(telegramtest.Fault{Effect: telegramtest.BadGateway}), "41", plain, bot.SendRetry, 0, false},
		{"504", answers(504, "Gateway Timeout"), "41", plain, bot.SendUnknown, 0, false},
		{"dropped", fault(telegramtest.Fault{Effect: telegramtest.Drop}), "41", plain, bot.SendUnknown, 0, false},
		{"reset", fault(telegramtest.Fault{Effect: telegramtest.Reset}), "41", plain, bot.SendUnknown, 0, false},
		{"dropped when done", fault(telegramtest.Fault{Effect: telegramtest.DropAfter}), "41", plain, bot.SendUnknown, 0, true},
		{"an answer that is not JSON", fault(telegramtest.Fault{Effect: telegramtest.Garbage}), "41", plain, bot.SendUnknown, 0, true},
		{"no line", func(r *rig) {
			s := settings(r)
			s.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no route") }
			r.door = r.open(s)
		}, "41", plain, bot.SendRetry, 0, false},
		{"not a chat", func(*rig) {}, "@anna", plain, bot.SendRefused, 0, false},
		{"nothing to show", func(*rig) {}, "41", bot.Body{Card: &bot.Card{Title: "Anna"}}, bot.SendRefused, 0, false},
		{"data of 65 bytes", func(*rig) {}, "41", bot.Body{Text: "x", Buttons: []bot.Button{{Label: "a", Data: strings.Repeat("a", 65)}}}, bot.SendRefused, 0, false},
		{"a file Telegram does not know", func(*rig) {}, "41", bot.Body{Media: &bot.Media{Door: bot.Telegram, Ref: "voice:x"}}, bot.SendRefused, 0, false},
		{"a file without a reference", func(*rig) {}, "41", bot.Body{Media: &bot.Media{Door: bot.Telegram, Kind: "other"}}, bot.SendRefused, 0, false},
		{"a file of a door that has none", func(*rig) {}, "41", bot.Body{Media: &bot.Media{Door: bot.Mattermost, Ref: "x"}}, bot.SendRefused, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			test.does(r)
			before := len(r.anna.Messages())
			remote, err := r.door.Send(t.Context(), to(test.place, test.body))
			var said *bot.SendError
			if !errors.As(err, &said) || said.Class != test.class || said.After != test.after || remote != "" {
				t.Fatalf("got %q, %v (%+v), want class %d after %v", remote, err, said, test.class, test.after)
			}
			for _, secret := range []string{"geheim", "verdriet", "41", "42", "123456789"} {
				if strings.Contains(err.Error(), secret) || strings.Contains(r.log.String(), secret) {
					t.Errorf("%q stands in %q or in the log %s", secret, err, r.log)
				}
			}
			if got := len(r.anna.Messages()) > before; got != test.arrives {
				t.Errorf("arrived: %v, want %v", got, test.arrives)
			}
		})
	}
}

// A message that hangs is given up when its time is over, and nobody knows.
func TestSendHangs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Inject(telegramtest.Fault{Method: "sendMessage", Effect: telegramtest.HangAfter})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		r.Wait(ctx, func() bool { return len(r.Calls("sendMessage")) > 0 })
		cancel()
	}()
	_, err := r.door.Send(ctx, to("41", bot.Body{Text: "dag"}))
	var said *bot.SendError
	if !errors.As(err, &said) || said.Class != bot.SendUnknown || r.anna.Last().Text != "dag" {
		t.Errorf("got %v, Anna sees %q", err, r.anna.Last().Text)
	}
}

// Lanes do not share a connection: a hung check-in holds up nobody in distress.
func TestLanes(t *testing.T) {
	t.Parallel()
	var dials atomic.Int32
	r := newRig(t)
	s := settings(r)
	s.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	d := r.open(s)
	for range 2 {
		for _, lane := range []bot.Lane{bot.LaneDistress, bot.LaneAnswer, bot.LaneScheduled} {
			m := to("41", bot.Body{Text: "dag"})
			m.Lane = lane
			_, err := d.Send(t.Context(), m)
			must(t, err)
		}
	}
	if n := dials.Load(); n != 3 {
		t.Errorf("%d connections for three lanes, want 3", n)
	}
}

// A slot is rewritten in place; what cannot be rewritten is posted anew.
func TestSlots(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	send := func(remote, slot string, b bot.Body) string {
		t.Helper()
		m := to("41", b)
		m.Remote, m.Slot = remote, slot
		got, err := r.door.Send(t.Context(), m)
		must(t, err)
		return got
	}
	ask := bot.Body{Text: "Hoe gaat het?", Buttons: []bot.Button{{Label: "Goed", Data: "a"}}}
	first := send("", "ask:1", ask)
	if got := send(first, "ask:1", ask); got != first {
		t.Errorf("the same again: got %q, want %q", got, first)
	}
	if got := send(first, "ask:1", bot.Body{Text: "Hoe gaat het?\n\nJe koos: Goed"}); got != first || r.anna.Last().String() != "Hoe gaat het?\n\nJe koos: Goed" {
		t.Errorf("got %q, Anna sees %q", got, r.anna.Last())
	}
	if got := send(first, "ask:1", bot.Body{Text: strings.Repeat("a", 5000)}); got != first || len([]rune(r.anna.Last().Text)) != 4096 {
		t.Errorf("a long text: got %q, Anna sees %d characters", got, len(r.anna.Last().Text))
	}
	count := len(r.anna.Messages())
	if got := send("999", "", bot.Body{Text: "weg"}); got != "999" || len(r.anna.Messages()) != count {
		t.Errorf("without a slot, and gone: got %q, %d messages", got, len(r.anna.Messages()))
	}
	if got := send("999", "ask:1", bot.Body{Text: "nieuw"}); got == "999" || r.anna.Last().Text != "nieuw" {
		t.Errorf("gone: got %q, Anna sees %q", got, r.anna.Last())
	}
	keys := send("", "menu", bot.Body{Text: "Menu", Keyboard: [][]string{{"Meer"}}})
	if got := send(keys, "menu", bot.Body{Text: "Menu 2"}); got == keys || r.anna.Last().Text != "Menu 2" {
		t.Errorf("a message with the keyboard: got %q, Anna sees %q", got, r.anna.Last())
	}

	if got := send(first, "menu", bot.Body{Text: "Menu 3", Keyboard: [][]string{{"Anders"}}}); got == first || r.anna.Screen().Keyboard.Rows[0][0] != "Anders" {
		t.Errorf("an edit cannot bring the keyboard: got %q, Anna sees %q", got, r.anna.Last())
	}

	must(t, r.anna.Voice(4, []byte("ogg")))
	r.poll()
	media := r.house.taken()[0].What.(bot.Sent).Media
	note := send("", "note", bot.Body{Text: "Van Bilal", Media: &media})
	if got := send(note, "note", bot.Body{Text: "Gehoord"}); got != note || r.anna.Last().String() != "(voice 4s) Gehoord" {
		t.Errorf("a caption: got %q, Anna sees %q", got, r.anna.Last())
	}

	r.Inject(telegramtest.Flood("edit*", 3, 1))
	m := to("41", bot.Body{Text: "Anders"})
	m.Remote = note
	var said *bot.SendError
	if _, err := r.door.Send(t.Context(), m); !errors.As(err, &said) || said.Class != bot.SendSlow {
		t.Errorf("a flood: got %v", err)
	}
}

// A message that cannot be pinned has arrived all the same.
func TestPinFails(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Inject(telegramtest.Fault{Method: "pinChatMessage", Effect: telegramtest.BadGateway})
	if _, err := r.door.Send(t.Context(), to("41", bot.Body{Text: "112", Pin: true})); err != nil {
		t.Error(err)
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	must(t, r.anna.Photo("", []byte(strings.Repeat("jpeg", 1000))))
	must(t, r.anna.Send(telegramtest.Media{Kind: "document", Bytes: make([]byte, 20<<20+1)}))
	r.poll()
	events := r.house.taken()
	ref := func(i int) string { return events[i].What.(bot.Sent).Media.Ref }
	f, err := r.door.Fetch(t.Context(), ref(0))
	must(t, err)
	content, err := io.ReadAll(f)
	must(t, err)
	must(t, f.Close())
	if len(content) != 4000 {
		t.Errorf("got %d bytes, want the largest size", len(content))
	}
	r.Inject(telegramtest.Fault{Method: "getFile", Times: 1, Effect: telegramtest.BadGateway})
	r.Inject(telegramtest.Fault{Method: "file", Times: 1, Effect: telegramtest.Refuse, Code: 404, Text: "Not Found"})
	r.Inject(telegramtest.Fault{Method: "file", Times: 1, Effect: telegramtest.Drop})
	for _, test := range []struct {
		name, ref string
		class     bot.SendClass
	}{
		{"a bad moment", ref(0), bot.SendRetry},
		{"a link that is over", ref(0), bot.SendRetry},
		{"a line that breaks", ref(0), bot.SendRetry},
		{"too large", ref(1), bot.SendRefused},
		{"unknown", "voice:x", bot.SendRefused},
		{"empty", "", bot.SendRefused},
	} {
		_, err := r.door.Fetch(t.Context(), test.ref)
		var said *bot.SendError
		if !errors.As(err, &said) || said.Class != test.class || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: got %v, want class %d", test.name, err, test.class)
		}
	}
}
