package file

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"houvast/flows"
)

// WriteFlow writes a flow in the one canonical form: words in the order of the
// language, lists on one line, a blank line between steps. Reading it back gives
// the same draft, so that writing twice changes nothing.
func WriteFlow(d flows.Draft) []byte {
	w := &writer{}
	w.line(0, "houvast", strconv.Itoa(flows.Format))
	w.must(0, "flow", d.ID)
	w.must(0, "title", d.Title)
	w.text(0, "about", d.About)
	w.text(0, "note", d.Note)
	w.text(0, "owner", d.Owner)
	w.text(0, "reviewer", d.Reviewer)
	w.text(0, "reviewed", d.Reviewed)
	w.must(0, "language", d.Language)
	w.list(0, "languages", d.Languages)
	w.must(0, "start", d.Start)
	if t := d.Trigger; t != nil {
		w.blank()
		w.open(0, "trigger")
		w.text(1, "every", t.Every)
		w.text(1, "on", t.On)
		w.text(1, "at", t.At)
		w.span(1, "spread", t.Spread)
		w.blank()
	}
	w.list(0, "uses", d.Uses)
	if len(d.Remember) > 0 {
		w.blank()
		w.open(0, "remember")
		for _, r := range d.Remember {
			w.open(1, r.Name)
			w.text(2, "type", r.Type)
			w.text(2, "default", r.Default)
			w.span(2, "keep", r.Keep)
		}
	}
	if d.Patient {
		w.blank()
		w.line(0, "patient", "true")
	}
	if d.Waiting != nil {
		w.blank()
		w.waiting(0, d.Waiting)
	}
	w.blank()
	if len(d.Steps) == 0 {
		w.line(0, "steps", "{}")
	} else {
		w.open(0, "steps")
	}
	for i := range d.Steps {
		if i > 0 {
			w.blank()
		}
		w.step(&d.Steps[i])
	}
	return w.bytes()
}

// WriteTranslation writes the translation of a flow, in the order of its texts.
func WriteTranslation(d flows.Draft, t flows.Translation) []byte {
	w := &writer{}
	w.line(0, "houvast", strconv.Itoa(flows.Format))
	w.text(0, "translates", d.ID)
	w.text(0, "language", t.Language)
	if len(t.Texts) == 0 {
		w.line(0, "texts", "{}")
	} else {
		w.open(0, "texts")
	}
	place := map[string]int{}
	for i, x := range d.Texts() {
		place[x.Key] = i
	}
	texts := slices.Clone(t.Texts)
	slices.SortStableFunc(texts, func(a, b flows.Translated) int {
		i, known := place[a.Key]
		j, knownToo := place[b.Key]
		switch {
		case known && knownToo:
			return i - j
		case known:
			return -1
		case knownToo:
			return 1
		}
		return 0
	})
	for _, x := range texts {
		if x.Source == "" && x.Text == "" {
			w.line(1, x.Key, "{}")
			continue
		}
		w.open(1, x.Key)
		w.text(2, d.Language, x.Source)
		w.text(2, t.Language, x.Text)
	}
	return w.bytes()
}

// WriteKept writes kept conversations.
func WriteKept(k flows.Kept) []byte {
	w := &writer{}
	w.line(0, "houvast", strconv.Itoa(flows.Format))
	w.text(0, "flow", k.Flow)
	if len(k.Tests) == 0 {
		w.line(0, "tests", "[]")
	} else {
		w.open(0, "tests")
	}
	for i, c := range k.Tests {
		if i > 0 {
			w.blank()
		}
		w.b.WriteString("  - name: " + scalar(c.Name, false) + "\n")
		w.text(2, "language", c.Language)
		if len(c.Given) > 0 {
			w.line(2, "given", flowMap(c.Given))
		}
		moves := make([]string, len(c.Script))
		for j, m := range c.Script {
			moves[j] = scalar(m.String(), true)
		}
		w.line(2, "script", "["+strings.Join(moves, ", ")+"]")
		w.expect(c.Expect)
	}
	return w.bytes()
}

// Canonical writes any of the three kinds of files in its canonical form; the
// name tells which it is. A file that cannot be read in full, or that has notes
// the form would lose, is not written: then there are findings instead.
func Canonical(name string, src []byte) ([]byte, []Finding) {
	var out []byte
	var found []Finding
	switch kindOf(name) {
	case isFlow:
		var d flows.Draft
		d, found = ReadFlow(name, src)
		out = WriteFlow(d)
	case isTranslation:
		var t Translated
		t, found = ReadTranslation(name, src)
		out = WriteTranslation(flows.Draft{ID: t.Flow, Language: t.From}, t.Translation)
	case isKept:
		var k flows.Kept
		k, found = ReadKept(name, src)
		out = WriteKept(k)
	}
	if flows.Blocks(found) || slices.ContainsFunc(found, func(f Finding) bool { return f.Code == "opmerking" }) {
		return nil, found
	}
	return out, nil
}

