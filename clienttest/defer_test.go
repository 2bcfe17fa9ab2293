package clienttest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/clienttest/ent"
	"github.com/espalier-go/espalier/clienttest/ent/group"
	"github.com/espalier-go/espalier/clienttest/ent/pet"
	"github.com/espalier-go/espalier/neon"
)

func TestDeferredWrites(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := neon.Defer(t.Context())
	owner := c.Person.Query().FirstX(ctx)
	before := c.Pet.Query().CountX(ctx)
	var late *ent.Pet
	require.NoError(t, c.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error {
		late = tx.Pet.Create().SetName("a").SetOwner(owner).AddFans(owner).SaveX(ctx)
		tx.Group.Create().SetID("g").SetTitle("t").AddMembers(owner).ExecX(ctx)
		tx.Pet.CreateBulk(tx.Pet.Create().SetName("b"), tx.Pet.Create().SetName("c")).ExecX(ctx)
		require.Equal(t, before, c.Pet.Query().CountX(ctx), "nothing is there yet")
		require.Equal(t, before+3, tx.Pet.Query().CountX(ctx), "a read sees what was written")
		tx.Pet.Create().SetName("d").ExecX(ctx)
		return nil
	}))
	require.Equal(t, before+4, c.Pet.Query().CountX(ctx))
	require.Equal(t, late.String(), c.Pet.GetX(ctx, late.ID).String())
	require.Equal(t, owner.ID, c.Group.Query().Where(group.ID("g")).QueryMembers().OnlyIDX(ctx))
	require.Equal(t, owner.ID, c.Pet.QueryFans(late).OnlyIDX(ctx))

	// Rolled back, they were never sent.
	errNo := errors.New("no")
	require.ErrorIs(t, c.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error {
		tx.Pet.Create().SetName("never").ExecX(ctx)
		return errNo
	}), errNo)
	require.False(t, c.Pet.Query().Where(pet.Name("never")).ExistX(ctx))
	// Outside of a transaction nothing waits.
	c.Group.Create().SetID("now").SetTitle("t").ExecX(ctx)
	require.True(t, ent.IsConstraintError(c.Group.Create().SetID("now").SetTitle("t").Exec(ctx)))
}

func TestDeferredErrors(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := neon.Defer(t.Context())
	writes := func(tx *ent.Client, last func(*ent.Client) error) error {
		tx.Group.Create().SetID("1").SetTitle("t").ExecX(ctx)
		tx.Group.Create().SetID("2").SetTitle("t").AddMemberIDs(987654).ExecX(ctx)
		tx.Group.Create().SetID("3").SetTitle("t").ExecX(ctx)
		return last(tx)
	}
	for name, last := range map[string]func(*ent.Client) error{
		"commit": func(*ent.Client) error { return nil },
		"read":   func(tx *ent.Client) error { _, err := tx.Group.Query().All(ctx); return err },
		"write": func(tx *ent.Client) error {
			_, err := tx.Person.UpdateOneID(1).SetName("x").AddGroupIDs("1").Save(ctx)
			return err
		},
		"bulk": func(tx *ent.Client) error { return tx.Person.Create().SetCode("x").SetName("y").Exec(ctx) },
	} {
		err := c.InTx(ctx, nil, func(_ context.Context, tx *ent.Client) error { return writes(tx, last) })
		require.True(t, ent.IsConstraintError(err), "%s: %v", name, err)
		var failed *neon.DeferredError
		require.ErrorAs(t, err, &failed, name)
		require.Equal(t, 1, failed.Index, name)
		require.Contains(t, failed.Statement, "INSERT INTO", name)
		require.Zero(t, c.Group.Query().CountX(ctx), name)
	}
	id := uuid.New()
	err := c.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error {
		for range 2 {
			require.NoError(t, tx.Pet.MapCreateBulk([]int{1, 2}, func(p *ent.PetCreate, i int) { p.SetName(fmt.Sprint(i)).SetID(id) }).Exec(ctx))
		}
		return nil
	})
	require.True(t, ent.IsConstraintError(err), "%v", err)
	require.Equal(t, 3, c.Person.Query().CountX(ctx), "the connection is clean")
}
