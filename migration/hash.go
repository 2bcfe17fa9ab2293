package migration

import "os"

// Hash writes atlas.sum anew from the files in the local folder dir. Call it
// after editing a file that is not applied anywhere yet.
func Hash(dir string) error {
	unlock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	defer unlock()
	mem, err := loadDir(os.DirFS(dir))
	if err != nil {
		return err
	}
	files, err := mem.Files()
	if err != nil {
		return err
	}
	sum, err := sumOf(files)
	if err != nil {
		return err
	}
	return writeAll(dir, namedFile{sumFile, sum})
}
