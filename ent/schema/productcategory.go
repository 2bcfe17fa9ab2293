package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"github.com/google/uuid"
)

// ProductCategory is the edge between Product and Category. It is declared,
// since the join table ent makes by itself has no index on its second column.
type ProductCategory struct{ ent.Schema }

// Annotations of ProductCategory.
func (ProductCategory) Annotations() []schema.Annotation {
	return []schema.Annotation{
		field.ID("product_id", "category_id"),
		entsql.Table("product_category"),
		entsql.WithComments(true),
		schema.Comment("Places a product in a category"),
	}
}

// Fields of ProductCategory.
func (ProductCategory) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("product_id", uuid.UUID{}).
			Immutable().
			Comment("Product in the category"),
		field.UUID("category_id", uuid.UUID{}).
			Immutable().
			Comment("Category of the product"),
	}
}

// Edges of ProductCategory.
func (ProductCategory) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("product", Product.Type).
			Field("product_id").
			Required().
			Immutable().
			Unique().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("category", Category.Type).
			Field("category_id").
			Required().
			Immutable().
			Unique().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

// Indexes of ProductCategory; the primary key leads with product_id.
func (ProductCategory) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("category_id").StorageKey("product_category_category_id"),
	}
}
