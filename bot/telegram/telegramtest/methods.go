package telegramtest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits of the Bot API.
const (
	maxText        = 4096             // UTF-16 code units in a message
	maxCaption     = 1024             // UTF-16 code units in a caption
	maxData        = 64               // bytes in the data of a button
	maxToast       = 200              // characters in the answer to a tap
	maxButtons     = 100              // inline buttons under one message
	maxPlaceholder = 64               // characters in the input field
	deleteLimit    = 48 * time.Hour   // an older message stays
	tapAnswer      = 15 * time.Second // a later answer to a tap is refused; seen in practice, not documented
)

// chatOf returns the chat a request is for, if the bot may act there at all.
func (s *Server) chatOf(c *call) (*chat, *refusal) {
	given := c.params["chat_id"]
	if given == "" {
		return nil, badRequest("chat_id is empty")
	}
	id, err := strconv.ParseInt(given, 10, 64)
	found := s.chats[id]
	if err != nil || found == nil || !found.started {
		return nil, badRequest("chat not found")
	}
	return found, nil
}

// reachable refuses to send to whoever cannot be reached, or too fast.
func (s *Server) reachable(c *chat) *refusal {
	if c.gone {
		return forbidden("user is deactivated")
	}
	if c.blocked {
		return forbidden("bot was blocked by the user")
	}
	return s.pace(c)
}

func plain(c *call) *refusal {
	if c.params["parse_mode"] != "" {
		// Not the real server's answer: this fake knows no formatting, and says so.
		return badRequest("unsupported parse_mode")
	}
	return nil
}

func (s *Server) sendMessage(c *call) (any, *refusal) {
	text := strings.TrimSpace(c.params["text"])
	if text == "" {
		return nil, badRequest("message text is empty")
	}
	if Length(text) > maxText {
		return nil, badRequest("message is too long")
	}
	preview := strings.Contains(text, "http") && !c.bool("disable_web_page_preview")
	var options struct {
		Disabled bool `json:"is_disabled"`
	}
	if raw := c.params["link_preview_options"]; raw != "" {
		if json.Unmarshal([]byte(raw), &options) != nil {
			return nil, badRequest("can't parse link preview options")
		}
		preview = preview && !options.Disabled
	}
	return s.send(c, Message{Kind: Text, Text: text, Preview: preview})
}

func (s *Server) sendMedia(c *call) (any, *refusal) {
	kind := strings.ToLower(strings.TrimPrefix(strings.ToLower(c.method), "send"))
	if kind == "videonote" {
		kind = VideoNote
	}
	m := Message{Kind: kind, Text: strings.TrimSpace(c.params["caption"]), Seconds: c.int("duration", 0, 0, 1<<30)}
	if Length(m.Text) > maxCaption {
		return nil, badRequest("message caption is too long")
	}
	if kind == Sticker {
		m.Text, m.Emoji = "", c.params["emoji"]
	}
	up, uploaded := c.files[kind]
	given := c.params[kind]
	if name, ok := strings.CutPrefix(given, "attach://"); ok {
		up, uploaded = c.files[name]
	}
	switch {
	case uploaded && len(up.Bytes) == 0:
		return nil, badRequest("file must be non-empty")
	case uploaded && kind == Photo && len(up.Bytes) > 10<<20, uploaded && len(up.Bytes) > 50<<20:
		return nil, &refusal{Code: 413, Description: "Request Entity Too Large"}
	case uploaded:
		m.FileName = up.Name
		m.FileID = s.keepFile(kind, up.Bytes).id
	case given == "":
		return nil, badRequest("there is no %s in the request", kind)
	default:
		f := s.files[given]
		if f == nil {
			return nil, badRequest("wrong file identifier/HTTP URL specified")
		}
		if f.kind != kind {
			return nil, badRequest("can't use file of type %s as %s", f.kind, kind)
		}
		m.FileID = f.id
		m.Seconds = max(m.Seconds, f.seconds)
	}
	s.files[m.FileID].seconds = m.Seconds
	return s.send(c, m)
}

