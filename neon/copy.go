package neon

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgconn"
)

// Copy is the data of a COPY … FROM STDIN. Like a [Batch] it passes through every
// driver and transaction that hands the last argument of Query on:
//
//	err := drv.Query(ctx, `COPY users (name) FROM STDIN`, []any{}, &neon.Copy{From: r})
//
// Other drivers refuse it before they read anything.
type Copy struct {
	// From is read in another goroutine, which may outlive the call when the
	// context ends: close it then. When it fails, nothing is stored.
	From io.Reader
	// Rows is how many have been stored, once the COPY has run.
	Rows int64
}

// copySource notes how far the data was read.
type copySource struct {
	io.Reader
	ended atomic.Bool
	err   error
}

func (c *copySource) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	switch {
	case err == io.EOF:
		c.ended.Store(true)
	case err != nil:
		// Its text is the caller's, and none of the server's log.
		c.err, err = err, errCopyStopped
	}
	return n, err
}

var errCopyStopped = errors.New("the client has no more data")

// run runs the COPY. What the source fails with comes first.
func (c *Copy) run(ctx context.Context, s *session, source *copySource, text string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	tag, err := s.pg.CopyFrom(plainContext(ctx), source, text)
	if err != nil {
		// The goroutine that reads the source has ended, but where the
		// connection has, too.
		if !s.pg.IsClosed() && source.err != nil {
			return source.err
		}
		return err
	}
	c.Rows = tag.RowsAffected()
	return nil
}

func (d *Driver) copy(ctx context.Context, text string, c *Copy) error {
	vars, err := d.settings(ctx)
	if err != nil {
		return err
	}
	if len(vars) > 0 {
		return d.copyInTx(ctx, text, c)
	}
	source := &copySource{Reader: c.From}
	st := &statement{text: text}
	var tried attempts
	for {
		pc, err := d.acquire(ctx)
		if err != nil {
			return err
		}
		s := d.session(pc)
		fresh := !s.used
		s.used = true
		err = c.run(ctx, s, source, text)
		again := err != nil && pgconn.SafeToRetry(err) && d.judge(ctx, s, st, fresh, &tried, err) == replay
		closed := s.pg.IsClosed()
		pc.Release()
		switch {
		case err == nil:
			return nil
		case again:
		case closed && source.ended.Load():
			return lostWrite(err, st)
		default:
			// Without the end of the data nothing is stored.
			return err
		}
	}
}

// copyInTx gives the settings of the context a transaction to live in.
func (d *Driver) copyInTx(ctx context.Context, text string, c *Copy) error {
	tx, err := d.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := tx.Query(ctx, text, []any{}, c); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (tx *Tx) copy(ctx context.Context, text string, c *Copy) error {
	vars, err := tx.driver.settings(ctx)
	if err != nil {
		return err
	}
	if len(vars) > 0 {
		if _, err := tx.exec(ctx, "SELECT 1", nil); err != nil {
			return err
		}
	}
	s, text, err := tx.startCopy(ctx, text)
	if err != nil {
		return err
	}
	// Others find the transaction busy meanwhile, the source among them.
	err = c.run(ctx, s, &copySource{Reader: c.From}, text)
	tx.mu.Lock()
	defer tx.mu.Unlock()
	tx.copying = false
	if tx.expired {
		closeNow(s.conn)
	}
	if err != nil {
		tx.failed(&statement{text: text}, err)
	}
	if tx.expired {
		tx.release()
	}
	return err
}

// startCopy takes the transaction's connection, and puts BEGIN in front of its
// first statement.
func (tx *Tx) startCopy(ctx context.Context, text string) (*session, string, error) {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if err := tx.usable(ctx); err != nil {
		return nil, "", err
	}
	if err := tx.flushQueue(plainContext(ctx)); err != nil {
		return nil, "", err
	}
	tx.copying = true
	if tx.conn != nil {
		return tx.session, text, nil
	}
	pc, err := tx.driver.acquire(ctx)
	if err != nil {
		tx.copying = false
		return nil, "", err
	}
	tx.conn, tx.session = pc, tx.driver.session(pc)
	tx.session.used = true
	return tx.session, tx.begin + "; " + text, nil
}
