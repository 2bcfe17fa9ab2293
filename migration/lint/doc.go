// Package lint holds the rules of "espalier migrate lint". A rule sees facts
// that were observed while a migration file ran on a dev database: the locks of
// each statement, the tables it rewrote and read in full, the catalog before
// and after. No rule parses SQL to guess a lock, and none talks to a database.
//
// Don't call this package to lint a directory: migration.Lint observes and
// calls Check. Rules lists the rules, for docs and settings.
package lint
