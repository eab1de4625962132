package storetest

import (
	"fmt"
	"time"

	"houvast/bot"
)

// set sets timers, their ids issued in order.
func (h *house) set(timers ...bot.Timer) []int64 {
	h.Helper()
	var ids []int64
	h.take(bot.Event{}, func(s bot.Scene) bot.Turn {
		ids = nil
		for i := range timers {
			timers[i].ID = s.Free
			ids = append(ids, s.Free)
			s.Free++
		}
		return bot.Turn{Next: s.Free, Timers: timers}
	})
	return ids
}

// rang is the event of a timer that ran out.
func rang(t bot.Timer) bot.Event {
	return bot.Event{ID: fmt.Sprintf("timer:%d", t.ID), Door: "clock", Resident: t.Resident, Signal: t.Signal, What: bot.Rang{Timer: t}}
}

func timerOnce(h *house) {
	anna, account := h.anna()
	soon := h.now.Add(time.Hour)
	h.set(bot.Timer{Key: "remind:1", Due: soon, Kind: bot.TimerRemind, Resident: anna.ID, Account: account.ID, Text: "slaap"})
	want(h, "before its time", len(h.timers()), 0)
	next, err := h.store.NextTimer(h.Context())
	h.ok(err)
	want(h, "next", next.Equal(soon), true)

	h.now = soon
	due := h.timers()
	want(h, "due", len(due), 1)
	rings := 0
	s := h.take(rang(due[0]), func(s bot.Scene) bot.Turn { rings++; return bot.Turn{Next: s.Free} })
	want(h, "rings", rings, 1)
	want(h, "whose", s.Resident != nil && s.Resident.ID == anna.ID, true)
	want(h, "conversations", len(s.Conversations), 1)
	want(h, "the chat it was set for", s.Account != nil && s.Account.ID == account.ID, true)
	want(h, "left", len(h.timers()), 0)
	next, err = h.store.NextTimer(h.Context())
	h.ok(err)
	want(h, "next", next.IsZero(), true)
}

func timerCancelled(h *house) {
	h.set(bot.Timer{Key: "remind:1", Due: h.now, Kind: bot.TimerRemind})
	due := h.timers()
	// The clock has looked; now the resident answers.
	h.take(bot.Event{}, func(s bot.Scene) bot.Turn { return bot.Turn{Next: s.Free, Cancel: []string{"remind:1"}} })
	h.take(rang(due[0]), func(bot.Scene) bot.Turn { h.Error("a cancelled timer rang"); return bot.Turn{} })

	// Or the timer is moved.
	h.set(bot.Timer{Key: "remind:2", Due: h.now, Kind: bot.TimerRemind})
	due = h.timers()
	h.set(bot.Timer{Key: "remind:2", Due: h.now.Add(time.Hour), Kind: bot.TimerRemind})
	h.take(rang(due[0]), func(bot.Scene) bot.Turn { h.Error("a moved timer rang"); return bot.Turn{} })
	h.now = h.now.Add(time.Hour)
	due = h.timers()
	want(h, "at its new time", len(due), 1)

	// Or moved in its own row.
	h.take(bot.Event{}, func(s bot.Scene) bot.Turn {
		moved := due[0]
		moved.Due = h.now.Add(time.Hour)
		return bot.Turn{Next: s.Free, Timers: []bot.Timer{moved}}
	})
	h.take(rang(due[0]), func(bot.Scene) bot.Turn { h.Error("a timer moved in its row rang"); return bot.Turn{} })
}

func timerAgain(h *house) {
	h.set(bot.Timer{Key: "signal:1", Due: h.now, Kind: bot.TimerSignal})
	for range 3 {
		due := h.timers()
		want(h, "due", len(due), 1)
		rings := 0
		h.take(rang(due[0]), func(s bot.Scene) bot.Turn {
			rings++
			again := due[0] // the same row and key, as a caller may well do
			again.Due = h.now.Add(time.Minute)
			return bot.Turn{Next: s.Free, Timers: []bot.Timer{again}}
		})
		want(h, "rings", rings, 1)
		want(h, "at once", len(h.timers()), 0)
		h.now = h.now.Add(time.Minute)
	}
}

func timerKey(h *house) {
	h.set(bot.Timer{Key: "signal:1", Due: h.now, Kind: bot.TimerSignal})
	ids := h.set(bot.Timer{Key: "signal:1", Due: h.now, Kind: bot.TimerSignal}, bot.Timer{Key: "signal:2", Due: h.now, Kind: bot.TimerSignal})
	due := h.timers()
	want(h, "timers", len(due), 2)
	want(h, "the new one", due[0].ID, ids[0])
}

func timerOrder(h *house) {
	ids := h.set(
		bot.Timer{Key: "rhythm:1", Due: h.now.Add(-time.Hour), Kind: bot.TimerRhythm},
		bot.Timer{Key: "signal:2", Due: h.now, Kind: bot.TimerSignal},
		bot.Timer{Key: "signal:1", Due: h.now.Add(-time.Minute), Kind: bot.TimerSignal},
	)
	var got []int64
	for _, t := range h.timers() {
		got = append(got, t.ID)
	}
	wantAll(h, "order", got, ids[2], ids[1], ids[0])
}
