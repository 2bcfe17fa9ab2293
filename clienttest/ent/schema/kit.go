package schema

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"strings"
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"github.com/google/uuid"
)

// Kit has a field of each kind that ent's own suite stores: every width, Go
// types with and without methods of their own, columns of unusual types.
type Kit struct{ ent.Schema }

// Annotations of Kit.
func (Kit) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "tool kits"}}
}

// Fields of Kit.
func (Kit) Fields() []ent.Field {
	pg := func(t string) map[string]string { return map[string]string{dialect.Postgres: t} }
	return []ent.Field{
		field.Bytes("id").GoType(Key{}).MaxLen(16),
		field.Int8("i8").Default(-8),
		field.Int16("i16").Optional(),
		field.Int32("i32").Optional().Nillable(),
		field.Uint8("u8").Optional(),
		field.Uint16("u16").Optional(),
		field.Uint32("u32").Optional(),
		field.Uint64("u64").Optional(),
		field.Int64("took").GoType(time.Duration(0)).Default(int64(time.Second)),
		field.Int("state").GoType(State(0)).Default(int(Open)),
		field.Enum("color").GoType(Color("")).Default(string(Red)),
		field.String("link").GoType(&Link{}).Optional(),
		field.String("alias").StorageKey("Other Name").Optional().Nillable(),
		field.String("secret").Sensitive().Optional(),
		field.String("addr").SchemaType(pg("inet")).Optional().Nillable(),
		field.Bytes("ip").GoType(net.IP{}).Optional(),
		field.JSON("dir", Dir("")).Optional(),
		field.JSON("raw", json.RawMessage{}).Optional(),
		field.JSON("dims", &Dims{}).Optional(),
		field.Ints("ints").Default([]int{1, 2}),
		field.Floats("floats").Optional(),
		field.Other("words", Words{}).SchemaType(pg("text[]")).Optional(),
		field.String("big").GoType(&big.Int{}).ValueScanner(field.TextValueScanner[*big.Int]{}).Optional(),
		field.Time("day").SchemaType(pg("date")).Optional(),
		field.Time("plain").SchemaType(pg("timestamp")).Optional().Nillable(),
		field.Time("made").Immutable().Default(func() time.Time { return Moment }),
		field.Time("changed").Default(func() time.Time { return Moment }).UpdateDefault(func() time.Time { return Moment.Add(time.Hour) }),
		field.UUID("twin", uuid.UUID{}).Optional().Unique(),
		field.Float("ratio").SchemaType(pg("numeric(6,3)")).Optional(),
	}
}

// Edges of Kit.
func (Kit) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("next", Kit.Type).Unique().From("prev").Unique(),
		edge.To("parts", Kit.Type).From("whole").Unique(),
		edge.To("mates", Kit.Type),
	}
}

// Moment is what the clock says in tests.
var Moment = time.Date(2026, 2, 3, 4, 5, 6, 7000, time.UTC)

// Key is an id of bytes.
type Key [4]byte

// Scan implements sql.Scanner.
func (k *Key) Scan(v any) error {
	b, ok := v.([]byte)
	if !ok || len(b) != len(k) {
		return fmt.Errorf("key from %T", v)
	}
	copy(k[:], b)
	return nil
}

// Value implements driver.Valuer.
func (k Key) Value() (driver.Value, error) { return k[:], nil }

// State is an integer.
type State int

// Open is a state.
const Open State = 3

// Color is an enum of its own.
type Color string

// Red and Blue are colors.
const (
	Red  Color = "red"
	Blue Color = "blue"
)

// Values implements field.EnumValues.
func (Color) Values() []string { return []string{string(Red), string(Blue)} }

// Dir is a named string in JSON.
type Dir string

// Dims is a struct in JSON.
type Dims struct {
	W, H int
	Tags map[string][]string `json:",omitempty"`
}

// Link is a URL that stores itself.
type Link struct{ *url.URL }

// Scan implements sql.Scanner.
func (l *Link) Scan(v any) (err error) {
	switch v := v.(type) {
	case nil:
	case []byte:
		l.URL, err = url.Parse(string(v))
	case string:
		l.URL, err = url.Parse(v)
	default:
		err = fmt.Errorf("link from %T", v)
	}
	return err
}

// Value implements driver.Valuer.
func (l Link) Value() (driver.Value, error) {
	if l.URL == nil {
		return nil, nil
	}
	return l.URL.String(), nil
}

// Words is an array of the database.
type Words []string

// Scan implements sql.Scanner for words without quotes.
func (w *Words) Scan(v any) error {
	if v == nil {
		*w = nil
		return nil
	}
	s, ok := v.(string)
	if b, isBytes := v.([]byte); isBytes {
		s, ok = string(b), true
	}
	if !ok {
		return fmt.Errorf("words from %T", v)
	}
	*w = strings.Split(strings.Trim(s, "{}"), ",")
	return nil
}

// Value implements driver.Valuer.
func (w Words) Value() (driver.Value, error) { return "{" + strings.Join(w, ",") + "}", nil }
