/// Which paths of one context a Dockerfile can read, in a form that is handed down a walk.
///
/// - A source is read with everything below it. The folders above it are only passed: they are no inputs,
///   unless the instruction copies them too (`COPY --parents`).
/// - A link that is a source, or lies on the way to one, is read itself, and what it leads to as well
///   (`ReadLink`): the builders follow it.
public struct ReadScope: Sendable, Equatable {
    /// One source.
    struct Pattern: Sendable, Equatable {
        var read: ContextRead
        /// What `--exclude` leaves out of it.
        var excluded: IgnoreMatcher
        /// The link that the Dockerfile's own source led to; `nil` for that source itself.
        var link: BytePath?

        init(_ read: ContextRead, through link: BytePath? = nil) {
            self.read = read
            self.link = link
            let lines = Array(read.excludes.joined(separator: [UInt8(ascii: "\n")]))
            // A pattern that cannot be understood leaves nothing out.
            excluded = (try? IgnoreFile(lines, name: "--exclude")).map { IgnoreMatcher($0) } ?? .none
        }
    }

    /// Where a path stands to the sources.
    public struct Position: Sendable, Equatable {
        /// Everything here and below is read.
        var isWhole = false
        /// The number of the path's components.
        var depth = 0
        /// The patterns whose first `depth` components match the path, and that have more.
        var live: [Int32] = []
        /// The patterns with exclusions whose source the path is or lies in, and that do not leave it out.
        var sources: [Source] = []
        /// The patterns whose last component matches the path's.
        var finished: [Int32] = []

        struct Source: Sendable, Equatable {
            var pattern: Int32
            /// The length of the source's own path in bytes.
            var length: Int
        }

        static let whole = Position(isWhole: true)

        /// Whether the path itself is read.
        public var isRead: Bool { isWhole || !sources.isEmpty }
        /// Whether something below the path can be read.
        public var canHoldRead: Bool { isRead || !live.isEmpty }
    }

    private(set) var patterns: [Pattern]
    /// Why everything is read; `nil` when the patterns say it.
    public private(set) var widened: ReadReason?
    /// Of the context's own folder.
    public private(set) var root: Position

    /// The whole context, for want of a Dockerfile.
    public static let everything = ReadScope(.everything(ReadReason(line: nil, words: "no Dockerfile")))

    public init(_ reads: ContextReads) {
        root = Position()
        switch reads {
        case .everything(let reason):
            patterns = []
            widened = reason
            root.isWhole = true
        case .only(let reads):
            patterns = reads.map { Pattern($0) }
            for number in patterns.indices { begin(Int32(number)) }
        }
    }

    init(_ patterns: [Pattern]) {
        self.patterns = patterns
        root = Position()
        for number in patterns.indices { begin(Int32(number)) }
    }

    private mutating func begin(_ number: Int32) {
        let pattern = patterns[Int(number)]
        if !pattern.read.components.isEmpty {
            root.live.append(number)
        } else if pattern.excluded.patterns.isEmpty {
            root.isWhole = true
        } else {
            root.sources.append(Position.Source(pattern: number, length: 0))
        }
    }

    /// Reads one source more.
    ///
    /// - Returns: `false` when it is read already.
    mutating func add(_ pattern: Pattern) -> Bool {
        if patterns.contains(pattern) { return false }
        patterns.append(pattern)
        begin(Int32(patterns.count - 1))
        return true
    }

    /// The position of a path, from the one of its parent folder.
    ///
    /// - Parameter nameStart: Where the path's last component begins.
    func position(
        of path: UnsafeBufferPointer<UInt8>, nameStart: Int, parent: Position
    ) -> Position {
        if parent.live.isEmpty && parent.sources.isEmpty { return parent.isWhole ? .whole : Position() }
        var position = Position(isWhole: parent.isWhole, depth: parent.depth + 1)
        for source in parent.sources where !leavesOut(path, source) { position.sources.append(source) }
        let name = UnsafeBufferPointer(rebasing: path[nameStart...])
        for number in parent.live {
            let pattern = patterns[Int(number)]
            guard pattern.read.components[parent.depth].matches(name) else { continue }
            if pattern.read.components.count > position.depth {
                position.live.append(number)
                continue
            }
            position.finished.append(number)
            if pattern.excluded.patterns.isEmpty {
                position.isWhole = true
            } else {
                position.sources.append(Position.Source(pattern: number, length: path.count))
            }
        }
        return position
    }

    /// The line of a source whose exclusions have cost more work than a walk may take; `nil` when none has.
    var exhaustedLine: Int? { patterns.first { $0.excluded.isExhausted }?.read.line }

    /// Only what is left out however the pattern is taken, from the source's folder or from the context's
    /// root: front ends have read it both ways.
    private func leavesOut(_ path: UnsafeBufferPointer<UInt8>, _ source: Position.Source) -> Bool {
        let excluded = patterns[Int(source.pattern)].excluded
        let below = source.length == 0 ? 0 : source.length + 1
        return excluded.excludes(BytePath(bytes: Array(path)))
            && excluded.excludes(BytePath(bytes: Array(path[below...])))
    }

    /// The position of a path by itself.
    public func position(of path: BytePath) -> Position {
        var position = root
        path.bytes.withUnsafeBufferPointer { bytes in
            for (start, end) in IgnoreMatcher.levels(of: bytes) {
                position = self.position(
                    of: UnsafeBufferPointer(rebasing: bytes[..<end]), nameStart: start, parent: position)
            }
        }
        return position
    }

    /// Whether the folders that lead to a source below are copied with it.
    func keepsParents(at position: Position) -> Bool {
        position.live.contains { patterns[Int($0)].read.keepsParents }
    }

    /// The names that alone can matter in a folder, so that it need not be listed; `nil` when any can.
    func onlyNames(at position: Position) -> [[UInt8]]? {
        if position.isRead { return nil }
        var names: Set<[UInt8]> = []
        for number in position.live {
            guard case .literal(let name) = patterns[Int(number)].read.components[position.depth] else {
                return nil
            }
            names.insert(name)
        }
        return Array(names)
    }

    /// What has to be read when there is a link at `path`: the rest of the way, from where it leads to.
    func reads(through target: [UInt8], at path: BytePath, _ position: Position) -> [Continuation] {
        (position.live + position.finished).map { number in
            let read = patterns[Int(number)].read
            return Continuation(
                read: read, rest: read.components.dropFirst(position.depth), target: target, link: path)
        }
    }
}

extension ContextRead.Component {
    func matches(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        switch self {
        case .literal(let bytes): name.elementsEqual(bytes)
        case .wildcard(let pattern): pattern.matches(name)
        }
    }
}
