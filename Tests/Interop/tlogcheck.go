// Checks what Purser exports with Go's own implementation of transparency logs, golang.org/x/mod/sumdb, which knows
// nothing of Purser: signed notes, RFC 6962 hashes, tiles, inclusion and consistency proofs.
//
//	tlogcheck VERIFIER-KEY WITNESS-KEY DIRECTORY PROOF...
//
// DIRECTORY is an export; each PROOF is a file of a c2sp.org/tlog-proof or of a consistency proof. WITNESS-KEY may be "-".
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func check(isRight bool, format string, arguments ...any) {
	if !isRight {
		log.Fatalf(format, arguments...)
	}
}

// A tree is what a checkpoint states.
type tree struct {
	size int64
	root tlog.Hash
}

// open verifies a checkpoint's signatures; all verifiers must have signed.
func open(text []byte, verifiers ...note.Verifier) tree {
	opened := must(note.Open(text, note.VerifierList(verifiers...)))
	check(len(opened.Sigs) == len(verifiers), "%d of %d signatures are there", len(opened.Sigs), len(verifiers))
	lines := strings.Split(opened.Text, "\n")
	check(len(lines) == 4 && lines[0] == verifiers[0].Name(), "the checkpoint is not of %s", verifiers[0].Name())
	return tree{must(strconv.ParseInt(lines[1], 10, 64)), must(tlog.ParseHash(lines[2]))}
}

// A witness verifies cosignature/v1 of c2sp.org/tlog-cosignature, which sumdb/note leaves to its users.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func parseWitness(text string) witness {
	parts := strings.SplitN(text, "+", 3)
	key := must(base64.StdEncoding.DecodeString(parts[2]))
	check(len(key) == 33 && key[0] == 4, "%s is no witness' key", text)
	digest := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	hash := binary.BigEndian.Uint32(digest[:4])
	check(fmt.Sprintf("%08x", hash) == parts[1], "the id of %s is wrong", text)
	return witness{parts[0], hash, key[1:]}
}

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.hash }
func (w witness) Verify(message, signature []byte) bool {
	if len(signature) != 72 {
		return false
	}
	time := binary.BigEndian.Uint64(signature[:8])
	return ed25519.Verify(w.key, []byte(fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, message)), signature[8:])
}

// tiles reads an export; its paths are those of C2SP, without Go's tile height.
type tiles struct{ directory string }

func (t tiles) Height() int { return 8 }
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range wanted {
		path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		bytes, err := os.ReadFile(filepath.Join(t.directory, path))
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// entries reads all entry bundles.
func (t tiles) entries(size int64) [][]byte {
	var all [][]byte
	for index := int64(0); index*256 < size; index++ {
		width := 256
		if size-index*256 < 256 {
			width = int(size - index*256)
		}
		path := strings.Replace(tlog.Tile{H: 8, L: 0, N: index, W: width}.Path(), "tile/8/0/", "tile/entries/", 1)
		rest := must(os.ReadFile(filepath.Join(t.directory, path)))
		for len(rest) > 0 {
			length := int(binary.BigEndian.Uint16(rest))
			all = append(all, rest[2:2+length])
			rest = rest[2+length:]
		}
	}
	return all
}

func hashes(lines []string) []tlog.Hash {
	var all []tlog.Hash
	for _, line := range lines {
		all = append(all, must(tlog.ParseHash(line)))
	}
	return all
}

func checkDirectory(directory string, verifiers []note.Verifier) {
	head := open(must(os.ReadFile(filepath.Join(directory, "checkpoint"))), verifiers...)
	source := tiles{directory}
	reader := tlog.TileHashReader(tlog.Tree{N: head.size, Hash: head.root}, source)
	check(must(tlog.TreeHash(head.size, reader)) == head.root, "the tiles' root is not the checkpoint's")
	entries := source.entries(head.size)
	check(int64(len(entries)) == head.size, "%d entries of %d are there", len(entries), head.size)
	for index, entry := range entries {
		proof := must(tlog.ProveRecord(head.size, int64(index), reader))
		if err := tlog.CheckRecord(proof, head.size, head.root, int64(index), tlog.RecordHash(entry)); err != nil {
			log.Fatalf("entry %d: %v", index, err)
		}
	}
	olds := must(filepath.Glob(filepath.Join(directory, "tree-heads", "*.note")))
	for _, file := range olds {
		old := open(must(os.ReadFile(file)), verifiers[:1]...)
		proof := must(tlog.ProveTree(head.size, old.size, reader))
		if err := tlog.CheckTree(proof, head.size, head.root, old.size, old.root); err != nil {
			log.Fatalf("%s: %v", file, err)
		}
	}
	fmt.Printf("%d entries under a tree head of size %d, %d tree heads\n", len(entries), head.size, len(olds))
}

func checkProof(file string, verifiers []note.Verifier) {
	parts := bytes.SplitN(must(os.ReadFile(file)), []byte("\n\n"), 2)
	lines := strings.Split(string(parts[0]), "\n")
	switch lines[0] {
	case "c2sp.org/tlog-proof@v1":
		extra := must(base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra ")))
		index := must(strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64))
		var event struct{ Envelope string }
		check(json.Unmarshal(extra, &event) == nil, "%s: the extra line is no JSON", file)
		head := open(parts[1], verifiers[:1]...)
		leaf := tlog.RecordHash([]byte(event.Envelope))
		if err := tlog.CheckRecord(hashes(lines[3:]), head.size, head.root, index, leaf); err != nil {
			log.Fatalf("%s: %v", file, err)
		}
		fmt.Printf("entry %d is under the tree head of size %d\n", index, head.size)
	case "purser.dev/consistency-proof@v1":
		notes := bytes.SplitN(parts[1], []byte("\n\n"), 3)
		old := open(append(append(notes[0], "\n\n"...), append(notes[1], '\n')...), verifiers[:1]...)
		head := open(notes[2], verifiers[:1]...)
		if err := tlog.CheckTree(hashes(lines[1:]), head.size, head.root, old.size, old.root); err != nil {
			log.Fatalf("%s: %v", file, err)
		}
		fmt.Printf("the tree head of size %d extends that of size %d\n", head.size, old.size)
	default:
		log.Fatalf("%s is no proof", file)
	}
}

func main() {
	log.SetFlags(0)
	check(len(os.Args) > 3, "usage: tlogcheck VERIFIER-KEY WITNESS-KEY DIRECTORY PROOF...")
	verifiers := []note.Verifier{must(note.NewVerifier(os.Args[1]))}
	if os.Args[2] != "-" {
		verifiers = append(verifiers, parseWitness(os.Args[2]))
	}
	checkDirectory(os.Args[3], verifiers)
	for _, file := range os.Args[4:] {
		checkProof(file, verifiers)
	}
}
