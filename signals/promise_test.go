package signals_test

import (
	"strings"
	"testing"
	"time"

	"houvast/signals"
)

// The sentence that a resident reads for {belofte}, as it is true at that moment.
func TestPromise(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		kind   signals.Kind
		heard  string
		opened string
		want   string
	}{
		{"distress in the morning", signals.Distress, "", "2026-03-02 09:00", "Het team leest dit vandaag voor 13.00 uur."},
		{"times are said in quarters", signals.Distress, "", "2026-03-02 09:07", "Het team leest dit vandaag voor 13.15 uur."},
		{"over the end of the day", signals.Distress, "", "2026-03-02 15:00", "Het team leest dit morgen voor 11.00 uur."},
		{"over the weekend", signals.Distress, "", "2026-03-06 15:00", "Het team leest dit maandag voor 11.00 uur."},
		{"distress at night", signals.Distress, "", "2026-03-02 23:00", "Er is nu niemand van ons aan het werk. Het team leest dit morgen voor 13.00 uur."},
		{"early in the morning", signals.Distress, "", "2026-03-02 06:00", "Er is nu niemand van ons aan het werk. Het team leest dit vandaag voor 13.00 uur."},
		{"a crisis on duty promises no time", signals.Crisis, "", "2026-03-02 10:00", "Er is nu iemand van het team aan het werk. Ik zeg het je als iemand dit oppakt."},
		{"a crisis on Friday night", signals.Crisis, "", "2026-03-06 22:00", "Er is nu niemand van ons aan het werk. Het team leest dit maandag om 9.00 uur."},
		{"a crisis before Easter", signals.Crisis, "", "2026-04-04 22:00", "Er is nu niemand van ons aan het werk. Het team leest dit dinsdag om 9.00 uur."},
		{"a crisis at Christmas", signals.Crisis, "", "2026-12-24 20:00", "Er is nu niemand van ons aan het werk. Het team leest dit maandag om 9.00 uur."},
		{"the night before the clock goes forward", signals.Crisis, "", "2026-03-28 23:00", "Er is nu niemand van ons aan het werk. Het team leest dit maandag om 9.00 uur."},
		{"contact names who will be there", signals.ContactWish, "", "2026-03-02 10:00", "Samira leest dit morgen voor 10.00 uur."},
		{"and not who will not", signals.ContactWish, "", "2026-03-03 10:00", "Het team leest dit morgen voor 10.00 uur."},
		{"contact with the peer expert", signals.ContactWish, "maatje", "2026-03-02 10:00", "Joost leest dit morgen voor 10.00 uur."},
		{"contact with the peer expert in the evening", signals.ContactWish, "maatje", "2026-03-02 20:00", "Joost leest dit woensdag voor 9.00 uur."},
		{"good news promises nothing", signals.GoodNews, "", "2026-03-02 23:00", ""},
		{"practical help takes two working days", signals.PracticalHelp, "", "2026-03-02 10:00", "Het team leest dit woensdag voor 10.00 uur."},
		{"two working days over Christmas", signals.PracticalHelp, "", "2026-12-24 16:00", "Het team leest dit dinsdag voor 16.00 uur."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := town(t)
			now := at(t, tt.opened)
			r := n.Open(signals.Case{Kind: tt.kind, Circle: circles()["full"], HeardBy: tt.heard, Opened: now}, now)
			if got := r.Promise.Dutch(now, n.Zone); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// A promise read later says only what is still true.
func TestPromiseReadLater(t *testing.T) {
	t.Parallel()
	z := amsterdam(t)
	by := at(t, "2026-03-02 13:00")
	for _, tt := range []struct {
		p         signals.Promise
		now, want string
	}{
		{signals.Promise{By: by, Working: true}, "2026-03-02 12:59", "Het team leest dit vandaag voor 13.00 uur."},
		{signals.Promise{By: by, Working: true}, "2026-03-02 13:00", "Er is nu iemand van het team aan het werk. Ik zeg het je als iemand dit oppakt."},
		{signals.Promise{By: by}, "2026-02-20 13:00", "Het team leest dit maandag 2 maart voor 13.00 uur."},
		{signals.Promise{Nobody: true, Opens: by}, "2026-03-01 12:00", "Er is nu niemand van ons aan het werk. Er is morgen om 13.00 uur weer iemand."},
		{signals.Promise{Nobody: true}, "2026-03-01 12:00", "Er is nu niemand van ons aan het werk. Ik weet niet wanneer er weer iemand is."},
		{signals.Promise{Nobody: true, Closed: "Wij zijn er even niet.", Opens: by, By: by}, "2026-03-01 12:00", "Wij zijn er even niet. Het team leest dit morgen om 13.00 uur."},
		{signals.Promise{}, "2026-03-01 12:00", ""},
	} {
		if got := tt.p.Dutch(at(t, tt.now), z); got != tt.want {
			t.Errorf("at %s\ngot  %s\nwant %s", tt.now, got, tt.want)
		}
	}
}

// Promise 3: nobody is said to be at work who is not, at any minute of a year;
// and no sentence says that somebody read, knows or comes.
func TestPromiseIsTrue(t *testing.T) {
	t.Parallel()
	n := town(t)
	for now := at(t, "2026-01-01 00:00"); now.Before(at(t, "2027-01-01 00:00")); now = now.Add(23 * time.Minute) {
		for _, kind := range kinds {
			c := signals.Case{Kind: kind, Circle: circles()["full"], Opened: now}
			p := n.Open(c, now).Promise
			onDuty := len(n.OnDuty("team", now)) > 0
			if p.Working && !onDuty || p.Nobody && onDuty {
				t.Fatalf("at %s on duty is %v, and the promise is %+v", now, onDuty, p)
			}
			if !p.By.IsZero() && !p.By.After(now) {
				t.Fatalf("at %s it promises %s", now, p.By)
			}
			if p.Nobody && !p.Opens.IsZero() && len(n.OnDuty("team", p.Opens)) == 0 {
				t.Fatalf("at %s somebody is to be there at %s, and is not", now, p.Opens)
			}
			text := p.Dutch(now, n.Zone)
			for _, never := range []string{"gelezen", "weet dat", "komt", "onderweg", "altijd", "24"} {
				if strings.Contains(text, never) {
					t.Fatalf("at %s it says %q", now, text)
				}
			}
		}
	}
}

// The numbers of the team come in its own order, and 112 and 113 are always there.
func TestNumbersFor(t *testing.T) {
	t.Parallel()
	n := town(t)
	keys := func() string {
		var k []string
		for _, x := range n.NumbersFor("team") {
			k = append(k, x.Key+"="+x.Number)
		}
		return strings.Join(k, " ")
	}
	if got, want := keys(), "huisartsenpost=030 000 00 00 113=113 alarm=112"; got != want {
		t.Errorf("numbers are %s, want %s", got, want)
	}
	n.Numbers, n.Teams = nil, nil
	if got, want := keys(), "113=113 alarm=112"; got != want {
		t.Errorf("numbers of no network are %s, want %s", got, want)
	}
}
