package clienttest

import (
	"context"
	"slices"
	"strings"
	"testing"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/clienttest/ent"
	"github.com/espalier-go/espalier/clienttest/ent/person"
)

// What the package comment of sqlgraph lists goes as ent sends it, and shows in
// the debug log: several lines where there is one otherwise.
func TestFallbacksShow(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := t.Context()
	ids := c.Person.Query().Order(person.ByID()).IDsX(ctx)
	pet := func() *ent.Pet { return c.Pet.Create().SetName("loose").SaveX(ctx) }
	n := 0
	create := func(c *ent.Client) *ent.PersonCreate {
		n++
		return c.Person.Create().SetCode(strings.Repeat("n", n)).SetName("n")
	}
	inTx := func(f func(ctx context.Context, tx *ent.Client) error) func() error {
		return func() error { return c.InTx(ctx, nil, f) }
	}
	loose := []*ent.Pet{pet(), pet(), pet(), pet(), pet(), pet()}
	card := c.Card.Create().SetNumber("1").SaveX(ctx)
	cards := c.Card.Create().SetNumber("2").SaveX(ctx)
	for _, op := range []struct {
		name  string
		lines int // Tx and Commit are lines, too
		run   func() error
	}{
		{"create with edges", 1, func() error { return create(c.Client).AddFriendIDs(ids[0]).AddPets(loose[0]).Exec(ctx) }},
		{"update with edges", 1, func() error { return c.Person.UpdateOneID(ids[1]).AddFriendIDs(ids[2]).AddPets(loose[1]).Exec(ctx) }},
		{"upsert with edges", 4, func() error {
			return create(c.Client).AddFriendIDs(ids[0]).OnConflictColumns(person.FieldCode).UpdateNewValues().Exec(ctx)
		}},
		{"edges that link a row twice", 6, func() error {
			p := c.Person.Create().SetCode("single").SetName("s").SaveX(ctx)
			return create(c.Client).AddChildren(p).SetSpouse(p).Exec(ctx)
		}},
		{"several links in a transaction", 5, inTx(func(ctx context.Context, tx *ent.Client) error {
			return create(tx).AddPets(loose[2]).SetCard(card).Exec(ctx)
		})},
		{"an update of several links in a transaction", 5, inTx(func(ctx context.Context, tx *ent.Client) error {
			return tx.Person.UpdateOneID(ids[2]).AddPets(loose[3]).SetCard(cards).Exec(ctx)
		})},
		{"an update with a RETURNING of its own", 4, func() error {
			return c.Person.UpdateOneID(ids[0]).SetName("r").Modify(func(u *entsql.UpdateBuilder) { u.Returning("id") }).Exec(ctx)
		}},
		{"a bulk with edges", 4, func() error { return c.Person.CreateBulk(create(c.Client).AddFriendIDs(ids[0])).Exec(ctx) }},
		{"updates of many with edges", 5, func() error {
			return c.Person.Update().Where(person.IDIn(ids...)).SetName("m").AddFriendIDs(ids[0]).Exec(ctx)
		}},
		{"a bulk update with one of these", 6, inTx(func(ctx context.Context, tx *ent.Client) error {
			return tx.Person.UpdateBulk(tx.Person.UpdateOneID(ids[0]).SetName("x"),
				tx.Person.UpdateOneID(ids[1]).AddFriendIDs(ids[0]).Where(person.ActiveEQ(true))).Exec(ctx)
		})},
	} {
		var err error
		sent := c.sent(func() { err = op.run() })
		require.NoError(t, err, op.name)
		// The debug driver shows the reason of a fallback in a transaction, which is no statement.
		sent = slices.DeleteFunc(sent, func(line string) bool { return strings.Contains(line, "query=-- neon: ") })
		require.Len(t, sent, op.lines, "%s:\n%s", op.name, strings.Join(sent, "\n"))
	}
}
