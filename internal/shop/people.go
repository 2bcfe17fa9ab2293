package shop

import (
	"strconv"
	"strings"

	"github.com/espalier-go/espalier/seed"
)

var userStream = seed.NewStream("user_account")

type person struct{ first, last string }

// personOf returns the name of user i, and leaves g at that user.
func personOf(g *seed.Gen, i int64) person {
	g.At(userStream, i)
	return person{g.Fake.FirstName(), g.Fake.LastName()}
}

func userRow(g *seed.Gen, i int64, dst []any) {
	p := personOf(g, i)
	dst[0] = i + 1
	name := letters(p.first)
	if g.IntN(3) > 0 {
		name += strconv.Itoa(g.IntN(1000))
	}
	dst[1] = name[:min(len(name), 30)]
	if g.IntN(20) > 0 {
		dst[2] = p.first + " " + p.last
	}
	if g.IntN(5) < 2 {
		nick := []rune(p.first)
		dst[3] = string(nick[:min(len(nick), 3+g.IntN(3))])
	}
}

// The domains are reserved for examples: no mail leaves by accident.
var domains = []string{"example.com", "example.org", "example.net", "mail.example", "post.example", "work.example"}

func addressRow(g *seed.Gen, i int64, dst []any) {
	user, nth := addresses.locate(g, i, users(g.Scale))
	p := personOf(g, user)
	first, last := letters(p.first), letters(p.last)
	local := first + "." + last
	switch nth {
	case 1:
		local = first[:1] + last
	case 2:
		local = last + "." + first
	case 3:
		local = first + "_" + last[:1]
	}
	g.At(addresses.stream, i)
	dst[0] = i + 1
	// The number keeps namesakes apart.
	dst[1] = local + strconv.FormatInt(user+1, 10) + "@" + pick(g, domains)
	dst[2] = user + 1
}

// letters returns the lower-case ASCII letters of a name, at least one.
func letters(name string) string {
	s := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(name))
	if s == "" {
		return "x"
	}
	return s
}
