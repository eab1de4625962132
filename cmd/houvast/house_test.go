package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// walls is the plan in README.md: which rooms each room may enter. A room that
// is not in it does not exist. Tests may enter every room.
var walls = map[string][]string{
	"flows":            {},
	"flows/check":      {"flows"}, // the engine does without it
	"flows/flowstest":  {"flows"}, // flows drawn by chance, for the tests of both
	"scheduler":        {"flows"},
	"signals":          {"flows", "scheduler"},
	"signals/lexicon":  {}, // words know nobody: it needs no room, and routing does not need it
	"bot":              {"flows", "scheduler", "signals", "signals/lexicon"},
	"bot/telegram":     {"bot", "flows", "scheduler", "signals"},
	"bot/mattermost":   {"bot", "flows", "scheduler", "signals"},
	"bot/clock":        {"bot", "flows", "scheduler", "signals"},
	"content/file":     {"flows", "flows/check", "scheduler", "signals", "signals/lexicon"},
	"content":          {"content/file", "flows", "flows/check", "scheduler", "signals", "signals/lexicon"},
	"web":              {"content/file", "flows", "scheduler", "signals"},
	"sqlite":           {"bot", "flows", "scheduler", "signals", "sqlite/beside", "sqlite/sealed"},
	"sqlite/beside":    {},                                       // commands beside a house that serves
	"sqlite/sealed":    {},                                       // backups that only a key of age opens
	"sqlite/storetest": {"bot", "flows", "scheduler", "signals"}, // a test-suite, for every store
	"cmd/houvast": {"bot", "bot/clock", "bot/mattermost", "bot/mattermost/mattermosttest", "bot/telegram", "bot/telegram/telegramtest",
		"cmd/houvast/author", "content", "content/file", "flows", "scheduler", "signals", "signals/lexicon", "sqlite", "sqlite/beside", "sqlite/sealed", "web"},
	"cmd/houvast/author":            {"bot", "content", "content/file", "flows", "flows/check", "signals/lexicon", "web"}, // no memory, no door
	"bot/telegram/telegramtest":     {},
	"bot/mattermost/mattermosttest": {},
}

// hosts names the one room where each outside library may be. What is not in
// it may be nowhere.
var hosts = map[string][]string{
	"database/sql":                            {"sqlite"},
	"filippo.io/age":                          {"sqlite/sealed"},
	"github.com/go-telegram/bot":              {"bot/telegram"},
	"github.com/goccy/go-graphviz":            {"web"},
	"github.com/goccy/go-yaml":                {"content/file"},
	"github.com/gorilla/websocket":            {"bot/mattermost"}, // the Mattermost client takes its dialer
	"github.com/mattermost/mattermost/server": {"bot/mattermost"},
	"github.com/prometheus/client_golang":     {"cmd/houvast"},
	"github.com/robfig/cron/v3":               {"scheduler"},
	"golang.org/x/image":                      {"bot/mattermost"}, // the printed card of an invitation
	"golang.org/x/text":                       {"signals/lexicon"},
	"golang.org/x/time":                       {"bot"},
	"modernc.org/sqlite":                      {"sqlite"},
	"pgregory.net/rapid":                      {"flows/flowstest"},
	"rsc.io/qr":                               {"bot/mattermost"}, // the QR picture of an invitation
}

// decides are the rooms that only decide: they touch nothing, and no signature
// in them has a context.
var decides = []string{"flows", "flows/check", "scheduler", "signals", "signals/lexicon"}

// TestHouse keeps the walls where the plan draws them.
func TestHouse(t *testing.T) {
	t.Parallel()

	root := os.DirFS("../..")
	rooms := map[string]bool{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || ownModule(root, name)) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, read(t, root, name), parser.ImportsOnly)
		if err != nil {
			return err
		}
		room := path.Dir(name)
		rooms[room] = true
		enters, known := walls[room]
		if !known {
			t.Errorf("%s: the room %s is not on the plan", name, room)
		}
		for _, spec := range file.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if fault := wall(room, enters, imp); fault != "" {
				t.Errorf("%s: %s", name, fault)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for room := range walls {
		if !rooms[room] {
			t.Errorf("the plan has a room %s, but the house does not", room)
		}
	}
	top, err := fs.ReadDir(root, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range top {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") &&
			!slices.Contains([]string{"bot", "cmd", "content", "flows", "scheduler", "signals", "sqlite", "web"}, e.Name()) {
			t.Errorf("%s stands at the top; a new folder there needs a decision line in the README", e.Name())
		}
	}
}

// wall says what is wrong with an import, or nothing.
func wall(room string, enters []string, imp string) string {
	if other, ok := strings.CutPrefix(imp, "houvast/"); ok {
		if !slices.Contains(enters, other) {
			return "may not enter " + other
		}
		return ""
	}
	if slices.Contains(decides, room) && imp == "context" {
		return "this room only decides, so it has no context"
	}
	for lib, at := range hosts {
		if imp == lib || strings.HasPrefix(imp, lib+"/") {
			if !slices.Contains(at, room) {
				return imp + " belongs in " + strings.Join(at, ", ")
			}
			return ""
		}
	}
	if first, _, _ := strings.Cut(imp, "/"); strings.Contains(first, ".") {
		return imp + " has no room: a new library needs its reason in the README"
	}
	return ""
}

// ownModule reports whether a folder is a module of its own.
func ownModule(root fs.FS, dir string) bool {
	_, err := fs.Stat(root, dir+"/go.mod")
	return err == nil
}

func read(t *testing.T, root fs.FS, name string) []byte {
	t.Helper()
	src, err := fs.ReadFile(root, name)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// TestTime keeps the clock an argument: only cmd and tests ask what time it is.
func TestTime(t *testing.T) {
	t.Parallel()

	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "cmd/") {
			return err
		}
		if src := string(read(t, root, name)); strings.Contains(src, "time.Now()") && !strings.HasPrefix(name, "bot/mattermost/mattermostreal/") {
			t.Errorf("%s calls time.Now: time is an argument", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
