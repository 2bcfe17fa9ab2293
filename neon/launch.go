package neon

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// launch is how one statement travels.
type launch struct {
	text   string
	before []plain
	params params
	desc   *description
	// name is empty for the unnamed statement.
	name string
	// parse tells that the server has to parse the text first, learn that it
	// shall say what it found.
	parse, learn bool
	// again tells that the unnamed statement is still the one before.
	again bool
	// old is the statement prepared before.
	old *prepared
}

// start sends the statement in one flush, the round trip of describe apart, and
// waits for the beginning of its answer.
func (s *session) start(ctx context.Context, texts *textCache, st *statement) (flight, error) {
	if err := ctx.Err(); err != nil {
		return flight{}, err
	}
	var l launch
	if err := s.plan(ctx, texts, st, &s.eqb, &l); err != nil {
		return flight{}, err
	}
	return s.send(ctx, texts, &l)
}

// plan decides how the statement travels, and encodes its arguments in eqb.
func (s *session) plan(ctx context.Context, texts *textCache, st *statement, eqb *pgx.ExtendedQueryBuilder, l *launch) error {
	text, args := st.text, plainArgs(st.args)
	if len(args) > 0 {
		var err error
		if text, args, err = s.rewrite(ctx, text, args); err != nil {
			return err
		}
	}
	if len(args) > math.MaxUint16 {
		return fmt.Errorf("extended protocol limited to %v parameters", math.MaxUint16)
	}
	l.text, l.before = text, st.before
	named := s.named != nil && !st.unnamed
	if p := s.lookup(text); p != nil && named && !st.describe {
		l.old, l.desc, l.name = p, p.desc, p.Name
	} else if l.desc = texts.get(text); l.desc == nil || st.describe {
		enc, ok := encodeUntyped(args)
		if ok && !st.describe && !(enc.guessed && st.inTx) && s.isoDates() {
			l.params, l.parse, l.learn = enc, true, len(text) <= maxCachedText
			return nil
		}
		if err := s.describe(ctx, texts, l, st.begins, named); err != nil {
			return err
		}
	} else {
		l.parse = true
		if named {
			l.name = s.newName()
		}
	}
	var err error
	l.params, err = s.encode(l.desc, args, eqb)
	return err
}

// rewrite lets pgx.NamedArgs and the like have their way, as stdlib does.
func (s *session) rewrite(ctx context.Context, text string, args []any) (string, []any, error) {
	for len(args) > 0 {
		switch arg := args[0].(type) {
		case pgx.QueryExecMode, pgx.QueryResultFormats, pgx.QueryResultFormatsByOID:
			args = args[1:]
		case pgx.QueryRewriter:
			text, args, err := arg.RewriteQuery(ctx, s.conn, text, args[1:])
			if err != nil {
				return "", nil, fmt.Errorf("rewrite query failed: %w", err)
			}
			return text, args, nil
		default:
			return text, args, nil
		}
	}
	return text, args, nil
}

// isoDates tells whether the text of dates can be read: on first sight all
// columns come as text.
func (s *session) isoDates() bool {
	style := s.pg.ParameterStatus("DateStyle")
	return style == "" || strings.HasPrefix(style, "ISO")
}

// describe asks the server for the types of a statement, inside the transaction
// that begins with it.
func (s *session) describe(ctx context.Context, texts *textCache, l *launch, begins, named bool) error {
	s.forget(l.text)
	texts.forget(l.text)
	if named && len(l.text) <= maxCachedText {
		l.name = s.newName()
	}
	var sd *pgconn.StatementDescription
	var err error
	if begins {
		sd, err = s.describeBehind(ctx, l)
		l.before = nil
	} else {
		sd, err = s.pg.Prepare(ctx, l.name, l.text, nil)
	}
	if err != nil {
		// stdlib, too, returns the server's own error.
		var pgErr *pgconn.PgError
		if errors.As(err, &pgErr) {
			return pgErr
		}
		return err
	}
	l.desc = newDescription(sd.ParamOIDs, sd.Fields)
	texts.put(l.text, l.desc)
	if l.name == "" {
		l.parse = true
		return nil
	}
	l.old = newPrepared(l.name, l.text, l.desc)
	s.remember(l.text, l.old)
	return nil
}

