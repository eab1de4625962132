package sqlite_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"houvast/bot"
	"houvast/sqlite"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// canary is in whatever a person could have written or be called.
const canary = "KANARIE"

// fill puts a canary in every text of v, however deep, and returns how many.
func fill(v reflect.Value, path string) int {
	n := 0
	switch v.Kind() {
	case reflect.String:
		v.SetString(canary + path)
		return 1
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(start))
			return 0
		}
		for i := range v.NumField() {
			n += fill(v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return fill(v.Elem(), path)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte(canary + path))
			return 1
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		return fill(v.Index(0), path)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		n = fill(key, path+".key") + fill(value, path)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	}
	return n
}

// full returns a T with a canary in every text.
func full[T any](t *testing.T) T {
	t.Helper()
	var v T
	if fill(reflect.ValueOf(&v).Elem(), fmt.Sprintf("%T", v)) == 0 {
		t.Fatalf("%T holds no text", v)
	}
	return v
}

// crowd is a house in which every row holds canaries, in every field.
func crowd(t *testing.T, db *sqlite.DB) (resident, signal int64) {
	t.Helper()
	e := bot.Event{ID: "telegram:1", Door: bot.Telegram, At: start, Chat: canary + "chat", Name: canary + "name", What: bot.Wrote{Text: canary}}
	_, err := db.Take(t.Context(), start, []bot.Event{e}, func(s bot.Scene, _ bot.Event) bot.Turn {
		turn := bot.Turn{Next: s.Free + 20}

		a := full[bot.Account](t)
		a.ID, a.Chat, a.Resident = s.Account.ID, canary+"chat", s.Free
		r := full[bot.Resident](t)
		r.ID, r.Account, r.Stage = s.Free, a.ID, bot.StageActive
		c := full[bot.Conversation](t)
		c.ID, c.Account, c.Resident = s.Free+1, a.ID, r.ID
		g := full[bot.Signal](t)
		g.ID, g.Resident, g.State = s.Free+2, r.ID, bot.Open
		w := full[bot.Word](t)
		w.ID, w.Resident, w.Signal = s.Free+3, r.ID, g.ID
		i := full[bot.Invite](t)
		i.ID, i.Hash = s.Free+4, bytes.Repeat([]byte{1}, 32)
		ci := full[bot.CheckIn](t)
		ci.ID, ci.Resident, ci.State = s.Free+5, r.ID, "sent"
		tm := full[bot.Timer](t)
		tm.ID, tm.Resident, tm.Signal = s.Free+6, r.ID, g.ID
		l := full[bot.LogLine](t)
		l.ID, l.Resident = s.Free+7, r.ID
		d := full[bot.DeadLetter](t)
		d.ID, d.Door = s.Free+8, bot.Telegram
		for n, slot := range []string{"", canary + "slot", canary + "slot"} {
			m := full[bot.Message](t)
			m.ID, m.To.Door, m.Slot = s.Free+9+int64(n), bot.Telegram, slot
			m.Until = time.Time{}
			if n == 1 {
				m.To.Place += "elsewhere"
			}
			turn.Messages = append(turn.Messages, m)
		}
		resident, signal = r.ID, g.ID
		turn.Accounts, turn.Residents, turn.Conversations = []bot.Account{a}, []bot.Resident{r}, []bot.Conversation{c}
		turn.Signals, turn.Words, turn.Invites = []bot.Signal{g}, []bot.Word{w}, []bot.Invite{i}
		turn.CheckIns, turn.Timers, turn.Log, turn.Dead = []bot.CheckIn{ci}, []bot.Timer{tm}, []bot.LogLine{l}, []bot.DeadLetter{d}
		return turn
	})
	if err != nil {
		t.Fatal(err)
	}
	// A slot that was posted, a poison event, a network, a flow.
	for _, m := range due(t, db, start) {
		if m.Slot != "" {
			settle(t, db, bot.Outcome{Message: m.ID, At: start, Sent: true, Remote: canary + "remote"})
			break
		}
	}
	e = bot.Event{ID: "telegram:2", Door: bot.Telegram, Chat: canary + "chat", What: bot.Wrote{Text: canary + "poison"}}
	if _, err := db.Take(t.Context(), start, []bot.Event{e}, func(bot.Scene, bot.Event) bot.Turn { panic(canary + "panic") }); err != nil {
		t.Fatal(err)
	}
	if err := db.KeepNetwork(t.Context(), start, []byte(canary+"network")); err != nil {
		t.Fatal(err)
	}
	if err := db.PublishFlow(t.Context(), sqlite.Flow{ID: "checkin", Version: 1, At: start, By: canary + "by", Status: sqlite.FlowLive, Source: "flow: checkin"}); err != nil {
		t.Fatal(err)
	}
	return resident, signal
}

