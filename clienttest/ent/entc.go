//go:build ignore

// Entc generates the package ent from the folder schema.
package main

import (
	"log"

	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
	"github.com/espalier-go/espalier/entneon"
)

func main() {
	err := entc.Generate("./schema", &gen.Config{
		Features: []gen.Feature{
			gen.FeatureExecQuery, gen.FeatureIntercept, gen.FeatureLock, gen.FeatureModifier,
			gen.FeatureNamedEdges, gen.FeaturePrivacy, gen.FeatureUpsert,
		},
	}, entc.Extensions(entneon.New(entneon.Config{})))
	if err != nil {
		log.Fatalf("generate ent: %v", err)
	}
}
