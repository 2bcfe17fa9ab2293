package clienttest

import (
	"fmt"
	"math/rand/v2"
	"slices"
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
)

// limits are set on every edge that has many neighbors, or on none: then the
// test cuts what it gets by itself.
type limits struct {
	set                                    bool
	pets, friends, groups, likes, children int
}

func (l limits) query(c *ent.Client, by []person.OrderOption) *ent.PersonQuery {
	limit := func(q interface{ limit(int) }, n int) {
		if l.set {
			q.limit(n)
		}
	}
	return c.Person.Query().Order(person.ByID()).
		WithPets(func(q *ent.PetQuery) {
			limit(pets{q}, l.pets)
			q.Order(pet.ByName(entsql.OrderDesc()), pet.ByID())
		}).
		WithLikes(func(q *ent.LikeQuery) {
			limit(likes{q}, l.likes)
			q.Order(like.ByWeight(), like.ByPersonID(), like.ByPetID())
		}).
		WithChildren(func(q *ent.PersonQuery) {
			q.Order(by...).Order(person.ByID()).Where(person.IDGT(3)).WithPets(func(q *ent.PetQuery) {
				q.Order(pet.ByID())
				limit(pets{q}, l.pets)
			})
			limit(people{q}, l.children)
		}).
		WithGroups(func(q *ent.GroupQuery) {
			q.Order(group.ByID(entsql.OrderDesc())).WithMembers(func(q *ent.PersonQuery) {
				q.Order(by...).Order(person.ByID())
				limit(people{q}, l.friends)
			})
			limit(groups{q}, l.groups)
		}).
		WithNamedFriends("some", func(q *ent.PersonQuery) {
			q.Order(by...).Order(person.ByID())
			limit(people{q}, l.friends)
		})
}

type (
	pets   struct{ *ent.PetQuery }
	likes  struct{ *ent.LikeQuery }
	groups struct{ *ent.GroupQuery }
	people struct{ *ent.PersonQuery }
)

func (q pets) limit(n int)   { q.LimitPerParent(n) }
func (q likes) limit(n int)  { q.LimitPerParent(n) }
func (q groups) limit(n int) { q.LimitPerParent(n) }
func (q people) limit(n int) { q.LimitPerParent(n) }

func first[T any](all []T, n int) []T { return all[:min(n, len(all))] }

// seen is what was loaded, cut where the query didn't.
func (l limits) seen(t *testing.T, all []*ent.Person) string {
	t.Helper()
	var out []any
	for _, p := range all {
		for _, c := range p.Edges.Children {
			c.Edges.Pets = first(c.Edges.Pets, l.pets)
		}
		for _, g := range p.Edges.Groups {
			g.Edges.Members = first(g.Edges.Members, l.friends)
		}
		friends, err := p.NamedFriends("some")
		require.NoError(t, err)
		out = append(out, p.ID, first(p.Edges.Pets, l.pets), first(p.Edges.Likes, l.likes),
			first(p.Edges.Children, l.children), first(p.Edges.Groups, l.groups), first(friends, l.friends))
	}
	return encode(t, out)
}

// The neighbors of each parent are the first of all in the query's order.
func TestLimitPerParentIsTheFirstOfEach(t *testing.T) {
	t.Parallel()
	for seed := *firstSeed; seed < *firstSeed+*seeds; seed++ {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			p := openPair(t, []neon.Mode{neon.ModeDirect, neon.ModePooled}[seed%2])
			for _, c := range []*ent.Client{p.ours, p.stock} {
				w := &world{Rand: rand.New(rand.NewPCG(uint64(seed), 3)), c: c}
				w.populate(ctx, t)
				for _, id := range w.persons {
					w.c.Person.UpdateOneID(id).AddFriendIDs(slices.DeleteFunc(pick(w, w.persons, 5), func(other int) bool { return other <= id })...).ExecX(ctx)
				}
				for range 6 {
					l := limits{pets: 1 + w.IntN(2), friends: 1 + w.IntN(4), groups: 1 + w.IntN(2), likes: 1 + w.IntN(3), children: 1 + w.IntN(2)}
					by := orders(w)
					want := l.seen(t, l.query(c, by).AllX(ctx))
					unlimited := l
					l.set = true
					q := l.query(c, by)
					got := q.AllX(ctx)
					for _, p := range got {
						require.LessOrEqual(t, len(p.Edges.Pets), l.pets)
						require.LessOrEqual(t, len(p.Edges.Likes), l.likes)
						require.LessOrEqual(t, len(p.Edges.Groups), l.groups)
						require.LessOrEqual(t, len(p.Edges.Children), l.children)
					}
					require.Equal(t, want, unlimited.seen(t, got))
				}
			}
		})
	}
}

