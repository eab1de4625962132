package lexicon

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A token is one word, number or emoji of a text after normalising: lower case,
// without accents, apostrophes and invisible signs. Its letters stand in
// text.letters[from:to].
type token struct {
	from, to int32
	sum      sum
	number   int32 // in the dictionary
	opens    bool  // a sentence, a line or a part between commas begins here
	closes   bool  // and ends after this token
	ends     bool  // the sentence ends after this token: only && reaches across
	wall     bool  // no word, but the end of a sentence between two
}

// A text is what a message says after normalising. It is used again for the
// next message, so that reading one costs no memory.
type text struct {
	letters []byte
	tokens  []token
	split   []token // the tokens before joined words were split
	scratch []byte
}

func (t *text) of(k *token) []byte { return t.letters[k.from:k.to] }

func (t *text) word(i int) []byte { return t.letters[t.tokens[i].from:t.tokens[i].to] }

// Signs that are typed for a face or a heart, and the emoji they stand for.
const (
	sadFace   = '☹'
	happyFace = '🙂'
)

// read normalises a message into tokens. It takes time linear in the message,
// whatever is in it.
func (t *text) read(message string) {
	t.letters, t.tokens = t.letters[:0], t.tokens[:0]
	start := -1 // where the word being read began in letters
	opens := true
	singles, isSpelled := 0, false // single letters in a row
	finish := func() {
		if start >= 0 && len(t.letters) > start {
			t.tokens = append(t.tokens, token{from: int32(start), to: int32(len(t.letters)), opens: opens})
			opens = false
			if only := t.letters[start]; len(t.letters)-start > 1 || only < 'a' || only > 'z' {
				singles = 0
			} else if singles++; singles >= spelled {
				isSpelled = true
			}
		}
		start = -1
	}
	pause := func(sentence bool) {
		finish()
		opens = true
		if n := len(t.tokens); n > 0 {
			t.tokens[n-1].closes = true
			t.tokens[n-1].ends = t.tokens[n-1].ends || sentence
		}
	}
	emoji := func(r rune) {
		finish()
		start = len(t.letters)
		t.letters = utf8.AppendRune(t.letters, r)
		finish()
	}
	for i := 0; i < len(message); {
		r, size := rune(message[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(message[i:])
		}
		next := i + size
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			if start < 0 {
				start = len(t.letters)
			}
			for next < len(message) && isPlainLetter(message[next]) {
				next++
			}
			t.letters = append(t.letters, message[i:next]...)
		case 'A' <= r && r <= 'Z':
			if start < 0 {
				start = len(t.letters)
			}
			t.letters = append(t.letters, byte(r)+'a'-'A')
		case r == ' ' || r == '\t':
			finish()
		case r == ':' || r == ';' || r == '=':
			if face, length := faceAt(message[i:]); length > 0 {
				emoji(face)
				next = i + length
			} else {
				pause(false)
			}
		case r == '.' || r == '!' || r == '?' || r == '…':
			// "ik.wil.dood" and "ik wil... dood" are one sentence, a full stop
			// before a space ends one.
			run := next
			for run < len(message) && message[run] == byte(r) && r == '.' {
				run++
			}
			switch {
			case r == '…' || run-i > 1:
				finish()
			case r == '.' && run < len(message) && !isSpace(message[run]):
				finish()
			default:
				pause(true)
			}
			next = run
		case r == ',' || r == '\n' || r == '\r' || r == '(' || r == ')' || r == '"' || r == '“' || r == '”' || r == '„':
			pause(false)
		case r == '\'' || r == '’' || r == '‘' || r == '`' || r == '´' || r == '*' || r == '~':
			// m'n, 't, d*od, *dood*: the letters around belong together.
		case r < utf8.RuneSelf:
			finish()
		case invisible(r):
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if start < 0 {
				start = len(t.letters)
			}
			t.fold(r)
		case unicode.IsSymbol(r) || r >= 0x1F000:
			emoji(r)
		default:
			finish()
		}
		i = next
	}
	pause(true)
	if isSpelled {
		t.joinSpelled()
	}
}

