package shop

import (
	"github.com/brianvoe/gofakeit/v7/data"

	"github.com/espalier-go/espalier/seed"
)

var (
	reviewStream = seed.NewStream("review")
	// reviewedBy draws what a user reviews.
	reviewedBy = seed.NewStream("reviewed by a user")
	// Most reviews are good ones.
	ratings = []int64{5, 5, 5, 5, 5, 5, 5, 4, 4, 4, 4, 4, 3, 3, 3, 2, 2, 1, 1}
	verdict = [][]string{
		{"Broke within days", "Sent it back", "Not what the picture shows", "Would not buy it again"},
		{"Disappointing", "Feels cheap", "Arrived late and scratched", "Too small for its price"},
		{"Does what it should", "Fine, but nothing special", "Good enough", "Mixed feelings"},
		{"Very good", "Pleased with it", "Good value", "Solid, with small flaws"},
		{"Love it", "Could not be happier", "Exactly what I was looking for", "Bought a second one"},
	}
)

func reviewRow(g *seed.Gen, i int64, dst []any) {
	user, nth := reviews.locate(g, i, users(g.Scale))
	g.At(reviewedBy, user)
	product := distinct(g, products(g.Scale), nth)
	written := seed.Between(ordersFrom, seed.Epoch, i, reviews.total(users(g.Scale)))
	g.At(reviewStream, i)
	rating := ratings[g.IntN(len(ratings))]
	dst[0] = g.UUID(reviewStream, i, written)
	dst[1], dst[2] = written, written
	if g.IntN(10) == 0 {
		dst[2] = later(g, written, 60)
	}
	dst[3] = rating
	if g.IntN(10) < 7 {
		dst[4] = text(g, rating)
	}
	dst[5], dst[6] = productID(g, product), user+1
}

func text(g *seed.Gen, rating int64) string {
	s := pick(g, verdict[rating-1]) + "."
	if g.IntN(2) == 0 {
		s += " We use it for " + pick(g, data.Product["use_case"]) + "."
	}
	if rating > 3 && g.IntN(2) == 0 {
		s += " Big plus: " + pick(g, data.Product["benefit"]) + "."
	}
	return s
}
