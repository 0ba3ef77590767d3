import Foundation
import Glibc
import Logging
import StokerCore
import StokerKit
import SystemPackage

/// Warmers that know nothing of each other, as if each were a process.
struct WarmCallers {
    var folder: String
    var count: Int
    var rounds: Int
    /// A file of the project's with a number in it that only grows; is read before each question.
    var numberFile: String?

    /// One line on standard output for each answer.
    private struct Line: Encodable {
        var asked: Int?
        var result: WarmResult
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let user = try UserSettings.load(environment: environment)
        let paths = try StokerPaths(environment: environment)
        let endpoint = try Endpoint.resolve(environment: environment, user: user.engine)
        let project = try ProjectLocator.explicit(FilePath(folder))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask {
                    try await EngineClient.with(endpoint) { engine in
                        for _ in 0..<rounds {
                            let warmer = Warmer(
                                engine: engine, project: project, imageName: "default", cache: paths.cache,
                                client: user.client?.program, logger: Logger(label: "crowd"))
                            try await ask(warmer, project: project, user: user)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func ask(_ warmer: Warmer, project: FilePath, user: UserSettings) async throws {
        let asked = try numberFile.map { try WarmCallers.number(in: $0) }
        var request = try WarmRequest(
            project: project, image: "default", user: user, via: .local, command: "WarmCrowd")
        // As long as a machine takes to start all the others.
        request.lockTimeout = .seconds(3000)
        do {
            let result = try await warmer.warm(request) { _ in }
            let line = try JSONEncoder().encode(Line(asked: asked, result: result))
            WarmCrowd.say(STDOUT_FILENO, String(decoding: line, as: UTF8.self))
        } catch let refusal as Warmer.BuildRefusal {
            throw refusal.error
        }
    }

    private static func number(in file: String) throws -> Int {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        guard let number = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw WarmCrowd.Failure(description: "\(file) has no number: \(text)")
        }
        return number
    }
}
