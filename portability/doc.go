// Package portability tests the shop's schema and client on SQLite and
// MariaDB. It is a module of its own, so that the main one doesn't depend on
// their drivers. Run "go test ./..." in this folder; mariadb.sh finds or
// installs the MariaDB server first.
package portability
