// Houvast is something to hold on to: a chat and check-in bot that brings
// residents, peer experts and professionals of one municipality together.
//
// This command reads the settings, builds the house and runs it.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // containers have no time zones

	"houvast/bot"
	"houvast/cmd/houvast/author"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], world{env: os.Getenv, now: time.Now, in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}

// A world is what a command may touch besides files and network.
type world struct {
	env      func(string) string
	now      bot.Clock
	in       io.Reader
	out, err io.Writer
}

// The exit codes.
const (
	exitOK     = 0
	exitFaults = 1 // faults were found, or the work could not be done
	exitUsage  = 2 // the call's words are off
)

// A command is one word behind houvast.
type command struct {
	name, about, help string
	run               func(ctx context.Context, args []string, w world) int
}

// commands is the list of what houvast can do, in the order of its help.
func commands() []command {
	return []command{
		{"demo", "play with an invented town; needs nothing", helpDemo, demo},
		{"serve", "run for real, with Telegram and Mattermost", helpServe, serve},
		{"doctor", "say everything that is wrong, and what to do", helpDoctor, doctor},
		{"key", "make a key that seals the database", helpKey, key},
		{"backup", "copy the database, also while serve runs", helpBackup, backup},
		{"restore", "put a backup back, and say what is in it", helpRestore, restore},
		{"flows", "check, play and draw conversations", "", func(_ context.Context, args []string, w world) int {
			return author.Flows(args, w.in, w.out, w.err)
		}},
		{"detect", "look for the words that must not be missed", "", func(_ context.Context, args []string, w world) int {
			return author.Detect(args, w.in, w.out, w.err)
		}},
		{"version", "say which houvast this is", helpVersion, version},
	}
}

// run runs one command and returns its exit code.
func run(ctx context.Context, args []string, w world) int {
	if len(args) == 0 || args[0] == "-h" || args[0] == "--help" || args[0] == "help" {
		out, code := w.out, exitOK
		if len(args) == 0 {
			out, code = w.err, exitUsage
		}
		usage(out)
		return code
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		if c.help != "" && len(args) > 1 && (args[1] == "-h" || args[1] == "--help") {
			fmt.Fprint(w.out, c.help)
			return exitOK
		}
		return c.run(ctx, args[1:], w)
	}
	fmt.Fprintf(w.err, "houvast: there is no command %q\n\n", args[0])
	usage(w.err)
	return exitUsage
}

func usage(out io.Writer) {
	fmt.Fprint(out, "Houvast: something to hold on to.\n\nusage: houvast COMMAND\n\n")
	for _, c := range commands() {
		fmt.Fprintf(out, "  %-9s %s\n", c.name, c.about)
	}
	fmt.Fprint(out, "\nTry first:  houvast demo\nMore:       houvast COMMAND -h\n")
}

// noArguments reports whether args is empty, and says so when it is not.
func noArguments(name string, args []string, w world) bool {
	if len(args) == 0 {
		return true
	}
	fmt.Fprintf(w.err, "houvast %s takes no arguments; see: houvast %s -h\n", name, name)
	return false
}
