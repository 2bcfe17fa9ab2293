package clienttest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/clienttest/ent"
	"github.com/espalier-go/espalier/clienttest/ent/migrate"
	_ "github.com/espalier-go/espalier/clienttest/ent/runtime"
	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neontest"
)

// pair is two databases of the same content: one behind neon's driver, one
// behind database/sql, where the generated client runs ent's own functions.
type pair struct{ ours, stock *ent.Client }

func openPair(t *testing.T, mode neon.Mode) pair {
	t.Helper()
	var p pair
	for _, c := range []**ent.Client{&p.ours, &p.stock} {
		db := neontest.OpenWith(t, neontest.Config{Empty: true})
		std := ent.NewClient(ent.Driver(entsql.OpenDB(dialect.Postgres, db.SQL())))
		require.NoError(t, std.Schema.Create(t.Context(), migrate.WithForeignKeys(true)))
		*c = std
		if c == &p.ours {
			drv, err := neon.Open(t.Context(), db.ClientURL(t), &neon.Config{Mode: mode})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, drv.Close()) })
			*c = ent.NewClient(ent.Driver(drv))
		}
	}
	return p
}

// outcome is what a caller sees of an operation.
func outcome(v any, err error) string {
	if err == nil {
		b, err := json.MarshalIndent(v, "", " ")
		if err != nil {
			return err.Error()
		}
		return string(b)
	}
	return fmt.Sprintf("constraint=%t notfound=%t validation=%t notsingular=%t", ent.IsConstraintError(err),
		ent.IsNotFound(err), ent.IsValidationError(err), ent.IsNotSingular(err))
}

// dump is everything in a database.
func dump(ctx context.Context, c *ent.Client) (any, error) {
	out := map[string]any{}
	var err error
	for name, text := range map[string]string{
		"person": "SELECT to_jsonb(t)::text FROM persons t ORDER BY id", "pet": "SELECT to_jsonb(t)::text FROM pets t ORDER BY id",
		"group": "SELECT to_jsonb(t)::text FROM groups t ORDER BY id", "card": "SELECT to_jsonb(t)::text FROM cards t ORDER BY id",
		"like": "SELECT to_jsonb(t)::text FROM likes t ORDER BY 1", "friends": "SELECT to_jsonb(t)::text FROM person_friends t ORDER BY 1",
		"member": "SELECT to_jsonb(t)::text FROM person_groups t ORDER BY 1",
	} {
		rows, qerr := c.QueryContext(ctx, text)
		if qerr != nil {
			return nil, qerr
		}
		var lines []string
		for rows.Next() {
			var line string
			if err = rows.Scan(&line); err != nil {
				return nil, err
			}
			lines = append(lines, line)
		}
		if err = rows.Err(); err != nil {
			return nil, err
		}
		_ = rows.Close()
		out[name] = lines
	}
	return out, err
}
