package migration_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/espalier-go/espalier/migration"
	"github.com/stretchr/testify/require"
)

// project writes an atlas.hcl and returns its path.
func project(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "atlas.hcl")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

func TestLoadProject(t *testing.T) {
	t.Parallel()
	path := project(t, `
variable "schema" {
  type    = string
  default = "revs"
}
variable "target" {
  type    = string
  default = getenv("TARGET")
}
locals {
  dir = "file://db/migrations"
}
atlas {
  cloud {
    token = "none"
  }
}
diff {
  skip {
    drop_schema = true
    drop_table  = true
  }
}
lint {
  latest = 1
}
env "one" {
  src        = ["file://a.sql", "/b.sql", "c"]
  url        = var.target
  dev        = "postgresql://dev"
  unknown    = "ignored"
  migration {
    dir              = local.dir
    format           = atlas
    revisions_schema = var.schema
    lock_timeout     = "1m"
    unknown          = 5
  }
  diff {
    skip {
      drop_column = true
      add_index   = false
    }
  }
}
env "two" {
  url = "${getenv("TARGET")}-two"
  dev = "docker://postgres/15/dev"
}
env "other" {
  url = var.not_there
}
env {
  name = atlas.env
  url  = "dynamic ${atlas.env}"
  migration {
    dir = "/abs"
  }
}
`)
	root := filepath.Dir(path)
	getenv := func(key string) string { return "env:" + key }
	p, err := migration.LoadProject(path, "one", &migration.ProjectConfig{Getenv: getenv})
	// The block for any name makes a second one.
	require.ErrorContains(t, err, `2 envs are named "one"`)
	require.Nil(t, p)
	p, err = migration.LoadProject(path, "three", nil)
	require.NoError(t, err)
	require.Equal(t, "dynamic three", p.URL)
	require.Equal(t, "/abs", p.Dir)
	require.Equal(t, migration.Policy{DropSchema: true, DropTable: true}, p.Policy, "the file's")

	b, err := os.ReadFile(path)
	require.NoError(t, err)
	text := string(b)
	path = filepath.Join(root, "static.hcl")
	require.NoError(t, os.WriteFile(path, []byte(text[:len(text)-len("env {\n  name = atlas.env\n  url  = \"dynamic ${atlas.env}\"\n  migration {\n    dir = \"/abs\"\n  }\n}\n")]), 0o644))
	p, err = migration.LoadProject(path, "one", &migration.ProjectConfig{Getenv: getenv, Vars: map[string]string{"schema": "given"}})
	require.NoError(t, err)
	require.Equal(t, &migration.Project{
		Path: path, Env: "one", URL: "env:TARGET", DevURL: "postgresql://dev",
		Src: []string{filepath.Join(root, "a.sql"), "/b.sql", filepath.Join(root, "c")},
		Dir: filepath.Join(root, "db/migrations"), RevisionsSchema: "given", LockTimeout: time.Minute,
		Policy: migration.Policy{DropColumn: true},
	}, p)
	p, err = migration.LoadProject(path, "two", &migration.ProjectConfig{Getenv: getenv})
	require.NoError(t, err)
	require.Equal(t, "env:TARGET-two", p.URL)
	require.Empty(t, p.DevURL)
	require.Equal(t, filepath.Join(root, "migrations"), p.Dir)
	_, err = migration.LoadProject(path, "nope", nil)
	require.ErrorContains(t, err, `static.hcl: no env "nope"`)
	require.Contains(t, hint(err), "one, other, two")
}

func TestLoadProjectErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"env \"e\" {\n  src = 5\n}":                                               "atlas.hcl:2: src must be a string or a list of strings, not number",
		"env \"e\" {\n  src = [true]\n}":                                          "atlas.hcl:2: src must be a list of strings",
		"env \"e\" {\n  src = \"ent://ent/schema\"\n}":                            "atlas.hcl:2: src begins with ent://",
		"env \"e\" {\n  src = \"\"\n}":                                            "atlas.hcl:2: src is empty",
		"env \"e\" {\n  url = {}\n}":                                              "atlas.hcl:2: url must be a string",
		"env \"e\" {\n\n  migration {\n    dir = []\n  }\n}":                      "atlas.hcl:4: dir must be a string",
		"env \"e\" {\n  migration {\n    dir = \"mem://x\"\n  }\n}":               "atlas.hcl:3: dir begins with mem://",
		"env \"e\" {\n  migration {\n    dir = \"file://x?format=goose\"\n  }\n}": `atlas.hcl:3: format "goose" is not supported`,
		"env \"e\" {\n  migration {\n    format = flyway\n  }\n}":                 `atlas.hcl:3: format "flyway" is not supported`,
		"env \"e\" {\n  migration {\n    lock_timeout = \"soon\"\n  }\n}":         `atlas.hcl:3: lock_timeout "soon" is not a duration`,
		"env \"e\" {\n  migration {\n    lock_timeout = \"-1s\"\n  }\n}":          "atlas.hcl:3: lock_timeout",
		"diff {\n  skip {\n    drop_table = \"yes\"\n  }\n}\nenv \"e\" {}":        "atlas.hcl:3: drop_table must be true or false",
		"env \"e\" {":                                                     "atlas.hcl:1,",
		"env \"e\" {\n  url = var.x\n}":                                   "atlas.hcl:2,",
		"env \"e\" {\n  url = nofunc()\n}":                                "atlas.hcl:2,",
		"variable \"x\" {\n  type = string\n}\nenv \"e\" {}":              `atlas.hcl:1: variable "x" has no value`,
		"\ndata \"sql\" \"x\" {\n}\nenv \"e\" {}":                         "atlas.hcl:2: data sources",
		"env \"e\" {\n  for_each = [1]\n}":                                "atlas.hcl:2: for_each",
		"variable \"x\" {\n  type = null\n  default = 1\n}\nenv \"e\" {}": "atlas.hcl: can't be evaluated",
		"": `atlas.hcl: no env "e"`,
	} {
		_, err := migration.LoadProject(project(t, text), "e", nil)
		require.ErrorContains(t, err, want, text)
	}
	_, err := migration.LoadProject(filepath.Join(t.TempDir(), "atlas.hcl"), "e", nil)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NotEmpty(t, hint(err))
}

