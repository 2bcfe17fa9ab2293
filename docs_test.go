package espalier_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// docsPreamble is what the Go blocks of docs/client.md may use.
const docsPreamble = `package docs

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/address"
	"github.com/espalier-go/espalier/ent/order"
	"github.com/espalier-go/espalier/ent/store"
	"github.com/espalier-go/espalier/ent/user"
	"github.com/espalier-go/espalier/entneon"
	"github.com/espalier-go/espalier/neon"
)

var _ = []any{context.Background, fmt.Sprint, slog.New, os.Stderr, sql.OrderAsc, entc.Generate, gen.Funcs, ent.NewClient,
	address.Table, order.Table, store.Table, user.Table, entneon.New, neon.Open}
`

var goBlock = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")

// Every Go block of the client's documentation compiles.
func TestDocsCompile(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("docs", "client.md"))
	require.NoError(t, err)
	blocks := goBlock.FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(blocks), 5)
	var b strings.Builder
	b.WriteString(docsPreamble)
	for i, block := range blocks {
		last := "return nil"
		if regexp.MustCompile(`(?m)^err :?= `).MatchString(block[1]) {
			last = "return err"
		} else if strings.Contains(block[1], "client := ") {
			last = "_ = client\nreturn nil"
		}
		fmt.Fprintf(&b, "\nfunc block%d(ctx context.Context, client *ent.Client, url string) error {\n{\n%s\n%s\n}\n}\n", i, block[1], last)
	}
	file := filepath.Join(t.TempDir(), "docs.go")
	require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o644))
	out, err := exec.CommandContext(t.Context(), "go", "build", file).CombinedOutput()
	require.NoError(t, err, "%s", out)
}
