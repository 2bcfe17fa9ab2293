package sqlgraph_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/category"
	"github.com/espalier-go/espalier/ent/user"
	"github.com/espalier-go/espalier/internal/wireproxy"
	"github.com/espalier-go/espalier/neon"
)

func TestCreateRoundTrips(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.twice(func(ctx context.Context) {
		u := s.User.Create().SetName("sandy").SaveX(ctx)
		require.NotZero(t, u.ID)
	})
	s.twice(func(ctx context.Context) {
		st := s.Store.Create().SetName("shop").SetSlug("shop-" + uuid.NewString()).SaveX(ctx)
		require.NotZero(t, st.ID)
	})
}

func TestUpdateRoundTrips(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	u := s.User.Create().SetName("sandy").SetFullname("Sandy Cheeks").SaveX(t.Context())
	n := 0
	s.twice(func(ctx context.Context) {
		n++
		got := s.User.UpdateOneID(u.ID).SetNickname(fmt.Sprint("n", n)).SaveX(ctx)
		require.Equal(t, fmt.Sprint("n", n), *got.Nickname)
		require.Equal(t, "Sandy Cheeks", *got.Fullname)
	})
	s.twice(func(ctx context.Context) {
		err := s.User.UpdateOneID(u.ID + 1).SetNickname("x").Exec(ctx)
		require.True(t, ent.IsNotFound(err), "%v", err)
	})
	s.twice(func(ctx context.Context) {
		err := s.User.UpdateOneID(u.ID).Where(user.Name("nobody")).SetNickname("x").Exec(ctx)
		require.True(t, ent.IsNotFound(err), "%v", err)
	})
	s.twice(func(ctx context.Context) {
		require.Equal(t, 1, s.User.Update().Where(user.ID(u.ID)).SetNickname("z").SaveX(ctx))
	})
}

func TestCreateBulkRoundTrips(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	var users []*ent.User
	s.twice(func(ctx context.Context) {
		users = s.User.MapCreateBulk(make([]struct{}, 100), func(c *ent.UserCreate, i int) {
			c.SetName(fmt.Sprint("u", i))
		}).SaveX(ctx)
	})
	require.Len(t, users, 100)
	for i, u := range users {
		require.Equal(t, fmt.Sprint("u", i), s.User.GetX(t.Context(), u.ID).Name)
	}
	s.twice(func(ctx context.Context) {
		stores := s.Store.MapCreateBulk(make([]struct{}, 10), func(c *ent.StoreCreate, i int) {
			c.SetName("store").SetSlug("s-" + uuid.NewString())
		}).SaveX(ctx)
		require.NotZero(t, stores[9].ID)
	})
}

func TestEdgesRoundTrips(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	ctx := t.Context()
	st := s.Store.Create().SetName("shop").SetSlug("shop").SaveX(ctx)
	var cats []*ent.Category
	for i := range 4 {
		cats = append(cats, s.Category.Create().SetStore(st).SetName("c").SetSlug(fmt.Sprint("c", i)).SaveX(ctx))
	}
	n := 0
	var p *ent.Product
	s.twice(func(ctx context.Context) {
		n++
		p = s.Product.Create().SetStore(st).SetSku(fmt.Sprint(n)).SetName("p").SetPriceCents(1).
			AddCategories(cats[0]).SaveX(ctx)
	})
	require.Equal(t, []uuid.UUID{cats[0].ID}, p.QueryCategories().IDsX(ctx))
	s.twice(func(ctx context.Context) {
		p = s.Product.UpdateOne(p).SetName("q").ClearCategories().AddCategories(cats[1]).SaveX(ctx)
	})
	require.Equal(t, "q", p.Name)
	require.Equal(t, []uuid.UUID{cats[1].ID}, p.QueryCategories().IDsX(ctx))
	s.twice(func(ctx context.Context) {
		n++
		s.Category.Create().SetStore(st).SetName("p").SetSlug(fmt.Sprint("p", n)).
			AddChildren(s.looseCategory(st, n)).SaveX(ctx)
	})
	require.Equal(t, 3, s.Category.Query().Where(category.HasParent()).CountX(ctx))

	// A child that has a parent refuses another, and nothing is left behind.
	child := s.Category.Query().Where(category.HasParent()).FirstX(ctx)
	s.trips(1, func(ctx context.Context) {
		err := s.Category.Create().SetStore(st).SetName("p").SetSlug("refused").AddChildren(child).Exec(ctx)
		require.True(t, ent.IsConstraintError(err), "%v", err)
		require.ErrorContains(t, err, "is already connected to a different parent_id")
	})
	require.Zero(t, s.Category.Query().Where(category.Slug("refused")).CountX(ctx))
	before := s.Category.GetX(ctx, cats[2].ID)
	s.trips(1, func(ctx context.Context) {
		err := s.Category.UpdateOneID(cats[2].ID).SetName("changed").AddChildren(child).Exec(ctx)
		require.True(t, ent.IsConstraintError(err), "%v", err)
	})
	require.Equal(t, before.Name, s.Category.GetX(ctx, cats[2].ID).Name)
}

