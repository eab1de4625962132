package storetest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"houvast/bot"
	"houvast/signals"
)

func seenBefore(h *house) {
	calls := 0
	e := h.event(bot.Event{Chat: "chat-anna"})
	for i := range 3 {
		replies, err := h.store.Take(h.Context(), h.now, []bot.Event{e, e}, func(s bot.Scene, _ bot.Event) bot.Turn {
			calls++
			return bot.Turn{
				Reply: bot.Reply{Text: "dag"}, Next: s.Free + 1,
				Messages: []bot.Message{{ID: s.Free, To: bot.Address{Door: bot.Telegram, Place: "chat-anna"}}},
			}
		})
		h.ok(err)
		want(h, "replies", len(replies), 2)
		want(h, "first reply", replies[0].Text == "dag", i == 0)
		want(h, "second reply", replies[1].Text, "")
	}
	want(h, "decided", calls, 1)
	want(h, "messages", len(h.due(bot.LaneDistress)), 1)
}

func nextScene(h *house) {
	anna, account := h.anna()
	s := h.look(bot.Event{Chat: "chat-anna"})
	if s.Account == nil || s.Resident == nil || s.Home == nil || len(s.Conversations) != 1 {
		h.Fatalf("got %+v, want account, resident, home and one conversation", s)
	}
	wantSame(h, "account", *s.Account, account)
	wantSame(h, "home", *s.Home, account)
	want(h, "resident", s.Resident.Nickname, anna.Nickname)
	want(h, "answer", s.Conversations[0].State.Answers["slaap"], "slecht")
	want(h, "now", s.Now, h.now)
	want(h, "seed", len(s.Seed), 32)
	if bytes.Equal(s.Seed, h.look(bot.Event{}).Seed) {
		h.Error("two scenes have one seed")
	}

	h.take(bot.Event{Chat: "chat-anna"}, func(s bot.Scene) bot.Turn {
		done := s.Conversations[0]
		done.State.Step = ""
		return bot.Turn{Next: s.Free, Conversations: []bot.Conversation{done}}
	})
	want(h, "open conversations", len(h.look(bot.Event{Chat: "chat-anna"}).Conversations), 0)
}

func restart(h *house) {
	h.anna()
	ids := h.send(bot.Message{To: bot.Address{Door: bot.Telegram, Place: "chat-anna"}, Body: bot.Body{Text: "dag"}})
	free := h.look(bot.Event{}).Free
	h.restart()
	s := h.look(bot.Event{Chat: "chat-anna"})
	if s.Resident == nil || s.Resident.Nickname != "Anna" || len(s.Conversations) != 1 {
		h.Fatalf("got %+v, want Anna and her conversation", s)
	}
	wantAll(h, "due", h.due(bot.LaneDistress), ids...)
	want(h, "words", h.messages(bot.LaneDistress)[0].Body.Text, "dag")
	if s.Free < free {
		h.Errorf("free: got %d, want at least %d", s.Free, free)
	}
}

func firstSight(h *house) {
	first := h.look(bot.Event{Chat: "chat-x"})
	again := h.look(bot.Event{Chat: "chat-x"})
	other := h.look(bot.Event{Chat: "chat-y"})
	if first.Account == nil || again.Account == nil || other.Account == nil {
		h.Fatal("a chat without an account")
	}
	want(h, "same chat", again.Account.ID, first.Account.ID)
	want(h, "chat", again.Account.Chat, "chat-x")
	if other.Account.ID == first.Account.ID || first.Account.ID == 0 {
		h.Errorf("two chats have account %d", first.Account.ID)
	}
	if none := h.look(bot.Event{Door: bot.Mattermost, User: "karin"}).Account; none != nil {
		h.Errorf("an event without a chat has account %v", none)
	}
}

func oneSequence(h *house) {
	s := h.take(bot.Event{Chat: "chat-x"}, func(s bot.Scene) bot.Turn { return bot.Turn{Next: s.Free + 7} })
	want(h, "after seven", h.look(bot.Event{}).Free, s.Free+7)
	// A turn that says less than it used must not lead to one id twice.
	h.take(bot.Event{}, func(s bot.Scene) bot.Turn {
		return bot.Turn{Residents: []bot.Resident{{ID: s.Free + 3}}}
	})
	want(h, "after a row", h.look(bot.Event{}).Free, s.Free+11)
}

