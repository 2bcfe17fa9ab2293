package neontests

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/internal/neonapi"
)

// raw sends a request that the typed client has no method for.
func (n *neon) raw(t *testing.T, method, path string, body any) (int, map[string]any) {
	t.Helper()
	var data []byte
	if body != nil {
		var err error
		data, err = json.Marshal(body)
		require.NoError(t, err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, n.url+path, bytes.NewReader(data))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+n.server.Key())
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	var out map[string]any
	if len(text) > 0 {
		require.NoError(t, json.Unmarshal(text, &out), "%s %s: %s", method, path, text)
	}
	return resp.StatusCode, out
}

// TestOpenAPI calls every route that the local Neon serves, through the typed
// client where that has a method; the oracle checks each request and answer.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	n := open(t)
	ctx, project := t.Context(), "/projects/"+n.project
	main := n.walkAccount(t)
	n.walkProjects(t)

	run(t, n.uri(t, main), `CREATE TABLE item (id int PRIMARY KEY); INSERT INTO item SELECT generate_series(1, 5)`)
	past := one[time.Time](t, n.uri(t, main), `SELECT clock_timestamp()`)
	run(t, n.uri(t, main), `INSERT INTO item SELECT generate_series(6, 10)`)
	created, err := n.CreateBranch(ctx, n.project, neonapi.CreateBranch{
		Branch:    neonapi.NewBranch{Name: "dev", ParentID: main, ParentTimestamp: past, ExpiresAt: time.Now().Add(time.Hour).UTC().Truncate(time.Second)},
		Endpoints: []neonapi.NewEndpoint{{Type: neonapi.ReadWrite, SuspendTimeout: 60, MinCU: 0.5, MaxCU: 1}}})
	require.NoError(t, err)
	require.NoError(t, n.Wait(ctx, n.project, created.Operations...))
	dev := created.Branch.ID
	require.Len(t, created.Connections, 1)
	require.Equal(t, 5, one[int](t, created.Connections[0].URI, `SELECT count(*) FROM item`))
	got, err := n.Branch(ctx, n.project, dev)
	require.NoError(t, err)
	require.Equal(t, "ready", got.CurrentState)
	status, count := n.raw(t, "GET", project+"/branches/count", nil)
	require.Equal(t, http.StatusOK, status)
	require.EqualValues(t, 2, count["count"])

	n.walkSchema(t, main, dev)
	n.walkEndpoints(t, dev)
	n.walkRoles(t, dev)
	n.walkBranch(t, main, dev)
	n.walkSnapshots(t, main)

	ops, err := n.Operations(ctx, n.project, 200)
	require.NoError(t, err)
	require.NotEmpty(t, ops)
	for _, op := range ops {
		require.True(t, op.Succeeded(), "%+v", op)
	}
	n.everyRoute(t)
}

// everyRoute checks that nothing the server serves was left out above.
func (n *neon) everyRoute(t *testing.T) {
	t.Helper()
	n.oracle.mu.Lock()
	defer n.oracle.mu.Unlock()
	var seen []string
	for route := range n.oracle.seen {
		seen = append(seen, route)
	}
	slices.Sort(seen)
	require.Len(t, seen, n.server.Routes(), "%q", seen)
}

func (n *neon) walkAccount(t *testing.T) (main string) {
	t.Helper()
	ctx := t.Context()
	_, err := n.Me(ctx)
	require.NoError(t, err)
	orgs, err := n.Organizations(ctx)
	require.NoError(t, err)
	require.Len(t, orgs, 1)
	for _, path := range []string{"/organizations/" + orgs[0].ID, "/auth", "/regions", "/projects/shared"} {
		status, _ := n.raw(t, "GET", path, nil)
		require.Equal(t, http.StatusOK, status, path)
	}
	branches, err := n.Branches(ctx, n.project)
	require.NoError(t, err)
	require.Len(t, branches, 1)
	require.True(t, branches[0].Default)
	return branches[0].ID
}

func (n *neon) walkProjects(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	made, err := n.CreateProject(ctx, neonapi.CreateProject{Name: "second", Branch: &neonapi.NewProjectBranch{Name: "trunk", RoleName: "app", DatabaseName: "appdb"}})
	require.NoError(t, err)
	require.Equal(t, "app", one[string](t, made.Connections[0].URI, `SELECT current_user::text`))
	require.Equal(t, "trunk", made.Branch.Name)
	id := made.Project.ID
	status, _ := n.raw(t, "PATCH", "/projects/"+id, map[string]any{"project": map[string]any{"name": "renamed"}})
	require.Equal(t, http.StatusOK, status)
	p, err := n.Project(ctx, id)
	require.NoError(t, err)
	require.Equal(t, "renamed", p.Name)
	all, err := n.Projects(ctx, "")
	require.NoError(t, err)
	require.Len(t, all, 2)
	_, err = n.DeleteProject(ctx, id)
	require.NoError(t, err)
	_, err = n.Project(ctx, id)
	require.True(t, neonapi.IsNotFound(err), "%v", err)
	_, err = n.DeleteProject(ctx, n.project)
	require.Error(t, err, "the folder's own project stays")
}

