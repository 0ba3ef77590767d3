import StokerCore
import Subprocess
import SystemPackage

/// The client program that builds: which one, and which builder it brings.
public struct BuilderClient: Sendable, Equatable {
    public enum Kind: String, Sendable, Codable {
        /// A docker client with its buildx plugin.
        case buildx
        /// A docker client up to 22, which has BuildKit built in but switched off.
        case embeddedBuildKit
        /// A newer docker client without buildx.
        case legacy
        /// Any docker client, at an engine that builds in its own way: podman's service, or one whose BuildKit is
        /// switched off. What its cache tells apart is not known.
        case engineOwn
        case podman
    }

    /// As it is found on the PATH, or absolute.
    public var program: String
    public var kind: Kind

    public init(program: String, kind: Kind) {
        self.program = program
        self.kind = kind
    }

    /// Finds the client and asks it what it is.
    ///
    /// - Parameter wanted: the user's own setting; by default `docker`, then `podman`.
    /// - Throws: `StokerError` with `.engineUnavailable` when there is none, or none that runs.
    public static func detect(_ wanted: String? = nil) async throws -> BuilderClient {
        try await detect(wanted, limit: versionLimit)
    }

    /// - Parameter limit: for each answer.
    static func detect(_ wanted: String?, limit: Duration) async throws -> BuilderClient {
        for program in wanted.map({ [$0] }) ?? ["docker", "podman"] {
            guard let version = try await output(program, ["--version"], limit) else { continue }
            if version.hasPrefix("podman") { return BuilderClient(program: program, kind: .podman) }
            if majorVersion(version) ?? 0 < 23 {
                return BuilderClient(program: program, kind: .embeddedBuildKit)
            }
            let hasBuildx = try await output(program, ["buildx", "version"], limit) != nil
            return BuilderClient(program: program, kind: hasBuildx ? .buildx : .legacy)
        }
        throw StokerError(
            .engineUnavailable, "there is no \(wanted ?? "docker or podman") client on the PATH",
            nextStep: "install one (Debian: apt-get install docker.io)")
    }

    /// The same client for an engine that may build in its own way.
    func fitting(hasBuildKit: Bool) -> BuilderClient {
        hasBuildKit || kind == .podman ? self : BuilderClient(program: program, kind: .engineOwn)
    }

    /// `Docker version 28.2.2, build e6534b4` → 28.
    static func majorVersion(_ text: String) -> Int? {
        let words = text.split(separator: " ")
        guard let index = words.firstIndex(of: "version"), words.indices.contains(index + 1) else {
            return nil
        }
        return words[index + 1].split(separator: ".").first.flatMap { Int($0) }
    }

    /// What the program prints; `nil` when it is not there or fails.
    ///
    /// - Throws: `StokerError` when it is there and the kernel does not run it, or it does not end.
    private static func output(
        _ program: String, _ arguments: [String], _ limit: Duration
    ) async throws -> String? {
        let answer = await promptValue(within: limit) { () -> Result<String?, any Error> in
            do { return .success(try await untimedOutput(program, arguments)) } catch {
                return .failure(error)
            }
        }
        try Task.checkCancellation()
        guard let answer else {
            throw StokerError(
                .engineUnavailable,
                "the client \(program) did not say its version within \(DurationText.format(limit))",
                nextStep: "see what `\(program) \(arguments.joined(separator: " "))` does")
        }
        return try answer.get()
    }

    /// A client takes a fraction of a second; a machine may stand still for minutes.
    private static let versionLimit = Duration.seconds(300)

    private static func untimedOutput(_ program: String, _ arguments: [String]) async throws -> String? {
        do {
            let result = try await Subprocess.run(
                executable(program), arguments: Arguments(arguments), output: .string(limit: 4096))
            try Task.checkCancellation()
            return result.terminationStatus.isSuccess ? result.standardOutput : nil
        } catch let error as SubprocessError where error.code == .spawnFailed {
            try Task.checkCancellation()
            throw StokerError(
                .engineUnavailable, "cannot run the client \(program)",
                cause: error.underlyingError?.description ?? error.description,
                nextStep: "see that it is a program for this machine, and run the command again")
        } catch is SubprocessError {
            try Task.checkCancellation()
            return nil
        }
    }

    static func executable(_ program: String) -> Executable {
        program.contains("/") ? .path(FilePath(program)) : .name(program)
    }
}
