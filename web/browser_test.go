package web_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A browser is a real one, looking at the page of a town of its own. With
// HOUVAST_SCREENSHOTS set to a folder, what it sees is kept there as pictures.
type browser struct {
	testing.TB
	ctx  context.Context
	town *town
	name string

	server *httptest.Server

	mu       sync.Mutex
	problems []string
	expected []string // complaints that belong to the test
}

// look opens the page in a window of that size. What the browser complains of
// (an error in the script, something that the policy refused) fails the test.
func look(tb testing.TB, width, height int) *browser {
	tb.Helper()
	return lookAt(tb, newTown(tb), width, height)
}

func lookAt(tb testing.TB, town *town, width, height int) *browser {
	tb.Helper()
	if noBrowser() {
		tb.Skip("HOUVAST_NO_BROWSER=1: the page is not looked at in a browser")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		tb.Fatal("this test needs chromium in the PATH: install it, or set HOUVAST_NO_BROWSER=1 to do without")
	}

	b := &browser{TB: tb, town: town, name: strings.ToLower(strings.ReplaceAll(tb.Name(), "/", "-"))}
	b.server = httptest.NewServer(handler(town))
	tb.Cleanup(b.server.CloseClientConnections)

	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.WindowSize(width, height), chromedp.Flag("force-prefers-reduced-motion", true))
	alloc, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	tb.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(alloc)
	b.ctx = ctx

	messages, read := chromedp.Console(ctx), make(chan struct{})
	go func() {
		defer close(read)
		for m, err := range messages {
			if err != nil {
				return // the browser was closed
			}
			b.mu.Lock()
			b.problems = append(b.problems, fmt.Sprintf("%s (%s %s:%d)", m, m.Source, m.URL, m.Line))
			b.mu.Unlock()
		}
	}()
	tb.Cleanup(func() {
		cancel()
		<-read
		for _, p := range b.problems {
			if !slices.ContainsFunc(b.expected, func(part string) bool { return strings.Contains(p, part) }) {
				tb.Errorf("the browser complains: %s", p)
			}
		}
	})
	b.do(chromedp.EmulateViewport(int64(width), int64(height)), chromedp.Navigate(b.server.URL), chromedp.WaitVisible("html.js main"))
	return b
}

// patiently is how long anything may take on a machine that does much besides.
const patiently = 90 * time.Second

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patiently)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.picture("broken")
		b.Fatal(err)
	}
}

// shows waits until an element holds words.
func (b *browser) shows(selector, words string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patiently)
	defer cancel()
	script := fmt.Sprintf("[...document.querySelectorAll(%q)].some(e => e.textContent.includes(%q))", selector, words)
	if err := chromedp.Do(ctx, chromedp.Poll[chromedp.Void](script, chromedp.WithPollingInterval(20*time.Millisecond))); err != nil {
		b.picture("missing")
		b.Fatalf("%s never showed %q: %v", selector, words, err)
	}
}

// is reports what a script says of the page.
func (b *browser) is(script string) bool {
	b.Helper()
	yes, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](script))
	if err != nil {
		b.Fatal(err)
	}
	return yes
}

// holds waits until a script says yes.
func (b *browser) holds(script string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patiently)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Poll[chromedp.Void](script, chromedp.WithPollingInterval(20*time.Millisecond))); err != nil {
		b.picture("missing")
		b.Fatalf("it never came to %s: %v", script, err)
	}
}

// picture keeps what is to be seen, if somebody wants to look.
func (b *browser) picture(of string) {
	b.Helper()
	dir := os.Getenv("HOUVAST_SCREENSHOTS")
	if dir == "" {
		return
	}
	shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Logf("no picture: %v", err)
		return
	}
	if err := os.WriteFile(filepath.Join(dir, b.name+"-"+of+".png"), shot, 0o644); err != nil {
		b.Error(err)
	}
}

// button clicks the visible button with this label.
func (b *browser) button(panel, label string) {
	b.Helper()
	b.do(chromedp.Click(fmt.Sprintf(`//*[@id=%q]//button[normalize-space()=%q]`, panel, label), chromedp.NodeVisible))
}

