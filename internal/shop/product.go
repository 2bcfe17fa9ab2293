package shop

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/brianvoe/gofakeit/v7/data"

	"github.com/espalier-go/espalier/seed"
)

var (
	productStream = seed.NewStream("product")
	priceStream   = seed.NewStream("price of a product")
	shelfStream   = seed.NewStream("second shelf of a product")
	tagWords      = []string{"new", "sale", "bestseller", "gift", "eco", "handmade", "limited", "clearance", "local", "vegan", "refurbished", "premium"}
)

func productCreated(g *seed.Gen, i int64) time.Time {
	return seed.Between(productsFrom, ordersFrom, i, products(g.Scale))
}

func productID(g *seed.Gen, i int64) [16]byte { return g.UUID(productStream, i, productCreated(g, i)) }

// productPrice returns cents: most prices are low, and end in 99 or 50.
func productPrice(g *seed.Gen, i int64) int64 {
	h := g.Hash(priceStream, i)
	tens := int64(h % 100)
	euros := 2 + tens*tens*tens/4000 + int64(h>>32%10)
	if h>>16%3 == 0 {
		return euros*100 + 50
	}
	return euros*100 + 99
}

// shelfOf spreads a store's products evenly over its shelves.
func shelfOf(i int64) int64 { return i % productsPerStore % shelvesPerStore }

func productRow(g *seed.Gen, i int64, dst []any) {
	store, created := i/productsPerStore, productCreated(g, i)
	_, goods, materials := shelfCategory(g, store, shelfOf(i))
	thing, material := pick(g, goods), pick(g, materials)
	adjective := pick(g, data.Product["adjective"])
	name := adjective + " " + thing
	if g.IntN(2) == 0 {
		name = adjective + " " + material + " " + thing
	}
	dst[0] = productID(g, i)
	dst[1], dst[2] = created, later(g, created, 600)
	dst[3] = fmt.Sprintf("%.3s-%04d", slug(thing), i%productsPerStore+1)
	dst[4] = title(name)
	if g.IntN(10) > 0 {
		dst[5] = title(adjective) + " " + thing + ", made with " + material + ". For " +
			pick(g, data.Product["target_audience"]) + " who want " + pick(g, data.Product["benefit"]) + "."
	}
	dst[6] = productPrice(g, i)
	dst[7] = storeCurrency(g, store)
	dst[8] = tags(g)
	if g.IntN(10) > 0 {
		dst[9] = attributes(g, material)
	}
	dst[10] = storeID(g, store)
}

// tags returns a JSON array of up to three different words.
func tags(g *seed.Gen) string {
	list, from := []string{}, g.IntN(len(tagWords))
	for k := range g.IntN(4) {
		list = append(list, tagWords[(from+5*k)%len(tagWords)])
	}
	return encode(list)
}

func attributes(g *seed.Gen, material string) string {
	var a struct {
		Color    string `json:"color"`
		Material string `json:"material"`
		WeightG  int    `json:"weight_g"`
		SizeCM   [3]int `json:"size_cm"`
		Warranty int    `json:"warranty_years,omitempty"`
	}
	a.Color, a.Material = g.Fake.SafeColor(), material
	a.WeightG = 20 + 10*int(g.Skewed(1000))
	for k := range a.SizeCM {
		a.SizeCM[k] = 1 + int(g.Skewed(120))
	}
	a.Warranty = g.IntN(4)
	return encode(a)
}

// encode returns JSON; what it is given can always be encoded.
func encode(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// Of two products the first stands on its shelf, the second on another one of
// the store besides.
func productCategoryRow(g *seed.Gen, i int64, dst []any) {
	product := i / 3 * 2
	if i%3 > 0 {
		product++
	}
	store, shelf := product/productsPerStore, shelfOf(product)
	if i%3 == 2 {
		shelf = (shelf + 1 + g.Pick(shelfStream, product, shelvesPerStore-1)) % shelvesPerStore
	}
	category, _, _ := shelfCategory(g, store, shelf)
	dst[0], dst[1] = productID(g, product), categoryID(g, category)
}
