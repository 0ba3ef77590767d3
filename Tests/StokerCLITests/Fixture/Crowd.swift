import Foundation
import Glibc
import StokerCore
import TestSupport
import Testing

/// Many who ask for one image, past any socket of the test's own: each would cost the tests' process four
/// descriptors, and libinotifytools can watch only below 1024.
struct Crowd: Sendable {
    let project: TestProject
    private let bin: String
    private let go: String

    /// `STOKER_CROWD`: how many processes ask at once, by default the most that a test run has the time for.
    static let size =
        ProcessInfo.processInfo.environment["STOKER_CROWD"].flatMap { Int($0) }.map { max(2, $0) } ?? 64

    /// An answer, and the number that was on the disk before the question.
    struct Line: Decodable {
        var asked: Int?
        var result: TestProject.WarmAnswer
    }

    /// Puts a client on the PATH that counts builds, and lets none begin before `letBuild`.
    init(_ project: TestProject) throws {
        self.project = project
        bin = project.base + "/bin"
        go = project.base + "/out/go"
        try project.write(
            bin + "/docker",
            """
            #!/bin/sh
            if [ "$1" = build ]; then
                echo $$ >>'\(project.base)/out/builds'
                until [ -e '\(go)' ]; do sleep 0.05; done
            fi
            exec '\(project.client)' "$@"
            """)
        chmod(bin + "/docker", 0o755)
    }

    var environment: [String: String] {
        ["PATH": bin + ":" + (project.environment["PATH"] ?? ""), "DOCKER_HOST": TestEngine.host ?? ""]
    }

    var builds: Int { project.text(project.base + "/out/builds").split(separator: "\n").count }

    func letBuild() throws { try project.write(go, "") }

    /// Starts as many processes, each of which asks in four threads.
    func start(_ count: Int, rounds: Int = 1, numberFile: String? = nil) throws -> [RunningProgram] {
        try (0..<count).map { _ in
            try project.start(
                [TestEngine.programFolder + "/WarmCrowd", "warm", project.root, "4", "\(rounds)"]
                    + (numberFile.map { [$0] } ?? []), environment: environment)
        }
    }

    /// Waits until as many wait in the kernel for the project's lock.
    func untilWaiting(_ count: Int, _ running: [RunningProgram]) async throws {
        let first = try #require(running.first)
        // A second process cannot end before the first.
        try await first.until("waited with all others", within: .seconds(1200)) {
            if let early = running.first(where: { !$0.isRunning }) {
                throw RunningProgram.Overdue(description: "one has ended:\n\(early.stdout)\n\(early.stderr)")
            }
            return KernelLocks.waiters(for: project.lock) >= count
        }
    }

    /// All answers of processes that must succeed.
    func answers(_ running: [RunningProgram]) async throws -> [Line] {
        var lines: [Line] = []
        for process in running {
            let outcome = try await process.value(within: .seconds(600))
            try #require(outcome.status == 0, "\(outcome.stderr)")
            lines += try outcome.stdout.split(separator: "\n").map {
                try JSONDecoder().decode(Line.self, from: Data($0.utf8))
            }
        }
        return lines
    }
}
