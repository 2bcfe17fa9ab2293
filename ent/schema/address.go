package schema

import (
	"fmt"
	"net/mail"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Address is an email address of a user, as in the tutorial.
type Address struct{ ent.Schema }

// Annotations of Address.
func (Address) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Table("address"),
		entsql.WithComments(true),
		schema.Comment("An email address of a user"),
	}
}

// Fields of Address.
func (Address) Fields() []ent.Field {
	return []ent.Field{
		field.Int("id").
			Immutable().
			Comment("Given by the database"),
		field.String("email_address").
			MaxLen(320).
			Validate(emailAddress).
			Comment("Bare address, such as sandy@example.com"),
		field.Int("user_id").
			Comment("Owner of the address"),
	}
}

// Edges of Address.
func (Address) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("user", User.Type).
			Ref("addresses").
			Field("user_id").
			Required().
			Unique(),
	}
}

// Indexes of Address.
func (Address) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id"),
		index.Fields("email_address"),
	}
}

// emailAddress accepts a bare address and refuses one with a display name.
func emailAddress(s string) error {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return fmt.Errorf("%q is not an email address", s)
	}
	return nil
}
