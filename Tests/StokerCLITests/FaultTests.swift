import Foundation
import StokerCore
import SystemPackage
import Testing

extension WholeProgram.OnAnEngine {
    /// What a failing disk, a full house of watches or a wrong clock does to lock, record and agent.
    @Suite(.timeLimit(.minutes(60))) struct FaultTests {
        struct Fault: Sendable, CustomTestStringConvertible {
            /// As strace takes it: `fsync:error=EIO`.
            var injection: String
            /// In the project's folder; empty for the folder itself.
            var file: String
            /// What the complaint ends with; `nil` when the fault is to cost nothing.
            var words: String?
            var testDescription: String { "\(injection) of \(file.isEmpty ? "the folder" : file)" }
        }

        private static let scratch = ".stoker-tmp-.docker_test_cache.json"
        private static let lock = ".docker_build.lock"
        private static let disk =
            "Input/output error; look into the kernel's log (dmesg) for what is wrong with the disk"

        static let faults = [
            Fault(injection: "write:error=EIO", file: scratch, words: disk),
            Fault(injection: "fsync:error=EIO", file: scratch, words: disk),
            Fault(
                injection: "fsync:error=ENOSPC", file: scratch,
                words:
                    "No space left on device; free some space on that file system and run the command again"
            ),
            Fault(injection: "renameat:error=EIO", file: "", words: disk),
            // The new name may not survive a power cut then; nothing better is to be had.
            Fault(injection: "fsync:error=EIO", file: "", words: nil),
            // The lock does without its story, and a file that cannot be removed is no obstacle.
            Fault(injection: "pwrite64:error=EIO", file: lock, words: nil),
            Fault(injection: "ftruncate:error=EIO", file: lock, words: nil),
            Fault(injection: "?unlink,?unlinkat:error=EIO", file: lock, words: nil),
            Fault(
                injection: "flock:error=ENOLCK", file: lock,
                words:
                    "No locks available; name a file on a file system that has locks as the image's lock in "
                    + "stoker.yaml"),
        ]

        @Test func `a disk that fails costs the old record nothing, and the next warm is right`() async throws
        {
            try await TestProject.with { project in
                try project.writeSmallImage()
                _ = try await project.warm()
                for (number, fault) in Self.faults.enumerated() {
                    let place: Comment = "\(fault.testDescription)"
                    let before = project.text(project.record)
                    try project.write("a", "after \(number)")
                    let (log, path) = (
                        project.base + "/out/strace", project.root + (fault.file.isEmpty ? "" : "/")
                    )
                    let outcome = try await project.start([
                        "strace", "-f", "-qq", "-o", log, "-P", path + fault.file,
                        // As it is called below the folder that is open.
                        "-P", fault.file.isEmpty ? path : fault.file, "-e", "inject=" + fault.injection,
                        TestEngine.program, "warm", "--no-agent",
                    ]).value()
                    // Or nothing was shown, since strace may not trace or met no such call.
                    try #require(project.text(log).contains("(INJECTED)"), "\(place)\n\(outcome.stderr)")
                    if let words = fault.words {
                        if fault.file == Self.lock {
                            #expect(outcome.status == 73, place)
                            #expect(outcome.stdout.isEmpty, place)
                            #expect(
                                outcome.complaints.last == "stoker: cannot lock \(project.lock): \(words)",
                                place)
                        } else {
                            #expect(outcome.status == 0 && outcome.stdout == project.tag + "\n", place)
                            #expect(
                                outcome.complaints.last
                                    == "stoker: warning: other programs may take the image for outdated: "
                                    + "cannot write \(project.record): \(words)", place)
                        }
                        #expect(project.text(project.record) == before, place)
                    } else {
                        #expect(outcome.status == 0 && outcome.stdout == project.tag + "\n", place)
                    }
                    let next = try await project.warm("--no-agent", "--timeout", "0")
                    #expect(next.digest == (try await project.digest()), place)
                    #expect(try await project.contentOfA() == "after \(number)", place)
                    #expect(!project.exists(Self.scratch), place)
                }
            }
        }

        /// The budget is the user's, so the agent gets a user namespace with a small one.
        @Test(.enabled(if: TestEngine.isRoot, TestEngine.rootNeeded))
        func `out of watches, the agent's answers stay right and it says how many it needs`() async throws {
            try await TestProject.with { project in
                try project.write("Dockerfile", project.dockerfile("COPY src /\n"))
                for number in 0..<20 { try project.write("src/\(number)/f", "first") }
                try project.write("src/a", "first")
                let agent = try project.start([
                    "unshare", "--user", "--map-root-user", "sh", "-c",
                    "echo 10 >/proc/sys/user/max_inotify_watches && exec \(TestEngine.program) agent",
                ])
                try await agent.until("answered") {
                    try await project.stoker("status").status == 0
                }
                #expect(try await project.warm().via == "agent")
                for number in stride(from: 0, to: 20, by: 3) {
                    try project.write("src/\(number)/f", "edit \(number)")
                    try project.write("src/a", "edit \(number)")
                    let answer = try await project.warm()
                    #expect(answer.via == "agent")
                    #expect(answer.digest == (try await project.digest()))
                    #expect(try await project.contentOfA() == "edit \(number)")
                }
                let status = try await project.stoker("status").stdout
                #expect(
                    status.contains(" folders are not watched; raise fs.inotify.max_user_watches"),
                    "\(status)")
            }
        }

        /// The clock was ahead when everything was written, and has been set back.
        @Test func `what a clock in the future has left is no obstacle`() async throws {
            try await TestProject.with { project in
                let future = "2190-01-01T00:00:00"
                try project.write("stoker.yaml", "image: {keep: 0}\n")
                try project.writeSmallImage()
                _ = try await project.shell("touch -d \(future) a Dockerfile stoker.yaml .")
                let first = try await project.warm("--no-agent")
                _ = try await project.shell(
                    "touch -d \(future) .docker_test_cache.json; find ../cache -name '*index*' -exec touch -d \(future) {} +"
                )
                let file = CacheRecordFile(FilePath(project.record))
                var record = try #require(file.read().record)
                record.buildTime = 6_942_000_000
                try file.write(record)
                try project.write(
                    project.lock,
                    #"{"command":"stoker warm","host":"h","image":"i","pid":1,"since":6942000000}"#)
                #expect(try await project.warm("--no-agent").outcome == "hit")
                // As long as before, first still in the future, then under today's time.
                for (number, text) in ["other", "third", "early"].enumerated() {
                    try project.write("a", text)
                    if number < 2 { _ = try await project.shell("touch -d \(future) a") }
                    let answer = try await project.warm("--no-agent", "--timeout", "0")
                    #expect(answer.outcome == "built")
                    #expect(answer.digest != first.digest)
                    #expect(try await project.contentOfA() == text)
                    let proof = CacheRecordFile(FilePath(project.record)).read().record?.stoker
                    #expect(proof?.digest == answer.digest)
                    #expect(!project.exists(project.lock))
                }
            }
        }
    }
}
