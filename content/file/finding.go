package file

// A Finding is one thing that is wrong in what a coordinator wrote, and where.
// Its words are Dutch.
type Finding struct {
	File  string
	Line  int // from 1
	Col   int
	Level string // fout, let op
	Code  string
	Text  string
}
