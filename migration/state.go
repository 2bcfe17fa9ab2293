package migration

import "context"

// State is the schema that the migrations shall lead to.
type State struct {
	// SQL is DDL text that makes the whole schema in an empty database, as
	// ent/schema.sql holds it. Unqualified names belong to the schema public.
	SQL string
}

// Dev makes an empty throw-away database and returns its direct URL. Diff calls
// it a few times, also concurrently, and always calls drop, with a context that
// is not canceled. The role must own the database. See OnServer.
type Dev func(ctx context.Context) (url string, drop func(context.Context) error, err error)
