package mattermosttest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxAnswer is how much of a callback's answer is read.
const maxAnswer = 1 << 20

func integrationError(why string) *Error {
	e := refuse(http.StatusBadRequest, "api.post.do_action.action_integration.app_error", "Action integration error.")
	e.Detail = why
	return e
}

// callback posts to the bot and returns its answer. Anything but 200 is an
// integration error. The caller does not hold mu.
func (s *Server) callback(ctx context.Context, to, kind string, body []byte, header http.Header) (*http.Response, []byte, *Error) {
	s.mu.Lock()
	blocked := s.blocked
	s.mu.Unlock()
	if blocked {
		return nil, nil, integrationError("address forbidden, you may need to set AllowedUntrustedInternalConnections")
	}
	// The caller may go away; Close must not.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, nil, integrationError(err.Error())
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "Mattermost-Bot/1.1")
	for k, v := range header {
		r.Header[k] = v
	}
	resp, err := s.outside.Do(r)
	if err != nil {
		return nil, nil, integrationError(err.Error())
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, nil, integrationError(err.Error())
	}
	return resp, answer, nil
}

// trigger makes a trigger id for u: good for 30 seconds, more than once, and
// for whoever holds it. The caller holds mu.
func (s *Server) trigger(u *user) string {
	text := s.id() + ":" + u.ID + ":" + strconv.FormatInt(s.millis(), 10) + ":"
	return base64.StdEncoding.EncodeToString([]byte(text + sign(text)))
}

// triggered returns whom a trigger id is for.
func (s *Server) triggered(id string) (*user, *Error) {
	bad := func(why string) (*user, *Error) {
		return nil, refuse(http.StatusBadRequest, "interactive_message.decode_trigger_id."+why, "The trigger ID does not work.")
	}
	text, err := base64.StdEncoding.DecodeString(id)
	if err != nil {
		return bad("base64_decode_failed")
	}
	cut := strings.LastIndex(string(text), ":") + 1
	parts := strings.Split(string(text), ":")
	if len(parts) != 4 {
		return bad("missing_data")
	}
	if sign(string(text[:cut])) != string(text[cut:]) {
		return bad("verify_signature_failed")
	}
	at, _ := strconv.ParseInt(parts[2], 10, 64)
	if s.now().Sub(time.UnixMilli(at)) > triggerLife {
		return bad("expired")
	}
	return s.users[parts[1]], nil
}

// press carries out a button or menu for u.
func (s *Server) press(ctx context.Context, u *user, postID, actionID, selected string) (string, *Error) {
	s.mu.Lock()
	p := s.posts[postID]
	if p == nil || p.DeleteAt != 0 {
		s.mu.Unlock()
		return "", notFound("post")
	}
	c := s.channels[p.ChannelID]
	if !c.readableBy(u) {
		s.mu.Unlock()
		return "", notAllowed()
	}
	a := findAction(p.Props, actionID)
	if a == nil || !plain(actionID) {
		s.mu.Unlock()
		return "", refuse(http.StatusNotFound, "api.post.do_action.action_id.app_error", "Invalid action id.")
	}
	in := a.Integration.Context
	if a.Type == "select" {
		in = with(in, "selected_option", selected)
	}
	trigger := s.trigger(u)
	body := map[string]any{
		"user_id": u.ID, "user_name": u.Username, "channel_id": c.ID, "channel_name": c.Name, "team_id": c.TeamID,
		"team_domain": s.domain(c.TeamID), "post_id": p.ID, "trigger_id": trigger, "type": a.Type,
		"data_source": a.DataSource, "context": in,
	}
	to := a.Integration.URL
	s.mu.Unlock()

	text, err := json.Marshal(body)
	if err != nil {
		return "", integrationError(err.Error())
	}
	resp, answer, problem := s.callback(ctx, to, "application/json", text, nil)
	if problem != nil {
		return "", problem
	}
	if resp.StatusCode != http.StatusOK {
		return "", integrationError("status " + resp.Status)
	}
	var said struct {
		Update *struct {
			Message string         `json:"message"`
			Props   map[string]any `json:"props"`
		} `json:"update"`
		EphemeralText string `json:"ephemeral_text"`
	}
	if len(answer) > 0 && json.Unmarshal(answer, &said) != nil {
		return "", integrationError("the answer is not JSON")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if said.Update != nil {
		ch := postChange{Message: &said.Update.Message}
		if said.Update.Props != nil { // nil keeps, {} clears
			ch.Props = &said.Update.Props
		}
		if _, problem := s.changePost(s.users[p.UserID], p.ID, ch); problem != nil {
			return "", problem
		}
	}
	if said.EphemeralText != "" {
		s.whisper(u, c, p, Private{Text: said.EphemeralText})
	}
	return trigger, nil
}

// plain says whether a route of the real server would match this action id.
func plain(id string) bool {
	for _, r := range id {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9') {
			return false
		}
	}
	return id != ""
}

