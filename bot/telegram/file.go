package telegram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"houvast/bot"
)

// A reference is Telegram's kind of file and its file_id: "voice:AwACAg...". The
// file_id is for this bot alone, and holds for good.

func parseRef(ref string) (kind, id string, ok bool) {
	kind, id, ok = strings.Cut(ref, ":")
	return kind, id, ok && id != ""
}

// fieldOf returns which kind of file m is to Telegram.
func fieldOf(m bot.Media) string {
	if m.Door == bot.Telegram {
		if kind, _, ok := parseRef(m.Ref); ok {
			return kind
		}
	}
	switch m.Kind {
	case "voice", "photo", "sticker", "video":
		return m.Kind
	}
	return "document"
}

func hasCaption(m bot.Media) bool {
	field := fieldOf(m)
	return field != "sticker" && field != "video_note"
}

// sendMedia posts a file that Telegram has, or one that another door has.
func (p post) sendMedia(ctx context.Context, one piece) (int, error) {
	m := *one.media
	field := fieldOf(m)
	var content models.InputFile
	if m.Door == bot.Telegram {
		_, id, ok := parseRef(m.Ref)
		if !ok {
			return 0, refused("send", "the reference of a file is empty")
		}
		content = &models.InputFileString{Data: id}
	} else {
		if p.door.s.Fetch == nil {
			return 0, refused("send", "no other door has files")
		}
		stream, err := p.door.s.Fetch(ctx, m)
		if err != nil {
			var said *bot.SendError
			if errors.As(err, &said) {
				return 0, said
			}
			return 0, &bot.SendError{Class: bot.SendRetry, Err: errors.New("telegram: the file could not be fetched")}
		}
		defer stream.Close()
		name := m.Name
		if name == "" {
			name = field
		}
		content = &models.InputFileUpload{Filename: name, Data: stream}
	}
	ctx, cancel := context.WithTimeout(ctx, 3*callTime)
	defer cancel()
	var sent *models.Message
	var err error
	method := "send " + field
	switch field {
	case "voice":
		sent, err = p.api.SendVoice(ctx, &tg.SendVoiceParams{ChatID: p.chat, Voice: content, Caption: one.text, Duration: m.Seconds, ReplyMarkup: one.markup, ProtectContent: true, DisableNotification: p.silent})
	case "photo":
		sent, err = p.api.SendPhoto(ctx, &tg.SendPhotoParams{ChatID: p.chat, Photo: content, Caption: one.text, ReplyMarkup: one.markup, ProtectContent: true, DisableNotification: p.silent})
	case "sticker":
		sent, err = p.api.SendSticker(ctx, &tg.SendStickerParams{ChatID: p.chat, Sticker: content, ReplyMarkup: one.markup, ProtectContent: true, DisableNotification: p.silent})
	case "video":
		sent, err = p.api.SendVideo(ctx, &tg.SendVideoParams{ChatID: p.chat, Video: content, Caption: one.text, ReplyMarkup: one.markup, ProtectContent: true, DisableNotification: p.silent})
	case "video_note":
		sent, err = p.api.SendVideoNote(ctx, &tg.SendVideoNoteParams{ChatID: p.chat, VideoNote: content, ReplyMarkup: one.markup, ProtectContent: true, DisableNotification: p.silent})
	case "animation":
		sent, err = p.api.SendAnimation(ctx, &tg.SendAnimationParams{ChatID: p.chat, Animation: content, Caption: one.text, ReplyMarkup: one.markup, ProtectContent: true, DisableNotification: p.silent})
	case "audio":
		sent, err = p.api.SendAudio(ctx, &tg.SendAudioParams{ChatID: p.chat, Audio: content, Caption: one.text, ReplyMarkup: one.markup, ProtectContent: true, DisableNotification: p.silent})
	default:
		sent, err = p.api.SendDocument(ctx, &tg.SendDocumentParams{ChatID: p.chat, Document: content, Caption: one.text, ReplyMarkup: one.markup, ProtectContent: true, DisableNotification: p.silent})
	}
	return p.posted(method, sent, err)
}

// sendFile posts a file that the house made for this person: they may save it.
func (p post) sendFile(ctx context.Context, one piece) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*callTime)
	defer cancel()
	content := &models.InputFileUpload{Filename: one.file.Name, Data: strings.NewReader(one.file.Text)}
	sent, err := p.api.SendDocument(ctx, &tg.SendDocumentParams{ChatID: p.chat, Document: content, ReplyMarkup: one.markup, DisableNotification: p.silent})
	return p.posted("send document", sent, err)
}

// Fetch opens the file behind a reference of this door. The caller closes it. Telegram
// gives files of up to 20 MB; a larger one, or one that is gone, is refused with a
// [*bot.SendError], as is everything else that Telegram says. The link to a file
// holds the token, and appears nowhere.
func (d *Door) Fetch(ctx context.Context, ref string) (io.ReadCloser, error) {
	_, id, ok := parseRef(ref)
	if !ok {
		return nil, refused("getFile", "the reference of a file is empty")
	}
	asking, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	f, err := d.lanes[bot.LaneAnswer].GetFile(asking, &tg.GetFileParams{FileID: id})
	if err != nil {
		return nil, d.failed("getFile", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+"/file/bot"+string(d.s.Token)+"/"+f.FilePath, nil)
	if err != nil {
		return nil, fmt.Errorf("telegram: fetch: %w", redact(err, d.s.Token))
	}
	resp, err := d.line.Do(req)
	if err != nil {
		return nil, &bot.SendError{Class: bot.SendRetry, Err: errors.New("telegram: fetch: not connected")}
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close() // nothing of it is wanted
		// Also a 404 is worth another try: getFile then gives a new link.
		return nil, &bot.SendError{Class: bot.SendRetry, Err: fmt.Errorf("telegram: fetch: answered %d", resp.StatusCode)}
	}
	return resp.Body, nil
}
