package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A stream is one live connection, read event by event.
type stream struct {
	testing.TB
	lines *bufio.Scanner
}

func listen(tb testing.TB, ctx context.Context, server *httptest.Server, desk string) stream {
	tb.Helper()
	r, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/sandbox/live?"+desk, nil)
	if err != nil {
		tb.Fatal(err)
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { answer.Body.Close() })
	if got := answer.Header.Get("Content-Type"); answer.StatusCode != 200 || got != "text/event-stream" {
		tb.Fatalf("got %d %s", answer.StatusCode, got)
	}
	s := stream{tb, bufio.NewScanner(answer.Body)}
	s.lines.Buffer(nil, 1<<20)
	return s
}

// next returns the regions of the next event, by id.
func (s stream) next() map[string]string {
	s.Helper()
	for s.lines.Scan() {
		line, ok := strings.CutPrefix(s.lines.Text(), "data: ")
		if !ok {
			continue
		}
		var regions []struct{ ID, HTML string }
		if err := json.Unmarshal([]byte(line), &regions); err != nil {
			s.Fatal(err)
		}
		by := map[string]string{}
		for _, r := range regions {
			by[r.ID] = r.HTML
		}
		return by
	}
	s.Fatalf("the connection ended: %v", s.lines.Err())
	return nil
}

func TestChangesArriveByThemselves(t *testing.T) {
	t.Parallel()

	town := newTown(t)
	server := httptest.NewServer(handler(town))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()

	samira := listen(t, ctx, server, "as=samira&channel=stad")
	first := samira.next()
	for _, id := range []string{"clock", "left-log", "right-log", "team-log", "team-channels", "dialog"} {
		if _, ok := first[id]; !ok {
			t.Errorf("the first event lacks %s", id)
		}
	}

	if err := town.Write(ctx, "joost", "Dag, ik ben er"); err != nil {
		t.Fatal(err)
	}
	second := samira.next()
	if len(second) != 1 || !strings.Contains(second["right-log"], "Dag, ik ben er") {
		t.Errorf("after one message came %v, want only the telephone that it is on", second)
	}

	if err := town.Post(ctx, "tom", "signalen-noord", "", "Wie neemt dit?"); err != nil {
		t.Fatal(err)
	}
	third := samira.next()
	if len(third) != 1 || !strings.Contains(third["team-channels"], "badge") {
		t.Errorf("after a post elsewhere came %v, want only its mark", third)
	}

	// Who comes back later has missed nothing.
	again := listen(t, ctx, server, "as=tom&channel=signalen-noord").next()
	if !strings.Contains(again["right-log"], "Dag, ik ben er") || !strings.Contains(again["team-log"], "Wie neemt dit?") {
		t.Error("who connects later does not see what happened before")
	}

	// A dialog opens for who asked for it, and for nobody else.
	tom := listen(t, ctx, server, "as=tom&channel=stad")
	tom.next()
	if err := town.Command(ctx, "tom", "stad", "/houvast uitnodigen"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(tom.next()["dialog"], "Iemand uitnodigen") {
		t.Error("the dialog does not open")
	}
	if got := samira.next(); got["dialog"] != "" {
		t.Errorf("somebody else's dialog opens: %v", got)
	}
}

// A connection ends with the browser that made it.
func TestConnectionEnds(t *testing.T) {
	t.Parallel()

	town := newTown(t)
	ended := make(chan struct{})
	h := handler(town)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		close(ended)
	}))
	defer server.Close()

	ctx, cancel := context.WithCancel(t.Context())
	listen(t, ctx, server, "").next()
	cancel()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("a connection that was left goes on")
	}
}
