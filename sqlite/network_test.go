package sqlite_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"houvast/sqlite"
)

func TestNetwork(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	if source, since, err := db.Network(t.Context()); source != nil || !since.IsZero() || err != nil {
		t.Errorf("before there is one: got %q, %v, %v", source, since, err)
	}
	for i, want := range []string{"gemeente: Eerst", "gemeente: Dan"} {
		at := start.AddDate(0, 0, i)
		if err := db.KeepNetwork(t.Context(), at, []byte(want)); err != nil {
			t.Fatal(err)
		}
		source, since, err := db.Network(t.Context())
		if string(source) != want || !since.Equal(at) || err != nil {
			t.Errorf("got %q, %v, %v, want %q", source, since, err, want)
		}
	}
}

// A published version never changes, and of each flow one is live.
func TestFlows(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), sqlite.Options{})
	publish := func(version int, status sqlite.FlowStatus, source string) error {
		return db.PublishFlow(t.Context(), sqlite.Flow{
			ID: "checkin", Version: version, At: start, By: "karin", Status: status, Shape: []byte{1}, Text: []byte{2}, Source: source,
		})
	}
	for _, f := range []struct {
		version int
		status  sqlite.FlowStatus
		source  string
		want    string
	}{
		{1, sqlite.FlowLive, "een", ""},
		{1, sqlite.FlowLive, "een", ""}, // once more changes nothing
		{1, sqlite.FlowLive, "anders", sqlite.ErrPublished.Error()},
		{2, sqlite.FlowLive, "twee", ""},
		{3, sqlite.FlowPast, "drie", ""},
	} {
		err := publish(f.version, f.status, f.source)
		if fmt.Sprint(err) == "<nil>" && f.want == "" {
			continue
		}
		if err == nil || f.want == "" || !strings.Contains(err.Error(), f.want) {
			t.Errorf("publish %d %q: got %v, want %q", f.version, f.source, err, f.want)
		}
	}
	if err := publish(1, sqlite.FlowLive, "anders"); !errors.Is(err, sqlite.ErrPublished) {
		t.Errorf("got %v, want %v", err, sqlite.ErrPublished)
	}
	all, err := db.Flows(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range all {
		got = append(got, fmt.Sprint(f.ID, f.Version, f.Status, f.Source, f.By, f.Shape, f.Text, f.At.Equal(start)))
	}
	want := []string{"checkin1pasteenkarin[1] [2] true", "checkin2livetweekarin[1] [2] true", "checkin3pastdriekarin[1] [2] true"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
