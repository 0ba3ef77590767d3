import Foundation
import Glibc
import Testing

extension WholeProgram.OnAnEngine {
    /// What containers that stay use of a run that is over.
    @Suite struct RunSharingTests {
        /// A line of shell that starts a container of the project's image, which stays.
        private func running(_ project: TestProject, _ name: String, _ options: String) -> String {
            project.running(name).replacing("--network none", with: options)
        }

        /// Kills a run that has done `script`, and reaps; twice nothing more happens, and a dry run says the same.
        private func killed(
            _ project: TestProject, after script: String, meanwhile: () async throws -> Void = {}
        ) async throws -> String {
            let running = try project.start([
                TestEngine.program, "run", "--", "sh", "-ec", "\(script)\ntouch ready; exec sleep 600",
            ])
            try await running.until("was ready") { project.exists("ready") }
            try await meanwhile()
            running.signal(SIGKILL)
            _ = try await running.value()
            let dry = try await project.stoker("reap", "--dry-run", "--pattern", "t\(project.id)-*-{hex:8}")
            #expect(dry.status == 0, "\(dry.stderr)")
            let first = try await project.reap()
            let second = try await project.reap()
            let kept = dry.stdout.replacing(#/ {2,}/#, with: "  ").split(separator: "\n").filter {
                $0.hasPrefix("keep") && $0.contains(project.id)
            }
            for line in kept { #expect(second.contains(line), "\(line)\n\(second)") }
            return first
        }

        @Test func `a kept container keeps its network, and starts again`() async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("true")
                let net = "net-\(project.id)"
                let (kept, again) = ("kept-\(project.id)", "again-\(project.id)")
                let report = try await killed(
                    project,
                    after: """
                        docker network create --internal \(net)
                        docker network create --internal other-\(project.id)
                        docker create --label dev.stoker.keep=true --network \(net) --name \(kept) \
                            \(project.tag) /bin/busybox sleep 600
                        \(running(project, again, "--network \(net) --restart unless-stopped"))
                        docker stop --time 0 \(again)
                        \(project.running("db-\(project.id)"))
                        """)
                #expect(
                    report.contains("network \(net)  the container \(again), which stays, uses it"),
                    "\(report)")
                #expect(try await project.docker("network", "inspect", "other-\(project.id)").status != 0)
                #expect(try await project.containers() == [again, kept])
                for name in [kept, again] {
                    let started = try await project.docker("start", name)
                    #expect(started.status == 0, "\(started.stderr)")
                }
                #expect(project.leases.count == 1)
                try await project.docker("update", "--restart", "no", again)
                try await project.docker("rm", "--force", kept, again)
                // Then the network goes, and with it what was known of the run.
                _ = try await project.reap()
                #expect(try await project.docker("network", "inspect", net).status != 0)
                #expect(project.leaseFiles == [])
            }
        }

        @Test(arguments: [true, false])
        func `a person's own container keeps the network that it has joined`(isRunning: Bool) async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("true")
                let (net, mine) = ("net-\(project.id)", "mine-\(project.id)")
                let report = try await killed(
                    project, after: "docker network create --internal \(net)",
                    meanwhile: {
                        try await project.createContainer(
                            mine, "--network", net, project.tag, "/bin/busybox", "sleep", "600")
                        if isRunning { try await project.docker("start", mine) }
                    })
                #expect(
                    report.contains("network \(net)  the container \(mine), which stays, uses it"),
                    "\(report)")
                #expect(try await project.docker("start", mine).status == 0)
                try await project.docker("rm", "--force", mine)
                try await project.docker("network", "rm", net)
            }
        }

        @Test(arguments: ["--network container:", "--pid container:", "--ipc container:", "--volumes-from "])
        func `what a person's container shares stays, and what that uses`(option: String) async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("true")
                let (db, mine, gone) = ("db-\(project.id)", "mine-\(project.id)", "gone-\(project.id)")
                let net = "net-\(project.id)"
                let report = try await killed(
                    project,
                    after: """
                        docker network create --internal \(net)
                        \(running(project, db, "--network \(net) --ipc shareable -v /data"))
                        \(project.running(gone))
                        """,
                    meanwhile: {
                        let words = "\(option)\(db)".split(separator: " ").map(String.init)
                        let outcome = try await project.start(
                            [project.client, "run", "--detach", "--name", mine] + words
                                + (option.hasPrefix("--network") ? [] : ["--network", "none"])
                                + ["--label", "dev.stoker.test=\(project.id)", project.tag]
                                + ["/bin/busybox", "sleep", "600"],
                            environment: ["DOCKER_HOST": TestEngine.host ?? ""]
                        ).value()
                        try #require(outcome.status == 0, "\(outcome.stderr)")
                    })
                #expect(report.contains("\(db)  the container \(mine), which stays, uses it"), "\(report)")
                #expect(
                    report.contains("network \(net)  the container \(db), which stays, uses it"), "\(report)")
                #expect(try await project.containers() == [db, mine])
                try await project.docker("rm", "--force", mine)
                _ = try await project.reap()
                #expect(try await project.containers() == [])
                #expect(try await project.docker("network", "inspect", net).status != 0)
            }
        }

        @Test func `a kept container keeps the volume that it mounts`() async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("true")
                let kept = "kept-\(project.id)"
                let outcome = try await project.run(
                    """
                    docker volume create >anonymous
                    docker create --label dev.stoker.keep=true --network none \
                        --volume "$(cat anonymous)":/data --name \(kept) \(project.tag) true
                    """)
                #expect(outcome.status == 0, "\(outcome.stderr)")
                let volume = project.text("anonymous").trimmingCharacters(in: .newlines)
                let report = try await project.reap()
                #expect(
                    report.contains("volume \(volume)  the container \(kept), which stays, uses it"),
                    "\(report)")
                #expect(try await project.docker("volume", "inspect", volume).status == 0)
                try await project.docker("rm", "--force", kept)
                _ = try await project.reap()
                #expect(try await project.docker("volume", "inspect", volume).status != 0)
            }
        }

        @Test func `the agent leaves alone what is used, and does not fail over it`() async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("true")
                _ = try await project.warm()
                let agent = try await TestAgent(project)
                let (net, mine) = ("net-\(project.id)", "mine-\(project.id)")
                let running = try project.start([
                    TestEngine.program, "run", "--no-warm", "--", "sh", "-ec",
                    """
                    docker network create --internal \(net)
                    \(project.running("db-\(project.id)"))
                    touch ready; exec sleep 600
                    """,
                ])
                try await running.until("was ready") { project.exists("ready") }
                try await project.createContainer(mine, "--network", net, project.tag, "true")
                running.signal(SIGKILL)
                _ = try await running.value()
                try await agent.process.until("cleaned up") { try await project.containers() == [mine] }
                // It looks again by itself, a second and five seconds later.
                try await Task.sleep(for: .seconds(6))
                #expect(try await project.docker("network", "inspect", net).status == 0)
                #expect(!agent.process.stderr.contains("failed network"), "\(agent.process.stderr)")
                #expect(!agent.process.stdout.contains("failed network"), "\(agent.process.stdout)")
                try await project.docker("rm", "--force", mine)
                try await project.docker("network", "rm", net)
            }
        }
    }
}