// fold adds a letter outside ASCII in its plain form: é as e, ı as i, ł as l.
func (t *text) fold(r rune) {
	switch r {
	case 'ı', 'İ':
		t.letters = append(t.letters, 'i')
		return
	case 'ł', 'Ł':
		t.letters = append(t.letters, 'l')
		return
	case 'ø', 'Ø':
		t.letters = append(t.letters, 'o')
		return
	case 'đ', 'Đ':
		t.letters = append(t.letters, 'd')
		return
	case 'ß':
		t.letters = append(t.letters, 's', 's')
		return
	case 'æ', 'Æ':
		t.letters = append(t.letters, 'a', 'e')
		return
	}
	var raw [utf8.UTFMax]byte
	n := utf8.EncodeRune(raw[:], r)
	t.scratch = norm.NFKD.Append(t.scratch[:0], raw[:n]...)
	for len(t.scratch) > 0 {
		plain, size := utf8.DecodeRune(t.scratch)
		t.scratch = t.scratch[size:]
		if !unicode.Is(unicode.Mn, plain) {
			t.letters = utf8.AppendRune(t.letters, unicode.ToLower(plain))
		}
	}
}

// spell adds the words that a short form stands for to tokens, in its place.
func (t *text) spell(tokens []token, short token, meant []string) []token {
	for k, w := range meant {
		part := token{from: int32(len(t.letters)), opens: short.opens && k == 0}
		t.letters = append(t.letters, w...)
		part.to = int32(len(t.letters))
		if k == len(meant)-1 {
			part.closes, part.ends = short.closes, short.ends
		}
		tokens = append(tokens, part)
	}
	return tokens
}

// spelled is from how many single letters in a row on they are one word.
const spelled = 4

// joinSpelled reads "d o o d" as dood: four or more single letters in a row.
func (t *text) joinSpelled() {
	single := func(i int) bool {
		k := t.tokens[i]
		return k.to-k.from == 1 && 'a' <= t.letters[k.from] && t.letters[k.from] <= 'z'
	}
	kept := t.tokens[:0]
	for i := 0; i < len(t.tokens); {
		j := i
		for j < len(t.tokens) && single(j) && (j == i || !t.tokens[j-1].ends) {
			j++
		}
		if j-i < spelled {
			j = i + 1
			kept = append(kept, t.tokens[i])
			i = j
			continue
		}
		joined := t.tokens[i]
		at := len(t.letters)
		for k := i; k < j; k++ {
			t.letters = append(t.letters, t.letters[t.tokens[k].from])
		}
		joined.from, joined.to = int32(at), int32(len(t.letters))
		joined.closes, joined.ends = t.tokens[j-1].closes, t.tokens[j-1].ends
		kept = append(kept, joined)
		i = j
	}
	t.tokens = kept
}

// faceAt reads a face typed with signs, such as :( or :'-(, and its length.
func faceAt(s string) (rune, int) {
	i := 1
	for i < len(s) && (s[i] == '\'' || s[i] == '-' || s[i] == 'o') {
		i++
	}
	if i >= len(s) || i > 3 {
		return 0, 0
	}
	var face rune
	switch s[i] {
	case '(', '[', '<':
		face = sadFace
	case ')', 'D', 'P', 'p':
		face = happyFace
	default:
		return 0, 0
	}
	for i < len(s) && s[i] == s[min(i+1, len(s)-1)] && i+1 < len(s) {
		i++
	}
	return face, i + 1
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

// invisible signs may stand inside a word without anybody seeing them.
func invisible(r rune) bool {
	switch {
	case r >= 0x1F3FB && r <= 0x1F3FF: // skin tones
		return true
	case r >= 0xFE00 && r <= 0xFE0F: // variants of an emoji
		return true
	}
	return unicode.Is(unicode.Cf, r)
}

// stretched reports whether a word holds a letter three times in a row, as in
// dooood.
func stretched(w []byte) bool {
	for i := 2; i < len(w); i++ {
		if w[i] == w[i-1] && w[i] == w[i-2] {
			return true
		}
	}
	return false
}

// squeeze adds w to dst with every run of one letter cut down to at most keep.
func squeeze(dst, w []byte, keep int) []byte {
	run := 0
	for i, b := range w {
		if i > 0 && w[i-1] == b {
			run++
		} else {
			run = 1
		}
		if run <= keep {
			dst = append(dst, b)
		}
	}
	return dst
}

// digitLetters adds w to dst with digits read as the letters they resemble, as
// in d00d, and reports whether w mixes both.
func digitLetters(dst, w []byte) ([]byte, bool) {
	digits, letters := false, false
	for _, b := range w {
		switch {
		case '0' <= b && b <= '9':
			digits = true
			b = "oizeasbtbg"[b-'0']
			if b == 'z' {
				b = '2'
			}
		default:
			letters = true
		}
		dst = append(dst, b)
	}
	return dst, digits && letters
}
