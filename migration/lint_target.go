package migration

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"ariga.io/atlas/sql/migrate"
	"github.com/espalier-go/espalier/migration/lint"
)

// choose picks the files to lint, by name.
func (c *LintConfig) choose(ctx context.Context, mem *migrate.MemDir, files []migrate.File) (map[string]bool, error) {
	chosen := make(map[string]bool)
	switch {
	case c.Files != nil:
		for _, name := range c.Files {
			chosen[name] = true
		}
		known := make(map[string]bool)
		all, err := mem.Files()
		if err != nil {
			return nil, err
		}
		for _, f := range all {
			known[f.Name()] = true
		}
		for _, name := range c.Files {
			if !known[name] {
				return nil, fmt.Errorf("%w: there is no file %s", ErrNotFound, name)
			}
		}
	case c.Latest < 0:
		return nil, fmt.Errorf("can't lint the last %d files", c.Latest)
	case c.Latest > 0:
		for _, f := range files[max(0, len(files)-c.Latest):] {
			chosen[f.Name()] = true
		}
	case c.URL != "":
		s, err := connect(ctx, c.URL)
		if err != nil {
			return nil, err
		}
		defer s.close()
		revs, err := readRevisions(ctx, s, c.RevisionsSchema)
		if err != nil {
			return nil, err
		}
		all, err := mem.Files()
		if err != nil {
			return nil, err
		}
		rep, err := reportOf(ctx, mem, revs, all)
		if err != nil {
			return nil, err
		}
		for _, f := range append(rep.Pending, rep.OutOfOrder...) {
			chosen[f.Name] = true
		}
	default:
		for _, f := range files {
			chosen[f.Name()] = true
		}
	}
	// A checkpoint that is pending runs in an empty database only.
	maps.DeleteFunc(chosen, func(name string, _ bool) bool {
		return !slices.ContainsFunc(files, func(f migrate.File) bool { return f.Name() == name })
	})
	return chosen, nil
}

// tableSizes reads the sizes of a database's tables, by name.
func tableSizes(ctx context.Context, url string) (map[string]lint.Size, error) {
	s, err := connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer s.close()
	rows, err := s.conn.QueryContext(ctx, `SELECT n.nspname || '.' || c.relname,
		(SELECT coalesce(sum(CASE WHEN t.reltuples < 0 AND pg_catalog.pg_relation_size(t.oid) > 0 THEN 'NaN' ELSE greatest(t.reltuples, 0) END), 0)
			FROM pg_catalog.pg_class t WHERE t.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(c.oid) WHERE isleaf) OR t.oid = c.oid AND c.relkind <> 'p'),
		(SELECT coalesce(sum(pg_catalog.pg_table_size(t.oid)), 0)
			FROM pg_catalog.pg_class t WHERE t.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(c.oid) WHERE isleaf) OR t.oid = c.oid AND c.relkind <> 'p'),
		(SELECT coalesce(sum(pg_catalog.pg_total_relation_size(t.oid)), 0)
			FROM pg_catalog.pg_class t WHERE t.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(c.oid) WHERE isleaf) OR t.oid = c.oid AND c.relkind <> 'p')
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`)
	if err != nil {
		return nil, fmt.Errorf("read the sizes of the tables: %w", err)
	}
	defer rows.Close()
	sizes := make(map[string]lint.Size)
	for rows.Next() {
		var name string
		var count float64
		var size lint.Size
		if err := rows.Scan(&name, &count, &size.Bytes, &size.Total); err != nil {
			return nil, fmt.Errorf("read the sizes of the tables: %w", err)
		}
		size.Rows = -1
		if count == count { // not NaN: a table that was never analyzed
			size.Rows = int64(count)
		}
		sizes[name] = size
	}
	return sizes, rows.Err()
}
