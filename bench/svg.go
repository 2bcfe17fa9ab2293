package main

import (
	"fmt"
	"html"
	"strings"
)

// chart is a group of bars for each operation, one bar for each contender.
type chart struct {
	title, unit string
	// relative makes the figure of pgx by hand the measure.
	relative bool
	ops      []string
	value    func(*figure) float64
}

// The colors keep their distance to black and to white, and to each other for
// all eyes.
var colors = map[string]string{
	"espalier": "#0a9d6c", "pgx": "#3b7fd4", "batch": "#7fb1ee", "sqlc": "#8a8f98", "ent": "#d9822b", "gorm": "#c2528b", "bun": "#9167c9",
}

const (
	barHeight, groupGap = 14, 16
	labelWidth          = 330
	barsWidth           = 470
	chartWidth          = labelWidth + barsWidth + 70
)

func (c chart) svg(res *results) string {
	type bar struct {
		name, title string
		value       float64
	}
	type group struct {
		title string
		bars  []bar
	}
	var groups []group
	most := 0.0
	for _, name := range c.ops {
		for _, r := range res.Rows {
			if r.Name != name {
				continue
			}
			g, unit := group{title: r.Title}, 1.0
			if c.relative {
				unit = c.value(r.Figures["pgx"])
			}
			for _, x := range contenders {
				if f := r.Figures[x.name]; f != nil && unit > 0 {
					g.bars = append(g.bars, bar{x.name, x.title, c.value(f) / unit})
					most = max(most, c.value(f)/unit)
				}
			}
			groups = append(groups, g)
		}
	}
	height := 78
	for _, g := range groups {
		height += len(g.bars)*barHeight + groupGap
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="%s" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif">
<style>text { fill: #24292f } .axis { stroke: #8b949e } @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }</style>
`, chartWidth, height, chartWidth, height, html.EscapeString(c.title))
	fmt.Fprintf(&b, "<text x=\"12\" y=\"24\" font-size=\"16\" font-weight=\"600\">%s</text>\n", html.EscapeString(c.title))
	x := 12
	for _, k := range contenders {
		fmt.Fprintf(&b, "<rect x=\"%d\" y=\"40\" width=\"11\" height=\"11\" rx=\"2\" fill=\"%s\"/><text x=\"%d\" y=\"50\" font-size=\"12\">%s</text>\n",
			x, colors[k.name], x+16, html.EscapeString(k.title))
		x += 34 + 7*len(k.title)
	}
	y := 70
	for _, g := range groups {
		middle := y + len(g.bars)*barHeight/2 + 4
		fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\" font-size=\"12\" text-anchor=\"end\">%s</text>\n", labelWidth-10, middle, html.EscapeString(g.title))
		fmt.Fprintf(&b, "<line class=\"axis\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", labelWidth, y-2, labelWidth, y+len(g.bars)*barHeight+2)
		for _, v := range g.bars {
			width := max(v.value/most*barsWidth, 1)
			weight := ""
			if v.name == contenders[0].name {
				weight = ` font-weight="600"`
			}
			fmt.Fprintf(&b, "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\" fill=\"%s\"><title>%s: %s</title></rect><text x=\"%.1f\" y=\"%d\" font-size=\"10.5\"%s>%s</text>\n",
				labelWidth+1, y+1, width, barHeight-3, colors[v.name], html.EscapeString(v.title), number(v.value, c.unit), labelWidth+width+6, y+barHeight-4, weight, number(v.value, c.unit))
			y += barHeight
		}
		y += groupGap
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// number keeps two or three digits that mean something.
func number(v float64, unit string) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f %s", v, unit)
	case v >= 10:
		return fmt.Sprintf("%.1f %s", v, unit)
	}
	return fmt.Sprintf("%.2f %s", v, unit)
}
