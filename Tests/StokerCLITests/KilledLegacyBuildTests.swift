import Foundation
import Glibc
import Testing

extension WholeProgram.OnAnEngine {
    /// What the legacy builder leaves of a build that is killed, and whose it is.
    @Suite struct KilledLegacyBuildTests {
        /// Every client has the legacy builder; this one says that it has no other.
        private func writeLegacyClient(_ project: TestProject) throws {
            try project.write(
                project.base + "/client",
                """
                #!/bin/sh
                case $1 in
                    --version) echo 'Docker version 28.0.0, build 0'; exit ;;
                    buildx) exit 1 ;;
                esac
                exec '\(project.client)' "$@"
                """)
            chmod(project.base + "/client", 0o755)
            try project.write(project.base + "/config/stoker/config.yaml", "client: \(project.base)/client\n")
        }

        private func untagged(_ project: TestProject) async throws -> Set<String> {
            let images = try await project.docker(
                "images", "--quiet", "--no-trunc", "--filter", "dangling=true", "--filter",
                "label=dev.stoker.test=\(project.id)")
            return Set(images.stdout.split(separator: "\n").map(String.init))
        }

        /// All that the project has on the engine, the steps below others too.
        private func images(_ project: TestProject) async throws -> Set<String> {
            let images = try await project.docker(
                "images", "--all", "--quiet", "--no-trunc", "--filter", "label=dev.stoker.test=\(project.id)")
            return Set(images.stdout.split(separator: "\n").map(String.init))
        }

        /// Whether the `RUN` step does, and is noted. Other steps have containers that are never started.
        private func isRunning(_ project: TestProject) async throws -> Bool {
            let ids = try await project.docker(
                "ps", "--quiet", "--filter", "label=dev.stoker.test=\(project.id)"
            ).stdout.split(separator: "\n")
            let notes = files(project).map { project.text(project.base + "/cache/stoker/builds/" + $0) }
            return ids.contains { id in notes.contains { $0.contains(id) } }
        }

        private func files(_ project: TestProject) -> [String] {
            (try? FileManager.default.contentsOfDirectory(atPath: project.base + "/cache/stoker/builds"))
                ?? []
        }

        /// As if the builds had been killed two hours ago.
        private func age(_ project: TestProject) async throws {
            for file in files(project) {
                let path = project.base + "/cache/stoker/builds/" + file
                try #require(try await project.shell("touch -d '2 hours ago' '\(path)'").status == 0)
            }
        }

        /// Waits until the engine has ended what it did for a client that is gone.
        private func untilSettled(_ project: TestProject) async throws {
            try await project.untilNobodyIsLeft()
            let deadline = SuspendingClock.now + .seconds(300)
            while try await !project.containers().isEmpty {
                try #require(SuspendingClock.now < deadline)
                try await Task.sleep(for: .milliseconds(50))
            }
        }

        /// Kills a build in its first `RUN` step, after a few others.
        ///
        /// - Parameters:
        ///   - seconds: how long that step takes.
        ///   - more: steps after it.
        private func kill(
            _ project: TestProject, seconds: String = "600", more: String = "", withClient: Bool = true
        ) async throws {
            try writeLegacyClient(project)
            try project.writeSlowImage(seconds: seconds)
            try project.write("Dockerfile", project.text("Dockerfile") + more)
            let warm = try project.stokerStarted("warm", "--no-agent")
            try await warm.until("ran its step") { try await isRunning(project) }
            warm.signal(SIGKILL)
            if withClient { for pid in project.leftovers { Glibc.kill(pid, SIGKILL) } }
            #expect(try await warm.value().status == 137)
            try await untilSettled(project)
        }

        /// The next build's Dockerfile: all but the last step as before.
        private func mend(_ project: TestProject) throws {
            try project.write(
                "Dockerfile", project.text("Dockerfile").replacing("sleep $(", with: "true $("))
        }

