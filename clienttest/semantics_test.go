package clienttest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	entgo "entgo.io/ent"
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/clienttest/ent"
	"github.com/espalier-go/espalier/clienttest/ent/intercept"
	"github.com/espalier-go/espalier/clienttest/ent/person"
	"github.com/espalier-go/espalier/clienttest/ent/pet"
	"github.com/espalier-go/espalier/clienttest/ent/privacy"
	"github.com/espalier-go/espalier/clienttest/ent/schema"
	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neontest"
)

// counted is a client behind neon's driver, whose queries are recorded.
type counted struct {
	*ent.Client
	mu      sync.Mutex
	queries []string
}

func openCounted(t *testing.T) *counted {
	t.Helper()
	db := neontest.OpenWith(t, neontest.Config{Empty: true})
	drv, err := neon.Open(t.Context(), db.ClientURL(t), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, drv.Close()) })
	c := &counted{}
	c.Client = ent.NewClient(ent.Driver(dialect.DebugWithContext(drv, func(_ context.Context, v ...any) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.queries = append(c.queries, fmt.Sprint(v...))
	})))
	require.NoError(t, c.Schema.Create(t.Context()))
	ctx := t.Context()
	for i := range 3 {
		p := c.Person.Create().SetCode(fmt.Sprint(i)).SetName(fmt.Sprint("p", i)).SaveX(ctx)
		for j := range 2 {
			c.Pet.Create().SetName(fmt.Sprint("pet", i, j)).SetOwner(p).SaveX(ctx)
		}
		c.Note.Create().SetText("secret").SetAuthor(p).SaveX(ctx)
	}
	return c
}

// sent runs f and returns what it sent.
func (c *counted) sent(f func()) []string {
	c.mu.Lock()
	c.queries = nil
	c.mu.Unlock()
	f()
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.queries)
}

func TestTraversersArePartOfTheGraph(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	calls := 0
	c.Pet.Intercept(intercept.TraversePet(func(ctx context.Context, q *ent.PetQuery) error {
		calls++
		require.Equal(t, entgo.OpQueryAll, entgo.QueryFromContext(ctx).Op)
		q.Where(pet.NameHasSuffix("1"))
		return nil
	}))
	q := c.Person.Query().WithPets()
	for range 2 {
		calls = 0
		var people []*ent.Person
		require.Len(t, c.sent(func() { people = q.AllX(t.Context()) }), 1)
		require.Equal(t, 1, calls, "once for each run, as in ent")
		for _, p := range people {
			require.Len(t, p.Edges.Pets, 1)
		}
	}
}

func TestWrappingInterceptorsRunByThemselves(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	c.Pet.Intercept(ent.InterceptFunc(func(next ent.Querier) ent.Querier {
		return ent.QuerierFunc(func(ctx context.Context, q ent.Query) (ent.Value, error) {
			v, err := next.Query(ctx, q)
			if pets, ok := v.([]*ent.Pet); ok {
				return pets[:1], err
			}
			return v, err
		})
	}))
	var people []*ent.Person
	require.Len(t, c.sent(func() { people = c.Person.Query().WithPets().WithCard().Order(person.ByID()).AllX(t.Context()) }), 2)
	require.Len(t, people[0].Edges.Pets, 1)
	require.Empty(t, people[1].Edges.Pets)
}

func TestPoliciesHold(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	_, err := c.Person.Query().WithNotes().All(t.Context())
	require.ErrorIs(t, err, privacy.Deny)
	// Where there is no parent nothing is asked.
	_, err = c.Person.Query().Where(person.Code("none")).WithNotes().All(t.Context())
	require.NoError(t, err)
	people := c.Person.Query().WithNotes().WithPets().AllX(context.WithValue(t.Context(), schema.ViewerKey{}, true))
	require.Len(t, people[0].Edges.Notes, 1)
	require.Len(t, people[0].Edges.Pets, 2)
}

