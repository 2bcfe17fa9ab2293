package main

// The generator of stockent/ belongs to the module, so that go.sum knows what it needs.
import _ "entgo.io/ent/entc"
