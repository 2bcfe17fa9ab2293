package main

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/espalier-go/espalier/internal/wireproxy"
)

// latencies are what the proxy adds to a round trip. Without any there is no
// proxy.
var latencies = []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 20 * time.Millisecond}

// figure is what one contender needs for one operation.
type figure struct {
	FirstTrips int `json:"first_round_trips"`
	Trips      int `json:"round_trips"`
	Statements int `json:"statements"`
	// Sent and Received count bytes on the wire.
	Sent     int64 `json:"bytes_sent"`
	Received int64 `json:"bytes_received"`
	// Allocs and Bytes are those of the client.
	Allocs int64 `json:"allocations"`
	Bytes  int64 `json:"bytes_allocated"`
	// Micros are the medians in µs, by added latency.
	Micros map[string]float64 `json:"microseconds"`
}

// row is one operation.
type row struct {
	Name    string             `json:"name"`
	Title   string             `json:"title"`
	Figures map[string]*figure `json:"figures"`
}

// bench runs operations on one database.
type bench struct {
	url    string
	in     *input
	serial *serial
	admin  *pgx.Conn
	quick  bool
	// direct are the sessions without a proxy.
	direct map[string]*session
}

// runner is a contender at one operation.
type runner struct {
	contender
	*figure
	proxy           *wireproxy.Proxy
	direct, proxied opFunc
	samples         []float64
}

func (b *bench) row(ctx context.Context, o op) (*row, error) {
	out := &row{Name: o.name, Title: o.title, Figures: map[string]*figure{}}
	var runners []*runner
	reference := ""
	for _, c := range contenders {
		direct := b.direct[c.name].ops[o.name]
		if direct == nil {
			continue
		}
		proxy, err := wireproxy.New(b.url)
		if err != nil {
			return nil, err
		}
		defer proxy.Close()
		s, err := c.open(ctx, proxy.URL, b.in, b.serial)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		defer s.close()
		r := &runner{c, &figure{Micros: map[string]float64{}}, proxy, direct, s.ops[o.name], nil}
		said, err := b.count(ctx, o, r)
		if err != nil {
			return nil, fmt.Errorf("%s, %s: %w", o.name, c.name, err)
		}
		if reference == "" {
			reference = said
		}
		if said != reference {
			return nil, fmt.Errorf("%s: %s and %s differ:\n%s\n%s", o.name, contenders[0].name, c.name, reference, said)
		}
		out.Figures[c.name] = r.figure
		runners = append(runners, r)
	}
	for _, r := range runners {
		if err := b.allocations(ctx, o, r); err != nil {
			return nil, err
		}
	}
	for i, latency := range latencies {
		if b.quick && i > 1 {
			break
		}
		if err := b.times(ctx, o, runners, latency); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sample runs f for n times on a database that is ready for it, and cleans up.
func (b *bench) sample(ctx context.Context, o op, n int, f opFunc, after func(any) error) (time.Duration, error) {
	if o.prepare != "" {
		if _, err := b.admin.Exec(ctx, o.prepare, n); err != nil {
			return 0, err
		}
	}
	var last any
	start := time.Now()
	for i := range n {
		var err error
		if last, err = f(ctx, i); err != nil {
			return 0, err
		}
	}
	took := time.Since(start)
	if after != nil {
		if err := after(last); err != nil {
			return 0, err
		}
	}
	if o.clean != "" {
		if _, err := b.admin.Exec(ctx, o.clean); err != nil {
			return 0, err
		}
	}
	return took, nil
}

// count counts on the wire, and returns what the operation did.
func (b *bench) count(ctx context.Context, o op, r *runner) (said string, err error) {
	for call := range 3 {
		trips, statements := r.proxy.Trips(), r.proxy.Statements()
		sent, received := r.proxy.Bytes()
		_, err = b.sample(ctx, o, 1, r.proxied, func(result any) error {
			r.Trips, r.Statements = r.proxy.Trips()-trips, r.proxy.Statements()-statements
			r.Sent, r.Received = r.proxy.Bytes()
			r.Sent, r.Received = r.Sent-sent, r.Received-received
			if call > 0 {
				return nil
			}
			r.FirstTrips = r.Trips
			if o.write {
				said, err = b.probe(ctx, o.probe)
			} else {
				said, err = canon(result)
			}
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return said, nil
}

// probe is what a query finds.
func (b *bench) probe(ctx context.Context, text string) (string, error) {
	rows, err := b.admin.Query(ctx, text)
	if err != nil {
		return "", err
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		values, err := row.Values()
		return fmt.Sprint(values), err
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%q finds nothing", text)
	}
	return fmt.Sprint(found), err
}

// allocations counts those of one call.
func (b *bench) allocations(ctx context.Context, o op, r *runner) error {
	n := 20
	if b.quick {
		n = 1
	}
	if took, err := b.sample(ctx, o, 3, r.direct, nil); err != nil {
		return err
	} else if took > 30*time.Millisecond {
		n = min(n, 4)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	_, err := b.sample(ctx, o, n, r.direct, func(any) error {
		runtime.ReadMemStats(&after)
		return nil
	})
	r.Allocs = int64(after.Mallocs-before.Mallocs) / int64(n)
	r.Bytes = int64(after.TotalAlloc-before.TotalAlloc) / int64(n)
	return err
}

// times measures all contenders by turns, so that noise hits them alike.
func (b *bench) times(ctx context.Context, o op, runners []*runner, latency time.Duration) error {
	rounds, least := 3, 1
	if latency == 0 {
		rounds, least = 11, 3
	}
	if b.quick {
		rounds, least = 1, 1
	}
	calls := make(map[*runner]int)
	for _, r := range runners {
		r.samples = nil
		r.proxy.Delay(latency)
		calls[r] = least
		if latency > 0 || b.quick {
			continue
		}
		took, err := b.sample(ctx, o, least, r.direct, nil)
		if err != nil {
			return err
		}
		calls[r] = int(min(max(15*time.Millisecond*time.Duration(least)/max(took, 1), 1), 60))
		if took > 60*time.Millisecond*time.Duration(least) {
			rounds = 5
		}
	}
	for round := range rounds {
		for i := range runners {
			r := runners[(i+round)%len(runners)]
			f := r.proxied
			if latency == 0 {
				f = r.direct
			}
			took, err := b.sample(ctx, o, calls[r], f, nil)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", o.name, r.name, err)
			}
			r.samples = append(r.samples, float64(took.Microseconds())/float64(calls[r]))
		}
	}
	for _, r := range runners {
		r.Micros[fmt.Sprint(latency.Milliseconds())] = median(r.samples)
	}
	return nil
}

func median[T cmp.Ordered](values []T) T {
	values = slices.Sorted(slices.Values(values))
	return values[len(values)/2]
}
