package file

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"houvast/flows"
)

// A Set is a folder of flows that belong together.
type Set struct {
	Drafts []flows.Draft // by file name, each with its translations
	Files  map[string]string
	Kept   []flows.Kept
}

// ReadSet reads every flow in a folder, with its translations and kept
// conversations: <id>.yaml, <id>.<language>.yaml and <id>.test.yaml. It reads
// on after a fault, so that the faults of all files are told at once.
func ReadSet(fsys fs.FS) (Set, []Finding) {
	s := Set{Files: map[string]string{}}
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return s, []Finding{{File: ".", Level: flows.Fault, Code: "lezen", Text: "deze map kan niet gelezen worden"}}
	}
	slices.Sort(names)
	sources := make(map[string][]byte, len(names))
	var found []Finding
	for _, name := range names {
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			found = append(found, Finding{File: name, Level: flows.Fault, Code: "lezen", Text: "dit bestand kan niet gelezen worden"})
			continue
		}
		sources[name] = src
	}
	return s.read(names, sources, found)
}

// ReadSources reads flows that are not in a folder, by file name.
func ReadSources(files map[string]string) (Set, []Finding) {
	names := make([]string, 0, len(files))
	sources := make(map[string][]byte, len(files))
	for name, text := range files {
		names = append(names, name)
		sources[name] = []byte(text)
	}
	slices.Sort(names)
	return Set{Files: map[string]string{}}.read(names, sources, nil)
}

func (s Set) read(names []string, sources map[string][]byte, found []Finding) (Set, []Finding) {
	for _, name := range names {
		if kindOf(name) != isFlow || sources[name] == nil {
			continue
		}
		d, fs := ReadFlow(name, sources[name])
		found = append(found, fs...)
		if want := strings.TrimSuffix(path.Base(name), ".yaml"); d.ID != "" && d.ID != want {
			at := d.Where["flow"]
			found = append(found, Finding{File: name, Line: at.Line, Col: at.Col, Level: flows.Fault, Code: "bestandsnaam",
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
			found = append(found, fs...)
			i := slices.IndexFunc(s.Drafts, func(d flows.Draft) bool { return d.ID == t.Flow })
			if i < 0 {
				found = append(found, s.orphan(name, t.Flow, t.Where["translates"]))
				continue
			}
			t.File = name
			s.Drafts[i].Translations = append(s.Drafts[i].Translations, t.Translation)
		case kindOf(name) == isKept:
			k, fs := ReadKept(name, src)
			found = append(found, fs...)
			if !slices.ContainsFunc(s.Drafts, func(d flows.Draft) bool { return d.ID == k.Flow }) {
				found = append(found, s.orphan(name, k.Flow, flows.Pos{Line: 1, Col: 1}))
				continue
			}
			s.Kept = append(s.Kept, k)
		}
	}
	return s, found
}

func (s Set) orphan(name, flow string, at flows.Pos) Finding {
	var ids []string
	for _, d := range s.Drafts {
		ids = append(ids, d.ID)
	}
	return Finding{File: name, Line: at.Line, Col: at.Col, Level: flows.Fault, Code: "flow",
		Text: "de flow '" + flow + "' is er niet", Hint: flows.Near(flow, ids)}
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
// With a fault in any of them there are no flows at all.
func (s Set) Compile(w flows.World) ([]*flows.Flow, []Finding) {
	fs, found := flows.CompileSet(s.Drafts, w)
	for i := range found {
		if found[i].File == "" {
			found[i].File = s.Files[found[i].Flow]
		}
	}
	flows.SortFindings(found)
	return fs, found
}
