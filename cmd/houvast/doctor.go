package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"houvast/bot/mattermost"
	"houvast/content/file"
	"houvast/flows"
	"houvast/sqlite"
)

const helpDoctor = `usage: houvast doctor

Names everything that is wrong at once, in words that say what to do: settings,
key, database, network file, reserve channels, Telegram's token, Mattermost's token, team, channels
and people, the way back from Mattermost to us, push notifications, the clock.
Telegram and Mattermost are looked at once what lies on this machine is right.

It changes nothing. Exit code 1 means that something must be mended.

Example:
  houvast doctor
`

// doctor looks at everything that must be right.
func doctor(ctx context.Context, args []string, w world) int {
	if !noArguments("doctor", args, w) {
		return exitUsage
	}
	c := &checkup{w: w}
	settings, err := readSettings(w.env)
	if err != nil {
		for _, fault := range strings.Split(err.Error(), "\n") {
			c.fault("instellingen", fault)
		}
	}
	source, err := readNetworkFile(settings.Network)
	if err != nil {
		c.fault("netwerk", err.Error())
	}
	if settings.DB != "" {
		c.database(ctx, settings)
	}
	if source != nil {
		_, found := file.ReadNetwork(settings.Network, source, w.now())
		for _, f := range found {
			c.say(f.Level == flows.Fault, "netwerk", file.Format(f))
		}
	}
	c.reserves(ctx, settings, source)
	if c.faults == 0 {
		c.doors(ctx, settings, source)
	} else {
		fmt.Fprintln(w.out, "Telegram en Mattermost bekijk ik als dit in orde is.")
	}
	if c.faults == 0 {
		fmt.Fprintln(w.out, "Alles wat ik kon bekijken is in orde.")
		return exitOK
	}
	number := "1 fout"
	if c.faults > 1 {
		number = fmt.Sprint(c.faults, " fouten")
	}
	fmt.Fprintf(w.out, "%s. Maak het in orde en vraag het opnieuw: houvast doctor\n", number)
	return exitFaults
}

// A checkup gathers what is found.
type checkup struct {
	w      world
	faults int
}

func (c *checkup) say(fault bool, about, text string) {
	level := "let op"
	if fault {
		level = "fout"
		c.faults++
	}
	fmt.Fprintf(c.w.out, "%s: %s: %s\n", level, about, text)
}

func (c *checkup) fault(about, text string) { c.say(true, about, text) }

// database looks whether the file can be read with this key, and written beside.
func (c *checkup) database(ctx context.Context, s Settings) {
	probe, err := os.CreateTemp(filepath.Dir(s.DB), ".houvast-doctor-*")
	if err != nil {
		c.fault("database", fmt.Sprintf("in de map van HOUVAST_DB kan niet geschreven worden: %v", err))
		return
	}
	probe.Close()
	os.Remove(probe.Name())
	if _, err := os.Stat(s.DB); os.IsNotExist(err) || len(s.keys) == 0 {
		return
	}
	db, err := sqlite.OpenReading(ctx, sqlite.Options{Path: s.DB, Keys: s.keys})
	if err != nil {
		c.fault("database", err.Error())
		return
	}
	defer db.Close()
	if err := db.Check(ctx); err != nil {
		c.fault("database", fmt.Sprintf("het bestand is beschadigd, zet een back-up terug: %v", err))
	}
}

