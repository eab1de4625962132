package mattermost

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mattermost/mattermost/server/public/model"

	"houvast/bot"
)

// The paths at which Mattermost calls us.
const (
	pathCommand = "/mattermost/command"
	pathAction  = "/mattermost/action"
	pathDialog  = "/mattermost/dialog"
)

const (
	maxBody     = 64 << 10         // bytes of one callback
	receiveTime = 10 * time.Second // for the host to decide and keep; Mattermost waits 30
)

// What the person at the screen is told when something is not right.
const (
	sayNotKept  = "Dat is nu niet gelukt. Er is niets gedaan. Probeer het over een minuut nog eens."
	sayUnsure   = "Ik weet nog niet of dit gelukt is. Kijk over een minuut op de kaart. Staat het er niet? Doe het dan nog eens."
	sayDead     = "Er ging iets mis. De beheerder krijgt hier bericht van. Bel of spreek je collega als het haast heeft."
	sayForged   = "Deze knop is niet van Houvast. Er is niets gedaan. Weet jij niet hoe dit komt? Meld het bij je coördinator."
	sayNoDialog = "Het formulier ging niet open. Druk nog eens op de knop."
	sayNotOurs  = "Dit formulier is niet van Houvast. Er is niets gedaan. Open het opnieuw met de knop of met /houvast."
	sayExpired  = "Dit formulier stond te lang open. Kopieer je tekst, sluit het en open het opnieuw."
	sayTwice    = "Dit formulier is al verstuurd. Wil je nog iets zeggen? Open het opnieuw."
)

// Handler answers what Mattermost sends: POST to /mattermost/command,
// /mattermost/action and /mattermost/dialog. It always answers within about ten
// seconds. What a person should read comes with status 200, because Mattermost
// hides the words of any other answer; the 4xx are for whoever is not Mattermost.
func (d *Door) Handler() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("POST "+pathCommand, d.command)
	m.HandleFunc("POST "+pathAction, d.action)
	m.HandleFunc("POST "+pathDialog, d.dialog)
	return m
}

// receive hands e to the host, and gives up waiting in time.
func (d *Door) receive(r *http.Request, e bot.Event) (bot.Reply, error) {
	// A client that goes away must not undo what a person did.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), receiveTime)
	e.Door, e.At = bot.Mattermost, d.Now()
	type answer struct {
		reply bot.Reply
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		defer cancel()
		replies, err := d.Receive(ctx, []bot.Event{e})
		if err == nil && len(replies) != 1 {
			err = fmt.Errorf("%d replies to one event", len(replies))
		}
		if err != nil {
			done <- answer{err: err}
			return
		}
		done <- answer{reply: replies[0]}
	}()
	var a answer
	select {
	case a = <-done:
	case <-ctx.Done():
		select {
		case a = <-done: // it was there in time: its own end ends ctx
		default:
			a.err = fmt.Errorf("wait for the host: %w", ctx.Err())
		}
	}
	if a.err != nil {
		d.health.change(func(h *Health) { h.Dropped++ })
		d.Log.Error("an event from mattermost was not kept, as far as is known", "event", e.ID, "err", a.err)
	}
	return a.reply, a.err
}

// notDone is what a person is told about an event that err kept us from handling:
// that nothing was done is said only when it is certain.
func notDone(err error) string {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return sayUnsure
	}
	return sayNotKept
}

