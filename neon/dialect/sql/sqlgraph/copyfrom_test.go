package sqlgraph_test

import (
	"fmt"
	"iter"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neontest"
)

func (s *shop) users(n int) iter.Seq[*ent.UserCreate] {
	return func(yield func(*ent.UserCreate) bool) {
		for i := range n {
			if !yield(s.User.Create().SetName(fmt.Sprint("user", i)).SetFullname("Some\tBody\n\\N")) {
				return
			}
		}
	}
}

// One COPY: the server asks for the rows, which counts as a trip of its own, but
// they are on their way already.
func TestCopyFromRoundTrips(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for range 3 {
		before := s.proxy.Trips()
		n, err := s.User.CopyFrom(t.Context(), s.users(1000))
		require.NoError(t, err)
		require.Equal(t, 1000, n)
		require.LessOrEqual(t, s.proxy.Trips()-before, 2)
	}
	require.Equal(t, 3000, s.User.Query().CountX(t.Context()))
	require.Equal(t, "Some\tBody\n\\N", *s.User.Query().FirstX(t.Context()).Fullname)
}

// BenchmarkCopyFrom measures CopyFrom and pgx.CopyFrom with the same rows.
func BenchmarkCopyFrom(b *testing.B) {
	db := neontest.Open(b)
	drv, err := neon.Open(b.Context(), db.URL, nil)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, drv.Close()) })
	s := &shop{Client: ent.NewClient(ent.Driver(drv))}
	const rows = 50_000
	for _, op := range []struct {
		name string
		run  func() (int64, error)
	}{
		{"pgx", func() (int64, error) {
			i := 0
			return db.Pool().CopyFrom(b.Context(), pgx.Identifier{"user_account"}, []string{"name", "fullname", "nickname"},
				pgx.CopyFromFunc(func() ([]any, error) {
					if i++; i > rows {
						return nil, nil
					}
					return []any{fmt.Sprint("user", i), "Some\tBody\n\\N", nil}, nil
				}))
		}},
		{"ent", func() (int64, error) {
			n, err := s.User.CopyFrom(b.Context(), s.users(rows))
			return int64(n), err
		}},
	} {
		b.Run(op.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				n, err := op.run()
				require.NoError(b, err)
				require.EqualValues(b, rows, n)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/rows/float64(b.N), "ns/row")
		})
	}
}
