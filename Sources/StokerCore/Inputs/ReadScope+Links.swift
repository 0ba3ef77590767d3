extension ReadScope {
    /// A source that leads through a symbolic link.
    struct Continuation: Sendable, Equatable {
        var read: ContextRead
        /// What the source names below the link.
        var rest: ArraySlice<ContextRead.Component>
        var target: [UInt8]
        var link: BytePath

        /// The source as it reads behind the link: never above the context's root, where the builders stop
        /// too. Exclusions are dropped, since they are relative to the source.
        ///
        /// - Returns: `nil` when the target goes up again after a name: the name may be a link itself, and
        ///   what text says of `a/..` is not what the kernel makes of it.
        var behind: ContextRead? {
            var folder = link.parent?.components.map { ContextRead.Component.literal(Array($0)) } ?? []
            if target.first == BytePath.slash { folder = [] }
            var isInside = false
            for name in target.split(separator: BytePath.slash) {
                switch Array(name) {
                case [UInt8(ascii: ".")]: continue
                case Array("..".utf8):
                    if isInside { return nil }
                    _ = folder.popLast()
                case let name:
                    isInside = true
                    folder.append(.literal(name))
                }
            }
            return ContextRead(
                components: folder + rest, keepsParents: read.keepsParents, line: read.line,
                instruction: read.instruction)
        }
    }

    /// Takes in what links lead to.
    ///
    /// - Returns: Whether there is more to read than before.
    mutating func follow(_ links: [Continuation]) -> Bool {
        var isMore = false
        for link in links {
            guard patterns.count < ReadScope.patternLimit, let read = link.behind else {
                self = ReadScope(
                    .everything(
                        ReadReason(
                            line: link.read.line,
                            words: "the link \(link.link) leads where only the builder can tell")))
                return true
            }
            if add(Pattern(read, through: link.link)) { isMore = true }
        }
        return isMore
    }

    /// Of sources, those behind links included: chains that are longer read everything.
    private static let patternLimit = 10_000
}
