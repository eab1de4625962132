package bot_test

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"houvast/bot"
	"houvast/content"
	"houvast/flows"
	"houvast/signals"
	"houvast/signals/lexicon"
)

// TestAnythingMayHappen walks at random through everything that people and time
// can do, and looks after each event whether the promises still hold.
func TestAnythingMayHappen(t *testing.T) {
	t.Parallel()

	house := exampleHouse(t)
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()

			w := newWalk(t, house, seed)
			for range 300 {
				w.step()
			}
		})
	}
}

type shelf map[string]*flows.Flow

func (s shelf) Flow(id string) *flows.Flow           { return s[id] }
func (s shelf) Version(id string, _ int) *flows.Flow { return s[id] }

// exampleHouse is the invented town's. Its parts are shared: whoever changes one
// changes a copy.
func exampleHouse(t testing.TB) *bot.House {
	t.Helper()
	h, err := builtOnce()
	if err != nil {
		t.Fatal(err)
	}
	house := *h
	return &house
}

// builtOnce reads all that the town is made of, which takes longer than most tests.
var builtOnce = sync.OnceValues(func() (*bot.House, error) {
	network, err := content.ExampleNetwork()
	if err != nil {
		return nil, err
	}
	starters, err := content.Flows()
	if err != nil {
		return nil, err
	}
	words, err := content.Words()
	if err != nil {
		return nil, err
	}
	list, err := content.Lexicon()
	if err != nil {
		return nil, err
	}
	library := shelf{}
	for _, f := range starters {
		library[f.ID] = f
	}
	return &bot.House{Network: network, Flows: library, Words: words, Lexicon: bot.KnowingKeys(list, words), BotName: "houvast_bot"}, nil
})

// A walk is a memory of everything there is, and what happens to it.
type walk struct {
	t     *testing.T
	house *bot.House
	r     *rand.Rand
	now   time.Time
	next  int64
	event int

	accounts      map[int64]bot.Account
	residents     map[int64]bot.Resident
	conversations map[int64]bot.Conversation
	signals       map[int64]bot.Signal
	words         map[int64]bot.Word
	invites       map[int64]bot.Invite
	timers        map[string]bot.Timer
	composing     []bot.Message // check-ins whose turn comes
	offered       []offer       // buttons that people have on their phones
	codes         []string      // that were handed out, the newest last
	story         []string
}

type offer struct{ chat, data string }

const (
	annaChat, joostChat, elsChat = "1001", "1003", "1004"
	anna, jo                     = int64(1), int64(2)
)

func newWalk(t *testing.T, house *bot.House, seed uint64) *walk {
	w := &walk{
		t: t, house: house, r: rand.New(rand.NewPCG(seed, 7)), next: 100,
		now:           time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC).Add(time.Duration(seed) * 5 * time.Hour),
		accounts:      map[int64]bot.Account{},
		residents:     map[int64]bot.Resident{},
		conversations: map[int64]bot.Conversation{},
		signals:       map[int64]bot.Signal{},
		words:         map[int64]bot.Word{},
		invites:       map[int64]bot.Invite{},
		timers:        map[string]bot.Timer{},
	}
	circle := signals.Circle{Wijk: "noord", Primary: "samira", Backups: []string{"tom"}, Maatje: "joost"}
	w.residents[anna] = bot.Resident{ID: anna, Nickname: "Anna", Circle: circle, Welcome: "Fijn.", InvitedBy: "samira", Stage: bot.StageInvited}
	code := sha256.Sum256([]byte(annaCode))
	w.codes = []string{annaCode}
	w.invites[50] = bot.Invite{ID: 50, Hash: code[:], Resident: anna, By: "samira", Until: w.now.AddDate(0, 0, 7)}
	joost := bot.Account{ID: 11, Chat: joostChat, Person: "joost", Yes: true}
	if seed%2 == 0 { // one person on both sides
		w.residents[jo] = bot.Resident{
			ID: jo, Nickname: "Jo", Circle: signals.Circle{Wijk: "noord", Primary: "tom", Backups: []string{"samira"}},
			InvitedBy: "samira", Stage: bot.StageActive, Account: 11, Consent: &bot.Consent{At: w.now}, Rhythm: "0 10 * * *",
		}
		joost.Resident = jo
	}
	w.accounts[11] = joost
	w.accounts[12] = bot.Account{ID: 12, Chat: "2001", Person: "samira", Yes: true}
	w.take(bot.Event{Chat: annaChat, Code: annaCode, What: bot.Started{}})
	return w
}

