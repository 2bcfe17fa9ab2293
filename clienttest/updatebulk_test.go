package clienttest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/clienttest/ent"
	"github.com/espalier-go/espalier/clienttest/ent/person"
	"github.com/espalier-go/espalier/clienttest/ent/pet"
	"github.com/espalier-go/espalier/clienttest/ent/schema"
	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neon/dialect/sql/sqlgraph"
)

// updateBulk updates some nodes, each in its own way and some twice.
func (w *world) updateBulk(ctx context.Context) (any, error) {
	ids := pick(w, w.persons, 6)
	if len(ids) > 1 && w.chance(20) {
		ids = append(ids, ids[0])
	}
	builders := make([]*ent.PersonUpdateOne, len(ids))
	for i, id := range ids {
		u := w.c.Person.UpdateOneID(id)
		m := u.Mutation()
		if w.chance(50) {
			w.fields(m)
		}
		if w.chance(30) {
			m.AddRank(w.IntN(5))
		}
		if w.chance(10) {
			m.AddAge(w.IntN(9) - 3)
		}
		for _, clear := range []func(){m.ClearNick, m.ClearTags, m.ClearBorn, m.ClearParent, m.ClearExtra} {
			if w.chance(10) {
				clear()
			}
		}
		if w.chance(15) {
			for _, id := range pick(w, w.persons, 1) {
				m.SetParentID(id)
			}
		}
		if w.chance(8) {
			w.edges(m)
		}
		if w.chance(6) {
			w.clears(m)
		}
		if w.chance(6) {
			u.Where(person.ActiveEQ(w.chance(60)))
		}
		if w.chance(6) {
			u.Select(person.FieldName, person.FieldScore)
		}
		builders[i] = u
	}
	if w.chance(6) {
		builders = append(builders, w.c.Person.UpdateOneID(987654).SetName("nobody"))
	}
	return w.c.Person.UpdateBulk(builders...).Save(ctx)
}

// updateOthers is the same for ids of other types and for composite ones.
func (w *world) updateOthers(ctx context.Context) (any, error) {
	if w.chance(30) {
		likes := w.c.Like.Query().AllX(ctx)
		builders := make([]*ent.LikeUpdateOne, len(likes))
		for i, l := range likes {
			builders[i] = w.c.Like.UpdateOne(l).AddWeight(2)
		}
		return nil, w.c.Like.UpdateBulk(builders...).Exec(ctx)
	}
	ids := pick(w, w.pets, 5)
	if w.chance(10) {
		ids = append(ids, w.uuid())
	}
	return w.c.Pet.MapUpdateBulk(ids, func(u *ent.PetUpdateOne, i int) {
		if w.chance(70) {
			u.SetName(w.text())
		}
		if w.chance(30) {
			u.SetSeen(w.time())
		}
		if w.chance(30) {
			for _, id := range pick(w, w.persons, 1) {
				u.SetOwnerID(id)
			}
		} else if w.chance(30) {
			u.ClearOwner()
		}
	}).Save(ctx)
}

func TestUpdateBulk(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := t.Context()
	ids := c.Person.Query().Order(person.ByID()).IDsX(ctx)
	var people []*ent.Person
	sent := c.sent(func() {
		people = c.Person.MapUpdateBulk(ids, func(u *ent.PersonUpdateOne, i int) {
			switch i {
			case 0:
				u.SetName("first").SetTags([]string{"x"}).SetPrice("1.50")
			case 1:
				u.AddRank(8).ClearNick().SetRef(uuid.Nil)
			case 2:
				u.SetRank(7).SetParentID(ids[0]).SetBlob([]byte{0, 255})
			}
		}).SaveX(ctx)
	})
	require.Len(t, sent, 1)
	require.Contains(t, sent[0], "unnest(")
	require.Len(t, people, 3)
	for i, p := range people {
		require.Equal(t, ids[i], p.ID, "the order of the builders")
	}
	require.Equal(t, "first", people[0].Name)
	require.Equal(t, []string{"x"}, people[0].Tags)
	require.Equal(t, schema.Decimal("1.50"), people[0].Price)
	require.Equal(t, "p1", people[1].Name)
	require.Equal(t, 50, people[1].Rank)
	require.Empty(t, people[1].Nick)
	require.Equal(t, 7, people[2].Rank)
	require.Equal(t, []byte{0, 255}, people[2].Blob)
	require.Equal(t, ids[0], people[2].QueryParent().OnlyIDX(ctx))

	// What is more than columns keeps its statements, in the same flush.
	pets := c.Pet.Query().IDsX(ctx)
	sent = c.sent(func() {
		people = c.Person.UpdateBulk(
			c.Person.UpdateOneID(ids[0]).SetName("a"),
			c.Person.UpdateOneID(ids[1]).SetName("b").AppendTags([]string{"y"}),
			c.Person.UpdateOneID(ids[2]).SetName("c").AddLikedIDs(pets...),
			c.Person.UpdateOneID(ids[0]).AddRank(1).Where(person.Name("a")),
			c.Person.UpdateOneID(ids[0]),
		).SaveX(ctx)
	})
	require.Len(t, sent, 1)
	require.Equal(t, []string{"y"}, people[1].Tags)
	require.Equal(t, 43, people[3].Rank)
	require.Equal(t, 43, people[4].Rank)
	require.Equal(t, 42, people[0].Rank, "as it was after its own update")
	require.Equal(t, len(pets), people[2].QueryLiked().CountX(ctx))

	require.Empty(t, c.sent(func() { require.Empty(t, c.Person.UpdateBulk().SaveX(ctx)) }))
}

