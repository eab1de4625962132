package bot

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"houvast/flows"
	"houvast/scheduler"
	"houvast/signals"
	"houvast/signals/lexicon"
)

// linkedOnlyAsPeer reports whether the chat is a peer expert's and no
// resident's, or a peer expert is in the middle of an answer.
func (d *desk) linkedOnlyAsPeer() bool {
	a := d.account
	if a == nil || a.Person == "" {
		return false
	}
	return a.Resident == 0 || a.ReplyTo != 0 && !d.event.Cry && d.now().Sub(a.ReplyAt) < time.Hour
}

// handledAsCommand does what a key of the keyboard or a command word asks for.
func (d *desk) handledAsCommand(text string, w Word) bool {
	key := d.keyOf(text)
	var commands []flows.Command
	if key == "" {
		commands = flows.Commands(text, d.account.Language)
		switch {
		case len(commands) > 0:
			key = string(commands[0])
		case strings.EqualFold(strings.TrimSpace(text), d.word("woord.wissen")):
			key = "vergeetmij"
		default:
			return false
		}
	}
	if d.resident.Stopped.IsZero() {
		d.sayIfLate("laat.kort")
	}
	if len(commands) > 1 && commands[0] == flows.CommandStop && d.alsoAsked(commands[1:], w) && d.resident.Stage != StageActive {
		d.stopAll()
		d.sayHere(LaneAnswer, d.word("stop.gestopt.mens"), true) // who takes up what they asked is still told to them
		return true
	}
	return d.command(key)
}

// alsoAsked is for somebody who says stop, and asks for people in the same
// breath: stop is done, and people hear the rest. Their words go along only with
// a yes to being read. It reports whether they asked for people.
func (d *desk) alsoAsked(commands []flows.Command, w Word) bool {
	r := raise{kind: signals.Distress, words: []Word{w}, text: d.dutch("signaal.woorden"), tell: d.word("stop.en.mens"), numbers: true}
	r.below = d.resident.Stage != StageActive // stop is done in this turn, and what says so announces them
	if !d.resident.agreed() {
		r.words = nil
	}
	switch {
	case slices.Contains(commands, flows.CommandHelp):
	case slices.Contains(commands, flows.CommandHuman):
		r.kind, r.text = signals.ContactWish, d.dutch("signaal.contact")
	default:
		return false
	}
	d.raise(r)
	return true
}

// isKey reports whether a text is a key of the keyboard or a command word: never
// words meant for somebody else.
func (h *House) isKey(text string) bool {
	folded := strings.ToLower(strings.TrimSpace(text))
	for _, words := range h.Words {
		for _, key := range keys() {
			if folded == strings.ToLower(words[key]) {
				return true
			}
		}
	}
	return len(flows.Commands(text, "")) > 0
}

// keys are the sentences on the keyboard that stays.
func keys() []string {
	return []string{"toets.goed_nieuws", "toets.moeilijk", "toets.contact", "toets.meer"}
}

// keyOf names the key of the keyboard that a text is the label of.
func (d *desk) keyOf(text string) string {
	text = strings.TrimSpace(text)
	for _, key := range keys() {
		if strings.EqualFold(text, d.word(key)) || strings.EqualFold(text, d.dutch(key)) {
			return strings.TrimPrefix(key, "toets.")
		}
	}
	return ""
}

// keyboard is what stays under the chat: words, so that Telegram keeps a press
// for a day.
func (d *desk) keyboard() [][]string {
	return [][]string{
		{d.word("toets.goed_nieuws"), d.word("toets.moeilijk")},
		{d.word("toets.contact"), d.word("toets.meer")},
	}
}

// commanded is a command such as /stop.
func (d *desk) commanded(w Commanded) {
	if d.linkedOnlyAsPeer() {
		d.peerCommand(w.Name)
		return
	}
	if d.resident == nil {
		d.strangerWrote(w.Args)
		return
	}
	if d.resident.Stopped.IsZero() {
		d.sayIfLate("laat.kort")
	}
	if !d.command(w.Name) {
		d.sayHere(LaneAnswer, d.word("opdracht.onbekend"), false)
	}
}