const annaCode = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

func pick[T any](w *walk, of ...T) T { return of[w.r.IntN(len(of))] }

// mark stands in everything that a resident writes, so that it is found again
// wherever it may not come.
const mark = "zqx"

func (w *walk) text() string {
	n := fmt.Sprint(" ", mark, w.event)
	return pick(w,
		"ik wil dood"+n, "ik maak er een einde aan"+n, "ik wil niet dood hoor"+n, "ik slaap al weken niet"+n, "mijn fiets is weg"+n,
		"dank je wel"+n, "hallo"+n, "ik heb een baan!"+n, "Het is moeilijk", "Goed nieuws", "Ik wil contact", "Meer", "stop", "terug",
		"hulp", "mens", "Niemand", "Ja", "Samira", "Joost", "Liever niet", "Ja, dat mag", annaCode, annaCode[1:]+"B")
}

func (w *walk) chat() string { return pick(w, annaChat, annaChat, annaChat, joostChat, elsChat) }

// step lets one thing happen.
func (w *walk) step() {
	switch n := w.r.IntN(100); {
	case n < 22:
		w.wrote(w.text(), false)
	case n < 25:
		w.wrote(w.text(), true)
	case n < 29:
		media := bot.Media{Door: bot.Telegram, Ref: "voice:1", Kind: pick(w, "voice", "photo", "other")}
		w.take(bot.Event{Chat: w.chat(), What: bot.Sent{Media: media, Caption: bot.Text(pick(w, "", w.text())), Message: fmt.Sprint(w.event)}})
	case n < 55 && len(w.offered) > 0:
		o := w.offered[len(w.offered)-1-w.r.IntN(min(6, len(w.offered)))]
		w.take(bot.Event{Chat: o.chat, What: bot.Pressed{Data: o.data}})
	case n < 58:
		w.take(bot.Event{Chat: w.chat(), What: bot.Commanded{Name: pick(w, "stop", "hulp", "nummers", "contact", "meer", "terug", "weetniet")}})
	case n < 60:
		w.take(bot.Event{Chat: w.chat(), Code: pick(w, "", "", pick(w, w.codes...), w.codes[len(w.codes)-1], annaCode[1:]+"A"), What: bot.Started{}})
	case n < 61 && w.r.IntN(2) == 0:
		w.inviteAgain()
	case n < 62:
		w.take(bot.Event{Chat: w.chat(), What: bot.Blocked{Undone: w.r.IntN(2) == 0}})
	case n < 63:
		w.take(bot.Event{Chat: w.chat(), What: bot.Unread{Raw: []byte("?"), Why: "not JSON"}})
	case n < 64:
		for _, id := range slices.Sorted(maps.Keys(w.conversations)) {
			if c := w.conversations[id]; c.Waiting {
				w.take(bot.Event{Account: c.Account, Resident: c.Resident, What: bot.Gap{For: 10 * time.Minute}})
			}
		}
	case n < 80 && len(w.signals) > 0:
		w.professional()
	case n < 82 && len(w.signals) > 0:
		s := w.someSignal()
		m := bot.Message{ID: 1, To: bot.Address{Door: bot.Mattermost, Place: s.Channel}, Slot: fmt.Sprint("signal:", s.ID, ":card")}
		w.take(bot.Event{Signal: s.ID, What: pick[bot.What](w, bot.Late{Message: m, For: time.Minute}, bot.Undelivered{Message: m, Class: bot.SendRefused})})
	case n < 83:
		m := bot.Message{ID: 1, To: bot.Address{Door: bot.Telegram, Place: annaChat}}
		w.take(bot.Event{Chat: annaChat, What: bot.Undelivered{Message: m, Class: bot.SendBlocked}})
	case n < 86 && len(w.composing) > 0:
		m := w.composing[0]
		w.composing = w.composing[1:]
		w.take(bot.Event{Resident: m.Subject, What: bot.Compose{Message: m}})
	case n < 89:
		w.now = w.now.Add(time.Duration(w.r.IntN(90)) * time.Minute)
	default:
		w.ring()
	}
}

