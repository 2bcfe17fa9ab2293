package seed

import (
	"hash/fnv"
	"math/bits"
	"math/rand/v2"
	"time"

	"github.com/brianvoe/gofakeit/v7"
)

// Epoch is the fixed "now" of all data sets: times in seeded rows lie before
// it, since the real clock would give other rows on every run.
var Epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// Stream is a source of randomness that is independent of every other one.
type Stream uint64

// NewStream returns the stream of a name, the same one everywhere.
func NewStream(name string) Stream {
	h := fnv.New64a()
	h.Write([]byte(name))
	return Stream(h.Sum64())
}

// Gen gives one row its values. The embedded Rand and Fake draw from a source
// that starts anew for each row, from the seed number, the table's name and
// the row's index. Floats are best left alone: some processors round a sum of
// products in another way.
type Gen struct {
	*rand.Rand
	// Fake makes names, words and the like.
	Fake *gofakeit.Faker
	// Seed and Scale are the run's.
	Seed  int64
	Scale int64

	pcg *rand.PCG
}

func newGen(seed, scale int64) *Gen {
	pcg := rand.NewPCG(0, 0)
	return &Gen{Rand: rand.New(pcg), Fake: gofakeit.NewFaker(pcg, false), Seed: seed, Scale: scale, pcg: pcg}
}

// row makes row i of t; s is the stream of t's name.
func (g *Gen) row(t *Table, s Stream, i int64, dst []any) {
	clear(dst)
	g.At(s, i)
	t.Row(g, i, dst)
}

// At starts the source anew for another row, of this or another stream: how a
// child learns what its parent drew.
func (g *Gen) At(s Stream, i int64) {
	a := g.Hash(s, i)
	g.pcg.Seed(a, mix(a^uint64(s)))
}

// Hash returns 64 bits that depend on the seed number, the stream and i alone,
// and leaves the source as it is.
func (g *Gen) Hash(s Stream, i int64) uint64 {
	return mix(mix(uint64(g.Seed)^uint64(s)) + uint64(i))
}

// Pick is a number from 0 to n-1 by Hash.
func (g *Gen) Pick(s Stream, i, n int64) int64 {
	hi, _ := bits.Mul64(g.Hash(s, i), uint64(n))
	return int64(hi)
}

// Skewed draws a number from 0 to n-1, small ones far more often than great
// ones: half of the draws fall into the first quarter.
func (g *Gen) Skewed(n int64) int64 {
	u := g.Uint64()
	square, _ := bits.Mul64(u, u)
	hi, _ := bits.Mul64(square, uint64(n))
	return int64(hi)
}

// Between spreads n rows evenly over a span of time and returns the moment of
// row i, in whole microseconds, later than row i-1's wherever the span is long
// enough.
func Between(from, to time.Time, i, n int64) time.Time {
	span := uint64(to.Sub(from).Microseconds())
	hi, lo := bits.Mul64(span, uint64(i))
	q, _ := bits.Div64(hi, lo, uint64(max(n, i+1)))
	return from.Add(time.Duration(q) * time.Microsecond)
}

// UUID returns the UUIDv7 of row i of a stream. It depends on the seed number,
// so that a child can name its parent without asking the database.
func (g *Gen) UUID(s Stream, i int64, at time.Time) [16]byte {
	a := g.Hash(s, i)
	b := mix(a + uint64(i))
	ms := uint64(at.UnixMilli())
	var id [16]byte
	for k := range 6 {
		id[k] = byte(ms >> (40 - 8*k))
	}
	id[6] = 0x70 | byte(a>>8)&0x0f
	id[7] = byte(a)
	for k := range 8 {
		id[8+k] = byte(b >> (56 - 8*k))
	}
	id[8] = 0x80 | id[8]&0x3f
	return id
}

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
