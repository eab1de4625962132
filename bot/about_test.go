package bot_test

import (
	"slices"
	"testing"
	"time"

	"houvast/bot"
	"houvast/flows"
)

// A talk that is begun again takes over what the one before it was about: the newest
// words, so many that a turn can hand each of them out.
func TestATalkTakesOverWhatItIsAbout(t *testing.T) {
	t.Parallel()

	for _, n := range []int64{0, 1, 50, 51, 600} {
		s := moved(t, bot.StageActive, time.Time{})
		s.Account = s.Home
		var about []int64
		for i := range n {
			about = append(about, 1000+i)
		}
		state, _ := flows.Start(s.House.Flows.Flow("anders"), flows.Person{Facts: map[string]string{"vast_contact": "Samira"}})
		s.Conversations = []bot.Conversation{{ID: 5, Account: 2, Resident: 7, Flow: "anders", State: state, Waiting: true, About: about}}
		s.Free = 5000
		turn := bot.Decide(s, bot.Event{Chat: "1002", At: s.Now, What: bot.Wrote{Text: "mijn fiets is weg", Message: "9"}})
		i := slices.IndexFunc(turn.Conversations, func(c bot.Conversation) bool { return c.ID != 5 && c.Waiting })
		if i < 0 {
			t.Fatalf("no talk was begun: %+v", turn.Conversations)
		}
		got := turn.Conversations[i].About
		kept := about[max(0, len(about)-50):]
		if len(got) != len(kept)+1 || !slices.Equal(got[:len(kept)], kept) || got[len(kept)] != turn.Words[0].ID {
			t.Errorf("of %d: %v", n, got)
		}
	}
}

// What somebody has, or should have had by now, is not given to whom the resident
// chooses for what they type next: it was laid ready for the one who reads.
func TestATalkLeavesWithTheReaderWhatIsTheirs(t *testing.T) {
	t.Parallel()

	for _, flow := range []string{"media", "anders"} {
		s := moved(t, bot.StageActive, time.Time{})
		s.Account = s.Home
		ago := func(d time.Duration) time.Time { return s.Now.Add(-d) }
		s.Words = []bot.Word{
			{ID: 1000, Resident: 7, At: ago(10 * time.Minute), Signal: 900},
			{ID: 1001, Resident: 7, At: ago(30 * time.Minute)},
			{ID: 1002, Resident: 7, At: ago(29 * time.Minute)},
		}
		state, _ := flows.Start(s.House.Flows.Flow(flow), flows.Person{Facts: map[string]string{"vast_contact": "Samira", "lezer": "Samira"}})
		s.Conversations = []bot.Conversation{{ID: 5, Account: 2, Resident: 7, Flow: flow, State: state, Waiting: true, About: []int64{1000, 1001, 1002}}}
		s.Free = 5000
		turn := bot.Decide(s, bot.Event{Chat: "1002", At: s.Now, What: bot.Wrote{Text: "mijn fiets is weg", Message: "9"}})
		i := slices.IndexFunc(turn.Conversations, func(c bot.Conversation) bool { return c.ID != 5 && c.Waiting })
		if i < 0 {
			t.Fatalf("no talk was begun: %+v", turn.Conversations)
		}
		if got, want := turn.Conversations[i].About, []int64{1002, turn.Words[0].ID}; !slices.Equal(got, want) {
			t.Errorf("after %s: about %v, want %v", flow, got, want)
		}
	}
}
