package storetest

import (
	"time"

	"houvast/bot"
)

var (
	anna = bot.Address{Door: bot.Telegram, Place: "chat-anna"}
	bert = bot.Address{Door: bot.Telegram, Place: "chat-bert"}
)

func order(h *house) {
	ids := h.send(
		bot.Message{To: anna, Lane: bot.LaneScheduled}, // 0
		bot.Message{To: anna, Lane: bot.LaneScheduled}, // 1
		bot.Message{To: bert, Lane: bot.LaneScheduled}, // 2
		bot.Message{To: anna, Lane: bot.LaneDistress},  // 3
	)
	wantAll(h, "scheduled", h.due(bot.LaneScheduled), ids[0], ids[2])
	wantAll(h, "distress waits for nothing", h.due(bot.LaneDistress), ids[3])
	h.try(ids[0])
	h.settle(bot.Outcome{Message: ids[0], Sent: true})
	wantAll(h, "then", h.due(bot.LaneScheduled), ids[1], ids[2])
	want(h, "the other door", len(h.dueBy(bot.Mattermost, bot.LaneScheduled, 10)), 0)
	want(h, "limit", len(h.dueBy(bot.Telegram, bot.LaneScheduled, 1)), 1)
}

// orderInChannel is a card that Mattermost does not take, for as long as it may last.
func orderInChannel(h *house) {
	channel := bot.Address{Door: bot.Mattermost, Place: "signalen-noord"}
	due := func() (ids []int64) {
		for _, m := range h.dueBy(bot.Mattermost, bot.LaneDistress, 10) {
			ids = append(ids, m.ID)
		}
		return ids
	}
	ids := h.send(
		bot.Message{To: channel, Subject: 17, Slot: "signal:17:card"},
		bot.Message{To: channel, Subject: 17, Slot: "signal:17:nudge"},
		bot.Message{To: channel, Subject: 18, Slot: "signal:18:card"},
		bot.Message{To: channel},
		bot.Message{To: channel},
	)
	wantAll(h, "the first about each", due(), ids[0], ids[2], ids[3])
	h.try(ids[0])
	h.settle(bot.Outcome{Message: ids[0], Retry: h.now.Add(time.Minute), Problem: "refused"})
	wantAll(h, "what is about another goes", due(), ids[2], ids[3])
	h.restart()
	wantAll(h, "also after a restart", due(), ids[2], ids[3])
	h.now = h.now.Add(time.Minute)
	h.try(ids[0])
	h.settle(bot.Outcome{Message: ids[0], Sent: true})
	wantAll(h, "then the second", due(), ids[1], ids[2], ids[3])
}

func futureMessage(h *house) {
	morning := h.now.Add(time.Hour)
	ids := h.send(bot.Message{To: anna, Due: morning}, bot.Message{To: anna, Due: h.now})
	wantAll(h, "now", h.due(bot.LaneDistress), ids[1])
	next, err := h.store.NextDue(h.Context(), bot.Telegram, bot.LaneDistress, h.now)
	h.ok(err)
	want(h, "next", next.Equal(morning), true)
	h.now = morning
	wantAll(h, "in the morning", h.due(bot.LaneDistress), ids[0])
	want(h, "its moment", h.messages(bot.LaneDistress)[0].Due.Equal(morning), true)
	next, err = h.store.NextDue(h.Context(), bot.Telegram, bot.LaneDistress, h.now)
	h.ok(err)
	want(h, "no next", next.IsZero(), true)
}

func retry(h *house) {
	ids := h.send(bot.Message{To: anna}, bot.Message{To: anna}, bot.Message{To: bert})
	h.try(ids[0])
	h.settle(bot.Outcome{Message: ids[0], Retry: h.now.Add(time.Minute), Ambiguous: true, Problem: "timeout"})
	wantAll(h, "meanwhile", h.due(bot.LaneDistress), ids[2])
	began := h.now
	h.now = h.now.Add(time.Minute)
	found := h.messages(bot.LaneDistress)
	want(h, "again", len(found), 2)
	for _, m := range found {
		if m.ID != ids[0] {
			continue
		}
		want(h, "attempts", m.Attempts, 1)
		want(h, "ambiguous", m.Ambiguous, 1)
		want(h, "first", m.First.Equal(began), true)
	}
	h.try(ids[0])
	h.settle(bot.Outcome{Message: ids[0], Problem: "refused"}) // given up
	wantAll(h, "after giving up", h.due(bot.LaneDistress), ids[1], ids[2])
}

