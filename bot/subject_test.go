package bot_test

import (
	"slices"
	"strings"
	"testing"

	"houvast/bot"
	"houvast/flows"
	"houvast/signals"
)

// What a peer expert gets about a resident says whom it is about: it goes when
// everything of that resident does, and it stays when the peer expert, who may be a
// resident too, has their own erased.
func TestWhatAPeerExpertGetsSaysWhomItIsAbout(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		set  func(*bot.Scene) bot.Event
		want string
	}{
		"good news once more": {want: "Weet je nog?", set: func(s *bot.Scene) bot.Event {
			s.Account = nil
			g := &s.Signals[0]
			g.Kind, g.Heard, g.Step, g.Channel = signals.GoodNews, []string{"joost"}, 1, ""
			g.Opened = s.Now.AddDate(0, 0, -7)
			s.Words = []bot.Word{{ID: 3, Resident: 7, Signal: 17, At: g.Opened, Text: "ik heb een kat"}}
			return bot.Event{Signal: 17, What: bot.Rang{Timer: bot.Timer{Key: "signal:17", Kind: bot.TimerSignal, Due: s.Now, Signal: 17, Resident: 7}}}
		}},
		"more words": {want: "zullen we wandelen?", set: func(s *bot.Scene) bot.Event {
			s.Account = s.Home
			s.Words = []bot.Word{{ID: 3, Resident: 7, At: s.Now, Text: "zullen we wandelen?"}}
			flow := s.House.Flows.Flow("anders")
			state, _ := flows.Start(flow, flows.Person{Facts: map[string]string{"vast_contact": "Samira", "maatje": "Joost"}})
			s.Conversations = []bot.Conversation{{ID: 5, Account: 2, Resident: 7, Flow: "anders", Version: flow.Version, State: state, Waiting: true, About: []int64{3}}}
			return bot.Event{Chat: "1001", At: s.Now, What: bot.Pressed{Data: "a:5:" + string(rune('0'+state.Ask)) + ":maatje"}}
		}},
		"what to write": {want: "wat je Anna wilt zeggen", set: func(s *bot.Scene) bot.Event {
			return bot.Event{Chat: "1003", Signal: 17, At: s.Now, What: bot.Pressed{Data: "s:h:reply"}}
		}},
		"that it goes": {want: "naar Anna", set: func(s *bot.Scene) bot.Event {
			s.Account.ReplyTo, s.Account.ReplyAt = 17, s.Now
			return bot.Event{Chat: "1003", Signal: 17, At: s.Now, What: bot.Wrote{Text: "Gefeliciteerd!"}}
		}},
		"what stands open": {want: "Anna: hoe staat het?", set: func(s *bot.Scene) bot.Event {
			s.Resident, s.Home = nil, nil
			return bot.Event{Chat: "1003", At: s.Now, What: bot.Wrote{Text: "ik ben er morgen"}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := joostSays(t)
			turn := bot.Decide(s, c.set(&s))
			i := slices.IndexFunc(turn.Messages, func(m bot.Message) bool {
				return m.To.Place == "1003" && strings.Contains(m.Body.Text, c.want)
			})
			if i < 0 {
				t.Fatalf("Joost does not get %q: %+v (%s)", c.want, turn.Messages, turn.Reply.Text)
			}
			if m := turn.Messages[i]; m.Subject != 17 {
				t.Errorf("%q is about %d, want 17", m.Body.Text, m.Subject)
			}
		})
	}
}
