package pgbouncer

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Config says how Start runs PgBouncer. Its zero value works.
type Config struct {
	// Install is the program. Defaults to Find.
	Install *Install
	// PoolSize is how many connections to the server a database gets. Defaults
	// to 20.
	PoolSize int
	// Prepared is how many named statements it keeps on each connection to the
	// server. Defaults to 0: none, so clients can't name statements. Before
	// PgBouncer 1.21 none can be kept.
	Prepared int
}

func (c Config) withDefaults() Config {
	if c.PoolSize <= 0 {
		c.PoolSize = 20
	}
	return c
}

// Host names the pooler: neon knows by the label that it is one, and leads it to
// the loopback address. For others that is Address.
const Host = "ep-local-pooler.localhost"

// user is whom the clients log in as.
const user = "espalier"

// target is the server behind it.
type target struct {
	host, user, password, tls string
	port                      int
}

func parseTarget(serverURL string) (target, error) {
	u, err := url.Parse(serverURL)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		// The parser's error would quote the password.
		return target{}, fmt.Errorf("the server's URL can't be parsed")
	}
	t := target{host: u.Hostname(), port: 5432, tls: "prefer"}
	if h := u.Query().Get("host"); h != "" {
		t.host = h
	}
	for _, p := range []string{u.Port(), u.Query().Get("port")} {
		if n, err := strconv.Atoi(p); err == nil {
			t.port = n
		}
	}
	if u.User != nil {
		t.user = u.User.Username()
		t.password, _ = u.User.Password()
	}
	if mode := u.Query().Get("sslmode"); mode != "" {
		t.tls = mode
	}
	if strings.HasPrefix(t.host, "/") {
		t.tls = "disable"
	}
	return t, nil
}

// ini renders the configuration. Every database of the server is offered.
func ini(c Config, prepares bool, t target, port int, userlist string) (string, error) {
	var b strings.Builder
	db := []string{"host", t.host, "port", strconv.Itoa(t.port), "user", t.user, "password", t.password}
	b.WriteString("[databases]\n*")
	sep := " = "
	for i := 0; i < len(db); i += 2 {
		if db[i+1] == "" {
			continue
		}
		if strings.ContainsAny(db[i+1], "\r\n\x00") {
			return "", fmt.Errorf("the server's %s has a line break", db[i])
		}
		fmt.Fprintf(&b, "%s%s='%s'", sep, db[i], strings.ReplaceAll(db[i+1], "'", "''"))
		sep = " "
	}
	b.WriteString("\n[pgbouncer]\n")
	set := func(name string, value any) { fmt.Fprintf(&b, "%s = %v\n", name, value) }
	set("listen_addr", "127.0.0.1")
	set("listen_port", port)
	set("unix_socket_dir", "")
	set("auth_type", "scram-sha-256")
	set("auth_file", userlist)
	set("pool_mode", "transaction")
	set("default_pool_size", c.PoolSize)
	set("max_client_conn", 1000)
	set("server_tls_sslmode", t.tls)
	set("server_login_retry", 1)
	// pgx sends these; Neon's proxy passes them over as well.
	set("ignore_startup_parameters", "extra_float_digits,search_path,statement_timeout")
	set("log_connections", 0)
	set("log_disconnections", 0)
	set("log_stats", 0)
	if prepares {
		set("max_prepared_statements", c.Prepared)
	}
	return b.String(), nil
}

func clientURL(port int, password, database string) string {
	u := url.URL{Scheme: "postgresql", User: url.UserPassword(user, password), Host: net.JoinHostPort(Host, strconv.Itoa(port)),
		Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}
