package clienttest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/espalier-go/espalier/clienttest/ent"
	"github.com/espalier-go/espalier/clienttest/ent/card"
	"github.com/espalier-go/espalier/clienttest/ent/group"
	"github.com/espalier-go/espalier/clienttest/ent/person"
	"github.com/espalier-go/espalier/clienttest/ent/pet"
	"github.com/espalier-go/espalier/clienttest/ent/schema"
)

// world makes random operations. Two worlds of one seed make the same.
type world struct {
	*rand.Rand
	c       *ent.Client
	n       int
	persons []int
	pets    []uuid.UUID
	groups  []string
	cards   []int
}

// look learns what there is.
func (w *world) look(ctx context.Context) {
	w.persons = w.c.Person.Query().Order(person.ByID()).IDsX(ctx)
	w.pets = w.c.Pet.Query().Order(pet.ByID()).IDsX(ctx)
	w.groups = w.c.Group.Query().Order(group.ByID()).IDsX(ctx)
	w.cards = w.c.Card.Query().Order(card.ByID()).IDsX(ctx)
}

func pick[T any](w *world, from []T, most int) []T {
	if len(from) == 0 {
		return nil
	}
	var out []T
	for _, i := range w.Perm(len(from))[:min(len(from), w.IntN(most+1))] {
		out = append(out, from[i])
	}
	return out
}

func (w *world) chance(percent int) bool { return w.IntN(100) < percent }

func (w *world) uuid() uuid.UUID {
	var id uuid.UUID
	for i := range id {
		id[i] = byte(w.IntN(256))
	}
	return id
}

// code is unique, as a rule.
func (w *world) code() string {
	w.n++
	if w.chance(8) {
		return "c1"
	}
	return fmt.Sprint("c", w.n)
}

func (w *world) text() string {
	return []string{"", "a", `b"\{},'`, "NULL", "ü, ö", "tab\tnew\nline"}[w.IntN(6)]
}

func (w *world) time() time.Time { return time.Unix(w.Int64N(4e9)-1e9, w.Int64N(1e6)*1000).UTC() }

func (w *world) fields(m *ent.PersonMutation) {
	m.SetName(w.text())
	if w.chance(50) {
		m.SetAge(w.IntN(80) - 2)
	}
	if w.chance(50) {
		m.SetScore(w.Float64() * 1e6)
	}
	if w.chance(30) {
		m.SetWeight(w.Float32())
	}
	if w.chance(30) {
		m.SetActive(w.chance(50))
	}
	if w.chance(30) {
		m.SetNick(w.text())
	}
	if w.chance(30) {
		m.SetRank(w.IntN(9))
	}
	if w.chance(40) {
		m.SetBorn(w.time())
	}
	if w.chance(40) {
		m.SetLevel(person.Level([]string{"low", "mid", "high"}[w.IntN(3)]))
	}
	if w.chance(40) {
		m.SetTags([]string{w.text(), w.text()})
	}
	if w.chance(30) {
		m.SetExtra(map[string]any{"k": w.text(), "n": w.IntN(5)})
	}
	if w.chance(30) {
		m.SetBlob([]byte{0, 1, 255, byte(w.IntN(256)), '\\', '"'})
	}
	if w.chance(30) {
		m.SetRef(w.uuid())
	}
	if w.chance(30) {
		m.SetPrice(schema.Decimal(fmt.Sprintf("%d.%02d", w.IntN(999), w.IntN(100))))
	}
}

func (w *world) edges(m *ent.PersonMutation) {
	if w.chance(30) {
		m.AddPetIDs(pick(w, w.pets, 2)...)
	}
	if w.chance(30) {
		m.AddGroupIDs(pick(w, w.groups, 3)...)
	}
	if w.chance(30) {
		m.AddFriendIDs(pick(w, w.persons, 3)...)
	}
	if w.chance(25) {
		for _, id := range pick(w, w.persons, 1) {
			m.SetSpouseID(id)
		}
	}
	if w.chance(25) {
		m.AddChildIDs(pick(w, w.persons, 2)...)
	}
	if w.chance(25) {
		for _, id := range pick(w, w.persons, 1) {
			m.SetParentID(id)
		}
	}
	if w.chance(25) {
		for _, id := range pick(w, w.cards, 1) {
			m.SetCardID(id)
		}
	}
	if w.chance(20) {
		m.AddLikedIDs(pick(w, w.pets, 2)...)
	}
}

