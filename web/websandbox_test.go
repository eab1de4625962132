package web_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"houvast/web"
)

// A town is a sandbox in memory with invented people and a bot of three
// sentences: enough to look at the page alone.
type town struct {
	mu       sync.Mutex
	zone     *time.Location
	now      time.Time
	phones   []*web.Phone
	channels map[string]*web.Channel
	order    []string
	members  map[string][]string // channel to user names; absent: everybody
	private  map[string][]web.Post
	dialogs  map[string]*web.Dialog
	broken   map[string]bool
	files    map[string][]byte
	did      []string // every call, as a line
	last     int
	waiting  []chan struct{}
	fault    error // what every call fails with
}

func newTown(tb testing.TB) *town {
	tb.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		tb.Fatal(err)
	}
	t := &town{
		zone:     zone,
		now:      time.Date(2026, 11, 23, 14, 12, 0, 0, zone),
		channels: map[string]*web.Channel{},
		private:  map[string][]web.Post{},
		dialogs:  map[string]*web.Dialog{},
		broken:   map[string]bool{},
		files:    map[string][]byte{"qr": squares(tb)},
		members:  map[string][]string{"dm-samira": {"samira"}},
	}
	keyboard := [][]string{{"Goed nieuws", "Het is moeilijk"}, {"Ik wil contact", "Meer"}}
	t.phones = []*web.Phone{
		{ID: "anna", Owner: "Anna", Role: "bewoner", Bot: "Houvast", Started: true, Keyboard: keyboard},
		{ID: "joost", Owner: "Joost", Role: "maatje", Bot: "Houvast", Started: true, Keyboard: [][]string{{"Mijn mensen", "Pauze"}}},
		{ID: "bas", Owner: "Bas", Role: "nieuwe telefoon", Bot: "Houvast", About: "Ik ben een computer.\nIk ben niet voor nood. Bel dan 112.\nDenk je aan de dood? Bel 113."},
	}
	t.say("anna", web.Message{Text: "Dit zijn de nummers.\n112 bij gevaar. 113 als je aan de dood denkt.\nGeen antwoord binnen een minuut? Dan ben ik stuk."})
	t.phones[0].Pinned = t.phones[0].Messages[0].ID
	t.say("anna", web.Message{Text: "Goedemiddag Anna. Hoe gaat het vandaag?", Buttons: [][]web.Button{{{ID: "a:goed", Label: "Goed"}, {ID: "a:gaat", Label: "Gaat wel"}}, {{ID: "a:slecht", Label: "Niet goed"}}}})
	t.say("joost", web.Message{Text: "Hallo Joost. Tijd om Anna te bellen.", Buttons: [][]web.Button{{{ID: "j:gedaan", Label: "Gedaan"}}, {{ID: "j:niet", Label: "Niet bereikt"}}, {{ID: "j:zorgen", Label: "Ik maak me zorgen"}}}})

	t.open("signalen-noord", "private", "Hier komt binnen wie iemand nodig heeft")
	t.open("goed-nieuws-noord", "private", "Alleen goed nieuws")
	t.open("stad", "public", "Voor iedereen")
	t.open("dm-samira", "direct", "")
	t.channels["dm-samira"].Name = "Houvast"
	t.post("signalen-noord", web.Post{Author: "tom", Name: "Tom", Text: "Ik ben er vandaag tot **vijf uur**. Nummers staan op https://www.113.nl."})
	t.post("signalen-noord", card("Contact: Bas wil bellen", "#2d6cdf",
		[]web.Field{{Name: "Met wie", Value: "Samira", Short: true}, {Name: "Wanneer", Value: "dinsdag, in de ochtend", Short: true}},
		web.Action{ID: "spoke", Label: "Gesproken", Style: "primary"}, web.Action{ID: "missed", Label: "Niet bereikt"}))
	t.post("goed-nieuws-noord", card("Goed nieuws van Anna", "#2e8b57", []web.Field{{Name: "Sinds", Value: "vanochtend 09.10"}}, web.Action{ID: "nice", Label: "Wat mooi!", Style: "good"}))
	return t
}

func card(title, color string, fields []web.Field, actions ...web.Action) web.Post {
	return web.Post{Author: "houvast", Name: "Houvast", Bot: true, Cards: []web.Card{{Title: title, Color: color, Fields: fields, Actions: actions}}}
}