func poison(h *house) {
	h.anna()
	var events []bot.Event
	for i := range 60 {
		events = append(events, h.event(bot.Event{Chat: "chat-anna", What: bot.Wrote{Text: bot.Text(fmt.Sprint(i))}}))
	}
	var unread []string
	kept := map[string]bool{}
	decide := func(s bot.Scene, e bot.Event) bot.Turn {
		switch w := e.What.(type) {
		case bot.Unread:
			want(h, "resident of what cannot be decided", s.Resident != nil, true)
			unread = append(unread, string(w.Raw))
			return bot.Turn{Next: s.Free, Reply: bot.Reply{Text: "onleesbaar"}}
		case bot.Wrote:
			if w.Text == "30" {
				panic("boom")
			}
		}
		kept[e.ID] = true
		return bot.Turn{Next: s.Free + 1, Messages: []bot.Message{{
			ID: s.Free, To: bot.Address{Door: bot.Telegram, Place: e.ID},
		}}}
	}
	for range 2 {
		_, err := h.store.Take(h.Context(), h.now, events, decide)
		h.ok(err)
	}
	want(h, "kept", len(kept), 59)
	want(h, "told as unread", len(unread), 1)
	if !strings.Contains(unread[0], `"30"`) {
		h.Errorf("the dead letter does not hold the event: %s", unread[0])
	}
	found := h.dueBy(bot.Telegram, bot.LaneDistress, 100)
	want(h, "messages", len(found), 59)

	// Also when it cannot even be decided as unread.
	replies, err := h.store.Take(h.Context(), h.now, []bot.Event{h.event(bot.Event{Chat: "chat-anna"})},
		func(bot.Scene, bot.Event) bot.Turn { panic("boom") })
	h.ok(err)
	want(h, "dead", replies[0].Dead, true)
}

func brokenRow(h *house) {
	h.anna()
	tried := 0
	h.take(bot.Event{Chat: "chat-anna"}, func(s bot.Scene) bot.Turn {
		tried++
		if tried > 1 {
			return bot.Turn{Next: s.Free}
		}
		changed := *s.Resident
		changed.Nickname = "Bert"
		return bot.Turn{
			Next: s.Free, Residents: []bot.Resident{changed},
			Messages: []bot.Message{{ID: 0}}, // no id
		}
	})
	want(h, "name", h.look(bot.Event{Chat: "chat-anna"}).Resident.Nickname, "Anna")
	want(h, "messages", len(h.due(bot.LaneDistress)), 0)
}

func replies(h *house) {
	var events []bot.Event
	for range 70 {
		events = append(events, h.event(bot.Event{}))
	}
	got, err := h.store.Take(h.Context(), h.now, events, func(s bot.Scene, e bot.Event) bot.Turn {
		return bot.Turn{Next: s.Free, Reply: bot.Reply{Text: e.ID}}
	})
	h.ok(err)
	want(h, "replies", len(got), len(events))
	for i := range got {
		want(h, "reply", got[i].Text, events[i].ID)
	}
}

// signal opens one for a resident.
func (h *house) signal(resident int64) bot.Signal {
	h.Helper()
	var opened bot.Signal
	h.take(bot.Event{}, func(s bot.Scene) bot.Turn {
		opened = bot.Signal{ID: s.Free, Resident: resident, Kind: signals.Distress, State: bot.Open, Opened: h.now, Text: "slaapt slecht"}
		return bot.Turn{Next: s.Free + 1, Signals: []bot.Signal{opened}}
	})
	return opened
}

