package shop

import (
	"strconv"
	"strings"
	"time"

	"github.com/brianvoe/gofakeit/v7/data"

	"github.com/espalier-go/espalier/seed"
)

var (
	storeStream  = seed.NewStream("store")
	storeKinds   = []string{"Trading", "Supply", "Goods", "Market", "Outlet", "Emporium", "Store", "Bazaar"}
	currencies   = []string{"USD", "USD", "EUR", "EUR", "GBP", "CHF", "CAD", "AUD"}
	currencyOf   = seed.NewStream("currency of a store")
	departmentOf = seed.NewStream("departments of a store")
)

func storeCreated(g *seed.Gen, s int64) time.Time {
	return seed.Between(storesFrom, productsFrom, s, stores(g.Scale))
}

func storeID(g *seed.Gen, s int64) [16]byte { return g.UUID(storeStream, s, storeCreated(g, s)) }

func storeCurrency(g *seed.Gen, s int64) string {
	return currencies[g.Pick(currencyOf, s, int64(len(currencies)))]
}

func storeRow(g *seed.Gen, i int64, dst []any) {
	created := storeCreated(g, i)
	name := title(pick(g, data.Product["suffix"])) + " " + g.Fake.LastName() + " " + pick(g, storeKinds)
	dst[0] = storeID(g, i)
	dst[1], dst[2] = created, later(g, created, 300)
	dst[3] = name
	dst[4] = slug(name) + "-" + strconv.FormatInt(i+1, 10)
}

// title puts the first letter of each word in upper case.
func title(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}

// slug keeps lower-case letters and digits, and joins the words by hyphens.
func slug(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}), "-")
}
