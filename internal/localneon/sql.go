package localneon

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/pglocal"
)

// admin runs work in a database of a branch, as its superuser.
func admin(ctx context.Context, p *localbranch.Provider, branchID, database string, work func(*pgx.Conn) error) error {
	connString, release, err := p.Admin(ctx, branchID)
	if err != nil {
		return err
	}
	defer release()
	conn, err := pgx.Connect(ctx, connString(database))
	if err != nil {
		return sqlError(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return sqlError(work(conn))
}

// sqlError gives what Postgres refuses the status that Neon gives it.
func sqlError(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	status := map[string]int{
		"42P04": http.StatusConflict, // database exists
		"42710": http.StatusConflict, // role exists
		"3D000": http.StatusNotFound,
		"42704": http.StatusNotFound,
		"2BP01": http.StatusUnprocessableEntity, // others depend on it
		"55006": http.StatusUnprocessableEntity, // in use
		"42939": http.StatusUnprocessableEntity, // reserved name
		"0LP01": http.StatusUnprocessableEntity,
		"42602": http.StatusUnprocessableEntity,
	}[pg.Code]
	if status == 0 {
		return err
	}
	return &apiError{Status: status, Message: pg.Message}
}

// checkIdentifier refuses what can't name a role or database.
func checkIdentifier(kind, name string) error {
	switch {
	case name == "" || len(name) > 63 || strings.ContainsRune(name, 0) || strings.TrimSpace(name) != name:
		return refused("a %s has a name of 1 to 63 bytes, without space at its ends", kind)
	case strings.HasPrefix(name, "pg_") || name == pglocal.Superuser || name == "neon_superuser" || name == "public" || name == "none",
		kind == "database" && (name == "postgres" || name == "template0" || name == "template1"):
		return refused("%s name %q is reserved", kind, name)
	}
	return nil
}

func ident(name string) string { return pgx.Identifier{name}.Sanitize() }

func pause(ctx context.Context) error {
	t := time.NewTimer(5 * time.Millisecond)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