func (w *writer) expect(e flows.Expect) {
	w.open(2, "expect")
	some := func(key string, list []string) {
		if list != nil {
			w.line(3, key, flowList(list))
		}
	}
	one := func(key string, text *string) {
		if text != nil {
			w.line(3, key, scalar(*text, false))
		}
	}
	some("signals", e.Signals)
	some("adds", e.Adds)
	some("shared", e.Shared)
	some("not_shared", e.NotShared)
	one("heard_by", e.HeardBy)
	some("shows", e.Shows)
	some("schedules", e.Scheduled)
	if e.Remembered != nil {
		w.line(3, "remembers", flowMap(e.Remembered))
	}
	if e.Numbers != nil {
		w.line(3, "numbers", strconv.FormatBool(*e.Numbers))
	}
	one("interrupt", e.Interrupt)
	one("end", e.End)
}

func (w *writer) step(s *flows.Step) {
	w.open(1, s.ID)
	w.text(2, "note", s.Note)
	for _, v := range flows.Verbs() {
		if v.Kind != s.Kind {
			continue
		}
		switch s.Kind {
		case flows.KindSay:
			w.line(2, "say", w.block(2, s.Text))
		case flows.KindBranch:
			w.open(2, "branch")
			for _, r := range s.Rows {
				w.b.WriteString("      - if: " + scalar(r.If.String(), false) + "\n")
				w.text(4, "next", r.Next)
			}
		case flows.KindChoice, flows.KindMulti, flows.KindScale, flows.KindOpen:
			w.line(2, "ask", string(s.Kind))
		default:
			w.line(2, v.Key, scalar(s.Of, false))
		}
		for _, word := range v.Words {
			w.word(s, word.Key)
		}
	}
}

// word writes one word of a step, when it is there.
func (w *writer) word(s *flows.Step, key string) {
	switch key {
	case "numbers":
		if s.Numbers {
			w.line(2, key, "true")
		}
	case "text":
		if s.Kind == flows.KindContact || s.Kind == flows.KindShow || s.Kind == flows.KindEnd {
			w.text(2, key, s.Text)
		} else {
			w.must(2, key, s.Text)
		}
	case "tell":
		w.text(2, key, s.Tell)
	case "media":
		w.text(2, key, s.Media)
	case "alt":
		w.text(2, key, s.Alt)
	case "save":
		w.must(2, key, s.Save)
	case "buttons":
		if len(s.Buttons) == 0 {
			w.line(2, key, "{}")
		} else {
			w.open(2, key)
		}
		for i := range s.Buttons {
			w.button(3, s.Buttons[i].ID, &s.Buttons[i])
		}
	case "skip":
		if s.Skip != nil {
			w.button(2, key, s.Skip)
		}
	case "done":
		w.text(2, key, s.Done)
	case "from":
		w.line(2, key, strconv.Itoa(s.From))
	case "to":
		if s.Kind == flows.KindSet {
			w.line(2, key, scalar(s.Value.String(), false))
		} else {
			w.line(2, key, strconv.Itoa(s.To))
		}
	case "low":
		w.must(2, key, s.Low)
	case "high":
		w.must(2, key, s.High)
	case "accept":
		w.line(2, key, flowList(s.Accept))
	case "else":
		w.text(2, key, s.Else)
	case "share":
		list := make([]string, len(s.Share))
		for i, sh := range s.Share {
			list[i] = sh.Name
			if len(sh.If.Clauses) > 0 {
				list[i] += " if " + sh.If.String()
			}
		}
		w.list(2, key, list)
	case "heard_by":
		w.text(2, key, s.HeardBy)
	case "when":
		w.list(2, key, s.When)
	case "how":
		w.list(2, key, s.How)
	case "labels":
		if len(s.Labels) > 0 {
			w.open(2, key)
		}
		for _, l := range s.Labels {
			w.line(3, l.ID, w.block(3, l.Text))
		}
	case "in":
		w.line(2, key, flows.FormatDuration(s.In))
	case "at":
		w.text(2, key, s.At)
	case "give_back_after":
		w.line(2, key, flows.FormatDuration(s.GiveBackAfter))
	case "waiting":
		if s.Waiting != nil {
			w.waiting(2, s.Waiting)
		}
	case "next":
		w.text(2, key, s.Next)
	}
}

func (w *writer) button(depth int, id string, b *flows.Choice) {
	w.open(depth, id)
	w.line(depth+1, "label", w.block(depth+1, b.Label))
	if b.Bad {
		w.line(depth+1, "mood", "bad")
	}
	if b.Risk {
		w.line(depth+1, "risk", "true")
	}
	w.text(depth+1, "next", b.Next)
}