func professional(h *house) {
	anna, account := h.anna()
	first := h.signal(anna.ID)
	h.now = h.now.Add(time.Minute)
	second := h.signal(anna.ID)
	h.take(bot.Event{}, func(s bot.Scene) bot.Turn {
		return bot.Turn{Next: s.Free + 2, Words: []bot.Word{
			{ID: s.Free, Resident: anna.ID, Signal: first.ID, At: h.now, Text: "van één"},
			{ID: s.Free + 1, Resident: anna.ID, Signal: second.ID, At: h.now, Text: "van twee"},
		}}
	})
	s := h.look(bot.Event{Door: bot.Mattermost, User: "karin", Signal: first.ID, What: bot.Acted{Action: "lees"}})
	if s.Account != nil || s.Resident == nil || s.Home == nil {
		h.Fatalf("got %+v, want no account, Anna and her chat", s)
	}
	want(h, "resident", s.Resident.ID, anna.ID)
	want(h, "home", s.Home.ID, account.ID)
	want(h, "conversations", len(s.Conversations), 1)
	want(h, "signals", len(s.Signals), 2)
	want(h, "oldest", s.Signals[0].ID, first.ID)
	want(h, "words of all of them", len(s.Words), 2)
	want(h, "oldest first", s.Words[0].Text, "van één")

	by := h.look(bot.Event{Door: bot.Mattermost, User: "karin", Resident: anna.ID, What: bot.Acted{}})
	want(h, "by resident", by.Resident.ID, anna.ID)

	// What the clock says of a message is about whom the message is about.
	about := h.look(bot.Event{Door: "clock", What: bot.Late{Message: bot.Message{Subject: second.ID}}})
	want(h, "by subject", about.Resident.ID, anna.ID)
	about = h.look(bot.Event{Door: "clock", What: bot.Compose{Message: bot.Message{ID: h.send(bot.Message{To: bert})[0], Subject: anna.ID}}})
	want(h, "by a subject that is a resident", about.Resident.ID, anna.ID)
	about = h.look(bot.Event{Door: "clock", What: bot.Undelivered{Message: bot.Message{To: bot.Address{Door: bot.Telegram, Place: "chat-anna"}}}})
	want(h, "by whom it was for", about.Resident.ID, anna.ID)
}

func byAccount(h *house) {
	anna, account := h.anna()
	s := h.look(bot.Event{Door: "clock", Account: account.ID, What: bot.Gap{For: time.Hour}})
	if s.Account == nil || s.Resident == nil {
		h.Fatalf("got %+v, want Anna and her chat", s)
	}
	want(h, "account", s.Account.ID, account.ID)
	want(h, "resident", s.Resident.ID, anna.ID)
	want(h, "conversations", len(s.Conversations), 1)
	if s := h.look(bot.Event{Door: "clock", Account: 4711, What: bot.Gap{}}); s.Account != nil {
		h.Errorf("an account that is not there: got %v", s.Account)
	}
}

func peerAnswers(h *house) {
	anna, _ := h.anna()
	signal := h.signal(anna.ID)
	h.take(bot.Event{Chat: "chat-joke"}, func(s bot.Scene) bot.Turn {
		a := *s.Account
		a.Person, a.ReplyTo, a.ReplyAt = "joke", signal.ID, h.now
		return bot.Turn{Next: s.Free, Accounts: []bot.Account{a}}
	})
	about := func(e bot.Event) bool {
		h.Helper()
		r := h.look(e).Resident
		return r != nil && r.ID == anna.ID
	}
	want(h, "words", about(bot.Event{Chat: "chat-joke"}), true)
	want(h, "a press", about(bot.Event{Chat: "chat-joke", What: bot.Pressed{}}), false)
	want(h, "a cry for help of their own", about(bot.Event{Chat: "chat-joke", Cry: true}), false)
	h.now = h.now.Add(time.Hour)
	want(h, "an hour later", about(bot.Event{Chat: "chat-joke"}), false)
}

func closedSignal(h *house) {
	anna, _ := h.anna()
	first := h.signal(anna.ID)
	h.now = h.now.Add(time.Minute)
	second := h.signal(anna.ID)
	first.State = bot.Closed
	h.take(bot.Event{}, func(s bot.Scene) bot.Turn { return bot.Turn{Next: s.Free, Signals: []bot.Signal{first}} })

	s := h.look(bot.Event{Chat: "chat-anna"})
	want(h, "open", len(s.Signals), 1)
	want(h, "the open one", s.Signals[0].ID, second.ID)

	s = h.look(bot.Event{Door: bot.Mattermost, Signal: first.ID, What: bot.Acted{}})
	want(h, "with the named one", len(s.Signals), 2)
	want(h, "oldest first", s.Signals[0].ID, first.ID)
}

func words(h *house) {
	anna, _ := h.anna()
	h.take(bot.Event{}, func(s bot.Scene) bot.Turn {
		return bot.Turn{Next: s.Free + 3, Words: []bot.Word{
			{ID: s.Free, Resident: anna.ID, At: h.now.Add(-25 * time.Hour), Text: "gisteren"},
			{ID: s.Free + 1, Resident: anna.ID, At: h.now.Add(-time.Hour), Text: "net"},
			{ID: s.Free + 2, Resident: anna.ID, At: h.now, Text: "gegeven", Signal: 900},
		}}
	})
	found := h.look(bot.Event{Chat: "chat-anna"}).Words
	want(h, "words", len(found), 1)
	want(h, "word", found[0].Text, "net")
}

