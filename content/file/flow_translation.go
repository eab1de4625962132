package file

import (
	"houvast/flows"
)

// A Translated file is a translation together with the flow it belongs to.
type Translated struct {
	Flow string
	From string // the language it was made from
	flows.Translation
}

// ReadTranslation reads one translation: every text with the words it was made
// from.
func ReadTranslation(name string, src []byte) (Translated, []Finding) {
	r := &reader{file: name, where: map[string]flows.Pos{}}
	var t Translated
	body := r.parse(src)
	if body == nil {
		return t, r.found
	}
	ps := r.pairs(body, "de vertaling")
	if !r.format1(ps) {
		return t, r.found
	}
	for _, p := range ps {
		r.mark(p.key, p.behind)
		switch p.key {
		case "houvast", "texts":
		case "translates":
			t.Flow = r.scalar(p)
		case "language":
			t.Language = r.scalar(p)
		default:
			r.unknown(p, []string{"houvast", "translates", "language", "texts"}, "de vertaling")
		}
	}
	_, some := r.where["texts"]
	r.needs("de vertaling", "translates", t.Flow != "")
	r.needs("de vertaling", "language", t.Language != "")
	r.needs("de vertaling", "texts", some)
	for _, p := range ps {
		if p.key != "texts" {
			continue
		}
		for _, q := range r.pairs(p.value, "texts") {
			r.mark("texts."+q.key, q.at)
			text := flows.Translated{Key: q.key}
			for _, x := range r.pairs(q.value, "'"+q.key+"'") {
				if x.key == t.Language {
					text.Text = r.scalar(x)
				} else if text.Source != "" {
					r.unknown(x, []string{t.Language}, "'"+q.key+"'")
				} else {
					text.Source = r.scalar(x)
					t.From = x.key
				}
			}
			t.Texts = append(t.Texts, text)
		}
	}
	t.Where = r.where
	return t, r.found
}
