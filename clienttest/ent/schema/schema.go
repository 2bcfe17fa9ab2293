// Package schema declares entities with every kind of edge, field and id that
// the generated client treats differently.
package schema

import (
	"context"
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/privacy"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"github.com/google/uuid"
)

// Person has an id that the database makes, and every kind of edge.
type Person struct{ ent.Schema }

// Fields of Person.
func (Person) Fields() []ent.Field {
	return []ent.Field{
		field.String("code").Unique(),
		field.String("name"),
		field.Int("age").Optional().Nillable(),
		field.Float("score").Default(1.5),
		field.Float32("weight").Optional(),
		field.Bool("active").Default(true),
		field.String("nick").Optional().Annotations(entsql.Default("anon")),
		field.Int("rank").Optional().Annotations(entsql.DefaultExpr("40 + 2")),
		field.Time("born").Optional(),
		field.Enum("level").Values("low", "mid", "high").Default("low"),
		field.Strings("tags").Optional(),
		field.JSON("extra", map[string]any{}).Optional(),
		field.Bytes("blob").Optional(),
		field.UUID("ref", uuid.UUID{}).Optional().Nillable(),
		field.Other("price", Decimal("")).SchemaType(map[string]string{"postgres": "numeric(12,2)"}).Optional(),
	}
}

// Edges of Person.
func (Person) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("pets", Pet.Type),
		edge.To("groups", Group.Type),
		edge.To("friends", Person.Type),
		edge.To("spouse", Person.Type).Unique(),
		edge.To("children", Person.Type).From("parent").Unique(),
		edge.To("card", Card.Type).Unique(),
		edge.To("liked", Pet.Type).Through("likes", Like.Type),
		edge.To("notes", Note.Type),
	}
}

// Annotations of Person.
func (Person) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Checks(map[string]string{"age_positive": "age >= 0"})}
}

// Pet has an id that the client makes, and a foreign key without a field.
type Pet struct{ ent.Schema }

// Fields of Pet.
func (Pet) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("id", uuid.UUID{}).Default(uuid.New),
		field.String("name"),
		field.Time("seen").Default(func() time.Time { return time.Now().Truncate(time.Microsecond) }),
	}
}

// Edges of Pet.
func (Pet) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("owner", Person.Type).Ref("pets").Unique(),
		edge.From("fans", Person.Type).Ref("liked").Through("likes", Like.Type),
	}
}

// Group has a string for its id.
type Group struct{ ent.Schema }

// Fields of Group.
func (Group) Fields() []ent.Field {
	return []ent.Field{field.String("id"), field.String("title")}
}

// Edges of Group.
func (Group) Edges() []ent.Edge {
	return []ent.Edge{edge.From("members", Person.Type).Ref("groups")}
}

// Card belongs to one person at most.
type Card struct{ ent.Schema }

// Fields of Card.
func (Card) Fields() []ent.Field {
	return []ent.Field{field.String("number").Unique(), field.Int("owner_id").Optional()}
}

// Edges of Card.
func (Card) Edges() []ent.Edge {
	return []ent.Edge{edge.From("owner", Person.Type).Ref("card").Field("owner_id").Unique()}
}

// Like is the edge schema of liked, with a composite key.
type Like struct{ ent.Schema }

// Annotations of Like.
func (Like) Annotations() []schema.Annotation {
	return []schema.Annotation{field.ID("person_id", "pet_id")}
}

// Fields of Like.
func (Like) Fields() []ent.Field {
	return []ent.Field{
		field.Int("weight").Default(1),
		field.Int("person_id"),
		field.UUID("pet_id", uuid.UUID{}),
	}
}

// Edges of Like.
func (Like) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("person", Person.Type).Unique().Required().Field("person_id"),
		edge.To("pet", Pet.Type).Unique().Required().Field("pet_id"),
	}
}

// Note has a privacy policy: only who has a viewer in the context reads notes.
type Note struct{ ent.Schema }

// Fields of Note.
func (Note) Fields() []ent.Field {
	return []ent.Field{field.String("text")}
}

// Edges of Note.
func (Note) Edges() []ent.Edge {
	return []ent.Edge{edge.From("author", Person.Type).Ref("notes").Unique()}
}

// Indexes of Note.
func (Note) Indexes() []ent.Index { return []ent.Index{index.Fields("text")} }

// ViewerKey marks a context that may read notes.
type ViewerKey struct{}

// Policy of Note.
func (Note) Policy() ent.Policy { return viewers{} }

type viewers struct{}

func (viewers) EvalQuery(ctx context.Context, _ ent.Query) error {
	if ctx.Value(ViewerKey{}) == nil {
		return privacy.Denyf("no viewer")
	}
	return privacy.Allow
}

func (viewers) EvalMutation(context.Context, ent.Mutation) error { return privacy.Allow }
