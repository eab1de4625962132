package file_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"houvast/content/file"
	"houvast/flows"
	"houvast/flows/check"
)

// Every file that Houvast comes with is in the canonical form: writing it again
// changes no byte.
func TestStartersAreInForm(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("../flows/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out, found := file.Canonical(filepath.Base(name), src)
		if string(out) != string(src) {
			t.Errorf("%s is not in form: %v", name, found)
		}
	}
}

// hard is a flow whose words are hard to write down.
func hard(words string) flows.Draft {
	return flows.Draft{
		ID: "hard", Title: words, About: words, Note: words, Language: "nl", Start: "a", Uses: []string{"naam"},
		Remember: []flows.Remembered{{Name: "x", Type: "text", Default: words, Keep: 36 * 60 * 60 * 1e9}},
		Waiting:  &flows.Waiting{RemindText: words},
		Steps: []flows.Step{
			{ID: "a", Kind: flows.KindChoice, Text: words, Save: "y", Buttons: []flows.Choice{{ID: "ja", Label: words, Bad: true, Next: "b"}}, Skip: &flows.Choice{ID: "skip", Label: words}},
			{ID: "b", Kind: flows.KindSay, Text: words, Next: "c"},
			{ID: "c", Kind: flows.KindContact, Of: "team", When: []string{words}, Labels: []flows.Label{{ID: "q", Text: words}}, Tell: words},
			{ID: "d", Kind: flows.KindSet, Of: "y", Value: flows.Value{Word: words}},
		},
	}
}

// trimmed is what a text is read as: without blanks at its end.
func trimmed(d flows.Draft) flows.Draft { d.Where = nil; return d }

func TestWhatIsWrittenReadsBackTheSame(t *testing.T) {
	t.Parallel()
	for _, words := range []string{
		"gewoon", "met: dubbele punt", "een # hekje", "'enkel'", `"dubbel"`, `back\slash`, "- streep", "[lijst]", "{naam}", "{belofte}", "null", "~", "true", "no",
		"10:30", "0x10", "1e3", ".inf", "2026-11-01", "112", "0800-0432", "twee\nregels", "twee\n\nregels met wit", "\ttab", "eerst wit\n  dan ingesprongen", "emoji 🙂👩‍👩‍👧", "&anker", "*ster", "!tag", "%proc", "@at", "`accent",
		"vraag?", "? vraag", "een: ", ":", "#", "|", ">", "a,b", "a, b", "\u2028regel", "\u00a0", "é", "\\n", "=", "<<", "regel\r\nregel", "---", "...", "--- x", "een\n---\ntwee",
	} {
		want := hard(strings.TrimRight(words, " \t\r\n"))
		src := file.WriteFlow(want)
		got, found := file.ReadFlow("hard.yaml", src)
		if flows.Blocks(found) || !reflect.DeepEqual(trimmed(got), want) {
			t.Errorf("%q: %v\n%s\ngot  %+v\nwant %+v", words, found, src, trimmed(got), want)
		}
		if again := file.WriteFlow(got); string(again) != string(src) {
			t.Errorf("%q: writing again gives\n%s", words, again)
		}
	}
}

// Any bytes as a file give findings or a flow, never a panic; and what could be
// read is in form after one writing.
func FuzzReadFlow(f *testing.F) {
	for _, pattern := range []string{"../flows/*.yaml", "testdata/findings/*/*.yaml"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			src, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(src)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, name := range []string{"x.yaml", "x.en.yaml", "x.test.yaml"} {
			out, found := file.Canonical(name, src)
			if out == nil {
				if len(found) == 0 {
					t.Errorf("%s: neither a file nor a finding", name)
				}
				continue
			}
			again, found := file.Canonical(name, out)
			if string(again) != string(out) {
				t.Errorf("%s is not in form after one writing: %v\n--- once\n%s\n--- twice\n%s", name, found, out, again)
			}
		}
		d, found := file.ReadFlow("x.yaml", src)
		compiled, more := check.Compile(d)
		if flows.Blocks(found) || compiled == nil {
			if len(found)+len(more) == 0 {
				t.Error("no flow and no finding")
			}
			return
		}
		e := check.Explore(compiled, flows.Person{}, 200, 1)
		if len(e.Stuck) > 0 || len(e.Helpless) > 0 {
			t.Errorf("stuck %v, helpless %v", e.Stuck, e.Helpless)
		}
	})
}

// The schema is made of the tables of the language; whoever edits flows with it
// has it in the repository.
func TestSchema(t *testing.T) {
	t.Parallel()
	golden(t, filepath.Join("testdata", "flow.schema.json"), string(file.Schema()))
}

// The language is documented where it is defined; all of its words are known to
// the reader, and the writer writes them.
func TestEveryWordOfTheLanguageIsReadAndWritten(t *testing.T) {
	t.Parallel()
	for _, v := range flows.Verbs() {
		var b strings.Builder
		b.WriteString("houvast: 1\nflow: x\ntitle: X\nlanguage: nl\nstart: s\nuses: []\n\nsteps:\n  s:\n    note: let op\n")
		sample := map[flows.Form]string{
			flows.FormText: "woorden", flows.FormPlain: "woorden", flows.FormName: "naam1", flows.FormNames: "[een, twee]", flows.FormStep: "verder",
			flows.FormYes: "true", flows.FormNumber: "3", flows.FormDuration: "3h", flows.FormClock: `"10:30"`, flows.FormValue: "teller + 1",
			flows.FormShare: "[een, twee if drie is ja]", flows.FormLabels: "\n      een: Een", flows.FormRows: "\n      - if: een is twee\n        next: verder",
		}
		value := func(w flows.Word) string {
			switch w.Form {
			case flows.FormOne:
				return w.Among[0]
			case flows.FormMany:
				return "[" + strings.Join(w.Among, ", ") + "]"
			case flows.FormMap:
				return "\n      een:\n        label: Een\n        mood: bad\n        risk: true"
			case flows.FormGroup:
				if w.Key == "skip" {
					return "\n      label: Nee\n      next: verder"
				}
				return "\n      remind_after: 1h\n      remind_text: Nog open\n      give_up_after: 2h\n      then: verder"
			}
			return sample[w.Form]
		}
		line := func(key, value string) {
			if !strings.HasPrefix(value, "\n") {
				value = " " + value
			}
			b.WriteString("    " + key + ":" + value + "\n")
		}
		line(v.Key, value(v.Of))
		for _, w := range v.Words {
			line(w.Key, value(w))
		}
		out, found := file.Canonical("x.yaml", []byte(b.String()))
		if string(out) != b.String() {
			t.Errorf("%s: %v\n--- want\n%s--- got\n%s", v.Kind, found, b.String(), out)
		}
	}
}

func BenchmarkReadAndCheck(b *testing.B) {
	src, err := fs.ReadFile(os.DirFS("../flows"), "wekelijkse_checkin.yaml")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		d, _ := file.ReadFlow("wekelijkse_checkin.yaml", src)
		check.Flow(d)
	}
}
