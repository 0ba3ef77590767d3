/// One difference between two looks at the same context.
public struct InputChange: Sendable, Equatable {
    public enum Kind: Sendable, Equatable { case added, removed, changed }

    public var path: BytePath
    public var kind: Kind

    public init(path: BytePath, kind: Kind) {
        self.path = path
        self.kind = kind
    }

    /// What is different, in byte order, in one pass over both.
    ///
    /// - Precondition: Both are in byte order of their paths, as `Inputs` has them.
    public static func changes(from old: [InputEntry], to new: [InputEntry]) -> [InputChange] {
        var changes: [InputChange] = []
        var before = old[...]
        var after = new[...]
        while let was = before.first, let now = after.first {
            if was.path == now.path {
                if was != now { changes.append(InputChange(path: now.path, kind: .changed)) }
                before.removeFirst()
                after.removeFirst()
            } else if was.path.bytes.precedesBytewise(now.path.bytes) {
                changes.append(InputChange(path: was.path, kind: .removed))
                before.removeFirst()
            } else {
                changes.append(InputChange(path: now.path, kind: .added))
                after.removeFirst()
            }
        }
        changes += before.map { InputChange(path: $0.path, kind: .removed) }
        changes += after.map { InputChange(path: $0.path, kind: .added) }
        return changes
    }
}
