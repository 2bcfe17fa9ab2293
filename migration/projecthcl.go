package migration

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"ariga.io/atlas/schemahcl"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// The blocks of atlas.hcl. Everything is read from their rest, which knows
// where in the file it stands.
type (
	hclFile struct {
		Envs []*hclEnv  `spec:"env"`
		Diff []*hclDiff `spec:"diff"`
		schemahcl.DefaultExtension
	}
	hclEnv struct {
		Name string `spec:"name,name"`
		schemahcl.DefaultExtension
	}
	hclDiff struct {
		schemahcl.DefaultExtension
	}
)

// parseProject evaluates the text of an atlas.hcl file.
func parseProject(path string, text []byte, env string, cfg *ProjectConfig) (p *Project, err error) {
	name := filepath.Base(path)
	// The evaluator of the Atlas library panics on some malformed values.
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("%s: can't be evaluated: %v", name, r)
		}
	}()
	parser := hclparse.NewParser()
	file, diags := parser.ParseHCL(text, name)
	if diags.HasErrors() {
		return nil, diags
	}
	found, err := selectEnv(file, name, env)
	if err != nil {
		return nil, err
	}
	if err := checkBlocks(file, name, cfg); err != nil {
		return nil, err
	}
	vars := make(map[string]cty.Value, len(cfg.Vars))
	for k, v := range cfg.Vars {
		vars[k] = cty.StringVal(v)
	}
	var doc hclFile
	if err := evaluator(filepath.Dir(path), env, cfg).Eval(parser, &doc, vars); err != nil {
		if _, ok := err.(hcl.Diagnostics); !ok && !strings.HasPrefix(err.Error(), name) {
			err = fmt.Errorf("%s: %w", name, err)
		}
		return nil, err
	}
	var envs []*hclEnv
	for _, e := range doc.Envs {
		if e.Name == env {
			envs = append(envs, e)
		}
	}
	switch {
	case len(envs) == 0:
		return nil, hinted(fmt.Errorf("%s: no env %q", name, env), "it has "+strings.Join(found, ", "))
	case len(envs) > 1:
		return nil, fmt.Errorf("%s: %d envs are named %q", name, len(envs), env)
	}
	return newProject(path, envs[0], doc.Diff)
}

// selectEnv takes all env blocks but the selected one out of the file, as the
// Atlas command line does, so that variables which only others need may be
// missing. It returns the names of all.
func selectEnv(file *hcl.File, name, env string) (found []string, err error) {
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return nil, fmt.Errorf("%s: not in HCL's native syntax", name)
	}
	var used []*hclsyntax.Block
	for _, b := range body.Blocks {
		switch {
		case b.Type != "env":
			used = append(used, b)
		case len(b.Labels) == 1:
			found = append(found, b.Labels[0])
			if b.Labels[0] == env {
				used = append(used, b)
			}
		case len(b.Labels) == 0 && dynamicName(b):
			found = append(found, "any name")
			used = append(used, b)
		}
	}
	if len(found) == 0 {
		found = []string{"none"}
	}
	sort.Strings(found)
	file.Body = &hclsyntax.Body{Blocks: used, Attributes: body.Attributes, SrcRange: body.SrcRange, EndRange: body.EndRange}
	return found, nil
}

// checkBlocks refuses what can't be evaluated here; the Atlas library would not
// say where it stands.
func checkBlocks(file *hcl.File, name string, cfg *ProjectConfig) error {
	for _, b := range file.Body.(*hclsyntax.Body).Blocks {
		line := b.TypeRange.Start.Line
		switch {
		case b.Type == "data":
			return fmt.Errorf("%s:%d: data sources are not supported", name, line)
		case b.Body.Attributes["for_each"] != nil:
			return fmt.Errorf("%s:%d: for_each is not supported", name, b.Body.Attributes["for_each"].NameRange.Start.Line)
		case b.Type == "variable" && len(b.Labels) == 1 && b.Body.Attributes["default"] == nil:
			if _, ok := cfg.Vars[b.Labels[0]]; !ok {
				return hinted(fmt.Errorf("%s:%d: variable %q has no value", name, line, b.Labels[0]), "give it a default, such as getenv(\"NAME\")")
			}
		}
	}
	return nil
}

