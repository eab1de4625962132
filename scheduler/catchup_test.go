package scheduler_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"houvast/scheduler"
)

func TestCatchUp(t *testing.T) {
	t.Parallel()
	const day = "2026-03-02 "
	tests := []struct {
		name    string
		planned string
		now     string
		want    string
	}{
		{"on time", "09:00", "09:00", "09:00"},
		{"a minute later", "09:00", "09:01", "09:00"},
		{"late within the window", "09:00", "10:59", "09:00"},
		{"on the edge of the window", "09:00", "11:00", "09:00"},
		{"too late", "09:00", "11:01", "09:00 downtime"},
		{"of several only the latest", "08:00 09:00 10:00", "10:30", "08:00 downtime, 09:00 superseded, 10:00"},
		{"in any order, once each", "10:00 09:00 10:00", "10:00", "10:00, 09:00 superseded"},
		{"what is to come is left out", "09:00 12:00", "09:30", "09:00"},
		{"nothing", "", "09:30", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var planned []time.Time
			for _, p := range strings.Fields(tt.planned) {
				planned = append(planned, local(t, day+p))
			}
			d := scheduler.CatchUp(planned, local(t, day+tt.now), scheduler.CatchUpWindow)
			want := map[string]bool{}
			for _, w := range strings.Split(tt.want, ", ") {
				want[w] = w != ""
			}
			got := map[string]bool{}
			if !d.Send.IsZero() {
				got[d.Send.Format("15:04")] = true
			}
			for _, s := range d.Skipped {
				got[s.Planned.Format("15:04 ")+s.Reason] = true
			}
			delete(want, "")
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// Every moment that came due is sent or skipped with a reason, and at most one is sent.
func TestCatchUpForgetsNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
		minutes := rapid.SliceOfDistinct(rapid.IntRange(-60, 600), rapid.ID[int]).Draw(rt, "ago")
		var planned []time.Time
		due := 0
		for _, m := range minutes {
			planned = append(planned, now.Add(-time.Duration(m)*time.Minute))
			if m >= 0 {
				due++
			}
		}
		d := scheduler.CatchUp(planned, now, time.Duration(rapid.IntRange(0, 300).Draw(rt, "window"))*time.Minute)
		told := len(d.Skipped)
		if !d.Send.IsZero() {
			told++
		}
		if told != due {
			rt.Errorf("%d came due, %d are told of", due, told)
		}
		for _, s := range d.Skipped {
			if s.Reason == "" || s.Planned.Equal(d.Send) {
				rt.Errorf("skip %+v beside %s", s, d.Send)
			}
			if s.Reason == "superseded" && !s.Planned.Before(d.Send) {
				rt.Errorf("%s gives way to %s", s.Planned, d.Send)
			}
		}
	})
}

// Everybody keeps their own minute, whoever joins, until a window is full; and
// no second gets more than Telegram takes.
func TestSpread(t *testing.T) {
	t.Parallel()
	for id := range int64(1000) {
		if a, b := scheduler.Spread(id, 1), scheduler.Spread(id, 1500); a != b || a < 0 || a >= time.Minute {
			t.Fatalf("resident %d moves from %s to %s", id, a, b)
		}
	}
	for _, n := range []int{100, 1500, 10_000} {
		seconds := map[int]int{}
		most := 0
		for id := range int64(n) {
			s := int(scheduler.Spread(id+1, n) / time.Second)
			seconds[s]++
			most = max(most, seconds[s])
		}
		if most > 60 {
			t.Errorf("of %d residents %d are asked in one second", n, most)
		}
		if last := time.Duration(n) * time.Second / 25; len(seconds) < min(n, int(last.Seconds()))*6/10 {
			t.Errorf("%d residents are asked in %d seconds only", n, len(seconds))
		}
	}
}