// reserves looks whether the people who have a reserve channel by the network can be
// pinged there now. Nobody is kept from working by it; without it nobody may hear of
// danger when Mattermost is silent.
func (c *checkup) reserves(ctx context.Context, s Settings, source []byte) {
	if _, err := os.Stat(s.DB); s.DB == "" || err != nil || len(s.keys) == 0 {
		return // nobody can be known yet
	}
	db, err := sqlite.OpenReading(ctx, sqlite.Options{Path: s.DB, Keys: s.keys})
	if err != nil {
		return // was said already
	}
	defer db.Close()
	if stored, _, err := db.Network(ctx); err == nil && source == nil {
		source = stored
	}
	network, _ := file.ReadNetwork(s.Network, source, c.w.now())
	if network == nil {
		return
	}
	chats, err := db.Peers(ctx)
	if err != nil {
		c.fault("database", err.Error())
		return
	}
	for _, key := range sortedKeys(network.People) {
		p, a := network.People[key], chats[key]
		if p.Reserve == "" || p.Peer() {
			continue
		}
		how := ""
		switch {
		case a.Person == "":
			how = fmt.Sprintf("%s heeft het nog niet. %s typt in Mattermost: /houvast reserve", p.Name, p.Name)
		case a.Blocked:
			how = fmt.Sprintf("%s heeft de bot geblokkeerd. %s laat hem weer toe in Telegram en stuurt: /start", p.Name, p.Name)
		case !a.Yes:
			how = fmt.Sprintf("dat van %s is uit. %s zet het weer aan in Telegram met: /start", p.Name, p.Name)
		}
		if how != "" {
			c.say(false, "reservekanaal", how+". Tot dan komt daar geen seintje als Mattermost stil is.")
		}
	}
}

// doors looks at Telegram and Mattermost, from a house of its own that keeps
// nothing: its database is a file that goes away.
func (c *checkup) doors(ctx context.Context, s Settings, source []byte) {
	if source == nil {
		if source = c.storedNetwork(ctx, s); source == nil {
			return
		}
	}
	folder, err := os.MkdirTemp("", "houvast-doctor-")
	if err != nil {
		c.fault("schijf", err.Error())
		return
	}
	defer os.RemoveAll(folder)
	s.DB = filepath.Join(folder, "houvast.db")
	h, err := build(ctx, plan{settings: s, network: source, now: c.w.now, log: newLog(c.w.err, true)})
	if err != nil {
		c.fault("huis", err.Error())
		return
	}
	defer h.close()

	within, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if _, err := h.telegram.Name(within); err != nil {
		c.fault("Telegram", fmt.Sprintf("Telegram neemt het token niet aan, of is niet te bereiken (%v). Kijk naar HOUVAST_TELEGRAM_TOKEN en naar de verbinding.", err))
	} else {
		c.clock(within, s.TelegramURL)
	}
	stop := c.answerHere(s.Listen, h)
	defer stop()
	all := rooms(h.bot.House().Network)
	for _, channel := range []string{s.Canary, s.Daily} {
		known := slices.ContainsFunc(all, func(r mattermost.Room) bool { return r.Channel == channel })
		if channel != "" && !known {
			all = append(all, mattermost.Room{Channel: channel, Anybody: true})
		}
	}
	for _, f := range h.mattermost.Examine(within, all) {
		c.say(f.Fault, "Mattermost, "+f.About, f.Text)
	}
}

// storedNetwork is the network that the database holds.
func (c *checkup) storedNetwork(ctx context.Context, s Settings) []byte {
	db, err := sqlite.OpenReading(ctx, sqlite.Options{Path: s.DB, Keys: s.keys})
	if err != nil {
		c.fault("netwerk", "er is nog geen netwerk: noem een bestand in HOUVAST_NETWORK")
		return nil
	}
	defer db.Close()
	source, _, err := db.Network(ctx)
	if err != nil || source == nil {
		c.fault("netwerk", "er is nog geen netwerk: noem een bestand in HOUVAST_NETWORK")
		return nil
	}
	return source
}

// answerHere answers callbacks where serve would, unless serve does already: it
// has the same key, so it recognises our button too.
func (c *checkup) answerHere(listen string, h *house) (stop func()) {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return func() {}
	}
	server := &http.Server{Handler: h.handler(), ReadHeaderTimeout: 5 * time.Second}
	go server.Serve(l)
	return func() { server.Close() }
}

// clockOff is how far our clock may be from the world's.
const clockOff = 30 * time.Second

// clock compares our clock with the one in Telegram's answer.
func (c *checkup) clock(ctx context.Context, url string) {
	if url == "" {
		url = "https://api.telegram.org"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
	if err != nil {
		return
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return
	}
	resp.Body.Close()
	theirs, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return
	}
	if off := c.w.now().Sub(theirs); off > clockOff || off < -clockOff {
		c.fault("klok", fmt.Sprintf("de klok van deze machine staat %s verkeerd. Zet de tijd gelijk (NTP).", off.Round(time.Second)))
	}
}
