extension ReapPolicy {
    /// What a container that stays names, stays as well: it could not be started again otherwise, or lose what it runs
    /// in. And so does what that names in turn.
    static func sparing(_ facts: [ContainerFacts], _ decisions: [ReapDecision]) -> [ReapDecision] {
        var decisions = decisions
        var staying = facts.indices.filter { !decisions[$0].isRemoval }
        var going = Set(facts.indices).subtracting(staying)
        while let user = staying.popLast(), !going.isEmpty {
            let references = facts[user].references
            if references.containers.isEmpty { continue }
            for index in going where references.names(container: facts[index].id, facts[index].name) {
                decisions[index] = .keep(.usedBy(facts[user].title))
                going.remove(index)
                staying.append(index)
            }
        }
        return decisions
    }
}

extension ContainerFacts {
    /// Its name, or the beginning of its ID where it has none.
    public var title: String { name ?? String(id.prefix(12)) }
}
