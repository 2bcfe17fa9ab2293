package neontest

import (
	"net/url"
	"strings"
)

// direct takes Neon's pooler out of a connection string: databases are made
// and locks are held on a session, which a transaction pooler doesn't give.
func direct(conn string) string {
	u, err := url.Parse(conn)
	if err != nil || u.Host == "" {
		return conn
	}
	label, rest, ok := strings.Cut(u.Host, ".")
	if endpoint, pooled := strings.CutSuffix(label, "-pooler"); ok && pooled {
		u.Host = endpoint + "." + rest
	}
	return u.String()
}
