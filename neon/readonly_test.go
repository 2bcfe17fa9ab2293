package neon

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestIsRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`SELECT "users"."id", "users"."name" FROM "users" WHERE "users"."name" IN ($1, $2) AND ("users"."id" > $3) ORDER BY "users"."id" LIMIT 2`,
		`SELECT COUNT(DISTINCT "t1"."id") FROM "t" AS "t1" JOIN (SELECT "a"."id" FROM "a") AS "t2" ON "t1"."id" = "t2"."a_id"`,
		"select 1", " ( SELECT 1 ) UNION (SELECT 2)", "WITH a AS (SELECT 1) SELECT * FROM a", "VALUES (1)", "TABLE t",
		"SELECT 'delete from x; insert' -- update\n, $1::varchar(3) /* call(x) /* nested */ insert */",
		"SELECT $$ insert into $$, $q$ nextval('x') $q$, E'it\\'s insert', 'two '' quotes'",
		"SELECT \"insert\" FROM \"update\"", "SELECT lower(name), row_number() OVER (PARTITION BY a ORDER BY b) FROM t",
		"SELECT * FROM t WHERE id = ANY($1) AND EXISTS (SELECT 1 FROM u WHERE NOT (a = b))",
	} {
		require.True(t, isRead(text), text)
	}
	for _, text := range []string{
		"", "-- nothing", "INSERT INTO t VALUES (1)", "UPDATE t SET a = 1", "DELETE FROM t", "MERGE INTO t USING u ON a", "CALL p()",
		"WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a", "SELECT nextval('s')", "SELECT my_function(1)",
		`SELECT "my function"(1)`, "SELECT a.f(1)", "SELECT 1 INTO t", "SELECT * FROM t FOR UPDATE", "SELECT pg_advisory_lock(1)",
		"SELECT 1; DELETE FROM t", "EXPLAIN ANALYZE DELETE FROM t", "TRUNCATE t", "SET a = b", "COMMIT", "SELECT f /* c */ (1)",
		"SELECT 'unfinished", "SELECT /* unfinished", "SELECT $q$ unfinished", "SELECT f\n(1)", "DO $$ begin end $$", "COPY t TO STDOUT",
		"SELECT set_config('a', 'b', false)", "SELECT setval('s', 1)",
	} {
		require.False(t, isRead(text), text)
	}
}

func TestIsDML(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"SELECT 1", "(select 1)", "/* x */ insert into t values (1)", "WITH a AS (SELECT 1) UPDATE t SET a = 1", "MERGE INTO t"} {
		require.True(t, isDML(text), text)
	}
	for _, text := range []string{"", "COMMIT", "ROLLBACK", "-- select\nCOMMIT", "CREATE TABLE t ()", "'select'"} {
		require.False(t, isDML(text), text)
	}
}

// FuzzIsRead holds the lexer to one promise: what is in quotes or comments
// changes nothing, what is not is seen.
func FuzzIsRead(f *testing.F) {
	f.Add("SELECT 1", "x")
	f.Add("SELECT $1::int", "it's")
	f.Add("WITH a AS (SELECT E'\\'') SELECT * FROM a", "*/")
	f.Fuzz(func(t *testing.T, text, noise string) {
		if !isRead(text) {
			return
		}
		if isRead(text + "\n; DELETE FROM t") {
			t.Fatalf("%q hides what follows", text)
		}
		if isRead("INSERT INTO t " + text) {
			t.Fatalf("%q turns a write into a read", text)
		}
		quoted := "'" + strings.ReplaceAll(noise, "'", "''") + "'"
		if !isRead("SELECT " + quoted + " UNION " + text) {
			t.Fatalf("%q in quotes is seen", noise)
		}
	})
}
