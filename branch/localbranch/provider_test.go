package localbranch

import (
	"testing"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/branchtest"
)

func TestProvider(t *testing.T) {
	branchtest.Run(t, func(t *testing.T) branch.Provider { return newProject(t) })
}
