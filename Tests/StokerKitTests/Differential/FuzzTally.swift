import Foundation

/// What rounds have come to.
struct FuzzTally: Sendable {
    /// Of one kind of edit.
    struct Counts {
        var all = 0
        /// How many changed what a record is compared with.
        var noticed = 0
        /// How many of these changed the image.
        var needed = 0
    }

    var rounds = 0
    var built = 0
    var refused = 0
    var warmed = 0
    /// Images that were asked for once more after edits of others.
    var askedAgain = 0
    var seconds = 0.0
    private(set) var mismatches: [String] = []
    private(set) var edits: [FuzzEdit: Counts] = [:]
    /// How many images that both builders have built had something, by what it is called.
    private(set) var features: [String: Int] = [:]

    /// Said at once, since a run may be ended before its report.
    mutating func note(_ mismatch: String) {
        mismatches.append(mismatch)
        FileHandle.standardError.write(Data((mismatch + "\n").utf8))
    }

    mutating func note(_ edit: FuzzEdit, isNoticed: Bool, isNeeded: Bool) {
        edits[edit, default: Counts()].all += 1
        edits[edit, default: Counts()].noticed += isNoticed ? 1 : 0
        edits[edit, default: Counts()].needed += isNoticed && isNeeded ? 1 : 0
    }

    mutating func note(_ features: Set<String>) {
        for feature in features { self.features[feature, default: 0] += 1 }
    }

    mutating func add(_ other: FuzzTally) {
        rounds += other.rounds
        built += other.built
        refused += other.refused
        warmed += other.warmed
        askedAgain += other.askedAgain
        seconds += other.seconds
        mismatches += other.mismatches
        for (edit, counts) in other.edits {
            edits[edit, default: Counts()].all += counts.all
            edits[edit, default: Counts()].noticed += counts.noticed
            edits[edit, default: Counts()].needed += counts.needed
        }
        features.merge(other.features, uniquingKeysWith: +)
    }

    private func sum(_ isMeant: (FuzzEdit) -> Bool = { _ in true }) -> Counts {
        edits.reduce(into: Counts()) { sum, edit in
            guard isMeant(edit.key) else { return }
            sum.all += edit.value.all
            sum.noticed += edit.value.noticed
            sum.needed += edit.value.needed
        }
    }

    /// - Parameter elapsed: the seconds that the rounds took; some may have run beside each other.
    func report(elapsed: Double) -> String {
        let each = rounds == 0 ? 0 : seconds / Double(rounds)
        var lines = [
            "\(rounds) rounds in \(Int(elapsed)) s, \(FuzzTally.short(each)) s each, "
                + "\(built) plain builds and \(refused) refused, \(warmed) warm images compared, "
                + "\(askedAgain) asked for again, \(mismatches.count) mismatches"
        ]
        lines.append(
            "  \(sum().all) edits, of which \(sum(\.keepsSizeAndTime).all) kept size and time, "
                + "\(sum(\.isModeAlone).all) modes alone, \(sum(\.isOfIgnoreFile).all) of the ignore file, "
                + "\(sum { $0 == .lostCache }.all) with a lost cache")
        let shown = features.sorted { $0.key < $1.key }.map { "\($0.value) with \($0.key)" }
        if !shown.isEmpty { lines.append("  builds: \(shown.joined(separator: ", "))") }
        lines.append("  precision: \(FuzzTally.line(sum()))")
        for (edit, counts) in edits.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            lines.append("    \(edit.rawValue): \(FuzzTally.line(counts))")
        }
        return lines.joined(separator: "\n")
    }

    private static func short(_ seconds: Double) -> String { String(format: "%.2f", seconds) }

    private static func line(_ counts: Counts) -> String {
        let share = counts.noticed == 0 ? "–" : "\(counts.needed * 100 / counts.noticed) %"
        return "\(share) (\(counts.all) edits, \(counts.noticed) noticed, "
            + "of these \(counts.needed) changed the image)"
    }
}
