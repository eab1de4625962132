package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// A browser is a real one, looking at the page of a demo of its own.
type browser struct {
	testing.TB
	ctx    context.Context
	name   string
	narrow bool

	mu       sync.Mutex
	problems []string
}

// startDemo plays the demo, from half past ten on Monday 23 November 2026, and
// returns the address it prints. The demo must end without a fault.
func startDemo(tb testing.TB) string {
	tb.Helper()
	clock := &movable{base: time.Now}
	clock.set(time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC))
	out, said := io.Pipe()
	var complaints strings.Builder
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		err := runDemo(ctx, "127.0.0.1:0", clock, world{out: said, err: &complaints})
		said.CloseWithError(io.EOF)
		ended <- err
	}()
	tb.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			tb.Errorf("the demo ended badly: %v", err)
		}
		if complaints.Len() > 0 {
			tb.Errorf("the demo complains:\n%s", complaints.String())
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatalf("the demo says no address: %v\n%s", err, complaints.String())
	}
	_, address, _ := strings.Cut(strings.TrimSpace(line), "http://")
	return "http://" + address
}

// openDemo opens the page of a new demo in a window of that size. What the
// browser complains of fails the test.
func openDemo(tb testing.TB, width, height int) *browser {
	tb.Helper()
	if os.Getenv("HOUVAST_NO_BROWSER") == "1" {
		tb.Skip("HOUVAST_NO_BROWSER=1: the demo is not looked at in a browser")
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
	address := startDemo(tb)
	b := &browser{TB: tb, name: "demo", narrow: width < 1100}
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
	b.do(chromedp.EmulateViewport(int64(width), int64(height)), chromedp.Navigate(address), chromedp.WaitVisible("html.js main"))
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
	b.until(fmt.Sprintf("[...document.querySelectorAll(%q)].some(e => e.textContent.includes(%q))", selector, words),
		fmt.Sprintf("%s never showed %q", selector, words))
}

// says waits until the newest message on a phone holds words.
func (b *browser) says(side, words string) {
	b.Helper()
	b.until(fmt.Sprintf("[...document.querySelectorAll('#%s-log .theirs .text')].at(-1)?.textContent.includes(%q)", side, words),
		fmt.Sprintf("the newest message on the %s phone never was %q", side, words))
}

func (b *browser) until(script, else_ string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patiently)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Poll[chromedp.Void](script, chromedp.WithPollingInterval(20*time.Millisecond))); err != nil {
		b.picture("missing")
		text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`['left', 'right', 'team'].map(p => p + ':\n' + document.getElementById(p + '-log').innerText.slice(-1500)).join('\n\n')`))
		b.Fatalf("%s: %v\n%s", else_, err, text)
	}
}

// picture keeps what is to be seen, if somebody wants to look.
func (b *browser) picture(of string) {
	b.Helper()
	dir := os.Getenv("HOUVAST_SCREENSHOTS")
	if dir == "" {
		return
	}
	width := 1440
	if b.narrow {
		width = 390
	}
	shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Logf("no picture: %v", err)
		return
	}
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", b.name, width, of)), shot, 0o644); err != nil {
		b.Error(err)
	}
}

// press clicks the newest visible button with this label in a part of the page. The
// page lives: when what was aimed at is drawn anew under the pointer, it aims again.
func (b *browser) press(part, label string) {
	b.Helper()
	path := fmt.Sprintf(`(//*[@id=%q]//button[normalize-space()=%q])[last()]`, part, label)
	aim := fmt.Sprintf(`(() => {
		const e = document.evaluate(%q, document, null, XPathResult.FIRST_ORDERED_NODE_TYPE, null).singleNodeValue;
		window.hit = false;
		e?.addEventListener('click', () => { window.hit = true; }, { once: true, capture: true });
	})()`, path)
	for range 10 {
		b.do(chromedp.WaitVisible(path), chromedp.Evaluate[chromedp.Void](aim), chromedp.Click(path, chromedp.NodeVisible))
		hit, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`window.hit`))
		if err != nil {
			b.Fatal(err)
		}
		if hit {
			return
		}
	}
	b.picture("missed")
	b.Fatalf("the button %q could not be hit", label)
}

