package neon

import "context"

// Fallback is what the generated client tells the driver where it can't do an
// operation in one round trip. As the last argument of Query it passes through
// ent's drivers and transactions like a Batch, and ends in Config.Log at debug
// level. Nothing is sent.
type Fallback struct {
	// Op is the operation, Reason why it takes more statements.
	Op, Reason string
}

// String is a comment of SQL, for logs of statements.
func (f *Fallback) String() string { return "-- neon: " + f.Op + ": " + f.Reason }

func (d *Driver) fallback(ctx context.Context, f *Fallback) {
	d.log.DebugContext(ctx, "neon: more than one statement", "op", f.Op, "reason", f.Reason)
}

func (tx *Tx) fallback(ctx context.Context, f *Fallback) { tx.driver.fallback(ctx, f) }
