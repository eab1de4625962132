package telegramtest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
)

// A Person is somebody with a phone. What a phone does not allow returns an error.
type Person struct {
	s    *Server
	chat *chat
}

// Person returns the person whose private chat has this id, who comes into being
// when first asked for. The bot cannot write to them before they wrote to it.
func (s *Server) Person(chatID int64, firstName string) *Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[chatID]
	if c == nil {
		c = &chat{id: chatID, name: firstName, language: "nl"}
		s.chats[chatID] = c
		s.notify()
	}
	return &Person{s: s, chat: c}
}

// People returns the chat ids of everybody so far, lowest first.
func (s *Server) People() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []int64
	for id := range s.chats {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Speaks sets the language of the person's app, for instance "ar".
func (p *Person) Speaks(language string) { p.s.change(func() { p.chat.language = language }) }

// Start presses Start, or opens a link t.me/houvast_bot?start=PAYLOAD; without a
// payload it is empty. Whoever had blocked the bot unblocks it by that.
func (p *Person) Start(payload string) error {
	if payload != "" && !regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`).MatchString(payload) {
		return fmt.Errorf("a link cannot carry %q", payload)
	}
	if p.Screen().Blocked {
		if err := p.Unblock(); err != nil {
			return err
		}
	}
	return p.Write(strings.TrimSpace("/start " + payload))
}

// Write sends a text. The app cuts one that is too long for a message into several.
func (p *Person) Write(text string) error {
	text = strings.TrimSpace(text)
	if text == "" {
		return fmt.Errorf("there is nothing to send")
	}
	units := utf16.Encode([]rune(text))
	return p.act(func() error {
		for len(units) > 0 {
			n := min(maxText, len(units))
			if n < len(units) && utf16.IsSurrogate(rune(units[n-1])) && units[n-1] < 0xDC00 {
				n-- // a pair stays together
			}
			p.say(Message{Kind: Text, Text: string(utf16.Decode(units[:n]))})
			units = units[n:]
		}
		return nil
	})
}

// Reply sends a text as an answer to one message.
func (p *Person) Reply(messageID int, text string) error {
	return p.act(func() error {
		if p.chat.find(messageID) == nil {
			return fmt.Errorf("there is no message %d to reply to", messageID)
		}
		p.say(Message{Kind: Text, Text: text, ReplyTo: messageID})
		return nil
	})
}

// Forward sends on a text that somebody else wrote.
func (p *Person) Forward(text, from string) error {
	return p.act(func() error {
		p.say(Message{Kind: Text, Text: text, Forward: from})
		return nil
	})
}

// Photo sends a photo, with a caption or none.
func (p *Person) Photo(caption string, content []byte) error {
	return p.Send(Media{Kind: Photo, Caption: caption, Bytes: content})
}

// Voice sends a voice message of so many seconds.
func (p *Person) Voice(seconds int, content []byte) error {
	return p.Send(Media{Kind: Voice, Seconds: seconds, Bytes: content})
}

// Sticker sends the sticker that stands for an emoji.
func (p *Person) Sticker(emoji string) error {
	return p.Send(Media{Kind: Sticker, Emoji: emoji, Bytes: []byte("RIFF....WEBP")})
}

// Media is anything with a file.
type Media struct {
	Kind    string // Photo, Voice, Sticker, Document, Audio, Video, VideoNote or Animation
	Caption string
	Name    string // of a document
	MIME    string
	Seconds int
	Emoji   string
	Forward string // who sent it first; empty if this person did
	Bytes   []byte
}

// Send sends anything with a file.
func (p *Person) Send(m Media) error {
	if Length(m.Caption) > maxCaption {
		return fmt.Errorf("a caption cannot be that long")
	}
	return p.act(func() error {
		f := p.s.keepFile(m.Kind, m.Bytes)
		f.seconds = m.Seconds
		p.say(Message{
			Kind: m.Kind, Text: m.Caption, FileID: f.id, Seconds: m.Seconds, Emoji: m.Emoji,
			Forward: m.Forward, FileName: m.Name, mime: m.MIME,
		})
		return nil
	})
}

// SendOther sends what has no file: kind is a field of the Bot API's Message, such
// as "location", and value what the Bot API puts there.
func (p *Person) SendOther(kind string, value any) error {
	return p.act(func() error {
		p.say(Message{Kind: kind, other: value})
		return nil
	})
}

// Edit rewrites one of the person's own messages, or its caption.
func (p *Person) Edit(messageID int, text string) error {
	return p.act(func() error {
		m := p.chat.find(messageID)
		if m == nil || m.FromBot {
			return fmt.Errorf("there is no own message %d to edit", messageID)
		}
		if m.Text == text {
			return nil
		}
		m.Text, m.EditedAt = text, p.s.now()
		p.chat.note(p.s, "edited", m)
		p.s.push("edited_message", p.s.object(p.chat, m))
		return nil
	})
}

// EditLast rewrites the person's newest message.
func (p *Person) EditLast(text string) error {
	for _, m := range slices.Backward(p.Screen().Messages) {
		if !m.FromBot {
			return p.Edit(m.ID, text)
		}
	}
	return fmt.Errorf("there is no own message to edit")
}

// Press presses the newest inline button with this label, or else the button of
// the keyboard with this label, which writes it. A button that opens a page sends
// nothing.
func (p *Person) Press(label string) error {
	return p.act(func() error {
		for _, m := range slices.Backward(p.chat.messages) {
			if !m.Deleted && p.tap(m, label) {
				return nil
			}
		}
		if k := p.chat.keyboard; k != nil && !p.chat.hidden {
			for _, row := range k.Rows {
				if slices.Contains(row, label) {
					p.chat.hidden = k.OneTime
					p.say(Message{Kind: Text, Text: label})
					return nil
				}
			}
		}
		return fmt.Errorf("no button %q; there are %s", label, strings.Join(p.buttons(), " "))
	})
}

// PressOld presses a button under one message, as it stands there now.
func (p *Person) PressOld(messageID int, label string) error {
	return p.act(func() error {
		m := p.chat.find(messageID)
		if m == nil || !p.tap(m, label) {
			return fmt.Errorf("no button %q under message %d", label, messageID)
		}
		return nil
	})
}

// PressStale presses a button that is no longer there, as a phone can that did not
// hear of the change yet. The data is given by the test: the bot must not trust it.
// The message may have been deleted; then the bot gets it without its content.
func (p *Person) PressStale(messageID int, label, data string) error {
	return p.act(func() error {
		for _, m := range p.chat.messages {
			if m.ID == messageID {
				p.query(m, Button{Label: label, Data: data})
				return nil
			}
		}
		return fmt.Errorf("there never was a message %d", messageID)
	})
}

// Block blocks the bot: nothing it sends arrives any more.
func (p *Person) Block() error {
	return p.act(func() error {
		p.chat.blocked = true
		p.member("member", "kicked")
		return nil
	})
}

// Unblock lets the bot write again.
func (p *Person) Unblock() error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if !p.chat.blocked || p.chat.gone {
		return fmt.Errorf("%s has not blocked the bot", p.chat.name)
	}
	p.chat.blocked = false
	p.member("kicked", "member")
	p.s.notify()
	return nil
}

// DeleteAccount ends the person's Telegram account. The bot is told nothing.
func (p *Person) DeleteAccount() { p.s.change(func() { p.chat.gone = true }) }

// act does something in the chat, if a phone would let it happen.
func (p *Person) act(f func() error) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	switch {
	case p.chat.gone:
		return fmt.Errorf("%s has no account any more", p.chat.name)
	case p.chat.blocked:
		return fmt.Errorf("%s has blocked the bot", p.chat.name)
	}
	if err := f(); err != nil {
		return fmt.Errorf("%s: %w", p.chat.name, err)
	}
	p.s.notify()
	return nil
}

// say puts a message of the person in the chat and before the bot.
func (p *Person) say(m Message) {
	p.chat.started = true
	p.s.push("message", p.s.object(p.chat, p.chat.add(p.s, m)))
}

// tap presses the button under m, if there is one.
func (p *Person) tap(m *Message, label string) bool {
	for _, row := range m.Buttons {
		for _, b := range row {
			if b.Label == label {
				if b.URL == "" {
					p.query(m, b)
				}
				return true
			}
		}
	}
	return false
}

func (p *Person) query(m *Message, b Button) {
	s := p.s
	t := &Tap{
		ID: fmt.Sprint(4_382_000_000_000_000 + s.nextSerial()), ChatID: p.chat.id, MessageID: m.ID,
		Label: b.Label, Data: b.Data, At: s.now(),
	}
	s.taps = append(s.taps, t)
	message := s.object(p.chat, m)
	if m.Deleted {
		message = object{"message_id": m.ID, "chat": p.chat.object(), "date": 0}
	}
	s.push("callback_query", object{
		"id": t.ID, "from": p.chat.user(), "message": message, "data": b.Data,
		"chat_instance": fmt.Sprint(p.chat.id * 7919),
	})
}

func (p *Person) member(was, is string) {
	state := func(status string) object {
		o := object{"user": p.s.botUser(), "status": status}
		if status == "kicked" {
			o["until_date"] = 0
		}
		return o
	}
	p.s.push("my_chat_member", object{
		"chat": p.chat.object(), "from": p.chat.user(), "date": p.s.now().Unix(),
		"old_chat_member": state(was), "new_chat_member": state(is),
	})
}

// buttons returns every label the person can press, as [Label].
func (p *Person) buttons() []string {
	var labels []string
	for _, m := range p.chat.messages {
		for _, row := range m.Buttons {
			for _, b := range row {
				if !m.Deleted {
					labels = append(labels, "["+b.Label+"]")
				}
			}
		}
	}
	if k := p.chat.keyboard; k != nil && !p.chat.hidden {
		for _, row := range k.Rows {
			for _, label := range row {
				labels = append(labels, "["+label+"]")
			}
		}
	}
	return labels
}
