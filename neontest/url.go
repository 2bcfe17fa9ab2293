package neontest

import (
	"net/url"
	"strings"
)

// withDatabase puts another database's name into a connection string of
// either form, URL or keywords.
func withDatabase(conn, name string) string {
	if !isURL(conn) {
		return conn + " dbname=" + name // the last one counts
	}
	u, err := url.Parse(conn)
	if err != nil {
		return conn
	}
	u.Path, u.RawPath = "/"+name, ""
	q := u.Query()
	if q.Has("dbname") {
		q.Del("dbname")
		u.RawQuery = q.Encode()
	}
	return u.String()
}

// direct takes Neon's pooler out of a connection string: databases are made
// and locks are held on a session, which a transaction pooler doesn't give.
func direct(conn string) string {
	if !isURL(conn) {
		return conn
	}
	u, err := url.Parse(conn)
	if err != nil {
		return conn
	}
	label, rest, ok := strings.Cut(u.Host, ".")
	if endpoint, pooled := strings.CutSuffix(label, "-pooler"); ok && pooled {
		u.Host = endpoint + "." + rest
	}
	return u.String()
}

func isURL(conn string) bool {
	return strings.HasPrefix(conn, "postgres://") || strings.HasPrefix(conn, "postgresql://")
}
