package web_test

import (
	"bytes"
	"errors"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"houvast/web"
)

func handler(t *town) http.Handler {
	return web.New(web.Options{Sandbox: t, Zone: t.zone, Log: slog.New(slog.DiscardHandler)}).Handler()
}

// ask sends one request; what was sent in is a form.
func ask(h http.Handler, method, target string, form url.Values, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestWhatSomebodyDoes(t *testing.T) {
	t.Parallel()

	const there = "/?as=samira&channel=signalen-noord"
	tests := []struct {
		name, path string
		form       url.Values
		status     int
		did        string // what the sandbox heard last; empty: nothing
		says       string // in the answer
	}{
		{"writes", "/sandbox/phone/anna/write", url.Values{"text": {" Hoi "}}, 303, "write anna Hoi", ""},
		{"writes nothing", "/sandbox/phone/anna/write", url.Values{"text": {" \n"}}, 422, "", "Typ eerst iets."},
		{"writes on no telephone", "/sandbox/phone/niemand/write", url.Values{"text": {"Hoi"}}, 404, "write niemand Hoi", "Dat is er niet meer."},
		{"presses", "/sandbox/phone/anna/press", url.Values{"message": {"m2"}, "button": {"a:goed"}}, 303, "press anna a:goed", ""},
		{"presses an old button", "/sandbox/phone/anna/press", url.Values{"message": {"m2"}, "button": {"oud"}}, 404, "press anna oud", "Dat is er niet meer."},
		{"edits", "/sandbox/phone/anna/edit", url.Values{"message": {"m1"}, "text": {"Anders"}}, 303, "edit anna Anders", ""},
		{"edits away", "/sandbox/phone/anna/edit", url.Values{"message": {"m1"}, "text": {""}}, 422, "", "Typ eerst iets."},
		{"blocks", "/sandbox/phone/anna/block", url.Values{"blocked": {"yes"}}, 303, "block anna true", ""},
		{"lets in again", "/sandbox/phone/anna/block", url.Values{"blocked": {"no"}}, 303, "block anna false", ""},
		{"speaks", "/sandbox/phone/anna/voice", nil, 303, "send anna voice ", ""},
		{"sends the picture", "/sandbox/phone/anna/photo", url.Values{"sample": {"yes"}, "caption": {"Kijk"}}, 303, "send anna photo Kijk", ""},
		{"sends no picture", "/sandbox/phone/anna/photo", url.Values{"chosen": {"yes"}}, 422, "", "Kies eerst een foto."},
		{"opens an invitation", "/sandbox/phone/bas/open", url.Values{"code": {"aB3_-"}}, 303, "write bas /start aB3_-", ""},
		{"opens a wrong invitation", "/sandbox/phone/bas/open", url.Values{"code": {"a b"}}, 422, "", "Deze link is niet goed."},
		{"posts", "/sandbox/team/post", url.Values{"text": {"Dag"}}, 303, "post samira signalen-noord Dag", ""},
		{"commands", "/sandbox/team/post", url.Values{"text": {"/houvast uitnodigen"}}, 303, "command samira signalen-noord /houvast uitnodigen", ""},
		{"commands what is unknown", "/sandbox/team/post", url.Values{"text": {"/dansen"}}, 422, "command samira signalen-noord /dansen", "Het commando /dansen ken ik niet."},
		{"acts", "/sandbox/team/act", url.Values{"post": {"m5"}, "action": {"read"}}, 303, "act samira read", ""},
		{"acts on what is gone", "/sandbox/team/act", url.Values{"post": {"m999"}, "action": {"read"}}, 404, "act samira read", "Dat is er niet meer."},
		{"sends in a dialog that is closed", "/sandbox/team/dialog/invite", url.Values{"name": {"Bas"}}, 404, "submit samira signalen-noord invite [name]", "Dat is er niet meer."},
		{"closes a dialog", "/sandbox/team/dialog/invite/cancel", nil, 303, "cancel samira invite", ""},
		{"an hour later", "/sandbox/clock", url.Values{"step": {"hour"}}, 303, "move 2026-11-23 15:12", ""},
		{"a day later", "/sandbox/clock", url.Values{"step": {"day"}}, 303, "move 2026-11-24 14:12", ""},
		{"the next moment", "/sandbox/clock", url.Values{"step": {"next"}}, 303, "move 2026-11-24 09:00", ""},
		{"no step", "/sandbox/clock", url.Values{"step": {"back"}}, 422, "", "Er staat nu niets klaar."},
		{"takes Telegram away", "/sandbox/door/telegram", url.Values{"broken": {"yes"}}, 303, "break telegram true", ""},
		{"gives Telegram back", "/sandbox/door/telegram", url.Values{"broken": {"no"}}, 303, "break telegram false", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			// Without the script one comes back to the same desk.
			town := newTown(t)
			w := ask(handler(town), "POST", tt.path+there[1:], tt.form)
			did := ""
			if l := town.log(); len(l) > 0 {
				did = l[len(l)-1]
			}
			if w.Code != tt.status || did != tt.did || !strings.Contains(w.Body.String(), tt.says) {
				t.Errorf("got %d, did %q, said %q; want %d, %q, %q", w.Code, did, w.Body, tt.status, tt.did, tt.says)
			}
			if to := w.Header().Get("Location"); tt.status == 303 && to != there {
				t.Errorf("leads to %q, want %q", to, there)
			}

			// With it there is nothing to load.
			town = newTown(t)
			w = ask(handler(town), "POST", tt.path+there[1:], tt.form, "Sandbox-Live", "1")
			if tt.status == 303 && (w.Code != 204 || w.Body.Len() > 0) {
				t.Errorf("got %d %q for the script, want 204 and nothing", w.Code, w.Body)
			}
		})
	}
}

