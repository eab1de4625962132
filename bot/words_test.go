package bot_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"houvast/content"
)

// A sentence that is missing would reach a resident as a key in brackets.
func TestWords(t *testing.T) {
	t.Parallel()

	words, err := content.Words()
	if err != nil {
		t.Fatal(err)
	}
	nl := words["nl"]
	keys := regexp.MustCompile(`(?:word|dutch)\("([a-z._]+)"( ?\+)?|"((?:code|kaart|antwoord|felicitatie|opgepakt|overgenomen|maatje)\.[a-z.]+)"`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range keys.FindAllStringSubmatch(string(source), -1) {
			key, prefix := m[1]+m[3], m[2] != "" || strings.HasSuffix(m[1], ".")
			seen++
			if _, ok := nl[key]; ok {
				continue
			}
			if prefix && hasPrefix(nl, key) {
				continue
			}
			t.Errorf("%s: no sentence for %q in content/words/nl.yaml", name, key)
		}
	}
	if seen < 150 {
		t.Errorf("found only %d keys: the pattern no longer fits the code", seen)
	}
}

func hasPrefix(words map[string]string, prefix string) bool {
	for key := range words {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// Every flow that the house starts by itself is among the starter flows.
func TestFlowsThatTheHouseStarts(t *testing.T) {
	t.Parallel()

	starters, err := content.Flows()
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, f := range starters {
		have[f.ID] = true
	}
	names := regexp.MustCompile(`(?:begin|Flows\.Flow)\("([a-z_]+)"`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range names.FindAllStringSubmatch(string(source), -1) {
			seen++
			if !have[m[1]] {
				t.Errorf("%s: there is no flow %q in content/flows", name, m[1])
			}
		}
	}
	if seen < 10 {
		t.Errorf("found only %d flows: the pattern no longer fits the code", seen)
	}
}

// Another language may lack sentences, but it has none that Dutch lacks, and
// every placeholder of the Dutch one.
func TestWordsInOtherLanguages(t *testing.T) {
	t.Parallel()

	words, err := content.Words()
	if err != nil {
		t.Fatal(err)
	}
	hole := regexp.MustCompile(`\{[a-z]+\}`)
	for language, sentences := range words {
		for key, text := range sentences {
			dutch, ok := words["nl"][key]
			if !ok {
				t.Errorf("%s: %q is not among the Dutch sentences", language, key)
				continue
			}
			for _, name := range hole.FindAllString(dutch, -1) {
				if !strings.Contains(text, name) {
					t.Errorf("%s: %q lacks %s", language, key, name)
				}
			}
		}
	}
	if len(words["en"]) < 50 {
		t.Errorf("English has only %d sentences", len(words["en"]))
	}
}
