package content

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"houvast/content/file"
	"houvast/signals/lexicon"
)

//go:embed lexicon/*.yaml
var lexiconFiles embed.FS

// Lexicon compiles the built-in word list.
func Lexicon() (*lexicon.Lexicon, error) {
	list, findings, err := LexiconWith()
	if err != nil {
		return nil, err
	}
	if len(findings) > 0 {
		problems := make([]error, len(findings))
		for i, f := range findings {
			problems[i] = fmt.Errorf("%s:%d:%d: %s", f.File, f.Line, f.Col, f.Text)
		}
		return nil, fmt.Errorf("compile the built-in lexicon: %w", errors.Join(problems...))
	}
	return list, nil
}

// LexiconWith compiles the built-in word list together with what a municipality
// added or switched off. With any finding there is no lexicon: the caller keeps
// the one it had and raises an alarm.
func LexiconWith(local ...file.LexiconFile) (*lexicon.Lexicon, []file.Finding, error) {
	names, err := fs.Glob(lexiconFiles, "lexicon/*.yaml")
	if err != nil {
		return nil, nil, fmt.Errorf("list the built-in lexicon: %w", err)
	}
	var files []file.LexiconFile
	for _, name := range names {
		source, err := lexiconFiles.ReadFile(name)
		if err != nil {
			return nil, nil, fmt.Errorf("read the built-in lexicon: %w", err)
		}
		files = append(files, file.LexiconFile{Name: name, Text: source})
	}
	for _, f := range local {
		f.Local = true
		files = append(files, f)
	}
	list, findings := file.Lexicon(files...)
	return list, findings, nil
}
