package bot

import (
	"strconv"
	"strings"
	"time"

	"houvast/signals"
	"houvast/signals/lexicon"
)

// showCard puts the card of a signal where professionals see it. A card is
// always made anew from what is known, never read back and patched.
func (d *desk) showCard(s Signal, mention []string, urgent bool) {
	if s.Channel == "" {
		return
	}
	c := d.card(&s)
	c.Urgent = urgent && s.State == Open
	if s.State == Open {
		c.Mention = d.users(mention)
	}
	d.toChannel(laneOf(s.Kind), s.Channel, CardSlot(s.ID), Body{Card: &c})
}

// CardSlot is the slot that a signal's card stands in, in its channel.
func CardSlot(signal int64) string {
	b := strconv.AppendInt(append(make([]byte, 0, 40), "signal:"...), signal, 10)
	return string(append(b, ":card"...))
}

// nudgeCard says at the bottom of the channel that there is more about a signal.
// An edited card alone would be seen by nobody.
func (d *desk) nudgeCard(s *Signal, key string, mention []string) {
	if s.Channel == "" {
		return
	}
	switch {
	case s.TakenBy == "":
	case s.Back.IsZero() || d.network().Available(s.TakenBy, d.now()):
		mention = []string{s.TakenBy}
	}
	s.Nudges++
	d.putSignal(*s)
	d.toChannel(laneOf(s.Kind), s.Channel, nudgeSlot(s.ID, s.Nudges), Body{Card: &Card{
		Title: d.dutch(key, "naam", d.resident.Nickname), Kind: kindOfCard(*s), Actions: d.actions(*s), Urgent: s.Kind == signals.Crisis, Mention: d.users(mention),
	}})
}

// users are the Mattermost names of people.
func (d *desk) users(keys []string) []string {
	var names []string
	for _, k := range keys {
		if p := d.network().People[k]; p.Mattermost != "" {
			names = append(names, p.Mattermost)
		}
	}
	return names
}

func nudgeSlot(signal int64, n int) string {
	return numbered("signal:", signal, ":nudge:", int64(n))
}

// nudgesToQuiet is how many of them are made quiet in one turn: more than a long
// day of a crisis that nobody takes up leaves, and less than a commit may hold.
const nudgesToQuiet = 100

// quietNudges takes the buttons off what called for somebody who is there now.
func (d *desk) quietNudges(s *Signal, key string) {
	for n := max(s.Quieted, s.Nudges-nudgesToQuiet) + 1; n <= s.Nudges; n++ {
		d.toChannel(LaneAnswer, s.Channel, nudgeSlot(s.ID, n), Body{Card: &Card{
			Title: d.dutch(key, "naam", d.resident.Nickname, "wie", d.name(s.Owner)), Kind: "quiet",
		}})
	}
	s.Quieted = s.Nudges
}

func kindOfCard(s Signal) string {
	if s.State == Closed || !s.Back.IsZero() {
		return "quiet"
	}
	switch s.Kind {
	case signals.Crisis, signals.Distress, signals.GoodNews:
		return string(s.Kind)
	case signals.ContactWish:
		return "contact"
	}
	return "prompt"
}

// card is a signal as professionals see it: who, since when, what was promised,
// how it stands. Own words stay behind Lees.
func (d *desk) card(s *Signal) Card {
	n := d.network()
	c := Card{Title: d.dutch("kaart.titel."+string(s.Kind), "naam", d.resident.Nickname), Text: s.Text, Kind: kindOfCard(*s), Fields: make([]Field, 0, 6)}
	field := func(key, value string) {
		if value != "" {
			c.Fields = append(c.Fields, Field{Name: d.dutch(key), Value: value})
		}
	}
	if !s.Back.IsZero() {
		at := moment(s.Back.In(n.Zone))
		c.Title, c.Text = d.dutch("kaart.titel.weer", "naam", d.resident.Nickname, "tijd", at), d.dutch("signaal.weer")
	}
	field("kaart.veld.sinds", moment(s.Opened.In(n.Zone)))
	if s.State == Open {
		field("kaart.veld.beloofd", s.Promised)
		field("kaart.veld.van", d.name(s.Owner))
	}
	field("kaart.veld.wens", strings.Join(s.Wishes, ", "))
	var shared []string
	for _, a := range s.Shared {
		shared = append(shared, strings.ReplaceAll(a.Name, "_", " ")+": "+label(a.Label, a.Value))
	}
	field("kaart.veld.gedeeld", strings.Join(shared, "\n"))
	if words := d.words(s.ID); len(words) > 0 {
		field("kaart.veld.woorden", d.countWords(len(words)))
		field("kaart.veld.tekst", wordsAsText(d, d.mayShow(*s, words)))
	}
	field("kaart.veld.patroon", hitsInWords(d, s.Hits))
	if s.Stopped && !d.resident.Stopped.IsZero() {
		field("kaart.veld.let.op", d.dutch("kaart.gestopt"))
	}
	if !d.resident.Erase.IsZero() {
		field("kaart.veld.let.op", d.dutch("kaart.wil.wissen"))
	}
	if d.home == nil {
		field("kaart.veld.let.op", d.dutch("kaart.geen.chat"))
	} else if d.home.Blocked {
		field("kaart.veld.let.op", d.dutch("kaart.geblokkeerd"))
	}
	switch s.State {
	case Taken:
		field("kaart.veld.stand", d.dutch("kaart.opgepakt", "naam", d.name(s.TakenBy), "tijd", moment(s.TakenAt.In(n.Zone))))
	case Closed:
		field("kaart.veld.stand", d.dutch("kaart.gesloten", "naam", d.name(s.ClosedBy), "tijd", moment(s.ClosedAt.In(n.Zone)), "reden", s.Reason))
	}
	c.Actions = d.actions(*s)
	return c
}