// dynamicName tells whether the block has name = atlas.env.
func dynamicName(b *hclsyntax.Block) bool {
	attr := b.Body.Attributes["name"]
	if attr == nil {
		return false
	}
	t, ok := attr.Expr.(*hclsyntax.ScopeTraversalExpr)
	if !ok || len(t.Traversal) != 2 || t.Traversal.RootName() != "atlas" {
		return false
	}
	step, ok := t.Traversal[1].(hcl.TraverseAttr)
	return ok && step.Name == "env"
}

// evaluator has the functions and variables that atlas.hcl may use.
func evaluator(base, env string, cfg *ProjectConfig) *schemahcl.State {
	getenv := cfg.Getenv
	if getenv == nil {
		getenv = os.Getenv
	}
	return schemahcl.New(
		schemahcl.WithPos(),
		schemahcl.WithScopedEnums("env.migration.format", "atlas", "golang-migrate", "goose", "flyway", "liquibase", "dbmate"),
		schemahcl.WithVariables(map[string]cty.Value{
			"atlas": cty.ObjectVal(map[string]cty.Value{"env": cty.StringVal(env)}),
		}),
		schemahcl.WithInitBlock("atlas", func(context.Context, *hcl.EvalContext, *hclsyntax.Block) (cty.Value, error) {
			return cty.ObjectVal(map[string]cty.Value{"env": cty.StringVal(env)}), nil
		}),
		schemahcl.WithFunctions(map[string]function.Function{
			"file": schemahcl.MakeFileFunc(base),
			"getenv": function.New(&function.Spec{
				Params: []function.Parameter{{Name: "key", Type: cty.String}},
				Type:   function.StaticReturnType(cty.String),
				Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
					return cty.StringVal(getenv(args[0].AsString())), nil
				},
			}),
		}),
	)
}

// newProject reads the evaluated blocks.
func newProject(path string, env *hclEnv, global []*hclDiff) (*Project, error) {
	p := &Project{Path: path, Env: env.Name}
	r := reader{file: filepath.Base(path), base: filepath.Dir(path)}
	body := env.Remain()
	p.URL = r.str(body, "url")
	p.DevURL = r.str(body, "dev")
	if !strings.HasPrefix(p.DevURL, "postgres://") && !strings.HasPrefix(p.DevURL, "postgresql://") {
		p.DevURL = ""
	}
	if a, ok := body.Attr("src"); ok {
		for _, s := range r.strs(a) {
			p.Src = append(p.Src, r.path(a, s))
		}
	}
	for _, name := range []string{"exclude", "schemas"} {
		if a, ok := body.Attr(name); ok {
			p.noState = hinted(r.errorf(a, "%s is not supported", name), "use `atlas migrate diff` for this environment")
		}
	}
	p.Dir = filepath.Join(r.base, "migrations")
	if m, ok := body.Resource("migration"); ok {
		if a, ok := m.Attr("dir"); ok {
			p.Dir = r.path(a, r.str(m, "dir"))
		}
		if a, ok := m.Attr("format"); ok {
			if f := r.str(m, "format"); f != "atlas" && r.err == nil {
				r.err = hinted(r.errorf(a, "format %q is not supported", f), `only "atlas" is; see atlas migrate import`)
			}
		}
		p.RevisionsSchema = r.str(m, "revisions_schema")
		if a, ok := m.Attr("lock_timeout"); ok {
			s := r.str(m, "lock_timeout")
			d, err := time.ParseDuration(s)
			if (err != nil || d < 0) && r.err == nil {
				r.err = hinted(r.errorf(a, "lock_timeout %q is not a duration", s), "write it like 10s")
			}
			p.LockTimeout = d
		}
	}
	r.policy(p, body, global)
	if r.err != nil {
		return nil, r.err
	}
	return p, nil
}

