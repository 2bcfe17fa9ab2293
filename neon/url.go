package neon

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

// URL is what a database URL says, without its password.
type URL struct {
	Host     string
	Port     uint16
	Database string
	User     string
	// Endpoint is the Neon endpoint id, ep-…, or empty.
	Endpoint string
	// Pooled tells whether the host is a transaction pooler's.
	Pooled bool
}

// URLError says why a database URL can't be used. It never repeats the URL.
type URLError struct {
	Reason string
	hint   string
}

func (e *URLError) Error() string { return "neon: invalid database URL: " + e.Reason }

// Hint says what to do about it.
func (e *URLError) Hint() string { return e.hint }

const urlForm = "the form is postgresql://user:password@host/database?sslmode=require; " +
	"special characters of the password are percent-encoded"

// ParseURL reads a database URL, or the keyword=value form of one. What the URL
// leaves out comes from the PG* environment variables, as in psql.
func ParseURL(s string) (URL, error) {
	u, _, err := parseURL(s)
	return u, err
}

// String is the URL without its password.
func (u URL) String() string {
	out := url.URL{Scheme: "postgresql", Host: net.JoinHostPort(u.Host, strconv.Itoa(int(u.Port))), Path: "/" + u.Database}
	if strings.HasPrefix(u.Host, "/") {
		out.Host, out.RawQuery = "", url.Values{"host": {u.Host}, "port": {strconv.Itoa(int(u.Port))}}.Encode()
	}
	if u.User != "" {
		out.User = url.User(u.User)
	}
	return out.String()
}

func parseURL(s string) (URL, *pgxpool.Config, error) {
	if strings.TrimSpace(s) == "" {
		return URL{}, nil, &URLError{Reason: "it is empty", hint: "set DATABASE_URL; " + urlForm}
	}
	if scheme, _, ok := strings.Cut(s, "://"); ok && !strings.ContainsAny(scheme, "= '") &&
		scheme != "postgres" && scheme != "postgresql" {
		return URL{}, nil, &URLError{Reason: "the scheme is not postgresql", hint: urlForm}
	}
	// The errors of the parsers quote pieces of their input, and a password that
	// isn't encoded ends up in any piece: none is passed on.
	cfg, err := pgxpool.ParseConfig(s)
	if err != nil {
		return URL{}, nil, &URLError{Reason: "it can't be parsed", hint: urlForm}
	}
	c := cfg.ConnConfig
	u := URL{Host: c.Host, Port: c.Port, Database: c.Database, User: c.User}
	label, _, _ := strings.Cut(c.Host, ".")
	u.Endpoint, u.Pooled = strings.CutSuffix(label, "-pooler")
	if !strings.HasPrefix(u.Endpoint, "ep-") {
		u.Endpoint = ""
	}
	if isNeon(u.Host) {
		if c.TLSConfig == nil {
			return URL{}, nil, &URLError{Reason: "Neon refuses connections without TLS",
				hint: "replace sslmode=disable by sslmode=require"}
		}
		// sslmode=prefer would repeat a failed connect without TLS.
		fallbacks := c.Fallbacks[:0]
		for _, f := range c.Fallbacks {
			if f.TLSConfig != nil {
				fallbacks = append(fallbacks, f)
			}
		}
		c.Fallbacks = fallbacks
	}
	return u, cfg, nil
}

func isNeon(host string) bool {
	return strings.HasSuffix(host, ".neon.tech") || strings.HasSuffix(host, ".neon.build")
}

// droppedParams names what the URL asks for and Neon's proxy drops in silence.
func droppedParams(cfg *pgxpool.Config) []string {
	if !isNeon(cfg.ConnConfig.Host) {
		return nil
	}
	var dropped []string
	for name := range cfg.ConnConfig.RuntimeParams {
		switch name {
		case "application_name", "options", "replication":
		default:
			dropped = append(dropped, fmt.Sprintf("%q", name))
		}
	}
	return dropped
}
