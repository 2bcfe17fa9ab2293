package clienttest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/clienttest/ent"
	"github.com/espalier-go/espalier/clienttest/ent/like"
	"github.com/espalier-go/espalier/clienttest/ent/person"
	"github.com/espalier-go/espalier/clienttest/ent/pet"
	"github.com/espalier-go/espalier/clienttest/ent/schema"
	"github.com/espalier-go/espalier/neon"
)

// orders are of every kind that a page can have.
func orders(w *world) []person.OrderOption {
	options := func() []entsql.OrderTermOption {
		var out []entsql.OrderTermOption
		if w.chance(50) {
			out = append(out, entsql.OrderDesc())
		}
		switch w.IntN(3) {
		case 0:
			out = append(out, entsql.OrderNullsFirst())
		case 1:
			out = append(out, entsql.OrderNullsLast())
		}
		return out
	}
	all := []func() person.OrderOption{
		func() person.OrderOption { return person.ByName(options()...) },
		func() person.OrderOption { return person.ByAge(options()...) },
		func() person.OrderOption { return person.ByScore(options()...) },
		func() person.OrderOption { return person.ByWeight(options()...) },
		func() person.OrderOption { return person.ByActive(options()...) },
		func() person.OrderOption { return person.ByBorn(options()...) },
		func() person.OrderOption { return person.ByLevel(options()...) },
		func() person.OrderOption { return person.ByRef(options()...) },
		func() person.OrderOption { return person.ByPrice(options()...) },
		func() person.OrderOption { return person.ByID(options()...) },
		func() person.OrderOption { return person.ByPetsCount(options()...) },
		func() person.OrderOption { return person.ByGroupsCount(options()...) },
		func() person.OrderOption { return person.ByParentField(person.FieldAge, options()...) },
		func() person.OrderOption { return entsql.OrderByField("person_spouse", options()...).ToFunc() },
		func() person.OrderOption { return func(s *entsql.Selector) { s.OrderBy(entsql.Desc(s.C("nick"))) } },
		func() person.OrderOption {
			return func(s *entsql.Selector) {
				s.OrderExpr(entsql.Raw("lower(" + s.C("name") + "), " + s.C("age") + " % 3"))
			}
		},
	}
	var out []person.OrderOption
	for range w.IntN(4) {
		out = append(out, all[w.IntN(len(all))]())
	}
	return out
}

// The pages, one after the other, are the whole ordered list: forward and
// backward, for random rows with many ties and nulls, in random orders.
func TestPagesAreTheList(t *testing.T) {
	t.Parallel()
	for seed := *firstSeed; seed < *firstSeed+*seeds; seed++ {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			p := openPair(t, []neon.Mode{neon.ModeDirect, neon.ModePooled}[seed%2])
			for _, c := range []*ent.Client{p.ours, p.stock} {
				w := &world{Rand: rand.New(rand.NewPCG(uint64(seed), 2)), c: c}
				w.populate(ctx, t)
				for range 12 {
					w.walk(ctx, t)
				}
			}
		})
	}
}

// populate makes rows with few different values.
func (w *world) populate(ctx context.Context, t *testing.T) {
	t.Helper()
	for i := range 40 {
		c := w.c.Person.Create().SetCode(fmt.Sprint(i)).SetName([]string{"a", "B", "b", "ü,\""}[w.IntN(4)]).SetScore(float64(w.IntN(3)) / 3)
		if w.chance(60) {
			c.SetAge(w.IntN(3))
		}
		if w.chance(60) {
			c.SetBorn(w.time()).SetWeight(float32(w.IntN(3)) / 3)
		}
		if w.chance(60) {
			c.SetPrice([]schema.Decimal{"1.50", "2.25"}[w.IntN(2)]).SetActive(w.chance(50))
		}
		if w.chance(50) {
			c.SetRef(w.uuid())
		}
		if w.chance(50) && len(w.persons) > 0 {
			c.SetParentID(w.persons[w.IntN(len(w.persons))])
		}
		person := c.SaveX(ctx)
		w.persons = append(w.persons, person.ID)
		for range w.IntN(3) {
			w.c.Pet.Create().SetID(w.uuid()).SetName(w.text()).SetOwner(person).AddFanIDs(pick(w, w.persons, 3)...).ExecX(ctx)
		}
	}
	for i := 0; i+1 < len(w.persons); i += 4 {
		w.c.Person.UpdateOneID(w.persons[i]).SetSpouseID(w.persons[i+1]).ExecX(ctx)
	}
	for i := range 5 {
		w.c.Group.Create().SetID(fmt.Sprint(i)).SetTitle("t").AddMemberIDs(pick(w, w.persons, 9)...).ExecX(ctx)
	}
}