func (s *Server) domain(teamID string) string {
	if t := s.teams[teamID]; t != nil {
		return t.Name
	}
	return ""
}

// whisper shows text to u alone. It stands nowhere; who is away has missed it.
func (s *Server) whisper(u *user, c *channel, on *post, p Private) {
	p.At, p.Channel = s.now().UTC(), c.Name
	root := ""
	if on != nil {
		p.Post = on.ID
		root = on.RootID
		if root == "" {
			root = on.ID
		}
	}
	s.private[u.ID] = append(s.private[u.ID], p)
	text, _ := json.Marshal(post{ID: s.id(), CreateAt: s.millis(), UpdateAt: s.millis(), UserID: u.ID, ChannelID: c.ID,
		RootID: root, Message: p.Text, Type: "system_ephemeral"})
	s.broadcast("ephemeral_message", map[string]any{"post": string(text)}, audience{user: u})
}

func (s *Server) openDialog(in openDialog) *Error {
	u, problem := s.triggered(in.TriggerID)
	if problem != nil {
		return problem
	}
	if in.URL == "" {
		return badBody()
	}
	if why := in.Dialog.tooLong(); why != "" {
		e := badBody()
		e.Detail = why
		return e
	}
	d := in.Dialog
	d.url = in.URL
	s.dialogs[u.ID] = append(s.dialogs[u.ID], &d)
	text, _ := json.Marshal(in)
	s.broadcast("open_dialog", map[string]any{"dialog": string(text)}, audience{user: u})
	return nil
}

type openDialog struct {
	TriggerID string `json:"trigger_id"`
	URL       string `json:"url"`
	Dialog    Dialog `json:"dialog"`
}

// A submission is what a client sends when somebody presses the button of a
// dialog. All of it comes from the client; only user_id is overwritten.
type submission struct {
	Type       string         `json:"type"`
	URL        string         `json:"url,omitempty"`
	CallbackID string         `json:"callback_id"`
	State      string         `json:"state"`
	UserID     string         `json:"user_id"`
	ChannelID  string         `json:"channel_id"`
	TeamID     string         `json:"team_id"`
	Submission map[string]any `json:"submission"`
	Cancelled  bool           `json:"cancelled"`
}

type submitAnswer struct {
	Error  string            `json:"error,omitempty"`
	Errors map[string]string `json:"errors,omitempty"`
}

