package neon

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// sendPipeline sends a statement together with others, all before one Sync: to
// the server they are one transaction, unless BEGIN is among them.
func (s *session) sendPipeline(ctx context.Context, texts *textCache, l *launch) (flight, error) {
	p := s.pg.StartPipeline(ctx)
	closed := s.queueClosing(p)
	queueBefore(p, l.before)
	l.queue(p)
	err := p.Sync()
	if err == nil {
		err = skipAhead(p, closed, len(l.before))
	}
	var f flight
	if err == nil {
		f, err = l.next(p, texts)
		f.pipe = p
	}
	if err != nil {
		// The first error is the cause; those of Close follow from it.
		_ = p.Close()
		if l.parse && l.name != "" {
			s.closing = append(s.closing, l.name)
		}
		return f, err
	}
	err = f.land()
	if l.parse && l.name != "" {
		s.file(texts, l, &f, err)
	}
	return f, err
}

// describeBehind prepares a statement behind those that go ahead of it.
func (s *session) describeBehind(ctx context.Context, l *launch) (*pgconn.StatementDescription, error) {
	p := s.pg.StartPipeline(ctx)
	queueBefore(p, l.before)
	p.SendPrepare(l.name, l.text, nil)
	err := p.Sync()
	if err == nil {
		err = skipResults(p, len(l.before))
	}
	var sd *pgconn.StatementDescription
	if err == nil {
		sd, err = nextDescription(p)
	}
	if closeErr := p.Close(); err == nil {
		err = closeErr
	}
	return sd, err
}

func queueBefore(p *pgconn.Pipeline, before []plain) {
	for _, b := range before {
		values := make([][]byte, len(b.args))
		for i, arg := range b.args {
			values[i] = []byte(arg)
		}
		p.SendQueryParams(b.text, values, nil, nil, nil)
	}
}

func (l *launch) queue(p *pgconn.Pipeline) {
	var resultFormats []int16
	var oids []uint32
	if l.desc != nil {
		resultFormats, oids = l.desc.formats, l.desc.params
	}
	switch {
	case l.learn, l.parse && l.name != "":
		p.SendPrepare(l.name, l.text, oids)
		p.SendQueryPrepared(l.name, l.params.values, l.params.formats, resultFormats)
	case l.name != "", l.again:
		p.SendQueryPrepared(l.name, l.params.values, l.params.formats, resultFormats)
	default:
		p.SendQueryParams(l.text, l.params.values, oids, l.params.formats, resultFormats)
	}
}

// queueClosing closes statements that are not needed any more.
func (s *session) queueClosing(p *pgconn.Pipeline) int {
	closing := s.takeClosing()
	for _, name := range closing {
		p.SendDeallocate(name)
	}
	return len(closing)
}

// skipAhead reads what comes before the answer to the statement itself.
func skipAhead(p *pgconn.Pipeline, closed, before int) error {
	for range closed {
		if _, err := p.GetResults(); err != nil {
			return err
		}
	}
	return skipResults(p, before)
}

// next reads up to the result of the statement.
func (l *launch) next(p *pgconn.Pipeline, texts *textCache) (flight, error) {
	if l.learn || l.parse && l.name != "" {
		sd, err := nextDescription(p)
		if err != nil {
			return flight{}, err
		}
		if l.learn {
			texts.put(l.text, newDescription(sd.ParamOIDs, sd.Fields))
		}
	}
	rr, err := nextResult(p)
	return flight{rr: rr}, err
}

// skipResults reads the results of statements of our own.
func skipResults(p *pgconn.Pipeline, n int) error {
	for range n {
		rr, err := nextResult(p)
		if err != nil {
			return err
		}
		if _, err := rr.Close(); err != nil {
			return err
		}
	}
	return nil
}

func nextDescription(p *pgconn.Pipeline) (*pgconn.StatementDescription, error) {
	res, err := p.GetResults()
	if err != nil {
		return nil, err
	}
	sd, ok := res.(*pgconn.StatementDescription)
	if !ok {
		return nil, fmt.Errorf("neon: unexpected answer %T to a parse", res)
	}
	return sd, nil
}

func nextResult(p *pgconn.Pipeline) (*pgconn.ResultReader, error) {
	res, err := p.GetResults()
	if err != nil {
		return nil, err
	}
	rr, ok := res.(*pgconn.ResultReader)
	if !ok {
		return nil, fmt.Errorf("neon: unexpected answer %T to a query", res)
	}
	return rr, nil
}