func (w *world) walk(ctx context.Context, t *testing.T) {
	t.Helper()
	by := orders(w)
	query := func() *ent.PersonQuery {
		return w.c.Person.Query().Where(person.Or(person.AgeIsNil(), person.AgeLT(2))).Order(by...)
	}
	if w.chance(30) {
		from := w.persons[w.IntN(len(w.persons))]
		query = func() *ent.PersonQuery {
			return w.c.Person.Query().Where(person.IDNEQ(from)).QueryChildren().Unique(false).Order(by...)
		}
	}
	if w.chance(40) {
		plain := query
		query = func() *ent.PersonQuery {
			return plain().WithPets(func(q *ent.PetQuery) { q.Order(pet.ByID()) }).WithSpouse()
		}
	}
	all, err := query().After(ent.Cursor{}).All(ctx)
	require.NoError(t, err)
	text, _, err := query().After(ent.Cursor{}).SQL(ctx)
	require.NoError(t, err)
	want := encode(t, all)
	limit := 1 + w.IntN(9)

	var forward, plain []*ent.Person
	args := ent.PageArgs{Limit: limit}
	for range 50 {
		page, err := query().Page(ctx, args)
		require.NoError(t, err, text)
		require.Len(t, page.Cursors, len(page.Nodes))
		forward = append(forward, page.Nodes...)
		require.Equal(t, !args.After.IsZero(), page.HasPrevious)
		// After with Limit gives the same, by the text of the cursor.
		cursor, err := ent.ParseCursor(args.After.String())
		require.NoError(t, err)
		rows, err := query().After(cursor).Limit(limit).All(ctx)
		require.NoError(t, err)
		plain = append(plain, rows...)
		if args.After = page.End; !page.HasNext {
			break
		}
	}
	require.Equal(t, want, encode(t, forward), text)
	require.Equal(t, want, encode(t, plain), text)

	// The last page is what Before gives of the place after the last row.
	var backward, before []*ent.Person
	args = ent.PageArgs{Limit: limit, Before: args.After}
	if len(all) > 0 {
		backward = append(backward, all[len(all)-1])
		before = append(before, all[len(all)-1])
	}
	for range 50 {
		page, err := query().Page(ctx, args)
		require.NoError(t, err, text)
		backward = append(slices.Clone(page.Nodes), backward...)
		rows, err := query().Before(args.Before).Limit(limit).All(ctx)
		require.NoError(t, err)
		before = append(rows, before...)
		if args.Before = page.Start; !page.HasPrevious {
			break
		}
	}
	if len(all) > 0 {
		require.Equal(t, want, encode(t, backward), text)
		require.Equal(t, want, encode(t, before), text)
	}
	require.Equal(t, len(all), query().After(ent.Cursor{}).CountX(ctx))
}

func encode(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	require.NoError(t, err)
	return string(b)
}

