package telegramtest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// A line of a record: one of the two is set.
type recorded struct {
	Request *recordedRequest `json:"request,omitempty"`
	Update  json.RawMessage  `json:"update,omitempty"`
	ByHand  bool             `json:"by_hand,omitempty"` // the update was given to Push as it is, and may be wrong on purpose
}

type recordedRequest struct {
	Method   string            `json:"method"`
	Params   map[string]string `json:"params,omitempty"`
	Files    []string          `json:"files,omitempty"` // their names in the form
	Encoding string            `json:"encoding"`
	Status   int               `json:"status"`
}

// Record writes everything that the bot asked and everything that was put before
// it, as one JSON object a line, so that somebody else can judge both. Of a very
// long run it is what [Server.Requests] has, and as many updates.
func (s *Server) Record(w io.Writer) error {
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for _, r := range s.Requests() {
		err := lines.Encode(recorded{Request: &recordedRequest{
			Method: r.Method, Params: r.Params, Files: slices.Sorted(maps.Keys(r.Files)), Encoding: r.Encoding, Status: r.Status,
		}})
		if err != nil {
			return fmt.Errorf("record a request: %w", err)
		}
	}
	s.mu.Lock()
	updates := slices.Clone(s.queue.made)
	s.mu.Unlock()
	for _, u := range updates {
		if err := lines.Encode(u); err != nil {
			return fmt.Errorf("record an update: %w", err)
		}
	}
	return out.Flush()
}

// RecordIn writes the record as a file of its own, which ends in .jsonl, in a
// folder that is there. Name is that of a test.
func (s *Server) RecordIn(folder, name string) (err error) {
	plain := strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r == '*' || r == ' ' {
			return '_'
		}
		return r
	}, name)
	f, err := os.CreateTemp(folder, plain+"-*.jsonl")
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return s.Record(f)
}
