package entneon

import (
	"fmt"
	"slices"

	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
)

// swaps are the packages of ent that generated code imports, and ours of the
// same names that stand in for them. The base names must be equal: ent's
// templates know a package by it.
var swaps = map[string]string{
	"entgo.io/ent/dialect/sql":          "github.com/espalier-go/espalier/neon/dialect/sql",
	"entgo.io/ent/dialect/sql/sqlgraph": "github.com/espalier-go/espalier/neon/dialect/sql/sqlgraph",
}

// swapImports lets the generated code compile against our packages. It works on
// a copy of the storage, since ent shares one between all graphs of a process.
func swapImports() entc.Option {
	return func(cfg *gen.Config) error {
		if cfg.Storage == nil {
			storage, err := gen.NewStorage("sql")
			if err != nil {
				return fmt.Errorf("entneon: %w", err)
			}
			cfg.Storage = storage
		}
		if cfg.Storage.Name != "sql" {
			return fmt.Errorf("entneon: storage %q is not SQL", cfg.Storage.Name)
		}
		storage := *cfg.Storage
		storage.Imports = slices.Clone(storage.Imports)
		done := 0
		for i, path := range storage.Imports {
			if ours, ok := swaps[path]; ok {
				storage.Imports[i] = ours
				done++
			}
		}
		if done != len(swaps) {
			return fmt.Errorf("entneon: ent imports other packages than it did: %v", storage.Imports)
		}
		cfg.Storage = &storage
		return nil
	}
}
