// Package mattermost is the door for professionals: cards with buttons in
// private channels, dialogs, the slash command, and files both ways.
//
// What comes in is proven before it is believed. Mattermost signs nothing: any
// member may post a button that points here, and a dialog's answer is put
// together on the sender's own machine. So every button and every dialog carries
// a signature of ours, and nothing happens without it.
//
// A card is always built anew from what the host says. It is never read back and
// changed, because a read has lost what makes its buttons work.
package mattermost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/mattermost/mattermost/server/public/model"

	"houvast/bot"
)

// Settings are what a Door needs to know.
type Settings struct {
	URL          string         // of the Mattermost server
	Token        string         // of our bot account
	Team         string         // name of the team, as in addresses
	CommandToken string         // of the slash command; several, one a line, if there are several
	Callback     string         // the address at which Mattermost reaches us, without path
	Key          []byte         // 32 bytes or more that sign buttons and dialogs; own, and kept over restarts
	Zone         *time.Location // of dates on a printed card

	// Receive hands events to the host; one reply for each. An error means that
	// they were not kept.
	Receive func(ctx context.Context, events []bot.Event) ([]bot.Reply, error)
	// Fetch opens a file of another door.
	Fetch func(ctx context.Context, door, ref string) (io.ReadCloser, error)

	Now    bot.Clock
	Random io.Reader // chance, for dialogs; read from several goroutines
	Log    *slog.Logger

	// Dial connects to the Mattermost server; nil is the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// A Door is the way to one Mattermost team. Its methods are safe to use from
// several goroutines.
type Door struct {
	Settings
	client    *model.Client4
	transport *http.Transport
	sign      signer
	health    health
	places    places

	mu        sync.Mutex
	posted    map[string]string    // the channel of posts that are ours for sure
	uncertain map[string]time.Time // slots with a post that may or may not stand there
	forms     map[string]form      // dialogs that came in, by nonce
}

// How long Mattermost may take for one answer.
const (
	answerTime = 15 * time.Second
	fileTime   = 2 * time.Minute
)

// New returns the door. Its error names every setting that is missing or wrong.
func New(s Settings) (*Door, error) {
	var wrong []error
	address := func(name, value string) {
		if u, err := url.Parse(value); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			wrong = append(wrong, fmt.Errorf("%s must be an address that begins with http:// or https://", name))
		}
	}
	address("the Mattermost URL", s.URL)
	address("the callback URL", s.Callback)
	for name, missing := range map[string]bool{
		"the Mattermost token is missing":          s.Token == "",
		"the Mattermost team is missing":           s.Team == "",
		"the slash command's token is missing":     strings.TrimSpace(s.CommandToken) == "",
		"the signing key is shorter than 32 bytes": len(s.Key) < 32,
		"the door has nobody to hand events to":    s.Receive == nil || s.Now == nil || s.Random == nil,
	} {
		if missing {
			wrong = append(wrong, errors.New(name))
		}
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	if s.Zone == nil {
		s.Zone = time.UTC
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	s.URL, s.Callback = strings.TrimRight(s.URL, "/"), strings.TrimRight(s.Callback, "/")
	var proxy func(*http.Request) (*url.URL, error)
	if s.Dial == nil {
		proxy = http.ProxyFromEnvironment
		s.Dial = (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	}
	d := &Door{
		Settings: s,
		client:   model.NewAPIv4Client(s.URL),
		transport: &http.Transport{
			DialContext: s.Dial, MaxIdleConnsPerHost: 8, IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second,
			ForceAttemptHTTP2: true, Proxy: proxy,
		},
		sign:      signer(s.Key),
		posted:    map[string]string{},
		uncertain: map[string]time.Time{},
		forms:     map[string]form{},
	}
	d.client.HTTPClient = &http.Client{Transport: d.transport}
	d.client.SetToken(s.Token)
	return d, nil
}

// Close lets go of idle connections. End [Door.Listen] by its context first.
func (d *Door) Close() { d.transport.CloseIdleConnections() }

// me returns our own user id.
func (d *Door) me(ctx context.Context) (string, error) {
	if id := d.places.me(); id != "" {
		return id, nil
	}
	u, r, err := d.client.GetMe(ctx, "")
	if err != nil {
		return "", d.problem("ask who we are", r, err)
	}
	d.places.setMe(u.Id)
	return u.Id, nil
}
