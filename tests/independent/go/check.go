// Check judges our checkpoints and proofs with Go's golang.org/x/mod/sumdb (Debian's
// golang-golang-x-mod-dev), which knows nothing of us.
//
//	check VKEY < lines
//
// Each line of standard input is a question, each line of output its answer, `ok` or `refused: why`:
//
//	note FILE                 a signed checkpoint
//	proof FILE                a c2sp.org/tlog-proof@v1 bundle that opens its record
//	export FILE               an export: its leaves give the root of its checkpoint
//	follows FILE FILE EXPORT  the second checkpoint's log begins with the first one's
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type head struct {
	size int64
	root tlog.Hash
}

// openCheckpoint reads a signed note and the three lines of a checkpoint in it.
func openCheckpoint(bytes []byte, verifier note.Verifier) (head, error) {
	var h head
	opened, err := note.Open(bytes, note.VerifierList(verifier))
	if err != nil {
		return h, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return h, errors.New("a checkpoint of ours has three lines")
	}
	if lines[0] != verifier.Name() {
		return h, errors.New("the origin is not the key's name")
	}
	if h.size, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return h, err
	}
	if strconv.FormatInt(h.size, 10) != lines[1] {
		return h, errors.New("a second spelling of the size")
	}
	h.root, err = tlog.ParseHash(lines[2])
	return h, err
}

type opening struct {
	Ytterby      string          `json:"ytterby"`
	Key          string          `json:"key"`
	Record       []byte          `json:"record"`
	EventSalt    []byte          `json:"event_salt"`
	Event        json.RawMessage `json:"event"`
	DecisionSalt []byte          `json:"decision_salt"`
	Decision     []byte          `json:"decision"`
}

func commitment(what string, salt, bytes []byte) []byte {
	sha := sha256.New()
	sha.Write([]byte("ytterby/" + what + "/1\x00"))
	sha.Write(salt)
	sha.Write(bytes)
	return sha.Sum(nil)
}

func checkProof(text []byte, verifier note.Verifier, vkey string) error {
	split := bytes.Index(text, []byte("\n\n"))
	if split < 0 {
		return errors.New("no empty line")
	}
	lines := strings.Split(string(text[:split]), "\n")
	checkpoint, err := openCheckpoint(text[split+2:], verifier)
	if err != nil {
		return err
	}
	if len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a tlog-proof")
	}
	extra, found := cut(lines[1], "extra ")
	if !found {
		return errors.New("no extra line")
	}
	encoded, err := base64.StdEncoding.Strict().DecodeString(extra)
	if err != nil {
		return err
	}
	number, found := cut(lines[2], "index ")
	if !found {
		return errors.New("no index line")
	}
	index, err := strconv.ParseInt(number, 10, 64)
	if err != nil || strconv.FormatInt(index, 10) != number {
		return errors.New("malformed index")
	}
	var path tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		path = append(path, hash)
	}
	var open opening
	strict := json.NewDecoder(bytes.NewReader(encoded))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&open); err != nil {
		return err
	}
	if open.Ytterby != "opening/1" || open.Key != vkey || len(open.Record) != 96 {
		return errors.New("no opening of ours")
	}
	if err := tlog.CheckRecord(path, checkpoint.size, checkpoint.root, index, tlog.RecordHash(open.Record)); err != nil {
		return err
	}
	if string(open.Record[:4]) != "YTR\x01" || int64(binary.BigEndian.Uint64(open.Record[8:])) != index {
		return errors.New("the record is another one's")
	}
	if open.Event != nil && !bytes.Equal(commitment("event", open.EventSalt, open.Event), open.Record[32:64]) {
		return errors.New("the event is another one")
	}
	if open.Decision != nil && !bytes.Equal(commitment("decision", open.DecisionSalt, open.Decision), open.Record[64:96]) {
		return errors.New("the decision is another one")
	}
	return nil
}

func cut(text, prefix string) (string, bool) {
	if !strings.HasPrefix(text, prefix) {
		return "", false
	}
	return text[len(prefix):], true
}

