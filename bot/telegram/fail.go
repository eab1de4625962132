package telegram

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	tg "github.com/go-telegram/bot"

	"houvast/bot"
)

// A client carries the library's requests. It keeps what the library drops: whether
// a request that got no answer had left the house, and the status of an answer that
// is a page of HTML.
type client struct{ line *http.Client }

// A lineError is a request without an answer.
type lineError struct {
	left bool // the request, or part of it, had gone out
	err  error
}

func (e *lineError) Error() string {
	if e.left {
		return "no answer"
	}
	return "not connected"
}
func (e *lineError) Unwrap() error { return e.err }

// A statusError is an answer that is not the Bot API's own.
type statusError struct{ status int }

func (e *statusError) Error() string { return fmt.Sprintf("answered %d", e.status) }

// maxAnswer is how much of an answer is read, in bytes. A batch of updates is far
// below it.
const maxAnswer = 32 << 20

func (c *client) Do(req *http.Request) (*http.Response, error) {
	var left atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaders: func() { left.Store(true) }}
	resp, err := c.line.Do(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err != nil {
		return nil, &lineError{left: left.Load(), err: err}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	_ = resp.Body.Close() // it was read to the end, or failed below
	if err != nil {
		return nil, &lineError{left: true, err: err}
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if resp.StatusCode >= 500 || kind != "application/json" {
		return nil, &statusError{status: resp.StatusCode}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// failed says what became of a request. What it returns holds no words of anybody,
// no id and no token.
func (d *Door) failed(method string, err error) *bot.SendError {
	class, after := classify(err)
	return &bot.SendError{Class: class, After: after, Err: fmt.Errorf("telegram: %s: %s", method, reason(err))}
}

func refused(method, why string) *bot.SendError {
	return &bot.SendError{Class: bot.SendRefused, Err: fmt.Errorf("telegram: %s: %s", method, why)}
}

// classify decides what an error of the library means for a message.
func classify(err error) (class bot.SendClass, after time.Duration) {
	var line *lineError
	var status *statusError
	var slow *tg.TooManyRequestsError
	var moved *tg.MigrateError
	switch {
	case errors.As(err, &line):
		if line.left {
			return bot.SendUnknown, 0
		}
		return bot.SendRetry, 0
	case errors.As(err, &status):
		switch {
		case status.status == http.StatusGatewayTimeout:
			return bot.SendUnknown, 0 // what stood behind the gateway may have done it
		case status.status >= 500, status.status == http.StatusRequestTimeout:
			return bot.SendRetry, 0
		case status.status == http.StatusTooManyRequests:
			return bot.SendSlow, time.Second
		case status.status >= 400:
			return bot.SendRefused, 0
		}
		return bot.SendUnknown, 0
	case errors.As(err, &slow):
		return bot.SendSlow, time.Duration(max(1, slow.RetryAfter)) * time.Second
	case errors.As(err, &moved):
		return bot.SendRefused, 0
	case errors.Is(err, tg.ErrorForbidden):
		return bot.SendBlocked, 0
	case errors.Is(err, tg.ErrorBadRequest):
		if says(err, "chat not found", "user not found", "deactivated", "PEER_ID_INVALID") {
			return bot.SendBlocked, 0
		}
		return bot.SendRefused, 0
	case errors.Is(err, tg.ErrorUnauthorized), errors.Is(err, tg.ErrorNotFound):
		return bot.SendForbidden, 0 // Telegram answers 404 to a token that has the wrong form
	case errors.Is(err, tg.ErrorConflict):
		return bot.SendRetry, 0
	case says(err, "error build request form"):
		return bot.SendRetry, 0 // a file could not be read; nothing went out
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return bot.SendUnknown, 0
	}
	return bot.SendUnknown, 0
}

// says reports whether Telegram's description holds one of these.
func says(err error, any ...string) bool {
	for _, s := range any {
		if strings.Contains(err.Error(), s) {
			return true
		}
	}
	return false
}

var digits = regexp.MustCompile(`[0-9]{4,}`)

// reason is what an error says, without what it quotes.
func reason(err error) string {
	var line *lineError
	var status *statusError
	var slow *tg.TooManyRequestsError
	switch {
	case errors.As(err, &line):
		return line.Error()
	case errors.As(err, &status):
		return status.Error()
	case errors.As(err, &slow):
		return fmt.Sprintf("too fast, wait %d s", slow.RetryAfter)
	case errors.Is(err, tg.ErrorForbidden), errors.Is(err, tg.ErrorBadRequest), errors.Is(err, tg.ErrorUnauthorized),
		errors.Is(err, tg.ErrorNotFound), errors.Is(err, tg.ErrorConflict):
		// Descriptions are Telegram's own words. What they quote of ours stands in
		// quotation marks, and ids are long numbers.
		text, _, _ := strings.Cut(err.Error(), `"`)
		text, _, _ = strings.Cut(text, ` '`)
		text = digits.ReplaceAllString(text, "#")
		return text[:min(len(text), 120)]
	}
	return "unreadable answer"
}

// redact takes the address, which holds the token, out of an error of net/http.
func redact(err error, token Token) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return errors.New(strings.ReplaceAll(err.Error(), string(token), "[token]"))
}
