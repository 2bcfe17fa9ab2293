package main

import (
	"context"
	"fmt"
)

//go:generate go run ./gen

// contender is one way to do the operations.
type contender struct {
	name, title string
	open        func(ctx context.Context, url string, in *input, s *serial) (*session, error)
}

// session is a contender that has connected.
type session struct {
	ops   map[string]opFunc
	close func()
}

// The contenders in the order of the table. The first is measured against the
// others.
var contenders = []contender{
	{"espalier", "Espalier", openEspalier},
	{"pgx", "pgx by hand", openPgx},
	{"batch", "pgx batched", openBatch},
	{"sqlc", "sqlc style", openSqlc},
	{"ent", "stock ent", openStock},
	{"gorm", "GORM", openGorm},
	{"bun", "bun", openBun},
}

// do makes an opFunc of one that doesn't count its calls.
func do[T any](f func(context.Context) (T, error)) opFunc {
	return func(ctx context.Context, _ int) (any, error) { return f(ctx) }
}

// exec makes an opFunc of one without result.
func exec(f func(ctx context.Context, i int) error) opFunc {
	return func(ctx context.Context, i int) (any, error) { return nil, f(ctx, i) }
}

func ptr[T any](v T) *T { return &v }

// want is an error where a write touched another number of rows.
func want(n, got int64, err error) error {
	if err == nil && n != got {
		return fmt.Errorf("%d rows, want %d", got, n)
	}
	return err
}
