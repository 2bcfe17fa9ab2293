package neon

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// execSimple runs text without arguments, which may hold several statements, as
// stdlib does. begin goes ahead of it in the same message.
func (s *session) execSimple(ctx context.Context, text, begin string) (pgconn.CommandTag, error) {
	if begin != "" {
		text = begin + ";" + text
	}
	mrr := s.pg.Exec(ctx, text)
	var tag pgconn.CommandTag
	for mrr.NextResult() {
		var err error
		if tag, err = mrr.ResultReader().Close(); err != nil {
			_ = mrr.Close()
			return tag, err
		}
	}
	err := mrr.Close()
	if errors.Is(err, pgconn.ErrConnClosed) {
		// The reader has dropped the real error, and this one pretends that
		// nothing was sent.
		err = errLost
		if ctx.Err() != nil {
			err = fmt.Errorf("%w: %w", errLost, ctx.Err())
		}
	}
	return tag, err
}
