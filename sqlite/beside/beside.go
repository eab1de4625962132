// Package beside lets commands work beside the one process that has a database
// open, such as a backup while Houvast serves: the command asks, and that process
// does it.
package beside

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// ErrNotServed means that no process has the database open and listens beside it.
var ErrNotServed = errors.New("no houvast is serving this database")

// maxRequest is how long a request or answer may be, in bytes.
const maxRequest = 1 << 20

// A Handler carries out one command of another process. Its request is the whole
// JSON object that was sent; what it returns is sent back as JSON.
type Handler func(ctx context.Context, request json.RawMessage) (any, error)

// Serve listens on a socket beside the database at path until ctx ends. Only the
// owner of the file can reach it; only who holds the lock of the database may call
// Serve. A request is one line, such as {"do":"backup","path":"..."}, which goes to
// the handler of that name; the answer is one line, {"ok":...} or {"error":"..."}.
func Serve(ctx context.Context, path string, handlers map[string]Handler) error {
	listener, err := listen(ctx, socketPath(path))
	if err != nil {
		return fmt.Errorf("listen beside the database: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()

	var talking sync.WaitGroup
	defer talking.Wait()
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("listen beside the database: %w", err)
		}
		talking.Go(func() {
			stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
			defer stop()
			serve(ctx, conn, handlers)
		})
	}
}

// serve answers one request. Whoever asked and went away gets no answer.
func serve(ctx context.Context, conn net.Conn, handlers map[string]Handler) {
	defer conn.Close()
	var answer any
	if ok, err := handle(ctx, conn, handlers); err != nil {
		answer = map[string]string{"error": err.Error()}
	} else {
		answer = map[string]any{"ok": ok}
	}
	line, err := json.Marshal(answer)
	if err != nil {
		line = []byte(`{"error":"the answer could not be written as JSON"}`)
	}
	_, _ = conn.Write(append(line, '\n'))
}

func handle(ctx context.Context, conn net.Conn, handlers map[string]Handler) (any, error) {
	line, err := bufio.NewReader(io.LimitReader(conn, maxRequest)).ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("read the request: %w", err)
	}
	var request struct {
		Do string `json:"do"`
	}
	if err := json.Unmarshal(line, &request); err != nil {
		return nil, fmt.Errorf("the request is not JSON: %w", err)
	}
	h, ok := handlers[request.Do]
	if !ok {
		return nil, fmt.Errorf("unknown command %q", request.Do)
	}
	return h(ctx, line)
}

// Ask sends request, as one JSON object with a "do", to the process that serves
// the database at path, and reads its answer into answer (nil: not wanted). It is
// [ErrNotServed] if there is none.
func Ask(ctx context.Context, path string, request, answer any) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	line, err := json.Marshal(request)
	if err != nil {
		return err
	}
	var conn net.Conn
	err = nearby(socketPath(path), func(name string) (err error) {
		conn, err = (&net.Dialer{}).DialContext(ctx, "unix", name)
		return err
	})
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w (%s)", ErrNotServed, path)
	}
	if err != nil {
		return fmt.Errorf("ask the serving houvast: %w", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := conn.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("ask the serving houvast: %w", err)
	}
	var said struct {
		OK    json.RawMessage `json:"ok"`
		Error string          `json:"error"`
	}
	if err := json.NewDecoder(io.LimitReader(conn, maxRequest)).Decode(&said); err != nil {
		return errors.Join(fmt.Errorf("the serving houvast did not answer: %w", err), ctx.Err())
	}
	if said.Error != "" {
		return errors.New(said.Error)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(said.OK, answer)
}

func socketPath(path string) string { return path + ".sock" }

// listen makes the socket. What a process that was killed left there is taken
// away first: who holds the lock may.
func listen(ctx context.Context, path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var l net.Listener
	err := nearby(path, func(name string) (err error) {
		l, err = (&net.ListenConfig{}).Listen(ctx, "unix", name)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// maxSocketName is how long the system lets the name of a socket be, with room
// to spare; Linux has 108 bytes, others 104.
const maxSocketName = 100

// nearby calls do with a name for path that is short enough for a socket: on
// Linux a folder can also be named by the number it is open under.
func nearby(path string, do func(name string) error) error {
	if len(path) <= maxSocketName {
		return do(path)
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(do(filepath.Join("/proc/self/fd", strconv.Itoa(int(folder.Fd())), filepath.Base(path))), folder.Close())
}
