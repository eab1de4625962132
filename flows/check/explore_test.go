package check_test

import (
	"slices"
	"testing"

	"houvast/content"
	"houvast/flows"
	"houvast/flows/check"
)

func BenchmarkExplore(b *testing.B) {
	fs, err := content.Flows()
	if err != nil {
		b.Fatal(err)
	}
	i := slices.IndexFunc(fs, func(f *flows.Flow) bool { return f.ID == "wekelijkse_checkin" })
	ria := flows.Person{Facts: map[string]string{"naam": "Ria", "vast_contact": "Samira", "maatje": "Joost", "team": "Noord"}}
	b.ReportAllocs()
	for b.Loop() {
		check.Explore(fs[i], ria, check.Most, 1)
	}
}