func TestUpdateBulkTellsWhatIsMissing(t *testing.T) {
	t.Parallel()
	p := openPair(t, neon.ModeDirect)
	for name, c := range map[string]*ent.Client{"ours": p.ours, "stock": p.stock} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			id := c.Person.Create().SetCode("x").SetName("x").SaveX(ctx).ID
			rename := func(c *ent.Client) error {
				return c.Person.MapUpdateBulk([]int{77, id, 99}, func(u *ent.PersonUpdateOne, _ int) { u.SetName("y") }).Exec(ctx)
			}
			err := rename(c)
			require.True(t, ent.IsNotFound(err), "%v", err)
			var missing *sqlgraph.MissingError
			require.ErrorAs(t, err, &missing)
			require.Equal(t, []any{77, 99}, missing.IDs)
			require.EqualError(t, err, "ent: person not found: ids [77 99]")
			require.Equal(t, "x", c.Person.GetX(ctx, id).Name, "all or none")

			tx, err := c.Tx(ctx)
			require.NoError(t, err)
			require.True(t, ent.IsNotFound(rename(tx.Client())))
			require.NoError(t, tx.Commit(), "the transaction goes on")

			err = c.Person.UpdateBulk(c.Person.UpdateOneID(id).SetName("z").SetActive(true),
				c.Person.UpdateOneID(id).Where(person.Name("q")).SetName("z")).Exec(ctx)
			require.ErrorAs(t, err, &missing)
			require.Equal(t, []any{id}, missing.IDs)
			require.NotEqual(t, "z", c.Person.GetX(ctx, id).Name, "all or none")

			err = c.Person.UpdateBulk(c.Person.UpdateOneID(id).SetName("z"), c.Person.UpdateOneID(id).SetAge(-1)).Exec(ctx)
			require.True(t, ent.IsConstraintError(err), "%v", err)
			require.NotEqual(t, "z", c.Person.GetX(ctx, id).Name, "all or none")
		})
	}
}

func TestUpdateBulkRunsHooks(t *testing.T) {
	t.Parallel()
	p := openPair(t, neon.ModeDirect)
	for name, c := range map[string]*ent.Client{"ours": p.ours, "stock": p.stock} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			var ids []int
			for i := range 3 {
				ids = append(ids, c.Person.Create().SetCode(fmt.Sprint(i)).SetName("p").SaveX(ctx).ID)
			}
			var log []string
			var fail error
			next := true
			c.Person.Use(func(mutator ent.Mutator) ent.Mutator {
				return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
					pm := m.(*ent.PersonMutation)
					id, _ := pm.ID()
					old, err := pm.OldName(ctx)
					require.NoError(t, err)
					log = append(log, fmt.Sprint("before ", id-ids[0], " ", old))
					if !next {
						return &ent.Person{}, fail
					}
					pm.SetRank(100 + id - ids[0])
					v, err := mutator.Mutate(ctx, m)
					if err != nil {
						require.ErrorIs(t, err, fail)
						return nil, err
					}
					log = append(log, fmt.Sprint("after ", id-ids[0], " ", v.(*ent.Person).Rank))
					return v, nil
				})
			})
			rename := func() error {
				return c.Person.MapUpdateBulk(ids, func(u *ent.PersonUpdateOne, i int) { u.SetName(fmt.Sprint("n", i)) }).Exec(ctx)
			}
			require.NoError(t, rename())
			require.Equal(t, []string{"before 0 p", "before 1 p", "before 2 p", "after 2 102", "after 1 101", "after 0 100"}, log)
			next, fail = false, errors.New("no")
			require.ErrorIs(t, rename(), fail)
			fail = nil
			require.ErrorContains(t, rename(), "a hook returned without the next")
			require.Equal(t, 3, c.Person.Query().Where(person.NameHasPrefix("n"), person.RankGTE(100)).CountX(ctx))
			require.Equal(t, 0, c.Pet.Query().Where(pet.Name("x")).CountX(ctx))
		})
	}
}
