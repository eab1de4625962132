package telegram

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"houvast/bot"
)

// Limits of the Bot API. Texts are counted in UTF-16 code units, the strictest
// reading of "characters".
const (
	maxText    = 4096
	maxCaption = 1024
	maxData    = 64 // bytes
)

// Send delivers m to the chat m.To.Place and returns the id of what was posted. What
// is too long for one message is sent as several; the id is that of the last, which
// has the buttons. Everything it sends is protected against being forwarded or
// saved, except files that somebody asked for to keep, and shows no previews of links.
//
// With m.Remote it rewrites that message instead. A message that cannot be rewritten
// any more is posted anew if it has a slot, and otherwise left as it is.
func (d *Door) Send(ctx context.Context, m bot.Message) (remote string, err error) {
	to, err := strconv.ParseInt(m.To.Place, 10, 64)
	if err != nil {
		return "", refused("send", "the place is not a chat")
	}
	p := post{door: d, api: d.lanes[min(max(m.Lane, 0), bot.LaneScheduled)], chat: to, silent: m.Body.Silent}
	pieces, err := split(m.Body)
	if err != nil {
		return "", err
	}
	id := 0
	// A message that carries the keyboard cannot be rewritten, nor can one be made to.
	if before, err := strconv.Atoi(m.Remote); err == nil && m.Body.Keyboard == nil {
		done, err := p.rewrite(ctx, before, m.Body)
		switch {
		case err != nil:
			return "", err
		case done:
			id = before
		case m.Slot == "":
			return m.Remote, nil
		}
	}
	if id == 0 {
		for _, one := range pieces {
			if id, err = p.send(ctx, one); err != nil {
				return "", err
			}
		}
	}
	if m.Body.Pin && id != 0 {
		p.pin(ctx, id)
	}
	if id == 0 {
		return "", nil
	}
	return strconv.Itoa(id), nil
}

// A piece is what one message of Telegram can hold.
type piece struct {
	text   string
	media  *bot.Media
	file   *bot.File
	markup models.ReplyMarkup
}

// split cuts a body into pieces. The keyboard goes with the first text, the buttons
// with the last: one message cannot have both.
func split(b bot.Body) ([]piece, error) {
	var pieces []piece
	text := strings.TrimSpace(b.Text)
	if b.Media != nil {
		p := piece{media: b.Media}
		if length(text) <= maxCaption && hasCaption(*b.Media) {
			p.text, text = text, ""
		}
		pieces = append(pieces, p)
	}
	buttons, err := inline(b.Buttons)
	if err != nil {
		return nil, err
	}
	keys := keyboard(b.Keyboard)
	if keys != nil && buttons != nil {
		head, tail := part(text)
		pieces = append(pieces, piece{text: head, markup: keys})
		text, keys = tail, nil
	}
	for text != "" {
		var one string
		one, text = chunk(text, maxText)
		pieces = append(pieces, piece{text: one})
	}
	for i := range b.Files {
		pieces = append(pieces, piece{file: &b.Files[i]})
	}
	if len(pieces) == 0 {
		return nil, refused("send", "there is nothing to show")
	}
	last := &pieces[len(pieces)-1]
	switch {
	case buttons != nil:
		last.markup = buttons
	case keys != nil:
		last.markup = keys
	}
	return pieces, nil
}

// part cuts a text in two at its last paragraph, so that there is one message for
// the keyboard and one for the buttons. A text of one paragraph is said twice.
func part(text string) (head, tail string) {
	for _, gap := range []string{"\n\n", "\n"} {
		if i := strings.LastIndex(text, gap); i > 0 {
			return strings.TrimSpace(text[:i]), strings.TrimSpace(text[i:])
		}
	}
	return text, text
}

// chunk cuts what fits in limit off the front of a text, where it reads best.
func chunk(text string, limit int) (front, rest string) {
	end := fit(text, limit)
	if end == len(text) {
		return text, ""
	}
	for _, gap := range []string{"\n\n", "\n", " "} {
		if i := strings.LastIndex(text[:end], gap); i > end/2 {
			end = i
			break
		}
	}
	return strings.TrimSpace(text[:end]), strings.TrimSpace(text[end:])
}

// cut shortens a text to limit UTF-16 code units, with "…" where it ends early.
func cut(text string, limit int) string {
	if end := fit(text, limit); end < len(text) {
		return text[:fit(text, limit-1)] + "…"
	}
	return text
}

// fit returns how many bytes of a text fit in limit UTF-16 code units.
func fit(text string, limit int) int {
	n := 0
	for i, r := range text {
		if n += utf16.RuneLen(r); n > limit {
			return i
		}
	}
	return len(text)
}

func length(text string) int { return len(utf16.Encode([]rune(text))) }