func (w *walk) wrote(text string, edited bool) {
	message := fmt.Sprint(w.event)
	if edited {
		message = fmt.Sprint(w.event - 1 - w.r.IntN(10))
	}
	w.take(bot.Event{Chat: w.chat(), What: bot.Wrote{Text: bot.Text(text), Edited: edited, Message: message}})
}

func (w *walk) someSignal() bot.Signal {
	ids := slices.Sorted(maps.Keys(w.signals))
	return w.signals[ids[len(ids)-1-w.r.IntN(min(5, len(ids)))]]
}

func (w *walk) professional() {
	s := w.someSignal()
	e := bot.Event{User: pick(w, "samira", "tom", "fatma", "ravi"), Signal: s.ID}
	switch w.r.IntN(4) {
	case 0:
		e.What = bot.Submitted{Form: "answer", Fields: map[string]string{"text": pick(w, "Ik bel je.", "")}}
	case 1:
		e.What = pick[bot.What](w,
			bot.Submitted{Form: "hand", Fields: map[string]string{"to": pick(w, "tom", "team", "niemand")}},
			bot.Submitted{Form: "close", Fields: map[string]string{"reason": pick(w, "opgelost", "vals_alarm", "zomaar")}})
	default:
		e.What = bot.Acted{Action: pick(w, "take", "take", "read", "answer", "hand", "close", "bravo", "spoke", "missed", "seen", "confirm", "confirm", "deny", "still", "back", "done")}
	}
	w.take(e)
}

// inviteAgain is a new code: for who is known, by the command or by the same name.
func (w *walk) inviteAgain() {
	e := bot.Event{User: pick(w, "samira", "samira", "tom", "ravi")}
	e.What = pick[bot.What](w,
		bot.Submitted{Form: "invite_again", Fields: map[string]string{"resident": fmt.Sprint(anna), "welcome": "Weer welkom."}},
		bot.Submitted{Form: "invite", Fields: map[string]string{"name": pick(w, "anna", "Els"), "wijk": "noord", "primary": "tom", "backup": "samira", "welcome": "Hoi."}})
	w.take(e)
}

// ring lets the timer that is due first run out.
func (w *walk) ring() {
	var first bot.Timer
	for _, key := range slices.Sorted(maps.Keys(w.timers)) {
		if t := w.timers[key]; first.Key == "" || t.Due.Before(first.Due) {
			first = t
		}
	}
	if first.Key == "" {
		return
	}
	if first.Due.After(w.now) {
		w.now = first.Due
	}
	delete(w.timers, first.Key)
	w.take(bot.Event{Resident: first.Resident, Signal: first.Signal, Account: first.Account, What: bot.Rang{Timer: first}})
}

