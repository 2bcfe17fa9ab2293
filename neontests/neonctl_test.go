package neontests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// session is the client at work on a project.
type session struct {
	*ctl
	n    *neon
	main string // the root branch's id
}

type ctlBranch struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	ParentID  string    `json:"parent_id"`
	Default   bool      `json:"default"`
	Protected bool      `json:"protected"`
	ExpiresAt time.Time `json:"expires_at"`
}

// on runs a command on the project and waits for what it began.
func (s *session) on(t *testing.T, args ...string) string {
	t.Helper()
	out := s.run(t, append(args, "--project-id", s.n.project)...)
	require.NoError(t, s.n.server.Drain(t.Context()))
	return out
}

// refused runs a command on the project that must fail, and returns why.
func (s *session) refused(t *testing.T, args ...string) string {
	t.Helper()
	r := s.try(t, append(args, "--project-id", s.n.project)...)
	require.NotZero(t, r.Code, "%q: %s", args, r.Out)
	return r.Err
}

// url is what connection-string prints, without TLS, which the direct ports of
// the local Neon don't have.
func (s *session) url(t *testing.T, args ...string) string {
	t.Helper()
	return strings.TrimSpace(s.on(t, append(append([]string{"connection-string"}, args...), "--ssl", "omit")...))
}

func (s *session) get(t *testing.T, branch string) (b ctlBranch) {
	t.Helper()
	s.json(t, &b, "branches", "get", branch, "--project-id", s.n.project)
	return b
}

func (s *session) items(t *testing.T, branch string) int {
	t.Helper()
	return one[int](t, s.url(t, branch, "--database-name", "neondb", "--role-name", "neondb_owner"), `SELECT count(*) FROM item`)
}

// TestNeonctl runs Neon's client, unchanged, and looks in Postgres for what
// each command did. Its requests and the answers pass the oracle, too.
func TestNeonctl(t *testing.T) {
	t.Parallel()
	n := open(t)
	s := &session{ctl: startCtl(t, n.url, n.server.Key()), n: n}
	s.main = s.get(t, "main").ID
	run(t, n.uri(t, s.main), `CREATE TABLE item (id int PRIMARY KEY); INSERT INTO item SELECT generate_series(1, 5)`)
	past := one[time.Time](t, n.uri(t, s.main), `SELECT clock_timestamp()`)
	lsn := one[string](t, n.uri(t, s.main), `SELECT pg_current_wal_insert_lsn()::text`)
	run(t, n.uri(t, s.main), `INSERT INTO item SELECT generate_series(6, 10)`)

	for _, step := range []struct {
		name string
		test func(*testing.T, *session)
	}{
		{"account", ctlAccount},
		{"projects", ctlProjects},
		{"branches create", func(t *testing.T, s *session) { ctlCreate(t, s, past, lsn) }},
		{"branches edit", ctlEdit},
		{"branches restore", func(t *testing.T, s *session) { ctlRestore(t, s, past, lsn) }},
		{"schema-diff", ctlSchemaDiff},
		{"databases and roles", ctlRoles},
		{"connection-string", ctlConnect},
		{"snapshots", ctlSnapshots},
		{"context", ctlContext},
		{"branches delete", ctlDelete},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.test(t, s) }) {
			return
		}
	}
}

func ctlAccount(t *testing.T, s *session) {
	require.Contains(t, s.run(t, "me"), "local@")
	var orgs []struct{ ID string }
	s.json(t, &orgs, "orgs", "list")
	require.Len(t, orgs, 1)
	wrong := startCtl(t, s.n.url, "napi_wrong")
	r := wrong.try(t, "branches", "list", "--project-id", s.n.project)
	require.NotZero(t, r.Code)
	require.NotContains(t, r.Err+r.Out, "napi_")
}

func ctlProjects(t *testing.T, s *session) {
	var made struct {
		Project struct{ ID string }
		URIs    []struct {
			URI string `json:"connection_uri"`
		} `json:"connection_uris"`
	}
	s.json(t, &made, "projects", "create", "--name", "newp", "--region-id", "aws-us-east-2", "--database", "appdb", "--role", "app", "--cu", "0.25-2")
	require.Equal(t, "app appdb", one[string](t, made.URIs[0].URI, `SELECT current_user || ' ' || current_database()`))
	s.run(t, "projects", "update", made.Project.ID, "--name", "renamed", "--cu", "1")
	var list struct {
		Projects []struct{ ID, Name string }
	}
	s.json(t, &list, "projects", "list")
	require.Len(t, list.Projects, 2)
	var p struct{ ID, Name string }
	s.json(t, &p, "projects", "get", made.Project.ID)
	require.Equal(t, "renamed", p.Name)
	s.run(t, "projects", "delete", made.Project.ID)
	require.Contains(t, s.refusedAnywhere(t, "projects", "get", made.Project.ID), "not found")
}