// inline returns the buttons under a message, one a row; nil for none. It leaves out
// a link of a kind that Telegram does not open, such as a telephone number.
func inline(buttons []bot.Button) (models.ReplyMarkup, error) {
	var rows [][]models.InlineKeyboardButton
	for _, b := range buttons {
		button := models.InlineKeyboardButton{Text: b.Label}
		if b.URL != "" {
			u, err := url.Parse(b.URL)
			if err != nil || u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "tg" {
				continue
			}
			button.URL = b.URL
		} else {
			if len(b.Data) == 0 || len(b.Data) > maxData {
				return nil, refused("send", "the data of a button is not 1 to 64 bytes")
			}
			button.CallbackData = b.Data
		}
		rows = append(rows, []models.InlineKeyboardButton{button})
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &models.InlineKeyboardMarkup{InlineKeyboard: rows}, nil
}

// keyboard returns the keyboard that stays; one without keys takes it away, and nil
// leaves it as it is.
func keyboard(rows [][]string) models.ReplyMarkup {
	if rows == nil {
		return nil
	}
	var keys [][]models.KeyboardButton
	for _, row := range rows {
		var r []models.KeyboardButton
		for _, label := range row {
			r = append(r, models.KeyboardButton{Text: label})
		}
		if len(r) > 0 {
			keys = append(keys, r)
		}
	}
	if len(keys) == 0 {
		return &models.ReplyKeyboardRemove{RemoveKeyboard: true}
	}
	return &models.ReplyKeyboardMarkup{Keyboard: keys, IsPersistent: true, ResizeKeyboard: true}
}

// A post is one delivery to one chat.
type post struct {
	door   *Door
	api    *tg.Bot
	chat   int64
	silent bool
}

// send posts one piece and returns its id; 0 if it arrived and the id is not known.
func (p post) send(ctx context.Context, one piece) (int, error) {
	switch {
	case one.media != nil:
		return p.sendMedia(ctx, one)
	case one.file != nil:
		return p.sendFile(ctx, one)
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	sent, err := p.api.SendMessage(ctx, &tg.SendMessageParams{
		ChatID: p.chat, Text: one.text, ReplyMarkup: one.markup,
		ProtectContent: true, DisableNotification: p.silent, LinkPreviewOptions: noPreview(),
	})
	return p.posted("sendMessage", sent, err)
}

func noPreview() *models.LinkPreviewOptions {
	return &models.LinkPreviewOptions{IsDisabled: tg.True()}
}

// posted turns what the library returned into an id or a *[bot.SendError].
func (p post) posted(method string, sent *models.Message, err error) (int, error) {
	switch {
	case err == nil && sent != nil:
		return sent.ID, nil
	case err == nil, says(err, "error decode response result"):
		// Telegram took it, and answered in a way the library does not know.
		return 0, nil
	}
	return 0, p.door.failed(method, err)
}

// rewrite gives the message id the words and buttons of b. It reports false if that
// message cannot be rewritten: it is gone, too old, or never was ours.
func (p post) rewrite(ctx context.Context, id int, b bot.Body) (done bool, err error) {
	buttons, err := inline(b.Buttons)
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	text := strings.TrimSpace(b.Text)
	method := "editMessageText"
	if b.Media == nil {
		_, err = p.api.EditMessageText(ctx, &tg.EditMessageTextParams{
			ChatID: p.chat, MessageID: id, Text: cut(text, maxText), ReplyMarkup: buttons, LinkPreviewOptions: noPreview(),
		})
	}
	if b.Media != nil || err != nil && says(err, "there is no text in the message to edit") {
		method = "editMessageCaption"
		_, err = p.api.EditMessageCaption(ctx, &tg.EditMessageCaptionParams{
			ChatID: p.chat, MessageID: id, Caption: cut(text, maxCaption), ReplyMarkup: buttons,
		})
	}
	switch {
	case err == nil, says(err, "message is not modified", "error decode response result"):
		return true, nil
	case errors.Is(err, tg.ErrorBadRequest) && says(err, "message to edit not found", "message can't be edited",
		"MESSAGE_ID_INVALID", "there is no caption in the message to edit"):
		return false, nil
	}
	return false, p.door.failed(method, err)
}

// pin keeps a message at the top of the chat. A message that is not pinned has still
// arrived, so that nothing is sent again for it.
func (p post) pin(ctx context.Context, id int) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	_, err := p.api.PinChatMessage(ctx, &tg.PinChatMessageParams{ChatID: p.chat, MessageID: id, DisableNotification: true})
	if err != nil {
		p.door.s.Log.Warn("a message was not pinned", "err", fmt.Errorf("pin: %w", p.door.failed("pinChatMessage", err)))
	}
}
