import Foundation
import Glibc
import Logging
import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

extension WarmFixture {
    /// A client that, before it builds, tells the test so and waits for its word.
    final class Gate: Sendable {
        private let fixture: WarmFixture
        private let program: String
        private let begin: HeldFile
        private let go: HeldFile

        init(_ fixture: WarmFixture) {
            self.fixture = fixture
            begin = Gate.pipe(fixture.project.folder.appending("begin"))
            go = Gate.pipe(fixture.project.folder.appending("go"))
            program = fixture.project.program(
                """
                here=${0%/*}
                if [ "$1" = build ]; then
                    echo >> "$here/builds"
                    echo ready > "$here/begin"
                    read word < "$here/go"
                fi
                exec '\(fixture.client)' "$@"
                """)
        }

        /// How many builds there have been.
        var builds: Int { (try? fixture.project.left("builds").utf8.count) ?? 0 }

        var warmer: Warmer {
            Warmer(
                engine: fixture.engine, project: fixture.project.root, imageName: "default",
                cache: fixture.project.cache, client: program, logger: Logger(label: "test"))
        }

        /// A FIFO that is open at both ends as long as the gate stands, so that no word is lost in it. An end that
        /// was closed could still be open in a child that another test is just beginning, and a word go nowhere.
        private static func pipe(_ path: FilePath) -> HeldFile {
            precondition(mkfifo(path.string, 0o600) == 0)
            let descriptor = open(path.string, O_RDWR | O_CLOEXEC)
            precondition(descriptor >= 0)
            return HeldFile(descriptor: descriptor, path: path.string)
        }

        private static let ready = Array("ready\n".utf8)
        private static let end = Array("end\n".utf8)

        /// Waits in the kernel: no sleeping, no polling.
        ///
        /// - Returns: Whether a build waits; or there will be none.
        @discardableResult
        func begun() async throws -> Bool {
            try await BlockingWork.run { [begin] in
                var line: [UInt8] = []
                var byte: UInt8 = 0
                while line.last != UInt8(ascii: "\n") {
                    guard read(begin.descriptor, &byte, 1) == 1 else { throw Errno(rawValue: errno) }
                    line.append(byte)
                }
                return line == Gate.ready
            }
        }

        /// Lets the waiting build go on.
        private func letGo() throws { try go.writeAll(Array("go\n".utf8)) }

        /// Warms with `edit` between the snapshot and the build.
        ///
        /// - Parameter everyTime: whether to do it again when the build is begun anew.
        @discardableResult
        func warm(
            everyTime: Bool = false, whileItBuilds edit: @escaping @Sendable () throws -> Void,
            afterwards: @escaping @Sendable () -> Void = {}
        ) async throws -> WarmResult {
            let helper = Task {
                var isFirst = true
                while try await begun() {
                    if isFirst || everyTime {
                        // Or the build would wait for ever.
                        do { try edit() } catch { Issue.record(error) }
                    }
                    isFirst = false
                    try letGo()
                }
            }
            let result: Result<WarmResult, any Error>
            do {
                result = .success(try await warmer.warm(fixture.request) { self.fixture.note($0) })
            } catch { result = .failure(error) }
            // The helper waits for a build that will never be.
            try begin.writeAll(Gate.end)
            try await helper.value
            afterwards()
            if case .success(let result) = result { fixture.note(result) }
            return try result.get()
        }
    }
}