// squares is a picture that looks like a QR code from afar.
func squares(tb testing.TB) []byte {
	tb.Helper()
	m := image.NewGray(image.Rect(0, 0, 174, 174))
	for i := range m.Pix {
		x, y := i%174/6, i/174/6
		m.SetGray(i%174, i/174, color.Gray{Y: uint8(255 * ((x*7 + y*13 + x*y) % 5 / 2 % 2))})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func (t *town) id() string { t.last++; return fmt.Sprintf("m%d", t.last) }

func (t *town) phone(id string) *web.Phone {
	for _, p := range t.phones {
		if p.ID == id {
			return p
		}
	}
	return nil
}

func (t *town) say(phone string, m web.Message) {
	p := t.phone(phone)
	m.ID, m.At = t.id(), t.now
	p.Messages = append(p.Messages, m)
}

func (t *town) open(name, kind, purpose string) {
	t.channels[name] = &web.Channel{ID: name, Name: name, Kind: kind, Purpose: purpose}
	t.order = append(t.order, name)
}

func (t *town) post(channel string, p web.Post) string {
	p.ID, p.At = t.id(), t.now
	t.channels[channel].Posts = append(t.channels[channel].Posts, p)
	return p.ID
}

// do carries out f, writes down what was done and tells who looks on.
func (t *town) do(f func() error, line string, args ...any) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fault != nil {
		return t.fault
	}
	t.did = append(t.did, fmt.Sprintf(line, args...))
	if err := f(); err != nil {
		return err
	}
	for _, c := range t.waiting {
		select {
		case c <- struct{}{}:
		default:
		}
	}
	return nil
}

// log returns what was done so far.
func (t *town) log() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.did)
}

func (t *town) View(_ context.Context, as string) (web.View, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fault != nil {
		return web.View{}, t.fault
	}
	v := web.View{
		Clock:         web.Clock{Now: t.now, Next: time.Date(2026, 11, 24, 9, 0, 0, 0, t.zone)},
		Doors:         []web.Door{{Name: "telegram", Label: "Telegram", Broken: t.broken["telegram"]}, {Name: "mattermost", Label: "Mattermost", Broken: t.broken["mattermost"]}},
		As:            as,
		Professionals: []web.Professional{{User: "samira", Name: "Samira", Role: "Sociaal Team"}, {User: "tom", Name: "Tom", Role: "Sociaal Team"}, {User: "fatma", Name: "Fatma", Role: "coördinator"}},
	}
	if !slices.ContainsFunc(v.Professionals, func(p web.Professional) bool { return p.User == as }) {
		v.As = "samira"
	}
	for _, p := range t.phones {
		one := *p
		one.Messages = slices.Clone(p.Messages)
		v.Phones = append(v.Phones, one)
	}
	for _, name := range t.order {
		if m, ok := t.members[name]; ok && !slices.Contains(m, v.As) {
			continue
		}
		c := *t.channels[name]
		c.Posts = slices.Clone(c.Posts)
		c.Posts = append(c.Posts, t.private[v.As+"/"+name]...)
		v.Channels = append(v.Channels, c)
	}
	if d := t.dialogs[v.As]; d != nil {
		one := *d
		v.Dialog = &one
	}
	return v, nil
}

func (t *town) Changes(ctx context.Context) <-chan struct{} {
	c := make(chan struct{}, 1)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = append(t.waiting, c)
	context.AfterFunc(ctx, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.waiting = slices.DeleteFunc(t.waiting, func(o chan struct{}) bool { return o == c })
	})
	return c
}

func (t *town) File(_ context.Context, id string) (web.File, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	b, ok := t.files[id]
	if !ok {
		return web.File{}, web.ErrGone
	}
	kind := map[string]string{"qr": "image/png", "page": "text/html"}[id]
	if kind == "" {
		kind = map[bool]string{true: "audio/ogg", false: "image/jpeg"}[bytes.HasPrefix(b, []byte("OggS"))]
	}
	return web.File{Type: kind, Name: id, Content: seekable{bytes.NewReader(b)}}, nil
}

type seekable struct{ io.ReadSeeker }

func (seekable) Close() error { return nil }

