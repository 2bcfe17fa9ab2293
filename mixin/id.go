package mixin

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	entmixin "entgo.io/ent/schema/mixin"
	"github.com/google/uuid"
)

// ID is a UUIDv7 primary key made by the client: unique without asking the
// database, and growing with time, so that new rows land at the end of the
// index. Within one process each id is greater than the one before.
type ID struct{ entmixin.Schema }

// Fields returns the field id.
func (ID) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("id", uuid.UUID{}).
			Default(NewID).
			Immutable().
			Comment("UUIDv7, made by the client"),
	}
}

// NewID returns a new UUIDv7 (RFC 9562), the default of ID's field.
func NewID() uuid.UUID {
	// NewV7 fails only when the system has no randomness; crypto/rand ends the
	// program itself in that case.
	return uuid.Must(uuid.NewV7())
}