// command does what a resident asks for by a key, a command or a command word,
// and reports whether it is one. What leads to a human works in every stage.
func (d *desk) command(key string) bool {
	r := d.resident
	active := r.Stage == StageActive
	switch key {
	case "hulp", "help", "moeilijk", "mens":
		if key == "mens" && active {
			d.awake()
			d.begin("contact", d.account, 0)
			return true
		}
		d.begin("moeilijk", d.account, 0)
		return true
	case "contact":
		if !active {
			d.begin("moeilijk", d.account, 0)
			return true
		}
		d.begin("contact", d.account, 0)
		return true
	case "nummers":
		d.sayHere(LaneAnswer, d.word("nummers.kop"), true)
		return true
	case "mijngegevens", "privacy", "wiekeek", "vergeetmij":
		if !r.LetGo.IsZero() {
			// It may be somebody else who holds this phone.
			d.sayHere(LaneAnswer, d.word("gegevens.eerst.jij", "team", d.teamOf(r).Name), false)
			return true
		}
		d.begin("mijn_gegevens", d.account, 0)
		return true
	case "stop":
		if !active {
			d.stopAll()
			d.sayHere(LaneAnswer, d.word("stop.gestopt"), true)
			return true
		}
		d.begin("stop", d.account, 0)
		return true
	case "terug":
		if _, open := d.conversation(d.account.ID); !open && !active {
			return false
		}
		d.back()
		return true
	case "taal":
		d.begin("taal", d.account, 0)
		return true
	}
	if !active {
		return false
	}
	switch key {
	case "goed_nieuws":
		d.awake()
		d.begin("goed_nieuws", d.account, 0)
	case "meer", "menu":
		d.awake()
		d.begin("meer", d.account, 0)
	case "wanneer", "mijn_mensen", "pauze":
		d.awake()
		d.begin(key, d.account, 0)
	case "mijnmensen":
		d.awake()
		d.begin("mijn_mensen", d.account, 0)
	case "start":
		d.awake()
	default:
		return false
	}
	return true
}

// awake ends a stop: the resident asked for something again.
func (d *desk) awake() {
	r := d.resident
	if r.Stopped.IsZero() {
		return
	}
	r.Stopped = time.Time{}
	d.keepResident()
	d.setRhythm()
	text := d.word("stop.terug")
	if !r.NextAsk.IsZero() && !r.PauseTill.After(d.now()) {
		text += "\n" + d.rhythmInWords(r) + "\n" + d.word("stop.terug.vragen") // they asked not to be written to
	}
	d.sayHere(LaneAnswer, text, false)
	d.sayHeld()
	for _, s := range d.openSignals() {
		if s.Stopped {
			d.showCard(s, nil, false)
		}
	}
}

// back reopens the question before this one.
func (d *desk) back() {
	c, ok := d.conversation(d.account.ID)
	if !ok {
		d.begin("meer", d.account, 0)
		return
	}
	f := d.scene.House.Flows.Version(c.State.Flow, c.State.Version)
	if f == nil {
		d.close(c)
		return
	}
	state, effects := flows.Back(f, d.person(), c.State)
	if len(effects) == 0 {
		d.askAgain(c, d.word("terug.kan.niet"))
		return
	}
	d.disarmConversation(c.ID)
	d.carryOut(c, state, effects, nil)
}

