import Foundation
import Glibc
import Testing

extension WholeProgram.OnAnEngine {
    /// What becomes of the processes that the command of a `stoker run` has started.
    @Suite struct RunGuardTests {
        /// Starts a script, and waits until `value` is there.
        private func started<Value>(
            _ project: TestProject, _ script: String, _ value: () throws -> Value?
        ) async throws -> (RunningProgram, SeenProcess, Value) {
            let running = try project.start(
                [TestEngine.program, "run", "--no-warm", "--", "sh", "-c", script],
                environment: ["stoker": TestEngine.program])
            var found: Value?
            try await running.until("was ready") {
                found = try found ?? value()
                return found != nil
            }
            return (running, try project.guardian(of: running.pid), try #require(found))
        }

        @Test(arguments: [false, true])
        func `a killed run takes all that its command has started`(withItsGroup: Bool) async throws {
            try await TestProject.with { project in
                // The last one is a process group of its own, as each job of an interactive shell.
                let script = """
                    sh -c 'sleep 1000 & echo $! >>pids
                        sh -c "sleep 1000 & echo \\$! >>pids; wait" & echo $! >>pids; wait; true' & echo $! >>pids
                    setsid sleep 1000 & echo $! >daemon
                    env -i /bin/sleep 1000 & echo $! >cleared
                    set -m; sleep 1000 & echo $! >>pids
                    wait
                    """
                let (running, guardian, (tree, strangers)) = try await started(project, script) {
                    guard let tree = try project.processes("pids", 5),
                        let daemon = try project.processes("daemon")?.first, getsid(daemon.pid) == daemon.pid,
                        let cleared = try project.processes("cleared")?.first,
                        SeenProcess.texts("/proc/\(cleared.pid)/environ") == []
                    else { return (tree: [SeenProcess], strangers: [SeenProcess])?.none }
                    return (tree, [daemon, cleared])
                }
                defer { strangers.forEach { $0.signal(SIGKILL) } }
                // It ends by its owner's end alone.
                for number in [SIGHUP, SIGINT, SIGTERM] { guardian.signal(number) }
                #expect(tree.filter(\.hasEnded).map(\.pid) == [])
                if withItsGroup { running.signalGroup(SIGKILL) } else { running.signal(SIGKILL) }
                for process in tree + [guardian] { try await process.untilEnded() }
                // The guard is gone by now, so that nobody is left to end them.
                let survivors = withItsGroup ? [strangers[0]] : strangers
                #expect(survivors.filter(\.hasEnded).map(\.pid) == [])
            }
        }

        @Test func `what is being started while the run is killed goes as well`() async throws {
            try await TestProject.with { project in
                // The command itself dies at once; what starts others is its child.
                let script = """
                    echo "$STOKER_LEASE" >lease
                    grow='n=0; while [ $n -lt 300 ]; do
                        n=$((n + 1)); sh -c "sleep 1000 & exec sleep 1000" & echo $! >>pids
                    done'
                    sh -c "$grow; wait" & sh -c "$grow; wait" & wait
                    """
                let (running, guardian, some) = try await started(project, script) {
                    try project.processes("pids", 40)
                }
                running.signal(SIGKILL)
                for process in some + [guardian] { try await process.untilEnded() }
                let lease = project.text("lease").trimmingCharacters(in: .newlines)
                #expect(lease.utf8.count == 32)
                #expect(SeenProcess.all(entry: "STOKER_LEASE=\(lease)") == [])
            }
        }

        @Test func `a run that ends kills nobody`() async throws {
            try await TestProject.with { project in
                let script = "sleep 1000 & echo $! >pid; until test -e go; do sleep 0.02; done; exit 5"
                let (running, guardian, left) = try await started(project, script) {
                    try project.processes("pid")
                }
                defer { left[0].signal(SIGKILL) }
                try project.write("go", "")
                let outcome = try await running.value()
                #expect(outcome.status == 5, "\(outcome.stderr)")
                try await guardian.untilEnded()
                #expect(!left[0].hasEnded)
                #expect(project.leases == [])
            }
        }

        @Test func `a command that a signal ends keeps what it has started`() async throws {
            try await TestProject.with { project in
                let (running, guardian, left) = try await started(
                    project, "sleep 1000 & echo $! >pid; wait"
                ) { try project.processes("pid") }
                defer { left[0].signal(SIGKILL) }
                running.signal(SIGTERM)
                #expect(try await running.value().status == 128 + SIGTERM)
                try await guardian.untilEnded()
                #expect(!left[0].hasEnded)
            }
        }

        @Test func `nobody waits for the guard, and no output passes through it`() async throws {
            try await TestProject.with { project in
                let script = """
                    "$stoker" run --no-warm -- sh -c 'echo $PPID >run; until test -e go; do sleep 0.02; done; echo out; \
                    echo err >&2' 2>&1 7>&1 | cat
                    """
                let running = try project.start(
                    ["sh", "-c", script], environment: ["stoker": TestEngine.program])
                try await running.until("was ready") { project.text("run").hasSuffix("\n") }
                let run = try #require(Int32(project.text("run").trimmingCharacters(in: .newlines)))
                let guardian = try project.guardian(of: run)
                guardian.signal(SIGSTOP)
                defer { guardian.signal(SIGKILL) }
                // Its end is that of cat, which reads to the end.
                try project.write("go", "")
                let outcome = try await running.value()
                // What other tests create meanwhile is told of after it.
                #expect(outcome.stdout.hasPrefix("out\nerr\n"))
                #expect(!guardian.hasEnded)
                guardian.signal(SIGCONT)
                try await guardian.untilEnded()
            }
        }

        @Test func `the command dies and the lease is dead even if the guard hangs`() async throws {
            try await TestProject.with { project in
                let script = "echo $$ >pids; sh -c 'sleep 1000 & echo $! >>pids; wait; true'; true"
                let (running, guardian, processes) = try await started(project, script) {
                    try project.processes("pids", 2)
                }
                guardian.signal(SIGSTOP)
                defer { guardian.signal(SIGCONT) }
                #expect(project.leases.count == 1)
                running.signal(SIGKILL)
                _ = try await running.value()
                try await processes[0].untilEnded()
                _ = try await project.reap()
                #expect(project.leases == [])
                #expect(!processes[1].hasEnded)
                guardian.signal(SIGCONT)
                for process in processes + [guardian] { try await process.untilEnded() }
            }
        }

        @Test(arguments: [false, true])
        func `a nested run's processes go with it, and with the outer one`(innerFirst: Bool) async throws {
            try await TestProject.with { project in
                let script = """
                    sleep 1000 & echo $! >outer
                    "$stoker" run --no-warm -- sh -c 'sleep 1000 & echo $! >>outer'
                    "$stoker" run --no-warm -- sh -c 'sh -c "sleep 1000 & echo \\$! >inner; wait"; true' & echo $! >run
                    wait; true
                    """
                let (running, guardian, (outer, inner, run)) = try await started(project, script) {
                    guard let outer = try project.processes("outer", 2),
                        let inner = try project.processes("inner"), let run = try project.processes("run")
                    else { return (outer: [SeenProcess], inner: [SeenProcess], run: SeenProcess)?.none }
                    return (outer, inner, run[0])
                }
                let innerGuardian = try project.guardian(of: run.pid)
                if innerFirst {
                    run.signal(SIGKILL)
                    for process in inner + [innerGuardian] { try await process.untilEnded() }
                    #expect(outer.filter(\.hasEnded).map(\.pid) == [])
                    #expect(!guardian.hasEnded)
                    #expect(running.isRunning)
                }
                running.signal(SIGKILL)
                for process in outer + inner + [run, guardian, innerGuardian] {
                    try await process.untilEnded()
                }
            }
        }

        @Test(.enabled(if: TestEngine.isRoot, TestEngine.rootNeeded))
        func `a run that can have no guard says so and goes on`() async throws {
            try await TestProject.with { project in
                // Numbers in another namespace, with a /proc that has those of this one.
                let outcome = try await project.shell(
                    #"unshare --pid --fork --kill-child "$stoker" run --no-warm -- sh -c 'echo out; exit 3'"#)
                #expect(outcome.status == 3, "\(outcome.stderr)")
                #expect(outcome.stdout == "out\n")
                #expect(outcome.stderr.contains("would outlive a kill of this run"))
            }
        }
    }
}
