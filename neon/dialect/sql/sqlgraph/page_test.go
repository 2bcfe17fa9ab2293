package sqlgraph_test

import (
	"context"
	"fmt"
	"testing"

	"entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/order"
	"github.com/espalier-go/espalier/ent/user"
)

// A page is one round trip, the first time also, with what is loaded along and
// whatever its order is.
func TestPagesAreOneRoundTrip(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	stock := s.fill()
	for name, query := range map[string]func(c *ent.Client) *ent.UserQuery{
		"plain":    func(c *ent.Client) *ent.UserQuery { return c.User.Query() },
		"ordered":  func(c *ent.Client) *ent.UserQuery { return c.User.Query().Order(user.ByName(sql.OrderDesc())) },
		"nullable": func(c *ent.Client) *ent.UserQuery { return c.User.Query().Order(user.ByFullname()).WithAddresses() },
		"by count": func(c *ent.Client) *ent.UserQuery {
			return c.User.Query().Order(user.ByAddressesCount(sql.OrderDesc())).WithAddresses().
				WithOrders(func(q *ent.OrderQuery) { q.WithLineItems().Order(order.ByID()) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			var ours, theirs ent.PageArgs
			for i := range 3 {
				want, err := query(stock).Page(t.Context(), ent.PageArgs{Limit: 3, After: theirs.After})
				require.NoError(t, err)
				s.trips(1, func(ctx context.Context) {
					got, err := query(s.Client).Page(ctx, ent.PageArgs{Limit: 3, After: ours.After})
					require.NoError(t, err)
					require.Equal(t, encode(t, want.Nodes), encode(t, got.Nodes), fmt.Sprint("page ", i))
					require.Equal(t, i < 2, got.HasNext)
					ours.After = got.End
				})
				theirs.After = want.End
			}
			s.trips(1, func(ctx context.Context) {
				require.Len(t, query(s.Client).Before(ours.After).Limit(4).AllX(ctx), 4)
			})
		})
	}
}
