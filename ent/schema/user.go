// Package schema declares the entities of the shop. User and Address are the
// two tables of the SQLAlchemy tutorial; the others make a shop around them:
// a Store (the tenant) sells Products, filed under a tree of Categories, which
// users buy through Orders of LineItems, and rate in Reviews.
//
// Conventions: tables are singular; every foreign key has an index and says
// what happens on delete; a CHECK is named table_column_check; money is whole
// cents with an ISO 4217 currency. What must not be deleted while something
// refers to it is NO ACTION and not RESTRICT: Postgres 18 has an error of its
// own for the latter, which ent.IsConstraintError doesn't know.
package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
)

// User is somebody with an account, as in the tutorial.
type User struct{ ent.Schema }

// Annotations of User.
func (User) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Table("user_account"),
		entsql.WithComments(true),
		schema.Comment("Somebody with an account"),
		entsql.Checks(map[string]string{
			"user_account_name_check": "name <> ''",
		}),
	}
}

// Fields of User.
func (User) Fields() []ent.Field {
	return []ent.Field{
		field.Int("id").
			Immutable().
			Comment("Given by the database"),
		field.String("name").
			NotEmpty().
			MaxRuneLen(30).
			SchemaType(map[string]string{dialect.Postgres: "varchar(30)"}).
			Comment("Account name, at most 30 characters"),
		field.String("fullname").
			Optional().
			Nillable().
			Comment("Full name, where known"),
		field.String("nickname").
			Optional().
			Nillable().
			Comment("What friends say"),
	}
}

// Edges of User. A user with orders can't be deleted; addresses and reviews
// go with their user.
func (User) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("addresses", Address.Type).
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("orders", Order.Type).
			Annotations(entsql.OnDelete(entsql.NoAction)),
		edge.To("reviews", Review.Type).
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}
