import Glibc
import SystemPackage

/// Looks at an image's inputs on disk.
public enum InputScanner {
    /// How often a look is begun anew when the tree changes under it.
    static let attempts = 5

    /// Lists and digests all inputs; contents that the index vouches for are not read.
    ///
    /// - Parameter index: Is brought up to date. A digest never depends on what is in it, only the time does.
    /// - Throws: `StokerError` (`badInput`) when something is missing, cannot be read, or keeps changing.
    public static func scan(_ plan: InputPlan, index: inout StatIndex) throws(StokerError) -> Inputs {
        try look(plan, index: &index).inputs
    }

    /// The same, packed: for who wants to know the digest of very many files.
    public static func look(
        _ plan: InputPlan, index: inout StatIndex
    ) throws(StokerError) -> LookedInputs {
        let main = try settledLook(at: plan.main, name: "", index: &index)
        var contexts: [String: NamedContextInputs] = [:]
        var linked: [FilePath: Set<BytePath>] = [:]
        if case let links = main.linked, !links.isEmpty { linked[plan.main.root] = Set(links) }
        for (name, context) in plan.image.buildContexts {
            switch context {
            case .reference(let text): contexts[name] = .reference(text)
            case .directory:
                // The plan has a scope for each context that is a folder.
                guard let scope = plan.contexts[name] else { continue }
                let looked = try settledLook(at: scope, name: name, index: &index)
                contexts[name] = .entries(looked.entries)
                let links = looked.linked
                if !links.isEmpty { linked[scope.root, default: []].formUnion(links) }
            }
        }
        index.keepOnly(contexts: Set(plan.contexts.keys).union([""]))
        let digest = InputDigester.digest(
            image: plan.image, dockerfile: plan.dockerfile, ignoreFiles: plan.ignoreFiles,
            contexts: contexts
        ) { main.add(to: &$0) }
        return LookedInputs(
            digest: digest, dockerfile: plan.dockerfile, main: main, contexts: contexts, linked: linked)
    }

    /// One context, begun anew while it moves.
    private static func settledLook(
        at scope: InputScope, name: String, index: inout StatIndex
    ) throws(StokerError) -> LookedContext {
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
    ) throws -> LookedContext {
        let tree = try scope.look().tree
        let root = scope.root.withPlatformString {
            Array(UnsafeRawBufferPointer(start: $0, count: strlen($0)))
        }
        var digests: [ContentDigest] = []
        digests.reserveCapacity(tree.directories.reduce(0) { $0 + $1.items.count })
        var unread: [WalkedTree.FilePlace] = []
        var numbers: [Int] = []
        var count = 0
        var reading = index.reading(context: name, root: root)
        tree.forEach { entry in
            if entry.status.kind != .unknown { count += 1 }
            guard entry.status.kind == .file else { return }
            if let digest = reading.digest(of: entry.path, status: entry.status) {
                digests.append(digest)
            } else {
                unread.append(entry.place)
                numbers.append(digests.count)
                digests.append(.zero)
            }
        }
        var unsettled: Set<Int> = []
        if !unread.isEmpty {
            let directory = try OpenFile.directory(at: scope.root)
            let hasher = ContentHasher(
                root: directory.descriptor, rootName: scope.root.string, ignoreName: scope.matcher.name)
            for (number, hashed) in zip(numbers, try hasher.hash(unread)) {
                digests[number] = hashed.digest
                if !hashed.isSettled { unsettled.insert(number) }
            }
        }
        let looked = LookedContext(tree: tree, digests: digests, count: count)
        if index.isKept, !unread.isEmpty || index.sections[name]?.records.count != digests.count {
            index.replace(context: name, by: section(of: looked, root: root, without: unsettled))
        }
        return looked
    }

    /// What is to be remembered of a context.
    private static func section(
        of looked: LookedContext, root: [UInt8], without unsettled: Set<Int>
    ) -> StatIndex.Section {
        var section = StatIndex.Section(root: root)
        section.records.reserveCapacity(looked.digests.count - unsettled.count)
        var number = 0
        looked.tree.forEach { entry in
            guard entry.status.kind == .file else { return }
            if !unsettled.contains(number) {
                section.append(entry.path, entry.status, looked.digests[number])
            }
            number += 1
        }
        return section
    }
}
