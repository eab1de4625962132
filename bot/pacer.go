package bot

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A Pacer keeps one bot account within what Telegram allows: about 30 messages
// a second for the account, one a second for a chat, with short bursts. What is
// scheduled gets 25 of the 30, so that an answer never waits behind it; distress
// passes every bound of ours and is only counted.
type Pacer struct {
	mu        sync.Mutex
	account   *rate.Limiter
	scheduled *rate.Limiter
	chats     map[string]*rate.Limiter
	paused    time.Time
	swept     time.Time
}

// The rates: Bot API, "My bot is hitting limits"; notes on reliability, 3.3.
const (
	accountRate   = 30
	scheduledRate = 25
	chatRate      = 1
	chatBurst     = 5 // a press costs two: the answer, and the buttons that go
)

// NewPacer returns a pacer for one bot account.
func NewPacer() *Pacer {
	return &Pacer{
		account:   rate.NewLimiter(accountRate, accountRate),
		scheduled: rate.NewLimiter(scheduledRate, 1),
		chats:     map[string]*rate.Limiter{},
	}
}

// Take asks leave to send to a chat now. It returns zero when it may, and else
// how long to wait before asking again.
func (p *Pacer) Take(now time.Time, lane Lane, place string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep(now)
	chat := p.chats[place]
	if chat == nil {
		chat = rate.NewLimiter(chatRate, chatBurst)
		p.chats[place] = chat
	}
	if lane == LaneDistress {
		chat.AllowN(now, 1)
		p.account.AllowN(now, 1)
		return 0
	}
	limits := append(p.shared(lane), chat)
	if wait := p.wait(now, limits); wait > 0 {
		return wait
	}
	for _, l := range limits {
		l.AllowN(now, 1)
	}
	return 0
}

// Wait returns how long nothing of a lane may be sent to any chat, zero if
// something may. It asks no leave.
func (p *Pacer) Wait(now time.Time, lane Lane) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if lane == LaneDistress {
		return 0
	}
	return p.wait(now, p.shared(lane))
}

// shared are the bounds that all chats share.
func (p *Pacer) shared(lane Lane) []*rate.Limiter {
	if lane == LaneScheduled {
		return []*rate.Limiter{p.account, p.scheduled}
	}
	return []*rate.Limiter{p.account}
}

// wait is how long until all limits, and the platform, let one message through.
func (p *Pacer) wait(now time.Time, limits []*rate.Limiter) time.Duration {
	wait := max(0, p.paused.Sub(now))
	for _, l := range limits {
		if tokens := l.TokensAt(now); tokens < 1 {
			wait = max(wait, time.Duration((1-tokens)/float64(l.Limit())*float64(time.Second))+time.Microsecond)
		}
	}
	return wait
}

// Pause holds everything but distress until a moment: the platform said that we
// were too fast.
func (p *Pacer) Pause(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.After(p.paused) {
		p.paused = until
	}
}

// sweep forgets chats that are back at rest.
func (p *Pacer) sweep(now time.Time) {
	if now.Sub(p.swept) < time.Minute {
		return
	}
	p.swept = now
	for place, l := range p.chats {
		if l.TokensAt(now) >= chatBurst {
			delete(p.chats, place)
		}
	}
}
