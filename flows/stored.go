package flows

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// A state is stored as the JSON that encoding/json makes of it. Every message
// that somebody sends costs one reading of it, so what encoding/json writes is
// read by hand here. Whatever is not written exactly so, such as words with a
// quotation mark in them or the state of another program, is left to encoding/json.

// UnmarshalJSON reads a stored state, and forgets what s held before. What
// encoding/json refuses is refused with its error, and leaves s as it was.
func (s *State) UnmarshalJSON(stored []byte) error {
	if read, ok := readState(string(stored)); ok {
		*s = read
		return nil
	}
	type state State // without this method
	var read state
	if err := json.Unmarshal(stored, &read); err != nil {
		return err
	}
	*s = State(read)
	return nil
}

// readState reads a state whose fields stand in the order in which they are
// written, each or not. It is not ok about anything else.
func readState(stored string) (s State, ok bool) {
	r := stateReader{rest: stored, before: '{'}
	if r.key('f') {
		s.Flow = r.text()
	}
	if r.key('v') {
		s.Version = r.number()
	}
	if r.key('s') {
		s.Step = r.text()
	}
	if r.key('q') {
		s.Ask = r.number()
	}
	if r.key('a') {
		s.Answers = r.answers()
	}
	if r.key('p') {
		s.Part = r.texts()
	}
	if r.key('b') {
		s.Below = r.places()
	}
	if r.key('t') {
		s.Trail = r.texts()
	}
	if r.key('r') {
		s.Raised = r.texts()
	}
	return s, r.before == ',' && r.rest == "}"
}

// A stateReader reads a state from front to back. What is not as it should be
// ends the reading: from then on nothing is left to read.
type stateReader struct {
	rest   string
	before byte // what stands before the next field
}

func (r *stateReader) fail() { r.rest = "" }

// takes reads a sign that may stand here.
func (r *stateReader) takes(sign byte) bool {
	if r.rest == "" || r.rest[0] != sign {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

// must reads a sign that has to stand here.
func (r *stateReader) must(sign byte) {
	if !r.takes(sign) {
		r.fail()
	}
}

// key reads the name of a field, which is one letter, if that field is the next.
func (r *stateReader) key(name byte) bool {
	if k := r.rest; len(k) < 5 || k[0] != r.before || k[1] != '"' || k[2] != name || k[3] != '"' || k[4] != ':' {
		return false
	}
	r.rest, r.before = r.rest[5:], ','
	return true
}

// text reads words that stand between quotation marks as they are.
func (r *stateReader) text() string {
	r.must('"')
	ascii := true
	for i := 0; i < len(r.rest); i++ {
		switch c := r.rest[i]; {
		case c == '"':
			text := r.rest[:i]
			if !ascii && !utf8.ValidString(text) {
				r.fail()
				return ""
			}
			r.rest = r.rest[i+1:]
			return text
		case c == '\\' || c < ' ':
			r.fail()
			return ""
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	r.fail()
	return ""
}

// number reads a whole number as encoding/json writes it.
func (r *stateReader) number() int {
	end := 0
	for end < len(r.rest) && (r.rest[end] == '-' || '0' <= r.rest[end] && r.rest[end] <= '9') {
		end++
	}
	digits := r.rest[:end]
	n, err := strconv.Atoi(digits)
	if err != nil || strconv.Itoa(n) != digits {
		r.fail()
		return 0
	}
	r.rest = r.rest[end:]
	return n
}

func (r *stateReader) answers() map[string]string {
	answers := make(map[string]string)
	for r.must('{'); r.rest != ""; r.must(',') {
		name := r.text()
		r.must(':')
		answers[name] = r.text()
		if r.takes('}') {
			break
		}
	}
	return answers
}

func (r *stateReader) texts() []string {
	texts := make([]string, 0, 4)
	for r.must('['); r.rest != ""; r.must(',') {
		texts = append(texts, r.text())
		if r.takes(']') {
			break
		}
	}
	return texts
}

func (r *stateReader) places() []Place {
	var places []Place
	for r.must('['); r.rest != ""; r.must(',') {
		places = append(places, r.place())
		if r.takes(']') {
			break
		}
	}
	return places
}

func (r *stateReader) place() (p Place) {
	in := stateReader{rest: r.rest, before: '{'}
	if in.key('f') {
		p.Flow = in.text()
	}
	if in.key('v') {
		p.Version = in.number()
	}
	if in.key('s') {
		p.Step = in.text()
	}
	if in.before == '{' {
		in.fail() // no field was read, and so no brace before it
	}
	in.must('}')
	r.rest = in.rest
	return p
}
