package mattermost

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mattermost/mattermost/server/public/model"

	"houvast/bot"
)

// pendingLife is how long after the first attempt we trust Mattermost to know a
// pending_post_id; it does for 30 seconds.
const pendingLife = 25 * time.Second

// Send posts m, or edits what its slot posted before. What it returns is the id
// of the post. It implements [bot.Door].
//
// A resend never makes a second post as far as Mattermost lets us know: within
// 25 seconds of the first attempt Mattermost itself recognises it, later the
// channel is read first.
func (d *Door) Send(ctx context.Context, m bot.Message) (string, error) {
	patience := answerTime
	if m.Body.Media != nil || m.Body.Invite != nil {
		patience = fileTime
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	channelID, err := d.channel(ctx, m.To.Place)
	if err != nil {
		return "", err
	}
	remote, err := d.deliver(ctx, m, channelID)
	if err != nil {
		return "", err
	}
	d.health.answered(d.Now())
	d.health.place(m.To.Place, "")
	return remote, nil
}

func (d *Door) deliver(ctx context.Context, m bot.Message, channelID string) (string, error) {
	if m.Remote != "" {
		err := d.edit(ctx, m, channelID)
		if !errors.Is(err, errGone) {
			return m.Remote, err
		}
		// Somebody took the card away, or it stands in another channel: the
		// signal still needs one.
	}
	found, err := d.standing(ctx, m, channelID)
	if err != nil {
		return "", err
	}
	if found == "" {
		return d.create(ctx, m, channelID)
	}
	if m.Slot != "" {
		m.Remote = found
		return found, d.edit(ctx, m, channelID)
	}
	return found, nil
}

var errGone = errors.New("the post is gone")

// edit writes the whole of m over its post. Doing so twice changes nothing.
func (d *Door) edit(ctx context.Context, m bot.Message, channelID string) error {
	at, err := d.home(ctx, m.Remote)
	switch {
	case err != nil:
		return err
	case at == "":
		return errGone
	case at != channelID:
		d.moved(ctx, m.Remote)
		return errGone
	}
	text, props := d.words(m, channelID)
	_, r, err := d.client.PatchPost(ctx, m.Remote, &model.PostPatch{Message: &text, Props: (*model.StringInterface)(&props)})
	if err == nil {
		return nil
	}
	if s := status(r); s == http.StatusForbidden || s == http.StatusNotFound || s == http.StatusBadRequest {
		// A post that was taken away is "not allowed" to Mattermost.
		d.disown(m.Remote)
		if at, lookErr := d.home(ctx, m.Remote); lookErr == nil && at == "" {
			return errGone
		}
	}
	d.lost(r, m.To.Place, channelID)
	return d.looked("edit a post", r, err)
}

// moved says on a card of ours that it is no longer there. It may fail: the card
// in the new channel matters more.
func (d *Door) moved(ctx context.Context, postID string) {
	text, props := "Dit staat nu in een ander kanaal.", model.StringInterface{}
	if _, r, err := d.client.PatchPost(ctx, postID, &model.PostPatch{Message: &text, Props: &props}); err != nil {
		d.Log.Warn("a card that moved still stands in its old channel", "err", d.looked("edit a post", r, err))
	}
}

// create posts m.
func (d *Door) create(ctx context.Context, m bot.Message, channelID string) (string, error) {
	text, props := d.words(m, channelID)
	files, text, err := d.files(ctx, m, channelID, text)
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(text) == "" && len(files) == 0 && m.Body.Card == nil {
		return "", &bot.SendError{Class: bot.SendRefused, Err: errors.New("post: nothing that can be shown here")}
	}
	p, r, err := d.client.CreatePost(ctx, &model.Post{
		ChannelId: channelID, Message: text, Props: props, FileIds: files, Metadata: urgent(m.Body), PendingPostId: d.messageTag(m),
	})
	if err != nil {
		d.lost(r, m.To.Place, channelID)
		problem := d.problem("post", r, err)
		if m.Slot != "" && problem.Class == bot.SendUnknown {
			d.doubt(d.slotTag(m), cmp.Or(m.First, d.Now()))
		}
		return "", problem
	}
	d.own(p.Id, channelID)
	d.certain(m)
	return p.Id, nil
}

// lost forgets a channel that would not have us.
func (d *Door) lost(r *model.Response, place, channelID string) {
	if s := status(r); s != http.StatusForbidden && s != http.StatusNotFound {
		return
	}
	d.places.forget(channelID)
	if !strings.HasPrefix(place, "@") {
		d.health.place(place, fmt.Sprintf("De bot mag niet schrijven in kanaal %q. Zet de bot in het kanaal.", place))
	}
}

// standing looks whether an earlier attempt at m, or at an earlier message of
// its slot, has arrived after all.
func (d *Door) standing(ctx context.Context, m bot.Message, channelID string) (string, error) {
	since := m.First
	old := !m.First.IsZero() && d.Now().Sub(m.First) > pendingLife
	doubted := time.Time{}
	if m.Slot != "" {
		doubted = d.doubted(d.slotTag(m))
	}
	if m.Ambiguous == 0 && !old && doubted.IsZero() {
		return "", nil
	}
	if since.IsZero() || !doubted.IsZero() && doubted.Before(since) {
		since = doubted
	}
	me, err := d.me(ctx)
	if err != nil {
		return "", sure(err)
	}
	// Our clock and the server's may differ.
	list, r, err := d.client.GetPostsSince(ctx, channelID, since.Add(-10*time.Minute).UnixMilli(), false)
	if err != nil {
		d.lost(r, m.To.Place, channelID)
		return "", d.looked("look for a post", r, err)
	}
	posts := list.ToSlice()
	slices.SortFunc(posts, func(a, b *model.Post) int { return cmp.Compare(b.CreateAt, a.CreateAt) })
	found := ""
	for _, p := range posts {
		ours := p.UserId == me && p.DeleteAt == 0
		same := p.GetProp(propMessage) == d.messageTag(m)
		slot := !doubted.IsZero() && p.GetProp(propSlot) == d.slotTag(m)
		if ours && (same || slot) {
			found = p.Id
			break
		}
	}
	if found != "" {
		d.own(found, channelID)
	}
	d.certain(m)
	return found, nil
}

// own remembers that a post is ours, and where it stands.
func (d *Door) own(postID, channelID string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.posted) > 20000 {
		clear(d.posted) // what is asked for again is looked up
	}
	d.posted[postID] = channelID
}

