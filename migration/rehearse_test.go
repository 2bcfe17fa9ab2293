package migration_test

import (
	"bytes"
	"context"
	"log"
	"os"
	"strings"
	"testing"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/migration"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// copies is a Provider whose branches are copies of one database.
type copies struct {
	branch.Provider
	of, admin string
	made, now map[string]string
}

func newCopies(t testing.TB, of string) *copies {
	return &copies{of: of, admin: empty(t), made: map[string]string{}, now: map[string]string{}}
}

func (c *copies) exec(ctx context.Context, stmt string) error {
	conn, err := pgx.Connect(ctx, c.admin)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, stmt)
	return err
}

func (c *copies) Create(ctx context.Context, name string, opts branch.CreateOptions) (branch.Branch, error) {
	cfg, err := pgx.ParseConfig(c.of)
	if err != nil {
		return branch.Branch{}, err
	}
	db := strings.ReplaceAll(name, "-", "_")
	if err := c.exec(ctx, "CREATE DATABASE "+db+" TEMPLATE "+pgx.Identifier{cfg.Database}.Sanitize()); err != nil {
		return branch.Branch{}, err
	}
	c.made[name], c.now[name] = db, strings.Replace(c.of, "/"+cfg.Database, "/"+db, 1)
	return branch.Branch{ID: name, Name: name, ExpiresAt: opts.ExpiresAt}, nil
}

func (c *copies) Endpoint(_ context.Context, name string) (branch.Endpoint, error) {
	return branch.Endpoint{URL: c.now[name]}, nil
}

func (c *copies) Delete(ctx context.Context, name string) error {
	if c.now[name] == "" {
		return branch.ErrNotFound
	}
	delete(c.now, name)
	return c.exec(ctx, "DROP DATABASE "+c.made[name]+" WITH (FORCE)")
}

func TestRehearse(t *testing.T) {
	t.Parallel()
	url := empty(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id bigint PRIMARY KEY, n int);\nCREATE TABLE b (id bigint PRIMARY KEY);\nINSERT INTO a SELECT g, g FROM generate_series(1, 5000) g;",
		"2_b.sql", "-- Wider.\nALTER TABLE a ALTER COLUMN n TYPE bigint;\nALTER TABLE b ADD COLUMN x int;\nCREATE TABLE c (id bigint);",
		"3_c.sql", none+"CREATE INDEX CONCURRENTLY a_n ON a (n);\nVACUUM a;\nDELETE FROM a WHERE id % 5 = 0;")
	_, err := apply(t, url, dir, &migration.ApplyConfig{Limit: 1})
	require.NoError(t, err)
	p := newCopies(t, url)
	d := newDevs(t)
	rep, err := migration.Rehearse(t.Context(), p, "main", os.DirFS(dir), &migration.RehearseConfig{Smoke: []string{"SELECT * FROM a"}, Dev: d.Dev})
	require.NoError(t, err)
	require.Empty(t, p.now, "no copy is left")
	require.Len(t, p.made, 1)
	require.True(t, rep.OK(), rep.Error)
	require.Equal(t, "1", status(t, url, dir).Current, "the branch is as it was")

	require.Equal(t, "1", rep.From)
	require.Equal(t, "3", rep.To)
	require.Len(t, rep.Files, 2)
	rewrite := rep.Files[0].Statements[0]
	require.Equal(t, 2, rewrite.Line)
	require.Equal(t, "public.a", rewrite.Rewrites[0].Table)
	require.GreaterOrEqual(t, rewrite.Scans[0].Rows, int64(5000), "for the rows, and for the primary key")
	require.Greater(t, rewrite.WALBytes, int64(5000*8))
	require.Equal(t, "ACCESS EXCLUSIVE on public.a", rewrite.Locks[0].String())
	require.Len(t, rep.Files[0].Statements[1].Locks, 2, "the lock of the statement before is still held")
	require.Empty(t, rep.Files[0].Statements[1].Rewrites)
	require.Len(t, rep.Files[1].Statements, 3)
	require.Equal(t, "public.a", rep.Files[1].Statements[2].Scans[0].Table)
	reads, writes := rep.Blocked()
	require.Positive(t, reads)
	require.GreaterOrEqual(t, writes, reads)
	require.Equal(t, 4000, rep.Smoke[0].Rows)
	require.True(t, rep.Down.Restored, "%+v", rep.Down)
	require.Greater(t, rep.WALBytes, rewrite.WALBytes)

	var markdown, html bytes.Buffer
	require.NoError(t, rep.WriteMarkdown(&markdown))
	require.Contains(t, markdown.String(), "| 2 | `ALTER TABLE a ALTER COLUMN n TYPE bigint;` |")
	require.Contains(t, markdown.String(), "| ACCESS EXCLUSIVE on public.a | reads and writes |")
	require.Contains(t, markdown.String(), "to the former schema")
	require.NoError(t, rep.WriteHTML(&html))
	require.Contains(t, html.String(), `<rect class="all"`)
	require.Contains(t, html.String(), "ACCESS EXCLUSIVE on public.a, blocks reads and writes")
	if path := os.Getenv("ESPALIER_TEST_PAGE"); path != "" { // to look at it
		require.NoError(t, os.WriteFile(path, html.Bytes(), 0o600))
	}

	// It stands for these files and this schema, and nothing else.
	var text bytes.Buffer
	require.NoError(t, rep.WriteJSON(&text))
	read, err := migration.ReadRehearsal(&text)
	require.NoError(t, err)
	require.Equal(t, rep.Schema, read.Schema)
	refused := func(dir, want string, cfg migration.ApplyConfig) {
		t.Helper()
		cfg.Rehearsed = read
		_, err := apply(t, url, dir, &cfg)
		require.ErrorIs(t, err, migration.ErrNotRehearsed)
		require.ErrorContains(t, err, want)
		require.Contains(t, hint(err), "rehearse")
	}
	refused(dir, "pending is 2_b.sql, rehearsed was 2_b.sql, 3_c.sql", migration.ApplyConfig{Limit: 1})
	files := snapshot(t, dir)
	refused(folder(t, "1_a.sql", files["1_a.sql"], "2_b.sql", "SELECT 1;", "3_c.sql", files["3_c.sql"]), "2_b.sql was edited since", migration.ApplyConfig{})
	run(t, url, "CREATE VIEW v AS SELECT 1")
	refused(dir, "another schema", migration.ApplyConfig{})
	run(t, url, "DROP VIEW v")
	require.Equal(t, "1", status(t, url, dir).Current)
	_, err = apply(t, url, dir, &migration.ApplyConfig{Rehearsed: read})
	require.NoError(t, err)
	require.True(t, status(t, url, dir).UpToDate())
}

