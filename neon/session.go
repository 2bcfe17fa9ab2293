package neon

import (
	"crypto/rand"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// sessionKey finds the session among a connection's custom data.
const sessionKey = "espalier/neon"

// maxCloses bounds the statements that one flush closes.
const maxCloses = 32

// session is what the driver knows of one connection. Whoever has acquired the
// connection owns it.
type session struct {
	conn *pgx.Conn
	pg   *pgconn.PgConn
	// named are the statements prepared here, by text.
	named *lru[*prepared]
	// closing are names that the next flush closes.
	closing []string
	id      string
	nextID  int
	// used tells whether the connection has answered before: a fresh one that
	// fails is not stale.
	used bool
	eqb  pgx.ExtendedQueryBuilder
}

// prepared is a named statement of one connection.
type prepared struct {
	pgconn.StatementDescription
	desc    *description
	columns []string
}

func sessionOf(pc *pgxpool.Conn, cacheSize int) *session {
	conn := pc.Conn()
	data := conn.PgConn().CustomData()
	if s, ok := data[sessionKey].(*session); ok {
		return s
	}
	s := &session{conn: conn, pg: conn.PgConn()}
	if cacheSize > 0 {
		s.named = newLRU[*prepared](cacheSize)
	}
	data[sessionKey] = s
	return s
}

func (s *session) lookup(text string) *prepared {
	if s.named == nil {
		return nil
	}
	p, _ := s.named.get(text)
	return p
}

// newName gives names that no other session has: behind a transaction pooler
// that nobody told us of, one of ours must not run the statement of another.
func (s *session) newName() string {
	if s.id == "" {
		s.id = "espalier_" + rand.Text()[:10] + "_"
	}
	s.nextID++
	return s.id + strconv.Itoa(s.nextID)
}

// remember keeps a statement that the server has parsed under a name.
func (s *session) remember(text string, p *prepared) {
	for _, old := range s.named.put(text, p) {
		s.closing = append(s.closing, old.Name)
	}
}

// forget drops a statement whose plan or types are out of date.
func (s *session) forget(text string) {
	if s.named == nil {
		return
	}
	if p, ok := s.named.remove(text); ok {
		s.closing = append(s.closing, p.Name)
	}
}

// forgetAll drops all statements.
func (s *session) forgetAll() {
	if s.named == nil {
		return
	}
	for _, p := range s.named.clear() {
		s.closing = append(s.closing, p.Name)
	}
}

// takeClosing returns the names to close in this flush.
func (s *session) takeClosing() []string {
	n := min(len(s.closing), maxCloses)
	out := s.closing[:n]
	if n == len(s.closing) {
		s.closing = nil
	} else {
		s.closing = append([]string(nil), s.closing[n:]...)
	}
	return out
}

func columnNames(fields []pgconn.FieldDescription) []string {
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].Name
	}
	return names
}
