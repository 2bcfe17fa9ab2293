package clienttest

import (
	"context"
	"fmt"
	"testing"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/clienttest/ent"
	"github.com/espalier-go/espalier/clienttest/ent/group"
	"github.com/espalier-go/espalier/clienttest/ent/like"
	"github.com/espalier-go/espalier/clienttest/ent/person"
	"github.com/espalier-go/espalier/clienttest/ent/pet"
	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neon/dialect/sql/sqlgraph"
)

func TestUpsertRow(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := t.Context()
	create := func(code, name string) *ent.PersonCreate { return c.Person.Create().SetCode(code).SetName(name) }
	var row ent.Upserted[*ent.Person]
	var err error
	require.Len(t, c.sent(func() {
		row, err = create("new", "n").OnConflictColumns(person.FieldCode).UpdateNewValues().Row(ctx)
	}), 1)
	require.NoError(t, err)
	require.True(t, row.Inserted)
	require.Equal(t, c.Person.GetX(ctx, row.Node.ID).String(), row.Node.String())
	require.Equal(t, 42, row.Node.Rank, "a default of the database")
	first := row.Node.ID
	c.Person.UpdateOneID(first).SetRank(7).ExecX(ctx)

	row, err = create("new", "again").OnConflictColumns(person.FieldCode).UpdateNewValues().Row(ctx)
	require.NoError(t, err)
	require.False(t, row.Inserted)
	require.Equal(t, first, row.Node.ID)
	require.Equal(t, 7, row.Node.Rank, "as it is in the database")
	require.Equal(t, "again", row.Node.Name)

	row, err = create("new", "ignored").OnConflictColumns(person.FieldCode).Ignore().Row(ctx)
	require.NoError(t, err)
	require.False(t, row.Inserted)
	require.Equal(t, "again", row.Node.Name)
	row, err = create("new", "ignored").OnConflictColumns(person.FieldCode).DoNothing().Row(ctx)
	require.NoError(t, err)
	require.Zero(t, row)
	row, err = create("newer", "n").OnConflictColumns(person.FieldCode).DoNothing().Row(ctx)
	require.NoError(t, err)
	require.True(t, row.Inserted)

	// Inserted and updated in one transaction.
	require.NoError(t, c.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error {
		for _, isNew := range []bool{true, false, false} {
			row, err := tx.Person.Create().SetCode("tx").SetName("t").OnConflictColumns(person.FieldCode).UpdateNewValues().Row(ctx)
			require.NoError(t, err)
			require.Equal(t, isNew, row.Inserted)
		}
		return nil
	}))

	_, err = create("edges", "e").AddFriendIDs(first).OnConflictColumns(person.FieldCode).UpdateNewValues().Row(ctx)
	require.ErrorIs(t, err, sqlgraph.ErrUpserted)
	_, err = create("bad", "e").SetAge(-1).OnConflictColumns(person.FieldCode).UpdateNewValues().Row(ctx)
	require.True(t, ent.IsConstraintError(err), "%v", err)

	// Ids of other types, and composite ones.
	g, err := c.Group.Create().SetID("g").SetTitle("t").OnConflictColumns(group.FieldID).UpdateNewValues().Row(ctx)
	require.NoError(t, err)
	require.True(t, g.Inserted)
	p := c.Pet.Query().FirstX(ctx)
	same, err := c.Pet.Create().SetID(p.ID).SetName("same").OnConflictColumns(pet.FieldID).UpdateName().Row(ctx)
	require.NoError(t, err)
	require.Equal(t, p.ID, same.Node.ID)
	require.Equal(t, "same", same.Node.Name)
	require.True(t, p.Seen.Equal(same.Node.Seen))
	for weight, isNew := range []bool{true, false} {
		l, err := c.Like.Create().SetPersonID(first).SetPetID(p.ID).SetWeight(weight).
			OnConflictColumns(like.FieldPersonID, like.FieldPetID).UpdateWeight().Row(ctx)
		require.NoError(t, err)
		require.Equal(t, isNew, l.Inserted)
		require.Equal(t, weight, l.Node.Weight)
	}
}

