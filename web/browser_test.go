package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"houvast/web"
)

// A browser is a real one, looking at the page of a town of its own.
type browser struct {
	testing.TB
	ctx  context.Context
	town *town
	name string

	mu       sync.Mutex
	problems []string
}

// look opens the page in a window of that size. What the browser complains of
// (an error in the script, something that the policy refused) fails the test.
func look(tb testing.TB, width, height int) *browser {
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

	b := &browser{TB: tb, town: newTown(tb), name: strings.ToLower(strings.ReplaceAll(tb.Name(), "/", "-"))}
	server := httptest.NewServer(web.New(web.Options{Sandbox: b.town, Zone: b.town.zone, Log: slog.New(slog.DiscardHandler)}).Handler())
	tb.Cleanup(server.CloseClientConnections)

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
			tb.Errorf("the browser complains: %s", p)
		}
	})
	b.do(chromedp.EmulateViewport(int64(width), int64(height)), chromedp.Navigate(server.URL), chromedp.WaitVisible("html.js main"))
	return b
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.picture("broken")
		b.Fatal(err)
	}
}

// shows waits until an element holds words.
func (b *browser) shows(selector, words string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
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
				if size.width < 1100 {
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
			b.picture("5-spraak-en-foto")
		})
	}
}
