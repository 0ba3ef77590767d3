/// In which order containers go: none before those that use it. Then one that could not be removed, or that stays after
/// all, still has what it uses.
public enum RemovalRounds {
    /// - Returns: what may go at the same time, round after round. Those that use each other in a circle go together.
    public static func rounds(_ removals: [ReapPlan.Entry]) -> [[ReapPlan.Entry]] {
        var rounds: [[ReapPlan.Entry]] = []
        var left = removals
        while left.contains(where: { !$0.references.containers.isEmpty }) {
            let users = left.filter { !$0.references.containers.isEmpty }
            let free = left.filter { entry in
                !users.contains { $0.id != entry.id && $0.references.names(container: entry.id, entry.name) }
            }
            if free.isEmpty { break }
            rounds.append(free)
            let gone = Set(free.map(\.id))
            left.removeAll { gone.contains($0.id) }
        }
        return left.isEmpty ? rounds : rounds + [left]
    }
}
