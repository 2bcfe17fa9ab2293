package shop

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed taxonomy.txt
var taxonomyText string

const (
	departmentsPerStore = 4
	groupsPerDepartment = 3
	shelvesPerGroup     = 2
	// nodesPerDepartment counts the department, its groups and their shelves.
	nodesPerDepartment = 1 + groupsPerDepartment + groupsPerDepartment*shelvesPerGroup
	categoriesPerStore = departmentsPerStore * nodesPerDepartment
	shelvesPerStore    = departmentsPerStore * groupsPerDepartment * shelvesPerGroup
)

// node is a category of taxonomy.txt: a department, a group or a shelf.
type node struct {
	name string
	// parent is the node above, within the department; -1 for the department.
	parent int
	// words are the goods on a shelf, or what a department's are made of.
	words []string
}

// taxonomy returns the departments, each with its nodes, parents first.
var taxonomy = sync.OnceValue(func() [][]node {
	var departments [][]node
	for line := range strings.Lines(taxonomyText) {
		name, list, _ := strings.Cut(strings.TrimSpace(line), ": ")
		d := len(departments) - 1
		switch len(line) - len(strings.TrimLeft(line, " ")) {
		case 0:
			departments = append(departments, []node{{name: name, parent: -1, words: strings.Split(list, ", ")}})
		case 2:
			departments[d] = append(departments[d], node{name: name})
		default:
			group := len(departments[d]) - 1
			for departments[d][group].words != nil {
				group--
			}
			departments[d] = append(departments[d], node{name: name, parent: group, words: strings.Split(list, ", ")})
		}
	}
	return departments
})
