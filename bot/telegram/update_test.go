package telegram

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"houvast/bot"
)

// Whatever Telegram sends, reading it does not fail, says the same twice, and drops
// no word that a person wrote.
func FuzzReadUpdate(f *testing.F) {
	for _, seed := range []string{
		`{"update_id":1,"message":{"message_id":2,"date":1772442000,"chat":{"id":41,"type":"private"},"from":{"id":41,"first_name":"Anna"},"text":"hoi"}}`,
		`{"update_id":1,"message":{"message_id":2,"date":1,"chat":{"id":41,"type":"private"},"text":"😀 /start@bot x","entities":[{"type":"bot_command","offset":99,"length":-4}]}}`,
		`{"update_id":1,"message":{"message_id":2,"date":1,"chat":{"id":41,"type":"private"},"text":"/start RGIHGSIA4Z77PETL"}}`,
		`{"update_id":1,"message":{"message_id":2,"date":1,"chat":{"id":41,"type":"private"},"caption":"taart","photo":[{"file_id":"a"},{"file_id":"b"}]}}`,
		`{"update_id":1,"message":{"message_id":2,"date":1,"chat":{"id":41,"type":"private"},"photo":[]}}`,
		`{"update_id":1,"edited_message":{"message_id":2,"date":1,"edit_date":5,"chat":{"id":41,"type":"private"},"text":"anders"}}`,
		`{"update_id":1,"callback_query":{"id":"9","from":{"id":41,"first_name":"Anna"},"message":{"message_id":2,"date":0,"chat":{"id":41,"type":"private"}},"data":"v1:x"}}`,
		`{"update_id":1,"my_chat_member":{"date":1,"chat":{"id":41,"type":"private"},"from":{"id":41},"new_chat_member":{"status":"kicked"}}}`,
		`{"update_id":1,"message":{"message_id":"zeven","chat":{"id":41,"type":"private"}}}`,
		`{"update_id":"een"}`, `{"update_id":9223372036854775807}`, `{"update_id":1,"message":null}`, `[]`, `null`, `{`, ``,
	} {
		f.Add([]byte(seed))
	}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	commands := map[string]bool{"start": true, "stop": true}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := readUpdate(raw, now, commands)
		if again := readUpdate(raw, now, commands); !reflect.DeepEqual(r, again) {
			t.Fatalf("first %+v, then %+v", r, again)
		}
		if !r.known && r.event == nil {
			t.Fatal("an update without an id is nothing at all")
		}
		if r.event == nil {
			return
		}
		e := r.event
		if !strings.HasPrefix(e.ID, "telegram:") || e.Door != bot.Telegram || e.What == nil || e.At.IsZero() {
			t.Fatalf("got %+v", e)
		}
		if r.known && e.ID != "telegram:"+strconv.FormatInt(r.id, 10) {
			t.Fatalf("got the id %q of update %d", e.ID, r.id)
		}
		u, unread := e.What.(bot.Unread)
		if _, err := strconv.ParseInt(e.Chat, 10, 64); err != nil && !unread {
			t.Fatalf("got the chat %q", e.Chat)
		}
		if unread && !bytes.Equal(u.Raw, raw) {
			t.Fatalf("got %s of %s", u.Raw, raw)
		}
		if _, pressed := e.What.(bot.Pressed); pressed != (r.tap != "") {
			t.Fatalf("tap %q of %+v", r.tap, e)
		}
		var loose struct{ Message, Edited_Message struct{ Text string } }
		if json.Unmarshal(raw, &loose) != nil {
			return
		}
		if w, wrote := e.What.(bot.Wrote); wrote && string(w.Text) != loose.Message.Text && string(w.Text) != loose.Edited_Message.Text {
			t.Fatalf("got the words %q", w.Text)
		}
	})
}

func TestChunk(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, front, rest string }{
		{"kort", "kort", ""},
		{"een twee drie", "een twee", "drie"},
		{"eentweedrie", "eentweedri", "e"},
		{"een\n\ntwee drie", "een\n\ntwee", "drie"},
		{"eentwee\ndrie vier", "eentwee", "drie vier"},
		{"😀😀😀😀😀😀", "😀😀😀😀😀", "😀"},
		{"een twee d…", "een twee", "d…"},
	} {
		if front, rest := chunk(test.text, 10); front != test.front || rest != test.rest {
			t.Errorf("%q: got %q and %q, want %q and %q", test.text, front, rest, test.front, test.rest)
		}
	}
}
