import Foundation
import Glibc
import Testing

extension WholeProgram.OnAnEngine {
    /// Who waits for whom, and for how long.
    @Suite struct LockTests {
        @Test func `a lock that another program holds is told by its file when the time is over`()
            async throws
        {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let holder = try project.start(["flock", project.lock, "sleep", "600"])
                try await holder.until("held the lock") {
                    try await project.start(["flock", "-n", project.lock, "true"]).value().status == 1
                }
                let outcome = try await project.stoker("warm", "--timeout", "0")
                outcome.expectComplaint(
                    75, project.lock, "another program", "--timeout", notes: ["waiting for"])
                #expect(project.builds == 0)
                holder.signalGroup(SIGTERM)
                _ = try await holder.value()
                #expect(try await project.warm("--timeout", "0").outcome == "built")
            }
        }

        @Test func `a lock that a stoker warm holds names that process`() async throws {
            try await TestProject.with { project in
                try project.writeSlowImage(seconds: "600")
                let holder = try project.stokerStarted("warm")
                try await holder.until("was building") { project.builds == 1 }
                let outcome = try await project.stoker("warm", "--timeout", "0.5")
                outcome.expectComplaint(
                    75, project.lock, "stoker warm (process \(holder.pid) on ", "which builds \(project.tag)",
                    notes: ["waiting for"])
                #expect(holder.isRunning)
                holder.signal(SIGINT)
                #expect(try await holder.value().status == 130)
            }
        }

        @Test func `the environment and stoker.yaml say how long to wait, the option before both`()
            async throws
        {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write("stoker.yaml", "image: {lock: {timeout: 1s}}\n")
                let holder = try project.start(["flock", project.lock, "sleep", "600"])
                try await holder.until("held the lock") {
                    try await project.start(["flock", "-n", project.lock, "true"]).value().status == 1
                }
                let byFile = try await project.stoker("warm")
                byFile.expectComplaint(75, "waited 1 s for", notes: ["waiting for"])
                let long = ["STOKER_LOCK_TIMEOUT": "2"]
                let byVariable = try await project.stoker("warm", environment: long)
                byVariable.expectComplaint(75, "waited 2 s for", notes: ["waiting for"])
                let byOption = try await project.stoker("warm", "--timeout", "0", environment: long)
                byOption.expectComplaint(75, "waited 0 s for", notes: ["waiting for"])
                let wrong = try await project.stoker("warm", environment: ["STOKER_LOCK_TIMEOUT": "5m"])
                wrong.expectComplaint(64, "STOKER_LOCK_TIMEOUT=5m")
            }
        }

        @Test func `who waits goes on when the lock is let go`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let holder = try project.start(["flock", project.lock, "sleep", "600"])
                try await holder.until("held the lock") {
                    try await project.start(["flock", "-n", project.lock, "true"]).value().status == 1
                }
                let waiting = try project.stokerStarted("warm")
                try await waiting.until("waited") { waiting.stderr.contains("waiting for another program") }
                holder.signalGroup(SIGTERM)
                let outcome = try await waiting.value()
                #expect(outcome.status == 0, "\(outcome.stderr)")
                #expect(project.builds == 1)
            }
        }

        @Test(arguments: [SIGINT, SIGTERM])
        func `a warm that is interrupted while it waits ends at once`(signal: Int32) async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let holder = try project.start(["flock", project.lock, "sleep", "600"])
                try await holder.until("held the lock") {
                    try await project.start(["flock", "-n", project.lock, "true"]).value().status == 1
                }
                let waiting = try project.stokerStarted("warm")
                try await waiting.until("waited") { waiting.stderr.contains("waiting for another program") }
                waiting.signal(signal)
                try await waiting.value().expectComplaint(
                    130, "interrupted", notes: ["waiting for"])
            }
        }

        @Test(arguments: TestEngine.clients)
        func `an interrupted build ends with its client, and the next warm is right`(client: String)
            async throws
        {
            try await TestProject.with(client: client) { project in
                try project.writeSlowImage(seconds: "600")
                let warm = try project.stokerStarted("warm")
                try await warm.until("was building") { project.builds == 1 }
                warm.signal(SIGINT)
                try await warm.value().expectComplaint(
                    130, "interrupted", notes: ["building"])
                #expect(project.leftovers.isEmpty)
                #expect(!project.exists(project.lock))
                #expect(!project.exists(project.record))
                try project.write("seconds", "0")
                #expect(try await project.warm("--timeout", "0").outcome == "built")
                #expect(try await project.warm().outcome == "hit")
            }
        }

        /// The terminal sends the signal to the client too, which may end before we know why.
        @Test(arguments: TestEngine.clients)
        func `a build interrupted from the terminal is no failed build`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                try project.writeSlowImage(seconds: "600")
                let warm = try project.stokerStarted("warm")
                try await warm.until("was building") { project.builds == 1 }
                warm.signalGroup(SIGINT)
                try await warm.value().expectComplaint(
                    130, "interrupted", notes: ["building"])
                #expect(!project.exists(project.lock))
            }
        }

        @Test func `a lock file that a crash has left is no obstacle`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write(project.lock, #"{"pid": 1, "host": "elsewhere", "command": "stoker warm"}"#)
                #expect(try await project.warm("--timeout", "0").outcome == "built")
                #expect(!project.exists(project.lock))
            }
        }

        @Test func `a lock: that names a file of the person's costs them nothing`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write("stoker.yaml", "image: {lock: notes.txt}\n")
                try project.write("notes.txt", "mine")
                try await project.stoker("warm").expectComplaint(
                    73, "notes.txt is not a lock file", "move it")
                #expect(project.text("notes.txt") == "mine")
            }
        }
    }
}
