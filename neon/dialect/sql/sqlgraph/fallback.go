package sqlgraph

import (
	"context"
	"fmt"
	"strings"

	"entgo.io/ent/dialect"

	"github.com/espalier-go/espalier/neon"
)

// Reasons for more than one statement.
const (
	reasonModifiers = "the query has modifiers or a lock"
	reasonEdgeQuery = "the query has a policy, modifiers, or interceptors that do more than to add conditions"
	reasonColumns   = "columns are of types that don't travel along"
	reasonKey       = "the column that the edge starts at is not among the columns"
	reasonSelects   = "conditions or orders select columns of their own"
	reasonUpsert    = "an upsert with edges in other tables"
	reasonChecks    = "in a transaction, a failed check of an edge must not end it"
	reasonRefused   = "a driver on the way passes no batches on"
	reasonReturning = "a modifier has a RETURNING of its own, or the entity no id"
	reasonArrays    = "values or columns that have no array"
	reasonBulkEdges = "edges in other tables"
	reasonShared    = "two edges link the same row"
	reasonCTE       = "the type of an id is known to the database only"
)

// fellBack tells neon's driver that an operation takes more than one statement.
// Ent's debug driver, which logs statements, is passed by: this is none.
func fellBack(ctx context.Context, drv dialect.Driver, op, reason string) {
	for {
		debug, ok := drv.(*dialect.DebugDriver)
		if !ok {
			break
		}
		drv = debug.Driver
	}
	f := &neon.Fallback{Op: op, Reason: reason}
	_ = drv.Query(ctx, f.String(), []any{}, f)
}

// edgeOf names the query of an edge, such as "AddressQuery".
func edgeOf(owner any) string {
	name := fmt.Sprintf("%T", owner)
	return name[strings.LastIndexByte(name, '.')+1:]
}
