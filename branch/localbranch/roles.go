package localbranch

import (
	"context"
	"fmt"

	"github.com/espalier-go/espalier/internal/pglocal"
	"github.com/jackc/pgx/v5"
)

// bootstrap makes the roles and the database of a new project, as Neon makes
// them: neon_superuser holds what Neon grants, neondb_owner is a member of it.
// Source: compute_tools in github.com/neondatabase/neon.
func bootstrap(ctx context.Context, srv *pglocal.Server, password string) error {
	conn, err := pgx.Connect(ctx, srv.AdminConnString("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	verifier, err := scramVerifier(password)
	if err != nil {
		return err
	}
	for _, statement := range roleStatements(srv.Install().Major, verifier) {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("make the project's role and database: %w", err)
		}
	}
	return nil
}

// roleStatements has no argument but the verifier, which is of base64, digits
// and $:- alone: utility statements take no bound parameters.
func roleStatements(major int, verifier string) []string {
	owner := pgx.Identifier{Role}.Sanitize()
	db := pgx.Identifier{Database}.Sanitize()
	statements := []string{
		`CREATE ROLE neon_superuser CREATEDB CREATEROLE NOLOGIN REPLICATION BYPASSRLS IN ROLE pg_read_all_data, pg_write_all_data`,
		`GRANT pg_monitor TO neon_superuser WITH ADMIN OPTION`,
		`GRANT pg_signal_backend TO neon_superuser WITH ADMIN OPTION`,
	}
	if major >= 16 {
		statements = append(statements, `GRANT pg_create_subscription TO neon_superuser`)
	}
	return append(statements,
		`CREATE ROLE `+owner+` LOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS IN ROLE neon_superuser PASSWORD '`+verifier+`'`,
		`CREATE DATABASE `+db+` OWNER `+owner,
		`GRANT ALL ON DATABASE `+db+` TO neon_superuser`,
	)
}