// A bad afternoon: a press, words, a card that is read and answered. Played at
// a desk and on a telephone.
func TestStoryInBrowser(t *testing.T) {
	t.Parallel()

	for _, size := range []struct{ width, height int }{{1440, 900}, {390, 844}} {
		t.Run(fmt.Sprint(size.width), func(t *testing.T) {
			t.Parallel()
			b := look(t, size.width, size.height)
			panel := func(name string) {
				if size.width < 1240 {
					b.do(chromedp.Click(`.tabs a[data-panel="`+name+`"]`, chromedp.NodeVisible))
				}
			}
			b.picture("1-begin")

			b.button("left", "Gaat wel")
			b.shows("#left-log .text", "Je koos: Gaat wel")
			b.button("left-keys", "Het is moeilijk")
			b.shows("#left-log .text", "113 (gratis, ook 0800-0113)")
			b.picture("2-moeilijk")

			panel("team")
			b.shows("#team-log h3", "Moeilijk: Anna vraagt om iemand")
			b.button("team", "Lees")
			b.shows("#team-log .private", "Alleen jij ziet dit")
			b.button("team", "Ik pak dit op")
			b.shows("#team-log dd", "Opgepakt door @samira")
			b.picture("3-opgepakt")

			b.button("team", "Antwoord")
			b.do(chromedp.WaitVisible(chromedp.CSS("dialog:modal")))
			b.button("dialog", "Verstuur")
			b.shows("dialog .field .wrong", "Vul dit in.")
			b.picture("4-fout")
			b.do(chromedp.SendKeys("#field-words", "Ik bel je om drie uur."))
			b.button("dialog", "Verstuur")
			b.do(chromedp.WaitNotPresent(chromedp.CSS("dialog")))
			panel("left")
			b.shows("#left-log .text", "Ik bel je om drie uur.")

			b.do(chromedp.Click("#left-voice", chromedp.NodeVisible))
			b.shows("#left-log .voice", "Spraakbericht")
			b.do(chromedp.Click("#left-photo", chromedp.NodeVisible))
			b.button("left", "Stuur een voorbeeldfoto")
			b.do(chromedp.WaitVisible("#left-log .picture img"))
			b.shows("#left-log .theirs:last-child .text", "Ik kan dit niet lezen of horen.")
			b.holds(`(log => log.scrollHeight - log.scrollTop - log.clientHeight < 2)(document.getElementById('left-log'))`)
			b.picture("5-spraak-en-foto")
		})
	}
}

// Somebody is invited from Mattermost and opens the link on a new telephone;
// then things break.
func TestInvitationInBrowser(t *testing.T) {
	t.Parallel()

	for _, size := range []struct{ width, height int }{{1440, 900}, {390, 844}} {
		t.Run(fmt.Sprint(size.width), func(t *testing.T) {
			t.Parallel()
			b := look(t, size.width, size.height)
			if size.width < 1240 {
				b.do(chromedp.Click(`.tabs a[data-panel="team"]`, chromedp.NodeVisible))
			}
			b.do(chromedp.Click(`.hints summary`), chromedp.WaitVisible(`.hints .sheet`))
			b.picture("1-probeer")
			b.do(chromedp.Click(`.hints a[data-goto="team"]`, chromedp.NodeVisible))
			b.do(chromedp.KeyEvent("\r"), chromedp.WaitVisible(chromedp.CSS("dialog:modal")))
			b.do(chromedp.SendKeys("#field-name", "Bas"))
			b.button("dialog", "Maak de link")
			b.shows("dialog .wrong", "Er mist nog iets.")
			if !b.is(`document.getElementById('field-name').value === 'Bas'`) {
				t.Error("what was filled in is gone after a fault")
			}
			b.picture("2-fouten")
			b.do(chromedp.SetValue("#field-contact", "joost"), chromedp.SendKeys("#field-welcome", "Fijn dat je er bent."))
			b.button("dialog", "Maak de link")
			b.do(chromedp.WaitNotPresent(chromedp.CSS("dialog")))

			b.shows("#channel-dm-samira .badge", "1")
			b.do(chromedp.Click("#channel-dm-samira"))
			b.shows("#team-log .words", "De link voor Bas")
			if !b.is(`!document.querySelector('#channel-dm-samira .badge')`) {
				t.Error("a channel that is open still counts as unread")
			}
			b.picture("3-link")
			b.button("team-log", "Bas")
			b.shows("#left-log .text", "Samira schrijft: fijn dat je er bent.")
			b.shows("#left-log .text", "/start V3rz0nnen_C0de-1")
			b.picture("4-nieuwe-telefoon")

			b.do(chromedp.Click("#left-menu", chromedp.NodeVisible))
			b.button("left-head", "Blokkeer de bot")
			b.shows("#left-keys", "Bas heeft de bot geblokkeerd.")
			b.do(chromedp.Click(`.trouble summary`))
			b.button("doors", "Telegram uit")
			b.shows("#doors-mark", "Telegram uit")
			b.shows("#right-head", "Telegram doet het nu niet.")
			b.picture("5-storing")
			b.holds(`!document.querySelector('.trouble').open`)
			b.do(chromedp.Click(`.steps .next`))
			b.shows("#clock", "dinsdag 24 november")
			b.shows("#clock", "09:00")
		})
	}
}

