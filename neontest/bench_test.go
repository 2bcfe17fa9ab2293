package neontest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/espalier-go/espalier/neontest"
)

// shop is 20 tables and 40 indexes, to be compared from release to release.
func shop() neontest.Config {
	var ddl strings.Builder
	for i := range 20 {
		fmt.Fprintf(&ddl, "create table bench_%d (id bigint generated always as identity primary key, a text, b int);\n", i)
		fmt.Fprintf(&ddl, "create index on bench_%d (a);\n", i)
	}
	return neontest.Config{Migrations: files(ddl.String())}
}

// The time of one operation is a whole test's: a database, a query on it, the
// end of the test.
func BenchmarkOpen(b *testing.B) {
	cfg := shop()
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			openAndQuery(b, cfg)
		}
	})
	b.Run("eight", func(b *testing.B) {
		b.SetParallelism(4) // times GOMAXPROCS
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				openAndQuery(b, cfg)
			}
		})
	})
}

// bound runs the clean-up of one Open where the test around it goes on.
type bound struct {
	testing.TB
	cleanup []func()
}

func (b *bound) Cleanup(f func()) { b.cleanup = append(b.cleanup, f) }

func openAndQuery(b *testing.B, cfg neontest.Config) {
	tb := &bound{TB: b}
	db := neontest.OpenWith(tb, cfg)
	if _, err := db.Pool().Exec(b.Context(), "insert into bench_0 (a) values ('x')"); err != nil {
		b.Error(err)
	}
	for _, f := range tb.cleanup {
		f()
	}
}
