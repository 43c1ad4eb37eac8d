import Merkle
import Testing

private func leaves(_ count: Int) -> [MerkleHash] {
    (0..<count).map { number in Merkle.leaf((0..<3).map { UInt8(number >> (8 * $0) & 255) }) }
}

/// Every tile of a tree, computed from its leaves.
private func tiles(_ leaves: [MerkleHash]) -> [Tile: [UInt8]] {
    var hashes = leaves
    var tiles: [Tile: [UInt8]] = [:]
    for level in 0... {
        if hashes.isEmpty { return tiles }
        var above: [MerkleHash] = []
        for (index, start) in stride(from: 0, to: hashes.count, by: 256).enumerated() {
            let part = hashes[start..<min(start + 256, hashes.count)]
            tiles[Tile(level: level, index: Int64(index), count: part.count)] = Array(part.joined())
            if part.count == 256 { above.append(Merkle.root(of: part)) }
        }
        hashes = above
    }
    return tiles
}

@Suite("Proofs out of tiles")
struct TileTreeTests {
    @Test(
        "tiles give the proofs of the definition, and only the tiles that a proof needs are asked for",
        arguments: [1, 2, 3, 255, 256, 257, 511, 512, 777, 65_536, 65_793, 70_000])
    func proofs(_ size: Int) throws {
        let leaves = leaves(size)
        let all = tiles(leaves)
        #expect(Set(Tile.all(size: Int64(size))) == Set(all.keys))
        func tree(_ ranges: [Range<Int64>]) throws -> TileTree {
            var tree = TileTree(size: Int64(size))
            let needed = tree.missing(for: ranges)
            #expect(needed.count <= 3 * ranges.count)
            for tile in needed { #expect(tree.insert(tile, try #require(all[tile]))) }
            #expect(tree.missing(for: ranges).isEmpty)
            return tree
        }
        let root = Merkle.root(of: leaves[...])
        #expect(try tree([0..<Int64(size)]).root(of: 0..<Int64(size)) == root)
        for index in Set([0, 1, 254, 255, 256, size / 2, size - 2, size - 1]) where (0..<size).contains(index) {
            let path = ProofPath.inclusion(of: Int64(index), size: Int64(size))
            let proof = try #require(try tree(path).roots(of: path))
            #expect(
                Merkle.verifyInclusion(
                    of: leaves[index], at: Int64(index), size: Int64(size), root: root, proof: proof))
        }
        for old in Set([1, 2, 255, 256, 257, size / 3, size - 1, size]) where (1...size).contains(old) {
            let path = ProofPath.consistency(from: Int64(old), to: Int64(size))
            let proof = try #require(try tree(path).roots(of: path))
            #expect(
                Merkle.verifyConsistency(
                    from: (Int64(old), Merkle.root(of: leaves[..<old])), to: (Int64(size), root), proof: proof))
        }
    }

    @Test("the paths are those of RFC 6962 at every size and index")
    func paths() {
        for size in 1...40 {
            let all = leaves(size)
            func hashes(_ path: [Range<Int64>]) -> [MerkleHash] {
                path.map { Merkle.root(of: all[Int($0.lowerBound)..<Int($0.upperBound)]) }
            }
            for index in 0..<size {
                let path = ProofPath.inclusion(of: Int64(index), size: Int64(size))
                #expect(hashes(path) == Merkle.inclusionProof(of: index, in: all[...]))
                let growth = ProofPath.consistency(from: Int64(index), to: Int64(size))
                #expect(hashes(growth) == Merkle.consistencyProof(from: index, in: all[...]))
            }
        }
    }

    @Test(
        "a tree of 70,000 has the tiles that C2SP says",
        arguments: [(0, 274, 112), (1, 2, 17), (2, 1, 1)])
    func tileCounts(_ level: Int, _ count: Int, _ last: Int) {
        let tiles = Tile.all(size: 70_000).filter { $0.level == level }
        #expect(tiles.count == count)
        #expect(tiles.last?.count == last)
        #expect(Tile.all(size: 256).map(\.path) == ["tile/0/000", "tile/1/000.p/1"])
        #expect(Tile.all(size: 0).isEmpty)
    }

    @Test(
        "the files of a log have one name each",
        arguments: [
            ("checkpoint", LogResource.checkpoint), ("tree-heads/70000.note", .treeHead(size: 70_000)),
            ("tile/0/x001/x234/067", .tile(Tile(level: 0, index: 1_234_067))),
            ("tile/1/000.p/17", .tile(Tile(level: 1, index: 0, count: 17))),
            ("tile/entries/273.p/112", .entries(index: 273, count: 112)),
            ("tile/entries/x001/000", .entries(index: 1000, count: 256)),
            ("payload/000.p/1", .payloads(index: 0, count: 1)),
        ])
    func names(_ path: String, _ resource: LogResource) {
        #expect(resource.path == path)
        #expect(LogResource(path: path) == resource)
    }

    @Test(
        "other names are none",
        arguments: [
            "", "/checkpoint", "checkpoint/", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/1", "tile/00/000",
            "tile/8/000", "tile/-1/000", "tile/0/x000/000", "tile/0/x001", "tile/0/001/002", "tile/0/000.p/0",
            "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p", "tile/0/000/1", "tile/0/+12", "tile/0/-01",
            "tile/entries/x/000", "tile/entries/../000", "payload/0000", "tree-heads/07.note", "tree-heads/7.key",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        ])
    func noNames(_ path: String) { #expect(LogResource(path: path) == nil) }

    @Test("a file's size is the number of events that fill it")
    func sizes() {
        #expect(LogResource.tile(Tile(level: 1, index: 0, count: 17)).size == Int64(4352))
        #expect(LogResource.entries(index: 273, count: 112).size == Int64(70_000))
        #expect(LogResource.tile(Tile(level: 7, index: 1 << 40)).size == nil)
    }
}