// manyWords are more than a query may hold parts, one for each.
func manyWords(h *house) {
	anna, _ := h.anna()
	for _, n := range []int{1, 2, 3, 600, 20000} {
		var about, given int64
		h.take(bot.Event{Chat: "chat-anna"}, func(s bot.Scene) bot.Turn {
			turn := bot.Turn{Next: s.Free + 4}
			about, given = s.Free, s.Free+1
			gone := s.Free - 100_000 // of words that are not kept any more
			talk := s.Conversations[0]
			talk.About = nil
			for i := range n - 1 {
				talk.About = append(talk.About, gone-int64(i))
			}
			talk.About = append(talk.About, about)
			turn.Conversations = []bot.Conversation{talk}
			turn.Words = []bot.Word{
				{ID: about, Resident: anna.ID, At: h.now.AddDate(0, -1, 0), Text: "waar het over gaat", Signal: 900},
				{ID: given, Resident: anna.ID, At: h.now.AddDate(0, -1, 0), Text: "gegeven", Signal: s.Free + 2},
			}
			turn.Signals = []bot.Signal{{ID: s.Free + 2, Resident: anna.ID, Kind: signals.PeerWorry, State: bot.Open, Opened: h.now}}
			return turn
		})
		found := h.look(bot.Event{Chat: "chat-anna"}).Words
		for _, id := range []int64{about, given} {
			if !slices.ContainsFunc(found, func(w bot.Word) bool { return w.ID == id }) {
				h.Errorf("of %d words one is out of sight", n)
			}
		}
	}
	// And of many signals.
	var last int64
	for range 6 {
		h.take(bot.Event{}, func(s bot.Scene) bot.Turn {
			turn := bot.Turn{Next: s.Free + 202, Words: []bot.Word{{ID: s.Free + 200, Resident: anna.ID, At: h.now, Text: "het laatste", Signal: s.Free + 199}}}
			last = s.Free + 200
			for i := range int64(200) {
				turn.Signals = append(turn.Signals, bot.Signal{ID: s.Free + i, Resident: anna.ID, Kind: signals.PeerWorry, State: bot.Open, Opened: h.now})
			}
			return turn
		})
	}
	s := h.look(bot.Event{Chat: "chat-anna"})
	if len(s.Signals) < 1200 || !slices.ContainsFunc(s.Words, func(w bot.Word) bool { return w.ID == last }) {
		h.Errorf("of %d signals the words of the last are out of sight", len(s.Signals))
	}
}

func editedWords(h *house) {
	anna, _ := h.anna()
	h.take(bot.Event{}, func(s bot.Scene) bot.Turn {
		return bot.Turn{Next: s.Free + 1, Words: []bot.Word{
			{ID: s.Free, Resident: anna.ID, At: h.now, Text: "gegeven", Signal: 900, Message: "12"},
		}}
	})
	want(h, "another message", len(h.look(bot.Event{Chat: "chat-anna", What: bot.Wrote{Edited: true, Message: "13"}}).Words), 0)
	found := h.look(bot.Event{Chat: "chat-anna", What: bot.Wrote{Edited: true, Message: "12"}}).Words
	want(h, "words", len(found), 1)
}

func invitation(h *house) {
	hash := sha256.Sum256([]byte("RGIHGSIA4Z77PETL"))
	var id int64
	h.take(bot.Event{}, func(s bot.Scene) bot.Turn {
		id = s.Free
		return bot.Turn{
			Next: s.Free + 2, Residents: []bot.Resident{{ID: id + 1, Nickname: "Bert"}},
			Invites: []bot.Invite{{ID: id, Hash: hash[:], By: "karin", Resident: id + 1}},
		}
	})
	s := h.look(bot.Event{Chat: "chat-x", Code: "RGIHGSIA4Z77PETL", What: bot.Started{}})
	if s.Invite == nil || s.Invite.By != "karin" {
		h.Fatalf("got %v, want Karin's invitation", s.Invite)
	}
	if s.Invited == nil || s.Invited.Nickname != "Bert" {
		h.Errorf("invited: got %v, want Bert", s.Invited)
	}
	if wrong := h.look(bot.Event{Chat: "chat-x", Code: "AAAA", What: bot.Started{}}).Invite; wrong != nil {
		h.Errorf("a wrong code finds %v", wrong)
	}
	if by := h.look(bot.Event{Door: bot.Mattermost, Signal: id, What: bot.Acted{}}).Invite; by == nil {
		h.Error("not found by its id")
	}
}

