package pglocal

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// New ports come from below the range that systems give to outgoing
// connections, so that a remembered one isn't taken by chance.
const firstPort, lastPort = 20000, 31999

// choosePort gives the cluster's port: the wanted one, else the remembered
// one, else a new one. Only remember stores it, and never silently another
// than was remembered.
func (c cluster) choosePort(ctx context.Context, want int, remember bool, cacheDir string) (int, error) {
	if want < 0 || want > 65535 {
		return 0, withHint(fmt.Errorf("port %d is out of range", want), "choose a port from 1024 to 65535")
	}
	if want == 0 && remember {
		var err error
		if want, err = c.rememberedPort(); err != nil {
			return 0, err
		}
	}
	if want != 0 {
		if err := portFree(want); err != nil {
			return 0, err
		}
		if !remember {
			return want, nil
		}
		return want, c.rememberPort(want)
	}
	dir, err := cacheSub(cacheDir, "ports")
	if err != nil {
		return 0, err
	}
	lock, err := takeLock(ctx, filepath.Join(dir, "lock"))
	if err != nil {
		return 0, err
	}
	defer lock.Close()
	first := rand.IntN(lastPort - firstPort + 1)
	for i := range lastPort - firstPort + 1 {
		port := firstPort + (first+i)%(lastPort-firstPort+1)
		if promised(dir, port, c.dir) || portFree(port) != nil {
			continue
		}
		if !remember {
			return port, nil
		}
		if err := writeOwned(filepath.Join(dir, strconv.Itoa(port)), []byte(c.dir+"\n"), nil); err != nil {
			return 0, err
		}
		return port, c.rememberPort(port)
	}
	return 0, withHint(fmt.Errorf("no free port from %d to %d", firstPort, lastPort), "name a port yourself")
}

// promised tells whether another cluster remembers the port: one that doesn't
// run now finds it free when it starts again.
func promised(dir string, port int, me string) bool {
	content, err := os.ReadFile(filepath.Join(dir, strconv.Itoa(port)))
	if err != nil {
		return false
	}
	other := cluster{strings.TrimSpace(string(content))}
	remembered, err := other.rememberedPort()
	return other.dir != me && err == nil && remembered == port
}

func (c cluster) rememberedPort() (int, error) {
	content, err := os.ReadFile(c.path("port"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	port, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil || port < 1 || port > 65535 {
		return 0, withHint(fmt.Errorf("%s holds no port", c.path("port")), "remove that file: a new port is chosen then")
	}
	return port, nil
}

func (c cluster) rememberPort(port int) error {
	return writeOwned(c.path("port"), []byte(strconv.Itoa(port)+"\n"), nil)
}

// portFree returns a PortTakenError when something listens on the port.
func portFree(port int) error {
	l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	switch {
	case err == nil:
		return l.Close()
	case errors.Is(err, syscall.EADDRINUSE):
		return &PortTakenError{Port: port}
	case errors.Is(err, syscall.EACCES):
		return withHint(fmt.Errorf("port %d: %w", port, err), "choose a port from 1024 to 65535")
	}
	return err
}
