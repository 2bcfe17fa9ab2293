package cli_test

import (
	"context"
	"fmt"
	"os"

	"github.com/espalier-go/espalier/internal/cli"
)

func ExampleRun() {
	code := cli.Run(context.Background(), []string{"branch", "create"}, os.Stdin, os.Stdout, os.Stdout)
	fmt.Println("exit code", code)
	// Output:
	// espalier: error: NAME is missing
	// espalier: hint: see `espalier branch create --help`
	// exit code 2
}
