package clienttest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/clienttest/ent"
	"github.com/espalier-go/espalier/clienttest/ent/card"
	"github.com/espalier-go/espalier/clienttest/ent/group"
	"github.com/espalier-go/espalier/clienttest/ent/intercept"
	"github.com/espalier-go/espalier/clienttest/ent/like"
	"github.com/espalier-go/espalier/clienttest/ent/note"
	"github.com/espalier-go/espalier/clienttest/ent/person"
	"github.com/espalier-go/espalier/clienttest/ent/pet"
	"github.com/espalier-go/espalier/clienttest/ent/privacy"
	"github.com/espalier-go/espalier/clienttest/ent/schema"
	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neontest"
)

// Random queries of every kind give what they give in stock on the same rows:
// any graph of edges with conditions, orders, limits, fields, names, policies,
// interceptors and modifiers in it, any path, aggregate and scan.
func TestQueriesSameAsStock(t *testing.T) {
	t.Parallel()
	const steps = 120
	for seed := *firstSeed; seed < *firstSeed+*seeds; seed++ {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			t.Parallel()
			db := neontest.OpenWith(t, neontest.Config{Empty: true})
			drv, err := neon.Open(t.Context(), db.URL, &neon.Config{Mode: []neon.Mode{neon.ModeDirect, neon.ModePooled}[seed%2]})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, drv.Close()) })
			w := &world{Rand: rand.New(rand.NewPCG(uint64(seed), 4)), c: ent.NewClient(ent.Driver(drv))}
			require.NoError(t, w.c.Schema.Create(t.Context()))
			w.populate(t.Context(), t)
			w.connect(t.Context())
			w.look(t.Context())
			failed := 0
			for i := range steps {
				run := func(d dialect.Driver) (string, error) {
					r := &world{Rand: rand.New(rand.NewPCG(uint64(seed), uint64(100+i))), c: ent.NewClient(ent.Driver(d)),
						persons: w.persons, pets: w.pets, groups: w.groups, cards: w.cards}
					ctx := t.Context()
					if r.chance(70) {
						ctx = context.WithValue(ctx, schema.ViewerKey{}, true)
					}
					r.intercept()
					v, err := r.question(ctx)
					return outcome(v, err) + fmt.Sprint(" denied=", errors.Is(err, privacy.Deny)), err
				}
				want, wantErr := run(entsql.OpenDB(dialect.Postgres, db.SQL()))
				var last string
				got, gotErr := run(dialect.DebugWithContext(drv, func(_ context.Context, v ...any) { last = fmt.Sprint(v...) }))
				if wantErr != nil {
					failed++
				}
				require.Equal(t, want, got, "step %d: stock %v, ours %v\n%s", i, wantErr, gotErr, last)
			}
			require.Less(t, failed, steps/2, "most queries have an answer")
		})
	}
}

// connect adds the edges that populate leaves out.
func (w *world) connect(ctx context.Context) {
	for i, id := range w.persons {
		u := w.c.Person.UpdateOneID(id).AddFriendIDs(slices.DeleteFunc(pick(w, w.persons, 4), func(other int) bool { return other <= id })...)
		if w.chance(60) {
			u.SetCard(w.c.Card.Create().SetNumber(fmt.Sprint(i)).SaveX(ctx))
		}
		u.ExecX(ctx)
		for range w.IntN(3) {
			w.c.Note.Create().SetText(w.text()).SetAuthorID(id).ExecX(ctx)
		}
	}
}

// intercept gives the client random interceptors: those that add conditions, and
// those that do more.
func (w *world) intercept() {
	if w.chance(20) {
		w.c.Pet.Intercept(intercept.TraversePet(func(_ context.Context, q *ent.PetQuery) error {
			q.Where(pet.NameNEQ("NULL"))
			return nil
		}))
	}
	if w.chance(15) {
		w.c.Person.Intercept(intercept.TraversePerson(func(_ context.Context, q *ent.PersonQuery) error {
			q.Where(person.NameNEQ("b"))
			return nil
		}))
	}
	if w.chance(15) {
		w.c.Group.Intercept(ent.InterceptFunc(func(next ent.Querier) ent.Querier {
			return ent.QuerierFunc(func(ctx context.Context, q ent.Query) (ent.Value, error) {
				v, err := next.Query(ctx, q)
				if groups, ok := v.([]*ent.Group); ok && len(groups) > 1 {
					return groups[:len(groups)-1], err
				}
				return v, err
			})
		}))
	}
}