func unsent(h *house) {
	anna, _ := h.anna()
	ours, joke := sha256.Sum256([]byte("ANNA")), sha256.Sum256([]byte("JOKE"))
	h.take(bot.Event{Chat: "chat-joke"}, func(s bot.Scene) bot.Turn {
		a := *s.Account
		a.Person = "joke"
		return bot.Turn{Next: s.Free + 2, Accounts: []bot.Account{a}, Invites: []bot.Invite{
			{ID: s.Free, Hash: ours[:], Resident: anna.ID}, {ID: s.Free + 1, Hash: joke[:], Person: "joke"},
		}}
	})
	to := func(chat string, lane bot.Lane) bot.Message {
		return bot.Message{To: bot.Address{Door: bot.Telegram, Place: chat}, Lane: lane, Due: h.now.Add(time.Hour), Body: bot.Body{Text: chat}}
	}
	ids := h.send(to("chat-anna", bot.LaneScheduled), to("chat-joke", bot.LaneDistress), to("chat-anna", bot.LaneDistress), to("chat-x", bot.LaneAnswer), to("chat-anna", bot.LaneAnswer))
	h.try(ids[4])
	h.settle(bot.Outcome{Message: ids[4], Sent: true})
	g := h.signal(anna.ID)
	for what, c := range map[string]struct {
		e    bot.Event
		want []int64
	}{
		"to Anna":                   {bot.Event{Chat: "chat-x", Code: "ANNA", What: bot.Started{}}, []int64{ids[0], ids[2]}},
		"to Joke":                   {bot.Event{Chat: "chat-x", Code: "JOKE", What: bot.Wrote{Text: "joke"}}, []int64{ids[1]}},
		"denied":                    {bot.Event{Door: bot.Mattermost, Signal: g.ID, What: bot.Acted{Action: "deny"}}, []int64{ids[0], ids[2]}},
		"in the same chat, to Anna": {bot.Event{Chat: "chat-anna", Code: "ANNA", What: bot.Started{}}, nil},
		"in the same chat, to Joke": {bot.Event{Chat: "chat-joke", Code: "JOKE", What: bot.Started{}}, nil},
		"no code":                   {bot.Event{Chat: "chat-anna"}, nil},
		"another press":             {bot.Event{Door: bot.Mattermost, Signal: g.ID, What: bot.Acted{Action: "confirm"}}, nil},
	} {
		var got []int64
		for _, m := range h.look(c.e).Unsent {
			got = append(got, m.ID)
			want(h, what+": words", m.Body.Text, m.To.Place)
		}
		wantAll(h, what, got, c.want...)
	}
}

func peers(h *house) {
	var id int64
	h.take(bot.Event{Chat: "chat-joke"}, func(s bot.Scene) bot.Turn {
		a := *s.Account
		a.Person = "joke"
		id = a.ID
		return bot.Turn{Next: s.Free, Accounts: []bot.Account{a}}
	})
	want(h, "joke", h.look(bot.Event{}).Peers["joke"].ID, id)

	// What was not kept is not remembered.
	h.take(bot.Event{Chat: "chat-piet"}, func(s bot.Scene) bot.Turn {
		if s.Account == nil {
			return bot.Turn{}
		}
		a := *s.Account
		a.Person = "piet"
		return bot.Turn{Accounts: []bot.Account{a}, Residents: []bot.Resident{{ID: 0}}}
	})
	want(h, "peers", len(h.look(bot.Event{}).Peers), 1)

	h.restart()
	want(h, "joke after a restart", h.look(bot.Event{}).Peers["joke"].Chat, "chat-joke")
	h.take(bot.Event{Chat: "chat-joke"}, func(s bot.Scene) bot.Turn {
		a := *s.Account
		a.Person = ""
		return bot.Turn{Next: s.Free, Accounts: []bot.Account{a}}
	})
	want(h, "after joke left", len(h.look(bot.Event{}).Peers), 0)
}

