package file

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"houvast/flows"
	"houvast/flows/check"
)

// A Set is a folder of flows that belong together.
type Set struct {
	Drafts []flows.Draft // by file name, each with its translations
	Files  map[string]string
	Kept   []flows.Kept
	Found  []Finding // what is wrong with how the files are written
}

// ReadSet reads every flow in a folder, with its translations and kept
// conversations: <id>.yaml, <id>.<language>.yaml and <id>.test.yaml. It reads
// on after a fault, so that the faults of all files are told at once.
func ReadSet(fsys fs.FS) Set {
	s := Set{Files: map[string]string{}}
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		s.Found = []Finding{{File: ".", Level: flows.Fault, Code: "lezen", Text: "deze map kan niet gelezen worden"}}
		return s
	}
	slices.Sort(names)
	sources := make(map[string][]byte, len(names))
	for _, name := range names {
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			s.Found = append(s.Found, Finding{File: name, Level: flows.Fault, Code: "lezen", Text: "dit bestand kan niet gelezen worden"})
			continue
		}
		sources[name] = src
	}
	s.read(names, sources)
	return s
}

// ReadSources reads flows that are not in a folder, by file name.
func ReadSources(files map[string]string) Set {
	s := Set{Files: map[string]string{}}
	names := make([]string, 0, len(files))
	sources := make(map[string][]byte, len(files))
	for name, text := range files {
		names = append(names, name)
		sources[name] = []byte(text)
	}
	slices.Sort(names)
	s.read(names, sources)
	return s
}

func (s *Set) read(names []string, sources map[string][]byte) {
	for _, name := range names {
		if kindOf(name) != isFlow || sources[name] == nil {
			continue
		}
		d, fs := ReadFlow(name, sources[name])
		s.Found = append(s.Found, fs...)
		if d.ID == "" && len(d.Steps) == 0 && flows.Blocks(fs) {
			continue // nothing of it could be read; that is told
		}
		if want := strings.TrimSuffix(path.Base(name), ".yaml"); d.ID != "" && d.ID != want {
			at := d.Where["flow"]
			s.Found = append(s.Found, Finding{File: name, Line: at.Line, Col: at.Col, Level: flows.Fault, Code: "bestandsnaam",
				Text: "de flow heet '" + d.ID + "', maar het bestand '" + want + ".yaml'"})
		}
		s.Files[d.ID] = name
		s.Drafts = append(s.Drafts, d)
	}
	for _, name := range names {
		switch src := sources[name]; {
		case src == nil:
		case kindOf(name) == isTranslation:
			t, fs := ReadTranslation(name, src)
			s.Found = append(s.Found, fs...)
			i := slices.IndexFunc(s.Drafts, func(d flows.Draft) bool { return d.ID == t.Flow })
			if i < 0 {
				s.orphan(name, t.Flow, t.Where["translates"])
				continue
			}
			t.File = name
			s.Drafts[i].Translations = append(s.Drafts[i].Translations, t.Translation)
		case kindOf(name) == isKept:
			k, fs := ReadKept(name, src)
			s.Found = append(s.Found, fs...)
			if !slices.ContainsFunc(s.Drafts, func(d flows.Draft) bool { return d.ID == k.Flow }) {
				s.orphan(name, k.Flow, flows.Pos{Line: 1, Col: 1})
				continue
			}
			s.Kept = append(s.Kept, k)
		}
	}
}

// orphan tells of a file that belongs to a flow that is not there. A flow that
// could not be read has a finding of its own.
func (s *Set) orphan(name, flow string, at flows.Pos) {
	if flow == "" {
		return
	}
	var ids []string
	for _, d := range s.Drafts {
		ids = append(ids, d.ID)
	}
	s.Found = append(s.Found, Finding{File: name, Line: at.Line, Col: at.Col, Level: flows.Fault, Code: "flow",
		Text: "de flow '" + flow + "' is er niet", Hint: flows.Near(flow, ids)})
}

// What a file in a folder of flows holds.
const (
	isFlow = iota
	isTranslation
	isKept
)

// kindOf tells by a file's name what it holds.
func kindOf(name string) int {
	stem := strings.TrimSuffix(path.Base(name), ".yaml")
	_, ext, ok := strings.Cut(stem, ".")
	switch {
	case !ok:
		return isFlow
	case ext == "test":
		return isKept
	}
	return isTranslation
}

// Compile makes flows of the drafts and links them, when nothing blocks that.
// With a fault in any of them there are no flows at all: an import with one
// broken file changes nothing, and every fault of every file is told.
//
// When the flows themselves are sound, their kept conversations are replayed and
// every conversation they allow is explored. What goes wrong there blocks too.
func (s Set) Compile(w check.World) ([]*flows.Flow, []Finding) {
	fs, found := check.CompileSet(s.Drafts, w)
	found = Merge(s.Found, found)
	if flows.Blocks(found) {
		fs = nil
	}
	for _, f := range fs {
		found = append(found, explored(f)...)
	}
	for _, k := range s.Kept {
		i := slices.IndexFunc(fs, func(f *flows.Flow) bool { return f.ID == k.Flow })
		if i >= 0 {
			found = append(found, replayed(fs[i], k)...)
		}
	}
	for i := range found {
		if found[i].File == "" {
			found[i].File = s.Files[found[i].Flow]
		}
	}
	flows.SortFindings(found)
	if flows.Blocks(found) {
		return nil, found
	}
	return fs, found
}

// Merge puts what is wrong with how flows are written together with what is
// wrong with the flows. Where the writing could not be understood, that is the
// cause, and what the checks make of it is left out.
func Merge(read, checked []Finding) []Finding {
	out := slices.Clone(read)
	for _, f := range checked {
		if f.Path == "" || !slices.ContainsFunc(read, func(r Finding) bool { return r.Path == f.Path && r.Flow == f.Flow && r.Level == flows.Fault }) {
			out = append(out, f)
		}
	}
	return out
}

func replayed(f *flows.Flow, k flows.Kept) []Finding {
	var found []Finding
	for i, c := range k.Tests {
		at := k.Where[fmt.Sprintf("tests.%d", i)]
		for _, wrong := range flows.Replay(f, c) {
			found = append(found, Finding{File: k.File, Line: at.Line, Col: at.Col, Flow: k.Flow,
				Level: flows.Fault, Code: "proef_mislukt", Text: "'" + c.Name + "': " + wrong})
		}
	}
	return found
}

// enough is how many conversations are explored before publishing. The tool
// explores more.
const enough = 20_000

// explored holds what the checks say against what the engine does: for somebody
// who has everybody around them, and for somebody who has nobody.
func explored(f *flows.Flow) []Finding {
	all := map[string]string{}
	for _, fact := range flows.Facts() {
		all[fact] = "Ria"
	}
	for _, facts := range []map[string]string{all, {}} {
		e := check.Explore(f, flows.Person{Facts: facts}, enough, 1)
		stuck, helpless := e.Stuck, e.Helpless
		what, moves := "blijft het gesprek hangen", stuck
		if len(stuck) == 0 {
			what, moves = "eindigt een slecht antwoord zonder hulp", helpless
		}
		if len(moves) > 0 {
			return []Finding{{Flow: f.ID, Line: 1, Col: 1, Level: flows.Fault, Code: "verkenning",
				Text: fmt.Sprintf("met deze antwoorden %s: %v", what, moves[0])}}
		}
	}
	return nil
}