// look goes to a panel, where there is room for only one.
func (b *browser) look(panel string) {
	b.Helper()
	if b.narrow {
		b.do(chromedp.Click(`.tabs a[data-panel="`+panel+`"]`, chromedp.NodeVisible))
	}
}

// channel opens a channel of the team.
func (b *browser) channel(label string) {
	b.Helper()
	b.look("team")
	b.do(chromedp.Click(fmt.Sprintf(`//*[@id="team-channels"]//a[contains(normalize-space(), %q)]`, label), chromedp.NodeVisible))
	b.shows("#team-head", label)
}

// write sends words from a phone, or in a channel.
func (b *browser) write(part, words string) {
	b.Helper()
	b.do(chromedp.SendKeys("#"+part+"-text", words+"\r", chromedp.NodeVisible))
}

// phone lays another phone at a side of the page.
func (b *browser) phone(side, owner string) {
	b.Helper()
	b.look(side)
	b.do(chromedp.Click("#"+side+"-menu", chromedp.NodeVisible),
		chromedp.Click(fmt.Sprintf(`//*[@id="%s-head"]//a[contains(normalize-space(), %q)]`, side, owner), chromedp.NodeVisible))
	b.shows("#"+side+"-owner", owner)
}

// What anybody can play by hand in the demo, point by point, by clicks: at a
// desk and on a phone.
func TestDemoInBrowser(t *testing.T) {
	t.Parallel()

	for _, size := range []struct{ width, height int }{{1440, 900}, {390, 844}} {
		t.Run(fmt.Sprint(size.width), func(t *testing.T) {
			t.Parallel()
			b := openDemo(t, size.width, size.height)
			b.picture("0-begin")
			invitationPlayed(b)
			goodNewsPlayed(b)
			hardPlayed(b)
			contactPlayed(b)
			checkInPlayed(b)
			silencePlayed(b)
			otherWordsPlayed(b)
			voicePlayed(b)
		})
	}
}

// Points 1, 2 and 3: somebody new is invited, says yes and is confirmed.
func invitationPlayed(b *browser) {
	b.channel("signalen-noord")
	b.write("team", "/houvast uitnodigen")
	b.do(chromedp.WaitVisible(chromedp.CSS("dialog:modal")))
	b.press("dialog", "Maak uitnodiging")
	b.shows("dialog .wrong", "Vul dit in.")
	b.picture("1-dialoog")
	b.do(chromedp.SendKeys("#field-name", "Bram"), chromedp.SendKeys("#field-welcome", "Fijn dat je er bent, Bram."))
	b.press("dialog", "Maak uitnodiging")
	b.do(chromedp.WaitNotPresent(chromedp.CSS("dialog")))
	b.channel("Houvast")
	b.shows("#team-log .words", "Dit is de uitnodiging voor Bram.")
	b.do(chromedp.WaitVisible("#team-log .files img"))
	b.picture("1-uitnodiging")
	b.press("team-log", "Bram")
	b.look("left")
	b.shows("#left-log .text", "Fijn dat je er bent, Bram.")
	b.says("left", "Ik ben een computer, geen mens.")
	b.picture("2-welkom")
	b.press("left-log", "Verder")
	b.says("left", "woorden over gevaar")
	b.press("left-log", "Verder")
	b.says("left", "Sociaal Team Noord")
	b.press("left-log", "Verder")
	b.says("left", "18 jaar")
	b.press("left-log", "Ja")
	b.says("left", "Wil je meedoen?")
	b.press("left-log", "Ja, ik doe mee")
	b.says("left", "Fijn dat je er bent.")
	b.channel("signalen-noord")
	b.shows("#team-log h3", "Bram")
	b.picture("2-bevestigen")
	b.press("team-log", "Ja, dat klopt")
	b.look("left")
	b.says("left", "Dit zijn jouw mensen, Bram.")
	b.press("left-log", "Eén keer per week")
	b.says("left", "Wanneer past dat")
	b.press("left-log", "In de middag")
	b.says("left", "dat onthoud ik")
	b.picture("3-mensen")
	b.press("left-keys", "Meer")
	b.says("left", "Wat wil je doen?")
	b.press("left-log", "Nummers")
	b.says("left", "113")
	b.picture("3-meer")
}

