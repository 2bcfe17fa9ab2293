// Package neontests checks the local Neon and the client of Neon's API against
// what Neon itself publishes: the official OpenAPI file, which is part of the
// npm package @neondatabase/api-client, and the command-line client neonctl.
// Both are pinned in package-lock.json and fetched with npm into the cache. It
// is a module of its own so that a validator of OpenAPI stays out of the others.
package neontests
