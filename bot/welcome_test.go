package bot_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"houvast/bot"
	"houvast/signals"
)

// moved is Anna on a new telephone (chat 1002); the old one was chat 1001.
func moved(t *testing.T, stage bot.Stage, letGo time.Time) bot.Scene {
	t.Helper()
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	home := bot.Account{ID: 2, Chat: "1002", Resident: 7}
	return bot.Scene{
		House: exampleHouse(t), Now: now, Free: 100, Home: &home,
		Resident: &bot.Resident{
			ID: 7, Nickname: "Anna", Account: 2, Stage: stage, LetGo: letGo, InvitedBy: "samira", Rhythm: "0 10 * * *",
			Consent: &bot.Consent{At: now.AddDate(0, -1, 0)}, Circle: signals.Circle{Wijk: "noord", Primary: "samira", Backups: []string{"tom"}},
		},
	}
}

// What was on its way to a telephone of before is not asked, shown or begun there.
func TestNothingGoesToTheTelephoneOfBefore(t *testing.T) {
	t.Parallel()

	for _, later := range []string{bot.LaterCheckIn, bot.LaterExport, bot.LaterLooked} {
		t.Run(later, func(t *testing.T) {
			t.Parallel()

			s := moved(t, bot.StageActive, time.Time{})
			s.Own = &bot.Own{}
			m := bot.Message{ID: 50, To: bot.Address{Door: bot.Telegram, Place: "1001"}, Later: later, Subject: 7, CheckIn: 40, Due: s.Now}
			turn := bot.Decide(s, bot.Event{What: bot.Compose{Message: m}})
			if !slices.Equal(turn.Drop, []int64{50}) || len(turn.Bodies) > 0 || len(turn.Conversations) > 0 {
				t.Errorf("dropped %v, said %v, talks %v", turn.Drop, turn.Bodies, turn.Conversations)
			}
		})
	}
	t.Run("planned flow", func(t *testing.T) {
		t.Parallel()

		s := moved(t, bot.StageActive, time.Time{})
		s.Account = &bot.Account{ID: 1, Chat: "1001"} // the timer names the chat that it was planned in
		turn := bot.Decide(s, bot.Event{What: bot.Rang{Timer: bot.Timer{Key: "flow:1", Kind: bot.TimerFlow, Due: s.Now, Resident: 7, Account: 1, Text: "heropvolging"}}})
		if len(turn.Messages) != 1 || turn.Messages[0].To.Place != "1002" {
			t.Errorf("got %+v, want one message to the telephone of now", turn.Messages)
		}
	})
}