// said returns the words for the one who pressed or typed, after a dialog was
// opened if there is one.
func (d *Door) said(r *http.Request, reply bot.Reply, err error, trigger, userID, user, channelID string) string {
	switch {
	case err != nil:
		return notDone(err)
	case reply.Dead:
		return sayDead
	case reply.Dialog == nil:
		return d.private(reply.Text)
	}
	state, err := d.open(*reply.Dialog, userID, user, channelID)
	if err == nil {
		ctx, cancel := context.WithTimeout(r.Context(), answerTime)
		defer cancel()
		var resp *model.Response
		resp, err = d.client.OpenInteractiveDialog(ctx, model.OpenDialogRequest{
			TriggerId: trigger, URL: d.Callback + pathDialog, Dialog: dialog(*reply.Dialog, state),
		})
		if err != nil {
			err = d.looked("open a dialog", resp, err)
		}
	}
	if err != nil {
		d.Log.Error("a dialog was not opened", "form", reply.Dialog.Form, "err", err)
		return strings.TrimSpace(d.private(reply.Text) + "\n" + sayNoDialog)
	}
	return d.private(reply.Text)
}

// private makes words for one person fit to be shown.
func (d *Door) private(text string) string { return short(harmless(text), maxText) }

func (d *Door) command(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		refuseBody(w, err, "the body is not a form")
		return
	}
	if !d.knownCommand(r.Header.Get("Authorization"), r.PostForm.Get("token")) {
		d.forged("a command with a wrong token came in")
		http.Error(w, "the token of this slash command is not known here; set HOUVAST_MATTERMOST_COMMAND_TOKEN", http.StatusUnauthorized)
		return
	}
	f := r.PostForm
	if f.Get("user_name") == "" || f.Get("trigger_id") == "" {
		http.Error(w, "user_name and trigger_id are needed", http.StatusBadRequest)
		return
	}
	reply, err := d.receive(r, bot.Event{
		ID: "command:" + fingerprint(f.Get("trigger_id")), User: f.Get("user_name"), Name: f.Get("user_name"),
		What: bot.Slash{Text: strings.TrimSpace(f.Get("text"))},
	})
	text := d.said(r, reply, err, f.Get("trigger_id"), f.Get("user_id"), f.Get("user_name"), f.Get("channel_id"))
	writeJSON(w, map[string]any{"response_type": model.CommandResponseTypeEphemeral, "text": text, "skip_slack_parsing": true})
}

// knownCommand compares both places where Mattermost puts the token with every
// token that is ours, without telling by time how far it got.
func (d *Door) knownCommand(header, form string) bool {
	known := 0
	for _, t := range strings.Fields(d.CommandToken) {
		ok := subtle.ConstantTimeCompare([]byte(form), []byte(t))
		if header != "" {
			ok &= subtle.ConstantTimeCompare([]byte(header), []byte("Token "+t))
		}
		known |= ok
	}
	return known == 1
}

