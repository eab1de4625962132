package content_test

import (
	"testing"
	_ "time/tzdata"

	"houvast/content"
)

// The invented town is there and has people in it.
func TestExampleNetwork(t *testing.T) {
	t.Parallel()
	n, err := content.ExampleNetwork()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"samira", "tom", "fatma", "joost", "ravi", "els", "noor"} {
		if n.People[key].Name == "" {
			t.Errorf("nobody is called %s", key)
		}
	}
}