func TestRehearseFailure(t *testing.T) {
	t.Parallel()
	url := empty(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id bigint);\nINSERT INTO a VALUES (NULL);", "2_b.sql", "ALTER TABLE a ALTER COLUMN id SET NOT NULL;")
	_, err := apply(t, url, dir, &migration.ApplyConfig{Limit: 1})
	require.NoError(t, err)
	p := newCopies(t, url)
	rep, err := migration.Rehearse(t.Context(), p, "main", os.DirFS(dir), nil)
	require.NoError(t, err)
	require.Contains(t, rep.Error, "2_b.sql:1: ERROR: column \"id\" of relation \"a\" contains null values")
	require.Empty(t, p.now)
	_, err = apply(t, url, dir, &migration.ApplyConfig{Rehearsed: rep})
	require.ErrorIs(t, err, migration.ErrNotRehearsed)
	require.ErrorContains(t, err, "the rehearsal failed")

	rep, err = migration.Rehearse(t.Context(), p, "main", os.DirFS(folder(t, "1_a.sql", "CREATE TABLE a (id bigint);\nINSERT INTO a VALUES (NULL);")),
		&migration.RehearseConfig{Smoke: []string{"SELECT nothing FROM a", "SELECT 1"}})
	require.NoError(t, err)
	require.Contains(t, rep.Error, "smoke query")
	require.Len(t, rep.Smoke, 2)
	require.Empty(t, rep.Files)

	ctx, cancel := context.WithCancel(t.Context())
	slow := folder(t, "1_a.sql", "CREATE TABLE a (id bigint);\nINSERT INTO a VALUES (NULL);", "2_b.sql", "SELECT pg_sleep(600);")
	_, err = migration.Rehearse(ctx, p, "main", os.DirFS(slow), &migration.RehearseConfig{Apply: migration.ApplyConfig{Progress: func(e migration.Event) {
		if e.Kind == migration.EventStmtStart {
			cancel()
		}
	}}})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, p.now, "deleted also then")
	_, err = migration.ReadRehearsal(strings.NewReader("{}"))
	require.ErrorContains(t, err, "not the report")
}

// Before a release: what do the pending files cost on a copy of the data?
func ExampleRehearse() {
	ctx := context.Background()
	var p branch.Provider // such as that of localbranch.Open
	rep, err := migration.Rehearse(ctx, p, "main", os.DirFS("migrate"), &migration.RehearseConfig{
		Smoke: []string{"SELECT count(*) FROM shop_order"},
	})
	if err != nil {
		log.Fatal(err)
	}
	reads, writes := rep.Blocked()
	log.Printf("reads wait for %s, writes for %s", reads, writes)
	if err := rep.WriteMarkdown(os.Stdout); err != nil {
		log.Fatal(err)
	}
}
