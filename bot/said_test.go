package bot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"houvast/bot"
	"houvast/signals"
)

// joostSays is a chat of Joost, who wrote something and was asked for the third time
// for whom it is; he has Anna's wish for contact on his phone.
func joostSays(t *testing.T, said ...string) bot.Scene {
	t.Helper()
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	joost := bot.Account{ID: 11, Chat: "1003", Person: "joost", Yes: true, Said: said, SaidAt: now.Add(-time.Minute), Offer: 3}
	home := bot.Account{ID: 2, Chat: "1001", Resident: 7}
	r := bot.Resident{
		ID: 7, Nickname: "Anna", Account: 2, Stage: bot.StageActive, InvitedBy: "samira", Consent: &bot.Consent{At: now.AddDate(0, -1, 0)},
		Circle: signals.Circle{Wijk: "noord", Primary: "samira", Backups: []string{"tom"}, Maatje: "joost"},
	}
	wish := bot.Signal{ID: 17, Resident: 7, Kind: signals.ContactWish, State: bot.Open, Team: "sociaal_team_noord", HeardBy: "maatje", Owner: "joost", Peers: []string{"joost"}, Opened: now.Add(-time.Hour)}
	return bot.Scene{
		House: exampleHouse(t), Now: now, Free: 100, Account: &joost, Resident: &r, Home: &home, Signals: []bot.Signal{wish},
		Prompts: []bot.Prompt{{Signal: wish, Resident: r}}, Residents: []bot.Resident{r}, Peers: map[string]bot.Account{"joost": joost},
	}
}

// A question that was asked again since is answered no more: what was written after it
// would go along unseen.
func TestAnOlderQuestionForWhomIsNotAnswered(t *testing.T) {
	t.Parallel()

	for _, press := range []string{"send:%s:h", "back:%s:0", "worry:%s:0", "about:%s:7", "drop:%s:0"} {
		for offer, taken := range map[string]bool{"2": false, "3": true, "4": false} {
			data := "p:" + fmt.Sprintf(press, offer)
			t.Run(data, func(t *testing.T) {
				t.Parallel()

				s := joostSays(t, "om twee uur?", "dit is van mijzelf")
				turn := bot.Decide(s, bot.Event{Chat: "1003", At: s.Now, What: bot.Pressed{Data: data}})
				old := turn.Reply.Text == s.House.Words["nl"]["knop.oud"]
				if old == taken || !taken && len(turn.Messages)+len(turn.Words)+len(turn.Signals)+len(turn.Accounts) > 0 {
					t.Errorf("%q, and sent %+v", turn.Reply.Text, turn.Messages)
				}
			})
		}
	}
}

// Every word that is held makes a new question, under which alone the answer counts.
func TestEveryHeldWordAsksAnew(t *testing.T) {
	t.Parallel()

	s := joostSays(t, "om twee uur?")
	turn := bot.Decide(s, bot.Event{Chat: "1003", At: s.Now, What: bot.Wrote{Text: "dit is van mijzelf"}})
	if len(turn.Accounts) != 1 || !slices.Equal(turn.Accounts[0].Said, []string{"om twee uur?", "dit is van mijzelf"}) {
		t.Fatalf("held is %+v", turn.Accounts)
	}
	asked := turn.Messages[len(turn.Messages)-1]
	var buttons []string
	for _, b := range asked.Body.Buttons {
		buttons = append(buttons, b.Data)
	}
	if !slices.Equal(buttons, []string{"p:send:4:h", "p:back:4:0", "p:worry:4:0", "p:drop:4:0"}) {
		t.Errorf("the buttons are %q", buttons)
	}
	for _, m := range turn.Messages {
		if m.Rewrite != "" && (m.Rewrite == asked.Slot || len(m.Body.Buttons) > 0) {
			t.Errorf("the question before is left as %+v", m)
		}
	}
	if !slices.ContainsFunc(turn.Messages, func(m bot.Message) bool { return m.Rewrite == "said:11:3" }) {
		t.Errorf("the question before keeps its buttons: %+v", turn.Messages)
	}
}

// A peer expert may press a button of somebody else's making: what they held goes only
// to whom it may go.
func TestWordsGoOnlyToWhomTheyMay(t *testing.T) {
	t.Parallel()

	for name, change := range map[string]func(*bot.Scene){
		"words of danger, to the resident":  func(s *bot.Scene) { s.Account.SaidOwn = true },
		"a signal that is with others":      func(s *bot.Scene) { s.Signals[0].Peers = []string{"noor"} },
		"a signal that is done":             func(s *bot.Scene) { s.Signals[0].State = bot.Closed },
		"a signal of nobody":                func(s *bot.Scene) { s.Resident = nil },
		"a signal that is not in the scene": func(s *bot.Scene) { s.Signals = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := joostSays(t, "om twee uur?")
			change(&s)
			turn := bot.Decide(s, bot.Event{Chat: "1003", At: s.Now, What: bot.Pressed{Data: "p:send:3:h"}})
			for _, m := range turn.Messages {
				if m.To.Place == "1001" || strings.Contains(m.Body.Text, "om twee uur") {
					t.Errorf("sent %+v", m)
				}
			}
			if turn.Reply.Text != s.House.Words["nl"]["knop.oud"] {
				t.Errorf("%q", turn.Reply.Text)
			}
		})
	}
	t.Run("a worry about whose peer expert they are not", func(t *testing.T) {
		t.Parallel()

		s := joostSays(t, "ze klonk vreemd")
		s.Resident.Circle.Maatje = "noor"
		turn := bot.Decide(s, bot.Event{Chat: "1003", At: s.Now, What: bot.Pressed{Data: "p:about:3:7"}})
		if len(turn.Signals)+len(turn.Words) > 0 {
			t.Errorf("a worry: %+v", turn.Signals)
		}
	})
}

