package shop_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/internal/shop"
	"github.com/espalier-go/espalier/neontest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"seed": func() {
			os.Exit(shop.Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

// Each script has a migrated database in $DATABASE_URL and one without tables
// in $EMPTY_URL.
func TestScript(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/script/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			db, empty := neontest.Open(t), neontest.OpenWith(t, neontest.Config{Empty: true})
			testscript.Run(t, testscript.Params{
				Files:               []string{file},
				RequireExplicitExec: true,
				Setup: func(env *testscript.Env) error {
					env.Setenv("DATABASE_URL", db.URL)
					env.Setenv("EMPTY_URL", empty.URL)
					return nil
				},
				Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
					// sql runs a statement on $DATABASE_URL.
					"sql": func(ts *testscript.TestScript, _ bool, args []string) {
						_, err := db.Pool().Exec(context.Background(), strings.Join(args, " "))
						ts.Check(err)
					},
				},
			})
		})
	}
}