func TestUpsertRows(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := t.Context()
	n := 0
	bulk := func(codes ...string) *ent.PersonCreateBulk {
		n++
		return c.Person.MapCreateBulk(codes, func(p *ent.PersonCreate, i int) {
			p.SetCode(codes[i]).SetName(fmt.Sprint(codes[i], n))
			if i%2 == 0 {
				p.SetAge(n)
			}
		})
	}
	var rows []ent.Upserted[*ent.Person]
	var err error
	require.Len(t, c.sent(func() {
		rows, err = bulk("a", "0", "b").OnConflictColumns(person.FieldCode).UpdateNewValues().Rows(ctx)
	}), 1)
	require.NoError(t, err)
	require.Equal(t, []bool{true, false, true}, []bool{rows[0].Inserted, rows[1].Inserted, rows[2].Inserted})
	for _, row := range rows {
		require.Equal(t, c.Person.GetX(ctx, row.Node.ID).String(), row.Node.String())
	}
	require.Len(t, c.sent(func() {
		rows, err = bulk("a", "c", "0", "d", "d").OnConflictColumns(person.FieldCode).DoNothing().Rows(ctx)
	}), 1)
	require.NoError(t, err)
	require.Nil(t, rows[0].Node)
	require.Equal(t, "c2", rows[1].Node.Name)
	require.True(t, rows[1].Inserted)
	require.Nil(t, rows[2].Node)
	require.Equal(t, "d", rows[3].Node.Code)
	require.Nil(t, rows[4].Node)

	// A condition of the update leaves rows alone, too.
	rows, err = bulk("a", "0", "e").OnConflict(entsql.ConflictColumns(person.FieldCode), entsql.ResolveWithNewValues(),
		entsql.UpdateWhere(entsql.P(func(b *entsql.Builder) { b.WriteString(`"persons"."code" = 'a'`) }))).Rows(ctx)
	require.NoError(t, err)
	require.Equal(t, "a3", rows[0].Node.Name)
	require.Nil(t, rows[1].Node)
	require.True(t, rows[2].Inserted)

	_, err = bulk("x", "x").OnConflictColumns(person.FieldCode).UpdateNewValues().Rows(ctx)
	require.ErrorContains(t, err, "cannot affect row a second time")
	_, err = c.Person.CreateBulk(c.Person.Create().SetCode("y").SetName("y").AddFriendIDs(1)).OnConflictColumns(person.FieldCode).DoNothing().Rows(ctx)
	require.ErrorIs(t, err, sqlgraph.ErrUpserted)

	// The id of a row that was there is not the one made for it.
	p := c.Pet.Query().FirstX(ctx)
	_, err = c.ExecContext(ctx, `CREATE UNIQUE INDEX ON pets (name)`)
	require.NoError(t, err)
	pets, err := c.Pet.CreateBulk(c.Pet.Create().SetName(p.Name), c.Pet.Create().SetName("another")).
		OnConflictColumns(pet.FieldName).UpdateSeen().Rows(ctx)
	require.NoError(t, err)
	require.Equal(t, p.ID, pets[0].Node.ID)
	require.NotEqual(t, uuid.Nil, pets[1].Node.ID)
}

func TestUpsertRowsElsewhere(t *testing.T) {
	t.Parallel()
	c := openPair(t, neon.ModeDirect).stock
	ctx := t.Context()
	_, err := c.Person.Create().SetCode("x").SetName("x").OnConflictColumns(person.FieldCode).UpdateNewValues().Row(ctx)
	require.ErrorIs(t, err, sqlgraph.ErrUpserted)
	_, err = c.Person.CreateBulk(c.Person.Create().SetCode("x").SetName("x")).OnConflictColumns(person.FieldCode).UpdateNewValues().Rows(ctx)
	require.ErrorIs(t, err, sqlgraph.ErrUpserted)
	require.Zero(t, c.Person.Query().CountX(ctx))
}
