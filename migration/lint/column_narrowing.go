package lint

import (
	"fmt"
	"slices"
)

func columnNarrowing() Rule {
	return Rule{Name: "column-narrowing", Severity: Error,
		Summary: "ALTER COLUMN TYPE to one that can't hold every old value",
		Why:     "A value that doesn't fit fails the migration, or is rounded or cut. Check the rows first, with a CHECK NOT VALID and its validation.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, c := range p.typeChanges(s) {
					if !narrows(c.before, c.after) {
						continue
					}
					name := quote(c.before.Name)
					p.on(s, c.table.OID, brief, fmt.Sprintf("%s.%s: not every %s fits %s, a row may fail the statement or lose something", c.table, c.before.Name, c.before.Type, c.after.Type),
						fmt.Sprintf("-- first prove that all rows fit, with a condition that says what fits:\nALTER TABLE %s ADD CONSTRAINT %s CHECK (length(%s::text) <= …) NOT VALID;\n-- in the next file\nALTER TABLE %[1]s VALIDATE CONSTRAINT %[2]s;",
							c.table.Quoted(), quote(c.table.Name+"_"+c.before.Name+"_fits"), name))
				}
			}
		}}
}

// Type OIDs of pg_type.dat, which never change.
const (
	oidBool, oidInt8, oidInt2, oidInt4, oidText              = 16, 20, 21, 23, 25
	oidFloat4, oidFloat8, oidBpchar, oidVarchar              = 700, 701, 1042, 1043
	oidDate, oidTimestamp, oidTimestamptz, oidNumeric        = 1082, 1114, 1184, 1700
	oidJSON, oidJSONB                                 uint32 = 114, 3802
)

// widens lists the types that hold every value of another one.
var widens = map[uint32][]uint32{
	oidBool: {oidText, oidVarchar, oidInt4},
	oidInt2: {oidInt4, oidInt8, oidNumeric, oidFloat4, oidFloat8, oidText, oidVarchar},
	oidInt4: {oidInt8, oidNumeric, oidFloat8, oidText, oidVarchar}, oidInt8: {oidNumeric, oidText, oidVarchar},
	oidFloat4: {oidFloat8, oidText}, oidFloat8: {oidText}, oidNumeric: {oidText},
	oidVarchar: {oidText}, oidText: {oidVarchar}, oidBpchar: {oidText, oidVarchar},
	oidDate: {oidTimestamp, oidTimestamptz}, oidTimestamp: {oidTimestamptz}, oidTimestamptz: {oidTimestamp},
	oidJSON: {oidJSONB, oidText}, oidJSONB: {oidJSON, oidText},
}

// narrows tells whether a value of the old type may not fit the new one.
func narrows(before, after *Column) bool {
	if before.TypeOID != after.TypeOID {
		if after.TypeOID == oidText {
			return false
		}
		if !slices.Contains(widens[before.TypeOID], after.TypeOID) {
			return true
		}
		// A text type or numeric with a limit; that of varchar counts from a shorter one.
		return after.Mod >= 0 && !(before.TypeOID == oidBpchar && before.Mod >= 0 && after.Mod >= before.Mod)
	}
	switch {
	case after.Mod < 0:
		return false
	case before.Mod < 0:
		return true
	case after.TypeOID == oidNumeric:
		scaleBefore, scaleAfter := numericScale(before.Mod), numericScale(after.Mod)
		return scaleAfter < scaleBefore || numericPrecision(after.Mod)-scaleAfter < numericPrecision(before.Mod)-scaleBefore
	}
	return after.Mod < before.Mod
}

func numericPrecision(mod int32) int32 { return ((mod - 4) >> 16) & 0xffff }
func numericScale(mod int32) int32     { return (((mod - 4) & 0x7ff) ^ 1024) - 1024 }
