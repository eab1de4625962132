// Package storetest is what every memory of the house must do, whatever it is
// made of: run it over a second store, and it must pass unchanged.
package storetest

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"testing"
	"time"

	"houvast/bot"
	"houvast/flows"
)

// A Store is what is tested: the bot's memory, the clock's, and the door out.
type Store interface {
	bot.Store
	io.Closer
	DueTimers(ctx context.Context, now time.Time, limit int) ([]bot.Timer, error)
	NextTimer(ctx context.Context) (time.Time, error)
}

// Run tests a store. Open opens the one that lives in dir, made on first use:
// what was kept there before is there again.
func Run(t *testing.T, open func(t *testing.T, dir string) Store) {
	for _, test := range []struct {
		name string
		run  func(*house)
	}{
		{"an event seen before changes nothing", seenBefore},
		{"what followed is there in the next scene", nextScene},
		{"what followed is there after a restart", restart},
		{"a chat has one account from its first word", firstSight},
		{"ids are one sequence that never goes back", oneSequence},
		{"an event that cannot be decided harms no other", poison},
		{"a form with faults may come again", faultyForm},
		{"a broken row takes the whole turn with it", brokenRow},
		{"replies come in the order of the events", replies},
		{"the scene of a professional is that of the signal", professional},
		{"the clock may name a chat", byAccount},
		{"a peer expert's next words are about the signal they answer", peerAnswers},
		{"a signal that is named is there though closed", closedSignal},
		{"words not yet given stay in sight for a day", words},
		{"words are in sight however many there are", manyWords},
		{"an edit finds what it edits", editedWords},
		{"an invitation is found by its code", invitation},
		{"what is unsent in a chat that is let go is in the scene", unsent},
		{"peers are in every scene", peers},
		{"what stands with a peer expert is in the scene of their chat", prompts},
		{"an overview has everybody", overview},
		{"a timer rings once", timerOnce},
		{"a timer that was cancelled does not ring", timerCancelled},
		{"a timer that is set again rings again", timerAgain},
		{"of one key there is one timer", timerKey},
		{"timers of signals go first", timerOrder},
		{"a moment has one check-in", oneCheckIn},
		{"messages to one place keep their order in a lane", order},
		{"a card holds up no card about somebody else", orderInChannel},
		{"a later moment does not hold up others", futureMessage},
		{"a message that waits for its retry holds up its place only", retry},
		{"a message that is on its way is not due", onItsWay},
		{"what a newer one took the place of does not leave", tooLateToGo},
		{"a message leaves in the commit that keeps it", leaves},
		{"a message that must wait does not leave", leavesNot},
		{"words that are decided leave in the same commit", leavesComposed},
		{"what left and was never sent may have arrived", leftAtRestart},
		{"a restart makes what was on its way ambiguous once", restartAmbiguous},
		{"of a slot only the newest is due and edits the last", slots},
		{"a newer card waits for the older that is on its way", slotOnItsWay},
		{"a newer card inherits the doubt about the older", slotDoubt},
		{"a card that was dropped on its way can still be edited", dropOnItsWay},
		{"what does not get through is seen", stuck},
		{"who comes back finds everything due", wake},
		{"who waits for an answer is known", waiting},
		{"what is past its use is not sent", expired},
		{"what is no longer true is not sent", dropped},
		{"words are decided when their turn comes", later},
		{"a message that gets no words is given up", laterNothing},
		{"who is forgotten is gone", forgotten},
		{"a peer expert who is forgotten as a resident stays a peer expert", forgottenPeer},
		{"what became of a message makes nobody known", becameOf},
		{"two hundred at once lose nothing", together},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			test.run(&house{
				T: t, store: open(t, dir), now: start,
				reopen: func() Store { return open(t, dir) },
			})
		})
	}
}

// start is a Monday morning in the invented town.
var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// A house is one test's store and clock, with fewer words around each call.
type house struct {
	*testing.T
	store  Store
	now    time.Time
	reopen func() Store
	n      int
}

