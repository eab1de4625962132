package signals

import (
	"strings"
	"time"
)

// PromiseWords are the sentences of a [Promise] in one language, with what is
// in braces filled in: {who}, {day}, {time}. They say what was agreed or what
// the roster says, never that somebody read, knows or comes.
type PromiseWords struct {
	Team       string // who, at the start of a sentence, when no person is named
	Reads      string // by a moment: {who} {day} {time}
	ReadsAt    string // at the moment that somebody is back: {who} {day} {time}
	Back       string // when somebody is again, without a promise to read: {day} {time}
	Working    string // somebody is at work; nothing is promised but the bot's own word
	Closed     string // nobody is at work
	ClosedLong string // nobody is at work and nobody knows when
	Today      string
	Tomorrow   string
	Days       [7]string // Sunday first, as in time.Weekday
	Months     [12]string
	Time       string // layout of a time of day, without the word for hour
	Hour       string // put behind a time
}

// DutchPromise are the words for residents, at level A2.
func DutchPromise() PromiseWords {
	return PromiseWords{
		Team:       "Het team",
		Reads:      "{who} leest dit {day} voor {time}.",
		ReadsAt:    "{who} leest dit {day} om {time}.",
		Back:       "Er is {day} om {time} weer iemand.",
		Working:    "Er is nu iemand van het team aan het werk. Ik zeg het je als iemand dit oppakt.",
		Closed:     "Er is nu niemand van ons aan het werk.",
		ClosedLong: "Ik weet niet wanneer er weer iemand is.",
		Today:      "vandaag",
		Tomorrow:   "morgen",
		Days:       [7]string{"zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"},
		Months: [12]string{"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus",
			"september", "oktober", "november", "december"},
		Time: "15.04",
		Hour: "uur",
	}
}

// Dutch is the promise as a resident reads it, exactly true at now; it fills
// {belofte} in a flow. Times are on the wall clock of zone. It is empty when
// there is nothing to promise, as for good news.
func (p Promise) Dutch(now time.Time, zone *time.Location) string {
	return p.In(DutchPromise(), now, zone)
}

// In is the promise in the words of a language. A moment that is past is left
// out, because it would no longer be a promise.
func (p Promise) In(words PromiseWords, now time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	now = now.In(zone)
	var said []string
	say := func(sentence string, at time.Time) {
		who := p.Who
		if who == "" {
			who = words.Team
		}
		at = at.In(zone)
		said = append(said, strings.NewReplacer("{who}", who,
			"{day}", words.day(now, at), "{time}", words.time(at)).Replace(sentence))
	}

	by := quarter(p.By)
	ahead := p.By.After(now)
	if p.Nobody {
		if p.Closed != "" {
			say(p.Closed, now)
		} else {
			say(words.Closed, now)
		}
	}
	switch {
	case ahead && p.Nobody && p.By.Equal(p.Opens):
		say(words.ReadsAt, by)
	case ahead:
		say(words.Reads, by)
	case p.Nobody && p.Opens.After(now):
		say(words.Back, p.Opens)
	case p.Nobody:
		say(words.ClosedLong, now)
	case p.Working:
		say(words.Working, now)
	}
	return strings.Join(said, " ")
}

// quarter rounds a moment up to the quarter of an hour, as people say times; a
// promise stays true when it is read as a little later.
func quarter(t time.Time) time.Time {
	if r := t.Truncate(15 * time.Minute); r.Before(t) {
		return r.Add(15 * time.Minute)
	}
	return t
}

// day is how people call the day of t when it is now: today, tomorrow, its name
// within a week, and its date beyond that.
func (w PromiseWords) day(now, t time.Time) string {
	days := daysBetween(now, t)
	name := w.Days[t.Weekday()]
	switch {
	case days == 0:
		return w.Today
	case days == 1:
		return w.Tomorrow
	case days > 1 && days < 7:
		return name
	}
	return name + " " + t.Format("2") + " " + w.Months[t.Month()-1]
}

// time is a time of day as people write it: "9.00 uur".
func (w PromiseWords) time(t time.Time) string {
	return strings.TrimSpace(strings.TrimPrefix(t.Format(w.Time), "0") + " " + w.Hour)
}

func daysBetween(a, b time.Time) int {
	day := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	return int(day(b).Sub(day(a)) / (24 * time.Hour))
}
