package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"houvast/bot/telegram/telegramtest"
	"houvast/content"
	"houvast/signals/lexicon"
)

// A slowStart is a house that starts, whose word list is not read before the test
// says so.
type slowStart struct {
	*serving
	reading chan struct{} // closed when the list is asked for
	list    chan error    // what reading it comes to; nil: the built-in one
	done    chan error    // what running came to
	end     context.CancelFunc
}

// startSlowly starts the house of a town as serve does.
func startSlowly(t *testing.T, s *serving) *slowStart {
	t.Helper()
	slow := &slowStart{serving: s, reading: make(chan struct{}), list: make(chan error, 1), done: make(chan error, 1)}
	ctx, end := context.WithCancel(context.Background())
	slow.end = end
	h, err := raise(ctx, plan{settings: s.town.settings, network: s.town.source, now: s.town.clock.now, log: slog.New(slog.NewJSONHandler(s.log, nil)), lexicon: func(ctx context.Context) (*lexicon.Lexicon, error) {
		close(slow.reading)
		select {
		case err := <-slow.list:
			if err != nil {
				return nil, err
			}
			return content.Lexicon()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { slow.done <- errors.Join(runWith(ctx, h, listener, h.handler()), h.close()) }()
	s.address = listener.Addr().String()
	t.Cleanup(slow.end)
	return slow
}

// ended is what running came to.
func (s *slowStart) ended() error {
	s.t.Helper()
	select {
	case err := <-s.done:
		return err
	case <-time.After(patient):
		s.t.Fatalf("it does not end\n%s", s.log)
		return nil
	}
}

// heard waits until Telegram was asked what there is.
func (s *slowStart) heard(before int) {
	s.t.Helper()
	<-s.reading
	s.until("Telegram is heard", func() bool { return len(s.town.telegram.Calls("getUpdates")) > before })
}

// What lies ready at the start is fetched while the house still reads. It is
// confirmed only when it is kept, and answered once.
func TestHearsWhileReading(t *testing.T) {
	t.Parallel()

	s := newServing(t)
	answers := says(s.anna(), "113")
	if err := s.anna().Write("/nummers"); err != nil {
		t.Fatal(err)
	}
	polls := len(s.town.telegram.Calls("getUpdates"))
	slow := startSlowly(t, s)
	slow.heard(polls)
	if n := s.town.telegram.Pending(); n != 1 {
		t.Errorf("%d updates are not confirmed before the list was read, want 1", n)
	}
	if status, r := s.health(); status != 503 || !strings.Contains(strings.Join(r.Problems, " "), "starten") {
		t.Errorf("/health says %d %q while the house reads", status, r.Problems)
	}
	if n := says(s.anna(), "113"); n != answers {
		t.Error("something was decided before the list was read")
	}
	slow.list <- nil
	s.until("it is answered and confirmed", func() bool { return says(s.anna(), "113") > answers && s.town.telegram.Pending() == 0 })
	s.until("health is green", func() bool { status, _ := s.health(); return status == 200 })
	slow.end()
	if err := slow.ended(); err != nil {
		t.Error(err)
	}
	if n := says(s.anna(), "113"); n != answers+1 {
		t.Errorf("it was answered %d times", n-answers)
	}
}

// A list that cannot be read is a reason not to start, said clearly. Nothing was
// confirmed by then: the next start hears it all.
func TestBrokenListConfirmsNothing(t *testing.T) {
	t.Parallel()

	s := newServing(t)
	answers := says(s.anna(), "113")
	if err := s.anna().Write("ik wil dood"); err != nil {
		t.Fatal(err)
	}
	polls := len(s.town.telegram.Calls("getUpdates"))
	slow := startSlowly(t, s)
	slow.heard(polls)
	slow.list <- errors.New("lexicon/nl.yaml:3:1: this line is broken")
	if err := slow.ended(); err == nil || !strings.Contains(err.Error(), "lexicon/nl.yaml:3:1") {
		t.Errorf("it ended with %v", err)
	}
	if n := s.town.telegram.Pending(); n != 1 {
		t.Errorf("%d updates are not confirmed, want 1", n)
	}
	s.start()
	s.until("it is answered and confirmed", func() bool { return says(s.anna(), "113") > answers && s.town.telegram.Pending() == 0 })
	if n := says(s.anna(), "113"); n != answers+1 {
		t.Errorf("it was answered %d times", n-answers)
	}
}

// What was decided before a fall is carried out while the house still reads, and a
// refusal of it, which must be decided about, keeps no stop waiting and is not lost.
func TestDeliversWhileReading(t *testing.T) {
	t.Parallel()

	for name, refused := range map[string]bool{"it arrives": false, "it is refused": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServing(t)
			s.start()
			s.until("health is green", func() bool { status, _ := s.health(); return status == 200 })
			clear := s.town.telegram.Inject(telegramtest.Fault{Method: "sendMessage", Effect: telegramtest.Hang})
			answers := says(s.anna(), "113")
			if err := s.anna().Write("/nummers"); err != nil {
				t.Fatal(err)
			}
			s.until("the update was taken in", func() bool { return s.town.telegram.Pending() == 0 })
			s.end()
			clear()
			if says(s.anna(), "113") > answers {
				t.Fatal("the answer was there before the stop: this test proves nothing")
			}
			if refused {
				clear = s.town.telegram.Inject(telegramtest.Fault{Method: "sendMessage", Effect: telegramtest.Refuse, Code: 400, Text: "Bad Request: no"})
			}
			sent := len(s.town.telegram.Calls("sendMessage"))
			slow := startSlowly(t, s)
			<-slow.reading
			s.until("it is carried out", func() bool { return len(s.town.telegram.Calls("sendMessage")) > sent })
			if !refused {
				s.until("it is there", func() bool { return says(s.anna(), "113") == answers+1 })
			}
			slow.end()
			if err := slow.ended(); err != nil {
				t.Error(err)
			}
			if refused {
				clear()
				s.start()
				s.until("it is there after all", func() bool { return says(s.anna(), "113") == answers+1 })
			}
		})
	}
}
