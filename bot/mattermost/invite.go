package mattermost

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"strings"
	"time"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"rsc.io/qr"

	"houvast/bot"
	"houvast/signals"
)

// A picture is a PNG to hang on a post.
type picture struct {
	name string
	png  []byte
}

func (p picture) content() io.Reader { return bytes.NewReader(p.png) }

var months = [...]string{"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"}

func dutchDay(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	return fmt.Sprintf("%d %s %d", t.Day(), months[t.Month()-1], t.Year())
}

// inviteText says what the inviter has in hand.
func inviteText(i bot.InviteCard) string {
	lines := []string{"**Link:** " + i.Link}
	if i.Code != "" {
		lines = append(lines, "**Code:** `"+strings.ReplaceAll(i.Code, "`", "")+"`")
	}
	return strings.Join(lines, "\n")
}

// invitePictures draws the QR code of the link by itself, and the card to print.
func invitePictures(i bot.InviteCard, zone *time.Location) ([]picture, error) {
	code, err := qr.Encode(i.Link, qr.M)
	if err != nil {
		return nil, fmt.Errorf("make the QR code: %w", err)
	}
	small, err := encode(drawQR(code, 8))
	if err != nil {
		return nil, err
	}
	page, err := drawCard(i, code, zone)
	if err != nil {
		return nil, err
	}
	big, err := encode(page)
	if err != nil {
		return nil, err
	}
	return []picture{{"houvast-qr.png", small}, {"houvast-kaart.png", big}}, nil
}

func encode(m image.Image) ([]byte, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return nil, fmt.Errorf("write a picture: %w", err)
	}
	return b.Bytes(), nil
}

// drawQR draws code with scale pixels a module and the quiet zone of four
// modules that ISO/IEC 18004 asks for.
func drawQR(code *qr.Code, scale int) *image.Gray {
	const quiet = 4
	side := (code.Size + 2*quiet) * scale
	m := image.NewGray(image.Rect(0, 0, side, side))
	draw.Draw(m, m.Bounds(), image.White, image.Point{}, draw.Src)
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				at := image.Rect((x+quiet)*scale, (y+quiet)*scale, (x+quiet+1)*scale, (y+quiet+1)*scale)
				draw.Draw(m, at, image.Black, image.Point{}, draw.Src)
			}
		}
	}
	return m
}

// The card is A6 upright at 300 dots an inch.
const (
	cardWidth, cardHeight = 1240, 1748
	cardEdge              = 90
)

// A pen writes down a page, line after line.
type pen struct {
	on    *image.RGBA
	faces map[fontKey]font.Face
	y     int
}

type fontKey struct {
	bold bool
	size float64
}

func (p *pen) face(bold bool, size float64) (font.Face, error) {
	key := fontKey{bold, size}
	if f := p.faces[key]; f != nil {
		return f, nil
	}
	text := goregular.TTF
	if bold {
		text = gobold.TTF
	}
	parsed, err := opentype.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read the font: %w", err)
	}
	f, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, fmt.Errorf("read the font: %w", err)
	}
	p.faces[key] = f
	return f, nil
}

var (
	ink  = color.RGBA{0x1a, 0x1f, 0x26, 0xff}
	sea  = color.RGBA{0x0f, 0x5c, 0x66, 0xff}
	pale = color.RGBA{0xe8, 0xf1, 0xf1, 0xff}
)

// write puts text at the edge, broken into lines that fit, and goes down.
func (p *pen) write(text string, bold bool, size float64, c color.Color) error {
	f, err := p.face(bold, size)
	if err != nil {
		return err
	}
	d := font.Drawer{Dst: p.on, Src: image.NewUniform(c), Face: f}
	for _, line := range wrap(text, fixed.I(cardWidth-2*cardEdge), d.MeasureString) {
		p.y += int(size * 1.3)
		d.Dot = fixed.P(cardEdge, p.y)
		d.DrawString(line)
	}
	return nil
}

// wrap breaks text at spaces, and a word that is too long by itself anywhere.
func wrap(text string, width fixed.Int26_6, measure func(string) fixed.Int26_6) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && measure(line+" "+word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		line = ""
		for _, r := range word {
			if line != "" && measure(line+string(r)) > width {
				lines = append(lines, line)
				line = ""
			}
			line += string(r)
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// drawCard draws the card to print: how to begin, the QR code, and the numbers
// that always answer. It does not say what Houvast is for: it may be lost.
func drawCard(i bot.InviteCard, code *qr.Code, zone *time.Location) (image.Image, error) {
	page := image.NewRGBA(image.Rect(0, 0, cardWidth, cardHeight))
	draw.Draw(page, page.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(page, image.Rect(0, 0, cardWidth, 190), image.NewUniform(sea), image.Point{}, draw.Src)
	p := &pen{on: page, faces: map[fontKey]font.Face{}, y: 20}
	var err error
	say := func(text string, bold bool, size float64, c color.Color) {
		if err == nil && text != "" && p.y < cardHeight-int(size*1.3) {
			err = p.write(text, bold, size, c)
		}
	}
	say("Houvast", true, 88, color.White)
	p.y = 215
	if name := drawable(i.Name); name != "" {
		say("Hallo "+clip(name, 60), true, 56, ink)
		p.y += 12
	}
	say("1. Open Telegram op je telefoon.", false, 42, ink)
	say("2. Richt je camera op dit plaatje.", false, 42, ink)
	say("3. Druk op de link, en dan op Start.", false, 42, ink)

	const room = 560
	m := drawQR(code, max(1, room/(code.Size+8)))
	at := image.Pt((cardWidth-m.Bounds().Dx())/2, p.y+10)
	draw.Draw(page, m.Bounds().Add(at), m, image.Point{}, draw.Src)
	p.y = at.Y + m.Bounds().Dy() - 20

	say("Of ga naar: "+i.Link, false, 32, ink)
	if i.Code != "" {
		say("Code: "+i.Code, true, 36, ink)
	}
	if !i.Until.IsZero() {
		say("Werkt één keer, tot "+dutchDay(i.Until, zone)+".", false, 32, ink)
	}

	top := p.y + 34
	draw.Draw(page, image.Rect(0, top, cardWidth, cardHeight), image.NewUniform(pale), image.Point{}, draw.Src)
	p.y = top + 16
	say("Houvast is een computerprogramma, niet voor nood.", true, 34, sea)
	say("Heb je nu hulp nodig?", true, 34, sea)
	for _, n := range i.Numbers {
		p.y += 14
		say(n.For, false, 32, ink)
		p.y -= 4
		say(howToReach(n), true, 36, ink)
	}
	return page, err
}

// howToReach is what to dial or type, for somebody who finds phoning hard too.
func howToReach(n signals.Number) string {
	var ways []string
	for _, w := range []string{n.Number, n.Also} {
		if w != "" {
			ways = append(ways, w)
		}
	}
	if n.Chat != "" {
		_, address, _ := strings.Cut(n.Chat, "://")
		ways = append(ways, "chat op "+cmp.Or(strings.TrimPrefix(address, "www."), n.Chat))
	}
	return strings.Join(ways, ", of ")
}

// drawable leaves of text what the font can show.
func drawable(text string) string {
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if n, err := f.GlyphIndex(nil, r); err != nil || n == 0 {
			return -1
		}
		return r
	}, text))
}

// clip cuts text to n bytes at a character's edge.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	const more = "…"
	cut := 0
	for i := range text {
		if i > n-len(more) {
			break
		}
		cut = i
	}
	return text[:cut] + more
}
