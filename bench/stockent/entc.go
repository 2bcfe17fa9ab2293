//go:build ignore

package main

import (
	"log"

	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
)

func main() {
	err := entc.Generate("../../ent/schema", &gen.Config{
		Target:  ".",
		Package: "github.com/espalier-go/espalier/bench/stockent",
		Features: []gen.Feature{
			gen.FeatureExecQuery,
			gen.FeatureLock,
			gen.FeatureModifier,
			gen.FeatureUpsert,
		},
	})
	if err != nil {
		log.Fatalf("generate stockent: %v", err)
	}
}
