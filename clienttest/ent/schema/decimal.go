package schema

import (
	"database/sql/driver"
	"fmt"
)

// Decimal is a number in text, of a type that only Postgres knows to compare.
type Decimal string

// Scan implements sql.Scanner.
func (d *Decimal) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*d = ""
	case string:
		*d = Decimal(v)
	case []byte:
		*d = Decimal(v)
	default:
		return fmt.Errorf("decimal from %T", v)
	}
	return nil
}

// Value implements driver.Valuer.
func (d Decimal) Value() (driver.Value, error) { return string(d), nil }
