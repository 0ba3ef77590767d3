import Foundation
import Logging
import StokerKit
import SystemPackage

/// The proxy, without a lease and a command.
struct LoneProxy {
    /// As DOCKER_HOST has it.
    var engine: String
    var socket: String
    var labels: [String]

    func run() async throws {
        var added: [String: String] = [:]
        for label in labels {
            let parts = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw ProxyBench.Failure(description: "no label: \(label)") }
            added[String(parts[0])] = String(parts[1])
        }
        let environment = ProcessInfo.processInfo.environment.merging(["DOCKER_HOST": engine]) { $1 }
        let proxy = EngineProxy(
            endpoint: try Endpoint.resolve(environment: environment), socket: FilePath(socket),
            labels: { [added] in added }, logger: Logger(label: "proxy"))
        try await proxy.start()
        FileHandle.standardOutput.write(Data("listening\n".utf8))
        // Not on a thread of the tasks'.
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                while readLine() != nil {}
                continuation.resume()
            }
        }
        await proxy.stop(patience: .seconds(10))
        for request in proxy.unowned { print("\(request.path) \(request.count)") }
    }
}
