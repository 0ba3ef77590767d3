import Foundation
import StokerCore
import Subprocess
import SystemPackage

/// Runs the client that builds, and follows what it prints.
struct ImageBuilder: Sendable {
    let client: BuilderClient
    let endpoint: Endpoint
    /// How long the client may take to end when it is told to.
    var patience = Duration.seconds(3)

    /// How often a build is begun whose cache changes under it. Where something removes many images, a few in a
    /// row may all meet it; each ends at once.
    private static let attempts = 10

    /// An image was removed, by whomever, at the moment when the legacy builder looked at all of them for a layer
    /// to use again (moby's `getLocalCachedImage`), or when containerd's image store unpacked one that shares its
    /// layers. No edit would mend that, and beginning anew does.
    private struct CacheMoved: Error { var words: String }

    /// Builds, or throws `StokerError` with `.buildFailed` and the builder's last lines as its cause.
    ///
    /// - Parameters:
    ///   - heldOpen: a descriptor that the client keeps open as its standard input for as long as it runs.
    ///     With the snapshot's lock there, a client that outlives a killed parent still keeps others from
    ///     changing the snapshot under it.
    ///   - onLine: each line that the builder prints, without its line break.
    func build(
        _ request: BuildRequest, heldOpen: HeldFile, onLine: @escaping @Sendable (String) -> Void
    ) async throws {
        var request = request
        var moved = CacheMoved(words: "")
        for _ in 0..<ImageBuilder.attempts {
            do {
                return try await run(request, heldOpen: heldOpen, onLine: onLine)
            } catch let error as CacheMoved {
                moved = error
                // A layer that is lost for good would be counted on again and again.
                request.withoutCache = true
            }
        }
        throw StokerError(
            .engineUnavailable,
            "images were removed from the engine during each of \(ImageBuilder.attempts) builds of "
                + "\(request.image.tag), which its builder does not survive",
            cause: moved.words, nextStep: "run the command again when nothing removes images")
    }

    private func run(
        _ request: BuildRequest, heldOpen: HeldFile, onLine: @escaping @Sendable (String) -> Void
    ) async throws {
        let mask = SecretMask(request.credentials, environment: ProcessInfo.processInfo.environment)
        let transcript = BuildTranscript(mask: mask, onLine: onLine)
        var options = PlatformOptions()
        // A group of its own, so that the client's plugins end with it.
        options.processGroupID = 0
        options.teardownSequence = [
            .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: patience)
        ]
        let arguments = Arguments(try request.arguments(for: client.kind))
        let group = ProcessGroup()
        let status: TerminationStatus
        do {
            status = try await Subprocess.run(
                BuilderClient.executable(client.program), arguments: arguments, environment: environment,
                platformOptions: options,
                input: .fileDescriptor(
                    FileDescriptor(rawValue: heldOpen.descriptor), closeAfterSpawningProcess: false),
                output: .sequence,
                error: .combinedWithOutput
            ) { execution in
                group.begin(leader: execution.processIdentifier.value)
                let output = execution.standardOutput
                // A task of its own, which is not cancelled with us: a client that is told to end says so, and
                // its first word would kill it if nobody listened any more.
                try await Task {
                    for try await buffer in output { buffer.withUnsafeBytes { transcript.add($0) } }
                }.value
                transcript.finish()
            }.terminationStatus
            try Task.checkCancellation()
        } catch {
            await group.end(patience: patience)
            throw error
        }
        guard status.isSuccess else {
            throw failure(request, status, lines: transcript.tail)
        }
    }

    private func failure(
        _ request: BuildRequest, _ status: TerminationStatus, lines: [String]
    ) -> any Error {
        let text = lines.joined(separator: "\n")
        if case .signaled(let signal) = status {
            return StokerError(
                .engineUnavailable,
                "\(client.program) was ended by signal \(signal) while it built \(request.image.tag)",
                cause: lines.isEmpty ? nil : "the builder's last lines:\n" + text,
                nextStep:
                    "run the command again; if nobody ended it, look whether the machine is out of memory")
        }
        if text.contains("Cannot connect to the Docker daemon") {
            return StokerError(
                .engineUnavailable, "cannot reach the engine at \(endpoint)", cause: text,
                nextStep: "start it and run the command again")
        }
        // BuildKit gives itself 20 seconds to note what it has built, which a machine under load can take.
        // A step's own words would have a number before them.
        if lines.contains(where: { $0.hasPrefix("ERROR: failed to solve: DeadlineExceeded: ") }) {
            return StokerError(
                .engineUnavailable, "the engine at \(endpoint) has not ended a build in time", cause: text,
                nextStep: "run the command again when the machine has less to do")
        }
        if text.contains("unable to find image \"sha256:")
            || lines.contains(where: ImageBuilder.tellsLostLayer)
        {
            return CacheMoved(words: text)
        }
        return StokerError(
            .buildFailed, "the build of \(request.image.tag) failed",
            cause: "the builder's last lines:\n" + text,
            nextStep: "mend \(request.image.dockerfile) or the files it reads")
    }

    /// Whether a line tells that containerd's image store has lost a layer that the builder counts on: one below the
    /// layer that it was unpacking, with the last other image that had it, or one in its cache, of a build that was
    /// killed.
    private static func tellsLostLayer(_ line: String) -> Bool {
        line.hasPrefix("ERROR: failed to solve: ") && line.contains("snapshot ")
            && line.contains("does not exist: not found")
    }

    private var environment: Environment {
        var changes: [Environment.Key: String?] = [
            "DOCKER_HOST": endpoint.host,
            "DOCKER_CONTEXT": nil,
            "DOCKER_TLS_VERIFY": endpoint.certificates == nil ? nil : "1",
            "DOCKER_CERT_PATH": endpoint.certificates,
            // They decide what is in the image, but are no inputs: `platform:` and `args:` are there for that.
            "DOCKER_DEFAULT_PLATFORM": nil,
            "SOURCE_DATE_EPOCH": nil,
            "DOCKER_CLI_HINTS": "false",
            "DOCKER_SCAN_SUGGEST": "false",
            // The builder's provenance would give each build of the same inputs another image ID.
            "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
            // It would run git in the context, whose `.git` came with a clone and says what git runs; and labels from
            // there would be no inputs.
            "BUILDX_GIT_INFO": "false",
            "BUILDX_GIT_LABELS": nil,
            "BUILDKIT_PROGRESS": nil,
        ]
        switch client.kind {
        case .buildx: changes["DOCKER_BUILDKIT"] = .some(nil)
        case .embeddedBuildKit: changes["DOCKER_BUILDKIT"] = "1"
        case .legacy, .engineOwn: changes["DOCKER_BUILDKIT"] = "0"
        case .podman: changes["CONTAINER_HOST"] = endpoint.host
        }
        return .inherit.updating(changes)
    }
}
