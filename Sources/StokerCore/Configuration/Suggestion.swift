/// Finds the word that somebody meant to write.
enum Suggestion {
    /// - Returns: The candidate at the smallest edit distance; `nil` when none is near enough to be meant.
    static func nearest(to word: String, in candidates: [String]) -> String? {
        // Beyond any key's length there is nothing to find, and the table below would be large.
        guard word.unicodeScalars.count <= 40 else { return nil }
        let wanted = canonical(word)
        let ranked = candidates.map { (candidate: $0, distance: distance(wanted, canonical($0))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        let allowed = best.candidate.count <= 4 ? 1 : 2
        return best.distance <= allowed ? best.candidate : nil
    }

    /// `cache_from`, `cacheFrom` and `Cache-From` are one word to whoever writes them.
    private static func canonical(_ word: String) -> [Unicode.Scalar] {
        word.lowercased().unicodeScalars.filter { $0 != "-" && $0 != "_" && $0 != " " }
    }

    /// Insertions, deletions, replacements and swaps of neighbours (Damerau–Levenshtein, restricted).
    static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast = [Int]()
        var last = Array(0...right.count)
        for i in left.indices {
            var row = [i + 1]
            for j in right.indices {
                var best = min(last[j + 1], row[j]) + 1
                best = min(best, last[j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    best = min(best, beforeLast[j - 1] + 1)
                }
                row.append(best)
            }
            beforeLast = last
            last = row
        }
        return last[right.count]
    }
}
