package schema

import (
	"regexp"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"

	"github.com/espalier-go/espalier/mixin"
)

// slug is what may stand in a URL's path: lower case words joined by hyphens.
var slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Store is a tenant: it owns its products, categories and orders.
type Store struct{ ent.Schema }

// Mixin of Store.
func (Store) Mixin() []ent.Mixin { return []ent.Mixin{mixin.ID{}, mixin.Time{}} }

// Annotations of Store.
func (Store) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Table("store"),
		entsql.WithComments(true),
		schema.Comment("A tenant: owns products, categories and orders"),
	}
}

// Fields of Store.
func (Store) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").
			NotEmpty().
			MaxRuneLen(120).
			Comment("Name shown to customers"),
		field.String("slug").
			Match(slug).
			MaxLen(63).
			Unique().
			Comment("Name in URLs, unique"),
	}
}

// Edges of Store. A store with orders can't be deleted; its catalog goes with
// it.
func (Store) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("categories", Category.Type).
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("products", Product.Type).
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("orders", Order.Type).
			Annotations(entsql.OnDelete(entsql.NoAction)),
	}
}
