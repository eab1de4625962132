package mattermost

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/gorilla/websocket"
	"github.com/mattermost/mattermost/server/public/model"

	"houvast/bot"
)

// How the socket is watched over.
const (
	helloTime   = 15 * time.Second // to be greeted; a bad token is never greeted
	livelyEvery = time.Minute      // a revoked token leaves an open socket silent, so we ask
	overlap     = 30 * time.Second // read again when catching up; what was seen before changes nothing
	firstWait   = time.Second
	longestWait = time.Minute
)

var (
	errSilent = errors.New("mattermost did not greet us")
	errEnded  = errors.New("the socket ended")
)

// Listen hears what professionals write, until ctx ends: what was written since
// a moment first, then what comes. It connects again for as long as it takes.
// Our own posts are not heard.
func (d *Door) Listen(ctx context.Context, since time.Time) error {
	l := &listener{Door: d, since: since}
	if since.IsZero() {
		l.since = d.Now()
	}
	wait := firstWait
	for {
		greeted, err := l.session(ctx)
		d.health.connected(d.Now(), false)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, errEnded) || errors.Is(err, errSilent) {
			// A socket does not say why it ended; a request does. A revoked token
			// ends it, too, when the socket was only just opened.
			if why := l.lively(ctx); why != nil {
				err = why
			}
		}
		d.Log.Warn("mattermost is not connected", "err", err)
		if greeted {
			wait = firstWait
		}
		// Spread, so that a server that comes back is not met by everybody at once.
		t := time.NewTimer(d.spread(wait))
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
		}
		wait = min(2*wait, longestWait)
	}
}

// spread returns between half of wait and all of it.
func (d *Door) spread(wait time.Duration) time.Duration {
	var b [1]byte
	io.ReadFull(d.Random, b[:]) // without chance it is half
	return wait/2 + wait/2*time.Duration(b[0])/255
}

type listener struct {
	*Door
	since time.Time // everything before it was heard
}

// session is one life of the socket. It reports whether Mattermost greeted us,
// which alone means connected.
func (l *listener) session(ctx context.Context) (greeted bool, err error) {
	me, err := l.me(ctx)
	if err != nil {
		return false, err
	}
	dialer := &websocket.Dialer{NetDialContext: l.Dial, HandshakeTimeout: helloTime, Proxy: l.transport.Proxy}
	// No connection id: after every break the channels are read, which misses
	// nothing, also when the server has forgotten us.
	c, err := model.NewReliableWebSocketClientWithDialer(dialer, "ws"+strings.TrimPrefix(l.URL, "http"), l.Token, "", 0, true)
	if err != nil {
		return false, l.looked("connect", nil, err)
	}
	c.Listen()
	// Only the connection is closed: the client's own Close can meet a ping that
	// is being answered, and panic.
	defer func() {
		c.Conn.Close()
		for open := true; open; {
			select {
			case _, open = <-c.EventChannel:
			case <-c.ResponseChannel:
			case <-c.PingTimeoutChannel:
			}
		}
	}()

	hello := time.NewTimer(helloTime)
	defer hello.Stop()
	lively := time.NewTicker(livelyEvery)
	defer lively.Stop()
	for {
		select {
		case <-ctx.Done():
			return greeted, ctx.Err()
		case <-hello.C:
			if !greeted {
				return false, errSilent
			}
		case <-c.PingTimeoutChannel:
			return greeted, errSilent
		case <-c.ResponseChannel:
		case <-lively.C:
			if err := l.lively(ctx); err != nil {
				return greeted, err
			}
			if greeted {
				l.health.connected(l.Now(), true)
			}
		case e, ok := <-c.EventChannel:
			if !ok {
				return greeted, errEnded
			}
			switch e.EventType() {
			case model.WebsocketEventHello:
				if err := l.catchUp(ctx, me); err != nil {
					return greeted, err
				}
				greeted = true
				l.health.connected(l.Now(), true)
				l.Log.Info("mattermost is connected")
			case model.WebsocketEventPosted:
				var p model.Post
				text, _ := e.GetData()["post"].(string)
				if json.Unmarshal([]byte(text), &p) != nil {
					l.Log.Error("a post could not be read")
					l.health.change(func(h *Health) { h.Dropped++ })
					continue
				}
				if err := l.heard(ctx, me, []*model.Post{&p}); err != nil {
					return greeted, err
				}
			case model.WebsocketEventChannelUpdated, model.WebsocketEventChannelConverted, model.WebsocketEventChannelDeleted:
				if to := e.GetBroadcast(); to != nil {
					l.places.forget(to.ChannelId)
				}
				if id, _ := e.GetData()["channel_id"].(string); id != "" {
					l.places.forget(id)
				}
			}
		}
	}
}

