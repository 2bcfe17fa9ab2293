package sql

import (
	"strings"
	"unsafe"

	"entgo.io/ent/dialect"
)

// native is equal to dialect.Postgres, in memory of its own.
var native = strings.Clone(dialect.Postgres)

// NativeDialect is the name that neon's driver gives for its dialect. It equals
// [dialect.Postgres], so all of ent treats it as such, and [IsNative] tells it
// from every other string of the same text. Builders, drivers that wrap
// another and transactions hand the name on, so it is known wherever SQL is
// made, before anything is sent.
func NativeDialect() string { return native }

// IsNative reports whether the dialect name is the one of neon's driver.
func IsNative(name string) bool {
	return len(name) == len(native) && unsafe.StringData(name) == unsafe.StringData(native)
}
