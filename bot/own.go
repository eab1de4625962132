package bot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"houvast/signals"
)

// What is kept of a resident is theirs: they see who looked, take everything along,
// and may have it erased (promise 8; GDPR articles 15, 17 and 20; NEN 7513 for who
// looked).

// An Own is everything that is kept of one resident, oldest first.
type Own struct {
	Signals  []Signal
	Words    []Word
	CheckIns []CheckIn
	Log      []LogLine
}

// The messages whose words are decided when their turn comes: see [Message.Later].
const (
	LaterCheckIn = "checkin"
	LaterLooked  = "looked" // who looked at what of the resident
	LaterExport  = "export" // everything that is kept of the resident, as files
)

// mostLooks is how many of the newest looks a resident reads in the chat. The
// export holds them all.
const mostLooks = 10

// showLater has a message made for which everything of the resident is needed.
func (d *desk) showLater(what string) {
	a := d.here()
	if a == nil || a.Chat == "" || a.Blocked {
		return
	}
	d.flush() // what was said before comes before
	d.send(Message{To: Address{Telegram, a.Chat}, Lane: LaneAnswer, Later: what, Subject: d.resident.ID})
}

// composeOwn decides the words of such a message.
func (d *desk) composeOwn(m Message) {
	if d.resident == nil || d.home == nil || d.home.Blocked || d.home.Chat != m.To.Place || !d.resident.LetGo.IsZero() || d.scene.Own == nil {
		d.turn.Drop = append(d.turn.Drop, m.ID)
		return
	}
	body := Body{Text: d.looksInWords(d.scene.Own.Log)}
	if m.Later == LaterExport {
		body = Body{Text: d.word("gegevens.mee"), Files: d.export()}
	}
	d.turn.Bodies = map[int64]Body{m.ID: body}
}

// looksInWords says who opened the resident's words, newest first.
func (d *desk) looksInWords(log []LogLine) string {
	var lines []string
	for _, l := range slices.Backward(log) {
		if l.Did != "read" || len(lines) == mostLooks {
			continue
		}
		lines = append(lines, d.word("wie.keek.regel", "wie", d.whoInWords(l.Who), "tijd", d.moment(l.At)))
	}
	if len(lines) == 0 {
		return d.word("wie.keek.niemand")
	}
	return d.word("wie.keek") + "\n" + strings.Join(lines, "\n")
}

// whoInWords is a person as the resident may know them: first name and role.
func (d *desk) whoInWords(key string) string {
	p, ok := d.network().People[key]
	switch {
	case key == "resident":
		return d.word("wie.jij")
	case key == "houvast":
		return "Houvast"
	case !ok: // they work here no more
		return d.word("iemand.van", "team", d.teamOf(d.resident).Name)
	case d.shownAs(key) == p.Name:
		return fmt.Sprintf("%s (%s)", p.Name, d.role(p))
	}
	return d.shownAs(key)
}

// role is what a person of the network is, in the language of the chat: when it is
// the usual word for that role. A municipality's own word stays as it is.
func (d *desk) role(p signals.Person) string {
	return d.translated("rol.", p.Role, d.network().Roles[p.Role])
}

// reason is why a signal was closed, in the language of the chat.
func (d *desk) reason(closed string) string {
	if d.language() == "nl" {
		return closed
	}
	for key, dutch := range d.scene.House.Words["nl"] {
		if dutch == closed && strings.HasPrefix(key, "reden.") {
			return d.word(key)
		}
	}
	return closed
}

// choice is the name or the value of something a resident chose, in the language of
// the chat where that has a word for it.
func (d *desk) choice(of string) string {
	if word, ok := d.scene.House.Words[d.language()]["keuze."+of]; ok {
		return word
	}
	return strings.ReplaceAll(of, "_", " ")
}

// A record is what a resident takes along, for other software to read. Moments are
// RFC 3339, in the municipality's zone.
type record struct {
	Houvast  int               `json:"houvast"` // version of this form
	Made     string            `json:"made"`
	Nickname string            `json:"nickname"`
	Wijk     string            `json:"wijk"`
	Welcome  string            `json:"welcome"`
	Language string            `json:"language"`
	Contacts []string          `json:"contacts"`
	Consent  string            `json:"consent,omitempty"`
	Rhythm   string            `json:"rhythm,omitempty"` // cron, in the municipality's zone
	Choices  map[string]string `json:"choices,omitempty"`
	Words    []recordedWord    `json:"words"`
	Signals  []recordedSignal  `json:"signals"`
	CheckIns []recordedCheckIn `json:"check_ins"`
	Log      []recordedLook    `json:"log"`
}

type recordedWord struct {
	At    string `json:"at"`
	Text  string `json:"text,omitempty"`
	Media string `json:"media,omitempty"` // its kind; the file itself stays in the chat
}

