package seed

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// chunk is a range of rows of one table, ready for COPY when done is closed.
type chunk struct {
	table    *tablePlan
	from, to int64
	buf      []byte
	err      error
	done     chan struct{}
}

// pipeline encodes chunks on all workers at once and hands them out in order.
// There are never more buffers than workers and two, one with the sender and
// one that waits for it, so memory doesn't grow with the number of rows.
type pipeline struct {
	ordered chan *chunk
	free    chan []byte
	group   *errgroup.Group
	cancel  context.CancelFunc
}

func startPipeline(ctx context.Context, plan []tablePlan, st state, cfg Config) *pipeline {
	ctx, cancel := context.WithCancel(ctx)
	group, ctx := errgroup.WithContext(ctx)
	n := cfg.Workers + 2
	p := &pipeline{ordered: make(chan *chunk, n), free: make(chan []byte, n), group: group, cancel: cancel}
	for range n {
		p.free <- nil
	}
	work := make(chan *chunk)
	group.Go(func() error {
		defer close(p.ordered)
		defer close(work)
		first := tableIndex(plan, st.table)
		for i := first; i < len(plan); i++ {
			from := int64(0)
			if i == first {
				from = st.next
			}
			for ; from < plan[i].total; from += int64(cfg.ChunkRows) {
				c := &chunk{table: &plan[i], from: from, to: min(from+int64(cfg.ChunkRows), plan[i].total), done: make(chan struct{})}
				select {
				case c.buf = <-p.free:
				case <-ctx.Done():
					return ctx.Err()
				}
				p.ordered <- c // never blocks: there are no more chunks than buffers
				select {
				case work <- c:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}
		return nil
	})
	for range cfg.Workers {
		group.Go(func() error {
			enc := newEncoder(plan, cfg)
			for c := range work {
				c.err = enc.encode(c)
				close(c.done)
			}
			return nil
		})
	}
	return p
}

// next returns the next chunk, or nil after the last one.
func (p *pipeline) next(ctx context.Context) (*chunk, error) {
	select {
	case c, ok := <-p.ordered:
		if !ok {
			return nil, ctx.Err()
		}
		select {
		case <-c.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if c.err != nil {
			return nil, fmt.Errorf("table %s, rows %d to %d: %w", c.table.Name, c.from, c.to-1, c.err)
		}
		return c, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// release gives the buffer of a chunk that was sent back.
func (p *pipeline) release(c *chunk) { p.free <- c.buf[:0] }

// stop ends the goroutines and waits for them.
func (p *pipeline) stop() {
	p.cancel()
	_ = p.group.Wait()
}
