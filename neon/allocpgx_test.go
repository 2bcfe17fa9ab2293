package neon_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/user"
	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neontest"
)

// Structs and queries that a program without an ORM has.
type pgxUser struct {
	ID                 int64
	Name               string
	Fullname, Nickname *string
}

type pgxAddress struct {
	ID     int64
	Email  string
	UserID int64
}

type pgxReview struct {
	ID               [16]byte
	Rating           int16
	Text             *string
	ProductID        [16]byte
	UserID           int64
	Created, Updated time.Time
}

// TestAllocationsOfPgx holds the generated client to what pgx by hand takes. It
// runs alone: it counts allocations.
func TestAllocationsOfPgx(t *testing.T) {
	db := neontest.Open(t)
	drv, err := neon.Open(t.Context(), db.URL, nil)
	require.NoError(t, err)
	defer drv.Close()
	client, pool := ent.NewClient(ent.Driver(drv)), drv.Pool()
	ctx := context.Background()
	for _, text := range []string{
		`INSERT INTO user_account (name, fullname, nickname) SELECT 'user' || i, 'Full Name ' || i, CASE WHEN i % 2 = 0 THEN 'nick' || i END FROM generate_series(1, 1000) i`,
		`INSERT INTO address (email_address, user_id) SELECT 'u' || u.id || '.' || i || '@example.com', u.id FROM user_account u, generate_series(1, 3) i`,
		`INSERT INTO store (id, name, slug) VALUES (gen_random_uuid(), 'store', 'store')`,
		`INSERT INTO product (id, sku, name, price_cents, tags, store_id) SELECT gen_random_uuid(), i, 'p', 1, '[]', store.id FROM store, generate_series(1, 2) i`,
		`INSERT INTO review (id, rating, text, product_id, user_id) SELECT gen_random_uuid(), 5, 'good', p.id, u.id FROM user_account u, product p`,
	} {
		_, err := pool.Exec(ctx, text)
		require.NoError(t, err)
	}
	id := client.User.Query().FirstIDX(ctx)
	const users = "SELECT id, name, fullname, nickname FROM user_account "
	for _, c := range []struct {
		name  string
		ratio float64
		ours  func() int
		pgx   func() int
	}{
		{"filter of 50 rows", 1,
			func() int {
				return len(client.User.Query().Where(user.IDGTE(id)).Order(user.ByID()).Limit(50).AllX(ctx))
			},
			func() int { return len(collect[pgxUser](ctx, pool, users+"WHERE id >= $1 ORDER BY id LIMIT 50", id)) }},
		{"scan of 1000 rows", 0.7,
			func() int { return len(client.User.Query().Order(user.ByID()).Limit(1000).AllX(ctx)) },
			func() int { return len(scanUsers(ctx, pool, users+"ORDER BY id LIMIT 1000")) }},
		{"eager load of an edge", 0.6,
			func() int { return len(client.User.Query().Order(user.ByID()).Limit(200).WithAddresses().AllX(ctx)) },
			func() int {
				found := collect[pgxUser](ctx, pool, users+"ORDER BY id LIMIT 200")
				addressesByHand(ctx, pool, found)
				return len(found)
			}},
		{"eager load of two edges", 0.6,
			func() int {
				return len(client.User.Query().Order(user.ByID()).Limit(200).WithAddresses().WithReviews().AllX(ctx))
			},
			func() int {
				found := collect[pgxUser](ctx, pool, users+"ORDER BY id LIMIT 200")
				addressesByHand(ctx, pool, found)
				reviewsByHand(ctx, pool, found)
				return len(found)
			}},
	} {
		require.Equal(t, c.pgx(), c.ours(), c.name)
		c.ours()
		ours := testing.AllocsPerRun(20, func() { c.ours() })
		theirs := testing.AllocsPerRun(20, func() { c.pgx() })
		t.Logf("%s: %.0f allocations, pgx by hand %.0f: %.2f", c.name, ours, theirs, ours/theirs)
		require.LessOrEqual(t, ours, c.ratio*theirs, c.name)
	}
	get := testing.AllocsPerRun(50, func() { client.User.GetX(ctx, id) })
	t.Logf("get: %.0f allocations", get)
	require.LessOrEqual(t, get, 60.0)
}

type pgxQuerier interface {
	Query(ctx context.Context, text string, args ...any) (pgx.Rows, error)
}

func collect[T any](ctx context.Context, on pgxQuerier, text string, args ...any) []*T {
	rows, err := on.Query(ctx, text, args...)
	if err != nil {
		panic(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByPos[T])
	if err != nil {
		panic(err)
	}
	return out
}

// scanUsers is the loop that CollectRows stands for.
func scanUsers(ctx context.Context, on pgxQuerier, text string) []*pgxUser {
	rows, err := on.Query(ctx, text)
	if err != nil {
		panic(err)
	}
	defer rows.Close()
	var out []*pgxUser
	for rows.Next() {
		u := &pgxUser{}
		if err := rows.Scan(&u.ID, &u.Name, &u.Fullname, &u.Nickname); err != nil {
			panic(err)
		}
		out = append(out, u)
	}
	return out
}

func idsOf(users []*pgxUser) (ids []int64) {
	for _, u := range users {
		ids = append(ids, u.ID)
	}
	return ids
}

func addressesByHand(ctx context.Context, on pgxQuerier, users []*pgxUser) map[int64][]*pgxAddress {
	out := make(map[int64][]*pgxAddress, len(users))
	for _, a := range collect[pgxAddress](ctx, on, "SELECT id, email_address, user_id FROM address WHERE user_id = ANY($1)", idsOf(users)) {
		out[a.UserID] = append(out[a.UserID], a)
	}
	return out
}

func reviewsByHand(ctx context.Context, on pgxQuerier, users []*pgxUser) map[int64][]*pgxReview {
	out := make(map[int64][]*pgxReview, len(users))
	for _, r := range collect[pgxReview](ctx, on, "SELECT id, rating, text, product_id, user_id, created_at, updated_at FROM review WHERE user_id = ANY($1)", idsOf(users)) {
		out[r.UserID] = append(out[r.UserID], r)
	}
	return out
}
