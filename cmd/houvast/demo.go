package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"houvast/web"
)

const helpDemo = `usage: houvast demo

Plays an invented town: the real house, with a resident, a peer expert and a
team, against a Telegram and a Mattermost that live in this same process. It
needs no token, no account and no server, and keeps nothing when it ends.

Open the address it prints. HOUVAST_LISTEN chooses it (default 127.0.0.1:8700).

Example:
  houvast demo
`

// demo plays an invented town until ctx ends.
func demo(ctx context.Context, args []string, w world) int {
	if !noArguments("demo", args, w) {
		return exitUsage
	}
	listen := w.env("HOUVAST_LISTEN")
	if listen == "" {
		listen = defaultListen
	}
	if err := runDemo(ctx, listen, &movable{base: time.Now}, w); err != nil {
		fmt.Fprintf(w.err, "houvast demo: %v\n", err)
		return exitFaults
	}
	return exitOK
}

func runDemo(ctx context.Context, listen string, clock *movable, w world) (err error) {
	folder, err := os.MkdirTemp("", "houvast-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	log := slog.New(slog.NewTextHandler(w.err, &slog.HandlerOptions{Level: slog.LevelError}))
	t, err := newTown(folder, clock, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	if err := t.open(ctx); err != nil {
		return err
	}
	s := newSandbox(t)
	if err := s.settleIn(ctx); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("HOUVAST_LISTEN: %w", err)
	}
	mux := t.house.handler()
	mux.Handle("/", web.New(web.Options{Sandbox: s, Zone: t.network.Zone, Log: log}).Handler())
	fmt.Fprintf(w.out, "De stad staat klaar: http://%s\n", listener.Addr())
	return runWith(ctx, t.house, listener, mux)
}
