package telegram_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"houvast/bot"
	"houvast/bot/telegram/telegramtest"
)

// While nothing can be kept, people get the numbers, at most every ten minutes, and
// Telegram keeps what they did until it can.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	inBubble(t, func(r *rig) {
		told := func() (n int) {
			for _, m := range r.anna.Messages() {
				if m.FromBot && m.Text == numbers {
					n++
				}
			}
			return n
		}
		r.house.fill(true)
		start := time.Now()
		must(r.t, r.anna.Write("ik wil dood"))
		for i := range 2 {
			if err := r.door.Poll(r.t.Context()); err == nil {
				r.t.Fatal("it says that everything is kept")
			}
			if took := time.Since(start); i == 0 && took > 5*time.Second {
				r.t.Errorf("the numbers came after %v, want 5 s at most", took)
			}
		}
		if told() != 1 || r.Pending() != 1 {
			r.t.Errorf("Anna got the numbers %d times, %d pending; want once and 1", told(), r.Pending())
		}
		if h := r.door.Health(); h.Problem != "turns cannot be kept" {
			r.t.Errorf("health: %+v", h)
		}
		time.Sleep(10 * time.Minute)
		if err := r.door.Poll(r.t.Context()); err == nil || told() != 2 {
			r.t.Errorf("after ten minutes: %v, the numbers %d times, want 2", err, told())
		}
		r.house.fill(false)
		r.poll()
		events := r.house.taken()
		if len(events) != 2 || events[0].What.(bot.Wrote).Text != "ik wil dood" || r.Pending() != 0 {
			r.t.Errorf("got %+v, %d pending, want her words and a gap", events, r.Pending())
		}
		if h := r.door.Health(); h.Problem != "" || !h.Polled.Equal(time.Now()) {
			r.t.Errorf("health: %+v", h)
		}
	})
}

// A house that does not come back is no reason for silence either.
func TestHouseHangs(t *testing.T) {
	t.Parallel()
	inBubble(t, func(r *rig) {
		r.house.stuck = true
		start := time.Now()
		must(r.t, r.anna.Write("ik wil dood"))
		err := r.door.Poll(r.t.Context())
		if took := time.Since(start); err == nil || took > 5*time.Second || r.anna.Last().Text != numbers {
			r.t.Errorf("got %v after %v, Anna sees %q; want the numbers within 5 s", err, took, r.anna.Last())
		}
	})
}

func TestAHiccupIsTriedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	tries := 0
	s := settings(r)
	s.Receive = func(ctx context.Context, events []bot.Event) ([]bot.Reply, error) {
		if tries++; tries == 1 {
			return nil, errors.New("busy")
		}
		return r.house.Receive(ctx, events)
	}
	must(t, r.anna.Write("hoi"))
	must(t, r.open(s).Poll(t.Context()))
	if got := r.anna.Last(); got.Text != "" || len(r.house.taken()) != 1 {
		t.Errorf("Anna got %q", got.Text)
	}
}

// What could not be decided is kept as a dead letter; whoever did it hears the numbers.
func TestDeadLetter(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.house.reply = func(bot.Event) bot.Reply { return bot.Reply{Dead: true} }
	must(t, r.anna.Write("hoi"))
	must(t, r.anna.Write("hallo?"))
	r.poll()
	if r.anna.Last().Text != numbers || len(r.Calls("sendMessage")) != 1 || r.Pending() != 0 {
		t.Errorf("Anna sees %q, %d pending", r.anna.Transcript(), r.Pending())
	}
}

// A kill between keeping and confirming repeats; it loses nothing.
func TestConfirmedOnlyWhenKept(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for i := range 250 {
		must(t, r.anna.Write(fmt.Sprint("bericht ", i)))
	}
	ctx, kill := context.WithCancel(t.Context())
	s := settings(r)
	s.Receive = func(ctx context.Context, events []bot.Event) ([]bot.Reply, error) {
		defer kill() // kept, and dead before anything can be confirmed
		return r.house.Receive(ctx, events)
	}
	must(t, r.open(s).Run(ctx))
	if n := r.Pending(); n != 250 {
		t.Fatalf("%d pending, want all 250", n)
	}
	must(t, r.open(settings(r)).Poll(t.Context()))
	for i, e := range r.house.taken() {
		if want := bot.Text(fmt.Sprint("bericht ", i)); e.What.(bot.Wrote).Text != want {
			t.Fatalf("event %d: got %q, want %q", i, e.What.(bot.Wrote).Text, want)
		}
	}
	if n := r.Pending(); n != 0 {
		t.Errorf("%d still pending", n)
	}
}

