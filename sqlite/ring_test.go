package sqlite

import (
	"bytes"
	"testing"
)

// A keyed hash finds a row; without the key it cannot be made, and it says
// nothing about which parts are equal elsewhere.
func TestKeyedHash(t *testing.T) {
	t.Parallel()
	rings := make([]ring, 2)
	for i := range rings {
		var err error
		if rings[i], err = newRing([][]byte{bytes.Repeat([]byte{byte(i + 1)}, KeySize)}); err != nil {
			t.Fatal(err)
		}
	}
	chat := rings[0].hash("chat", "4711")
	if !bytes.Equal(chat, rings[0].hash("chat", "4711")) {
		t.Error("the same chat has two hashes")
	}
	for name, other := range map[string][]byte{
		"another key":            rings[1].hash("chat", "4711"),
		"another column":         rings[0].hash("place", "4711"),
		"another chat":           rings[0].hash("chat", "4712"),
		"the same cut elsewhere": rings[0].hash("chat", "47", "11"),
	} {
		if bytes.Equal(chat, other) {
			t.Errorf("%s gives the same hash", name)
		}
	}
}

// Equal words are not seen to be equal, and what was changed does not open.
func TestSeal(t *testing.T) {
	t.Parallel()
	r, err := newRing([][]byte{bytes.Repeat([]byte{1}, KeySize)})
	if err != nil {
		t.Fatal(err)
	}
	one, two := r.seal("words", "body", 1, []byte("slaap")), r.seal("words", "body", 1, []byte("slaap"))
	if bytes.Equal(one, two) {
		t.Error("the same word looks the same twice")
	}
	if plain, err := r.open("words", "body", 1, one); err != nil || string(plain) != "slaap" {
		t.Errorf("got %q, %v", plain, err)
	}
	changed := bytes.Clone(one)
	changed[len(changed)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"another row":    func() ([]byte, error) { return r.open("words", "body", 2, one) },
		"another column": func() ([]byte, error) { return r.open("words", "text", 1, one) },
		"another table":  func() ([]byte, error) { return r.open("signals", "body", 1, one) },
		"changed":        func() ([]byte, error) { return r.open("words", "body", 1, changed) },
		"cut off":        func() ([]byte, error) { return r.open("words", "body", 1, one[:3]) },
	} {
		if plain, err := open(); err == nil {
			t.Errorf("%s: opened as %q", name, plain)
		}
	}
}
