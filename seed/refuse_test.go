package seed_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/seed"
)

func TestRefuseOtherRows(t *testing.T) {
	t.Parallel()
	db := open(t)
	mustExec(t, db, "insert into parent (name, mood, born) values ('mine', 'good', now())")
	_, err := seed.Run(t.Context(), db.URL, family(), seed.Config{Scale: 3})
	require.ErrorIs(t, err, seed.ErrNotEmpty)
	require.ErrorContains(t, err, "parent")
	requireHint(t, err, "--reset")
	require.Equal(t, 1, query[int](t, db, "select count(*) from parent"))
}

func TestRefuseOtherRun(t *testing.T) {
	t.Parallel()
	db := open(t)
	_, err := seed.Run(t.Context(), db.URL, family(), seed.Config{Scale: 3})
	require.NoError(t, err)
	newer := family()
	newer.Version++
	for _, c := range []struct {
		ds   *seed.Dataset
		cfg  seed.Config
		says string
	}{
		{family(), seed.Config{Scale: 4}, "it holds seed 1 at scale 3"},
		{family(), seed.Config{Scale: 3, Seed: 9}, "it holds seed 1 at scale 3"},
		{newer, seed.Config{Scale: 3}, "of version 3 of the data set, which is now at 4"},
	} {
		_, err := seed.Run(t.Context(), db.URL, c.ds, c.cfg)
		require.ErrorIs(t, err, seed.ErrConflict)
		require.ErrorContains(t, err, c.says)
		requireHint(t, err, "--reset")
	}
	mustExec(t, db, "truncate parent, child")
	_, err = seed.Run(t.Context(), db.URL, family(), seed.Config{Scale: 3})
	require.ErrorIs(t, err, seed.ErrConflict)
	require.ErrorContains(t, err, "all rows are on record, but table parent is empty")
}

func TestRefuseMeddledResume(t *testing.T) {
	t.Parallel()
	db := open(t)
	cfg := seed.Config{Scale: 20, ChunkRows: 5}
	interrupt(t, db.URL, cfg, 10)
	mustExec(t, db, "insert into parent (id, name, mood, born) values (1000, 'mine', 'good', now())")
	_, err := seed.Run(t.Context(), db.URL, family(), cfg)
	require.ErrorIs(t, err, seed.ErrNotEmpty)
	require.ErrorContains(t, err, "parent holds 11 rows, and 10 are on record")
}

func TestRefuseUnmigrated(t *testing.T) {
	t.Parallel()
	db := open(t)
	mustExec(t, db, "alter table child drop column data")
	_, err := seed.Run(t.Context(), db.URL, family(), seed.Config{Scale: 3})
	require.ErrorIs(t, err, seed.ErrNotMigrated)
	require.ErrorContains(t, err, `table public.child: column "data" does not exist`)
	requireHint(t, err, "migrate apply")
	mustExec(t, db, "drop table child; drop table parent")
	_, err = seed.Run(t.Context(), db.URL, family(), seed.Config{Scale: 3})
	require.ErrorIs(t, err, seed.ErrNotMigrated)
	require.ErrorContains(t, err, "no table parent, public.child")
	require.False(t, query[bool](t, db, "select exists (select from pg_namespace where nspname = 'espalier')"), "nothing was written")
}

func TestRefuseOrder(t *testing.T) {
	t.Parallel()
	db, ds := open(t), family()
	ds.Tables[0], ds.Tables[1] = ds.Tables[1], ds.Tables[0]
	_, err := seed.Run(t.Context(), db.URL, ds, seed.Config{Scale: 3})
	require.ErrorIs(t, err, seed.ErrOrder)
	require.ErrorContains(t, err, "public.child refers to parent")
}

func TestRefusePooled(t *testing.T) {
	t.Parallel()
	_, err := seed.Run(t.Context(), "postgres://u:secret@ep-a-b-1-pooler.eu.neon.tech/db", family(), seed.Config{})
	require.ErrorIs(t, err, seed.ErrPooledURL)
	require.NotContains(t, err.Error(), "secret")
	_, err = seed.Run(t.Context(), "postgres://u:sec/ret@host:port/db", family(), seed.Config{})
	require.ErrorIs(t, err, seed.ErrInvalidURL)
	require.NotContains(t, err.Error(), "ret")
}

func TestRefuseBadDeclarations(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(*seed.Dataset){
		"no name":            func(ds *seed.Dataset) { ds.Name = "" },
		"has no tables":      func(ds *seed.Dataset) { ds.Tables = nil },
		"stands there twice": func(ds *seed.Dataset) { ds.Tables[1].Name = "parent" },
		"has no columns":     func(ds *seed.Dataset) { ds.Tables[1].Columns = nil },
		"needs both":         func(ds *seed.Dataset) { ds.Tables[0].Row = nil },
	} {
		ds := family()
		change(ds)
		_, err := seed.Run(t.Context(), "postgres://nowhere.invalid/db", ds, seed.Config{})
		require.ErrorContains(t, err, says)
	}
	_, err := seed.Run(t.Context(), "postgres://nowhere.invalid/db", family(), seed.Config{Scale: -1})
	require.ErrorContains(t, err, "the scale must be at least 1")
}

func TestRowThatFails(t *testing.T) {
	t.Parallel()
	for says, value := range map[string]func() any{
		"row 7, column Odd Name: ":  func() any { return "seven" },
		"panic: no seven":           func() any { panic("no seven") },
		`violates check constraint`: func() any { return -1 },
	} {
		db, ds := open(t), family()
		row := ds.Tables[1].Row
		ds.Tables[1].Row = func(g *seed.Gen, i int64, dst []any) {
			row(g, i, dst)
			if i == 7 {
				dst[3] = value()
			}
		}
		_, err := seed.Run(t.Context(), db.URL, ds, seed.Config{Scale: 10, ChunkRows: 5})
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "table public.child")
		require.Equal(t, 5, query[int](t, db, "select count(*) from child"), "the chunks before stay")
	}
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	db := open(t)
	mustExec(t, db, `create function full_disk() returns trigger language plpgsql as $$ begin
		if new.id > 12 then raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end if;
		return new; end $$`)
	mustExec(t, db, "create trigger full_disk before insert on parent for each row execute function full_disk()")
	cfg := seed.Config{Scale: 20, ChunkRows: 5}
	_, err := seed.Run(t.Context(), db.URL, family(), cfg)
	require.ErrorContains(t, err, "No space left on device")
	require.ErrorContains(t, err, "table parent, rows 10 to 14")
	requireHint(t, err, "make room on the server's disk, then run the same again")
	require.Equal(t, 10, query[int](t, db, "select count(*) from parent"))
	mustExec(t, db, "drop trigger full_disk on parent")
	res, err := seed.Run(t.Context(), db.URL, family(), cfg)
	require.NoError(t, err)
	require.True(t, res.Resumed)
	require.Equal(t, want(t, cfg), content(t, db))
}