type recordedSignal struct {
	Opened   string   `json:"opened"`
	Kind     string   `json:"kind"`
	Promised string   `json:"promised,omitempty"`
	Wishes   []string `json:"wishes,omitempty"`
	Answers  []string `json:"answers,omitempty"` // that the resident gave by a press and shared
	Found    []string `json:"found,omitempty"`   // class and pattern of words that were noticed
	TakenBy  string   `json:"taken_by,omitempty"`
	ClosedBy string   `json:"closed_by,omitempty"`
	Closed   string   `json:"closed,omitempty"`
	Reason   string   `json:"reason,omitempty"`
}

type recordedCheckIn struct {
	Planned string `json:"planned"`
	State   string `json:"state"`
	Reason  string `json:"reason,omitempty"`
}

type recordedLook struct {
	At  string `json:"at"`
	Who string `json:"who"`
	Did string `json:"did"`
}

// export is everything that is kept of the resident: a text to read and a file for
// other software.
func (d *desk) export() []File {
	rec := d.record()
	whole, err := json.MarshalIndent(rec, "", "  ")
	if err != nil {
		panic(fmt.Errorf("write down what is kept: %w", err)) // strings alone can always be written
	}
	return []File{
		{Name: "mijn-gegevens.txt", Text: d.recordInWords(rec)},
		{Name: "mijn-gegevens.json", Text: string(whole) + "\n"},
	}
}

func (d *desk) record() record {
	r, n, own := d.resident, d.network(), d.scene.Own
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(n.Zone).Format(time.RFC3339)
	}
	who := func(key string) string {
		if key == "" || key == "houvast" || key == "resident" {
			return key
		}
		return d.whoInWords(key)
	}
	rec := record{
		Houvast: 1, Made: at(d.now()), Nickname: r.Nickname, Wijk: n.Wijken[r.Circle.Wijk].Name, Welcome: r.Welcome, Language: d.language(), Rhythm: r.Rhythm,
		Contacts: []string{}, Choices: map[string]string{}, Words: []recordedWord{}, Signals: []recordedSignal{}, CheckIns: []recordedCheckIn{}, Log: []recordedLook{},
	}
	if r.Stage == StageActive {
		for _, key := range slices.Concat([]string{r.Circle.Primary}, r.Circle.Backups, []string{r.Circle.Maatje}) {
			if key != "" {
				rec.Contacts = append(rec.Contacts, d.whoInWords(key))
			}
		}
	}
	if r.Consent != nil {
		rec.Consent = at(r.Consent.At)
	}
	for name, f := range r.Facts {
		rec.Choices[name] = f.Value
	}
	for _, w := range own.Words {
		if w.By != "" {
			continue // somebody else's own words
		}
		word := recordedWord{At: at(w.At), Text: w.Text}
		if w.Media != nil {
			word.Media = w.Media.Kind
		}
		rec.Words = append(rec.Words, word)
	}
	for _, s := range own.Signals {
		sig := recordedSignal{
			Opened: at(s.Opened), Kind: string(s.Kind), Promised: s.told(), Wishes: s.Wishes,
			TakenBy: who(s.TakenBy), ClosedBy: who(s.ClosedBy), Closed: at(s.ClosedAt), Reason: d.reason(s.Reason),
		}
		for _, a := range s.Shared {
			sig.Answers = append(sig.Answers, strings.ReplaceAll(a.Name, "_", " ")+": "+label(a.Label, a.Value))
		}
		for _, h := range s.Hits {
			sig.Found = append(sig.Found, h.Class+" "+h.Pattern)
		}
		rec.Signals = append(rec.Signals, sig)
	}
	for _, c := range own.CheckIns {
		rec.CheckIns = append(rec.CheckIns, recordedCheckIn{Planned: at(c.Planned), State: c.State, Reason: c.Reason})
	}
	for _, l := range own.Log {
		rec.Log = append(rec.Log, recordedLook{At: at(l.At), Who: who(l.Who), Did: l.Did})
	}
	return rec
}

