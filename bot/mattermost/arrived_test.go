package mattermost_test

import (
	"testing"
	"time"

	"houvast/bot/mattermost/mattermosttest"
)

// A sign of life is found where it arrived, once, and leaves nothing behind; one
// that somebody else wrote is none.
func TestASignOfLifeIsFoundAndTakenAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const words = "Proef van Houvast: 12-34"
	since := h.clock.Now()
	arrived := func() time.Time {
		at, err := h.door.Arrived(t.Context(), "signalen-noord", words, since)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	if _, err := h.server.User("tom").Post("signalen-noord", words); err != nil {
		t.Fatal(err)
	}
	want(t, "found before it was sent", arrived().IsZero(), true)
	h.send(t, text(1, "signalen-noord", words+"5"))
	want(t, "another one found", arrived().IsZero(), true)
	h.send(t, text(2, "signalen-noord", words))
	want(t, "found", arrived().IsZero(), false)
	want(t, "found again", arrived().IsZero(), true)
	want(t, "posts left", len(h.server.Posts("signalen-noord")), 2)

	h.server.Inject(mattermosttest.Fault{Status: 503})
	if _, err := h.door.Arrived(t.Context(), "signalen-noord", words, since); err == nil {
		t.Error("a server that does not answer is no answer")
	}
}
