package shop

import (
	"time"

	"github.com/espalier-go/espalier/seed"
)

var categoryStream = seed.NewStream("category")

// department returns which department stands at a place of a store: four in
// a row, from a start that is the store's own.
func department(g *seed.Gen, store, place int64) []node {
	all := taxonomy()
	start := g.Pick(departmentOf, store, int64(len(all)))
	return all[(start+place)%int64(len(all))]
}

func categoryCreated(g *seed.Gen, i int64) time.Time {
	return storeCreated(g, i/categoriesPerStore).Add(time.Duration(i%categoriesPerStore) * time.Second)
}

func categoryID(g *seed.Gen, i int64) [16]byte {
	return g.UUID(categoryStream, i, categoryCreated(g, i))
}

func categoryRow(g *seed.Gen, i int64, dst []any) {
	store, rest := i/categoriesPerStore, i%categoriesPerStore
	nodes, at := department(g, store, rest/nodesPerDepartment), rest%nodesPerDepartment
	n := nodes[at]
	created := categoryCreated(g, i)
	dst[0] = categoryID(g, i)
	dst[1], dst[2] = created, later(g, created, 200)
	dst[3] = n.name
	path := slug(n.name)
	if n.parent >= 0 {
		dst[5] = categoryID(g, i-at+int64(n.parent))
		for p := n.parent; p >= 0; p = nodes[p].parent {
			path = slug(nodes[p].name) + "-" + path
		}
	}
	dst[4] = path
	dst[6] = storeID(g, store)
}

// shelfCategory returns the row of table category of a store's shelf, the
// goods on it and what they are made of.
func shelfCategory(g *seed.Gen, store, shelf int64) (category int64, goods, materials []string) {
	const shelves = groupsPerDepartment * shelvesPerGroup
	place, nth := shelf/shelves, shelf%shelves
	nodes := department(g, store, place)
	for at, n := range nodes {
		if n.words == nil || n.parent < 0 {
			continue
		}
		if nth == 0 {
			return store*categoriesPerStore + place*nodesPerDepartment + int64(at), n.words, nodes[0].words
		}
		nth--
	}
	panic("shop: a shelf beyond the last one")
}
