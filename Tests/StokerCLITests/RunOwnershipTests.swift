import Foundation
import Glibc
import Testing

extension WholeProgram.OnAnEngine {
    /// What carries the labels of a run, and what of it the run has made.
    @Suite struct RunOwnershipTests {
        /// Makes a container beside the run that has all labels of another one, as runlike and Portainer do.
        private func copy(_ project: TestProject, of name: String, to copy: String) async throws {
            let outcome = try await project.shell(
                """
                export DOCKER_HOST=\(TestEngine.host ?? "")
                docker inspect --format '{{range $k, $v := .Config.Labels}}{{println $k $v}}{{end}}' \(name) |
                    sed '/^$/d; s/ /=/' >labels
                docker run --detach --network none --label-file labels --name \(copy) \(project.tag) \
                    /bin/busybox sleep 600
                """)
            try #require(outcome.status == 0, "\(outcome.stderr)")
        }

        private func state(_ project: TestProject, _ name: String) async throws -> String {
            try await project.docker("inspect", "--format", "{{.State.Status}}", name).stdout
        }

        @Test(arguments: [SIGTERM, SIGKILL])
        func `a copy of a run's container stays and runs on`(number: Int32) async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("true")
                let (pg, mine) = ("pg-\(project.id)", "my-debug-pg-\(project.id)")
                let running = try await project.runUntilStarted(pg)
                try await copy(project, of: pg, to: mine)
                running.signal(number)
                _ = try await running.value()
                for pass in 0..<2 {
                    let report = try await project.reap()
                    // Later nothing is known of the run any more.
                    if number == SIGKILL, pass == 0 {
                        let reason = "its labels were copied: the run made another container"
                        #expect(report.contains("\(mine)  \(reason)"), "\(report)")
                    }
                    #expect(try await project.containers() == [mine])
                    #expect(try await state(project, mine) == "running\n")
                }
                #expect(project.leaseFiles == [])
                // A copy of the copy is none of ours either.
                try await copy(project, of: mine, to: "again-\(project.id)")
                _ = try await project.reap()
                #expect(try await project.containers() == ["again-\(project.id)", mine])
            }
        }

        @Test func `a copy that outlives what it was copied from stays`() async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("true")
                let (pg, mine) = ("pg-\(project.id)", "my-debug-pg-\(project.id)")
                let running = try await project.runUntilStarted(pg)
                try await copy(project, of: pg, to: mine)
                try await project.docker("rm", "--force", pg)
                // Under the name of the first, as a tool that creates a container anew does.
                try await project.docker("rename", mine, pg)
                running.signal(SIGKILL)
                _ = try await running.value()
                _ = try await project.reap()
                #expect(try await project.containers() == [pg])
                #expect(try await state(project, pg) == "running\n")
            }
        }

        @Test func `networks and volumes with copied labels stay`() async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("true")
                let outcome = try await project.run(
                    """
                    docker network create --internal net-\(project.id)
                    docker volume create >anonymous
                    docker network inspect --format \
                        '{{range $k, $v := .Labels}}--label {{$k}}={{$v}} {{end}}' net-\(project.id) >net-labels
                    docker volume inspect --format \
                        '{{range $k, $v := .Labels}}--label {{$k}}={{$v}} {{end}}' $(cat anonymous) >vol-labels
                    docker -H \(TestEngine.host ?? "") network create --internal $(cat net-labels) mine-\(project.id)
                    docker -H \(TestEngine.host ?? "") volume create $(cat vol-labels) >mine
                    """)
                #expect(outcome.status == 0, "\(outcome.stderr)")
                let mine = project.text("mine").trimmingCharacters(in: .newlines)
                let anonymous = project.text("anonymous").trimmingCharacters(in: .newlines)
                #expect(try await project.docker("network", "inspect", "net-\(project.id)").status != 0)
                #expect(try await project.docker("volume", "inspect", anonymous).status != 0)
                _ = try await project.reap()
                #expect(project.leaseFiles == [])
                #expect(try await project.docker("network", "rm", "mine-\(project.id)").status == 0)
                #expect(try await project.docker("volume", "rm", mine).status == 0)
            }
        }

        @Test func `a volume that was there before is not the run's, whatever it is called`() async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("true")
                let old = try await project.docker("volume", "create").stdout
                    .trimmingCharacters(in: .newlines)
                let outcome = try await project.run("docker volume create \(old)")
                #expect(outcome.status == 0, "\(outcome.stderr)")
                #expect(try await project.docker("volume", "rm", old).status == 0)
            }
        }

        @Test(.enabled(if: TestEngine.isRoot, TestEngine.rootNeeded))
        func `what a full disk cannot write down is not created, and the run says so`() async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("true")
                _ = try await project.warm()
                let folder = project.base + "/home/.local/state/stoker/leases"
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                chmod(folder, 0o700)
                // A mount of the test's own, which ends with its namespace.
                let outcome = try await project.shell(
                    """
                    unshare --mount sh -c '
                        mount -t tmpfs -o size=64k,mode=700 none \(folder) || exit 9
                        exec "$stoker" run --no-warm -- sh -c "
                            cat /dev/zero >\(folder)/full 2>/dev/null
                            \(project.running("full-\(project.id)")) && exit 8
                            rm \(folder)/full
                            \(project.running("free-\(project.id)"))"'
                    """)
                #expect(outcome.status == 0, "\(outcome.stderr)")
                #expect(outcome.stderr.contains("nothing was created, since it could not be written down"))
                #expect(outcome.stderr.contains("removed what was left behind: free-\(project.id)"))
                #expect(try await project.containers() == [])
            }
        }
    }
}
