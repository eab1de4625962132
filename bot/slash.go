package bot

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"houvast/signals"
)

// slash is the command that professionals type: /houvast and what stands behind it.
func (d *desk) slash(w Slash) {
	who, ok := d.personOf(d.event.User)
	if !ok {
		d.turn.Reply.Text = d.dutch("niet.in.netwerk")
		return
	}
	words := strings.Fields(strings.ToLower(w.Text))
	first := ""
	if len(words) > 0 {
		first = words[0]
	}
	if (first == "uitnodigen" || first == "reserve") && d.scene.House.BotName == "" {
		// Without the bot's name there is no link to hand out.
		d.turn.Reply.Text = d.dutch("uitnodigen.telegram.weg")
		return
	}
	switch {
	case first == "uitnodigen" && len(words) > 1 && (words[1] == "maatje" || words[1] == "ervaringsdeskundige"):
		d.turn.Reply.Dialog = d.peerInviteDialog()
		if d.turn.Reply.Dialog == nil {
			d.turn.Reply.Text = d.dutch("uitnodigen.geen.maatjes")
		}
	case first == "uitnodigen":
		name := strings.Join(strings.Fields(w.Text)[1:], " ")
		d.turn.Reply.Dialog = d.againDialog(d.named(who, name))
		if d.turn.Reply.Dialog == nil {
			d.turn.Reply.Dialog = d.inviteDialog(who, name)
		}
		if d.turn.Reply.Dialog == nil {
			d.turn.Reply.Text = d.dutch("uitnodigen.niet.compleet")
		}
	case first == "signalen":
		d.turn.Reply.Text = d.openInWords(who)
	case first == FalseAlarms:
		d.turn.Reply.Text = d.falseAlarmsInWords(who)
	case first == "bewoners":
		d.turn.Reply.Text = d.residentsInWords(who)
	case first == "reserve":
		d.inviteReserve(who)
	case first == "nummers":
		d.turn.Reply.Text = d.numbers()
	default:
		d.turn.Reply.Text = d.dutch("opdrachten")
	}
}

