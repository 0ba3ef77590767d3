import Foundation
import Glibc
import Synchronization
import TestSupport

/// A project in a folder of its own, with a home, caches and a runtime folder that nothing else uses.
final class TestProject: Sendable {
    /// Free of symbolic links, and short, since a socket's path ends at 107 bytes.
    let base: String
    let root: String
    /// Unique; in names, tags and labels.
    let id: String
    /// In front on the PATH.
    let client: String
    /// In front of the engine; every command goes through it.
    private let recorder: RecordingSocket?
    private let started = Mutex<[RunningProgram]>([])

    /// Makes the project, and removes it afterwards with all that it has left on the engine and in memory.
    static func with<Value: Sendable>(
        client: String = TestEngine.clients[0], _ body: (TestProject) async throws -> Value
    ) async throws -> Value {
        let project = try TestProject(client: client)
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(project))
        } catch {
            result = .failure(error)
        }
        await project.remove()
        return try result.get()
    }

    private init(client: String) throws {
        var template = Array("/tmp/stoker-cli-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        base = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        // mkdtemp uses capital letters, which tags must not have.
        id = base.suffix(6).utf8.map { String($0, radix: 16) }.joined()
        root = base + "/p" + id
        self.client = client
        recorder = TestEngine.isThere ? try RecordingSocket(base + "/engine.sock") : nil
        for folder in [root, base + "/home", base + "/run", base + "/out"] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        }
        // Other users' processes work below it in some tests.
        chmod(base, 0o755)
    }

    private func remove() async {
        for program in started.withLock({ $0 }) { program.signal(SIGKILL) }
        for pid in leftovers { kill(pid, SIGKILL) }
        releaseBuilds()
        if TestEngine.isThere { await removeFromEngine() }
        try? FileManager.default.removeItem(atPath: base)
    }

    /// What the commands get as DOCKER_HOST.
    var host: String { "unix://\(base)/engine.sock" }
    /// How many builds the engine has been asked for.
    var builds: Int { recorder?.builds ?? 0 }
    /// How many bytes have been sent to the engine, by whomever.
    var bytesSentToEngine: Int { recorder?.bytesSent ?? 0 }

    /// Lets no build begin before `releaseBuilds`. The engine does not hear of those that are asked for, which
    /// are counted all the same.
    func holdBuilds() { recorder?.hold() }
    func releaseBuilds() { recorder?.release() }

    /// Ends all connections to the engine.
    func cutEngine() { recorder?.cut() }
    /// The default tag.
    var tag: String { "p\(id)-test:latest" }
    var record: String { root + "/.docker_test_cache.json" }
    var lock: String { root + "/.docker_build.lock" }
    var agentSocket: String { base + "/run/stoker/agent.sock" }

    /// Programs that still have to do with this project, such as a client that outlived its parent.
    var leftovers: [Int32] {
        let own = Array(base.utf8)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { pid in
            guard pid != getpid(), let words = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline")
            else { return false }
            return words.range(of: Data(own)) != nil
        }
    }

    /// Waits until all of them have ended by themselves.
    func untilNobodyIsLeft() async throws {
        let deadline = SuspendingClock.now + .seconds(300)
        while case let pids = leftovers, !pids.isEmpty {
            guard SuspendingClock.now < deadline else {
                throw RunningProgram.Overdue(description: "still there: \(pids)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    // MARK: Files

    /// Writes a file whole, as an editor does, so that nobody ever sees a part of it; a path that begins with
    /// a slash is taken as it is.
    func write(_ name: String, _ text: String) throws {
        let url = URL(fileURLWithPath: path(name))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        let new = "\(base)/out/\(UUID().uuidString)"
        FileWriter.shared.write(text.utf8, to: new.utf8, .replacing)
        guard rename(new, url.path) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }

    /// The person's own configuration.
    func writeUserConfiguration(_ text: String) throws {
        try write(base + "/config/stoker/config.yaml", text)
    }

    func path(_ name: String) -> String { name.hasPrefix("/") ? name : root + "/" + name }

    func exists(_ name: String) -> Bool { access(path(name), F_OK) == 0 }

    func text(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path(name)) ?? Data(), as: UTF8.self)
    }

    /// A Dockerfile that builds in an instant: `a` is the image.
    func writeSmallImage(_ more: String = "") throws {
        try write("Dockerfile", dockerfile("COPY a /a\n" + more))
        try write("a", "first")
    }

    /// One whose build takes as many seconds as the file `seconds` says.
    func writeSlowImage(seconds: String) throws {
        try writeRunningImage("/bin/busybox sleep $(/bin/busybox cat /seconds)", copying: "seconds")
        try write("seconds", seconds)
    }

    /// One with a RUN step, which has no network. The step is no other project's: BuildKit runs equal steps of
    /// simultaneous builds once, and never again when they are done.
    func writeRunningImage(_ script: String, copying file: String? = nil) throws {
        let copy = file.map { "COPY \($0) /\($0)\n" } ?? ""
        try write(
            "Dockerfile",
            dockerfile(
                "COPY busybox /bin/busybox\n\(copy)RUN [\"/bin/busybox\", \"sh\", \"-c\", \": \(id); \(script)\"]\n"
            ))
        try write("stoker.yaml", "image: {network: none}\n")
        guard try Command("cp", TestEngine.busybox, root + "/busybox").status == 0 else {
            throw POSIXError(.EIO)
        }
    }

    /// The label keeps builds from sharing a cache, and tells what to remove.
    func dockerfile(_ steps: String) -> String {
        "FROM scratch\nLABEL dev.stoker.test=\(id)\n\(steps)"
    }

    // MARK: Programs

    var environment: [String: String] {
        [
            "PATH": (client as NSString).deletingLastPathComponent + ":/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": base + "/home", "XDG_RUNTIME_DIR": base + "/run", "XDG_CACHE_HOME": base + "/cache",
            "XDG_CONFIG_HOME": base + "/config", "DOCKER_HOST": host, "LC_ALL": "C.UTF-8",
        ]
    }

    /// Starts any program in the project's folder.
    func start(
        _ words: [String], environment changes: [String: String] = [:], in folder: String? = nil
    ) throws -> RunningProgram {
        let program = try RunningProgram(
            words, environment: environment.merging(changes) { $1 }, folder: folder ?? root,
            scratch: base + "/out")
        started.withLock { $0 = $0.filter(\.isRunning) + [program] }
        return program
    }

    /// Starts `stoker`.
    func stokerStarted(
        _ arguments: String..., environment changes: [String: String] = [:], in folder: String? = nil
    ) throws -> RunningProgram {
        try start([TestEngine.program] + arguments, environment: changes, in: folder)
    }

    /// Runs `stoker` to its end.
    func stoker(
        _ arguments: String..., environment changes: [String: String] = [:], in folder: String? = nil
    ) async throws -> Outcome {
        try await start([TestEngine.program] + arguments, environment: changes, in: folder).value()
    }

    /// Runs a shell script with `$stoker` set to the program.
    func shell(_ script: String, as wrapper: [String] = []) async throws -> Outcome {
        try await start(
            wrapper + ["sh", "-c", script], environment: ["stoker": TestEngine.program]
        ).value()
    }
}
