package main

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"houvast/bot"
)

// A report is how the house fares, for whoever watches it. It holds no words,
// names or ids.
type report struct {
	OK       bool     `json:"ok"`
	Problems []string `json:"problems,omitempty"` // in Dutch, what to look at
	Polled   string   `json:"telegram_heard,omitempty"`
	Answered string   `json:"mattermost_heard,omitempty"`
	Open     int      `json:"signals_open"`
	Taken    int      `json:"signals_taken"`
	Waiting  int      `json:"distress_waiting"`
	Version  string   `json:"version"`
}

// What is too long: a poll lasts less than a minute.
const (
	pollTooOld  = 2 * time.Minute
	loudTooLate = 30 * time.Second
)

// look asks every part how it fares.
func (h *house) look(ctx context.Context) report {
	now := h.now()
	rep := report{Version: versionText()}
	wrong := func(text string) { rep.Problems = append(rep.Problems, text) }

	if h.bot.House() == nil {
		wrong("Houvast is nog aan het starten.")
	}
	tg, mm := h.telegram.Health(), h.mattermost.Health()
	if !tg.Polled.IsZero() {
		rep.Polled = tg.Polled.UTC().Format(time.RFC3339)
	}
	if now.Sub(tg.Polled) > pollTooOld {
		wrong("Telegram is niet te horen. Bewoners krijgen geen antwoord.")
	}
	if !mm.Answered.IsZero() {
		rep.Answered = mm.Answered.UTC().Format(time.RFC3339)
	}
	if !mm.Connected {
		wrong("Mattermost is niet te horen. Signalen wachten.")
	}
	counts, err := h.db.Counts(ctx, now)
	if err != nil {
		wrong("De database is niet te lezen.")
		h.log.ErrorContext(ctx, "counting for health", "err", err)
		return rep
	}
	rep.Open, rep.Taken = counts.Signals[bot.Open], counts.Signals[bot.Taken]
	loud := counts.Unsent[bot.LaneDistress]
	if h.watch.flying() {
		loud.Messages-- // the canary, which the watch tells about itself
	}
	rep.Waiting = max(0, loud.Messages)
	if loud.Messages > 0 && !loud.Oldest.IsZero() && now.Sub(loud.Oldest) > loudTooLate {
		wrong("Een bericht over nood is nog niet aangekomen.")
	}
	if counts.Undecoded > 0 {
		wrong("Er ligt een bericht dat dit programma niet kan lezen. Het wacht op een ander programma.")
	}
	for _, problem := range h.watch.problems(now) {
		wrong(problem)
	}
	rep.OK = len(rep.Problems) == 0
	return rep
}

// health answers 200 while all is well and 503 otherwise, for an outside watch.
func (h *house) health() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.watch.look(r.Context())
		rep := h.look(r.Context())
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		if !rep.OK {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		json.NewEncoder(w).Encode(rep)
	})
}

// metrics are counts and delays for Prometheus; never words or ids.
func (h *house) metrics() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector{h})
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

type collector struct{ h *house }

// collectTime is how long counting for metrics may take.
const collectTime = 10 * time.Second

