package bot

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// A ferry carries messages about distress that leave in the very commit that keeps
// them, beside what its outlet carries. So they wait for one flush of the disk, and
// for no message of somebody else. It has few seats: who gets none, and whatever
// must wait or may have arrived already, is left to the outlet.
type ferry struct {
	mu    sync.Mutex
	sails bool // between begin and end
	carry func(Message)
	free  int
	taken sync.WaitGroup // seats
}

// begin lets it sail. Carry sends a message that is kept as on its way.
func (f *ferry) begin(carry func(Message)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sails, f.carry, f.free = true, carry, atOnce
}

// end lets nobody more on board, and returns when all have arrived.
func (f *ferry) end() {
	f.mu.Lock()
	f.sails = false
	f.mu.Unlock()
	f.taken.Wait()
}

// seat takes a seat, if there is one.
func (f *ferry) seat() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.sails || f.free == 0 {
		return false
	}
	f.free--
	f.taken.Add(1)
	return true
}

// leave gives seats back that were not needed.
func (f *ferry) leave(seats int) {
	f.mu.Lock()
	f.free += seats
	f.mu.Unlock()
	f.taken.Add(-seats)
}

// sail carries who has a seat each: to one place in order, since people read from the
// top, and to each place as if there were no other.
func (f *ferry) sail(aboard []Message) {
	slices.SortFunc(aboard, func(a, b Message) int { return cmp.Compare(a.ID, b.ID) })
	places := map[string][]Message{}
	for _, m := range aboard {
		places[m.To.Place] = append(places[m.To.Place], m)
	}
	for _, there := range places {
		go func() {
			for _, m := range there {
				f.carry(m)
				f.leave(1)
			}
		}()
	}
}

// A boarding is who may leave in one commit, by door.
type boarding struct {
	b     *Bot
	seats [2]int
	ids   []int64
}

// hear lets those messages of a turn leave that are about distress, if nothing that
// is known here keeps them. A platform that has not answered is asked first.
func (p *boarding) hear(t *Turn, now time.Time) {
	for _, m := range t.Messages {
		door := slices.Index(doorNames[:], m.To.Door)
		if door < 0 || m.Lane != LaneDistress || m.Later != "" || m.Rewrite != "" || m.Due.After(now) {
			continue
		}
		o := p.b.out[door][LaneDistress]
		if wait, probe := o.circuit.wait(now, o.lane); wait > 0 || probe || !o.ferry.seat() {
			continue
		}
		p.seats[door]++
		p.ids = append(p.ids, m.ID)
		t.Leave = append(t.Leave, m.ID)
	}
}

// depart carries those who are kept as on their way, and gives back all other seats.
// It returns how many left by each door.
func (p *boarding) depart(replies []Reply, now time.Time) (left [2]int) {
	var aboard [2][]Message
	for _, r := range replies {
		for _, m := range r.Left {
			if !slices.Contains(p.ids, m.ID) {
				continue // its words were decided, and who asked for that sends it
			}
			if m.To.Door == Telegram {
				p.b.pace.Take(now, m.Lane, m.To.Place)
			}
			door := slices.Index(doorNames[:], m.To.Door)
			aboard[door] = append(aboard[door], m)
		}
	}
	for door, messages := range aboard {
		f := &p.b.out[door][LaneDistress].ferry
		if spare := p.seats[door] - len(messages); spare > 0 {
			f.leave(spare)
		}
		if len(messages) > 0 {
			f.sail(messages)
		}
		left[door] = len(messages)
	}
	return left
}

// carryAtOnce carries what left in the commit that kept it. Whatever waited for it, or
// for a retry of it, the outlet finds.
func (b *Bot) carryAtOnce(ctx context.Context, o *outlet, m Message) {
	if err := b.carry(ctx, o, []Message{m}); err != nil && ctx.Err() == nil {
		b.Log.ErrorContext(ctx, "delivery failed", "door", o.door, "lane", int(o.lane), "err", err)
	}
	o.wake()
}
