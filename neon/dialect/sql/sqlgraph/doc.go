// Package sqlgraph stands in for ent's package dialect/sql/sqlgraph in the
// client that the extension entneon generates: the same names, and functions
// of its own that pay one round trip where ent's pay several. Only generated
// code imports it.
//
// Each of them takes its own way only with neon's driver, and decides before
// anything is sent; with any other driver, and for what it doesn't cover, it
// calls ent's function of the same name.
package sqlgraph

//go:generate go run ../../aliases entgo.io/ent/dialect/sql/sqlgraph .
