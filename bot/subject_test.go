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
		"that it may be tried again": {want: "Probeer het gerust nog eens", set: func(s *bot.Scene) bot.Event {
			return bot.Event{Chat: "1003", Signal: 17, At: s.Now, What: bot.Pressed{Data: "s:h:missed"}}
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

// What is said about one resident alone, whoever it is said to, says so: also a
// question that names them, an answer that was chosen, and a code to hand out.
func TestWhateverNamesOneResidentSaysSo(t *testing.T) {
	t.Parallel()

	alone := func(s *bot.Scene) { s.Resident, s.Home = nil, nil }
	for name, c := range map[string]struct {
		set  func(*bot.Scene) bot.Event
		want func(bot.Message) bool
	}{
		"for whom": {set: func(s *bot.Scene) bot.Event {
			alone(s)
			return bot.Event{Chat: "1003", At: s.Now, What: bot.Wrote{Text: "ik ben er morgen"}}
		}, want: slot("said:11:4")},
		"about whom": {set: func(s *bot.Scene) bot.Event {
			s.Account.Said = []string{"ze klonk vreemd"}
			alone(s)
			return bot.Event{Chat: "1003", At: s.Now, What: bot.Pressed{Data: "p:worry:3:0"}}
		}, want: slot("whom:11:3")},
		"that it is for them": {set: func(s *bot.Scene) bot.Event {
			s.Account.Said = []string{"om twee uur?"}
			return bot.Event{Chat: "1003", Signal: 17, At: s.Now, What: bot.Pressed{Data: "p:send:3:h"}}
		}, want: slot("said:11:3")},
		"that it is about them": {set: func(s *bot.Scene) bot.Event {
			s.Account.Said, s.Account.Whom = []string{"ze klonk vreemd"}, true
			return bot.Event{Chat: "1003", Resident: 7, At: s.Now, What: bot.Pressed{Data: "p:about:3:7"}}
		}, want: slot("whom:11:3")},
		"that it is not with them": {set: func(s *bot.Scene) bot.Event {
			s.Account.ReplyTo, s.Account.ReplyAt, s.Signals[0].State, s.Prompts = 17, s.Now, bot.Closed, nil
			return bot.Event{Chat: "1003", Signal: 17, At: s.Now, What: bot.Wrote{Text: "om twee uur?"}}
		}, want: func(m bot.Message) bool { return strings.Contains(m.Body.Text, "niet naar Anna") }},
		"that a picture is not with them": {set: func(s *bot.Scene) bot.Event {
			s.Account.ReplyTo, s.Account.ReplyAt, s.Signals[0].State, s.Prompts = 17, s.Now, bot.Closed, nil
			return bot.Event{Chat: "1003", Signal: 17, At: s.Now, What: bot.Sent{Media: bot.Media{Door: bot.Telegram, Ref: "foto", Kind: "photo"}}}
		}, want: func(m bot.Message) bool { return strings.Contains(m.Body.Text, "niet naar Anna") }},
		"a code to hand out": {set: func(s *bot.Scene) bot.Event {
			s.Account = nil
			alone(s)
			s.Seed = make([]byte, 32)
			return bot.Event{User: "samira", At: s.Now, What: bot.Submitted{Form: "invite_again", Fields: map[string]string{"resident": "7", "welcome": "Dag Anna."}}}
		}, want: func(m bot.Message) bool { return m.Body.Invite != nil }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := joostSays(t)
			turn := bot.Decide(s, c.set(&s))
			i := slices.IndexFunc(turn.Messages, c.want)
			if i < 0 {
				t.Fatalf("it is not said: %+v (%s)", turn.Messages, turn.Reply.Text)
			}
			if m := turn.Messages[i]; m.Subject != 7 {
				t.Errorf("%q is about %d, want 7", m.Body.Text, m.Subject)
			}
		})
	}
}

func slot(name string) func(bot.Message) bool {
	return func(m bot.Message) bool { return m.Slot == name }
}

// A question that names several residents is put anew without a name when one of them
// has everything erased: in its own place, so that it goes whether it stands on the
// phone or was still to come. The peer expert is asked all the same.
func TestAQuestionForgetsWhomItNamed(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		change func(*bot.Account)
		want   []string // slots that are put anew; "*": where something stands already, else not
	}{
		"for whom":           {func(a *bot.Account) {}, []string{"said:11:3"}},
		"about whom":         {func(a *bot.Account) { a.Whom = true }, []string{"said:11:3", "whom:11:3"}},
		"of danger":          {func(a *bot.Account) { a.SaidOwn, a.Whom = true, true }, []string{"said:11:3", "whom:11:3"}},
		"of who stopped":     {func(a *bot.Account) { a.Yes = false }, []string{"said:11:3*"}},
		"of who blocked it":  {func(a *bot.Account) { a.Blocked = true }, []string{"said:11:3"}},
		"about others":       {func(a *bot.Account) { a.Named = []int64{8, 9} }, nil},
		"that was answered":  {func(a *bot.Account) { a.Said = nil }, nil},
		"to themselves, too": {func(a *bot.Account) { a.ID, a.Resident = 2, 7 }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := joostSays(t, "ik kom om twee uur")
			joost := *s.Account
			joost.Named = []int64{7, 8}
			c.change(&joost)
			s.Peers = map[string]bot.Account{"joost": joost}
			s.Account = s.Home
			flow := s.House.Flows.Flow("mijn_gegevens")
			state, effects := flows.Start(flow, flows.Person{})
			for _, press := range []string{"wis", "ja"} {
				ask := effects[len(effects)-1].(flows.Ask)
				i := slices.IndexFunc(ask.Buttons, func(b flows.Button) bool { return strings.HasPrefix(strings.ToLower(b.ID), press) })
				if i < 0 {
					t.Fatalf("no button %q: %+v", press, ask.Buttons)
				}
				if press == "ja" {
					s.Conversations = []bot.Conversation{{ID: 5, Account: 2, Resident: 7, Flow: flow.ID, Version: flow.Version, State: state, Waiting: true}}
					turn := bot.Decide(s, bot.Event{Chat: "1001", At: s.Now, What: bot.Pressed{Data: "a:5:" + string(rune('0'+state.Ask)) + ":" + ask.Buttons[i].ID}})
					if !slices.Equal(turn.Forget, []int64{7}) {
						t.Fatalf("nothing is erased: %+v", turn)
					}
					anew(t, turn, c.want)
					return
				}
				state, effects = flows.Next(flow, flows.Person{}, state, flows.Pressed{Ask: ask.Ask, Button: ask.Buttons[i].ID})
			}
		})
	}
}

// anew looks at the questions to Joost that a turn puts anew.
func anew(t *testing.T, turn bot.Turn, want []string) {
	t.Helper()
	var got []string
	for _, m := range turn.Messages {
		if m.To.Place != "1003" || !strings.HasPrefix(m.Slot, "said:") && !strings.HasPrefix(m.Slot, "whom:") {
			continue
		}
		name := m.Slot
		if m.Rewrite != "" {
			name += "*"
		}
		got = append(got, name)
		for _, b := range m.Body.Buttons {
			if strings.HasPrefix(b.Data, "p:send:") || strings.HasPrefix(b.Data, "p:about:") || strings.Contains(b.Label, "Anna") {
				t.Errorf("%s still has %+v", m.Slot, b)
			}
		}
		if len(m.Body.Buttons) == 0 || m.Subject != 0 {
			t.Errorf("%s cannot be answered, or goes with somebody: %+v", m.Slot, m)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("put anew are %q, want %q", got, want)
	}
	for _, a := range turn.Accounts {
		if a.Person == "joost" && len(a.Named) > 0 {
			t.Errorf("it still names %v", a.Named)
		}
	}
}
