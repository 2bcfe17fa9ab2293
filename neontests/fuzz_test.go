package neontests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/localneon"
	"github.com/espalier-go/espalier/internal/neonapi"
)

// odd are values where nobody expects them.
var odd = []any{nil, "", " ", "-", "0", -1, 0, 1e300, 0.3, true, "br-no-such-1", "\x00", "é\u202e", "'; DROP TABLE item; --", "../..",
	"2026-13-01T00:00:00Z", "0/0", "FFFFFFFF/FFFFFFFF", "1999-01-01T00:00:00Z", "2999-01-01T00:00:00Z", []any{}, map[string]any{}, []any{nil},
	"postgres", "cloud_admin", "neon_superuser", "template1", "a/b", `"q"`, "%00", string(bytes.Repeat([]byte("x"), 300))}

// hostile makes requests of what the API takes and of what it doesn't.
type hostile struct {
	*rand.Rand
	project  string
	branches []string
}

func (h *hostile) pick(list ...any) any {
	if h.IntN(6) == 0 {
		return odd[h.IntN(len(odd))]
	}
	return list[h.IntN(len(list))]
}

func (h *hostile) branch() any {
	ids := make([]any, len(h.branches))
	for i, id := range h.branches {
		ids[i] = id
	}
	return h.pick(ids...)
}

func (h *hostile) segment(v any) string { return url.PathEscape(fmt.Sprint(v)) }

// body has each field with a chance of a half, and a right value mostly.
func (h *hostile) body(fields map[string]any) map[string]any {
	out := make(map[string]any)
	for name, v := range fields {
		if h.IntN(2) == 0 {
			continue
		}
		if nested, ok := v.(map[string]any); ok && h.IntN(8) > 0 {
			out[name] = h.body(nested)
			continue
		}
		out[name] = h.pick(v)
	}
	return out
}

func (h *hostile) request() (method, path string, body any) {
	soon := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	name := fmt.Sprintf("n%d", h.IntN(4))
	branch := map[string]any{"name": name, "parent_id": h.branches[0], "parent_lsn": "0/1", "parent_timestamp": time.Now().UTC().Format(time.RFC3339),
		"init_source": "schema-only", "expires_at": soon, "protected": false, "source_branch_id": h.branches[0], "preserve_under_name": name}
	endpoint := map[string]any{"type": "read_only", "branch_id": h.branches[0], "autoscaling_limit_min_cu": 0.25, "suspend_timeout_seconds": 60, "disabled": true}
	b := "/branches/" + h.segment(h.branch())
	calls := []struct {
		method, path string
		body         any
	}{
		{"POST", "/branches", h.body(map[string]any{"branch": branch, "endpoints": []any{endpoint}, "annotation_value": map[string]any{"a": "b"}})},
		{"PATCH", b, h.body(map[string]any{"branch": branch})},
		{"POST", b + "/restore", h.body(branch)},
		{"DELETE", b, nil},
		{"GET", b, nil},
		{"GET", "/branches?limit=" + h.segment(h.pick("1", "2")) + "&cursor=" + h.segment(h.pick("")) + "&sort_by=" + h.segment(h.pick("name")), nil},
		{"POST", "/endpoints", h.body(map[string]any{"endpoint": endpoint})},
		{"POST", b + "/roles", h.body(map[string]any{"role": map[string]any{"name": name, "no_login": true}})},
		{"DELETE", b + "/roles/" + h.segment(h.pick("r", "neondb_owner")), nil},
		{"POST", b + "/databases", h.body(map[string]any{"database": map[string]any{"name": name, "owner_name": "neondb_owner"}})},
		{"PATCH", b + "/databases/" + h.segment(h.pick(name)), h.body(map[string]any{"database": map[string]any{"name": name, "owner_name": "r"}})},
		{"DELETE", b + "/databases/" + h.segment(h.pick(name)), nil},
		{"GET", b + "/schema?db_name=" + h.segment(h.pick("neondb")) + "&lsn=" + h.segment(h.pick("")), nil},
		{"GET", "/connection_uri?database_name=" + h.segment(h.pick("neondb")) + "&role_name=" + h.segment(h.pick("neondb_owner")) + "&pooled=" + h.segment(h.pick("true")), nil},
		{"GET", "/operations?limit=" + h.segment(h.pick("3")) + "&cursor=" + h.segment(h.pick("")), nil},
		{"PATCH", "", h.body(map[string]any{"project": map[string]any{"name": name, "settings": map[string]any{}, "history_retention_seconds": 60}})},
		{"POST", b + "/snapshot?name=" + h.segment(h.pick("s")) + "&lsn=" + h.segment(h.pick("")), nil},
		{"POST", b + "/" + h.segment(h.pick("set_as_default", "nowhere")), nil},
	}
	c := calls[h.IntN(len(calls))]
	return c.method, "/projects/" + h.segment(h.pick(h.project, h.project, h.project)) + c.path, c.body
}

// TestHostileRequests sends requests that make little sense from several
// clients at once, some of which don't wait for the answer. The server never
// answers 5xx nor against the OpenAPI file, and no branch is left half-made.
func TestHostileRequests(t *testing.T) {
	t.Parallel()
	dir := projectDir(t)
	n := openIn(t, dir)
	n.oracle.anyRequest = true
	branches, err := n.Branches(t.Context(), n.project)
	require.NoError(t, err)
	var clients sync.WaitGroup
	for seed := range 4 {
		h := &hostile{Rand: rand.New(rand.NewPCG(uint64(seed), 7)), project: n.project, branches: []string{branches[0].ID}}
		clients.Go(func() {
			for range 100 {
				method, path, body := h.request()
				data, err := json.Marshal(body)
				if err != nil || h.IntN(20) == 0 {
					data = []byte(`{"branch":`)
				}
				r := httptest.NewRequestWithContext(t.Context(), method, "http://neon"+localneon.Prefix+path, bytes.NewReader(data))
				r.Header.Set("Authorization", "Bearer "+n.server.Key())
				r.Header.Set("Content-Type", "application/json")
				rec := httptest.NewRecorder()
				n.oracle.ServeHTTP(rec, r)
				var created struct{ Branch struct{ ID string } }
				if rec.Code == http.StatusCreated && json.Unmarshal(rec.Body.Bytes(), &created) == nil && created.Branch.ID != "" {
					h.branches = append(h.branches, created.Branch.ID)
				}
			}
		})
	}
	clients.Wait()
	require.NoError(t, n.server.Drain(t.Context()))
	n.oracle.anyRequest = false

	n.oracle.mu.Lock()
	done := maps.Clone(n.oracle.seen)
	n.oracle.mu.Unlock()
	require.Greater(t, len(done), 12, "enough of the requests are carried out: %v", done)
	// What is listed is whole: each has its files, and can be reached.
	branches, err = n.Branches(t.Context(), n.project)
	require.NoError(t, err)
	for _, b := range branches {
		require.Equal(t, "ready", b.CurrentState, b.Name)
		_, err := n.Roles(t.Context(), n.project, b.ID)
		require.NoError(t, err)
	}
	snapshots, err := n.Snapshots(t.Context(), n.project)
	require.NoError(t, err)
	clusters, err := os.ReadDir(filepath.Join(dir, localbranch.StateDir, "clusters"))
	require.NoError(t, err)
	require.Len(t, clusters, len(branches)+len(snapshots))
	made, err := n.CreateBranch(t.Context(), n.project, neonapi.CreateBranch{Branch: neonapi.NewBranch{Name: "after all"}})
	require.NoError(t, err)
	require.NoError(t, n.Wait(t.Context(), n.project, made.Operations...))
}
