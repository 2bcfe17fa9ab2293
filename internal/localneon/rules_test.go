package localneon_test

import (
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/branch/neonbranch"
	"github.com/espalier-go/espalier/internal/localneon"
	"github.com/espalier-go/espalier/internal/neonapi"
)

func query[T any](t *testing.T, url, sql string) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	var v T
	require.NoError(t, conn.QueryRow(t.Context(), sql).Scan(&v), sql)
	return v
}

func exec(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), sql)
	require.NoError(t, err, sql)
}

func TestRules(t *testing.T) {
	t.Parallel()
	var faults atomic.Int32
	n := open(t, projectDir(t), localneon.Config{BranchesLimit: 2, Fault: func(*http.Request) int {
		if faults.Add(-1) >= 0 {
			return http.StatusServiceUnavailable
		}
		return 0
	}})
	ctx := t.Context()
	main, err := n.provider(t).Get(ctx, "main")
	require.NoError(t, err)

	stranger, err := neonapi.New("napi_wrong", neonapi.Config{BaseURL: n.BaseURL()})
	require.NoError(t, err)
	_, err = stranger.Branches(ctx, n.project)
	require.True(t, neonapi.IsUnauthorized(err), "%v", err)

	faults.Store(2)
	_, err = n.Project(ctx, n.project)
	require.NoError(t, err, "503 is tried again")
	require.Negative(t, faults.Load())

	// A busy branch refuses what would change it, and the client waits.
	release, err := n.server.Claim(main.ID)
	require.NoError(t, err)
	impatient, err := neonapi.New(n.server.Key(), neonapi.Config{BaseURL: n.BaseURL(), RetryFor: -1})
	require.NoError(t, err)
	_, err = impatient.CreateRole(ctx, n.project, main.ID, "r")
	require.True(t, neonapi.IsLocked(err), "%v", err)
	time.AfterFunc(100*time.Millisecond, release)
	made, err := n.CreateRole(ctx, n.project, main.ID, "r")
	require.NoError(t, err)

	// The password is that of the role, also after a restore to before it was set.
	url, err := n.ConnectionURI(ctx, n.project, main.ID, "", "neondb", "r", false)
	require.NoError(t, err)
	at := query[time.Time](t, url, `SELECT clock_timestamp() FROM pg_sleep(0.01)`)
	exec(t, url, `SELECT pg_sleep(0.01)`)
	_, err = n.ResetPassword(ctx, n.project, main.ID, "r")
	require.NoError(t, err)
	_, err = pgx.Connect(ctx, url)
	require.Error(t, err, "the old password is none any more")
	p := n.provider(t)
	_, err = p.Restore(ctx, "main", branch.RestoreOptions{At: branch.Point{Time: at}})
	require.NoError(t, err)
	again, err := n.ConnectionURI(ctx, n.project, main.ID, "", "neondb", "r", false)
	require.NoError(t, err)
	require.Equal(t, "r", query[string](t, again, `SELECT current_user::text`))
	require.NotContains(t, again, made.Role.Password)

	_, err = p.Create(ctx, "two", branch.CreateOptions{})
	require.NoError(t, err)
	_, err = p.Create(ctx, "three", branch.CreateOptions{})
	require.True(t, neonapi.IsLimitExceeded(err), "%v", err)
	var hinted interface{ Hint() string }
	require.ErrorAs(t, err, &hinted)
	require.Contains(t, hinted.Hint(), "prune")

	_, err = localneon.Open(ctx, n.dir, localneon.Config{})
	require.ErrorIs(t, err, localneon.ErrRunning)
}

