package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"houvast/bot/telegram/telegramtest"
)

// The people by whose hands the town is settled in.
const (
	inviter     = "samira"
	teamChannel = "signalen-noord"
)

// settleIn lets the first people of the town come to live there, through the
// same doors as anybody: Samira invites Joost, who becomes a peer expert, and
// Anna, who says yes, is confirmed, and chooses when to be asked how it goes.
// Bram's phone lies ready for an invitation by hand.
//
// The house must not run by itself yet. When nobody of the team is at work the
// town begins on the next working morning, so that the first press does
// something; afterwards its clock walks with that of the world.
func (s *sandbox) settleIn(ctx context.Context) error {
	for _, p := range s.phones {
		s.town.telegram.Person(p.chat, p.owner)
	}
	for _, user := range s.town.names() {
		s.town.mattermost.Direct(user, botUser) // so that it stands in everybody's list
	}
	s.town.clock.set(s.beginning())
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"begin", s.town.settle},
		{"invite the peer expert", s.settlePeerExpert},
		{"invite the resident", s.settleResident},
	} {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("settle in: %s: %w", step.what, err)
		}
	}
	return nil
}

// workLeft is how much of a working day there must be left to play in.
const workLeft = 2 * time.Hour

// beginning is the moment at which the town begins: now if Noord's team is at
// work for a while yet, or else some time into its next working day.
func (s *sandbox) beginning() time.Time {
	n := s.town.network
	now := s.town.clock.now().In(n.Zone)
	duty, calendar := n.Teams[n.Wijken["noord"].Team].Duty, n.Calendar()
	if calendar.Open(duty, now) && calendar.Open(duty, now.Add(workLeft)) {
		return now
	}
	from := now
	if calendar.Open(duty, now) {
		from = calendar.NextClose(duty, now)
	}
	return calendar.NextOpen(duty, from).Add(90 * time.Minute)
}

func (s *sandbox) settlePeerExpert(ctx context.Context) error {
	link, err := s.invitation(ctx, "/houvast uitnodigen maatje", map[string]string{"person": "joost"})
	if err != nil {
		return err
	}
	joost, err := s.person("joost")
	if err != nil {
		return err
	}
	if err := joost.Start(link); err != nil {
		return err
	}
	return s.answer(ctx, joost, "verder", "verder", "ja")
}

func (s *sandbox) settleResident(ctx context.Context) error {
	link, err := s.invitation(ctx, "/houvast uitnodigen", map[string]string{
		"name": "Anna", "wijk": "noord", "primary": "samira", "backup": "tom", "maatje": "joost",
		"welcome": "Lieve Anna, hier kun je altijd iets kwijt. Ik lees het als ik werk. Groet, Samira",
	})
	if err != nil {
		return err
	}
	anna, err := s.person("anna")
	if err != nil {
		return err
	}
	if err := anna.Start(link); err != nil {
		return err
	}
	if err := s.answer(ctx, anna, "verder", "verder", "verder", "ja", "ja"); err != nil {
		return err
	}
	if err := s.town.mattermost.User(inviter).Press(ctx, teamChannel, "Anna", "Ja, dat klopt"); err != nil {
		return err
	}
	return s.answer(ctx, anna, "elke_dag", "ochtend")
}

var invitationLink = regexp.MustCompile(`t\.me/\w+\?start=(\w+)`)

// invitation has the inviter give a command and fill in its dialog, and returns
// the code in the direct message that follows.
func (s *sandbox) invitation(ctx context.Context, command string, answers map[string]string) (string, error) {
	samira := s.town.mattermost.User(inviter)
	if err := samira.Command(ctx, command, teamChannel); err != nil {
		return "", err
	}
	if wrong, err := samira.Submit(ctx, answers, teamChannel); err != nil || len(wrong) > 0 {
		return "", fmt.Errorf("the dialog was not taken: %v %w", wrong, err)
	}
	if err := s.town.settle(ctx); err != nil {
		return "", err
	}
	for _, p := range slices.Backward(s.town.mattermost.Direct(inviter, botUser)) {
		if found := invitationLink.FindStringSubmatch(p.String()); found != nil {
			return found[1], nil
		}
	}
	return "", fmt.Errorf("no invitation arrived")
}

// answer lets somebody press, one after another, the buttons with these names
// under the newest question.
func (s *sandbox) answer(ctx context.Context, p *telegramtest.Person, buttons ...string) error {
	for _, name := range buttons {
		if err := s.town.settle(ctx); err != nil {
			return err
		}
		last := p.Last()
		i := slices.IndexFunc(slices.Concat(last.Buttons...), func(b telegramtest.Button) bool { return strings.HasSuffix(b.Data, ":"+name) })
		if i < 0 {
			return fmt.Errorf("no button %q under %q", name, last.Text)
		}
		if err := p.PressOld(last.ID, slices.Concat(last.Buttons...)[i].Label); err != nil {
			return err
		}
	}
	return s.town.settle(ctx)
}