// mayShow returns those of words that the network lets stand in the channel. What
// the resident did not share stays behind Lees, whatever stands beside it.
func (d *desk) mayShow(s Signal, words []Word) []Word {
	allowed := d.network().Teams[s.Team].WordsInChannel
	if s.HeardBy != "" && s.HeardBy != "team" && s.Kind != signals.Crisis && s.Kind != signals.Distress {
		return nil // it was told to one, not to a channel
	}
	var shown []Word
	for _, w := range words {
		if s.Kind == signals.GoodNews && allowed == "good_news" || allowed == "shared" && (w.Share || s.Kind == signals.GoodNews) {
			shown = append(shown, w)
		}
	}
	return shown
}

func label(label, value string) string {
	if label != "" {
		return label
	}
	return value
}

// moment is a moment as people say it: "ma 2 maart 09.00 uur".
func moment(t time.Time) string {
	_, ahead := t.Zone()
	t = t.UTC().Add(time.Duration(ahead) * time.Second) // the same on the wall, without asking the zone each time
	b := append(appendDay(make([]byte, 0, 40), t), ' ')
	h, m, _ := t.Clock()
	return string(append(b, byte('0'+h/10), byte('0'+h%10), '.', byte('0'+m/10), byte('0'+m%10), ' ', 'u', 'u', 'r'))
}

// day is a day as people say it: "ma 2 maart".
func day(t time.Time) string { return string(appendDay(nil, t)) }

func appendDay(b []byte, t time.Time) []byte {
	_, month, day := t.Date()
	b = append(append(b, dutchDays[t.Weekday()]...), ' ')
	b = append(strconv.AppendInt(b, int64(day), 10), ' ')
	return append(b, dutchMonths[month-time.January]...)
}

var (
	dutchDays   = [...]string{"zo", "ma", "di", "wo", "do", "vr", "za"}
	dutchMonths = [...]string{"januari", "februari", "maart", "april", "mei", "juni",
		"juli", "augustus", "september", "oktober", "november", "december"}
)

// hitsInWords says which patterns met, so that every hit can be explained.
func hitsInWords(d *desk, hits []lexicon.Hit) string {
	var parts []string
	for _, h := range hits {
		p := h.Class + " " + h.Pattern
		if h.Lowered {
			p += " " + d.dutch("kaart.verzacht")
		}
		if h.Unreviewed {
			p += " " + d.dutch("kaart.niet.nagekeken", "taal", h.Language)
		}
		parts = append(parts, p)
	}
	return strings.Join(parts, "\n")
}

// wordsAsText is what Lees shows.
func wordsAsText(d *desk, words []Word) string {
	var lines []string
	for _, w := range words {
		line := moment(w.At.In(d.network().Zone)) + ": "
		if w.By != "" {
			line += d.name(w.By) + ": "
		}
		if w.Text != "" {
			line += w.Text
		}
		if w.Media != nil {
			line = strings.TrimSpace(line + " " + d.dutch("media."+mediaWord(w.Media.Kind)))
		}
		if w.Edited {
			line += " " + d.dutch("kaart.aangepast")
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func mediaWord(kind string) string {
	switch kind {
	case "voice", "photo", "sticker", "video":
		return kind
	}
	return "document"
}

// actions are the buttons a signal has in its present state. Routine is one
// press and no typing.
func (d *desk) actions(s Signal) []Action {
	if s.State == Closed && s.Kind != signals.GoodNews {
		return nil // good news stays open to everybody who was meant to hear it
	}
	as := make([]Action, 0, 6)
	add := func(key, style string) {
		as = append(as, Action{Name: strings.TrimPrefix(key, "knop."), Label: d.dutch(key), Subject: s.ID, Style: style})
	}
	words := len(d.words(s.ID)) > 0
	switch s.Kind {
	case signals.GoodNews:
		add("knop.bravo", "good")
		add("knop.read", "")
		add("knop.answer", "")
		return as
	case signals.Reading:
		add("knop.read", "primary")
		add("knop.seen", "good")
		add("knop.answer", "")
		return as
	case signals.Arrival:
		if d.resident.Stage == StageWaiting {
			add("knop.confirm", "good")
			add("knop.deny", "danger")
		} else {
			add("knop.seen", "good")
		}
		return as
	}
	if !s.Back.IsZero() {
		add("knop.seen", "good")
		add("knop.spoke", "")
		add("knop.answer", "")
		add("knop.close", "")
		return as
	}
	if s.State == Open {
		add("knop.take", "primary")
	}
	switch s.Kind {
	case signals.ContactWish, signals.MissedCheckIn, signals.PeerWorry:
		add("knop.spoke", "good")
		add("knop.missed", "")
	}
	if words || s.Kind == signals.Crisis || s.Kind == signals.Distress {
		add("knop.read", "")
	}
	add("knop.answer", "")
	add("knop.hand", "")
	add("knop.close", "")
	return as
}

// countWords says how many messages lie behind Lees.
func (d *desk) countWords(n int) string {
	if n == 1 {
		return d.dutch("kaart.woord")
	}
	return d.dutch("kaart.woorden", "aantal", b10(int64(n)))
}
