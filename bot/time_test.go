package bot_test

import (
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
