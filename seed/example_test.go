package seed_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/espalier-go/espalier/seed"
)

func ExampleRun() {
	users := &seed.Dataset{Name: "users", Version: 1, Tables: []seed.Table{{
		Name:    "user_account",
		Columns: []string{"id", "name"},
		Rows:    func(scale int64) int64 { return scale },
		Row: func(g *seed.Gen, i int64, dst []any) {
			dst[0], dst[1] = i+1, g.Fake.FirstName()
		},
	}}}
	res, err := seed.Run(context.Background(), "postgres://app@db.invalid/app", users, seed.Config{Scale: 100_000})
	if errors.Is(err, seed.ErrNotEmpty) {
		fmt.Println("there are rows already")
	}
	if err == nil {
		fmt.Println(res.Inserted, "rows")
	}
}

func ExampleDataset_Generate() {
	ds := &seed.Dataset{Name: "squares", Tables: []seed.Table{{
		Name:    "square",
		Columns: []string{"n", "square"},
		Rows:    func(scale int64) int64 { return scale },
		Row:     func(_ *seed.Gen, i int64, dst []any) { dst[0], dst[1] = i, i*i },
	}}}
	err := ds.Generate("square", 1, 100, 7, 9, func(row []any) bool {
		fmt.Println(row...)
		return true
	})
	fmt.Println(err)
	// Output:
	// 7 49
	// 8 64
	// <nil>
}

func ExampleDigest() {
	ds := &seed.Dataset{Name: "squares", Tables: []seed.Table{{
		Name:    "square",
		Columns: []string{"n", "square"},
		Rows:    func(scale int64) int64 { return scale },
		Row:     func(_ *seed.Gen, i int64, dst []any) { dst[0], dst[1] = i, i*i },
	}}}
	a, _ := seed.Digest(ds, 1, 10)
	b, _ := seed.Digest(ds, 1, 10)
	fmt.Println(a == b)
	// Output: true
}
