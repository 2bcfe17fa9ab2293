package neon

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// batch runs several statements in one flush. Outside of a transaction they are
// one to the server: all or none.
func (d *Driver) batch(ctx context.Context, b *sql.Batch) error {
	b.Taken = true
	before, err := d.settings(ctx)
	if err != nil {
		return err
	}
	ctx = plainContext(ctx)
	st := &statement{text: batchWrite(b), before: before}
	var tried attempts
	for {
		pc, err := d.acquire(ctx)
		if err != nil {
			return err
		}
		s := sessionOf(pc, d.cacheSize)
		fresh := !s.used
		s.used = true
		err = s.runBatch(ctx, d, st, b)
		if err == nil {
			pc.Release()
			return nil
		}
		next := d.judge(ctx, s, st, fresh, &tried, err)
		if next == heal {
			s.forgetBatch(d.texts, b)
		}
		pc.Release()
		if next == failed {
			return d.lostWrite(err, st.text, false)
		}
		st.describe = next == heal
	}
}

// batch runs several statements in one flush, with BEGIN where they are the
// first ones.
func (tx *Tx) batch(ctx context.Context, b *sql.Batch) error {
	b.Taken = true
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if err := tx.usable(ctx); err != nil {
		return err
	}
	d := tx.driver
	before, err := d.settings(ctx)
	if err != nil {
		return err
	}
	ctx = plainContext(ctx)
	st := &statement{text: batchWrite(b), before: before, inTx: true}
	if tx.conn == nil {
		pc, err := d.acquire(ctx)
		if err != nil {
			return err
		}
		s := sessionOf(pc, d.cacheSize)
		s.used = true
		tx.conn, tx.session = pc, s
		st.before = append([]plain{{text: tx.begin}}, st.before...)
		st.begins = true
	}
	err = tx.session.runBatch(ctx, d, st, b)
	if err != nil {
		tx.failed(st.text, err)
		if !tx.session.pg.IsClosed() {
			tx.session.forgetBatch(d.texts, b)
		}
	}
	return err
}

// batchWrite is the text that tells whether the batch may run twice: that of a
// write, where there is one.
func batchWrite(b *sql.Batch) string {
	text := ""
	for i := range b.Statements {
		text = b.Statements[i].Query
		if !isRead(text) {
			break
		}
	}
	return text
}

func (s *session) forgetBatch(texts *textCache, b *sql.Batch) {
	for i := range b.Statements {
		s.forget(b.Statements[i].Query)
		texts.forget(b.Statements[i].Query)
	}
}

// runBatch encodes everything before it sends anything: a failed encoding
// leaves the connection as it was.
func (s *session) runBatch(ctx context.Context, d *Driver, st *statement, b *sql.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	launches := make([]launch, len(b.Statements))
	for i := range b.Statements {
		l, err := s.ready(ctx, d.texts, st, &b.Statements[i], launches[:i])
		if err != nil {
			return &sql.BatchError{Index: i, Err: err}
		}
		launches[i] = l
	}
	p := s.pg.StartPipeline(ctx)
	closing := s.takeClosing()
	for _, name := range closing {
		p.SendDeallocate(name)
	}
	(&launch{before: st.before}).queueBefore(p)
	for i := range launches {
		launches[i].queue(p)
	}
	f := &batchFlight{session: s, driver: d, pipe: p, st: st, launches: launches, batch: b}
	err := f.read(len(closing))
	if closeErr := p.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		// Which names the server knows is not certain; closing more is allowed.
		for i := range launches {
			if launches[i].parse && launches[i].name != "" {
				s.closing = append(s.closing, launches[i].name)
			}
		}
		return err
	}
	for i, rows := range f.done {
		if l := &launches[i]; l.parse && l.name != "" {
			s.file(d.texts, l, &flight{landed: true, fields: rows}, nil)
		}
	}
	return nil
}

// ready decides how one statement of a batch travels. Its types are asked for
// beforehand only where nothing else will do.
func (s *session) ready(ctx context.Context, texts *textCache, st *statement, stmt *sql.Statement, earlier []launch) (launch, error) {
	args := plainArgs(stmt.Args)
	if len(args) > math.MaxUint16 {
		return launch{}, fmt.Errorf("extended protocol limited to %v parameters", math.MaxUint16)
	}
	l := launch{text: stmt.Query}
	if p := s.lookup(l.text); p != nil && !st.describe {
		l.old, l.desc, l.name = p, p.desc, p.Name
	} else if l.desc = texts.get(l.text); l.desc == nil || st.describe {
		if enc, ok := encodeUntyped(args); ok && !st.describe && !enc.guessed && s.isoDates() {
			l.params, l.parse, l.learn = enc, true, len(l.text) <= maxCachedText
			return l, nil
		}
		if err := s.describe(ctx, texts, &l, false); err != nil {
			return l, err
		}
	} else {
		l.parse = true
		if s.named != nil {
			l.name = s.newName()
		}
		// The same text needs one name only.
		for i := range earlier {
			if earlier[i].text == l.text && earlier[i].name != "" {
				l.name, l.parse = earlier[i].name, false
			}
		}
	}
	enc, err := s.encode(l.desc, args)
	if err != nil {
		return l, err
	}
	// The encoder's memory serves the next statement.
	l.params = params{values: slices.Clone(enc.values), formats: slices.Clone(enc.formats)}
	for i, v := range l.params.values {
		l.params.values[i] = bytes.Clone(v)
	}
	return l, nil
}
