package content

import (
	_ "embed"
	"fmt"

	"houvast/content/file"
)

//go:embed words/nl.yaml
var dutchWords []byte

// Words returns the house's own sentences by language and key. An error means
// that this Houvast was built with a broken file.
func Words() (map[string]map[string]string, error) {
	language, words, err := file.ReadWords("words/nl.yaml", dutchWords)
	if err != nil {
		return nil, fmt.Errorf("read words: %w", err)
	}
	return map[string]map[string]string{language: words}, nil
}