func onItsWay(h *house) {
	ids := h.send(bot.Message{To: anna}, bot.Message{To: anna})
	h.try(ids[0])
	wantAll(h, "due", h.due(bot.LaneDistress))
	h.settle(bot.Outcome{Message: ids[0], Sent: true}, bot.Outcome{Message: 4711, Sent: true})
	wantAll(h, "due", h.due(bot.LaneDistress), ids[1])
	h.try(ids[0]) // settled long ago: nothing comes back
	wantAll(h, "due", h.due(bot.LaneDistress), ids[1])
}

func tooLateToGo(h *house) {
	old := h.send(bot.Message{To: anna, Slot: "card"})
	gone := h.send(bot.Message{To: bert})
	h.due(bot.LaneDistress) // the host looked, and meanwhile:
	newer := h.send(bot.Message{To: anna, Slot: "card"})
	h.take(h.event(bot.Event{}), func(s bot.Scene) bot.Turn { return bot.Turn{Next: s.Free, Drop: gone} })
	going, err := h.store.Trying(h.Context(), h.now, []int64{old[0], gone[0], newer[0]})
	h.ok(err)
	wantAll(h, "on its way", going, newer...)
}

func leaves(h *house) {
	ids, left := h.leave(
		bot.Message{To: anna, Body: bot.Body{Text: "112"}},
		bot.Message{To: anna, Lane: bot.LaneAnswer},
		bot.Message{To: bert, Slot: "card"},
	)
	want(h, "left", len(left), 3)
	want(h, "its words", left[0].Body.Text, "112")
	want(h, "posted anew", left[2].Remote, "")
	wantAll(h, "on its way", h.due(bot.LaneDistress))
	going, err := h.store.Trying(h.Context(), h.now, ids[1:2])
	h.ok(err)
	wantAll(h, "it keeps others waiting", going, ids[1])
	h.settle(bot.Outcome{Message: ids[0], Retry: h.now, Ambiguous: true}, bot.Outcome{Message: ids[2], Sent: true, Remote: "post-1"})
	found := h.messages(bot.LaneDistress)
	want(h, "again", len(found), 1)
	want(h, "attempts", found[0].Attempts, 1)
	want(h, "doubt", found[0].Ambiguous, 1)
	want(h, "first", found[0].First.Equal(h.now), true)

	_, left = h.leave(bot.Message{To: bert, Slot: "card"})
	want(h, "the newer card left", len(left), 1)
	want(h, "and edits the last", left[0].Remote, "post-1")
}

func leavesNot(h *house) {
	ids, left := h.leave(bot.Message{To: anna}, bot.Message{To: anna}, bot.Message{To: bert, Due: h.now.Add(time.Minute)})
	want(h, "left", len(left), 1)
	want(h, "the first", left[0].ID, ids[0])
	h.settle(bot.Outcome{Message: ids[0], Sent: true})
	wantAll(h, "then", h.due(bot.LaneDistress), ids[1])
	_, left = h.leave(bot.Message{To: anna})
	want(h, "nobody overtakes who waits", len(left), 0)

	first := h.send(bot.Message{To: bert, Slot: "card"})
	h.try(first...)
	_, left = h.leave(bot.Message{To: bert, Slot: "card", Lane: bot.LaneAnswer})
	want(h, "nor the card that is on its way", len(left), 0)
	h.settle(bot.Outcome{Message: first[0], Retry: h.now.Add(time.Minute), Ambiguous: true})
	_, left = h.leave(bot.Message{To: bert, Slot: "card"})
	want(h, "nor leaves what may have arrived", len(left), 0)
	_, left = h.leave(bot.Message{To: bert, Lane: bot.LaneScheduled})
	want(h, "another lane", len(left), 1)
}

func leavesComposed(h *house) {
	ids := h.send(bot.Message{To: anna, Lane: bot.LaneScheduled, Later: "checkin"})
	m := h.messages(bot.LaneScheduled)[0]
	replies, err := h.store.Take(h.Context(), h.now, []bot.Event{compose(m)}, func(s bot.Scene, _ bot.Event) bot.Turn {
		return bot.Turn{Next: s.Free, Bodies: map[int64]bot.Body{m.ID: {Text: "Hoe gaat het?"}}, Leave: ids}
	})
	h.ok(err)
	want(h, "left", len(replies[0].Left), 1)
	want(h, "with its words", replies[0].Left[0].Body.Text, "Hoe gaat het?")
	wantAll(h, "on its way", h.due(bot.LaneScheduled))
	h.restart()
	m = h.messages(bot.LaneScheduled)[0]
	want(h, "words", m.Body.Text, "Hoe gaat het?")
	want(h, "later", m.Later, "")
	want(h, "it may have arrived", m.Ambiguous, 1)
}

