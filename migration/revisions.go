package migration

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ariga.io/atlas/sql/migrate"
	"github.com/jackc/pgx/v5"
)

// revisionTable is the name of the table in the revisions schema.
const revisionTable = "atlas_schema_revisions"

// cloudID is the version of a row that Atlas keeps in the table for its cloud.
const cloudID = ".atlas_cloud_identifier"

const revisionColumns = "version, description, type, applied, total, executed_at, execution_time, error, error_stmt, hash, partial_hashes, operator_version"

// revisions is a migrate.RevisionReadWriter that reads and writes rows just like
// those of the Atlas command line v0.13.1.
type revisions struct {
	s      *session
	schema string
	// hashes are the statement hashes last written for each version: the Atlas
	// library drops them from a finished revision, its command line kept them.
	hashes map[string][]string
}

var _ migrate.RevisionReadWriter = (*revisions)(nil)

func newRevisions(s *session, schema string) *revisions {
	return &revisions{s: s, schema: schema, hashes: make(map[string][]string)}
}

// table is the quoted name.
func (r *revisions) table() string { return pgx.Identifier{r.schema, revisionTable}.Sanitize() }

// Ident implements migrate.RevisionReadWriter.
func (r *revisions) Ident() *migrate.TableIdent {
	return &migrate.TableIdent{Name: revisionTable, Schema: r.schema}
}

// exists tells whether the table is there.
func (r *revisions) exists(ctx context.Context) (ok bool, err error) {
	err = r.s.conn.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p'))`, r.schema, revisionTable).Scan(&ok)
	if err != nil {
		err = fmt.Errorf("look for the revision table: %w", err)
	}
	return ok, err
}

// create makes schema and table as the Atlas command line does, where they are
// not there. It doesn't run CREATE SCHEMA for one that exists, since a role may
// lack the right to.
func (r *revisions) create(ctx context.Context) error {
	if ok, err := r.exists(ctx); err != nil || ok {
		return err
	}
	var schema bool
	if err := r.s.conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1)", r.schema).Scan(&schema); err != nil {
		return fmt.Errorf("look for the revisions schema: %w", err)
	}
	ddl := `CREATE TABLE ` + r.table() + ` (
	version character varying NOT NULL,
	description character varying NOT NULL,
	type bigint NOT NULL DEFAULT 2,
	applied bigint NOT NULL DEFAULT 0,
	total bigint NOT NULL DEFAULT 0,
	executed_at timestamp with time zone NOT NULL,
	execution_time bigint NOT NULL,
	error text,
	error_stmt text,
	hash character varying NOT NULL,
	partial_hashes jsonb,
	operator_version character varying NOT NULL,
	PRIMARY KEY (version))`
	if !schema {
		ddl = "CREATE SCHEMA " + pgx.Identifier{r.schema}.Sanitize() + "; " + ddl
	}
	if _, err := r.s.ExecContext(ctx, ddl); err != nil {
		return hinted(fmt.Errorf("make the revision table: %w", err), sqlHint(sqlState(err), ""))
	}
	return nil
}

// ReadRevisions implements migrate.RevisionReadWriter.
func (r *revisions) ReadRevisions(ctx context.Context) ([]*migrate.Revision, error) {
	rows, err := r.s.conn.QueryContext(ctx, "SELECT "+revisionColumns+" FROM "+r.table()+` WHERE version <> $1 ORDER BY version COLLATE "C"`, cloudID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	revs := []*migrate.Revision{}
	for rows.Next() {
		rev, err := r.scan(rows.Scan)
		if err != nil {
			return nil, err
		}
		revs = append(revs, rev)
	}
	return revs, rows.Err()
}

// current is the version of the newest revision, "" where there is none.
func (r *revisions) current(ctx context.Context) (string, error) {
	revs, err := r.ReadRevisions(ctx)
	if err != nil {
		return "", fmt.Errorf("read the revision table: %w", err)
	}
	if len(revs) == 0 {
		return "", nil
	}
	return revs[len(revs)-1].Version, nil
}

// ReadRevision implements migrate.RevisionReadWriter.
func (r *revisions) ReadRevision(ctx context.Context, version string) (*migrate.Revision, error) {
	rev, err := r.scan(r.s.conn.QueryRowContext(ctx, "SELECT "+revisionColumns+" FROM "+r.table()+" WHERE version = $1", version).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, migrate.ErrRevisionNotExist
	}
	return rev, err
}

func (r *revisions) scan(scan func(...any) error) (*migrate.Revision, error) {
	var (
		rev             migrate.Revision
		errText, stmt   sql.NullString
		hashes          []byte
		typ, nanosecond int64
	)
	err := scan(&rev.Version, &rev.Description, &typ, &rev.Applied, &rev.Total, &rev.ExecutedAt, &nanosecond,
		&errText, &stmt, &rev.Hash, &hashes, &rev.OperatorVersion)
	if err != nil {
		return nil, err
	}
	rev.Type, rev.ExecutionTime = migrate.RevisionType(typ), time.Duration(nanosecond)
	rev.Error, rev.ErrorStmt = errText.String, stmt.String
	if len(hashes) > 0 {
		if err := json.Unmarshal(hashes, &rev.PartialHashes); err != nil {
			return nil, fmt.Errorf("partial_hashes of revision %s: %w", rev.Version, err)
		}
	}
	r.hashes[rev.Version] = rev.PartialHashes
	return &rev, nil
}

// WriteRevision implements migrate.RevisionReadWriter. What has happened is
// recorded also when ctx is canceled.
func (r *revisions) WriteRevision(ctx context.Context, rev *migrate.Revision) error {
	if rev.Version == cloudID {
		return fmt.Errorf("%s is not a version", cloudID)
	}
	if rev.PartialHashes != nil || rev.Applied == 0 {
		r.hashes[rev.Version] = rev.PartialHashes
	}
	hashes, err := json.Marshal(r.hashes[rev.Version])
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelWait)
	defer cancel()
	_, err = r.s.ExecContext(ctx, "INSERT INTO "+r.table()+" ("+revisionColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (version) DO UPDATE SET type = excluded.type, applied = excluded.applied, total = excluded.total,
		executed_at = excluded.executed_at, execution_time = excluded.execution_time, error = excluded.error,
		error_stmt = excluded.error_stmt, hash = excluded.hash, partial_hashes = excluded.partial_hashes,
		operator_version = excluded.operator_version`,
		rev.Version, rev.Description, int64(rev.Type), rev.Applied, rev.Total, rev.ExecutedAt, int64(rev.ExecutionTime),
		rev.Error, rev.ErrorStmt, rev.Hash, string(hashes), rev.OperatorVersion)
	return err
}

// DeleteRevision implements migrate.RevisionReadWriter.
func (r *revisions) DeleteRevision(ctx context.Context, version string) error {
	_, err := r.s.ExecContext(ctx, "DELETE FROM "+r.table()+" WHERE version = $1", version)
	return err
}
