import Foundation
import Glibc
import TestSupport

/// What a program that ended has left.
struct Outcome: Sendable {
    /// The exit status; 128 and the signal's number for one that a signal has ended, as a shell tells it.
    var status: Int32
    var stdout: String
    var stderr: String

    /// The lines of standard error, without the empty ones.
    var complaints: [String] { stderr.split(separator: "\n").map(String.init) }

    func json<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(stdout.utf8))
    }
}

/// A program that the test has started. Its output goes to files, so that nothing has to be drained, and what
/// it has said can be read at any time.
final class RunningProgram: Sendable {
    /// It did not do in time what was expected of it; with all that it said.
    struct Overdue: Error, CustomStringConvertible { let description: String }

    private let words: [String]
    private let output: String
    private let errors: String
    private let child: ChildProcess

    /// - Parameter scratch: a folder for its output.
    init(_ words: [String], environment: [String: String], folder: String, scratch: String) throws {
        self.words = words
        let base = "\(scratch)/\(UUID().uuidString)"
        (output, errors) = (base + ".out", base + ".err")
        child = try ChildProcess(
            words, environment: environment, folder: folder, output: .file(output), errors: .file(errors))
    }

    var pid: Int32 { child.pid }
    var isRunning: Bool { child.isRunning }
    var stdout: String { text(output) }
    var stderr: String { text(errors) }

    private func text(_ file: String) -> String {
        String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    }

    func signal(_ number: Int32) { child.signal(number) }

    /// As the terminal does at ^C: to the program and to all that it has started.
    func signalGroup(_ number: Int32) { child.signal(number, toGroup: true) }

    /// Waits until it has ended.
    ///
    /// - Throws: `Overdue`, after it has been killed.
    func value(within limit: Duration = .seconds(300)) async throws -> Outcome {
        let alarm = Task { [child] in
            do { try await Task.sleep(for: limit) } catch { return false }
            return child.signal(SIGKILL)
        }
        let status = await child.status
        alarm.cancel()
        // Not the clock, which goes on while we wait for our turn.
        if await alarm.value { throw overdue("did not end within \(limit)") }
        return Outcome(status: status, stdout: stdout, stderr: stderr)
    }

    /// Asks until `condition` holds or the program has ended.
    ///
    /// - Throws: `Overdue`.
    func until(
        _ what: String, within limit: Duration = .seconds(300), _ condition: () async throws -> Bool
    ) async throws {
        let deadline = SuspendingClock.now + limit
        while true {
            let isOver = !isRunning
            if try await condition() { return }
            if isOver { throw overdue("ended before it \(what)") }
            if SuspendingClock.now > deadline { throw overdue("\(what): not within \(limit)") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func overdue(_ what: String) -> Overdue {
        Overdue(description: "`\(words.joined(separator: " "))` \(what)\n\(stdout)\n\(stderr)")
    }
}