// leftAtRestart is a kill between the commit and the door.
func leftAtRestart(h *house) {
	ids, left := h.leave(bot.Message{To: anna}, bot.Message{To: bert})
	want(h, "left", len(left), 2)
	for range 3 {
		h.restart()
	}
	found := h.messages(bot.LaneDistress)
	want(h, "due", len(found), 2)
	for i, m := range found {
		want(h, "which", m.ID, ids[i])
		want(h, "it may have arrived", m.Ambiguous, 1)
		want(h, "attempts", m.Attempts, 1)
		want(h, "first", m.First.Equal(h.now), true)
	}
}

func restartAmbiguous(h *house) {
	ids := h.send(bot.Message{To: anna}, bot.Message{To: bert})
	h.try(ids[0])
	for range 3 {
		h.restart()
	}
	found := h.messages(bot.LaneDistress)
	want(h, "due", len(found), 2)
	want(h, "on its way", found[0].Ambiguous, 1)
	want(h, "attempts", found[0].Attempts, 1)
	want(h, "not begun", found[1].Ambiguous, 0)
}

func slots(h *house) {
	card := bot.Message{To: anna, Slot: "signal:17:card"}
	old := h.send(card, card)
	ids := h.send(card, bot.Message{To: bert, Slot: "signal:17:card"})
	wantAll(h, "only the newest, at each place", h.due(bot.LaneDistress), ids...)
	want(h, "not posted yet", h.messages(bot.LaneDistress)[0].Remote, "")
	h.try(ids[0])
	h.settle(bot.Outcome{Message: ids[0], Sent: true, Remote: "post-1"})
	wantAll(h, "the old ones are over", h.due(bot.LaneDistress), ids[1])

	next := h.send(card)
	found := h.messages(bot.LaneDistress)
	want(h, "due", len(found), 2)
	for _, m := range found {
		want(h, "edits what was posted at that place", m.Remote == "post-1", m.ID == next[0])
	}
	h.restart()
	for _, m := range h.messages(bot.LaneDistress) {
		want(h, "after a restart", m.Remote == "post-1", m.ID == next[0])
	}
	h.try(next[0])
	h.settle(bot.Outcome{Message: next[0], Sent: true})
	h.settle(bot.Outcome{Message: old[0], Sent: true, Remote: "stale"}) // news of an old one
	again := h.send(card)
	for _, m := range h.messages(bot.LaneDistress) {
		want(h, "an edit leaves it where it is", m.Remote == "post-1", m.ID == again[0])
	}
}

func slotOnItsWay(h *house) {
	first := h.send(bot.Message{To: anna, Slot: "card"})
	h.try(first...)
	second := h.send(bot.Message{To: anna, Slot: "card", Lane: bot.LaneAnswer})
	wantAll(h, "also in another lane", h.due(bot.LaneAnswer))
	h.settle(bot.Outcome{Message: first[0], Sent: true, Remote: "post-1"})
	found := h.messages(bot.LaneAnswer)
	want(h, "then", len(found), 1)
	want(h, "the newer", found[0].ID, second[0])
	want(h, "edits the older", found[0].Remote, "post-1")
}

func slotDoubt(h *house) {
	began := h.now
	first := h.send(bot.Message{To: anna, Slot: "card"})
	h.try(first...)
	h.settle(bot.Outcome{Message: first[0], Retry: h.now.Add(time.Minute), Ambiguous: true})
	second := h.send(bot.Message{To: anna, Slot: "card"}) // while the older waits for its retry
	check := func(id int64, doubts int) {
		h.Helper()
		h.now = h.now.Add(time.Minute)
		found := h.messages(bot.LaneDistress)
		want(h, "due", len(found), 1)
		want(h, "the newest", found[0].ID, id)
		want(h, "doubt", found[0].Ambiguous, doubts)
		want(h, "since", found[0].First.Equal(began), true)
	}
	check(second[0], 1)
	h.try(second...)
	third := h.send(bot.Message{To: anna, Slot: "card"}) // while the older is on its way
	h.settle(bot.Outcome{Message: second[0], Retry: h.now.Add(time.Minute), Ambiguous: true})
	check(third[0], 2)
	h.try(third...)
	fourth := h.send(bot.Message{To: anna, Slot: "card"})
	h.restart() // while the older is on its way
	check(fourth[0], 3)
}

func stuck(h *house) {
	ids := h.send(
		bot.Message{To: anna, Due: h.now, Body: bot.Body{Text: "hulp"}},
		bot.Message{To: anna, Due: h.now.Add(time.Second)},
		bot.Message{To: anna, Due: h.now, Lane: bot.LaneScheduled},
		bot.Message{To: bert, Due: h.now},
	)
	h.try(ids[0], ids[3])
	h.settle(bot.Outcome{Message: ids[0], Retry: h.now.Add(time.Hour)}, bot.Outcome{Message: ids[3], Sent: true})
	found, err := h.store.Stuck(h.Context(), h.now)
	h.ok(err)
	want(h, "stuck", len(found), 1)
	want(h, "which", found[0].ID, ids[0])
	want(h, "its words", found[0].Body.Text, "hulp")
}