// Point 4: good news, and what comes back.
func goodNewsPlayed(b *browser) {
	b.phone("left", "Anna")
	b.press("left-keys", "Goed nieuws")
	b.says("left", "Vertel.")
	b.write("left", "Ik ben vandaag zelf naar de markt gegaan")
	b.says("left", "Wie mag het horen?")
	b.press("left-log", "Samira en Joost")
	b.says("left", "Dank je dat je het vertelt.")
	b.look("right")
	b.says("right", "Anna deelt goed nieuws met jou")
	b.picture("4-maatje")
	b.press("right-log", "Wat mooi!")
	b.says("right", "Ik stuur het naar Anna.")
	b.look("left")
	b.says("left", "Joost over je goede nieuws")
	b.channel("goed-nieuws-noord")
	b.shows("#team-log h3", "Goed nieuws van Anna")
	b.picture("4-team")
	b.press("team-log", "Wat mooi!")
	b.look("left")
	b.says("left", "Samira over je goede nieuws")
	b.picture("4-antwoord")
}

// Point 5: it is hard, without words. Taken up, and answered.
func hardPlayed(b *browser) {
	b.look("left")
	b.press("left-keys", "Het is moeilijk")
	b.shows("#left-log .text", "0800-0113")
	b.says("left", "Wat past nu het best?")
	b.picture("5-moeilijk")
	b.press("left-log", "Een berichtje is genoeg")
	b.says("left", "Wil je er iets over zeggen?")
	b.channel("signalen-noord")
	b.shows("#team-log h3", "Het is moeilijk: Anna")
	b.press("team-log", "Ik pak dit op")
	b.shows("#team-log dd", "Opgepakt door Samira")
	b.look("left")
	b.shows("#left-log .text", "Samira pakt dit op.")
	b.press("left-log", "Liever niet")
	b.says("left", "Dank je dat je het laat weten.")
	b.look("team")
	b.picture("5-opgepakt")
	b.press("team-log", "Antwoord")
	b.do(chromedp.WaitVisible(chromedp.CSS("dialog:modal")), chromedp.SendKeys("#field-text", "Ik bel je om drie uur."))
	b.picture("5-antwoord")
	b.press("dialog", "Stuur")
	b.do(chromedp.WaitNotPresent(chromedp.CSS("dialog")))
	b.look("left")
	b.says("left", "Ik bel je om drie uur.")
	b.look("team")
	b.press("team-log", "Sluit")
	b.do(chromedp.WaitVisible(chromedp.CSS("dialog:modal")))
	b.press("dialog", "Sluit")
	b.do(chromedp.WaitNotPresent(chromedp.CSS("dialog")))
	b.look("left")
	b.says("left", "Samira heeft dit afgerond.")
	b.picture("5-klaar")
}

// Point 6: with whom, when and how.
func contactPlayed(b *browser) {
	b.press("left-keys", "Ik wil contact")
	b.says("left", "Met wie wil je praten?")
	b.press("left-log", "Samira")
	b.says("left", "Wanneer wil je contact?")
	b.press("left-log", "Vandaag")
	b.picture("6-hoe")
	b.press("left-log", "Bellen")
	b.says("left", "Goed dat je het vraagt.")
	b.channel("signalen-noord")
	b.shows("#team-log h3", "Wil contact: Anna")
	b.picture("6-kaart")
	b.press("team-log", "Gesproken")
	b.shows("#team-log dd", "Gesloten door Samira")
}

