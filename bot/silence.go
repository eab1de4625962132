package bot

import (
	"strings"
	"time"

	"houvast/scheduler"
	"houvast/signals"
)

// Who did not answer a check-in is asked once a week from then on, as an invitation and
// without a reminder, until they send anything at all. People have the silence meanwhile:
// it is theirs, and no question more from a computer makes it shorter (domain research
// Z07, G02).

// invitationFor is how long the buttons of an invitation stay.
const invitationFor = 7 * 24 * time.Hour

// invites reports whether a talk is a check-in of somebody who did not answer the one
// before, and sent nothing since.
func (d *desk) invites(c Conversation) bool {
	return c.CheckIn != 0 && d.resident != nil && d.resident.Missed > 0
}

// stillInvites is the moment at which another check-in would be given up: people hear
// that there was no answer, and the resident may still give one.
func (d *desk) stillInvites(c Conversation, t Timer) {
	d.silence(c)
	c.Heard = true
	d.putConversation(c)
	t.Due = c.AskedAt.Add(invitationFor)
	d.arm(t)
}

// invitedLately reports whether the last invitation was less than seven days ago on the
// wall clock: it comes at the time of day that the resident chose.
func (d *desk) invitedLately() bool {
	return d.local().Before(d.sevenDaysAfter(d.resident.Invited))
}

// sevenDaysAfter is the midnight with which the seventh day after at begins.
func (d *desk) sevenDaysAfter(at time.Time) time.Time {
	y, m, day := at.In(d.network().Zone).Date()
	return scheduler.At(y, m, day+7, 0, d.network().Zone)
}

// invitation is what stands above a check-in of somebody who did not answer the one
// before. That they are asked less often than they chose is said to them.
func (d *desk) invitation() string {
	said := d.word("checkin.welkom")
	rhythm, err := scheduler.ParseRhythm(d.resident.Rhythm, d.network().Zone)
	if err == nil && rhythm.Next(d.now()).Before(d.sevenDaysAfter(d.now())) {
		said += "\n" + d.word("checkin.per.week")
	}
	return said
}

// appeared is for whatever a resident sends of their own: they are asked again in the
// rhythm they chose, and whoever was asked to look for them sees that they are there
// (domain research 2, Snug: all-clear when the person appears).
func (d *desk) appeared() {
	if !d.ofResident() {
		return
	}
	if r := d.resident; r.Missed != 0 || !r.Invited.IsZero() {
		r.Missed, r.Invited = 0, time.Time{}
		d.keepResident()
	}
	for _, c := range d.scene.Conversations {
		if c.CheckIn != 0 && c.Resident == d.resident.ID && !c.Heard && !d.event.At.Before(c.AskedAt.Truncate(time.Second)) { // Telegram says when to the second
			c.Heard = true
			d.putConversation(c)
		}
	}
	for _, s := range d.openSignals() {
		if s.Kind == signals.MissedCheckIn && s.Back.IsZero() && !d.event.At.Before(s.Opened) {
			d.allClear(s)
		}
	}
}

// allClear says wherever a silence stands that the resident is there again, and when:
// on the card, in one line below it that rings nobody at home, and on the peer expert's
// phone. From now on it calls nobody. A person closes it, with one press.
func (d *desk) allClear(s Signal) {
	s.Back = d.event.At
	d.quietNudges(&s, "kaart.weer")
	d.putSignal(s)
	d.showCard(s, nil, false)
	d.nudgeCard(&s, "kaart.weer", nil)
	d.rewritePeers(s, func(key string) Body {
		body := d.peerBody(s, key)
		body.Buttons = d.peerButtons(s, key)
		return body
	})
}

// whileBack is how long a silence that is over stands before it is looked at again:
// somebody or something always has it, and nobody is called about it.
const whileBack = 24 * time.Hour

// ofResident reports whether the event is the resident's own: of who is resident and
// peer expert, the one side never shows on the other.
func (d *desk) ofResident() bool {
	r, a := d.resident, d.account
	if r == nil || a == nil || a.Resident != r.ID || r.Stage != StageActive {
		return false
	}
	press, pressed := d.event.What.(Pressed)
	if !pressed {
		return !d.linkedOnlyAsPeer()
	}
	question, answer := strings.CutPrefix(press.Data, "a:")
	id, _, _ := strings.Cut(question, ":")
	c, open := d.conversationByID(from36(id))
	return answer && (open && c.Resident != 0 || !open && a.Person == "")
}