// What only Neon's provider can do.
func TestNeonbranch(t *testing.T) {
	t.Parallel()
	n := open(t, projectDir(t), localneon.Config{ExpiryInterval: 50 * time.Millisecond})
	ctx, p := t.Context(), n.provider(t)
	root, err := p.Endpoint(ctx, "main")
	require.NoError(t, err)
	exec(t, root.URL, `CREATE TABLE item (id serial PRIMARY KEY, parent int REFERENCES item); INSERT INTO item SELECT g, 1 FROM generate_series(1, 9) g`)

	b, err := p.CreateWith(ctx, "bare", neonbranch.CreateOptions{SchemaOnly: true, NoCompute: true})
	require.NoError(t, err)
	require.Equal(t, branch.Ready, b.State)
	require.Empty(t, b.ParentID)
	none, err := n.Endpoints(ctx, n.project, b.ID)
	require.NoError(t, err)
	require.Empty(t, none)
	bare, err := p.Endpoint(ctx, "bare")
	require.NoError(t, err)
	require.Equal(t, 0, query[int](t, bare.URL, `SELECT count(*) FROM item`))
	require.Equal(t, 1, query[int](t, bare.URL, `INSERT INTO item DEFAULT VALUES RETURNING id`), "sequences begin anew")
	diff, err := p.SchemaDiff(ctx, "main", "bare")
	require.NoError(t, err)
	require.Empty(t, diff)
	exec(t, bare.URL, `CREATE VIEW v AS SELECT id FROM item; ALTER TABLE item ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON item USING (id > 0)`)
	diff, err = p.SchemaDiff(ctx, "main", "bare")
	require.NoError(t, err)
	for _, line := range []string{"+CREATE VIEW public.v AS", "+ALTER TABLE public.item ENABLE ROW LEVEL SECURITY;", "+CREATE POLICY p ON public.item AS PERMISSIVE FOR ALL TO PUBLIC USING ((id > 0));"} {
		require.Contains(t, diff, line)
	}

	reader, err := p.AddReplica(ctx, "main")
	require.NoError(t, err)
	require.Equal(t, 9, query[int](t, reader.URL, `SELECT count(*) FROM item`))
	conn, err := pgx.Connect(ctx, reader.URL)
	require.NoError(t, err)
	_, err = conn.Exec(ctx, `DELETE FROM item`)
	require.ErrorContains(t, err, "read-only")
	require.NoError(t, conn.Close(ctx))

	d, err := p.SetDefault(ctx, "bare")
	require.NoError(t, err)
	require.True(t, d.Default)
	_, err = p.SetDefault(ctx, "main")
	require.NoError(t, err)

	// A disabled compute says so.
	all, err := n.Endpoints(ctx, n.project, b.ID)
	require.NoError(t, err)
	body := `{"endpoint":{"disabled":true}}`
	require.Equal(t, http.StatusOK, n.send(t, "PATCH", "/projects/"+n.project+"/endpoints/"+all[0].ID, body))
	_, err = p.Endpoint(ctx, "bare")
	require.ErrorIs(t, err, neonbranch.ErrDisabled)
	_, err = pgx.Connect(ctx, bare.URL)
	require.Error(t, err)

	// The expiry deletes, files and all.
	_, err = p.Create(ctx, "brief", branch.CreateOptions{ExpiresAt: time.Now().Add(2 * time.Second)})
	require.NoError(t, err)
	clusters := func() int {
		dirs, err := os.ReadDir(filepath.Join(n.dir, localbranch.StateDir, "clusters"))
		require.NoError(t, err)
		return len(dirs)
	}
	require.Eventually(t, func() bool {
		list, err := p.List(ctx)
		return err == nil && len(list) == 2 && clusters() == 2
	}, time.Minute, 20*time.Millisecond)
}

// A server that ends, however it does, is the same when it is back.
func TestRestart(t *testing.T) {
	t.Parallel()
	dir := projectDir(t)
	n := open(t, dir, localneon.Config{})
	ctx := t.Context()
	_, err := n.provider(t).Create(ctx, "dev", branch.CreateOptions{})
	require.NoError(t, err)
	before := n.look(t)
	key := n.server.Key()
	n.http.Close()
	require.NoError(t, n.server.Close())

	// The command line works on the same branches meanwhile.
	local, err := localbranch.Open(ctx, dir, localbranch.Config{})
	require.NoError(t, err)
	_, err = local.Create(ctx, "behind", branch.CreateOptions{Parent: "dev"})
	require.NoError(t, err)
	require.NoError(t, local.Close())

	n = open(t, dir, localneon.Config{})
	require.Equal(t, key, n.server.Key())
	after := n.look(t)
	for id, name := range before {
		require.Equal(t, name, after[id], id)
	}
	ep, err := n.provider(t).Endpoint(ctx, "behind")
	require.NoError(t, err)
	require.Equal(t, 1, query[int](t, ep.URL, `SELECT 1`))
	require.NoError(t, n.provider(t).Delete(ctx, "behind"))
}

// look is what has an id, with a name.
func (n *neon) look(t *testing.T) map[string]string {
	t.Helper()
	ctx, all := t.Context(), make(map[string]string)
	branches, err := n.Branches(ctx, n.project)
	require.NoError(t, err)
	endpoints, err := n.Endpoints(ctx, n.project, "")
	require.NoError(t, err)
	operations, err := n.Operations(ctx, n.project, 100)
	require.NoError(t, err)
	for _, b := range branches {
		all[b.ID] = b.Name
	}
	for _, e := range endpoints {
		all[e.ID] = e.BranchID
	}
	for _, op := range operations {
		all[op.ID] = op.Action + " " + op.Status
	}
	return all
}
