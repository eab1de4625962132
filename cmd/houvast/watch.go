package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"houvast/bot"
	"houvast/signals"
	"houvast/sqlite"
)

// A watch is how the house watches itself: an auditor that holds the memory
// against what may never be, a canary that walks the whole way from an event to a
// channel of Mattermost, and a line a day to the coordinator. /health is green
// only while both find nothing.
//
// It goes by the clock of the house, so that a story and the sandbox can move it.
type watch struct {
	h *house

	turn sync.Mutex // one look at a time

	mu      sync.Mutex
	audited time.Time // when the auditor last looked; zero: never
	walked  time.Time // when it last read every resident
	flaws   map[sqlite.Flaw]int
	suspect map[sqlite.Flaw]bool // found once: it counts when the next look finds it too
	stuck   int                  // messages that nobody carries
	carried map[int64]carrying
	canary  canary
	daily   time.Time // up to when the daily line was told, or none was due
}

// carrying is a message that was on its way when the auditor looked.
type carrying struct {
	attempts int
	since    time.Time
}

// A canary is a sign of life: an event that becomes a message like one about
// danger, which is then looked for in its channel.
type canary struct {
	flown   time.Time // when the last one began; zero: none did yet
	text    string    // of the one that is under way; empty: none is
	arrived time.Time // when one last arrived, by our clock; zero: never
	took    time.Duration
	lost    int  // how many did not arrive, since start
	missing bool // the last one did not arrive
}

const (
	auditEvery    = time.Minute
	walkEvery     = time.Hour
	stuckAfter    = 5 * time.Minute // the longest that one attempt may take is two
	canaryEvery   = 5 * time.Minute
	canaryPatient = time.Minute // by then it has arrived, or it is lost

	// auditTooOld is how long ago the auditor may have looked.
	auditTooOld = 3 * time.Minute
)

// canaryCry is what the canary says. Only a house whose word list still knows danger
// lets it through.
const canaryCry bot.Text = "ik wil dood"

func newWatch(h *house) *watch {
	return &watch{h: h, flaws: map[sqlite.Flaw]int{}, carried: map[int64]carrying{}}
}

