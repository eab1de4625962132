package bot

import (
	"time"

	"houvast/flows"
	"houvast/signals"
	"houvast/signals/lexicon"
)

// Decide returns what follows from e in scene s. It does no I/O and knows no
// time but the scene's, so that the same scene and event always lead to the
// same turn.
func Decide(s Scene, e Event) Turn {
	d := newDesk(s, e)
	switch e.What.(type) {
	case Started, Wrote, Sent, Pressed, Commanded:
		d.blocked(true) // who writes has not blocked us, whatever we were told
	}
	if _, started := e.What.(Started); started || e.Cry {
		d.stopAnswering() // what comes after it is their own
	}
	switch e.What.(type) {
	case Started, Wrote, Sent, Pressed, Commanded:
		d.appeared()
	}
	switch w := e.What.(type) {
	case Started:
		d.started()
	case Wrote:
		d.wrote(w)
	case Sent:
		d.sent(w)
	case Pressed:
		d.pressed(w)
	case Commanded:
		d.commanded(w)
	case Blocked:
		d.blocked(w.Undone)
	case Unread:
		d.unread(w)
	case Gap:
		d.gap(w)
	case Acted:
		d.acted(w)
	case Submitted:
		d.submitted(w)
	case Slash:
		d.slash(w)
	case Posted:
		// What professionals write among themselves is theirs: it reaches nobody.
	case Rang:
		d.rang(w.Timer)
	case Compose:
		d.compose(w.Message)
	case Undelivered:
		d.undelivered(w)
	case Late:
		d.late(w)
	case Told:
		d.told(w)
	}
	d.flush()
	switch {
	case d.erasing:
		d.erase()
	case d.unblocked:
		d.sayHeld() // below the answer to what they sent: of danger the numbers come first
	}
	return d.turn
}

// tooLate is how old a text may be before the bot says that it came late.
const tooLate = 10 * time.Minute

// wrote is a text from a chat.
func (d *desk) wrote(w Wrote) {
	text := string(w.Text)
	if d.linkedOnlyAsPeer() {
		d.peerWrote(text)
		return
	}
	if d.resident == nil {
		d.strangerWrote(text)
		return
	}
	word, known := d.keepWord(w.Message, text, nil, w.Edited)
	// Words of danger come before everything, whatever state anybody is in.
	found := d.heard(text)
	if found.Level == lexicon.LevelCrisis {
		d.crisis(found.Hits, word)
		d.sayIfLate("laat.kort")
		return
	}
	if w.Edited && known {
		d.editedWord(word, found)
		return
	}
	if d.handledAsCommand(text, word) {
		return
	}
	if !d.resident.Stopped.IsZero() {
		d.afterStop(wroteInput(text), word, found)
		return
	}
	if d.resident.Stage != StageActive {
		d.wroteBeforeActive(text, word, found)
		return
	}
	d.sayIfLate("laat")
	if d.answersQuestion(text, word, found) {
		return
	}
	d.otherWords(word, found)
}

// afterStop is for words of somebody who asked the bot not to write. There is no
// answer, unless they are in a talk that they began themselves since; a human
// reads it all the same.
func (d *desk) afterStop(in flows.Input, w Word, found lexicon.Detection) {
	if c, ok := d.conversation(d.account.ID); ok && !c.Made.Before(d.resident.Stopped) && d.continueWith(c, in, &w) {
		return
	}
	s, open := d.loud()
	switch {
	case open && s.Kind == signals.Crisis:
		d.raise(raise{kind: signals.Distress, hits: found.Hits, words: []Word{w}}) // people are at it, and must not miss this
	case found.Level == lexicon.LevelDistress && (found.SoftCheck || d.resident.Stage == StageActive):
		d.raise(raise{kind: signals.Distress, hits: found.Hits, words: []Word{w}, text: d.dutch("signaal.woorden")})
	case d.resident.agreed():
		d.keepForReader(w)
	}
}

// sayIfLate tells that a text lay waiting, when it did.
func (d *desk) sayIfLate(key string) {
	if late := d.now().Sub(d.event.At); late > tooLate && d.resident != nil && d.now().Sub(d.resident.LateTold) > tooLate {
		d.resident.LateTold = d.now()
		d.keepResident()
		d.tell(d.account, LaneAnswer, Body{Text: d.word(key, "tijd", d.clock(d.event.At))})
	}
}

