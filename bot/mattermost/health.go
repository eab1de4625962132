package mattermost

import (
	"context"
	"maps"
	"slices"
	"strings"
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
	mu     sync.Mutex
	now    Health
	reach  string            // what is wrong with Mattermost as a whole
	places map[string]string // and with single channels
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
	})
	if yes {
		h.answered(at)
	}
}

// answered says that Mattermost did what we asked.
func (h *health) answered(at time.Time) {
	h.change(func(n *Health) { n.Answered, h.reach = at, "" })
}

func (h *health) problem(text string) { h.change(func(*Health) { h.reach = text }) }

// place says what is wrong with a channel; empty: nothing any more.
func (h *health) place(name, text string) {
	h.change(func(*Health) {
		if h.places == nil {
			h.places = map[string]string{}
		}
		delete(h.places, name)
		if text != "" {
			h.places[name] = text
		}
	})
}

// Health returns how the door is doing now.
func (d *Door) Health() Health {
	h := &d.health
	h.mu.Lock()
	defer h.mu.Unlock()
	n := h.now
	n.Problem = h.reach
	for _, place := range slices.Sorted(maps.Keys(h.places)) {
		n.Problem = strings.TrimSpace(n.Problem + " " + h.places[place])
	}
	return n
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
