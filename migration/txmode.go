package migration

import (
	"fmt"
	"regexp"

	"ariga.io/atlas/sql/migrate"
)

// modeOf is the transaction mode of a file, with its directive.
func (r *runner) modeOf(f migrate.File) (TxMode, error) {
	local, ok := f.(*migrate.LocalFile)
	if !ok {
		return r.cfg.TxMode, nil
	}
	ds := local.Directive("txmode")
	if len(ds) == 0 || (len(ds) == 1 && TxMode(ds[0]) == r.cfg.TxMode) {
		return r.cfg.TxMode, nil
	}
	d := TxMode(ds[0])
	switch {
	case len(ds) > 1:
		return "", fmt.Errorf("the file has %d txmode directives", len(ds))
	case d != TxNone && d != TxFile:
		return "", hinted(fmt.Errorf("txmode %q is not for a file", d), "a file has `-- atlas:txmode none` or `file`")
	case r.cfg.TxMode == TxAll:
		return "", hinted(fmt.Errorf("the file asks for txmode %s, but all files shall run in one transaction", d), "apply with transaction mode file")
	}
	return d, nil
}

var reTxControl = regexp.MustCompile(`(?i)^(begin|commit|end|abort|rollback|start\s+transaction|prepare\s+transaction)\s*(work|transaction)?\b`)
var reSavepoint = regexp.MustCompile(`(?i)^rollback\s+((work|transaction)\s+)?to\b`)

// txControl finds a statement that begins or ends a transaction.
func txControl(stmts []*migrate.Stmt) *migrate.Stmt {
	for _, s := range stmts {
		if reTxControl.MatchString(s.Text) && !reSavepoint.MatchString(s.Text) {
			return s
		}
	}
	return nil
}