// wroteBeforeActive answers somebody who is not quite in yet.
func (d *desk) wroteBeforeActive(text string, w Word, found lexicon.Detection) {
	d.sayIfLate("laat")
	if found.Level == lexicon.LevelDistress && found.SoftCheck {
		d.raise(raise{kind: signals.Distress, hits: found.Hits, words: []Word{w}, text: d.dutch("signaal.woorden"), tell: d.word("zacht.doorgegeven"), numbers: true})
		return
	}
	in := wroteInput(text)
	if w.Media != nil {
		in = sentInput(w)
	}
	c, ok := d.conversation(d.account.ID)
	if ok && w.ID != 0 {
		held := &w
		if c.Flow == "welkom" {
			held = nil // nobody said yes to being read yet
		}
		if d.continueWith(c, in, held) {
			return
		}
	}
	if w.ID != 0 && d.resident.agreed() {
		d.keepForReader(w)
	}
	intro := d.word("eerst.dit")
	switch {
	case found.Level == lexicon.LevelDistress && d.resident.agreed():
		intro = ""
		d.sayHere(LaneDistress, d.word("zwaar.bewaard", "lezer", d.fact("lezer")), true)
	case found.Level == lexicon.LevelDistress:
		intro = "" // nobody hears it without a yes, so the numbers and the way to a human come before any question
		d.sayHere(LaneDistress, d.word("zwaar.niet.bewaard"), true)
	case w.Media != nil && d.resident.agreed():
		d.sayHere(LaneAnswer, d.word("media.wacht"), true)
	case w.Media != nil:
		d.sayHere(LaneAnswer, d.word("media.niet"), true)
	}
	if ok {
		d.askAgain(c, intro)
		return
	}
	switch d.resident.Stage {
	case StageWaiting:
		d.sayHere(LaneAnswer, d.word("wacht.bevestiging", "team", d.teamOf(d.resident).Name), false)
	case StageMinor:
		d.sayHere(LaneAnswer, d.word("te.jong"), true)
	case StageRefused:
		d.sayHere(LaneAnswer, d.word("zei.nee"), true)
	default:
		d.begin("welkom", d.account, 0)
	}
}

// remember keeps what a flow remembers, and does what the house knows about it.
func (d *desk) remember(e flows.Remember) {
	r := d.resident
	if r == nil {
		if e.Name == "akkoord" && d.account != nil {
			d.account.Yes = e.Value == "ja"
			d.keepAccount()
		}
		return
	}
	facts := map[string]Fact{}
	for k, v := range r.Facts {
		facts[k] = v
	}
	f := Fact{Value: e.Value}
	if e.Keep > 0 {
		f.Until = d.now().Add(e.Keep)
	}
	facts[e.Name] = f
	r.Facts = facts
	switch e.Name {
	case "ritme", "moment":
		r.Rhythm = cronOf(facts["ritme"].Value, facts["moment"].Value)
		if r.Rhythm != "" {
			r.PauseTill = time.Time{} // who says when, may be asked again
		}
		d.setRhythm()
	case "taal":
		d.speak(e.Value)
	case "pauze":
		d.pause(e.Value)
	case "wissen":
		if e.Value == "ja" {
			d.wantsErased()
		} else {
			d.wantsKept()
		}
	case "stop":
		switch e.Value {
		case "vragen":
			r.Rhythm = ""
			facts["ritme"] = Fact{Value: "niet"}
			d.setRhythm()
			d.letGoCheckIns()
		case "alles":
			d.stopAll()
		}
	}
	d.keepResident()
}

// speak changes the language of the chat, and of the keys below it.
func (d *desk) speak(language string) {
	a := d.home
	if a == nil {
		return
	}
	a.Language = language
	d.putAccount(*a)
	chosen := Body{Text: d.word("taal.gekozen")}
	if d.resident.Stage == StageActive {
		chosen.Keyboard = d.keyboard()
	}
	d.tell(a, LaneAnswer, chosen)
}

// The wall-clock hours behind the words that residents choose from.
var hourOf = map[string]int{"ochtend": 10, "middag": 14, "avond": 19}

// cronOf is the cron line of a rhythm in words; empty for none.
func cronOf(rhythm, moment string) string {
	hour, ok := hourOf[moment]
	if !ok {
		hour = hourOf["ochtend"]
	}
	switch rhythm {
	case "elke_dag":
		return fmt.Sprintf("0 %d * * *", hour)
	case "elke_week":
		return fmt.Sprintf("0 %d * * 2", hour)
	case "twee_per_week":
		return fmt.Sprintf("0 %d * * 2,5", hour)
	}
	return ""
}

func (d *desk) rhythmInWords(r *Resident) string {
	if r.Rhythm == "" {
		return d.word("ritme.niet")
	}
	if r.PauseTill.After(d.now()) {
		return d.word("ritme.pauze")
	}
	ritme, moment := r.Facts["ritme"].Value, r.Facts["moment"].Value
	if ritme == "" {
		return d.word("ritme.eigen")
	}
	if moment == "" {
		moment = "ochtend"
	}
	return d.word("ritme."+ritme, "moment", d.word("moment."+moment))
}

