package clienttest

import (
	"context"
	stdsql "database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/clienttest/ent"
	"github.com/espalier-go/espalier/clienttest/ent/person"
	"github.com/espalier-go/espalier/clienttest/ent/pet"
	"github.com/espalier-go/espalier/neon/dialect/sql/sqlgraph"
	"github.com/espalier-go/espalier/neontest"
)

func TestReturningRows(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := t.Context()
	var pets []*ent.Pet
	var err error
	require.Len(t, c.sent(func() { pets, err = c.Pet.Update().Where(pet.NameHasSuffix("1")).SetName("renamed").Returning(ctx) }), 1)
	require.NoError(t, err)
	require.Len(t, pets, 3)
	for _, p := range pets {
		require.Equal(t, "renamed", p.Name)
		require.False(t, p.Seen.IsZero())
	}
	pets, err = c.Pet.Update().Where(pet.Name("nobody")).SetName("x").Returning(ctx)
	require.NoError(t, err)
	require.Empty(t, pets)
	_, err = c.Pet.Update().SetName("x").AddFanIDs(1).Returning(ctx)
	require.ErrorIs(t, err, sqlgraph.ErrReturning)
	require.Len(t, c.sent(func() { pets, err = c.Pet.Delete().Where(pet.Name("renamed")).Returning(ctx) }), 1)
	require.NoError(t, err)
	require.Len(t, pets, 3)
	require.Equal(t, 3, c.Pet.Query().CountX(ctx))

	taken := c.Person.Query().FirstX(ctx)
	_, err = c.Person.Update().SetCode(taken.Code).Returning(ctx)
	require.True(t, ent.IsConstraintError(err), "%v", err)

	// Hooks run as with Save, and what they run is none of the caller's.
	hooked := 0
	c.Person.Use(func(next ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			if hooked++; hooked == 1 {
				c.Person.Update().SetName("by the hook").ExecX(ctx)
			}
			return next.Mutate(ctx, m)
		})
	})
	people, err := c.Person.Update().Where(person.Code("1")).SetRank(7).Returning(ctx)
	require.NoError(t, err)
	require.Len(t, people, 1)
	require.Equal(t, "by the hook", people[0].Name)
	require.Equal(t, 2, hooked)

	db := neontest.OpenWith(t, neontest.Config{Empty: true})
	stock := ent.NewClient(ent.Driver(entsql.OpenDB(dialect.Postgres, db.SQL())))
	_, err = stock.Pet.Delete().Returning(ctx)
	require.ErrorIs(t, err, sqlgraph.ErrReturning)
}

func TestSQLAndExplain(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := t.Context()
	q := c.Person.Query().Where(person.NameIn("p1", "p2")).WithPets().Order(person.ByID())
	var text string
	var args []any
	var err error
	require.Empty(t, c.sent(func() { text, args, err = q.SQL(ctx) }))
	require.NoError(t, err)
	require.Contains(t, text, "UNION ALL")
	require.Equal(t, []any{`{"p1","p2"}`}, args)
	require.Len(t, c.sent(func() {
		require.Len(t, q.AllX(ctx), 2)
	}), 1, "asking for the text has not changed the query")
	plan, err := q.Explain(ctx)
	require.NoError(t, err)
	require.Contains(t, plan, "Append")
	text, _, err = c.Pet.Query().SQL(ctx)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(text, `SELECT "pets"."id"`), text)
}

func TestInTx(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := t.Context()
	errNo := errors.New("no")
	add := func(ctx context.Context, c *ent.Client, code string) error {
		return c.Person.Create().SetCode(code).SetName(code).Exec(ctx)
	}
	exists := func(code string) bool { return c.Person.Query().Where(person.Code(code)).ExistX(ctx) }
	require.NoError(t, c.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error {
		require.NoError(t, add(ctx, tx, "kept"))
		err := tx.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error {
			require.NoError(t, add(ctx, tx, "undone"))
			require.NoError(t, tx.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error { return add(ctx, tx, "deeper") }))
			// A failed statement: only the savepoint is lost.
			return add(ctx, tx, "kept")
		})
		require.True(t, ent.IsConstraintError(err), "%v", err)
		return tx.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error { return add(ctx, tx, "second") })
	}))
	require.True(t, exists("kept"))
	require.True(t, exists("second"))
	require.False(t, exists("undone"))
	require.False(t, exists("deeper"))

	require.ErrorIs(t, c.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error {
		require.NoError(t, add(ctx, tx, "gone"))
		return errNo
	}), errNo)
	require.False(t, exists("gone"))
	require.Panics(t, func() {
		_ = c.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error {
			require.NoError(t, add(ctx, tx, "panicked"))
			panic("oh")
		})
	})
	require.False(t, exists("panicked"))

	// Two transactions that read what the other writes: one is run again.
	runs := 0
	require.NoError(t, c.InTx(ctx, &stdsql.TxOptions{Isolation: stdsql.LevelSerializable}, func(ctx context.Context, tx *ent.Client) error {
		runs++
		n := tx.Person.Query().CountX(ctx)
		if runs == 1 {
			require.NoError(t, c.InTx(context.WithoutCancel(ctx), &stdsql.TxOptions{Isolation: stdsql.LevelSerializable},
				func(ctx context.Context, other *ent.Client) error {
					return add(ctx, other, fmt.Sprint("other", other.Person.Query().CountX(ctx)))
				}))
		}
		return add(ctx, tx, fmt.Sprint("count", n))
	}))
	require.Equal(t, 2, runs)
}
