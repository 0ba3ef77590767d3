extension ReadScope {
    /// Which sources have to do with a path.
    struct Finding {
        /// Those that read it.
        var readers: [Pattern] = []
        /// One that would read it without its exclusions.
        var excluding: Pattern?
        /// One that lies below it.
        var passing: Pattern?
    }

    /// Each source is asked alone: a position says whether something reads the path, not all that do.
    func finding(_ path: BytePath) -> Finding {
        var finding = Finding()
        for pattern in patterns {
            let position = ReadScope([pattern]).position(of: path)
            if position.isRead {
                finding.readers.append(pattern)
                continue
            }
            var whole = pattern
            whole.excluded = .none
            let unrestricted = ReadScope([whole]).position(of: path)
            if unrestricted.isRead { finding.excluding = pattern }
            if !unrestricted.isRead, unrestricted.canHoldRead {
                if pattern.read.keepsParents {
                    finding.readers.append(pattern)
                } else {
                    finding.passing = pattern
                }
            }
        }
        return finding
    }
}

extension ContextRead {
    /// The source for people: `src/*.py`; `.` for the whole context.
    var source: BytePath {
        BytePath(
            bytes: Array(
                components.map { component in
                    switch component {
                    case .literal(let name): name
                    case .wildcard(let pattern): pattern.text
                    }
                }.joined(separator: [BytePath.slash])))
    }
}