func (t *town) Write(_ context.Context, phone, text string) error {
	return t.do(func() error {
		p := t.phone(phone)
		if p == nil {
			return web.ErrGone
		}
		p.Started = true
		t.say(phone, web.Message{Mine: true, Text: text})
		switch {
		case strings.HasPrefix(text, "/start"):
			t.say(phone, web.Message{Text: "Welkom! Samira schrijft: fijn dat je er bent.\n\nIk ben een computerprogramma.", Buttons: [][]web.Button{{{ID: "s:ja", Label: "Verder"}}, {{ID: "s:nee", Label: "Nu niet"}}}})
		case text == "Het is moeilijk":
			t.say(phone, web.Message{Text: "Wat naar dat het moeilijk is.\n\nGevaar? Bel 112.\nDenk je aan de dood? Bel 113 (gratis, ook 0800-0113).\n\nLiever typen?", Buttons: [][]web.Button{
				{{Label: "Chat met 113", URL: "https://www.113.nl"}, {Label: "Chat met de Luisterlijn", URL: "https://www.deluisterlijn.nl"}},
				{{ID: "h:samira", Label: "Samira"}, {ID: "h:joost", Label: "Joost"}}}})
			crisis := card("Moeilijk: "+p.Owner+" vraagt om iemand", "#c0392b",
				[]web.Field{{Name: "Sinds", Value: "14.12", Short: true}, {Name: "Beloofd", Value: "iemand leest dit voor 18.12", Short: true}, {Name: "Van wie", Value: "Nog van niemand"}},
				web.Action{ID: "takeup", Label: "Ik pak dit op", Style: "primary"}, web.Action{ID: "read", Label: "Lees"}, web.Action{ID: "answer", Label: "Antwoord"}, web.Action{ID: "close", Label: "Sluit"})
			crisis.Urgent, crisis.Text = true, "@samira @tom"
			t.post("signalen-noord", crisis)
		default:
			t.say(phone, web.Message{Text: "Ik ben een computer. Aan wie geef ik dit?", Buttons: [][]web.Button{{{ID: "w:samira", Label: "Samira"}, {ID: "w:joost", Label: "Joost"}}, {{ID: "w:no", Label: "Niemand"}, {ID: "w:hard", Label: "Het is moeilijk"}}}})
		}
		return nil
	}, "write %s %s", phone, text)
}

func (t *town) Press(_ context.Context, phone, message, button string) error {
	return t.do(func() error {
		p := t.phone(phone)
		if p == nil {
			return web.ErrGone
		}
		for i, m := range p.Messages {
			for _, b := range slices.Concat(m.Buttons...) {
				if m.ID == message && b.ID == button {
					p.Messages[i].Text += "\n\nJe koos: " + b.Label
					p.Messages[i].Buttons = nil
					t.say(phone, web.Message{Text: "Dank je. Ik geef het door."})
					return nil
				}
			}
		}
		return web.ErrGone
	}, "press %s %s", phone, button)
}

func (t *town) Send(_ context.Context, phone, kind, caption string, content []byte) error {
	return t.do(func() error {
		id := t.id()
		t.files[id] = content
		t.say(phone, web.Message{Mine: true, Text: caption, Media: &web.Media{Kind: kind, File: id, Seconds: 3 * len(kind) / 5}})
		t.say(phone, web.Message{Text: "Ik kan dit niet lezen of horen. Een mens kijkt wel, maar niet meteen.", Buttons: [][]web.Button{{{ID: "x", Label: "Dringend"}, {ID: "y", Label: "Kan wachten"}}}})
		return nil
	}, "send %s %s %s", phone, kind, caption)
}

func (t *town) Edit(_ context.Context, phone, message, text string) error {
	return t.do(func() error {
		p := t.phone(phone)
		for i := range p.Messages {
			if p.Messages[i].ID == message {
				p.Messages[i].Text, p.Messages[i].Edited = text, true
				return nil
			}
		}
		return web.ErrGone
	}, "edit %s %s", phone, text)
}

func (t *town) Block(_ context.Context, phone string, blocked bool) error {
	return t.do(func() error { t.phone(phone).Blocked = blocked; return nil }, "block %s %v", phone, blocked)
}

func (t *town) Post(_ context.Context, as, channel, root, text string) error {
	return t.do(func() error {
		if t.channels[channel] == nil {
			return web.ErrGone
		}
		t.post(channel, web.Post{Author: as, Name: strings.ToUpper(as[:1]) + as[1:], Root: root, Text: text})
		return nil
	}, "post %s %s %s", as, channel, text)
}