type exportLine struct {
	Ytterby  string          `json:"ytterby"`
	Seq      uint64          `json:"seq"`
	Batch    uint64          `json:"batch"`
	Logic    uint16          `json:"logic"`
	Flags    uint16          `json:"flags"`
	Recorded string          `json:"recorded"`
	Salts    [2][]byte       `json:"salts"`
	Decision []byte          `json:"decision"`
	Event    json.RawMessage `json:"event"`
	Note     string          `json:"note"`
}

// stored keeps the hashes of a tree as sumdb/tlog numbers them.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, i := range indexes {
		if i >= int64(len(s)) {
			return nil, errors.New("beyond the log")
		}
		hashes = append(hashes, s[i])
	}
	return hashes, nil
}

// readExport makes the 96 bytes of each record anew from its line.
func readExport(path string) (hashes stored, size int64, checkpoint string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return
	}
	defer file.Close()
	lines := bufio.NewReaderSize(file, 1<<20)
	for {
		bytes, _ := lines.ReadBytes('\n')
		if len(bytes) == 0 {
			return
		}
		var line exportLine
		if err = json.Unmarshal(bytes, &line); err != nil {
			return
		}
		if line.Ytterby == "checkpoint/1" {
			checkpoint = line.Note
			continue
		}
		var when time.Time
		if when, err = time.Parse(time.RFC3339Nano, line.Recorded); err != nil {
			return
		}
		record := []byte("YTR\x01")
		record = binary.BigEndian.AppendUint16(record, line.Logic)
		record = binary.BigEndian.AppendUint16(record, line.Flags)
		record = binary.BigEndian.AppendUint64(record, line.Seq)
		record = binary.BigEndian.AppendUint64(record, uint64(when.UnixMicro()))
		record = binary.BigEndian.AppendUint64(record, line.Batch)
		record = append(record, commitment("event", line.Salts[0], line.Event)...)
		record = append(record, commitment("decision", line.Salts[1], line.Decision)...)
		var more []tlog.Hash
		if more, err = tlog.StoredHashes(size, record, hashes); err != nil {
			return
		}
		hashes = append(hashes, more...)
		size++
	}
}

func checkExport(path string, verifier note.Verifier) error {
	hashes, size, text, err := readExport(path)
	if err != nil {
		return err
	}
	checkpoint, err := openCheckpoint([]byte(text), verifier)
	if err != nil {
		return err
	}
	if checkpoint.size > size {
		return errors.New("fewer records than were signed")
	}
	root, err := tlog.TreeHash(checkpoint.size, hashes)
	if err == nil && root != checkpoint.root {
		err = errors.New("another root")
	}
	return err
}

func checkFollows(older, newer, export string, verifier note.Verifier) error {
	var heads [2]head
	for i, path := range []string{older, newer} {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if heads[i], err = openCheckpoint(text, verifier); err != nil {
			return err
		}
	}
	hashes, _, _, err := readExport(export)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(heads[1].size, heads[0].size, hashes)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, heads[1].size, heads[1].root, heads[0].size, heads[0].root)
}

func answer(words []string, verifier note.Verifier, vkey string) error {
	switch {
	case len(words) == 2 && words[0] == "export":
		return checkExport(words[1], verifier)
	case len(words) == 4 && words[0] == "follows":
		return checkFollows(words[1], words[2], words[3], verifier)
	case len(words) == 2 && (words[0] == "note" || words[0] == "proof"):
		text, err := os.ReadFile(words[1])
		if err != nil {
			return err
		}
		if words[0] == "proof" {
			return checkProof(text, verifier, vkey)
		}
		_, err = openCheckpoint(text, verifier)
		return err
	}
	return errors.New("unknown question")
}

func main() {
	verifier, err := note.NewVerifier(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	questions := bufio.NewScanner(os.Stdin)
	for questions.Scan() {
		if err := answer(strings.Fields(questions.Text()), verifier, os.Args[1]); err != nil {
			fmt.Println("refused:", strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println("ok")
		}
	}
}