func (w *world) clears(m *ent.PersonMutation) {
	for _, clear := range []func(){
		func() { m.ClearPets() }, func() { m.ClearGroups() }, func() { m.ClearFriends() }, func() { m.ClearSpouse() },
		func() { m.ClearChildren() }, func() { m.ClearParent() }, func() { m.ClearCard() }, func() { m.ClearLiked() },
		func() { m.ClearAge() }, func() { m.ClearNick() }, func() { m.ClearTags() }, func() { m.ClearBorn() },
		func() { m.RemoveGroupIDs(pick(w, w.groups, 2)...) }, func() { m.RemoveFriendIDs(pick(w, w.persons, 2)...) },
		func() { m.RemovePetIDs(pick(w, w.pets, 2)...) }, func() { m.AddScore(1.25) }, func() { m.AppendTags([]string{"x"}) },
	} {
		if w.chance(12) {
			clear()
		}
	}
}

func (w *world) create(ctx context.Context) (any, error) {
	c := w.c.Person.Create().SetCode(w.code())
	w.fields(c.Mutation())
	w.edges(c.Mutation())
	p, err := c.Save(ctx)
	return shown(p), err
}

// shown hides what only ours reads back: columns the database fills in.
func shown(p *ent.Person) any {
	if p == nil {
		return nil
	}
	c := *p
	c.Nick, c.Rank = "", 0
	return &c
}

func (w *world) createOther(ctx context.Context) (any, error) {
	switch w.IntN(3) {
	case 0:
		c := w.c.Pet.Create().SetID(w.uuid()).SetName(w.text()).SetSeen(w.time()).AddFanIDs(pick(w, w.persons, 2)...)
		for _, id := range pick(w, w.persons, 1) {
			c.SetOwnerID(id)
		}
		return c.Save(ctx)
	case 1:
		w.n++
		return w.c.Group.Create().SetID(fmt.Sprint("g", w.n)).SetTitle(w.text()).AddMemberIDs(pick(w, w.persons, 3)...).Save(ctx)
	}
	return w.c.Card.Create().SetNumber(w.code()).Save(ctx)
}

func (w *world) update(ctx context.Context) (any, error) {
	ids := append(pick(w, w.persons, 1), 987654)
	u := w.c.Person.UpdateOneID(ids[0])
	if w.chance(30) {
		u.Where(person.ActiveEQ(w.chance(50)))
	}
	w.clears(u.Mutation())
	if w.chance(60) {
		w.fields(u.Mutation())
	}
	if w.chance(60) {
		w.edges(u.Mutation())
	}
	if w.chance(10) {
		u.SetCode(w.code())
	}
	if w.chance(10) {
		u.Select(person.FieldName)
	}
	return u.Save(ctx)
}

func (w *world) updateMany(ctx context.Context) (any, error) {
	u := w.c.Person.Update().Where(person.IDIn(pick(w, w.persons, 4)...))
	w.clears(u.Mutation())
	if w.chance(40) {
		u.AddGroupIDs(pick(w, w.groups, 2)...)
	}
	return u.SetName(w.text()).Save(ctx)
}

func (w *world) bulk(ctx context.Context) (any, error) {
	if w.chance(40) {
		n := 1 + w.IntN(4)
		builders := make([]*ent.PetCreate, n)
		for i := range builders {
			builders[i] = w.c.Pet.Create().SetID(w.uuid()).SetName(w.text()).SetSeen(w.time())
			for _, id := range pick(w, w.persons, 1) {
				builders[i].SetOwnerID(id)
			}
			if w.chance(10) {
				builders[i].AddFanIDs(pick(w, w.persons, 1)...)
			}
		}
		return w.c.Pet.CreateBulk(builders...).Save(ctx)
	}
	builders := make([]*ent.PersonCreate, 1+w.IntN(5))
	for i := range builders {
		builders[i] = w.c.Person.Create().SetCode(w.code())
		w.fields(builders[i].Mutation())
		if w.chance(8) {
			w.edges(builders[i].Mutation())
		}
	}
	bulk := w.c.Person.CreateBulk(builders...)
	if w.chance(20) {
		return nil, bulk.OnConflictColumns(person.FieldCode).UpdateNewValues().Exec(ctx)
	}
	created, err := bulk.Save(ctx)
	var out []any
	for _, p := range created {
		if err == nil {
			out = append(out, shown(p))
		}
	}
	return out, err
}

func (w *world) upsert(ctx context.Context) (any, error) {
	c := w.c.Person.Create().SetCode(fmt.Sprint("c", w.IntN(w.n+1)))
	w.fields(c.Mutation())
	return c.OnConflictColumns(person.FieldCode).UpdateNewValues().ID(ctx)
}

func (w *world) remove(ctx context.Context) (any, error) {
	if w.chance(50) {
		return w.c.Person.Delete().Where(person.IDIn(pick(w, w.persons, 1)...), person.Not(person.HasPets())).Exec(ctx)
	}
	for _, id := range pick(w, w.pets, 1) {
		return nil, w.c.Pet.DeleteOneID(id).Exec(ctx)
	}
	return nil, nil
}

var errGiveUp = errors.New("give up")

