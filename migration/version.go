package migration

import (
	"fmt"
	"strings"
	"time"

	"ariga.io/atlas/sql/migrate"
)

const versionFormat = "20060102150405"

// nextVersion makes a version for a file that comes after all of files: the
// time now, or, where the last file isn't before it, the version after that
// one's. Both the versions and the file names, by which Atlas sorts, must rise.
func nextVersion(files []migrate.File, now time.Time) (string, error) {
	var lastVersion, lastName string
	for _, f := range files {
		lastVersion = max(lastVersion, f.Version())
		lastName = max(lastName, f.Name())
	}
	after := func(v string) bool { return v > lastVersion && v+"_" > lastName }
	v := now.UTC().Format(versionFormat)
	if after(v) {
		return v, nil
	}
	if t, err := time.Parse(versionFormat, lastVersion); err == nil {
		v = t.Add(time.Second).Format(versionFormat)
	} else if v, err = increment(lastVersion); err != nil {
		return "", err
	}
	if !after(v) {
		return "", noVersionAfter(lastName)
	}
	return v, nil
}

func noVersionAfter(last string) error {
	return hinted(fmt.Errorf("no version comes after %q", last), "rename that file to <time>_<name>.sql, then run `espalier migrate hash`")
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
	return "", noVersionAfter(v)
}
