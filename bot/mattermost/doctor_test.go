package mattermost_test

import (
	"strings"
	"testing"
	"time"

	"houvast/bot/mattermost"
)

func TestExamineNamesEverythingThatIsWrongAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := []mattermost.Room{{Channel: "signalen-noord", Members: []string{"samira", "tom"}}, {Channel: "signalen-zuid", Members: []string{"samira", "tom"}}}
	if found := h.door.Examine(t.Context(), rooms); len(found) > 0 {
		t.Fatalf("a house in order: %v", found)
	}
	want(t, "posts left behind", len(h.server.Direct("houvast", "houvast")), 0)

	h.server.SetPublic("signalen-zuid", true)
	h.server.Leave("signalen-noord", "tom")
	h.server.SetConfig("SendPushNotifications", "true")
	h.server.BlockCallbacks(true)
	rooms[1].Members = []string{"samira"}
	rooms = append(rooms, mattermost.Room{Channel: "signalen-oost", Members: []string{"niemand"}}, mattermost.Room{Channel: "plein", Members: []string{"samira", "niemand"}})
	found := h.door.Examine(t.Context(), rooms)
	var all []string
	for _, f := range found {
		all = append(all, f.About+": "+f.Text)
	}
	text := strings.Join(all, "\n")
	for _, part := range []string{
		`"tom" hoort in kanaal "signalen-noord", maar zit er niet in`, `"signalen-zuid" is openbaar`,
		`In kanaal "signalen-zuid" zit "tom". Die staat niet in het netwerk`, `"signalen-oost" bestaat niet`,
		`"niemand" staat in het netwerk, maar heeft geen account`, "Push Notification Contents", "AllowedUntrustedInternalConnections",
	} {
		contains(t, "the findings", text, part)
	}
	want(t, "findings", len(found), 8)
}

func TestExamineStopsWhereNothingMoreCanBeSeen(t *testing.T) {
	t.Parallel()
	for about, wrong := range map[string]func(*house){
		"token":  func(h *house) { h.server.Revoke(h.keys.BotToken) },
		"team":   func(h *house) { h.door = h.newDoor(t, func(s *mattermost.Settings) { s.Team = "elders" }) },
		"bereik": func(h *house) { h.server.Down() },
		"klok": func(h *house) {
			h.door = h.newDoor(t, func(s *mattermost.Settings) {
				s.Now = func() time.Time { return h.clock.Now().Add(-time.Hour) }
			})
		},
		"adres": func(h *house) {
			h.door = h.newDoor(t)
			other := h.newDoor(t, func(s *mattermost.Settings) { s.Key = []byte(strings.Repeat("x", 32)) })
			h.door, other = other, h.door
			h.serving = other
		},
	} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			wrong(h)
			found := h.door.Examine(t.Context(), nil)
			if len(found) != 1 || found[0].About != about || !found[0].Fault {
				t.Errorf("found %v", found)
			}
		})
	}
}