// editedWord is a text that was corrected: it stands where the old one stood. New
// words that it is hard are heard all the same, and so is what people had done with.
func (d *desk) editedWord(w Word, found lexicon.Detection) {
	s, open := d.signal(w.Signal)
	open = open && s.State != Closed
	switch {
	case open && laneOf(s.Kind) == LaneDistress:
	case found.Level == lexicon.LevelDistress && found.SoftCheck:
		r := raise{kind: signals.Distress, hits: found.Hits, words: []Word{w}, text: d.dutch("signaal.woorden")}
		if d.resident.Stopped.IsZero() {
			r.tell, r.numbers = d.word("zacht.doorgegeven"), true
		}
		d.raise(r)
	case w.Signal != 0 && !open && d.resident.agreed():
		d.keepForReader(w)
	}
}

// keepWord keeps what a resident sent. An edit takes the place of what it edits.
func (d *desk) keepWord(message, text string, media *Media, edited bool) (w Word, known bool) {
	if edited && message != "" {
		for _, old := range d.scene.Words {
			if old.Message == message {
				old.Text, old.Edited = text, true
				d.putWord(old)
				return old, true
			}
		}
	}
	w = Word{ID: d.id(), Resident: d.resident.ID, At: d.event.At, Text: text, Media: media, Message: message, Edited: edited}
	return w, false
}

// otherWords is for whatever else a resident writes: the bot is a computer and
// asks whom it may give this to.
func (d *desk) otherWords(w Word, found lexicon.Detection) {
	if found.Level == lexicon.LevelDistress && found.SoftCheck {
		// A danger word that something softened: people hear it, and the
		// resident is asked how it was meant.
		d.raise(raise{kind: signals.Distress, hits: found.Hits, words: []Word{w}, text: d.dutch("signaal.woorden"), tell: d.word("zacht.doorgegeven"), numbers: true})
		d.begin("schrik", d.account, 0)
		return
	}
	if d.joinsDanger(w, found) {
		return
	}
	plain := (found.Level == lexicon.LevelNone || found.WantsContact()) && w.Media == nil
	if plain && d.goesToHuman(w) {
		return
	}
	d.putWord(w)
	d.armWords()
	if s, ok := d.loud(); ok && found.Level == lexicon.LevelDistress {
		d.begin("erbij", d.account, s.ID)
		return
	}
	if found.WantsContact() && w.Media == nil {
		d.begin("hulpvraag", d.account, 0)
		return
	}
	if found.Level == lexicon.LevelDistress {
		d.begin("navraag", d.account, 0)
		return
	}
	if w.Media != nil {
		d.begin("media", d.account, 0)
		return
	}
	d.begin("anders", d.account, 0)
}

// humanFor is how long words go to the person who last answered.
const humanFor = 24 * time.Hour

// loud is the resident's open signal about danger, or else about distress.
func (d *desk) loud() (found Signal, ok bool) {
	for _, s := range d.openSignals() {
		if laneOf(s.Kind) == LaneDistress && (!ok || s.Kind == signals.Crisis) {
			found, ok = s, true
		}
	}
	return found, ok
}

// joinsDanger adds words to an open crisis, whatever they are: people who are at
// it must not miss them, and nobody in danger is asked what they meant.
func (d *desk) joinsDanger(w Word, found lexicon.Detection) bool {
	s, ok := d.loud()
	if !ok || s.Kind != signals.Crisis {
		return false
	}
	d.raise(raise{kind: signals.Crisis, hits: found.Hits, words: []Word{w}, numbers: s.State == Open,
		tell: d.word("erbij.team", "team", d.network().Teams[s.Team].Name)})
	return true
}

// goesToHuman gives words to the person who has what the resident asked, or who
// answered less than a day ago.
func (d *desk) goesToHuman(w Word) bool {
	for _, s := range d.openSignals() {
		if d.network().People[s.TakenBy].Peer() && (d.resident.Human != s.TakenBy || d.now().Sub(d.resident.HumanAt) > humanFor) {
			continue // on a peer expert's phone comes only what is part of a talk
		}
		if s.TakenBy != "" && (laneOf(s.Kind) == LaneDistress || s.Kind == signals.ContactWish) {
			d.raise(raise{kind: s.Kind, heardBy: s.HeardBy, words: []Word{w}, tell: d.word("erbij.team", "team", d.network().Teams[s.Team].Name)})
			return true
		}
	}
	r := d.resident
	if r.Human == "" || d.now().Sub(r.HumanAt) > humanFor {
		return false
	}
	p, ok := d.network().People[r.Human]
	if !ok || p.Peer() && len(d.reachablePeers([]string{r.Human})) == 0 {
		return false // who is not there any more cannot be given anything
	}
	d.raise(raise{kind: signals.ContactWish, person: r.Human, words: []Word{w}, text: d.dutch("signaal.vervolg"),
		tell: d.word("naar.mens", "naam", p.Name)})
	return true
}

