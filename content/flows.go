// Package content holds the words that Houvast comes with, embedded: starter
// flows with their kept conversations and translations, the lexicon, an example
// network. A municipality begins with these and makes them its own.
package content

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"houvast/content/file"
	"houvast/flows"
	"houvast/flows/check"
)

//go:embed flows/*.yaml
var starters embed.FS

// Flows returns the starter flows, checked and linked with each other. An error
// means that this Houvast was built with a broken flow.
func Flows() ([]*flows.Flow, error) {
	set, err := FlowFiles()
	if err != nil {
		return nil, err
	}
	fs, found := set.Compile(check.World{House: true})
	if flows.Blocks(found) {
		return nil, fmt.Errorf("compile starter flows: %w", &file.FaultError{Findings: found})
	}
	return fs, nil
}

// FlowFiles returns the starter flows as they were written, with their
// translations and kept conversations.
func FlowFiles() (file.Set, error) {
	dir, err := fs.Sub(starters, "flows")
	if err != nil {
		return file.Set{}, fmt.Errorf("open starter flows: %w", err)
	}
	return file.ReadSet(dir), nil
}

// FlowSources returns the starter flows as they were written, by id: for each
// its own file and its translations, by file name.
func FlowSources() (map[string]map[string]string, error) {
	names, err := fs.Glob(starters, "flows/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list starter flows: %w", err)
	}
	sources := map[string]map[string]string{}
	for _, name := range names {
		base := path.Base(name)
		id, rest, _ := strings.Cut(base, ".")
		if rest == "test.yaml" {
			continue
		}
		text, err := starters.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read starter flow %s: %w", base, err)
		}
		if sources[id] == nil {
			sources[id] = map[string]string{}
		}
		sources[id][base] = string(text)
	}
	return sources, nil
}