func (d *Door) action(w http.ResponseWriter, r *http.Request) {
	var in model.PostActionIntegrationRequest
	if !readJSON(w, r, &in) {
		return
	}
	if answer, ok := d.probed(in.Context); ok {
		writeJSON(w, map[string]any{"update": map[string]any{"message": answer}})
		return
	}
	name, subject, ok := d.sign.actionFrom(in.Context, in.ChannelId)
	if !ok {
		d.forged("a button that is not ours was pressed")
		writeJSON(w, privately(sayForged))
		return
	}
	if in.UserName == "" || in.TriggerId == "" || in.PostId == "" {
		http.Error(w, "user_name, trigger_id and post_id are needed", http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerTime)
	defer cancel()
	switch at, err := d.home(ctx, in.PostId); {
	case err != nil:
		d.Log.Error("the post of a button could not be looked at", "err", err)
		writeJSON(w, privately(sayNotKept))
		return
	case at != in.ChannelId:
		d.forged("a button of ours was pressed on a post that is not ours")
		writeJSON(w, privately(sayForged))
		return
	}
	channel := d.places.name(in.ChannelId)
	if channel == "" {
		channel = in.ChannelName
	}
	reply, err := d.receive(r, bot.Event{
		ID: "action:" + fingerprint(in.TriggerId), User: in.UserName, Name: in.UserName, Signal: subject,
		What: bot.Acted{Action: name, Channel: channel, Post: in.PostId},
	})
	writeJSON(w, privately(d.said(r, reply, err, in.TriggerId, in.UserId, in.UserName, in.ChannelId)))
}

// privately is an answer to a press that only the presser sees.
func privately(text string) map[string]any {
	return map[string]any{"ephemeral_text": text, "skip_slack_parsing": true}
}

func (d *Door) dialog(w http.ResponseWriter, r *http.Request) {
	var in model.SubmitDialogRequest
	if !readJSON(w, r, &in) {
		return
	}
	o, err := d.sign.stateFrom(in.State, in.UserId, d.Now())
	switch {
	case errors.Is(err, errExpired):
		writeJSON(w, model.SubmitDialogResponse{Error: sayExpired})
		return
	case err != nil, in.CallbackId != o.Form:
		d.forged("a dialog that is not ours came in")
		writeJSON(w, model.SubmitDialogResponse{Error: sayNotOurs})
		return
	case in.Cancelled:
		writeJSON(w, model.SubmitDialogResponse{})
		return
	}
	fields := answers(in.Submission)
	print := fingerprint(canonical(fields))
	id, fresh := d.attempt(o, print)
	if !fresh {
		writeJSON(w, model.SubmitDialogResponse{Error: sayTwice})
		return
	}
	reply, err := d.receive(r, bot.Event{
		ID: id, User: o.User, Name: o.User, Signal: o.Subject, What: bot.Submitted{Form: o.Form, Fields: fields},
	})
	switch {
	case err != nil:
		writeJSON(w, model.SubmitDialogResponse{Error: notDone(err)})
	case reply.Dead:
		writeJSON(w, model.SubmitDialogResponse{Error: sayDead})
	case len(reply.Errors) > 0:
		d.settle(o, print, false)
		whole := reply.Errors[""]
		byField := maps.Clone(reply.Errors)
		delete(byField, "")
		writeJSON(w, model.SubmitDialogResponse{Error: whole, Errors: byField})
	default:
		d.settle(o, print, true)
		if reply.Text != "" {
			d.tell(r.Context(), o.User, reply.Text)
		}
		writeJSON(w, model.SubmitDialogResponse{})
	}
}

// tell writes to one person alone: an answer to a dialog has no room for words,
// and a bot may not post what only one person sees.
func (d *Door) tell(ctx context.Context, user, text string) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	channelID, err := d.channel(ctx, "@"+user)
	if err == nil {
		var r *model.Response
		_, r, err = d.client.CreatePost(ctx, &model.Post{ChannelId: channelID, Message: d.private(text)})
		if err != nil {
			err = d.looked("post", r, err)
		}
	}
	if err != nil {
		d.Log.Warn("private words were not delivered", "err", err)
	}
}

func (d *Door) forged(what string) {
	d.health.change(func(h *Health) { h.Forged++ })
	d.Log.Warn(what)
}

// answers makes words of what a dialog sends.
func answers(submission map[string]any) map[string]string {
	fields := map[string]string{}
	for name, v := range submission {
		switch v := v.(type) {
		case string:
			fields[name] = v
		case bool:
			fields[name] = fmt.Sprint(v)
		case float64:
			fields[name] = fmt.Sprint(v)
		case nil:
			fields[name] = ""
		}
	}
	return fields
}

func canonical(fields map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		fmt.Fprintf(&b, "%q=%q\n", name, fields[name])
	}
	return b.String()
}

// readJSON fills v from the body, or says what is wrong with it.
func readJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		http.Error(w, "the body must be application/json", http.StatusUnsupportedMediaType)
		return false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err == nil {
		err = json.Unmarshal(body, v)
	}
	if err != nil {
		refuseBody(w, err, "the body is not the JSON that Mattermost sends")
		return false
	}
	return true
}

func refuseBody(w http.ResponseWriter, err error, text string) {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		http.Error(w, fmt.Sprintf("the body is larger than %d bytes", maxBody), http.StatusRequestEntityTooLarge)
		return
	}
	http.Error(w, text, http.StatusBadRequest)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) // who has gone away does not need it
}
