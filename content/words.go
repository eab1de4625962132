package content

import (
	"embed"
	"fmt"
	"io/fs"

	"houvast/content/file"
)

//go:embed words/*.yaml
var wordFiles embed.FS

// Words returns the house's own sentences by language and key. Dutch has them
// all; what another language lacks is said in Dutch. An error means that this
// Houvast was built with a broken file.
func Words() (map[string]map[string]string, error) {
	names, err := fs.Glob(wordFiles, "words/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list words: %w", err)
	}
	all := map[string]map[string]string{}
	for _, name := range names {
		source, err := wordFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read words: %w", err)
		}
		language, words, err := file.ReadWords(name, source)
		if err != nil {
			return nil, fmt.Errorf("read words: %w", err)
		}
		all[language] = words
	}
	return all, nil
}
