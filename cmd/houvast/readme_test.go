package main

import (
	"os"
	"strings"
	"testing"
)

// The conversation that the README shows is a story that is played.
func TestReadme(t *testing.T) {
	t.Parallel()

	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	story, err := os.ReadFile("testdata/het-is-moeilijk.chat")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(story)) {
		if !strings.HasPrefix(line, "# ") {
			lines = append(lines, line)
		}
	}
	if shown := "```\n" + strings.Join(lines, "") + "```"; !strings.Contains(string(readme), shown) {
		t.Errorf("the README does not show this story:\n%s", shown)
	}
}
