// Package wireproxy stands between a client and Postgres in tests: it counts the
// round trips that a client waits for, and breaks connections at a chosen
// message. It reads the plain protocol only, so TLS is off.
package wireproxy

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Action is what happens to a message.
type Action int

const (
	// Forward passes the message on.
	Forward Action = iota
	// Drop cuts the connection instead: the server never sees the message.
	Drop
	// Mute passes the message on, and cuts the connection when the server
	// answers: the client never sees the answer.
	Mute
)

// Proxy is one listening proxy.
type Proxy struct {
	// URL leads through the proxy.
	URL string

	listener net.Listener
	network  string
	target   string
	trips    atomic.Int64
	opened   atomic.Int64
	executes atomic.Int64
	sent     atomic.Int64
	received atomic.Int64
	delay    atomic.Int64

	mu    sync.Mutex
	hook  func(kind byte, body []byte) Action
	conns map[*pair]struct{}
}

type pair struct {
	client, server net.Conn
	// answered tells that the server said it is ready since the client spoke.
	answered, muted atomic.Bool
	// asked tells that the client spoke since an answer was last held back.
	asked atomic.Bool
}

// New listens on loopback for the server that dbURL leads to.
func New(dbURL string) (*Proxy, error) {
	cfg, err := pgconn.ParseConfig(dbURL)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: l, conns: make(map[*pair]struct{})}
	host := cfg.Host
	if strings.HasSuffix(host, ".localhost") {
		host = "127.0.0.1" // not every resolver knows it
	}
	p.network, p.target = pgconn.NetworkAddress(host, cfg.Port)
	u := url.URL{Scheme: "postgresql", User: url.UserPassword(cfg.User, cfg.Password), Host: l.Addr().String(),
		Path: "/" + cfg.Database, RawQuery: "sslmode=disable"}
	p.URL = u.String()
	go p.serve()
	return p, nil
}

// Close stops the proxy and cuts all connections.
func (p *Proxy) Close() {
	_ = p.listener.Close()
	p.Cut()
}

// Cut breaks all connections as a network does.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.cut()
	}
}

// Trips is the number of times a client has sent something and waited for the
// server to be ready, without those that make a connection.
func (p *Proxy) Trips() int { return int(p.trips.Load()) }

// Opened is the number of connections made.
func (p *Proxy) Opened() int { return int(p.opened.Load()) }

// Statements is the number of statements that clients had executed.
func (p *Proxy) Statements() int { return int(p.executes.Load()) }

// Bytes is how much clients have sent and received.
func (p *Proxy) Bytes() (sent, received int64) { return p.sent.Load(), p.received.Load() }

// Live is the number of connections that neither side has closed.
func (p *Proxy) Live() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.conns)
}

// Delay holds back what the server says, by d for each time it is asked.
func (p *Proxy) Delay(d time.Duration) { p.delay.Store(int64(d)) }

// OnMessage lets f decide about each message of a client. Nil forwards all. It
// may be called for several connections at once.
func (p *Proxy) OnMessage(f func(kind byte, body []byte) Action) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hook = f
}

func (p *Proxy) decide(kind byte, body []byte) Action {
	p.mu.Lock()
	hook := p.hook
	p.mu.Unlock()
	if hook == nil {
		return Forward
	}
	return hook(kind, body)
}

func (c *pair) cut() {
	for _, conn := range []net.Conn{c.client, c.server} {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
}

func (p *Proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial(p.network, p.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		c := &pair{client: client, server: server}
		p.mu.Lock()
		p.conns[c] = struct{}{}
		p.mu.Unlock()
		go func() {
			p.upstream(c)
			_ = c.server.Close()
			_ = c.client.Close()
			p.mu.Lock()
			delete(p.conns, c)
			p.mu.Unlock()
		}()
		go func() {
			p.downstream(c)
			_ = c.client.Close()
			_ = c.server.Close()
		}()
	}
}

// upstream passes the client's messages on.
func (p *Proxy) upstream(c *pair) {
	// The start-up message has no kind; a cancel request looks alike and ends.
	head := make([]byte, 8)
	if _, err := io.ReadFull(c.client, head); err != nil {
		return
	}
	rest := make([]byte, binary.BigEndian.Uint32(head)-8)
	if _, err := io.ReadFull(c.client, rest); err != nil {
		return
	}
	if binary.BigEndian.Uint32(head[4:]) == 196608 {
		p.opened.Add(1)
	}
	if _, err := c.server.Write(append(head, rest...)); err != nil {
		return
	}
	from, to := bufio.NewReaderSize(c.client, bufferSize), bufio.NewWriterSize(c.server, bufferSize)
	for {
		kind, msg, err := readMessage(from)
		if err != nil {
			return
		}
		p.sent.Add(int64(len(msg)))
		c.asked.Store(true)
		if kind == 'E' || kind == 'Q' {
			p.executes.Add(1)
		}
		if kind != 'X' && kind != 'p' && c.answered.CompareAndSwap(true, false) {
			p.trips.Add(1)
		}
		switch p.decide(kind, msg[5:]) {
		case Drop:
			_ = to.Flush()
			c.cut()
			return
		case Mute:
			c.muted.Store(true)
		}
		if !pass(to, msg, from) {
			return
		}
	}
}

// pass writes a message, and all that is held back when no other waits.
func pass(to *bufio.Writer, msg []byte, from *bufio.Reader) bool {
	if _, err := to.Write(msg); err != nil {
		return false
	}
	return from.Buffered() > 0 || to.Flush() == nil
}

// downstream passes the server's messages on.
func (p *Proxy) downstream(c *pair) {
	from, to := bufio.NewReaderSize(c.server, bufferSize), bufio.NewWriterSize(c.client, bufferSize)
	for {
		kind, msg, err := readMessage(from)
		if err != nil {
			_ = to.Flush()
			return
		}
		p.received.Add(int64(len(msg)))
		if c.muted.Load() {
			_ = to.Flush()
			c.cut()
			return
		}
		if d := time.Duration(p.delay.Load()); d > 0 && c.asked.Load() {
			_ = to.Flush()
			time.Sleep(d)
			// What came meanwhile was under way at the same time.
			c.asked.Store(false)
		}
		if kind == 'Z' || kind == 'G' {
			c.answered.Store(true)
		}
		if !pass(to, msg, from) {
			return
		}
	}
}

const bufferSize = 32 << 10

func readMessage(r io.Reader) (byte, []byte, error) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, nil, err
	}
	msg := make([]byte, 1+binary.BigEndian.Uint32(head[1:]))
	copy(msg, head)
	_, err := io.ReadFull(r, msg[5:])
	return head[0], msg, err
}
