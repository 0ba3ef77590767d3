import Foundation
import Glibc
import Testing

extension TestProject {
    /// The leases that have files.
    var leases: [String] { leaseFiles.filter { !$0.hasPrefix("creations/") } }

    /// The files in the folder of leases, and in that of their journals.
    var leaseFiles: [String] {
        func names(_ folder: String) -> [String] {
            (try? FileManager.default.contentsOfDirectory(
                atPath: base + "/home/.local/state/stoker/leases" + folder)) ?? []
        }
        return names("").filter { $0 != "creations" } + names("/creations").map { "creations/" + $0 }
    }

    /// A line of shell that starts a container of the project's image, which stays.
    func running(_ name: String, _ options: String = "") -> String {
        "docker run --detach --network none \(options) --name \(name) \(tag) /bin/busybox sleep 600"
    }

    /// `stoker run` of a shell script, with its images warm.
    func run(_ script: String) async throws -> Outcome {
        try await start([TestEngine.program, "run", "--", "sh", "-c", script]).value()
    }

    /// Without an image.
    func runStarted(_ script: String) throws -> RunningProgram {
        try start([TestEngine.program, "run", "--no-warm", "--", "sh", "-c", script])
    }

    /// One that goes on once it has started a container. Its command writes its number into `marker`.
    func runUntilStarted(_ name: String, marker: String = "pid") async throws -> RunningProgram {
        let script =
            "\(running(name)) && echo $$ >\(marker).new && mv \(marker).new \(marker); exec sleep 600"
        let running = try start([TestEngine.program, "run", "--", "sh", "-c", script])
        try await running.until("started its container") { exists(marker) }
        return running
    }

    /// What `stoker reap` prints, of any age but this project's.
    func reap() async throws -> String {
        let outcome = try await stoker("reap", "--pattern", "t\(id)-*-{hex:8}")
        try #require(outcome.status == 0, "\(outcome.stderr)")
        return outcome.stdout.replacing(#/ {2,}/#, with: "  ")
    }
}

extension RunningProgram {
    /// Waits until a process that this one started is no more.
    func untilGone(_ pid: Int32) async throws {
        let deadline = SuspendingClock.now + .seconds(300)
        while kill(pid, 0) == 0 {
            try #require(SuspendingClock.now < deadline, "process \(pid) is still there")
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
