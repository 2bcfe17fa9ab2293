package pglocal

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// maxUnpacked bounds what a tarball may grow to; the real ones have 100 MB.
const maxUnpacked = 1 << 30

// unpackPackage checks the npm tarball against its integrity and unpacks it
// into dst, which must not exist, links included.
func unpackPackage(tarball, integrity, dst string) error {
	f, err := os.Open(tarball)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := checkIntegrity(f, integrity); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := os.Mkdir(dst, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dst)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := untar(f, root); err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	links, err := root.ReadFile("native/pg-symlinks.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return makeSymlinks(root, links)
}

// checkIntegrity compares with npm's dist.integrity, "sha512-<base64>".
func checkIntegrity(r io.Reader, integrity string) error {
	want, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(integrity, "sha512-"))
	if err != nil || len(want) != sha512.Size {
		return fmt.Errorf("not a sha512 integrity: %.100q", integrity)
	}
	h := sha512.New()
	if _, err := io.Copy(h, r); err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(h.Sum(nil), want) != 1 {
		return errors.New("the tarball isn't the pinned one (its sha512 differs); nothing was unpacked")
	}
	return nil
}

func untar(r io.Reader, root *os.Root) error {
	zr, err := gzip.NewReader(bufio.NewReaderSize(r, 1<<20))
	if err != nil {
		return err
	}
	tr := tar.NewReader(zr)
	left := int64(maxUnpacked)
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name, err := memberPath(h.Name)
		if err != nil {
			return err
		}
		switch h.Typeflag {
		case tar.TypeDir:
			err = mkdirAll(root, name)
		case tar.TypeReg:
			if left -= h.Size; left < 0 {
				return errors.New("the tarball is too large")
			}
			err = untarFile(tr, root, name, h.FileInfo().Mode())
		default:
			// npm packages hold only files; a link in one is an attack.
			err = fmt.Errorf("%q is neither a file nor a folder", h.Name)
		}
		if err != nil {
			return err
		}
	}
}

func untarFile(r io.Reader, root *os.Root, name string, mode fs.FileMode) error {
	if err := mkdirAll(root, path.Dir(name)); err != nil {
		return err
	}
	perm := fs.FileMode(0o644)
	if mode&0o111 != 0 {
		perm = 0o755
	}
	f, err := root.OpenFile(filepath.FromSlash(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}

func mkdirAll(root *os.Root, name string) error {
	if name == "." {
		return nil
	}
	return root.MkdirAll(filepath.FromSlash(name), 0o755)
}

// memberPath is where a member of the tarball goes below the package's
// folder; npm puts everything under one folder of any name.
func memberPath(name string) (string, error) {
	if strings.ContainsAny(name, "\\\x00") || strings.HasPrefix(name, "/") {
		return "", fmt.Errorf("bad path in the tarball: %.100q", name)
	}
	_, rest, found := strings.Cut(strings.TrimSuffix(name, "/"), "/")
	if !found {
		rest = "."
	}
	if !fs.ValidPath(rest) || strings.HasPrefix(name, "../") {
		return "", fmt.Errorf("bad path in the tarball: %.100q", name)
	}
	return rest, nil
}
