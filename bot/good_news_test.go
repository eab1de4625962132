package bot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"houvast/bot"
	"houvast/flows"
	"houvast/signals"
)

// A coordinator may write "Mijn maatje" on the button, which then stands there whoever
// it is. When that peer expert is not there, nobody else gets the good news unasked:
// the resident says who else may hear it. When it was for two, the resident reads who
// does not hear it, whatever the button for two is called.
func TestGoodNewsGoesToNobodyUnasked(t *testing.T) {
	t.Parallel()

	for _, chosen := range []string{"maatje", "everyone"} {
		for _, there := range []bool{true, false} {
			t.Run(fmt.Sprint(chosen, " ", there), func(t *testing.T) {
				t.Parallel()

				s := moved(t, bot.StageActive, time.Time{})
				s.Resident.Circle.Maatje = "joost"
				joost := bot.Account{ID: 11, Chat: "1003", Person: "joost", Yes: true, Blocked: !there}
				s.Peers = map[string]bot.Account{"joost": joost}
				draft := s.House.Flows.Flow("goed_nieuws").Draft
				draft.Steps = slices.Clone(draft.Steps)
				for i, step := range draft.Steps {
					draft.Steps[i].Buttons = slices.Clone(step.Buttons)
					for j := range step.Buttons {
						draft.Steps[i].Buttons[j].Label = fmt.Sprint("Keuze ", j)
					}
				}
				flow := flows.Trusted([]flows.Draft{draft})[0]
				house := *s.House
				house.Flows = shelf{"goed_nieuws": flow, "goed_nieuws_ander": s.House.Flows.Flow("goed_nieuws_ander")}
				s.House = &house
				s.Words = []bot.Word{{ID: 3, Resident: 7, At: s.Now, Text: "ik heb een kat"}}
				state, _ := flows.Start(flow, flows.Person{})
				state, _ = flows.Next(flow, flows.Person{}, state, flows.Wrote{Text: "ik heb een kat"})
				s.Conversations = []bot.Conversation{{ID: 5, Account: 2, Resident: 7, Flow: "goed_nieuws", State: state, Waiting: true, About: []int64{3}}}
				s.Account = s.Home
				turn := bot.Decide(s, bot.Event{Chat: "1002", At: s.Now, What: bot.Pressed{Data: fmt.Sprintf("a:5:%d:%s", state.Ask, chosen)}})
				if len(turn.Signals) != 1 {
					t.Fatalf("got %+v, %q", turn.Signals, turn.Reply.Text)
				}
				g := turn.Signals[0]
				if g.GivenTo != "" || there != slices.Contains(g.Peers, "joost") {
					t.Errorf("it is given to %q; on the phones of %q", g.GivenTo, g.Peers)
				}
				if others := chosen == "maatje"; others && g.Channel != "" || others && !there && !slices.ContainsFunc(turn.Timers, func(x bot.Timer) bool { return x.Kind == bot.TimerLeft && x.Due.Equal(s.Now) }) {
					t.Errorf("it stands in %q, and nobody asks the resident: %+v", g.Channel, turn.Timers)
				}
				if without := strings.Contains(said(turn), "Joost doet nu niet mee"); without != (chosen == "everyone" && !there) {
					t.Errorf("Joost is there: %v; said %q", there, said(turn))
				}
				for _, m := range turn.Messages {
					switch {
					case m.To.Door == bot.Mattermost && (chosen == "maatje" || strings.Contains(fmt.Sprint(m.Body.Card), "kat")):
						t.Errorf("the team reads %+v", m.Body.Card)
					case m.To.Place == "1003" && !there:
						t.Errorf("who is not there gets %+v", m.Body)
					case m.To.Place == "1002" && chosen == "maatje" && !there && strings.Contains(m.Body.Text, "geef het door"):
						t.Errorf("it is not so: %q", m.Body.Text)
					case m.To.Place == "1002" && chosen == "everyone" && strings.Contains(m.Body.Text, "Keuze 2") == !there && strings.Contains(m.Body.Text, "geef het door"):
						t.Errorf("Joost is there: %v; it is said that %q", there, m.Body.Text)
					}
				}
			})
		}
	}
}

