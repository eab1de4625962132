package mattermost

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/mattermost/mattermost/server/public/model"

	"houvast/bot"
)

// maxFile is the largest file that is carried over, in bytes. Telegram gives a
// bot nothing above 20 MB.
const maxFile = 25 << 20

// Fetch opens the file of a reference that came in by this door. It implements
// [bot.Door].
func (d *Door) Fetch(ctx context.Context, ref string) (io.ReadCloser, error) {
	if !model.IsValidId(ref) {
		return nil, &bot.SendError{Class: bot.SendRefused, Err: errors.New("fetch a file: not a reference of this door")}
	}
	resp, err := d.request(ctx, http.MethodGet, "/files/"+ref, nil)
	if err != nil {
		return nil, sure(d.problem("fetch a file", nil, err))
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		if resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusForbidden {
			return nil, &bot.SendError{Class: bot.SendRefused, Err: fmt.Errorf("fetch a file: mattermost answered %d", resp.StatusCode)}
		}
		return nil, sure(d.problem("fetch a file", model.BuildResponse(resp), errors.New("refused")))
	}
	return resp.Body, nil
}

// request is for what the client library cannot stream.
func (d *Door) request(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, d.client.APIURL+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+d.Token)
	if body != nil {
		r.Header.Set("Content-Type", "application/octet-stream")
	}
	return d.client.HTTPClient.Do(r)
}

// upload streams a file beside a channel and returns its id. Doing so twice
// leaves a file on no post, which nobody sees.
func (d *Door) upload(ctx context.Context, channelID, name string, content io.Reader) (string, error) {
	q := url.Values{"channel_id": {channelID}, "filename": {name}}
	limited := &io.LimitedReader{R: content, N: maxFile + 1}
	resp, err := d.request(ctx, http.MethodPost, "/files?"+q.Encode(), io.NopCloser(limited))
	if limited.N <= 0 {
		if err == nil {
			resp.Body.Close()
		}
		return "", &bot.SendError{Class: bot.SendRefused, Err: errors.New("upload a file: too large")}
	}
	if err != nil {
		return "", sure(d.problem("upload a file", nil, err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		return "", sure(d.problem("upload a file", model.BuildResponse(resp), model.AppErrorFromJSON(io.LimitReader(resp.Body, 1<<16))))
	}
	var up model.FileUploadResponse
	if err := json.NewDecoder(resp.Body).Decode(&up); err != nil || len(up.FileInfos) != 1 {
		return "", &bot.SendError{Class: bot.SendRetry, Err: errors.New("upload a file: not the answer that was expected")}
	}
	return up.FileInfos[0].Id, nil
}

// fileTries is how often a file of another door is asked for before the words go
// without it.
const fileTries = 3

// files uploads what belongs to m and returns the ids, and the text to post with
// them. Words never wait for a file that cannot be had.
func (d *Door) files(ctx context.Context, m bot.Message, channelID, text string) ([]string, string, error) {
	var ids []string
	if m.Body.Invite != nil {
		pictures, err := invitePictures(*m.Body.Invite, d.Zone)
		if err != nil {
			return nil, "", &bot.SendError{Class: bot.SendRefused, Err: fmt.Errorf("draw an invitation: %w", err)}
		}
		for _, p := range pictures {
			id, err := d.upload(ctx, channelID, p.name, p.content())
			if err != nil {
				return nil, "", err
			}
			ids = append(ids, id)
		}
	}
	if m.Body.Media != nil {
		id, err := d.carry(ctx, *m.Body.Media, channelID)
		var said *bot.SendError
		switch hopeless := errors.As(err, &said) && said.Class == bot.SendRefused; {
		case err == nil:
			ids = append(ids, id)
		case hopeless || m.Attempts >= fileTries:
			text = short(text+"\n(Hier hoort een bestand bij. Het kon niet worden opgehaald.)", maxText)
		default:
			return nil, "", sure(err)
		}
	}
	return ids, text, nil
}

// carry streams a file from the door it came in by to Mattermost.
func (d *Door) carry(ctx context.Context, m bot.Media, channelID string) (string, error) {
	fetch := func(ctx context.Context, _, ref string) (io.ReadCloser, error) { return d.Fetch(ctx, ref) }
	if m.Door != bot.Mattermost {
		if d.Settings.Fetch == nil {
			return "", &bot.SendError{Class: bot.SendRefused, Err: errors.New("fetch a file: no way to the other door")}
		}
		fetch = d.Settings.Fetch
	}
	content, err := fetch(ctx, m.Door, m.Ref)
	if err != nil {
		var said *bot.SendError
		if errors.As(err, &said) {
			return "", err
		}
		return "", &bot.SendError{Class: bot.SendRetry, Err: errors.New("fetch a file: the other door did not give it")}
	}
	defer content.Close()
	return d.upload(ctx, channelID, cmp.Or(m.Name, fileNames[m.Kind], "bestand"), content)
}

var fileNames = map[string]string{"voice": "spraakbericht.ogg", "photo": "foto.jpg", "sticker": "sticker.webp", "video": "video.mp4"}
