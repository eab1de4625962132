package bot_test

import (
	"testing"
	"time"

	"houvast/bot"
	"houvast/flows"
	"houvast/signals"
)

// What deciding costs, without reading or keeping anything: the time for which
// everybody else's turn waits. The goal of each is under 20 µs; a signal costs most,
// because its route is worked out on the network's calendar. What is looked for in a
// text before its turn comes is measured apart, under hearing.
func BenchmarkDecide(b *testing.B) {
	house := exampleHouse(b)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	anna := bot.Account{ID: 1, Chat: "1001", Resident: 2}
	resident := bot.Resident{ID: 2, Nickname: "Anna", Account: 1, Stage: bot.StageActive, InvitedBy: "samira",
		Circle: signals.Circle{Wijk: "noord", Primary: "samira", Backups: []string{"tom"}, Maatje: "joost"}}
	flow := house.Flows.Flow("contact")
	state, effects := flows.Start(flow, flows.Person{Facts: map[string]string{"naam": "Anna", "vast_contact": "Samira", "maatje": "Joost", "team": "Noord"}})
	asked := effects[len(effects)-1].(flows.Ask)
	talk := bot.Conversation{ID: 3, Account: 1, Resident: 2, Flow: "contact", Version: flow.Version, State: state, Waiting: true, Asked: asked.Text, Offered: asked.Buttons, AskedAt: now}
	open := bot.Signal{ID: 4, Resident: 2, Kind: signals.Distress, State: bot.Open, Team: "sociaal_team_noord", Channel: "signalen-noord", Opened: now}
	scene := bot.Scene{House: house, Now: now, Free: 100, Seed: make([]byte, 32), Account: &anna, Resident: &resident, Home: &anna, Conversations: []bot.Conversation{talk}}
	desk := scene
	desk.Account, desk.Conversations, desk.Signals = nil, nil, []bot.Signal{open}

	for _, c := range []struct {
		name  string
		scene bot.Scene
		event bot.Event
	}{
		{"words", scene, bot.Event{ID: "telegram:1", Door: bot.Telegram, At: now, Chat: "1001", What: bot.Wrote{Text: "mijn fiets is weg", Message: "9"}}},
		{"press", scene, bot.Event{ID: "telegram:2", Door: bot.Telegram, At: now, Chat: "1001", What: bot.Pressed{Data: "a:3:1:team"}}},
		{"signal", scene, bot.Event{ID: "telegram:3", Door: bot.Telegram, At: now, Chat: "1001", What: bot.Wrote{Text: "Het is moeilijk"}}},
		{"danger", scene, bot.Event{ID: "telegram:4", Door: bot.Telegram, At: now, Chat: "1001", What: bot.Wrote{Text: "ik wil dood", Message: "10"}}},
		{"take up", desk, bot.Event{ID: "action:1", Door: bot.Mattermost, At: now, User: "samira", Signal: 4, What: bot.Acted{Action: "take", Channel: "signalen-noord"}}},
	} {
		e := bot.Prepare(house, c.event)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if t := bot.Decide(c.scene, e); len(t.Messages) == 0 {
					b.Fatal("nothing was decided")
				}
			}
		})
		if e.Heard == nil {
			continue
		}
		b.Run("hearing "+c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bot.Prepare(house, c.event)
			}
		})
	}
}
