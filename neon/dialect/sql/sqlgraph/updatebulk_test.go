package sqlgraph_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
)

func TestUpdateBulkRoundTrips(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	ctx := t.Context()
	st := s.Store.Create().SetName("shop").SetSlug("shop").SaveX(ctx)
	cat := s.Category.Create().SetStore(st).SetName("c").SetSlug("c").SaveX(ctx)
	var ids []uuid.UUID
	for i := range 5 {
		ids = append(ids, s.Product.Create().SetStore(st).SetSku(fmt.Sprint(i)).SetName("p").SetPriceCents(100).SaveX(ctx).ID)
	}
	s.twice(func(ctx context.Context) {
		products := s.Product.MapUpdateBulk(ids, func(u *ent.ProductUpdateOne, i int) {
			switch i {
			case 0:
				u.AddPriceCents(5)
			case 1:
				u.SetAttributes(map[string]any{"n": i})
			case 2:
				u.AppendTags([]string{"t"})
			case 3:
				u.ClearCategories().AddCategories(cat)
			default:
				u.SetName("q").SetPriceCents(7)
			}
		}).SaveX(ctx)
		require.Equal(t, map[string]any{"n": 1.0}, products[1].Attributes)
		require.EqualValues(t, 7, products[4].PriceCents)
		require.True(t, products[0].UpdatedAt.After(products[0].CreatedAt), "the update default holds")
	})
	require.EqualValues(t, 115, s.Product.GetX(ctx, ids[0]).PriceCents)
	require.Len(t, s.Product.GetX(ctx, ids[2]).Tags, 3)
	require.Equal(t, 1, cat.QueryProducts().CountX(ctx))
	s.twice(func(ctx context.Context) {
		err := s.Product.UpdateBulk(s.Product.UpdateOneID(ids[0]).SetName("gone"), s.Product.UpdateOneID(uuid.New()).SetName("x")).Exec(ctx)
		require.True(t, ent.IsNotFound(err), "%v", err)
	})
	require.Equal(t, "p", s.Product.GetX(ctx, ids[0]).Name)
}