// run looks at the clock of the house every second until ctx ends.
func (w *watch) run(ctx context.Context) {
	beat := time.NewTimer(bot.Beat(w.h.now()))
	defer beat.Stop()
	for {
		if err := w.tick(ctx); err != nil && ctx.Err() == nil {
			w.h.log.ErrorContext(ctx, "the house could not look at itself", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			beat.Reset(bot.Beat(w.h.now()))
		}
	}
}

// tick does what is due now.
func (w *watch) tick(ctx context.Context) error {
	w.turn.Lock()
	defer w.turn.Unlock()
	now := w.h.now()
	return errors.Join(w.audit(ctx, now), w.fly(ctx, now), w.tell(ctx, now))
}

// look audits if that is due, for whoever asks right now how the house fares: a
// clock that was just moved is no fault. A watch that hangs is left alone, and
// shows.
func (w *watch) look(ctx context.Context) {
	if !w.turn.TryLock() {
		return
	}
	defer w.turn.Unlock()
	w.mu.Lock()
	suspects := len(w.suspect) > 0
	w.mu.Unlock()
	if suspects {
		return // a second look comes within a second, and not at once
	}
	if err := w.audit(ctx, w.h.now()); err != nil && ctx.Err() == nil {
		w.h.log.ErrorContext(ctx, "the house could not look at itself", "err", err)
	}
}

// audit holds the memory against what may never be, every minute.
func (w *watch) audit(ctx context.Context, now time.Time) error {
	w.mu.Lock()
	since, thorough := now.Sub(w.audited), now.Sub(w.walked) >= walkEvery
	again := len(w.suspect) > 0
	w.mu.Unlock()
	if since >= 0 && since < auditEvery && !again {
		return nil
	}
	found, err := w.h.db.Audit(ctx, now, thorough)
	if err != nil {
		return err
	}
	if thorough && w.h.tidy != nil {
		w.h.tidy()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.audited = now
	if thorough {
		if w.walked = now; found.Flaws[sqlite.FlawRhythm] > 0 {
			w.walked = time.Time{} // looked at again with the next audit
		}
	} else if n := w.flaws[sqlite.FlawRhythm]; n > 0 {
		found.Flaws[sqlite.FlawRhythm] = n // as it was when everybody was read
	}
	found.Flaws = w.sure(found.Flaws)
	carried := map[int64]carrying{}
	w.stuck = 0
	for id, attempts := range found.Carried {
		c, before := w.carried[id]
		if !before || c.attempts != attempts {
			c = carrying{attempts, now}
		}
		if now.Sub(c.since) >= stuckAfter {
			w.stuck++
		}
		carried[id] = c
	}
	w.carried = carried
	if !maps.Equal(found.Flaws, w.flaws) {
		for _, flaw := range slices.Sorted(maps.Keys(found.Flaws)) {
			w.h.log.ErrorContext(ctx, "the auditor found what may never be", "flaw", string(flaw), "count", found.Flaws[flaw])
		}
		w.flaws = found.Flaws
	}
	return nil
}

// sure leaves out what was found for the first time: between two commits, or
// just after a machine woke up, something may seem to be missing.
func (w *watch) sure(found map[sqlite.Flaw]int) map[sqlite.Flaw]int {
	certain, suspect := map[sqlite.Flaw]int{}, map[sqlite.Flaw]bool{}
	for flaw, n := range found {
		if w.flaws[flaw] > 0 || w.suspect[flaw] {
			certain[flaw] = n
		} else {
			suspect[flaw] = true
		}
	}
	w.suspect = suspect
	return certain
}

// fly sends a canary every five minutes, and looks for the one that is under way.
func (w *watch) fly(ctx context.Context, now time.Time) error {
	channel := w.h.settings.Canary
	if channel == "" {
		return nil
	}
	w.mu.Lock()
	c := w.canary
	w.mu.Unlock()
	var err error
	switch {
	case c.text != "":
		var at time.Time
		at, err = w.h.mattermost.Arrived(ctx, channel, c.text, c.flown)
		switch late := now.Sub(c.flown); {
		case err == nil && !at.IsZero():
			c.text, c.arrived, c.took, c.missing = "", now, late, false
		case late >= canaryPatient:
			if !c.missing {
				w.h.log.ErrorContext(ctx, "the canary did not arrive", "err", err)
			}
			c.text, c.missing, c.lost = "", true, c.lost+1
		}
		err = nil // what a canary meets is what it is for
	case c.flown.IsZero() || now.Sub(c.flown) >= canaryEvery || now.Before(c.flown):
		moment := now.UnixMicro()
		c.flown, c.text = now, fmt.Sprintf("Proef van Houvast. Dit bericht gaat vanzelf weg. (%d)", moment)
		e := bot.Event{ID: fmt.Sprint("told:canary:", moment), Door: "clock", At: now, What: bot.Told{
			Channel: channel, Text: c.text, Lane: bot.LaneDistress, Until: now.Add(canaryPatient), Cry: canaryCry,
		}}
		if _, err = w.h.receive(ctx, []bot.Event{e}); err != nil {
			err = fmt.Errorf("let the canary fly: %w", err)
		}
	}
	w.mu.Lock()
	w.canary = c
	w.mu.Unlock()
	return err
}

// flying reports whether a canary is under way.
func (w *watch) flying() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.canary.text != ""
}

// problems are what the watch has found, in Dutch.
func (w *watch) problems(now time.Time) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []string
	if now.Sub(w.audited) > auditTooOld {
		found = append(found, "Houvast kijkt zichzelf niet meer na. Start Houvast opnieuw.")
	}
	for _, flaw := range slices.Sorted(maps.Keys(w.flaws)) {
		found = append(found, flawTexts[flaw])
	}
	if w.stuck > 0 {
		found = append(found, "Een bericht blijft onderweg hangen. Start Houvast opnieuw.")
	}
	if w.canary.missing {
		found = append(found, "Het proefbericht komt niet aan in Mattermost. Kijk naar Mattermost en naar het kanaal van HOUVAST_CANARY_CHANNEL.")
	}
	return found
}

// flawTexts say to a coordinator what a flaw means and what to do.
var flawTexts = map[sqlite.Flaw]string{
	sqlite.FlawForlorn:   "Een signaal heeft niemand en wordt niet meer bekeken. Bekijk alle open signalen zelf, en bel de beheerder.",
	sqlite.FlawCardless:  "Een signaal over nood staat in geen enkel kanaal. Bel de beheerder.",
	sqlite.FlawRepeated:  "Een bericht is te vaak herhaald. Vraag de beheerder om te kijken.",
	sqlite.FlawOvertaken: "Een bericht over nood wacht, terwijl andere berichten wel gaan. Bel de beheerder.",
	sqlite.FlawSilent:    "De klok van Houvast loopt achter.",
	sqlite.FlawRhythm:    "Een bewoner wacht op een vraag die niet komt. Vraag de beheerder om te kijken.",
	sqlite.FlawShut:      "Iets wat bewaard was, gaat niet meer open. Laat oude sleutels in het sleutelbestand staan, en bel de beheerder.",
	sqlite.FlawUnerased:  "Iemand liet alles wissen. Een mislukt bericht is misschien van die persoon, en staat er nog. Vraag de beheerder om te kijken.",
}

