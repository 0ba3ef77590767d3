import StokerCore

/// The folders of a snapshot that a builder is given, by names that no builder has ever been given before.
///
/// BuildKit keeps what a client has sent it, and fetches only what looks different the next time. It files an
/// upload under what the client calls its source: the client built into docker 20.10 says the absolute path,
/// buildx the last component of the path alone (moby/buildkit, `source/local`; docker/buildx, `build/opt.go`),
/// each with the client's own ID (`.buildNodeID`), which copied home folders share. So the last component
/// itself has to be unique to project, image, context and generation: otherwise two images' files of the same
/// size and time would be taken for each other.
struct SnapshotRoots: Sendable, Equatable {
    /// 16 random hex digits.
    let generation: String

    /// - Parameter number: 0 for the build context; the additional ones follow in the order of their names.
    func context(_ number: Int) -> BytePath {
        BytePath("context\(number == 0 ? "" : "\(number - 1)")-\(generation)")
    }

    /// Holds the Dockerfile and its ignore file where they cannot be inside the build context.
    var dockerfile: BytePath { BytePath("dockerfile-\(generation)") }

    /// What the folder of an older generation is called in this one.
    func name(of older: String) -> String {
        older.dropLast(generation.utf8.count) + generation
    }
}
