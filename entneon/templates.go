package entneon

import (
	"embed"
	"fmt"
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
		Funcs(template.FuncMap{"neonTypes": columnTypes}).
		ParseFS(templates, "template/*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("entneon: %w", err)
	}
	return t, nil
}