// answersQuestion hands the text to the conversation that waits, and reports
// whether it could use it.
func (d *desk) answersQuestion(text string, w Word, found lexicon.Detection) bool {
	c, ok := d.conversation(d.account.ID)
	if !ok {
		return false
	}
	if !d.continueWith(c, wroteInput(text), &w) {
		return false
	}
	switch {
	case found.Level == lexicon.LevelDistress && found.SoftCheck:
		d.raise(raise{kind: signals.Distress, hits: found.Hits, words: []Word{w}, text: d.dutch("signaal.woorden"), tell: d.word("zacht.doorgegeven"), numbers: true})
	case found.Level == lexicon.LevelDistress && c.Flow == "goed_nieuws":
		d.flush()
		d.begin("navraag", d.account, 0) // good news that is also hard goes both ways
	}
	return true
}

// sent is a voice note, photo, sticker or file.
func (d *desk) sent(w Sent) {
	if d.linkedOnlyAsPeer() {
		d.peerSent(w)
		return
	}
	if d.resident == nil {
		d.strangerWrote(string(w.Caption))
		return
	}
	media := w.Media
	word, known := d.keepWord(w.Message, string(w.Caption), &media, w.Edited)
	found := d.heard(string(w.Caption))
	if found.Level == lexicon.LevelCrisis {
		d.crisis(found.Hits, word)
		d.sayIfLate("laat.kort")
		return
	}
	if w.Edited && known {
		d.editedWord(word, found)
		return
	}
	if !d.resident.Stopped.IsZero() {
		d.afterStop(sentInput(word), word, found)
		return
	}
	if d.resident.Stage != StageActive {
		d.wroteBeforeActive("", word, found)
		return
	}
	d.sayIfLate("laat")
	if c, ok := d.conversation(d.account.ID); ok && d.continueWith(c, sentInput(word), &word) {
		return
	}
	d.otherWords(word, found)
}

// keepForReader keeps words that are given to nobody: the one who reads in this
// wijk sees them on the next working day.
func (d *desk) keepForReader(ws ...Word) {
	if len(ws) == 0 {
		return
	}
	d.raise(raise{kind: signals.Reading, words: ws, text: d.dutch("signaal.lezen")})
}

// gap makes good for taps that were lost while nothing could be heard: the open
// question is put again, with all its time before it.
func (d *desk) gap(w Gap) {
	a := d.here()
	if a == nil || d.resident != nil && !d.resident.Stopped.IsZero() {
		return
	}
	c, ok := d.conversation(a.ID)
	if !ok {
		return
	}
	d.askAgain(c, d.word("gat"))
}

// unread is something that came in and could not be read.
func (d *desk) unread(w Unread) {
	dead := DeadLetter{ID: d.id(), At: d.now(), Door: d.event.Door, Event: d.event.ID, Why: w.Why, Raw: w.Raw, Chat: d.event.Chat}
	if d.resident != nil {
		dead.Resident = d.resident.ID
	}
	d.turn.Dead = append(d.turn.Dead, dead)
	if d.resident == nil {
		switch {
		case d.account != nil && d.account.Person != "":
			d.peerSay(d.dutch("maatje.geen.beeld"))
		case d.account != nil:
			d.hello()
		case d.event.Chat == "":
			team := d.anyTeam()
			d.toChannel(LaneAnswer, team.Channel, "", Body{Text: d.dutch("onleesbaar.onbekend")})
		}
		return
	}
	d.raise(raise{kind: signals.Unreadable, text: d.dutch("signaal.onleesbaar")})
	if d.resident.Stopped.IsZero() && d.home != nil {
		d.tell(d.home, LaneAnswer, d.numbersBody(d.word("onleesbaar.bewoner")))
	}
}
