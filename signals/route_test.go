package signals_test

import (
	"os"
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"houvast/scheduler"
	"houvast/signals"
)

var kinds = []signals.Kind{
	signals.Crisis, signals.Distress, signals.ContactWish, signals.GoodNews,
	signals.MissedCheckIn, signals.PeerWorry, signals.PracticalHelp, signals.Unreadable,
}

func amsterdam(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func hours(t testing.TB, days, hours string) scheduler.Hours {
	t.Helper()
	h, err := scheduler.ParseHours(days, hours)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func days(t testing.TB, text string) scheduler.Days {
	t.Helper()
	d, err := scheduler.ParseDays(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// town is Voorbeeldstad: one team of two, a coordinator, and a peer expert.
func town(t testing.TB) *signals.Network {
	rules := map[signals.Kind]signals.Rule{}
	for _, k := range kinds {
		rules[k] = signals.DefaultRule(k)
	}
	return &signals.Network{
		Municipality: "Voorbeeldstad", Zone: amsterdam(t), Holidays: scheduler.Dutch,
		Numbers: []signals.Number{
			{Key: "alarm", Number: "112"}, {Key: "113", Number: "113", Also: "0800-0113"},
			{Key: "huisartsenpost", Number: "030 000 00 00"},
		},
		Wijken: map[string]signals.Wijk{"noord": {Key: "noord", Name: "Noord", Team: "team", Reader: "samira"}},
		Teams: map[string]signals.Team{"team": {
			Key: "team", Name: "Sociaal Team Noord", Channel: "signalen-noord", GoodNews: "goed-nieuws-noord",
			Members: []string{"samira", "tom"}, Duty: hours(t, "ma-vr", "09:00-17:00"), Coordinator: "fatma",
			OutOfHours: "Er is nu niemand van ons aan het werk.", OutNumbers: []string{"huisartsenpost", "113", "alarm"},
		}},
		People: map[string]signals.Person{
			"samira": {Key: "samira", Name: "Samira", Role: "sociaal_team", Mattermost: "samira", Days: days(t, "ma, di, do, vr"), Cover: "tom", Reserve: "telegram"},
			"tom":    {Key: "tom", Name: "Tom", Role: "sociaal_team", Mattermost: "tom", Days: days(t, "ma, wo, do"), Cover: "samira"},
			"fatma":  {Key: "fatma", Name: "Fatma", Role: "coordinator", Mattermost: "fatma"},
			"joost":  {Key: "joost", Name: "Joost", Role: "maatje", MaxResidents: 8, Quiet: hours(t, "", "21:00-09:00"), Backup: "samira"},
		},
		Rules: rules,
	}
}

func circles() map[string]signals.Circle {
	return map[string]signals.Circle{
		"full":            {Wijk: "noord", Primary: "samira", Backups: []string{"tom"}, Maatje: "joost"},
		"no peer":         {Wijk: "noord", Primary: "tom", Backups: []string{"samira"}},
		"nobody":          {Wijk: "noord"},
		"unknown people":  {Wijk: "noord", Primary: "weg", Backups: []string{"ook_weg"}, Maatje: "verdwenen"},
		"unknown wijk":    {Wijk: "west", Primary: "samira", Maatje: "joost"},
		"peer as primary": {Wijk: "noord", Primary: "joost", Backups: []string{"samira"}},
	}
}

// at reads a moment of the wall clock in Amsterdam.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	m, err := time.ParseInLocation("2006-01-02 15:04", text, amsterdam(t))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// follow carries out a route, as the house does.
func follow(c signals.Case, r signals.Route, now time.Time) signals.Case {
	c.Step, c.Asked, c.Since = r.Step, r.Asked, r.Since
	c.Heard = slices.Concat(c.Heard, r.Mention, r.Peers)
	c.Reserved = c.Reserved || len(r.Reserve) > 0
	if r.Return {
		c.TakenBy = ""
	}
	return c
}

// reached reports whether a route reaches a human, or says honestly that it does not.
func reached(n *signals.Network, r signals.Route, now time.Time) bool {
	for _, p := range slices.Concat(r.Mention, r.Peers) {
		if n.Reachable(p, now) {
			return true
		}
	}
	switch {
	case r.Nobody:
		return len(r.Numbers) >= 2 && r.Promise.Nobody
	case r.Channel != "":
		return !r.NextAt.IsZero() // good news on its channel, or a promise
	}
	return r.Owner != "" && !n.NextAvailable(r.Owner, now).IsZero()
}

// minutes are the moments a walk over the year looks at: in a short while every
// 29th minute, which meets every minute of the hour and every hour of the week,
// and every minute of the days on which something is different. All of them when
// HOUVAST_EVERY_MINUTE is set, which takes some minutes.
func minutes(t *testing.T) []time.Time {
	t.Helper()
	var all []time.Time
	step := 29 * time.Minute
	if os.Getenv("HOUVAST_EVERY_MINUTE") != "" {
		step = time.Minute
	}
	for m := at(t, "2026-01-01 00:00"); m.Before(at(t, "2027-01-01 00:00")); m = m.Add(step) {
		all = append(all, m)
	}
	for _, day := range []string{"2026-03-29", "2026-10-25", "2026-04-06", "2026-07-15", "2026-12-31"} {
		start := at(t, day+" 00:00")
		for m := range 25 * 60 {
			all = append(all, start.Add(time.Duration(m)*time.Minute))
		}
	}
	return all
}

// Promise 4: for every circle, kind and minute of the year there is a human who
// can be reached, or the honest text with numbers; and always a next look.
func TestSomebodyAtEveryMinute(t *testing.T) {
	t.Parallel()
	n := town(t)
	samira := n.People["samira"]
	samira.Absent = []signals.Absence{{From: at(t, "2026-07-13 00:00"), Until: at(t, "2026-08-03 00:00"), Cover: "tom"}}
	n.People["samira"] = samira
	tom := n.People["tom"]
	tom.Absent = []signals.Absence{{From: at(t, "2026-07-15 12:00"), Until: at(t, "2026-07-20 00:00")}}
	n.People["tom"] = tom
	year := minutes(t)
	for name, circle := range circles() {
		for _, kind := range kinds {
			t.Run(name+" "+string(kind), func(t *testing.T) {
				t.Parallel()
				for _, now := range year {
					r := n.Open(signals.Case{Kind: kind, Circle: circle, Opened: now}, now)
					if !reached(n, r, now) {
						t.Fatalf("at %s nobody hears: %+v", now, r)
					}
					if wait := r.NextAt.Sub(now); wait < time.Second || wait > 24*time.Hour {
						t.Fatalf("at %s the next look is in %s", now, wait)
					}
				}
			})
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	n := town(b)
	now := at(b, "2026-03-02 10:00")
	c := signals.Case{Kind: signals.Distress, Circle: circles()["full"], Opened: now}
	for b.Loop() {
		n.Open(c, now)
	}
}