// shape gives a query random conditions, orders, edges and fields. Rows that an
// edge finds for several parents are cut at random by a limit: then there is none.
func (w *world) shape(q *ent.PersonQuery, depth int, cut bool) *ent.PersonQuery {
	w.where(q)
	for _, where := range []func(){
		func() { q.Where(person.HasGroupsWith(group.IDIn(pick(w, w.groups, 3)...))) },
		func() { q.Where(person.Or(person.Not(person.HasSpouse()), person.HasParentWith(person.AgeGT(0)))) },
		func() { q.Where(person.HasLikesWith(like.WeightGT(0))) },
		func() { q.Where(person.HasFriendsWith(person.HasPets())) },
		func() { q.Where(person.NameContainsFold("B")) },
		func() {
			q.Where(func(s *entsql.Selector) {
				s.Where(entsql.P(func(b *entsql.Builder) { b.WriteString(s.C("age") + " % 2 = ").Arg(1) }))
			})
		},
	} {
		if w.chance(8) {
			where()
		}
	}
	if w.chance(60) {
		q.Order(orders(w)...)
	}
	q.Order(person.ByID())
	if cut && w.chance(20) {
		q.Limit(1 + w.IntN(6))
	}
	if cut && w.chance(10) {
		q.Offset(w.IntN(4))
	}
	if w.chance(10) {
		q.Select([]string{person.FieldName, person.FieldAge, person.FieldPrice, person.FieldTags}[:1+w.IntN(4)]...)
	}
	if w.chance(5) {
		q.Modify(func(s *entsql.Selector) { s.Where(entsql.NEQ(s.C("code"), "3")) })
	}
	w.edgesOf(q, depth)
	return q
}

// edgesOf loads random edges along, under their own or another name.
func (w *world) edgesOf(q *ent.PersonQuery, depth int) {
	if depth == 0 {
		return
	}
	people := func(cut bool) func(*ent.PersonQuery) {
		return func(q *ent.PersonQuery) { w.shape(q, depth-1, cut) }
	}
	pets := func(q *ent.PetQuery) {
		if w.chance(30) {
			q.Order(pet.ByName(entsql.OrderDesc()))
		}
		q.Order(pet.ByID())
		if w.chance(25) {
			q.Where(pet.HasFansWith(person.IDIn(pick(w, w.persons, 9)...)))
		}
		if w.chance(20) {
			q.Select(pet.FieldName)
		}
		if w.chance(30) {
			q.WithOwner(people(false))
		}
		if w.chance(30) {
			q.WithNamedFans("fans", people(false))
		}
		if w.chance(20) {
			q.WithLikes(func(q *ent.LikeQuery) { q.Order(like.ByPersonID(), like.ByPetID()).WithPerson(people(false)) })
		}
	}
	groups := func(q *ent.GroupQuery) {
		q.Order(group.ByTitle(), group.ByID())
		if w.chance(50) {
			q.WithMembers(people(false))
		}
		if w.chance(20) {
			q.WithNamedMembers("m", people(false))
		}
	}
	likes := func(q *ent.LikeQuery) {
		q.Order(like.ByPersonID(), like.ByPetID())
		if w.chance(40) {
			q.WithPet(pets)
		}
	}
	notes := func(q *ent.NoteQuery) {
		q.Order(note.ByID())
		if w.chance(40) {
			q.WithAuthor(people(false))
		}
	}
	for _, add := range []func(){
		func() { q.WithPets(pets) }, func() { q.WithGroups(groups) }, func() { q.WithFriends(people(false)) },
		func() { q.WithSpouse(people(false)) }, func() { q.WithParent(people(false)) }, func() { q.WithChildren(people(true)) },
		func() { q.WithCard(func(q *ent.CardQuery) { q.WithOwner(people(false)) }) }, func() { q.WithLiked(pets) },
		func() { q.WithLikes(likes) }, func() { q.WithNotes(notes) },
		func() { q.WithNamedPets("one", pets).WithNamedPets("two") }, func() { q.WithNamedChildren("kids", people(true)) },
		func() { q.WithNamedGroups("g", groups) }, func() { q.WithNamedLiked("liked", pets) }, func() { q.WithNamedNotes("n", notes) },
	} {
		if w.chance(15) {
			add()
		}
	}
}