// looseCategory is a category without a parent, made outside of the count.
func (s *shop) looseCategory(st *ent.Store, n int) *ent.Category {
	c, err := ent.NewClient(ent.Driver(s.direct)).Category.Create().SetStore(st).SetName("l").SetSlug(fmt.Sprint("l", n)).Save(s.t.Context())
	require.NoError(s.t, err)
	return c
}

func TestUpsertRoundTrips(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	n := 0
	store := func(slug string) *ent.StoreCreate { return s.Store.Create().SetName(fmt.Sprint("s", n)).SetSlug(slug) }
	s.twice(func(ctx context.Context) {
		row, err := store("one").OnConflictColumns("slug").UpdateNewValues().Row(ctx)
		require.NoError(t, err)
		require.Equal(t, n == 0, row.Inserted)
		require.Equal(t, fmt.Sprint("s", n), row.Node.Name)
		n++
	})
	s.twice(func(ctx context.Context) {
		rows, err := s.Store.CreateBulk(store("one"), store(fmt.Sprint("two", n))).OnConflictColumns("slug").UpdateNewValues().Rows(ctx)
		require.NoError(t, err)
		require.False(t, rows[0].Inserted)
		require.True(t, rows[1].Inserted)
		n++
	})
	s.twice(func(ctx context.Context) {
		rows, err := s.Store.CreateBulk(store("one"), store(fmt.Sprint("three", n))).OnConflictColumns("slug").DoNothing().Rows(ctx)
		require.NoError(t, err)
		require.Nil(t, rows[0].Node)
		require.True(t, rows[1].Inserted)
		n++
	})
	s.twice(func(ctx context.Context) {
		require.NoError(t, store("one").OnConflictColumns("slug").UpdateNewValues().Exec(ctx))
	})
	s.twice(func(ctx context.Context) {
		require.NoError(t, s.Store.CreateBulk(store("one"), store("two")).OnConflictColumns("slug").UpdateNewValues().Exec(ctx))
	})
}

func TestDeferredRoundTrips(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	st := s.Store.Create().SetName("shop").SetSlug("shop").SaveX(t.Context())
	n := 0
	products := func(ctx context.Context, tx *ent.Client) {
		for range 10 {
			n++
			tx.Product.Create().SetStore(st).SetSku(fmt.Sprint(n)).SetName("p").SetPriceCents(1).SetTags([]string{"t"}).ExecX(ctx)
		}
	}
	s.twice(func(ctx context.Context) {
		require.NoError(t, s.InTx(neon.Defer(ctx), nil, func(ctx context.Context, tx *ent.Client) error {
			products(ctx, tx)
			return nil
		}))
	})
	require.Equal(t, 30, st.QueryProducts().CountX(t.Context()))
	// What waits goes before a read, which needs a round trip of its own.
	s.trips(3, func(ctx context.Context) {
		require.NoError(t, s.InTx(neon.Defer(ctx), nil, func(ctx context.Context, tx *ent.Client) error {
			products(ctx, tx)
			require.Equal(t, 40, tx.Product.Query().CountX(ctx))
			return nil
		}))
	})
	s.trips(0, func(ctx context.Context) {
		require.Error(t, s.InTx(neon.Defer(ctx), nil, func(ctx context.Context, tx *ent.Client) error {
			products(ctx, tx)
			return fmt.Errorf("no")
		}))
	})
	// Whether a flush with its COMMIT was done is not known when the answer is lost.
	s.proxy.OnMessage(func(kind byte, _ []byte) wireproxy.Action {
		if kind == 'S' {
			return wireproxy.Mute
		}
		return wireproxy.Forward
	})
	tx, err := s.Tx(t.Context())
	require.NoError(t, err)
	products(neon.Defer(t.Context()), tx.Client())
	require.True(t, neon.IsUnknownCommit(tx.Commit()))
	s.proxy.OnMessage(nil)
	require.NotZero(t, s.Product.Query().CountX(t.Context()))
}