func TestModifiersRunByThemselves(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	var people []*ent.Person
	require.Len(t, c.sent(func() {
		people = c.Person.Query().WithPets(func(q *ent.PetQuery) {
			q.Modify(func(s *entsql.Selector) { s.Where(entsql.Like(s.C("name"), "%0")) })
		}).AllX(t.Context())
	}), 2)
	require.Len(t, people[0].Edges.Pets, 1)
	require.Len(t, c.sent(func() {
		people = c.Person.Query().WithPets().Modify(func(s *entsql.Selector) { s.Limit(1) }).AllX(t.Context())
	}), 2)
	require.Len(t, people, 1)
	var counts []*ent.Person
	c.sent(func() {
		counts = c.Person.Query().WithPets().Order(person.ByPetsCount(entsql.OrderSelectAs("pets"))).AllX(t.Context())
	})
	v, err := counts[0].Value("pets")
	require.NoError(t, err)
	require.EqualValues(t, 2, v)
	require.Len(t, counts[0].Edges.Pets, 2)
}

func TestHooksSeeTheMutation(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	var seen []string
	c.Person.Use(func(next ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			v, err := next.Mutate(ctx, m)
			if p, ok := v.(*ent.Person); ok && err == nil {
				id, _ := m.(*ent.PersonMutation).ID()
				require.Equal(t, p.ID, id)
				seen = append(seen, fmt.Sprint(m.Op(), " ", p.Nick))
			}
			return v, err
		})
	})
	p := c.Person.Create().SetCode("x").SetName("x").SaveX(t.Context())
	require.Equal(t, "anon", p.Nick, "the database's default is read back")
	require.Equal(t, 42, p.Rank)
	c.Person.UpdateOne(p).SetNick("n").ExecX(t.Context())
	require.Equal(t, []string{"OpCreate anon", "OpUpdateOne n"}, seen)
	bulk := c.Person.CreateBulk(c.Person.Create().SetCode("y").SetName("y"), c.Person.Create().SetCode("z").SetName("z")).SaveX(t.Context())
	require.Equal(t, "anon", bulk[1].Nick)
}

func TestTransactionsSurviveFailedChecks(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := t.Context()
	taken := c.Pet.Query().FirstIDX(ctx)
	tx, err := c.Tx(ctx)
	require.NoError(t, err)
	err = tx.Person.Create().SetCode("a").SetName("a").AddPetIDs(taken).Exec(ctx)
	require.True(t, ent.IsConstraintError(err), "%v", err)
	first := tx.Person.Query().FirstIDX(ctx)
	err = tx.Person.UpdateOneID(first + 1).AddPetIDs(taken).Exec(ctx)
	require.True(t, ent.IsConstraintError(err), "%v", err)
	tx.Person.Create().SetCode("b").SetName("b").ExecX(ctx)
	require.NoError(t, tx.Commit())
	require.True(t, c.Person.Query().Where(person.Code("b")).ExistX(ctx))

	// Outside of one, nothing is left of what failed.
	err = c.Person.Create().SetCode("c").SetName("c").AddPetIDs(taken).Exec(ctx)
	require.True(t, ent.IsConstraintError(err), "%v", err)
	require.ErrorContains(t, err, "is already connected to a different person_pets")
	require.False(t, c.Person.Query().Where(person.Code("c")).ExistX(ctx))
}

func TestInListsAreArrays(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	sent := c.sent(func() { c.Person.Query().Where(person.IDIn(1, 2, 3), person.NameNotIn("a", `b"`)).AllX(t.Context()) })
	require.Len(t, sent, 1)
	require.Contains(t, sent[0], `"persons"."id" = ANY($1)`)
	require.Contains(t, sent[0], `"persons"."name" <> ALL($2)`)
	require.Contains(t, sent[0], `{1,2,3}`)
	require.False(t, strings.Contains(sent[0], " IN ("), sent[0])
	require.Empty(t, c.Person.Query().Where(person.IDIn()).AllX(t.Context()))
	require.Len(t, c.Person.Query().Where(person.IDNotIn()).AllX(t.Context()), 3)
}

func TestCanceledContexts(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Person.Query().WithPets().All(ctx)
	require.ErrorIs(t, err, context.Canceled)
	err = c.Person.UpdateOneID(1).AddGroupIDs("g").Exec(ctx)
	require.True(t, errors.Is(err, context.Canceled), "%v", err)
	require.Equal(t, 3, c.Person.Query().CountX(t.Context()))
}