// shownAll is what JSON shows of people, and their named edges.
func shownAll(people []*ent.Person) any {
	var out []any
	for _, p := range people {
		row := []any{p}
		for _, named := range []func(*ent.Person) (any, error){
			func(p *ent.Person) (any, error) { return p.NamedPets("one") },
			func(p *ent.Person) (any, error) { return p.NamedPets("two") },
			func(p *ent.Person) (any, error) {
				kids, err := p.NamedChildren("kids")
				return shownAll(kids), err
			},
			func(p *ent.Person) (any, error) { return p.NamedGroups("g") },
			func(p *ent.Person) (any, error) {
				pets, err := p.NamedLiked("liked")
				out := []any{pets}
				for _, pet := range pets {
					fans, err := pet.NamedFans("fans")
					out = append(out, shownAll(fans), ent.IsNotLoaded(err))
				}
				return out, err
			},
			func(p *ent.Person) (any, error) { return p.NamedNotes("n") },
		} {
			v, err := named(p)
			row = append(row, v, ent.IsNotLoaded(err))
		}
		out = append(out, row)
	}
	return out
}

// question asks something.
func (w *world) question(ctx context.Context) (any, error) {
	q := w.c.Person.Query()
	if w.chance(25) {
		q = w.path(ctx)
		// JSON and prices can be distinct, but other orders than by what is selected can't.
		q.Unique(false)
		w.edgesOf(q.Order(person.ByID()), 2)
	} else {
		w.shape(q, 3, true)
	}
	switch w.IntN(16) {
	case 0:
		return q.First(ctx)
	case 1:
		return q.Where(person.IDIn(pick(w, w.persons, 2)...)).Only(ctx)
	case 2:
		return q.Count(ctx)
	case 3:
		return q.Exist(ctx)
	case 4:
		return q.Unique(w.chance(50)).IDs(ctx)
	case 5:
		return q.FirstID(ctx)
	case 6:
		return q.Where(person.IDIn(pick(w, w.persons, 2)...)).OnlyID(ctx)
	case 7:
		var rows []struct {
			ID   int    `json:"id"`
			Name string `json:"name"`
			Age  *int   `json:"age"`
			Code string `json:"code"`
		}
		q := w.shape(w.c.Person.Query().Select(person.FieldID, person.FieldName, person.FieldAge, person.FieldCode).PersonQuery, 0, true)
		err := q.Select().Scan(ctx, &rows)
		return rows, err
	case 8:
		type level struct {
			Level string  `json:"level"`
			N     int     `json:"n"`
			Sum   *int    `json:"sum"`
			Mean  float64 `json:"mean"`
		}
		var rows []level
		q := w.c.Person.Query()
		w.where(q)
		err := q.GroupBy(person.FieldLevel).Aggregate(ent.As(ent.Count(), "n"), ent.As(ent.Sum(person.FieldAge), "sum"),
			ent.As(ent.Mean(person.FieldScore), "mean")).Scan(ctx, &rows)
		slices.SortFunc(rows, func(a, b level) int { return strings.Compare(a.Level, b.Level) })
		return rows, err
	case 9:
		q := w.c.Person.Query()
		w.where(q)
		return q.Aggregate(ent.Max(person.FieldScore)).Float64(ctx)
	case 10:
		return q.Unique(false).Clone().Select(person.FieldName).Strings(ctx)
	case 11:
		return w.c.Card.Query().Order(card.ByNumber()).WithOwner(func(q *ent.PersonQuery) { w.shape(q, 2, false) }).All(ctx)
	case 12:
		return w.c.Like.Query().Order(like.ByPersonID(), like.ByPetID()).Limit(5).
			WithPerson(func(q *ent.PersonQuery) { w.shape(q, 2, false) }).WithPet(func(q *ent.PetQuery) { q.WithOwner() }).All(ctx)
	}
	people, err := q.All(ctx)
	return shownAll(people), err
}

// path walks some steps and comes back to people.
func (w *world) path(ctx context.Context) *ent.PersonQuery {
	q := w.c.Person.Query().Where(person.IDIn(pick(w, w.persons, 20)...))
	for range 1 + w.IntN(4) {
		switch w.IntN(6) {
		case 0:
			q = q.QueryPets().Where(pet.NameNEQ("a")).QueryFans()
		case 1:
			q = q.QueryGroups().QueryMembers()
		case 2:
			q = q.QueryFriends()
		case 3:
			q = q.QueryParent()
		case 4:
			q = q.QueryChildren()
		case 5:
			q = q.QueryLikes().QueryPet().QueryOwner()
		}
		if w.chance(30) {
			q.Where(person.IDIn(pick(w, w.persons, 30)...))
		}
	}
	return q
}
