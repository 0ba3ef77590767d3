import Foundation
import Glibc
import Logging
import StokerCore
@testable import StokerKit
import SystemPackage

extension WarmFixture {
    /// A client that, before it builds, tells the test so and waits for its word.
    final class Gate: Sendable {
        private let fixture: WarmFixture
        private let program: String
        private var begin: String { fixture.project.folder.appending("begin").string }
        private var go: String { fixture.project.folder.appending("go").string }

        init(_ fixture: WarmFixture) {
            self.fixture = fixture
            // Opening a FIFO waits for the other side: no sleeping, no polling.
            for name in ["begin", "go"] {
                precondition(mkfifo(fixture.project.folder.appending(name).string, 0o600) == 0)
            }
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

        /// Returns when a build waits.
        func begun() async {
            _ = try? await BlockingWork.run { [begin] in
                let descriptor = open(begin, O_RDONLY | O_CLOEXEC)
                var byte: UInt8 = 0
                _ = read(descriptor, &byte, 1)
                close(descriptor)
            }
        }

        /// Lets the waiting build go on.
        func letGo() async {
            _ = try? await BlockingWork.run { [go] in
                let descriptor = open(go, O_WRONLY | O_CLOEXEC)
                _ = write(descriptor, "go\n", 3)
                close(descriptor)
            }
        }

        /// Warms with `edit` between the snapshot and the build.
        ///
        /// - Parameter everyTime: whether to do it again when the build is begun anew.
        @discardableResult
        func warm(
            everyTime: Bool = false, whileItBuilds edit: @escaping @Sendable () -> Void,
            afterwards: @escaping @Sendable () -> Void = {}
        ) async throws -> WarmResult {
            let helper = Task {
                var isFirst = true
                while !Task.isCancelled {
                    await begun()
                    if Task.isCancelled { break }
                    if isFirst || everyTime { edit() }
                    isFirst = false
                    await letGo()
                }
            }
            let result: Result<WarmResult, any Error>
            do {
                result = .success(try await warmer.warm(fixture.request) { self.fixture.note($0) })
            } catch { result = .failure(error) }
            helper.cancel()
            // Wakes a helper that waits for a build that will never be.
            let descriptor = open(begin, O_RDWR | O_NONBLOCK | O_CLOEXEC)
            _ = write(descriptor, "x", 1)
            let other = open(go, O_RDWR | O_NONBLOCK | O_CLOEXEC)
            await helper.value
            close(descriptor)
            close(other)
            afterwards()
            if case .success(let result) = result { fixture.note(result) }
            return try result.get()
        }
    }
}