func prompts(h *house) {
	anna, _ := h.anna()
	given, passed := h.signal(anna.ID), h.signal(anna.ID)
	h.take(bot.Event{Chat: "chat-joke"}, func(s bot.Scene) bot.Turn {
		a := *s.Account
		a.Person = "joke"
		given.Peers = []string{"joke"}
		return bot.Turn{Next: s.Free, Accounts: []bot.Account{a}, Signals: []bot.Signal{given}}
	})
	see := func(e bot.Event) []int64 {
		var ids []int64
		for _, p := range h.look(e).Prompts {
			want(h, "whose it is", p.Resident.Nickname, "Anna")
			ids = append(ids, p.Signal.ID)
		}
		return ids
	}
	wantAll(h, "of a block", see(bot.Event{Chat: "chat-joke", What: bot.Blocked{}}), given.ID)
	wantAll(h, "of a message that never came", see(bot.Event{Chat: "chat-joke", Signal: passed.ID, What: bot.Undelivered{}}), given.ID)
	wantAll(h, "of the resident", see(bot.Event{Chat: "chat-anna", What: bot.Blocked{}}))

	// What will come to them counts too: good news that keeps until the morning.
	h.take(bot.Event{Chat: "chat-anna"}, func(s bot.Scene) bot.Turn {
		r := *s.Resident
		r.Circle.Maatje = "joke"
		return bot.Turn{Next: s.Free, Residents: []bot.Resident{r}}
	})
	wantAll(h, "of their resident", see(bot.Event{Chat: "chat-joke", What: bot.Commanded{Name: "stop"}}), given.ID, passed.ID)
	h.take(bot.Event{}, func(s bot.Scene) bot.Turn {
		given.State = bot.Closed
		return bot.Turn{Next: s.Free, Signals: []bot.Signal{given}}
	})
	wantAll(h, "what is closed", see(bot.Event{Chat: "chat-joke", What: bot.Blocked{}}), passed.ID)
}

func overview(h *house) {
	h.anna()
	want(h, "for a slash command", len(h.look(bot.Event{Door: bot.Mattermost, User: "karin", What: bot.Slash{Text: "overzicht"}}).Residents), 1)
	want(h, "otherwise", len(h.look(bot.Event{Chat: "chat-anna"}).Residents), 0)
}

func faultyForm(h *house) {
	tries := 0
	e := h.event(bot.Event{ID: "dialog:1", Door: bot.Mattermost, What: bot.Submitted{}})
	for range 3 {
		replies, err := h.store.Take(h.Context(), h.now, []bot.Event{e}, func(s bot.Scene, _ bot.Event) bot.Turn {
			if tries++; tries == 1 {
				return bot.Turn{Next: s.Free + 1, Reply: bot.Reply{Errors: map[string]string{"naam": "Vul een naam in."}}, Residents: []bot.Resident{{ID: s.Free}}}
			}
			return bot.Turn{Next: s.Free, Reply: bot.Reply{Text: "klaar"}}
		})
		h.ok(err)
		want(h, "faults are told", len(replies[0].Errors) > 0, tries == 1)
	}
	want(h, "tries", tries, 2)
	want(h, "kept of the first", len(h.look(bot.Event{What: bot.Slash{}}).Residents), 0)
}

func waiting(h *house) {
	_, account := h.anna()
	found, err := h.store.Waiting(h.Context())
	h.ok(err)
	want(h, "waiting", len(found), 1)
	want(h, "whose", found[0].Account, account.ID)
	found[0].State.Step = ""
	h.take(bot.Event{}, func(s bot.Scene) bot.Turn { return bot.Turn{Next: s.Free, Conversations: found} })
	found, err = h.store.Waiting(h.Context())
	h.ok(err)
	want(h, "waiting", len(found), 0)
}

func oneCheckIn(h *house) {
	anna, _ := h.anna()
	put := func(planned time.Time) (messages int) {
		decided := false
		h.take(bot.Event{}, func(s bot.Scene) bot.Turn {
			if decided {
				return bot.Turn{Next: s.Free}
			}
			decided = true
			return bot.Turn{
				Next: s.Free + 2, CheckIns: []bot.CheckIn{{ID: s.Free, Resident: anna.ID, Planned: planned, State: "queued"}},
				Messages: []bot.Message{{ID: s.Free + 1, To: bot.Address{Door: bot.Telegram, Place: fmt.Sprint(s.Free)}}},
			}
		})
		return len(h.due(bot.LaneDistress))
	}
	want(h, "asked", put(h.now), 1)
	want(h, "asked again for the same moment", put(h.now), 1)
	want(h, "asked for the next", put(h.now.Add(time.Hour)), 2)

	// What becomes of them may be said without their moment.
	h.take(bot.Event{}, func(s bot.Scene) bot.Turn {
		return bot.Turn{Next: s.Free + 1, CheckIns: []bot.CheckIn{
			{ID: s.Free, Resident: anna.ID, Planned: h.now.Add(2 * time.Hour), State: "queued"},
			{ID: s.Free, Resident: anna.ID, State: "sent"},
		}}
	})
	want(h, "asked again for a moment that was sent", put(h.now.Add(2*time.Hour)), 2)
}