// scene sets the scene as the store does.
func (w *walk) scene(e bot.Event) bot.Scene {
	s := bot.Scene{House: w.house, Now: w.now, Free: w.next, Seed: fmt.Appendf(nil, "%016d%016d", w.event, w.event), Peers: map[string]bot.Account{}}
	if submitted, ok := e.What.(bot.Submitted); ok && strings.HasPrefix(submitted.Form, "invite") {
		for _, id := range slices.Sorted(maps.Keys(w.residents)) {
			s.Residents = append(s.Residents, w.residents[id])
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.accounts)) {
		a := w.accounts[id]
		if a.Person != "" {
			s.Peers[a.Person] = a
		}
		if e.Chat != "" && a.Chat == e.Chat || e.Chat == "" && a.ID == e.Account {
			s.Account = &a
		}
	}
	if s.Account == nil && e.Chat != "" {
		a := bot.Account{ID: s.Free, Chat: e.Chat}
		s.Free++
		w.accounts[a.ID] = a
		s.Account = &a
	}
	about, resident := e.Signal, e.Resident
	switch e.What.(type) {
	case bot.Wrote, bot.Sent:
		if s.Account != nil && !e.Cry && w.now.Sub(s.Account.ReplyAt) < time.Hour && about == 0 {
			about = s.Account.ReplyTo
		}
	}
	named, known := w.signals[about]
	if known {
		resident = named.Resident
	}
	if resident == 0 && s.Account != nil {
		resident = s.Account.Resident
	}
	if r, ok := w.residents[resident]; ok {
		s.Resident = &r
		if home, ok := w.accounts[r.Account]; ok {
			s.Home = &home
		}
	}
	of := int64(0)
	switch {
	case s.Account != nil:
		of = s.Account.ID
	case s.Home != nil:
		of = s.Home.ID
	}
	for _, id := range slices.Sorted(maps.Keys(w.conversations)) {
		if c := w.conversations[id]; c.Waiting && c.Account == of {
			s.Conversations = append(s.Conversations, c)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.signals)) {
		if g := w.signals[id]; s.Resident != nil && g.Resident == s.Resident.ID && g.State != bot.Closed || known && id == about {
			s.Signals = append(s.Signals, g)
		}
	}
	if p, pressed := e.What.(bot.Pressed); pressed && strings.HasPrefix(p.Data, "p:worry:") {
		for _, id := range slices.Sorted(maps.Keys(w.residents)) {
			s.Residents = append(s.Residents, w.residents[id])
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.signals)) {
		g := w.signals[id]
		if a := s.Account; a != nil && a.Person != "" && g.State != bot.Closed &&
			(w.residents[g.Resident].Circle.Maatje == a.Person || slices.Contains(g.Peers, a.Person) || g.TakenBy == a.Person) {
			s.Prompts = append(s.Prompts, bot.Prompt{Signal: g, Resident: w.residents[g.Resident]})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.words)) {
		word := w.words[id]
		if s.Resident != nil && word.Resident == s.Resident.ID {
			s.Words = append(s.Words, word)
		}
	}
	for _, i := range w.invites {
		if hash := sha256.Sum256([]byte(e.Code)); e.Code != "" && string(i.Hash) == string(hash[:]) {
			r := w.residents[i.Resident]
			s.Invite, s.Invited = &i, &r
		}
	}
	if s.Invited != nil && s.Account != nil && s.Invited.Account != s.Account.ID {
		if home, ok := w.accounts[s.Invited.Account]; ok {
			s.InvitedHome = &home
			for _, id := range slices.Sorted(maps.Keys(w.conversations)) {
				if c := w.conversations[id]; c.Waiting && c.Account == home.ID {
					s.Conversations = append(s.Conversations, c)
				}
			}
		}
	}
	return s
}

// take lets the house decide about e, checks the promises and keeps what follows.
func (w *walk) take(e bot.Event) {
	w.t.Helper()
	w.event++
	e.At = w.now
	e = bot.Prepare(w.house, e)
	w.story = append(w.story, fmt.Sprintf("%s %s%s %T %+v", w.now.Format("02 15:04"), e.Chat, e.User, e.What, e.What))
	s := w.scene(e)
	turn := bot.Decide(s, e)
	if deaf := e; e.Heard != nil {
		deaf.Heard = nil
		if again := bot.Decide(s, deaf); !reflect.DeepEqual(turn, again) {
			w.broken("what was heard beforehand decides something:\n%+v\n%+v", turn, again)
		}
	}
	w.promises(s, e, turn)
	w.keep(turn)
	if w.event%7 == 0 {
		w.near()
	}
	w.nobodyWaitsForWhoLeft()
	for _, a := range w.accounts {
		if r, ok := w.residents[a.Resident]; ok && r.Account != a.ID {
			w.broken("chat %s is linked to resident %d, whose chat is %d", a.Chat, r.ID, r.Account)
		}
	}
	for _, r := range w.residents {
		if a := w.accounts[r.Account]; r.Account != 0 && a.Resident != r.ID {
			w.broken("resident %d has chat %d, which is linked to %d", r.ID, r.Account, a.Resident)
		}
		if r.Stage == bot.StageActive && !r.LetGo.IsZero() {
			w.broken("resident %d takes part, and nobody said who it is", r.ID)
		}
	}
	for _, c := range w.conversations {
		if a := w.accounts[c.Account]; c.Waiting && c.Resident != 0 && a.Resident != c.Resident {
			w.broken("a talk of resident %d goes on in a chat that is not theirs", c.Resident)
		}
	}
	for id, g := range w.signals {
		if _, armed := w.timers[fmt.Sprint("signal:", id)]; !armed && g.State != bot.Closed {
			w.broken("signal %d (%s, %s) is %s and has no timer", id, g.Kind, g.Owner, g.State)
		}
	}
}