// send puts a message of the bot in a chat.
func (s *Server) send(c *call, m Message) (any, *refusal) {
	to, refused := s.chatOf(c)
	if refused != nil {
		return nil, refused
	}
	if refused := plain(c); refused != nil {
		return nil, refused
	}
	mk, refused := parseMarkup(c.params["reply_markup"])
	if refused != nil {
		return nil, refused
	}
	if raw := c.params["reply_parameters"]; raw != "" {
		var reply struct {
			MessageID int  `json:"message_id"`
			Loose     bool `json:"allow_sending_without_reply"`
		}
		if json.Unmarshal([]byte(raw), &reply) != nil {
			return nil, badRequest("can't parse reply parameters JSON object")
		}
		if to.find(reply.MessageID) != nil {
			m.ReplyTo = reply.MessageID
		} else if !reply.Loose {
			return nil, badRequest("message to be replied not found")
		}
	}
	if refused := s.reachable(to); refused != nil {
		return nil, refused
	}
	m.FromBot = true
	m.Protected = c.bool("protect_content")
	m.Silent = c.bool("disable_notification")
	m.Buttons = mk.inline
	m.locked = mk.keyboard != nil || mk.remove || mk.forceReply
	sent := to.add(s, m)
	switch {
	case mk.keyboard != nil:
		to.keyboard, to.keeper, to.hidden = mk.keyboard, sent.ID, false
	case mk.remove:
		to.keyboard, to.keeper = nil, 0
	}
	return s.object(to, sent), nil
}

func (s *Server) sendChatAction(c *call) (any, *refusal) {
	to, refused := s.chatOf(c)
	if refused != nil {
		return nil, refused
	}
	if to.blocked {
		return nil, forbidden("bot was blocked by the user")
	}
	if c.params["action"] == "" {
		return nil, badRequest("wrong parameter action in request")
	}
	return true, nil
}

// editable returns the bot's own message that a request wants to change.
func (s *Server) editable(c *call) (*chat, *Message, *refusal) {
	in, refused := s.chatOf(c)
	if refused != nil {
		return nil, nil, refused
	}
	m := in.find(c.int("message_id", 0, 0, 1<<31-1))
	if m == nil {
		return nil, nil, badRequest("message to edit not found")
	}
	if !m.FromBot || m.locked {
		return nil, nil, badRequest("message can't be edited")
	}
	return in, m, plain(c)
}

