package lexicon

// Work is how many words are looked up and patterns tried to read a text.
func (l *Lexicon) Work(text string) int {
	s := l.borrow()
	defer l.lent.Put(s)
	s.work = 0
	l.read(s, text, nil)
	return s.work
}