func (s *Server) submit(ctx context.Context, u *user, in submission) (submitAnswer, *Error) {
	var said submitAnswer
	s.mu.Lock()
	c := s.channels[in.ChannelID]
	tm := s.teams[in.TeamID]
	allowed := c != nil && c.readableBy(u) && tm != nil && tm.members[u.ID] != nil
	s.mu.Unlock()
	if in.URL == "" {
		return said, badBody()
	}
	if !allowed {
		return said, notAllowed()
	}
	to := in.URL
	in.URL, in.UserID, in.Type = "", u.ID, "dialog_submission"
	if in.Cancelled {
		in.Type = "dialog_cancellation"
	}
	text, err := json.Marshal(in)
	if err != nil {
		return said, badBody()
	}
	resp, answer, problem := s.callback(ctx, to, "application/json", text, nil)
	if problem != nil {
		return said, problem
	}
	if resp.StatusCode != http.StatusOK {
		return said, integrationError("status " + resp.Status)
	}
	if len(answer) > 0 && json.Unmarshal(answer, &said) != nil {
		return said, integrationError("the answer is not JSON")
	}
	return said, nil
}

type executed struct {
	ResponseType string           `json:"response_type"`
	Text         string           `json:"text"`
	Attachments  []map[string]any `json:"attachments,omitempty"`
	Props        map[string]any   `json:"props,omitempty"`
	TriggerID    string           `json:"trigger_id"`
	GotoLocation string           `json:"goto_location"`
}

// execute carries out a slash command, "/houvast uitnodigen", for u.
func (s *Server) execute(ctx context.Context, u *user, channelID, line, rootID string) (executed, *Error) {
	var said executed
	word, rest, _ := strings.Cut(strings.TrimPrefix(line, "/"), " ")
	s.mu.Lock()
	c := s.channels[channelID]
	if c == nil || c.members[u.ID] == nil {
		s.mu.Unlock()
		return said, notAllowed()
	}
	var cmd *command
	for _, k := range s.commands {
		if k.Trigger == word && k.DeleteAt == 0 && (c.TeamID == "" || k.TeamID == c.TeamID) {
			cmd = k
		}
	}
	if cmd == nil {
		s.mu.Unlock()
		return said, refuse(http.StatusNotFound, "api.command.execute_command.not_found.app_error",
			fmt.Sprintf("Command with a trigger of '/%s' not found.", word))
	}
	trigger := s.trigger(u)
	form := url.Values{
		"token": {cmd.Token}, "team_id": {cmd.TeamID}, "team_domain": {s.domain(cmd.TeamID)}, "channel_id": {c.ID},
		"channel_name": {c.Name}, "user_id": {u.ID}, "user_name": {u.Username}, "command": {"/" + word},
		"text": {strings.TrimSpace(rest)}, "trigger_id": {trigger}, "root_id": {rootID},
		"response_url": {s.url + "/hooks/commands/" + s.id()},
	}
	s.mu.Unlock()

	header := http.Header{"Authorization": {"Token " + cmd.Token}}
	resp, answer, problem := s.callback(ctx, cmd.URL, "application/x-www-form-urlencoded", []byte(form.Encode()), header)
	if problem != nil || resp.StatusCode != http.StatusOK {
		e := refuse(http.StatusInternalServerError, "api.command.execute_command.failed.app_error",
			fmt.Sprintf("Command with a trigger of '%s' failed.", word))
		if problem != nil {
			e.Detail = problem.Detail
		}
		return said, e
	}
	if kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) == "application/json" {
		if json.Unmarshal(answer, &said) != nil {
			return said, refuse(http.StatusInternalServerError, "api.command.execute_command.failed.app_error", "The answer is not JSON.")
		}
	} else {
		said.Text = string(answer)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	props := said.Props
	if len(said.Attachments) > 0 {
		props = with(props, "attachments", said.Attachments)
	}
	switch {
	case said.Text == "" && len(said.Attachments) == 0:
	case said.ResponseType == "in_channel":
		in := post{ChannelID: c.ID, RootID: rootID, Message: said.Text, Props: with(props, "from_webhook", "true")}
		if _, problem := s.createPost(u, in); problem != nil {
			return said, problem
		}
	default:
		s.whisper(u, c, nil, Private{Text: said.Text, Cards: cards(s.nameActions(props))})
	}
	said.TriggerID = trigger
	return said, nil
}