// wijkenOf are the wijken whose team the person belongs to; every wijk for a coordinator.
func (d *desk) wijkenOf(who string) []string {
	var keys []string
	for key, w := range d.network().Wijken {
		t := d.network().Teams[w.Team]
		if slices.Contains(t.Members, who) || t.Coordinator == who {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	return keys
}

// named are the residents of the professional's wijken who are called so.
func (d *desk) named(who, name string) []Resident {
	var rs []Resident
	for _, r := range d.scene.Residents {
		if strings.EqualFold(r.Nickname, name) && r.Stage != StageOther && slices.Contains(d.wijkenOf(who), r.Circle.Wijk) {
			rs = append(rs, r)
		}
	}
	return rs
}

// againDialog is for inviting somebody who is known already: by a new code, or on
// a new telephone. It is nil for nobody.
func (d *desk) againDialog(known []Resident) *Dialog {
	if len(known) == 0 {
		return nil
	}
	var options []Option
	for _, r := range known {
		key := "uitnodigen.opnieuw.code"
		if r.Stage == StageActive {
			key = "uitnodigen.opnieuw.telefoon"
		}
		options = append(options, Option{b36(r.ID), d.dutch(key, "naam", d.calledAmong(r, known), "wijk", d.network().Wijken[r.Circle.Wijk].Name)})
	}
	welcome := known[0].Welcome
	if len(known) > 1 {
		welcome = "" // a sentence for one Anna is not for the other
	}
	return &Dialog{
		Form: "invite_again", Title: d.dutch("uitnodigen.opnieuw.titel"), Intro: d.dutch("uitnodigen.opnieuw.uitleg", "naam", known[0].Nickname),
		Submit: d.dutch("uitnodigen.stuur"),
		Fields: []DialogField{
			{Name: "resident", Label: d.dutch("uitnodigen.opnieuw.wie"), Kind: "select", Options: options, Default: options[0].Value},
			{Name: "welcome", Label: d.dutch("uitnodigen.zin"), Help: d.dutch("uitnodigen.zin.hulp"), Kind: "long", Max: 300, Default: welcome},
		},
	}
}

// inviteAgain makes a new code for somebody who is known. Whoever doubts that it
// is them is not let in by it: the one who invites now says again who it is.
func (d *desk) inviteAgain(who string, f map[string]string) {
	r := d.residentByID(from36(f["resident"]))
	faults := map[string]string{}
	if r == nil || r.Stage == StageOther || !slices.Contains(d.wijkenOf(who), r.Circle.Wijk) {
		faults["resident"] = d.dutch("uitnodigen.opnieuw.fout")
	}
	if strings.TrimSpace(f["welcome"]) == "" {
		faults["welcome"] = d.dutch("uitnodigen.fout.zin")
	}
	if len(faults) > 0 {
		d.turn.Reply.Errors = faults
		return
	}
	d.inviteAnew(who, *r, f["welcome"])
}

// inviteAnew hands out a new code for somebody who is known. The codes before it
// let nobody in any more. Until it is used nothing changes for the resident.
func (d *desk) inviteAnew(who string, r Resident, welcome string) {
	d.log(who, r.ID, 0, "invited anew")
	r.Invite = d.handOut(who, Invite{Resident: r.ID, Welcome: strings.TrimSpace(welcome)}, r.Nickname)
	d.putResident(r)
	key := "uitnodigen.klaar.opnieuw"
	if r.Stage == StageActive {
		key = "uitnodigen.klaar.telefoon"
	}
	d.turn.Reply.Text = d.dutch(key, "naam", r.Nickname)
}

func (d *desk) inviteDialog(who, name string) *Dialog {
	var wijken []Option
	for _, key := range d.wijkenOf(who) {
		wijken = append(wijken, Option{key, d.network().Wijken[key].Name})
	}
	var contacts, peers []Option
	for _, key := range d.peopleKeys() {
		p := d.network().People[key]
		switch {
		case p.Peer():
			peers = append(peers, Option{key, p.Name})
		case p.Mattermost != "" && p.Role != "coordinator":
			contacts = append(contacts, Option{key, fmt.Sprintf("%s (%s)", p.Name, d.network().Roles[p.Role])})
		}
	}
	if len(wijken) == 0 || len(contacts) < 2 {
		return nil
	}
	primary := contacts[0].Value
	if slices.ContainsFunc(contacts, func(o Option) bool { return o.Value == who }) {
		primary = who
	}
	backup := d.network().People[primary].Cover
	if backup == "" || backup == primary {
		for _, o := range contacts {
			if o.Value != primary {
				backup = o.Value
				break
			}
		}
	}
	fields := []DialogField{
		{Name: "name", Label: d.dutch("uitnodigen.naam"), Help: d.dutch("uitnodigen.naam.hulp"), Kind: "text", Max: 30, Default: name},
		{Name: "wijk", Label: d.dutch("uitnodigen.wijk"), Kind: "select", Options: wijken, Default: wijken[0].Value},
		{Name: "primary", Label: d.dutch("uitnodigen.vast"), Kind: "select", Options: contacts, Default: primary},
		{Name: "backup", Label: d.dutch("uitnodigen.reserve"), Kind: "select", Options: contacts, Default: backup},
	}
	if len(peers) > 0 {
		fields = append(fields, DialogField{Name: "maatje", Label: d.dutch("uitnodigen.maatje"), Kind: "select", Optional: true,
			Options: append([]Option{{"niemand", d.dutch("uitnodigen.geen.maatje")}}, peers...), Default: "niemand"})
	}
	fields = append(fields, DialogField{Name: "welcome", Label: d.dutch("uitnodigen.zin"), Help: d.dutch("uitnodigen.zin.hulp"), Kind: "long", Max: 300})
	return &Dialog{Form: "invite", Title: d.dutch("uitnodigen.titel"), Intro: d.dutch("uitnodigen.uitleg"), Submit: d.dutch("uitnodigen.stuur"), Fields: fields}
}

func (d *desk) peopleKeys() []string {
	var keys []string
	for key := range d.network().People {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// codeFor is how long a code may be used.
const codeFor = 7 * 24 * time.Hour

// invite makes a resident known and a code to hand out. The code is in the
// message to the inviter only; what is kept is its hash.
func (d *desk) invite(who string, f map[string]string) {
	faults := map[string]string{}
	name := strings.Join(strings.Fields(f["name"]), " ")
	if name == "" || len([]rune(name)) > 30 {
		faults["name"] = d.dutch("uitnodigen.fout.naam")
	}
	if !slices.Contains(d.wijkenOf(who), f["wijk"]) {
		faults["wijk"] = d.dutch("uitnodigen.fout.wijk")
	}
	known := d.knownInTeam(name, f["wijk"])
	if known != nil {
		if key := d.notTheSame(who, *known); key != "" {
			faults["name"] = d.dutch(key, "naam", name, "wie", d.name(known.InvitedBy))
		}
	}
	people := d.network().People
	if p, ok := people[f["primary"]]; !ok || p.Peer() {
		faults["primary"] = d.dutch("uitnodigen.fout.vast")
	}
	if p, ok := people[f["backup"]]; !ok || p.Peer() || f["backup"] == f["primary"] {
		faults["backup"] = d.dutch("uitnodigen.fout.reserve")
	}
	maatje := f["maatje"]
	if maatje == "niemand" {
		maatje = ""
	}
	if maatje != "" && !people[maatje].Peer() {
		faults["maatje"] = d.dutch("uitnodigen.fout.maatje")
	}
	if maatje != "" && people[maatje].MaxResidents > 0 && d.residentsOf(maatje) >= people[maatje].MaxResidents {
		faults["maatje"] = d.dutch("uitnodigen.maatje.vol", "naam", people[maatje].Name)
	}
	if others := d.knownToPeer(name, maatje, known); faults["name"] == "" && len(others) > 0 {
		key := "uitnodigen.fout.maatje.anders"
		if slices.ContainsFunc(others, func(r Resident) bool { return slices.Contains(d.wijkenOf(who), r.Circle.Wijk) }) {
			key = "uitnodigen.fout.maatje.dubbel"
		}
		faults["name"] = d.dutch(key, "naam", name, "maatje", people[maatje].Name)
	}
	if strings.TrimSpace(f["welcome"]) == "" {
		faults["welcome"] = d.dutch("uitnodigen.fout.zin")
	}
	if len(faults) > 0 {
		d.turn.Reply.Errors = faults
		return
	}
	circle := signals.Circle{Wijk: f["wijk"], Primary: f["primary"], Backups: []string{f["backup"]}, Maatje: maatje}
	if known != nil {
		anew := *known
		anew.Circle = circle
		d.inviteAnew(who, anew, f["welcome"])
		return
	}
	r := Resident{
		ID: d.id(), Nickname: name, InvitedBy: who, Welcome: strings.TrimSpace(f["welcome"]), Stage: StageInvited, Made: d.now(), Circle: circle,
	}
	d.log(who, r.ID, 0, "invited")
	r.Invite = d.handOut(who, Invite{Resident: r.ID}, name)
	d.putResident(r)
	d.turn.Reply.Text = d.dutch("uitnodigen.klaar", "naam", name)
}

// knownInTeam is who is called so already with the team of that wijk, or nil.
func (d *desk) knownInTeam(name, wijk string) *Resident {
	for i, r := range d.scene.Residents {
		if strings.EqualFold(r.Nickname, name) && r.Stage != StageOther && d.network().Wijken[r.Circle.Wijk].Team == d.network().Wijken[wijk].Team {
			return &d.scene.Residents[i]
		}
	}
	return nil
}

// knownToPeer are the others of that name whom a peer expert has already: on their
// phone nothing but the nickname says who wants them. Who takes part with another team
// is not told to whoever invites.
func (d *desk) knownToPeer(name, maatje string, self *Resident) []Resident {
	var others []Resident
	for _, r := range d.scene.Residents {
		if maatje != "" && r.Circle.Maatje == maatje && r.Stage != StageOther && strings.EqualFold(r.Nickname, name) && (self == nil || r.ID != self.ID) {
			others = append(others, r)
		}
	}
	return others
}

// notTheSame is why an invitation by a name that is known is not taken to be for
// the same person; empty: it is. A team may know two people of one name, and what
// was written by the one must never come to the other: so only who knows the first
// one, and only before they take part. Anything else is a choice of its own.
func (d *desk) notTheSame(who string, known Resident) string {
	c := known.Circle
	switch {
	case known.Stage == StageActive:
		return "uitnodigen.fout.doet.mee"
	case who != known.InvitedBy && who != c.Primary && !slices.Contains(c.Backups, who):
		return "uitnodigen.fout.dubbel"
	}
	return ""
}

func (d *desk) residentsOf(maatje string) int {
	n := 0
	for _, r := range d.scene.Residents {
		if r.Circle.Maatje == maatje && r.Stage == StageActive {
			n++
		}
	}
	return n
}

// handOut makes a code and sends it to the inviter, who gives it on by hand. It
// returns the id of the invitation.
func (d *desk) handOut(who string, inv Invite, name string) int64 {
	code := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(d.scene.Seed[:16])
	hash := sha256.Sum256([]byte(code))
	inv.ID, inv.Hash, inv.By, inv.Made, inv.Until = d.id(), hash[:], who, d.now(), d.now().Add(codeFor)
	d.turn.Invites = append(d.turn.Invites, inv)
	until := inv.Until.In(d.network().Zone)
	d.send(Message{
		To: Address{Mattermost, "@" + d.network().People[who].Mattermost}, Lane: LaneAnswer, Subject: inv.Resident,
		Body: Body{
			Text: d.dutch("uitnodigen.bericht", "naam", name, "tot", moment(until)),
			Invite: &InviteCard{
				Link: "https://t.me/" + d.scene.House.BotName + "?start=" + code, Code: code,
				Name: name, Until: until, Numbers: d.network().Numbers,
			},
		},
	})
	return inv.ID
}

func (d *desk) peerInviteDialog() *Dialog {
	var peers []Option
	for _, key := range d.peopleKeys() {
		if p := d.network().People[key]; p.Peer() {
			peers = append(peers, Option{key, p.Name})
		}
	}
	if len(peers) == 0 {
		return nil
	}
	return &Dialog{Form: "invite_peer", Title: d.dutch("uitnodigen.maatje.titel"), Intro: d.dutch("uitnodigen.maatje.uitleg"), Submit: d.dutch("uitnodigen.stuur"),
		Fields: []DialogField{{Name: "person", Label: d.dutch("uitnodigen.maatje"), Kind: "select", Options: peers, Default: peers[0].Value}}}
}

func (d *desk) invitePeer(who string, f map[string]string) {
	p, ok := d.network().People[f["person"]]
	if !ok || !p.Peer() {
		d.turn.Reply.Errors = map[string]string{"person": d.dutch("uitnodigen.fout.maatje")}
		return
	}
	d.log(who, 0, 0, "invited")
	d.handOut(who, Invite{Person: p.Key}, p.Name)
	d.turn.Reply.Text = d.dutch("uitnodigen.klaar", "naam", p.Name)
}

// inviteReserve gives a professional a code for the own phone: the wordless
// ping when all else is silent.
func (d *desk) inviteReserve(who string) {
	d.handOut(who, Invite{Person: who}, d.name(who))
	d.turn.Reply.Text = d.dutch("reserve.klaar")
}

// openInWords lists what stands open for the teams of a professional.
func (d *desk) openInWords(who string) string {
	var lines []string
	rs := d.residentsFor(who)
	for _, s := range d.scene.Signals {
		if s.State == Closed {
			continue
		}
		r := d.residentByID(s.Resident)
		if r == nil || !slices.Contains(d.wijkenOf(who), r.Circle.Wijk) {
			continue
		}
		stand := d.dutch("lijst.open")
		if s.State == Taken {
			stand = d.dutch("lijst.opgepakt", "naam", d.name(s.TakenBy))
		}
		if !s.Back.IsZero() {
			stand = d.dutch("reden.weer")
		}
		lines = append(lines, fmt.Sprintf("- %s, %s, %s", d.dutch("kaart.titel."+string(s.Kind), "naam", d.calledAmong(*r, rs)), moment(s.Opened.In(d.network().Zone)), stand))
	}
	if len(lines) == 0 {
		return d.dutch("lijst.leeg")
	}
	return d.dutch("lijst.kop") + "\n" + strings.Join(lines, "\n")
}

// FalseAlarms is the slash command that asks for what was closed as a false alarm.
const FalseAlarms = "vals-alarm"

// falseAlarmsInWords lists the patterns of the word list whose signals people
// closed as a false alarm: class, pattern, how often and on which days, those that
// were most often wrong first. It is for people to review the list by; nothing in
// the house changes because of it. It holds nobody's name and nobody's words.
func (d *desk) falseAlarmsInWords(who string) string {
	type wrong struct {
		pattern string
		times   int
		days    []string
	}
	var found []*wrong
	for _, s := range d.scene.Signals {
		if !s.FalseAlarm {
			continue
		}
		if r := d.residentByID(s.Resident); r == nil || !slices.Contains(d.wijkenOf(who), r.Circle.Wijk) {
			continue
		}
		counted := map[string]bool{} // a pattern may have met more than once in one signal
		for _, h := range s.Hits {
			pattern := h.Class + " " + h.Pattern
			if counted[pattern] {
				continue
			}
			counted[pattern] = true
			at := slices.IndexFunc(found, func(w *wrong) bool { return w.pattern == pattern })
			if at < 0 {
				at, found = len(found), append(found, &wrong{pattern: pattern})
			}
			found[at].times++
			if day := day(s.ClosedAt.In(d.network().Zone)); !slices.Contains(found[at].days, day) {
				found[at].days = append(found[at].days, day)
			}
		}
	}
	if len(found) == 0 {
		return d.dutch("vals.alarm.leeg")
	}
	slices.SortStableFunc(found, func(a, b *wrong) int { return b.times - a.times })
	lines := []string{d.dutch("vals.alarm.kop")}
	for _, w := range found {
		lines = append(lines, d.dutch("vals.alarm.regel", "patroon", w.pattern, "keer", fmt.Sprint(w.times), "dagen", strings.Join(w.days, ", ")))
	}
	return strings.Join(lines, "\n")
}

// residentsFor are the residents of the professional's wijken.
func (d *desk) residentsFor(who string) []Resident {
	var rs []Resident
	for _, r := range d.scene.Residents {
		if slices.Contains(d.wijkenOf(who), r.Circle.Wijk) && r.Stage != StageOther {
			rs = append(rs, r)
		}
	}
	return rs
}

// residentsInWords lists the residents of the professional's wijken, those who
// waited longest for a human first.
func (d *desk) residentsInWords(who string) string {
	rs := d.residentsFor(who)
	if len(rs) == 0 {
		return d.dutch("bewoners.leeg")
	}
	sort.SliceStable(rs, func(i, j int) bool { return rs[i].Contact.Before(rs[j].Contact) })
	var lines []string
	for _, r := range rs {
		last := d.dutch("bewoners.nooit")
		if !r.Contact.IsZero() {
			last = moment(r.Contact.In(d.network().Zone))
		}
		lines = append(lines, d.dutch("bewoners.regel", "naam", d.calledAmong(r, rs), "stap", d.dutch("stap."+string(r.Stage)), "contact", last))
	}
	return d.dutch("bewoners.kop") + "\n" + strings.Join(lines, "\n")
}

func (d *desk) residentByID(id int64) *Resident {
	for i := range d.scene.Residents {
		if d.scene.Residents[i].ID == id {
			return &d.scene.Residents[i]
		}
	}
	return nil
}
