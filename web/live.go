package web

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// breath is how often the page is drawn anew when nothing was heard, because
// the clock walks on by itself. It also shows a dead connection to both sides.
const breath = 10 * time.Second

// live sends the regions of the page as they change, as Server-Sent Events. The
// first event of a connection holds every region, so that a browser that was
// away, or stands at another desk now, has missed nothing.
func (s *Server) live(w http.ResponseWriter, r *http.Request) error {
	ctx, out := r.Context(), http.NewResponseController(w)
	// A live connection has no end to wait for; a server that cannot lift its
	// deadline only closes it sooner, and the browser comes back.
	_ = out.SetWriteDeadline(time.Time{})

	// Asked for before the first look, so that no change falls between the two.
	changes := s.sandbox.Changes(ctx)

	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	// Who lost the connection comes back after a second.
	if _, err := io.WriteString(w, "retry: 1000\n"); err != nil {
		return nil // the browser left
	}

	sent := map[string]region{}
	tick := time.NewTicker(breath)
	defer tick.Stop()
	for {
		v, err := s.sandbox.View(ctx, r.URL.Query().Get("as"))
		if err != nil {
			return fmt.Errorf("view the sandbox: %w", err)
		}
		regions, err := s.regions(v, deskOf(r.URL.Query(), v), dialogPanel{Dialog: v.Dialog})
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "event: regions\ndata: %s\n\n", changed(sent, regions)); err != nil {
			return nil // likewise
		}
		if err := out.Flush(); err != nil {
			return nil // likewise
		}
		select {
		case <-ctx.Done():
			return nil
		case _, open := <-changes:
			if !open {
				return nil
			}
		case <-tick.C:
		}
	}
}

// changed returns as JSON those regions that differ from what was sent before,
// and remembers them as sent.
func changed(sent map[string]region, regions []region) []byte {
	fresh := []region{}
	for _, r := range regions {
		if sent[r.ID] != r {
			sent[r.ID] = r
			fresh = append(fresh, r)
		}
	}
	line, _ := json.Marshal(fresh) // strings only: it cannot fail
	return line
}
