import Glibc
public import SystemPackage

/// Looks at an image's inputs on disk.
public enum InputScanner {
    /// How often a look is begun anew when the tree changes under it.
    static let attempts = 5

    /// Lists and digests all inputs; contents that the index vouches for are not read.
    ///
    /// - Parameters:
    ///   - ownFiles: Stoker's lock, record and marker, absolute; they are never inputs.
    ///   - index: Is brought up to date. A digest never depends on what is in it, only the time does.
    /// - Throws: `StokerError` (`badInput`) when something is missing, cannot be read, or keeps changing.
    public static func scan(
        image: ImageSettings, ownFiles: [FilePath] = [], index: inout StatIndex
    ) throws(StokerError) -> Inputs {
        try scan(try InputPlan(image: image, ownFiles: ownFiles), index: &index)
    }

    /// The same for a plan that is known to hold still.
    public static func scan(_ plan: InputPlan, index: inout StatIndex) throws(StokerError) -> Inputs {
        let entries = try entries(of: plan.main, name: "", index: &index)
        var contexts: [String: NamedContextInputs] = [:]
        for (name, context) in plan.image.buildContexts {
            switch context {
            case .reference(let text): contexts[name] = .reference(text)
            case .directory:
                // The plan has a scope for each context that is a folder.
                guard let scope = plan.contexts[name] else { continue }
                contexts[name] = .entries(try self.entries(of: scope, name: name, index: &index))
            }
        }
        index.keepOnly(contexts: Set(plan.contexts.keys).union([""]))
        let digest = InputDigester.digest(
            image: plan.image, dockerfile: plan.dockerfile, entries: entries, contexts: contexts)
        return Inputs(digest: digest, dockerfile: plan.dockerfile, entries: entries, contexts: contexts)
    }

    /// One context's entries.
    private static func entries(
        of scope: InputScope, name: String, index: inout StatIndex
    ) throws(StokerError) -> [InputEntry] {
        var moved = BytePath.root
        for _ in 0..<attempts {
            do {
                return try look(at: scope, name: name, index: &index)
            } catch let error as InputsMoved {
                moved = error.path
            } catch let error as StokerError {
                throw error
            } catch let error as SystemCallError {
                throw error.stokerError(.badInput)
            } catch {
                throw StokerError(.internalFault, "cannot look at \(scope.root)", cause: "\(error)")
            }
        }
        throw StokerError(
            .badInput, "the build context \(scope.root) keeps changing while it is read",
            cause: "\(moved) was replaced \(attempts) times in a row",
            nextStep: "wait until whatever writes there has ended, or add it to \(scope.matcher.name)")
    }

    private static func look(
        at scope: InputScope, name: String, index: inout StatIndex
    ) throws -> [InputEntry] {
        var walked = try scope.look().entries
        let root = scope.root.withPlatformString {
            Array(UnsafeRawBufferPointer(start: $0, count: strlen($0)))
        }
        var (digests, known) = index.digests(of: walked, context: name, root: root)
        let unread = walked.indices.filter { digests[$0] == nil && walked[$0].status.kind == .file }
        var settled = digests
        if !unread.isEmpty {
            let directory = try OpenFile.directory(at: scope.root)
            let hasher = ContentHasher(
                root: directory.descriptor, rootName: scope.root.string, ignoreName: scope.matcher.name)
            for (position, hashed) in zip(unread, try hasher.hash(unread.map { walked[$0] })) {
                walked[position].status = hashed.status
                digests[position] = hashed.digest
                if hashed.isSettled {
                    settled[position] = hashed.digest
                    known += 1
                }
            }
        }
        let isUnchanged = unread.isEmpty && index.sections[name]?.records.count == known
        if !isUnchanged {
            index.replace(context: name, root: root, entries: walked, settled: settled, capacity: known)
        }
        var entries: [InputEntry] = []
        entries.reserveCapacity(walked.count)
        for (entry, digest) in zip(walked, digests) {
            if let entry = InputEntry(entry, digest: digest) { entries.append(entry) }
        }
        return entries
    }
}
