package author

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"houvast/content"
	"houvast/content/file"
	"houvast/signals/lexicon"
)

const detectHelp = `usage: houvast detect [-explain] [-local FILE]

Reads lines from standard input and says for each what the word list found in
it: one line out for every line in.

  level<TAB>class<TAB>pattern id

The level is crisis, distress or none. Of several hits the loudest is named.
Where nothing is found the line is "none", "-", "-".

  echo 'ik wil niet meer leven' | houvast detect
  crisis	C1	c1-niet-leven

  houvast detect < zinnen.txt | cut -f1 | sort | uniq -c
  houvast detect -explain < zinnen.txt
  houvast detect -local eigen-woorden.yaml < zinnen.txt

Flags:
`

// Detect reads messages line by line and prints what the word list found, so
// that the list can be measured. It gives the exit code: 0 when every line was
// answered, 1 when reading, writing or the word list failed, 2 when it was
// called in a way it does not know.
func Detect(args []string, in io.Reader, out, errOut io.Writer) int {
	flags := flag.NewFlagSet("detect", flag.ContinueOnError)
	flags.SetOutput(errOut)
	explain := flags.Bool("explain", false, "also show how each line was read, which patterns and guards met")
	local := flags.String("local", "", "a `file` with a municipality's own words, to try them")
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), detectHelp)
		flags.PrintDefaults()
	}
	for _, a := range args {
		if a == "-h" || a == "-help" || a == "--help" {
			flags.SetOutput(out)
		}
	}
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitOK
	} else if err != nil {
		return exitUsage
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(errOut, "houvast detect reads standard input and takes no %q; see houvast detect -h\n", flags.Arg(0))
		return exitUsage
	}
	list, err := detectLexicon(*local)
	if err != nil {
		fmt.Fprintf(errOut, "houvast detect: %v\n", err)
		return exitFaults
	}
	if err := detectLines(list, *explain, in, out); err != nil {
		fmt.Fprintf(errOut, "houvast detect: %v\n", err)
		return exitFaults
	}
	return exitOK
}

func detectLexicon(local string) (*lexicon.Lexicon, error) {
	if local == "" {
		return content.Lexicon()
	}
	source, err := os.ReadFile(local)
	if err != nil {
		return nil, fmt.Errorf("read own words: %w", err)
	}
	list, findings, err := content.LexiconWith(file.LexiconFile{Name: local, Text: source})
	if err != nil {
		return nil, err
	}
	var wrong []error
	for _, f := range findings {
		wrong = append(wrong, fmt.Errorf("%s:%d:%d: %s", f.File, f.Line, f.Col, f.Text))
	}
	return list, errors.Join(wrong...)
}

func detectLines(list *lexicon.Lexicon, explain bool, in io.Reader, out io.Writer) error {
	lines, answers := bufio.NewReader(in), bufio.NewWriter(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read a line: %w", err)
		}
		if line != "" {
			message := strings.TrimRight(line, "\r\n")
			d := list.Detect(message)
			class, pattern := "-", "-"
			if len(d.Hits) > 0 {
				class, pattern = d.Hits[0].Class, d.Hits[0].Pattern
			}
			fmt.Fprintf(answers, "%s\t%s\t%s\n", d.Level, class, pattern)
			if explain {
				fmt.Fprint(answers, list.Explain(message))
			}
		}
		if err != nil {
			break
		}
	}
	if err := answers.Flush(); err != nil {
		return fmt.Errorf("write the answers: %w", err)
	}
	return nil
}
