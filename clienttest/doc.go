// Package clienttest tests the generated client on a schema with every kind of
// edge, field and id: behind neon's driver it must do what ent's own functions
// do, in fewer round trips. It is a module of its own, so that its client isn't
// part of the project's.
package clienttest
