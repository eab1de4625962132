package mattermost

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mattermost/mattermost/server/public/model"
)

// A Room is a channel as the network has it.
type Room struct {
	Channel string   // name
	Members []string // user names of the professionals who belong there
	Anybody bool     // nothing about anybody stands there: who is in it does not matter
}

// A Finding is something that is not right, in Dutch, with what to do.
type Finding struct {
	About string // "bereik", "token", "team", "kanaal", "persoon", "adres", "push", "klok"
	Text  string
	Fault bool // Houvast cannot do its work like this; else it is a warning
}

// Examine looks at everything at Mattermost that must be right, and names all
// that is not. It also presses a button of its own, to see whether Mattermost
// reaches the callback address: somebody must be serving [Door.Handler] there,
// with the same key.
func (d *Door) Examine(ctx context.Context, rooms []Room) []Finding {
	x := &examination{Door: d}
	if !x.reach(ctx) {
		return x.found
	}
	me, err := d.me(ctx)
	if err != nil {
		x.fault("token", "Mattermost kent het token van de bot niet. Maak een nieuw token voor het bot-account en zet het in HOUVAST_MATTERMOST_TOKEN.")
		return x.found
	}
	team, err := d.team(ctx)
	if err != nil {
		x.fault("team", "Het team %q bestaat niet, of de bot zit er niet in. Kijk naar HOUVAST_MATTERMOST_TEAM, of zet de bot in het team.", d.Team)
		return x.found
	}
	for _, room := range rooms {
		x.room(ctx, team, me, room)
	}
	x.push(ctx)
	x.callback(ctx, me)
	return x.found
}

type examination struct {
	*Door
	found []Finding
}

func (x *examination) fault(about, text string, args ...any) {
	x.found = append(x.found, Finding{About: about, Text: fmt.Sprintf(text, args...), Fault: true})
}

func (x *examination) warn(about, text string, args ...any) {
	x.found = append(x.found, Finding{About: about, Text: fmt.Sprintf(text, args...)})
}

// reach looks whether Mattermost answers at all, and what its clock says.
func (x *examination) reach(ctx context.Context) bool {
	_, r, err := x.client.GetPing(ctx)
	if err != nil {
		x.fault("bereik", "Mattermost antwoordt niet op %s. Kijk naar HOUVAST_MATTERMOST_URL en naar het netwerk.", x.URL)
		return false
	}
	if theirs, err := http.ParseTime(r.Header.Get("Date")); err == nil {
		if off := x.Now().Sub(theirs).Abs(); off > 30*time.Second {
			x.fault("klok", "De klok hier en die van Mattermost verschillen %s. Zet de klok gelijk, bijvoorbeeld met NTP.", off.Round(time.Second))
		}
	}
	return true
}

func (x *examination) room(ctx context.Context, team, me string, room Room) {
	c, r, err := x.client.GetChannelByName(ctx, room.Channel, team, "")
	if status(r) == http.StatusNotFound {
		x.fault("kanaal", "Het kanaal %q bestaat niet, of de bot zit er niet in. Maak het als besloten kanaal en zet de bot erin.", room.Channel)
		return
	}
	if err != nil {
		x.fault("kanaal", "Het kanaal %q kon niet worden bekeken (%v).", room.Channel, plainly(status(r), err))
		return
	}
	if c.Type != model.ChannelTypePrivate {
		x.fault("kanaal", "Het kanaal %q is openbaar: iedereen kan meelezen. Maak het besloten. Tot dan zet de bot er niets in.", room.Channel)
	}
	members, err := x.members(ctx, c.Id)
	if err != nil {
		x.fault("kanaal", "De leden van kanaal %q konden niet worden bekeken (%v).", room.Channel, err)
		return
	}
	if members[me] == nil {
		x.fault("kanaal", "De bot zit niet in kanaal %q. Zet de bot erin.", room.Channel)
	}
	there := map[string]bool{}
	for _, u := range members {
		there[u.Username] = true
		switch {
		case u.Id == me, room.Anybody, slices.Contains(room.Members, u.Username):
		case u.IsBot:
			x.warn("persoon", "In kanaal %q zit de bot %q. Die leest alles mee. Haal die eruit als dat niet de bedoeling is.", room.Channel, u.Username)
		default:
			x.fault("persoon", "In kanaal %q zit %q. Die staat niet in het netwerk. Zet die in het netwerk, of haal die uit het kanaal.", room.Channel, u.Username)
		}
	}
	for _, name := range room.Members {
		if there[name] {
			continue
		}
		u, r, err := x.client.GetUserByUsername(ctx, name, "")
		switch {
		case status(r) == http.StatusNotFound:
			x.fault("persoon", "%q staat in het netwerk, maar heeft geen account in Mattermost. Maak het account, of verbeter de naam.", name)
		case err == nil && u.DeleteAt != 0:
			x.fault("persoon", "Het account van %q is uitgezet, maar staat nog in het netwerk.", name)
		default:
			x.fault("persoon", "%q hoort in kanaal %q, maar zit er niet in.", name, room.Channel)
		}
	}
}

