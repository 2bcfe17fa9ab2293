package clienttest

import (
	"context"
	"slices"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/clienttest/ent"
	"github.com/espalier-go/espalier/clienttest/ent/person"
	"github.com/espalier-go/espalier/clienttest/ent/pet"
	"github.com/espalier-go/espalier/internal/wireproxy"
	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neontest"
)

// locked is what nobody else can lock while q's transaction is open.
func locked(t *testing.T, c *ent.Client, q func(context.Context, *ent.Tx) error) ([]int, []uuid.UUID) {
	t.Helper()
	ctx := t.Context()
	tx, err := c.Tx(ctx)
	require.NoError(t, err)
	require.NoError(t, q(ctx, tx))
	other, err := c.Tx(ctx)
	require.NoError(t, err)
	skip := entsql.WithLockAction(entsql.SkipLocked)
	people := other.Person.Query().ForUpdate(skip).IDsX(ctx)
	pets := other.Pet.Query().ForUpdate(skip).IDsX(ctx)
	require.NoError(t, other.Rollback())
	require.NoError(t, tx.Rollback())
	return slices.DeleteFunc(c.Person.Query().Order(person.ByID()).IDsX(ctx), func(id int) bool { return slices.Contains(people, id) }),
		slices.DeleteFunc(c.Pet.Query().Order(pet.ByName()).IDsX(ctx), func(id uuid.UUID) bool { return slices.Contains(pets, id) })
}

// A query locks what it locks in stock, whatever it loads along.
func TestLocksAreThoseOfStock(t *testing.T) {
	t.Parallel()
	db := neontest.OpenWith(t, neontest.Config{Empty: true})
	drv, err := neon.Open(t.Context(), db.URL, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, drv.Close()) })
	ours, stock := ent.NewClient(ent.Driver(drv)), ent.NewClient(ent.Driver(entsql.OpenDB(dialect.Postgres, db.SQL())))
	require.NoError(t, ours.Schema.Create(t.Context()))
	ctx := t.Context()
	for _, name := range []string{"a", "b", "c"} {
		p := ours.Person.Create().SetCode(name).SetName(name).SaveX(ctx)
		for range 2 {
			ours.Pet.Create().SetName("pet of " + name).SetOwner(p).AddFans(p).ExecX(ctx)
		}
	}
	of := func(table string) entsql.LockOption { return entsql.WithLockTables(table) }
	for name, query := range map[string]func(*ent.Tx) *ent.PersonQuery{
		"rows": func(tx *ent.Tx) *ent.PersonQuery { return tx.Person.Query().Where(person.NameNEQ("b")).ForUpdate() },
		"limited": func(tx *ent.Tx) *ent.PersonQuery {
			return tx.Person.Query().Order(person.ByName()).Limit(1).ForUpdate()
		},
		"and not what is loaded along": func(tx *ent.Tx) *ent.PersonQuery {
			return tx.Person.Query().Where(person.Name("a")).WithPets().WithLiked().ForUpdate()
		},
		"what is loaded along": func(tx *ent.Tx) *ent.PersonQuery {
			return tx.Person.Query().Where(person.Name("a")).WithPets(func(q *ent.PetQuery) { q.ForUpdate() })
		},
		"many to many": func(tx *ent.Tx) *ent.PersonQuery {
			return tx.Person.Query().Where(person.Name("b")).WithLiked(func(q *ent.PetQuery) { q.ForShare(of("pets")) })
		},
		"deep": func(tx *ent.Tx) *ent.PersonQuery {
			return tx.Person.Query().Where(person.Name("b")).WithPets(func(q *ent.PetQuery) {
				q.WithFans(func(q *ent.PersonQuery) { q.ForUpdate(of("persons")) })
			})
		},
		"path": func(tx *ent.Tx) *ent.PersonQuery {
			return tx.Pet.Query().Where(pet.Name("pet of c")).QueryOwner().ForUpdate(of("persons"))
		},
		"by count": func(tx *ent.Tx) *ent.PersonQuery {
			return tx.Person.Query().Where(person.NameNEQ("a")).Order(person.ByPetsCount()).ForUpdate(of("persons"))
		},
	} {
		run := func(ctx context.Context, tx *ent.Tx) error {
			_, err := query(tx).All(ctx)
			return err
		}
		people, pets := locked(t, ours, run)
		wantPeople, wantPets := locked(t, stock, run)
		require.Equal(t, wantPeople, people, name)
		require.Equal(t, wantPets, pets, name)
		require.NotEmpty(t, append(make([]int, len(pets)), people...), name)
		// A page locks the row that tells of the next one, too.
		paged, _ := locked(t, ours, func(ctx context.Context, tx *ent.Tx) error {
			_, err := query(tx).Page(ctx, ent.PageArgs{Limit: 5})
			return err
		})
		if name != "limited" {
			require.Equal(t, people, paged, name)
		}
	}
}