// next moves the clock to moments at which something is due, until a phone says it.
func (b *browser) next(side, words string) {
	b.Helper()
	for range 12 {
		b.do(chromedp.Click(".steps .next", chromedp.NodeVisible))
		b.until("document.querySelector('.steps').dataset.busy === undefined", "the clock never stood still")
		ctx, cancel := context.WithTimeout(b.ctx, 1500*time.Millisecond)
		script := fmt.Sprintf("[...document.querySelectorAll('#%s-log .theirs .text')].at(-1)?.textContent.includes(%q)", side, words)
		err := chromedp.Do(ctx, chromedp.Poll[chromedp.Void](script, chromedp.WithPollingInterval(20*time.Millisecond)))
		cancel()
		if err == nil {
			return
		}
	}
	b.until("false", fmt.Sprintf("twelve moments later the %s phone never said %q", side, words))
}

// Point 7: the clock is moved to the check-in, and a low answer becomes a signal.
func checkInPlayed(b *browser) {
	b.look("left")
	b.next("left", "Hoe gaat het met je?")
	b.picture("7-checkin")
	b.press("left-log", "🙁 Slecht")
	b.says("left", "Ben je nu veilig?")
	b.press("left-log", "Ja, ik ben veilig")
	b.says("left", "Wil je vertellen wat er is?")
	b.write("left", "Ik slaap slecht en pieker veel")
	b.says("left", "Mag het team dit lezen?")
	b.press("left-log", "Ja, dat mag")
	b.says("left", "Hoe heb je geslapen?")
	b.press("left-log", "2")
	b.says("left", "Wil je contact?")
	b.press("left-log", "Nee, dank je")
	b.says("left", "Dank je wel, Anna.")
	b.picture("7-klaar")
	b.channel("signalen-noord")
	b.shows("#team-log h3", "Het is moeilijk: Anna")
	b.press("team-log", "Lees")
	b.shows("#team-log .private", "Ik slaap slecht en pieker veel")
	b.picture("7-lees")
	b.press("team-log", "Sluit")
	b.do(chromedp.WaitVisible(chromedp.CSS("dialog:modal")))
	b.press("dialog", "Sluit")
	b.do(chromedp.WaitNotPresent(chromedp.CSS("dialog")))
}

// Points 7 and 8: silence, a gentle reminder, and a prompt for the peer expert.
func silencePlayed(b *browser) {
	b.look("left")
	b.next("left", "Je check-in staat nog open.")
	b.picture("7-herinnering")
	b.look("right")
	b.next("right", "Tijd om Anna te bellen.")
	b.picture("8-maatje")
	b.press("right-log", "Gedaan")
	b.says("right", "Dank je wel.")
	b.picture("8-gedaan")
}

// Point 9: anything else that somebody writes.
func otherWordsPlayed(b *browser) {
	b.look("left")
	b.write("left", "De buurman heeft een nieuwe hond")
	b.says("left", "Aan wie geef ik dit?")
	b.picture("9-anders")
	b.press("left-log", "Joost")
	b.says("left", "Ik geef het door aan Joost")
	b.look("right")
	b.shows("#right-log .text", "De buurman heeft een nieuwe hond")
	b.picture("9-maatje")
}

// Point 9: a voice note gets an honest text.
func voicePlayed(b *browser) {
	b.look("left")
	b.do(chromedp.Click("#left-voice", chromedp.NodeVisible))
	b.shows("#left-log .voice", "Spraakbericht")
	b.says("left", "Ik kan dit niet lezen of beluisteren.")
	b.picture("9-spraak")
	b.press("left-log", "Kan wachten")
	b.says("left", "kijkt ernaar op een werkdag.")
}
