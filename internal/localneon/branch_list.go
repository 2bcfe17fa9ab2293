package localneon

import (
	"cmp"
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/espalier-go/espalier/internal/neonapi"
)

type annotation struct {
	Object annotationObject  `json:"object"`
	Value  map[string]string `json:"value"`
}

type annotationObject struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

func (v *branchView) annotation() annotation {
	a := annotation{Object: annotationObject{"console/branch", v.ID}, Value: v.meta.Annotations}
	if a.Value == nil {
		a.Value = map[string]string{}
	}
	return a
}

// matching returns the branches that ?search= is for.
func (s *Server) matching(req *request) ([]*branchView, error) {
	views, err := s.views(req.Context(), req.project, req.p)
	if err != nil {
		return nil, err
	}
	search := strings.ToLower(req.URL.Query().Get("search"))
	return slices.DeleteFunc(views, func(v *branchView) bool {
		return v.meta.Snapshot != nil || !strings.Contains(strings.ToLower(v.Name), search) && !strings.Contains(v.ID, search)
	}), nil
}

func (s *Server) countBranches(req *request) (*reply, error) {
	views, err := s.matching(req)
	if err != nil {
		return nil, err
	}
	return ok(map[string]int{"count": len(views)})
}

func (s *Server) listBranches(req *request) (*reply, error) {
	views, err := s.matching(req)
	if err != nil {
		return nil, err
	}
	query := req.URL.Query()
	by, order := query.Get("sort_by"), query.Get("sort_order")
	if err := sortBranches(views, &by, &order); err != nil {
		return nil, err
	}
	limit, err := number(query, "limit", 10000, 10000)
	if err != nil {
		return nil, err
	}
	views, next, err := page(views, query.Get("cursor"), limit, func(v *branchView) string { return v.ID })
	if err != nil {
		return nil, err
	}
	list, annotations := make([]neonapi.Branch, len(views)), make(map[string]annotation)
	for i, v := range views {
		list[i] = v.wire(req.project)
		if len(v.meta.Annotations) > 0 {
			annotations[v.ID] = v.annotation()
		}
	}
	pagination := map[string]string{"sort_by": by, "sort_order": strings.ToUpper(order)}
	if next != "" {
		pagination["next"] = next
	}
	return ok(map[string]any{"branches": list, "annotations": annotations, "pagination": pagination})
}

func sortBranches(views []*branchView, by, order *string) error {
	var compare func(a, b *branchView) int
	switch *by = cmp.Or(*by, "updated_at"); *by {
	case "name":
		compare = func(a, b *branchView) int { return cmp.Compare(a.Name, b.Name) }
	case "created_at":
		compare = func(a, b *branchView) int { return a.CreatedAt.Compare(b.CreatedAt) }
	case "updated_at":
		compare = func(a, b *branchView) int { return a.meta.Updated.Compare(b.meta.Updated) }
	default:
		return badRequest("sort_by must be name, created_at or updated_at")
	}
	switch *order = strings.ToLower(cmp.Or(*order, "desc")); *order {
	case "asc":
	case "desc":
		up := compare
		compare = func(a, b *branchView) int { return up(b, a) }
	default:
		return badRequest("sort_order must be asc or desc")
	}
	slices.SortStableFunc(views, func(a, b *branchView) int { return cmp.Or(compare(a, b), cmp.Compare(a.ID, b.ID)) })
	return nil
}

// page cuts what follows the cursor, which names the last item of the page
// before.
func page[T any](all []T, cursor string, limit int, id func(T) string) (part []T, next string, err error) {
	if cursor != "" {
		last, err := base64.RawURLEncoding.DecodeString(cursor)
		i := slices.IndexFunc(all, func(v T) bool { return id(v) == string(last) })
		if err != nil || i < 0 {
			return nil, "", badRequest("the cursor is not one, or its item is gone")
		}
		all = all[i+1:]
	}
	if len(all) > limit {
		all = all[:limit]
		next = base64.RawURLEncoding.EncodeToString([]byte(id(all[limit-1])))
	}
	return all, next, nil
}

// number reads an integer of the query, from 1 to most.
func number(query url.Values, name string, otherwise, most int) (int, error) {
	text := query.Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, badRequest("%s must be a number from 1 to %d", name, most)
	}
	return n, nil
}

func (s *Server) getBranch(req *request) (*reply, error) {
	return ok(map[string]any{"branch": req.branch.wire(req.project), "annotation": req.branch.annotation()})
}
