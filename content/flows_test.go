package content_test

import (
	"testing"

	"houvast/content"
	"houvast/flows"
)

// Every kept conversation of the starter flows goes as it went when it was kept.
func TestStarterConversations(t *testing.T) {
	t.Parallel()
	fs, err := content.Flows()
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]*flows.Flow{}
	for _, f := range fs {
		byID[f.ID] = f
	}
	set, err := content.FlowFiles()
	if err != nil {
		t.Fatal(err)
	}
	tested := map[string]bool{}
	for _, k := range set.Kept {
		tested[k.Flow] = len(k.Tests) > 0
		for _, c := range k.Tests {
			t.Run(k.Flow+"/"+c.Name, func(t *testing.T) {
				t.Parallel()
				for _, wrong := range flows.Replay(byID[k.Flow], c) {
					t.Error(wrong)
				}
			})
		}
	}
	for _, f := range fs {
		if !tested[f.ID] {
			t.Errorf("flow %s has no kept conversations", f.ID)
		}
	}
}
