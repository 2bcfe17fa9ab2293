package mixin_test

import (
	"fmt"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/field"

	"github.com/espalier-go/espalier/mixin"
)

// Warehouse shows the mixins in a schema.
type Warehouse struct{ ent.Schema }

// Mixin gives the warehouse id, created_at and updated_at.
func (Warehouse) Mixin() []ent.Mixin { return []ent.Mixin{mixin.ID{}, mixin.Time{}} }

// Fields has the columns of its own; opened_at has the same type and default
// as the times of the mixin.
func (Warehouse) Fields() []ent.Field {
	return []ent.Field{
		field.String("name"),
		field.Time("opened_at").
			Default(mixin.Now).
			SchemaType(mixin.TimeType()).
			Annotations(mixin.DatabaseNow()),
	}
}

func Example() {
	for _, m := range (Warehouse{}).Mixin() {
		for _, f := range m.Fields() {
			fmt.Println(f.Descriptor().Name, f.Descriptor().Info)
		}
	}
	fmt.Println(Warehouse{}.Fields()[1].Descriptor().Annotations[0].(*entsql.Annotation).DefaultExprs["postgres"])
	// Output:
	// id uuid.UUID
	// created_at time.Time
	// updated_at time.Time
	// now()
}

func ExampleNewID() {
	first, second := mixin.NewID(), mixin.NewID()
	fmt.Println(first.Version(), first.String() < second.String())
	// Output: VERSION_7 true
}

func ExampleNow() {
	now := mixin.Now()
	fmt.Println(now.Location(), now.Nanosecond()%1000)
	// Output: UTC 0
}
