import Foundation

/// What the random projects have that Stoker and the builders may see differently on purpose.
///
/// `STOKER_FUZZ_WITH=sockets,attributes` adds, `STOKER_FUZZ_WITHOUT=…` takes away.
enum FuzzFeature: String, CaseIterable {
    /// Extended attributes and access control lists of files and folders.
    case attributes
    /// Sockets, which BuildKit makes empty files of.
    case sockets

    /// What Stoker is known to treat as the builders do.
    private static let standard: Set<FuzzFeature> = [.attributes, .sockets]

    static let wanted: Set<FuzzFeature> = {
        func named(by variable: String) -> Set<FuzzFeature> {
            let words = ProcessInfo.processInfo.environment[variable]?.split(separator: ",") ?? []
            return Set(words.compactMap { FuzzFeature(rawValue: String($0)) })
        }
        return standard.union(named(by: "STOKER_FUZZ_WITH")).subtracting(named(by: "STOKER_FUZZ_WITHOUT"))
    }()

    var isWanted: Bool { FuzzFeature.wanted.contains(self) }
}
