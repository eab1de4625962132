package content

import (
	"bytes"
	_ "embed"
	"fmt"
	"time"

	"houvast/content/file"
	"houvast/signals"
)

//go:embed network/voorbeeldstad.yaml
var voorbeeldstad []byte

// ExampleNetwork returns the network of Voorbeeldstad, an invented town for the
// demo and for tests. An error means that this Houvast was built with a broken
// network.
func ExampleNetwork() (*signals.Network, error) {
	made := time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC) // when its numbers were checked
	n, found := file.ReadNetwork("voorbeeldstad.yaml", voorbeeldstad, made)
	for _, f := range found {
		if !f.Warning {
			return nil, fmt.Errorf("read example network: line %d: %s", f.Line, f.Text)
		}
	}
	return n, nil
}

// ExampleNetworkSource returns the same network as it is written.
func ExampleNetworkSource() []byte { return bytes.Clone(voorbeeldstad) }
