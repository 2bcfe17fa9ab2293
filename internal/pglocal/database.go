package pglocal

// DatabaseOptions says what CreateDatabase makes. Its zero value works.
type DatabaseOptions struct {
	// Name is the new database's. Defaults to "espalier_" and random letters.
	Name string
	// Template is the database it is copied from. Defaults to template0.
	Template string
	// FileCopy copies the template's files instead of logging every block:
	// much faster for throw-away databases. Servers before 15 always do.
	FileCopy bool
	// Owner is the role that owns it. Defaults to the connecting role.
	Owner string
}

// Database is one that CreateDatabase made.
type Database struct {
	Name string
	// URL connects to it as adminURL connects to its own database. It may
	// hold a password.
	URL string
}
