package main

import (
	"context"
	"fmt"
	"slices"

	"houvast/bot/mattermost/mattermosttest"
)

// act chooses what somebody does next; nil: nothing. Chances are drawn now, and
// the deed is done by whoever calls it, beside those of others.
func (p *people) act() func() {
	p.deeds++
	rng := p.s.rng
	switch n := rng.IntN(100); {
	case n < 55:
		return p.asResident(p.residents[rng.IntN(6)])
	case n < 62:
		return p.asExpert(p.experts[rng.IntN(2)])
	case n < 64:
		text := p.s.checks.crisisText(rng.IntN(1 << 30))
		return func() { p.stranger.Write(text) }
	case n < 66:
		// Somebody who never does anything answers for once.
		return p.pressAny(p.residents[6+rng.IntN(len(p.residents)-6)])
	}
	return p.asProfessional(p.users[rng.IntN(len(p.users))])
}

func (p *people) asResident(n *neighbour) func() {
	rng := p.s.rng
	checks := p.s.checks
	mark := checks.mark()
	switch k := rng.IntN(100); {
	case k < 40:
		return p.pressAny(n)
	case k < 58:
		key := []string{"Goed nieuws", "Het is moeilijk", "Ik wil contact", "Meer"}[rng.IntN(4)]
		return func() { n.Write(key) }
	case k < 66:
		text := checks.crisisText(rng.IntN(1 << 30))
		return func() { checks.cried(n, n.Write(text)) }
	case k < 68:
		text := checks.crisisText(rng.IntN(1 << 30))
		return func() { checks.cried(n, n.Photo(text, []byte("\xff\xd8\xff-foto"))) }
	case k < 80:
		text := []string{"vandaag was het rustig ", "ik heb zo'n ruzie gehad ", "mijn dochter belde ", "ik ben de laatste tijd erg somber "}[rng.IntN(4)] + mark
		return func() { n.Write(text) }
	case k < 84:
		return func() { n.Voice(4, []byte("OggS-"+mark)) }
	case k < 87:
		return func() { n.EditLast("anders: " + mark) }
	case k < 89:
		text := checks.crisisText(rng.IntN(1 << 30))
		return func() {
			if err := n.EditLast(text); err == nil {
				checks.cried(n, nil)
			}
		}
	case k < 91:
		return func() { n.Forward("zie dit "+mark, "Iemand") }
	case k < 92:
		return func() { n.Sticker("🙂") }
	case k < 97:
		command := []string{"/hulp", "/nummers", "/contact", "/meer", "/stop", "/start", "/terug", "stop", "pauze", "mens"}[rng.IntN(10)]
		return func() { n.Write(command) }
	case k < 98:
		return func() { n.Block() }
	}
	return func() { n.Unblock() }
}

// pressAny presses one of the buttons that the phone shows, a new one most often.
func (p *people) pressAny(n *neighbour) func() {
	draw := p.s.rng.Float64()
	which := p.s.rng.IntN(1 << 20)
	return func() {
		type button struct {
			message int
			label   string
			about   string
		}
		var found []button
		for _, m := range n.Messages() {
			for _, row := range m.Buttons {
				for _, b := range row {
					if b.Data != "" {
						found = append(found, button{m.ID, b.Label, m.Text})
					}
				}
			}
		}
		if len(found) == 0 {
			return
		}
		if draw < 0.9 {
			found = slices.DeleteFunc(slices.Clone(found), func(b button) bool { return b.message != found[len(found)-1].message })
		}
		b := found[which%len(found)]
		p.s.checks.pressed(n.name, b.about)
		n.PressOld(b.message, b.label)
	}
}

func (p *people) asExpert(n *neighbour) func() {
	if p.s.rng.IntN(4) > 0 {
		return p.pressAny(n)
	}
	text := []string{"Knap van je!", "ik bel straks", "/stop", "/start", "wat fijn om te horen"}[p.s.rng.IntN(5)]
	return func() { n.Write(text) }
}

// asProfessional looks at a card, a new one most often, and does something with it.
func (p *people) asProfessional(user string) func() {
	rng := p.s.rng
	checks := p.s.checks
	screen := p.s.mattermost.User(user)
	pick, press, choice, where := rng.IntN(1<<20), rng.IntN(1<<20), rng.IntN(1<<20), rng.IntN(1<<20)
	fresh := rng.IntN(4) > 0
	words := fmt.Sprint("Ik denk aan je, ", checks.mark())
	if rng.IntN(12) == 0 {
		command := []string{"/houvast", "/houvast lijst", "/houvast hulp", "/houvast open"}[pick%4]
		return func() { screen.Command(context.Background(), command) }
	}
	among := checks.among()
	gossip := rng.IntN(10) == 0
	return func() {
		var cards []mattermosttest.Post
		channels := p.s.mattermost.Channels(user)
		for _, post := range p.s.mattermost.Posts(channels[where%len(channels)].ID) {
			if len(post.Buttons()) > 0 {
				cards = append(cards, post)
			}
		}
		if len(cards) == 0 {
			return
		}
		if fresh && len(cards) > 4 {
			cards = cards[len(cards)-4:]
		}
		card := cards[pick%len(cards)]
		if gossip {
			screen.Reply(card.ID, "onder ons: "+among)
			return
		}
		buttons := card.Buttons()
		b := buttons[press%len(buttons)]
		checks.pressed(user, card.String())
		if err := screen.PressPost(context.Background(), card.ID, b.ID); err != nil {
			return
		}
		p.fillIn(screen, words, choice)
	}
}

// fillIn fills in a dialog that opened, and sends it.
func (p *people) fillIn(screen *mattermosttest.Screen, words string, choice int) {
	d, open := screen.Dialog()
	if !open {
		return
	}
	answers := map[string]string{}
	for _, e := range d.Elements {
		if len(e.Choices) > 0 {
			answers[e.Name] = e.Choices[choice%len(e.Choices)].Value
		} else {
			answers[e.Name] = words
		}
	}
	wrong, err := screen.Submit(context.Background(), answers)
	if err != nil || len(wrong) > 0 {
		screen.Cancel(context.Background())
	}
}
