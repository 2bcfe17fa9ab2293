package localneon_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/branchtest"
	"github.com/espalier-go/espalier/branch/neonbranch"
	"github.com/espalier-go/espalier/internal/localneon"
)

// provider is Neon's provider over the local Neon.
func (n *neon) provider(t *testing.T) *neonbranch.Provider {
	t.Helper()
	p, err := neonbranch.Open(n.server.Key(), n.project, neonbranch.Config{BaseURL: n.BaseURL()})
	require.NoError(t, err)
	return p
}

func TestProvider(t *testing.T) {
	branchtest.Run(t, func(t *testing.T) branch.Provider {
		return open(t, projectDir(t), localneon.Config{}).provider(t)
	}, branchtest.ResetNeedsNoChildren())
}
