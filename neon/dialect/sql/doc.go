// Package sql stands in for ent's package dialect/sql in the client that the
// extension entneon generates: the same names and the same types, as aliases,
// and a few functions of its own that need fewer or smaller statements on
// Neon. Only generated code imports it; everything else, hooks and predicates
// by hand included, keeps to entgo.io/ent/dialect/sql, whose types these are.
//
// The functions differ only where the dialect name is the very one of neon's
// driver ([IsNative]); with any other driver they are ent's.
//
// It stands on the lowest floor, since deployed programs link it and may not
// link ent's compiler.
package sql

//go:generate go run ../aliases entgo.io/ent/dialect/sql .
