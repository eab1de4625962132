package bot_test

import (
	"strings"
	"testing"

	"houvast/bot"
	"houvast/signals"
)

// A message that did not open any more is told to people: of whom it was about when that
// is known, and a card that was lost is made anew.
func TestWhatDidNotOpenIsTold(t *testing.T) {
	t.Parallel()

	s := joostSays(t)
	s.Account, s.Prompts = nil, nil
	s.Signals[0].Kind, s.Signals[0].Channel = signals.Distress, "signalen-noord"
	ring := func(s bot.Scene, timer bot.Timer) (cards, texts []string) {
		timer.Kind = bot.TimerShut
		for _, m := range bot.Decide(s, bot.Event{At: s.Now, What: bot.Rang{Timer: timer}}).Messages {
			if m.To.Door != bot.Mattermost {
				t.Errorf("told on a phone: %+v", m)
			}
			switch {
			case m.Body.Card == nil:
				texts = append(texts, m.To.Place+": "+m.Body.Text)
			case m.Slot == "signal:17:card":
				cards = append(cards, m.Body.Card.Title)
			default:
				texts = append(texts, m.To.Place+": "+m.Body.Card.Title+m.Body.Card.Text)
			}
		}
		return cards, texts
	}
	const told = "Iets van mij over Anna is stuk."
	if cards, texts := ring(s, bot.Timer{Signal: 17, Resident: 7, Text: bot.Mattermost}); len(cards) != 1 || len(texts) != 1 || !strings.Contains(texts[0], told) {
		t.Errorf("a card: %q, %q", cards, texts)
	}
	if cards, texts := ring(s, bot.Timer{Signal: 17, Resident: 7, Text: bot.Telegram}); len(cards) != 0 || len(texts) != 1 || !strings.Contains(texts[0], told) {
		t.Errorf("on a phone: %q, %q", cards, texts)
	}
	s.Signals = nil
	turn := bot.Decide(s, bot.Event{At: s.Now, What: bot.Rang{Timer: bot.Timer{Kind: bot.TimerShut, Resident: 7, Text: bot.Telegram}}})
	if len(turn.Signals) != 1 || turn.Signals[0].Kind != signals.PracticalHelp || !strings.Contains(turn.Signals[0].Text, told) {
		t.Errorf("nothing stands open: %+v", turn.Signals)
	}
	s.Resident, s.Home = nil, nil
	if _, texts := ring(s, bot.Timer{Text: bot.Telegram}); len(texts) != 1 || !strings.Contains(texts[0], "Iets van mij is stuk.") {
		t.Errorf("of nobody known: %q", texts)
	}
}
