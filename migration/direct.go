package migration

import (
	"net/url"
	"strings"
)

// DirectURL returns the direct URL of a Neon endpoint for its pooled one, whose
// host is ep-…-pooler.…, and true. Any other URL comes back as it is.
func DirectURL(conn string) (direct string, switched bool) {
	cfg, err := parseURL(conn)
	if err != nil || checkDirect(cfg) == nil || len(cfg.Fallbacks) > 0 && manyHosts(conn) {
		return conn, false
	}
	label, _, _ := strings.Cut(cfg.Host, ".")
	if !strings.HasPrefix(label, "ep-") {
		return conn, false
	}
	direct = strings.Replace(conn, cfg.Host, strings.TrimSuffix(label, "-pooler")+strings.TrimPrefix(cfg.Host, label), 1)
	// The host's name may come earlier in the URL, as a part of the password.
	got, err := parseURL(direct)
	if err != nil || got.Password != cfg.Password || got.User != cfg.User || got.Database != cfg.Database || got.Port != cfg.Port || checkDirect(got) != nil {
		return conn, false
	}
	return direct, true
}

// manyHosts tells whether the URL names more than one host.
func manyHosts(conn string) bool {
	u, err := url.Parse(conn)
	return err != nil || strings.Contains(u.Host, ",")
}
