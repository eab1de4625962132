package bot_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"houvast/bot"
	"houvast/flows"
	"houvast/signals"
)

// take lets a resident take everything along, and returns it to read and for software.
func takeAlong(t *testing.T, s bot.Scene) (text string, file map[string]any) {
	t.Helper()
	m := bot.Message{ID: 50, To: bot.Address{Door: bot.Telegram, Place: "1002"}, Later: bot.LaterExport, Subject: 7}
	body := bot.Decide(s, bot.Event{What: bot.Compose{Message: m}}).Bodies[50]
	if len(body.Files) != 2 {
		t.Fatalf("got %+v", body)
	}
	if err := json.Unmarshal([]byte(body.Files[1].Text), &file); err != nil {
		t.Fatal(err)
	}
	return body.Files[0].Text, file
}

// Everything that a resident gave goes along: also what they pressed, the sentence
// that was written for them, and the language that they chose (promise 8).
func TestEverythingGoesAlong(t *testing.T) {
	t.Parallel()

	s := moved(t, bot.StageActive, time.Time{})
	s.Resident.Welcome, s.Home.Language = "Fijn dat je er bent.", "en"
	s.Resident.Facts = map[string]bot.Fact{"ritme": {Value: "elke_dag"}}
	at := s.Now.Add(-time.Hour)
	s.Own = &bot.Own{
		Words: []bot.Word{{ID: 3, At: at, Text: "mijn fiets is weg"}, {ID: 4, At: at, Text: "ze klonk vreemd", By: "joost"}},
		Signals: []bot.Signal{
			{ID: 5, Opened: at, Kind: signals.Distress, State: bot.Closed, TakenBy: "samira", ClosedBy: "samira", ClosedAt: s.Now, Reason: "gesproken", Told: "Tomorrow.", Promised: "Morgen.",
				Shared: []flows.Answer{{Name: "hoe_gaat_het", Value: "slecht", Label: "Niet goed"}, {Name: "slaap", Value: "kort"}}},
			{ID: 6, Opened: at, Kind: signals.GoodNews, State: bot.Closed, ClosedBy: "resident", ClosedAt: s.Now, Reason: "de bewoner houdt het voor zich"},
		},
		CheckIns: []bot.CheckIn{{ID: 8, Planned: at, State: "skipped", Reason: "pause"}},
		Log:      []bot.LogLine{{At: at, Who: "tom", Did: "read"}, {At: at, Who: "samira", Did: "read a worry"}, {At: at, Who: "resident", Did: "linked"}},
	}
	text, file := takeAlong(t, s)
	for key, want := range map[string]string{"nickname": "Anna", "wijk": "Noord", "welcome": "Fijn dat je er bent.", "language": "en", "rhythm": "0 10 * * *"} {
		if file[key] != want {
			t.Errorf("%s is %q, want %q", key, file[key], want)
		}
	}
	all, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"answers":["hoe gaat het: Niet goed","slaap: kort"]`, `"promised":"Tomorrow."`, `"choices":{"ritme":"elke_dag"}`, `"closed_by":"resident"`,
		`"reason":"pause"`, `"text":"mijn fiets is weg"`, `"taken_by":"Samira (Sociaal Team)"`, `"who":"Tom (Sociaal Team)"`,
	} {
		if !strings.Contains(string(all), want) {
			t.Errorf("%s is not in %s", want, all)
		}
	}
	for _, want := range []string{"mijn fiets is weg", "hoe gaat het: Niet goed, slaap: kort", "Finished by Samira (Sociaal Team): gesproken", "Finished by you:", "Tom (Sociaal Team)"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if strings.Contains(text+string(all), "ze klonk vreemd") || strings.Contains(text, "resident") {
		t.Errorf("somebody else's own words go along, or what is not said to people:\n%s", text)
	}
	// Who read a peer expert's worry did not read the resident's words.
	if _, looked, _ := strings.Cut(text, "Who read my words:\n"); looked != "- ma 2 maart 10.00 uur: Tom (Sociaal Team)\n" {
		t.Errorf("who looked:\n%s", looked)
	}
}

// Who looked is told by first name and role: of whoever the resident may know by name,
// and of nobody else.
func TestWhoLookedIsSaidAsTheResidentMayKnowThem(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		stage bot.Stage
		who   string
		want  string
	}{
		{bot.StageActive, "tom", "Tom (Sociaal Team), op"},
		{bot.StageActive, "joost", "Joost (ervaringsdeskundige), op"},
		{bot.StageActive, "who_left", "Iemand van Sociaal Team Noord, op"},
		{bot.StageWaiting, "samira", "Samira (Sociaal Team), op"}, // who invited, and who reads in this wijk
		{bot.StageWaiting, "tom", "Iemand van Sociaal Team Noord, op"},
		{bot.StageWaiting, "who_left", "Iemand van Sociaal Team Noord, op"},
		{bot.StageActive, "houvast", "Houvast, op"},
		{bot.StageActive, "resident", "jou, op"},
	} {
		t.Run(string(c.stage)+" "+c.who, func(t *testing.T) {
			t.Parallel()

			s := moved(t, c.stage, time.Time{})
			s.Own = &bot.Own{Log: []bot.LogLine{
				{At: s.Now, Who: c.who, Did: "read"}, {At: s.Now, Who: "ravi", Did: "read a worry"}, {At: s.Now, Who: "ravi", Did: "found no words"}, {At: s.Now, Who: "ravi", Did: "took"},
			}}
			m := bot.Message{ID: 50, To: bot.Address{Door: bot.Telegram, Place: "1002"}, Later: bot.LaterLooked, Subject: 7}
			got := bot.Decide(s, bot.Event{What: bot.Compose{Message: m}}).Bodies[50].Text
			if !strings.Contains(got, "\n"+c.want) || strings.Count(got, "\n") != 1 {
				t.Errorf("got %q", got)
			}
		})
	}
}
