// Go's transparency log (golang.org/x/mod/sumdb/tlog) in memory: records of 96 bytes appended, the tree hash at
// the end; records a second of one core (P6). Prints the tree hash too, so that the work is done.
//
//	go run tlog.go RECORDS
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		out[i] = h[at]
	}
	return out, nil
}

func main() {
	runtime.GOMAXPROCS(1)
	count, err := strconv.ParseInt(os.Args[1], 10, 64)
	if err != nil {
		panic(err)
	}
	record := make([]byte, 96)
	kept := make(hashes, 0, 2*count)
	start := time.Now()
	for n := int64(0); n < count; n++ {
		binary.BigEndian.PutUint64(record, uint64(n))
		add, err := tlog.StoredHashes(n, record, kept)
		if err != nil {
			panic(err)
		}
		kept = append(kept, add...)
	}
	root, err := tlog.TreeHash(count, kept)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.0f %s\n", float64(count)/time.Since(start).Seconds(), root)
}
