package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// The same source built twice, in two places, is the same file; and the bill of
// materials that it prints is the one that the linker wrote into it.
func TestReproducibleBuild(t *testing.T) {
	t.Parallel()

	if os.Getenv("HOUVAST_TEST_BUILD") == "" {
		t.Skip("HOUVAST_TEST_BUILD is not set: nothing is built twice, which takes minutes the first time") // .ci/run sets it
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	// The one that is built second lies somewhere else, with other dates.
	elsewhere := t.TempDir()
	if err := copySource(elsewhere, root); err != nil {
		t.Fatal(err)
	}
	var built []string
	var sums [][32]byte
	for _, source := range []string{root, elsewhere} {
		name := filepath.Join(t.TempDir(), "houvast")
		cmd := exec.CommandContext(t.Context(), goTool, "build", "-trimpath", "-buildvcs=false", "-ldflags=-buildid=", "-o", name, "./cmd/houvast")
		cmd.Dir, cmd.Env = source, append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(source)) {
			t.Errorf("the file says where it was built: %s", source)
		}
		built, sums = append(built, name), append(sums, sha256.Sum256(content))
	}
	if sums[0] != sums[1] {
		t.Errorf("two builds differ: %x %x", sums[0], sums[1])
	}

	said, err := exec.CommandContext(t.Context(), built[0], "version", "-sbom").Output()
	if err != nil {
		t.Fatal(err)
	}
	var b bill
	if err := json.Unmarshal(said, &b); err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(built[0])
	if err != nil {
		t.Fatal(err)
	}
	if b.Format != "CycloneDX" || len(b.Components) != len(info.Deps)+1 || len(b.Depends[0].DependsOn) != len(b.Components) {
		t.Errorf("got %d components, want %d and Go's own library", len(b.Components), len(info.Deps))
	}
	for _, m := range info.Deps {
		at := slices.IndexFunc(b.Components, func(c material) bool {
			return c.PURL == "pkg:golang/"+m.Path+"@"+m.Version && slices.Contains(c.Properties, property{"go:sum", m.Sum})
		})
		if at < 0 {
			t.Errorf("%s %s is not on the bill", m.Path, m.Version)
		}
	}
	again, err := exec.CommandContext(t.Context(), built[1], "version", "-sbom").Output()
	if err != nil || !bytes.Equal(said, again) {
		t.Error("the same build gives another bill")
	}
}

// Every module is on the bill, by its place and its sum; the one that takes the
// place of another is the one that is there.
func TestBill(t *testing.T) {
	t.Parallel()

	const good = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	info := &debug.BuildInfo{
		GoVersion: "go1.26.8", Main: debug.Module{Path: "houvast", Version: "v1.2.3"},
		Deps: []*debug.Module{
			{Path: "example.org/a", Version: "v1.0.0", Sum: good},
			{Path: "example.org/b", Version: "v1.0.0", Replace: &debug.Module{Path: "example.org/c", Version: "v2.0.0", Sum: "h1:short"}},
		},
		Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "-ldflags", Value: "/somewhere"}},
	}
	var out bytes.Buffer
	if err := writeBill(&out, info); err != nil {
		t.Fatal(err)
	}
	var b bill
	if err := json.Unmarshal(out.Bytes(), &b); err != nil {
		t.Fatal(err)
	}
	var purls []string
	for _, c := range b.Components {
		purls = append(purls, c.PURL)
	}
	if want := []string{"pkg:golang/std@1.26.8", "pkg:golang/example.org/a@v1.0.0", "pkg:golang/example.org/c@v2.0.0"}; !slices.Equal(purls, want) {
		t.Errorf("got %v, want %v", purls, want)
	}
	if a, c := b.Components[1].Properties, b.Components[2].Properties; len(a) != 1 || a[0].Value != good || len(c) != 0 {
		t.Errorf("got %v %v, want the sum that is one", a, c)
	}
	if p := b.Metadata.Component.Properties; len(p) != 1 || p[0] != (property{"go:vcs.revision", "abc"}) || b.Metadata.Component.Version != "v1.2.3" {
		t.Errorf("got %+v", b.Metadata.Component)
	}
}

// copySource copies what is built, without tests and without history.
func copySource(to, from string) error {
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && rel != ".":
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case !d.Type().IsRegular() || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer in.Close()
		out, err := os.Create(filepath.Join(to, rel))
		if err != nil {
			return err
		}
		if _, err := io.Copy(out, in); err != nil {
			out.Close()
			return err
		}
		return out.Close()
	})
}