        @Test(arguments: TestEngine.clients)
        func `its steps stay for an hour and go then`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                try await kill(project)
                let all = try await images(project)
                let last = try #require(try await untagged(project).first)
                #expect(all.count == 3, "LABEL and two COPY")
                #expect(try await project.reapImages().map(\.reference) == [])
                #expect(try await images(project) == all)
                try await age(project)
                let plan = try await project.reapImages("--dry-run")
                #expect(plan.first?.reference == last && plan.first?.imageID == last)
                #expect(Set(plan.map(\.imageID)) == all)
                #expect(plan.allSatisfy { $0.decision == "remove" && $0.code == "build-dead" })
                #expect(plan.allSatisfy { $0.reason.hasPrefix("its build is dead: its process has ended") })
                #expect(try await images(project) == all)
                let text = try await project.reap()
                let digits = last.dropFirst("sha256:".count).prefix(12)
                #expect(text.contains("removed  image \(digits)  its build is dead: "), "\(text)")
                #expect(try await images(project) == [])
                #expect(files(project) == [])
                #expect(try await project.reapImages().map(\.reference) == [])
            }
        }

        /// The client ends at the next word of the builder's, which nobody reads; by then the step is done.
        @Test(arguments: TestEngine.clients)
        func `what a step became after the kill goes too`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                try await kill(
                    project, seconds: "3", more: #"RUN ["/bin/busybox", "sleep", "600"]"#, withClient: false)
                let all = try await images(project)
                #expect(all.count == 4, "the step as well")
                try await age(project)
                let outcome = try await project.reapImages()
                guard try await project.engineTellsContainersOfImages() else {
                    // Whose the last one is cannot be known, and the others are below it.
                    #expect(outcome.map(\.imageID) == [])
                    #expect(try await images(project) == all)
                    return
                }
                #expect(Set(outcome.map(\.imageID)) == all)
                #expect(outcome.map(\.decision) == Array(repeating: "removed", count: 4))
                #expect(try await images(project) == [])
            }
        }

        @Test(arguments: TestEngine.clients)
        func `the next build has them as its cache, and keeps them`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                try await kill(project)
                let steps = try await images(project)
                try mend(project)
                #expect(try await project.warm("--no-agent").outcome == "built")
                let all = try await images(project)
                #expect(all.isSuperset(of: steps) && all.count == 4, "it had them from the cache")
                try await age(project)
                #expect(try await project.reapImages().map(\.reference) == [])
                #expect(try await images(project) == all)
                #expect(files(project) == [], "they are the new image's by now")
                #expect(try await project.warm("--no-agent").outcome == "hit")
            }
        }

        @Test func `a person's name, container or image on it keeps a step with all below it`() async throws {
            try await TestProject.with { project in
                try await kill(project)
                let all = try await images(project)
                let last = try #require(try await untagged(project).first)
                try await age(project)
                let person = "p\(project.id)-mine:1"
                try await project.docker("tag", last, person)
                #expect(try await project.reapImages().map(\.reference) == [])
                #expect(try await project.imageID(person) == last)
                #expect(files(project) == [], "it is the person's now")
                try await project.docker("rmi", "--no-prune", person)

                try await kill(project)
                let again = try #require(try await untagged(project).first)
                try await age(project)
                try await project.createContainer("p\(project.id)-mine", again, "nothing")
                let held = try await images(project)
                #expect(try await project.reapImages().map(\.reference) == [])
                #expect(try await images(project) == held && held.isSuperset(of: all.subtracting([last])))
                #expect(files(project).count == 1, "the container may go")
                try await project.docker("rm", "p\(project.id)-mine")
                #expect(try await project.reapImages().map(\.imageID).contains(again))
                #expect(try await images(project) == all.subtracting([last]), "the cache's, not that build's")
            }
        }

        @Test(arguments: TestEngine.clients)
        func `somebody else's that looks the same stays`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                try await kill(project)
                let ours = try await images(project)
                try mend(project)
                let other = try await project.start(
                    [project.client, "build", "--no-cache", "--network", "none", project.root],
                    environment: ["DOCKER_HOST": TestEngine.host ?? "", "DOCKER_BUILDKIT": "0"]
                ).value()
                try #require(other.status == 0, "\(other.stderr)")
                let theirs = try await images(project).subtracting(ours)
                try await age(project)
                #expect(Set(try await project.reapImages().map(\.imageID)) == ours)
                #expect(try await images(project) == theirs && !theirs.isEmpty)
            }
        }

        @Test func `a living build's stay, however old`() async throws {
            try await TestProject.with { project in
                try writeLegacyClient(project)
                try project.writeSlowImage(seconds: "600")
                let warm = try project.stokerStarted("warm", "--no-agent")
                try await warm.until("ran its step") { try await isRunning(project) }
                let (all, containers) = (try await images(project), try await project.containers())
                try await age(project)
                #expect(try await project.reapImages().map(\.reference) == [])
                #expect(try await images(project) == all && all.count == 3)
                #expect(try await project.containers() == containers)

                // It is cancelled, which is the end of it and of its container.
                warm.signal(SIGTERM)
                #expect(try await warm.value().status != 0)
                try await untilSettled(project)
                #expect(files(project).count == 1)
                #expect(try await project.reapImages().map(\.reference) == [])
                #expect(try await images(project) == all)
                try await age(project)
                let outcome = try await project.reapImages()
                #expect(Set(outcome.map(\.imageID)) == all)
                #expect(outcome.allSatisfy { $0.reason == "its build is dead: it ended without an image" })
                #expect(try await images(project) == [])
            }
        }

        @Test(arguments: TestEngine.clients)
        func `a refused build's are its cache, and one without leaves no file`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                try writeLegacyClient(project)
                try project.writeRunningImage("exit 7")
                #expect(try await project.stoker("warm", "--no-agent").status == 1)
                #expect(try await project.containers() == [])
                #expect(files(project).count == 1)
                let all = try await images(project)
                #expect(all.count == 2, "LABEL and COPY")
                // Once more: the cache has all but the step that fails, so this one has made nothing.
                #expect(try await project.stoker("warm", "--no-agent").status == 1)
                #expect(files(project).count == 1)
                #expect(try await images(project) == all)
                try await age(project)
                #expect(Set(try await project.reapImages().map(\.imageID)) == all)
                #expect(try await images(project) == [])
            }
        }
    }
}
