package web

import (
	"regexp"
	"strings"
	"testing"
)

func TestMarkdown(t *testing.T) {
	t.Parallel()

	tests := []struct{ name, text, want string }{
		{"words", "Dag Anna", "<p>Dag Anna</p>"},
		{"two lines", "een\ntwee", "<p>een<br>twee</p>"},
		{"two paragraphs", "een\n\ntwee", "<p>een</p><p>twee</p>"},
		{"bold", "tot **vijf uur**.", "<p>tot <strong>vijf uur</strong>.</p>"},
		{"italic", "_zacht_ en *ook*", "<p><em>zacht</em> en <em>ook</em></p>"},
		{"no italic in a name", "goed_nieuws_noord", "<p>goed_nieuws_noord</p>"},
		{"list", "- een\n- twee", "<ul><li>een</li><li>twee</li></ul>"},
		{"quote", "> een\n> twee", "<blockquote>een<br>twee</blockquote>"},
		{"heading", "#### Kop", `<p class="heading">Kop</p>`},
		{"channel, not heading", "#noord", "<p>#noord</p>"},
		{"name", "@samira kijk", `<p><span class="mention">@samira</span> kijk</p>`},
		{"mail, not name", "a@samira", "<p>a@samira</p>"},
		{"link", "zie https://www.113.nl.", `<p>zie <a href="https://www.113.nl" target="_blank" rel="noreferrer">https://www.113.nl</a>.</p>`},
		{"link that ends in _", "https://t.me/b?start=a_", `<p><a href="https://t.me/b?start=a_" target="_blank" rel="noreferrer">https://t.me/b?start=a_</a></p>`},
		{"named link", "[hier](https://www.113.nl)", `<p><a href="https://www.113.nl" target="_blank" rel="noreferrer">hier</a></p>`},
		{"named script", "[hier](javascript:alert(1))", "<p>[hier](javascript:alert(1))</p>"},
		{"tag", "<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"},
		{"tag in bold", "**<b>**", "<p><strong>&lt;b&gt;</strong></p>"},
		{"code", "`<b>**x**`", "<p><code>&lt;b&gt;**x**</code></p>"},
		{"quotes in a link", `https://x.nl/"onload="x`, `<p><a href="https://x.nl/" target="_blank" rel="noreferrer">https://x.nl/</a>&#34;onload=&#34;x</p>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := string(markdown(tt.text)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// ours are all the tags that a text can become.
var ours = regexp.MustCompile(`</?(p|ul|li|blockquote|strong|em|code|a|span)>|<br>|<p class="heading">|<span class="mention">|<a href="https?://[^"<>]*" target="_blank" rel="noreferrer">`)

// Whatever somebody writes, nothing comes out but words and our own tags.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"**<script>**", "[a](https://x\"y)", "> @a `b` _c_", "https://a.nl/<b>", "\x00\xff", "<a href=\"https://x\">", "- \n#  \n>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, html := range []string{string(markdown(text)), string(chat(text))} {
			if rest := ours.ReplaceAllString(html, ""); strings.ContainsAny(rest, `<>"'`) {
				t.Errorf("%q became %q, which holds more than words and our own tags", text, html)
			}
		}
	})
}

func TestTone(t *testing.T) {
	t.Parallel()

	tests := []struct{ color, want string }{
		{"#c0392b", "red"}, {"#d0021b", "red"}, {"#ff0000", "red"}, {"#b3261e", "red"}, {"#d24b4e", "red"},
		{"#e67e22", "orange"}, {"#f5a623", "orange"}, {"#a85b00", "orange"}, {"#ffbc1f", "orange"},
		{"#2e8b57", "green"}, {"#3db887", "green"}, {"#00ff00", "green"},
		{"#2d6cdf", "blue"}, {"#1c58d9", "blue"}, {"#0000ff", "blue"}, {"#00b0c0", "blue"},
		{"#8e44ad", "purple"}, {"#7a4aa0", "purple"},
		{"#B3261E", "red"}, {"#C2570C", "orange"}, {"#1D5FBF", "blue"}, {"#2B7A4B", "green"}, {"#6B4FA0", "purple"}, {"#757B85", "grey"},
		{"#999999", "grey"}, {"#000000", "grey"}, {"", "grey"}, {"good", "grey"}, {"#12", "grey"}, {"url(x)y", "grey"},
	}
	for _, tt := range tests {
		if got := tone(tt.color); got != tt.want {
			t.Errorf("tone(%q) = %q, want %q", tt.color, got, tt.want)
		}
	}
}

// What is not a plain picture, sound or film is never shown, only saved.
func TestHarmless(t *testing.T) {
	t.Parallel()

	tests := []struct {
		kind string
		want bool
	}{
		{"image/png", true}, {"image/jpeg", true}, {"audio/ogg; codecs=opus", true}, {"video/mp4", true},
		{"image/svg+xml", false}, {"image/SVG+XML; charset=utf-8", false}, {"text/html", false}, {"application/pdf", false}, {"", false}, {"image/", false},
	}
	for _, tt := range tests {
		if got := harmless(tt.kind); got != tt.want {
			t.Errorf("harmless(%q) = %v, want %v", tt.kind, got, tt.want)
		}
	}
}
