package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/espalier-go/espalier/internal/cli"
	"github.com/espalier-go/espalier/internal/pglocal"
)

func TestMain(m *testing.M) {
	if err := useMemory(); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){
		"espalier": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			context.AfterFunc(ctx, stop)
			os.Exit(cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
		},
		"sql": sqlProgram,
	})
}

// TestScripts runs testdata/script. Beside espalier the scripts have
//
//	sql URLFILE QUERY   rows of a query, values divided by |
//	listen VAR          takes a TCP port of the loopback interface until the end
//	freeport VAR        names a TCP port that nobody listens on
//	idle                waits until nothing of the script's folder runs
//	noserver            waits until no Postgres of the script's folder runs
//	killkeeper          kills the processes that watch the servers of the script
//	json KEY...         checks that stdout was one JSON document with these keys
//
// and ESPALIER_BIN, the program, and PG_MAJOR, the major the tests run on.
func TestScripts(t *testing.T) {
	t.Parallel()
	cache, err := pglocal.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	bin, err := exec.LookPath("espalier")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("ESPALIER_CACHE", cache)
			env.Setenv("NO_COLOR", "1")
			env.Setenv("ESPALIER_BIN", bin)
			env.Setenv("PG_MAJOR", os.Getenv("ESPALIER_PG_MAJOR"))
			for _, name := range []string{"ESPALIER_PG_MAJOR", "ESPALIER_INSTALL"} {
				if v := os.Getenv(name); v != "" {
					env.Setenv(name, v)
				}
			}
			env.Defer(func() { stopAll(env.T(), env.WorkDir) })
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"listen":     listenCommand,
			"freeport":   freePortCommand,
			"idle":       idleCommand,
			"noserver":   noServerCommand,
			"json":       jsonCommand,
			"killkeeper": killKeeperCommand,
		},
	})
}

// stopAll stops the projects of a script and fails it if anything survives.
func stopAll(t testscript.T, work string) {
	_ = filepath.WalkDir(work, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != ".espalier" {
			return nil
		}
		var stdout, stderr bytes.Buffer
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		code := cli.Run(ctx, []string{"down", "--project", filepath.Dir(path)}, strings.NewReader(""), &stdout, &stderr)
		if code != 0 && !strings.Contains(stderr.String(), "espalier up") {
			t.Log("espalier down:", stderr.String())
		}
		return fs.SkipDir
	})
	if left := waitIdle(work, 30*time.Second); len(left) > 0 {
		t.Fatal("left running: ", left)
	}
}

// waitIdle waits until no process works in dir and returns those that still do.
func waitIdle(dir string, atMost time.Duration) []string {
	for deadline := time.Now().Add(atMost); ; time.Sleep(50 * time.Millisecond) {
		left := processesIn(dir)
		if len(left) == 0 || time.Now().After(deadline) {
			return left
		}
	}
}

func idleCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: idle")
	}
	if left := waitIdle(ts.Getenv("WORK"), time.Minute); len(left) > 0 {
		ts.Fatalf("still running: %v", left)
	}
}

func noServerCommand(ts *testscript.TestScript, neg bool, args []string) {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		left := slices.DeleteFunc(processesIn(ts.Getenv("WORK")), func(p string) bool { return strings.Contains(p, " local-neon ") })
		if len(left) == 0 {
			return
		}
		if neg || len(args) > 0 || time.Now().After(deadline) {
			ts.Fatalf("still running: %v", left)
		}
	}
}

func killKeeperCommand(ts *testscript.TestScript, neg bool, args []string) {
	killed := 0
	for _, p := range processesIn(ts.Getenv("WORK")) {
		pid, command, _ := strings.Cut(p, " ")
		if n, err := strconv.Atoi(pid); err == nil && strings.HasPrefix(command, "espalier-keeper") {
			ts.Check(syscall.Kill(n, syscall.SIGKILL))
			killed++
		}
	}
	if neg || len(args) > 0 || killed == 0 {
		ts.Fatalf("no keeper to kill")
	}
}

func listenCommand(ts *testscript.TestScript, neg bool, args []string) {
	l := takePort(ts, neg, args)
	ts.Defer(func() { _ = l.Close() })
}

func freePortCommand(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(takePort(ts, neg, args).Close())
}

func takePort(ts *testscript.TestScript, neg bool, args []string) net.Listener {
	if neg || len(args) != 1 {
		ts.Fatalf("one name of a variable is needed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
	return l
}

func jsonCommand(ts *testscript.TestScript, neg bool, keys []string) {
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	var doc any
	if err := dec.Decode(&doc); err != nil || neg {
		ts.Fatalf("stdout is not JSON: %v", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		ts.Fatalf("there is more on stdout than one document: %v", err)
	}
	if list, ok := doc.([]any); ok && len(list) > 0 {
		doc = list[0]
	}
	object, _ := doc.(map[string]any)
	for _, key := range keys {
		if _, ok := object[key]; !ok {
			ts.Fatalf("stdout has no %q", key)
		}
	}
}

func sqlProgram() {
	if err := runSQL(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runSQL(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: sql URLFILE QUERY")
	}
	url, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, strings.TrimSpace(string(url)))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, args[1], pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return err
	}
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return err
		}
		text := make([]string, len(values))
		for i, v := range values {
			text[i] = fmt.Sprint(v)
		}
		fmt.Println(strings.Join(text, "|"))
	}
	return rows.Err()
}
