package entneon

import "entgo.io/ent/entc/gen"

func removeStale(next gen.Generator) gen.Generator { return next }
