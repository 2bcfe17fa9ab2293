package clienttest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/clienttest/ent"
	"github.com/espalier-go/espalier/clienttest/ent/person"
	"github.com/espalier-go/espalier/neon"
)

// What CopyFrom stores is what CreateBulk stores.
func TestCopyFromStoresTheSame(t *testing.T) {
	t.Parallel()
	p := openPair(t, neon.ModeDirect)
	ctx := t.Context()
	builders := func(c *ent.Client) []*ent.PersonCreate {
		w := &world{Rand: rand.New(rand.NewPCG(7, 7)), c: c}
		parent := c.Person.Create().SetCode("parent").SetName("p").SaveX(ctx)
		out := make([]*ent.PersonCreate, 300)
		for i := range out {
			out[i] = c.Person.Create().SetCode(fmt.Sprint("code", i))
			w.fields(out[i].Mutation())
			// These have defaults in the database.
			out[i].SetNick(w.text()).SetRank(i).SetAge(w.IntN(9))
			if i%3 == 0 {
				out[i].SetParent(parent)
			}
		}
		return out
	}
	n, err := p.ours.Person.CopyFrom(ctx, slices.Values(builders(p.ours)))
	require.NoError(t, err)
	require.Equal(t, 300, n)
	_, err = p.stock.Person.CreateBulk(builders(p.stock)...).Save(ctx)
	require.NoError(t, err)
	want, err := dump(ctx, p.stock)
	require.NoError(t, err)
	got, err := dump(ctx, p.ours)
	require.NoError(t, err)
	require.Equal(t, outcome(want, nil), outcome(got, nil))
}

func TestCopyFrom(t *testing.T) {
	t.Parallel()
	p := openPair(t, neon.ModeDirect)
	for name, c := range map[string]*ent.Client{"ours": p.ours, "stock": p.stock} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			people := func(n int, then func(i int) error) func(func(*ent.PersonCreate, error) bool) {
				return func(yield func(*ent.PersonCreate, error) bool) {
					for i := range n {
						if err := then(i); err != nil {
							yield(nil, err)
							return
						}
						if !yield(c.Person.Create().SetCode(fmt.Sprint(i)).SetName("n"), nil) {
							return
						}
					}
				}
			}
			none := func(int) error { return nil }
			count := func() int { return c.Person.Query().CountX(ctx) }
			n, err := c.Person.TryCopyFrom(ctx, people(0, none))
			require.NoError(t, err)
			require.Zero(t, n)
			n, err = c.Person.TryCopyFrom(ctx, people(501, none))
			require.NoError(t, err)
			require.Equal(t, 501, n)
			require.Equal(t, 501, c.Person.Query().Where(person.Nick("anon"), person.Rank(42), person.Score(1.5), person.AgeIsNil()).CountX(ctx),
				"defaults of the client and of the database")

			// All or none, whatever fails.
			_, err = c.Person.TryCopyFrom(ctx, people(5000, none))
			require.True(t, ent.IsConstraintError(err), "%v", err)
			c.Person.Delete().ExecX(ctx)
			errSource := errors.New("source")
			_, err = c.Person.TryCopyFrom(ctx, people(5000, func(i int) error {
				if i == 4000 {
					return errSource
				}
				return nil
			}))
			require.ErrorIs(t, err, errSource)
			_, err = c.Person.CopyFrom(ctx, slices.Values([]*ent.PersonCreate{c.Person.Create().SetCode("a").SetName("a"), c.Person.Create().SetCode("b")}))
			require.True(t, ent.IsValidationError(err), "%v", err)
			require.PanicsWithValue(t, "oh", func() {
				_, _ = c.Person.TryCopyFrom(ctx, people(2000, func(i int) error {
					if i == 1500 {
						panic("oh")
					}
					return nil
				}))
			})
			canceled, cancel := context.WithCancel(ctx)
			_, err = c.Person.TryCopyFrom(canceled, people(100_000, func(i int) error {
				if i == 3000 {
					cancel()
				}
				return nil
			}))
			require.ErrorIs(t, err, context.Canceled)
			require.Zero(t, count())

			require.NoError(t, c.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error {
				n, err := tx.Person.TryCopyFrom(ctx, people(300, none))
				require.NoError(t, err)
				require.Equal(t, 300, n)
				require.Equal(t, 300, tx.Person.Query().CountX(ctx))
				require.Zero(t, count())
				return nil
			}))
			require.Equal(t, 300, count())
			require.ErrorIs(t, c.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error {
				_, err := tx.Person.CopyFrom(ctx, slices.Values([]*ent.PersonCreate{c.Person.Create().SetCode("tx").SetName("n")}))
				require.NoError(t, err)
				return errSource
			}), errSource)
			require.Equal(t, 300, count())
		})
	}
}

func TestCopyFromRefuses(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := t.Context()
	before := c.Person.Query().CountX(ctx)
	create := func(code string) *ent.PersonCreate { return c.Person.Create().SetCode(code).SetName("n") }
	for want, builders := range map[string][]*ent.PersonCreate{
		`copy row 2: it sets the column "rank", which the first row leaves to the database`: {create("a"), create("b").SetRank(1)},
		`copy row 2: it leaves the column "nick" to the database, which the first row sets`: {create("a").SetNick("x"), create("b")},
		"a COPY takes no edges of other tables":                                             {create("a").AddFriendIDs(1)},
		"json: unsupported type":                                                            {create("a"), create("b").SetExtra(map[string]any{"f": func() {}})},
	} {
		_, err := c.Person.CopyFrom(ctx, slices.Values(builders))
		require.ErrorContains(t, err, want)
	}
	// A transaction is busy meanwhile; what fails is lost with its savepoint.
	require.NoError(t, c.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error {
		err := tx.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error {
			_, err := tx.Person.TryCopyFrom(ctx, func(yield func(*ent.PersonCreate, error) bool) {
				for i := range 10_000 {
					if !yield(create(fmt.Sprint("c", i)), nil) {
						return
					}
				}
				_, err := tx.Person.Query().Count(ctx)
				yield(nil, err)
			})
			return err
		})
		require.ErrorContains(t, err, "conn busy")
		return tx.Person.Create().SetCode("after").SetName("n").Exec(ctx)
	}))
	before++
	require.Equal(t, before, c.Person.Query().CountX(ctx))
	require.Len(t, c.sent(func() {
		n, err := c.Person.CopyFrom(ctx, slices.Values([]*ent.PersonCreate{create("x"), create("y")}))
		require.NoError(t, err)
		require.Equal(t, 2, n)
	}), 1)
}

// Hooks run for each row, before it is stored.
func TestCopyFromRunsHooks(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := t.Context()
	seen := 0
	c.Person.Use(func(next ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			pm := m.(*ent.PersonMutation)
			pm.SetName("hooked")
			v, err := next.Mutate(ctx, m)
			require.NoError(t, err)
			require.Equal(t, "hooked", v.(*ent.Person).Name)
			seen++
			return v, err
		})
	})
	_, err := c.Person.CopyFrom(ctx, slices.Values([]*ent.PersonCreate{c.Person.Create().SetCode("x").SetName("n"), c.Person.Create().SetCode("y").SetName("n")}))
	require.NoError(t, err)
	require.Equal(t, 2, seen)
	require.Equal(t, 2, c.Person.Query().Where(person.Name("hooked")).CountX(ctx))
}
