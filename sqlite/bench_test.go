package sqlite_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"houvast/bot"
	"houvast/flows"
	"houvast/signals"
	"houvast/sqlite"
)

// flush measures what one flush of this disk takes in this run, in the middle,
// since nothing that is kept can be faster and disks differ tenfold.
func flush(b *testing.B) time.Duration {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "flush"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var took []time.Duration
	for range 200 {
		began := time.Now()
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// report says how long one thing took, and how many flushes that is.
func report(b *testing.B, began time.Time, things int) {
	per := time.Since(began) / time.Duration(things)
	one := flush(b)
	b.ReportMetric(float64(one.Microseconds()), "flush-µs")
	b.ReportMetric(float64(per)/float64(one), "flushes/op")
	b.ReportMetric(float64(time.Second)/float64(per), "op/s")
}

// BenchmarkBareCommit is one row in one commit, by hand: what a turn is measured against.
func BenchmarkBareCommit(b *testing.B) {
	bare, end := bareCommit(b)
	defer end()
	began := time.Now()
	n := 0
	for b.Loop() {
		bare(n)
		n++
	}
	report(b, began, n)
}

func bareCommit(b *testing.B) (func(n int), func()) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "bare.db")+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT`); err != nil {
		b.Fatal(err)
	}
	body := make([]byte, 350)
	return func(int) {
		if _, err := db.Exec(`INSERT INTO rows (body) VALUES (?)`, body); err != nil {
			b.Fatal(err)
		}
	}, func() { db.Close() }
}

// turns returns a function that takes one ordinary turn: a resident with an open
// conversation and signal answers a question; the next one is put.
func turns(b *testing.B, db *sqlite.DB) func(n int) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	take := func(e bot.Event, decide func(s bot.Scene, e bot.Event) bot.Turn) {
		if _, err := db.Take(b.Context(), now, []bot.Event{e}, decide); err != nil {
			b.Fatal(err)
		}
	}
	take(bot.Event{ID: "first", Door: bot.Telegram, Chat: "chat", What: bot.Wrote{}}, func(s bot.Scene, _ bot.Event) bot.Turn {
		a := *s.Account
		a.Resident = s.Free
		return bot.Turn{
			Next: s.Free + 3, Accounts: []bot.Account{a},
			Residents:     []bot.Resident{{ID: s.Free, Nickname: "Anna", Account: a.ID, Stage: bot.StageActive, Circle: signals.Circle{Wijk: "noord", Primary: "karin", Backups: []string{"piet"}}}},
			Conversations: []bot.Conversation{{ID: s.Free + 1, Account: a.ID, Resident: s.Free, State: flows.State{Flow: "checkin", Step: "slaap"}}},
			Signals:       []bot.Signal{{ID: s.Free + 2, Resident: s.Free, Kind: signals.Distress, State: bot.Open, Opened: now}},
		}
	})
	return func(n int) {
		take(bot.Event{ID: fmt.Sprint("telegram:", n), Door: bot.Telegram, Chat: "chat", What: bot.Pressed{Data: "x"}}, func(s bot.Scene, _ bot.Event) bot.Turn {
			talk := s.Conversations[0]
			talk.State.Ask++
			talk.Changed = now
			return bot.Turn{
				Next: s.Free + 2, Conversations: []bot.Conversation{talk},
				Messages: []bot.Message{{
					ID: s.Free, To: bot.Address{Door: bot.Telegram, Place: "chat"}, Lane: bot.LaneAnswer, Due: now,
					Body: bot.Body{Text: "Hoe heb je geslapen?", Buttons: []bot.Button{{Label: "Goed", Data: "a"}, {Label: "Slecht", Data: "b"}}},
				}},
				Timers: []bot.Timer{{ID: s.Free + 1, Key: "remind:1", Due: now.Add(time.Hour), Kind: bot.TimerRemind, Conversation: talk.ID}},
			}
		})
	}
}

// BenchmarkTurn is one turn alone: at most twice a bare commit.
func BenchmarkTurn(b *testing.B) {
	db := open(b, b.TempDir(), sqlite.Options{})
	turn := turns(b, db)
	bare, end := bareCommit(b)
	defer end()
	var ofTurns, ofBare time.Duration
	n := 0
	for b.Loop() {
		// One after the other, so that both meet the same disk.
		began := time.Now()
		turn(n)
		between := time.Now()
		bare(n)
		ofTurns += between.Sub(began)
		ofBare += time.Since(between)
		n++
	}
	b.ReportMetric(float64(ofTurns.Microseconds())/float64(n), "µs/turn")
	b.ReportMetric(float64(ofTurns)/float64(ofBare), "x-bare")
	b.ReportMetric(float64(flush(b).Microseconds()), "flush-µs")
}

// BenchmarkBurst is a burst of people who write at once, as polls bring them in:
// a hundred at a time, each with an answer. At least 2,500 a second are kept.
func BenchmarkBurst(b *testing.B) {
	db := open(b, b.TempDir(), sqlite.Options{})
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	const poll = 100
	began := time.Now()
	n := 0
	for b.Loop() {
		events := make([]bot.Event, poll)
		for i := range events {
			events[i] = bot.Event{ID: fmt.Sprint("telegram:", n), Door: bot.Telegram, Chat: fmt.Sprint("chat-", n%500), What: bot.Wrote{Text: "het gaat niet"}}
			n++
		}
		_, err := db.Take(b.Context(), now, events, func(s bot.Scene, e bot.Event) bot.Turn {
			return bot.Turn{Next: s.Free + 1, Messages: []bot.Message{{
				ID: s.Free, To: bot.Address{Door: bot.Telegram, Place: e.Chat}, Due: now, Body: bot.Body{Text: "Bel 112 als er nu gevaar is."},
			}}}
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	report(b, began, n)
}

// BenchmarkDistressAmidBacklog is the look for what is due in distress while ten
// thousand check-ins wait, most of them for the same moment.
func BenchmarkDistressAmidBacklog(b *testing.B) {
	db := open(b, b.TempDir(), sqlite.Options{})
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	backlog(b, db, now, 10_000)
	for _, look := range []struct {
		name string
		lane bot.Lane
		take int
	}{{"distress", bot.LaneDistress, 1}, {"scheduled, the first", bot.LaneScheduled, 1}, {"scheduled, eight", bot.LaneScheduled, 8}} {
		b.Run(look.name, func(b *testing.B) {
			for b.Loop() {
				taken := 0
				for _, err := range db.Due(b.Context(), bot.Telegram, look.lane, now, 32) {
					if err != nil {
						b.Fatal(err)
					}
					if taken++; taken == look.take {
						break
					}
				}
			}
		})
	}
}

// backlog puts n check-ins in the outbox.
func backlog(tb testing.TB, db *sqlite.DB, now time.Time, n int) {
	tb.Helper()
	for done := 0; done < n; done += 200 {
		e := bot.Event{ID: fmt.Sprint("backlog:", done), Door: "clock", What: bot.Rang{}}
		e.What = bot.Gap{}
		_, err := db.Take(tb.Context(), now, []bot.Event{e}, func(s bot.Scene, _ bot.Event) bot.Turn {
			t := bot.Turn{Next: s.Free + 200}
			for i := range int64(200) {
				t.Messages = append(t.Messages, bot.Message{
					ID: s.Free + i, To: bot.Address{Door: bot.Telegram, Place: fmt.Sprint("chat-", int64(done)+i)},
					Lane: bot.LaneScheduled, Due: now, Later: "checkin",
				})
			}
			return t
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
}
