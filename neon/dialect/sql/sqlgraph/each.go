package sqlgraph

import (
	"context"
	"errors"
)

// StreamBatch is how many nodes are loaded at a time where they can't be
// yielded row by row.
const StreamBatch = 500

// Each calls fn for the nodes of a query, batch by batch: page loads the nodes
// that come after a cursor. Limit is the most nodes; nil and 0 are all, as in
// ent.
func Each[T any](ctx context.Context, batch int, limit *int, page func(context.Context, PageArgs) (*Page[T], error), fn func(*T) error) error {
	args := PageArgs{Limit: max(batch, 1)}
	left := -1
	if limit != nil && *limit > 0 {
		left = *limit
	}
	for left != 0 {
		if left > 0 {
			args.Limit = min(args.Limit, left)
		}
		p, err := page(ctx, args)
		if err != nil {
			return err
		}
		for _, node := range p.Nodes {
			if err := fn(node); err != nil {
				return err
			}
		}
		if !p.HasNext {
			return nil
		}
		if left > 0 {
			left -= args.Limit
		}
		args.After = p.End
	}
	return nil
}

// StreamPages is [Stream] for nodes that are loaded with others, or through
// interceptors: it yields those of [Each].
func StreamPages[T any](ctx context.Context, limit *int, page func(context.Context, PageArgs) (*Page[T], error), yield func(*T, error) bool) {
	err := Each(ctx, StreamBatch, limit, page, func(node *T) error {
		if !yield(node, nil) {
			return errStop
		}
		return nil
	})
	if err != nil && !errors.Is(err, errStop) {
		yield(nil, err)
	}
}