// tx runs some steps and commits, or doesn't.
func (w *world) tx(ctx context.Context) (any, error) {
	tx, err := w.c.Tx(ctx)
	if err != nil {
		return nil, err
	}
	inner := &world{Rand: w.Rand, c: tx.Client(), n: w.n, persons: w.persons, pets: w.pets, groups: w.groups, cards: w.cards}
	var out []any
	for range 1 + w.IntN(3) {
		v, err := inner.write(ctx)
		w.n = inner.n
		if err != nil {
			return out, errors.Join(err, tx.Rollback())
		}
		out = append(out, v)
	}
	if w.chance(30) {
		return out, errors.Join(errGiveUp, tx.Rollback())
	}
	return out, tx.Commit()
}

func (w *world) write(ctx context.Context) (any, error) {
	steps := []func(context.Context) (any, error){w.create, w.create, w.createOther, w.createOther, w.update, w.update, w.update,
		w.updateMany, w.updateBulk, w.updateOthers, w.bulk, w.upsert, w.remove}
	return steps[w.IntN(len(steps))](ctx)
}

func (w *world) step(ctx context.Context) (any, error) {
	switch {
	case w.chance(40):
		return w.read(ctx)
	case w.chance(15):
		return w.tx(ctx)
	}
	return w.write(ctx)
}

func (w *world) read(ctx context.Context) (any, error) {
	q := w.c.Person.Query()
	w.where(q)
	w.with(q, 3)
	q.Order(person.ByName(), person.ByID())
	if w.chance(30) {
		q.Limit(1 + w.IntN(6))
	}
	if w.chance(20) {
		q.Offset(w.IntN(3))
	}
	switch w.IntN(10) {
	case 0:
		return q.First(ctx)
	case 1:
		return q.Only(ctx)
	case 2:
		return q.Count(ctx)
	case 3:
		return q.QueryPets().Order(pet.ByID()).WithOwner(func(q *ent.PersonQuery) { w.with(q, 1) }).All(ctx)
	case 4:
		return w.c.Pet.Query().Where(pet.IDIn(pick(w, w.pets, 5)...)).Order(pet.ByID()).
			WithFans(func(q *ent.PersonQuery) { q.Order(person.ByID()); w.with(q, 1) }).All(ctx)
	}
	return q.All(ctx)
}

func (w *world) where(q *ent.PersonQuery) {
	if w.chance(30) {
		q.Where(person.IDIn(pick(w, w.persons, 6)...))
	}
	if w.chance(15) {
		q.Where(person.IDNotIn(pick(w, w.persons, 3)...))
	}
	if w.chance(20) {
		q.Where(person.NameIn(w.text(), w.text()))
	}
	if w.chance(10) {
		q.Where(person.LevelIn(person.LevelLow, person.LevelHigh))
	}
	if w.chance(10) {
		q.Where(person.BornIn(w.time(), w.time()), person.Not(person.RefIn(w.uuid())))
	}
	if w.chance(10) {
		q.Where(person.Or(person.ScoreIn(1.5, 2)))
	}
	if w.chance(15) {
		q.Where(person.HasPetsWith(pet.NameIn(w.text(), w.text())))
	}
}

// with adds random edges.
func (w *world) with(q *ent.PersonQuery, depth int) {
	if depth == 0 {
		return
	}
	many := func(q *ent.PersonQuery) {
		w.where(q)
		w.with(q, depth-1)
		q.Order(person.ByID())
	}
	people := func(q *ent.PersonQuery) {
		many(q)
		// Several may share what a many-to-many edge leads to: a limit then
		// leaves open whose is cut, in stock as well.
		if w.chance(15) {
			q.Limit(1 + w.IntN(5))
		}
	}
	edges := []func(){
		func() {
			q.WithPets(func(q *ent.PetQuery) {
				q.Order(pet.ByID())
				if w.chance(30) {
					q.WithOwner(people)
				}
				if w.chance(20) {
					q.Select(pet.FieldName)
				}
			})
		},
		func() {
			q.WithGroups(func(q *ent.GroupQuery) {
				q.Order(group.ByID(entsql.OrderDesc()))
				if w.chance(30) {
					q.WithMembers(many)
				}
			})
		},
		func() { q.WithFriends(many) },
		func() { q.WithSpouse(people) },
		func() { q.WithChildren(people) },
		func() { q.WithParent(people) },
		func() { q.WithCard(func(q *ent.CardQuery) { q.WithOwner() }) },
		func() { q.WithLiked(func(q *ent.PetQuery) { q.Order(pet.ByID()) }) },
		func() {
			q.WithLikes(func(q *ent.LikeQuery) { q.Order(func(s *entsql.Selector) { s.OrderBy("pet_id") }) })
		},
		func() { q.WithNamedFriends("named", many) },
	}
	for _, add := range slices.Clone(edges) {
		if w.chance(22) {
			add()
		}
	}
}