func TestPagesAreOneStatement(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := t.Context()
	query := func() *ent.PersonQuery {
		return c.Person.Query().Order(person.ByName(entsql.OrderDesc()), person.ByAge()).WithPets().WithGroups()
	}
	var page *ent.Page[ent.Person]
	var err error
	sent := c.sent(func() { page, err = query().Page(ctx, ent.PageArgs{Limit: 2}) })
	require.NoError(t, err)
	require.Len(t, sent, 1)
	require.Len(t, page.Nodes, 2)
	require.Len(t, page.Nodes[0].Edges.Pets, 2)
	require.True(t, page.HasNext)
	require.False(t, page.HasPrevious)
	sent = c.sent(func() { page, err = query().Page(ctx, ent.PageArgs{After: page.End}) })
	require.NoError(t, err)
	require.Len(t, sent, 1)
	require.Len(t, page.Nodes, 1)
	require.False(t, page.HasNext)
	require.True(t, page.HasPrevious)
	last := page.End
	page, err = query().Page(ctx, ent.PageArgs{After: last})
	require.NoError(t, err)
	require.Empty(t, page.Nodes)
	require.Equal(t, last, page.End)

	// A path's page, and one of a table whose key are two columns.
	var pets *ent.Page[ent.Pet]
	sent = c.sent(func() {
		pets, err = c.Person.Query().QueryPets().Order(pet.ByName()).WithOwner().Page(ctx, ent.PageArgs{Limit: 2})
	})
	require.NoError(t, err)
	require.Len(t, sent, 1)
	require.Len(t, pets.Nodes, 2)
	require.Equal(t, "p0", pets.Nodes[0].Edges.Owner.Name)
	require.True(t, pets.HasNext)
	for _, p := range c.Pet.Query().AllX(ctx) {
		c.Like.Create().SetPersonID(c.Person.Query().FirstIDX(ctx)).SetPetID(p.ID).ExecX(ctx)
	}
	likes, err := c.Like.Query().Page(ctx, ent.PageArgs{Limit: 4})
	require.NoError(t, err)
	rest := c.Like.Query().After(likes.End).AllX(ctx)
	require.Len(t, append(likes.Nodes, rest...), 6)
	require.Len(t, c.Like.Query().Where(like.Weight(1)).Before(likes.End).Limit(2).AllX(ctx), 2)
}

func TestCursorsBelongToAnOrder(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := t.Context()
	byName := func() *ent.PersonQuery { return c.Person.Query().Order(person.ByName()) }
	page, err := byName().Page(ctx, ent.PageArgs{Limit: 1})
	require.NoError(t, err)
	cursor := page.End
	require.Equal(t, []any{"p0", int64(page.Nodes[0].ID)}, cursor.Values())
	made, err := byName().Cursor("p0", page.Nodes[0].ID)
	require.NoError(t, err)
	require.Equal(t, cursor, made)
	_, err = byName().Cursor("p0")
	require.True(t, ent.IsCursorError(err), "%v", err)

	for name, q := range map[string]*ent.PersonQuery{
		"another field":     c.Person.Query().Order(person.ByCode()).After(cursor),
		"another direction": c.Person.Query().Order(person.ByName(entsql.OrderDesc())).After(cursor),
		"more fields":       byName().Order(person.ByAge()).After(cursor),
		"no order":          c.Person.Query().Before(cursor),
		"an order later":    c.Person.Query().After(cursor).Order(person.ByName()),
		"an eager load":     c.Person.Query().WithFriends(func(q *ent.PersonQuery) { q.Order(person.ByCode()).After(cursor) }),
	} {
		var err error
		sent := c.sent(func() { _, err = q.Clone().All(ctx) })
		require.True(t, ent.IsCursorError(err), "%s: %v", name, err)
		if name != "an eager load" {
			require.Empty(t, sent, name)
			_, err = q.Clone().Count(ctx)
			require.True(t, ent.IsCursorError(err), "%s: %v", name, err)
			_, err = q.Clone().IDs(ctx)
			require.True(t, ent.IsCursorError(err), "%s: %v", name, err)
			_, err = q.Clone().QueryPets().All(ctx)
			require.True(t, ent.IsCursorError(err), "%s: %v", name, err)
		}
	}
	_, err = c.Pet.Query().Order(pet.ByName()).Page(ctx, ent.PageArgs{After: cursor})
	require.True(t, ent.IsCursorError(err), "%v", err)
	for _, text := range []string{"!", "AAAA", cursor.String()[1:], cursor.String() + "A", strings.ToLower(cursor.String())} {
		_, err := ent.ParseCursor(text)
		require.True(t, ent.IsCursorError(err), "%s: %v", text, err)
	}
	_, err = c.Person.Query().Order(ent.Asc("name"), entsql.OrderByRand()).Page(ctx, ent.PageArgs{})
	require.ErrorContains(t, err, "random")
	_, err = byName().Before(cursor).Page(ctx, ent.PageArgs{})
	require.ErrorContains(t, err, "Before")
	_, err = byName().Page(ctx, ent.PageArgs{Limit: -1})
	require.Error(t, err)

	// What stands in a cursor are parameters.
	forged, err := byName().Cursor(`'); DROP TABLE persons; --`, 1)
	require.NoError(t, err)
	require.Len(t, byName().After(forged).AllX(ctx), 3)
	// The other uses of a query.
	require.Equal(t, 2, byName().After(cursor).CountX(ctx))
	require.Equal(t, []string{"p1", "p2"}, byName().After(cursor).Select(person.FieldName).StringsX(ctx))
	last, err := byName().Cursor("p2", 99)
	require.NoError(t, err)
	require.Equal(t, []string{"p1", "p2"}, byName().Before(last).Limit(2).Select(person.FieldName).StringsX(ctx))
	require.Equal(t, "p2", byName().Before(last).FirstX(ctx).Name)
	require.Equal(t, 4, byName().After(cursor).QueryPets().CountX(ctx))
	require.Equal(t, 2, byName().Before(last).Limit(1).QueryPets().CountX(ctx))
	n := 0
	for p, err := range byName().After(cursor).Stream(ctx) {
		require.NoError(t, err)
		n++
		require.Equal(t, fmt.Sprint("p", n), p.Name)
	}
	require.Equal(t, 2, n)
}