// nobodyWaitsForWhoLeft looks whether a signal stands with a peer expert who cannot
// be reached, and nothing will bring it to somebody else.
func (w *walk) nobodyWaitsForWhoLeft() {
	w.t.Helper()
	for _, a := range w.accounts {
		if a.Person == "" || a.Yes && !a.Blocked {
			continue
		}
		for id, g := range w.signals {
			if g.State == bot.Closed || g.Kind == signals.GoodNews || g.TakenBy != a.Person && !slices.Contains(g.Peers, a.Person) || !w.house.Network.People[a.Person].Peer() {
				continue
			}
			if _, armed := w.timers[fmt.Sprint("left:", id, ":", a.Person)]; !armed {
				w.broken("signal %d (%s) stands with %s, who cannot be reached", id, g.Kind, a.Person)
			}
		}
	}
}

// near looks whether a human is near in the state that everybody is in now: the
// key Het is moeilijk, the command and words of danger each bring the numbers and
// a signal at once. Nothing of it is kept.
func (w *walk) near() {
	w.t.Helper()
	for _, a := range w.accounts {
		if a.Resident == 0 {
			continue
		}
		for _, what := range []bot.What{
			bot.Wrote{Text: "Het is moeilijk", Message: "near"}, bot.Commanded{Name: "hulp"}, bot.Wrote{Text: "ik wil dood", Message: "near"},
		} {
			e := bot.Prepare(w.house, bot.Event{Chat: a.Chat, At: w.now, What: what})
			turn := bot.Decide(w.scene(e), e)
			heard := slices.ContainsFunc(turn.Signals, func(g bot.Signal) bool {
				return g.Resident == a.Resident && (g.Kind == signals.Distress || g.Kind == signals.Crisis) && g.State != bot.Closed
			})
			told := slices.ContainsFunc(turn.Messages, func(m bot.Message) bool {
				return m.To.Place == a.Chat && m.Lane == bot.LaneDistress && strings.Contains(m.Body.Text, "112") && strings.Contains(m.Body.Text, "113")
			})
			if !heard || !told {
				w.broken("no human is near (%s): %T %+v: a signal %v, the numbers %v", w.residents[a.Resident].Stage, what, what, heard, told)
			}
		}
	}
}

func (w *walk) keep(turn bot.Turn) {
	w.next = turn.Next
	for _, x := range turn.Accounts {
		w.accounts[x.ID] = x
	}
	for _, x := range turn.Residents {
		w.residents[x.ID] = x
	}
	for _, x := range turn.Conversations {
		w.conversations[x.ID] = x
	}
	for _, x := range turn.Signals {
		w.signals[x.ID] = x
	}
	for _, x := range turn.Words {
		w.words[x.ID] = x
	}
	for _, x := range turn.Invites {
		w.invites[x.ID] = x
	}
	for _, key := range turn.Cancel {
		delete(w.timers, key)
	}
	for _, x := range turn.Timers {
		w.timers[x.Key] = x
	}
	for _, id := range turn.Forget {
		delete(w.residents, id)
		maps.DeleteFunc(w.accounts, func(_ int64, a bot.Account) bool { return a.Resident == id && a.Person == "" })
		maps.DeleteFunc(w.conversations, func(_ int64, c bot.Conversation) bool { return c.Resident == id })
		maps.DeleteFunc(w.signals, func(_ int64, s bot.Signal) bool { return s.Resident == id })
		maps.DeleteFunc(w.words, func(_ int64, word bot.Word) bool { return word.Resident == id })
		maps.DeleteFunc(w.invites, func(_ int64, i bot.Invite) bool { return i.Resident == id })
		maps.DeleteFunc(w.timers, func(_ string, t bot.Timer) bool { return t.Resident == id })
	}
	for _, m := range turn.Messages {
		if m.Later != "" {
			w.composing = append(w.composing, m)
		}
		if m.Body.Invite != nil {
			w.codes = append(w.codes, m.Body.Invite.Code)
		}
		w.see(m.To.Place, m.Body)
	}
	for _, b := range turn.Bodies {
		w.see(annaChat, b)
	}
}

