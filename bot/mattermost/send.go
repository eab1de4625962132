package mattermost

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
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
	if m.Remote != "" {
		err := d.edit(ctx, m, channelID)
		if !errors.Is(err, errGone) {
			return m.Remote, err
		}
		// Somebody took the card away: the signal still needs one.
	}
	if found, err := d.standing(ctx, m, channelID); err != nil || found != "" {
		if err == nil && m.Slot != "" {
			m.Remote = found
			err = d.edit(ctx, m, channelID)
		}
		return found, err
	}
	return d.create(ctx, m, channelID)
}

var errGone = errors.New("the post is gone")

// edit writes the whole of m over its post. Doing so twice changes nothing.
func (d *Door) edit(ctx context.Context, m bot.Message, channelID string) error {
	text, props := d.words(m, channelID)
	_, r, err := d.client.PatchPost(ctx, m.Remote, &model.PostPatch{Message: &text, Props: (*model.StringInterface)(&props)})
	if err == nil {
		d.own(m.Remote)
		return nil
	}
	if status(r) == http.StatusNotFound {
		return errGone
	}
	d.lost(r, channelID)
	return d.looked("edit a post", r, err)
}

// create posts m.
func (d *Door) create(ctx context.Context, m bot.Message, channelID string) (string, error) {
	text, props := d.words(m, channelID)
	files, text, err := d.files(ctx, m, channelID, text)
	if err != nil {
		return "", err
	}
	p, r, err := d.client.CreatePost(ctx, &model.Post{
		ChannelId: channelID, Message: text, Props: props, FileIds: files, Metadata: urgent(m.Body), PendingPostId: d.messageTag(m),
	})
	if err != nil {
		d.lost(r, channelID)
		problem := d.problem("post", r, err)
		if m.Slot != "" && problem.Class == bot.SendUnknown {
			d.doubt(d.slotTag(m), cmp.Or(m.First, d.Now()))
		}
		return "", problem
	}
	d.own(p.Id)
	d.certain(m)
	return p.Id, nil
}

// lost forgets a channel that would not have us.
func (d *Door) lost(r *model.Response, channelID string) {
	if s := status(r); s == http.StatusForbidden || s == http.StatusNotFound {
		d.places.forget(channelID)
		d.health.problem("De bot mag niet in een kanaal schrijven. Zet de bot in het kanaal, of kijk met: houvast doctor")
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
		d.lost(r, channelID)
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
		d.own(found)
	}
	d.certain(m)
	return found, nil
}

// own remembers that a post is ours.
func (d *Door) own(postID string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.posted) > 20000 {
		clear(d.posted) // what is asked for again is looked up
	}
	d.posted[postID] = true
}

// ours says whether we posted that post: a button of ours on a post of somebody
// else was moved there.
func (d *Door) ours(ctx context.Context, postID, channelID string) (bool, error) {
	d.mu.Lock()
	known := d.posted[postID]
	d.mu.Unlock()
	if known {
		return true, nil
	}
	me, err := d.me(ctx)
	if err != nil {
		return false, err
	}
	p, r, err := d.client.GetPost(ctx, postID, "")
	if s := status(r); s == http.StatusNotFound || s == http.StatusForbidden || s == http.StatusBadRequest {
		return false, nil
	}
	if err != nil {
		return false, d.looked("look at a post", r, err)
	}
	if p.UserId != me || p.ChannelId != channelID {
		return false, nil
	}
	d.own(postID)
	return true, nil
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