func TestProjectState(t *testing.T) {
	t.Parallel()
	path := project(t, `
env "file" { src = "file://a.sql" }
env "two" { src = ["file://a.sql", "folder"] }
env "none" {}
env "missing" { src = "file://gone.sql" }
env "hcl" { src = "file://schema.hcl" }
env "exclude" {
  src     = "file://a.sql"
  exclude = ["*.x"]
}
`)
	root := filepath.Dir(path)
	require.NoError(t, os.Mkdir(filepath.Join(root, "folder"), 0o755))
	write(t, root, "a.sql", "A", "folder/2.sql", "C", "folder/1.sql", "B", "folder/x.txt", "no")
	for env, want := range map[string]string{"file": "A\n", "two": "A\nB\nC\n"} {
		p, err := migration.LoadProject(path, env, nil)
		require.NoError(t, err)
		s, err := p.State()
		require.NoError(t, err)
		require.Equal(t, want, s.SQL)
	}
	for env, want := range map[string]string{"none": "has no src", "missing": "gone.sql", "hcl": "not an .sql file",
		"exclude": "atlas.hcl:9: exclude is not supported"} {
		p, err := migration.LoadProject(path, env, nil)
		require.NoError(t, err, "only a diff needs the state")
		_, err = p.State()
		require.ErrorContains(t, err, want)
		require.NotEmpty(t, hint(err), env)
	}
}

func TestProjectConcurrentIndex(t *testing.T) {
	t.Parallel()
	path := project(t, `
diff {
  concurrent_index {
    drop = true
  }
}
env "file" {}
env "own" {
  diff {
    concurrent_index {
      create = true
    }
  }
}
`)
	for env, want := range map[string]migration.Concurrent{"file": {Drop: true}, "own": {Create: true}} {
		p, err := migration.LoadProject(path, env, nil)
		require.NoError(t, err)
		require.Equal(t, want, p.Concurrent)
	}
}

// The project's own file says what the README says.
func TestProjectOfThisRepository(t *testing.T) {
	t.Parallel()
	for env, key := range map[string]string{"local": "DATABASE_URL", "neon": "DATABASE_URL_UNPOOLED"} {
		p, err := migration.LoadProject("../atlas.hcl", env, &migration.ProjectConfig{Getenv: func(k string) string { return k }})
		require.NoError(t, err)
		require.Equal(t, key, p.URL)
		require.True(t, p.Policy.DropSchema)
		require.Equal(t, migration.DefaultRevisionsSchema, p.RevisionsSchema)
		require.NoError(t, migration.Validate(p.FS()))
		_, err = p.State()
		require.NoError(t, err)
	}
}

func FuzzLoadProject(f *testing.F) {
	f.Add("env \"e\" {\n  src = [\"a\"]\n  url = getenv(\"X\")\n  migration {\n    dir = \"file://m\"\n  }\n}")
	f.Add("variable \"x\" {\n  type = list(string)\n  default = null\n}\nenv { name = atlas.env }")
	f.Add("locals {\n  a = local.b\n  b = local.a\n}\nenv \"e\" { url = local.a }")
	f.Add("diff {\n skip {\n drop_table = null\n}\n}\nenv \"e\" { diff {} }")
	f.Add("env \"e\" { url = file(\"/etc/passwd\") }")
	f.Add("data \"x\" {}")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(dir, "atlas.hcl")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Skip(err)
		}
		p, err := migration.LoadProject(path, "e", &migration.ProjectConfig{Getenv: func(string) string { return "v" }})
		if (p == nil) == (err == nil) {
			t.Fatalf("project %v, error %v", p, err)
		}
		if err != nil && err.Error() == "" {
			t.Fatal("an error without text")
		}
		if p != nil && !filepath.IsAbs(p.Dir) {
			t.Fatalf("dir %q is not absolute", p.Dir)
		}
	})
}
