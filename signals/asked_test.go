package signals_test

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"houvast/signals"
)

// What a route remembers while it is worked out never changes it: on a network of any
// shape, at any moment, whoever has a signal.
func TestRememberingChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := anyNetwork(t, rt)
		west := n.Teams["team"]
		west.Key, west.Channel = "west", "signalen-west"
		west.Duty = hours(t, "di-za", "08:00-12:00")
		if n.Teams != nil && rapid.Bool().Draw(rt, "two teams") {
			n.Teams["west"] = west
			n.Wijken["west"] = signals.Wijk{Key: "west", Name: "West", Team: "west"}
		}
		people := []string{"", "samira", "tom", "joost", "fatma", "weg"}
		now := at(t, "2026-01-01 00:00").Add(time.Duration(rapid.IntRange(0, 365*24*60).Draw(rt, "minute")) * time.Minute)
		c := signals.Case{
			Kind: rapid.SampledFrom(signals.Kinds()).Draw(rt, "kind"),
			Circle: signals.Circle{
				Wijk:    rapid.SampledFrom([]string{"noord", "west"}).Draw(rt, "wijk"),
				Primary: rapid.SampledFrom(people).Draw(rt, "primary"),
				Backups: []string{rapid.SampledFrom(people).Draw(rt, "backup")},
				Maatje:  rapid.SampledFrom(people).Draw(rt, "maatje"),
			},
			HeardBy: rapid.SampledFrom([]string{"", "nobody", "fixed_contact", "maatje", "team", "everyone", "tom", "maatje,team", "onzin"}).Draw(rt, "heard"),
			GivenTo: rapid.SampledFrom([]string{"", "", "tom", "joost", "weg"}).Draw(rt, "given"),
			TakenBy: rapid.SampledFrom([]string{"", "", "samira", "joost", "weg"}).Draw(rt, "taken"),
			Opened:  now,
			TakenAt: now,
		}
		r := n.Open(c, now)
		if anew := n.OpenAnew(c, now); !reflect.DeepEqual(r, anew) {
			rt.Fatalf("at %s opened\n%+v, want\n%+v", now, r, anew)
		}
		for range 20 {
			if got, anew := n.After(c, now), n.AfterAnew(c, now); !reflect.DeepEqual(got, anew) {
				rt.Fatalf("at %s the next look is %s, want %s", now, got, anew)
			}
			now = now.Add(time.Duration(rapid.IntRange(1, 30*60).Draw(rt, "later")) * time.Minute)
			r = n.Next(c, now)
			if anew := n.NextAnew(c, now); !reflect.DeepEqual(r, anew) {
				rt.Fatalf("at %s\n%+v, want\n%+v", now, r, anew)
			}
			c = follow(c, r, now)
		}
	})
}
