package signals_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"houvast/scheduler"
	"houvast/signals"
)

// story walks a signal from look to look until the given moment and writes down
// what happens, leaving out looks at which nothing does.
func story(t *testing.T, n *signals.Network, c signals.Case, until string) string {
	t.Helper()
	var lines []string
	note := func(now time.Time, r signals.Route, opened bool) {
		var said []string
		add := func(when bool, format string, args ...any) {
			if when {
				said = append(said, fmt.Sprintf(format, args...))
			}
		}
		add(opened, "owner %q", r.Owner)
		add(opened && r.Channel != "", "on %s", r.Channel)
		add(len(r.Mention) > 0, "names %s", strings.Join(r.Mention, "+"))
		add(len(r.Peers) > 0, "peers %s", strings.Join(r.Peers, "+"))
		add(opened && r.Nobody, "nobody")
		add(r.AskOwner, "asks the owner")
		add(r.Return, "back to the team")
		add(r.Resident, "tells the resident")
		add(len(r.Reserve) > 0, "pings %s", strings.Join(r.Reserve, "+"))
		if len(said) > 0 {
			lines = append(lines, now.Format("Mon 15:04 ")+strings.Join(said, ", "))
		}
	}
	now := c.Opened
	end := at(t, until)
	var r signals.Route
	if c.TakenBy == "" {
		r = n.Open(c, now)
		note(now, r, true)
	} else {
		r = signals.Route{NextAt: n.After(c, now)}
		r.Since = c.Opened
	}
	for range 500 {
		c = follow(c, r, now)
		if now = r.NextAt; !now.Before(end) {
			return strings.Join(lines, "\n")
		}
		r = n.Next(c, now)
		note(now, r, false)
	}
	t.Fatal("the signal is looked at in a row")
	return ""
}