func together(h *house) {
	const n = 200
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			e := bot.Event{ID: fmt.Sprintf("telegram:p%d", i), Door: bot.Telegram, Chat: fmt.Sprintf("chat-%d", i%20), At: h.now, What: bot.Wrote{}}
			for range 2 {
				_, err := h.store.Take(h.Context(), h.now, []bot.Event{e}, func(s bot.Scene, e bot.Event) bot.Turn {
					a := *s.Account
					a.WrongCodes++ // read and written: one that is lost shows
					return bot.Turn{
						Next: s.Free + 1, Accounts: []bot.Account{a},
						Messages: []bot.Message{{ID: s.Free, To: bot.Address{Door: bot.Telegram, Place: e.ID}}},
					}
				})
				if err != nil {
					h.Error(err)
				}
			}
		})
	}
	all.Wait()
	found := h.dueBy(bot.Telegram, bot.LaneDistress, 2*n)
	want(h, "messages", len(found), n)
	sum := 0
	for i := range 20 {
		sum += h.look(bot.Event{Chat: fmt.Sprintf("chat-%d", i)}).Account.WrongCodes
	}
	want(h, "counted", sum, n)
}

func forgotten(h *house) {
	anna, account := h.anna()
	signal := h.signal(anna.ID)
	place := bot.Address{Door: bot.Telegram, Place: "chat-anna"}
	h.take(bot.Event{}, func(s bot.Scene) bot.Turn {
		return bot.Turn{
			Next:     s.Free + 4,
			Words:    []bot.Word{{ID: s.Free, Resident: anna.ID, At: h.now, Text: "geheim"}},
			Timers:   []bot.Timer{{ID: s.Free + 1, Key: "signal:1", Due: h.now, Kind: bot.TimerSignal, Signal: signal.ID}},
			Messages: []bot.Message{{ID: s.Free + 2, To: place}, {ID: s.Free + 3, To: bot.Address{Door: bot.Mattermost, Place: "team"}, Later: "card", Subject: signal.ID}},
		}
	})
	// What was posted there is not edited by whoever has the chat next.
	posted := bot.Message{To: place, Lane: bot.LaneAnswer, Slot: "ask:1:1", Body: bot.Body{Text: "Hoe gaat het?"}}
	team := bot.Message{To: bot.Address{Door: bot.Mattermost, Place: "team"}, Lane: bot.LaneAnswer, Slot: "signal:1:card"}
	for _, id := range h.send(posted, team) {
		h.try(id)
		h.settle(bot.Outcome{Message: id, Sent: true, Remote: "77"})
	}
	var goodbye int64
	h.take(bot.Event{Chat: "chat-anna"}, func(s bot.Scene) bot.Turn {
		if s.Resident == nil {
			return bot.Turn{Next: s.Free}
		}
		goodbye = s.Free
		return bot.Turn{
			Next: s.Free + 1, Forget: []int64{anna.ID}, Residents: []bot.Resident{anna},
			Messages: []bot.Message{{ID: goodbye, To: place, Body: bot.Body{Text: "dag"}}},
		}
	})
	wantAll(h, "the goodbye", h.due(bot.LaneDistress), goodbye)
	h.send(posted, team)
	want(h, "where a question stood in the chat", h.messages(bot.LaneAnswer)[0].Remote, "")
	again := h.dueBy(bot.Mattermost, bot.LaneAnswer, 10)
	want(h, "where a card stands with the team", again[0].Remote, "77")
	want(h, "timers", len(h.timers()), 0)
	cards := h.dueBy(bot.Mattermost, bot.LaneDistress, 10)
	want(h, "cards", len(cards), 0)
	s := h.look(bot.Event{Door: bot.Mattermost, Signal: signal.ID, Resident: anna.ID, What: bot.Slash{}})
	want(h, "residents", len(s.Residents), 0)
	want(h, "signals", len(s.Signals), 0)
	want(h, "words", len(s.Words), 0)
	s = h.look(bot.Event{Chat: "chat-anna"})
	if s.Resident != nil || s.Account.ID == account.ID {
		h.Errorf("still known: %+v", s)
	}
}