// Everything by keyboard: skip link, text, a press, a dialog that is closed
// again. What is typed stays, whatever happens elsewhere on the page.
func TestKeyboardInBrowser(t *testing.T) {
	t.Parallel()

	for _, size := range []struct{ width, height int }{{1440, 900}, {390, 844}} {
		t.Run(fmt.Sprint(size.width), func(t *testing.T) {
			t.Parallel()
			b := look(t, size.width, size.height)

			b.do(chromedp.KeyEvent(kb.Tab))
			b.focused(`.skip a[href="#left-log"]`)
			b.picture("1-direct-naar")
			b.do(chromedp.KeyEvent(kb.Enter))
			b.focused("#left-log")

			b.tabTo(`#left-log [value="a:slecht"]`)
			b.do(chromedp.KeyEvent(kb.Enter))
			b.shows("#left-log .text", "Je koos: Niet goed")
			b.focused("#left-log")

			b.tabTo("#left-text")
			b.do(chromedp.KeyEvent("Half een z"))
			if err := b.town.Write(t.Context(), "anna", "van elders"); err != nil {
				t.Fatal(err)
			}
			b.shows("#left-log .text", "van elders")
			b.focused("#left-text")
			b.do(chromedp.KeyEvent("in"), chromedp.KeyEvent(kb.Enter))
			b.shows("#left-log .mine .text", "Half een zin")
			b.focused("#left-text")
			if !b.is(`document.activeElement.value === ''`) {
				t.Error("a text that was sent is still in the box")
			}

			b.tabTo("#left-keys button")
			b.do(chromedp.KeyEvent(kb.Enter))
			b.shows("#left-log .mine .text", "Goed nieuws")
			b.focused("#left-keys button")

			if size.width < 1240 {
				b.tabTo(`.tabs a[data-panel="team"]`)
				b.do(chromedp.KeyEvent(kb.Enter), chromedp.Focus("#team-log"))
			}
			b.tabTo("#team-text")
			b.do(chromedp.KeyEvent("/houvast uitnodigen"), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS("dialog:modal")))
			b.focused("#field-name")
			b.do(chromedp.KeyEvent("Bas"), chromedp.KeyEvent(kb.Escape), chromedp.WaitNotPresent(chromedp.CSS("dialog")))
			b.focused("#team-text")
		})
	}
}

