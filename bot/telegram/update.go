package telegram

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"houvast/bot"
)

// An update is what the door reads of what Telegram sends. What it does not need it
// does not name, so that a new kind of anything cannot make a message unreadable.
type update struct {
	Message *message `json:"message"`
	Edited  *message `json:"edited_message"`
	Tap     *tap     `json:"callback_query"`
	Member  *member  `json:"my_chat_member"`
}

type message struct {
	ID       int64  `json:"message_id"`
	Date     int64  `json:"date"`
	EditDate int64  `json:"edit_date"`
	Chat     chat   `json:"chat"`
	From     *user  `json:"from"`
	Text     string `json:"text"`
	Caption  string `json:"caption"`

	Forward json.RawMessage `json:"forward_origin"`

	Animation *file  `json:"animation"`
	Audio     *file  `json:"audio"`
	Document  *file  `json:"document"`
	Photo     []file `json:"photo"`
	Sticker   *file  `json:"sticker"`
	Video     *file  `json:"video"`
	VideoNote *file  `json:"video_note"`
	Voice     *file  `json:"voice"`
}

type chat struct {
	ID   int64  `json:"id"`
	Type string `json:"type"`
}

type user struct {
	ID        int64  `json:"id"`
	FirstName string `json:"first_name"`
}

type file struct {
	ID       string `json:"file_id"`
	Name     string `json:"file_name"`
	Duration int    `json:"duration"`
}

type tap struct {
	ID      string  `json:"id"`
	From    user    `json:"from"`
	Message *tapped `json:"message"`
	Data    string  `json:"data"`
}

// tapped is the message under which a button was pressed; its content may be gone.
type tapped struct {
	ID   int64 `json:"message_id"`
	Chat chat  `json:"chat"`
}

type member struct {
	Date int64 `json:"date"`
	Chat chat  `json:"chat"`
	From user  `json:"from"`
	New  struct {
		Status string `json:"status"`
	} `json:"new_chat_member"`
}

// updateKinds are the kinds of update the door asks Telegram for.
func updateKinds() []string {
	return []string{"message", "edited_message", "callback_query", "my_chat_member"}
}

// What one update came to.
type read struct {
	id    int64      // update_id
	known bool       // there is an update_id
	event *bot.Event // nil: nothing that concerns anybody
	tap   string     // the tap to answer; empty: none
}

// readUpdate reads one update that came in at now. It never fails: what cannot be
// read becomes an [bot.Unread], with the chat it came from where that can be told.
func readUpdate(raw json.RawMessage, now time.Time, commands map[string]bool) read {
	var head struct {
		ID *int64 `json:"update_id"`
	}
	var r read
	id := fmt.Sprintf("telegram:?%x", sha256.Sum256(raw))
	if err := json.Unmarshal(raw, &head); err == nil && head.ID != nil {
		r.id, r.known = *head.ID, true
		id = "telegram:" + strconv.FormatInt(r.id, 10)
	}
	e := bot.Event{ID: id, Door: bot.Telegram, At: now}
	unread := func(why string) read {
		e.Chat = chatOf(raw)
		e.What = bot.Unread{Raw: slices.Clone(raw), Why: why}
		r.event, r.tap = &e, ""
		return r
	}
	if !r.known {
		return unread("no update_id")
	}
	var u update
	if err := json.Unmarshal(raw, &u); err != nil {
		return unread(why(err))
	}
	var from chat
	switch {
	case u.Message != nil:
		from = u.Message.Chat
		u.Message.fill(&e, raw, false, commands)
	case u.Edited != nil:
		from = u.Edited.Chat
		u.Edited.fill(&e, raw, true, commands)
	case u.Tap != nil:
		if u.Tap.Message == nil || u.Tap.ID == "" || u.Tap.From.ID == 0 {
			return unread("a tap on nothing")
		}
		from = u.Tap.Message.Chat
		r.tap = u.Tap.ID
		e.Name = u.Tap.From.FirstName
		e.What = bot.Pressed{Data: u.Tap.Data, Message: strconv.FormatInt(u.Tap.Message.ID, 10)}
	case u.Member != nil:
		from = u.Member.Chat
		e.At = moment(u.Member.Date, now)
		e.Name = u.Member.From.FirstName
		switch u.Member.New.Status {
		case "kicked", "left":
			e.What = bot.Blocked{}
		case "":
			return unread("no status")
		default:
			e.What = bot.Blocked{Undone: true}
		}
	default:
		return r // a kind that nobody asked for
	}
	if from.ID == 0 || from.Type == "" {
		return unread("no chat")
	}
	if e.What == nil || from.Type != "private" {
		return r // a house talks with one person at a time; in a group it says nothing
	}
	e.Chat = strconv.FormatInt(from.ID, 10)
	r.event = &e
	return r
}