// policy reads diff { skip { … } }, the environment's before the file's.
func (r *reader) policy(p *Project, env *schemahcl.Resource, global []*hclDiff) {
	var blocks []*schemahcl.Resource
	if d, ok := env.Resource("diff"); ok {
		blocks = append(blocks, d)
	}
	for _, d := range global {
		blocks = append(blocks, d.Remain())
	}
	if len(blocks) > 0 {
		if c, ok := blocks[0].Resource("concurrent_index"); ok {
			p.noState = hinted(r.rangeError(c.Range(), "concurrent_index is not supported"), "make the index in a file of its own, with `-- atlas:txmode none`")
		}
	}
	for _, d := range blocks {
		s, ok := d.Resource("skip")
		if !ok {
			continue
		}
		q := &p.Policy
		for name, flag := range map[string]*bool{
			"add_schema": &q.AddSchema, "drop_schema": &q.DropSchema, "modify_schema": &q.ModifySchema,
			"add_table": &q.AddTable, "drop_table": &q.DropTable, "modify_table": &q.ModifyTable,
			"add_column": &q.AddColumn, "drop_column": &q.DropColumn, "modify_column": &q.ModifyColumn,
			"add_index": &q.AddIndex, "drop_index": &q.DropIndex, "modify_index": &q.ModifyIndex,
			"add_foreign_key": &q.AddForeignKey, "drop_foreign_key": &q.DropForeignKey, "modify_foreign_key": &q.ModifyForeignKey,
		} {
			*flag = r.flag(s, name)
		}
		return
	}
}

// reader reads attributes and keeps the first error.
type reader struct {
	file, base string
	err        error
}

func (r *reader) errorf(a *schemahcl.Attr, format string, args ...any) error {
	return r.rangeError(a.Range(), fmt.Sprintf(format, args...))
}

func (r *reader) rangeError(at *hcl.Range, text string) error {
	if at == nil {
		return fmt.Errorf("%s: %s", r.file, text)
	}
	return fmt.Errorf("%s:%d: %s", r.file, at.Start.Line, text)
}

func (r *reader) fail(a *schemahcl.Attr, format string, args ...any) {
	if r.err == nil {
		r.err = r.errorf(a, format, args...)
	}
}

// str reads a string; an absent or null one is empty.
func (r *reader) str(res *schemahcl.Resource, name string) string {
	a, ok := res.Attr(name)
	if !ok || a.V.IsNull() {
		return ""
	}
	if a.V.Type() != cty.String || !a.V.IsKnown() {
		r.fail(a, "%s must be a string, not %s", name, a.V.Type().FriendlyName())
		return ""
	}
	return a.V.AsString()
}

// strs reads a string or a list of strings.
func (r *reader) strs(a *schemahcl.Attr) []string {
	v := a.V
	if v.IsNull() {
		return nil
	}
	if v.Type() == cty.String && v.IsKnown() {
		return []string{v.AsString()}
	}
	if !v.IsKnown() || !v.CanIterateElements() || !(v.Type().IsTupleType() || v.Type().IsListType()) {
		r.fail(a, "%s must be a string or a list of strings, not %s", a.K, v.Type().FriendlyName())
		return nil
	}
	var out []string
	for _, e := range v.AsValueSlice() {
		if e.Type() != cty.String || e.IsNull() || !e.IsKnown() {
			r.fail(a, "%s must be a list of strings", a.K)
			return nil
		}
		out = append(out, e.AsString())
	}
	return out
}

// flag reads a bool; an absent or null one is false.
func (r *reader) flag(res *schemahcl.Resource, name string) bool {
	a, ok := res.Attr(name)
	if !ok || a.V.IsNull() {
		return false
	}
	if a.V.Type() != cty.Bool || !a.V.IsKnown() {
		r.fail(a, "%s must be true or false, not %s", name, a.V.Type().FriendlyName())
		return false
	}
	return a.V.True()
}

// path makes an absolute path of a file:// URL or a plain path.
func (r *reader) path(a *schemahcl.Attr, s string) string {
	path := s
	if strings.Contains(s, "://") {
		u, err := url.Parse(s)
		switch {
		case err != nil:
			r.fail(a, "%s is not a valid URL", a.K)
			return ""
		case u.Scheme != "file":
			if r.err == nil {
				r.err = hinted(r.errorf(a, "%s begins with %s://, only file:// is supported", a.K, u.Scheme),
					"point it at a local file, such as file://ent/schema.sql")
			}
			return ""
		}
		if f := u.Query().Get("format"); f != "" && f != "atlas" {
			r.fail(a, "format %q is not supported", f)
		}
		path = filepath.Join(u.Host, u.Path)
	}
	if path == "" {
		r.fail(a, "%s is empty", a.K)
		return ""
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.base, path)
	}
	return path
}