var (
	descSignals  = prometheus.NewDesc("houvast_signals", "Signals that nobody closed yet, by state.", []string{"state"}, nil)
	descUnsent   = prometheus.NewDesc("houvast_unsent_messages", "Messages that are due and not sent, by lane.", []string{"lane"}, nil)
	descOldest   = prometheus.NewDesc("houvast_unsent_oldest_seconds", "How long the oldest due message waits, by lane.", []string{"lane"}, nil)
	descPeople   = prometheus.NewDesc("houvast_residents", "Residents by stage.", []string{"stage"}, nil)
	descPolled   = prometheus.NewDesc("houvast_telegram_heard_seconds", "Seconds since Telegram was last heard.", nil, nil)
	descMM       = prometheus.NewDesc("houvast_mattermost_connected", "1 while Mattermost is connected.", nil, nil)
	descForged   = prometheus.NewDesc("houvast_mattermost_forged_total", "Buttons, dialogs and commands that were not ours.", nil, nil)
	descDead     = prometheus.NewDesc("houvast_dead_letters", "Events that could not be read or decided.", nil, nil)
	descClock    = prometheus.NewDesc("houvast_clock_late_seconds", "How late the first timer is.", nil, nil)
	descProblems = prometheus.NewDesc("houvast_problems", "Problems that /health shows.", nil, nil)
	descAudited  = prometheus.NewDesc("houvast_audit_age_seconds", "Seconds since the auditor last looked.", nil, nil)
	descFlaws    = prometheus.NewDesc("houvast_audit_flaws", "Things found that may never be, by kind.", []string{"flaw"}, nil)
	descStuck    = prometheus.NewDesc("houvast_messages_stuck", "Messages on their way that nobody carries.", nil, nil)
	descCanary   = prometheus.NewDesc("houvast_canary_age_seconds", "Seconds since a canary last arrived; absent while there is none.", nil, nil)
	descFlight   = prometheus.NewDesc("houvast_canary_flight_seconds", "How long the last canary that arrived was under way.", nil, nil)
	descLost     = prometheus.NewDesc("houvast_canary_lost_total", "Canaries that did not arrive, since start.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descSignals, descUnsent, descOldest, descPeople, descPolled, descMM, descForged, descDead, descClock, descProblems,
		descAudited, descFlaws, descStuck, descCanary, descFlight, descLost} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (c collector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), collectTime)
	defer cancel()
	c.h.watch.look(ctx)
	now := c.h.now()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	mm := c.h.mattermost.Health()
	gauge(descPolled, now.Sub(c.h.telegram.Health().Polled).Seconds())
	gauge(descMM, map[bool]float64{true: 1}[mm.Connected])
	ch <- prometheus.MustNewConstMetric(descForged, prometheus.CounterValue, float64(mm.Forged))
	gauge(descProblems, float64(len(c.h.look(ctx).Problems)))
	c.h.watch.measure(now, ch)
	counts, err := c.h.db.Counts(ctx, now)
	if err != nil {
		return
	}
	for state, n := range counts.Signals {
		gauge(descSignals, float64(n), string(state))
	}
	for stage, n := range counts.Residents {
		gauge(descPeople, float64(n), string(stage))
	}
	for lane, u := range counts.Unsent {
		name := [...]string{"distress", "answer", "scheduled"}[lane]
		gauge(descUnsent, float64(u.Messages), name)
		if !u.Oldest.IsZero() {
			gauge(descOldest, max(0, now.Sub(u.Oldest).Seconds()), name)
		}
	}
	gauge(descDead, float64(counts.DeadLetters))
	if !counts.Timer.IsZero() {
		gauge(descClock, max(0, now.Sub(counts.Timer).Seconds()))
	}
}

// measure gives what the house found when it looked at itself.
func (w *watch) measure(now time.Time, ch chan<- prometheus.Metric) {
	w.mu.Lock()
	defer w.mu.Unlock()
	send := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
	if !w.audited.IsZero() {
		send(descAudited, prometheus.GaugeValue, now.Sub(w.audited).Seconds())
	}
	for flaw := range flawTexts {
		send(descFlaws, prometheus.GaugeValue, float64(w.flaws[flaw]), string(flaw))
	}
	send(descStuck, prometheus.GaugeValue, float64(w.stuck))
	if w.canary.flown.IsZero() {
		return
	}
	if !w.canary.arrived.IsZero() {
		send(descCanary, prometheus.GaugeValue, now.Sub(w.canary.arrived).Seconds())
		send(descFlight, prometheus.GaugeValue, w.canary.took.Seconds())
	}
	send(descLost, prometheus.CounterValue, float64(w.canary.lost))
}