// fill reads what a person sent into e. It leaves e.What nil if nobody sent anything.
func (m *message) fill(e *bot.Event, raw json.RawMessage, edited bool, commands map[string]bool) {
	e.At = moment(m.Date, e.At)
	if edited {
		e.At = moment(m.EditDate, e.At)
	}
	if m.From != nil {
		e.Name = m.From.FirstName
	}
	id := strconv.FormatInt(m.ID, 10)
	forwarded := len(m.Forward) > 0
	if m.Text != "" {
		if name, code, ok := command(m.Text, commands); ok && !edited && !forwarded {
			if name == "start" {
				e.Code, e.What = code, bot.Started{}
			} else {
				e.What = bot.Commanded{Name: name}
			}
			return
		}
		e.What = bot.Wrote{Text: bot.Text(m.Text), Edited: edited, Forwarded: forwarded, Message: id}
		return
	}
	media, ok := m.media()
	if !ok && m.Caption == "" && (edited || isService(raw)) {
		return // a location that moves, or what the app itself put in the chat
	}
	e.What = bot.Sent{Media: media, Caption: bot.Text(m.Caption), Edited: edited, Forwarded: forwarded, Message: id}
}

// media returns the file of a message, by reference. What has no file, or a kind
// nobody knows, is of kind "other" and has no reference.
func (m *message) media() (bot.Media, bool) {
	of := func(kind, field string, f *file) (bot.Media, bool) {
		return bot.Media{Door: bot.Telegram, Ref: field + ":" + f.ID, Kind: kind, Name: f.Name, Seconds: f.Duration}, true
	}
	switch {
	case m.Voice != nil:
		return of("voice", "voice", m.Voice)
	case len(m.Photo) > 0:
		return of("photo", "photo", &m.Photo[len(m.Photo)-1]) // the largest comes last
	case m.Sticker != nil:
		return of("sticker", "sticker", m.Sticker)
	case m.Video != nil:
		return of("video", "video", m.Video)
	case m.VideoNote != nil:
		return of("video", "video_note", m.VideoNote)
	case m.Animation != nil: // before Document: an animation is sent as both
		return of("video", "animation", m.Animation)
	case m.Audio != nil:
		return of("document", "audio", m.Audio)
	case m.Document != nil:
		return of("document", "document", m.Document)
	}
	return bot.Media{Door: bot.Telegram, Kind: "other"}, false
}

// isService reports whether a message is a note of the app itself.
func isService(raw json.RawMessage) bool {
	var u struct {
		Message map[string]json.RawMessage `json:"message"`
	}
	if json.Unmarshal(raw, &u) != nil {
		return false
	}
	for _, field := range []string{
		"pinned_message", "message_auto_delete_timer_changed", "chat_background_set", "connected_website",
		"write_access_allowed", "proximity_alert_triggered", "users_shared", "chat_shared", "boost_added",
		"new_chat_title", "new_chat_photo", "delete_chat_photo", "new_chat_members", "left_chat_member",
		"group_chat_created", "successful_payment", "refunded_payment",
	} {
		if _, ok := u.Message[field]; ok {
			return true
		}
	}
	return false
}

var (
	commandWord = regexp.MustCompile(`^/([A-Za-z0-9_]{1,32})(@[A-Za-z0-9_]+)?$`)
	payload     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// command reads a text that is a command and nothing else: "/stop", "/stop@bot", or
// "/start" with the payload of a link. With other words behind it, or with a name
// nobody knows, it is a text like any other, in which danger is looked for.
func command(text string, commands map[string]bool) (name, code string, ok bool) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return "", "", false
	}
	found := commandWord.FindStringSubmatch(words[0])
	if found == nil {
		return "", "", false
	}
	name = strings.ToLower(found[1])
	switch {
	case !commands[name]:
		return "", "", false
	case len(words) == 1:
		return name, "", true
	case name == "start" && len(words) == 2 && payload.MatchString(words[1]):
		return name, words[1], true
	}
	return "", "", false
}

// moment is a time of Telegram, in seconds since 1970; otherwise if there is none.
func moment(seconds int64, otherwise time.Time) time.Time {
	if seconds <= 0 {
		return otherwise
	}
	return time.Unix(seconds, 0).UTC()
}

// chatOf looks for the private chat in an update that could not be read.
func chatOf(raw json.RawMessage) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return ""
	}
	for _, kind := range updateKinds() {
		var inside struct {
			Chat    json.RawMessage `json:"chat"`
			Message json.RawMessage `json:"message"`
		}
		if json.Unmarshal(fields[kind], &inside) != nil {
			continue
		}
		var tapped struct {
			Chat json.RawMessage `json:"chat"`
		}
		if json.Unmarshal(inside.Message, &tapped) == nil {
			inside.Chat = tapped.Chat
		}
		var c chat
		if json.Unmarshal(inside.Chat, &c) == nil && c.ID != 0 && c.Type == "private" {
			return strconv.FormatInt(c.ID, 10)
		}
	}
	return ""
}

// why says what is wrong with an update, without anything that stood in it.
func why(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Sprintf("%s is not a %s", kind.Field, kind.Type.Kind())
	}
	return "not JSON"
}