func (n *neon) walkSchema(t *testing.T, main, dev string) {
	t.Helper()
	ctx := t.Context()
	run(t, n.uri(t, dev), `ALTER TABLE item ADD COLUMN note text`)
	text, err := n.Schema(ctx, n.project, dev, "neondb")
	require.NoError(t, err)
	require.Contains(t, text, "note text")
	diff, err := n.CompareSchema(ctx, n.project, dev, main, "neondb")
	require.NoError(t, err)
	require.Contains(t, diff, "\n+    note text\n")
	diff, err = n.CompareSchema(ctx, n.project, dev, dev, "neondb")
	require.NoError(t, err)
	require.Empty(t, diff)
	status, out := n.raw(t, "GET", "/projects/"+n.project+"/branches/"+dev+"/schema?db_name=neondb&format=json", nil)
	require.Equal(t, http.StatusOK, status)
	require.Len(t, out["json"].(map[string]any)["tables"], 1)
}

func (n *neon) walkEndpoints(t *testing.T, dev string) {
	t.Helper()
	ctx := t.Context()
	replica, err := n.CreateEndpoint(ctx, n.project, neonapi.CreateEndpoint{BranchID: dev, Type: neonapi.ReadOnly, Name: "reader"})
	require.NoError(t, err)
	_, err = n.CreateEndpoint(ctx, n.project, neonapi.CreateEndpoint{BranchID: dev, Type: neonapi.ReadWrite})
	require.True(t, neonapi.IsConflict(err), "%v", err)
	url, err := n.ConnectionURI(ctx, n.project, dev, replica.Endpoint.ID, "neondb", "neondb_owner", true)
	require.NoError(t, err)
	require.Equal(t, "on", one[string](t, url, `SHOW transaction_read_only`))
	all, err := n.Endpoints(ctx, n.project, "")
	require.NoError(t, err)
	require.Len(t, all, 3)
	of, err := n.Endpoints(ctx, n.project, dev)
	require.NoError(t, err)
	require.Len(t, of, 2)
	writer := of[0].ID
	off, err := n.SuspendEndpoint(ctx, n.project, writer)
	require.NoError(t, err)
	require.Equal(t, neonapi.EndpointIdle, off.Endpoint.CurrentState)
	on, err := n.StartEndpoint(ctx, n.project, writer)
	require.NoError(t, err)
	require.Equal(t, neonapi.EndpointActive, on.Endpoint.CurrentState)
	_, err = n.RestartEndpoint(ctx, n.project, writer)
	require.NoError(t, err)
	path := "/projects/" + n.project + "/endpoints/" + replica.Endpoint.ID
	status, _ := n.raw(t, "PATCH", path, map[string]any{"endpoint": map[string]any{"disabled": true, "name": "off"}})
	require.Equal(t, http.StatusOK, status)
	status, out := n.raw(t, "GET", path, nil)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "off", out["endpoint"].(map[string]any)["name"])
	_, err = n.StartEndpoint(ctx, n.project, replica.Endpoint.ID)
	require.ErrorContains(t, err, "disabled")
	_, err = n.DeleteEndpoint(ctx, n.project, replica.Endpoint.ID)
	require.NoError(t, err)
	_, err = n.DeleteEndpoint(ctx, n.project, replica.Endpoint.ID)
	require.NoError(t, err, "what is gone is no error")
}

