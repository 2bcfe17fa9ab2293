package shop

import "github.com/espalier-go/espalier/seed"

// fan deals children out to parents: of every four parents each gets another
// one of four counts, in an order that the seed number decides. So the number
// of children is known, and the parent of a child too, without making the
// ones before.
type fan struct {
	stream seed.Stream
	counts [4]int64
}

var (
	addresses = fan{seed.NewStream("addresses of a user"), [4]int64{1, 2, 3, 4}}
	items     = fan{seed.NewStream("items of an order"), [4]int64{1, 2, 3, 4}}
	reviews   = fan{seed.NewStream("reviews of a user"), [4]int64{0, 1, 2, 3}}
)

func (f fan) sum() int64 { return f.counts[0] + f.counts[1] + f.counts[2] + f.counts[3] }

// total returns the number of children of all parents.
func (f fan) total(parents int64) int64 {
	return parents/4*f.sum() + f.sum()*(parents%4)/4
}

// locate returns the parent of a child, and which of its children it is.
func (f fan) locate(g *seed.Gen, child, parents int64) (parent, nth int64) {
	block, rest := child/f.sum(), child%f.sum()
	counts := f.shuffled(g, block)
	if block == parents/4 {
		// The last parents are fewer than four: they share the average.
		for i := range counts {
			counts[i] = f.sum()*int64(i+1)/4 - f.sum()*int64(i)/4
		}
	}
	for i, n := range counts {
		if rest < n {
			return block*4 + int64(i), rest
		}
		rest -= n
	}
	panic("shop: a child beyond the last parent")
}

func (f fan) shuffled(g *seed.Gen, block int64) [4]int64 {
	counts, h := f.counts, g.Hash(f.stream, block)
	for i := uint64(3); i > 0; i-- {
		k := h % (i + 1)
		h /= i + 1
		counts[i], counts[k] = counts[k], counts[i]
	}
	return counts
}
