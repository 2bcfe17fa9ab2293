package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"github.com/google/uuid"

	"github.com/espalier-go/espalier/mixin"
)

// Category is a node in a store's tree of categories.
type Category struct{ ent.Schema }

// Mixin of Category.
func (Category) Mixin() []ent.Mixin { return []ent.Mixin{mixin.ID{}, mixin.Time{}} }

// Annotations of Category.
func (Category) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Table("category"),
		entsql.WithComments(true),
		schema.Comment("A node in a store's tree of categories"),
	}
}

// Fields of Category.
func (Category) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").
			NotEmpty().
			MaxRuneLen(120).
			Comment("Name, unique among its siblings"),
		field.String("slug").
			Match(slug).
			MaxLen(63).
			Comment("Name in URLs, unique in the store"),
		field.UUID("store_id", uuid.UUID{}).
			Immutable().
			Comment("Store that owns the category"),
		field.UUID("parent_id", uuid.UUID{}).
			Optional().
			Nillable().
			Comment("Category above, null for a root"),
	}
}

// Edges of Category. The children of a deleted category become roots.
func (Category) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("store", Store.Type).
			Ref("categories").
			Field("store_id").
			Required().
			Immutable().
			Unique(),
		edge.To("children", Category.Type).
			Annotations(entsql.OnDelete(entsql.SetNull)).
			From("parent").
			Field("parent_id").
			Unique(),
		edge.From("products", Product.Type).
			Ref("categories").
			Through("product_categories", ProductCategory.Type),
	}
}

// Indexes of Category. The unique index doesn't bind roots, since nulls are
// distinct; the slug, unique in the store, tells those apart.
func (Category) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("store_id", "slug").Unique(),
		index.Fields("store_id", "parent_id", "name").Unique(),
		index.Fields("parent_id"),
	}
}
