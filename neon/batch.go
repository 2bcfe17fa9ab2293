package neon

import (
	"context"
	"errors"
	"fmt"
	"strings"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5"
)

// Batch is a list of statements that go in one flush: one round trip for all.
// Outside a transaction they are one, all or nothing; inside, they belong to it.
// A batch passes through every driver and transaction that hands the last
// argument of Query on, such as those of ent and its debug drivers:
//
//	err := drv.Query(ctx, batch.String(), []any{}, batch)
//
// Other drivers refuse it before they send anything.
type Batch struct {
	items []batchItem
	// fail is set when the batch may wait.
	fail func(error) error
}

type batchItem struct {
	text     string
	args     []any
	read     func(*entsql.Rows) error
	affected int64
}

// BatchError says which statement of a batch failed.
type BatchError struct {
	Index int
	Err   error
}

func (e *BatchError) Error() string {
	return fmt.Sprintf("neon: statement %d of the batch: %v", e.Index+1, e.Err)
}

func (e *BatchError) Unwrap() error { return e.Err }

// Queue adds a statement. read gets its rows, which it must not keep; nil passes
// them over. It runs while later statements are on their way: its error ends the
// reading, and undoes nothing outside a transaction. It may run again when the
// connection of a batch of reads is lost.
func (b *Batch) Queue(query string, args []any, read func(*entsql.Rows) error) {
	b.items = append(b.items, batchItem{text: query, args: args, read: read})
}

// Len is the number of statements.
func (b *Batch) Len() int { return len(b.items) }

// RowsAffected is what the statement with that index has changed, once the batch
// has run.
func (b *Batch) RowsAffected(index int) int64 { return b.items[index].affected }

// String joins the statements, for logs.
func (b *Batch) String() string {
	texts := make([]string, len(b.items))
	for i := range b.items {
		texts[i] = b.items[i].text
	}
	return strings.Join(texts, "; ")
}

// readError is an error of the caller's own.
type readError struct{ error }

func (e readError) Unwrap() error { return e.error }

// runBatch sends and reads all statements.
func (s *session) runBatch(ctx context.Context, d *Driver, st *statement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	launches := make([]launch, len(st.batch.items))
	for i := range launches {
		// All arguments are encoded before anything is sent.
		item := &st.batch.items[i]
		one := statement{text: item.text, args: item.args, inTx: st.inTx, describe: st.describe, unnamed: st.unnamed}
		if err := s.plan(ctx, d.texts, &one, new(pgx.ExtendedQueryBuilder), &launches[i]); err != nil {
			return &BatchError{i, err}
		}
	}
	shareNames(launches)
	p := s.pg.StartPipeline(ctx)
	closed := s.queueClosing(p)
	queueBefore(p, st.before)
	for i := range launches {
		launches[i].queue(p)
	}
	err := p.Sync()
	if err == nil {
		err = skipAhead(p, closed, len(st.before))
	}
	done := 0
	for ; err == nil && done < len(launches); done++ {
		l, item := &launches[done], &st.batch.items[done]
		var f flight
		if f, err = l.next(p, d.texts); err == nil {
			err = s.readItem(d, l, item, f)
		} else if l.parse && l.name != "" {
			s.closing = append(s.closing, l.name)
		}
		if err != nil {
			err = &BatchError{done, err}
		}
	}
	for i := range launches[done:] {
		if l := &launches[done+i]; l.parse && l.name != "" {
			s.closing = append(s.closing, l.name)
		}
	}
	if closeErr := p.Close(); err == nil {
		err = closeErr
	}
	return err
}

// readItem reads the answer to one statement to its end.
func (s *session) readItem(d *Driver, l *launch, item *batchItem, f flight) error {
	err := f.land()
	if l.parse && l.name != "" {
		s.file(d.texts, l, &f, err)
	}
	if err != nil {
		return err
	}
	r := newRows(d, s, f, item.text)
	r.inBatch = true
	if item.read != nil {
		if err := item.read(&entsql.Rows{ColumnScanner: r}); err != nil {
			// Where the answer itself has failed, read has passed that on.
			if closeErr := r.Close(); closeErr != nil {
				return closeErr
			}
			return readError{err}
		}
	}
	err = r.Close()
	item.affected = r.tag.RowsAffected()
	return err
}

// shareNames lets statements with the same text share one parsing.
func shareNames(launches []launch) {
	first := make(map[string]*launch, len(launches))
	for i := range launches {
		l := &launches[i]
		switch before := first[l.text]; {
		case !l.parse:
		case before == nil:
			first[l.text] = l
		case before.name != "":
			l.name, l.parse = before.name, false
		case before.learn && launches[i-1].text == l.text:
			l.parse, l.learn, l.again = false, false, true
		}
	}
}

func (d *Driver) batch(ctx context.Context, b *Batch) error {
	if b.Len() == 0 {
		return nil
	}
	before, err := d.settings(ctx)
	if err != nil {
		return err
	}
	st := &statement{batch: b, before: before}
	ctx = plainContext(ctx)
	var tried attempts
	var held held
	defer held.release()
	for {
		pc, err := d.acquire(ctx)
		if err != nil {
			return err
		}
		held.conn = pc
		s := d.session(pc)
		fresh := !s.used
		s.used = true
		err = s.runBatch(ctx, d, st)
		next := failed
		if err != nil && !errors.As(err, new(readError)) {
			next = d.judge(ctx, s, st, fresh, &tried, err)
		}
		held.release()
		if next == failed {
			return lostWrite(err, st)
		}
		st.describe = next == heal
	}
}

func (tx *Tx) batch(ctx context.Context, b *Batch) error {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if err := tx.usable(ctx); err != nil {
		return err
	}
	if b.Len() == 0 {
		return nil
	}
	before, err := tx.driver.settings(ctx)
	if err != nil {
		return err
	}
	if tx.waits(b, before) {
		return nil
	}
	ctx = plainContext(ctx)
	if len(tx.queue) > 0 && len(before) == 0 {
		return tx.sendQueue(ctx, b, before)
	}
	if err := tx.flushQueue(ctx); err != nil {
		return err
	}
	st := &statement{batch: b, before: before, inTx: true}
	err = tx.run(ctx, st, func(s *session) error { return s.runBatch(ctx, tx.driver, st) })
	if err != nil {
		tx.failed(st, err)
	}
	return err
}
