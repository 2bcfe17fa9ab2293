package ent_test

import (
	"context"
	"log"
	"testing"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/neon"
)

// exampleTB lets an example, which gets no testing.T, have a test's database.
type exampleTB struct {
	testing.TB
	cleanup []func()
}

func (*exampleTB) Name() string                    { return "Example" }
func (*exampleTB) Helper()                         {}
func (*exampleTB) Failed() bool                    { return false }
func (*exampleTB) Logf(format string, args ...any) { log.Printf(format, args...) }
func (*exampleTB) Errorf(format string, args ...any) {
	log.Fatalf(format, args...)
}
func (*exampleTB) Fatalf(format string, args ...any) {
	log.Fatalf(format, args...)
}
func (*exampleTB) FailNow()            { log.Fatal("example failed") }
func (tb *exampleTB) Cleanup(f func()) { tb.cleanup = append(tb.cleanup, f) }

// openExample returns a client on an empty shop, and what drops it.
func openExample() (client *ent.Client, done func()) {
	tb := &exampleTB{}
	drv, err := neon.Open(context.Background(), database(tb).URL, nil)
	if err != nil {
		log.Fatal(err)
	}
	tb.Cleanup(func() { _ = drv.Close() })
	client = ent.NewClient(ent.Driver(drv))
	return client, func() {
		for i := len(tb.cleanup) - 1; i >= 0; i-- {
			tb.cleanup[i]()
		}
	}
}
