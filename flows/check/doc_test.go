package check_test

import (
	"flag"
	"os"
	"testing"

	"houvast/flows/check"
)

var update = flag.Bool("update", false, "write what came out as what must come out")

// The documentation of the findings is made of their table, so that it cannot grow
// old.
func TestTheDocumentationIsUpToDate(t *testing.T) {
	t.Parallel()
	want := "// This file is made of the table: go test ./flows/check -run Documentation -update\n\n" +
		"// # Findings\n//\n// By code. A fout blocks publishing, a let op must be seen, a tip may be hidden.\n//\n" +
		check.CodeTable() + "package check\n"
	if *update {
		if err := os.WriteFile("tables.go", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile("tables.go")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("tables.go is not what the table says (go test -update writes it)")
	}
}
