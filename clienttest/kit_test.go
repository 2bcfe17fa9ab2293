package clienttest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/clienttest/ent"
	"github.com/espalier-go/espalier/clienttest/ent/kit"
	"github.com/espalier-go/espalier/clienttest/ent/schema"
	"github.com/espalier-go/espalier/neon"
)

// fillKit sets all of a kit.
func fillKit(m *ent.KitMutation) {
	link, _ := url.Parse("https://example.com/a?b=c")
	m.SetI8(-128)
	m.SetI16(-32768)
	m.SetI32(1 << 30)
	m.SetU8(255)
	m.SetU16(65535)
	m.SetU32(1<<32 - 1)
	m.SetU64(1<<63 - 1)
	m.SetTook(3 * time.Minute)
	m.SetState(9)
	m.SetColor(schema.Blue)
	m.SetLink(&schema.Link{URL: link})
	m.SetAlias(`a"b`)
	m.SetSecret("hush")
	m.SetAddr("10.0.0.1/8")
	m.SetIP(net.IPv4(127, 0, 0, 1))
	m.SetDir("home")
	m.SetRaw(json.RawMessage(`{"a": [1, null, "\\"]}`))
	m.SetDims(&schema.Dims{W: 1, H: 2, Tags: map[string][]string{"x": {"y", `"`}}})
	m.SetInts([]int{})
	m.SetFloats([]float64{1.5, -2})
	m.SetWords(schema.Words{"go", "sql"})
	m.SetBig(new(big.Int).Lsh(big.NewInt(7), 200))
	m.SetDay(schema.Moment)
	m.SetPlain(schema.Moment)
	m.SetTwin(uuid.MustParse("01890a5d-ac96-774b-bcce-b302099a8057"))
	m.SetRatio(3.125)
}