func due(t *testing.T, db *sqlite.DB, now time.Time) []bot.Message {
	t.Helper()
	var found []bot.Message
	for m, err := range db.Due(t.Context(), bot.Telegram, bot.LaneDistress, now, 100) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, m)
	}
	return found
}

func settle(t *testing.T, db *sqlite.DB, o bot.Outcome) {
	t.Helper()
	if _, err := db.Trying(t.Context(), o.At, []int64{o.Message}); err != nil {
		t.Fatal(err)
	}
	if err := db.Settle(t.Context(), []bot.Outcome{o}); err != nil {
		t.Fatal(err)
	}
}

// look checks that the whole crowd can be read: canaries that were never kept
// would prove nothing.
func look(t *testing.T, db *sqlite.DB, resident, signal int64) {
	t.Helper()
	var scene bot.Scene
	e := bot.Event{ID: "look:" + t.Name() + fmt.Sprint(time.Now().UnixNano()), Door: bot.Telegram, Chat: canary + "chat", Signal: signal, What: bot.Slash{}}
	if _, err := db.Take(t.Context(), start, []bot.Event{e}, func(s bot.Scene, _ bot.Event) bot.Turn {
		scene = s
		return bot.Turn{Next: s.Free}
	}); err != nil {
		t.Fatal(err)
	}
	if scene.Resident == nil || scene.Resident.ID != resident || scene.Account == nil || len(scene.Conversations) != 1 ||
		len(scene.Signals) != 1 || len(scene.Words) != 1 || len(scene.Peers) != 1 || len(scene.Residents) != 1 {
		t.Fatalf("the scene is not whole: %+v", scene)
	}
	timers, err := db.DueTimers(t.Context(), start, 10)
	if err != nil || len(timers) != 1 || !strings.Contains(timers[0].Text, canary) {
		t.Errorf("timers: got %v, %v", timers, err)
	}
	log, err := db.Log(t.Context(), resident)
	if err != nil || len(log) != 1 || !strings.Contains(log[0].Who, canary) {
		t.Errorf("log: got %v, %v", log, err)
	}
	dead, err := db.DeadLetters(t.Context(), 10)
	if err != nil || len(dead) != 2 || !strings.Contains(dead[0].Why, canary+"panic") || !strings.Contains(string(dead[0].Raw), canary+"poison") {
		t.Errorf("dead letters: got %v, %v", dead, err)
	}
	network, _, err := db.Network(t.Context())
	if err != nil || string(network) != canary+"network" {
		t.Errorf("network: got %q, %v", network, err)
	}
	flows, err := db.Flows(t.Context())
	if err != nil || len(flows) != 1 || flows[0].By != canary+"by" {
		t.Errorf("flows: got %v, %v", flows, err)
	}
	posted := false
	for _, m := range due(t, db, start) {
		posted = posted || strings.Contains(m.Body.Text, canary)
	}
	if !posted {
		t.Error("no message with its words is due")
	}
}

// Whoever steals the file, or a backup of it, learns nothing that anybody wrote
// or is called.
func TestNothingIsReadableInTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir, sqlite.Options{})
	resident, signal := crowd(t, db)
	look(t, db, resident, signal)
	if err := db.Backup(t.Context(), filepath.Join(dir, "copy.db")); err != nil {
		t.Fatal(err)
	}
	searched := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		searched += len(raw)
		if at := bytes.Index(raw, []byte(canary)); at >= 0 {
			t.Errorf("%s holds %q", e.Name(), raw[at:min(len(raw), at+60)])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if searched < 100_000 {
		t.Errorf("only %d bytes were searched: the write-ahead log is missing", searched)
	}
}

