import Foundation
import Testing

extension WholeProgram.OnAnEngine {
    /// What scripts read.
    @Suite struct WarmOutputTests {
        @Test func `the JSON has every field, on one line, for a hit and for a build`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let built = try await project.stoker("warm", "--json")
                #expect(built.stdout.filter { $0 == "\n" }.count == 1)
                let hit = try await project.stoker("warm", "--json")
                for (outcome, expected) in [(built, "built"), (hit, "hit")] {
                    let parsed = try JSONSerialization.jsonObject(with: Data(outcome.stdout.utf8))
                    let object = try #require(parsed as? [String: Any])
                    #expect(object["image"] as? String == project.tag)
                    #expect(object["imageID"] as? String == (try await project.imageID()))
                    let digest = try #require(object["digest"] as? String)
                    #expect(digest.wholeMatch(of: /sha256:[0-9a-f]{64}/) != nil)
                    #expect(digest == (try await project.digest()))
                    #expect(object["outcome"] as? String == expected)
                    #expect(object["via"] as? String == "local")
                    #expect((try #require(object["seconds"] as? Double)) > 0)
                    #expect(object["warnings"] as? [String] == [])
                    // There even when it is null.
                    let reason = try #require(object["reason"])
                    #expect(
                        (reason as? String)
                            == (expected == "hit" ? nil : "there is no record of an earlier build"))
                }
            }
        }

        @Test func `who waited for somebody else's build says so, and why it was needed`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                project.holdBuilds()
                let builder = try project.stokerStarted("warm", "--json")
                try await builder.until("was building") { project.builds == 1 }
                let waiting = try project.stokerStarted("warm", "--json")
                try await waiting.until("waited") { waiting.stderr.contains("waiting for") }
                project.releaseBuilds()
                let answer = try await waiting.value().json(TestProject.WarmAnswer.self)
                #expect(answer.outcome == "waited")
                #expect(answer.reason == "there is no record of an earlier build")
                let built = try await builder.value().json(TestProject.WarmAnswer.self)
                #expect(built.imageID == answer.imageID)
                #expect(built.digest == answer.digest)
            }
        }

        @Test func `several images come in the order of stoker.yaml, or as they are named`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write("b/Dockerfile", project.dockerfile("COPY b /b\n"))
                try project.write("b/b", "b")
                try project.write(
                    "stoker.yaml", "images:\n  zoo: {context: b}\n  app: {tag: 'app\(project.id):dev'}\n")
                let (zoo, app) = ("p\(project.id)-test-zoo:latest\n", "app\(project.id):dev\n")
                let one = try await project.stoker("warm", "app")
                #expect(one.stdout == app, "\(one.stderr)")
                #expect(project.builds == 1)
                #expect(try await project.stoker("warm").stdout == zoo + app)
                #expect(project.builds == 2)
                let json = try await project.stoker("warm", "--json", "app", "zoo").stdout
                    .split(separator: "\n").map {
                        try JSONDecoder().decode(TestProject.WarmAnswer.self, from: Data($0.utf8))
                    }
                #expect(json.map { $0.image + "\n" } == [app, zoo])
                #expect(json.map(\.outcome) == ["hit", "hit"])
                for name in ["app", "zoo"] {
                    let digest = try await project.stoker("inputs", "--digest", name).stdout
                    #expect(json.contains { $0.digest + "\n" == digest })
                }
                #expect(project.exists(".docker_test_cache.app.json"))
            }
        }

        @Test func `one image that fails ends the command, after those that were done`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write("b/Dockerfile", project.dockerfile("COPY missing /b\n"))
                try project.write("stoker.yaml", "images: {good: , bad: {context: b}, never: }\n")
                let outcome = try await project.stoker("warm")
                #expect(outcome.status == 1)
                #expect(outcome.stdout == "p\(project.id)-test-good:latest\n")
            }
        }

        @Test func `-C and folders below the project name the same project`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write("src/deep/x", "x")
                let first = try await project.stoker("warm", "-C", project.root, in: project.base)
                #expect(first.stdout == project.tag + "\n", "\(first.stderr)")
                let below = try await project.stoker("warm", "--json", in: project.root + "/src/deep")
                #expect(try below.json(TestProject.WarmAnswer.self).outcome == "hit")
            }
        }

        @Test func `--verbose shows the builder's lines on standard error alone`() async throws {
            try await TestProject.with { project in
                // A step of its own: BuildKit tells of one that two builds share in one of them alone.
                let step = "COPY a /a\(project.id)"
                try project.write("Dockerfile", project.dockerfile("\(step)\n"))
                try project.write("a", project.id)
                let outcome = try await project.stoker("warm", "--verbose")
                #expect(outcome.stdout == project.tag + "\n")
                #expect(outcome.stderr.contains(step))
            }
        }

        @Test func `a full or closed standard output is no success`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let outcome = try await project.shell("$stoker warm >/dev/full; echo $?")
                #expect(outcome.stdout == "73\n")
                #expect(outcome.stderr.contains("cannot write to standard output"))
            }
        }
    }
}
