package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"houvast/web"
)

const helpServe = `usage: houvast serve

Runs for real, with a bot of Telegram and a bot account of Mattermost.
Settings come from the environment; each secret also from a file, as NAME_FILE:

  HOUVAST_DB                        the database file
  HOUVAST_KEY_FILE                  the key that seals it (houvast key makes one)
  HOUVAST_TELEGRAM_TOKEN            from @BotFather
  HOUVAST_TELEGRAM_URL              another Bot API server (default: the public one)
  HOUVAST_MATTERMOST_URL            the Mattermost server
  HOUVAST_MATTERMOST_TOKEN          of the bot account
  HOUVAST_MATTERMOST_TEAM           name of the team
  HOUVAST_MATTERMOST_COMMAND_TOKEN  of the slash command /houvast
  HOUVAST_LISTEN                    where to listen (default 127.0.0.1:8700)
  HOUVAST_URL                       the address Mattermost reaches it at
  HOUVAST_NETWORK                   the network; read only while the database has none
  HOUVAST_LOG                       json (default) or text
  HOUVAST_CANARY_CHANNEL            a private channel in which, every five minutes, a sign
                                    of life is posted, read back and taken away
  HOUVAST_DAILY_CHANNEL             where one line a day says that all is well, or what is
                                    not (default: the channel of the first team)
  TMPDIR                            a folder of its own that lasts and that nobody else can
                                    write: code for drawing is kept there, and run

It refuses to start only on faults of its own settings, key, network file or
database. When Telegram or Mattermost is away it starts all the same, /health
is red, and it keeps trying.

Example:
  houvast key /etc/houvast/key
  set -a; . /etc/houvast/env; set +a
  houvast doctor && houvast serve
`

// serve runs the house for real until ctx ends.
func serve(ctx context.Context, args []string, w world) int {
	if !noArguments("serve", args, w) {
		return exitUsage
	}
	settings, err := readSettings(w.env)
	if err != nil {
		fmt.Fprintf(w.err, "houvast serve:\n%v\n", err)
		return exitFaults
	}
	log := newLog(w.err, settings.LogText)
	network, err := readNetworkFile(settings.Network)
	if err != nil {
		fmt.Fprintf(w.err, "houvast serve: %v\n", err)
		return exitFaults
	}
	h, err := raise(ctx, plan{settings: settings, network: network, now: w.now, log: log, tidy: debug.FreeOSMemory})
	if err != nil {
		fmt.Fprintf(w.err, "houvast serve: %v\n", err)
		return exitFaults
	}
	listener, err := net.Listen("tcp", settings.Listen)
	if err != nil {
		fmt.Fprintf(w.err, "houvast serve: HOUVAST_LISTEN: %v\n", errors.Join(err, h.close()))
		return exitFaults
	}
	if err := web.CodeKept(ctx, w.env("TMPDIR")); err != nil {
		log.WarnContext(ctx, "name a folder of its own in TMPDIR; see houvast.service", "err", err)
	}
	log.InfoContext(ctx, "houvast serves", "address", listener.Addr().String(), "version", versionText())
	debug.SetGCPercent(50) // it lives small for months, and a collection costs nothing that anybody waits for
	mux := h.handler()
	mux.Handle("GET /{$}", front())
	err = runWith(ctx, h, listener, mux)
	if err := errors.Join(err, h.close()); err != nil {
		log.Error("houvast stopped badly", "err", err)
		return exitFaults
	}
	log.Info("houvast stopped")
	return exitOK
}

func readNetworkFile(name string) ([]byte, error) {
	if name == "" {
		return nil, nil
	}
	source, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("HOUVAST_NETWORK: %w", err)
	}
	return source, nil
}

// drainWithin is how long requests that are under way may take at a stop.
const drainWithin = 8 * time.Second

// runWith serves HTTP and runs the house until ctx ends, then drains both. The house
// moves in meanwhile; one that cannot is an error, and has confirmed nothing to anybody.
func runWith(ctx context.Context, h *house, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, MaxHeaderBytes: 32 << 10,
		ErrorLog:    slog.NewLogLogger(h.log.Handler(), slog.LevelWarn),
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	inside, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() { h.run(inside) })
	wg.Go(func() {
		if err := h.db.Serve(inside, nil); err != nil && inside.Err() == nil {
			h.log.Error("commands beside the database are not heard", "err", err)
		}
	})
	failed := make(chan error, 2)
	go func() { failed <- fmt.Errorf("listen: %w", server.Serve(listener)) }()
	wg.Go(func() {
		if err := h.moveIn(inside); err != nil {
			if inside.Err() == nil {
				failed <- err
			}
			return
		}
		if h.tidy != nil {
			h.tidy()
		}
	})
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainWithin)
	defer cancel()
	if shut := server.Shutdown(drain); shut != nil {
		err = errors.Join(err, server.Close())
	}
	stop()
	wg.Wait()
	return err
}

// front is the page at / while a house serves for real: coordinators have no
// editor here yet, so it says only what this is.
func front() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, "Houvast draait. Kijk op /health hoe het gaat.")
	})
}

// newLog writes JSON, or text for people. No key of it holds what a person said.
func newLog(out io.Writer, text bool) *slog.Logger {
	if text {
		return slog.New(slog.NewTextHandler(out, nil))
	}
	return slog.New(slog.NewJSONHandler(out, nil))
}