func (w *walk) see(chat string, b bot.Body) {
	for _, k := range b.Buttons {
		w.offered = append(w.offered, offer{chat, k.Data})
	}
}

func (w *walk) broken(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf(format+"\n%s", append(args, strings.Join(w.story[max(0, len(w.story)-25):], "\n"))...)
}

// promises are what must hold of every turn.
func (w *walk) promises(s bot.Scene, e bot.Event, turn bot.Turn) {
	w.t.Helper()
	w.ids(s, turn)
	w.closing(s, e, turn)
	questions := map[string]int{}
	for _, m := range turn.Messages {
		text := everythingIn(m.Body)
		if strings.Contains(text, "{") || strings.Contains(text, "[]") {
			w.broken("not filled in: %q", text)
		}
		w.aboutWhom(s, turn, m, text)
		if m.To.Door == bot.Mattermost {
			if strings.Contains(text, mark) && !w.toBackup(e, m) {
				w.broken("own words in Mattermost: %q", text)
			}
			if c := m.Body.Card; c != nil && (c.Kind == "crisis" || c.Kind == "distress") && m.Lane != bot.LaneDistress {
				w.broken("a card about %s waits in lane %d: %q", c.Kind, m.Lane, text)
			}
			continue
		}
		for _, k := range m.Body.Buttons {
			if len(k.Data) > 64 || k.Label == "" {
				w.broken("a button that Telegram does not take: %+v", k)
			}
		}
		if len(m.Body.Buttons) > 0 {
			parts := strings.SplitN(m.Body.Buttons[0].Data, ":", 4)
			questions[parts[0]+parts[1]+parts[2]]++
		}
		w.toResident(s, e, m, text)
	}
	for question, n := range questions {
		if n > 1 {
			w.broken("question %s was put %d times in one turn", question, n)
		}
	}
	read := slices.ContainsFunc(turn.Log, func(l bot.LogLine) bool { return l.Did == "read" && l.Who == e.User })
	if strings.Contains(turn.Reply.Text, mark) && !read {
		w.broken("words were shown and nobody wrote that down: %q", turn.Reply.Text)
	}
	w.danger(s, e, turn)
}

// toBackup reports whether m is what a peer expert wrote, to their back-up alone,
// because they said so or were told so.
func (w *walk) toBackup(e bot.Event, m bot.Message) bool {
	said, given := false, false
	switch what := e.What.(type) {
	case bot.Pressed:
		said = e.Chat == joostChat && strings.HasPrefix(what.Data, "p:back:")
	case bot.Rang:
		said = what.Timer.Kind == bot.TimerSaid
		given = w.accounts[what.Timer.Account].SaidOwn
	}
	return said && !given && m.To.Place == "@samira"
}

func everythingIn(b bot.Body) string {
	parts := []string{b.Text}
	if c := b.Card; c != nil {
		parts = append(parts, c.Title, c.Text)
		for _, f := range c.Fields {
			parts = append(parts, f.Name, f.Value)
		}
		for _, a := range c.Actions {
			parts = append(parts, a.Label)
		}
	}
	return strings.Join(parts, "\n")
}

// ids are issued once each.
func (w *walk) ids(s bot.Scene, turn bot.Turn) {
	w.t.Helper()
	seen := map[int64]bool{}
	issued := func(what string, id int64) {
		if id < s.Free {
			return // a row there was
		}
		if id >= turn.Next || seen[id] {
			w.broken("%s has id %d, of %d to %d", what, id, s.Free, turn.Next)
		}
		seen[id] = true
	}
	for _, x := range turn.Conversations {
		issued("a conversation", x.ID)
	}
	for _, x := range turn.Signals {
		issued("a signal", x.ID)
	}
	for _, x := range turn.Words {
		if x.ID <= 0 {
			w.broken("a word without an id")
		}
		issued("a word", x.ID)
	}
	for _, x := range turn.Messages {
		issued("a message", x.ID)
	}
	for _, x := range turn.Timers {
		issued("a timer", x.ID)
	}
	for _, x := range turn.Log {
		issued("a log line", x.ID)
	}
}

