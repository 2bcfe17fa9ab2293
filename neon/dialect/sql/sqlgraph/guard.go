package sqlgraph

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A guard makes the server itself refuse a statement that touched too few
// rows, and with it all that was sent along: it casts a text that is no date.
// The text depends on the count, so that the planner can't try it in advance.
const guardText = "neon guard "

// guardExpr is an integer when enough rows were counted, else an error.
func guardExpr(index int, count string, want int) string {
	return fmt.Sprintf("CAST(CASE WHEN %s < %d THEN CAST('%s%d: ' || %s AS date) END IS NULL AS integer)", count, want, guardText, index, count)
}

// guarded wraps an UPDATE so that it fails when it changes fewer rows.
func guarded(index int, update string, want int) string {
	return "WITH guarded AS (" + update + " RETURNING 1) SELECT " + guardExpr(index, "count(*)", want) + " FROM guarded"
}

// failedGuard returns which guard an error comes from.
func failedGuard(err error) (index int, ok bool) {
	index, _, ok = guardDetail(err)
	return index, ok
}

// guardDetail is failedGuard with what the guard has told.
func guardDetail(err error) (index int, detail string, ok bool) {
	var state interface{ SQLState() string }
	if !errors.As(err, &state) || state.SQLState() != "22007" {
		return 0, "", false
	}
	_, rest, ok := strings.Cut(err.Error(), `"`+guardText)
	if !ok {
		return 0, "", false
	}
	digits, rest, ok := strings.Cut(rest, ": ")
	if !ok {
		return 0, "", false
	}
	detail, _, _ = strings.Cut(rest, `"`)
	index, err = strconv.Atoi(digits)
	return index, detail, err == nil
}