func (w *writer) waiting(depth int, x *flows.Waiting) {
	if *x == (flows.Waiting{}) {
		w.line(depth, "waiting", "{}")
		return
	}
	w.open(depth, "waiting")
	w.span(depth+1, "remind_after", x.RemindAfter)
	w.text(depth+1, "remind_text", x.RemindText)
	w.span(depth+1, "give_up_after", x.GiveUpAfter)
	w.text(depth+1, "then", x.Then)
}

// A writer writes YAML by hand, so that the form is ours and stays the same.
type writer struct{ b strings.Builder }

func (w *writer) bytes() []byte { return []byte(strings.TrimRight(w.b.String(), "\n") + "\n") }

// blank writes an empty line, but never two.
func (w *writer) blank() {
	if s := w.b.String(); !strings.HasSuffix(s, "\n\n") {
		w.b.WriteByte('\n')
	}
}

func (w *writer) open(depth int, key string) {
	w.b.WriteString(strings.Repeat("  ", depth) + scalar(key, true) + ":\n")
}

// line writes a value that is YAML already.
func (w *writer) line(depth int, key, value string) {
	w.b.WriteString(strings.Repeat("  ", depth) + scalar(key, true) + ": " + value + "\n")
}

// must writes a value that has to be there, also when it is empty.
func (w *writer) must(depth int, key, value string) {
	w.line(depth, key, w.block(depth, value))
}

// text writes a value, unless it is empty.
func (w *writer) text(depth int, key, value string) {
	if value != "" {
		w.line(depth, key, w.block(depth, value))
	}
}

func (w *writer) list(depth int, key string, list []string) {
	if len(list) > 0 || key == "uses" {
		w.line(depth, key, flowList(list))
	}
}

func (w *writer) span(depth int, key string, d time.Duration) {
	if d != 0 {
		w.line(depth, key, flows.FormatDuration(d))
	}
}

// block writes a text of several lines as it reads, and others on one line.
func (w *writer) block(depth int, text string) string {
	lines := strings.Split(text, "\n")
	if len(lines) == 1 || !blockable(lines) {
		return scalar(text, false)
	}
	indent := "\n" + strings.Repeat("  ", depth+1)
	var b strings.Builder
	b.WriteByte('|')
	for _, l := range lines {
		if l == "" {
			b.WriteByte('\n')
			continue
		}
		b.WriteString(indent + l)
	}
	return b.String()
}

// blockable reports whether lines can stand in a block as they are.
func blockable(lines []string) bool {
	if lines[0] == "" {
		return false
	}
	for _, l := range lines {
		if l != strings.TrimSpace(l) {
			return false
		}
		for _, r := range l {
			if !unicode.IsPrint(r) {
				return false
			}
		}
	}
	return true
}

func flowList(list []string) string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = scalar(v, true)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func flowMap(m map[string]string) string {
	// Facts come in the order in which the house lists them: the name first.
	keys := slices.Sorted(maps.Keys(m))
	slices.SortStableFunc(keys, func(a, b string) int {
		i, j := slices.Index(flows.Facts(), a), slices.Index(flows.Facts(), b)
		if i < 0 || j < 0 {
			return j - i
		}
		return i - j
	})
	out := make([]string, len(keys))
	for i, key := range keys {
		out[i] = scalar(key, true) + ": " + scalar(m[key], true)
	}
	return "{" + strings.Join(out, ", ") + "}"
}

// scalar writes one value: plain where that reads back the same, else in quotes.
// inside says that it stands in a list or a map on one line, or is a key.
func scalar(s string, inside bool) string {
	if plain(s, inside) {
		return s
	}
	return strconv.Quote(s)
}

func plain(s string, inside bool) bool {
	if s == "" || s != strings.TrimSpace(s) || strings.HasSuffix(s, ":") {
		return false
	}
	switch strings.ToLower(s) {
	case "null", "~", "true", "false", "yes", "no", "on", "off", "y", "n":
		return false // text to us, but not to every reader of YAML
	}
	if strings.ContainsAny(s[:1], "-?:,[]{}#&*!|>'\"%@`.=<+~$^;\\/") {
		return false
	}
	if s[0] >= '0' && s[0] <= '9' && !plainNumber(s) {
		return false
	}
	if strings.Contains(s, ": ") || strings.Contains(s, " #") || strings.ContainsAny(s, "\"'\\`") && inside && !plainMove(s) {
		return false
	}
	if inside && strings.ContainsAny(s, ",[]{}:#") {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// plainNumber takes whole numbers, times such as 22h and dates.
func plainNumber(s string) bool {
	for _, r := range s {
		if (r < '0' || r > '9') && r != '-' && r != 'm' && r != 'h' && r != 'd' {
			return false
		}
	}
	return true
}

// plainMove lets tekst "..." stand in a script as people write it.
func plainMove(s string) bool {
	return (strings.HasPrefix(s, "tekst \"") || strings.HasPrefix(s, "foto \"")) && !strings.ContainsAny(s, ",[]{}:#\\'`")
}
