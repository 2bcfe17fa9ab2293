package wireproxy

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Way is how a connection breaks.
type Way int

const (
	// EOF is a connection that was closed in order.
	EOF Way = iota
	// Reset is one that the network broke.
	Reset
	// Shutdown is a session that the server ended on purpose, and said so
	// (57P01), in a message of its own; the connection stays open.
	Shutdown
	// ShutdownTogether says so together with the message before, and closes.
	ShutdownTogether
	// Torn is an end of file in the middle of a message.
	Torn
	// Unsent is a connection that breaks on the way to the server, which sees
	// only the first messages of the client.
	Unsent
	// CancelAnswer breaks nothing: what OnCancel has named is called before a
	// message of the server passes, and the client has given up when it does.
	CancelAnswer
	// CancelSent is the same before a message of the client passes.
	CancelSent
)

// Ways are all of them that break the connection.
var Ways = map[string]Way{"end of file": EOF, "reset": Reset, "shutdown": Shutdown,
	"shutdown together": ShutdownTogether, "torn message": Torn, "unsent": Unsent}

// Cutter is a network that hands the server's messages over one at a time: the
// client never finds two in one read. It breaks a connection behind the one
// that Cut names.
type Cutter struct {
	dial func(ctx context.Context, network, addr string) (net.Conn, error)

	mu    sync.Mutex
	way   Way
	left  int
	armed bool
	on    *cutPair
	fired bool
	// onCancel is called by the ways that cancel.
	onCancel func()
}

// NewCutter makes a network; Dial goes into the configuration of pgx.
func NewCutter() *Cutter {
	return &Cutter{dial: new(net.Dialer).DialContext}
}

// Cut breaks the connection that is used next, when after messages of the server
// (with Unsent: of the client) have passed.
func (c *Cutter) Cut(way Way, after int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.way, c.left, c.armed, c.on, c.fired = way, after, true, nil, false
}

// OnCancel sets what the ways that cancel call.
func (c *Cutter) OnCancel(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onCancel = f
}

// Fired disarms the cutter, and tells whether the connection has been cut.
func (c *Cutter) Fired() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed = false
	return c.fired
}

type cutPair struct {
	client, server net.Conn
	once           sync.Once
	mu             sync.Mutex
	reset          bool
	// expired is closed when the client gives up waiting.
	expired  chan struct{}
	expiring sync.Once
}

func (p *cutPair) close() {
	p.once.Do(func() {
		_ = p.client.Close()
		_ = p.server.Close()
	})
}

// clientConn is the client's end.
type clientConn struct {
	net.Conn
	pair *cutPair
}

func (c clientConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.pair.mu.Lock()
	defer c.pair.mu.Unlock()
	if err == io.EOF && c.pair.reset {
		err = &net.OpError{Op: "read", Net: "pipe", Err: syscall.ECONNRESET}
	}
	return n, err
}

// SetDeadline is called by pgconn when the context of a statement ends.
func (c clientConn) SetDeadline(at time.Time) error {
	err := c.Conn.SetDeadline(at)
	if !at.IsZero() {
		c.pair.expiring.Do(func() { close(c.pair.expired) })
	}
	return err
}

func (c clientConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if err == io.ErrClosedPipe {
		err = &net.OpError{Op: "write", Net: "pipe", Err: syscall.EPIPE}
	}
	return n, err
}

// Dial is a DialFunc of pgconn.
func (c *Cutter) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	server, err := c.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	// Writing to a pipe waits for the reader: so one read gets one message.
	near, far := net.Pipe()
	p := &cutPair{client: far, server: server, expired: make(chan struct{})}
	go func() {
		defer p.close()
		c.upstream(p)
	}()
	go func() {
		defer p.close()
		c.downstream(p)
	}()
	return clientConn{near, p}, nil
}

// pass tells whether a message of this side may pass, and how it breaks if not.
func (c *Cutter) pass(p *cutPair, fromClient bool) (bool, Way) {
	c.mu.Lock()
	if fromClient && c.armed && c.on == nil {
		c.on = p
	}
	if !c.armed || c.on != p || fromClient != (c.way == Unsent || c.way == CancelSent) {
		c.mu.Unlock()
		return true, 0
	}
	if c.left > 0 {
		c.left--
		c.mu.Unlock()
		return true, 0
	}
	c.armed, c.fired = false, true
	way, cancel := c.way, c.onCancel
	c.mu.Unlock()
	if way != CancelAnswer && way != CancelSent {
		return false, way
	}
	cancel()
	select {
	case <-p.expired:
	case <-time.After(patience):
	}
	return true, 0
}

// patience is how long a canceled client is waited for: it may have all that it
// waits for.
const patience = 100 * time.Millisecond

// last tells whether the message that goes now is the one before a shutdown.
func (c *Cutter) last(p *cutPair) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.armed && c.on == p && c.way == ShutdownTogether && c.left == 0 {
		c.armed, c.fired = false, true
		return true
	}
	return false
}

func (c *Cutter) upstream(p *cutPair) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(p.client, head); err != nil {
		return
	}
	rest := make([]byte, binary.BigEndian.Uint32(head)-4)
	if _, err := io.ReadFull(p.client, rest); err != nil {
		return
	}
	if _, err := p.server.Write(append(head, rest...)); err != nil {
		return
	}
	for {
		kind, msg, err := readMessage(p.client)
		if err != nil {
			return
		}
		if kind != 'p' && kind != 'X' {
			if ok, _ := c.pass(p, true); !ok {
				return
			}
		}
		if _, err := p.server.Write(msg); err != nil {
			return
		}
	}
}

func (c *Cutter) downstream(p *cutPair) {
	for {
		_, msg, err := readMessage(p.server)
		if err != nil {
			return
		}
		ok, way := c.pass(p, false)
		if ok {
			last := c.last(p)
			if last {
				msg = append(msg, shutdown()...)
			}
			if _, err := p.client.Write(msg); err != nil || last {
				return
			}
			continue
		}
		switch way {
		case Reset:
			p.mu.Lock()
			p.reset = true
			p.mu.Unlock()
		case ShutdownTogether:
			_, _ = p.client.Write(shutdown())
		case Shutdown:
			_, _ = p.client.Write(shutdown())
			_, _ = io.Copy(io.Discard, p.server)
		case Torn:
			_, _ = p.client.Write(msg[:len(msg)-1])
		}
		return
	}
}

func shutdown() []byte {
	e := pgproto3.ErrorResponse{Severity: "FATAL", SeverityUnlocalized: "FATAL", Code: "57P01",
		Message: "terminating connection due to administrator command"}
	b, _ := e.Encode(nil)
	return b
}
