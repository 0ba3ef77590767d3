import Foundation
import Glibc
import Testing

extension WholeProgram.OnAnEngine {
    /// - `STOKER_KILLS`: how often a run is killed at a random moment. Default: 4.
    @Suite struct RunCommandTests {
        private static let kills =
            ProcessInfo.processInfo.environment["STOKER_KILLS"].flatMap { Int($0) } ?? 4

        @Test func `what a command creates goes when it ends, and its status is passed on`() async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("true")
                let outcome = try await project.run(
                    """
                    echo "$DOCKER_HOST" && cat
                    \(project.running("db-\(project.id)"))
                    docker create --name made-\(project.id) \(project.tag) true
                    docker network create --internal net-\(project.id)
                    docker volume create >anonymous
                    docker volume create named-\(project.id)
                    exit 7
                    """)
                let anonymous = project.text("anonymous").trimmingCharacters(in: .newlines)
                #expect(outcome.status == 7, "\(outcome.stderr)")
                #expect(outcome.stdout.hasPrefix("unix://\(project.base)/run/stoker/run-"))
                #expect(try await project.containers() == [])
                #expect(try await project.docker("network", "inspect", "net-\(project.id)").status != 0)
                #expect(anonymous.utf8.count == 64)
                #expect(try await project.docker("volume", "inspect", anonymous).status != 0)
                // Somebody gave it a name to find it again.
                #expect(try await project.docker("volume", "rm", "named-\(project.id)").status == 0)
                for name in ["db-\(project.id)", "made-\(project.id)", "net-\(project.id)", anonymous] {
                    #expect(outcome.stderr.contains(name))
                }
                // Other tests make containers at the same time, which are told of.
                #expect(!outcome.stderr.contains("is still there: "), "\(outcome.stderr)")
                #expect(project.leases == [])
                #expect(
                    try FileManager.default.contentsOfDirectory(atPath: "\(project.base)/run/stoker") == [])
            }
        }

        @Test func `what its owner wants to keep stays`() async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("true")
                let outcome = try await project.run(
                    """
                    \(project.running("kept-\(project.id)", "--label dev.stoker.keep=true"))
                    \(project.running("again-\(project.id)", "--restart always"))
                    """)
                #expect(outcome.status == 0, "\(outcome.stderr)")
                #expect(try await project.containers() == ["again-\(project.id)", "kept-\(project.id)"])
                #expect(outcome.stderr.contains("again-\(project.id) is still there"))
                try await project.docker("update", "--restart", "no", "again-\(project.id)")
            }
        }

        @Test func `what does not come through it is told and stays`() async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("true")
                // The first by name, since other tests' containers may be told of as well.
                let name = "0-\(project.id)"
                let outcome = try await project.run(
                    """
                    docker -H \(TestEngine.host ?? "") create --name \(name) \(project.tag) true
                    curl --silent --unix-socket "${DOCKER_HOST#unix://}" --request POST http://e/services/create
                    true
                    """)
                #expect(outcome.status == 0, "\(outcome.stderr)")
                #expect(outcome.stderr.contains("not owned and still there: "))
                #expect(outcome.stderr.contains("POST /services/create is not owned (1 in all)"))
                #expect(outcome.stderr.contains(name))
                #expect(try await project.containers() == [name])
            }
        }

        @Test func `signals go to the command, and how it ended is told`() async throws {
            try await TestProject.with { project in
                let running = try project.runStarted(
                    "trap 'echo had it; exit 9' TERM; touch ready; while :; do sleep 0.05; done")
                try await running.until("was ready") { project.exists("ready") }
                running.signal(SIGTERM)
                let told = try await running.value()
                #expect(told.status == 9, "\(told.stderr)")
                #expect(told.stdout == "had it\n")
                for number in [SIGTERM, SIGKILL, SIGUSR1] {
                    let killed = try await project.runStarted("kill -\(number) $$").value()
                    #expect(killed.status == 128 + number, "\(killed.stderr)")
                }
            }
        }

        @Test func `a signal before the command ends the run, and nothing has run`() async throws {
            try await TestProject.with { project in
                try project.writeSlowImage(seconds: "600")
                let running = try project.start([TestEngine.program, "run", "--", "touch", "ran"])
                try await running.until("built") { project.builds > 0 }
                running.signal(SIGTERM)
                #expect(try await running.value().status == 130)
                #expect(!project.exists("ran"))
                #expect(project.leases == [])
            }
        }

        @Test func `a killed run takes its command with it, and the next reap its containers`() async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("true")
                let running = try await project.runUntilStarted("db-\(project.id)")
                let command = try #require(Int32(project.text("pid").trimmingCharacters(in: .newlines)))
                // Nothing of a living owner's goes, at any age.
                let early = try await project.reap()
                #expect(early.contains("db-\(project.id)  its owner lives"), "\(early)")
                #expect(project.leases.count == 1)
                running.signal(SIGKILL)
                _ = try await running.value()
                try await running.untilGone(command)
                let late = try await project.reap()
                // Another test's program may have been first, as any of the same user's may.
                #expect(!late.contains("db-\(project.id)  its owner lives"), "\(late)")
                #expect(try await project.containers() == [])
                // This one alone knows the lease by its file, and forgets it when nothing is left.
                #expect(project.leases == [])
                #expect(
                    try FileManager.default.contentsOfDirectory(atPath: "\(project.base)/run/stoker") == [])
            }
        }

        @Test func `the agent cleans up after a killed run by itself`() async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("true")
                _ = try await project.warm()
                let agent = try await TestAgent(project)
                let running = try await project.runUntilStarted("db-\(project.id)")
                let other = try await project.runUntilStarted("other-\(project.id)", marker: "pid2")
                running.signal(SIGKILL)
                try await agent.process.until("cleaned up") {
                    try await project.containers() == ["other-\(project.id)"]
                }
                try await agent.process.until("forgot the lease") { project.leases.count == 1 }
                #expect(other.isRunning)
                other.signal(SIGTERM)
                _ = try await other.value()
                #expect(try await project.containers() == [])
            }
        }

        @Test func `whenever a run is killed, in the end nothing of it is left`() async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("true")
                _ = try await project.warm()
                let agent = try await TestAgent(project)
                // One creation after the other: some kill comes while the engine is at one.
                let body = #"{\"Image\": \"\#(project.tag)\", \"Cmd\": [\"true\"]}"#
                let script = """
                    touch begun
                    while :; do
                        curl --silent --output /dev/null --unix-socket "${DOCKER_HOST#unix://}" \\
                            --header 'Content-Type: application/json' --data "\(body)" http://e/containers/create
                    done
                    """
                for _ in 0..<RunCommandTests.kills {
                    let running = try project.runStarted(script)
                    try await running.until("began") { project.exists("begun") }
                    try FileManager.default.removeItem(atPath: project.path("begun"))
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0..<400)))
                    running.signal(SIGKILL)
                    _ = try await running.value()
                }
                try await agent.process.until("cleaned up") {
                    let left = try await project.containers()
                    return left.isEmpty && project.leases.isEmpty
                }
                // What the engine had not finished by then is found by a later look.
                try await agent.process.until("stayed clean") {
                    let until = SuspendingClock.now + .seconds(2)
                    while SuspendingClock.now < until {
                        guard try await project.containers().isEmpty else { return false }
                    }
                    return true
                }
            }
        }

        @Test func `an agent that was killed as well cleans up when it comes back`() async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("true")
                _ = try await project.warm()
                let agent = try await TestAgent(project)
                let running = try await project.runUntilStarted("db-\(project.id)")
                agent.process.signal(SIGKILL)
                running.signal(SIGKILL)
                // From here on any other test's look at the engine may clean up as well.
                _ = try await (agent.process.value(), running.value())
                let next = try await TestAgent(project)
                try await next.process.until("cleaned up") { try await project.containers() == [] }
            }
        }

        @Test func `a container of an image that was made of a leftover is nobody's leftover`() async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("true")
                let running = try await project.runUntilStarted("db-\(project.id)")
                let copy = "copy\(project.id):latest"
                try await project.docker("commit", "db-\(project.id)", copy)
                try await project.createContainer("mine-\(project.id)", copy, "true")
                running.signal(SIGKILL)
                _ = try await running.value()
                let report = try await project.reap()
                #expect(try await project.containers() == ["mine-\(project.id)"], "\(report)")
                #expect(
                    report.contains(
                        "mine-\(project.id)  its labels were copied: the run made another container"))
                try await project.docker("rm", "--force", "mine-\(project.id)")
                try await project.docker("rmi", copy)
            }
        }

        @Test func `Stoker's own commands in it speak to the engine itself, and through the agent`()
            async throws
        {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: project.digest())
                let outcome = try await project.start(
                    [TestEngine.program, "run", "--", TestEngine.program, "warm", "--json"]
                ).value()
                let answer = try outcome.json(TestProject.WarmAnswer.self)
                #expect(answer.outcome == "hit")
                #expect(answer.via == "agent")
            }
        }

        @Test func `the command has the descriptors that it was given, and none of ours`() async throws {
            try await TestProject.with { project in
                // Ours are sockets: to the engine, and the proxy's. The test's own process may pass some on.
                let outcome = try await project.shell(
                    """
                    readlink /proc/$$/fd/* | sort >before
                    "$stoker" run --no-warm -- sh -c 'readlink /proc/$$/fd/* | sort >within; cat <&7' 7<<END
                    hello
                    END
                    grep socket within | comm -23 - before
                    """)
                #expect(outcome.stdout == "hello\n", "\(outcome.stderr)")
                #expect(project.text("within").contains(project.base))
            }
        }

        @Test func `what cannot run is told in one line`() async throws {
            try await TestProject.with { project in
                try project.write("plain", "text")
                for (words, status, line) in [
                    (["--no-warm", "--", "no-such-program"], Int32(127), "cannot run no-such-program"),
                    (["--no-warm", "--", "./plain"], 126, "cannot run ./plain"),
                    (["--", "true"], 65, "Dockerfile"),
                    (["--no-warm"], 64, "Give a command to run"),
                    (["--no-warm", "--"], 64, "Give a command to run"),
                    (["--no-wram", "true"], 64, "Unknown option '--no-wram'"),
                    (["--no-warm", "-x"], 64, "Unknown option '-x'"),
                ] {
                    let outcome = try await project.start([TestEngine.program, "run"] + words).value()
                    #expect(outcome.status == status, "\(words): \(outcome.stderr)")
                    #expect(outcome.stderr.contains(line), "\(words): \(outcome.stderr)")
                }
                let absent = try await project.stoker(
                    "run", "--no-warm", "--", "touch", "ran",
                    environment: ["DOCKER_HOST": "unix://\(project.base)/absent.sock"])
                #expect(absent.status == 69, "\(absent.stderr)")
                try project.write("Dockerfile", project.dockerfile("COPY absent /a\n"))
                let failed = try await project.stoker("run", "--", "touch", "ran")
                #expect(failed.status != 0)
                #expect(!project.exists("ran"))
                #expect(project.leases == [])
            }
        }
    }
}
