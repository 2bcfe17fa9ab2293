package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// symbols is what a package exports, by name.
type symbols struct {
	types  map[string]*ast.TypeSpec
	consts map[string]bool
	vars   map[string]bool
	funcs  map[string]function
}

// function is an exported function and what its signature refers to.
type function struct {
	decl    *ast.FuncDecl
	imports map[string]string // name in the signature -> import path
}

func (s symbols) has(name string) bool {
	_, isFunc := s.funcs[name]
	return s.types[name] != nil || s.consts[name] || s.vars[name] || isFunc
}

// surface reads the exported symbols of the package in dir.
func surface(dir string) (symbols, error) { return read(dir, func(string) bool { return true }) }

// declared reads the exported symbols that a stand-in declares by hand.
func declared(dir string) (symbols, error) {
	return read(dir, func(file string) bool { return file != "aliases.go" })
}

func read(dir string, keep func(file string) bool) (symbols, error) {
	s := symbols{types: map[string]*ast.TypeSpec{}, consts: map[string]bool{}, vars: map[string]bool{}, funcs: map[string]function{}}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return s, err
	}
	fset := token.NewFileSet()
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || !keep(name) {
			continue
		}
		file, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return s, err
		}
		if err := s.add(file); err != nil {
			return s, fmt.Errorf("%s: %w", name, err)
		}
	}
	return s, nil
}

func (s symbols) add(file *ast.File) error {
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.IsExported() {
				imports, err := signatureImports(file, d)
				if err != nil {
					return err
				}
				s.funcs[d.Name.Name] = function{decl: d, imports: imports}
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				s.addSpec(d.Tok, spec)
			}
		}
	}
	return nil
}

func (s symbols) addSpec(tok token.Token, spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if spec.Name.IsExported() {
			s.types[spec.Name.Name] = spec
		}
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			switch {
			case !name.IsExported():
			case tok == token.CONST:
				s.consts[name.Name] = true
			default:
				s.vars[name.Name] = true
			}
		}
	}
}

// signatureImports resolves the package names in a function's signature.
func signatureImports(file *ast.File, d *ast.FuncDecl) (map[string]string, error) {
	byName := map[string]string{}
	for _, imp := range file.Imports {
		p, err := strconv.Unquote(imp.Path.Value)
		if err != nil {
			return nil, err
		}
		name := path.Base(p)
		if imp.Name != nil {
			name = imp.Name.Name
		}
		byName[name] = p
	}
	used := map[string]string{}
	var missing error
	ast.Inspect(d.Type, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := sel.X.(*ast.Ident)
		if !ok {
			return true
		}
		if p, ok := byName[pkg.Name]; ok {
			used[pkg.Name] = p
		} else {
			missing = fmt.Errorf("func %s: unknown package %s", d.Name.Name, pkg.Name)
		}
		return true
	})
	return used, missing
}