func newPrepared(name, text string, desc *description) *prepared {
	p := &prepared{desc: desc, columns: columnNames(desc.fields)}
	p.StatementDescription = pgconn.StatementDescription{Name: name, SQL: text, ParamOIDs: desc.params, Fields: desc.fields}
	return p
}

// encode encodes arguments whose types are known, and leaves to the server what
// pgx has no encoding for: it decides likewise on first sight.
func (s *session) encode(desc *description, args []any, eqb *pgx.ExtendedQueryBuilder) (params, error) {
	if len(desc.params) != len(args) {
		return params{}, fmt.Errorf("expected %d arguments, got %d", len(desc.params), len(args))
	}
	if len(args) == 0 {
		return params{}, nil
	}
	sd := pgconn.StatementDescription{ParamOIDs: desc.params}
	if err := eqb.Build(s.conn.TypeMap(), &sd, args); err != nil {
		if p, ok := encodeUntyped(args); ok {
			return p, nil
		}
		return params{}, err
	}
	return params{values: eqb.ParamValues, formats: eqb.ParamFormats}, nil
}

func (s *session) send(ctx context.Context, texts *textCache, l *launch) (flight, error) {
	if l.learn || len(l.before) > 0 {
		return s.sendPipeline(ctx, texts, l)
	}
	var resultFormats []int16
	var oids []uint32
	if l.desc != nil {
		resultFormats, oids = l.desc.formats, l.desc.params
	}
	if l.name == "" {
		f := flight{rr: s.pg.ExecParams(ctx, l.text, l.params.values, oids, l.params.formats, resultFormats)}
		return f, f.land()
	}
	// What the reader of the answer doesn't expect, it skips.
	fe := s.pg.Frontend()
	closing := s.takeClosing()
	for _, name := range closing {
		fe.SendClose(&pgproto3.Close{ObjectType: 'S', Name: name})
	}
	if l.old != nil {
		f := flight{named: l.old}
		f.rr = s.pg.ExecStatement(ctx, &l.old.StatementDescription, l.params.values, l.params.formats, resultFormats)
		s.checkSent(ctx, &f, len(closing) > 0)
		return f, f.land()
	}
	fe.SendParse(&pgproto3.Parse{Name: l.name, Query: l.text, ParameterOIDs: oids})
	f := flight{rr: s.pg.ExecPrepared(ctx, l.name, l.params.values, l.params.formats, resultFormats)}
	s.checkSent(ctx, &f, true)
	err := f.land()
	s.file(texts, l, &f, err)
	return f, err
}

// checkSent gives up a connection that keeps our messages in its buffer because
// the context ended in the moment between our look and pgconn's.
func (s *session) checkSent(ctx context.Context, f *flight, buffered bool) {
	if buffered && ctx.Err() != nil && !s.pg.IsBusy() && !s.pg.IsClosed() {
		if _, err := f.rr.Close(); err != nil && pgconn.SafeToRetry(err) {
			closeNow(s.conn)
		}
	}
}

// file keeps the name under which the server has parsed the statement.
func (s *session) file(texts *textCache, l *launch, f *flight, err error) {
	if err != nil {
		// Whether it got that far is not known; closing what isn't there is allowed.
		s.closing = append(s.closing, l.name)
		return
	}
	desc := l.desc
	if fields := f.columns(); !desc.sameColumns(fields) {
		desc = newDescription(desc.params, fields)
		texts.put(l.text, desc)
	}
	s.remember(l.text, newPrepared(l.name, l.text, desc))
}
