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
		ctx, end := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); p.Run(ctx) }()
		defer func() {
			end()
			<-done
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
func (p *postRoom) tell(id, text string) error {
	_, err := p.Receive(p.t.Context(), bot.Event{ID: id, Door: "clock", At: time.Now(), What: bot.Told{Channel: "signalen-noord", Lane: bot.LaneDistress, Text: text}})
	return err
}

// read returns what was sent, and by whom was looked, since the last time.
func (p *postRoom) read() (sent, looked []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	sent, looked = p.sent, slices.Sorted(maps.Keys(p.looked))
	p.sent, p.looked = nil, map[string]int{}
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
	hold := p.hold
	p.mu.Unlock()
	if hold != nil {
		<-hold
	}
	return "remote", nil
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

// A message that cannot be read keeps none of the others of its lane.
func TestOneUnreadableMessageStopsNoOther(t *testing.T) {
	t.Parallel()
	inPostRoom(t, func(t *testing.T, p *postRoom) {
		to := func(place string) bot.Message {
			return bot.Message{To: bot.Address{Door: bot.Mattermost, Place: place}, Body: bot.Body{Text: place}}
		}
		p.spoiled = "a"
		p.put(to("a"), to("b"))
		p.wantSent("b")
	})
}
