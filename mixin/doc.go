// Package mixin holds the reusable parts of an ent schema: [ID], a UUIDv7
// primary key, and [Time], the created_at and updated_at columns.
//
// Put them into a schema's Mixin method:
//
//	func (Store) Mixin() []ent.Mixin {
//		return []ent.Mixin{mixin.ID{}, mixin.Time{}}
//	}
//
// The columns are valid on Postgres, SQLite and MariaDB. Don't use ID on an
// edge schema with a composite primary key, nor beside a field named id.
package mixin