func (t *town) Command(_ context.Context, as, channel, text string) error {
	return t.do(func() error {
		if text != "/houvast uitnodigen" {
			return web.Refusal("Het commando " + text + " ken ik niet.")
		}
		t.dialogs[as] = &web.Dialog{ID: "invite", Title: "Iemand uitnodigen", Intro: "De ander krijgt een link. Die werkt **7 dagen**.", Submit: "Maak de link", Fields: []web.DialogField{
			{Name: "name", Label: "Voornaam of bijnaam", Kind: "text", Max: 40},
			{Name: "wijk", Label: "Wijk", Kind: "select", Options: []web.Option{{Value: "noord", Label: "Noord"}, {Value: "zuid", Label: "Zuid"}}, Value: "noord"},
			{Name: "contact", Label: "Eerste vaste contact", Kind: "select", Options: []web.Option{{Value: "joost", Label: "Joost, maatje"}, {Value: "samira", Label: "Samira, Sociaal Team"}}},
			{Name: "welcome", Label: "Een zin van jou", Help: "Dit leest de ander als eerste.", Kind: "long", Max: 300},
			{Name: "note", Label: "Nog iets", Kind: "text", Optional: true},
		}}
		return nil
	}, "command %s %s %s", as, channel, text)
}

func (t *town) Act(_ context.Context, as, post, action string) error {
	return t.do(func() error {
		channel := t.channels["signalen-noord"]
		i := slices.IndexFunc(channel.Posts, func(p web.Post) bool { return p.ID == post })
		if i < 0 {
			return web.ErrGone
		}
		p := &channel.Posts[i]
		switch action {
		case "read":
			t.private[as+"/signalen-noord"] = append(t.private[as+"/signalen-noord"], web.Post{ID: t.id(), Author: "houvast", Name: "Houvast", Bot: true, At: t.now, Private: true, Text: "Anna schreef:\n> Ik slaap niet en weet het even niet meer."})
		case "answer":
			t.dialogs[as] = &web.Dialog{ID: "answer", Title: "Antwoord aan Anna", Submit: "Verstuur", Fields: []web.DialogField{{Name: "words", Label: "Jouw woorden", Kind: "long", Max: 1000, Help: "Anna leest dit op haar telefoon."}}}
		case "takeup":
			p.Cards = slices.Clone(p.Cards)
			p.Cards[0].Fields = []web.Field{{Name: "Van wie", Value: "Opgepakt door @" + as}}
			p.Cards[0].Actions = p.Cards[0].Actions[1:]
			p.Edited = true
			t.say("anna", web.Message{Text: "Samira heeft je bericht gezien en pakt het op."})
		}
		return nil
	}, "act %s %s", as, action)
}

func (t *town) Submit(_ context.Context, as, channel, dialog string, values map[string]string) (map[string]string, error) {
	wrong := map[string]string{}
	err := t.do(func() error {
		d := t.dialogs[as]
		if d == nil || d.ID != dialog {
			return web.ErrGone
		}
		for _, f := range d.Fields {
			if values[f.Name] == "" && !f.Optional {
				wrong[f.Name] = "Vul dit in."
			}
		}
		if len(wrong) > 0 {
			wrong[""] = "Er mist nog iets."
			return nil
		}
		delete(t.dialogs, as)
		if dialog == "answer" {
			t.say("anna", web.Message{Text: "Samira schrijft:\n" + values["words"]})
			return nil
		}
		t.post("dm-samira", web.Post{Author: "houvast", Name: "Houvast", Bot: true, Text: "De link voor **" + values["name"] + "**: https://t.me/houvast_bot?start=V3rz0nnen_C0de-1",
			Files: []web.Media{{Kind: "photo", File: "qr", Name: "qr.png", Alt: "QR-code van de link"}, {Kind: "document", File: "page", Name: "kaart.html"}}})
		return nil
	}, "submit %s %s %s %v", as, channel, dialog, slices.Sorted(maps.Keys(values)))
	return wrong, err
}

func (t *town) Cancel(_ context.Context, as, dialog string) error {
	return t.do(func() error { delete(t.dialogs, as); return nil }, "cancel %s %s", as, dialog)
}

func (t *town) Move(_ context.Context, to time.Time) error {
	return t.do(func() error { t.now = to; return nil }, "move %s", to.In(t.zone).Format("2006-01-02 15:04"))
}

func (t *town) Break(_ context.Context, door string, broken bool) error {
	return t.do(func() error { t.broken[door] = broken; return nil }, "break %s %v", door, broken)
}

// noBrowser reports whether somebody chose to do without the tests in a browser.
func noBrowser() bool { return os.Getenv("HOUVAST_NO_BROWSER") == "1" }
