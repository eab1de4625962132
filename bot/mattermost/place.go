package mattermost

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/mattermost/mattermost/server/public/model"

	"houvast/bot"
)

// places remember which id belongs to which name.
type places struct {
	mu       sync.Mutex
	myself   string
	teamID   string
	channels map[string]string // id by place, "signalen-noord" or "@samira"
	names    map[string]string // place by channel id
	users    map[string]string // user name by user id
}

func (p *places) me() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.myself
}

func (p *places) setMe(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.myself = id
}

func (p *places) learn(place, channelID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.channels == nil {
		p.channels, p.names = map[string]string{}, map[string]string{}
	}
	p.channels[place], p.names[channelID] = channelID, place
}

// forget makes the door look again: a channel may have been renamed, made
// public, or the bot put out of it.
func (p *places) forget(channelID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.channels, p.names[channelID])
	delete(p.names, channelID)
}

func (p *places) id(place string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.channels[place]
}

func (p *places) name(channelID string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.names[channelID]
}

// channel returns the id of a place: a private channel of the team by name, or
// the direct channel with a person, "@samira".
func (d *Door) channel(ctx context.Context, place string) (string, error) {
	if id := d.places.id(place); id != "" {
		return id, nil
	}
	id, err := "", error(nil)
	if name, direct := strings.CutPrefix(place, "@"); direct {
		id, err = d.directChannel(ctx, name)
	} else {
		id, err = d.teamChannel(ctx, place)
	}
	if err != nil {
		return "", err
	}
	d.places.learn(place, id)
	return id, nil
}

func (d *Door) team(ctx context.Context) (string, error) {
	d.places.mu.Lock()
	id := d.places.teamID
	d.places.mu.Unlock()
	if id != "" {
		return id, nil
	}
	t, r, err := d.client.GetTeamByName(ctx, d.Team, "")
	if err != nil {
		return "", d.looked("find the team", r, err)
	}
	d.places.mu.Lock()
	d.places.teamID = t.Id
	d.places.mu.Unlock()
	return t.Id, nil
}

func (d *Door) teamChannel(ctx context.Context, name string) (string, error) {
	team, err := d.team(ctx)
	if err != nil {
		return "", err
	}
	c, r, err := d.client.GetChannelByName(ctx, name, team, "")
	if err != nil {
		if status(r) == http.StatusNotFound {
			d.health.place(name, fmt.Sprintf("Kanaal %q bestaat niet, of de bot zit er niet in. Kijk met: houvast doctor", name))
		}
		return "", d.looked("find a channel", r, err)
	}
	if c.Type != model.ChannelTypePrivate {
		// Who is on a card must not be for the whole organisation to read.
		d.health.place(name, fmt.Sprintf("Kanaal %q is openbaar. De bot zet daar niets in. Maak het besloten.", name))
		return "", &bot.SendError{Class: bot.SendRetry, After: placeWait, Err: errors.New("find a channel: it is public")}
	}
	return c.Id, nil
}

func (d *Door) directChannel(ctx context.Context, name string) (string, error) {
	u, r, err := d.client.GetUserByUsername(ctx, name, "")
	if err == nil && u.DeleteAt != 0 || status(r) == http.StatusNotFound {
		return "", &bot.SendError{Class: bot.SendBlocked, Err: errors.New("find a person: gone from mattermost")}
	}
	if err != nil {
		return "", d.looked("find a person", r, err)
	}
	me, err := d.me(ctx)
	if err != nil {
		return "", sure(err)
	}
	c, r, err := d.client.CreateDirectChannel(ctx, me, u.Id)
	if err != nil {
		return "", d.looked("open a direct channel", r, err)
	}
	return c.Id, nil
}

// looked is problem for requests that do nothing when done twice.
func (d *Door) looked(doing string, r *model.Response, err error) error {
	return sure(d.problem(doing, r, err))
}

// user returns the user name of an id.
func (d *Door) user(ctx context.Context, id string) (string, error) {
	d.places.mu.Lock()
	name := d.places.users[id]
	d.places.mu.Unlock()
	if name != "" {
		return name, nil
	}
	u, r, err := d.client.GetUser(ctx, id, "")
	if err != nil {
		return "", d.looked("find a person", r, err)
	}
	d.places.mu.Lock()
	defer d.places.mu.Unlock()
	if d.places.users == nil || len(d.places.users) > 10000 {
		d.places.users = map[string]string{}
	}
	d.places.users[id] = u.Username
	return u.Username, nil
}