func TestPhotoFromFile(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name    string
		content []byte
		status  int
		says    string
	}{
		{"a picture", squares(t), 303, ""},
		{"not a picture", []byte("<script>alert(1)</script>"), 422, "Dat is geen foto."},
		{"too big", append(squares(t), make([]byte, 11<<20)...), 413, "Dat is te groot."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			m := multipart.NewWriter(&b)
			m.WriteField("caption", "Mijn dag")
			f, _ := m.CreateFormFile("photo", "dag.png")
			f.Write(tt.content)
			m.Close()

			town := newTown(t)
			r := httptest.NewRequest("POST", "/sandbox/phone/anna/photo?as=tom", &b)
			r.Header.Set("Content-Type", m.FormDataContentType())
			w := httptest.NewRecorder()
			handler(town).ServeHTTP(w, r)

			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.says) {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Body, tt.status, tt.says)
			}
			if got := slices.Contains(town.log(), "send anna photo Mijn dag"); got != (tt.status == 303) {
				t.Errorf("sent: %v", got)
			}
		})
	}
}

func TestDialogWithFaults(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		live   string
		status int
	}{{"", 422}, {"1", 200}} {
		town := newTown(t)
		h := handler(town)
		ask(h, "POST", "/sandbox/team/post?as=tom&channel=stad", url.Values{"text": {"/houvast uitnodigen"}})

		w := ask(h, "POST", "/sandbox/team/dialog/invite?as=tom&channel=stad", url.Values{"name": {"Bas & co"}, "wijk": {"zuid"}}, "Sandbox-Live", tt.live)
		if w.Code != tt.status {
			t.Errorf("got %d, want %d", w.Code, tt.status)
		}
		for _, want := range []string{
			`value="Bas &amp; co"`,
			`<option value="zuid" selected>`,
			`<p class="wrong" role="alert">Er mist nog iets.</p>`,
			`<p class="wrong" id="field-welcome-wrong">Vul dit in.</p>`,
			`aria-describedby="field-welcome-help field-welcome-wrong"`,
		} {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("the page lacks %s", want)
			}
		}
		if strings.Contains(w.Body.String(), `id="field-note-wrong"`) {
			t.Error("a field that may be empty is called wrong")
		}

		w = ask(h, "POST", "/sandbox/team/dialog/invite?as=tom&channel=stad", url.Values{"name": {"Bas"}, "wijk": {"zuid"}, "contact": {"joost"}, "welcome": {"Hoi"}}, "Sandbox-Live", "1")
		if w.Code != 204 {
			t.Errorf("got %d for a dialog that is right, want 204", w.Code)
		}
	}
}