// recordInWords is a record for a person to read.
func (d *desk) recordInWords(rec record) string {
	var b strings.Builder
	head := func(key string) { fmt.Fprintf(&b, "\n%s\n", d.word(key)) }
	when := func(s string) string {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return s
		}
		return d.moment(t)
	}
	fmt.Fprintf(&b, "%s\n", d.word("gegevens.kop", "naam", rec.Nickname, "tijd", when(rec.Made)))
	fmt.Fprintf(&b, "%s\n", rec.Wijk)
	by := func(who string) string { // a person stands there in words; these two as they are in the file for software
		if who == "resident" || who == "houvast" {
			return d.whoInWords(who)
		}
		return who
	}
	head("gegevens.mensen")
	for _, c := range rec.Contacts {
		fmt.Fprintf(&b, "- %s\n", c)
	}
	head("gegevens.keuzes")
	fmt.Fprintf(&b, "- %s\n", d.rhythmInWords(d.resident))
	for _, name := range sortedKeys(rec.Choices) {
		fmt.Fprintf(&b, "- %s: %s\n", d.choice(name), d.choice(rec.Choices[name]))
	}
	head("gegevens.woorden")
	for _, w := range rec.Words {
		text := w.Text
		if w.Media != "" {
			text = strings.TrimSpace(text + " " + d.word("media."+mediaWord(w.Media)))
		}
		fmt.Fprintf(&b, "- %s: %s\n", when(w.At), text)
	}
	head("gegevens.team")
	for _, s := range rec.Signals {
		line := when(s.Opened) + ": " + d.word("gegevens.soort."+s.Kind)
		if len(s.Answers) > 0 {
			line += ". " + strings.Join(s.Answers, ", ")
		}
		if s.TakenBy != "" {
			line += ". " + d.word("gegevens.opgepakt", "wie", by(s.TakenBy))
		}
		if s.ClosedBy != "" {
			line += ". " + d.word("gegevens.gesloten", "wie", by(s.ClosedBy), "reden", s.Reason)
		}
		fmt.Fprintf(&b, "- %s\n", line)
	}
	head("gegevens.gekeken")
	for _, l := range rec.Log {
		if l.Did == "read" {
			fmt.Fprintf(&b, "- %s: %s\n", when(l.At), l.Who)
		}
	}
	return b.String()
}

func sortedKeys[T any](m map[string]T) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// wantsErased is the resident's wish that everything of them goes. A human first
// ends what is open about danger or distress: an erasure must not make a cry unheard.
func (d *desk) wantsErased() {
	d.resident.Erase = d.now()
	d.log("resident", d.resident.ID, 0, "asked to erase")
	if d.loudOpen() {
		d.keepResident()
		d.sayHere(LaneAnswer, d.word("wissen.wacht", "team", d.teamOf(d.resident).Name), false)
		for _, s := range d.openSignals() {
			if laneOf(s.Kind) == LaneDistress {
				d.showCard(s, nil, false)
			}
		}
		return
	}
	d.erasing = true
}

// wantsKept takes back the wish to be erased, if it still waits.
func (d *desk) wantsKept() {
	if d.resident.Erase.IsZero() {
		return
	}
	d.resident.Erase = time.Time{}
	d.log("resident", d.resident.ID, 0, "asked not to erase")
	for _, s := range d.openSignals() {
		if laneOf(s.Kind) == LaneDistress {
			d.showCard(s, nil, false)
		}
	}
}

// loudOpen reports whether something about danger or distress is open.
func (d *desk) loudOpen() bool {
	return slices.ContainsFunc(d.openSignals(), func(s Signal) bool { return laneOf(s.Kind) == LaneDistress })
}

// erase lets everything of the resident go, as the last thing of a turn. What
// stays is the log, in which the resident is a number that leads to nobody.
func (d *desk) erase() {
	r := d.resident
	team := d.teamOf(r)
	seen := d.openSignals()
	for _, s := range d.turn.Signals {
		if s.State == Closed {
			seen = append(seen, s) // just now
		}
	}
	for _, s := range seen {
		d.donePeers(s, d.dutch("maatje.klaar.gewist"))
		if s.Channel != "" {
			d.toChannel(LaneAnswer, s.Channel, CardSlot(s.ID), Body{Card: &Card{Title: d.dutch("kaart.gewist"), Kind: "quiet"}})
		}
	}
	d.unname(r.ID)
	d.toChannel(LaneAnswer, team.Channel, "", Body{Text: d.dutch("team.gewist", "naam", r.Nickname)})
	d.log("houvast", r.ID, 0, "erased")
	d.turn.Forget = append(d.turn.Forget, r.ID)
	d.saying = nil
	if d.home == nil {
		return
	}
	d.tell(d.home, LaneAnswer, Body{Text: join(d.word("wissen.gedaan"), d.numbers()), Keyboard: [][]string{}})
	d.turn.Accounts = slices.DeleteFunc(d.turn.Accounts, func(a Account) bool { return a.ID == d.home.ID })
	if d.home.Person != "" {
		d.home.Resident = 0
		d.putAccount(*d.home)
	}
}

// mayErase ends the wait of somebody who wants everything erased.
func (d *desk) mayErase(closed signals.Kind) {
	if laneOf(closed) == LaneDistress && !d.resident.Erase.IsZero() && !d.loudOpen() {
		d.erasing = true
	}
}
