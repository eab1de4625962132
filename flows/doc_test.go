package flows_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"houvast/flows"
)

var update = flag.Bool("update", false, "write what came out as what must come out")

// The documentation of the language is made of the tables, so that it cannot grow
// old.
func TestTheDocumentationIsUpToDate(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("// This file is made of the tables: go test ./flows -run Documentation -update\n\n")
	b.WriteString("// # The language\n//\n// A step begins with one verb. A word with * must be there. At the top of a file:\n//\n")
	words(&b, flows.Head())
	for _, v := range flows.Verbs() {
		of := string(v.Of.Form)
		if len(v.Of.Among) > 0 {
			of = strings.Join(v.Of.Among, " | ")
		}
		fmt.Fprintf(&b, "//\n// %s: %s - %s\n", v.Key, of, v.About)
		if len(v.Words) > 0 {
			b.WriteString("//\n")
			words(&b, v.Words)
		}
	}
	b.WriteString("package flows\n")
	if *update {
		if err := os.WriteFile("tables.go", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile("tables.go")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != b.String() {
		t.Error("tables.go is not what the tables say (go test -update writes it)")
	}
}

func words(b *strings.Builder, ws []flows.Word) {
	line := func(indent string, w flows.Word) {
		key := indent + w.Key
		if w.Must {
			key += "*"
		}
		fmt.Fprintf(b, "//\t%-19s %-9s %s\n", key, w.Form, w.About)
	}
	for _, w := range ws {
		line("", w)
		for _, in := range w.Inside {
			line("    ", in)
		}
	}
}