// A page of somebody else can do nothing here, even in the browser of who has
// this page open.
func TestOtherSitesAreRefused(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name   string
		header []string
		status int
	}{
		{"our own page", []string{"Sec-Fetch-Site", "same-origin"}, 303},
		{"another site", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a neighbouring site", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"another site, older browser", []string{"Origin", "https://elders.example"}, 403},
		{"our own page, older browser", []string{"Origin", "http://example.com"}, 303},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			town := newTown(t)
			w := ask(handler(town), "POST", "/sandbox/phone/anna/write", url.Values{"text": {"Hoi"}}, tt.header...)
			if w.Code != tt.status {
				t.Errorf("got %d, want %d", w.Code, tt.status)
			}
			if did := len(town.log()) > 0; did != (tt.status == 303) {
				t.Errorf("done: %v", did)
			}
		})
	}
}

// Nothing runs on the page but what is embedded: the policy says so, and the
// page needs nothing else.
func TestPageKeepsItsOwnPolicy(t *testing.T) {
	t.Parallel()

	town := newTown(t)
	town.Write(t.Context(), "anna", "Het is moeilijk")
	town.Command(t.Context(), "samira", "stad", "/houvast uitnodigen")
	w := ask(handler(town), "GET", "/", nil)
	if w.Code != 200 {
		t.Fatalf("got %d", w.Code)
	}
	policy := w.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %s", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("the policy %q is not safe", policy)
	}
	if m := regexp.MustCompile(`(?i)\s(style|on[a-z]+)=|<style|<script>`).FindString(w.Body.String()); m != "" {
		t.Errorf("the page holds %q", m)
	}
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(w.Body.String(), -1) {
		if strings.HasPrefix(m[1], "/static/") {
			if w := ask(handler(town), "GET", m[1], nil); w.Code != 200 {
				t.Errorf("%s is not there: %d", m[1], w.Code)
			}
		}
	}
}

// hostile turns everything that has a name or words into an attack.
func hostile(tb testing.TB) *town {
	const evil = `"><img src=x onerror="pwned=1"><script>pwned=1</script>' onfocus='pwned=1' autofocus {{.}}`
	t := newTown(tb)
	t.phones[0].Owner, t.phones[0].Role, t.phones[0].Bot, t.phones[0].Notice = evil, evil, evil, evil
	t.phones[0].Keyboard = [][]string{{evil}}
	t.phones[2].About = evil
	t.say("anna", web.Message{Mine: true, Text: evil, From: evil})
	t.say("anna", web.Message{Text: "javascript:pwned=1 https://x.nl/" + evil, Media: &web.Media{Kind: "document", File: evil, Name: evil}, Buttons: [][]web.Button{{{ID: evil, Label: evil}, {Label: evil, URL: "javascript:pwned=1"}}}})
	t.say("anna", web.Message{Media: &web.Media{Kind: "photo", File: "qr", Alt: evil}})
	t.channels["stad"].Name, t.channels["stad"].Purpose = evil, evil
	t.post("signalen-noord", web.Post{Author: evil, Name: evil, Text: evil + "[x](javascript:pwned=1) **" + evil + "** `" + evil + "`\n> " + evil + "\n- " + evil + "\n# " + evil})
	t.post("signalen-noord", web.Post{Author: evil, Name: evil, Cards: []web.Card{{Color: evil, Title: evil, Text: evil, Footer: evil, Fields: []web.Field{{Name: evil, Value: evil}}, Actions: []web.Action{{ID: evil, Label: evil, Style: evil}}}}})
	t.dialogs["samira"] = &web.Dialog{ID: "d", Title: evil, Intro: evil, Submit: evil, Fields: []web.DialogField{
		{Name: evil, Label: evil, Help: evil, Value: evil, Kind: "text"}, {Name: "l", Label: evil, Value: evil, Kind: "long"}, {Name: "s", Label: evil, Kind: "select", Options: []web.Option{{Value: evil, Label: evil}}}}}
	return t
}