func (d *Door) disown(postID string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.posted, postID)
}

// home returns the channel of a post of ours; empty: there is no such post, or
// it is not ours. A button of ours on a post of somebody else was moved there.
func (d *Door) home(ctx context.Context, postID string) (string, error) {
	d.mu.Lock()
	known := d.posted[postID]
	d.mu.Unlock()
	if known != "" {
		return known, nil
	}
	if !model.IsValidId(postID) {
		return "", nil
	}
	me, err := d.me(ctx)
	if err != nil {
		return "", sure(err)
	}
	p, r, err := d.client.GetPost(ctx, postID, "")
	if s := status(r); s == http.StatusNotFound || s == http.StatusForbidden || s == http.StatusBadRequest {
		return "", nil
	}
	if err != nil {
		return "", d.looked("look at a post", r, err)
	}
	if p.UserId != me || p.DeleteAt != 0 {
		return "", nil
	}
	d.own(postID, p.ChannelId)
	return p.ChannelId, nil
}

func (d *Door) doubt(slot string, since time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.uncertain[slot]; !ok {
		d.uncertain[slot] = since
	}
}

func (d *Door) doubted(slot string) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.uncertain[slot]
}

func (d *Door) certain(m bot.Message) {
	if m.Slot == "" {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.uncertain, d.slotTag(m))
}
