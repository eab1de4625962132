package mattermosttest

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// A Pipe is a listener without a network: connections are net.Pipes inside this
// process, so that a server behind it and its clients can live in a synctest
// bubble.
type Pipe struct {
	name    string
	waiting chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

// NewPipe returns a listener that is reached as name, "mattermost.example".
func NewPipe(name string) *Pipe {
	return &Pipe{name: name, waiting: make(chan net.Conn), closed: make(chan struct{})}
}

// Accept waits for the next Dial.
func (p *Pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.waiting:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close ends listening; connections that are open stay open.
func (p *Pipe) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr returns the name.
func (p *Pipe) Addr() net.Addr { return p }

// Network and String make a Pipe its own address.
func (p *Pipe) Network() string { return "pipe" }
func (p *Pipe) String() string  { return p.name }

// DialContext connects to the pipe, whatever the address.
func (p *Pipe) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.waiting <- there:
		return here, nil
	case <-p.closed:
		return nil, &net.OpError{Op: "dial", Net: "pipe", Addr: p, Err: net.ErrClosed}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Transport returns an HTTP transport whose every connection goes to the pipe.
func (p *Pipe) Transport() *http.Transport {
	return &http.Transport{DialContext: p.DialContext}
}
