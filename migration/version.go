package migration

import (
	"fmt"
	"strings"
	"time"

	"ariga.io/atlas/sql/migrate"
)

const versionFormat = "20060102150405"

// nextVersion makes a version for a file that comes after all of files: the
// time now, or, where the last file's version is not before it, the one after.
func nextVersion(files []migrate.File, now time.Time) (string, error) {
	v := now.UTC().Format(versionFormat)
	last := ""
	for _, f := range files {
		last = max(last, f.Version())
	}
	if last < v {
		return v, nil
	}
	if t, err := time.Parse(versionFormat, last); err == nil {
		v = t.Add(time.Second).Format(versionFormat)
	} else if v, err = increment(last); err != nil {
		return "", err
	}
	if v <= last {
		return "", fmt.Errorf("no version comes after %s", last)
	}
	return v, nil
}

// increment adds one to the digits at the end of v and keeps their number.
func increment(v string) (string, error) {
	b := []byte(v)
	for i := len(b) - 1; i >= 0 && b[i] >= '0' && b[i] <= '9'; i-- {
		if b[i] < '9' {
			b[i]++
			return string(b[:i+1]) + strings.Repeat("0", len(b)-i-1), nil
		}
	}
	return "", hinted(fmt.Errorf("no version comes after %q", v), "rename that file to <time>_<name>.sql, then run `espalier migrate hash`")
}