// Before somebody said that it is Anna who has the new telephone, it gets nothing
// of what is kept.
func TestWhatIsKeptWaitsForSomebodyWhoKnowsThem(t *testing.T) {
	t.Parallel()

	s := moved(t, bot.StageWaiting, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	s.Own = &bot.Own{Words: []bot.Word{{ID: 3, Text: "mijn fiets is weg"}}}
	m := bot.Message{ID: 50, To: bot.Address{Door: bot.Telegram, Place: "1002"}, Later: bot.LaterExport, Subject: 7}
	if turn := bot.Decide(s, bot.Event{What: bot.Compose{Message: m}}); len(turn.Bodies) > 0 || !slices.Equal(turn.Drop, []int64{50}) {
		t.Errorf("said %v", turn.Bodies)
	}
	for _, name := range []string{"mijngegevens", "wiekeek", "vergeetmij", "privacy"} {
		s.Account = s.Home
		turn := bot.Decide(s, bot.Event{Chat: "1002", At: s.Now, What: bot.Commanded{Name: name}})
		if len(turn.Conversations) > 0 || len(turn.Forget) > 0 || len(turn.Messages) != 1 || !strings.Contains(turn.Messages[0].Body.Text, "moet eerst zien of jij het bent") {
			t.Errorf("%s: got %+v", name, turn.Messages)
		}
	}
}

// Words that nobody was given yet go to the one who reads, when they were written
// after a yes by whoever had the phone (promise 8).
func TestWhoReadsGetsOnlyWhatAYesStoodBefore(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	ago := func(minutes int) time.Time { return now.Add(-time.Duration(minutes) * time.Minute) }
	for name, c := range map[string]struct {
		stage      bot.Stage
		yes, letGo time.Time
		want       []int64 // of words 1 (40 minutes ago), 2 (20) and 3 (10)
	}{
		"no yes":                                 {stage: bot.StageRefused},
		"a yes between":                          {stage: bot.StageActive, yes: ago(30), want: []int64{2, 3}},
		"a yes before all":                       {stage: bot.StageActive, yes: ago(60), want: []int64{1, 2, 3}},
		"a new telephone":                        {stage: bot.StageWelcome, yes: ago(60), letGo: ago(15), want: []int64{1, 2}},
		"a new telephone, and a new yes":         {stage: bot.StageWaiting, yes: ago(12), letGo: ago(15), want: []int64{3}},
		"a new telephone, and a no there":        {stage: bot.StageRefused, yes: ago(60), letGo: ago(30), want: []int64{1}},
		"a new telephone, and nobody used it":    {stage: bot.StageInvited, letGo: ago(30)},
		"a new telephone, a yes and a yes to it": {stage: bot.StageActive, yes: ago(60), want: []int64{1, 2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := moved(t, c.stage, c.letGo)
			s.Now, s.Resident.Consent = now, nil
			if !c.yes.IsZero() {
				s.Resident.Consent = &bot.Consent{At: c.yes}
			}
			for i, minutes := range []int{40, 20, 10} {
				s.Words = append(s.Words, bot.Word{ID: int64(i + 1), Resident: 7, At: ago(minutes), Text: "hallo"})
			}
			turn := bot.Decide(s, bot.Event{What: bot.Rang{Timer: bot.Timer{Key: "words:7", Kind: bot.TimerWords, Due: now, Resident: 7}}})
			var got []int64
			for _, w := range turn.Words {
				if w.Signal != 0 {
					got = append(got, w.ID)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("read are %v, want %v", got, c.want)
			}
		})
	}
}

// A sentence that was written for one Anna is not put down for another; and no code is
// made without a sentence, or for a chat that turned out to be a stranger's.
func TestInviteAgain(t *testing.T) {
	t.Parallel()

	anna := func(id int64, welcome string, stage bot.Stage) bot.Resident {
		return bot.Resident{ID: id, Nickname: "Anna", Welcome: welcome, Stage: stage, InvitedBy: "samira", Circle: signals.Circle{Wijk: "noord", Primary: "samira", Backups: []string{"tom"}}}
	}
	scene := func(rs ...bot.Resident) bot.Scene {
		s := moved(t, bot.StageActive, time.Time{})
		return bot.Scene{House: s.House, Now: s.Now, Free: 100, Seed: make([]byte, 32), Residents: rs}
	}
	for name, c := range map[string]struct {
		known []bot.Resident
		want  string
	}{
		"one":           {[]bot.Resident{anna(7, "Dag Anna.", bot.StageActive)}, "Dag Anna."},
		"two":           {[]bot.Resident{anna(7, "Dag Anna.", bot.StageActive), anna(8, "Hoi.", bot.StageInvited)}, ""},
		"and one other": {[]bot.Resident{anna(7, "Dag Anna.", bot.StageActive), anna(8, "Hoi.", bot.StageOther)}, "Dag Anna."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			dialog := bot.Decide(scene(c.known...), bot.Event{User: "samira", What: bot.Slash{Text: "uitnodigen Anna"}}).Reply.Dialog
			if dialog == nil || dialog.Form != "invite_again" || dialog.Fields[1].Default != c.want {
				t.Errorf("got %+v", dialog)
			}
		})
	}
	for name, c := range map[string]struct {
		fields map[string]string
		wrong  string // the field that is named; empty: a code is made
	}{
		"well":               {map[string]string{"resident": "7", "welcome": "Dag."}, ""},
		"without a sentence": {map[string]string{"resident": "7", "welcome": " \n"}, "welcome"},
		"a stranger":         {map[string]string{"resident": "8", "welcome": "Dag."}, "resident"},
		"nobody":             {map[string]string{"resident": "9", "welcome": "Dag."}, "resident"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := scene(anna(7, "Dag Anna.", bot.StageActive), anna(8, "Hoi.", bot.StageOther))
			turn := bot.Decide(s, bot.Event{User: "samira", What: bot.Submitted{Form: "invite_again", Fields: c.fields}})
			if made := len(turn.Invites) > 0; made != (c.wrong == "") || !made && (len(turn.Reply.Errors) != 1 || turn.Reply.Errors[c.wrong] == "") {
				t.Errorf("got %+v, %+v", turn.Invites, turn.Reply)
			}
		})
	}
}

