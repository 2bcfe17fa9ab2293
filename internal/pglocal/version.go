package pglocal

import (
	"fmt"
	"regexp"
	"strconv"
)

var versionLine = regexp.MustCompile(`\(PostgreSQL\) ((\d{1,4})(?:\.\d{1,4})?(?:devel|(?:alpha|beta|rc)\d{1,3})?)(?:\s|$)`)

// parseVersion reads what `postgres --version` prints, such as
// "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)".
func parseVersion(out string) (version string, major int, err error) {
	m := versionLine.FindStringSubmatch(out)
	if m == nil {
		return "", 0, fmt.Errorf("not a version of Postgres: %.80q", out)
	}
	major, err = strconv.Atoi(m[2])
	if err != nil || major == 0 {
		return "", 0, fmt.Errorf("not a version of Postgres: %.80q", out)
	}
	return m[1], major, nil
}
