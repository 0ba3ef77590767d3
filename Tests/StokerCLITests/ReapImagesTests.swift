import Foundation
import Glibc
import StokerAgent
import TestSupport
import Testing

extension WholeProgram.OnAnEngine {
    /// What `stoker reap` does with images, and what it leaves alone.
    @Suite struct ReapImagesTests {
        /// A client that says when it has built, and ends when it may: then its `warm` has the temporary tag and has not
        /// published the image yet.
        private func writeSlowClient(_ project: TestProject) throws {
            try project.write(
                project.base + "/client",
                """
                #!/bin/sh
                '\(project.client)' "$@" || exit
                [ "$1" = build ] || exit 0
                : >'\(project.base)/out/built'
                while ! [ -e '\(project.base)/out/end' ]; do sleep 0.05; done
                """)
            chmod(project.base + "/client", 0o755)
            try project.write(project.base + "/config/stoker/config.yaml", "client: \(project.base)/client\n")
        }

        private func temporaryTags(_ project: TestProject) async throws -> [String] {
            try await project.docker(
                "images", "--format", "{{.Repository}}:{{.Tag}}", "--filter",
                "label=dev.stoker.test=\(project.id)", "--filter", "reference=stoker-build"
            ).stdout.split(separator: "\n").map(String.init)
        }

        /// Only what is this project's: the engine may have others'.
        private func own(_ images: [ReapedImage], _ project: TestProject) async throws -> [ReapedImage] {
            let tags = try await temporaryTags(project)
            return images.filter {
                !$0.reference.hasPrefix("stoker-build:") || tags.contains($0.reference)
                    || $0.decision == "removed"
            }
        }

        @Test(arguments: TestEngine.clients)
        func `a killed build's tag goes, and that of a living one never`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                try project.writeSmallImage()
                try writeSlowClient(project)
                let warm = try project.stokerStarted("warm", "--no-agent", "--json")
                try await warm.until("built") { project.exists(project.base + "/out/built") }
                let tags = try await temporaryTags(project)
                #expect(tags.count == 1)
                // It lives, so it is not even told of.
                let living = try await own(project.reapImages(), project)
                #expect(living.map(\.reference) == [])
                #expect(try await temporaryTags(project) == tags)

                warm.signal(SIGKILL)
                #expect(try await warm.value().status == 137)
                let plan = try await own(project.reapImages("--dry-run"), project)
                #expect(plan.map(\.reference) == tags)
                #expect(plan.map(\.decision) == ["remove"])
                #expect(plan.map(\.code) == ["build-dead"])
                #expect(try await temporaryTags(project) == tags)
                // How wide the columns are depends on the others' names.
                let text = try await project.stoker("reap").stdout.replacing(#/ {2,}/#, with: "  ")
                #expect(text.contains("removed  image \(tags[0])  its build is dead: "), "\(text)")
                #expect(try await temporaryTags(project) == [])
                let nothing = try await own(project.reapImages(), project)
                #expect(nothing.map(\.reference) == [])

                // What it left is no obstacle, and an image that is reaped beside is published all the same.
                try project.write(project.base + "/out/end", "")
                try await project.untilNobodyIsLeft()
                try FileManager.default.removeItem(atPath: project.base + "/out/end")
                try FileManager.default.removeItem(atPath: project.base + "/out/built")
                let next = try project.stokerStarted("warm", "--no-agent", "--json")
                try await next.until("built") { project.exists(project.base + "/out/built") }
                _ = try await own(project.reapImages(), project)
                try project.write(project.base + "/out/end", "")
                let answer = try await next.value()
                #expect(answer.status == 0, "\(answer.stderr)")
                #expect(try answer.json(TestProject.WarmAnswer.self).outcome == "built")
                #expect(try await project.contentOfA() == "first")
                #expect(try await temporaryTags(project) == [])
            }
        }

        /// The images of one text each, built in this order; the last is the current one. No other project has the
        /// same layers: they would be held by it.
        private func build(_ project: TestProject, _ texts: String...) async throws -> [String] {
            try project.writeSmallImage()
            var ids: [String] = []
            for text in texts {
                try project.write("a", project.id + text)
                ids.append(try await project.warm("--no-agent").imageID)
            }
            return ids
        }

        @Test func `what takes more than the limit goes, the least recently used first`() async throws {
            try await TestProject.with { project in
                let ids = try await build(project, "one", "two", "three")
                let none = try await own(project.reapImages(), project)
                #expect(none.map(\.reference) == [])
                try project.write(project.base + "/config/stoker/config.yaml", "images: {max-size: 0MB}\n")
                let plan = try await own(project.reapImages("--dry-run"), project)
                #expect(plan.map(\.imageID) == Array(ids.prefix(2)))
                #expect(plan.allSatisfy { $0.code == "exceeds-size" && $0.decision == "remove" })
                let done = try await own(project.reapImages(), project)
                #expect(done.map(\.imageID) == Array(ids.prefix(2)))
                #expect(done.allSatisfy { $0.decision == "removed" })
                for id in ids.prefix(2) { #expect(try await project.imageID(id) == nil) }
                #expect(try await project.imageID() == ids[2])
                #expect(try await project.warm("--no-agent").outcome == "hit")
                try project.write("a", project.id + "one")
                #expect(try await project.warm("--no-agent").outcome == "built")
            }
        }

        @Test func `how many images a project keeps concerns no other project's`() async throws {
            try await TestProject.with { project in
                let ids = try await build(project, "one", "two", "three")
                // A clone, of the same person's, that finds the same images, and keeps one, and then none.
                let clone = project.base + "/clone"
                let copied = try await project.shell("cp -R . ../clone")
                #expect(copied.status == 0)
                for keep in [1, 0] {
                    try project.write(
                        clone + "/stoker.yaml", "image: {keep: \(keep), tag: 'p\(project.id)-test:clone'}\n")
                    for text in ["one", "two", "three"] {
                        try project.write(clone + "/a", project.id + text)
                        let warm = try await project.stoker("warm", "--no-agent", in: clone)
                        #expect(warm.status == 0, "\(warm.stderr)")
                    }
                    let reap = try await project.stoker("reap", in: clone)
                    #expect(reap.status == 0, "\(reap.stderr)")
                    for id in ids { #expect(try await project.imageID(id) == id) }
                }
                try project.write("a", project.id + "one")
                #expect(try await project.warm("--no-agent").outcome == "restored")
            }
        }

        @Test func `the agent reaps images on time`() async throws {
            try await TestProject.with { project in
                let ids = try await build(project, "one", "two")
                try project.writeUserConfiguration("images: {max-size: 0MB}\nreaping: {every: 1s}\n")
                let agent = try await TestAgent(project)
                // Each pass asks for every image that other tests keep, of a busy engine.
                try await agent.process.until("reaped", within: .seconds(900)) {
                    try await project.imageID(ids[0]) == nil
                }
                #expect(try await project.imageID() == ids[1])
            }
        }
    }
}
