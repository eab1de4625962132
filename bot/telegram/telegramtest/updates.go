package telegramtest

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// How long the real server keeps an update for a bot that does not come for it,
// from the moment of the event.
const (
	MessageLife = 24 * time.Hour    // messages, edits, blocking and unblocking
	TapLife     = 150 * time.Second // taps on inline buttons
)

const (
	maxPoll       = 50 * time.Second       // a longer timeout is cut to this
	maxBatch      = 100                    // updates in one answer
	hastyPoll     = 500 * time.Millisecond // the same offset sooner than this gets one update
	silence       = 7 * 24 * time.Hour     // after this the next update_id is unpredictable
	farFuture     = 10                     // an offset further than this past the end is ignored
	firstUpdateID = 700_000_001
)

// A queue holds what the bot has not confirmed yet.
type queue struct {
	pending    []update
	next       int // the next update_id
	lastEvent  time.Time
	wanted     []string // kinds of update; none named means all of the usual ones
	poll       int      // counts waiting polls; the newest wins
	waiting    bool     // a poll is waiting now
	lastOffset int
	lastPoll   time.Time
	made       []recorded // every update so far, for the record
}

type update struct {
	id      int
	raw     json.RawMessage
	expires time.Time
}

func newQueue() queue {
	return queue{next: firstUpdateID, lastOffset: -1}
}

// Pending returns how many updates wait to be fetched or confirmed; expired ones
// are not counted.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.expire(s.now())
	return len(s.queue.pending)
}

// Polling reports whether the bot waits in a long poll now.
func (s *Server) Polling() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.waiting
}

// Push hands the bot an update of any kind, well-formed or not: payload becomes the
// value of the field called kind, and must be JSON. It is how a test sends what no
// decoder knows. Push returns the update_id.
func (s *Server) Push(kind string, payload string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.notify()
	id := s.push(kind, json.RawMessage(payload))
	if n := len(s.queue.made); n > 0 {
		s.queue.made[n-1].ByHand = true
	}
	return id
}

// push queues an update. The lock is held.
func (s *Server) push(kind string, payload any) int {
	now := s.now()
	q := &s.queue
	if len(q.pending) == 0 && !q.lastEvent.IsZero() && now.Sub(q.lastEvent) > silence {
		// The real server picks at random, lower or higher. A fixed step of either
		// sign hurts the same and can be repeated.
		q.next = firstUpdateID/2 + (q.next*31)%firstUpdateID
	}
	id := q.next
	q.next++
	q.lastEvent = now
	raw, err := json.Marshal(map[string]any{"update_id": id, kind: payload})
	if err != nil {
		panic("telegramtest: payload of " + kind + " is not JSON: " + err.Error())
	}
	if len(q.made) >= 2*keptRequests {
		q.made = slices.Clone(q.made[keptRequests:])
	}
	q.made = append(q.made, recorded{Update: raw})
	if len(q.wanted) > 0 && !slices.Contains(q.wanted, kind) {
		return id
	}
	life := MessageLife
	if kind == "callback_query" {
		life = TapLife
	}
	q.pending = append(q.pending, update{id: id, raw: raw, expires: now.Add(life)})
	return id
}

func (q *queue) expire(now time.Time) {
	q.pending = slices.DeleteFunc(q.pending, func(u update) bool { return !now.Before(u.expires) })
}

// confirm forgets what the bot says it has, and leaves what it wants next.
func (q *queue) confirm(offset int) {
	if offset < 0 { // only the last -offset updates are wanted
		q.pending = q.pending[max(0, len(q.pending)+offset):]
		return
	}
	if offset == 0 || offset > q.next+farFuture {
		return
	}
	q.pending = slices.DeleteFunc(q.pending, func(u update) bool { return u.id < offset })
}

func (q *queue) allow(list string) {
	var wanted []string
	if list == "" || json.Unmarshal([]byte(list), &wanted) != nil {
		return // whatever was set last stays
	}
	q.wanted = wanted
}

func (q *queue) batch(limit int) []json.RawMessage {
	batch := []json.RawMessage{}
	for _, u := range q.pending[:min(limit, len(q.pending))] {
		batch = append(batch, u.raw)
	}
	return batch
}

// getUpdates answers a poll. It returns neither a result nor a refusal if nobody is
// there any more to hear one.
func (s *Server) getUpdates(ctx context.Context, c *call) (any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := &s.queue
	finish := func(result any, refused *refusal) (any, *refusal) {
		status := http.StatusOK
		if refused != nil {
			status = refused.Code
		}
		s.record(c, status)
		s.notify()
		return result, refused
	}
	if s.webhook != "" {
		return finish(nil, &refusal{Code: http.StatusConflict, Description: "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"})
	}
	offset := c.int("offset", 0, -1<<31, 1<<31-1)
	limit := c.int("limit", maxBatch, 1, maxBatch)
	timeout := time.Duration(c.int("timeout", 0, 0, int(maxPoll/time.Second))) * time.Second
	now := s.now()
	if offset == q.lastOffset && now.Sub(q.lastPoll) < hastyPoll {
		limit = 1
	}
	q.allow(c.params["allowed_updates"])
	q.lastOffset, q.lastPoll = offset, now
	q.expire(now)
	q.confirm(offset)
	if len(q.pending) > 0 || timeout == 0 {
		return finish(q.batch(limit), nil)
	}

	q.poll++
	mine := q.poll
	q.waiting = true
	s.notify()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for {
		wake := s.wake
		s.mu.Unlock()
		over, gone := false, false
		select {
		case <-wake:
		case <-timer.C:
			over = true
		case <-ctx.Done():
			gone = true
		case <-s.closed:
			gone = true
		}
		s.mu.Lock()
		if q.poll != mine {
			return finish(nil, &refusal{Code: http.StatusConflict, Description: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"})
		}
		q.expire(s.now())
		switch {
		case gone || s.down:
			q.waiting = false
			s.record(c, 0)
			s.notify()
			return nil, nil
		case over || len(q.pending) > 0:
			q.waiting = false
			return finish(q.batch(limit), nil)
		}
	}
}
