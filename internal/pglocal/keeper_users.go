package pglocal

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// watchUsers sends on idle when nobody has used the server for Linger; it
// then holds users.lock, so that nobody can join until the keeper is gone.
// It waits in the kernel, not by polling: an exclusive lock is granted when
// the last shared one is given back or its process has died.
func (k *keeper) watchUsers(idle chan<- struct{}) {
	path := k.cluster.path("users.lock")
	users, err := openLock(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, "watch the users:", err)
		idle <- struct{}{}
		return
	}
	for {
		if err := users.block(unix.LOCK_EX); err != nil {
			fmt.Fprintln(os.Stderr, "watch the users:", err)
			time.Sleep(time.Second)
			continue
		}
		for {
			if k.cluster.kept(os.Getpid()) {
				users.Close()
				return
			}
			since := time.Now()
			_ = users.unlock()
			time.Sleep(k.job.Linger)
			if free, _ := users.try(unix.LOCK_EX); !free {
				break
			}
			// Somebody may have come and gone meanwhile.
			if info, err := users.f.Stat(); err == nil && info.ModTime().After(since) {
				continue
			}
			if k.cluster.kept(os.Getpid()) {
				users.Close()
				return
			}
			idle <- struct{}{}
			return
		}
	}
}