// A lock is one round trip, that of BEGIN included, and what refuses to wait
// says so.
func TestLocksAreOneRoundTrip(t *testing.T) {
	t.Parallel()
	db := neontest.OpenWith(t, neontest.Config{Empty: true})
	proxy, err := wireproxy.New(db.URL)
	require.NoError(t, err)
	t.Cleanup(proxy.Close)
	drv, err := neon.Open(t.Context(), proxy.URL, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, drv.Close()) })
	c := ent.NewClient(ent.Driver(drv))
	ctx := t.Context()
	require.NoError(t, c.Schema.Create(ctx))
	c.Person.Create().SetCode("a").SetName("a").ExecX(ctx)
	for range 2 {
		tx, err := c.Tx(ctx)
		require.NoError(t, err)
		before := proxy.Trips()
		require.Len(t, tx.Person.Query().Where(person.Name("a")).ForUpdate().AllX(ctx), 1)
		require.Equal(t, 1, proxy.Trips()-before)

		other, err := c.Tx(ctx)
		require.NoError(t, err)
		_, err = other.Person.Query().ForUpdate(entsql.WithLockAction(entsql.NoWait)).All(ctx)
		require.ErrorContains(t, err, "55P03")
		require.NoError(t, other.Rollback())
		before = proxy.Trips()
		require.NoError(t, tx.Commit())
		require.Equal(t, 1, proxy.Trips()-before)
	}
}

// What is loaded along with locked rows is read after the lock is held: it can't
// be older than they are. One statement would have one snapshot, from before.
func TestLockedRowsAndTheirEdgesAreOfOneTime(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := t.Context()
	first := c.Person.Query().Order(person.ByID()).FirstX(ctx)
	tx, err := c.Tx(ctx)
	require.NoError(t, err)
	require.Len(t, tx.Person.Query().Where(person.ID(first.ID)).ForUpdate().AllX(ctx), 1)
	type loaded struct {
		people []*ent.Person
		err    error
	}
	waiter := make(chan loaded, 1)
	go func() {
		var got loaded
		got.err = c.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) (err error) {
			got.people, err = tx.Person.Query().Where(person.ID(first.ID)).WithPets().ForUpdate().All(ctx)
			return err
		})
		waiter <- got
	}()
	require.Eventually(t, func() bool {
		rows, err := c.QueryContext(ctx, `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
		if err != nil {
			return false
		}
		defer rows.Close()
		return rows.Next()
	}, time.Minute, 10*time.Millisecond)
	tx.Pet.Create().SetName("late").SetOwnerID(first.ID).ExecX(ctx)
	tx.Person.UpdateOne(first).SetName("changed").ExecX(ctx)
	require.NoError(t, tx.Commit())
	got := <-waiter
	require.NoError(t, got.err)
	require.Equal(t, "changed", got.people[0].Name)
	require.Len(t, got.people[0].Edges.Pets, 3, "with the pet that came while it waited")
}