func (n *neon) walkRoles(t *testing.T, dev string) {
	t.Helper()
	ctx, path := t.Context(), "/projects/"+n.project+"/branches/"+dev
	made, err := n.CreateRole(ctx, n.project, dev, "bob")
	require.NoError(t, err)
	_, err = n.CreateRole(ctx, n.project, dev, "bob")
	require.True(t, neonapi.IsConflict(err), "%v", err)
	_, err = n.CreateDatabase(ctx, n.project, dev, "bobs", "bob")
	require.NoError(t, err)
	password, err := n.RevealPassword(ctx, n.project, dev, "bob")
	require.NoError(t, err)
	require.Equal(t, made.Role.Password, password)
	url, err := n.ConnectionURI(ctx, n.project, dev, "", "bobs", "bob", false)
	require.NoError(t, err)
	require.Equal(t, "bob", one[string](t, url, `SELECT current_user::text`))
	reset, err := n.ResetPassword(ctx, n.project, dev, "bob")
	require.NoError(t, err)
	require.NotEqual(t, password, reset.Role.Password)
	again, err := n.ConnectionURI(ctx, n.project, dev, "", "bobs", "bob", false)
	require.NoError(t, err)
	require.Equal(t, "bobs", one[string](t, again, `SELECT current_database()::text`))
	status, _ := n.raw(t, "PATCH", path+"/databases/bobs", map[string]any{"database": map[string]any{"name": "theirs", "owner_name": "neondb_owner"}})
	require.Equal(t, http.StatusOK, status)
	for _, p := range []string{"/databases/theirs", "/roles/bob"} {
		status, _ := n.raw(t, "GET", path+p, nil)
		require.Equal(t, http.StatusOK, status)
	}
	roles, err := n.Roles(ctx, n.project, dev)
	require.NoError(t, err)
	require.Len(t, roles, 2)
	databases, err := n.Databases(ctx, n.project, dev)
	require.NoError(t, err)
	require.Len(t, databases, 2)
	_, err = n.DeleteRole(ctx, n.project, dev, "bob")
	require.NoError(t, err)
	_, err = n.DeleteDatabase(ctx, n.project, dev, "theirs")
	require.NoError(t, err)
	_, err = n.RevealPassword(ctx, n.project, dev, "bob")
	require.True(t, neonapi.IsNotFound(err), "%v", err)
}

func (n *neon) walkBranch(t *testing.T, main, dev string) {
	t.Helper()
	ctx, name, never := t.Context(), "renamed", time.Time{}
	changed, err := n.UpdateBranch(ctx, n.project, dev, neonapi.UpdateBranch{Name: &name, ExpiresAt: &never})
	require.NoError(t, err)
	require.Equal(t, "renamed", changed.Branch.Name)
	require.True(t, changed.Branch.ExpiresAt.IsZero())
	url := n.uri(t, dev)
	restored, err := n.RestoreBranch(ctx, n.project, dev, neonapi.RestoreBranch{SourceID: main, PreserveAs: "before"})
	require.NoError(t, err)
	require.NoError(t, n.Wait(ctx, n.project, restored.Operations...))
	require.Equal(t, 10, one[int](t, url, `SELECT count(*) FROM item`))
	_, err = n.SetDefaultBranch(ctx, n.project, dev)
	require.NoError(t, err)
	_, found, err := n.DeleteBranch(ctx, n.project, dev)
	require.Error(t, err, "the default branch stays")
	require.False(t, found)
	_, err = n.SetDefaultBranch(ctx, n.project, main)
	require.NoError(t, err)
	_, found, err = n.DeleteBranch(ctx, n.project, dev)
	require.NoError(t, err)
	require.True(t, found)
	_, found, err = n.DeleteBranch(ctx, n.project, dev)
	require.NoError(t, err)
	require.False(t, found, "204")
}

func (n *neon) walkSnapshots(t *testing.T, main string) {
	t.Helper()
	ctx := t.Context()
	snap, _, err := n.CreateSnapshot(ctx, n.project, main, "pre")
	require.NoError(t, err)
	run(t, n.uri(t, main), `DELETE FROM item`)
	path := "/projects/" + n.project + "/snapshots/" + snap.ID
	status, _ := n.raw(t, "PATCH", path, map[string]any{"snapshot": map[string]any{"name": "pre2"}})
	require.Equal(t, http.StatusOK, status)
	list, err := n.Snapshots(ctx, n.project)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, "pre2", list[0].Name)
	back, err := n.RestoreSnapshot(ctx, n.project, snap.ID, "back")
	require.NoError(t, err)
	require.NoError(t, n.Wait(ctx, n.project, back.Operations...))
	_, err = n.CreateEndpoint(ctx, n.project, neonapi.CreateEndpoint{BranchID: back.Branch.ID, Type: neonapi.ReadWrite})
	require.NoError(t, err)
	require.Equal(t, 10, one[int](t, n.uri(t, back.Branch.ID), `SELECT count(*) FROM item`))
	_, err = n.DeleteSnapshot(ctx, n.project, snap.ID)
	require.NoError(t, err)
	all, err := n.Branches(ctx, n.project)
	require.NoError(t, err)
	require.Len(t, all, 3, "main, before, back")
}