func TestLimitPerParentIsOneStatement(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := t.Context()
	all := c.Person.Query().IDsX(ctx)
	for _, id := range all {
		g := c.Group.Create().SetID(fmt.Sprint("g", id)).SetTitle("g").AddMemberIDs(all...).SaveX(ctx)
		require.NotEmpty(t, g.ID)
	}
	q := limits{set: true, pets: 1, friends: 1, groups: 2, likes: 1, children: 1}.query(c.Client, nil)
	var got []*ent.Person
	for range 2 {
		sent := c.sent(func() { got = q.Clone().WithNamedPets("x", func(q *ent.PetQuery) { q.LimitPerParent(1) }).AllX(ctx) })
		require.Len(t, sent, 1, "%v", sent)
		require.Len(t, got, 3)
		require.Len(t, got[0].Edges.Pets, 1)
		require.Len(t, got[0].Edges.Groups, 2)
		require.Len(t, got[0].Edges.Groups[0].Edges.Members, 1)
		named, err := got[1].NamedPets("x")
		require.NoError(t, err)
		require.Len(t, named, 1)
	}
	text, _, err := c.Person.Query().WithNamedPets("x").SQL(ctx)
	require.NoError(t, err)
	require.Contains(t, text, "UNION ALL", "named edges go along, too")

	// Limit counts all parents, as in stock.
	got = c.Person.Query().Order(person.ByID()).WithPets(func(q *ent.PetQuery) { q.Order(pet.ByID()).Limit(2).LimitPerParent(1) }).AllX(ctx)
	total := 0
	for _, p := range got {
		total += len(p.Edges.Pets)
		require.LessOrEqual(t, len(p.Edges.Pets), 1)
	}
	require.LessOrEqual(t, total, 2)
	// Statements of their own: a lock, and an offset.
	for _, opt := range []func(*ent.PetQuery){
		func(q *ent.PetQuery) { q.LimitPerParent(1).ForUpdate() },
		func(q *ent.PetQuery) { q.LimitPerParent(1).Offset(1) },
		func(q *ent.PetQuery) { q.LimitPerParent(1).Order(entsql.OrderByRand()) },
		func(q *ent.PetQuery) { q.LimitPerParent(2).LimitPerParent(1).WithOwner() },
	} {
		for _, p := range c.Person.Query().WithPets(opt).AllX(ctx) {
			require.Len(t, first(p.Edges.Pets, 2), min(1, len(p.Edges.Pets)))
		}
	}
	require.Len(t, c.Person.Query().WithPets(func(q *ent.PetQuery) { q.LimitPerParent(1).LimitPerParent(0) }).AllX(ctx)[0].Edges.Pets, 2)

	// With a cursor: the first of what comes after it, and the last ahead of it.
	byName := func(q *ent.PetQuery) *ent.PetQuery { return q.Order(pet.ByName()) }
	cursor, err := byName(c.Pet.Query()).Cursor("pet1", uuid.Nil)
	require.NoError(t, err)
	got = c.Person.Query().Order(person.ByID()).WithPets(func(q *ent.PetQuery) { byName(q).After(cursor).LimitPerParent(1) }).AllX(ctx)
	require.Empty(t, got[0].Edges.Pets)
	require.Equal(t, "pet1 0", got[1].Edges.Pets[0].Name)
	require.Equal(t, "pet2 0", got[2].Edges.Pets[0].Name)
	got = c.Person.Query().Order(person.ByID()).WithPets(func(q *ent.PetQuery) { byName(q).Before(cursor).Limit(1) }).AllX(ctx)
	require.Equal(t, "pet0 1", got[0].Edges.Pets[0].Name)
	require.Empty(t, got[1].Edges.Pets)

	_, err = c.Pet.Query().LimitPerParent(1).All(ctx)
	require.ErrorContains(t, err, "LimitPerParent")
	_, err = c.Pet.Query().LimitPerParent(1).WithOwner().All(ctx)
	require.ErrorContains(t, err, "LimitPerParent")
	_, err = c.Person.Query().WithPets(func(q *ent.PetQuery) { q.LimitPerParent(-1) }).All(ctx)
	require.ErrorContains(t, err, "negative")
}
