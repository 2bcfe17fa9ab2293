package seed

import (
	"errors"
	"runtime"
)

// Config holds the options of Run. The zero value works.
type Config struct {
	// Seed is the seed number. Defaults to 1.
	Seed int64
	// Scale says how many rows there are; what it counts is the data set's to
	// say. Defaults to 1000.
	Scale int64
	// Reset empties the data set's tables before, whoever filled them.
	Reset bool
	// ChunkRows is how many rows go into one transaction. Defaults to 10,000.
	ChunkRows int
	// Workers is how many goroutines make rows. Defaults to GOMAXPROCS.
	Workers int
	// Retries is how often a lost connection is made again before Run gives
	// up; a chunk that got through starts the count anew. Defaults to 8,
	// which takes about 20 s; negative means never.
	Retries int
	// Progress is called from one goroutine at the start, after each chunk and
	// where Run waits for another one. Defaults to nothing.
	Progress func(Progress)
}

func (c Config) withDefaults() Config {
	if c.Seed == 0 {
		c.Seed = 1
	}
	if c.Scale == 0 {
		c.Scale = 1000
	}
	if c.ChunkRows == 0 {
		c.ChunkRows = 10_000
	}
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	if c.Retries == 0 {
		c.Retries = 8
	}
	if c.Progress == nil {
		c.Progress = func(Progress) {}
	}
	return c
}

func (c Config) check() error {
	switch {
	case c.Scale < 1:
		return errors.New("the scale must be at least 1")
	case c.Scale > 1e9:
		return errors.New("the scale must be at most 1,000,000,000")
	case c.ChunkRows < 1 || c.Workers < 1:
		return errors.New("ChunkRows and Workers must be positive")
	}
	return nil
}
