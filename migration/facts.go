package migration

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/espalier-go/espalier/migration/lint"
)

// factsSQL reads what lint.Catalog holds.
//
//go:embed facts.sql
var factsSQL string

// facts reads the catalog. Where nothing changed since last it returns last.
func (s *session) facts(ctx context.Context, last *factsAt) (*factsAt, error) {
	var text []byte
	if err := s.conn.QueryRowContext(ctx, factsSQL).Scan(&text); err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	if last != nil && bytes.Equal(text, last.text) {
		return last, nil
	}
	var doc struct {
		Schemas     map[uint32]string
		Relations   []*lint.Relation
		Columns     [][2]json.RawMessage
		Indexes     []*lint.Index
		Constraints []*lint.Constraint
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	c := &lint.Catalog{Schemas: doc.Schemas, Relations: make(map[uint32]*lint.Relation),
		Indexes: make(map[uint32]*lint.Index), Constraints: make(map[uint32]*lint.Constraint)}
	for _, r := range doc.Relations {
		r.Columns = make(map[int16]*lint.Column)
		c.Relations[r.OID] = r
	}
	for _, pair := range doc.Columns {
		var table uint32
		var col lint.Column
		if err := json.Unmarshal(pair[0], &table); err != nil {
			return nil, fmt.Errorf("read the catalog: %w", err)
		}
		if err := json.Unmarshal(pair[1], &col); err != nil {
			return nil, fmt.Errorf("read the catalog: %w", err)
		}
		c.Relations[table].Columns[col.Num] = &col
	}
	for _, i := range doc.Indexes {
		c.Indexes[i.OID] = i
	}
	for _, k := range doc.Constraints {
		c.Constraints[k.OID] = k
	}
	if last != nil {
		// What didn't change is the same object, so that the rules find what did.
		for oid, r := range c.Relations {
			if old := last.catalog.Relations[oid]; old != nil && reflect.DeepEqual(r, old) {
				c.Relations[oid] = old
			}
		}
	}
	return &factsAt{text, c}, nil
}

// factsAt is the catalog at one moment, and the text it was read from.
type factsAt struct {
	text    []byte
	catalog *lint.Catalog
}