// Rows after a cursor are found by an index, as long as the order allows it.
func TestPagesUseIndexes(t *testing.T) {
	t.Parallel()
	c := openCounted(t)
	ctx := t.Context()
	c.Person.MapCreateBulk(make([]struct{}, 5000), func(p *ent.PersonCreate, i int) {
		p.SetCode(fmt.Sprint("n", i)).SetName(fmt.Sprintf("n%04d", i/3)).SetAge(i % 50)
	}).ExecX(ctx)
	for _, ddl := range []string{
		"CREATE INDEX ON persons (name, id)", "CREATE INDEX ON persons (age DESC, id DESC)", "ANALYZE persons",
	} {
		_, err := c.ExecContext(ctx, ddl)
		require.NoError(t, err)
	}
	for name, test := range map[string]struct {
		q      *ent.PersonQuery
		values []any
		want   string
		cond   string
	}{
		"ascending":       {c.Person.Query().Order(person.ByName()), []any{"n0800", 2401}, `("persons"."name", "persons"."id") > ($1, $2)`, "ROW((name)::text, id) > ROW("},
		"descending":      {c.Person.Query().Order(person.ByName(entsql.OrderDesc())), []any{"n0800", 2401}, `("persons"."name", "persons"."id") < ($1, $2)`, "ROW((name)::text, id) < ROW("},
		"nulls are ahead": {c.Person.Query().Order(person.ByAge(entsql.OrderDesc())), []any{25, 2401}, `("persons"."age", "persons"."id") < ($1, $2)`, "ROW(age, id) < ROW("},
		"mixed":           {c.Person.Query().Order(person.ByName(), person.ByID(entsql.OrderDesc())), []any{"n0800", 2401}, `"persons"."name" >= $1 AND (`, "(name)::text >= "},
	} {
		cursor, err := test.q.Cursor(test.values...)
		require.NoError(t, err)
		q := test.q.After(cursor).Limit(10)
		text, _, err := q.SQL(ctx)
		require.NoError(t, err)
		require.Contains(t, text, test.want, name)
		plan, err := q.Explain(ctx)
		require.NoError(t, err)
		require.Contains(t, plan, "Index Scan", name)
		require.Contains(t, plan, "Index Cond: ("+test.cond, name)
	}
}
