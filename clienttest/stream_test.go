package clienttest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/clienttest/ent"
	"github.com/espalier-go/espalier/clienttest/ent/person"
	"github.com/espalier-go/espalier/clienttest/ent/pet"
)

func TestStream(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := t.Context()
	c.Pet.MapCreateBulk(make([]struct{}, 500), func(p *ent.PetCreate, i int) { p.SetName(fmt.Sprintf("s%03d", i)) }).ExecX(ctx)
	n := 0
	require.Len(t, c.sent(func() {
		for p, err := range c.Pet.Query().Where(pet.NameHasPrefix("s")).Order(pet.ByName()).Stream(ctx) {
			require.NoError(t, err)
			require.Equal(t, fmt.Sprintf("s%03d", n), p.Name)
			n++
		}
	}), 1)
	require.Equal(t, 500, n)
	for range c.Pet.Query().Stream(ctx) {
		break
	}
	require.Equal(t, 506, c.Pet.Query().CountX(ctx), "the connection came back")
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	for _, err := range c.Pet.Query().Stream(canceled) {
		require.ErrorIs(t, err, context.Canceled)
	}
}

// What is loaded along, and interceptors, make it batches.
func TestStreamWithEdges(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := t.Context()
	c.Person.MapCreateBulk(make([]struct{}, 1100), func(p *ent.PersonCreate, i int) { p.SetCode(fmt.Sprint("f", i)).SetName("f") }).ExecX(ctx)
	stream := func(q *ent.PersonQuery) (people, pets int) {
		for p, err := range q.Stream(ctx) {
			require.NoError(t, err)
			people++
			pets += len(p.Edges.Pets)
			named, err := p.NamedPets("x")
			if err == nil {
				pets += len(named)
			}
		}
		return people, pets
	}
	var people, pets int
	require.Len(t, c.sent(func() { people, pets = stream(c.Person.Query().Order(person.ByName(entsql.OrderDesc())).WithPets()) }), 3)
	require.Equal(t, 1103, people)
	require.Equal(t, 6, pets)
	require.Len(t, c.sent(func() {
		people, pets = stream(c.Person.Query().WithNamedPets("x").Offset(1).Limit(501))
	}), 2)
	require.Equal(t, 501, people)
	require.Equal(t, 4, pets)
	people, _ = stream(c.Person.Query().Limit(3))
	require.Equal(t, 3, people)
	c.Person.Intercept(ent.InterceptFunc(func(next ent.Querier) ent.Querier {
		return ent.QuerierFunc(func(ctx context.Context, q ent.Query) (ent.Value, error) {
			v, err := next.Query(ctx, q)
			if nodes, ok := v.([]*ent.Person); ok && err == nil {
				v = nodes[1:]
			}
			return v, err
		})
	}))
	people, _ = stream(c.Person.Query())
	require.Equal(t, 1100, people, "one less of each batch")

	n := 0
	for range c.Person.Query().WithPets().Stream(ctx) {
		if n++; n == 3 {
			break
		}
	}
	require.Equal(t, 3, n)
	errs := 0
	canceled, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, err := range c.Person.Query().WithPets().Stream(canceled) {
		if err != nil {
			require.ErrorIs(t, err, context.Canceled)
			errs++
		}
		cancel()
	}
	require.Equal(t, 1, errs)
}

func TestForEach(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := t.Context()
	c.Person.MapCreateBulk(make([]struct{}, 47), func(p *ent.PersonCreate, i int) { p.SetCode(fmt.Sprint("f", i)).SetName("f") }).ExecX(ctx)
	last, n := 0, 0
	require.Len(t, c.sent(func() {
		require.NoError(t, c.Person.Query().WithPets().ForEach(ctx, 10, func(p *ent.Person) error {
			require.Greater(t, p.ID, last)
			last = p.ID
			n += 1 + len(p.Edges.Pets)
			return nil
		}))
	}), 5)
	require.Equal(t, 50+6, n)
	errEnough := errors.New("enough")
	require.ErrorIs(t, c.Person.Query().ForEach(ctx, 10, func(*ent.Person) error { return errEnough }), errEnough)
	ids := 0
	require.NoError(t, c.Pet.Query().ForEach(ctx, 4, func(*ent.Pet) error { ids++; return nil }))
	require.Equal(t, 6, ids)

	// In the query's order, as far as its limit.
	var names []string
	require.NoError(t, c.Person.Query().Order(person.ByName(entsql.OrderDesc())).Offset(1).Limit(5).ForEach(ctx, 2, func(p *ent.Person) error {
		names = append(names, p.Name)
		return nil
	}))
	require.Equal(t, []string{"p1", "p0", "f", "f", "f"}, names)
}

// manyPersons makes rows without the client.
func manyPersons(t *testing.T, c *ent.Client, n int) {
	t.Helper()
	_, err := c.ExecContext(t.Context(), `INSERT INTO persons (code, name, score, active, level, nick, tags)
		SELECT 'm' || i, 'a name that takes some room ' || i, 1.5, true, 'low', repeat('x', 100), '["a","b"]' FROM generate_series(1, $1::int) i`, n)
	require.NoError(t, err)
}

// The only test here that isn't parallel: it looks at the heap. Two hundred
// thousand rows go by, and no more of them are held than a few; all of them would
// be some hundred megabytes.
func TestStreamsHoldFewRows(t *testing.T) {
	c := openCounted(t)
	ctx := t.Context()
	const rows = 200_000
	manyPersons(t, c.Client, rows)
	heap := func() int {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before := heap()
	n := 0
	for p, err := range c.Person.Query().Where(person.NameHasPrefix("a name")).Stream(ctx) {
		require.NoError(t, err)
		require.NotEmpty(t, p.Nick)
		if n++; n%50_000 == 0 {
			require.Less(t, heap()-before, 8<<20, "after %d rows", n)
		}
	}
	require.Equal(t, rows, n)

	n = 0
	for _, err := range c.Person.Query().WithPets().WithParent().Limit(20_000).Stream(ctx) {
		require.NoError(t, err)
		if n++; n%5_000 == 0 {
			require.Less(t, heap()-before, 16<<20, "after %d rows with edges", n)
		}
	}
	require.Equal(t, 20_000, n)

	// A session that dies meanwhile is one error, the last that is yielded.
	n, errs := 0, 0
	for _, err := range c.Person.Query().Stream(ctx) {
		if err != nil {
			errs++
			continue
		}
		require.Zero(t, errs)
		if n++; n == 1 {
			_, err := c.ExecContext(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'`)
			require.NoError(t, err)
		}
	}
	require.Equal(t, 1, errs)
	require.Less(t, n, rows)

	// Whoever has had enough leaves a connection behind that works.
	tx, err := c.Tx(ctx)
	require.NoError(t, err)
	for range 3 {
		for _, err := range tx.Person.Query().Stream(ctx) {
			require.NoError(t, err)
			break
		}
	}
	require.NoError(t, tx.Person.Create().SetCode("in the transaction").SetName("x").Exec(ctx))
	require.NoError(t, tx.Commit())
	require.True(t, c.Person.Query().Where(person.Code("in the transaction")).ExistX(ctx))
}
