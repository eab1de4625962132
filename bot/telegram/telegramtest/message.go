package telegramtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
)

// A chat is the private chat of one person with the bot.
type chat struct {
	id       int64
	name     string
	language string
	started  bool // the person wrote first; before that the bot cannot
	blocked  bool
	gone     bool // the account was deleted
	messages []*Message
	keyboard *Keyboard
	keeper   int // the message that brought the keyboard
	hidden   bool
	log      []Change
	pace     bucket
	nextID   int
}

// Kinds of message.
const (
	Text      = "text"
	Photo     = "photo"
	Voice     = "voice"
	Sticker   = "sticker"
	Document  = "document"
	Audio     = "audio"
	Video     = "video"
	VideoNote = "video_note"
	Animation = "animation"
)

// A Message is one message in a chat, as the person sees it now.
type Message struct {
	ID       int
	ChatID   int64
	FromBot  bool
	At       time.Time
	EditedAt time.Time // zero if it was never edited
	Kind     string    // Text, Photo, Voice ...; or another field of the Bot API, such as "location"
	Text     string    // the words, or the caption of what is not Text
	FileID   string    // of what is not Text
	FileName string    // of a document; empty if it has none
	Seconds  int       // length of a voice message, audio or video
	Emoji    string    // of a sticker
	Buttons  [][]Button
	ReplyTo  int    // the message it answers; 0 for none
	Forward  string // who wrote it first, if it was forwarded

	Protected bool // cannot be forwarded or saved
	Silent    bool // came without a sound
	Preview   bool // a preview of a link in it is shown
	Pinned    bool
	Deleted   bool

	mime   string
	other  any  // the value of an unusual Kind
	locked bool // was sent with a keyboard, so that it cannot be edited
}

// A Button stands under a message.
type Button struct {
	Label string
	Data  string // what the bot gets when it is pressed
	URL   string // a page that opens instead
}

// A Keyboard stands below the chat. A press on it writes its label.
type Keyboard struct {
	Rows        [][]string
	Persistent  bool // always shown
	Resize      bool // as low as it can be
	OneTime     bool // hidden after a press
	Placeholder string
}

// A Change is one thing that became visible in a chat. A message stands in it as it
// was then.
type Change struct {
	Seq     int64
	At      time.Time
	What    string // "sent", "edited", "deleted", "pinned", "unpinned", "answered" (a tap)
	Message Message
	Tap     Tap // for "answered"
}

// A Tap is one press on an inline button.
type Tap struct {
	ID         string
	ChatID     int64
	MessageID  int
	Label      string
	Data       string
	At         time.Time
	AnsweredAt time.Time // zero while the button still shows its clock
	Text       string    // the toast; empty for none
	Alert      bool      // the toast has to be closed by hand
}

func (c *chat) add(s *Server, m Message) *Message {
	c.nextID++
	m.ID, m.ChatID, m.At = c.nextID, c.id, s.now()
	c.messages = append(c.messages, &m)
	c.note(s, "sent", &m)
	return &m
}

func (c *chat) note(s *Server, what string, m *Message) {
	c.log = append(c.log, Change{Seq: s.nextSerial(), At: s.now(), What: what, Message: m.copy()})
}

// find returns the message if it exists and was not deleted.
func (c *chat) find(id int) *Message {
	i, ok := slices.BinarySearchFunc(c.messages, id, func(m *Message, id int) int { return m.ID - id })
	if !ok || c.messages[i].Deleted {
		return nil
	}
	return c.messages[i]
}

func (m *Message) copy() Message {
	c := *m
	c.Buttons = nil
	for _, row := range m.Buttons {
		c.Buttons = append(c.Buttons, slices.Clone(row))
	}
	return c
}

// Length returns how long Telegram counts a text: in UTF-16 code units, in which
// most emoji count for two.
func Length(text string) int {
	return len(utf16.Encode([]rune(text)))
}

func (s *Server) botUser() object {
	id, _, _ := strings.Cut(s.token, ":")
	n, _ := strconv.ParseInt(id, 10, 64)
	return object{"id": n, "is_bot": true, "first_name": s.profile.Name, "username": s.username}
}

func (s *Server) me() object {
	me := s.botUser()
	me["can_join_groups"] = false
	me["can_read_all_group_messages"] = false
	me["supports_inline_queries"] = false
	return me
}

func (c *chat) user() object {
	return object{"id": c.id, "is_bot": false, "first_name": c.name, "language_code": c.language}
}

func (c *chat) object() object {
	return object{"id": c.id, "first_name": c.name, "type": "private"}
}

