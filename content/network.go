package content

import (
	"bytes"
	_ "embed"
	"fmt"
	"time"

	"houvast/content/file"
	"houvast/flows"
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
	if flows.Blocks(found) {
		return nil, fmt.Errorf("read example network: %w", &file.FaultError{Findings: found})
	}
	return n, nil
}

// ExampleNetworkSource returns the same network as it is written.
func ExampleNetworkSource() []byte { return bytes.Clone(voorbeeldstad) }
