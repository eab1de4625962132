package bot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"houvast/bot"
	"houvast/sqlite"
)

// A post room is a host with a real memory, whose door writes down what goes out.
type postRoom struct {
	*sqlite.DB
	*bot.Bot
	t *testing.T

	fault func(point string) error

	mu     sync.Mutex
	looked map[string]int // by door and lane
	sent   []string
	hold   chan struct{} // what is sent waits for it
	answer error         // to what is sent next, once
	away   string        // the place that hangs
	hangs  time.Duration // before it gives no answer
	kept   int           // commits
	cost   []int         // per message sent, the commits since it was last read

	end  context.CancelFunc // ends the host
	done chan struct{}      // closed when it has ended

	spoiled string // a text that cannot be read
}

// inPostRoom runs a test in time that is not real, with outlets that have heard
// from their platform and found nothing to do.
func inPostRoom(t *testing.T, test func(t *testing.T, p *postRoom)) {
	house := exampleHouse(t)
	synctest.Test(t, func(t *testing.T) {
		p := &postRoom{t: t, looked: map[string]int{}}
		db, err := sqlite.Open(t.Context(), sqlite.Options{
			Path: filepath.Join(t.TempDir(), "houvast.db"), Keys: [][]byte{bytes.Repeat([]byte{1}, sqlite.KeySize)},
			Fault: func(point string) error {
				if point == "after commit" {
					p.mu.Lock()
					p.kept++
					p.mu.Unlock()
				}
				if p.fault != nil {
					return p.fault(point)
				}
				return nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		p.DB = db
		p.Bot = bot.New(p, map[string]bot.Door{bot.Telegram: p, bot.Mattermost: p}, house, time.Now, func() float64 { return 0 }, slog.New(slog.DiscardHandler))
		var ctx context.Context
		ctx, p.end = context.WithCancel(t.Context())
		p.done = make(chan struct{})
		go func() { defer close(p.done); p.Run(ctx) }()
		defer func() {
			p.end()
			<-p.done
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}()
		for _, door := range []string{bot.Telegram, bot.Mattermost} {
			p.put(bot.Message{To: bot.Address{Door: door, Place: "first"}, Body: bot.Body{Text: "first to " + door}})
		}
		synctest.Wait()
		p.read()
		test(t, p)
	})
}

// put puts messages in the outbox, and tells the outlets.
func (p *postRoom) put(messages ...bot.Message) {
	p.t.Helper()
	e := bot.Event{ID: fmt.Sprintf("put:%p", &messages[0]), Door: "clock", What: bot.Gap{}}
	_, err := p.DB.Take(p.t.Context(), time.Now(), []bot.Event{e}, func(s bot.Scene, _ bot.Event) bot.Turn {
		for i := range messages {
			messages[i].ID, messages[i].Due = s.Free+int64(i), time.Now()
		}
		return bot.Turn{Next: s.Free + int64(len(messages)), Messages: messages}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.Poke()
}

// tell has the house say something in a channel.
func (p *postRoom) tell(id, text string) error { return p.tellIn("signalen-noord", id, text) }

func (p *postRoom) tellIn(channel, id, text string) error {
	_, err := p.Receive(p.t.Context(), bot.Event{ID: id, Door: "clock", At: time.Now(), What: bot.Told{Channel: channel, Lane: bot.LaneDistress, Text: text}})
	return err
}

// read returns what was sent, and by whom was looked, since the last time.
func (p *postRoom) read() (sent, looked []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	sent, looked = p.sent, slices.Sorted(maps.Keys(p.looked))
	p.sent, p.looked, p.kept, p.cost = nil, map[string]int{}, 0, nil
	return sent, looked
}

func (p *postRoom) Due(ctx context.Context, door string, lane bot.Lane, now time.Time, limit int) iter.Seq2[bot.Message, error] {
	p.mu.Lock()
	p.looked[fmt.Sprint(door, " ", lane)]++
	p.mu.Unlock()
	return func(yield func(bot.Message, error) bool) {
		for m, err := range p.DB.Due(ctx, door, lane, now, limit) {
			if p.spoiled != "" && m.Body.Text == p.spoiled {
				m, err = bot.Message{}, errors.New("spoiled")
			}
			if !yield(m, err) {
				return
			}
		}
	}
}

func (p *postRoom) Send(ctx context.Context, m bot.Message) (string, error) {
	p.mu.Lock()
	p.sent = append(p.sent, m.Body.Text)
	p.cost = append(p.cost, p.kept)
	hold, answer := p.hold, p.answer
	p.answer = nil
	p.mu.Unlock()
	if hold != nil {
		<-hold
	}
	if m.To.Place == p.away {
		time.Sleep(p.hangs)
		return "", &bot.SendError{Class: bot.SendUnknown, Err: errors.New("no answer")}
	}
	return "remote", answer
}

func (p *postRoom) Probe(context.Context) error { return nil }

func (p *postRoom) Fetch(context.Context, string) (io.ReadCloser, error) {
	return nil, errors.New("nothing here")
}

func (p *postRoom) wantSent(want ...string) {
	p.t.Helper()
	began := time.Now()
	synctest.Wait()
	if sent, _ := p.read(); !slices.Equal(sent, want) {
		p.t.Errorf("sent %q, want %q", sent, want)
	}
	if took := time.Since(began); took != 0 {
		p.t.Errorf("it took %v", took)
	}
}

// What a turn says leaves at once, and wakes nobody who has nothing to send.
func TestATurnWakesWhoHasToSend(t *testing.T) {
	t.Parallel()
	inPostRoom(t, func(t *testing.T, p *postRoom) {
		if err := p.tell("told:1", "Er is iets."); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		sent, looked := p.read()
		if !slices.Equal(sent, []string{"Er is iets."}) || !slices.Equal(looked, []string{"mattermost 0"}) {
			t.Errorf("sent %q, and looked: %v", sent, looked)
		}
	})
}

// A turn that was kept by a commit that failed to tell so is sent when the event
// comes again, and not when somebody happens to look.
func TestWhatWasKeptUntoldIsSentWhenItComesAgain(t *testing.T) {
	t.Parallel()
	inPostRoom(t, func(t *testing.T, p *postRoom) {
		broken := errors.New("broken")
		once := 0
		p.fault = func(point string) error {
			if point == "after commit" && once == 0 {
				once++
				return broken
			}
			return nil
		}
		if err := p.tell("told:1", "Er is iets."); !errors.Is(err, broken) {
			t.Fatalf("got %v, want %v", err, broken)
		}
		p.wantSent()
		if err := p.tell("told:1", "Er is iets."); err != nil {
			t.Fatal(err)
		}
		p.wantSent("Er is iets.")
	})
}

// The newer message of a slot goes as soon as the one on its way has arrived,
// also in another lane.
func TestASlotThatIsFreeIsTakenAtOnce(t *testing.T) {
	t.Parallel()
	inPostRoom(t, func(t *testing.T, p *postRoom) {
		card := bot.Message{To: bot.Address{Door: bot.Mattermost, Place: "team"}, Slot: "card", Body: bot.Body{Text: "open"}}
		p.hold = make(chan struct{})
		p.put(card)
		p.wantSent("open")
		card.Lane, card.Body.Text = bot.LaneAnswer, "taken up"
		p.put(card)
		p.wantSent()
		close(p.hold)
		p.wantSent("taken up")
	})
}

// A message that cannot be read keeps none of the others of its lane, and the clock looks
// at once whether people are to be told.
func TestOneUnreadableMessageStopsNoOther(t *testing.T) {
	t.Parallel()
	inPostRoom(t, func(t *testing.T, p *postRoom) {
		to := func(place string) bot.Message {
			return bot.Message{To: bot.Address{Door: bot.Mattermost, Place: place}, Body: bot.Body{Text: place}}
		}
		woken := 0
		p.Bot.Kept = func() { woken++ }
		p.spoiled = "a"
		p.put(to("a"), to("b"))
		p.wantSent("b")
		if woken == 0 {
			t.Error("the clock was not woken: it tells people of a message that cannot be read")
		}
	})
}

// What is said about distress leaves after one commit, the one that keeps it; what can
// wait after a second, which keeps that it is on its way.
func TestDistressLeavesInTheCommitThatKeepsIt(t *testing.T) {
	t.Parallel()
	for lane, commits := range map[bot.Lane]int{bot.LaneDistress: 1, bot.LaneAnswer: 2, bot.LaneScheduled: 2} {
		inPostRoom(t, func(t *testing.T, p *postRoom) {
			told := bot.Told{Channel: "signalen-noord", Lane: lane, Text: "Er is iets."}
			if _, err := p.Receive(t.Context(), bot.Event{ID: "told:1", Door: "clock", At: time.Now(), What: told}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			p.mu.Lock()
			defer p.mu.Unlock()
			if !slices.Equal(p.cost, []int{commits}) {
				t.Errorf("lane %d: sent after %v commits, want %d", lane, p.cost, commits)
			}
		})
	}
}

// However long a platform takes over some, what goes to other places goes, eight at a
// time; what goes to the same place keeps its order.
func TestDistressWaitsForNobodyElse(t *testing.T) {
	t.Parallel()
	inPostRoom(t, func(t *testing.T, p *postRoom) {
		p.hold = make(chan struct{})
		var want []string
		for i := range 8 {
			place := fmt.Sprint("team-", i)
			if err := errors.Join(p.tellIn(place, "told:"+place, place), p.tellIn(place, "more:"+place, "more")); err != nil {
				t.Fatal(err)
			}
			want = append(want, place)
		}
		synctest.Wait()
		sent, _ := p.read()
		slices.Sort(sent)
		slices.Sort(want)
		if !slices.Equal(sent, want) {
			t.Errorf("sent %q, want the first to each: %q", sent, want)
		}
		close(p.hold)
		synctest.Wait()
		if sent, _ := p.read(); len(sent) != 8 {
			t.Errorf("then sent %q", sent)
		}
	})
}

// A host that ends waits for what left at once; what is said after that waits for the
// next one, and is not kept as on its way.
func TestNothingLeavesAtTheEnd(t *testing.T) {
	t.Parallel()
	inPostRoom(t, func(t *testing.T, p *postRoom) {
		p.hold = make(chan struct{})
		if err := p.tell("told:1", "one"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		p.end()
		synctest.Wait()
		select {
		case <-p.done:
			t.Error("it ended while something was on its way")
		default:
		}
		if err := p.tellIn("elsewhere", "told:2", "two"); err != nil {
			t.Fatal(err)
		}
		close(p.hold)
		<-p.done
		p.wantSent("one")
		audit, err := p.Audit(t.Context(), time.Now(), false)
		if err != nil || len(audit.Carried) > 0 {
			t.Errorf("on its way is %v (%v), carried by nobody", audit.Carried, err)
		}
		for m, err := range p.DB.Due(t.Context(), bot.Mattermost, bot.LaneDistress, time.Now(), 8) {
			if err != nil || m.Body.Text != "two" || m.Attempts > 0 {
				t.Errorf("due is %+v, %v", m, err)
			}
		}
	})
}

// A kill between the commit and the door leaves a message of which nobody knows
// whether it arrived: before it is sent again the platform is asked for a sign of life.
func TestWhatLeftBeforeAKillIsInDoubt(t *testing.T) {
	t.Parallel()
	options := sqlite.Options{Path: filepath.Join(t.TempDir(), "houvast.db"), Keys: [][]byte{bytes.Repeat([]byte{1}, sqlite.KeySize)}}
	db, err := sqlite.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for i, door := range []string{bot.Telegram, bot.Mattermost} {
		e := bot.Event{ID: fmt.Sprint("told:", i), Door: "clock", What: bot.Gap{}}
		replies, err := db.Take(t.Context(), now, []bot.Event{e}, func(s bot.Scene, _ bot.Event) bot.Turn {
			m := bot.Message{ID: s.Free, To: bot.Address{Door: door, Place: "here"}, Body: bot.Body{Text: door}, Due: now}
			return bot.Turn{Next: s.Free + 1, Messages: []bot.Message{m}, Leave: []int64{m.ID}}
		})
		if err != nil || len(replies[0].Left) != 1 {
			t.Fatalf("left %+v, %v", replies, err)
		}
	}
	if err := db.Close(); err != nil { // nothing was sent
		t.Fatal(err)
	}
	if db, err = sqlite.Open(t.Context(), options); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	doors := map[string]bot.Door{bot.Telegram: &shy{}, bot.Mattermost: &shy{}}
	b := bot.New(db, doors, exampleHouse(t), func() time.Time { return now }, func() float64 { return 0 }, slog.New(slog.DiscardHandler))
	for range 3 {
		now = now.Add(2 * time.Second)
		if _, _, err := b.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for name, door := range doors {
		s := door.(*shy)
		if s.probed != 2 || len(s.sent) != 1 || s.sent[0].Body.Text != name || s.sent[0].Ambiguous != 1 {
			t.Errorf("%s was asked %d times and sent %+v", name, s.probed, s.sent)
		}
	}
}

// A shy door is dead when it is first asked, and takes nothing before it was asked again.
type shy struct {
	probed int
	sent   []bot.Message
}

func (s *shy) Probe(context.Context) error {
	if s.probed++; s.probed == 1 {
		return errors.New("away")
	}
	return nil
}

func (s *shy) Send(_ context.Context, m bot.Message) (string, error) {
	s.sent = append(s.sent, m)
	return "remote", nil
}

func (s *shy) Fetch(context.Context, string) (io.ReadCloser, error) {
	return nil, errors.New("nothing here")
}

// What cannot be kept as on its way is not sent: after a kill nobody would know that it
// may have arrived.
func TestWhatIsNotKeptAsOnItsWayIsNotSent(t *testing.T) {
	t.Parallel()
	inPostRoom(t, func(t *testing.T, p *postRoom) {
		full, commits := errors.New("the disk is full"), 0
		p.fault = func(point string) error {
			if point == "before commit" {
				if commits++; commits == 2 {
					return full
				}
			}
			return nil
		}
		told := bot.Told{Channel: "signalen-noord", Lane: bot.LaneAnswer, Text: "Er is iets."}
		if _, err := p.Receive(t.Context(), bot.Event{ID: "told:1", Door: "clock", At: time.Now(), What: told}); err != nil {
			t.Fatal(err)
		}
		p.wantSent()
		time.Sleep(2 * time.Second)
		p.wantSent("Er is iets.")
	})
}

// What became of a message and could not be kept is kept as soon as there is room: else
// it would be on its way for ever, and all that comes after it to that place would wait.
func TestWhatBecameOfAMessageIsKeptOnceThereIsRoom(t *testing.T) {
	t.Parallel()
	gone := &bot.SendError{Class: bot.SendRetry, Err: errors.New("502")}
	for _, c := range []struct {
		name   string
		lane   bot.Lane
		first  int // the commit that is to keep what became of it
		answer error
		want   []string
	}{
		{"distress that arrived", bot.LaneDistress, 2, nil, []string{"one", "two"}},
		{"distress that did not", bot.LaneDistress, 2, gone, []string{"one", "one", "two"}},
		{"an answer that arrived", bot.LaneAnswer, 3, nil, []string{"one", "two"}},
		{"an answer that did not", bot.LaneAnswer, 3, gone, []string{"one", "one", "two"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inPostRoom(t, func(t *testing.T, p *postRoom) {
				full, commits := errors.New("the disk is full"), 0
				var till time.Time // it is full
				p.fault = func(point string) error {
					if point == "before commit" {
						if commits++; commits == c.first {
							till = time.Now().Add(2500 * time.Millisecond)
						}
						if time.Now().Before(till) {
							return full
						}
					}
					return nil
				}
				p.answer = c.answer
				say := func(text string) {
					told := bot.Told{Channel: "signalen-noord", Lane: c.lane, Text: text}
					if _, err := p.Receive(t.Context(), bot.Event{ID: text, Door: "clock", At: time.Now(), What: told}); err != nil {
						t.Fatal(err)
					}
				}
				say("one")
				time.Sleep(5 * time.Second)
				say("two")
				synctest.Wait()
				if sent, _ := p.read(); !slices.Equal(sent, c.want) {
					t.Errorf("sent %q, want %q", sent, c.want)
				}
				audit, err := p.Audit(t.Context(), time.Now(), false)
				if err != nil || len(audit.Carried) > 0 {
					t.Errorf("on its way is %v (%v), carried by nobody", audit.Carried, err)
				}
			})
		})
	}
}

// Whatever looks every second looks at the same moment, whenever it last did.
func TestBeat(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 10, 0, 7, 0, time.UTC)
	for _, since := range []time.Duration{0, 1, 300 * time.Millisecond, time.Second - 1} {
		now := at.Add(since)
		if got := now.Add(bot.Beat(now)); !got.Equal(at.Add(time.Second)) {
			t.Errorf("at %v it looks again at %v", now, got)
		}
	}
}

// Cards about several people, kept at once, come into a channel in the order in which
// they were kept.
func TestCardsComeInOrder(t *testing.T) {
	t.Parallel()
	inPostRoom(t, func(t *testing.T, p *postRoom) {
		var cards []bot.Message
		var want []string
		for i := range 8 {
			text := fmt.Sprint("card ", i)
			cards = append(cards, bot.Message{To: bot.Address{Door: bot.Mattermost, Place: "signalen-noord"}, Subject: int64(17 + i), Body: bot.Body{Text: text}})
			want = append(want, text)
		}
		p.put(cards...)
		p.wantSent(want...)
	})
}

// A channel that hangs takes one message at a time, and keeps no other waiting for longer
// than that one.
func TestAChannelThatHangsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	inPostRoom(t, func(t *testing.T, p *postRoom) {
		to := func(place string, about int64) bot.Message {
			return bot.Message{To: bot.Address{Door: bot.Mattermost, Place: place}, Subject: about, Body: bot.Body{Text: place}}
		}
		const hangs = 15 * time.Second
		p.away = "noord"
		p.hangs = hangs
		var cards []bot.Message
		for i := range int64(8) {
			cards = append(cards, to("noord", 17+i))
		}
		p.put(cards...)
		synctest.Wait()
		p.put(to("zuid", 16))
		time.Sleep(hangs - time.Second)
		synctest.Wait()
		if sent, _ := p.read(); !slices.Equal(sent, []string{"noord"}) {
			t.Errorf("sent %q, want one to who hangs", sent)
		}
		time.Sleep(2 * time.Second) // the first retry asks for a sign of life
		synctest.Wait()
		sent, _ := p.read()
		slices.Sort(sent)
		if !slices.Equal(sent, []string{"noord", "zuid"}) {
			t.Errorf("then sent %q, want one to each", sent)
		}
	})
}

// What left at once for one place is kept as arrived when it has, however long it takes
// to another.
func TestWhatLeftAtOnceSettlesForItself(t *testing.T) {
	t.Parallel()
	inPostRoom(t, func(t *testing.T, p *postRoom) {
		p.away, p.hangs = "noord", 15*time.Second
		var events []bot.Event
		for _, channel := range []string{"noord", "zuid", "oost", "west"} {
			events = append(events, bot.Event{ID: channel, Door: "clock", At: time.Now(), What: bot.Told{Channel: channel, Lane: bot.LaneDistress, Text: channel}})
		}
		if _, err := p.Receive(t.Context(), events...); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		audit, err := p.Audit(t.Context(), time.Now(), false)
		if sent, _ := p.read(); err != nil || len(sent) != 4 || len(audit.Carried) != 1 {
			t.Errorf("sent %q, and %v are on their way (%v), want one", sent, audit.Carried, err)
		}
	})
}

// While nothing can be kept, each lane looks once a second: they do not wake one another.
func TestLanesThatCannotKeepAnythingSleep(t *testing.T) {
	t.Parallel()
	inPostRoom(t, func(t *testing.T, p *postRoom) {
		tries := 0
		var full atomic.Bool
		p.fault = func(point string) error {
			if point != "before commit" || !full.Load() {
				return nil
			}
			if tries++; tries > 100 {
				full.Store(false)
				t.Error("it is tried without end")
				return nil
			}
			return errors.New("the disk is full")
		}
		p.hold = make(chan struct{})
		for _, lane := range []bot.Lane{bot.LaneDistress, bot.LaneAnswer} {
			told := bot.Told{Channel: "signalen-noord", Lane: lane, Text: "Er is iets."}
			if _, err := p.Receive(t.Context(), bot.Event{ID: fmt.Sprint("told:", lane), Door: "clock", At: time.Now(), What: told}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		full.Store(true)
		close(p.hold)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		full.Store(false)
		time.Sleep(2 * time.Second)
		audit, err := p.Audit(t.Context(), time.Now(), false)
		if err != nil || len(audit.Carried) > 0 {
			t.Errorf("on its way is %v (%v), carried by nobody", audit.Carried, err)
		}
	})
}
