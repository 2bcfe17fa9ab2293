package migration

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ariga.io/atlas/sql/migrate"
)

// ErrNotRehearsed: the report of the rehearsal is for something else.
var ErrNotRehearsed = errors.New("this was not rehearsed")

// check refuses files and a schema that are not those of the report.
func (r *Rehearsal) check(ctx context.Context, s *session, mem *migrate.MemDir, files []migrate.File, revisionsSchema string) error {
	refuse := func(format string, args ...any) error {
		return hinted(fmt.Errorf("%w: %s", ErrNotRehearsed, fmt.Sprintf(format, args...)),
			"rehearse again: `espalier migrate rehearse`")
	}
	if !r.OK() {
		return refuse("the rehearsal failed: %s", r.Error)
	}
	sums, err := mem.Checksum()
	if err != nil {
		return err
	}
	var rehearsed []string
	for _, f := range r.Files {
		rehearsed = append(rehearsed, f.Name)
	}
	if got := names(files); !slices.Equal(got, rehearsed) {
		return refuse("pending is %s, rehearsed was %s", list(got), list(rehearsed))
	}
	for _, f := range r.Files {
		hash, err := sums.SumByName(f.Name)
		if err != nil {
			return err
		}
		if hash != f.Hash {
			return refuse("%s was edited since", f.Name)
		}
	}
	schema, err := s.fingerprint(ctx, revisionsSchema)
	if err != nil {
		return err
	}
	if schema != r.Schema {
		return refuse("the database has another schema than the copy had")
	}
	return nil
}

func list(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

// fingerprint identifies the schema of a database, but for the tables of
// Espalier and Atlas. It doesn't depend on rows, sizes or OIDs.
func (s *session) fingerprint(ctx context.Context, revisionsSchema string) (string, error) {
	schemas, err := s.schemas(ctx, revisionsSchema, seedSchema)
	if err != nil {
		return "", err
	}
	c, err := s.catalog(ctx, schemas)
	if err != nil {
		return "", err
	}
	var entries []string
	for o, e := range c {
		entries = append(entries, strings.Join([]string{o.kind, o.schema, o.rel, o.name, e.def}, "\x00"))
	}
	slices.Sort(entries)
	sum := sha256.Sum256([]byte(strings.Join(entries, "\x01")))
	return hex.EncodeToString(sum[:]), nil
}