// A sealed value belongs to its row: swapped with another, it does not open.
func TestSealedValuesCannotBeSwapped(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	resident, _ := crowd(t, db)
	take(t, db, "telegram:3", func(s bot.Scene) bot.Turn {
		return bot.Turn{Next: s.Free + 1, Log: []bot.LogLine{{ID: s.Free, At: start, Resident: 4711, Who: "karin"}}}
	})
	if _, err := db.Log(t.Context(), 4711); err != nil {
		t.Fatal(err)
	}
	// An intruder with the file but without the key puts another's line in place.
	for _, q := range []string{
		`DROP TRIGGER log_stays`,
		fmt.Sprintf(`UPDATE log SET body = (SELECT body FROM log WHERE resident = %d) WHERE resident = 4711`, resident),
	} {
		if err := db.Raw(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if log, err := db.Log(t.Context(), 4711); err == nil {
		t.Errorf("a swapped value was read: %v", log)
	}
}

// take handles one event of nobody.
func take(t *testing.T, db *sqlite.DB, id string, decide func(bot.Scene) bot.Turn) {
	t.Helper()
	e := bot.Event{ID: id, Door: bot.Telegram, What: bot.Wrote{}}
	if _, err := db.Take(t.Context(), start, []bot.Event{e}, func(s bot.Scene, _ bot.Event) bot.Turn { return decide(s) }); err != nil {
		t.Fatal(err)
	}
}

// With another key nothing opens, nothing changes, and the words say what to do.
func TestWrongKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir, sqlite.Options{})
	resident, signal := crowd(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "houvast.db")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other := bytes.Repeat([]byte{8}, sqlite.KeySize)
	for _, keys := range [][][]byte{{other}, {other, bytes.Repeat([]byte{9}, sqlite.KeySize)}} {
		_, err = sqlite.Open(t.Context(), sqlite.Options{Path: path, Keys: keys})
		if !errors.Is(err, sqlite.ErrWrongKey) || !strings.Contains(err.Error(), "HOUVAST_KEY_FILE") {
			t.Errorf("got %v, want %v and what to do", err, sqlite.ErrWrongKey)
		}
		if _, err = sqlite.OpenReading(t.Context(), sqlite.Options{Path: path, Keys: keys}); !errors.Is(err, sqlite.ErrWrongKey) {
			t.Errorf("to read: got %v, want %v", err, sqlite.ErrWrongKey)
		}
	}
	for _, keys := range [][][]byte{nil, {{1, 2, 3}}, {key, nil}} {
		if _, err := sqlite.Open(t.Context(), sqlite.Options{Path: path, Keys: keys}); !errors.Is(err, sqlite.ErrKey) {
			t.Errorf("keys %v: got %v, want %v", keys, err, sqlite.ErrKey)
		}
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
	look(t, open(t, dir, sqlite.Options{}), resident, signal)
}

// A new key takes the place of the old one; after one start the old one may go.
func TestNewKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old, fresh := key, bytes.Repeat([]byte{9}, sqlite.KeySize)
	db := open(t, dir, sqlite.Options{Keys: [][]byte{old}})
	resident, signal := crowd(t, db)
	take(t, db, "telegram:3", func(s bot.Scene) bot.Turn {
		m := full[bot.Message](t)
		m.ID, m.To.Door, m.To.Place, m.Slot, m.Until = s.Free, bot.Telegram, m.To.Place+"elsewhere", canary+"slot", time.Time{}
		m.Rewrite = "" // it posts what others may rewrite
		return bot.Turn{Next: s.Free + 1, Messages: []bot.Message{m}}
	})
	waiting := due(t, db, start)

	for _, keys := range [][][]byte{{fresh, old}, {fresh}} {
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db = open(t, dir, sqlite.Options{Keys: keys})
		look(t, db, resident, signal)
	}
	// Look-ups by keyed hash work too: places, slots, timers, words.
	again := due(t, db, start)
	if len(again) != len(waiting) {
		t.Fatalf("due: got %d, want %d", len(again), len(waiting))
	}
	if got := again[len(again)-1].Remote; got != canary+"remote" {
		t.Errorf("where the slot was posted: got %q", got)
	}
	take(t, db, "telegram:4", func(s bot.Scene) bot.Turn {
		m := again[0]
		m.ID = s.Free
		return bot.Turn{Next: s.Free + 1, Messages: []bot.Message{m}, Cancel: []string{full[bot.Timer](t).Key}}
	})
	if now := due(t, db, start); len(now) != len(again) {
		t.Errorf("a message behind another: got %d due, want %d", len(now), len(again))
	}
	if timers, err := db.DueTimers(t.Context(), start, 10); err != nil || len(timers) != 0 {
		t.Errorf("cancelled timers: got %v, %v", timers, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), sqlite.Options{Path: db.Path(), Keys: [][]byte{old}}); !errors.Is(err, sqlite.ErrWrongKey) {
		t.Errorf("the old key alone: got %v, want %v", err, sqlite.ErrWrongKey)
	}
}
