package espalier_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/espalier-go/espalier"

// floors is the house: a package imports packages of lower floors only. An
// entry holds for the folders below it too, unless they have their own; such a
// family (ent and what is generated below it) may import within itself.
var floors = map[string]int{
	"branch":             0,
	"internal/wireproxy": 0,
	"branch/branchtest":  1,
	"neon":               1,
	"mixin":              1,
	"internal/neonapi":   1,
	"internal/pglocal":   1,
	"branch/localbranch": 2,
	"branch/neonbranch":  2,
	"migration":          2,
	"seed":               2,
	"entneon":            3,
	"internal/localneon": 3,
	"ent":                4,
	"migrate":            4,
	"neontest":           5,
	"internal/cli":       6,
	"internal/shop":      6,
	"internal/demo":      7,
	"cmd/espalier":       7,
	"cmd/seed":           7,
	"":                   8, // the root
}

// testBeds may be imported by external test packages of every floor: a
// migrated database, the conformance suite, the shop's client and migrations.
var testBeds = []string{"neontest", "branch/branchtest", "ent", "migrate"}

// testOnly is what no command may link.
var testOnly = []string{"neontest", "branch/branchtest", "ent/enttest", "testing"}

// compiler is what only entneon may link: ent's code generator.
var compiler = []string{"entgo.io/ent/entc", "golang.org/x/tools"}

// pkg is what "go list" tells of a package, with paths relative to the module
// where they lie in it.
type pkg struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
	Deps                               []string // transitive
	Dir                                string
	IgnoredGoFiles                     []string
}

// family returns the entry of floors that path belongs to.
func family(path string) (string, bool) {
	for p := path; ; {
		if _, ok := floors[p]; ok {
			return p, true
		}
		i := strings.LastIndexByte(p, '/')
		if i < 0 {
			return "", false
		}
		p = p[:i]
	}
}

func within(path string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool {
		return path == p || strings.HasPrefix(path, p+"/")
	})
}

// violations checks the graph of this module's packages against the floors.
func violations(pkgs []pkg) []string {
	var out []string
	report := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, p := range pkgs {
		from, ok := family(p.ImportPath)
		if !ok {
			report("%s has no floor: add it to floors in floors_test.go and to doc.go", p.ImportPath)
			continue
		}
		check := func(kind string, imports []string, external bool) {
			for _, imp := range imports {
				to, known := family(imp)
				switch {
				case !known || to == from:
				case external && within(imp, testBeds):
				case floors[to] == floors[from]:
					report("%s imports %s of its own floor (%s)", p.ImportPath, imp, kind)
				case floors[to] > floors[from]:
					report("%s imports %s of a higher floor (%s)", p.ImportPath, imp, kind)
				}
			}
		}
		check("code", p.Imports, false)
		check("test", p.TestImports, false)
		check("external test", p.XTestImports, true)
		for _, dep := range p.Deps {
			if from != "entneon" && within(dep, compiler) {
				report("%s links ent's compiler: %s", p.ImportPath, dep)
				break // the rest of it follows from this one
			}
		}
		for _, dep := range p.Deps {
			if within(p.ImportPath, []string{"cmd"}) && within(dep, testOnly) {
				report("%s links %s, which is for tests", p.ImportPath, dep)
			}
		}
	}
	return out
}

func TestFloors(t *testing.T) {
	t.Parallel()
	for _, v := range violations(list(t)) {
		t.Error(v)
	}
}

// list returns the packages of this module. Files left out on this system
// count as if they weren't, but for ent/entc.go: the one file that may import
// entneon, since it is never linked.
func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports,Deps,Dir,IgnoredGoFiles", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	var pkgs []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		for _, name := range p.IgnoredGoFiles {
			file := filepath.Join(p.Dir, name)
			if strings.HasSuffix(filepath.ToSlash(file), "/ent/entc.go") {
				continue
			}
			if strings.HasSuffix(name, "_test.go") {
				p.XTestImports = append(p.XTestImports, imports(t, file)...)
			} else {
				p.Imports = append(p.Imports, imports(t, file)...)
				p.Deps = append(p.Deps, imports(t, file)...)
			}
		}
		p.ImportPath = relative(p.ImportPath)
		for _, s := range [][]string{p.Imports, p.TestImports, p.XTestImports, p.Deps} {
			for i := range s {
				s[i] = relative(s[i])
			}
		}
		pkgs = append(pkgs, p)
	}
	require.NotEmpty(t, pkgs)
	return pkgs
}