func wake(h *house) {
	morning := h.now.Add(time.Hour)
	ids := h.send(bot.Message{To: anna, Due: h.now}, bot.Message{To: bert, Due: morning})
	h.try(ids[0])
	h.settle(bot.Outcome{Message: ids[0], Retry: morning})
	h.ok(h.store.Wake(h.Context(), bot.Mattermost, h.now))
	wantAll(h, "the other door is back", h.due(bot.LaneDistress))
	h.ok(h.store.Wake(h.Context(), bot.Telegram, h.now))
	wantAll(h, "this door is back", h.due(bot.LaneDistress), ids[0])
}

func dropOnItsWay(h *house) {
	card := bot.Message{To: anna, Slot: "card"}
	first := h.send(card)
	h.try(first...)
	h.take(bot.Event{}, func(s bot.Scene) bot.Turn { return bot.Turn{Next: s.Free, Drop: first} })
	second := h.send(card)
	wantAll(h, "while the dropped one is on its way", h.due(bot.LaneDistress))
	h.settle(bot.Outcome{Message: first[0], Sent: true, Remote: "post-1"})
	found := h.messages(bot.LaneDistress)
	want(h, "due", len(found), 1)
	want(h, "the newer", found[0].ID, second[0])
	want(h, "edits what was posted all the same", found[0].Remote, "post-1")

	h.try(second...)
	h.take(bot.Event{}, func(s bot.Scene) bot.Turn { return bot.Turn{Next: s.Free, Drop: second} })
	h.settle(bot.Outcome{Message: second[0], Retry: h.now})
	wantAll(h, "it is not tried again", h.due(bot.LaneDistress))
	third := h.send(card)
	wantAll(h, "and keeps nothing waiting", h.due(bot.LaneDistress), third...)
}

func expired(h *house) {
	ids := h.send(
		bot.Message{To: anna, Until: h.now.Add(time.Minute)},
		bot.Message{To: anna},
	)
	wantAll(h, "in time", h.due(bot.LaneDistress), ids[0])
	h.now = h.now.Add(2 * time.Minute)
	wantAll(h, "too late", h.due(bot.LaneDistress), ids[1])
}

func dropped(h *house) {
	ids := h.send(bot.Message{To: anna}, bot.Message{To: anna})
	h.take(bot.Event{}, func(s bot.Scene) bot.Turn { return bot.Turn{Next: s.Free, Drop: ids[:1]} })
	wantAll(h, "due", h.due(bot.LaneDistress), ids[1])
}

func compose(m bot.Message) bot.Event {
	return bot.Event{ID: "compose:" + string(rune('a'+m.ID)), Door: "clock", What: bot.Compose{Message: m}}
}

func later(h *house) {
	resident, _ := h.anna()
	ids := h.send(bot.Message{To: anna, Lane: bot.LaneScheduled, Later: "checkin", Subject: resident.ID})
	m := h.messages(bot.LaneScheduled)[0]
	want(h, "later", m.Later, "checkin")
	s := h.take(compose(m), func(s bot.Scene) bot.Turn {
		return bot.Turn{Next: s.Free, Bodies: map[int64]bot.Body{ids[0]: {Text: "Hoe gaat het?"}, 4711: {}}}
	})
	want(h, "about", s.Resident != nil && s.Resident.ID == resident.ID, true)
	m = h.messages(bot.LaneScheduled)[0]
	want(h, "words", m.Body.Text, "Hoe gaat het?")
	want(h, "later", m.Later, "")
}

func laterNothing(h *house) {
	ids := h.send(bot.Message{To: anna, Later: "checkin"}, bot.Message{To: anna, Later: "checkin"}, bot.Message{To: anna})
	h.take(compose(h.messages(bot.LaneDistress)[0]), nil)
	due := h.messages(bot.LaneDistress)
	want(h, "the next", due[0].ID, ids[1])
	_, err := h.store.Take(h.Context(), h.now, []bot.Event{compose(due[0])}, func(bot.Scene, bot.Event) bot.Turn { panic("boom") })
	h.ok(err)
	wantAll(h, "nor does a fault hold up the others", h.due(bot.LaneDistress), ids[2])
	h.take(compose(due[0]), func(bot.Scene) bot.Turn { h.Error("composed though settled"); return bot.Turn{} })
}
