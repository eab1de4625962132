package mattermost_test

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rsc.io/qr"

	"houvast/bot"
	"houvast/signals"
)

var invitation = bot.InviteCard{
	Link: "https://t.me/houvast_voorbeeldstad_bot?start=RGIHGSIA4Z77PETL", Code: "RGIH-GSIA-4Z77-PETL", Name: "Anna",
	Until: time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC),
	Numbers: []signals.Number{
		{Number: "112", For: "Bij direct gevaar"}, {Number: "113", Also: "0800-0113", Chat: "https://www.113.nl", For: "Denk je aan de dood of zelfdoding"},
		{Number: "088 0767 000", Chat: "https://www.deluisterlijn.nl", For: "Gewoon praten"}, {Number: "030 000 00 00", For: "Vandaag nog een dokter"},
	},
}

func TestAnInvitationComesAsLinkQRAndCardToPrint(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := text(1, "@samira", "De uitnodiging voor Anna is klaar.")
	m.Body.Invite = &invitation
	h.send(t, m)
	p := h.server.Direct("samira", "houvast")[0]
	for _, part := range []string{"De uitnodiging voor Anna", invitation.Link, invitation.Code} {
		contains(t, "words", p.Text, part)
	}
	want(t, "files", len(p.Files), 2)
	want(t, "first", p.Files[0].Name, "houvast-qr.png")
	code, err := qr.Encode(invitation.Link, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range p.Files {
		want(t, "type of "+f.Name, f.MimeType, "image/png")
		m, err := png.Decode(bytes.NewReader(f.Content))
		if err != nil {
			t.Fatal(err)
		}
		if dir := os.Getenv("HOUVAST_PICTURES"); dir != "" { // to look at them
			if err := os.WriteFile(filepath.Join(dir, f.Name), f.Content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if f.Name != "houvast-qr.png" {
			want(t, "width", m.Bounds().Dx(), 1240)
			continue
		}
		want(t, "width", m.Bounds().Dx(), (code.Size+8)*8)
		for y := range code.Size {
			for x := range code.Size {
				r, _, _, _ := m.At((x+4)*8+4, (y+4)*8+4).RGBA()
				if (r < 0x8000) != code.Black(x, y) {
					t.Fatalf("the module at %d,%d is not what the code says", x, y)
				}
			}
		}
	}
}