// relative takes the module's path off an import path.
func relative(path string) string {
	if path == module {
		return ""
	}
	return strings.TrimPrefix(path, module+"/")
}

func imports(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	require.NoError(t, err)
	var out []string
	for _, spec := range f.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		require.NoError(t, err)
		out = append(out, path)
	}
	return out
}

func TestViolations(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pkg  pkg
		want string
	}{
		"down":                        {pkg{ImportPath: "seed", Imports: []string{"branch", "fmt"}}, ""},
		"within a family":             {pkg{ImportPath: "ent/hook", Imports: []string{"ent"}}, ""},
		"up":                          {pkg{ImportPath: "mixin", Imports: []string{"migration"}}, "mixin imports migration of a higher floor (code)"},
		"up from below an entry":      {pkg{ImportPath: "seed/internal/x", Imports: []string{"ent/user"}}, "seed/internal/x imports ent/user of a higher floor (code)"},
		"sibling":                     {pkg{ImportPath: "seed", Imports: []string{"migration"}}, "seed imports migration of its own floor (code)"},
		"sibling in a test":           {pkg{ImportPath: "seed", TestImports: []string{"migration"}}, "seed imports migration of its own floor (test)"},
		"sibling in an external test": {pkg{ImportPath: "seed", XTestImports: []string{"migration"}}, "seed imports migration of its own floor (external test)"},
		"down from a nested entry":    {pkg{ImportPath: "branch/localbranch", Imports: []string{"branch"}}, ""},
		"neontest in external test":   {pkg{ImportPath: "migration", XTestImports: []string{"neontest"}}, ""},
		"neontest in internal test":   {pkg{ImportPath: "migration", TestImports: []string{"neontest"}}, "migration imports neontest of a higher floor (test)"},
		"the client in external test": {pkg{ImportPath: "neon", XTestImports: []string{"ent/user"}}, ""},
		"neontest in a command":       {pkg{ImportPath: "cmd/espalier", Deps: []string{"neontest"}}, "cmd/espalier links neontest, which is for tests"},
		"entc in entneon":             {pkg{ImportPath: "entneon", Deps: []string{"entgo.io/ent/entc/gen"}}, ""},
		"entc in ent":                 {pkg{ImportPath: "ent", Deps: []string{"entgo.io/ent/entc/gen"}}, "ent links ent's compiler: entgo.io/ent/entc/gen"},
		"x/tools in a command":        {pkg{ImportPath: "cmd/seed", Deps: []string{"golang.org/x/tools/imports"}}, "cmd/seed links ent's compiler: golang.org/x/tools/imports"},
		"a name that only begins so":  {pkg{ImportPath: "ent", Deps: []string{"golang.org/x/toolset"}}, ""},
		"up from a nested entry":      {pkg{ImportPath: "branch", Imports: []string{"branch/localbranch"}}, "branch imports branch/localbranch of a higher floor (code)"},
		"no floor":                    {pkg{ImportPath: "util"}, "util has no floor: add it to floors in floors_test.go and to doc.go"},
		"the root":                    {pkg{ImportPath: "", XTestImports: []string{"ent"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := violations([]pkg{c.pkg})
			if c.want == "" {
				require.Empty(t, got)
			} else {
				require.Equal(t, []string{c.want}, got)
			}
		})
	}
}

// doc.go maps every package outside the generated ones, and nothing else.
func TestMap(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	mapped := make(map[string]bool)
	for line := range strings.Lines(string(doc)) {
		if row, ok := strings.CutPrefix(line, "//\t"); ok {
			names, _, _ := strings.Cut(strings.TrimLeft(row, "0123456789 "), "  ")
			for _, name := range strings.Split(names, ", ") {
				mapped[name] = true
			}
		}
	}
	exist := make(map[string]bool)
	for _, p := range list(t) {
		if f, ok := family(p.ImportPath); ok && f != "" {
			exist[f] = true
		}
	}
	require.Equal(t, exist, mapped)
}