// object returns a message as the Bot API writes it.
func (s *Server) object(c *chat, m *Message) object {
	o := object{"message_id": m.ID, "from": c.user(), "chat": c.object(), "date": m.At.Unix()}
	if m.FromBot {
		o["from"] = s.botUser()
	}
	if !m.EditedAt.IsZero() {
		o["edit_date"] = m.EditedAt.Unix()
	}
	if m.Protected {
		o["has_protected_content"] = true
	}
	if m.Forward != "" {
		o["forward_origin"] = object{"type": "hidden_user", "sender_user_name": m.Forward, "date": m.At.Unix()}
	}
	if original := c.find(m.ReplyTo); original != nil {
		short := *original
		short.ReplyTo = 0
		o["reply_to_message"] = s.object(c, &short)
	}
	if len(m.Buttons) > 0 {
		o["reply_markup"] = object{"inline_keyboard": inlineRows(m.Buttons)}
	}
	if m.Kind == Text {
		o["text"] = m.Text
		if commands := commandEntities(m.Text); len(commands) > 0 {
			o["entities"] = commands
		}
		return o
	}
	if m.Text != "" {
		o["caption"] = m.Text
		if commands := commandEntities(m.Text); len(commands) > 0 {
			o["caption_entities"] = commands
		}
	}
	o[m.Kind] = s.media(m)
	return o
}

func inlineRows(rows [][]Button) [][]object {
	var out [][]object
	for _, row := range rows {
		var r []object
		for _, b := range row {
			o := object{"text": b.Label}
			if b.URL != "" {
				o["url"] = b.URL
			} else {
				o["callback_data"] = b.Data
			}
			r = append(r, o)
		}
		out = append(out, r)
	}
	return out
}

// media returns the file of a message as the Bot API describes it.
func (s *Server) media(m *Message) any {
	f := s.files[m.FileID]
	if f == nil {
		return m.other
	}
	o := object{"file_id": f.id, "file_unique_id": f.unique, "file_size": len(f.bytes)}
	put := func(name string, value any) {
		if value != "" {
			o[name] = value
		}
	}
	switch m.Kind {
	case Photo:
		o["width"], o["height"] = 1280, 960
		small := object{"file_id": f.id + "s", "file_unique_id": f.unique + "s", "file_size": min(len(f.bytes), 1500), "width": 90, "height": 67}
		return []object{small, o}
	case Voice:
		o["duration"] = m.Seconds
		o["mime_type"] = "audio/ogg"
	case Sticker:
		o["type"], o["width"], o["height"], o["is_animated"], o["is_video"] = "regular", 512, 512, false, false
		put("emoji", m.Emoji)
	case Document:
		put("file_name", m.FileName)
		put("mime_type", m.mime)
	case Audio:
		o["duration"] = m.Seconds
		put("file_name", m.FileName)
		put("mime_type", m.mime)
	case Video, Animation:
		o["duration"], o["width"], o["height"] = m.Seconds, 640, 480
		put("file_name", m.FileName)
		put("mime_type", m.mime)
	case VideoNote:
		o["duration"], o["length"] = m.Seconds, 240
	}
	return o
}

// commandEntities marks the commands in a text, counted in UTF-16 code units.
func commandEntities(text string) []object {
	var found []object
	units, before := 0, ' '
	for i, r := range text {
		if r == '/' && unicode.IsSpace(before) {
			word := strings.Fields(text[i:])[0]
			if isCommand(word[1:]) {
				found = append(found, object{"type": "bot_command", "offset": units, "length": Length(word)})
			}
		}
		before = r
		units += Length(string(r))
	}
	return found
}

func isCommand(name string) bool {
	name, _, _ = strings.Cut(name, "@")
	for _, r := range name {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
			return false
		}
	}
	return len(name) > 0 && len(name) <= 32
}

// String returns the message as one line of a story: who, what, and the buttons.
func (m Message) String() string {
	var line strings.Builder
	if m.Kind != Text {
		fmt.Fprintf(&line, "(%s", m.Kind)
		if m.Seconds > 0 {
			fmt.Fprintf(&line, " %ds", m.Seconds)
		}
		line.WriteString(") ")
	}
	if m.Forward != "" {
		fmt.Fprintf(&line, "(forwarded from %s) ", m.Forward)
	}
	line.WriteString(m.Text + m.Emoji)
	for _, row := range m.Buttons {
		for _, b := range row {
			fmt.Fprintf(&line, " [%s]", b.Label)
		}
	}
	return strings.TrimSpace(line.String())
}
