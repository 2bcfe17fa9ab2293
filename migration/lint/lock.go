package lint

import "fmt"

// LockMode is a table-level lock of Postgres; a higher one conflicts with more.
type LockMode int

// The modes, weakest first.
const (
	AccessShare LockMode = iota + 1
	RowShare
	RowExclusive
	ShareUpdateExclusive
	Share
	ShareRowExclusive
	Exclusive
	AccessExclusive
)

// ParseLockMode reads the mode column of pg_locks, such as AccessExclusiveLock;
// an unknown one is 0.
func ParseLockMode(s string) LockMode {
	return map[string]LockMode{
		"AccessShareLock": AccessShare, "RowShareLock": RowShare, "RowExclusiveLock": RowExclusive,
		"ShareUpdateExclusiveLock": ShareUpdateExclusive, "ShareLock": Share,
		"ShareRowExclusiveLock": ShareRowExclusive, "ExclusiveLock": Exclusive, "AccessExclusiveLock": AccessExclusive,
	}[s]
}

// String is the mode in the words of the Postgres manual.
func (m LockMode) String() string {
	switch m {
	case AccessShare:
		return "ACCESS SHARE"
	case RowShare:
		return "ROW SHARE"
	case RowExclusive:
		return "ROW EXCLUSIVE"
	case ShareUpdateExclusive:
		return "SHARE UPDATE EXCLUSIVE"
	case Share:
		return "SHARE"
	case ShareRowExclusive:
		return "SHARE ROW EXCLUSIVE"
	case Exclusive:
		return "EXCLUSIVE"
	case AccessExclusive:
		return "ACCESS EXCLUSIVE"
	}
	return fmt.Sprintf("LOCK %d", int(m))
}

// Blocks says what of an application waits while the lock is held.
func (m LockMode) Blocks() string {
	switch {
	case m >= AccessExclusive:
		return "reads and writes"
	case m >= Exclusive:
		return "writes and SELECT FOR UPDATE"
	case m >= Share:
		return "writes"
	case m == ShareUpdateExclusive:
		return "VACUUM and other schema changes"
	}
	return "nothing but schema changes"
}

// Strong tells whether reads or writes wait.
func (m LockMode) Strong() bool { return m >= Share }

// MarshalText writes the mode as String does.
func (m LockMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (m *LockMode) UnmarshalText(text []byte) error {
	for l := AccessShare; l <= AccessExclusive; l++ {
		if l.String() == string(text) {
			*m = l
			return nil
		}
	}
	return fmt.Errorf("unknown lock mode %q", text)
}

// Lock is a lock on a table.
type Lock struct {
	Mode LockMode `json:"mode"`
	// Table is the name with its schema, as it was before the statement.
	Table string `json:"table"`
	// OID identifies the table on the dev database.
	OID uint32 `json:"-"`
}

// String is such as "ACCESS EXCLUSIVE on public.user_account".
func (l Lock) String() string { return l.Mode.String() + " on " + l.Table }
