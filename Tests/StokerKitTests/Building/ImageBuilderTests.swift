import Foundation
import Glibc
import StokerCore
@testable import StokerKit
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct ImageBuilderTests {
    let project = TestProject()
    let endpoint = Endpoint(address: .unix(path: "/fake.sock"))

    /// Runs `script` as the client, and returns what it printed.
    @discardableResult
    func build(
        _ script: String, kind: BuilderClient.Kind = .embeddedBuildKit, endpoint: Endpoint? = nil,
        patience: Duration = .seconds(3), onLine: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> [String] {
        let lines = Mutex<[String]>([])
        let client = BuilderClient(program: project.program(script), kind: kind)
        let request = BuildRequest(
            image: project.image(), credentials: .none, dockerfile: "/copy/D", context: "/copy",
            buildContexts: [:], tag: "stoker-build:k-1")
        let held = try HeldFile(project.folder.appending("held").string, O_RDWR | O_CREAT)
        flock(held.descriptor, LOCK_EX)
        try await ImageBuilder(client: client, endpoint: endpoint ?? self.endpoint, patience: patience)
            .build(request, heldOpen: held) { line in
                lines.withLock { $0.append(line) }
                onLine(line)
            }
        return lines.withLock { $0 }
    }

    @Test func theClientIsGivenItsArguments() async throws {
        let lines = try await build("for word; do echo \"$word\"; done")
        #expect(lines.prefix(5) == ["build", "--file", "/copy/D", "--tag", "stoker-build:k-1"])
        #expect(lines.last == "/copy")
    }

    @Test(arguments: [
        (BuilderClient.Kind.buildx, "unset"), (.embeddedBuildKit, "1"), (.legacy, "0"),
    ])
    func theClientSpeaksToTheSameEngineWithItsBuilder(kind: BuilderClient.Kind, buildKit: String) async throws
    {
        let lines = try await build(
            """
            echo $DOCKER_HOST ${DOCKER_CONTEXT-unset} ${DOCKER_TLS_VERIFY-unset} ${DOCKER_CERT_PATH-unset}
            echo ${DOCKER_BUILDKIT-unset} $BUILDX_NO_DEFAULT_ATTESTATIONS ${BUILDKIT_PROGRESS-unset}
            """, kind: kind)
        #expect(lines == ["unix:///fake.sock unset unset unset", "\(buildKit) 1 unset"])
    }

    @Test func certificatesGoWithTheEndpoint() async throws {
        let endpoint = Endpoint(address: .tcp(host: "::1", port: 2376), certificates: "/certificates")
        let lines = try await build(
            "echo $DOCKER_HOST $DOCKER_TLS_VERIFY $DOCKER_CERT_PATH", endpoint: endpoint)
        #expect(lines == ["tcp://[::1]:2376 1 /certificates"])
        #expect(try await build("echo $CONTAINER_HOST", kind: .podman) == ["unix:///fake.sock"])
    }

    @Test(arguments: [1, 2, 125, 255]) func anyFailureIsTheBuilds(status: Int) async throws {
        let error = await #expect(throws: StokerError.self) { try await build("echo why; exit \(status)") }
        #expect(error?.code == .buildFailed)
        #expect(error?.cause == "the builder's last lines:\nwhy")
        #expect(error?.message == "the build of stoker-test:none failed")
        #expect(error?.nextStep?.contains(project.path("Dockerfile").string) == true)
    }

    /// Which no edit mends: it is begun again like a build whose engine went away.
    @Test func aKilledClientIsNoFaultOfTheDockerfile() async throws {
        let error = await #expect(throws: StokerError.self) { try await build("echo last; kill -9 $$") }
        #expect(error?.code == .engineUnavailable)
        #expect(error?.message.contains("was ended by signal 9") == true)
        #expect(error?.cause == "the builder's last lines:\nlast")
    }

    @Test func aFailureShowsTheLastTwentyLines() async throws {
        let error = await #expect(throws: StokerError.self) {
            try await build(
                "i=0; while [ $i -lt 50 ]; do i=$((i+1)); echo line $i; done; printf 'no end'; exit 1")
        }
        let expected = (32...50).map { "line \($0)" } + ["no end"]
        #expect(error?.cause == (["the builder's last lines:"] + expected).joined(separator: "\n"))
    }

    @Test func anEngineThatIsAwayIsNotTheDockerfilesFault() async throws {
        let error = await #expect(throws: StokerError.self) {
            try await build("echo 'ERROR: Cannot connect to the Docker daemon at unix:///x.' >&2; exit 1")
        }
        #expect(error?.code == .engineUnavailable)
    }

    @Test func anEngineWithoutTimeIsNotTheDockerfilesFault() async throws {
        let words = "ERROR: failed to solve: DeadlineExceeded: context deadline exceeded"
        let slow = await #expect(throws: StokerError.self) { try await build("echo '\(words)' >&2; exit 1") }
        #expect(slow?.code == .engineUnavailable)
        let said = await #expect(throws: StokerError.self) {
            try await build("echo '#7 0.1 \(words)'; exit 1")
        }
        #expect(said?.code == .buildFailed, "a step may print it")
    }

    /// The legacy builder's words when an image is removed while it looks for a layer to use again.
    private static let moved = "echo 'unable to find image \"sha256:288c\"' >&2; exit 1"

    @Test func aBuildWhoseCacheMovesIsBegunAnew() async throws {
        let count = "\(project.folder)/count"
        let lines = try await build(
            "echo x >>'\(count)'; [ $(wc -l <'\(count)') = 3 ] || { \(Self.moved); }; echo 3")
        #expect(lines == Array(repeating: "unable to find image \"sha256:288c\"", count: 2) + ["3"])
    }

    /// containerd's words when an image that shares a layer goes while the new one is unpacked. A step's own words have
    /// a number before them.
    @Test(arguments: [("", 3), ("#5 ", 1)])
    func aLayerThatIsLostOnTheWayIsMadeAnew(prefix: String, builds: Int) async throws {
        let count = "\(project.folder)/count"
        let words =
            "ERROR: failed to solve: failed to prepare: parent snapshot sha256:0 does not exist: not found"
        let script = """
            echo "$@" >>'\(count)'; [ $(wc -l <'\(count)') = 3 ] || { echo '\(prefix)\(words)'; exit 1; }
            """
        _ = try? await build(script)
        let asked = try Command("cat", count).output.split(separator: "\n")
        // What the builder counts on may be lost for good.
        #expect(asked.map { $0.contains("--no-cache") } == Array([false, true, true].prefix(builds)))
    }

    @Test func aCacheThatAlwaysMovesIsNotTheDockerfilesFault() async throws {
        let error = await #expect(throws: StokerError.self) { try await build(Self.moved) }
        #expect(error?.code == .engineUnavailable)
        #expect(error?.message.contains("10 builds") == true)
    }

    @Test func bothStreamsAreFollowedInOrder() async throws {
        #expect(try await build("echo one; echo two >&2; printf three") == ["one", "two", "three"])
    }

    @Test func outputThatIsNoTextOrHasNoEndIsNoFailure() async throws {
        let lines = try await build(
            """
            printf 'a\\377b\\n'
            head -c 3000000 /dev/zero | tr '\\0' x
            echo
            echo last
            """)
        #expect(lines.count == 3)
        #expect(lines.first == "a\u{FFFD}b")
        #expect(lines.last == "last")
    }

    @Test func theClientHoldsTheSnapshotsLock() async throws {
        let lines = try await build(
            "flock -n '\(project.folder)/held' echo free || echo held; readlink /proc/$$/fd/0")
        #expect(lines == ["held", "\(project.folder)/held"])
    }

    /// Starts a build that prints `ready` and then would never end, and cancels it.
    func cancelled(_ script: String, patience: Duration = .seconds(3)) async throws -> Duration {
        let (ready, continuation) = AsyncStream.makeStream(of: String.self)
        let task = Task { try await build(script, patience: patience) { continuation.yield($0) } }
        for await line in ready where line == "ready" { break }
        let started = SuspendingClock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        return SuspendingClock.now - started
    }

    @Test func cancellingAsksTheClientToEnd() async throws {
        _ = try await cancelled(
            "trap 'echo told > \"$0.told\"; exit 0' TERM; echo ready; while :; do sleep 0.05; done",
            patience: .seconds(600))
        #expect(try project.left("docker.told") == "told\n")
    }

    @Test func aClientThatDoesNotListenIsKilled() async throws {
        let duration = try await cancelled(
            "trap '' TERM; echo $$ > \"$0.pid\"; echo ready; while :; do sleep 0.05; done")
        #expect(duration >= .seconds(2.5))
        let pid = try #require(pid_t(project.left("docker.pid").trimmingCharacters(in: .newlines)))
        #expect(kill(pid, 0) != 0 && errno == ESRCH)
    }

    /// A plugin is a process of its own, which has the lock and the output open too.
    @Test func whatTheClientStartedEndsWithIt() async throws {
        // A shell gives what runs beside it another input, unless it is told to give its own.
        _ = try await cancelled(
            "exec 3<&0; (trap '' TERM; echo ready; while :; do sleep 0.05; done) <&3 & wait")
        #expect(try await FileLock.isLetGo(project.folder.appending("held")))
    }

    /// Without a limit the build would end with it, ten minutes later.
    @Test func whatHasLeftTheClientsGroupAndHoldsItsOutputIsNotWaitedFor() async throws {
        let duration = try await cancelled(
            "setsid sh -c 'echo $$ > \"'$0'.pid\"; echo ready; exec sleep 600' & wait")
        #expect(duration < .seconds(60))
        let pid = try #require(pid_t(project.left("docker.pid").trimmingCharacters(in: .newlines)))
        #expect(kill(pid, SIGKILL) == 0)
    }

    @Test func aBuildThatIsCancelledBeforeItBeginsDoesNotBegin() async throws {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await build("exit 0")
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