func TestGap(t *testing.T) {
	t.Parallel()
	gaps := func(r *rig) (all []time.Duration) {
		for _, e := range r.house.taken() {
			if g, ok := e.What.(bot.Gap); ok {
				all = append(all, g.For)
			}
		}
		return all
	}
	down := func(r *rig, length time.Duration) {
		r.SetDown(true)
		r.clock.Add(length / 2)
		if err := r.door.Poll(t.Context()); err == nil {
			t.Error("it hears while Telegram is down")
		}
		r.clock.Add(length - length/2)
		r.SetDown(false)
		r.poll()
		r.poll() // a gap is told once
	}
	for _, test := range []struct {
		name string
		does func(r *rig)
		want time.Duration // 0: no gap
	}{
		{"down for 150 s", func(r *rig) { down(r, 150*time.Second) }, 0},
		{"down for longer", func(r *rig) { down(r, 151*time.Second) }, 151 * time.Second},
		{"the clock was moved", func(r *rig) { r.clock.Add(9 * time.Hour); r.poll() }, 0},
		{"a restart after an hour", func(r *rig) {
			s := settings(r)
			s.Heard = r.door.Health().Polled
			r.clock.Add(time.Hour)
			r.door = r.open(s)
			r.poll()
		}, time.Hour},
		{"a first start", func(r *rig) { r.clock.Add(time.Hour); r.door = r.open(settings(r)); r.poll() }, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			test.does(r)
			got := gaps(r)
			if test.want == 0 && len(got) != 0 || test.want != 0 && (len(got) != 1 || got[0] != test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// Run waits in a long poll and hears at once; Poll beside it waits for nothing.
func TestRun(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.door.Run(ctx) }()
	for i := range 20 {
		must(t, r.Wait(ctx, r.Polling))
		must(t, r.anna.Write(fmt.Sprint(i)))
		if i%2 == 0 {
			r.poll()
		}
		must(t, r.Wait(ctx, func() bool { return r.Pending() == 0 }))
	}
	stop()
	must(t, <-done)
	events := r.house.taken()
	if len(events) != 20 {
		t.Fatalf("got %d events, want 20", len(events))
	}
	for i, e := range events {
		if e.What.(bot.Wrote).Text != bot.Text(fmt.Sprint(i)) {
			t.Errorf("event %d is %+v", i, e)
		}
	}
	if first := r.Calls("getUpdates")[0]; first.Params["offset"] != "" || first.Params["allowed_updates"] == "" {
		t.Errorf("the first poll asked %v, want no offset, and the kinds by name", first.Params)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		does func(r *rig)
		says string
	}{
		{"a refused token", func(r *rig) { r.RevokeToken() }, "unauthorized"},
		{"down", func(r *rig) { r.SetDown(true) }, "no answer"},
		{"502", func(r *rig) { r.Inject(telegramtest.Fault{Method: "getUpdates", Effect: telegramtest.BadGateway}) }, "answered 502"},
		{"not JSON", func(r *rig) { r.Inject(telegramtest.Fault{Method: "getUpdates", Effect: telegramtest.Garbage}) }, "answered 200"},
		{"a flood", func(r *rig) { r.Inject(telegramtest.Flood("getUpdates", 3, 0)) }, "too fast, wait 3 s"},
		{"another program", func(r *rig) {
			r.Inject(telegramtest.Fault{Method: "getUpdates", Effect: telegramtest.Refuse, Code: 409, Text: "Conflict: terminated by other getUpdates request"})
		}, "another program polls"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			before := r.door.Health()
			if before.Problem != "" || before.Polled.IsZero() {
				t.Fatalf("before: %+v", before)
			}
			test.does(r)
			r.clock.Add(time.Minute)
			for range 2 {
				if err := r.door.Poll(t.Context()); err == nil || strings.Contains(err.Error(), "geheim") {
					t.Errorf("got the error %v", err)
				}
			}
			if h := r.door.Health(); !strings.Contains(h.Problem, test.says) || !h.Polled.Equal(before.Polled) {
				t.Errorf("got %+v, want %q", h, test.says)
			}
			if n := strings.Count(r.log.String(), "not heard"); n != 1 {
				t.Errorf("logged %d times, want once: %s", n, r.log)
			}
			if strings.Contains(r.log.String(), "geheim") {
				t.Errorf("the token is in the log: %s", r.log)
			}
		})
	}
}

// A webhook that somebody set is taken away, and what waited behind it is heard.
func TestWebhook(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	resp, err := http.Get(r.url + "/bot" + token + "/setWebhook?url=https://example.org")
	must(t, err)
	must(t, resp.Body.Close())
	must(t, r.anna.Write("hoi"))
	if err := r.door.Poll(t.Context()); err == nil {
		t.Error("it hears beside a webhook")
	}
	r.poll()
	if len(r.house.taken()) != 1 {
		t.Error("Anna's words were lost")
	}
}

// With a server that takes a poll and never answers, the door gives up after a
// while, and hears again when the server does.
func TestHangingPoll(t *testing.T) {
	t.Parallel()
	inBubble(t, func(r *rig) {
		stop := r.run()
		start := time.Now()
		r.Inject(telegramtest.Fault{Method: "getUpdates", Times: 9, Effect: telegramtest.Hang})
		must(r.t, r.anna.Write("een"))
		synctest.Wait()
		if len(r.house.taken()) != 1 {
			r.t.Fatal("the poll that waited did not bring her words")
		}
		must(r.t, r.anna.Write("twee"))
		must(r.t, r.Wait(r.t.Context(), func() bool { return r.Pending() == 0 }))
		waited := time.Since(start)
		// Once nothing is heard, polls do not wait for news any more: one of 65 s,
		// eight of 15 s, and the pauses between them.
		if waited < (65+8*15)*time.Second || waited > (65+8*15+50)*time.Second {
			r.t.Errorf("heard again after %v, want one poll of 65 s and eight of 15 s", waited)
		}
		synctest.Wait()
		events := r.house.taken()
		if _, gap := events[len(events)-1].What.(bot.Gap); len(events) != 2 || !gap {
			r.t.Errorf("got %+v, want her words and the gap", events)
		}
		stop()
	})
}

// Poll beside Run waits for nothing, however long Run's own poll would have waited.
func TestPollBesideRun(t *testing.T) {
	t.Parallel()
	inBubble(t, func(r *rig) {
		stop := r.run()
		for range 3 {
			start := time.Now()
			r.poll()
			if took := time.Since(start); took != 0 {
				r.t.Errorf("Poll took %v", took)
			}
			time.Sleep(time.Minute)
		}
		if h := r.door.Health(); h.Problem != "" {
			r.t.Errorf("health: %+v", h)
		}
		stop()
	})
}

// run runs the door in a bubble until the returned function is called.
func (r *rig) run() (stop func()) {
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error)
	go func() { done <- r.door.Run(ctx) }()
	synctest.Wait()
	return func() {
		r.t.Helper()
		cancel()
		must(r.t, <-done)
	}
}

// A house that starts knows at once whether Telegram is heard, and after an
// outage at once that it is heard again: whoever watches it does not wait for the
// end of a long poll.
func TestHeardAtOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(r *rig) {
		stop := r.run()
		began := time.Now()
		synctest.Wait()
		if at := r.door.Health().Polled; !at.Equal(began) {
			r.t.Errorf("heard at %v, want %v", at, began)
		}
		r.SetDown(true)
		time.Sleep(3 * time.Minute)
		r.SetDown(false)
		back := time.Now()
		time.Sleep(longestPause)
		if at := r.door.Health().Polled; at.Before(back) {
			r.t.Errorf("heard at %v, want soon after %v", at, back)
		}
		stop()
	})
}

// longestPause is how long the door rests at most between polls that fail.
const longestPause = 10 * time.Second
