package schema

import (
	"regexp"

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

// currency is the form of an ISO 4217 code.
var currency = regexp.MustCompile(`^[A-Z]{3}$`)

// Product is something a store sells.
type Product struct{ ent.Schema }

// Mixin of Product.
func (Product) Mixin() []ent.Mixin { return []ent.Mixin{mixin.ID{}, mixin.Time{}} }

// Annotations of Product.
func (Product) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Table("product"),
		entsql.WithComments(true),
		schema.Comment("Something a store sells"),
		entsql.Checks(map[string]string{
			"product_price_cents_check": "price_cents >= 0",
			"product_currency_check":    "length(currency) = 3",
		}),
	}
}

// Fields of Product.
func (Product) Fields() []ent.Field {
	return []ent.Field{
		field.String("sku").
			NotEmpty().
			MaxLen(64).
			Comment("Stock keeping unit, unique in the store"),
		field.String("name").
			NotEmpty().
			MaxRuneLen(200).
			Comment("Name shown to customers"),
		field.Text("description").
			Optional().
			Comment("Text for the product page"),
		field.Int64("price_cents").
			Min(0).
			Comment("Price in hundredths of the currency"),
		field.String("currency").
			Match(currency).
			MaxLen(3).
			Default("USD").
			SchemaType(map[string]string{dialect.Postgres: "varchar(3)"}).
			Comment("ISO 4217 code of the price"),
		field.Strings("tags").
			Default([]string{}).
			Comment("Free words, a JSON array of strings"),
		field.JSON("attributes", map[string]any{}).
			Optional().
			Comment("Properties by name, a JSON object"),
		field.UUID("store_id", uuid.UUID{}).
			Immutable().
			Comment("Store that sells the product"),
	}
}

// Edges of Product. A product in an order can't be deleted; its reviews and
// its places in categories go with it.
func (Product) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("store", Store.Type).
			Ref("products").
			Field("store_id").
			Required().
			Immutable().
			Unique(),
		edge.To("categories", Category.Type).
			Through("product_categories", ProductCategory.Type),
		edge.To("reviews", Review.Type).
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.From("orders", Order.Type).
			Ref("products").
			Through("line_items", LineItem.Type),
	}
}

// Indexes of Product. The one on tags answers "has this tag" on Postgres;
// elsewhere it is a plain index on the first characters.
func (Product) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("store_id", "sku").Unique(),
		index.Fields("tags").Annotations(
			entsql.IndexTypes(map[string]string{dialect.Postgres: "GIN"}),
			entsql.Prefix(100),
		),
	}
}