// rewrite gives a message new words and buttons.
func (s *Server) rewrite(c *call, in *chat, m *Message, text string) (any, *refusal) {
	mk, refused := parseMarkup(c.params["reply_markup"])
	if refused != nil {
		return nil, refused
	}
	if mk.keyboard != nil || mk.remove || mk.forceReply {
		return nil, badRequest("inline keyboard expected")
	}
	if m.Text == text && slices.EqualFunc(m.Buttons, mk.inline, slices.Equal) {
		return nil, badRequest("message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
	}
	if in.gone {
		return nil, forbidden("user is deactivated")
	}
	if refused := s.pace(in); refused != nil {
		return nil, refused
	}
	if m.Text != text {
		m.EditedAt = s.now()
	}
	m.Text, m.Buttons = text, mk.inline
	in.note(s, "edited", m)
	return s.object(in, m), nil
}

func (s *Server) editText(c *call) (any, *refusal) {
	in, m, refused := s.editable(c)
	if refused != nil {
		return nil, refused
	}
	text := strings.TrimSpace(c.params["text"])
	switch {
	case text == "":
		return nil, badRequest("message text is empty")
	case Length(text) > maxText:
		return nil, badRequest("message is too long")
	case m.Kind != Text:
		return nil, badRequest("there is no text in the message to edit")
	}
	return s.rewrite(c, in, m, text)
}

func (s *Server) editCaption(c *call) (any, *refusal) {
	in, m, refused := s.editable(c)
	if refused != nil {
		return nil, refused
	}
	caption := strings.TrimSpace(c.params["caption"])
	switch {
	case Length(caption) > maxCaption:
		return nil, badRequest("message caption is too long")
	case m.Kind == Text || m.Kind == Sticker:
		return nil, badRequest("there is no caption in the message to edit")
	}
	return s.rewrite(c, in, m, caption)
}

func (s *Server) editMarkup(c *call) (any, *refusal) {
	in, m, refused := s.editable(c)
	if refused != nil {
		return nil, refused
	}
	return s.rewrite(c, in, m, m.Text)
}

func (s *Server) deleteMessages(c *call) (any, *refusal) {
	in, refused := s.chatOf(c)
	if refused != nil {
		return nil, refused
	}
	many := strings.EqualFold(c.method, "deleteMessages")
	ids := []int{c.int("message_id", 0, 0, 1<<31-1)}
	if many && (json.Unmarshal([]byte(c.params["message_ids"]), &ids) != nil || len(ids) == 0 || len(ids) > 100) {
		return nil, badRequest("message identifiers are not specified")
	}
	for _, id := range ids {
		m := in.find(id)
		switch {
		case m == nil && many:
			continue // the real server skips what it does not find
		case m == nil:
			return nil, badRequest("message to delete not found")
		case s.now().Sub(m.At) >= deleteLimit:
			return nil, badRequest("message can't be deleted for everyone")
		}
		m.Deleted, m.Pinned = true, false
		if in.keeper == id { // the keyboard goes with the message that brought it
			in.keyboard, in.keeper = nil, 0
		}
		in.note(s, "deleted", m)
	}
	return true, nil
}

func (s *Server) pin(c *call) (any, *refusal) {
	in, refused := s.chatOf(c)
	if refused != nil {
		return nil, refused
	}
	m := in.find(c.int("message_id", 0, 0, 1<<31-1))
	if m == nil {
		return nil, badRequest("message to pin not found")
	}
	if in.blocked {
		return nil, forbidden("bot was blocked by the user")
	}
	if !m.Pinned {
		m.Pinned = true
		in.note(s, "pinned", m)
	}
	return true, nil
}

func (s *Server) unpin(c *call) (any, *refusal) {
	in, refused := s.chatOf(c)
	if refused != nil {
		return nil, refused
	}
	all := strings.EqualFold(c.method, "unpinAllChatMessages")
	id := c.int("message_id", 0, 0, 1<<31-1)
	for _, m := range slices.Backward(in.messages) {
		if m.Pinned && (all || id == 0 || m.ID == id) {
			m.Pinned = false
			in.note(s, "unpinned", m)
			if !all {
				return true, nil
			}
		}
	}
	if !all {
		return nil, badRequest("message to unpin not found")
	}
	return true, nil
}

func (s *Server) answerTap(c *call) (any, *refusal) {
	if len([]rune(c.params["text"])) > maxToast {
		return nil, badRequest("MESSAGE_TOO_LONG")
	}
	for _, t := range slices.Backward(s.taps) {
		if t.ID != c.params["callback_query_id"] {
			continue
		}
		if !t.AnsweredAt.IsZero() || s.now().Sub(t.At) > tapAnswer {
			break
		}
		t.AnsweredAt, t.Text, t.Alert = s.now(), c.params["text"], c.bool("show_alert")
		in := s.chats[t.ChatID]
		in.log = append(in.log, Change{Seq: s.nextSerial(), At: s.now(), What: "answered", Tap: *t})
		return true, nil
	}
	return nil, badRequest("query is too old and response timeout expired or query ID is invalid")
}

func (s *Server) getChat(c *call) (any, *refusal) {
	in, refused := s.chatOf(c)
	if refused != nil {
		return nil, refused
	}
	return in.object(), nil
}
