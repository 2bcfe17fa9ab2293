// Package branch names what every database branch has in common, wherever it
// lives: a Branch is a copy-on-write copy of another one, an Endpoint is how
// to connect to it, and a Provider makes, lists, resets and deletes them.
//
// Start with a Provider: localbranch keeps each branch in a Postgres cluster
// of its own on this machine. Use Ensure in place of Create wherever a script
// may run twice. The conformance suite of Provider is in branchtest.
//
// Not for isolated databases in tests: neontest makes those in less time.
package branch

import (
	"log/slog"
	"time"
)

// State says what a branch's compute does.
type State string

// The states of a branch.
const (
	// Creating marks a branch whose data is still being copied.
	Creating State = "creating"
	// Ready marks a branch that can be connected to; its compute may be idle.
	Ready State = "ready"
	// Active marks a branch whose compute runs.
	Active State = "active"
)

// Branch is one line of a database's history.
type Branch struct {
	// ID is the provider's, unique and never reused: br-<word>-<word>-<digits>.
	ID string `json:"id"`
	// Name is what people call it, unique in its project.
	Name string `json:"name"`
	// ParentID is empty for the root.
	ParentID string `json:"parent_id,omitempty"`
	// ParentLSN and ParentTime say at which point of the parent it began.
	ParentLSN  string    `json:"parent_lsn,omitempty"`
	ParentTime time.Time `json:"parent_timestamp,omitzero"`
	// Default marks the branch that is meant when none is named.
	Default bool `json:"default"`
	// Protected branches refuse Reset, Restore and Delete.
	Protected bool      `json:"protected"`
	State     State     `json:"current_state"`
	CreatedAt time.Time `json:"created_at"`
	// ExpiresAt is zero for a branch that stays until it is deleted.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// Expired tells whether the branch's time is over at now.
func (b Branch) Expired(now time.Time) bool {
	return !b.ExpiresAt.IsZero() && !b.ExpiresAt.After(now)
}

// Endpoint is a way to reach a branch's compute. Its URLs hold a password:
// print them only where the user asked for them. LogValue leaves it out.
type Endpoint struct {
	Host     string
	Port     int
	Database string
	Role     string
	// URL is the direct connection string: migrations, COPY, LISTEN and
	// session state belong here.
	URL string
	// PooledURL goes through a transaction pooler where the provider has one,
	// and equals URL where it has none.
	PooledURL string
}

// LogValue implements slog.LogValuer without the password.
func (e Endpoint) LogValue() slog.Value {
	return slog.GroupValue(slog.String("host", e.Host), slog.Int("port", e.Port),
		slog.String("database", e.Database), slog.String("role", e.Role))
}

// String names the endpoint without the password.
func (e Endpoint) String() string { return e.LogValue().String() }

// GoString is String, so that %#v leaves the password out, too.
func (e Endpoint) GoString() string { return e.String() }
