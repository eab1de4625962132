package mattermost

import (
	"context"
	"sync"
	"time"
)

// Health says how the door is doing. It holds no names and no words.
type Health struct {
	Connected bool      // Mattermost greeted us and has answered since
	Since     time.Time // when Connected last changed
	Answered  time.Time // when it last answered us
	Problem   string    // what is wrong now, in Dutch; empty: nothing that we know of
	Forged    int       // buttons, dialogs and commands that were not ours, since start
	Dropped   int       // events from Mattermost that could not be kept, since start
}

type health struct {
	mu  sync.Mutex
	now Health
}

func (h *health) change(f func(*Health)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f(&h.now)
}

func (h *health) connected(at time.Time, yes bool) {
	h.change(func(n *Health) {
		if n.Connected != yes || n.Since.IsZero() {
			n.Connected, n.Since = yes, at
		}
		if yes {
			n.Answered, n.Problem = at, ""
		}
	})
}

func (h *health) problem(text string) { h.change(func(n *Health) { n.Problem = text }) }

// Health returns how the door is doing now.
func (d *Door) Health() Health {
	d.health.mu.Lock()
	defer d.health.mu.Unlock()
	return d.health.now
}

// Probe asks Mattermost for a sign of life.
func (d *Door) Probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	if _, r, err := d.client.GetPing(ctx); err != nil {
		return d.problem("ask for a sign of life", r, err)
	}
	return nil
}
