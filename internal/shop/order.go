package shop

import (
	"slices"
	"time"

	"github.com/espalier-go/espalier/seed"
)

var (
	orderStream = seed.NewStream("shop_order")
	itemStream  = seed.NewStream("line_item")
	basketOf    = seed.NewStream("basket of an order")
	storeOf     = seed.NewStream("store of an order")
)

func orderPlaced(g *seed.Gen, i int64) time.Time {
	return seed.Between(ordersFrom, seed.Epoch, i, orders(g.Scale))
}

func orderID(g *seed.Gen, i int64) [16]byte { return g.UUID(orderStream, i, orderPlaced(g, i)) }

func orderStore(g *seed.Gen, i int64) int64 {
	g.At(storeOf, i)
	return g.Skewed(stores(g.Scale))
}

func orderRow(g *seed.Gen, i int64, dst []any) {
	store, placed := orderStore(g, i), orderPlaced(g, i)
	g.At(orderStream, i)
	dst[0] = orderID(g, i)
	dst[1], dst[2] = placed, later(g, placed, 14)
	dst[3] = status(g, seed.Epoch.Sub(placed))
	dst[4] = storeCurrency(g, store)
	dst[5] = placed
	dst[6] = storeID(g, store)
	dst[7] = g.Skewed(users(g.Scale)) + 1
}

// status follows from the order's age, apart from those that were canceled.
func status(g *seed.Gen, age time.Duration) string {
	const day = 24 * time.Hour
	switch lag := time.Duration(g.Int64N(int64(3 * day))); {
	case g.IntN(12) == 0:
		return "canceled"
	case age < day+lag/3:
		return "pending"
	case age < 3*day+lag:
		return "paid"
	case age < 9*day+lag:
		return "shipped"
	}
	return "delivered"
}

func itemRow(g *seed.Gen, i int64, dst []any) {
	order, nth := items.locate(g, i, orders(g.Scale))
	placed, product := orderPlaced(g, order), basket(g, order, nth)
	g.At(itemStream, i)
	dst[0] = g.UUID(itemStream, i, placed)
	dst[1], dst[2] = placed, placed
	dst[3] = 1 + g.Skewed(6)
	price := productPrice(g, product)
	if g.IntN(5) == 0 {
		price -= price / 10 // it was reduced at the time
	}
	dst[4] = price
	dst[5], dst[6] = orderID(g, order), productID(g, product)
}

// basket returns the nth product of an order, each of the order's another one.
func basket(g *seed.Gen, order, nth int64) int64 {
	first := orderStore(g, order) * productsPerStore
	g.At(basketOf, order)
	return first + distinct(g, productsPerStore, nth)
}

// distinct draws popular numbers below n until nth+1 different ones are there,
// and returns the last.
func distinct(g *seed.Gen, n, nth int64) int64 {
	var drawn [4]int64
	for k := int64(0); ; {
		drawn[k] = g.Skewed(n)
		if slices.Contains(drawn[:k], drawn[k]) {
			continue
		}
		if k == nth {
			return drawn[k]
		}
		k++
	}
}
