package content_test

import (
	"strings"
	"testing"

	"houvast/content"
	"houvast/content/file"
	"houvast/flows"
	"houvast/flows/check"
	"houvast/signals/lexicon"
)

// everyone has everybody around them; alone has nobody, and no facts at all.
var (
	everyone = flows.Person{Facts: map[string]string{"naam": "Ria", "vast_contact": "Samira", "maatje": "Joost", "team": "Noord", "welkom": "Hallo."}}
	alone    = flows.Person{}
)

func starters(t *testing.T) []*flows.Flow {
	t.Helper()
	fs, err := content.Flows()
	if err != nil {
		t.Fatal(err)
	}
	return fs
}

// Every starter flow has kept conversations, and they go as they went. (A set
// whose kept conversations fail does not compile; here they have names.)
func TestStarterConversations(t *testing.T) {
	t.Parallel()
	byID := map[string]*flows.Flow{}
	for _, f := range starters(t) {
		byID[f.ID] = f
	}
	set, err := content.FlowFiles()
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]int{}
	for _, k := range set.Kept {
		kept[k.Flow] = len(k.Tests)
		for _, c := range k.Tests {
			t.Run(k.Flow+"/"+c.Name, func(t *testing.T) {
				t.Parallel()
				for _, wrong := range flows.Replay(byID[k.Flow], c) {
					t.Error(wrong)
				}
			})
		}
	}
	for id := range byID {
		if kept[id] == 0 {
			t.Errorf("flow %s has no kept conversations", id)
		}
	}
}

// Whatever anybody presses, and however long they are silent: no conversation
// gets stuck, and none ends without help after an answer that says all is not
// well. Every outcome of a flow is met in a kept conversation of it.
func TestEveryStarterConversation(t *testing.T) {
	t.Parallel()
	bad := 0
	for _, f := range starters(t) {
		for _, s := range f.Steps {
			for _, b := range s.Buttons {
				if b.Bad || b.Risk {
					bad++
				}
			}
		}
		for _, language := range []string{"nl", "en"} {
			for _, p := range []flows.Person{everyone, alone} {
				p.Language = language
				e := check.Explore(f, p, check.Most, 1)
				if e.Sampled || e.Endless > 0 || len(e.Stuck) > 0 || len(e.Helpless) > 0 {
					t.Errorf("%s: sampled %t, endless %d, stuck %v, helpless %v", f.ID, e.Sampled, e.Endless, e.Stuck, e.Helpless)
				}
			}
		}
	}
	if bad < 8 {
		t.Errorf("only %d answers are marked bad or risky: the proof would be about nothing", bad)
	}
}

// The starter flows have no fault and no warning, and no button that reads like
// danger.
func TestStartersAreSound(t *testing.T) {
	t.Parallel()
	list, err := content.Lexicon()
	if err != nil {
		t.Fatal(err)
	}
	set, err := content.FlowFiles()
	if err != nil {
		t.Fatal(err)
	}
	_, found := set.Compile(check.World{
		House:  true,
		Crisis: func(text, _ string) bool { return list.Detect(text).Level == lexicon.LevelCrisis },
	})
	for _, f := range found {
		if f.Level != flows.Tip {
			t.Error(file.Format(f))
		}
	}
}

// Take away the flow behind "Het is moeilijk" and the one behind "mens", and the
// checks say that a human is too far away.
func TestWithoutTheWayToAHumanNothingIsPublished(t *testing.T) {
	t.Parallel()
	set, err := content.FlowFiles()
	if err != nil {
		t.Fatal(err)
	}
	far := map[string]int{}
	var ds []flows.Draft
	for _, d := range set.Drafts {
		if d.ID != flows.FlowHard && d.ID != flows.FlowHuman {
			ds = append(ds, d)
		}
	}
	fs, found := check.CompileSet(ds, check.World{House: true})
	for _, f := range found {
		if f.Code == "ver_van_mens" {
			far[f.Flow]++
			if far[f.Flow] > 1 || !strings.Contains(f.Text, "geen flow 'moeilijk' of 'contact'") {
				t.Errorf("the cause is not told, or more than once: %s", file.Format(f))
			}
		}
	}
	if fs != nil || far["pauze"] != 1 {
		t.Errorf("got %d flows, and a human too far away from %v", len(fs), far)
	}
}