// aboutWhom: what others get about a resident says whom it is about, so that it goes
// when everything of the resident does, and only then.
func (w *walk) aboutWhom(s bot.Scene, turn bot.Turn, m bot.Message, text string) {
	w.t.Helper()
	if s.Resident == nil || m.Subject != 0 || s.Home != nil && m.To.Place == s.Home.Chat || len(turn.Forget) > 0 {
		return
	}
	if strings.Contains(text, s.Resident.Nickname) || text == w.house.Words["nl"]["ping"] {
		w.broken("about nobody: %+v", m)
	}
}

// closing is done by a person, with a reason.
func (w *walk) closing(s bot.Scene, e bot.Event, turn bot.Turn) {
	w.t.Helper()
	for _, g := range turn.Signals {
		if g.State != bot.Closed || w.signals[g.ID].State == bot.Closed {
			continue
		}
		person := e.User
		if s.Account != nil && person == "" {
			person = s.Account.Person
			if s.Account.Resident == g.Resident && g.ClosedBy == "resident" {
				person = g.ClosedBy // their own good news, which nobody else may hear
			}
		}
		if g.ClosedBy == "" || g.Reason == "" || g.ClosedBy != person {
			w.broken("signal %d (%s) was closed by %q because of %q, on %T", g.ID, g.Kind, g.ClosedBy, g.Reason, e.What)
		}
	}
}

// toResident is what must hold of a message to the chat of a resident.
func (w *walk) toResident(s bot.Scene, e bot.Event, m bot.Message, text string) {
	w.t.Helper()
	var home bot.Account
	var r bot.Resident
	for _, a := range w.accounts {
		if a.Chat == m.To.Place && a.Resident != 0 {
			home, r = a, w.residents[a.Resident]
		}
	}
	if home.Resident == 0 || home.Person != "" {
		return
	}
	asked := e.Chat == home.Chat
	if home.Blocked && !asked {
		w.broken("a message to somebody who blocked us: %q", text)
	}
	if r.Stage != bot.StageActive && (s.Resident == nil || s.Resident.Stage != bot.StageActive) {
		invited := r.InvitedBy == "tom" || s.Invite != nil && s.Invite.By == "tom" // whoever invited is the first name that is read
		if _, confirms := e.What.(bot.Acted); !confirms && (strings.Contains(text, "Tom") && !invited || strings.Contains(text, "Joost")) {
			w.broken("a name before confirmation (%s): %q", r.Stage, text)
		}
	}
	if r.Stopped.IsZero() || asked {
		return
	}
	about := false
	for _, g := range w.signals {
		about = about || g.Resident == r.ID && (g.Kind == signals.Crisis || !g.Opened.Before(r.Stopped))
	}
	switch what := e.What.(type) {
	case bot.Gap, bot.Compose:
		about = false
	case bot.Rang:
		about = about && what.Timer.Kind == bot.TimerSignal
	}
	if !about {
		w.broken("a message to somebody who said Stop, on %T: %q", e.What, text)
	}
}

// danger is answered in the same turn, numbers first, whoever writes it.
func (w *walk) danger(s bot.Scene, e bot.Event, turn bot.Turn) {
	w.t.Helper()
	text := ""
	switch what := e.What.(type) {
	case bot.Wrote:
		text = string(what.Text)
	case bot.Sent:
		text = string(what.Caption)
	}
	if w.house.Lexicon.Detect(text).Level != lexicon.LevelCrisis {
		return
	}
	i := slices.IndexFunc(turn.Messages, func(m bot.Message) bool { return m.To.Place == e.Chat && m.Rewrite == "" })
	if i < 0 || turn.Messages[i].Lane != bot.LaneDistress || !strings.Contains(turn.Messages[i].Body.Text, "112") || !strings.Contains(turn.Messages[i].Body.Text, "113") || len(turn.Messages[i].Body.Buttons) > 0 {
		w.broken("danger was not answered with the numbers first")
	}
	raised := slices.ContainsFunc(turn.Signals, func(g bot.Signal) bool { return g.Kind == signals.Crisis && g.State != bot.Closed })
	if linked := s.Account.Resident != 0; raised != linked {
		w.broken("danger of somebody linked (%v) was raised (%v)", linked, raised)
	}
	for _, m := range turn.Messages {
		if m.To.Door == bot.Telegram && m.To.Place != e.Chat && strings.Contains(m.Body.Text, mark) {
			w.broken("words of danger went to another phone: %q", m.Body.Text)
		}
	}
}