func forgottenPeer(h *house) {
	anna, _ := h.anna()
	h.take(bot.Event{Chat: "chat-anna"}, func(s bot.Scene) bot.Turn {
		a := *s.Account
		a.Person = "anna"
		return bot.Turn{Next: s.Free, Accounts: []bot.Account{a}}
	})
	// What they get about others as a peer expert still goes, and edits what stands there.
	place := bot.Address{Door: bot.Telegram, Place: "chat-anna"}
	other, own := h.signal(4711), h.signal(anna.ID)
	prompt := bot.Message{To: place, Slot: "signal:peer", Subject: other.ID}
	first := h.send(prompt)[0]
	h.try(first)
	h.settle(bot.Outcome{Message: first, Sent: true, Remote: "77"})
	ids := h.send(prompt, bot.Message{To: place, Lane: bot.LaneAnswer}, bot.Message{To: place, Lane: bot.LaneScheduled, Subject: anna.ID},
		bot.Message{To: place, Lane: bot.LaneScheduled, Subject: own.ID})
	h.take(bot.Event{}, func(s bot.Scene) bot.Turn { return bot.Turn{Next: s.Free, Forget: []int64{anna.ID}} })
	wantAll(h, "about others", h.due(bot.LaneDistress), ids[0])
	want(h, "where it stands", h.messages(bot.LaneDistress)[0].Remote, "77")
	wantAll(h, "said to them", h.due(bot.LaneAnswer))
	wantAll(h, "about them", h.due(bot.LaneScheduled))
	s := h.look(bot.Event{Chat: "chat-anna"})
	want(h, "resident", s.Resident == nil && s.Account.Resident == 0, true)
	want(h, "peer expert", s.Account.Person, "anna")
	want(h, "among the peers", s.Peers["anna"].Resident, 0)
	want(h, "peers", len(s.Peers), 1)
}

// becameOf: the last word to somebody who was forgotten may be the one that fails.
func becameOf(h *house) {
	anna, account := h.anna()
	for _, what := range []func(bot.Message) bot.What{
		func(m bot.Message) bot.What { return bot.Undelivered{Message: m, Class: bot.SendBlocked} },
		func(m bot.Message) bot.What { return bot.Late{Message: m} },
	} {
		m := bot.Message{To: bot.Address{Door: bot.Telegram, Place: "chat-weg"}}
		s := h.look(bot.Event{Door: "clock", Chat: "chat-weg", What: what(m)})
		if s.Account != nil || s.Resident != nil || s.Home != nil {
			h.Errorf("known by a message that failed: %+v", s)
		}
		free := s.Free
		want(h, "the next free row", h.look(bot.Event{Door: "clock", Chat: "chat-weg", What: what(m)}).Free, free)
		m.To.Place = "chat-anna"
		s = h.look(bot.Event{Door: "clock", Chat: "chat-anna", What: what(m)})
		want(h, "who is known", s.Account != nil && s.Account.ID == account.ID && s.Resident != nil && s.Resident.ID == anna.ID, true)
		s = h.look(bot.Event{Door: "clock", Account: account.ID, What: what(bot.Message{})})
		want(h, "by an account", s.Account != nil && s.Account.ID == account.ID, true)
	}
	// Who blocked the bot is the one whose chat it is, whoever the message was about.
	wish := h.signal(anna.ID)
	blocked := func(chat string, subject int64) bot.Scene {
		m := bot.Message{To: bot.Address{Door: bot.Telegram, Place: chat}, Slot: "signal:peer", Subject: subject}
		return h.look(bot.Event{Door: "clock", Chat: chat, What: bot.Undelivered{Message: m, Class: bot.SendBlocked}})
	}
	if s := blocked("chat-weg", wish.ID); s.Account != nil || s.Resident != nil || s.Home != nil {
		h.Errorf("a chat that is not known is taken to be %+v", s.Resident)
	}
	other := h.signal(4711)
	s := blocked("chat-anna", other.ID)
	want(h, "whose chat it is", s.Resident != nil && s.Resident.ID == anna.ID && s.Home != nil && s.Home.ID == account.ID, true)
}