// Words that were told to one or two people stand in no channel, whatever the network
// lets stand there; what was told to all of the team does, and danger's shared words do.
func TestWordsInTheChannel(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		kind    signals.Kind
		heardBy string
		allowed string
		share   bool
		want    bool
	}{
		{signals.GoodNews, "", "good_news", false, true},
		{signals.GoodNews, "team", "good_news", false, true},
		{signals.GoodNews, "team", "shared", false, true},
		{signals.GoodNews, "team", "none", true, false},
		{signals.GoodNews, "everyone", "good_news", true, false},
		{signals.GoodNews, "everyone", "shared", true, false},
		{signals.GoodNews, "fixed_contact", "good_news", true, false},
		{signals.GoodNews, "maatje", "shared", true, false},
		{signals.ContactWish, "fixed_contact", "shared", true, false},
		{signals.ContactWish, "", "shared", true, true},
		{signals.ContactWish, "", "good_news", true, false},
		{signals.ContactWish, "", "shared", false, false},
		{signals.Distress, "everyone", "shared", true, true},
		{signals.Crisis, "fixed_contact", "shared", true, true},
		{signals.Crisis, "fixed_contact", "shared", false, false},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			t.Parallel()

			s := moved(t, bot.StageActive, time.Time{})
			network := *s.House.Network
			network.Teams = map[string]signals.Team{}
			for key, team := range s.House.Network.Teams {
				team.WordsInChannel = c.allowed
				network.Teams[key] = team
			}
			house := *s.House
			house.Network = &network
			s.House = &house
			s.Signals = []bot.Signal{{ID: 17, Resident: 7, Kind: c.kind, HeardBy: c.heardBy, State: bot.Open, Team: "sociaal_team_noord", Channel: "signalen-noord", Opened: s.Now}}
			s.Words = []bot.Word{{ID: 3, Resident: 7, Signal: 17, At: s.Now, Text: "ik heb een kat", Share: c.share}}
			turn := bot.Decide(s, bot.Event{User: "samira", Signal: 17, What: bot.Acted{Action: "take"}})
			shown := slices.ContainsFunc(turn.Messages, func(m bot.Message) bool {
				return m.Body.Card != nil && strings.Contains(fmt.Sprint(m.Body.Card), "kat")
			})
			if len(turn.Messages) == 0 || shown != c.want {
				t.Errorf("shown: %v, want %v (%q)", shown, c.want, turn.Reply.Text)
			}
		})
	}
}

// Of good news, and of words for one, only those open the words who were chosen or who
// stand in for them (promise 8); of danger, distress and help everybody who may act.
func TestWhoMayRead(t *testing.T) {
	t.Parallel()

	monday := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		g    bot.Signal
		want string // of samira, tom (her cover and Anna's back-up) and fatma (the coordinator)
	}{
		{"good news for the contact", bot.Signal{Kind: signals.GoodNews, HeardBy: "fixed_contact"}, "samira"},
		{"good news for both", bot.Signal{Kind: signals.GoodNews, HeardBy: "everyone"}, "samira"},
		{"good news for both, after a nudge", bot.Signal{Kind: signals.GoodNews, HeardBy: "everyone", Step: 1}, "samira"},
		{"good news for the team", bot.Signal{Kind: signals.GoodNews, HeardBy: "team"}, "samira tom fatma"},
		{"good news that was handed over", bot.Signal{Kind: signals.GoodNews, HeardBy: "everyone", Handed: "samira"}, "samira tom fatma"},
		{"a wish for the contact", bot.Signal{Kind: signals.ContactWish, HeardBy: "fixed_contact"}, "samira"},
		{"a wish for the contact, who did not come to it", bot.Signal{Kind: signals.ContactWish, HeardBy: "fixed_contact", Step: 1}, "samira tom fatma"},
		{"a wish that tom was given", bot.Signal{Kind: signals.ContactWish, HeardBy: "fixed_contact", GivenTo: "tom", Owner: "tom"}, "tom"},
		{"words given to nobody", bot.Signal{Kind: signals.Reading}, "samira"},
		{"distress", bot.Signal{Kind: signals.Distress, HeardBy: "fixed_contact"}, "samira tom fatma"},
		{"a worry", bot.Signal{Kind: signals.PeerWorry}, "samira tom fatma"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			var read []string
			for _, who := range []string{"samira", "tom", "fatma"} {
				s := moved(t, bot.StageActive, time.Time{})
				s.Now, s.Resident.Circle.Maatje = monday, "joost"
				g := c.g
				g.ID, g.Resident, g.State, g.Team, g.Channel, g.Opened = 17, 7, bot.Open, "sociaal_team_noord", "signalen-noord", monday.Add(-time.Hour)
				s.Signals = []bot.Signal{g}
				s.Words = []bot.Word{{ID: 3, Resident: 7, Signal: 17, At: s.Now, Text: "ik heb een kat"}}
				turn := bot.Decide(s, bot.Event{User: who, Signal: 17, What: bot.Acted{Action: "read"}})
				if strings.Contains(turn.Reply.Text, "kat") {
					read = append(read, who)
				}
				if logged := slices.ContainsFunc(turn.Log, func(l bot.LogLine) bool { return l.Did == "read" && l.Who == who }); logged != strings.Contains(turn.Reply.Text, "kat") {
					t.Errorf("%s: %q, and the log says %v", who, turn.Reply.Text, turn.Log)
				}
			}
			if got := strings.Join(read, " "); got != c.want {
				t.Errorf("opened by %q, want %q", got, c.want)
			}
		})
	}
}
