/// Proofs of RFC 6962, sections 2.1.1 and 2.1.2, over leaf hashes.
extension Merkle {
    /// The hashes that lead from the leaf at `index` to the root of these leaves.
    public static func inclusionProof(of index: Int, in leaves: ArraySlice<MerkleHash>) -> [MerkleHash] {
        guard leaves.count > 1 else { return [] }
        let split = largestPowerOfTwo(below: leaves.count)
        let (left, right) = (leaves.prefix(split), leaves.dropFirst(split))
        return index < split
            ? inclusionProof(of: index, in: left) + [root(of: right)]
            : inclusionProof(of: index - split, in: right) + [root(of: left)]
    }

    /// True if the proof leads from the leaf at `index` to the root of a tree of `size` leaves (RFC 9162, 2.1.3.2).
    public static func verifyInclusion(
        of leaf: MerkleHash, at index: Int64, size: Int64, root: MerkleHash, proof: [MerkleHash]
    ) -> Bool {
        guard index >= 0, index < size else { return false }
        var (node, last, hash) = (index, size - 1, leaf)
        for sibling in proof {
            guard last > 0 else { return false }
            if node & 1 == 1 || node == last {
                hash = Merkle.node(sibling, hash)
                while node & 1 == 0, node != 0 { (node, last) = (node >> 1, last >> 1) }
            } else {
                hash = Merkle.node(hash, sibling)
            }
            (node, last) = (node >> 1, last >> 1)
        }
        return last == 0 && hash == root
    }

    /// The hashes that show that the first `size` of these leaves are a tree which this one extends.
    public static func consistencyProof(from size: Int, in leaves: ArraySlice<MerkleHash>) -> [MerkleHash] {
        guard size > 0, size < leaves.count else { return [] }
        return subproof(size, leaves, isWhole: true)
    }

    private static func subproof(_ size: Int, _ leaves: ArraySlice<MerkleHash>, isWhole: Bool) -> [MerkleHash] {
        if size == leaves.count { return isWhole ? [] : [root(of: leaves)] }
        let split = largestPowerOfTwo(below: leaves.count)
        let (left, right) = (leaves.prefix(split), leaves.dropFirst(split))
        return size <= split
            ? subproof(size, left, isWhole: isWhole) + [root(of: right)]
            : subproof(size - split, right, isWhole: false) + [root(of: left)]
    }

    /// True if the proof shows that a tree extends a smaller one (RFC 9162, 2.1.4.2).
    public static func verifyConsistency(
        from old: (size: Int64, root: MerkleHash), to new: (size: Int64, root: MerkleHash), proof: [MerkleHash]
    ) -> Bool {
        if old.size == new.size { return old.root == new.root && proof.isEmpty }
        if old.size == 0 { return old.root == emptyRoot && proof.isEmpty }
        guard old.size > 0, old.size < new.size else { return false }
        var path = proof[...]
        if old.size & (old.size - 1) == 0 { path = [old.root] + path }
        guard let first = path.popFirst() else { return false }
        var (node, last) = (old.size - 1, new.size - 1)
        while node & 1 == 1 { (node, last) = (node >> 1, last >> 1) }
        var (oldHash, newHash) = (first, first)
        for sibling in path {
            guard last > 0 else { return false }
            if node & 1 == 1 || node == last {
                (oldHash, newHash) = (Merkle.node(sibling, oldHash), Merkle.node(sibling, newHash))
                while node & 1 == 0, node != 0 { (node, last) = (node >> 1, last >> 1) }
            } else {
                newHash = Merkle.node(newHash, sibling)
            }
            (node, last) = (node >> 1, last >> 1)
        }
        return last == 0 && oldHash == old.root && newHash == new.root
    }
}
