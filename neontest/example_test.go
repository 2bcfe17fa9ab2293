package neontest_test

import (
	"testing"
	"testing/fstest"

	"github.com/espalier-go/espalier/neontest"
)

// A test function opens its database first, then uses SQL, Pool or URL.
func ExampleOpen() {
	_ = func(t *testing.T) { // func TestOrders(t *testing.T)
		t.Parallel()
		db := neontest.Open(t)
		if _, err := db.SQL().Exec("insert into user_account (name) values ('sandy')"); err != nil {
			t.Fatal(err)
		}
	}
}

// Migrations need not come from a project.
func ExampleOpenWith() {
	_ = func(t *testing.T) {
		db := neontest.OpenWith(t, neontest.Config{Migrations: fstest.MapFS{
			"20260101000000_init.sql": &fstest.MapFile{Data: []byte("create table note (body text);")},
		}})
		if _, err := db.Pool().Exec(t.Context(), "insert into note values ('hello')"); err != nil {
			t.Fatal(err)
		}
	}
}
