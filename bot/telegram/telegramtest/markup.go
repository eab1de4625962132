package telegramtest

import (
	"encoding/json"
	"net/url"
)

// A markup is what a request wants below or under its message.
type markup struct {
	inline     [][]Button
	keyboard   *Keyboard
	remove     bool
	forceReply bool
}

// parseMarkup reads reply_markup as strictly as the real server: a list of buttons
// that is null is refused, one that is empty is none.
func parseMarkup(raw string) (markup, *refusal) {
	var m markup
	if raw == "" {
		return m, nil
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal([]byte(raw), &fields) != nil || fields == nil {
		return m, badRequest("object expected as reply markup")
	}
	if rows, ok := fields["inline_keyboard"]; ok {
		var refused *refusal
		if m.inline, refused = parseInline(rows); refused != nil || len(m.inline) > 0 {
			return m, refused
		}
	}
	if rows, ok := fields["keyboard"]; ok {
		var refused *refusal
		if m.keyboard, refused = parseKeyboard(rows, []byte(raw)); refused != nil || m.keyboard != nil {
			return m, refused
		}
	}
	m.remove = string(fields["remove_keyboard"]) == "true"
	m.forceReply = string(fields["force_reply"]) == "true"
	return m, nil
}

func parseInline(raw json.RawMessage) ([][]Button, *refusal) {
	var rows [][]struct {
		Text     string
		Data     *string `json:"callback_data"`
		URL      string
		CopyText *struct{ Text string } `json:"copy_text"`
		Style    string
	}
	if string(raw) == "null" {
		return nil, badRequest(`field "inline_keyboard" must be of type Array`)
	}
	if json.Unmarshal(raw, &rows) != nil {
		return nil, badRequest(`field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays`)
	}
	var out [][]Button
	count := 0
	for _, row := range rows {
		var buttons []Button
		for _, b := range row {
			switch {
			case b.Text == "":
				return nil, badRequest("can't parse inline keyboard button: text must be non-empty")
			case b.URL != "":
				if u, err := url.Parse(b.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "tg" {
					return nil, badRequest("inline keyboard button URL '%s' is invalid: Unsupported URL protocol", b.URL)
				}
				buttons = append(buttons, Button{Label: b.Text, URL: b.URL})
			case b.Data == nil:
				return nil, badRequest("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
			case len(*b.Data) == 0 || len(*b.Data) > maxData:
				return nil, badRequest("BUTTON_DATA_INVALID")
			default:
				buttons = append(buttons, Button{Label: b.Text, Data: *b.Data})
			}
			if b.CopyText != nil && b.URL == "" && b.Data == nil {
				return nil, badRequest("BUTTON_COPY_TEXT_INVALID")
			}
			count++
		}
		if len(buttons) > 0 {
			out = append(out, buttons)
		}
	}
	if count > maxButtons {
		return nil, badRequest("reply markup is too long")
	}
	return out, nil
}

func parseKeyboard(raw json.RawMessage, whole []byte) (*Keyboard, *refusal) {
	var rows [][]json.RawMessage
	if string(raw) == "null" {
		return nil, badRequest(`field "keyboard" must be of type Array`)
	}
	if json.Unmarshal(raw, &rows) != nil {
		return nil, badRequest(`field "keyboard" must be an Array of Arrays`)
	}
	var options struct {
		Persistent  bool   `json:"is_persistent"`
		Resize      bool   `json:"resize_keyboard"`
		OneTime     bool   `json:"one_time_keyboard"`
		Placeholder string `json:"input_field_placeholder"`
	}
	if json.Unmarshal(whole, &options) != nil {
		return nil, badRequest("can't parse reply keyboard markup JSON object")
	}
	if len([]rune(options.Placeholder)) > maxPlaceholder {
		return nil, badRequest("input_field_placeholder is too long")
	}
	k := &Keyboard{Persistent: options.Persistent, Resize: options.Resize, OneTime: options.OneTime, Placeholder: options.Placeholder}
	for _, row := range rows {
		var labels []string
		for _, b := range row {
			var label string
			var button struct{ Text string }
			if json.Unmarshal(b, &label) != nil { // a bare string is a button too
				if json.Unmarshal(b, &button) != nil {
					return nil, badRequest("can't parse keyboard button: KeyboardButton must be a String or an Object")
				}
				label = button.Text
			}
			if label == "" {
				return nil, badRequest("can't parse keyboard button: text must be non-empty")
			}
			labels = append(labels, label)
		}
		if len(labels) > 0 {
			k.Rows = append(k.Rows, labels)
		}
	}
	if len(k.Rows) == 0 {
		return nil, nil
	}
	return k, nil
}
