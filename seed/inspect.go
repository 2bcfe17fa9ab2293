package seed

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

const fixMigrate = "apply the migrations first: espalier migrate apply"

// tablePlan is what the catalog says of one table.
type tablePlan struct {
	*Table
	sql   string // quoted name
	oid   uint32
	types []uint32
	enums []*pgtype.Type
	total int64
	// before is how many rows the tables before this one have.
	before int64
}

// inspect looks at the tables and columns, and whether parents come first.
func inspect(ctx context.Context, conn *pgx.Conn, ds *Dataset, scale int64) ([]tablePlan, error) {
	plan := make([]tablePlan, len(ds.Tables))
	var missing []string
	var before int64
	for i := range ds.Tables {
		t := &ds.Tables[i]
		p := tablePlan{Table: t, sql: t.ident().Sanitize(), total: t.Rows(scale), before: before}
		before += p.total
		var oid *uint32
		if err := conn.QueryRow(ctx, "select to_regclass($1)::oid", p.sql).Scan(&oid); err != nil {
			return nil, err
		}
		if oid == nil {
			missing = append(missing, t.Name)
			continue
		}
		p.oid = *oid
		sd, err := conn.Prepare(ctx, "", "select "+columnList(t)+" from "+p.sql)
		if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) && pg.Code == "42703" {
			return nil, &Error{Err: ErrNotMigrated, Detail: "table " + t.Name + ": " + pg.Message, Fix: fixMigrate}
		}
		if err != nil {
			return nil, err
		}
		for k, f := range sd.Fields {
			p.types = append(p.types, f.DataTypeOID)
			if err := p.addType(ctx, conn, f.DataTypeOID, t.Columns[k]); err != nil {
				return nil, err
			}
		}
		plan[i] = p
	}
	if len(missing) > 0 {
		return nil, &Error{Err: ErrNotMigrated, Detail: "no table " + strings.Join(missing, ", "), Fix: fixMigrate}
	}
	return plan, checkOrder(ctx, conn, plan)
}

// addType lets the encoders know an enum, the one kind of type of the user's
// own that needs nothing but its name.
func (p *tablePlan) addType(ctx context.Context, conn *pgx.Conn, oid uint32, column string) error {
	if _, ok := conn.TypeMap().TypeForOID(oid); ok {
		return nil
	}
	var name, kind string
	if err := conn.QueryRow(ctx, "select typname, typtype::text from pg_type where oid = $1", oid).Scan(&name, &kind); err != nil {
		return err
	}
	if kind != "e" {
		return fmt.Errorf("table %s, column %s: no encoding for type %s", p.Name, column, name)
	}
	p.enums = append(p.enums, &pgtype.Type{Name: name, OID: oid, Codec: &pgtype.EnumCodec{}})
	return nil
}

// checkOrder compares the data set's order with the foreign keys.
func checkOrder(ctx context.Context, conn *pgx.Conn, plan []tablePlan) error {
	at := map[uint32]int{}
	var oids []uint32
	for i, p := range plan {
		at[p.oid] = i
		oids = append(oids, p.oid)
	}
	rows, _ := conn.Query(ctx, `select conrelid::oid, confrelid::oid from pg_constraint
		where contype = 'f' and conrelid = any($1) and confrelid = any($1) order by 1, 2`, oids)
	var child, parent uint32
	_, err := pgx.ForEachRow(rows, []any{&child, &parent}, func() error {
		if at[parent] > at[child] {
			return &Error{Err: ErrOrder, Detail: plan[at[child]].Name + " refers to " + plan[at[parent]].Name}
		}
		return nil
	})
	return err
}

func columnList(t *Table) string {
	quoted := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		quoted[i] = pgx.Identifier{c}.Sanitize()
	}
	return strings.Join(quoted, ", ")
}