// Where two people of one name stand in a list to choose from, what tells them apart
// stands with it: never two buttons that look the same.
func TestTwoOfOneNameAreToldApart(t *testing.T) {
	t.Parallel()

	of := func(id int64, name, wijk, primary string) bot.Resident {
		return bot.Resident{ID: id, Nickname: name, Stage: bot.StageActive, Circle: signals.Circle{Wijk: wijk, Primary: primary, Maatje: "joost"}}
	}
	s := bot.Scene{
		House: exampleHouse(t), Now: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), Free: 100,
		Account: &bot.Account{ID: 3, Chat: "1003", Person: "joost", Yes: true, Said: []string{"ze klonk vreemd"}, Offer: 1},
		Residents: []bot.Resident{
			of(7, "Anna", "noord", "samira"), of(8, "Anna", "zuid", "ravi"), of(9, "Bram", "noord", "samira"), of(10, "bram", "noord", "tom"),
			of(11, "Jo", "noord", "tom"), of(12, "Jo", "noord", "tom"), of(13, "Kees", "noord", "tom"),
		},
	}
	turn := bot.Decide(s, bot.Event{ID: "1", Door: bot.Telegram, Chat: "1003", What: bot.Pressed{Data: "p:worry:1:0"}})
	var labels []string
	for _, m := range turn.Messages {
		for _, b := range m.Body.Buttons {
			labels = append(labels, b.Label)
		}
	}
	want := []string{"Anna (Noord)", "Anna (Zuid)", "Bram (Noord, Samira)", "bram (Noord, Tom)", "Jo (Noord, Tom, 1)", "Jo (Noord, Tom, 2)", "Kees", "Iemand anders"}
	if !slices.Equal(labels, want) {
		t.Errorf("got %q, want %q", labels, want)
	}
}

// Whoever comes with a new telephone takes what was still to be said off the old one:
// a check-in among it was not asked, what people wrote waits until somebody said who
// this is, and who is a peer expert too still gets what they get as such. That the
// numbers may have been among it gives the goodbye their haste.
func TestWhatWasUnsentGoesFromTheOldTelephone(t *testing.T) {
	t.Parallel()

	old := bot.Address{Door: bot.Telegram, Place: "1001"}
	unsent := []bot.Message{
		{ID: 51, To: old, Lane: bot.LaneAnswer, By: "samira", Due: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Body: bot.Body{Text: "Ik bel je.", Media: &bot.Media{Ref: "foto"}}},
		{ID: 52, To: old, Lane: bot.LaneScheduled, Subject: 7, CheckIn: 40},
		{ID: 53, To: old, Lane: bot.LaneAnswer, Slot: "ask:5:1"},
		{ID: 54, To: old, Lane: bot.LaneScheduled, Subject: 17, Body: bot.Body{Text: "Bert wil contact"}},
		{ID: 55, To: old, Lane: bot.LaneAnswer, Slot: "said:2:1"},
		{ID: 56, To: old, Lane: bot.LaneAnswer, Slot: "whom:2:1"},
	}
	for name, c := range map[string]struct {
		change  func(*bot.Scene)
		dropped []int64
		held    []string
		haste   bot.Lane
	}{
		"a resident":                   {func(*bot.Scene) {}, []int64{51, 52, 53, 54, 55, 56}, []string{"Ik bel je."}, bot.LaneAnswer},
		"a peer expert too":            {func(s *bot.Scene) { s.InvitedHome.Person = "joost" }, []int64{51, 52, 53}, []string{"Ik bel je."}, bot.LaneAnswer},
		"nobody had said who it was":   {func(s *bot.Scene) { s.Invited.Stage = bot.StageWaiting }, []int64{51, 52, 53, 54, 55, 56}, nil, bot.LaneAnswer},
		"the numbers were among it":    {func(s *bot.Scene) { s.Unsent = append(s.Unsent, bot.Message{ID: 57, To: old}) }, []int64{51, 52, 53, 54, 55, 56, 57}, []string{"Ik bel je."}, bot.LaneDistress},
		"something was held already":   {func(s *bot.Scene) { s.Invited.Held = []bot.Held{{Text: "Dag."}} }, []int64{51, 52, 53, 54, 55, 56}, []string{"Dag.", "Ik bel je."}, bot.LaneAnswer},
		"nothing was still to be said": {func(s *bot.Scene) { s.Unsent = nil }, nil, nil, bot.LaneAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := moved(t, bot.StageActive, time.Time{})
			s.Invited, s.Resident, s.Home = s.Resident, nil, nil
			s.Invite = &bot.Invite{ID: 60, Resident: 7, By: "samira", Until: s.Now.Add(time.Hour)}
			s.InvitedHome = &bot.Account{ID: 2, Chat: "1001", Resident: 7}
			s.Account = &bot.Account{ID: 3, Chat: "1002"}
			s.Unsent = slices.Clone(unsent)
			c.change(&s)
			turn := bot.Decide(s, bot.Event{Chat: "1002", Code: "CODE", At: s.Now, What: bot.Started{}})
			if !slices.Equal(turn.Drop, c.dropped) {
				t.Errorf("dropped are %v, want %v", turn.Drop, c.dropped)
			}
			skipped := slices.ContainsFunc(turn.CheckIns, func(c bot.CheckIn) bool {
				return c.ID == 40 && c.Resident == 7 && c.State == "skipped" && c.Reason == "moved"
			})
			if skipped != (len(c.dropped) > 0) {
				t.Errorf("the check-ins are %+v", turn.CheckIns)
			}
			r := turn.Residents[len(turn.Residents)-1]
			var held []string
			for _, h := range r.Held {
				held = append(held, h.Text)
			}
			if !slices.Equal(held, c.held) {
				t.Errorf("held are %q, want %q", held, c.held)
			}
			if want := []bot.Former{{Chat: "1001", Upto: s.Free}}; !slices.Equal(r.Former, want) {
				t.Errorf("former are %+v, want %+v", r.Former, want)
			}
			for _, m := range turn.Messages {
				if m.To == old && m.Lane != c.haste {
					t.Errorf("%q has haste %d, want %d", m.Body.Text, m.Lane, c.haste)
				}
			}
		})
	}
}

