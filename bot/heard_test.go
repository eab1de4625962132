package bot_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"houvast/bot"
	"houvast/content"
	"houvast/signals/lexicon"
)

// An ear counts what it is asked.
type ear struct {
	bot.Lexicon
	asked int
}

func (e *ear) Detect(text string) lexicon.Detection {
	e.asked++
	return e.Lexicon.Detect(text)
}

// The keys of the keyboard are looked up once, when a house is put together; whatever
// is written else is looked up when it comes, and what is found is always the same.
func TestKnowingKeys(t *testing.T) {
	t.Parallel()

	list, err := content.Lexicon()
	if err != nil {
		t.Fatal(err)
	}
	words, err := content.Words()
	if err != nil {
		t.Fatal(err)
	}
	e := &ear{Lexicon: list}
	knowing := bot.KnowingKeys(e, words)
	for language, sentences := range words {
		for _, key := range []string{"toets.goed_nieuws", "toets.moeilijk", "toets.contact", "toets.meer"} {
			text, ok := sentences[key]
			if !ok {
				continue
			}
			e.asked = 0
			for range 2 {
				got := knowing.Detect(text)
				if want := list.Detect(text); !reflect.DeepEqual(got, want) {
					t.Errorf("%s %q: found %+v, want %+v", language, text, got, want)
				}
				for i := range got.Hits {
					got.Hits[i] = lexicon.Hit{} // whoever asked may change what they got
				}
			}
			if e.asked != 0 {
				t.Errorf("%s %q is looked up when it comes", language, text)
			}
			for _, more := range []string{strings.ToLower(text), " " + text, text + ".", text + " ik wil dood", "ik wil dood " + text, text + "\n" + text} {
				e.asked = 0
				if got, want := knowing.Detect(more), list.Detect(more); !reflect.DeepEqual(got, want) {
					t.Errorf("%s %q: found %+v, want %+v", language, more, got, want)
				}
				if more != text && e.asked != 1 {
					t.Errorf("%s %q was looked up %d times, want once", language, more, e.asked)
				}
			}
		}
	}
}

// What was heard before the scene was set holds for that very text alone.
func TestHeardOfAnotherText(t *testing.T) {
	t.Parallel()

	house := exampleHouse(t)
	chat := bot.Account{ID: 1, Chat: "1009"}
	for _, heard := range []string{"hoi", ""} {
		e := bot.Event{ID: "telegram:1", Door: bot.Telegram, Chat: chat.Chat, What: bot.Wrote{Text: "ik wil dood"}, Heard: &bot.Heard{Text: bot.Text(heard)}}
		turn := bot.Decide(bot.Scene{House: house, Free: 10, Account: &chat}, e)
		if len(turn.Messages) == 0 || turn.Messages[0].Lane != bot.LaneDistress {
			t.Errorf("after %q was heard, danger is answered with %s", heard, fmt.Sprintf("%+v", turn.Messages))
		}
	}
}
