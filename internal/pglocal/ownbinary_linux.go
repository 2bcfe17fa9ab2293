package pglocal

import "os"

// ownBinary is the program's file. The link works also when the file was
// replaced or removed, as `go run` and `go test` do; the path looks better in
// a list of processes.
func ownBinary() (string, error) {
	const link = "/proc/self/exe"
	path, err := os.Executable()
	if err != nil {
		return link, nil
	}
	here, err1 := os.Stat(link)
	there, err2 := os.Stat(path)
	if err1 != nil || err2 != nil || !os.SameFile(here, there) {
		return link, nil
	}
	return path, nil
}
