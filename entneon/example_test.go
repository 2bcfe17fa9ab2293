package entneon_test

import (
	"log"

	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"

	"github.com/espalier-go/espalier/entneon"
)

// The whole of an entc.go, whose first line is "//go:build ignore", so that
// nothing links it. It runs by "go generate" in the folder of the client.
func ExampleNew() {
	err := entc.Generate("./schema", &gen.Config{}, entc.Extensions(entneon.New(entneon.Config{})))
	if err != nil {
		log.Fatalf("generate ent: %v", err)
	}
}
