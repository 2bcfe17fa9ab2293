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

// Order is what a customer buys from one store at one time. Its table is
// shop_order, since order is a reserved word of SQL.
type Order struct{ ent.Schema }

// Mixin of Order.
func (Order) Mixin() []ent.Mixin { return []ent.Mixin{mixin.ID{}, mixin.Time{}} }

// Annotations of Order. Postgres holds the status as text, so the check keeps
// to the values there.
func (Order) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Table("shop_order"),
		entsql.WithComments(true),
		schema.Comment("What a customer buys from a store at one time"),
		entsql.Checks(map[string]string{
			"shop_order_status_check":   "status IN ('pending', 'paid', 'shipped', 'delivered', 'canceled')",
			"shop_order_currency_check": "length(currency) = 3",
		}),
	}
}

// Fields of Order.
func (Order) Fields() []ent.Field {
	return []ent.Field{
		field.Enum("status").
			Values("pending", "paid", "shipped", "delivered", "canceled").
			Default("pending").
			Comment("How far the order has come"),
		field.String("currency").
			Match(currency).
			MaxLen(3).
			Default("USD").
			SchemaType(map[string]string{dialect.Postgres: "varchar(3)"}).
			Comment("ISO 4217 code of all prices in the order"),
		field.Time("placed_at").
			Default(mixin.Now).
			Immutable().
			SchemaType(mixin.TimeType()).
			Annotations(mixin.DatabaseNow()).
			Comment("When the customer placed the order"),
		field.UUID("store_id", uuid.UUID{}).
			Immutable().
			Comment("Store that sells"),
		field.Int("customer_id").
			Immutable().
			Comment("User who buys"),
	}
}

// Edges of Order. Line items go with their order.
func (Order) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("store", Store.Type).
			Ref("orders").
			Field("store_id").
			Required().
			Immutable().
			Unique(),
		edge.From("customer", User.Type).
			Ref("orders").
			Field("customer_id").
			Required().
			Immutable().
			Unique(),
		edge.To("products", Product.Type).
			Through("line_items", LineItem.Type),
	}
}

// Indexes of Order: a customer's or a store's latest orders first.
func (Order) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("customer_id", "placed_at").StorageKey("shop_order_customer_id_placed_at"),
		index.Fields("store_id", "placed_at").StorageKey("shop_order_store_id_placed_at"),
	}
}
