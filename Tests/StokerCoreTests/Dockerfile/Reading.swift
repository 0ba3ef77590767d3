import StokerCore
import SystemPackage

/// Short ways to read a Dockerfile and to say what came of it.
enum Reading {
    /// Bases that are in the store, without ONBUILD and with a PATH.
    static let known: [String: BaseImageFacts] = Dictionary(
        uniqueKeysWithValues: ["a", "b", "python:3", "alpine"].map {
            ($0, .present(onBuild: [], environment: ["PATH=/bin", "BASE=based"]))
        })

    static func surroundings(
        target: String? = nil, arguments: [String: String] = [:], platform: String? = nil,
        contexts: [String: BuildContext] = [:], bases: [String: BaseImageFacts] = known,
        stages: StageSelection = .reached
    ) -> DockerfileSurroundings {
        DockerfileSurroundings(
            target: target, arguments: arguments, platform: platform, enginePlatform: "linux/amd64",
            buildContexts: contexts, bases: bases, stages: stages)
    }

    static func of(
        _ text: String, _ surroundings: DockerfileSurroundings = surroundings()
    ) throws -> DockerfileReading {
        try DockerfileReading.read(Array(text.utf8), name: "Dockerfile", in: surroundings)
    }

    /// `src/a*`, sorted; `ALL` for the whole context.
    static func paths(_ reads: ContextReads?) -> [String] {
        switch reads {
        case .everything: ["ALL"]
        case .only(let reads): Set(reads.map { text($0.components) }).sorted()
        case nil: []
        }
    }

    /// What is read of the main context.
    static func paths(
        _ text: String, _ surroundings: DockerfileSurroundings = surroundings()
    ) throws -> [String] {
        paths(try of(text, surroundings).context)
    }

    private static func text(_ components: [ContextRead.Component]) -> String {
        if components.isEmpty { return "/" }
        return components.map { component in
            switch component {
            case .literal(let bytes): String(decoding: bytes, as: UTF8.self)
            case .wildcard: "<pattern>"
            }
        }.joined(separator: "/")
    }

    static func message(_ text: String, _ surroundings: DockerfileSurroundings = surroundings()) -> String? {
        do {
            _ = try of(text, surroundings)
            return nil
        } catch {
            return "\(error)"
        }
    }
}

/// A row of a policy's table: the lines behind `FROM a`, what they read, and where the rule comes from.
struct ReadCase: CustomStringConvertible, Sendable {
    let lines: String
    let paths: [String]
    let rule: String

    init(_ lines: String, _ paths: [String], _ rule: String) {
        self.lines = lines
        self.paths = paths
        self.rule = rule
    }

    var description: String { "\(lines) (\(rule))" }
}
