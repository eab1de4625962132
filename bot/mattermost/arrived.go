package mattermost

import (
	"context"
	"net/http"
	"time"
)

// Arrived looks whether a post of ours with exactly this text stands in a channel
// since a moment, as Mattermost itself tells it, and returns when it was made by
// Mattermost's clock; the zero time if it is not there. A post that was found is
// taken away: it was there to be found.
func (d *Door) Arrived(ctx context.Context, channel, text string, since time.Time) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	me, err := d.me(ctx)
	if err != nil {
		return time.Time{}, err
	}
	id, err := d.channel(ctx, channel)
	if err != nil {
		return time.Time{}, err
	}
	// Our clock and the server's may differ.
	list, r, err := d.client.GetPostsSince(ctx, id, since.Add(-10*time.Minute).UnixMilli(), false)
	if err != nil {
		d.lost(r, channel, id)
		return time.Time{}, d.looked("look for a post", r, err)
	}
	for _, p := range list.ToSlice() {
		if p.UserId != me || p.DeleteAt != 0 || p.Message != harmless(text) {
			continue
		}
		d.health.answered(d.Now())
		if r, err := d.client.DeletePost(ctx, p.Id); err != nil && status(r) != http.StatusNotFound {
			d.Log.Warn("a sign of life still stands in its channel", "err", d.looked("delete a post", r, err))
		}
		d.disown(p.Id)
		return time.UnixMilli(p.CreateAt), nil
	}
	return time.Time{}, nil
}
