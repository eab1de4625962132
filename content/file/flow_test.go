package file_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"houvast/content/file"
	"houvast/flows"
	"houvast/flows/check"
)

var update = flag.Bool("update", false, "write what came out as what must come out")

// worlds is what the checks know of the house, where a fixture needs it.
var worlds = map[string]check.World{
	"aanroep":          {House: true},
	"ver_van_mens":     {House: true},
	"stille_uren":      {QuietFrom: "21:00", QuietTo: "09:00"},
	"lang_geleden":     {Today: "2026-11-22"},
	"gevaarwoord_taal": {CrisisLanguages: []string{"nl"}},
	"gevaarwoord":      {Crisis: func(text, _ string) bool { return strings.Contains(text, "dood") }},
}

// Every code has a fixture, and the fixture has the finding: its sentence, its
// line and its hint stand in want.txt.
func TestFindings(t *testing.T) {
	t.Parallel()
	for _, c := range check.Codes() {
		t.Run(c.Code, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join("testdata", "findings", c.Code)
			w := worlds[c.Code]
			if c.Code == "naam_weg" {
				w.Live = map[string]*flows.Flow{"proef": sound(t)}
			}
			fs, found := file.ReadSet(fixture(t, c.Code, dir)).Compile(w)
			if flows.Blocks(found) != (fs == nil) {
				t.Errorf("%d flows, with these findings:\n%s", len(fs), lines(found))
			}
			if !slices.ContainsFunc(found, func(f file.Finding) bool { return f.Code == c.Code && f.Level == c.Level }) {
				t.Errorf("no finding %s with level %s", c.Code, c.Level)
			}
			golden(t, filepath.Join(dir, "want.txt"), lines(found))
		})
	}
}

// A translation is read by people too: what is a fault in the flow's own words is
// one there, with its own line.
func TestFindingsInATranslation(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("testdata", "vertaald")
	w := check.World{Crisis: func(text, _ string) bool { return strings.Contains(text, "dead") }}
	fs, found := file.ReadSet(os.DirFS(dir)).Compile(w)
	if fs != nil {
		t.Error("a translation with faults compiles")
	}
	golden(t, filepath.Join(dir, "want.txt"), lines(found))
}

// The example that is broken on purpose, with a fault in nearly every step: all
// of them are told at once, each where it is.
func TestTheBrokenExample(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("testdata", "kapot")
	fs, found := file.ReadSet(os.DirFS(dir)).Compile(check.World{})
	if fs != nil {
		t.Error("the broken example compiles")
	}
	golden(t, filepath.Join(dir, "want.txt"), lines(found))
}

// fixture is the folder of a code; three of them no file can hold.
func fixture(t *testing.T, code, dir string) fs.FS {
	t.Helper()
	switch code {
	case "lezen":
		return unreadable{fstest.MapFS{"proef.yaml": {Data: []byte("houvast: 1\n")}}}
	case "te_groot":
		return fstest.MapFS{"proef.yaml": {Data: []byte("houvast: 1\nabout: " + strings.Repeat("lang ", 200_000))}}
	}
	return os.DirFS(dir)
}

// unreadable is a folder whose files cannot be opened.
type unreadable struct{ fstest.MapFS }

func (unreadable) ReadFile(name string) ([]byte, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

// sound is the flow that most fixtures are made of, with nothing wrong.
func sound(t *testing.T) *flows.Flow {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", "proef.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	d, found := file.ReadFlow("proef.yaml", src)
	f, more := check.Compile(d)
	for _, w := range append(found, more...) {
		t.Errorf("the sound flow has a finding: %s", file.Format(w))
	}
	return f
}

func lines(found []file.Finding) string {
	var b strings.Builder
	for _, f := range found {
		b.WriteString(file.Format(f) + "\n")
	}
	return b.String()
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("findings changed (go test -update accepts them)\n--- want\n%s--- got\n%s", want, got)
	}
}

// A flow with nothing wrong has no finding at all.
func TestSoundFlow(t *testing.T) {
	t.Parallel()
	if sound(t) == nil {
		t.Error("the sound flow does not compile")
	}
}

// An import of many flows with two broken ones changes nothing: there are no
// flows at all, and the faults of both files are told at once, with their lines.
func TestOneBrokenFileAndNothingIsTaken(t *testing.T) {
	t.Parallel()
	all := fstest.MapFS{}
	for _, dir := range []string{"../flows", "testdata/kapot"} {
		names, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
		if err != nil || len(names) == 0 {
			t.Fatal(names, err)
		}
		for _, name := range names {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all[filepath.Base(name)] = &fstest.MapFile{Data: src}
		}
	}
	if fs, found := file.ReadSet(all).Compile(check.World{}); fs != nil || !flows.Blocks(found) {
		t.Errorf("%d flows with a broken file among them", len(fs))
	}
	all["taal.yaml"] = &fstest.MapFile{Data: []byte("houvast: 1\nflow: taal\n  title: scheef\n")}
	fs, found := file.ReadSet(all).Compile(check.World{})
	faults := map[string]int{}
	for _, f := range found {
		if f.Level == flows.Fault && f.Line > 0 && f.Col > 0 {
			faults[f.File]++
		}
	}
	if fs != nil || faults["kapot.yaml"] < 15 || faults["taal.yaml"] != 1 {
		t.Errorf("%d flows, faults by file %v", len(fs), faults)
	}
	delete(all, "kapot.yaml")
	delete(all, "taal.yaml")
	delete(all, "taal.en.yaml")
	delete(all, "taal.test.yaml")
	if fs, found := file.ReadSet(all).Compile(check.World{}); fs == nil {
		t.Errorf("the others alone do not compile:\n%s", lines(found))
	}
}
