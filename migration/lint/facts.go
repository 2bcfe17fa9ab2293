package lint

// File is a migration file and what was observed while it ran.
type File struct {
	Name string
	// Text is the file's SQL.
	Text string
	// Tx tells that the file runs in one transaction, so that a lock is held
	// until its end.
	Tx         bool
	Statements []*Statement
}

// Statement is one statement of a File.
type Statement struct {
	Text string
	// Line is where it begins in the file, Index its number, both from 1.
	Line, Index int
	// Comments are the comment lines before it.
	Comments []string
	// Locks are the locks it takes by itself on tables that the file found, the
	// strongest of each.
	Locks []Lock
	// Rewritten and Scanned are the OIDs of such tables that it wrote anew and
	// that it read from beginning to end.
	Rewritten, Scanned []uint32
	// Before and After are the catalog around it. They are the same one where
	// it changed nothing.
	Before, After *Catalog
	// Truncated are the names that Postgres cut to 63 bytes.
	Truncated []string
	// State and Err tell how it failed in the file's own transaction mode, and
	// Fails that it failed on its own, too.
	State, Err string
	Fails      bool
}

// Size is what is known of a table in the target database.
type Size struct {
	// Rows is an estimate, -1 where Postgres has none.
	Rows int64 `json:"rows"`
	// Bytes is the table without its indexes, Total with them.
	Bytes int64 `json:"bytes"`
	Total int64 `json:"total_bytes"`
}

// table returns the relation as it was before the statement, or nil.
func (s *Statement) table(oid uint32) *Relation { return s.Before.Relations[oid] }

// lockOn is the mode of the statement's lock on the table, or 0.
func (s *Statement) lockOn(oid uint32) LockMode {
	for _, l := range s.Locks {
		if l.OID == oid {
			return l.Mode
		}
	}
	return 0
}

// strong are the statement's locks that reads or writes wait for.
func (s *Statement) strong() []Lock {
	var out []Lock
	for _, l := range s.Locks {
		if l.Mode.Strong() {
			out = append(out, l)
		}
	}
	return out
}

// writes are the tables whose rows it changes, by their locks.
func (s *Statement) writes() []Lock {
	var out []Lock
	for _, l := range s.Locks {
		if l.Mode == RowExclusive {
			out = append(out, l)
		}
	}
	return out
}

// newConstraints are those the statement made on tables that the files found.
func (p *Pass) newConstraints(s *Statement, types ...string) []*Constraint {
	var out []*Constraint
	for _, c := range sorted(s.After.Constraints) {
		if s.Before.Constraints[c.OID] != nil || c.Child || !p.Existing(c.Table) {
			continue
		}
		for _, t := range types {
			if c.Type == t {
				out = append(out, c)
			}
		}
	}
	return out
}

// columnChange is a column of an existing table before and after; one of the
// two is nil for a column that was added or dropped.
type columnChange struct {
	table         *Relation // after
	before, after *Column
}

// columnChanges lists what the statement did to columns of existing tables.
func (p *Pass) columnChanges(s *Statement) []columnChange {
	var out []columnChange
	if s.Before == s.After {
		return nil
	}
	for _, r := range sorted(s.After.Relations) {
		old := s.Before.Relations[r.OID]
		if old == nil || old == r || !p.Existing(r.OID) || r.Partition && p.parentChanged(s, r) {
			continue
		}
		for _, c := range r.columns() {
			if b := old.Columns[c.Num]; b == nil || *b != *c {
				out = append(out, columnChange{r, b, c})
			}
		}
		for _, b := range old.columns() {
			if r.Columns[b.Num] == nil {
				out = append(out, columnChange{r, b, nil})
			}
		}
	}
	return out
}

// parentChanged tells that the change came from a partitioned table, which has
// been reported itself.
func (p *Pass) parentChanged(s *Statement, _ *Relation) bool {
	for oid, r := range s.After.Relations {
		if old := s.Before.Relations[oid]; r.Kind == "p" && old != nil && old != r {
			return true
		}
	}
	return false
}

// addedHere tells whether the file itself added the column, so that nobody
// knows it yet.
func (p *Pass) addedHere(c columnChange) bool {
	t := p.File.Statements[0].table(c.table.OID)
	return t == nil || t.Columns[c.before.Num] == nil
}
