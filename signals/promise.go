package signals

import (
	"bytes"
	"cmp"
	"strings"
	"time"

	"houvast/flows"
)

// PromiseWords returns a sentence or word of a [Promise] in one language by its
// key. They say what was agreed or what the roster says, never that somebody read,
// knows or comes. Each is asked for only when it is said.
type PromiseWords func(key string) string

// The keys of a promise, with what is filled in between braces.
const (
	wordTeam       = "belofte.team"       // who, at the start of a sentence, when no person is named
	wordReads      = "belofte.leest"      // by a moment: {who} {day} {time}
	wordReadsAt    = "belofte.leest.om"   // at the moment that somebody is back: {who} {day} {time}
	wordBack       = "belofte.terug"      // when somebody is again, without a promise to read: {day} {time}
	wordWorking    = "belofte.werkt"      // somebody is at work; nothing is promised but the bot's own word
	wordClosed     = "belofte.dicht"      // nobody is at work
	wordClosedLong = "belofte.dicht.lang" // nobody is at work and nobody knows when
	wordToday      = "belofte.vandaag"
	wordTomorrow   = "belofte.morgen"
	wordDays       = "belofte.dagen"   // the seven, with commas; Sunday first, as in time.Weekday
	wordMonths     = "belofte.maanden" // the twelve, with commas
	wordTime       = "belofte.tijd"    // layout of a time of day, without the word for hour
	wordHour       = "belofte.uur"     // put behind a time
)

// DutchPromise are the words for residents, at level A2, by key.
func DutchPromise() map[string]string {
	return map[string]string{
		wordTeam:       "Het team",
		wordReads:      "{who} leest dit {day} voor {time}.",
		wordReadsAt:    "{who} leest dit {day} om {time}.",
		wordBack:       "Er is {day} om {time} weer iemand.",
		wordWorking:    "Er is nu iemand van het team aan het werk. Ik zeg het je als iemand dit oppakt.",
		wordClosed:     "Er is nu niemand van ons aan het werk.",
		wordClosedLong: "Ik weet niet wanneer er weer iemand is.",
		wordToday:      "vandaag",
		wordTomorrow:   "morgen",
		wordDays:       "zondag, maandag, dinsdag, woensdag, donderdag, vrijdag, zaterdag",
		wordMonths:     "januari, februari, maart, april, mei, juni, juli, augustus, september, oktober, november, december",
		wordTime:       "15.04",
		wordHour:       "uur",
	}
}

// Dutch is the promise as a resident reads it, exactly true at now; it fills
// {belofte} in a flow. Times are on the wall clock of zone. It is empty when
// there is nothing to promise, as for good news.
func (p Promise) Dutch(now time.Time, zone *time.Location) string {
	words := DutchPromise()
	return p.In(func(key string) string { return words[key] }, now, zone)
}

// In is the promise in the words of a language. A moment that is past is left
// out, because it would no longer be a promise.
func (p Promise) In(words PromiseWords, now time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	now = now.In(zone)
	var said strings.Builder
	add := func(sentence string, at time.Time) {
		if said.Len() > 0 {
			said.WriteByte(' ')
		}
		said.Grow(2 * len(sentence))
		at = at.In(zone)
		flows.FillTo(&said, sentence, func(name string) (string, bool) {
			switch name {
			case "who":
				return cmp.Or(p.Who, words(wordTeam)), true
			case "day":
				return words.day(now, at), true
			case "time":
				return words.time(at), true
			}
			return "", false
		})
	}
	say := func(key string, at time.Time) { add(words(key), at) }

	by := quarter(p.By)
	ahead := p.By.After(now)
	if p.Nobody {
		if p.Closed != "" {
			add(p.Closed, now)
		} else {
			say(wordClosed, now)
		}
	}
	switch {
	case ahead && p.Nobody && p.By.Equal(p.Opens):
		say(wordReadsAt, by)
	case ahead:
		say(wordReads, by)
	case p.Nobody && p.Opens.After(now):
		say(wordBack, p.Opens)
	case p.Nobody:
		say(wordClosedLong, now)
	case p.Working:
		say(wordWorking, now)
	}
	return said.String()
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
	name := func() string { return listed(w(wordDays), int(t.Weekday())) }
	switch {
	case days == 0:
		return w(wordToday)
	case days == 1:
		return w(wordTomorrow)
	case days > 1 && days < 7:
		return name()
	}
	return name() + " " + t.Format("2") + " " + listed(w(wordMonths), int(t.Month())-1)
}

// time is a time of day as people write it: "9.00 uur".
func (w PromiseWords) time(t time.Time) string {
	b := append(t.AppendFormat(make([]byte, 0, 40), w(wordTime)), ' ')
	b = append(bytes.TrimPrefix(b, []byte("0")), w(wordHour)...)
	return string(bytes.TrimSpace(b))
}

// listed is the word at a place in a list with commas, or empty.
func listed(list string, place int) string {
	for ; place > 0; place-- {
		_, list, _ = strings.Cut(list, ", ")
	}
	word, _, _ := strings.Cut(list, ", ")
	return word
}

func daysBetween(a, b time.Time) int {
	day := func(t time.Time) time.Time {
		_, ahead := t.Zone()
		return t.Add(time.Duration(ahead) * time.Second).Truncate(24 * time.Hour) // as UTC counts days
	}
	return int(day(b).Sub(day(a)) / (24 * time.Hour))
}
