package bot_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"houvast/bot"
	"houvast/content"
)

// A flow that another one planned, and that comes late, begins in the morning and
// not in the night.
func TestPlannedFlowWakesNobody(t *testing.T) {
	t.Parallel()

	network, err := content.ExampleNetwork()
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Time{
		time.Date(2026, 3, 2, bot.NightFrom, 0, 0, 0, network.Zone),
		time.Date(2026, 3, 3, bot.NightUntil-1, 59, 0, 0, network.Zone),
	} {
		turn := bot.Decide(
			bot.Scene{House: &bot.House{Network: network}, Now: at.UTC(), Free: 1, Resident: &bot.Resident{ID: 7, Stage: bot.StageActive}},
			bot.Event{What: bot.Rang{Timer: bot.Timer{Key: "flow:1", Kind: bot.TimerFlow, Due: at.Add(-12 * time.Hour), Resident: 7, Text: "heropvolging"}}},
		)
		morning := time.Date(2026, 3, 3, bot.NightUntil, 0, 0, 0, network.Zone)
		if len(turn.Timers) != 1 || !turn.Timers[0].Due.Equal(morning) || len(turn.Messages) > 0 {
			t.Errorf("at %s: got %+v and %d messages, want a timer at %s", at, turn.Timers, len(turn.Messages), morning)
		}
	}
}

// After an outage every moment that was missed is accounted for once, and at most
// one question is asked: nobody gets three at once because the house was away.
func TestEveryMissedMomentIsAccountedFor(t *testing.T) {
	t.Parallel()

	house := exampleHouse(t)
	zone := house.Network.Zone
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, zone) }
	for name, c := range map[string]struct {
		now  time.Time
		pays []string // planned and state
		asks int
		next time.Time
	}{
		"in time":              {at(2, 10, 1), []string{"2 queued "}, 1, at(3, 10, 0)},
		"three days, late":     {at(5, 10, 40), []string{"2 skipped downtime", "3 skipped downtime", "4 skipped downtime", "5 queued "}, 1, at(6, 10, 0)},
		"three days, too late": {at(5, 18, 0), []string{"2 skipped downtime", "3 skipped downtime", "4 skipped downtime", "5 skipped downtime"}, 0, at(6, 10, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			home := bot.Account{ID: 1, Chat: "1001", Resident: 7}
			turn := bot.Decide(
				bot.Scene{House: house, Now: c.now, Free: 100, Home: &home,
					Resident: &bot.Resident{ID: 7, Account: 1, Stage: bot.StageActive, Rhythm: "0 10 * * *", NextAsk: at(2, 10, 0)}},
				bot.Event{What: bot.Rang{Timer: bot.Timer{Key: bot.RhythmKey(7), Kind: bot.TimerRhythm, Due: at(2, 10, 0), Resident: 7}}},
			)
			var got []string
			for _, row := range turn.CheckIns {
				got = append(got, fmt.Sprintf("%d %s %s", row.Planned.In(zone).Day(), row.State, row.Reason))
			}
			if !slices.Equal(got, c.pays) {
				t.Errorf("rows: got %q, want %q", got, c.pays)
			}
			if len(turn.Messages) != c.asks {
				t.Errorf("got %d messages, want %d", len(turn.Messages), c.asks)
			}
			if next := turn.Residents[0].NextAsk; !next.Equal(c.next) {
				t.Errorf("next: got %s, want %s", next, c.next)
			}
		})
	}
}
