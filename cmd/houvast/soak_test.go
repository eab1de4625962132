package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"houvast/bot"
	"houvast/bot/mattermost/mattermosttest"
	"houvast/bot/telegram/telegramtest"
)

// soaking is how long TestSoak goes on. The plain test run leaves it out:
//
//	go test ./cmd/houvast -run TestSoak -v -soak=1m
var soaking = flag.Duration("soak", 0, "how long TestSoak kills the house; zero: not at all")

// What a minute of soaking, or more, must hold at least. On a machine that is busy
// with other things it goes on until it does.
const (
	soakKills    = 100
	soakMessages = 10_000
)

// TestSoak is [TestKill] for as long as one likes, while Telegram and Mattermost
// fail in every way the fakes know: away, refusing, hanging, and taking a message
// without saying so. Each minute is a town and a seed of its own.
func TestSoak(t *testing.T) {
	if *soaking == 0 {
		t.Skip("left out: run it with -soak=1m") // .ci/soak does; it takes minutes
	}
	began := time.Now()
	var sum tally
	few := func() bool {
		return *soaking >= time.Minute && (sum.kills < soakKills || sum.messages() < soakMessages)
	}
	for !t.Failed() && (time.Since(began) < *soaking || few()) {
		sum.add(soak(t, rand.Uint64(), min(time.Minute, max(30*time.Second, *soaking-time.Since(began)))))
	}
	slices.Sort(sum.waited)
	t.Logf("%v: %d kills, %d outages and faults, %d messages (%d texts of residents, %d to phones, %d to Mattermost), %d lost, %d swapped, repeated %v where %v were in doubt; from a cry to its answer p50 %v, p99 %v, longest %v",
		time.Since(began).Round(time.Second), sum.kills, sum.outages, sum.messages(), sum.texts, sum.sent[bot.Telegram], sum.sent[bot.Mattermost],
		sum.lost, sum.swapped, sum.repeats, sum.doubts, sum.waitedAt(0.5), sum.waitedAt(0.99), sum.waitedAt(1))
}

// soak is one town that is besieged for a while.
func soak(t *testing.T, seed uint64, lasts time.Duration) tally {
	d := newDrill(t, seed, 12)
	d.unanswered, d.busiest = 10, 1000
	ctx, cancel := context.WithTimeout(t.Context(), lasts+10*time.Minute) // longer: something hangs
	defer cancel()
	d.start()
	if err := d.settleIn(ctx); err != nil {
		t.Fatal(err)
	}
	d.kill()

	lively, enough := context.WithTimeout(ctx, lasts)
	defer enough()
	people, trouble := make(chan error, 1), make(chan int, 1)
	go func() { people <- d.live(ctx, lively) }()
	go func() { trouble <- d.trouble(lively, rand.New(rand.NewPCG(seed, 1))) }()
	died := 0
	for ; lively.Err() == nil; died++ {
		d.start()
		if err := d.moment(ctx); err != nil {
			t.Fatal(err)
		}
		d.kill()
	}
	outages := <-trouble
	d.start()
	if err := <-people; err != nil {
		t.Fatal(err)
	}
	d.comeToRest(ctx)
	sum := d.judge()
	sum.kills, sum.outages = died, outages
	t.Logf("%v: %d kills, %d outages and faults, %d messages", lasts.Round(time.Second), sum.kills, sum.outages, sum.messages())
	return sum
}

// trouble puts one fault after another in the way of the house until ctx ends,
// and returns how many.
func (d *drill) trouble(ctx context.Context, rng *rand.Rand) int {
	telegram := func(effect telegramtest.Effect, method string, times int) func() func() {
		return func() func() {
			return d.telegram.Inject(telegramtest.Fault{Method: method, Times: times, Effect: effect, Code: http.StatusInternalServerError, Text: "Internal Server Error"})
		}
	}
	mattermost := func(f mattermosttest.Fault) func() func() {
		return func() func() { return d.mattermost.Inject(f) }
	}
	faults := []func() func(){
		func() func() { d.telegram.SetDown(true); return func() { d.telegram.SetDown(false) } },
		func() func() { d.mattermost.Down(); return d.mattermost.Up },
		func() func() { d.mattermost.Restart(); return func() {} },
		func() func() { d.mattermost.DropSockets(); return func() {} },
		telegram(telegramtest.Refuse, "", 5),
		telegram(telegramtest.BadGateway, "", 5),
		telegram(telegramtest.DropAfter, "send*", 1),
		telegram(telegramtest.Garbage, "send*", 1),
		telegram(telegramtest.Reset, "getUpdates", 2),
		telegram(telegramtest.DropAfter, "getUpdates", 2),
		telegram(telegramtest.HangAfter, "sendMessage", 1),
		telegram(telegramtest.Hang, "getUpdates", 1),
		mattermost(mattermosttest.Fault{Path: "/posts", Times: 1, CutAfter: true}),
		mattermost(mattermosttest.Fault{Path: "/posts", Times: 2, Cut: true}),
		mattermost(mattermosttest.Fault{Path: "/posts", Times: 3, Status: http.StatusInternalServerError}),
		mattermost(mattermosttest.Fault{Times: 5, Status: http.StatusServiceUnavailable}),
		mattermost(mattermosttest.Fault{Path: "/posts", Times: 1, Hang: true}),
	}
	for n := 0; ; n++ {
		lift := faults[rng.IntN(len(faults))]()
		err := d.changes(ctx, 1+rng.IntN(100))
		lift()
		for range 3 { // most of the time nothing is wrong
			err = errors.Join(err, d.changes(ctx, 100+rng.IntN(500)))
		}
		if err != nil {
			return n + 1
		}
	}
}

// A tally is what one or more drills came to.
type tally struct {
	kills, outages        int
	texts, lost, swapped  int
	sent, doubts, repeats flight
	waited                []time.Duration // from a cry to the card with the numbers
}

func (s *tally) add(o tally) {
	s.kills += o.kills
	s.outages += o.outages
	s.texts += o.texts
	s.lost += o.lost
	s.swapped += o.swapped
	s.sent.add(o.sent)
	s.doubts.add(o.doubts)
	s.repeats.add(o.repeats)
	s.waited = append(s.waited, o.waited...)
}

// messages is how many went through the house, in either direction.
func (s *tally) messages() int { return s.texts + s.sent[bot.Telegram] + s.sent[bot.Mattermost] }

// waitedAt is the waiting time that this share of the cries did not exceed.
func (s *tally) waitedAt(share float64) time.Duration {
	if len(s.waited) == 0 {
		return 0
	}
	return s.waited[int(share*float64(len(s.waited)-1))].Round(100 * time.Microsecond)
}

// String is by door.
func (f flight) String() string {
	return fmt.Sprintf("telegram %d, mattermost %d", f[bot.Telegram], f[bot.Mattermost])
}
