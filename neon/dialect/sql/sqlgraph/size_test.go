package sqlgraph_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/address"
	"github.com/espalier-go/espalier/ent/user"
)

// many is beyond every limit of one parameter for each value.
const many = 200_000

// beyond is more than one statement may have parameters, 65,535.
const beyond = 70_000

func TestNoLimits(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("large")
	}
	s := openShop(t)
	// Its check, row by row, is Postgres's own work and most of the time.
	_, err := s.direct.ExecContext(t.Context(), `ALTER TABLE address DROP CONSTRAINT address_user_account_addresses`)
	require.NoError(t, err)
	var ids []int
	s.trips(1, func(ctx context.Context) {
		users := s.User.MapCreateBulk(make([]struct{}, many), func(c *ent.UserCreate, i int) {
			c.SetName(fmt.Sprint("u", i))
		}).SaveX(ctx)
		ids = make([]int, len(users))
		for i, u := range users {
			ids[i] = u.ID
		}
	})
	s.trips(1, func(ctx context.Context) {
		users := s.User.MapUpdateBulk(ids[:beyond], func(u *ent.UserUpdateOne, i int) {
			u.SetNickname(fmt.Sprint("n", i))
			if i%2 == 0 {
				u.SetFullname("even")
			}
		}).SaveX(ctx)
		require.Len(t, users, beyond)
		require.Equal(t, fmt.Sprint("n", beyond-1), *users[beyond-1].Nickname)
		require.Nil(t, users[beyond-1].Fullname)
	})
	s.trips(1, func(ctx context.Context) {
		s.Address.MapCreateBulk(make([]struct{}, many), func(c *ent.AddressCreate, i int) {
			c.SetEmailAddress(fmt.Sprintf("u%d@example.com", i)).SetUserID(ids[i])
		}).ExecX(ctx)
	})
	s.trips(1, func(ctx context.Context) {
		require.Equal(t, many, s.User.Query().Where(user.IDIn(ids...)).CountX(ctx))
	})
	s.trips(1, func(ctx context.Context) {
		require.Zero(t, s.User.Query().Where(user.IDNotIn(ids...)).CountX(ctx))
	})
	s.trips(1, func(ctx context.Context) {
		users := s.User.Query().WithAddresses().AllX(ctx)
		require.Len(t, users, many)
		for _, u := range users {
			// require itself would take longer than the query.
			if len(u.Edges.Addresses) != 1 || u.Edges.Addresses[0].EmailAddress != u.Name+"@example.com" {
				require.Fail(t, "wrong children", "%v: %v", u, u.Edges.Addresses)
			}
		}
	})
	s.trips(1, func(ctx context.Context) {
		users := s.User.Query().WithAddresses(func(q *ent.AddressQuery) { q.LimitPerParent(1) }).AllX(ctx)
		require.Len(t, users, many)
		require.Len(t, users[many-1].Edges.Addresses, 1)
	})
	s.trips(1, func(ctx context.Context) {
		addresses := s.Address.Query().Where(address.IDGT(0)).WithUser().AllX(ctx)
		require.Len(t, addresses, many)
		require.NotNil(t, addresses[many-1].Edges.User)
	})
	s.trips(1, func(ctx context.Context) {
		require.Equal(t, many, s.Address.Delete().Where(address.UserIDIn(ids...)).ExecX(ctx))
	})
}
