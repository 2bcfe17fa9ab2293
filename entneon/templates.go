package entneon

import (
	"embed"
	"fmt"
	"slices"
	"text/template"

	"entgo.io/ent/entc/gen"
)

//go:embed template/*.tmpl
var templates embed.FS

// Templates extends ent's own where they leave room for it.
func (e *extension) Templates() []*gen.Template {
	return []*gen.Template{gen.MustParse(parseTemplates())}
}

func parseTemplates() (*gen.Template, error) {
	t, err := gen.NewTemplate("neon").
		Funcs(template.FuncMap{"neonTypes": columnTypes, "neonNulls": columnNulls, "neonNotNull": notNull, "neonFree": free, "neonViews": views}).
		ParseFS(templates, "template/*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("entneon: %w", err)
	}
	return t, nil
}

// free reports whether no entity has the name.
func free(g *gen.Graph, name string) bool {
	return !slices.ContainsFunc(g.Nodes, func(n *gen.Type) bool { return n.Name == name })
}

// views reports whether an entity has no id.
func views(g *gen.Graph) bool {
	return slices.ContainsFunc(g.Nodes, func(n *gen.Type) bool { return !n.HasOneFieldID() && !n.HasCompositeID() })
}
