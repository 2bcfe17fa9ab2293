package localbranch

import (
	"context"
	"net"
	"net/url"
	"strconv"

	"github.com/espalier-go/espalier/branch"
)

// host is where branches listen: the loopback interface, never a network.
const host = "127.0.0.1"

// Endpoint implements branch.Provider. There is no pooler on this machine:
// PooledURL equals URL.
func (p *Provider) Endpoint(ctx context.Context, name string) (branch.Endpoint, error) {
	st, records, unlock, err := p.locked(ctx, "connect to", use{name, shared})
	if err != nil {
		return branch.Endpoint{}, fail("connect to", name, err, "")
	}
	defer unlock()
	r := records[0]
	srv, err := p.wake(ctx, st, r)
	if err != nil {
		return branch.Endpoint{}, fail("connect to", name, err, "")
	}
	p.keepHistoryLater(ctx, r)
	return endpoint(srv.Port(), r.Password), nil
}

func endpoint(port int, password string) branch.Endpoint {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(Role, password),
		Host:     net.JoinHostPort(host, strconv.Itoa(port)),
		Path:     "/" + Database,
		RawQuery: "sslmode=disable",
	}
	return branch.Endpoint{Host: host, Port: port, Database: Database, Role: Role, URL: u.String(), PooledURL: u.String()}
}