// When the coordinator hears how the house fares, on the municipality's clock.
const dailyHour, dailyMinute = 8, 30

// dailyCursor is under which name is kept up to when it was told.
const dailyCursor = "daily"

// dailyUntil is how long the daily line is of use.
const dailyUntil = 8 * time.Hour

// tell tells the coordinator, once a day, that all is well or what is not.
func (w *watch) tell(ctx context.Context, now time.Time) error {
	w.mu.Lock()
	told := w.daily
	w.mu.Unlock()
	if told.IsZero() {
		var err error
		if told, _, err = w.h.db.Cursor(ctx, dailyCursor); err != nil {
			return err
		}
		if told.IsZero() {
			told = now // a house that just began has nothing to tell of yesterday
			if err := w.h.db.SaveCursor(ctx, dailyCursor, told, ""); err != nil {
				return err
			}
		}
		w.told(told)
	}
	due := w.latestDaily(now)
	if !due.After(told) {
		return nil
	}
	zone := w.h.bot.House().Network.Zone
	e := bot.Event{ID: "told:daily:" + due.In(zone).Format(time.DateOnly), Door: "clock", At: due, What: bot.Told{
		Channel: w.dailyChannel(), Text: w.dailyText(ctx, now.In(zone)), Lane: bot.LaneScheduled, Until: now.Add(dailyUntil),
	}}
	if _, err := w.h.receive(ctx, []bot.Event{e}); err != nil {
		return fmt.Errorf("tell the coordinator how the house fares: %w", err)
	}
	if err := w.h.db.SaveCursor(ctx, dailyCursor, due, ""); err != nil {
		return err
	}
	w.told(due)
	return nil
}

func (w *watch) told(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.daily = at
}

// latestDaily is the last moment up to now at which the line was due.
func (w *watch) latestDaily(now time.Time) time.Time {
	zone := w.h.bot.House().Network.Zone
	local := now.In(zone)
	for days := 0; ; days-- {
		at := time.Date(local.Year(), local.Month(), local.Day()+days, dailyHour, dailyMinute, 0, 0, zone)
		if !at.After(now) {
			return at
		}
	}
}

// next is when the daily line is due next, for whoever moves the clock.
func (w *watch) next(now time.Time) time.Time {
	zone := w.h.bot.House().Network.Zone
	last := w.latestDaily(now).In(zone)
	return time.Date(last.Year(), last.Month(), last.Day()+1, last.Hour(), last.Minute(), 0, 0, zone)
}

// dailyChannel is where the coordinator reads: what the settings say, or else the
// channel of the first team.
func (w *watch) dailyChannel() string {
	if w.h.settings.Daily != "" {
		return w.h.settings.Daily
	}
	return firstChannel(w.h.bot.House().Network)
}

// firstChannel is the channel of the first team, by its key.
func firstChannel(n *signals.Network) string {
	for _, key := range sortedKeys(n.Teams) {
		if channel := n.Teams[key].Channel; channel != "" {
			return channel
		}
	}
	return ""
}

// dailyText is the line itself. It holds numbers and nobody.
func (w *watch) dailyText(ctx context.Context, local time.Time) string {
	r := w.h.look(ctx)
	at := fmt.Sprintf("%d.%02d", local.Hour(), local.Minute())
	if !r.OK {
		return "Houvast om " + at + " uur: er is iets niet goed.\n- " + strings.Join(r.Problems, "\n- ") + "\nVraag de beheerder om nu te kijken."
	}
	counted := func(n int, one, more string) string {
		switch n {
		case 0:
			return "geen " + one
		case 1:
			return "1 " + one
		}
		return fmt.Sprint(n, " ", more)
	}
	return fmt.Sprintf("Houvast om %s uur: alles werkt. Nog niet opgepakt: %s. Opgepakt en nog open: %s.",
		at, counted(r.Open, "signaal", "signalen"), counted(r.Taken, "signaal", "signalen"))
}
