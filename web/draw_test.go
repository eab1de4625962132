package web_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"houvast/content"
	"houvast/flows"
	"houvast/web"
)

// Every starter flow can be drawn, also two at a time, and the picture has every
// step as a link.
func TestDrawFlow(t *testing.T) {
	t.Parallel()
	fs, err := content.Flows()
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for _, f := range fs {
		all.Go(func() {
			svg, err := web.DrawFlow(t.Context(), &f.Draft)
			if err != nil {
				t.Error(err)
				return
			}
			if !strings.HasPrefix(string(svg), "<svg") {
				t.Errorf("%s: the picture begins with %.40s", f.ID, svg)
			}
			for _, id := range f.StepIDs() {
				if !strings.Contains(string(svg), `"#stap-`+id+`"`) {
					t.Errorf("%s: step %s is not in the picture", f.ID, id)
				}
			}
			wellFormed(t, f.ID, svg)
		})
	}
	all.Wait()
}

// The picture says in words what nobody may overlook: where the numbers are, how
// long silence takes, what reaches people, and that the card comes with a signal.
// It fits on one sheet of A4.
func TestThePictureSaysWhatMatters(t *testing.T) {
	t.Parallel()
	fs, err := content.Flows()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fs {
		svg, err := web.DrawFlow(t.Context(), &f.Draft)
		if err != nil {
			t.Fatal(err)
		}
		var width, height int
		if _, err := fmt.Sscanf(string(svg), `<svg width="%dpt" height="%dpt"`, &width, &height); err != nil || width > 545 || height > 790 {
			t.Errorf("%s: %v: %d by %d pt is more than a sheet", f.ID, err, width, height)
		}
		if f.ID != "wekelijkse_checkin" {
			continue
		}
		for _, words := range []string{"Wekelijkse check&#45;in", "+ de nummers", "na 30 min stil", "na 22 uur stil", "signaal: het gaat niet goed", "de crisiskaart, en het signaal", "1 heel slecht … 5 heel goed"} {
			if !strings.Contains(string(svg), words) && !strings.Contains(strings.ReplaceAll(string(svg), "&#160;", " "), words) {
				t.Errorf("the picture does not say %q", words)
			}
		}
	}
}

// What a coordinator writes cannot break the picture, nor become part of a page.
func TestDrawFlowWithHostileWords(t *testing.T) {
	t.Parallel()
	words := "\"]; x -> y; \\N <script>alert(1)</script> & \\\" \n\t{naam} \x00 \xff"
	d := flows.Draft{ID: words, Start: "a", Steps: []flows.Step{
		{ID: "a", Kind: flows.KindChoice, Text: words, Buttons: []flows.Choice{{ID: "x", Label: words, Next: words}, {ID: "y", Label: "<b>", Next: "weg"}}},
		{ID: words, Kind: flows.KindEnd, Of: words, Text: words},
		{ID: "leeg"},
	}}
	svg, err := web.DrawFlow(t.Context(), &d)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(svg), "<script") {
		t.Error("words became a script")
	}
	wellFormed(t, "hostile", svg)
}

func wellFormed(t *testing.T, id string, svg []byte) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	d.Entity = xml.HTMLEntity
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Errorf("%s: %v", id, err)
			return
		}
	}
}

func BenchmarkDrawFlow(b *testing.B) {
	fs, err := content.Flows()
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range fs {
		if f.ID == "wekelijkse_checkin" {
			for b.Loop() {
				if _, err := web.DrawFlow(b.Context(), &f.Draft); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}
