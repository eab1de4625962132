package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"houvast/bot"
	"houvast/content"
	"houvast/content/file"
	"houvast/flows"
	"houvast/sqlite"
)

// A shelf holds the published flows: the live one of each, and every version
// that somebody may still be in.
type shelf struct {
	live     map[string]*flows.Flow
	versions map[string]map[int]*flows.Flow
}

var _ bot.Library = shelf{}

func (s shelf) Flow(id string) *flows.Flow { return s.live[id] }

func (s shelf) Version(id string, version int) *flows.Flow { return s.versions[id][version] }

// byHouvast is who published a flow that came with the program. What a
// coordinator published is never replaced by it.
const byHouvast = "houvast"

// publish keeps the starter flows that are new or changed since the last start
// as new versions, and puts everything published on the shelf.
func publish(ctx context.Context, db *sqlite.DB, now time.Time) (bot.Library, error) {
	starters, err := content.FlowSources()
	if err != nil {
		return nil, err
	}
	published, err := db.Flows(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what is published: %w", err)
	}
	for _, id := range sortedKeys(starters) {
		source, err := json.Marshal(starters[id])
		if err != nil {
			return nil, fmt.Errorf("bundle %s: %w", id, err)
		}
		last, live := lastOf(published, id)
		if live != nil && (live.Source == string(source) || live.By != byHouvast) {
			continue
		}
		sum := sha256.Sum256(source)
		f := sqlite.Flow{ID: id, Version: last + 1, At: now, By: byHouvast, Status: sqlite.FlowLive, Shape: sum[:], Text: sum[:], Source: string(source)}
		if err := db.PublishFlow(ctx, f); err != nil {
			return nil, fmt.Errorf("publish %s: %w", id, err)
		}
	}
	if published, err = db.Flows(ctx); err != nil {
		return nil, fmt.Errorf("read what is published: %w", err)
	}
	return stack(published)
}

// lastOf returns the highest number a flow was published with, and its live version.
func lastOf(published []sqlite.Flow, id string) (last int, live *sqlite.Flow) {
	for i, f := range published {
		if f.ID != id {
			continue
		}
		last = max(last, f.Version)
		if f.Status == sqlite.FlowLive {
			live = &published[i]
		}
	}
	return last, live
}

// stack compiles everything published. The live flows are linked with one
// another; a past version is linked with the live ones it calls.
func stack(published []sqlite.Flow) (shelf, error) {
	s := shelf{live: map[string]*flows.Flow{}, versions: map[string]map[int]*flows.Flow{}}
	var live []sqlite.Flow
	for _, p := range published {
		if p.Status == sqlite.FlowLive {
			live = append(live, p)
		}
	}
	together, err := compile(live)
	if err != nil {
		return s, err
	}
	for i, f := range together {
		s.live[f.ID] = f
		s.put(f, live[i].Version)
	}
	for _, p := range published {
		if p.Status == sqlite.FlowLive {
			continue
		}
		others := slices.DeleteFunc(slices.Clone(live), func(l sqlite.Flow) bool { return l.ID == p.ID })
		linked, err := compile(append([]sqlite.Flow{p}, others...))
		if err != nil {
			return s, err
		}
		s.put(linked[0], p.Version)
	}
	return s, nil
}

func (s shelf) put(f *flows.Flow, version int) {
	if s.versions[f.ID] == nil {
		s.versions[f.ID] = map[int]*flows.Flow{}
	}
	s.versions[f.ID][version] = f
}

// compile reads stored flows that belong together; the result is in their order.
func compile(stored []sqlite.Flow) ([]*flows.Flow, error) {
	sources := map[string]string{}
	for _, p := range stored {
		var files map[string]string
		if err := json.Unmarshal([]byte(p.Source), &files); err != nil {
			return nil, fmt.Errorf("unbundle %s version %d: %w", p.ID, p.Version, err)
		}
		maps.Copy(sources, files)
	}
	// They were checked when they were published. A check that was added since
	// must not keep a house from starting that people are talking with.
	set := file.ReadSources(sources)
	if flows.Blocks(set.Found) {
		return nil, fmt.Errorf("read published flows: %w", &file.FaultError{Findings: set.Found})
	}
	compiled := flows.Trusted(set.Drafts)
	numbered := make([]*flows.Flow, len(stored))
	for i, p := range stored {
		j := slices.IndexFunc(compiled, func(f *flows.Flow) bool { return f.ID == p.ID })
		if j < 0 {
			return nil, fmt.Errorf("flow %s version %d is not in its own source", p.ID, p.Version)
		}
		numbered[i] = compiled[j].WithVersion(p.Version)
	}
	return flows.Link(numbered...), nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, strings.Compare)
	return keys
}