// focused waits until the focus is on an element.
func (b *browser) focused(selector string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patiently)
	defer cancel()
	script := fmt.Sprintf("document.activeElement.matches(%q)", selector)
	if err := chromedp.Do(ctx, chromedp.Poll[chromedp.Void](script, chromedp.WithPollingInterval(20*time.Millisecond))); err != nil {
		on, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.activeElement.outerHTML.slice(0, 200)`))
		b.picture("focus")
		b.Fatalf("the focus is not on %s but on %s", selector, on)
	}
}

// tabTo presses Tab until the focus is on an element.
func (b *browser) tabTo(selector string) {
	b.Helper()
	for range 80 {
		b.do(chromedp.KeyEvent(kb.Tab))
		if b.is(fmt.Sprintf("document.activeElement.matches(%q)", selector)) {
			return
		}
	}
	b.picture("focus")
	b.Fatalf("Tab does not lead to %s", selector)
}

// scheme makes the browser prefer light or dark colours.
func scheme(of string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: of}}})
		return err
	})
}

// Everybody can read it: in the light and in the dark, on every width.
func TestReadableInBrowser(t *testing.T) {
	t.Parallel()

	script, err := os.ReadFile("testdata/readable.js")
	if err != nil {
		t.Fatal(err)
	}
	b := look(t, 1440, 900)
	ctx := t.Context()
	for _, err := range []error{
		b.town.Write(ctx, "anna", "Het is moeilijk"),
		b.town.Act(ctx, "samira", "m5", "read"),
		b.town.Post(ctx, "tom", "signalen-noord", "m5", "Ik kijk even mee."),
		b.town.Block(ctx, "joost", true),
		b.town.Break(ctx, "telegram", true),
		b.town.Break(ctx, "mattermost", true),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	b.shows("#team-head", "Mattermost doet het nu niet.")
	b.shows("#team-log .thread", "1 antwoord")

	check := func(what string) {
		faults, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](string(script)))
		if err != nil {
			t.Fatal(err)
		}
		if faults != "" {
			t.Errorf("%s:\n%s", what, faults)
		}
		b.picture(what)
	}
	for _, colours := range []string{"light", "dark"} {
		for _, width := range []int{1920, 1440, 1240, 768, 390, 320} {
			b.do(scheme(colours), chromedp.EmulateViewport(int64(width), 800))
			for _, panel := range []string{"left", "right", "team"} {
				if width < 1240 {
					b.do(chromedp.Click(`.tabs a[data-panel="`+panel+`"]`, chromedp.NodeVisible))
				} else if panel != "team" {
					continue
				}
				b.holds(`[...document.querySelectorAll('.log')].every(log => log.scrollHeight - log.scrollTop - log.clientHeight < 2)`)
				check(fmt.Sprintf("%s-%d-%s", colours, width, panel))
			}
		}
	}
	if err := b.town.Command(ctx, "samira", "stad", "/houvast uitnodigen"); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.WaitVisible(chromedp.CSS("dialog:modal")))
	b.button("dialog", "Maak de link")
	b.shows("dialog .wrong", "Er mist nog iets.")
	for _, colours := range []string{"light", "dark"} {
		b.do(scheme(colours))
		check(colours + "-dialog")
	}
}

// In the dark, with somebody else's eyes, in a thread.
func TestDarkInBrowser(t *testing.T) {
	t.Parallel()

	for _, size := range []struct{ width, height int }{{1440, 900}, {390, 844}} {
		t.Run(fmt.Sprint(size.width), func(t *testing.T) {
			t.Parallel()
			b := look(t, size.width, size.height)
			b.do(scheme("dark"))
			if err := b.town.Write(t.Context(), "anna", "Het is moeilijk"); err != nil {
				t.Fatal(err)
			}
			b.shows("#left-log .text", "0800-0113")
			b.picture("1-telefoon")
			if size.width < 1240 {
				b.do(chromedp.Click(`.tabs a[data-panel="team"]`, chromedp.NodeVisible))
			}
			b.do(chromedp.Click("#who-tom"))
			b.shows("#team-who [aria-current]", "Tom")
			b.picture("2-team")
			b.do(chromedp.Click("#team-log .urgent .start"))
			b.shows("#team-head", "Antwoorden")
			b.do(chromedp.SendKeys("#team-text", "Ik kijk even mee.\r"))
			b.shows("#team-log .words", "Ik kijk even mee.")
			b.picture("3-draad")
			b.do(chromedp.Click("#thread-back"))
			b.shows("#team-log .thread", "1 antwoord")
		})
	}
}

// A photo of one's own, words that are changed, a refusal, and a connection that
// is lost for a moment.
func TestBumpsInBrowser(t *testing.T) {
	t.Parallel()

	for _, size := range []struct{ width, height int }{{1440, 900}, {390, 844}} {
		t.Run(fmt.Sprint(size.width), func(t *testing.T) {
			t.Parallel()
			b := look(t, size.width, size.height)

			photo := filepath.Join(t.TempDir(), "dag.png")
			if err := os.WriteFile(photo, squares(t), 0o644); err != nil {
				t.Fatal(err)
			}
			b.do(chromedp.Click("#left-photo", chromedp.NodeVisible), chromedp.WaitVisible(`#left-write .sheet`))
			b.picture("1-foto")
			b.do(chromedp.SendKeys(`#left-write [name="caption"]`, "Mijn dag"), chromedp.SetUploadFiles(`#left-write [type="file"]`, []string{photo}))
			b.shows("#left-log .has-photo", "Mijn dag")

			b.do(chromedp.SendKeys("#left-text", "Het gaat nit\r"))
			b.shows("#left-log .mine .text", "Het gaat nit")
			b.do(chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll('#left-log .edit > summary')].at(-1).click()`),
				chromedp.WaitVisible(`#left-log .edit[open] textarea`), chromedp.SetValue(`#left-log .edit[open] textarea`, "Het gaat niet"))
			b.picture("2-bewerken")
			b.do(chromedp.SendKeys(`#left-log .edit[open] textarea`, "\r"))
			b.shows("#left-log .mine .meta", "bewerkt")
			b.shows("#left-log .mine .text", "Het gaat niet")

			if size.width < 1240 {
				b.do(chromedp.Click(`.tabs a[data-panel="team"]`, chromedp.NodeVisible))
			}
			// Half a sentence waits in its own channel.
			b.do(chromedp.SendKeys("#team-text", "Half een zin"), chromedp.Click("#channel-stad"))
			b.holds(`document.getElementById('team-text').placeholder.includes('stad') && document.getElementById('team-text').value === ''`)
			b.do(chromedp.Click("#channel-signalen-noord"))
			b.holds(`document.getElementById('team-text').value === 'Half een zin'`)
			b.do(chromedp.NavigateBack())
			b.shows("#team-head h2", "stad")
			b.do(chromedp.NavigateForward(), chromedp.Click("#channel-signalen-noord"))
			b.holds(`document.getElementById('team-text').value === 'Half een zin'`)
			b.do(chromedp.Evaluate[chromedp.Void](`document.getElementById('team-text').select()`))

			b.expected = append(b.expected, "status of 422")
			b.do(chromedp.SendKeys("#team-text", "/dansen\r"))
			b.shows("#status", "Het commando /dansen ken ik niet.")
			if !b.is(`document.getElementById('team-text').value.trim() === '/dansen'`) {
				t.Error("what was refused is gone")
			}
			b.picture("3-weigering")

			b.expected = append(b.expected, "net::ERR_")
			b.do(chromedp.Evaluate[chromedp.Void](`document.getElementById('team-text').value = ''`), chromedp.SendKeys("#team-text", "Half een z"))
			b.server.CloseClientConnections()
			b.shows("#status", "Geen verbinding.")
			if err := b.town.Post(t.Context(), "tom", "signalen-noord", "", "Intussen gebeurd"); err != nil {
				t.Fatal(err)
			}
			b.shows("#team-log .words", "Intussen gebeurd")
			b.focused("#team-text")
			if !b.is(`document.activeElement.value === 'Half een z' && document.getElementById('status').textContent === ''`) {
				t.Error("what was being typed is gone, or the page still says that it is alone")
			}
		})
	}
}

// Words that are an attack stay words, also when they arrive by themselves.
func TestHostileWordsInBrowser(t *testing.T) {
	t.Parallel()

	b := lookAt(t, hostile(t), 1440, 900)
	b.do(chromedp.WaitVisible(chromedp.CSS("dialog:modal")))
	b.picture("1-aanval")
	if err := b.town.Post(t.Context(), "tom", "signalen-noord", "", `<img src=x onerror="pwned=1">klaar`); err != nil {
		t.Fatal(err)
	}
	b.shows("#team-log .words", "klaar")
	if b.is(`'pwned' in window || document.querySelectorAll('img[src="x"], [onerror], main script').length > 0`) {
		t.Error("somebody's words did something")
	}
}