// TestKindsOfFields: fields of every kind are stored, changed, cleared, compared
// and read as in stock.
func TestKindsOfFields(t *testing.T) {
	t.Parallel()
	id := func(n byte) schema.Key { return schema.Key{n, 0, 255, '\\'} }
	full := func(c *ent.Client) *ent.KitCreate {
		k := c.Kit.Create().SetID(id(1))
		fillKit(k.Mutation())
		return k
	}
	all := func(ctx context.Context, c *ent.Client) (any, error) {
		return c.Kit.Query().WithNext().WithPrev().WithParts().WithWhole().WithMates().Order(kit.ByID()).All(ctx)
	}
	count := func(preds ...func(*ent.KitQuery) *ent.KitQuery) func(context.Context, *ent.Client) (any, error) {
		return func(ctx context.Context, c *ent.Client) (any, error) {
			var out []int
			for _, pred := range preds {
				n, err := pred(c.Kit.Query()).Count(ctx)
				if err != nil {
					return out, err
				}
				out = append(out, n)
			}
			return out, nil
		}
	}
	link, _ := url.Parse("https://example.com/a?b=c")
	steps := []struct {
		name string
		run  func(context.Context, *ent.Client) (any, error)
	}{
		{"full", func(ctx context.Context, c *ent.Client) (any, error) { return full(c).Save(ctx) }},
		{"again", func(ctx context.Context, c *ent.Client) (any, error) { return full(c).Save(ctx) }},
		{"empty", func(ctx context.Context, c *ent.Client) (any, error) {
			return c.Kit.Create().SetID(id(2)).SetPrevID(id(1)).SetWholeID(id(1)).AddMateIDs(id(1)).Save(ctx)
		}},
		{"bulk", func(ctx context.Context, c *ent.Client) (any, error) {
			return nil, c.Kit.MapCreateBulk([]byte{3, 4, 5}, func(k *ent.KitCreate, i int) {
				k.SetID(id(byte(3 + i))).SetWholeID(id(1)).SetBig(big.NewInt(int64(i))).SetIP(net.IPv6loopback).SetLink(&schema.Link{URL: link})
				if i > 0 {
					k.SetAddr("::1").SetWords(schema.Words{"x"}).SetPlain(schema.Moment).SetDims(&schema.Dims{W: i})
				}
			}).Exec(ctx)
		}},
		{"upsert", func(ctx context.Context, c *ent.Client) (any, error) {
			k := c.Kit.Create().SetID(id(2))
			fillKit(k.Mutation())
			k.SetTwin(uuid.MustParse("01890a5d-ac96-774b-bcce-b302099a8058"))
			return nil, k.OnConflictColumns(kit.FieldID).UpdateNewValues().Exec(ctx)
		}},
		{"read", all},
		{"predicates", count(
			func(q *ent.KitQuery) *ent.KitQuery { return q.Where(kit.IDIn(id(1), id(4))) },
			func(q *ent.KitQuery) *ent.KitQuery { return q.Where(kit.StateIn(9, schema.Open)) },
			func(q *ent.KitQuery) *ent.KitQuery { return q.Where(kit.ColorIn(schema.Blue)) },
			func(q *ent.KitQuery) *ent.KitQuery { return q.Where(kit.TookGT(time.Minute)) },
			func(q *ent.KitQuery) *ent.KitQuery { return q.Where(kit.LinkEQ(&schema.Link{URL: link})) },
			func(q *ent.KitQuery) *ent.KitQuery { return q.Where(kit.BigEQ(big.NewInt(1))) },
			func(q *ent.KitQuery) *ent.KitQuery { return q.Where(kit.BigIn(big.NewInt(0), big.NewInt(2))) },
			func(q *ent.KitQuery) *ent.KitQuery { return q.Where(kit.AddrIn("::1", "10.0.0.1/8")) },
			func(q *ent.KitQuery) *ent.KitQuery { return q.Where(kit.IPIn(net.IPv6loopback)) },
			func(q *ent.KitQuery) *ent.KitQuery { return q.Where(kit.U64In(1<<63-1, 5)) },
			func(q *ent.KitQuery) *ent.KitQuery { return q.Where(kit.DayIn(schema.Moment)) },
			func(q *ent.KitQuery) *ent.KitQuery { return q.Where(kit.PlainLTE(schema.Moment)) },
			func(q *ent.KitQuery) *ent.KitQuery { return q.Where(kit.RatioIn(3.125, 1)) },
			func(q *ent.KitQuery) *ent.KitQuery { return q.Where(kit.AliasContains(`"`)) },
			func(q *ent.KitQuery) *ent.KitQuery { return q.Where(kit.HasPrevWith(kit.ID(id(1)))) },
			func(q *ent.KitQuery) *ent.KitQuery { return q.Where(kit.HasParts(), kit.Not(kit.HasMates())) },
		)},
		{"update", func(ctx context.Context, c *ent.Client) (any, error) {
			u := c.Kit.UpdateOneID(id(3)).AddI8(1).AddTook(time.Second).AppendInts([]int{9}).AppendFloats([]float64{1}).SetPrevID(id(2)).AddMateIDs(id(1), id(2))
			return u.Save(ctx)
		}},
		{"clear", func(ctx context.Context, c *ent.Client) (any, error) {
			return c.Kit.UpdateOneID(id(1)).ClearLink().ClearAlias().ClearAddr().ClearIP().ClearRaw().ClearDims().ClearWords().ClearBig().
				ClearPlain().ClearTwin().ClearRatio().ClearNext().ClearMates().RemovePartIDs(id(4)).Save(ctx)
		}},
		{"many", func(ctx context.Context, c *ent.Client) (any, error) {
			return c.Kit.Update().Where(kit.ColorEQ(schema.Red)).SetBig(big.NewInt(42)).SetWords(schema.Words{"new"}).SetState(1).Save(ctx)
		}},
		{"read again", all},
		{"group", func(ctx context.Context, c *ent.Client) (any, error) {
			var v []struct {
				Color schema.Color `json:"color"`
				Sum   int          `json:"sum"`
			}
			err := c.Kit.Query().Order(ent.Asc(kit.FieldColor)).GroupBy(kit.FieldColor).Aggregate(ent.Sum(kit.FieldState)).Scan(ctx, &v)
			return v, err
		}},
		{"select", func(ctx context.Context, c *ent.Client) (any, error) {
			return c.Kit.Query().Order(kit.ByID()).Select(kit.FieldAlias, kit.FieldBig, kit.FieldIP).All(ctx)
		}},
		{"delete", func(ctx context.Context, c *ent.Client) (any, error) {
			return c.Kit.Delete().Where(kit.HasWholeWith(kit.ID(id(1)))).Exec(ctx)
		}},
		{"read last", all},
	}
	for _, mode := range []neon.Mode{neon.ModeDirect, neon.ModePooled} {
		t.Run(fmt.Sprint("mode", mode), func(t *testing.T) {
			t.Parallel()
			p, ctx := openPair(t, mode), t.Context()
			for _, step := range steps {
				want, wantErr := step.run(ctx, p.stock)
				got, gotErr := step.run(ctx, p.ours)
				if _, ok := want.(*ent.Kit); ok && wantErr == nil && gotErr == nil {
					// A create of ours gives what a read of stock gives: values of
					// types that scan themselves, also where the column is NULL.
					want, wantErr = all(ctx, p.stock)
					got, gotErr = all(ctx, p.ours)
				}
				require.Equal(t, outcome(want, wantErr), outcome(got, gotErr), "%s: stock %v, ours %v", step.name, wantErr, gotErr)
				if step.name != "again" {
					require.NoError(t, wantErr, step.name)
				}
			}
		})
	}
}