// Who was somebody else reads nothing more either, and nothing of it is for the resident.
// That an answer did not go, people hear.
func TestWhatWasUnsentGoesFromAStranger(t *testing.T) {
	t.Parallel()

	s := moved(t, bot.StageWaiting, time.Time{})
	s.Signals = []bot.Signal{{ID: 17, Resident: 7, Kind: signals.Arrival, State: bot.Open, Team: "sociaal_team_noord", Channel: "signalen-noord", Opened: s.Now}}
	s.Unsent = []bot.Message{{ID: 51, To: bot.Address{Door: bot.Telegram, Place: "1002"}, By: "samira", Body: bot.Body{Text: "Ik bel je."}}}
	turn := bot.Decide(s, bot.Event{User: "samira", Signal: 17, At: s.Now, What: bot.Acted{Action: "deny"}})
	if !slices.Equal(turn.Drop, []int64{51}) || len(turn.Residents) == 0 || len(turn.Residents[len(turn.Residents)-1].Held) > 0 {
		t.Errorf("dropped are %v, and held is %+v", turn.Drop, turn.Residents)
	}
	told := slices.ContainsFunc(turn.Signals, func(s bot.Signal) bool {
		return s.State == bot.Open && strings.Contains(s.Text, "Een antwoord aan wie de code van Anna had, is niet verstuurd.")
	})
	if !told {
		t.Errorf("nobody hears that the answer did not go: %+v", turn.Signals)
	}
}

// What people wrote comes when somebody said that it is them, in its order and with its
// moment; to who asked the bot not to write, when they come back.
func TestHeldComesAfterTheYes(t *testing.T) {
	t.Parallel()

	held := []bot.Held{{At: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), Text: "Ik bel je.", Media: &bot.Media{Ref: "foto"}}, {At: time.Date(2026, 3, 2, 8, 5, 0, 0, time.UTC), Text: "Tot zo."}}
	said := func(turn bot.Turn) []string {
		var got []string
		for _, m := range turn.Messages {
			if m.To.Place == "1002" && strings.Contains(m.Body.Text, "ma 2 maart 09.0") {
				got = append(got, m.Body.Text[strings.LastIndex(m.Body.Text, "\n")+1:])
			}
		}
		return got
	}
	confirm := func(stopped bool) (bot.Scene, bot.Turn) {
		s := moved(t, bot.StageWaiting, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
		s.Resident.Held = held
		if stopped {
			s.Resident.Stopped = s.Now
		}
		s.Signals = []bot.Signal{{ID: 17, Resident: 7, Kind: signals.Arrival, State: bot.Open, Team: "sociaal_team_noord", Channel: "signalen-noord", Opened: s.Now}}
		return s, bot.Decide(s, bot.Event{User: "samira", Signal: 17, At: s.Now, What: bot.Acted{Action: "confirm"}})
	}
	_, turn := confirm(false)
	if got := said(turn); !slices.Equal(got, []string{"Ik bel je.", "Tot zo."}) || len(turn.Residents[len(turn.Residents)-1].Held) > 0 {
		t.Errorf("said is %q, and held %+v", got, turn.Residents)
	}
	s, turn := confirm(true)
	r := turn.Residents[len(turn.Residents)-1]
	if got := said(turn); len(got) > 0 || len(r.Held) != 2 {
		t.Fatalf("who stopped is told %q, and held is %+v", got, r.Held)
	}
	s.Resident, s.Account, s.Signals = &r, s.Home, nil
	turn = bot.Decide(s, bot.Event{Chat: "1002", At: s.Now, What: bot.Commanded{Name: "start"}})
	if got := said(turn); len(got) != 2 {
		t.Errorf("who is back is told %q: %+v", got, turn.Messages)
	}
}
