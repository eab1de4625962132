package file

import (
	"fmt"

	"github.com/goccy/go-yaml"
)

// ReadWords reads a file with the house's own sentences in one language.
func ReadWords(name string, source []byte) (language string, words map[string]string, err error) {
	var f struct {
		Houvast  int               `yaml:"houvast"`
		Language string            `yaml:"language"`
		Words    map[string]string `yaml:"words"`
	}
	if err := yaml.UnmarshalWithOptions(source, &f, yaml.Strict()); err != nil {
		return "", nil, fmt.Errorf("%s: %w", name, err)
	}
	if f.Houvast != 1 {
		return "", nil, fmt.Errorf("%s: houvast: %d is not known; this Houvast reads houvast: 1", name, f.Houvast)
	}
	return f.Language, f.Words, nil
}
