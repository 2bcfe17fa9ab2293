package localbranch

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/espalier-go/espalier/branch"
)

// Set for a copy of the test binary that is to be killed in the middle of an
// operation.
const (
	victimOp    = "LOCALBRANCH_VICTIM_OP"
	victimPoint = "LOCALBRANCH_VICTIM_POINT"
	victimDir   = "LOCALBRANCH_VICTIM_DIR"
	victimTime  = "LOCALBRANCH_VICTIM_TIME"
)

func TestMain(m *testing.M) {
	if os.Getenv(victimOp) == "" {
		os.Exit(m.Run())
	}
	err := victim(context.Background())
	fmt.Fprintln(os.Stderr, "reached its end:", err)
	os.Exit(3)
}

// victim runs an operation and kills its own process at a point of it.
func victim(ctx context.Context) error {
	p, err := Open(ctx, os.Getenv(victimDir), Config{SpareLimit: 1 << 30})
	if err != nil {
		return err
	}
	p.at = func(point string) {
		if point == os.Getenv(victimPoint) {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	at, err := time.Parse(time.RFC3339Nano, os.Getenv(victimTime))
	if err != nil {
		return err
	}
	switch os.Getenv(victimOp) {
	case "init":
		_, err = p.Init(ctx)
	case "create":
		_, err = p.Create(ctx, "new", branch.CreateOptions{})
	case "create-at":
		_, err = p.Create(ctx, "new", branch.CreateOptions{At: branch.Point{Time: at}})
	case "spare":
		err = p.keepSpare(ctx, p.mustFind("main").ID)
	case "reset":
		_, err = p.Reset(ctx, "dev")
	case "restore":
		_, err = p.Restore(ctx, "main", branch.RestoreOptions{At: branch.Point{Time: at}, PreserveAs: "before"})
	case "delete":
		err = p.Delete(ctx, "dev")
	case "history":
		if _, err = p.Endpoint(ctx, "main"); err == nil {
			err = p.Close()
		}
	}
	return err
}

// mustFind is for tests alone.
func (p *Provider) mustFind(name string) *record {
	st, err := p.read()
	if err != nil {
		panic(err)
	}
	return st.find(name)
}
