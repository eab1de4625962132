package web

import (
	"html/template"
	"mime"
	"net/url"
	"regexp"
	"strings"
)

// startCode is what Telegram takes as the payload of a link.
var startCode = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// link finds addresses of pages, and nothing else: no other scheme ever becomes
// a link.
var link = regexp.MustCompile(`https?://[^\s<>"'\x60]*[^\s<>"'\x60.,;:!?)\]*]`)

// chat makes a text of Telegram harmless and its addresses clickable. Line ends
// stay as they are; the style sheet shows them.
func chat(text string) template.HTML {
	var b strings.Builder
	at := 0
	for _, m := range link.FindAllStringIndex(text, -1) {
		b.WriteString(template.HTMLEscapeString(text[at:m[0]]))
		b.WriteString(anchor(text[m[0]:m[1]], text[m[0]:m[1]]))
		at = m[1]
	}
	b.WriteString(template.HTMLEscapeString(text[at:]))
	return template.HTML(b.String())
}

func anchor(address, label string) string {
	return `<a href="` + template.HTMLEscapeString(address) + `" target="_blank" rel="noreferrer">` + template.HTMLEscapeString(label) + `</a>`
}

// mark finds what Mattermost's markdown makes of a line: code, a named link, a
// bare address, bold, italic, somebody's name.
var mark = regexp.MustCompile("`([^`]+)`" +
	`|\[([^\]]+)\]\((https?://[^\s)]+)\)` +
	`|(` + link.String() + `)` +
	`|\*\*([^*]+)\*\*` +
	`|\b_([^_]+)_\b|\B\*([^*\s][^*]*)\*\B` +
	`|\B@([a-z][a-z0-9._-]*[a-z0-9])`)

// markdown makes a text of Mattermost harmless HTML: paragraphs, lists, quotes,
// headings, and the marks within a line.
func markdown(text string) template.HTML {
	var b strings.Builder
	open := ""
	in := func(block string) {
		if open == block {
			return
		}
		if open != "" {
			b.WriteString("</" + open + ">")
		}
		if block != "" {
			b.WriteString("<" + block + ">")
		}
		open = block
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		head := strings.TrimLeft(line, "#")
		switch level := len(line) - len(head); {
		case line == "":
			in("")
		case level > 0 && strings.HasPrefix(head, " "):
			in("")
			b.WriteString("<p class=\"heading\">" + marked(strings.TrimSpace(head)) + "</p>")
		case strings.HasPrefix(line, "- "), strings.HasPrefix(line, "* "):
			in("ul")
			b.WriteString("<li>" + marked(line[2:]) + "</li>")
		case strings.HasPrefix(line, ">"):
			next(&b, open == "blockquote")
			in("blockquote")
			b.WriteString(marked(strings.TrimSpace(line[1:])))
		default:
			next(&b, open == "p")
			in("p")
			b.WriteString(marked(line))
		}
	}
	in("")
	return template.HTML(b.String())
}

func next(b *strings.Builder, same bool) {
	if same {
		b.WriteString("<br>")
	}
}

func marked(line string) string {
	var b strings.Builder
	at := 0
	for _, m := range mark.FindAllStringSubmatchIndex(line, -1) {
		b.WriteString(template.HTMLEscapeString(line[at:m[0]]))
		at = m[1]
		group := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return line[m[2*i]:m[2*i+1]]
		}
		switch {
		case group(1) != "":
			b.WriteString("<code>" + template.HTMLEscapeString(group(1)) + "</code>")
		case group(2) != "":
			b.WriteString(anchor(group(3), group(2)))
		case group(4) != "":
			b.WriteString(anchor(group(4), group(4)))
		case group(5) != "":
			b.WriteString("<strong>" + template.HTMLEscapeString(group(5)) + "</strong>")
		case group(6)+group(7) != "":
			b.WriteString("<em>" + template.HTMLEscapeString(group(6)+group(7)) + "</em>")
		default:
			b.WriteString(`<span class="mention">@` + template.HTMLEscapeString(group(8)) + "</span>")
		}
	}
	b.WriteString(template.HTMLEscapeString(line[at:]))
	return b.String()
}

// An invitation is a link that opens the bot on a telephone.
type invitation struct{ Code string }

// invitations finds the links in a post that open the bot with a code.
func invitations(p Post) []invitation {
	texts := []string{p.Text}
	for _, c := range p.Cards {
		texts = append(texts, c.Title, c.Text)
		for _, f := range c.Fields {
			texts = append(texts, f.Value)
		}
	}
	var found []invitation
	known := map[string]bool{}
	for _, text := range texts {
		for _, address := range link.FindAllString(text, -1) {
			u, err := url.Parse(address)
			if err != nil || u.Host != "t.me" || u.Query().Get("start") == "" || known[u.Query().Get("start")] {
				continue
			}
			known[u.Query().Get("start")] = true
			found = append(found, invitation{u.Query().Get("start")})
		}
	}
	return found
}

// harmless tells whether a browser may show a file of this type.
func harmless(mediaType string) bool {
	t, _, err := mime.ParseMediaType(mediaType)
	if err != nil || t == "image/svg+xml" {
		return false
	}
	return strings.HasPrefix(t, "image/") || strings.HasPrefix(t, "audio/") || strings.HasPrefix(t, "video/")
}

func attachment(name string) string {
	if name == "" {
		name = "bestand"
	}
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}