func (s *session) refusedAnywhere(t *testing.T, args ...string) string {
	t.Helper()
	r := s.try(t, args...)
	require.NotZero(t, r.Code, "%q: %s", args, r.Out)
	return r.Err
}

func ctlCreate(t *testing.T, s *session, past time.Time, lsn string) {
	s.on(t, "branches", "create", "--name", "feat")
	require.Equal(t, 10, s.items(t, "feat"))
	require.Contains(t, s.refused(t, "branches", "create", "--name", "feat"), "already exists")
	s.on(t, "branches", "create", "--name", "feat2", "--parent", "feat", "--no-compute")
	require.Contains(t, s.refused(t, "connection-string", "feat2"), "No  endpoint found")
	s.on(t, "branches", "add-compute", "feat2")
	require.Equal(t, 10, s.items(t, "feat2"))
	s.on(t, "branches", "create", "--name", "at-time", "--parent", past.UTC().Format("2006-01-02T15:04:05.000Z07:00"))
	s.on(t, "branches", "create", "--name", "at-lsn", "--parent", lsn)
	require.Equal(t, 5, s.items(t, "at-lsn"))
	// Milliseconds are all that the client takes: the moment is a bit earlier.
	require.LessOrEqual(t, s.items(t, "at-time"), 5)
	s.on(t, "branches", "create", "--name", "bare", "--schema-only")
	require.Equal(t, 0, s.items(t, "bare"))
	require.Empty(t, s.get(t, "bare").ParentID)
	soon := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	s.on(t, "branches", "create", "--name", "exp", "--expires-at", soon.Format(time.RFC3339), "--suspend-timeout", "60", "--cu", "0.5")
	require.True(t, soon.Equal(s.get(t, "exp").ExpiresAt))
	s.on(t, "branches", "add-compute", "feat", "--type", "read_only", "--cu", "1", "--name", "ro1")
	url := s.url(t, "feat", "--endpoint-type", "read_only", "--database-name", "neondb")
	require.Equal(t, 10, one[int](t, url, `SELECT count(*) FROM item`))
	require.Contains(t, s.on(t, "branches", "list"), "at-lsn")
}

