package migration_test

import (
	"ariga.io/atlas/sql/migrate"
	"strings"
)

// resum puts the right first line before the lines of an atlas.sum.
func resum(lines string) string {
	var sum migrate.HashFile
	for line := range strings.Lines(lines) {
		name, hash, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "h1:")
		if !ok {
			return lines
		}
		sum = append(sum, struct{ N, H string }{strings.TrimSpace(name), hash})
	}
	b, err := sum.MarshalText()
	if err != nil {
		return lines
	}
	return string(b)
}
