package web

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
	"unicode"
)

var (
	weekdays = [...]string{"zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"}
	months   = [...]string{"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"}
)

// words are what the templates can say.
func words(zone *time.Location) template.FuncMap {
	in := func(say func(time.Time) string) func(time.Time) string {
		return func(t time.Time) string { return say(t.In(zone)) }
	}
	return template.FuncMap{
		"clock":    in(clock),
		"day":      in(day),
		"soon":     func(now, t time.Time) string { return soon(now.In(zone), t.In(zone)) },
		"dayID":    in(func(t time.Time) string { return t.Format("2006-01-02") }),
		"moment":   in(func(t time.Time) string { return t.Format(time.RFC3339) }),
		"chat":     chat,
		"markdown": markdown,
		"initial":  initial,
		"hue":      hue,
		"length":   length,
		"replies":  replies,
		"firstOfDay": func(messages []Message, i int) bool {
			return i == 0 || !sameDay(messages[i-1].At.In(zone), messages[i].At.In(zone))
		},
		"tone":   tone,
		"value":  func(p dialogPanel, f DialogField) string { return valueOf(p, f) },
		"wrong":  func(p dialogPanel, name string) string { return p.Wrong[name] },
		"pinned": pinned,
		"framed": func(regions map[string]template.HTML, p phonePanel) framedPhone {
			return framedPhone{p, regions}
		},
		"card":      func(p shownPost, c Card) shownCard { return shownCard{c, p} },
		"described": described,
	}
}

func clock(t time.Time) string { return t.Format("15:04") }

// day says a day in full, such as "maandag 23 november".
func day(t time.Time) string {
	return fmt.Sprintf("%s %d %s", weekdays[t.Weekday()], t.Day(), months[t.Month()-1])
}

// soon says on which day t is, as one would say it at now.
func soon(now, t time.Time) string {
	switch {
	case sameDay(now, t):
		return "vandaag"
	case sameDay(now.AddDate(0, 0, 1), t):
		return "morgen"
	case t.After(now) && t.Before(now.AddDate(0, 0, 6)):
		return weekdays[t.Weekday()]
	}
	return day(t)
}

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}

// initial is the letter in somebody's round mark.
func initial(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return "•"
}

// hue gives a name one of six colours, always the same one.
func hue(name string) int {
	sum := 0
	for _, b := range []byte(name) {
		sum = (sum*31 + int(b)) % 6
	}
	return sum
}

// length says how long a voice note is, such as "0:03".
func length(seconds int) string { return fmt.Sprintf("%d:%02d", seconds/60, seconds%60) }

func replies(n int) string {
	if n == 1 {
		return "1 antwoord"
	}
	return fmt.Sprintf("%d antwoorden", n)
}

// tone is the nearest of our own colours to one of Mattermost's, so that a card
// also reads well in the dark: "red", "orange", "green", "blue", "purple", "grey".
func tone(color string) string {
	n, err := strconv.ParseUint(strings.TrimPrefix(color, "#"), 16, 32)
	if err != nil || len(color) != 7 {
		return "grey"
	}
	r, g, b := int(n>>16), int(n>>8&255), int(n&255)
	high, low := max(r, g, b), min(r, g, b)
	if high-low < 40 {
		return "grey"
	}
	switch {
	case high == r && b > g && b > high/2:
		return "purple"
	case high == r && g-low > (high-low)*2/5:
		return "orange"
	case high == r:
		return "red"
	case high == g && b-low > (high-low)*3/4:
		return "blue"
	case high == g:
		return "green"
	case r > g && r-low > (high-low)/4:
		return "purple"
	}
	return "blue"
}

func valueOf(p dialogPanel, f DialogField) string {
	if v, ok := p.Values[f.Name]; ok {
		return v
	}
	return f.Value
}

// pinned returns the message at the top of a chat, on one line.
func pinned(p *Phone) string {
	for _, m := range p.Messages {
		if m.ID == p.Pinned {
			return strings.Join(strings.FieldsFunc(m.Text, func(r rune) bool { return r == '\n' }), " · ")
		}
	}
	return ""
}

// described names the elements that explain a field.
func described(id, help, wrong string) []string {
	var by []string
	if help != "" {
		by = append(by, id+"-help")
	}
	if wrong != "" {
		by = append(by, id+"-wrong")
	}
	return by
}
