package clienttest

// The generator of ent/ belongs to the module, so that go.sum knows what it needs.
import _ "github.com/espalier-go/espalier/entneon"
