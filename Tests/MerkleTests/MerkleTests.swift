import Merkle
import Testing

/// The leaves and roots of Certificate Transparency's reference implementation, which RFC 6962 is taken from.
private let vectors: [(leaf: String, root: String)] = [
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    (
        "606162636465666768696a6b6c6d6e6f",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    ),
]

private func bytes(hex: String) -> [UInt8] {
    let digits = Array(hex)
    return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
}

private func leaves(_ count: Int) -> [MerkleHash] { (0..<count).map { Merkle.leaf([UInt8(truncatingIfNeeded: $0)]) } }

/// The hash with one bit of its last byte turned.
private func altered(_ hash: MerkleHash) -> MerkleHash { Array(hash.dropLast()) + [(hash.last ?? 0) ^ 1] }

@Suite("Merkle trees of RFC 6962")
struct MerkleTests {
    @Test("roots of every size agree with the reference's")
    func referenceRoots() {
        var frontier = MerkleFrontier()
        #expect(
            frontier.root == bytes(hex: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
        var leaves: [MerkleHash] = []
        for vector in vectors {
            leaves.append(Merkle.leaf(bytes(hex: vector.leaf)))
            frontier.append(leaves[leaves.count - 1])
            #expect(frontier.root == bytes(hex: vector.root))
            #expect(Merkle.root(of: leaves[...]) == bytes(hex: vector.root))
        }
    }

    @Test("the growing tree agrees with the definition at every size")
    func frontier() {
        var frontier = MerkleFrontier()
        let all = leaves(300)
        for size in 1...300 {
            frontier.append(all[size - 1])
            #expect(frontier.size == size)
            #expect(frontier.root == Merkle.root(of: all[..<size]))
        }
    }

    @Test("the growing tree tells the roots of the tiles that became full")
    func completedTiles() {
        var frontier = MerkleFrontier()
        let all = leaves(65_536)
        for (index, leaf) in all.enumerated() {
            frontier.append(leaf)
            let size = index + 1
            switch size % 65_536 {
            case 0: #expect(frontier.completedTiles == [Merkle.root(of: all[65_280...]), Merkle.root(of: all[...])])
            case let rest where rest % 256 == 0:
                #expect(frontier.completedTiles == [Merkle.root(of: all[(size - 256)..<size])])
            default: if !frontier.completedTiles.isEmpty { Issue.record("size \(size) completes no tile") }
            }
        }
    }

    @Test("every inclusion proof holds, and none that was altered")
    func inclusion() {
        for size in 1...70 {
            let tree = leaves(size)
            let root = Merkle.root(of: tree[...])
            for index in 0..<size {
                let proof = Merkle.inclusionProof(of: index, in: tree[...])
                func holds(
                    leaf: MerkleHash = tree[index], at: Int = index, size: Int = size, root: MerkleHash = root,
                    proof: [MerkleHash] = proof
                ) -> Bool {
                    Merkle.verifyInclusion(of: leaf, at: Int64(at), size: Int64(size), root: root, proof: proof)
                }
                #expect(holds())
                #expect(!holds(leaf: altered(tree[index])))
                #expect(!holds(root: altered(root)))
                #expect(!holds(proof: proof + [root]))
                #expect(!holds(at: size))
                #expect(!holds(at: -1))
                if size > 1 { #expect(!holds(at: (index + 1) % size)) }
                if !proof.isEmpty { #expect(!holds(proof: Array(proof.dropLast()))) }
                for place in proof.indices {
                    var wrong = proof
                    wrong[place] = altered(wrong[place])
                    #expect(!holds(proof: wrong))
                }
            }
        }
    }

    @Test("every consistency proof holds, and none that was altered")
    func consistency() {
        for size in 1...70 {
            let tree = leaves(size)
            let new = (size: Int64(size), root: Merkle.root(of: tree[...]))
            for oldSize in 1...size {
                let old = (size: Int64(oldSize), root: Merkle.root(of: tree[..<oldSize]))
                let proof = Merkle.consistencyProof(from: oldSize, in: tree[...])
                #expect(Merkle.verifyConsistency(from: old, to: new, proof: proof))
                #expect(!Merkle.verifyConsistency(from: (old.size, altered(old.root)), to: new, proof: proof))
                #expect(!Merkle.verifyConsistency(from: old, to: (new.size, altered(new.root)), proof: proof))
                #expect(!Merkle.verifyConsistency(from: old, to: new, proof: proof + [new.root]))
                for place in proof.indices {
                    var wrong = proof
                    wrong[place] = altered(wrong[place])
                    #expect(!Merkle.verifyConsistency(from: old, to: new, proof: wrong))
                }
            }
        }
    }

    @Test("tiles lie where C2SP puts them")
    func tilePaths() {
        #expect(Tile(level: 0, index: 0).path == "tile/0/000")
        #expect(Tile(level: 2, index: 67).path == "tile/2/067")
        #expect(Tile(level: 0, index: 1_234_067).path == "tile/0/x001/x234/067")
        #expect(Tile(level: 1, index: 1000, count: 17).path == "tile/1/x001/000.p/17")
        #expect(Tile.fullTiles(level: 0, size: 255) == 0)
        #expect(Tile.fullTiles(level: 0, size: 70_000) == 273)
        #expect(Tile.fullTiles(level: 1, size: 70_000) == 1)
        #expect(Tile.fullTiles(level: 9, size: .max) == 0)
    }
}