func (h *house) restart() {
	h.Helper()
	h.ok(h.store.Close())
	h.store = h.reopen()
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// event returns one with an id of its own.
func (h *house) event(e bot.Event) bot.Event {
	h.n++
	if e.ID == "" {
		e.ID = fmt.Sprintf("telegram:%d", h.n)
	}
	if e.Door == "" {
		e.Door = bot.Telegram
	}
	if e.What == nil {
		e.What = bot.Wrote{Text: "hoi"}
	}
	e.At = h.now
	return e
}

// take hands e in twice: no test may show it. It returns the scene that was set.
func (h *house) take(e bot.Event, decide func(bot.Scene) bot.Turn) bot.Scene {
	h.Helper()
	var seen bot.Scene
	e = h.event(e)
	for range 2 {
		_, err := h.store.Take(h.Context(), h.now, []bot.Event{e}, func(s bot.Scene, _ bot.Event) bot.Turn {
			seen = s
			if decide == nil {
				return bot.Turn{Next: s.Free}
			}
			return decide(s)
		})
		h.ok(err)
	}
	return seen
}

// look returns the scene of e, deciding nothing.
func (h *house) look(e bot.Event) bot.Scene {
	h.Helper()
	return h.take(e, nil)
}

// send puts messages in the outbox and returns their ids.
func (h *house) send(messages ...bot.Message) []int64 {
	h.Helper()
	var ids []int64
	h.take(bot.Event{}, func(s bot.Scene) bot.Turn {
		ids = nil
		for i := range messages {
			messages[i].ID = s.Free
			ids = append(ids, s.Free)
			s.Free++
		}
		return bot.Turn{Next: s.Free, Messages: messages}
	})
	return ids
}

// leave puts messages in the outbox that may leave at once, and returns their ids and
// those that did.
func (h *house) leave(messages ...bot.Message) (ids []int64, left []bot.Message) {
	h.Helper()
	replies, err := h.store.Take(h.Context(), h.now, []bot.Event{h.event(bot.Event{})}, func(s bot.Scene, _ bot.Event) bot.Turn {
		ids = nil
		for i := range messages {
			messages[i].ID = s.Free
			ids = append(ids, s.Free)
			s.Free++
		}
		return bot.Turn{Next: s.Free, Messages: messages, Leave: ids}
	})
	h.ok(err)
	return ids, replies[0].Left
}

// due returns the ids of what is due through Telegram.
func (h *house) due(lane bot.Lane) []int64 {
	h.Helper()
	var ids []int64
	for _, m := range h.messages(lane) {
		ids = append(ids, m.ID)
	}
	return ids
}

func (h *house) messages(lane bot.Lane) []bot.Message {
	h.Helper()
	return h.dueBy(bot.Telegram, lane, 100)
}

// dueBy returns what is due through a door, limit at most.
func (h *house) dueBy(door string, lane bot.Lane, limit int) []bot.Message {
	h.Helper()
	var found []bot.Message
	for m, err := range h.store.Due(h.Context(), door, lane, h.now, limit) {
		h.ok(err)
		found = append(found, m)
	}
	return found
}

func (h *house) timers() []bot.Timer {
	h.Helper()
	found, err := h.store.DueTimers(h.Context(), h.now, 100)
	h.ok(err)
	return found
}

func (h *house) try(ids ...int64) {
	h.Helper()
	_, err := h.store.Trying(h.Context(), h.now, ids)
	h.ok(err)
}

func (h *house) settle(o ...bot.Outcome) {
	h.Helper()
	for i := range o {
		o[i].At = h.now
	}
	h.ok(h.store.Settle(h.Context(), o))
}

func want[T comparable](h *house, what string, got, want T) {
	h.Helper()
	if got != want {
		h.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// wantSame is want for what cannot be compared.
func wantSame(h *house, what string, got, want any) {
	h.Helper()
	if !reflect.DeepEqual(got, want) {
		h.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func wantAll[T comparable](h *house, what string, got []T, want ...T) {
	h.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		h.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// anna moves in: a resident with a chat and an open conversation.
func (h *house) anna() (resident bot.Resident, account bot.Account) {
	h.Helper()
	h.take(bot.Event{Chat: "chat-anna"}, func(s bot.Scene) bot.Turn {
		account = *s.Account
		resident = bot.Resident{ID: s.Free, Nickname: "Anna", Account: account.ID, Stage: bot.StageActive, Made: h.now}
		account.Resident = resident.ID
		talk := bot.Conversation{
			ID: s.Free + 1, Account: account.ID, Resident: resident.ID, Waiting: true, Changed: h.now,
			State: flows.State{Flow: "wekelijkse_checkin", Version: 1, Step: "slaap", Ask: 1, Answers: map[string]string{"slaap": "slecht"}},
		}
		return bot.Turn{
			Next: s.Free + 2, Accounts: []bot.Account{account},
			Residents: []bot.Resident{resident}, Conversations: []bot.Conversation{talk},
		}
	})
	return resident, account
}
