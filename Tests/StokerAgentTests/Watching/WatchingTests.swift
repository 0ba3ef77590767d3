import Glibc
public import StokerCore
import SystemPackage
import Testing

@testable import StokerAgent

/// One at a time, as libinotifytools serves one owner a process.
@Suite(.serialized) struct WatchingTests {}

extension WatchingTests {
    /// Opens an instance; the last test's may still be on its way out.
    static func open(_ binding: InotifyBinding) async throws -> any InotifySource {
        let deadline = ContinuousClock.now + .seconds(300)
        while true {
            do { return try binding.open() } catch let failure as StokerError {
                guard ContinuousClock.now < deadline else { throw failure }
                await Task.yield()
            }
        }
    }

    static func watcher(_ binding: InotifyBinding) async throws -> Watcher {
        let deadline = ContinuousClock.now + .seconds(300)
        while true {
            do { return try Watcher(source: binding.open()) } catch let failure as StokerError {
                guard ContinuousClock.now < deadline else { throw failure }
                await Task.yield()
            }
        }
    }
}

extension Watcher {
    /// The directories that a tree knows, and checks of what must always hold.
    func directories(_ id: Watch.ID) -> Set<BytePath> {
        guard let tree = watches[id]?.tree, let top = tree.top else { return [] }
        var found: Set<BytePath> = []
        var rest = [top]
        while let next = rest.popLast() {
            if let path = next.path { found.insert(path) }
            if let watch = next.watch { precondition(table.directory(of: watch, in: tree) === next) }
            precondition(!next.isRemoved)
            rest.append(contentsOf: next.children.values)
        }
        precondition(found.count == tree.directories, "\(found.count) != \(tree.directories)")
        return found
    }

    func isAwaited(_ id: Watch.ID) -> Bool { watches[id]?.waiters.isEmpty == false }

    var watchCount: Int { table.count }

    /// What has changed since the last call, after a fence.
    func fencedChange(_ id: Watch.ID) async throws -> TreeChange {
        try await fence()
        defer { watches[id]?.change = TreeChange() }
        return watches[id]?.change ?? TreeChange()
    }
}

extension BytePath: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self.init(text) }
}