// members returns the people of a channel by id.
func (x *examination) members(ctx context.Context, channelID string) (map[string]*model.User, error) {
	const size = 200
	people := map[string]*model.User{}
	for page := 0; ; page++ {
		list, r, err := x.client.GetChannelMembers(ctx, channelID, page, size, "")
		if err != nil {
			return nil, plainly(status(r), err)
		}
		ids := make([]string, len(list))
		for i, m := range list {
			ids[i] = m.UserId
		}
		users, r, err := x.client.GetUsersByIds(ctx, ids)
		if err != nil {
			return nil, plainly(status(r), err)
		}
		for _, u := range users {
			people[u.Id] = u
		}
		if len(list) < size {
			return people, nil
		}
	}
}

// push looks whether telephones may show words on a locked screen. What they
// show is a setting that only an administrator may read.
func (x *examination) push(ctx context.Context) {
	c, _, err := x.client.GetClientConfig(ctx, "")
	if err != nil || c["SendPushNotifications"] != "true" {
		return
	}
	switch full, _, err := x.client.GetConfig(ctx); {
	case err != nil || full.EmailSettings.PushNotificationContents == nil:
		x.warn("push", "Mattermost stuurt pushberichten. De bot mag niet zien wat daarin staat. Vraag de beheerder: zet Push Notification Contents op Generic of ID-only, anders staan er namen op een vergrendeld scherm.")
	case *full.EmailSettings.PushNotificationContents == model.FullNotification:
		x.fault("push", "Pushberichten tonen de tekst van berichten, ook op een vergrendeld scherm. Zet Push Notification Contents op Generic of ID-only.")
	}
}

// callback presses a button of our own in a talk with ourselves.
func (x *examination) callback(ctx context.Context, me string) {
	err := x.probe(ctx, me)
	if err == nil {
		return
	}
	x.fault("adres", "Mattermost bereikt Houvast niet op %s (%v). Draait Houvast daar? Klopt HOUVAST_URL? Is het een adres in het eigen netwerk, zet het dan in Mattermost bij AllowedUntrustedInternalConnections.", x.Callback, err)
}

func (x *examination) probe(ctx context.Context, me string) error {
	nonce := make([]byte, 16)
	if _, err := io.ReadFull(x.Random, nonce); err != nil {
		return fmt.Errorf("draw a nonce: %w", err)
	}
	c, r, err := x.client.CreateDirectChannel(ctx, me, me)
	if err != nil {
		return plainly(status(r), err)
	}
	n := hex.EncodeToString(nonce)
	p, r, err := x.client.CreatePost(ctx, &model.Post{ChannelId: c.Id, Message: "Houvast kijkt of de knoppen werken.", Props: model.StringInterface{
		model.PostPropsAttachments: []*model.MessageAttachment{{Actions: []*model.PostAction{{
			Id: "probe", Type: model.PostActionTypeButton, Name: "Proef",
			Integration: &model.PostActionIntegration{URL: x.Callback + pathAction, Context: map[string]any{"probe": n, "sig": x.sign.tag(forProbe, "question", n)}},
		}}}},
	}})
	if err != nil {
		return plainly(status(r), err)
	}
	defer x.client.DeletePost(context.WithoutCancel(ctx), p.Id) // left behind it does no harm
	if r, err := x.client.DoPostAction(ctx, p.Id, "probe"); err != nil {
		return plainly(status(r), err)
	}
	after, r, err := x.client.GetPost(ctx, p.Id, "")
	if err != nil {
		return plainly(status(r), err)
	}
	if strings.TrimSpace(after.Message) != x.sign.tag(forProbe, "answer", n) {
		return errors.New("something else answers there, or Houvast with another key")
	}
	return nil
}

// probed answers a press of [Door.Examine], which may come from another process
// with the same key.
func (d *Door) probed(in map[string]any) (answer string, ok bool) {
	n, _ := in["probe"].(string)
	sig, _ := in["sig"].(string)
	if n == "" || subtle.ConstantTimeCompare([]byte(sig), []byte(d.sign.tag(forProbe, "question", n))) != 1 {
		return "", false
	}
	return d.sign.tag(forProbe, "answer", n), true
}
