package signals

// A Fault is one thing that is wrong, or could be better, in a network. Its
// words are Dutch, for the coordinator who wrote it.
type Fault struct {
	File      string // set by the reader of files, as are Line and Col
	Line, Col int
	Path      string // where in the network, such as people.samira.cover
	Code      string
	Text      string
	Hint      string // what to do, such as "bedoel je 'samira'?"
	Warning   bool   // must be seen, but does not block
}
