// Package schema is a small ent schema with everything the SQL must carry:
// comments, checks, defaults, indexes by dialect, a name too long for
// Postgres, a view.
package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Keeper feeds pets.
type Keeper struct{ ent.Schema }

// Annotations of Keeper.
func (Keeper) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Table("keeper"),
		entsql.WithComments(true),
		schema.Comment("Who feeds; it's a person"),
	}
}

// Fields of Keeper.
func (Keeper) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").Unique().Comment("Full name"),
		field.Time("hired_at").Annotations(entsql.DefaultExpr("now()")),
	}
}

// Edges of Keeper.
func (Keeper) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("pets", Pet.Type).Annotations(entsql.OnDelete(entsql.Restrict)),
	}
}

// Pet is fed.
type Pet struct{ ent.Schema }

// Annotations of Pet.
func (Pet) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Table("pet"),
		entsql.Checks(map[string]string{"pet_age_check": "age >= 0", "pet_name_check": "name <> ''"}),
	}
}

// Fields of Pet.
func (Pet) Fields() []ent.Field {
	return []ent.Field{
		field.String("name"),
		field.Int("age").Default(0),
		field.JSON("traits", []string{}).Optional(),
	}
}

// Edges of Pet.
func (Pet) Edges() []ent.Edge {
	return []ent.Edge{edge.From("keeper", Keeper.Type).Ref("pets").Unique().Required()}
}

// Indexes of Pet.
func (Pet) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("traits").Annotations(entsql.IndexTypes(map[string]string{dialect.Postgres: "GIN"})),
		index.Fields("name").Annotations(entsql.IndexWhere("age > 0")),
		index.Fields("age", "name").
			StorageKey("pet_an_index_with_a_name_that_is_longer_than_what_postgres_keeps_of_a_name"),
	}
}

// Old is a view of the old pets.
type Old struct{ ent.View }

// Annotations of Old.
func (Old) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Annotation{Table: "old"},
		entsql.View("SELECT name FROM pet WHERE age > 10"),
	}
}

// Fields of Old.
func (Old) Fields() []ent.Field { return []ent.Field{field.String("name")} }
