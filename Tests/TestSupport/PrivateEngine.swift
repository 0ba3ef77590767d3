import Dispatch
import Foundation

/// An engine of a test's own, for tests that stop it. Needs root, as `contrib/lib.sh` does, which starts it.
public final class PrivateEngine: Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public var description: String

        public init(description: String) { self.description = description }
    }

    private static let queue = DispatchQueue(label: "stoker.private-engine", attributes: .concurrent)

    private let child: ChildProcess
    private let orders = ChildPipe()
    private let answers = ChildPipe()
    /// Where all that it has lies.
    public let folder: String

    public var address: String { "unix://\(folder)/docker.sock" }

    /// Obeys a word a line, and tells of each when it is done. An engine that is started again has the first
    /// one's arguments and a mount namespace that is as new.
    private static let script = """
        . "$0/contrib/lib.sh"
        make_scratch
        start_engine "$scratch/engine" "$@"
        pid=$(our_pid "$scratch/engine/started" "$scratch/engine/")
        mapfile -d '' -t words <"/proc/$pid/cmdline"
        echo "$scratch/engine"
        while read -r order; do
            case $order in
                freeze) kill -STOP "$pid" ;;
                kill)
                    # A new one would wait for the first one's.
                    containerd=$(cat "$scratch/engine/exec/containerd/containerd.pid")
                    kill -KILL "$pid" "$containerd"
                    wait_for 60 not alive "$pid" && wait_for 60 not alive "$containerd"
                    rm -r "$scratch/engine/exec" "$scratch/engine/pid"
                    ;;
                start)
                    setpriv --pdeathsig TERM unshare --mount --propagation slave sh -c '
                        echo $$ >"$0/started"
                        mount -t tmpfs none /run/containerd && exec "$@"' "$scratch/engine" "${words[@]}" \\
                        </dev/null >>"$scratch/engine/log" 2>&1 &
                    wait_for 120 ping_engine "$scratch/engine"
                    pid=$(our_pid "$scratch/engine/started" "$scratch/engine/")
                    ;;
            esac
            echo done
        done
        """

    private init(_ flags: [String]) throws {
        // <root>/Tests/TestSupport/PrivateEngine.swift
        let root = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent()
        }
        child = try ChildProcess(
            ["bash", "-c", PrivateEngine.script, root.path] + flags,
            input: .descriptor(orders.reading.fileDescriptor),
            output: .descriptor(answers.writing.fileDescriptor))
        try? orders.reading.close()
        try? answers.writing.close()
        folder = answers.readLine().trimmingCharacters(in: .newlines)
        if folder.isEmpty { throw Failure(description: "the private engine does not start") }
    }

    public enum Order: String, Sendable { case freeze, kill, start }

    public func obey(_ order: Order) async throws {
        let answer = try await PrivateEngine.waiting { [self] in
            try orders.writing.write(contentsOf: Data("\(order.rawValue)\n".utf8))
            return answers.readLine()
        }
        if answer != "done\n" { throw Failure(description: "the private engine did not \(order.rawValue)") }
    }

    /// - Parameter flags: for dockerd, beside the usual ones.
    public static func with<Value: Sendable>(
        _ flags: [String] = [], _ body: (PrivateEngine) async throws -> Value
    ) async throws -> Value {
        let engine = try await waiting { try PrivateEngine(flags) }
        let result: Result<Value, any Error>
        do { result = .success(try await body(engine)) } catch { result = .failure(error) }
        // The script ends with its orders, and the engine and all that it has with the script.
        try engine.orders.writing.close()
        _ = await engine.child.status
        return try result.get()
    }

    /// Away from the threads on which asynchronous code runs.
    private static func waiting<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }
}