// spreadOver is how many residents may share an hour before the spread must
// widen: [scheduler.Spread] gives each their own moment within it.
const spreadOver = 1500

// RhythmKey is the key of the timer that rings for a resident's next check-in.
func RhythmKey(resident int64) string { return "rhythm:" + b10(resident) }

// setRhythm arms the next check-in, or none.
func (d *desk) setRhythm() {
	r := d.resident
	key := RhythmKey(r.ID)
	r.NextAsk = time.Time{}
	if r.Rhythm == "" || r.Stage != StageActive || !r.Stopped.IsZero() {
		d.disarm(key)
		return
	}
	rhythm, err := scheduler.ParseRhythm(r.Rhythm, d.network().Zone)
	if err != nil {
		d.disarm(key) // only a broken import can bring such a line; the check at import refuses it
		return
	}
	r.NextAsk = rhythm.Next(d.now())
	if r.NextAsk.IsZero() {
		d.disarm(key)
		return
	}
	d.arm(Timer{Key: key, Kind: TimerRhythm, Due: r.NextAsk.Add(scheduler.Spread(r.ID, spreadOver)), Resident: r.ID})
}

// pause holds the check-ins for a while; the wish for a human is never held.
func (d *desk) pause(value string) {
	r := d.resident
	switch value {
	case "dag":
		r.PauseTill = d.now().Add(24 * time.Hour)
	case "week":
		r.PauseTill = d.now().Add(7 * 24 * time.Hour)
	case "tot_ik_het_zeg":
		r.PauseTill = d.now().AddDate(100, 0, 0)
	case "niet":
		r.PauseTill = time.Time{}
	}
	if r.PauseTill.After(d.now()) {
		d.letGoCheckIns()
	}
}

// letGoCheckIns ends an open check-in because the resident wants no questions
// now. That is no silence; only what they said in it before is still heard.
func (d *desk) letGoCheckIns() {
	for _, c := range d.scene.Conversations {
		if c, open := d.conversationByID(c.ID); open && c.CheckIn != 0 {
			c.CheckIn = 0
			d.letGo(c)
		}
	}
}

// stopAll is Stop: the bot writes no more by itself. What stands open with
// people stays with people.
func (d *desk) stopAll() {
	d.resident.Stopped, d.resident.NextAsk = d.now(), time.Time{}
	d.disarm(RhythmKey(d.resident.ID))
	for _, c := range d.scene.Conversations {
		if c, open := d.conversationByID(c.ID); open && c.Flow != "stop" {
			c.CheckIn = 0 // the stop is an answer, and no silence
			d.letGo(c)
		}
	}
	if a := d.account; a != nil && a.Yes && d.network().People[a.Person].Peer() {
		a.Yes = false // who is both means both: nothing more is nothing more
		d.keepAccount()
		d.left(a)
	}
	d.keepResident()
}

// show renders what only the house knows.
func (d *desk) show(what string) string {
	r := d.resident
	if r == nil {
		return ""
	}
	n := d.network()
	switch what {
	case "contacts":
		if r.Stage != StageActive {
			return d.word("mensen.nog.niet")
		}
		var lines []string
		add := func(key, as string) {
			p, ok := n.People[key]
			if !ok {
				return
			}
			line := d.word("mensen."+as, "naam", p.Name, "rol", d.role(p))
			if p.For != "" {
				line += " " + d.word("mensen.voor", "wat", p.For)
			}
			if p.NotFor != "" {
				line += " " + d.word("mensen.niet.voor", "wat", p.NotFor)
			}
			lines = append(lines, line)
		}
		add(r.Circle.Primary, "vast")
		for _, b := range r.Circle.Backups {
			add(b, "reserve")
		}
		add(r.Circle.Maatje, "maatje")
		lines = append(lines, d.word("mensen.team", "team", d.teamOf(r).Name, "uren", d.hours(d.teamOf(r).Duty)))
		return strings.Join(lines, "\n")
	case "numbers":
		return d.numbers()
	case "who_reads":
		return d.word("wie.leest", "lezer", d.fact("lezer"), "team", d.teamOf(r).Name)
	case "rhythm":
		return d.rhythmInWords(r)
	case "looked":
		d.showLater(LaterLooked)
	case "my_data":
		d.sayHere(LaneAnswer, d.word("mijn.gegevens"), false)
		d.showLater(LaterExport)
	}
	return ""
}

