package migration

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"ariga.io/atlas/schemahcl"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

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

// policy reads diff { skip { … } concurrent_index { … } }, the environment's
// before the file's.
func (r *reader) policy(p *Project, env *schemahcl.Resource, global []*hclDiff) {
	var blocks []*schemahcl.Resource
	if d, ok := env.Resource("diff"); ok {
		blocks = append(blocks, d)
	}
	for _, d := range global {
		blocks = append(blocks, d.Remain())
	}
	for _, d := range blocks {
		if c, ok := d.Resource("concurrent_index"); ok {
			p.Concurrent = Concurrent{Create: r.flag(c, "create"), Drop: r.flag(c, "drop")}
			break
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
