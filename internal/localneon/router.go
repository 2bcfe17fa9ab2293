package localneon

import (
	"net/url"
	"strconv"

	"github.com/espalier-go/espalier/internal/neonapi"
)

// Address is where a compute is reached.
type Address struct {
	// Host and PoolerHost are host:port, direct and through the pooler.
	Host, PoolerHost string
	// Query is what stands behind the ? of its URLs.
	Query string
}

// Router says where a compute is reached. port is the loopback port of the
// branch's Postgres.
type Router func(e neonapi.Endpoint, port int) Address

// Direct leads to the branch's own loopback port, where there is neither TLS
// nor a pooler.
func Direct(e neonapi.Endpoint, port int) Address {
	host := "127.0.0.1:" + strconv.Itoa(port)
	query := "sslmode=disable"
	if e.Type == neonapi.ReadOnly {
		query += "&options=-c%20default_transaction_read_only%3Don"
	}
	return Address{Host: host, PoolerHost: host, Query: query}
}

// uri is the connection string of a role on a compute.
func uri(a Address, pooled bool, database, role, password string) string {
	u := url.URL{Scheme: "postgresql", User: url.UserPassword(role, password), Host: a.Host, Path: "/" + database, RawQuery: a.Query}
	if pooled {
		u.Host = a.PoolerHost
	}
	return u.String()
}