// ended is what the end of a flow means for the house.
func (d *desk) ended(c *Conversation, outcome string) {
	flow := c.Flow
	switch {
	case flow == "welkom" && outcome == "ja":
		d.saidYes(c)
	case flow == "welkom" && outcome == "nee":
		d.resident.Stage = StageRefused
		d.keepResident()
		d.raise(raise{kind: signals.Arrival, text: d.dutch("signaal.nee")})
	case flow == "welkom" && outcome == "te_jong":
		d.resident.Stage = StageMinor
		d.keepResident()
		d.raise(raise{kind: signals.Arrival, text: d.dutch("signaal.te.jong")})
	case flow == goodNewsAgain && outcome == "niemand":
		d.putConversation(*c)
		if s, ok := d.signal(c.Signal); ok && s.State != Closed {
			d.closeSignal(s, "resident", d.dutch("reden.niemand"), false)
		}
	case flow == "maatje_welkom" && outcome == "ja":
		d.account.Yes = true
		d.keepAccount()
		d.log(d.account.Person, 0, 0, "yes")
		d.armAgain()
	}
}

// silence is a check-in that stayed without an answer, after a gentle reminder:
// no reproach, a person who knows them hears it.
func (d *desk) silence(c Conversation) {
	if d.resident == nil {
		return
	}
	d.turn.CheckIns = append(d.turn.CheckIns, CheckIn{ID: c.CheckIn, Resident: d.resident.ID, State: "silent", At: d.now()})
	halfway := c.Begun || len(c.State.Answers) > 0 // that they broke off is heard, whatever else they sent
	switch {
	case c.Heard && !halfway:
		return
	case !halfway:
		d.resident.Missed++
		d.keepResident()
	}
	if d.resident.Missed > 1 && d.resident.Spoken.After(c.AskedAt) {
		return // people had the silence, and spoke with them since
	}
	d.raise(raise{kind: signals.MissedCheckIn, text: d.dutch("signaal.stil")})
}

// checkInAnswered is the first answer to a check-in.
func (d *desk) checkInAnswered(c Conversation) {
	if d.resident == nil {
		return
	}
	d.turn.CheckIns = append(d.turn.CheckIns, CheckIn{ID: c.CheckIn, Resident: d.resident.ID, State: "answered", At: d.now()})
}

// hours says duty hours in the language of the chat.
func (d *desk) hours(h scheduler.Hours) string {
	if d.language() == "nl" {
		return hoursInWords(h)
	}
	days, dutch := strings.Split(d.word("datum.dagen"), ", "), strings.Split(d.dutch("datum.dagen"), ", ")
	clock := func(minutes int) string {
		return d.clock(time.Date(2000, 1, 1, minutes/60, minutes%60, 0, 0, d.network().Zone))
	}
	var said []string
	for _, s := range h.Spans {
		named := strings.ReplaceAll(s.Days.String(), "-", " "+d.word("uren.tot")+" ")
		for i, day := range dutch {
			named = strings.ReplaceAll(named, day, days[i])
		}
		said = append(said, d.word("uren.regel", "dagen", named, "van", clock(s.From), "tot", clock(s.Until)))
	}
	return strings.Join(said, ", ")
}

// hoursInWords says duty hours as people do: "ma t/m vr van 9.00 tot 17.00 uur".
func hoursInWords(h scheduler.Hours) string {
	var said []byte
	clock := func(minutes int) {
		said = strconv.AppendInt(said, int64(minutes/60), 10)
		said = append(said, '.', byte('0'+minutes%60/10), byte('0'+minutes%10))
	}
	for i, s := range h.Spans {
		if i > 0 {
			said = append(said, ", "...)
		}
		said = append(said, strings.ReplaceAll(s.Days.String(), "-", " t/m ")...)
		said = append(said, " van "...)
		clock(s.From)
		said = append(said, " tot "...)
		clock(s.Until)
	}
	return string(append(said, " uur"...))
}
