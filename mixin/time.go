package mixin

import (
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/field"
	entmixin "entgo.io/ent/schema/mixin"
)

// Time adds created_at, set once, and updated_at, set by every update through
// the client. Rows written by plain SQL get the database's clock for both;
// their later updates must set updated_at themselves.
type Time struct{ entmixin.Schema }

// Fields returns the fields created_at and updated_at.
func (Time) Fields() []ent.Field {
	return []ent.Field{
		field.Time("created_at").
			Default(Now).
			Immutable().
			SchemaType(TimeType()).
			Annotations(DatabaseNow()).
			Comment("When the row was created"),
		field.Time("updated_at").
			Default(Now).
			UpdateDefault(Now).
			SchemaType(TimeType()).
			Annotations(DatabaseNow()).
			Comment("When the row was last updated"),
	}
}

// Now is the current time in UTC in whole microseconds: what Postgres and
// MariaDB keep, so that a created entity equals the same entity read back.
func Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// TimeType is the column type of a time for field.Time's SchemaType: ent's own
// choice for MariaDB drops the microseconds.
func TimeType() map[string]string {
	return map[string]string{
		dialect.Postgres: "timestamptz",
		dialect.MySQL:    "datetime(6)",
	}
}

// DatabaseNow makes the database's clock the default of a time column, for
// rows that don't come from the client.
func DatabaseNow() *entsql.Annotation {
	return entsql.DefaultExprs(map[string]string{
		dialect.Postgres: "now()",
		dialect.MySQL:    "CURRENT_TIMESTAMP(6)",
		// Text as the drivers write it. SQLite gives an expression back without
		// its outer parentheses: of two parts, since around one ent puts a pair,
		// sees the difference and rebuilds the table on every Schema.Create.
		dialect.SQLite: "(strftime('%Y-%m-%d %H:%M:%f', 'now')) || ('+00:00')",
	})
}
