package bot

import (
	"sync"
	"time"
)

// The bounds on retries: notes on reliability, 3.2.
const (
	firstRetry    = 250 * time.Millisecond
	capDistress   = 15 * time.Second
	capOther      = 5 * time.Minute
	maxAttempts   = 60 // of what is scheduled; answers and distress have no end but their Until
	repeatsBulk   = 1  // resends of a scheduled message that may have arrived
	repeatsAnswer = 2
	repeatsLoud   = 3
)

// RetryAt returns when to try a message again after failure, or false to give
// it up. m.Attempts is how often it was tried before. chance in [0,1) spreads
// the retries of many.
//
// A message that may have arrived on Telegram, which has no idempotency key, is
// sent again a bounded number of times: repeats are bounded by construction. On
// Mattermost the door sees to it that a resend does not repeat. A message about
// distress to professionals is never given up.
func RetryAt(now time.Time, door string, m Message, failure *SendError, chance float64) (time.Time, bool) {
	loud := m.Lane == LaneDistress
	most := capOther
	if loud {
		most = capDistress
	}
	backoff := most
	if m.Attempts < 12 {
		backoff = min(most, firstRetry<<m.Attempts)
	}
	// Never at once, so that two retries of one row keep apart.
	at := now.Add(backoff/4 + time.Duration(chance*float64(backoff)*3/4))
	switch failure.Class {
	case SendBlocked:
		return time.Time{}, false
	case SendRefused:
		if loud && door == Mattermost {
			return now.Add(capDistress), true
		}
		return time.Time{}, false
	case SendRetry:
		if failure.After > 0 {
			return now.Add(failure.After), true
		}
	case SendSlow:
		return now.Add(max(failure.After, firstRetry)), true
	case SendUnknown:
		m.Ambiguous++
		if repeatedEnough(door, m) {
			return time.Time{}, false
		}
	}
	if !m.Until.IsZero() && at.After(m.Until) || m.Lane == LaneScheduled && m.Attempts >= maxAttempts {
		return time.Time{}, false
	}
	return at, true
}

// repeatedEnough reports whether a message may have arrived so often that another
// try would be one too many: then people are told that nobody can know.
func repeatedEnough(door string, m Message) bool {
	allowed := [...]int{LaneDistress: repeatsLoud, LaneAnswer: repeatsAnswer, LaneScheduled: repeatsBulk}[m.Lane]
	return door == Telegram && m.Ambiguous > allowed
}

// A circuit knows whether a platform answers. After a failure nothing is sent
// until a probe got an answer: a message must not spend its bounded repeats on a
// platform that is away. Distress probes at least every two seconds. A new circuit
// has not heard from its platform yet, and probes first: what was on its way when
// the house fell must not be spent on a platform that is away.
type circuit struct {
	mu    sync.Mutex
	fails int
	last  time.Time // when it last failed
}

const (
	failsAtStart = 1
	failsToOpen  = 3 // from then on the platform counts as away
	probeLoud    = 2 * time.Second
	probeRegular = 5 * time.Second
)

// wait returns how long a lane must hold its messages, and whether it must probe
// before it sends any.
func (c *circuit) wait(now time.Time, lane Lane) (hold time.Duration, probe bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fails == 0 {
		return 0, false
	}
	after := firstRetry
	if c.fails >= failsToOpen {
		after = probeRegular
		if lane == LaneDistress {
			after = probeLoud
		}
	}
	return max(0, c.last.Add(after).Sub(now)), true
}

// open reports whether the platform does not answer.
func (c *circuit) open() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fails >= failsToOpen
}

func (c *circuit) failure(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fails++
	c.last = now
}

// success reports whether the platform came back by it.
func (c *circuit) success() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	back := c.fails > 0
	c.fails = 0
	return back
}

// Down returns the doors whose platform does not answer now.
func (b *Bot) Down() []string {
	var down []string
	for i := range b.out {
		if b.out[i][0].circuit.open() {
			down = append(down, doorNames[i])
		}
	}
	return down
}
