/// Directories to read again, shallowest first: a path is only worth opening once the directories above it are
/// where the table believes them.
struct DirtyQueue {
    private var levels: [[WatchedDirectory]] = []
    private var lowest = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func insert(_ directory: WatchedDirectory) {
        let depth = directory.depth
        while levels.count <= depth { levels.append([]) }
        levels[depth].append(directory)
        lowest = min(lowest, depth)
        count += 1
    }

    mutating func next() -> WatchedDirectory? {
        while lowest < levels.count {
            if let directory = levels[lowest].popLast() {
                count -= 1
                return directory
            }
            lowest += 1
        }
        return nil
    }

    mutating func removeAll() { self = DirtyQueue() }
}
