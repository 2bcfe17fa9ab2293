package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"github.com/google/uuid"

	"github.com/espalier-go/espalier/mixin"
)

// Review is what a user thinks of a product.
type Review struct{ ent.Schema }

// Mixin of Review.
func (Review) Mixin() []ent.Mixin { return []ent.Mixin{mixin.ID{}, mixin.Time{}} }

// Annotations of Review.
func (Review) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Table("review"),
		entsql.WithComments(true),
		schema.Comment("What a user thinks of a product"),
		entsql.Checks(map[string]string{
			"review_rating_check": "rating BETWEEN 1 AND 5",
		}),
	}
}

// Fields of Review.
func (Review) Fields() []ent.Field {
	return []ent.Field{
		field.Int("rating").
			Range(1, 5).
			SchemaType(map[string]string{
				dialect.Postgres: "smallint",
				dialect.MySQL:    "tinyint",
			}).
			Comment("Stars, 1 to 5"),
		field.Text("text").
			Optional().
			Comment("What the user wrote, if anything"),
		field.UUID("product_id", uuid.UUID{}).
			Immutable().
			Comment("Product under review"),
		field.Int("user_id").
			Immutable().
			Comment("Author"),
	}
}

// Edges of Review.
func (Review) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("product", Product.Type).
			Ref("reviews").
			Field("product_id").
			Required().
			Immutable().
			Unique(),
		edge.From("user", User.Type).
			Ref("reviews").
			Field("user_id").
			Required().
			Immutable().
			Unique(),
	}
}

// Indexes of Review: a user reviews a product once.
func (Review) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "product_id").Unique(),
		index.Fields("product_id"),
	}
}
