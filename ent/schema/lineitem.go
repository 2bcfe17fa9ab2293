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

// LineItem is the edge between Order and Product. It has an id of its own, and
// not a composite key, because only then ent gives it Get, UpdateOne and
// DeleteOne.
type LineItem struct{ ent.Schema }

// Mixin of LineItem.
func (LineItem) Mixin() []ent.Mixin { return []ent.Mixin{mixin.ID{}, mixin.Time{}} }

// Annotations of LineItem.
func (LineItem) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Table("line_item"),
		entsql.WithComments(true),
		schema.Comment("One product in an order"),
		entsql.Checks(map[string]string{
			"line_item_quantity_check":         "quantity > 0",
			"line_item_unit_price_cents_check": "unit_price_cents >= 0",
		}),
	}
}

// Fields of LineItem.
func (LineItem) Fields() []ent.Field {
	return []ent.Field{
		field.Int("quantity").
			Positive().
			Default(1).
			Comment("How many, at least 1"),
		field.Int64("unit_price_cents").
			Min(0).
			Comment("Price of one at the time of the order, in hundredths of the order's currency"),
		field.UUID("order_id", uuid.UUID{}).
			Immutable().
			Comment("Order the item belongs to"),
		field.UUID("product_id", uuid.UUID{}).
			Immutable().
			Comment("Product bought"),
	}
}

// Edges of LineItem. A product that was bought can't be deleted.
func (LineItem) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("order", Order.Type).
			Field("order_id").
			Required().
			Immutable().
			Unique().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("product", Product.Type).
			Field("product_id").
			Required().
			Immutable().
			Unique().
			Annotations(entsql.OnDelete(entsql.NoAction)),
	}
}

// Indexes of LineItem: a product stands in an order once.
func (LineItem) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("order_id", "product_id").Unique().StorageKey("line_item_order_id_product_id"),
		index.Fields("product_id").StorageKey("line_item_product_id"),
	}
}
