package sqlite

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

// Serve listens on a socket beside the database until ctx ends, so that commands
// that write can go through the one process that may. Only the owner of the file
// can reach it. A request is one line, {"do":"backup","path":"..."}; the answer
// is one line, {"ok":...} or {"error":"..."}.
//
// It knows "backup", "backup-sealed" and "check" itself; handlers adds others by
// their name.
func (d *DB) Serve(ctx context.Context, handlers map[string]Handler) error {
	all := map[string]Handler{"backup": d.serveBackup, "backup-sealed": d.serveBackupSealed, "check": d.serveCheck}
	for name, h := range handlers {
		all[name] = h
	}
	listener, err := listen(ctx, socketPath(d.path))
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
			serve(ctx, conn, all)
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

func (d *DB) serveBackup(ctx context.Context, request json.RawMessage) (any, error) {
	var r struct {
		Path string `json:"path"`
	}
	if err := json.Unmarshal(request, &r); err != nil {
		return nil, err
	}
	if !filepath.IsAbs(r.Path) {
		return nil, errors.New("backup needs the absolute path of the copy")
	}
	if err := d.Backup(ctx, r.Path); err != nil {
		return nil, err
	}
	return map[string]string{"path": r.Path}, nil
}

// serveBackupSealed has a name of its own, so that a houvast which knows nothing of
// sealing refuses, rather than to leave a copy that is not sealed.
func (d *DB) serveBackupSealed(ctx context.Context, request json.RawMessage) (any, error) {
	var r struct {
		Path string   `json:"path"`
		To   []string `json:"to"`
	}
	if err := json.Unmarshal(request, &r); err != nil {
		return nil, err
	}
	if !filepath.IsAbs(r.Path) {
		return nil, errors.New("backup needs the absolute path of the copy")
	}
	if err := d.BackupSealed(ctx, r.Path, r.To); err != nil {
		return nil, err
	}
	return map[string]string{"path": r.Path}, nil
}

func (d *DB) serveCheck(ctx context.Context, _ json.RawMessage) (any, error) {
	return map[string]string{}, d.Check(ctx)
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
