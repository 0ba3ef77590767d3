/// Makes a tree of globs, item by item.
struct GlobTreeBuilder {
    private enum Step: Hashable {
        case one(RuneSet)
        case star(RuneSet)
        case throughSlash
    }

    private struct Branch: Hashable {
        let parent: Int32
        let step: Step
    }

    private var nodes = [GlobTree.Node()]
    private var parents: [Int32] = [0]
    private var branches: [Branch: Int32] = [:]
    /// The last exception among the globs that end at a node.
    private var exceptions: [Int32: Int32] = [:]

    /// - Parameter lastException: The last line that is this glob as an exception, or -1.
    mutating func add(_ glob: Glob, group: Int32, _ lastException: Int32) {
        var place: Int32 = 0
        var skipped: Int32?
        for item in glob.items {
            switch item {
            case .one(let set): place = branch(place, .one(set))
            case .star(let set): place = branch(place, .star(set))
            case .fork:
                skipped = place
                continue
            case .throughSlash:
                place = branch(branch(place, .throughSlash), .one(.rune(UInt32(BytePath.slash))))
                // What a fork may step over.
                if let skipped, !nodes[Int(skipped)].free.contains(place) {
                    nodes[Int(skipped)].free.append(place)
                }
            case .start, .end, .boundary: preconditionFailure("a glob with conditions in a tree")
            }
            skipped = nil
        }
        nodes[Int(place)].accepted.append(group)
        if lastException >= 0 { exceptions[place] = max(exceptions[place] ?? -1, lastException) }
    }

    private mutating func branch(_ parent: Int32, _ step: Step) -> Int32 {
        let branch = Branch(parent: parent, step: step)
        if let known = branches[branch] { return known }
        let number = Int32(nodes.count)
        branches[branch] = number
        parents.append(parent)
        nodes.append(GlobTree.Node())
        switch step {
        case .one(.rune(let rune)): nodes[Int(parent)].literals.append((rune, number))
        case .one(let set): nodes[Int(parent)].sets.append((set, number))
        case .star(let set):
            nodes[Int(number)].loop = set
            nodes[Int(parent)].free.append(number)
        case .throughSlash:
            nodes[Int(number)].loop = .anyButNewline
            nodes[Int(parent)].free.append(number)
        }
        return number
    }

    consuming func finish() -> [GlobTree.Node] {
        // Of the node itself and all that it leads to.
        var whole = [Int32](repeating: -1, count: nodes.count)
        for number in nodes.indices.reversed() {
            let own = exceptions[Int32(number)] ?? -1
            nodes[number].lastException = nodes[number].loop == nil ? whole[number] : max(whole[number], own)
            whole[number] = max(whole[number], own)
            let parent = Int(parents[number])
            if number > 0 { whole[parent] = max(whole[parent], whole[number]) }
            nodes[number].literals.sort { $0.rune < $1.rune }
        }
        return nodes
    }
}
