package neontest_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/neontest"
)

// TestChild is what the tests below run in processes of their own: it opens a
// database, says its name, and ends as it was told. Alone it is a plain test.
func TestChild(t *testing.T) {
	sql := os.Getenv("ESPALIER_CHILD_SQL")
	if sql == "" {
		sql = "create table child (n int);"
	}
	db := neontest.OpenWith(t, neontest.Config{Migrations: files(sql)})
	fmt.Printf("child database %s\n", db.Name())
	require.NoError(t, db.Pool().Ping(t.Context()))
	switch os.Getenv("ESPALIER_CHILD") {
	case "hold":
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "fail":
		t.Error("told to fail")
	}
}

func child(t *testing.T, end, sql string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestChild$", "-test.v")
	cmd.Env = append(os.Environ(), "ESPALIER_CHILD="+end, "ESPALIER_CHILD_SQL="+sql)
	return cmd
}

func childDatabase(t *testing.T, output string) string {
	t.Helper()
	_, after, ok := strings.Cut(output, "child database ")
	require.True(t, ok, output)
	name, _, _ := strings.Cut(after, "\n")
	return name
}

func admin(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := neontest.Admin(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func exists(t *testing.T, conn *pgx.Conn, name string) (yes bool) {
	t.Helper()
	require.NoError(t, conn.QueryRow(t.Context(), "select exists (select from pg_database where datname = $1)", name).Scan(&yes))
	return yes
}

func gone(t *testing.T, conn *pgx.Conn, name string) {
	t.Helper()
	require.Eventually(t, func() bool { return !exists(t, conn, name) }, time.Minute, 20*time.Millisecond, name)
}

func TestProcessesShareTemplate(t *testing.T) {
	t.Parallel()
	conn := admin(t)
	// A role belongs to the whole server: to make it twice is an error.
	role := "espalier_once_" + strings.ToLower(rand.Text()[:8])
	sql := "create role " + role + ";"
	dropTemplate(t, conn, files(sql))
	t.Cleanup(func() {
		_, err := conn.Exec(context.Background(), "drop role "+role)
		require.NoError(t, err)
	})
	var cmds []*exec.Cmd
	var outs []*bytes.Buffer
	for range 3 {
		cmd, out := child(t, "", sql), new(bytes.Buffer)
		cmd.Stdout, cmd.Stderr = out, out
		require.NoError(t, cmd.Start())
		cmds, outs = append(cmds, cmd), append(outs, out)
	}
	for i, cmd := range cmds {
		require.NoError(t, cmd.Wait(), outs[i])
	}
	for _, out := range outs {
		gone(t, conn, childDatabase(t, out.String()))
	}
}

func TestKilledProcessIsSwept(t *testing.T) {
	t.Parallel()
	conn := admin(t)
	cmd := child(t, "hold", "")
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var name string
	for lines := bufio.NewScanner(stdout); name == "" && lines.Scan(); {
		if strings.Contains(lines.Text(), "child database ") {
			name = childDatabase(t, lines.Text()+"\n")
		}
	}
	require.NotEmpty(t, name)

	// While it lives, others leave its database alone.
	require.NoError(t, child(t, "", "").Run())
	require.True(t, exists(t, conn, name))

	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	// The server may need a moment to see that the connections are gone, and
	// a short process may end before it has swept.
	require.Eventually(t, func() bool {
		require.NoError(t, child(t, "", "").Run())
		return !exists(t, conn, name)
	}, time.Minute, 20*time.Millisecond)
}

func TestKeepFailed(t *testing.T) {
	t.Parallel()
	conn := admin(t)
	cmd := child(t, "fail", "")
	cmd.Env = append(cmd.Env, "ESPALIER_KEEP=1")
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "kept the database: postgres")
	kept := strings.Replace(childDatabase(t, string(out)), "espalier_test_", "espalier_kept_", 1)
	require.Contains(t, string(out), kept)
	require.True(t, exists(t, conn, kept))
	_, err = conn.Exec(t.Context(), "drop database "+kept+" with (force)")
	require.NoError(t, err)
}