// What a peer expert wrote in danger and gives to the back-up has the haste of danger,
// and goes to nobody but them.
func TestOwnDangerForTheBackup(t *testing.T) {
	t.Parallel()

	for own, lane := range map[bool]bot.Lane{true: bot.LaneDistress, false: bot.LaneAnswer} {
		for _, night := range []bool{false, true} {
			t.Run(fmt.Sprint(own, " ", night), func(t *testing.T) {
				t.Parallel()

				s := joostSays(t, "ik wil niet meer leven")
				s.Account.SaidOwn = own
				if night {
					s.Now = s.Now.Add(12 * time.Hour)
				}
				turn := bot.Decide(s, bot.Event{Chat: "1003", At: s.Now, What: bot.Pressed{Data: "p:back:3:0"}})
				var got, told []bot.Message
				for _, m := range turn.Messages {
					switch {
					case m.To.Place == "@samira":
						got = append(got, m)
					case m.To.Door == bot.Mattermost:
						told = append(told, m)
					}
				}
				if len(got) != 1 || got[0].Lane != lane || !strings.Contains(got[0].Body.Text, "ik wil niet meer leven") {
					t.Errorf("the back-up gets %+v", got)
				}
				if wants := night && !own; (len(told) > 0) != wants || strings.Contains(fmt.Sprint(told), "leven") {
					t.Errorf("the team hears %+v", told)
				}
				answer := turn.Messages[len(turn.Messages)-1]
				if numbers := strings.Contains(answer.Body.Text, "113"); answer.To.Place != "1003" || answer.Lane != lane || numbers != (night && own) {
					t.Errorf("the answer is %+v", answer)
				}
				if kept := turn.Accounts[len(turn.Accounts)-1]; len(kept.Said) > 0 || kept.SaidOwn {
					t.Errorf("held is still %+v", kept)
				}
			})
		}
	}
}

// What Mattermost refuses of a peer expert's words to the back-up is told to the one
// who wrote it. Of words of danger nobody else hears it, and they come with the numbers;
// of others the team of the back-up hears that there were any, also of who has stopped.
func TestWhoWroteHearsThatTheBackUpDoesNotHaveIt(t *testing.T) {
	t.Parallel()

	for _, own := range []bool{false, true} {
		s := joostSays(t, "mag ik bellen?")
		s.Account.SaidOwn = own
		s.Resident, s.Home, s.Signals = nil, nil, nil
		turn := bot.Decide(s, bot.Event{Chat: "1003", At: s.Now, What: bot.Pressed{Data: "p:back:3:0"}})
		i := slices.IndexFunc(turn.Messages, func(m bot.Message) bool { return m.To.Place == "@samira" })
		if i < 0 {
			t.Fatalf("the back-up gets nothing: %+v", turn.Messages)
		}
		e := bot.Prepare(s.House, bot.Event{What: bot.Undelivered{Message: turn.Messages[i], Class: bot.SendRefused}})
		if e.Account != s.Account.ID {
			t.Fatalf("it is about chat %d", e.Account)
		}
		for _, yes := range []bool{true, false} {
			s.Account.Yes = yes
			heard := map[string]string{}
			for _, m := range bot.Decide(s, e).Messages {
				heard[m.To.Place] += m.Body.Text
			}
			writer, team := heard["1003"], heard["signalen-noord"]
			if strings.Contains(writer, "Samira is niet aangekomen") != yes || strings.Contains(writer, "113") != (own && yes) {
				t.Errorf("own %v, yes %v: the one who wrote hears %q", own, yes, writer)
			}
			if (team != "") == own || strings.Contains(team, "bellen?") || len(heard) > 2 {
				t.Errorf("own %v, yes %v: heard is %q", own, yes, heard)
			}
		}
	}
}

// That words did not get through to the back-up is told in one place, however many
// lines they were; the next question has a place of its own, and so has what became
// of it in the end.
func TestWhatDidNotGetThroughIsToldOnce(t *testing.T) {
	t.Parallel()

	for _, own := range []bool{true, false} {
		s := joostSays(t, "een", "twee", "drie")
		s.Account.SaidOwn = own
		turn := bot.Decide(s, bot.Event{Chat: "1003", At: s.Now, What: bot.Pressed{Data: "p:back:3:0"}})
		late, lost, team := map[string]int{}, map[string]int{}, map[string]int{}
		for _, m := range turn.Messages {
			if m.To.Door != bot.Mattermost {
				continue
			}
			for i, told := range []map[string]int{late, lost} {
				what := []bot.What{bot.Late{Message: m}, bot.Undelivered{Message: m, Class: bot.SendBlocked}}[i]
				turn := bot.Decide(s, bot.Event{At: s.Now, What: what})
				for _, n := range turn.Messages {
					heard := told
					if n.To.Door == bot.Mattermost {
						heard = team
					}
					heard[n.To.Place+" "+n.Slot]++
				}
			}
		}
		if len(late) != 1 || late["1003 notice:11:3:maatje.achterwacht.wacht"] != 3 || len(lost) != 1 || late["1003 "] > 0 || lost["1003 "] > 0 {
			t.Errorf("own: %v; late %v, lost %v", own, late, lost)
		}
		if own && len(team) > 0 || !own && (len(team) != 1 || team["signalen-noord notice:11:3:achterwacht.niet"] != 3) {
			t.Errorf("own: %v; the team hears %v", own, team)
		}
	}
}
