package web_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"houvast/content"
	"houvast/flows"
	"houvast/web"
)

// Every starter flow can be drawn, also two at a time, and the picture has every
// step as a link.
func TestDrawFlow(t *testing.T) {
	t.Parallel()
	fs, err := content.Flows()
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for _, f := range fs {
		all.Go(func() {
			svg, err := web.DrawFlow(t.Context(), &f.Draft)
			if err != nil {
				t.Error(err)
				return
			}
			if !strings.HasPrefix(string(svg), "<svg") {
				t.Errorf("%s: the picture begins with %.40s", f.ID, svg)
			}
			for _, id := range f.StepIDs() {
				if !strings.Contains(string(svg), `"#stap-`+id+`"`) {
					t.Errorf("%s: step %s is not in the picture", f.ID, id)
				}
			}
			wellFormed(t, f.ID, svg)
		})
	}
	all.Wait()
}

// The picture says in words what nobody may overlook: where the numbers are, how
// long silence takes, what reaches people, and that the card comes with a signal.
// It fits on one sheet of A4.
func TestThePictureSaysWhatMatters(t *testing.T) {
	t.Parallel()
	fs, err := content.Flows()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fs {
		svg, err := web.DrawFlow(t.Context(), &f.Draft)
		if err != nil {
			t.Fatal(err)
		}
		var width, height int
		if _, err := fmt.Sscanf(string(svg), `<svg width="%dpt" height="%dpt"`, &width, &height); err != nil || width > 545 || height > 790 {
			t.Errorf("%s: %v: %d by %d pt is more than a sheet", f.ID, err, width, height)
		}
		if f.ID != "wekelijkse_checkin" {
			continue
		}
		for _, words := range []string{"Wekelijkse check&#45;in", "+ de nummers", "na 30 min stil", "na 22 uur stil", "signaal: het gaat niet goed", "de crisiskaart, en het signaal", "1 heel slecht … 5 heel goed"} {
			if !strings.Contains(string(svg), words) && !strings.Contains(strings.ReplaceAll(string(svg), "&#160;", " "), words) {
				t.Errorf("the picture does not say %q", words)
			}
		}
	}
}

// What a coordinator writes cannot break the picture, nor become part of a page.
func TestDrawFlowWithHostileWords(t *testing.T) {
	t.Parallel()
	words := "\"]; x -> y; \\N <script>alert(1)</script> & \\\" \n\t{naam} \x00 \xff"
	d := flows.Draft{ID: words, Start: "a", Steps: []flows.Step{
		{ID: "a", Kind: flows.KindChoice, Text: words, Buttons: []flows.Choice{{ID: "x", Label: words, Next: words}, {ID: "y", Label: "<b>", Next: "weg"}}},
		{ID: words, Kind: flows.KindEnd, Of: words, Text: words},
		{ID: "leeg"},
	}}
	svg, err := web.DrawFlow(t.Context(), &d)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(svg), "<script") {
		t.Error("words became a script")
	}
	wellFormed(t, "hostile", svg)
}

func wellFormed(t *testing.T, id string, svg []byte) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	d.Entity = xml.HTMLEntity
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Errorf("%s: %v", id, err)
			return
		}
	}
}

func BenchmarkDrawFlow(b *testing.B) {
	fs, err := content.Flows()
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range fs {
		if f.ID == "wekelijkse_checkin" {
			for b.Loop() {
				if _, err := web.DrawFlow(b.Context(), &f.Draft); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}

// The code for drawing is kept where we look for it, by any program that could draw.
func TestCodeIsKept(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	temporary := t.TempDir()
	if err := web.CodeKept(t.Context(), temporary); !errors.Is(err, web.ErrCodeLost) {
		t.Errorf("before the first start: %v", err)
	}
	start := exec.CommandContext(t.Context(), self, "-test.run=^$")
	start.Env = append(os.Environ(), "TMPDIR="+temporary)
	if out, err := start.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := web.CodeKept(t.Context(), temporary); err != nil {
		t.Errorf("after it: %v", err)
	}
}

// Code that is not there for the next start, or that somebody else could have
// written, is told.
func TestCodeKept(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(temporary, folder, code string) error
		want  error
	}{
		"all is well":                   {func(_, _, _ string) error { return nil }, nil},
		"a folder like /tmp":            {func(temporary, _, _ string) error { return os.Chmod(temporary, 0o777|fs.ModeSticky) }, nil},
		"nothing is there":              {func(temporary, _, _ string) error { return os.RemoveAll(temporary) }, web.ErrCodeLost},
		"it was never finished":         {func(_, _, code string) error { return os.Rename(code, code+".1.tmp") }, web.ErrCodeLost},
		"others may write it":           {func(_, _, code string) error { return os.Chmod(code, 0o622) }, web.ErrCodeShared},
		"others may write beside it":    {func(_, folder, _ string) error { return os.Chmod(folder, 0o770) }, web.ErrCodeShared},
		"others may move it away":       {func(temporary, _, _ string) error { return os.Chmod(temporary, 0o777) }, web.ErrCodeShared},
		"it may lead to what is theirs": {func(_, _, code string) error { return os.Symlink("elsewhere", code+".too") }, web.ErrCodeShared},
		"it is somebody else's": {func(_, _, code string) error {
			if os.Geteuid() != 0 {
				return os.Chmod(code, 0o666) // who is not root cannot give a file away
			}
			return os.Chown(code, 65534, 65534)
		}, web.ErrCodeShared},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			temporary := filepath.Join(t.TempDir(), "temporary")
			folder := filepath.Join(temporary, "go-graphviz", "wazero-v1")
			code := filepath.Join(folder, "0123")
			err := errors.Join(os.MkdirAll(folder, 0o755), os.WriteFile(code, nil, 0o600), c.spoil(temporary, folder, code))
			if err != nil {
				t.Fatal(err)
			}
			if err := web.CodeKept(t.Context(), temporary); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}
