package mattermost

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/mattermost/mattermost/server/public/model"

	"houvast/bot"
)

// problem says what an answer of Mattermost, or none, means for what we did. Its
// words hold no address, id, token or text.
func (d *Door) problem(doing string, r *model.Response, err error) *bot.SendError {
	status, header := 0, http.Header{}
	if r != nil {
		status, header = r.StatusCode, r.Header
	}
	class, after := classify(status, header, err)
	switch {
	case status == http.StatusUnauthorized:
		d.health.problem("Mattermost herkent de bot niet meer. Maak een nieuw token en zet het in HOUVAST_MATTERMOST_TOKEN.")
	case status == 0 || status >= 500:
		d.health.problem("Mattermost antwoordt niet goed. De bot blijft het proberen.")
	}
	return &bot.SendError{Class: class, After: after, Err: fmt.Errorf("%s: %w", doing, plainly(status, err))}
}

// placeWait is how long a channel that cannot be used is left alone.
const placeWait = 15 * time.Second

// classify tells the outcome of a request that makes something.
func classify(status int, header http.Header, err error) (bot.SendClass, time.Duration) {
	switch {
	case status == http.StatusUnauthorized:
		return bot.SendForbidden, 0
	case status == http.StatusTooManyRequests:
		return bot.SendSlow, retryAfter(header)
	case status == http.StatusForbidden, status == http.StatusNotFound:
		// A coordinator who adds the bot to the channel makes it right; nothing
		// that waits may be lost until then. Mattermost itself is well.
		return bot.SendRetry, placeWait
	case status >= 500 && status != http.StatusNotImplemented:
		return bot.SendUnknown, 0
	case status >= 400:
		return bot.SendRefused, 0
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return bot.SendRetry, 0
	}
	return bot.SendUnknown, 0
}

// retryAfter returns how long Mattermost asks us to wait, at least a second.
func retryAfter(h http.Header) time.Duration {
	for _, name := range []string{"Retry-After", "X-RateLimit-Reset"} {
		if n, err := strconv.Atoi(h.Get(name)); err == nil && n > 0 {
			return min(time.Duration(n)*time.Second, 5*time.Minute)
		}
	}
	return time.Second
}

// plainly says what went wrong without anything secret: a request's address
// holds ids, and an answer may repeat what we said.
func plainly(status int, err error) error {
	var app *model.AppError
	var sent *url.Error
	switch {
	case status != 0 && errors.As(err, &app) && len(app.Id) < 100:
		return fmt.Errorf("mattermost answered %d (%s)", status, app.Id)
	case status >= 300:
		return fmt.Errorf("mattermost answered %d", status)
	case status != 0:
		return fmt.Errorf("mattermost answered %d, and not in JSON", status)
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.As(err, &sent):
		return sent.Err
	}
	return errors.New("no answer from mattermost")
}

// sure makes an unknown outcome one that may be tried again: what was done
// changes nothing when it is done twice.
func sure(err error) error {
	var e *bot.SendError
	if errors.As(err, &e) && e.Class == bot.SendUnknown {
		return &bot.SendError{Class: bot.SendRetry, After: e.After, Err: e.Err}
	}
	return err
}

// status returns the HTTP status of an answer, 0 if there was none.
func status(r *model.Response) int {
	if r == nil {
		return 0
	}
	return r.StatusCode
}