// What each kind of signal does by itself when nobody takes it up.
func TestRoutes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		kind   signals.Kind
		heard  string
		circle string
		change func(t *testing.T, n *signals.Network)
		opened string
		until  string
		want   string
	}{
		{name: "a crisis on duty", kind: signals.Crisis, opened: "2026-03-02 10:00", until: "2026-03-02 10:30", want: `
Mon 10:00 owner "", on signalen-noord, names samira
Mon 10:05 names samira
Mon 10:10 names samira+tom, pings samira
Mon 10:15 names samira+tom+fatma, pings samira
Mon 10:20 names samira+tom+fatma, tells the resident, pings samira
Mon 10:25 names samira+tom+fatma, pings samira`},
		{name: "a crisis at night is the first task of the day", kind: signals.Crisis, opened: "2026-03-06 22:00", until: "2026-03-09 09:12", want: `
Fri 22:00 owner "", on signalen-noord, nobody
Mon 09:00 names samira
Mon 09:05 names samira
Mon 09:10 names samira+tom, pings samira`},
		{name: "a crisis when one is on duty: the empty step is skipped at once", kind: signals.Crisis, opened: "2026-03-04 10:00", until: "2026-03-04 10:22", want: `
Wed 10:00 owner "", on signalen-noord, names tom
Wed 10:05 names tom
Wed 10:10 names tom+fatma
Wed 10:15 names tom
Wed 10:20 names tom+fatma, tells the resident`},
		{name: "a crisis just before everybody goes home: the resident hears it when they do", kind: signals.Crisis, opened: "2026-03-02 16:53", until: "2026-03-03 09:03", want: `
Mon 16:53 owner "", on signalen-noord, names samira
Mon 16:58 names samira
Mon 17:00 tells the resident
Tue 09:00 names samira+fatma, pings samira`},
		{name: "a crisis on a public holiday", kind: signals.Crisis, opened: "2026-04-06 10:00", until: "2026-04-07 09:04", want: `
Mon 10:00 owner "", on signalen-noord, nobody
Tue 09:00 names samira`},
		{name: "nobody chosen does not silence a crisis", kind: signals.Crisis, heard: "nobody", opened: "2026-03-02 10:00", until: "2026-03-02 10:01", want: `
Mon 10:00 owner "", on signalen-noord, names samira`},
		{name: "a peer expert does not hear a crisis", kind: signals.Crisis, heard: "everyone", opened: "2026-03-02 10:00", until: "2026-03-02 10:01", want: `
Mon 10:00 owner "", on signalen-noord, names samira`},
		{name: "unless the resident chose it; the team hears it too", kind: signals.Crisis, heard: "maatje", opened: "2026-03-02 10:00", until: "2026-03-02 10:01", want: `
Mon 10:00 owner "", on signalen-noord, names samira, peers joost`},
		{name: "distress goes to the fixed contact, the team, the coordinator", kind: signals.Distress, opened: "2026-03-02 13:30", until: "2026-03-03 11:00", want: `
Mon 13:30 owner "samira", on signalen-noord, names samira
Mon 13:40 names samira, pings samira
Mon 14:30 names samira
Mon 15:30 names samira
Mon 16:30 names samira
Tue 09:00 names samira
Tue 09:30 names samira+fatma`},
		{name: "distress that nobody takes up calls everybody twice a day from then on, and nobody at night", kind: signals.Distress, opened: "2026-03-02 10:00", until: "2026-03-10 09:30", want: `
Mon 10:00 owner "samira", on signalen-noord, names samira
Mon 10:10 names samira, pings samira
Mon 11:00 names samira
Mon 12:00 names samira
Mon 13:00 names samira
Mon 14:00 names samira+tom
Mon 15:00 names samira
Mon 16:00 names samira
Tue 09:00 names samira+fatma
Tue 13:00 names samira+fatma
Wed 09:00 names tom+fatma
Wed 13:00 names tom+fatma
Thu 09:00 names samira+tom+fatma
Thu 13:00 names samira+tom+fatma
Fri 09:00 names samira+fatma
Fri 13:00 names samira+fatma
Mon 09:00 names samira+tom+fatma
Mon 13:00 names samira+tom+fatma
Tue 09:00 names samira+fatma`},
		{name: "distress on the fixed contact's day off goes to the cover", kind: signals.Distress, opened: "2026-03-04 10:00", until: "2026-03-04 10:05", want: `
Wed 10:00 owner "tom", on signalen-noord, names tom`},
		{name: "distress while the fixed contact is away goes to the cover of the absence", kind: signals.Distress, opened: "2026-03-02 10:00", until: "2026-03-02 10:05",
			change: away("samira", "2026-03-01 00:00", "2026-03-15 00:00", "fatma"), want: `
Mon 10:00 owner "fatma", on signalen-noord, names fatma`},
		{name: "distress without a fixed contact goes to the team", kind: signals.Distress, circle: "nobody", opened: "2026-03-02 10:00", until: "2026-03-02 10:05", want: `
Mon 10:00 owner "", on signalen-noord, names samira`},
		{name: "distress to a peer expert is not theirs alone", kind: signals.Distress, heard: "maatje", opened: "2026-03-02 10:00", until: "2026-03-02 10:05", want: `
Mon 10:00 owner "", on signalen-noord, names samira, peers joost`},
		{name: "a fixed contact who is at work for another team is somebody", kind: signals.Distress, circle: "no peer", opened: "2026-03-02 22:00", until: "2026-03-02 22:05",
			change: func(t *testing.T, n *signals.Network) {
				n.Teams["nacht"] = signals.Team{Key: "nacht", Channel: "nacht", Members: []string{"tom"}, Duty: hours(t, "", "00:00-24:00")}
			}, want: `
Mon 22:00 owner "tom", on signalen-noord, names tom`},
		{name: "a wish for contact goes on after a working day", kind: signals.ContactWish, opened: "2026-03-02 15:00", until: "2026-03-04 10:00", want: `
Mon 15:00 owner "samira", on signalen-noord, names samira
Tue 09:00 names samira
Tue 15:00 names samira+fatma
Wed 09:00 names tom+fatma`},
		{name: "a wish for contact with the peer expert is on nobody else's screen", kind: signals.ContactWish, heard: "maatje", opened: "2026-03-03 15:00", until: "2026-03-04 16:00", want: `
Tue 15:00 owner "joost", peers joost
Wed 15:00 names tom+fatma`},
		{name: "in quiet hours the back-up owns it, and the peer expert hears it in the morning", kind: signals.ContactWish, heard: "maatje", opened: "2026-03-02 22:00", until: "2026-03-03 09:30", want: `
Mon 22:00 owner "samira", on signalen-noord, nobody
Tue 09:00 peers joost`},
		{name: "a wish for contact with somebody by name", kind: signals.ContactWish, heard: "tom", opened: "2026-03-02 10:00", until: "2026-03-02 10:05", want: `
Mon 10:00 owner "tom", on signalen-noord, names tom`},
		{name: "nobody means nobody", kind: signals.ContactWish, heard: "nobody", opened: "2026-03-02 10:00", until: "2026-03-02 10:05", want: `
Mon 10:00 owner ""`},
		{name: "good news goes to the chosen, and nudges", kind: signals.GoodNews, heard: "fixed_contact,maatje", opened: "2026-03-02 10:00", until: "2026-03-09 09:00", want: `
Mon 10:00 owner "samira", on goed-nieuws-noord, names samira, peers joost
Thu 10:00 names samira, peers joost
Sun 10:00 peers joost`},
		{name: "good news for the peer expert alone is in no channel", kind: signals.GoodNews, heard: "maatje", opened: "2026-03-02 22:00", until: "2026-03-04 09:00", want: `
Mon 22:00 owner "joost"
Tue 09:00 peers joost`},
		{name: "good news for nobody", kind: signals.GoodNews, heard: "nobody", opened: "2026-03-02 10:00", until: "2026-03-05 11:00", want: `
Mon 10:00 owner ""`},
		{name: "good news at night rings in the morning", kind: signals.GoodNews, opened: "2026-03-02 22:00", until: "2026-03-03 12:00", want: `
Mon 22:00 owner "samira", on goed-nieuws-noord
Tue 09:00 names samira`},
		{name: "a missed check-in is a prompt for the peer expert, then for the back-up, then the team", kind: signals.MissedCheckIn, opened: "2026-03-02 10:00", until: "2026-03-04 12:00", want: `
Mon 10:00 owner "joost", peers joost
Tue 10:00 names samira
Wed 09:00 names tom
Wed 10:00 names tom`},
		{name: "a missed check-in without a peer expert", kind: signals.MissedCheckIn, circle: "no peer", opened: "2026-03-02 10:00", until: "2026-03-02 10:05", want: `
Mon 10:00 owner "tom", on signalen-noord, names tom`},
		{name: "the worry of a peer expert is the team's", kind: signals.PeerWorry, heard: "maatje", opened: "2026-03-02 10:00", until: "2026-03-03 09:30", want: `
Mon 10:00 owner "", on signalen-noord, names samira
Tue 09:00 names samira+fatma`},
		{name: "practical help is the team's", kind: signals.PracticalHelp, opened: "2026-03-02 10:00", until: "2026-03-02 10:05", want: `
Mon 10:00 owner "", on signalen-noord, names samira`},
		{name: "what cannot be read is the team's", kind: signals.Unreadable, opened: "2026-03-02 10:00", until: "2026-03-02 10:05", want: `
Mon 10:00 owner "", on signalen-noord, names samira`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := town(t)
			if tt.change != nil {
				tt.change(t, n)
			}
			circle := circles()["full"]
			if tt.circle != "" {
				circle = circles()[tt.circle]
			}
			c := signals.Case{Kind: tt.kind, Circle: circle, HeardBy: tt.heard, Opened: at(t, tt.opened)}
			if tt.heard == "nobody" && tt.kind != signals.Crisis {
				if r := n.Open(c, c.Opened); r.Team != "" || !r.NextAt.IsZero() {
					t.Errorf("it goes to %+v", r)
				}
				return
			}
			if got, want := story(t, n, c, tt.until), strings.TrimPrefix(tt.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func away(who, from, until, cover string) func(*testing.T, *signals.Network) {
	return func(t *testing.T, n *signals.Network) {
		p := n.People[who]
		p.Absent = append(p.Absent, signals.Absence{From: at(t, from), Until: at(t, until), Cover: cover})
		n.People[who] = p
	}
}

// What happens after somebody took a signal up and then says nothing more.
func TestTakenUp(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		kind          signals.Kind
		by            string
		change        func(*testing.T, *signals.Network)
		opened, until string
		want          string
	}{
		{name: "a crisis comes back after half an hour", kind: signals.Crisis, by: "samira", opened: "2026-03-02 10:00", until: "2026-03-02 10:41", want: `
Mon 10:15 asks the owner
Mon 10:30 names samira+tom+fatma, back to the team
Mon 10:35 names samira
Mon 10:40 names samira+tom, pings samira`},
		{name: "a crisis that comes back when nobody is there is told", kind: signals.Crisis, by: "samira", opened: "2026-03-02 16:45", until: "2026-03-03 09:03", want: `
Mon 17:00 asks the owner
Mon 17:15 back to the team, tells the resident
Tue 09:00 names samira`},
		{name: "distress is asked about by the owner's own days", kind: signals.Distress, by: "samira", opened: "2026-03-03 15:00", until: "2026-03-10 15:05", want: `
Thu 15:00 asks the owner
Mon 15:00 names samira+tom+fatma, back to the team
Mon 15:10 names samira, pings samira
Mon 16:00 names samira
Tue 09:00 names samira
Tue 10:00 names samira
Tue 11:00 names samira+fatma
Tue 15:00 names samira+fatma`},
		{name: "an owner who goes away gives it back at once", kind: signals.ContactWish, by: "samira", opened: "2026-03-02 15:00", until: "2026-03-03 08:00",
			change: away("samira", "2026-03-02 16:00", "2026-03-09 00:00", "tom"), want: `
Mon 16:00 names tom, back to the team`},
		{name: "an owner whom the network no longer knows", kind: signals.Crisis, by: "verdwenen", opened: "2026-03-02 10:00", until: "2026-03-02 10:05", want: `
Mon 10:01 names samira+tom+fatma, back to the team`},
		{name: "good news that somebody answered", kind: signals.GoodNews, by: "samira", opened: "2026-03-02 10:00", until: "2026-03-07 00:00", want: `
Fri 10:00 asks the owner`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := town(t)
			if tt.change != nil {
				tt.change(t, n)
			}
			opened := at(t, tt.opened)
			c := signals.Case{Kind: tt.kind, Circle: circles()["full"], Opened: opened, TakenBy: tt.by, TakenAt: opened}
			if got, want := story(t, n, c, tt.until), strings.TrimPrefix(tt.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// A signal handed over rings with the one it was given to, and not with others first.
func TestHandedOver(t *testing.T) {
	t.Parallel()
	n := town(t)
	now := at(t, "2026-03-02 10:00")
	c := signals.Case{Kind: signals.ContactWish, Circle: circles()["full"], Opened: now.Add(-time.Hour), Since: now, GivenTo: "tom"}
	if r := n.Open(c, now); r.Owner != "tom" || !slices.Equal(r.Mention, []string{"tom"}) {
		t.Errorf("handed to tom it is %q's and names %v", r.Owner, r.Mention)
	}
	c.Kind = signals.Crisis
	if r := n.Open(c, now); r.Owner != "tom" || !slices.Contains(r.Mention, "tom") || r.Channel == "" {
		t.Errorf("a crisis handed to tom is %q's on %q and names %v", r.Owner, r.Channel, r.Mention)
	}
}

// A late timer, as after an outage, does what was missed once and not in a row.
func TestLateTimer(t *testing.T) {
	t.Parallel()
	n := town(t)
	opened := at(t, "2026-03-02 10:00")
	c := signals.Case{Kind: signals.Crisis, Circle: circles()["full"], Opened: opened}
	now := opened.Add(2 * time.Hour)
	if wait := n.After(c, now).Sub(now); wait > time.Minute {
		t.Errorf("an overdue crisis waits %s", wait)
	}
	r := n.Next(c, now)
	if r.Step != 3 || !r.Resident || !slices.Equal(r.Mention, []string{"samira", "tom", "fatma"}) {
		t.Errorf("two hours late it does %+v", r)
	}
	if wait := r.NextAt.Sub(now); wait != 5*time.Minute {
		t.Errorf("and looks again in %s, want 5m", wait)
	}

	news := signals.Case{Kind: signals.GoodNews, Circle: circles()["full"], Opened: opened}
	now = opened.AddDate(0, 0, 30)
	r = n.Next(news, now)
	if !r.Repeat {
		t.Error("good news of a month ago is not nudged")
	}
	if wait := r.NextAt.Sub(now); wait < time.Hour {
		t.Errorf("and again in %s", wait)
	}
}

// Promise 5: the ping goes to people on duty with a reserve channel, and to nobody else.
func TestReserve(t *testing.T) {
	t.Parallel()
	n := town(t)
	c := signals.Case{Kind: signals.Crisis, Circle: circles()["full"]}
	for when, want := range map[string][]string{"2026-03-02 10:00": {"samira"}, "2026-03-04 10:00": nil, "2026-03-02 23:00": nil} {
		if got := n.Reserve(c, at(t, when)); !slices.Equal(got, want) {
			t.Errorf("at %s it pings %v, want %v", when, got, want)
		}
	}
	c.Kind = signals.GoodNews
	if got := n.Reserve(c, at(t, "2026-03-02 10:00")); got != nil {
		t.Errorf("good news pings %v", got)
	}
}

// A network of any shape never leaves a signal without a next look, and never
// looks at it in a row: not when everybody is away, nothing is filled in, or
// the host forgets what it was told.
func TestWalkNeverStops(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := anyNetwork(t, rt)
		start := at(t, "2026-01-01 00:00").Add(time.Duration(rapid.IntRange(0, 365*24*60).Draw(rt, "minute")) * time.Minute)
		people := []string{"", "samira", "tom", "joost", "fatma", "weg"}
		c := signals.Case{
			Kind: rapid.SampledFrom(signals.Kinds()).Draw(rt, "kind"),
			Circle: signals.Circle{
				Wijk:    rapid.SampledFrom([]string{"noord", "west"}).Draw(rt, "wijk"),
				Primary: rapid.SampledFrom(people).Draw(rt, "primary"),
				Backups: []string{rapid.SampledFrom(people).Draw(rt, "backup")},
				Maatje:  rapid.SampledFrom(people).Draw(rt, "maatje"),
			},
			HeardBy: rapid.SampledFrom([]string{"", "fixed_contact", "maatje", "team", "everyone", "tom", "joost", "maatje,team", "onzin"}).Draw(rt, "heard"),
			GivenTo: rapid.SampledFrom([]string{"", "", "tom", "joost", "weg"}).Draw(rt, "given"),
			Opened:  start,
		}
		if by := rapid.SampledFrom(people).Draw(rt, "taken"); by != "" {
			c.TakenBy, c.TakenAt = by, start
		}
		forgets := rapid.Bool().Draw(rt, "forgets")

		now := start
		r := n.Open(c, now)
		if c.TakenBy != "" {
			r = signals.Route{NextAt: n.After(c, now), Since: start}
		}
		for range 60 {
			wait := r.NextAt.Sub(now)
			if wait < time.Second || wait > 24*time.Hour {
				rt.Fatalf("at %s the next look is in %s: %+v", now, wait, r)
			}
			if !forgets {
				c = follow(c, r, now)
			}
			if got := n.After(c, now); got.Sub(now) < time.Second || got.Sub(now) > 24*time.Hour {
				rt.Fatalf("at %s After is in %s", now, got.Sub(now))
			}
			if c.TakenBy == "" && r.Team == "" && len(n.Teams) > 0 && now != start {
				rt.Fatalf("at %s it stands with no team: %+v", now, r)
			}
			for _, p := range r.Mention {
				if !n.Reachable(p, now) {
					rt.Fatalf("at %s it names %s, who is not there", now, p)
				}
			}
			for _, p := range r.Peers {
				if !n.Available(p, now) {
					rt.Fatalf("at %s it reaches %s in quiet hours", now, p)
				}
			}
			if r.Nobody && len(n.OnDuty(r.Team, now)) > 0 {
				rt.Fatalf("at %s it says nobody, but %v are on duty", now, n.OnDuty(r.Team, now))
			}
			if p := r.Promise; p.Nobody && p.Working || p.Who != "" && p.Nobody && p.By.IsZero() {
				rt.Fatalf("at %s it promises %+v", now, p)
			}
			if strings.Contains(r.Promise.Dutch(now, n.Zone), "{") {
				rt.Fatalf("unfilled: %s", r.Promise.Dutch(now, n.Zone))
			}
			now = r.NextAt
			r = n.Next(c, now)
		}
	})
}

// anyNetwork is the town with things missing, wrong or all over the place.
func anyNetwork(t *testing.T, rt *rapid.T) *signals.Network {
	n := town(t)
	team := n.Teams["team"]
	spans := [][2]string{{"ma-vr", "09:00-17:00"}, {"", "00:00-24:00"}, {"", "21:00-09:00"}, {"za", "10:00-10:30"}, {"ma-vr", "09:00-12:00, 13:00-17:00"}}
	span := rapid.SampledFrom(spans).Draw(rt, "duty")
	team.Duty = hours(t, span[0], span[1])
	if rapid.IntRange(0, 9).Draw(rt, "never") == 0 {
		team.Duty = scheduler.Hours{}
	}
	team.Members = rapid.SampledFrom([][]string{{"samira", "tom"}, {"tom"}, {"weg"}, {"joost"}, nil}).Draw(rt, "members")
	team.Coordinator = rapid.SampledFrom([]string{"fatma", "", "tom", "weg"}).Draw(rt, "coordinator")
	n.Teams["team"] = team
	for _, key := range []string{"samira", "tom", "joost"} {
		p := n.People[key]
		for range rapid.IntRange(0, 3).Draw(rt, key+" away") {
			from := at(t, "2026-01-01 00:00").Add(time.Duration(rapid.IntRange(0, 400*24).Draw(rt, "from")) * time.Hour)
			p.Absent = append(p.Absent, signals.Absence{From: from, Until: from.Add(time.Duration(rapid.IntRange(-5, 900).Draw(rt, "long")) * time.Hour),
				Cover: rapid.SampledFrom([]string{"", "samira", "tom", "joost", "weg", key}).Draw(rt, "cover")})
		}
		p.Cover = rapid.SampledFrom([]string{"", "samira", "tom", "weg", key}).Draw(rt, "standing cover")
		n.People[key] = p
	}
	switch rapid.IntRange(0, 9).Draw(rt, "broken") {
	case 0:
		n.Teams = nil
	case 1:
		n.People = nil
	case 2:
		n.Rules = nil
	case 3:
		n.Zone = nil
	case 4:
		n.Rules = map[signals.Kind]signals.Rule{signals.Crisis: {Repeat: time.Nanosecond}, signals.GoodNews: {Nudge: time.Second},
			signals.Distress: {Owner: "onzin", Steps: []signals.EscalationStep{{To: "onzin"}, {}, {Tell: "nobody"}}}}
	}
	return n
}
