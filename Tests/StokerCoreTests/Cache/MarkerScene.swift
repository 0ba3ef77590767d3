import Foundation
import Glibc
@testable import StokerCore
import SystemPackage
import TestSupport
import Testing

/// A folder with a marker in it, left by whomever.
final class MarkerScene: Sendable {
    let tree = ScratchTree()
    static let name = ".docker_build.marker"
    var marker: FilePath { tree.path(MarkerScene.name) }

    /// This process, as a holder.
    static let us = LockScene.holder(getpid())

    func attempt() throws -> BuildMarker.Attempt {
        try BuildMarker.attempt(marker, holder: MarkerScene.us)
    }

    /// - Throws: when the marker cannot be had.
    func take() throws -> BuildMarker {
        switch try attempt() {
        case .taken(let marker): return marker
        case .inTheWay(let found):
            Issue.record("in the way: \(found.sentence)")
            throw CancellationError()
        }
    }

    func isInTheWay() throws -> Bool {
        if case .inTheWay = try attempt() { true } else { false }
    }

    /// The marker, made by another process.
    func leave(by process: ProcessIdentity?, pid: Int32 = 4711) {
        let holder = LockScene.holder(process?.pid ?? pid)
        tree.write(
            MarkerScene.name,
            String(decoding: MarkerLine(holder: holder, process: process).bytes, as: UTF8.self))
    }

    /// A process that has ended.
    static func dead() throws -> ProcessIdentity {
        let child = try ChildProcess(["sleep", "600"])
        defer {
            child.signal(SIGKILL)
            _ = child.wait()
        }
        return try ProcessIdentity.ofChild(child.pid)
    }

    func text(_ name: String = MarkerScene.name) throws -> String {
        String(
            decoding: try HeldFile(tree.path(name).string, O_RDONLY).readAll(limit: 1 << 20), as: UTF8.self)
    }

    /// What is in the folder, however it is called.
    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: tree.root.string).sorted()
    }
}
