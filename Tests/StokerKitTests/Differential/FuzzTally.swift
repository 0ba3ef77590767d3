import Foundation

/// What rounds have come to.
struct FuzzTally {
    var rounds = 0
    var built = 0
    var refused = 0
    var warmed = 0
    var mismatches: [String] = []
    /// By kind of edit: how many there were, how many changed what a record is compared with, and how many of
    /// these changed the image.
    var edits: [FuzzEdit: (all: Int, noticed: Int, needed: Int)] = [:]

    /// Said at once, since a run may be ended before its report.
    mutating func note(_ mismatch: String) {
        mismatches.append(mismatch)
        FileHandle.standardError.write(Data((mismatch + "\n").utf8))
    }

    mutating func note(_ edit: FuzzEdit, isNoticed: Bool, isNeeded: Bool) {
        var counts = edits[edit] ?? (0, 0, 0)
        counts.all += 1
        counts.noticed += isNoticed ? 1 : 0
        counts.needed += isNoticed && isNeeded ? 1 : 0
        edits[edit] = counts
    }

    var report: String {
        var lines = [
            "\(rounds) rounds, \(built) plain builds and \(refused) refused, \(warmed) warm images compared, "
                + "\(mismatches.count) mismatches"
        ]
        let sums = edits.values.reduce((0, 0, 0)) { ($0.0 + $1.all, $0.1 + $1.noticed, $0.2 + $1.needed) }
        lines.append("  precision: \(FuzzTally.line(sums))")
        for (edit, counts) in edits.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            lines.append("    \(edit.rawValue): \(FuzzTally.line(counts))")
        }
        return lines.joined(separator: "\n")
    }

    private static func line(_ counts: (all: Int, noticed: Int, needed: Int)) -> String {
        let share = counts.noticed == 0 ? "–" : "\(counts.needed * 100 / counts.noticed) %"
        return
            "\(share) (\(counts.all) edits, \(counts.noticed) noticed, of these \(counts.needed) changed the image)"
    }
}
