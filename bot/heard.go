package bot

import (
	"slices"

	"houvast/signals/lexicon"
)

// A Heard is what the word list found in a text.
type Heard struct {
	Text Text
	lexicon.Detection
}

// heard is what the word list finds in a text of this event. What was looked for
// before the scene was set is not looked for again: nobody else's turn waits for it.
func (d *desk) heard(text string) lexicon.Detection {
	if h := d.event.Heard; h != nil && string(h.Text) == text {
		return h.Detection
	}
	return d.scene.House.Lexicon.Detect(text)
}

// KnowingKeys is a lexicon that finds what l finds. In the keys of the keyboard, in
// every language of words, it looked beforehand: no texts come in more often.
func KnowingKeys(l Lexicon, words Words) Lexicon {
	known := map[string]lexicon.Detection{}
	for _, sentences := range words {
		for _, key := range keys() {
			if text, ok := sentences[key]; ok {
				known[text] = l.Detect(text)
			}
		}
	}
	return &knowingKeys{l, known}
}

type knowingKeys struct {
	Lexicon
	known map[string]lexicon.Detection
}

func (k *knowingKeys) Detect(text string) lexicon.Detection {
	if found, ok := k.known[text]; ok {
		found.Hits = slices.Clone(found.Hits) // theirs to change
		return found
	}
	return k.Lexicon.Detect(text)
}
