package migration_test

import (
	"context"
	"errors"
	"testing"

	"github.com/espalier-go/espalier/migration"
	"github.com/stretchr/testify/require"
)

const (
	beforeRename = `CREATE TABLE users (id int PRIMARY KEY, nickname text, CONSTRAINT users_nick CHECK (nickname <> '')); CREATE INDEX users_nickname ON users (nickname);`
	afterRename  = `CREATE TABLE people (id int PRIMARY KEY, handle text, CONSTRAINT people_nick CHECK (handle <> '')); CREATE INDEX people_handle ON people (handle);`
)

func TestDiffRenames(t *testing.T) {
	t.Parallel()
	dev := newDevs(t)
	dir := folder(t, "1_u.sql", beforeRename)
	f, err := diff1(t.Context(), dir, "renamed", state(afterRename), dev.Dev, &migration.DiffConfig{Renames: []migration.Rename{
		{Table: "users", To: "people"}}, AskRename: func(_ context.Context, r migration.Rename) (bool, error) {
		require.Equal(t, "people.nickname=handle", r.String())
		return true, nil
	}})
	require.NoError(t, err)
	require.Equal(t, `ALTER TABLE "users" RENAME TO "people"; ALTER TABLE "people" RENAME COLUMN "nickname" TO "handle"; ALTER TABLE "people" RENAME CONSTRAINT "users_nick" TO "people_nick"; `+
		`ALTER INDEX "users_nickname" RENAME TO "people_handle"; ALTER TABLE "people" RENAME CONSTRAINT "users_pkey" TO "people_pkey";`, code(f))
}

func TestDiffAsksBeforeItRenames(t *testing.T) {
	t.Parallel()
	dev := newDevs(t)
	dir := folder(t, "1_u.sql", `CREATE TABLE users (id int PRIMARY KEY, nickname text, age int);`)
	want := state(`CREATE TABLE users (id int PRIMARY KEY, handle text, email text);`)
	var asked []string
	no := func(_ context.Context, r migration.Rename) (bool, error) {
		asked = append(asked, r.String())
		return false, nil
	}
	f, err := diff1(t.Context(), dir, "x", want, dev.Dev, &migration.DiffConfig{AskRename: no, DryRun: true})
	require.NoError(t, err)
	require.Equal(t, []string{"users.nickname=email", "users.nickname=handle"}, asked)
	require.Contains(t, f.SQL, `DROP COLUMN "nickname"`)
	require.Len(t, snapshot(t, dir), 2, "a dry run writes nothing")
	boom := errors.New("boom")
	_, err = migration.Diff(t.Context(), dir, "x", want, dev.Dev, &migration.DiffConfig{AskRename: func(context.Context, migration.Rename) (bool, error) { return false, boom }})
	require.ErrorIs(t, err, boom)
	for _, r := range []string{"users.nick=handle", "users.nickname=name", "users.id=handle", "users.nickname=id"} {
		rename, err := migration.ParseRename(r)
		require.NoError(t, err)
		_, err = migration.Diff(t.Context(), dir, "x", want, dev.Dev, &migration.DiffConfig{Renames: []migration.Rename{rename}})
		require.ErrorContains(t, err, "rename "+r)
	}
}

func TestParseRename(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]migration.Rename{
		"users.nickname=handle":     {Schema: "public", Table: "users", Column: "nickname", To: "handle"},
		"users=people":              {Schema: "public", Table: "users", To: "people"},
		"sales.orders.at=placed_at": {Schema: "sales", Table: "orders", Column: "at", To: "placed_at"},
		"sales.orders.=purchases":   {Schema: "sales", Table: "orders", To: "purchases"},
	} {
		got, err := migration.ParseRename(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
		require.Equal(t, text, got.String())
	}
	for _, text := range []string{"", "users", "=x", "users=", "users.=x", "a=b=c", "a.b.c.d=e", "a=b.c"} {
		_, err := migration.ParseRename(text)
		require.Error(t, err, text)
		require.NotEmpty(t, hint(err))
	}
}

func FuzzParseRename(f *testing.F) {
	f.Add("users.nickname=handle")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := migration.ParseRename(text)
		if err != nil {
			return
		}
		again, err := migration.ParseRename(r.String())
		require.NoError(t, err, r.String())
		require.Equal(t, r, again)
	})
}