// lively asks whether Mattermost still knows us.
func (l *listener) lively(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	if _, r, err := l.client.GetMe(ctx, ""); err != nil {
		return l.looked("ask whether we are known", r, err)
	}
	return nil
}

// catchUp hears what was posted in all our channels while we were away.
func (l *listener) catchUp(ctx context.Context, me string) error {
	ctx, cancel := context.WithTimeout(ctx, fileTime)
	defer cancel()
	team, err := l.team(ctx)
	if err != nil {
		return err
	}
	channels, r, err := l.client.GetChannelsForTeamForUser(ctx, team, me, false, "")
	if err != nil {
		return l.looked("list our channels", r, err)
	}
	from := l.since.Add(-overlap)
	for _, c := range channels {
		if c.LastPostAt < from.UnixMilli() {
			continue
		}
		list, r, err := l.client.GetPostsSince(ctx, c.Id, from.UnixMilli(), false)
		if err != nil {
			return l.looked("read what was missed", r, err)
		}
		var missed []*model.Post
		for i := len(list.Order) - 1; i >= 0; i-- { // oldest first
			// An old post comes along when somebody reacted to it.
			if p := list.Posts[list.Order[i]]; p != nil && p.CreateAt >= from.UnixMilli() && p.DeleteAt == 0 {
				missed = append(missed, p)
			}
		}
		if err := l.heard(ctx, me, missed); err != nil {
			return err
		}
	}
	return nil
}

// heard hands posts of others to the host. Who wrote and where is told, never
// what: it must not reach a resident.
func (l *listener) heard(ctx context.Context, me string, posts []*model.Post) error {
	var events []bot.Event
	latest := l.since
	for _, p := range posts {
		if at := time.UnixMilli(p.CreateAt); at.After(latest) {
			latest = at
		}
		if p.UserId == me || p.Type != model.PostTypeDefault {
			continue
		}
		user, err := l.user(ctx, p.UserId)
		if err != nil {
			return err
		}
		channel, err := l.placeOf(ctx, p.ChannelId, user)
		if err != nil {
			return err
		}
		events = append(events, bot.Event{
			ID: "mattermost:" + p.Id, Door: bot.Mattermost, At: time.UnixMilli(p.CreateAt), User: user, Name: user,
			What: bot.Posted{Channel: channel, Root: p.RootId},
		})
	}
	if len(events) > 0 {
		if _, err := l.Receive(ctx, events); err != nil {
			l.health.change(func(h *Health) { h.Dropped += len(events) })
			return err
		}
	}
	l.since = latest
	return nil
}

// placeOf names a channel: by its name, or by who wrote there to us alone.
func (d *Door) placeOf(ctx context.Context, channelID, user string) (string, error) {
	if name := d.places.name(channelID); name != "" {
		return name, nil
	}
	c, r, err := d.client.GetChannel(ctx, channelID)
	if err != nil {
		return "", d.looked("find a channel", r, err)
	}
	if c.Type == model.ChannelTypeDirect {
		d.places.learn("@"+user, channelID)
		return "@" + user, nil
	}
	return c.Name, nil
}
