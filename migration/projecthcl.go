package migration

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

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