func TestHostileWordsAreWords(t *testing.T) {
	t.Parallel()

	w := ask(handler(hostile(t)), "GET", "/?as=%22%3E%3Cscript%3Epwned%3D1%3C%2Fscript%3E&channel=signalen-noord&panel=%22onload%3Dx&left=%3Cb%3E&thread=%3Cb%3E", nil)
	if w.Code != 200 {
		t.Fatalf("got %d: %s", w.Code, w.Body)
	}
	body := w.Body.String()
	for _, bad := range []string{"<script>pwned", "<img src=x", `href="javascript:`, "' onfocus='", `" onfocus=`, `"onload`} {
		if strings.Contains(body, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	if !strings.Contains(body, "&lt;script&gt;pwned=1") {
		t.Error("the words are not there as words")
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()

	town := newTown(t)
	town.files["page"] = []byte("<script>alert(1)</script>")
	tests := []struct {
		id            string
		status        int
		kind, dispose string
	}{
		{"qr", 200, "image/png", ""},
		{"page", 200, "application/octet-stream", `attachment; filename=page`},
		{"weg", 404, "text/plain; charset=utf-8", ""},
	}
	for _, tt := range tests {
		w := ask(handler(town), "GET", "/sandbox/file/"+tt.id, nil)
		if w.Code != tt.status || w.Header().Get("Content-Type") != tt.kind || w.Header().Get("Content-Disposition") != tt.dispose {
			t.Errorf("%s: got %d %v", tt.id, w.Code, w.Header())
		}
		if tt.status == 200 && w.Header().Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
			t.Errorf("%s: a file may do too much: %v", tt.id, w.Header())
		}
	}
	if w := ask(handler(town), "GET", "/sandbox/file/qr", nil, "Range", "bytes=0-3"); w.Code != 206 || w.Body.Len() != 4 {
		t.Errorf("a part of a file: got %d and %d bytes, want 206 and 4", w.Code, w.Body.Len())
	}
}

// A fault of the house is told in our words, and logged without a person's.
func TestFaultOfTheHouse(t *testing.T) {
	t.Parallel()

	var lines bytes.Buffer
	town := newTown(t)
	town.fault = errors.New("disk full")
	h := web.New(web.Options{Sandbox: town, Zone: town.zone, Log: slog.New(slog.NewTextHandler(&lines, nil))}).Handler()
	w := ask(h, "POST", "/sandbox/phone/anna/write?as=samira", url.Values{"text": {"Ik weet het niet meer"}})

	if w.Code != 500 || strings.Contains(w.Body.String(), "disk") || !strings.Contains(w.Body.String(), "Er ging iets mis bij ons.") {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
	if got := lines.String(); !strings.Contains(got, "disk full") || strings.Contains(got, "weet") || strings.Contains(got, "anna") {
		t.Errorf("the log says %s", got)
	}
}

// What somebody looked at is no longer new, for them alone.
func TestUnread(t *testing.T) {
	t.Parallel()

	town := newTown(t)
	h := handler(town)
	badge := func(as, look, channel string) string {
		body := ask(h, "GET", "/?as="+as+"&channel="+look, nil).Body.String()
		_, link, _ := strings.Cut(body, `id="channel-`+channel+`"`)
		link, _, _ = strings.Cut(link, "</a>")
		if _, n, ok := strings.Cut(link, `class="badge">`); ok {
			n, _, _ = strings.Cut(n, "<")
			return n
		}
		return ""
	}
	steps := []struct{ as, look, channel, want string }{
		{"samira", "stad", "signalen-noord", "2"},
		{"samira", "signalen-noord", "signalen-noord", ""},
		{"samira", "stad", "signalen-noord", ""},
		{"tom", "stad", "signalen-noord", "1"}, // one of the two is his own
	}
	for _, s := range steps {
		if got := badge(s.as, s.look, s.channel); got != s.want {
			t.Errorf("%s at %s: %s has %q new, want %q", s.as, s.look, s.channel, got, s.want)
		}
	}
	town.Post(t.Context(), "tom", "signalen-noord", "m4", "In de draad")
	if got := badge("samira", "stad", "signalen-noord"); got != "1" {
		t.Errorf("after an answer in a thread %q is new, want 1", got)
	}
}

// A day later is the same time on the clock, also when it is put back that night.
func TestDayAcrossClockChange(t *testing.T) {
	t.Parallel()

	tests := []struct{ now, step, want string }{
		{"2026-10-24T14:12:00+02:00", "day", "move 2026-10-25 14:12"},
		{"2026-03-28T14:12:00+01:00", "day", "move 2026-03-29 14:12"},
		{"2026-10-25T02:30:00+02:00", "hour", "move 2026-10-25 02:30"},
		{"2026-03-29T01:30:00+01:00", "hour", "move 2026-03-29 03:30"},
	}
	for _, tt := range tests {
		town := newTown(t)
		now, err := time.Parse(time.RFC3339, tt.now)
		if err != nil {
			t.Fatal(err)
		}
		town.now = now.UTC()
		ask(handler(town), "POST", "/sandbox/clock", url.Values{"step": {tt.step}})
		if got := town.log(); len(got) != 1 || got[0] != tt.want {
			t.Errorf("a %s after %s: %v, want %s", tt.step, tt.now, got, tt.want)
		}
	}
}

// Every moment is in the zone of the municipality and in Dutch.
func TestMoments(t *testing.T) {
	t.Parallel()

	tests := []struct{ now, want string }{
		{"2026-11-23T13:12:00Z", `<strong>14:12</strong> maandag 23 november`},
		{"2026-11-23T13:12:00Z", `morgen om 09:00`},
		{"2026-11-24T07:59:00Z", `vandaag om 09:00`},
		{"2026-11-20T13:12:00Z", `dinsdag om 09:00`},
		{"2026-11-10T13:12:00Z", `dinsdag 24 november om 09:00`},
		{"2026-03-31T22:30:00Z", `<strong>00:30</strong> woensdag 1 april`},
	}
	for _, tt := range tests {
		town := newTown(t)
		now, err := time.Parse(time.RFC3339, tt.now)
		if err != nil {
			t.Fatal(err)
		}
		town.now = now
		if body := ask(handler(town), "GET", "/", nil).Body.String(); !strings.Contains(body, tt.want) {
			t.Errorf("at %s the page lacks %q", tt.now, tt.want)
		}
	}
}

// A town with one telephone, or with nothing at all, can be looked at too.
func TestSmallTowns(t *testing.T) {
	t.Parallel()

	for _, phones := range []int{0, 1, 2} {
		town := newTown(t)
		town.phones, town.order = town.phones[:phones], nil
		w := ask(handler(town), "GET", "/?left=joost&right=joost", nil)
		if got := strings.Count(w.Body.String(), `class="phone panel"`); w.Code != 200 || got != phones {
			t.Errorf("with %d telephones: got %d and %d of them", phones, w.Code, got)
		}
	}
}