func ctlEdit(t *testing.T, s *session) {
	id := s.get(t, "feat").ID
	s.on(t, "branches", "rename", "feat", "feature")
	require.Equal(t, id, s.get(t, "feature").ID)
	s.on(t, "branches", "set-expiration", "feat2", "--expires-at", time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05Z"))
	require.False(t, s.get(t, "feat2").ExpiresAt.IsZero())
	require.NotEmpty(t, s.refused(t, "branches", "set-expiration", "feature", "--expires-at", time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05Z")),
		"it has a child")
	s.on(t, "branches", "set-expiration", "feat2")
	require.True(t, s.get(t, "feat2").ExpiresAt.IsZero())
	s.on(t, "branches", "set-default", "feat2")
	require.True(t, s.get(t, "feat2").Default)
	s.on(t, "branches", "set-default", "main")
	require.True(t, s.get(t, "main").Default)
	// The expiry deletes: the files, the server and the name are gone.
	s.on(t, "branches", "create", "--name", "brief", "--expires-at", time.Now().Add(2*time.Second).UTC().Format("2006-01-02T15:04:05.000Z"))
	require.Eventually(t, func() bool {
		all, err := s.n.Branches(t.Context(), s.n.project)
		for _, b := range all {
			if b.Name == "brief" {
				return false
			}
		}
		return err == nil
	}, time.Minute, 100*time.Millisecond)
}

func ctlRestore(t *testing.T, s *session, past time.Time, lsn string) {
	url := s.url(t, "feat2", "--database-name", "neondb")
	run(t, url, `DELETE FROM item WHERE id > 2`)
	s.on(t, "branches", "reset", "feat2", "--parent")
	require.Equal(t, 10, one[int](t, url, `SELECT count(*) FROM item`), "the URL is the same")
	run(t, url, `DELETE FROM item WHERE id > 3`)
	s.on(t, "branches", "reset", "feat2", "--parent", "--preserve-under-name", "feat2_old")
	require.Equal(t, 10, s.items(t, "feat2"))
	s.on(t, "branches", "add-compute", "feat2_old")
	require.Equal(t, 3, s.items(t, "feat2_old"))
	s.on(t, "branches", "restore", "feat2", "main@"+lsn)
	require.Equal(t, 5, s.items(t, "feat2"))
	s.on(t, "branches", "restore", "feat2", "^parent")
	require.Equal(t, 10, s.items(t, "feat2"))
	require.Contains(t, s.refused(t, "branches", "restore", "feature", "main"), "preserve_under_name")
	moment := one[time.Time](t, s.n.uri(t, s.main), `SELECT clock_timestamp() FROM pg_sleep(0.002)`).UTC().Truncate(time.Millisecond)
	run(t, s.n.uri(t, s.main), `SELECT pg_sleep(0.002); DELETE FROM item`)
	s.on(t, "branches", "restore", "main", "^self@"+moment.Format("2006-01-02T15:04:05.000Z"), "--preserve-under-name", "main_old")
	require.Equal(t, 10, s.items(t, "main"))
	require.True(t, s.get(t, "main").Default)
	s.refused(t, "branches", "restore", "feat2", "main@"+past.Add(-24*time.Hour).UTC().Format(time.RFC3339))
}

func ctlSchemaDiff(t *testing.T, s *session) {
	url := s.url(t, "feat2", "--database-name", "neondb")
	before := one[time.Time](t, url, `SELECT clock_timestamp() FROM pg_sleep(0.002)`).UTC()
	run(t, url, `SELECT pg_sleep(0.002); ALTER TABLE item ADD COLUMN note text; CREATE INDEX item_note ON item (note)`)
	out := s.on(t, "branches", "schema-diff", "main", "feat2", "--database", "neondb")
	require.Contains(t, out, "+    note text")
	require.Contains(t, out, "+CREATE INDEX item_note ON public.item USING btree (note);")
	require.NotContains(t, s.on(t, "branches", "schema-diff", "main", "feature", "--database", "neondb"), "@@")
	require.Eventually(t, func() bool {
		r := s.try(t, "branches", "schema-diff", "feat2", "^self@"+before.Format("2006-01-02T15:04:05.000Z"), "--database", "neondb", "--project-id", s.n.project)
		// The history of a branch begins a moment after it.
		return r.Code == 0 && strings.Contains(r.Out, "note text") || strings.Contains(r.Err, "history")
	}, time.Minute, 100*time.Millisecond)
}

func ctlRoles(t *testing.T, s *session) {
	on := func(args ...string) string { return s.on(t, append(args, "--branch", "feature")...) }
	on("roles", "create", "--name", "bob")
	require.Contains(t, on("roles", "list"), "bob")
	on("databases", "create", "--name", "db2", "--owner-name", "bob")
	require.Contains(t, on("databases", "list"), "db2")
	url := s.url(t, "feature", "--role-name", "bob", "--database-name", "db2")
	require.Equal(t, "bob db2", one[string](t, url, `SELECT current_user || ' ' || current_database()`))
	on("databases", "delete", "db2")
	on("roles", "delete", "bob")
	owner := s.n.uri(t, s.get(t, "feature").ID)
	require.Equal(t, 0, one[int](t, owner, `SELECT (SELECT count(*) FROM pg_roles WHERE rolname = 'bob') + (SELECT count(*) FROM pg_database WHERE datname = 'db2')`))
	on("databases", "delete", "db2")
	require.Contains(t, s.on(t, "operations", "list"), "apply_config")
}

func ctlConnect(t *testing.T, s *session) {
	for _, args := range [][]string{{"main"}, {"main", "--pooled"}, {"main", "--role-name", "neondb_owner"}, {s.main, "--prisma"}} {
		url := s.url(t, append(args, "--database-name", "neondb")...)
		url, _, _ = strings.Cut(url, "?")
		require.Equal(t, 10, one[int](t, url, `SELECT count(*) FROM item`), args)
	}
	var extended struct{ Host, Role, Database, Password string }
	s.json(t, &extended, "cs", "main", "--database-name", "neondb", "--extended", "--project-id", s.n.project)
	require.Equal(t, "neondb_owner", extended.Role)
	require.NotEmpty(t, extended.Password)
}

func ctlSnapshots(t *testing.T, s *session) {
	s.on(t, "snapshots", "create", "--branch", "main", "--name", "pre")
	require.Contains(t, s.on(t, "snapshots", "list"), "pre")
}

func ctlContext(t *testing.T, s *session) {
	s.run(t, "set-context", "--project-id", s.n.project)
	context, err := os.ReadFile(filepath.Join(s.dir, ".neon"))
	require.NoError(t, err)
	require.Contains(t, string(context), s.n.project)
	require.Contains(t, s.run(t, "branches", "list"), "main", "the project comes from .neon")
	require.NoError(t, os.Remove(filepath.Join(s.dir, ".neon")))
}

func ctlDelete(t *testing.T, s *session) {
	require.NotEmpty(t, s.refused(t, "branches", "delete", "main"))
	require.NotEmpty(t, s.refused(t, "branches", "delete", "feature"), "it has children")
	url := s.url(t, "at-lsn", "--database-name", "neondb")
	s.on(t, "branches", "delete", "at-lsn")
	require.NotContains(t, s.on(t, "branches", "list"), "at-lsn")
	conn, err := connect(t, url)
	require.Error(t, err, "the server is gone")
	require.Nil(t, conn)
}

// The client's own program, once: what the driver runs is what it runs.
func TestNeonctlProgram(t *testing.T) {
	t.Parallel()
	n := open(t)
	home := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "node", filepath.Join(modules(t), "neonctl", "bin", "cli.js"), "--no-analytics",
		"branches", "list", "--project-id", n.project)
	cmd.Dir, cmd.Env = home, ctlEnv(home, n.url, n.server.Key())
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "main")
}
